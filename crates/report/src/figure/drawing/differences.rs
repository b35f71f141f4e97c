//! Differences with their intervals, one under the other: what is called a forest plot.

use anyhow::Result;
use plotters::coord::ranged1d::{Ranged as _, ValueFormatter as _};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::axis::Axis;
use super::draw::WIDTH;
use super::shapes::{
    Area, FAMILY, GREY, LIGHT, failed, filled_marker, fitting, hollow_marker, path, write,
};
use super::style::{Style, style};

/// Groups of differences on one axis.
pub struct Differences {
    /// The heading.
    pub title: String,
    /// The horizontal axis.
    pub axis: Axis,
    /// What differences of one kind are called, with their looks.
    pub kinds: Vec<(String, usize)>,
    /// What a published difference is called, where there is one.
    pub published: Option<String>,
    /// In order, from above.
    pub groups: Vec<Group>,
    /// Lines of text under the axis.
    pub notes: Vec<String>,
}

/// Differences that belong together.
pub struct Group {
    /// What they are about.
    pub heading: String,
    /// In order, from above; at least one.
    pub rows: Vec<Row>,
}

/// One difference.
pub struct Row {
    /// Of what; empty where it is the same as above.
    pub label: String,
    /// Which of the kinds it is.
    pub kind: usize,
    /// The difference.
    pub mean: f64,
    /// The ends of its interval.
    pub interval: Option<(f64, f64)>,
    /// The published difference.
    pub published: Option<f64>,
    /// Where the difference is expected, which is shaded: infinite where there is no end.
    pub expected: (f64, f64),
    /// The numbers and the verdict in words.
    pub words: String,
}

const MARGIN: i32 = 20;
const TITLE: u32 = 34;
const TEXT: u32 = 24;
/// Of a row, a heading, a line of the notes or of the legend.
const ROW: i32 = 40;
/// Above each heading.
const GAP: i32 = 12;
/// Where the axis begins and ends.
const LEFT: i32 = 590;
const RIGHT: i32 = 1140;
/// Between a text and the axis.
const ASIDE: i32 = 24;
/// Half the height of a cap.
const CAP: i32 = 10;
/// Radius of a marker: intervals are short here, and are to be seen.
const MARKER: f64 = 5.5;
const HOLLOW: f64 = 10.0;
const SHADE: RGBColor = RGBColor(238, 238, 238);

impl Differences {
    /// Height in pixels.
    pub fn height(&self) -> u32 {
        let rows: usize = self.groups.iter().map(|group| group.rows.len() + 1).sum();
        let lines = rows + self.notes.len() + self.legend_lines() + 4;
        (2 * MARGIN + ROW * lines as i32 + GAP * self.groups.len() as i32) as u32
    }

    /// Draws it on `root`, of [`WIDTH`] by [`Self::height`] pixels.
    ///
    /// # Errors
    /// What the backend reports.
    pub fn draw<DB: DrawingBackend>(&self, root: &Area<DB>) -> Result<()> {
        let whole = WIDTH - 2 * MARGIN as u32;
        let title = fitting(root, &self.title, whole, TITLE)?;
        write(root, &title, (MARGIN as u32, MARGIN as u32), TITLE)?;
        self.legend(root, MARGIN + ROW + ROW / 2 + GAP)?;
        let top = MARGIN + (1 + self.legend_lines() as i32) * ROW + GAP;
        let mut y = top;
        // The axis is drawn before what stands on it.
        let rows: i32 = self
            .groups
            .iter()
            .map(|group| group.rows.len() as i32)
            .sum();
        let groups = self.groups.len() as i32;
        let bottom = top + (rows + groups) * ROW + groups * GAP;
        self.shades(root, top)?;
        self.axis(root, top, bottom)?;
        for group in &self.groups {
            y += GAP;
            let heading = fitting(root, &group.heading, whole, TEXT)?;
            // On white: the marks' lines are not to cross it.
            let (width, _) = root
                .estimate_text_size(&heading, &(FAMILY, TEXT).into())
                .map_err(failed)?;
            let paper = [(MARGIN, y), (MARGIN + width as i32 + 12, y + ROW)];
            root.draw(&Rectangle::new(paper, WHITE.filled()))
                .map_err(failed)?;
            text(root, &heading, (MARGIN, y + ROW / 2), HPos::Left)?;
            y += ROW;
            for row in &group.rows {
                self.row(root, row, y + ROW / 2)?;
                y += ROW;
            }
        }
        for (place, note) in self.notes.iter().enumerate() {
            let y = bottom + 5 * ROW / 2 + place as i32 * ROW;
            let note = fitting(root, note, whole, TEXT)?;
            text(root, &note, (MARGIN, y), HPos::Left)?;
        }
        Ok(())
    }

