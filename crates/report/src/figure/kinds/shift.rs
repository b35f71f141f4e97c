//! Lines over names, which are moved aside a little so that no bar hides another.

/// How far the line number `place` of `count` is moved, where names are 1 apart.
pub fn shift(place: usize, count: usize) -> f64 {
    const STEP: f64 = 0.05;
    STEP * (place as f64 - (count - 1) as f64 / 2.0)
}
