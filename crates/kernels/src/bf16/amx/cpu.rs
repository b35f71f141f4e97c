//! The instructions themselves, and whether they may be used.

use std::arch::asm;
use std::arch::x86_64::{
    __cpuid_count, __m512i, _MM_HINT_T0, _mm_prefetch, _mm512_maskz_set1_epi16, _xgetbv,
};
use std::marker::PhantomData;
use std::mem::transmute;

use super::product::{Next, Operand, Registers, extent};
use super::tile::SIDE;
use crate::bf16::convert::Avx512;
use crate::bf16::round::ONE;

/// bf16 operands and f32 sums, on tiles. A value of this type shows that the CPU has AMX with bf16, and AVX-512 BF16, and
/// that the system lets this process use them.
#[derive(Clone, Copy, Debug)]
pub struct Amx(Avx512);

impl Amx {
    /// Looks whether the CPU has the instructions, beside those of AVX-512, and asks the system for the
    /// right to use them. The right is the process's: its threads all have it, and it may be asked for
    /// again.
    pub fn detect() -> Option<Self> {
        let avx512 = Avx512::detect()?;
        (Self::is_in_cpu() && saved() && permitted()).then_some(Self(avx512))
    }

    /// Whether the CPU says that it has AMX with bf16. The system may not let a process use it.
    pub fn is_in_cpu() -> bool {
        // An older CPU answers to a number beyond its last one with something else.
        let last = __cpuid_count(0, 0).eax;
        let features = __cpuid_count(7, 0).edx;
        let (bf16, tile) = (1 << 22, 1 << 24);
        last >= 7 && features & bf16 != 0 && features & tile != 0
    }

    /// Shows that the CPU has AVX-512 BF16, too.
    #[inline(always)]
    pub(super) fn avx512(self) -> Avx512 {
        self.0
    }

    /// Lends this thread's registers, all zero, to `work`, which is compiled for the CPUs that have them. It must not call this
    /// again: tiles would be lost.
    #[inline(always)]
    pub(super) fn with_registers(self, work: impl FnOnce(&mut Cpu)) {
        // SAFETY: `self` shows that the CPU has the instruction, which reads 64 bytes.
        unsafe {
            asm!("ldtilecfg [{}]", in(reg) &CONFIGURATION, options(nostack, readonly, preserves_flags));
        }
        let mut registers = Cpu(PhantomData);
        self.0.at_full_width(
            #[inline(always)]
            || work(&mut registers),
        );
    }
}

/// Whether the system saves the registers when another thread's turn comes.
fn saved() -> bool {
    let both = 1 << 17 | 1 << 18;
    // SAFETY: AVX-512 was found, so the CPU has the instruction and the system has switched it on.
    unsafe { _xgetbv(0) & both == both }
}

/// Whether Linux gives this process the right to the registers, which are large: 8 KiB a thread.
fn permitted() -> bool {
    const ARCH_PRCTL: i64 = 158;
    const ARCH_REQ_XCOMP_PERM: usize = 0x1023;
    const XTILEDATA: usize = 18;
    let mut result = ARCH_PRCTL;
    // SAFETY: the call takes two numbers and writes to no memory of the process; the kernel changes rcx
    // and r11.
    unsafe {
        asm!(
            "syscall",
            inout("rax") result,
            in("rdi") ARCH_REQ_XCOMP_PERM,
            in("rsi") XTILEDATA,
            out("rcx") _,
            out("r11") _,
            options(nostack),
        );
    }
    result == 0
}

/// What `ldtilecfg` reads: palette 1; 64 bytes a row and 16 rows for each of the eight registers.
pub(super) const CONFIGURATION: [u8; 64] = {
    let mut bytes = [0; 64];
    bytes[0] = 1;
    let mut register = 0;
    while register < 8 {
        bytes[16 + 2 * register] = 4 * SIDE as u8;
        bytes[48 + register] = SIDE as u8;
        register += 1;
    }
    bytes
};

/// The registers of the thread's CPU: configured while this lives, and on this thread alone.
pub struct Cpu(PhantomData<*const ()>);

impl Drop for Cpu {
    fn drop(&mut self) {
        // SAFETY: that a `Cpu` exists shows that the CPU has the instruction.
        unsafe { asm!("tilerelease", options(nostack, nomem, preserves_flags)) };
    }
}

