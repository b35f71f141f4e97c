//! What the CPU's bare multiply-add instructions reach: the peak that benchmarks hold products against.

use std::fmt;

/// One instruction, repeated with no memory to wait for.
#[derive(Clone, Copy, Debug)]
pub struct BareInstruction {
    name: &'static str,
    operations: usize,
    job: fn(),
}

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
        (self.job)();
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

    use kernels::Kernel;

    use super::BareInstruction;

    const ROUNDS: usize = 10_000;
    /// Independent sums: enough to hide the instruction's latency.
    const SUMS: usize = 12;

    pub fn all() -> Vec<BareInstruction> {
        let vectors = |name, lanes: usize, job| BareInstruction {
            name,
            operations: 2 * ROUNDS * SUMS * lanes,
            job,
        };
        let mut all = Vec::new();
        if is_x86_feature_detected!("avx512f") {
            // SAFETY: the CPU has the instruction, as just seen.
            all.push(vectors("f32 avx512", 16, || unsafe { fma_512() }));
        } else if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            // SAFETY: the CPU has the instruction, as just seen.
            all.push(vectors("f32 avx2", 8, || unsafe { fma_256() }));
        }
        for kernel in Kernel::all() {
            match kernel {
                #[cfg(target_os = "linux")]
                Kernel::Amx(_) => all.push(BareInstruction {
                    name: "bf16 amx",
                    operations: ROUNDS * OPERATIONS_ON_TILES,
                    // SAFETY: an `Amx` shows that the CPU has the instructions and that this process may use them.
                    job: || unsafe { tiles() },
                }),
                // SAFETY: an `Avx512Bf16` shows that the CPU has the instruction.
                Kernel::Avx512Bf16(_) => all.push(vectors("bf16 avx512", 32, || unsafe { bf16() })),
                Kernel::F32(_) => {}
            }
        }
        all
    }

    /// Six instructions a round, each of 16 by 16 sums over 16 pairs.
    #[cfg(target_os = "linux")]
    const OPERATIONS_ON_TILES: usize = 6 * 2 * 16 * 32 * 16;

    /// AMX's instruction on six independent tiles of zeros.
    ///
    /// # Safety
    /// The CPU must have AMX with bf16, and the process the right to use it.
    #[cfg(target_os = "linux")]
    unsafe fn tiles() {
        use std::arch::asm;

        /// Palette 1; 64 bytes a row and 16 rows for each of the eight tiles.
        #[repr(C, align(64))]
        struct Configuration([u8; 64]);
        let mut configuration = Configuration([0; 64]);
        configuration.0[0] = 1;
        for tile in 0..8 {
            configuration.0[16 + 2 * tile] = 64;
            configuration.0[48 + tile] = 16;
        }
        // SAFETY: the caller answers for the instructions; the first reads 64 bytes, the others no memory. The tiles are
        // given up at the end.
        unsafe {
            asm!("ldtilecfg [{}]", in(reg) &configuration, options(nostack, readonly, preserves_flags));
            for _ in 0..ROUNDS {
                asm!(
                    "tdpbf16ps tmm0, tmm6, tmm7",
                    "tdpbf16ps tmm1, tmm6, tmm7",
                    "tdpbf16ps tmm2, tmm6, tmm7",
                    "tdpbf16ps tmm3, tmm6, tmm7",
                    "tdpbf16ps tmm4, tmm6, tmm7",
                    "tdpbf16ps tmm5, tmm6, tmm7",
                    options(nostack, nomem, preserves_flags),
                );
            }
            asm!("tilerelease", options(nostack, nomem, preserves_flags));
        }
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
