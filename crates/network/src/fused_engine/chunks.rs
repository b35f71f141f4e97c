//! Some rows at a time: those of a product, and two of them.

use std::ops::Range;

use kernels::Arithmetic;

/// The rows that are multiplied at a time.
pub fn chunks<A: Arithmetic>(a: &A, rows: usize) -> impl Iterator<Item = Range<usize>> + use<A> {
    let most = a.chunk_rows();
    (0..rows)
        .step_by(most)
        .map(move |first| first..(first + most).min(rows))
}

/// Two of `rows` at a time, by the number of the first one, and what `values` `[rows, stride]` has of both; an odd last row
/// stands beside an empty one.
#[inline(always)]
pub fn row_pairs(
    rows: Range<usize>,
    values: &mut [f32],
    stride: usize,
) -> impl Iterator<Item = (usize, [&mut [f32]; 2])> {
    let two = values.chunks_mut(2 * stride);
    let two = two.map(move |two| <[_; 2]>::from(two.split_at_mut(stride)));
    rows.step_by(2).zip(two)
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernels::F32;

    #[test]
    fn rows_come_in_pairs() {
        let mut values: Vec<f32> = (0..5).flat_map(|row| [row as f32; 16]).collect();
        let found: Vec<_> = row_pairs(20..25, &mut values, 16)
            .map(|(row, two)| (row, two.map(|row| row.first().copied())))
            .collect();
        let expected = [
            (20, [Some(0.0), Some(1.0)]),
            (22, [Some(2.0), Some(3.0)]),
            (24, [Some(4.0), None]),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn chunks_are_all_rows_once() {
        let most = F32.chunk_rows();
        for rows in [0, 1, most, most + 1, 1000] {
            let all: Vec<usize> = chunks(&F32, rows).flatten().collect();
            assert_eq!(all, (0..rows).collect::<Vec<_>>());
            assert!(chunks(&F32, rows).all(|chunk| chunk.start % most == 0));
        }
    }
}
