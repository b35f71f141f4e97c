//! Memory in whole, aligned cache lines, seen as pairs of bf16 (u32), as single bf16 (u16) or as f32 numbers.

use std::ops::{Deref, DerefMut};

/// One cache line.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct CacheLine([u32; 16]);

/// u32 numbers, such as 32-bit pairs of bf16: a whole number of cache lines.
#[derive(Default)]
pub struct AlignedU32(Vec<CacheLine>);

// Elsewhere only `AlignedF32` uses this.
#[cfg_attr(not(target_arch = "x86_64"), allow(dead_code))]
impl AlignedU32 {
    /// At least `count` zeros.
    pub fn zeros(count: usize) -> Self {
        Self(vec![CacheLine([0; 16]); count.div_ceil(16)])
    }

    /// Makes room for at least `count` numbers; their contents are unspecified.
    pub fn grow(&mut self, count: usize) {
        if self.0.len() < count.div_ceil(16) {
            *self = Self::zeros(count);
        }
    }

    /// All numbers.
    pub fn u32s(&self) -> &[u32] {
        // SAFETY: a `CacheLine` is 16 u32 without padding, in row-major order (repr(C)).
        unsafe { std::slice::from_raw_parts(self.0.as_ptr().cast(), self.0.len() * 16) }
    }

    /// All numbers.
    pub fn u32s_mut(&mut self) -> &mut [u32] {
        // SAFETY: as in `u32s`, and the lines are borrowed mutably.
        unsafe { std::slice::from_raw_parts_mut(self.0.as_mut_ptr().cast(), self.0.len() * 16) }
    }

    /// The halves of all numbers: low half, high half.
    pub fn u16s(&self) -> &[u16] {
        // SAFETY: a u32 is two u16; every CPU with bf16 products is little-endian.
        unsafe { std::slice::from_raw_parts(self.0.as_ptr().cast(), self.0.len() * 32) }
    }

    /// The halves of all numbers: low half, high half.
    pub fn u16s_mut(&mut self) -> &mut [u16] {
        // SAFETY: as in `u16s`, and the lines are borrowed mutably.
        unsafe { std::slice::from_raw_parts_mut(self.0.as_mut_ptr().cast(), self.0.len() * 32) }
    }
}

/// f32 numbers that begin with a cache line: results of products, in rows of [`stride`].
#[derive(Default)]
pub struct AlignedF32 {
    lines: AlignedU32,
    count: usize,
}

/// From the start of a result's row of `columns` numbers to the start of the next: whole cache lines. What is behind the
/// row's own numbers is unspecified.
#[inline]
pub fn stride(columns: usize) -> usize {
    columns
        .checked_next_multiple_of(16)
        .expect("a row of more numbers than can be counted")
}

impl AlignedF32 {
    /// `count` zeros.
    pub fn zeros(count: usize) -> Self {
        let lines = AlignedU32::zeros(count);
        Self { lines, count }
    }

    /// These, as `count` numbers; their contents are unspecified.
    pub fn resized(&mut self, count: usize) -> &mut [f32] {
        self.lines.grow(count);
        self.count = count;
        self
    }
}

impl Deref for AlignedF32 {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        // SAFETY: u32 and f32 are of one size and alignment, and every pattern is a valid f32.
        unsafe { std::slice::from_raw_parts(self.lines.0.as_ptr().cast(), self.count) }
    }
}

impl DerefMut for AlignedF32 {
    fn deref_mut(&mut self) -> &mut [f32] {
        // SAFETY: as in `deref`; the lines are borrowed mutably, and every pattern is a valid u32.
        unsafe { std::slice::from_raw_parts_mut(self.lines.0.as_mut_ptr().cast(), self.count) }
    }
}
