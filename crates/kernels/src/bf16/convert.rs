//! Rows of f32 in bf16 and back, 16 numbers at a time, and loops around that.

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::*;
#[cfg(target_arch = "x86_64")]
use std::mem::transmute;

use super::avx512::Tiles;
#[cfg(target_arch = "x86_64")]
use super::round::ONE;
use super::rows::Lane;
use crate::F32x16;

#[cfg(not(target_arch = "x86_64"))]
impl Tiles {
    pub fn at_full_width<T>(self, _: impl FnOnce() -> T) -> T {
        unreachable!("{self:?} is never made on this architecture")
    }

    pub fn round(self, _: &[f32], _: &mut [u16]) {
        unreachable!("{self:?} is never made on this architecture")
    }

    pub fn round_lanes(self, _: &F32x16) -> Lane {
        unreachable!("{self:?} is never made on this architecture")
    }

    pub fn widen(self, _: &Lane) -> F32x16 {
        unreachable!("{self:?} is never made on this architecture")
    }

    pub fn above_zero(self, _: &F32x16) -> u16 {
        unreachable!("{self:?} is never made on this architecture")
    }

    pub fn ones(self, _: u16) -> Lane {
        unreachable!("{self:?} is never made on this architecture")
    }
}

#[cfg(target_arch = "x86_64")]
impl Tiles {
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
    #[inline(always)]
    pub fn round_lanes(self, values: &F32x16) -> Lane {
        #[inline]
        #[target_feature(enable = "avx512f,avx512bf16")]
        fn round(values: &F32x16) -> Lane {
            // SAFETY: all are 512 or 256 bits, of which every pattern is valid.
            unsafe {
                let rounded = _mm512_cvtneps_pbh(transmute::<F32x16, __m512>(*values));
                transmute::<__m256bh, Lane>(rounded)
            }
        }
        // SAFETY: `self` shows that the CPU has the instructions.
        unsafe { round(values) }
    }

    /// bf16 as f32.
    #[inline(always)]
    pub fn widen(self, halves: &Lane) -> F32x16 {
        let mut lanes = [0.0; 16];
        for (lane, &half) in lanes.iter_mut().zip(halves) {
            *lane = f32::from_bits(u32::from(half) << 16);
        }
        lanes
    }

    /// See [`crate::Arithmetic::above_zero`].
    #[inline(always)]
    pub fn above_zero(self, values: &F32x16) -> u16 {
        #[inline]
        #[target_feature(enable = "avx512f")]
        fn above_zero(values: &F32x16) -> u16 {
            // SAFETY: both are 512 bits, of which every pattern is valid.
            let values = unsafe { transmute::<F32x16, __m512>(*values) };
            _mm512_cmp_ps_mask::<_CMP_GT_OQ>(values, _mm512_setzero_ps())
        }
        // SAFETY: `self` shows that the CPU has the instructions.
        unsafe { above_zero(values) }
    }

    /// 1 where a bit is set, from the lowest on, else 0.
    #[inline(always)]
    pub fn ones(self, bits: u16) -> Lane {
        #[inline]
        #[target_feature(enable = "avx512f,avx512bw,avx512vl")]
        fn ones(bits: u16) -> Lane {
            // SAFETY: both are 256 bits, of which every pattern is valid.
            unsafe { transmute::<__m256i, Lane>(_mm256_maskz_set1_epi16(bits, ONE)) }
        }
        // SAFETY: `self` shows that the CPU has the instructions.
        unsafe { ones(bits) }
    }
}

/// See [`Tiles::at_full_width`].
#[cfg(target_arch = "x86_64")]
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512cd,avx512dq,avx512vl,avx512bf16")]
fn at_full_width<T>(job: impl FnOnce() -> T) -> T {
    job()
}

/// `into` = `values` rounded to bf16; the slices are of one length.
#[cfg(target_arch = "x86_64")]
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
