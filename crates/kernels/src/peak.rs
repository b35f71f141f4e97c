//! What the CPU's bare multiply-add instructions reach: the peak that benchmarks hold products against.

use std::fmt;

use crate::Bf16;

/// One instruction, repeated with no memory to wait for.
#[derive(Clone, Copy, Debug)]
pub struct BareInstruction {
    name: &'static str,
    operations: usize,
    job: Job,
}

#[derive(Clone, Copy, Debug)]
enum Job {
    Vectors(fn()),
    Tiles(Bf16),
}

const ROUNDS: usize = 10_000;

impl BareInstruction {
    /// Those of this CPU that products are made of: the f32 instruction on its widest registers, and each
    /// bf16 kernel's. Empty where none of them is known.
    pub fn all() -> Vec<Self> {
        #[cfg(target_arch = "x86_64")]
        return x86_64::all();
        #[cfg(not(target_arch = "x86_64"))]
        Vec::new()
    }

    /// Floating-point operations of one [`BareInstruction::run`].
    pub fn operations(&self) -> usize {
        self.operations
    }

    /// Repeats the instruction, for some microseconds.
    pub fn run(&self) {
        match self.job {
            Job::Vectors(job) => job(),
            Job::Tiles(half) => half.repeat_on_tiles(ROUNDS),
        }
    }
}

impl fmt::Display for BareInstruction {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.name)
    }
}

#[cfg(target_arch = "x86_64")]
mod x86_64 {
    use std::arch::x86_64::*;
    use std::hint::black_box;

    use super::{BareInstruction, Job, ROUNDS};
    use crate::Bf16;

    /// Independent sums: enough to hide the instruction's latency.
    const SUMS: usize = 12;

    pub fn all() -> Vec<BareInstruction> {
        let vectors = |name, lanes: usize, job| BareInstruction {
            name,
            operations: 2 * ROUNDS * SUMS * lanes,
            job: Job::Vectors(job),
        };
        let mut all = Vec::new();
        if is_x86_feature_detected!("avx512f") {
            // SAFETY: the CPU has the instruction, as just seen.
            all.push(vectors("f32 avx512", 16, || unsafe { fma_512() }));
        } else if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            // SAFETY: the CPU has the instruction, as just seen.
            all.push(vectors("f32 avx2", 8, || unsafe { fma_256() }));
        }
        for half in Bf16::kernels() {
            all.push(match half.kernel() {
                "amx" => BareInstruction {
                    name: "bf16 amx",
                    operations: ROUNDS * Bf16::OPERATIONS_ON_TILES,
                    job: Job::Tiles(half),
                },
                // SAFETY: a `Bf16` shows that the CPU has the instruction.
                _ => vectors("bf16 avx512", 32, || unsafe { bf16() }),
            });
        }
        all
    }

    #[target_feature(enable = "avx2,fma")]
    fn fma_256() {
        let a = _mm256_set1_ps(black_box(0.999));
        let b = _mm256_set1_ps(black_box(1.001));
        let mut sums = [_mm256_setzero_ps(); SUMS];
        for _ in 0..ROUNDS {
            for sum in &mut sums {
                *sum = _mm256_fmadd_ps(a, b, *sum);
            }
        }
        black_box(sums);
    }

    #[target_feature(enable = "avx512f")]
    fn fma_512() {
        let a = _mm512_set1_ps(black_box(0.999));
        let b = _mm512_set1_ps(black_box(1.001));
        let mut sums = [_mm512_setzero_ps(); SUMS];
        for _ in 0..ROUNDS {
            for sum in &mut sums {
                *sum = _mm512_fmadd_ps(a, b, *sum);
            }
        }
        black_box(sums);
    }

    #[target_feature(enable = "avx512f,avx512bf16")]
    fn bf16() {
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
        black_box(sums);
    }
}
