//! Products against a naive one in f64.

use kernels::{Arithmetic, Left, RightOfTransposed, stride};
use rand::Rng;
use rand_chacha::ChaCha8Rng;

use crate::common::*;

fn multiply<A: Arithmetic>(a: &A, round: &dyn Fn(f32) -> f64) {
    let rng = &mut rng();
    for rows in SIZES {
        for k in SIZES {
            for n in SIZES {
                let left = random(rng, rows * k);
                let right = random(rng, k * n);
                let before = random(rng, rows * n);
                let transposed: Vec<f32> = (0..n * k)
                    .map(|place| right[place % k * n + place / k])
                    .collect();
                let mut block = a.block(rows, k);
                a.fill(&mut block, &left);
                for (operand, add) in [
                    (a.right(&right, k, n, false), false),
                    (a.right(&transposed, k, n, true), true),
                ] {
                    let mut found = in_rows(&before, n);
                    a.multiply(Left::Block(&block), 0..rows, &operand, &mut found, add);
                    if !add {
                        let behind = found
                            .chunks_exact(stride(n).max(1))
                            .flat_map(|row| &row[n..]);
                        assert!(behind.copied().all(|value| value == 0.0));
                    }
                    let found = dense(&found, n);
                    let what = format!("{} {rows}x{k}x{n}", a.precision());
                    assert_near(&found, n, tolerance(k + 1), &what, |r, c| {
                        let product = |i: usize| round(left[r * k + i]) * round(right[i * n + c]);
                        let sum: f64 = (0..k).map(product).sum();
                        sum + if add {
                            f64::from(before[r * n + c])
                        } else {
                            0.0
                        }
                    });
                }
            }
        }
    }
}

fn multiply_transposed<A: Arithmetic>(a: &A, round: &dyn Fn(f32) -> f64) {
    let rng = &mut rng();
    // From large to small, so that an operand's memory is used again with something left in it.
    for rows in SIZES.into_iter().rev() {
        for m in SIZES {
            for n in SIZES {
                let left = random(rng, rows * m);
                let right = random(rng, rows * n);
                let before = random(rng, m * n);
                let mut block = a.block(rows, m);
                a.fill(&mut block, &left);
                let (right_block, right_pairs) = over_rows(a, &right, rows, n);
                for (operand, add) in [
                    (RightOfTransposed::Block(&right_block), true),
                    (RightOfTransposed::Vnni(&right_pairs), true),
                    (RightOfTransposed::Vnni(&right_pairs), false),
                ] {
                    let mut found = in_rows(&before, n);
                    a.multiply_transposed(Left::Block(&block), operand, &mut found, add);
                    let what = format!("{} {rows}: {m}x{n}", a.precision());
                    let expected = |r: usize, c: usize| {
                        let product = |i: usize| round(left[i * m + r]) * round(right[i * n + c]);
                        let before = if add {
                            f64::from(before[r * n + c])
                        } else {
                            0.0
                        };
                        before + (0..rows).map(product).sum::<f64>()
                    };
                    assert_near(&dense(&found, n), n, tolerance(rows + 1), &what, expected);
                }
            }
        }
    }
}

/// `[rows, columns]`, some of each kind: rows of zeros, entries far from one another, none that is zero.
fn random_bytes(rng: &mut ChaCha8Rng, rows: usize, columns: usize) -> Vec<u8> {
    let row = |r: usize| {
        let lit = [0.0, 0.01, 0.2, 1.0][r % 4];
        let byte = |_| {
            if rng.random_bool(lit) {
                rng.random_range(1..=255)
            } else {
                0
            }
        };
        (0..columns).map(byte).collect::<Vec<u8>>()
    };
    (0..rows).flat_map(row).collect()
}

/// 256 and 257 zeros in a row are more than 8 bits can count.
const WIDE: [usize; 4] = [256, 257, 258, 700];

