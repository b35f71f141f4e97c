//! Each product at the paper's sizes, in GFLOP/s (divan's "items" are floating-point operations),
//! beside what the CPU's bare multiply-add instruction reaches in the same run.
//!
//!     cargo bench -p machine

use divan::{Bencher, counter::ItemsCount};
use machine::{Arithmetic, Half, Single};

fn main() {
    divan::main();
}

/// Rows of a block; columns of a layer's input and output.
const ROWS: usize = 512;
const SIZES: [(usize, usize); 4] = [(175, 256), (256, 256), (175, 390), (390, 390)];

/// The bf16 kernel of that name, where the CPU has it.
fn half(kernel: &str) -> Option<Half> {
    let mut kernels = Half::kernels().into_iter();
    kernels.find(|half| half.kernel() == kernel)
}

/// Neither zeros nor denormals: both would flatter.
fn values(count: usize) -> Vec<f32> {
    (0..count)
        .map(|i| ((i * 7919 % 1009) as f32 - 504.0) / 300.0)
        .collect()
}

fn multiply<A: Arithmetic>(bencher: Bencher, a: &A, (k, n): (usize, usize)) {
    let mut block = a.block(ROWS, k);
    a.fill(&mut block, &values(ROWS * k));
    let right = a.right(&values(k * n), k, n, true);
    let mut into = vec![0.0; ROWS * n];
    bencher
        .counter(ItemsCount::new(2 * ROWS * k * n))
        .bench_local(|| a.multiply(&block, 0..ROWS, &right, &mut into, false));
}

fn add_transposed<A: Arithmetic>(bencher: Bencher, a: &A, (m, n): (usize, usize)) {
    let (mut left, mut right) = (a.block(ROWS, n), a.block(ROWS, m));
    a.fill(&mut left, &values(ROWS * n));
    a.fill(&mut right, &values(ROWS * m));
    let mut into = vec![0.0; m * n];
    bencher
        .counter(ItemsCount::new(2 * ROWS * m * n))
        .bench_local(|| a.add_transposed(&left, &right, &mut into));
}

fn fill<A: Arithmetic>(bencher: Bencher, a: &A) {
    let mut block = a.block(ROWS, 390);
    let values = values(ROWS * 390);
    bencher
        .counter(ItemsCount::new(ROWS * 390))
        .bench_local(|| a.fill(&mut block, &values));
}

#[divan::bench(args = SIZES)]
fn multiply_f32(bencher: Bencher, size: (usize, usize)) {
    multiply(bencher, &Single, size);
}

#[divan::bench(args = SIZES, ignore = half("avx512-bf16").is_none())]
fn multiply_bf16(bencher: Bencher, size: (usize, usize)) {
    multiply(bencher, &half("avx512-bf16").unwrap(), size);
}

#[divan::bench(args = SIZES, ignore = half("amx").is_none())]
fn multiply_bf16_amx(bencher: Bencher, size: (usize, usize)) {
    multiply(bencher, &half("amx").unwrap(), size);
}

#[divan::bench(args = SIZES)]
fn add_transposed_f32(bencher: Bencher, size: (usize, usize)) {
    add_transposed(bencher, &Single, size);
}

#[divan::bench(args = SIZES, ignore = half("avx512-bf16").is_none())]
fn add_transposed_bf16(bencher: Bencher, size: (usize, usize)) {
    add_transposed(bencher, &half("avx512-bf16").unwrap(), size);
}

#[divan::bench(args = SIZES, ignore = half("amx").is_none())]
fn add_transposed_bf16_amx(bencher: Bencher, size: (usize, usize)) {
    add_transposed(bencher, &half("amx").unwrap(), size);
}

#[divan::bench(ignore = Half::detect().is_none())]
fn fill_bf16(bencher: Bencher) {
    fill(bencher, &Half::detect().unwrap());
}

#[cfg(target_arch = "x86_64")]
mod peak {
    use std::arch::x86_64::*;

    use divan::{Bencher, black_box, counter::ItemsCount};

    const ROUNDS: usize = 10_000;
    /// Independent sums: enough to hide the instruction's latency.
    const SUMS: usize = 12;

