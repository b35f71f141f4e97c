//! The products' tile logic on emulated registers, against a naive loop in f64, on awkward sizes and on random ones.

use std::time::{Duration, Instant};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::cpu::CONFIGURATION;
use super::emulated::Emulated;
use super::mask_tiles::MaskTiles;
use super::pack;
use super::product::{Left, Operand, Product, Right};
use super::tile::{SIDE, Tile};
use crate::aligned::{AlignedU32, stride};
use crate::bf16::matrix::Bf16Matrix;
use crate::bf16::panels::Panels;
use crate::bf16::round::to_bf16;
use crate::bit_matrix::BitMatrix;

const SIZES: [usize; 12] = [0, 1, 2, 7, 15, 16, 17, 31, 32, 33, 48, 100];

/// Multiples of 2⁻⁶ up to 2, which bf16 holds exactly. Products are multiples of 2⁻¹², and sums of 100 of
/// them stay below 2⁹: f32 holds these exactly too (and those of 260, below 2¹¹), so results must be right to the last bit.
fn random(rng: &mut ChaCha8Rng, count: usize) -> Vec<f32> {
    (0..count)
        .map(|_| f32::from(rng.random_range(-128i16..=128)) / 64.0)
        .collect()
}

/// `values` `[rows, columns]` as a block whose padding rows, which no result may show, are not 0.
fn block(values: &[f32], rows: usize, columns: usize) -> Bf16Matrix {
    let mut block = Bf16Matrix::zeros(rows, columns);
    let stride = 2 * block.stride;
    for (row, into) in block.pairs.u16s_mut().chunks_exact_mut(stride).enumerate() {
        for (column, into) in into[..columns].iter_mut().enumerate() {
            *into = match values.get(row * columns + column) {
                Some(&value) => to_bf16(value),
                None => to_bf16(f32::NAN),
            };
        }
    }
    block
}

fn transpose(tile: &Tile) -> Tile {
    std::array::from_fn(|row| std::array::from_fn(|column| tile[column][row]))
}

