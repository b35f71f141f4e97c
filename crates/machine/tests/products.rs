//! Every product of every arithmetic that this CPU has, against a naive one in f64, on awkward sizes.

use machine::{Arithmetic, Bits, Half, Lanes, OverRows, Single, stride};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

const SIZES: [usize; 12] = [0, 1, 2, 7, 15, 16, 17, 31, 32, 33, 48, 100];

fn random(rng: &mut ChaCha8Rng, count: usize) -> Vec<f32> {
    (0..count).map(|_| rng.random_range(-2.0..2.0)).collect()
}

/// For bytes, which are up to 255 where `tolerance` takes 2.
fn tolerance_of_bytes(k: usize) -> f64 {
    128.0 * tolerance(k)
}

/// Asserts that `found` `[.., n]` is `expected` of each row and column, within `tolerance`.
fn assert_near(
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
fn in_rows(values: &[f32], n: usize) -> Vec<f32> {
    let mut rows = Vec::new();
    for row in values.chunks_exact(n.max(1)) {
        rows.extend_from_slice(row);
        rows.resize(rows.len().next_multiple_of(16), 7.0);
    }
    rows
}

/// `rows` `[.., stride(n)]` as `[.., n]`.
fn dense(rows: &[f32], n: usize) -> Vec<f32> {
    let rows = rows.chunks_exact(stride(n).max(1));
    rows.flat_map(|row| &row[..n]).copied().collect()
}

/// Calls the function with every arithmetic of this CPU and the way in which it rounds operands.
macro_rules! with_each {
    ($check:ident) => {
        $check(&Single, &|x| f64::from(x));
        for half in Half::kernels() {
            println!("{}", half.kernel());
            $check(&half, &to_bf16);
        }
    };
}

fn rng() -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(1)
}

/// The nearest bf16: 8 significant bits, ties to even, by arithmetic alone.
fn to_bf16(x: f32) -> f64 {
    if x == 0.0 {
        return 0.0;
    }
    let x = f64::from(x);
    let unit = 2f64.powi(x.abs().log2().floor() as i32 - 7);
    (x / unit).round_ties_even() * unit
}

/// Sums of k products of numbers up to 2 in f32: each addition rounds a partial sum of up to 4k by at
/// most 2⁻²⁴ of it.
fn tolerance(k: usize) -> f64 {
    let k = k as f64;
    4.0 * k * k * 2f64.powi(-24) + 1e-30
}

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
                    a.multiply(&block, 0..rows, &operand, &mut found, add);
                    if !add {
                        let behind = found
                            .chunks_exact(stride(n).max(1))
                            .flat_map(|row| &row[n..]);
                        assert!(behind.copied().all(|value| value == 0.0));
                    }
                    let found = dense(&found, n);
                    let what = format!("{} {rows}x{k}x{n}", a.name());
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

