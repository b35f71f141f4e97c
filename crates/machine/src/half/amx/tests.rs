//! The products' tile logic on emulated registers, against a naive loop in f64, on awkward sizes.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::SIDE;
use super::cpu::CONFIGURATION;
use super::emulated::Emulated;
use super::pack::{self, Tile};
use super::product::Product;
use crate::Bits;
use crate::half::round::bf16;
use crate::half::{Layout, Panels, Rows};
use crate::lines::{Lines, stride};

const SIZES: [usize; 12] = [0, 1, 2, 7, 15, 16, 17, 31, 32, 33, 48, 100];

/// Multiples of 2⁻⁶ up to 2, which bf16 holds exactly. Products are multiples of 2⁻¹², and sums of 100 of
/// them stay below 2⁹: f32 holds these exactly too, so results must be right to the last bit.
fn random(rng: &mut ChaCha8Rng, count: usize) -> Vec<f32> {
    (0..count)
        .map(|_| f32::from(rng.random_range(-128i16..=128)) / 64.0)
        .collect()
}

/// `values` `[rows, columns]` as a block whose padding rows, which no result may show, are not 0.
fn block(values: &[f32], rows: usize, columns: usize) -> Rows {
    let mut block = Rows::zeros(rows, columns);
    let stride = 2 * block.stride;
    for (row, into) in block
        .pairs
        .halves_mut()
        .chunks_exact_mut(stride)
        .enumerate()
    {
        for (column, into) in into[..columns].iter_mut().enumerate() {
            *into = match values.get(row * columns + column) {
                Some(&value) => bf16(value),
                None => bf16(f32::NAN),
            };
        }
    }
    block
}

fn transpose(tile: &Tile) -> Tile {
    std::array::from_fn(|row| std::array::from_fn(|column| tile[column][row]))
}

/// `values` `[.., n]` in rows of a result.
fn in_rows(values: &[f32], n: usize) -> Vec<f32> {
    let mut rows = vec![f32::NAN; values.len() / n.max(1) * stride(n)];
    let each = rows.chunks_exact_mut(stride(n).max(1));
    for (row, values) in each.zip(values.chunks_exact(n.max(1))) {
        row[..n].copy_from_slice(values);
    }
    rows
}

/// Checks `found` `[_, stride(n)]` against `before` and, for each entry, the sum of its products.
fn check(found: &[f32], before: &[f32], n: usize, products: impl Fn(usize, usize) -> f64) {
    let found = found
        .chunks_exact(stride(n).max(1))
        .flat_map(|row| &row[..n]);
    for (place, (&found, &before)) in found.zip(before).enumerate() {
        let expected = f64::from(before) + products(place / n, place % n);
        assert_eq!(f64::from(found), expected, "entry {place} of rows of {n}");
    }
}

#[test]
fn products_are_those_of_a_loop() {
    let rng = &mut ChaCha8Rng::seed_from_u64(1);
    for rows in SIZES {
        for k in SIZES {
            for n in SIZES {
                let (left, right) = (random(rng, rows * k), random(rng, k * n));
                let left_block = block(&left, rows, k);
                let halves: Vec<u16> = right.iter().map(|&value| bf16(value)).collect();
                let panels = Panels::new(&halves, k, n, false, Layout::AMX);
                for add in [false, true] {
                    let mut before = random(rng, rows * n);
                    let mut found = in_rows(&before, n);
                    // In two parts where there are rows for them.
                    let (top, rest) = found.split_at_mut(rows.min(SIDE) * stride(n));
                    for (first, part) in [(0, top), (rows.min(SIDE), rest)] {
                        Product::of_rows(&left_block, first, &panels, add)
                            .run(&mut Emulated::configure(&CONFIGURATION), part);
                    }
                    if !add {
                        before.fill(0.0);
                    }
                    check(&found, &before, n, |r, c| {
                        (0..k)
                            .map(|i| f64::from(left[r * k + i]) * f64::from(right[i * n + c]))
                            .sum()
                    });
                }
            }
        }
    }
}

#[test]
fn products_over_rows_are_those_of_a_loop() {
    let rng = &mut ChaCha8Rng::seed_from_u64(2);
    // What an earlier product left behind must not show.
    let mut room = (Lines::zeros(20_000), Lines::zeros(20_000));
    room.0.pairs_mut().fill(u32::MAX);
    room.1.pairs_mut().fill(u32::MAX);
    for rows in SIZES {
        for m in SIZES {
            for n in SIZES {
                let (left, right) = (random(rng, rows * m), random(rng, rows * n));
                let (left_block, right_block) = (block(&left, rows, m), block(&right, rows, n));
                pack::tiles_of_transpose(&left_block, &mut room.0, transpose);
                pack::row_pairs(&right_block, &mut room.1);
                for add in [false, true] {
                    let mut before = random(rng, m * n);
                    let mut found = in_rows(&before, n);
                    Product::over_rows(rows, &room.0, &room.1, n, add)
                        .run(&mut Emulated::configure(&CONFIGURATION), &mut found);
                    if !add {
                        before.fill(0.0);
                    }
                    check(&found, &before, n, |r, c| {
                        (0..rows)
                            .map(|i| f64::from(left[i * m + r]) * f64::from(right[i * n + c]))
                            .sum()
                    });
                }
            }
        }
    }
}

#[test]
fn tiles_of_ones_are_those_of_rows_of_ones() {
    let rng = &mut ChaCha8Rng::seed_from_u64(3);
    for rows in SIZES {
        for columns in SIZES {
            let mut bits = Bits::zeros(rows, columns);
            let mut values = vec![0.0; rows * columns];
            for (place, value) in values.iter_mut().enumerate() {
                if rng.random() {
                    *value = 1.0;
                    bits.row_mut(place / columns)[place % columns / 16] |=
                        1 << (place % columns % 16);
                }
            }
            let (mut found, mut expected) = (Lines::default(), Lines::default());
            let collect = |columns: [u32; SIDE], ones: u16, row: usize| {
                std::array::from_fn(|column| columns[column] | u32::from(ones >> column & 1) << row)
            };
            let spread = |ones: u32| {
                let half = |row: usize| (ones >> row & 1) * pack::ONE as u32;
                std::array::from_fn(|pair| half(2 * pair) | half(2 * pair + 1) << 16)
            };
            pack::tiles_of_ones(&bits, &mut found, collect, spread);
            pack::tiles_of_transpose(&block(&values, rows, columns), &mut expected, transpose);
            assert_eq!(found.pairs(), expected.pairs(), "{rows}x{columns}");
        }
    }
}

#[test]
fn the_transpose_of_a_tile_is_that_of_two_loops() {
    let tile: Tile = std::array::from_fn(|row| std::array::from_fn(|k| (row * 16 + k) as u32));
    if is_x86_feature_detected!("avx512f") {
        // SAFETY: the CPU has the instructions.
        let found = unsafe { pack::transpose(&tile) };
        assert_eq!(found, transpose(&tile));
    }
}
