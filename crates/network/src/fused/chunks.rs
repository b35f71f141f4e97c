//! Some rows at a time, and what is done with each row's values.

use std::ops::Range;

use machine::Arithmetic;

/// The rows that are multiplied at a time.
pub fn chunks<A: Arithmetic>(rows: usize) -> impl Iterator<Item = Range<usize>> {
    (0..rows)
        .step_by(A::CHUNK_ROWS)
        .map(move |first| first..(first + A::CHUNK_ROWS).min(rows))
}

/// `values` cut to `count`; their contents are unspecified.
pub fn room(values: &mut Vec<f32>, count: usize) -> &mut [f32] {
    values.resize(count.max(values.len()), 0.0);
    &mut values[..count]
}

/// max(`value`, 0); what is not a number stays so, and shows that something has overflowed.
pub fn relu(value: f32) -> f32 {
    if value <= 0.0 { 0.0 } else { value }
}

/// Sets to 0 each of `values` whose counterpart in `h` is 0.
pub fn clear_where_zero(values: &mut [f32], h: &[f32]) {
    for (value, &h) in values.iter_mut().zip(h) {
        *value = if h == 0.0 { 0.0 } else { *value };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use machine::Single;

    #[test]
    fn only_negative_numbers_are_cut_off() {
        assert_eq!([-1.0, -0.0, 0.0, 2.0].map(relu), [0.0, 0.0, 0.0, 2.0]);
        assert!(relu(f32::NAN).is_nan());
    }

    #[test]
    fn values_are_cleared_where_h_is_zero() {
        let mut values = [1.0, 2.0, 3.0, f32::NAN, f32::INFINITY];
        clear_where_zero(&mut values, &[0.0, 1e-30, -0.0, 0.0, 5.0]);
        assert_eq!(values, [0.0, 2.0, 0.0, 0.0, f32::INFINITY]);
    }

    #[test]
    fn chunks_are_all_rows_once() {
        for rows in [0, 1, Single::CHUNK_ROWS, Single::CHUNK_ROWS + 1, 1000] {
            let all: Vec<usize> = chunks::<Single>(rows).flatten().collect();
            assert_eq!(all, (0..rows).collect::<Vec<_>>());
            assert!(chunks::<Single>(rows).all(|chunk| chunk.start % Single::CHUNK_ROWS == 0));
        }
    }
}
