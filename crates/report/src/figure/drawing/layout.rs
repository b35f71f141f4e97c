//! Where the panels of curves stand.

use super::draw::{LINE_HEIGHT, MARGIN, TEXT, WIDTH};
use super::plot::{Arrangement, Figure, Panel};
use super::text;

/// Left of a panel, for the marks' texts and the axis title.
const LEFT: u32 = 124;
/// Below a panel, for the same.
const BELOW: u32 = 84;
/// Above each panel, and above the notes.
pub const GAP: u32 = 26;
/// At the sides of panels that stand side by side, for half of the text of a mark or of a marker.
const BESIDE: u32 = 28;

/// The places of all panels.
pub struct Layout {
    /// In the order of the panels.
    pub places: Vec<Place>,
    /// Of all panels with their texts, in pixels.
    pub height: u32,
}

/// The place of a panel, in pixels.
pub struct Place {
    /// Upper left corner of the axes and all texts around them.
    pub corner: (u32, u32),
    /// Width and height of the same.
    pub size: (u32, u32),
    /// How much of it is above and at the sides of the axes.
    pub above: u32,
    pub left: u32,
    pub right: u32,
    /// How much of it is below the axes, for the texts of the horizontal axis; 0 where it has none.
    pub below: u32,
    /// Whether the vertical axis has its texts.
    pub vertical_texts: bool,
    /// The heading in lines that end just above the axes.
    pub heading: Vec<String>,
}

/// How wide the axes of a panel are where `columns` of them stand side by side, in pixels.
pub fn width(columns: usize) -> u32 {
    let columns = columns as u32;
    (WIDTH - 2 * MARGIN - LEFT - (2 * columns - 1) * BESIDE) / columns
}

impl Layout {
    /// The panels of `figure`, the first with its upper edge at `top`.
    pub fn of(figure: &Figure, top: u32) -> Self {
        match figure.arrangement {
            Arrangement::Stacked => stacked(figure.panels.len(), top),
            Arrangement::Rows { columns } => rows(&figure.panels, columns, top),
        }
    }
}

/// One under the other. They share their horizontal axis: only the last has its texts.
fn stacked(count: usize, top: u32) -> Layout {
    let height = GAP + if count == 1 { 700 } else { 320 };
    let place = |number: usize| {
        let below = if number + 1 == count { BELOW } else { 0 };
        Place {
            corner: (MARGIN, top + height * number as u32),
            size: (WIDTH - 2 * MARGIN, height + below),
            above: GAP,
            below,
            left: LEFT,
            right: MARGIN,
            vertical_texts: true,
            heading: Vec::new(),
        }
    };
    Layout {
        places: (0..count).map(place).collect(),
        height: height * count as u32 + BELOW,
    }
}

/// Side by side. They share their vertical axis: only the first of a row has its texts.
fn rows(panels: &[Panel], columns: usize, top: u32) -> Layout {
    let axes = if panels.len() > columns { 380 } else { 460 };
    let width = width(columns);
    let mut places = Vec::new();
    let mut y = top;
    for row in panels.chunks(columns) {
        let heading = |panel: &Panel| text::wrapped(&panel.heading, width, TEXT);
        let headings: Vec<_> = row.iter().map(heading).collect();
        let lines = headings.iter().map(Vec::len).max().unwrap_or(0);
        let above = GAP + LINE_HEIGHT * lines as u32;
        let height = above + axes + BELOW;
        for (column, heading) in headings.into_iter().enumerate() {
            let first = column == 0;
            let left = if first { LEFT } else { BESIDE };
            let x = MARGIN + LEFT + column as u32 * (width + 2 * BESIDE);
            places.push(Place {
                corner: (x - left, y),
                size: (left + width + BESIDE, height),
                above,
                below: BELOW,
                left,
                right: BESIDE,
                vertical_texts: first,
                heading,
            });
        }
        y += height;
    }
    Layout {
        places,
        height: y - top,
    }
}
