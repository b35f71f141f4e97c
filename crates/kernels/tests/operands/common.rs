//! What the tests share.

use kernels::{Arithmetic, F32x16, stride};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

pub const SIZES: [usize; 12] = [0, 1, 2, 7, 15, 16, 17, 31, 32, 33, 48, 100];

pub fn random(rng: &mut ChaCha8Rng, count: usize) -> Vec<f32> {
    (0..count).map(|_| rng.random_range(-2.0..2.0)).collect()
}

/// For bytes, which are up to 255 where `tolerance` takes 2.
pub fn tolerance_of_bytes(k: usize) -> f64 {
    128.0 * tolerance(k)
}

/// Asserts that `found` `[.., n]` is `expected` of each row and column, within `tolerance`.
pub fn assert_near(
    found: &[f32],
    n: usize,
    tolerance: f64,
    what: &str,
    expected: impl Fn(usize, usize) -> f64,
) {
    for (place, &found) in found.iter().enumerate() {
        let expected = expected(place / n, place % n);
        let error = (f64::from(found) - expected).abs();
        assert!(error <= tolerance, "{what}: {found}, expected {expected}");
    }
}

/// `values` `[.., n]` in rows of a result, `[.., stride(n)]`, with something behind each row's own.
pub fn in_rows(values: &[f32], n: usize) -> Vec<f32> {
    let mut rows = Vec::new();
    for row in values.chunks_exact(n.max(1)) {
        rows.extend_from_slice(row);
        rows.resize(rows.len().next_multiple_of(16), 7.0);
    }
    rows
}

/// `rows` `[.., stride(n)]` as `[.., n]`.
pub fn dense(rows: &[f32], n: usize) -> Vec<f32> {
    let rows = rows.chunks_exact(stride(n).max(1));
    rows.flat_map(|row| &row[..n]).copied().collect()
}

pub fn rng() -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(1)
}

/// The nearest bf16: 8 significant bits, ties to even, by arithmetic alone.
pub fn to_bf16(x: f32) -> f64 {
    if x == 0.0 {
        return 0.0;
    }
    let x = f64::from(x);
    let unit = 2f64.powi(x.abs().log2().floor() as i32 - 7);
    (x / unit).round_ties_even() * unit
}

/// Sums of k products of numbers up to 2 in f32: each addition rounds a partial sum of up to 4k by at
/// most 2⁻²⁴ of it.
pub fn tolerance(k: usize) -> f64 {
    let k = k as f64;
    4.0 * k * k * 2f64.powi(-24) + 1e-30
}

/// `values` `[rows, columns]` as each form of a right operand over rows.
pub fn over_rows<A: Arithmetic>(
    a: &A,
    values: &[f32],
    rows: usize,
    columns: usize,
) -> (A::Block, A::Vnni) {
    let mut block = a.block(rows, columns);
    a.fill(&mut block, values);
    let mut vnni = a.vnni(rows, columns);
    let vector = |row: usize, first: usize| {
        let mut vector: F32x16 = [0.0; 16];
        if row < rows {
            let there = &values[row * columns..][first..columns.min(first + 16)];
            vector[..there.len()].copy_from_slice(there);
        }
        vector
    };
    for row in (0..rows).step_by(2) {
        let firsts = (0..columns).step_by(16);
        let two = firsts.map(|first| [vector(row, first), vector(row + 1, first)]);
        a.at_full_width(|| a.write_two_rows(&mut vnni, row, two));
        // The last column again, by itself.
        if let Some(column) = columns.checked_sub(1) {
            let first = column - column % 16;
            let one = |row| vector(row, first)[column % 16];
            a.write_two_entries(&mut vnni, row, column, [one(row), one(row + 1)]);
        }
    }
    (block, vnni)
}