    /// Where `difference` stands, in pixels.
    fn x(&self, difference: f64) -> i32 {
        self.axis.map(&difference, (LEFT, RIGHT))
    }

    /// The half, or the strip, in which each difference is expected.
    fn shades<DB: DrawingBackend>(&self, root: &Area<DB>, top: i32) -> Result<()> {
        let mut y = top;
        for group in &self.groups {
            y += GAP + ROW;
            for row in &group.rows {
                let (from, to) = row.expected;
                let strip = [(self.x(from), y), (self.x(to), y + ROW)];
                root.draw(&Rectangle::new(strip, SHADE.filled()))
                    .map_err(failed)?;
                y += ROW;
            }
        }
        Ok(())
    }

    fn axis<DB: DrawingBackend>(&self, root: &Area<DB>, top: i32, bottom: i32) -> Result<()> {
        let marks = self.axis.key_points(20usize);
        for &mark in &marks {
            let (x, color) = match mark == 0.0 {
                true => (self.x(mark), GREY.stroke_width(3)),
                false => (self.x(mark), LIGHT.stroke_width(2)),
            };
            path(root, &[(x, top + GAP), (x, bottom)], color)?;
            let mark = self.axis.format_ext(&mark);
            text(root, &mark, (x, bottom + ROW / 2), HPos::Center)?;
        }
        let ends = [(LEFT, bottom), (RIGHT, bottom)];
        path(root, &ends, GREY.stroke_width(2))?;
        let middle = ((LEFT + RIGHT) / 2, bottom + 3 * ROW / 2 - 6);
        text(root, &self.axis.title, middle, HPos::Center)
    }

    fn row<DB: DrawingBackend>(&self, root: &Area<DB>, row: &Row, y: i32) -> Result<()> {
        let room = (LEFT - ASIDE - MARGIN) as u32;
        let label = fitting(root, &row.label, room, TEXT)?;
        text(root, &label, (LEFT - ASIDE, y), HPos::Right)?;
        let look = self.look(row.kind);
        if let Some((low, high)) = row.interval {
            let color = look.color.stroke_width(3);
            let (low, high) = (self.x(low), self.x(high));
            path(root, &[(low, y), (high, y)], color)?;
            for x in [low, high] {
                path(root, &[(x, y - CAP), (x, y + CAP)], color)?;
            }
        }
        filled_marker(root, (self.x(row.mean), y), MARKER, look)?;
        if let Some(published) = row.published {
            hollow_marker(root, (self.x(published), y), HOLLOW, published_look())?;
        }
        let words = fitting(
            root,
            &row.words,
            WIDTH - (RIGHT + ASIDE + MARGIN) as u32,
            TEXT,
        )?;
        text(root, &words, (RIGHT + ASIDE, y), HPos::Left)
    }

    fn look(&self, kind: usize) -> Style {
        style(self.kinds[kind].1)
    }

    /// One line for each marker: a label may be long.
    fn legend<DB: DrawingBackend>(&self, root: &Area<DB>, first: i32) -> Result<()> {
        let x = MARGIN + CAP + 6;
        let room = WIDTH - (x + ASIDE + MARGIN) as u32;
        let kinds = self.kinds.iter().enumerate();
        let kinds = kinds.map(|(place, (label, _))| (label, Some(self.look(place))));
        let published = self.published.iter().map(|label| (label, None));
        for (line, (label, filled)) in kinds.chain(published).enumerate() {
            let y = first + line as i32 * ROW;
            match filled {
                Some(look) => filled_marker(root, (x, y), MARKER, look)?,
                None => {
                    hollow_marker(root, (x, y), HOLLOW, published_look())?;
                }
            }
            let label = fitting(root, label, room, TEXT)?;
            text(root, &label, (x + ASIDE, y), HPos::Left)?;
        }
        Ok(())
    }

    /// Its number of lines.
    fn legend_lines(&self) -> usize {
        self.kinds.len() + usize::from(self.published.is_some())
    }
}

/// Of the hollow marker: a ring, wider than each filled one.
fn published_look() -> Style {
    style(super::style::SOLID)
}

fn text<DB: DrawingBackend>(root: &Area<DB>, text: &str, at: (i32, i32), side: HPos) -> Result<()> {
    let style = TextStyle::from((FAMILY, TEXT)).pos(Pos::new(side, VPos::Center));
    root.draw_text(text, &style, at).map_err(failed)
}
