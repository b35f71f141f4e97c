//! AVX-512: rows of f32 in bf16 and back, 16 numbers at a time, and loops around that.

use std::arch::x86_64::*;
use std::mem::transmute;

use super::round::ONE;
use crate::F32x16;

/// 16 numbers of a row in bf16.
pub type Bf16x16 = [u16; 16];

/// Shows that the CPU has AVX-512 BF16.
#[derive(Clone, Copy, Debug)]
pub struct Avx512(());

impl Avx512 {
    /// Looks whether the CPU has the instructions.
    pub fn detect() -> Option<Self> {
        let has = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512cd")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512bf16");
        has.then_some(Self(()))
    }

    /// Runs `job`, compiled for CPUs that have the instructions.
    #[inline(always)]
    pub fn at_full_width<T>(self, job: impl FnOnce() -> T) -> T {
        // SAFETY: `self` shows that the CPU has the instructions.
        unsafe { at_full_width(job) }
    }

    /// `into` = `values` rounded to bf16.
    pub fn round(self, values: &[f32], into: &mut [u16]) {
        assert_eq!(values.len(), into.len());
        // SAFETY: `self` shows that the CPU has the instructions.
        unsafe { round(values, into) }
    }

    /// `values` rounded to bf16.
    pub fn rounded(self, values: &[f32]) -> Vec<u16> {
        let mut rounded = vec![0; values.len()];
        self.round(values, &mut rounded);
        rounded
    }

    /// `values` rounded to bf16.
    #[inline(always)]
    pub fn round_x16(self, values: &F32x16) -> Bf16x16 {
        #[inline]
        #[target_feature(enable = "avx512f,avx512bf16")]
        fn round(values: &F32x16) -> Bf16x16 {
            // SAFETY: all are 512 or 256 bits, and every pattern is valid.
            unsafe {
                let rounded = _mm512_cvtneps_pbh(transmute::<F32x16, __m512>(*values));
                transmute::<__m256bh, Bf16x16>(rounded)
            }
        }
        // SAFETY: `self` shows that the CPU has the instructions.
        unsafe { round(values) }
    }

    /// bf16 as f32.
    #[inline(always)]
    pub fn widen(self, vector: &Bf16x16) -> F32x16 {
        let mut values = [0.0; 16];
        for (value, &bits) in values.iter_mut().zip(vector) {
            *value = f32::from_bits(u32::from(bits) << 16);
        }
        values
    }

    /// See [`crate::Arithmetic::above_zero`].
    #[inline(always)]
    pub fn above_zero(self, values: &F32x16) -> u16 {
        #[inline]
        #[target_feature(enable = "avx512f")]
        fn above_zero(values: &F32x16) -> u16 {
            // SAFETY: both are 512 bits, and every pattern is valid.
            let values = unsafe { transmute::<F32x16, __m512>(*values) };
            _mm512_cmp_ps_mask::<_CMP_GT_OQ>(values, _mm512_setzero_ps())
        }
        // SAFETY: `self` shows that the CPU has the instructions.
        unsafe { above_zero(values) }
    }

    /// 1 where a bit is set, from the lowest on, else 0.
    #[inline(always)]
    pub fn ones(self, bits: u16) -> Bf16x16 {
        #[inline]
        #[target_feature(enable = "avx512f,avx512bw,avx512vl")]
        fn ones(bits: u16) -> Bf16x16 {
            // SAFETY: both are 256 bits, and every pattern is valid.
            unsafe { transmute::<__m256i, Bf16x16>(_mm256_maskz_set1_epi16(bits, ONE)) }
        }
        // SAFETY: `self` shows that the CPU has the instructions.
        unsafe { ones(bits) }
    }
}

/// See [`Avx512::at_full_width`].
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512cd,avx512dq,avx512vl,avx512bf16")]
fn at_full_width<T>(job: impl FnOnce() -> T) -> T {
    job()
}

/// `into` = `values` rounded to bf16; the slices are of one length.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512bf16")]
fn round(values: &[f32], into: &mut [u16]) {
    let (whole, values) = values.as_chunks::<16>();
    let (whole_into, into) = into.as_chunks_mut::<16>();
    for (values, into) in whole.iter().zip(whole_into) {
        // SAFETY: both are 16 numbers.
        unsafe {
            let rounded = _mm512_cvtneps_pbh(_mm512_loadu_ps(values.as_ptr()));
            let rounded: __m256i = transmute(rounded);
            _mm256_storeu_si256(into.as_mut_ptr().cast(), rounded);
        }
    }
    if !values.is_empty() {
        let mask = 0xffff_u16 >> (16 - values.len());
        // SAFETY: the mask keeps to what is left, which is of one length of less than 16.
        unsafe {
            let rounded = _mm512_cvtneps_pbh(_mm512_maskz_loadu_ps(mask, values.as_ptr()));
            let rounded: __m256i = transmute(rounded);
            _mm256_mask_storeu_epi16(into.as_mut_ptr().cast(), mask, rounded);
        }
    }
}
