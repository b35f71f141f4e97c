//! Rounding f32 to bf16, to nearest, ties to even.

/// The bits of `value` as bf16. NaN stays NaN; f32's denormals become zero, as in the CPU's own
/// conversion.
pub fn to_bf16(value: f32) -> u16 {
    let bits = value.to_bits();
    if value.is_nan() {
        return (bits >> 16) as u16 | 0x40;
    }
    if value.is_subnormal() {
        return (bits >> 16) as u16 & 0x8000;
    }
    ((bits + 0x7fff + (bits >> 16 & 1)) >> 16) as u16
}

/// 1 in bf16.
pub const ONE: i16 = 0x3f80;