fn multiply_bytes<A: Arithmetic>(a: &A, round: &dyn Fn(f32) -> f64) {
    let rng = &mut rng();
    for rows in [1, 5, 33] {
        for k in SIZES[1..].iter().copied().chain(WIDE) {
            for n in SIZES.into_iter().chain([129]) {
                let left = random_bytes(rng, rows, k);
                let right = random(rng, k * n);
                let bytes = a.bytes(left.clone(), k);
                let mut found = vec![7.0; rows * stride(n)];
                let operand = a.right(&right, k, n, false);
                a.multiply(Left::Bytes(&bytes), 0..rows, &operand, &mut found, false);
                let behind = found
                    .chunks_exact(stride(n).max(1))
                    .flat_map(|row| &row[n..]);
                assert!(behind.copied().all(|value| value == 0.0));
                let found = dense(&found, n);
                let what = format!("{} {rows}x{k}x{n}", a.precision());
                assert_near(&found, n, tolerance_of_bytes(k + 1), &what, |r, c| {
                    let product = |i: usize| f64::from(left[r * k + i]) * round(right[i * n + c]);
                    (0..k).map(product).sum()
                });
            }
        }
    }
}

fn multiply_bytes_transposed<A: Arithmetic>(a: &A, round: &dyn Fn(f32) -> f64) {
    let rng = &mut rng();
    for rows in [1, 2, 16, 17, 300, 384] {
        for m in [1, 7, 33, 257] {
            for n in [1, 8, 15, 64, 100] {
                let left = random_bytes(rng, rows, m);
                let right = random(rng, rows * n);
                let before = random(rng, m * n);
                let (block, pairs) = over_rows(a, &right, rows, n);
                let bytes = a.bytes(left.clone(), m);
                for (operand, add) in [
                    (RightOfTransposed::Block(&block), true),
                    (RightOfTransposed::Vnni(&pairs), false),
                ] {
                    let mut found = in_rows(&before, n);
                    a.multiply_transposed(Left::Bytes(&bytes), operand, &mut found, add);
                    let what = format!("{} {rows}: {m}x{n}", a.precision());
                    let expected = |r: usize, c: usize| {
                        let product =
                            |i: usize| f64::from(left[i * m + r]) * round(right[i * n + c]);
                        let before = if add {
                            f64::from(before[r * n + c])
                        } else {
                            0.0
                        };
                        before + (0..rows).map(product).sum::<f64>()
                    };
                    let tolerance = tolerance_of_bytes(rows + 1);
                    assert_near(&dense(&found, n), n, tolerance, &what, expected);
                }
            }
        }
    }
}

#[test]
fn products_are_those_of_a_loop() {
    with_each!(multiply);
}

#[test]
fn products_over_rows_are_those_of_a_loop() {
    with_each!(multiply_transposed);
}

#[test]
fn products_of_bytes_are_those_of_a_loop() {
    with_each!(multiply_bytes);
}

#[test]
fn products_of_bytes_over_rows_are_those_of_a_loop() {
    with_each!(multiply_bytes_transposed);
}

fn parts<A: Arithmetic>(a: &A, _: &dyn Fn(f32) -> f64) {
    let rng = &mut rng();
    let (rows, k, n) = (2 * a.chunk_rows() + 7, 37, 50);
    let mut block = a.block(rows, k);
    a.fill(&mut block, &random(rng, rows * k));
    let bytes = a.bytes(random_bytes(rng, rows, k), k);
    let right = a.right(&random(rng, k * n), k, n, false);
    for left in [Left::Block(&block), Left::Bytes(&bytes)] {
        let mut whole = vec![0.0; rows * stride(n)];
        a.multiply(left, 0..rows, &right, &mut whole, false);
        let mut found = vec![7.0; rows * stride(n)];
        for (chunk, part) in found.chunks_mut(a.chunk_rows() * stride(n)).enumerate() {
            let first = chunk * a.chunk_rows();
            let rows = first..first + part.len() / stride(n);
            a.multiply(left, rows, &right, part, false);
        }
        assert_eq!(found, whole);
    }
}

#[test]
fn products_in_parts_are_those_of_the_whole() {
    with_each!(parts);
}
