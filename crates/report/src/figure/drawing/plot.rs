//! What a figure shows, before it is drawn.

use super::axis::Axis;

/// Panels above each other, with one legend.
pub struct Figure {
    /// The heading.
    pub title: String,
    /// At least one.
    pub panels: Vec<Panel>,
    /// Lines of text under the panels.
    pub notes: Vec<String>,
}

/// One pair of axes and what is drawn between them.
pub struct Panel {
    /// The horizontal axis; only the last panel shows its texts.
    pub x: Axis,
    /// The vertical axis.
    pub y: Axis,
    /// Series of means, the last on top.
    pub lines: Vec<Line>,
    /// Horizontal lines across the panel.
    pub levels: Vec<Level>,
}

/// A series of means. Lines of the same label, in several panels, are one entry of the legend.
pub struct Line {
    /// What the legend calls it.
    pub label: String,
    /// Its look, an index for [`style`](super::style::style).
    pub style: usize,
    /// In the order of x; at least one.
    pub points: Vec<Point>,
    /// Published means to compare with, as x and y.
    pub reference: Vec<(f64, f64)>,
    /// How its deviations are drawn.
    pub spread: Spread,
}

/// A mean and, where the deviation is known, the ends of its band or bar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Where it stands on the horizontal axis.
    pub x: f64,
    /// Where it stands on the vertical axis.
    pub mean: f64,
    /// Lower and upper end.
    pub spread: Option<(f64, f64)>,
}

impl Point {
    /// A point whose band or bar is `mean` ± `std`.
    pub fn new(x: f64, mean: f64, std: Option<f64>) -> Self {
        Self {
            x,
            mean,
            spread: std.map(|std| (mean - std, mean + std)),
        }
    }

    /// The lowest and the highest value that is drawn.
    pub fn ends(&self) -> [f64; 2] {
        self.spread.unwrap_or((self.mean, self.mean)).into()
    }
}

/// How the deviations of a line are shown.
#[derive(Clone, Copy, PartialEq)]
pub enum Spread {
    /// A strip along the line.
    Band,
    /// A bar at each point.
    Bars,
    /// The same, of points that no line joins: those of names that have no order.
    BarsAlone,
}

/// A horizontal line that needs no run.
pub struct Level {
    /// What the legend calls it.
    pub label: String,
    /// Its height.
    pub y: f64,
}