/// `values` `[rows, columns]` as each form of a right operand over rows.
fn over_rows<A: Arithmetic>(
    a: &A,
    values: &[f32],
    rows: usize,
    columns: usize,
) -> (A::Block, A::Pairs) {
    let mut block = a.block(rows, columns);
    a.fill(&mut block, values);
    let mut pairs = a.pairs(rows, columns);
    let lanes = |row: usize, first: usize| {
        let mut lanes: Lanes = [0.0; 16];
        if row < rows {
            let there = &values[row * columns..][first..columns.min(first + 16)];
            lanes[..there.len()].copy_from_slice(there);
        }
        lanes
    };
    for row in (0..rows).step_by(2) {
        let firsts = (0..columns).step_by(16);
        let two = firsts.map(|first| [lanes(row, first), lanes(row + 1, first)]);
        a.at_full_width(|| a.write_pairs(&mut pairs, row, two));
        // The last column again, by itself.
        if let Some(column) = columns.checked_sub(1) {
            let first = column - column % 16;
            let one = |row| lanes(row, first)[column % 16];
            a.write_one_pair(&mut pairs, row, column, [one(row), one(row + 1)]);
        }
    }
    (block, pairs)
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
                    (OverRows::Block(&right_block), true),
                    (OverRows::Pairs(&right_pairs), true),
                    (OverRows::Pairs(&right_pairs), false),
                ] {
                    let mut found = in_rows(&before, n);
                    a.multiply_transposed(&block, operand, &mut found, add);
                    let what = format!("{} {rows}: {m}x{n}", a.name());
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

fn rows_are_read_as_written<A: Arithmetic>(a: &A, round: &dyn Fn(f32) -> f64) {
    let rng = &mut rng();
    for columns in SIZES {
        let values = random(rng, 3 * columns);
        let mut block = a.block(3, columns);
        a.fill(&mut block, &values);
        assert_eq!(a.row(&block, 1).len(), columns.div_ceil(16));
        for lane in 0..columns.div_ceil(16) {
            let expected = |place: usize| match 16 * lane + place {
                column if column < columns => round(values[columns + column]),
                _ => 0.0,
            };
            let mut lanes = a.widen(&a.row(&block, 1)[lane]);
            assert!((0..16).all(|place| f64::from(lanes[place]) == expected(place)));
            let ones = (0..16).filter(|&place| expected(place) > 0.0);
            assert_eq!(a.above_zero(&lanes), ones.map(|place| 1 << place).sum());
            lanes[0] = -0.5;
            a.row_mut(&mut block, 2)[lane] = a.at_full_width(|| a.round(&lanes));
            assert_eq!(a.widen(&a.row(&block, 2)[lane]), lanes);
        }
    }
}

#[test]
fn rows_are_read_as_they_were_written() {
    with_each!(rows_are_read_as_written);
}

/// `[rows, columns]`: some ones, as bits and as numbers.
fn ones(rng: &mut ChaCha8Rng, rows: usize, columns: usize) -> (Bits, Vec<f32>) {
    let mut bits = Bits::zeros(rows, columns);
    let mut values = vec![0.0; rows * columns];
    for (place, value) in values.iter_mut().enumerate() {
        if rng.random() {
            let (row, column) = (place / columns, place % columns);
            bits.row_mut(row)[column / 16] |= 1 << (column % 16);
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
        for row in 0..rows {
            let lanes = a.row(a.rows_of(mask), row).iter().map(|lane| a.widen(lane));
            let found: Vec<f32> = lanes.flatten().collect();
            assert_eq!(found[..m], values[row * m..][..m]);
            assert!(found[m..].iter().all(|&value| value == 0.0));
        }
        let mut found = vec![7.0; m * stride(n)];
        a.multiply_mask_transposed(mask, OverRows::Pairs(&pairs), &mut found, false);
        let what = format!("{} {rows}: {m}x{n}", a.name());
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
                a.multiply_bytes(&bytes, 0..rows, &operand, &mut found);
                let behind = found
                    .chunks_exact(stride(n).max(1))
                    .flat_map(|row| &row[n..]);
                assert!(behind.copied().all(|value| value == 0.0));
                let found = dense(&found, n);
                let what = format!("{} {rows}x{k}x{n}", a.name());
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
                    (OverRows::Block(&block), true),
                    (OverRows::Pairs(&pairs), false),
                ] {
                    let mut found = in_rows(&before, n);
                    a.multiply_bytes_transposed(&bytes, operand, &mut found, add);
                    let what = format!("{} {rows}: {m}x{n}", a.name());
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
    let right = a.right(&random(rng, k * n), k, n, false);
    let mut whole = vec![0.0; rows * stride(n)];
    a.multiply(&block, 0..rows, &right, &mut whole, false);
    let mut found = vec![7.0; rows * stride(n)];
    for (chunk, part) in found.chunks_mut(a.chunk_rows() * stride(n)).enumerate() {
        let first = chunk * a.chunk_rows();
        a.multiply(
            &block,
            first..first + part.len() / stride(n),
            &right,
            part,
            false,
        );
    }
    assert_eq!(found, whole);
    let bytes = a.bytes(random_bytes(rng, rows, k), k);
    a.multiply_bytes(&bytes, 0..rows, &right, &mut whole);
    for (chunk, part) in found.chunks_mut(a.chunk_rows() * stride(n)).enumerate() {
        let first = chunk * a.chunk_rows();
        a.multiply_bytes(&bytes, first..first + part.len() / stride(n), &right, part);
    }
    assert_eq!(found, whole);
}

#[test]
fn products_in_parts_are_those_of_the_whole() {
    with_each!(parts);
}

#[test]
fn the_fastest_kernel_comes_first() {
    let kernels: Vec<_> = Half::kernels().iter().map(Half::kernel).collect();
    assert!(["amx", "avx512-bf16"].ends_with(&kernels), "{kernels:?}");
}

#[test]
fn operands_of_another_kernel_are_refused() {
    if let [amx, avx512] = Half::kernels()[..] {
        let (mut block, right) = (amx.block(2, 3), avx512.right(&[1.0; 6], 3, 2, false));
        amx.fill(&mut block, &[1.0; 6]);
        let product = || amx.multiply(&block, 0..2, &right, &mut [0.0; 32], false);
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(product)).is_err());
        for (kernel, other) in [(amx, avx512), (avx512, amx)] {
            let (left, pairs) = (kernel.block(2, 3), other.pairs(2, 3));
            let right = OverRows::Pairs(&pairs);
            let product = || kernel.multiply_transposed(&left, right, &mut [0.0; 48], false);
            assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(product)).is_err());
        }
    }
}

/// 2³² rows of 2³² columns are 0 entries to those who count modulo 2⁶⁴.
#[test]
fn sizes_that_wrap_around_are_refused() {
    fn refuses<A: Arithmetic + std::panic::RefUnwindSafe>(a: &A, _: &dyn Fn(f32) -> f64) {
        let half = 1 << (usize::BITS / 2);
        assert!(std::panic::catch_unwind(|| a.block(half, half)).is_err());
        assert!(std::panic::catch_unwind(|| a.right(&[], half, half, false)).is_err());
        assert!(std::panic::catch_unwind(|| a.block(16, usize::MAX / 8 + 1)).is_err());
    }
    with_each!(refuses);
    let (block, right) = (Single.block(0, 2), Single.right(&[0.0; 2], 2, 1, false));
    let rows = 0..usize::MAX / 2 + 1;
    let product = || Single.multiply(&block, rows, &right, &mut [], false);
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(product)).is_err());
}

#[test]
#[should_panic(expected = "inner sizes differ")]
fn operands_that_do_not_fit_are_refused() {
    let block = Single.block(2, 3);
    Single.multiply(
        &block,
        0..2,
        &Single.right(&[0.0; 8], 4, 2, false),
        &mut [0.0; 32],
        false,
    );
}
