//! Rows and masks as operands: what is written is what is read and multiplied.

use kernels::{Arithmetic, BitMatrix, Left, RightOfTransposed, stride};
use rand::Rng;
use rand_chacha::ChaCha8Rng;

use crate::common::*;

fn rows_are_read_as_written<A: Arithmetic>(a: &A, round: &dyn Fn(f32) -> f64) {
    let rng = &mut rng();
    for columns in SIZES {
        let values = random(rng, 3 * columns);
        let mut block = a.block(3, columns);
        a.fill(&mut block, &values);
        assert_eq!(a.row(&block, 1).len(), columns.div_ceil(16));
        for of_row in 0..columns.div_ceil(16) {
            let expected = |place: usize| match 16 * of_row + place {
                column if column < columns => round(values[columns + column]),
                _ => 0.0,
            };
            let mut vector = a.widen(&a.row(&block, 1)[of_row]);
            assert!((0..16).all(|place| f64::from(vector[place]) == expected(place)));
            let ones = (0..16).filter(|&place| expected(place) > 0.0);
            assert_eq!(a.above_zero(&vector), ones.map(|place| 1 << place).sum());
            vector[0] = -0.5;
            a.row_mut(&mut block, 2)[of_row] = a.at_full_width(|| a.round(&vector));
            assert_eq!(a.widen(&a.row(&block, 2)[of_row]), vector);
        }
    }
}

#[test]
fn rows_are_read_as_they_were_written() {
    with_each!(rows_are_read_as_written);
}

/// `[rows, columns]`: some ones, as bits and as numbers.
fn ones(rng: &mut ChaCha8Rng, rows: usize, columns: usize) -> (BitMatrix, Vec<f32>) {
    let mut bits = BitMatrix::zeros(rows, columns);
    let mut values = vec![0.0; rows * columns];
    for (place, value) in values.iter_mut().enumerate() {
        if rng.random() {
            let (row, column) = (place / columns, place % columns);
            let before = bits.word(row, column / 16);
            bits.set_word(row, column / 16, before | 1 << (column % 16));
            *value = 1.0;
        }
    }
    (bits, values)
}

fn masks<A: Arithmetic>(a: &A, round: &dyn Fn(f32) -> f64) {
    let rng = &mut rng();
    let mut kept = None;
    // Each size twice, so that memory is used again with something left in it.
    for (rows, m) in [
        (0, 1),
        (1, 7),
        (1, 7),
        (33, 16),
        (33, 16),
        (100, 50),
        (385, 33),
    ] {
        let n = 20;
        let (bits, values) = ones(rng, rows, m);
        let right = random(rng, rows * n);
        let (_, pairs) = over_rows(a, &right, rows, n);
        let mask = a.mask(&bits, &mut kept);
        let weights = random(rng, m * n);
        let mut found = vec![7.0; rows * stride(n)];
        let operand = a.right(&weights, m, n, false);
        a.multiply(Left::Mask(mask), 0..rows, &operand, &mut found, false);
        let what = format!("{} {rows}x{m}x{n}", a.precision());
        assert_near(&dense(&found, n), n, tolerance(m + 1), &what, |r, c| {
            let product = |i: usize| f64::from(values[r * m + i]) * round(weights[i * n + c]);
            (0..m).map(product).sum()
        });
        let mut found = vec![7.0; m * stride(n)];
        let left = Left::Mask(mask);
        a.multiply_transposed(left, RightOfTransposed::Vnni(&pairs), &mut found, false);
        let what = format!("{} {rows}: {m}x{n}", a.precision());
        assert_near(&dense(&found, n), n, tolerance(rows + 1), &what, |r, c| {
            let product = |i: usize| f64::from(values[i * m + r]) * round(right[i * n + c]);
            (0..rows).map(product).sum()
        });
    }
}

#[test]
fn masks_are_operands_of_ones_and_zeros() {
    with_each!(masks);
}
