//! The axis that figures of accuracies share.

use crate::figure::drawing::axis::Axis;
use crate::figure::drawing::plot::{Level, Line};

/// An axis in per cent that covers all of `lines`, with their runs and deviations, and `levels`.
pub fn accuracy_axis(lines: &[Line], levels: &[Level]) -> Axis {
    // A level on the frame could not be seen.
    let levels = levels
        .iter()
        .flat_map(|level| [level.y - 1.0, level.y + 1.0]);
    let (low, high) = ends(lines.iter().flat_map(Line::values).chain(levels));
    // A deviation may reach beyond what an accuracy can be.
    Axis::covering("accuracy (%)", low.max(0.0), high.min(100.0), 8)
}

/// Those of `levels` that are in the range of `lines`, or beyond it by at most a third: one that is far from all lines would
/// leave the figure empty.
pub fn near(lines: &[Line], levels: Vec<Level>) -> Vec<Level> {
    let (low, high) = ends(lines.iter().flat_map(Line::values));
    let margin = (high - low) / 3.0;
    let is_near = |level: &Level| (low - margin..=high + margin).contains(&level.y);
    levels.into_iter().filter(is_near).collect()
}

/// The lowest and the highest of accuracies in per cent.
fn ends(accuracies: impl Iterator<Item = f64>) -> (f64, f64) {
    accuracies.fold((100.0f64, 0.0f64), |(low, high), y| {
        (low.min(y), high.max(y))
    })
}
