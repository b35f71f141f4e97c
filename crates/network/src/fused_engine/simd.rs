//! What is done with the numbers of a row: 16 at a time, so that loops become the widest registers' instructions.

use kernels::F32x16;

/// Adds each of `values` to its counterpart in `sums`.
#[inline(always)]
pub fn add_to(sums: &mut [f32], values: &[f32]) {
    for (sum, value) in sums.iter_mut().zip(values) {
        *sum += value;
    }
}

/// max(`value`, 0); what is not a number stays so, and shows that something has overflowed.
#[inline(always)]
pub fn relu(value: f32) -> f32 {
    if value <= 0.0 { 0.0 } else { value }
}

/// A row of a result, 16 numbers at a time.
#[inline(always)]
pub fn vectors(row: &[f32]) -> &[F32x16] {
    row.as_chunks().0
}

/// As [`vectors`], to be changed.
#[inline(always)]
pub fn vectors_mut(row: &mut [f32]) -> impl Iterator<Item = &mut F32x16> {
    row.as_chunks_mut().0.iter_mut()
}

/// `sum` + `rows[0]` + `rows[1]`.
#[inline(always)]
pub fn sum(sum: &F32x16, rows: &[F32x16; 2]) -> F32x16 {
    let add = |sum: f32, value: f32| sum + value;
    zip(&zip(sum, &rows[0], add), &rows[1], add)
}

/// `values` where `h` is not 0, else 0.
#[inline(always)]
pub fn masked(values: &F32x16, h: &F32x16) -> F32x16 {
    zip(values, h, |value, h| if h == 0.0 { 0.0 } else { value })
}

/// `job` of each two numbers at one place.
#[inline(always)]
pub fn zip(x: &F32x16, y: &F32x16, job: impl Fn(f32, f32) -> f32) -> F32x16 {
    // Not `from_fn`, which would be compiled for any CPU, and called.
    let mut values = [0.0; 16];
    for (value, (&x, &y)) in values.iter_mut().zip(x.iter().zip(y)) {
        *value = job(x, y);
    }
    values
}

/// `factor`·`values`.
#[inline(always)]
pub fn scaled(factor: f32, values: &F32x16) -> F32x16 {
    zip(values, values, |value, _| factor * value)
}

/// Σ xᵢyᵢ of rows that are taken up 16 numbers at a time: 16 sums side by side, for a register's width, and then those of the
/// last numbers, where these are no whole 16.
#[derive(Clone, Copy)]
pub struct Dot {
    whole: usize,
    rest: usize,
    sums: F32x16,
    last: F32x16,
}

impl Dot {
    /// Of rows of `count` numbers.
    #[inline(always)]
    pub fn of(count: usize) -> Self {
        Self {
            whole: count / 16,
            rest: count % 16,
            sums: [0.0; 16],
            last: [0.0; 16],
        }
    }

    /// Adds the products of the next numbers.
    #[inline(always)]
    pub fn add(&mut self, x: &F32x16, y: &F32x16) {
        let products = zip(x, y, |x, y| x * y);
        if self.whole > 0 {
            self.sums = zip(&self.sums, &products, |sum, product| sum + product);
            self.whole -= 1;
        } else {
            self.last = products;
        }
    }

    #[inline(always)]
    pub fn total(&self) -> f32 {
        let rest: f32 = self.last.iter().take(self.rest).sum();
        self.sums.iter().sum::<f32>() + rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_negative_numbers_are_cut_off() {
        assert_eq!([-1.0, -0.0, 0.0, 2.0].map(relu), [0.0, 0.0, 0.0, 2.0]);
        assert!(relu(f32::NAN).is_nan());
    }

    #[test]
    fn a_dot_is_the_sum_of_products() {
        for count in [1, 15, 16, 17, 40] {
            let mut dot = Dot::of(count);
            for first in (0..count).step_by(16) {
                let number = |place: usize| (first + place) as f32;
                // What is behind the last number must not count.
                dot.add(&std::array::from_fn(number), &[2.0; 16]);
            }
            assert_eq!(dot.total(), (count * (count - 1)) as f32, "{count} numbers");
        }
    }

    #[test]
    fn values_are_masked_where_h_is_zero() {
        let (mut values, mut h) = ([1.0; 16], [0.0; 16]);
        values[..5].copy_from_slice(&[1.0, 2.0, 3.0, f32::NAN, f32::INFINITY]);
        h[..5].copy_from_slice(&[0.0, 1e-30, -0.0, 0.0, 5.0]);
        let found = masked(&values, &h);
        assert_eq!(found[..6], [0.0, 2.0, 0.0, 0.0, f32::INFINITY, 0.0]);
    }
}
