//! The legend of curves: under the panels, so that it is in sight wherever they are.

use anyhow::Result;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::draw::{LINE_HEIGHT, MARGIN, TEXT, WIDTH, level_line};
use super::plot::Figure;
use super::shapes::{
    Area, FAMILY, HOLLOW_MARKER, MARKER, failed, filled_marker, fitting, hollow_marker, stroke,
    whisker,
};
use super::style::{SOLID, Style, style};
use super::text;

/// The piece of line beside a label.
const SAMPLE: u32 = 90;
/// Between a piece of line and its label.
const BESIDE: u32 = 14;
/// Between two columns.
const BETWEEN: u32 = 36;

/// What an entry shows beside its text.
enum Sample {
    Line(Style),
    Published,
    /// The how-manieth of its panel.
    Level(usize),
}

/// The entries in as many columns as fit.
pub struct Legend<'a> {
    entries: Vec<(Sample, &'a str)>,
    columns: usize,
    /// Width of a column, in pixels.
    width: u32,
}

impl<'a> Legend<'a> {
    /// Of all lines and levels of `figure`.
    pub fn of(figure: &'a Figure) -> Self {
        let mut entries: Vec<(Sample, &str)> = Vec::new();
        let panels = || figure.panels.iter();
        for line in panels().flat_map(|panel| &panel.lines) {
            if !entries.iter().any(|(_, label)| *label == line.label) {
                entries.push((Sample::Line(style(line.style)), &line.label));
            }
        }
        if panels().any(|panel| panel.lines.iter().any(|line| !line.reference.is_empty())) {
            entries.push((Sample::Published, "published (hollow)"));
        }
        let levels = panels().flat_map(|panel| panel.levels.iter().enumerate());
        entries.extend(levels.map(|(place, level)| (Sample::Level(place), &*level.label)));

        let labels = entries.iter().map(|(_, label)| text::width(label, TEXT));
        let room = WIDTH - 2 * MARGIN;
        let widest = SAMPLE + BESIDE + labels.max().unwrap_or(0) + BETWEEN;
        let width = widest.min(room);
        Self {
            columns: ((room + BETWEEN) / width).max(1) as usize,
            entries,
            width,
        }
    }

    /// Its number of lines.
    pub fn lines(&self) -> u32 {
        self.entries.len().div_ceil(self.columns) as u32
    }

    /// Draws it with its upper edge at `top`.
    ///
    /// # Errors
    /// What the backend reports.
    pub fn draw<DB: DrawingBackend>(&self, root: &Area<DB>, top: u32) -> Result<()> {
        for (place, (sample, label)) in self.entries.iter().enumerate() {
            let (line, column) = (place / self.columns, place % self.columns);
            let left = MARGIN + column as u32 * self.width;
            let y = (top + line as u32 * LINE_HEIGHT + LINE_HEIGHT / 2) as i32;
            let (from, to) = (left as i32, (left + SAMPLE) as i32);
            let middle = ((from + to) / 2, y);
            match sample {
                Sample::Line(look) => {
                    stroke(root, &[(from, y), (to, y)], *look)?;
                    filled_marker(root, middle, MARKER, *look)?;
                }
                Sample::Published => {
                    let half = LINE_HEIGHT as i32 / 2 - 2;
                    let reach = hollow_marker(root, middle, HOLLOW_MARKER, style(SOLID))?;
                    whisker(root, middle, (y + half, y - half), reach, style(SOLID))?;
                }
                Sample::Level(level) => level_line(root, [(from, y), (to, y)], *level)?,
            }
            let style = TextStyle::from((FAMILY, TEXT)).pos(Pos::new(HPos::Left, VPos::Center));
            let label = fitting(root, label, WIDTH - 2 * MARGIN - SAMPLE - BESIDE, TEXT)?;
            root.draw_text(&label, &style, (to + BESIDE as i32, y))
                .map_err(failed)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::drawing::axis::Axis;
    use crate::figure::drawing::encode::register_fonts;
    use crate::figure::drawing::plot::{Arrangement, Line, Panel, Point, Spread};

    #[test]
    fn entries_stand_in_as_many_columns_as_fit() {
        register_fonts().unwrap();
        let figure = |labels: &[&str]| {
            let line = |label: &&str| Line {
                label: label.to_string(),
                style: 0,
                points: vec![Point::new(0.1, 50.0, None)],
                reference: Vec::new(),
                spread: Spread::Band,
            };
            Figure {
                title: String::new(),
                arrangement: Arrangement::Stacked,
                panels: vec![Panel {
                    heading: String::new(),
                    x: Axis::around("x", 0.0, 1.0, 0.1, 8),
                    y: Axis::around("y", 0.0, 1.0, 0.1, 8),
                    lines: labels.iter().map(line).collect(),
                    levels: Vec::new(),
                }],
                notes: Vec::new(),
            }
        };
        assert_eq!(Legend::of(&figure(&["a", "b", "c"])).lines(), 1);
        // The widest label decides for all.
        let long = "a label that takes more than half of the width of the figure";
        assert_eq!(Legend::of(&figure(&["a", "b", long])).lines(), 3);
        let endless = "endless ".repeat(500);
        assert_eq!(Legend::of(&figure(&["a", &endless])).lines(), 2);
    }
}