/// Sets register `T` to 16 rows of 64 bytes, `stride` bytes apart, with the instruction.
macro_rules! load {
    ($instruction:literal, $register:expr, $start:expr, $stride:expr) => {
        asm!(
            concat!($instruction, " tmm{tile}, [{start} + {stride}]"),
            tile = const $register,
            start = in(reg) $start,
            stride = in(reg) $stride,
            options(nostack, readonly, preserves_flags),
        )
    };
}

impl Cpu {
    /// Adds to the sums in `C` the products of the pairs `[row, k]` in `A` and `[k, column]` in `B`.
    #[inline(always)]
    fn multiply<const C: usize, const A: usize, const B: usize>(&mut self) {
        // SAFETY: that a `Cpu` exists shows that the CPU has the instruction.
        unsafe {
            asm!(
                "tdpbf16ps tmm{c}, tmm{a}, tmm{b}",
                c = const C,
                a = const A,
                b = const B,
                options(nostack, nomem, preserves_flags),
            );
        }
    }
}

impl Registers for Cpu {
    #[inline(always)]
    fn accumulate<const DOWN: usize, const ACROSS: usize>(
        &mut self,
        steps: usize,
        left: Operand,
        right: Operand,
        next: &mut Next,
    ) {
        assert!(left.has(steps, DOWN) && right.has(steps, ACROSS));
        let (left_stride, right_stride) = (4 * left.stride, 4 * right.stride);
        let (mut a, mut b) = (left.pairs.as_ptr(), right.pairs.as_ptr());
        for _ in 0..steps {
            // SAFETY: that a `Cpu` exists shows that the CPU has the instructions and that registers are 16 rows of 64
            // bytes. The assertion shows that the tiles of all steps lie in the pairs. Behind the last step the pointers are
            // not used, and may lie anywhere.
            unsafe {
                load!("tileloaddt1", 6, b, right_stride);
                load!("tileloadd", 4, a, left_stride);
                if ACROSS == 2 {
                    load!("tileloaddt1", 7, b.add(right.beside), right_stride);
                }
                if DOWN == 2 {
                    load!("tileloadd", 5, a.add(left.beside), left_stride);
                }
            }
            // All loads before all of these, those of the two operands in turn: each other order that was tried took up to a
            // tenth longer in a loop of nothing else.
            self.multiply::<0, 4, 6>();
            if ACROSS == 2 {
                self.multiply::<1, 4, 7>();
            }
            if DOWN == 2 {
                self.multiply::<2, 5, 6>();
            }
            if DOWN * ACROSS == 4 {
                self.multiply::<3, 5, 7>();
            }
            next.fetch::<Self>();
            (a, b) = (a.wrapping_add(left.step), b.wrapping_add(right.step));
        }
    }

    #[inline(always)]
    fn load_sums<const T: usize>(&mut self, from: &[f32], stride: usize) {
        assert!(from.len() >= extent(stride));
        // SAFETY: that a `Cpu` exists shows that the CPU has the instruction and that registers are 16 rows of 64 bytes.
        // The assertion shows that these lie in `from`.
        unsafe { load!("tileloadd", T, from.as_ptr(), 4 * stride) };
    }

    #[inline(always)]
    fn store_sums<const T: usize>(&mut self, into: &mut [f32], stride: usize) {
        assert!(into.len() >= extent(stride));
        // SAFETY: as for the loads; the rows lie in `into`.
        unsafe {
            asm!(
                "tilestored [{start} + {stride}], tmm{tile}",
                tile = const T,
                start = in(reg) into.as_mut_ptr(),
                stride = in(reg) 4 * stride,
                options(nostack, preserves_flags),
            );
        }
    }

    #[inline(always)]
    fn zero<const T: usize>(&mut self) {
        // SAFETY: that a `Cpu` exists shows that the CPU has the instruction.
        unsafe { asm!("tilezero tmm{}", const T, options(nostack, nomem, preserves_flags)) };
    }

    #[inline(always)]
    fn fetch(line: *const f32) {
        // SAFETY: every CPU of this architecture has the instruction, which does not fail whatever the address.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(line.cast()) };
    }

    #[inline(always)]
    fn spread(&self, bits: u32) -> [u32; SIDE] {
        #[inline]
        #[target_feature(enable = "avx512f,avx512bw")]
        fn spread(bits: u32) -> [u32; SIDE] {
            // SAFETY: both are 512 bits, and every pattern is valid.
            unsafe { transmute::<__m512i, [u32; SIDE]>(_mm512_maskz_set1_epi16(bits, ONE)) }
        }
        // SAFETY: that a `Cpu` exists shows that the CPU has the instructions, for `Amx::detect` looks for them too.
        unsafe { spread(bits) }
    }
}
