//! What a figure shows, before it is drawn.

use evidence::{Cell, Published};

use super::axis::Axis;

/// All that can be drawn.
pub enum Drawing {
    /// Lines between axes.
    Curves(Figure),
    /// Differences with their intervals, one under the other.
    Differences(super::differences::Differences),
}

impl Drawing {
    /// The heading, and the lines of text under the drawing.
    pub fn words(&self) -> (&str, &[String]) {
        match self {
            Self::Curves(figure) => (&figure.title, &figure.notes),
            Self::Differences(differences) => (&differences.title, &differences.notes),
        }
    }
}

/// Panels with one legend.
pub struct Figure {
    /// The heading.
    pub title: String,
    /// How the panels stand to each other.
    pub arrangement: Arrangement,
    /// At least one.
    pub panels: Vec<Panel>,
    /// Lines of text under the panels.
    pub notes: Vec<String>,
}

/// How panels stand to each other.
#[derive(Clone, Copy)]
pub enum Arrangement {
    /// One under the other, over one horizontal axis: only the last shows its texts.
    Stacked,
    /// Side by side in rows of so many, beside one vertical axis: only the first of a row shows its texts. Each has a heading.
    Rows { columns: usize },
}

/// One pair of axes and what is drawn between them.
pub struct Panel {
    /// Above the axes, where panels stand side by side.
    pub heading: String,
    /// The horizontal axis.
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
    /// Published means to compare with.
    pub reference: Vec<Point>,
    /// How its deviations are drawn.
    pub spread: Spread,
}

/// A mean and, where the deviation is known, the ends of its band or bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// Where it stands on the horizontal axis.
    pub x: f64,
    /// Where it stands on the vertical axis.
    pub mean: f64,
    /// Lower and upper end.
    pub spread: Option<(f64, f64)>,
    /// The values that the mean is of, where they are shown.
    pub seeds: Vec<f64>,
}

impl Point {
    /// A point whose band or bar is `mean` ± `std`.
    pub fn new(x: f64, mean: f64, std: Option<f64>) -> Self {
        Self {
            x,
            mean,
            spread: std.map(|std| (mean - std, mean + std)),
            seeds: Vec::new(),
        }
    }

    /// The mean of a cell at `x`, with all its seeds.
    pub fn of(x: f64, cell: &Cell) -> Self {
        Self {
            seeds: cell.accuracies.clone(),
            ..Self::new(x, cell.mean(), cell.std())
        }
    }

    /// The published mean at `x`.
    pub fn published(x: f64, published: &Published) -> Self {
        Self::new(x, published.mean, Some(published.std))
    }

    /// The lowest and the highest value that is drawn.
    pub fn ends(&self) -> [f64; 2] {
        let (low, high) = self.spread.unwrap_or((self.mean, self.mean));
        let seeds = self.seeds.iter();
        seeds.fold([low, high], |[low, high], seed| {
            [low.min(*seed), high.max(*seed)]
        })
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