fn transpose_bits(rows: &[u16; BitMatrix::ROWS]) -> [u32; SIDE] {
    let bit = |column: usize, row: usize| u32::from(rows[row] >> column & 1) << row;
    std::array::from_fn(|column| (0..BitMatrix::ROWS).map(|row| bit(column, row)).sum())
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

/// `into` `[_, stride(n)]` = `product`, added to `into` where `add`.
fn run(product: &Product, into: &mut [f32], add: bool) {
    let mut ones = AlignedU32::default();
    product.run(
        &mut Emulated::configure(&CONFIGURATION),
        &mut ones,
        into,
        add,
    );
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

/// Checks what `run` writes to `[rows, stride(n)]`, alone and added to what is there, against `products` of each entry.
fn check_written_and_added(
    rng: &mut ChaCha8Rng,
    [rows, n]: [usize; 2],
    run: impl Fn(&mut [f32], bool),
    products: impl Fn(usize, usize) -> f64,
) {
    for add in [false, true] {
        let mut before = random(rng, rows * n);
        let mut found = in_rows(&before, n);
        run(&mut found, add);
        if !add {
            before.fill(0.0);
        }
        check(&found, &before, n, &products);
    }
}

/// `[rows, k]` times `[k, n]`.
fn check_product(rng: &mut ChaCha8Rng, [rows, k, n]: [usize; 3]) {
    let (left, right) = (random(rng, rows * k), random(rng, k * n));
    let left_block = block(&left, rows, k);
    let rounded: Vec<u16> = right.iter().map(|&value| to_bf16(value)).collect();
    let panels = Panels::new(&rounded, k, n, false, super::LAYOUT);
    let in_two_parts = |found: &mut [f32], add| {
        // Where there are rows for them.
        let (top, rest) = found.split_at_mut(rows.min(SIDE) * stride(n));
        for (first, part) in [(0, top), (rows.min(SIDE), rest)] {
            run(&Product::of_rows(&left_block, first, &panels), part, add);
        }
    };
    check_written_and_added(rng, [rows, n], in_two_parts, |r, c| {
        let product = |i: usize| f64::from(left[r * k + i]) * f64::from(right[i * n + c]);
        (0..k).map(product).sum()
    });
}

/// The transpose of `[rows, m]` times `[rows, n]`. `tiles` and `pairs` hold what an earlier product left behind, which must not show.
fn check_product_over_rows(
    rng: &mut ChaCha8Rng,
    [tiles, pairs]: &mut [AlignedU32; 2],
    [rows, m, n]: [usize; 3],
) {
    let (left, right) = (random(rng, rows * m), random(rng, rows * n));
    let (left_block, right_block) = (block(&left, rows, m), block(&right, rows, n));
    pack::tiles_of_transpose(&left_block, tiles, transpose);
    pack::row_pairs(&right_block, pairs);
    let steps = rows.div_ceil(2 * SIDE);
    let left_tiles = Left::Tiles(Operand::of_tiles(tiles.u32s(), steps));
    let product = Product::new(rows, left_tiles, Right::Rows(pairs.u32s()), n);
    let whole = |found: &mut [f32], add| run(&product, found, add);
    check_written_and_added(rng, [m, n], whole, |r, c| {
        let product = |i: usize| f64::from(left[i * m + r]) * f64::from(right[i * n + c]);
        (0..rows).map(product).sum()
    });
}

/// A mask `[rows, columns]` times `[columns, n]`, and its transpose times `[rows, n]`. `ones` and `transposed` hold an earlier mask.
fn check_products_of_mask(
    rng: &mut ChaCha8Rng,
    [ones, transposed]: &mut [MaskTiles; 2],
    [rows, columns, n]: [usize; 3],
) {
    let mut bits = BitMatrix::zeros(rows, columns);
    let mut values = vec![0.0; rows * columns];
    for (place, value) in values.iter_mut().enumerate() {
        if rng.random() {
            *value = 1.0;
            let (row, column) = (place / columns, place % columns);
            let before = bits.word(row, column / 16);
            bits.set_word(row, column / 16, before | 1 << (column % 16));
        }
    }
    ones.fill(&bits);
    transposed.fill_transposed(&bits, transpose_bits);
    let right = random(rng, columns * n);
    let rounded: Vec<u16> = right.iter().map(|&value| to_bf16(value)).collect();
    let panels = Panels::new(&rounded, columns, n, false, super::LAYOUT);
    let mut found = in_rows(&vec![0.0; rows * n], n);
    run(&Product::of_mask(ones, 0, &panels), &mut found, false);
    check(&found, &vec![0.0; rows * n], n, |r, c| {
        let product = |i: usize| f64::from(values[r * columns + i] * right[i * n + c]);
        (0..columns).map(product).sum()
    });
    let right = random(rng, rows * n);
    let mut pairs = AlignedU32::default();
    pack::row_pairs(&block(&right, rows, n), &mut pairs);
    let mut found = in_rows(&vec![0.0; columns * n], n);
    let product = Product::new(rows, transposed.from(0), Right::Rows(pairs.u32s()), n);
    run(&product, &mut found, false);
    check(&found, &vec![0.0; columns * n], n, |r, c| {
        let product = |i: usize| f64::from(values[i * columns + r] * right[i * n + c]);
        (0..rows).map(product).sum()
    });
}

/// Memory for tiles and pairs, in which no bit is 0.
fn used_memory() -> [AlignedU32; 2] {
    std::array::from_fn(|_| {
        let mut memory = AlignedU32::zeros(20_000);
        memory.u32s_mut().fill(u32::MAX);
        memory
    })
}

#[test]
fn products_are_those_of_a_loop() {
    let rng = &mut ChaCha8Rng::seed_from_u64(1);
    for rows in SIZES {
        for k in SIZES {
            for n in SIZES {
                check_product(rng, [rows, k, n]);
            }
        }
    }
}

#[test]
fn products_over_rows_are_those_of_a_loop() {
    let rng = &mut ChaCha8Rng::seed_from_u64(2);
    let mut memory = used_memory();
    for rows in SIZES {
        for m in SIZES {
            for n in SIZES {
                check_product_over_rows(rng, &mut memory, [rows, m, n]);
            }
        }
    }
}

#[test]
fn products_of_mask_are_those_of_rows_of_mask() {
    let rng = &mut ChaCha8Rng::seed_from_u64(3);
    // Each from large to small, so that memory is used again with something left in it.
    let mut masks = <[MaskTiles; 2]>::default();
    for rows in SIZES.into_iter().rev() {
        for columns in SIZES.into_iter().rev() {
            check_products_of_mask(rng, &mut masks, [rows, columns, 33]);
        }
    }
}

/// Printed where the thread panics while this lives.
struct NamedInFailures(String);

impl Drop for NamedInFailures {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", self.0);
        }
    }
}

#[test]
#[ignore = "it takes as long as it is told to: `make trust-kernels`"]
fn products_of_random_sizes() {
    let number = |variable: &str, default| {
        let text = std::env::var(variable).ok();
        text.map_or(default, |text| text.parse().expect("a whole number"))
    };
    let end = Instant::now() + Duration::from_secs(number("SECONDS_OF_EACH_KERNEL", 10));
    let first = number("FIRST_PRODUCT", 0);
    let (mut memory, mut masks) = (used_memory(), <[MaskTiles; 2]>::default());
    let mut seed = first;
    while Instant::now() < end {
        let rng = &mut ChaCha8Rng::seed_from_u64(seed);
        let [rows, inner, n] = [(); 3].map(|()| rng.random_range(0..260));
        let _named = NamedInFailures(format!("seed {seed}: {rows}x{inner}x{n}"));
        check_product(rng, [rows, inner, n]);
        check_product_over_rows(rng, &mut memory, [rows, inner, n]);
        check_products_of_mask(rng, &mut masks, [rows, inner, n]);
        seed += 1;
    }
    // Six products a round: the first two once more, added to what is there.
    println!(
        "bf16 on emulated AMX registers: {} products",
        6 * (seed - first)
    );
}

#[test]
fn the_transpose_of_bits_is_that_of_two_loops() {
    let rows = std::array::from_fn(|row| (row as u16 + 1).wrapping_mul(0x9e37));
    if is_x86_feature_detected!("avx512bw") {
        // SAFETY: the CPU has the instructions; those with this have avx512f.
        let found = unsafe { pack::transpose_bits(&rows) };
        assert_eq!(found, transpose_bits(&rows));
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
