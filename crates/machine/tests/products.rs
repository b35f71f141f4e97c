//! Every product of every arithmetic that this CPU has, against a naive one in f64, on awkward sizes.

use machine::{Arithmetic, Half, Single};
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
                    let mut found = before.clone();
                    a.multiply(&block, 0..rows, &operand, &mut found, add);
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

fn add_transposed<A: Arithmetic>(a: &A, round: &dyn Fn(f32) -> f64) {
    let rng = &mut rng();
    // From large to small, so that an operand's memory is used again with something left in it.
    for rows in SIZES.into_iter().rev() {
        for m in SIZES {
            for n in SIZES {
                let left = random(rng, rows * m);
                let right = random(rng, rows * n);
                let before = random(rng, m * n);
                let mut blocks = (a.block(rows, m), a.block(rows, n));
                a.fill(&mut blocks.0, &left);
                a.fill(&mut blocks.1, &right);
                let mut found = before.clone();
                a.add_transposed(&blocks.0, &blocks.1, &mut found);
                let what = format!("{} {rows}: {m}x{n}", a.name());
                assert_near(&found, n, tolerance(rows + 1), &what, |r, c| {
                    let product = |i: usize| round(left[i * m + r]) * round(right[i * n + c]);
                    f64::from(before[r * n + c]) + (0..rows).map(product).sum::<f64>()
                });
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
                let mut found = vec![7.0; rows * n];
                let operand = a.right(&right, k, n, false);
                a.multiply_bytes(&bytes, 0..rows, &operand, &mut found);
                let what = format!("{} {rows}x{k}x{n}", a.name());
                assert_near(&found, n, tolerance_of_bytes(k + 1), &what, |r, c| {
                    let product = |i: usize| f64::from(left[r * k + i]) * round(right[i * n + c]);
                    (0..k).map(product).sum()
                });
            }
        }
    }
}

fn add_bytes_transposed<A: Arithmetic>(a: &A, round: &dyn Fn(f32) -> f64) {
    let rng = &mut rng();
    for rows in [1, 2, 16, 17, 300, 384] {
        for m in [1, 7, 33, 257] {
            for n in [1, 8, 15, 64, 100] {
                let left = random_bytes(rng, rows, m);
                let right = random(rng, rows * n);
                let before = random(rng, m * n);
                let mut block = a.block(rows, n);
                a.fill(&mut block, &right);
                let mut found = before.clone();
                a.add_bytes_transposed(&a.bytes(left.clone(), m), &block, &mut found);
                let what = format!("{} {rows}: {m}x{n}", a.name());
                assert_near(&found, n, tolerance_of_bytes(rows + 1), &what, |r, c| {
                    let product = |i: usize| f64::from(left[i * m + r]) * round(right[i * n + c]);
                    f64::from(before[r * n + c]) + (0..rows).map(product).sum::<f64>()
                });
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
    with_each!(add_transposed);
}

#[test]
fn products_of_bytes_are_those_of_a_loop() {
    with_each!(multiply_bytes);
}

#[test]
fn products_of_bytes_over_rows_are_those_of_a_loop() {
    with_each!(add_bytes_transposed);
}

fn parts<A: Arithmetic>(a: &A, _: &dyn Fn(f32) -> f64) {
    let rng = &mut rng();
    let (rows, k, n) = (2 * A::CHUNK_ROWS + 7, 37, 50);
    let mut block = a.block(rows, k);
    a.fill(&mut block, &random(rng, rows * k));
    let right = a.right(&random(rng, k * n), k, n, false);
    let mut whole = vec![0.0; rows * n];
    a.multiply(&block, 0..rows, &right, &mut whole, false);
    let mut found = vec![7.0; rows * n];
    for (chunk, part) in found.chunks_mut(A::CHUNK_ROWS * n).enumerate() {
        let first = chunk * A::CHUNK_ROWS;
        a.multiply(&block, first..first + part.len() / n, &right, part, false);
    }
    assert_eq!(found, whole);
    let bytes = a.bytes(random_bytes(rng, rows, k), k);
    a.multiply_bytes(&bytes, 0..rows, &right, &mut whole);
    for (chunk, part) in found.chunks_mut(A::CHUNK_ROWS * n).enumerate() {
        let first = chunk * A::CHUNK_ROWS;
        a.multiply_bytes(&bytes, first..first + part.len() / n, &right, part);
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
        let product = || amx.multiply(&block, 0..2, &right, &mut [0.0; 4], false);
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(product)).is_err());
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
        &mut [0.0; 4],
        false,
    );
}