    fn has_fma() -> bool {
        is_x86_feature_detected!("avx512f")
    }

    fn has_bf16() -> bool {
        has_fma() && is_x86_feature_detected!("avx512bf16")
    }

    #[target_feature(enable = "avx512f")]
    fn fma() -> f32 {
        let (a, b) = (
            _mm512_set1_ps(black_box(0.999)),
            _mm512_set1_ps(black_box(1.001)),
        );
        let mut sums = [_mm512_setzero_ps(); SUMS];
        for _ in 0..ROUNDS {
            for sum in &mut sums {
                *sum = _mm512_fmadd_ps(a, b, *sum);
            }
        }
        sums.into_iter().map(|sum| _mm512_reduce_add_ps(sum)).sum()
    }

    #[target_feature(enable = "avx512f,avx512bf16")]
    fn bf16() -> f32 {
        // Pairs of bf16 near 1.
        let pairs = _mm512_set1_epi32(black_box(0x3f80_3f81));
        // SAFETY: both are 512 bits, and every pattern is a valid vector of bf16.
        let pairs: __m512bh = unsafe { std::mem::transmute(pairs) };
        let mut sums = [_mm512_setzero_ps(); SUMS];
        for _ in 0..ROUNDS {
            for sum in &mut sums {
                *sum = _mm512_dpbf16_ps(*sum, pairs, pairs);
            }
        }
        sums.into_iter().map(|sum| _mm512_reduce_add_ps(sum)).sum()
    }

    /// What `ldtilecfg` reads: eight tiles of 16 rows of 64 bytes.
    #[cfg(target_os = "linux")]
    const TILES: [u8; 64] = {
        let mut bytes = [0; 64];
        bytes[0] = 1;
        let mut tile = 0;
        while tile < 8 {
            bytes[16 + 2 * tile] = 64;
            bytes[48 + tile] = 16;
            tile += 1;
        }
        bytes
    };

    /// Six tiles of sums; 2·16·16·32 operations an instruction.
    #[cfg(target_os = "linux")]
    fn amx() {
        let pairs = black_box([0x3f80_3f81u32; 256]);
        // SAFETY: only called where `Half` found that the instructions may be used. They read 64 bytes of
        // `TILES` and 16 rows of 64 bytes of `pairs`, and nothing else here uses the tiles.
        unsafe {
            std::arch::asm!(
                "ldtilecfg [{tiles}]",
                "tileloadd tmm6, [{pairs} + {stride}]",
                "tileloadd tmm7, [{pairs} + {stride}]",
                "2:",
                "tdpbf16ps tmm0, tmm6, tmm7",
                "tdpbf16ps tmm1, tmm6, tmm7",
                "tdpbf16ps tmm2, tmm6, tmm7",
                "tdpbf16ps tmm3, tmm6, tmm7",
                "tdpbf16ps tmm4, tmm6, tmm7",
                "tdpbf16ps tmm5, tmm6, tmm7",
                "dec {rounds}",
                "jnz 2b",
                "tilerelease",
                tiles = in(reg) &TILES,
                pairs = in(reg) pairs.as_ptr(),
                stride = in(reg) 64usize,
                rounds = inout(reg) ROUNDS => _,
                options(nostack, readonly),
            );
        }
    }

    #[cfg(target_os = "linux")]
    #[divan::bench(ignore = crate::half("amx").is_none())]
    fn amx_instruction(bencher: Bencher) {
        bencher
            .counter(ItemsCount::new(ROUNDS * 6 * 16384usize))
            .bench_local(amx);
    }

    #[divan::bench(ignore = !has_fma())]
    fn f32_instruction(bencher: Bencher) {
        // SAFETY: the benchmark is ignored where the CPU lacks the instruction.
        bencher
            .counter(ItemsCount::new(ROUNDS * SUMS * 32))
            .bench_local(|| unsafe { fma() });
    }

    #[divan::bench(ignore = !has_bf16())]
    fn bf16_instruction(bencher: Bencher) {
        // SAFETY: the benchmark is ignored where the CPU lacks the instruction.
        bencher
            .counter(ItemsCount::new(ROUNDS * SUMS * 64))
            .bench_local(|| unsafe { bf16() });
    }
}
