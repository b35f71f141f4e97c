//! The axis that figures of accuracies share.

use crate::figure::drawing::axis::Axis;
use crate::figure::drawing::plot::{Level, Line, Point};

/// An axis in per cent that covers all of `lines`, with their deviations, and `levels`.
pub fn accuracy_axis<'a>(lines: impl Iterator<Item = &'a Line> + Clone, levels: &[Level]) -> Axis {
    let points = lines.clone().flat_map(|line| &line.points);
    let published = lines.flat_map(|line| &line.reference);
    let ends = points.chain(published).flat_map(Point::ends);
    // A level on the frame could not be seen.
    let levels = levels
        .iter()
        .flat_map(|level| [level.y - 1.0, level.y + 1.0]);
    let (low, high) = ends
        .chain(levels)
        .fold((100.0f64, 0.0f64), |(low, high), y| {
            (low.min(y), high.max(y))
        });
    // A deviation may reach beyond what an accuracy can be.
    Axis::covering("accuracy (%)", low.max(0.0), high.min(100.0), 8)
}
