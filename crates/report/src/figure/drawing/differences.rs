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
use super::text::{self, wrapped};

/// Groups of differences on one axis.
pub struct Differences {
    /// The heading.
    pub title: String,
    /// The horizontal axis.
    pub axis: Axis,
    /// What differences of one kind are, with their looks.
    pub kinds: Vec<Kind>,
    /// What a published difference is called, where there is one.
    pub published: Option<String>,
    /// In order, from above.
    pub groups: Vec<Group>,
    /// Lines of text under the axis.
    pub notes: Vec<String>,
}

/// Differences of one kind.
pub struct Kind {
    /// Beside each of them.
    pub name: String,
    /// In the legend.
    pub words: String,
    /// Their look, an index for [`style`].
    pub style: usize,
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
    /// Of what: a line above the difference. Empty where it is the same as above.
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
/// For a line of text, in pixels.
const ROOM: u32 = WIDTH - 2 * MARGIN as u32;
/// Of the label of a row.
const INDENT: i32 = 24;
const TITLE: u32 = 34;
const TEXT: u32 = 28;
/// Of a row, a heading, a line of the notes or of the legend.
const ROW: i32 = 42;
/// Above each heading.
const GAP: i32 = 12;
/// Where the axis begins and ends.
const LEFT: i32 = 160;
const RIGHT: i32 = 640;
/// Between a text and the axis.
const ASIDE: i32 = 22;
/// Half the height of a cap.
const CAP: i32 = 10;
/// Radius of a marker: intervals are short here, and are to be seen.
const MARKER: f64 = 5.5;
const HOLLOW: f64 = 10.0;
const SHADE: RGBColor = RGBColor(238, 238, 238);

impl Differences {
    /// Height in pixels.
    pub fn height(&self) -> u32 {
        let lines: usize = self.groups.iter().map(Group::lines).sum();
        let lines = lines + self.titles().len() + self.notes().len() + self.legend_lines() + 3;
        (2 * MARGIN + ROW * lines as i32 + GAP * self.groups.len() as i32) as u32
    }

    fn titles(&self) -> Vec<String> {
        wrapped(&self.title, ROOM, TITLE)
    }

    fn notes(&self) -> Vec<String> {
        let notes = self.notes.iter();
        notes.flat_map(|note| wrapped(note, ROOM, TEXT)).collect()
    }

    /// Draws it on `root`, of [`WIDTH`] by [`Self::height`] pixels.
    ///
    /// # Errors
    /// What the backend reports.
    pub fn draw<DB: DrawingBackend>(&self, root: &Area<DB>) -> Result<()> {
        let mut top = MARGIN;
        for title in self.titles() {
            let title = fitting(root, &title, ROOM, TITLE)?;
            write(root, &title, (MARGIN as u32, top as u32), TITLE)?;
            top += ROW;
        }
        self.legend(root, top + ROW / 2 + GAP)?;
        top += self.legend_lines() as i32 * ROW + GAP;
        let lines: usize = self.groups.iter().map(Group::lines).sum();
        let bottom = top + lines as i32 * ROW + self.groups.len() as i32 * GAP;
        // Shades and axis are drawn before what stands on them.
        self.each_row(top, |_, row, y| self.shade(root, row, y))?;
        self.axis(root, top, bottom)?;
        let mut y = top;
        for group in &self.groups {
            y += GAP;
            for heading in group.headings() {
                on_white(root, &heading, (MARGIN, y + ROW / 2))?;
                y += ROW;
            }
            y += ROW * (group.lines() - group.headings().len()) as i32;
        }
        self.each_row(top, |label, row, y| {
            if let Some(label) = label {
                on_white(root, &row.label, (MARGIN + INDENT, label))?;
            }
            self.row(root, row, y)
        })?;
        for (place, note) in self.notes().iter().enumerate() {
            let y = bottom + 5 * ROW / 2 + place as i32 * ROW;
            let note = fitting(root, note, ROOM, TEXT)?;
            draw_text(root, &note, (MARGIN, y), HPos::Left)?;
        }
        Ok(())
    }

    /// Calls `draw` for each row with the middle of its label's line, where it has one, and of its own, in pixels.
    fn each_row(
        &self,
        top: i32,
        mut draw: impl FnMut(Option<i32>, &Row, i32) -> Result<()>,
    ) -> Result<()> {
        let mut y = top;
        for group in &self.groups {
            y += GAP + ROW * group.headings().len() as i32;
            for row in &group.rows {
                let label = (!row.label.is_empty()).then_some(y + ROW / 2);
                y += ROW * i32::from(label.is_some());
                draw(label, row, y + ROW / 2)?;
                y += ROW;
            }
        }
        Ok(())
    }

    /// Where `difference` stands, in pixels.
    fn x(&self, difference: f64) -> i32 {
        self.axis.map(&difference, (LEFT, RIGHT))
    }

    /// The half, or the strip between two lines, in which the difference of `row` is expected.
    fn shade<DB: DrawingBackend>(&self, root: &Area<DB>, row: &Row, y: i32) -> Result<()> {
        let (from, to) = row.expected;
        let (top, bottom) = (y - ROW / 2, y + ROW / 2);
        let strip = [(self.x(from), top), (self.x(to), bottom)];
        root.draw(&Rectangle::new(strip, SHADE.filled()))
            .map_err(failed)?;
        // A narrow strip would be hidden by its difference.
        if from.is_finite() && to.is_finite() {
            for x in [self.x(from), self.x(to)] {
                path(root, &[(x, top), (x, bottom)], GREY.stroke_width(2))?;
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
            draw_text(root, &mark, (x, bottom + ROW / 2), HPos::Center)?;
        }
        let ends = [(LEFT, bottom), (RIGHT, bottom)];
        path(root, &ends, GREY.stroke_width(2))?;
        let middle = ((LEFT + RIGHT) / 2, bottom + 3 * ROW / 2 - 6);
        draw_text(root, &self.axis.title, middle, HPos::Center)
    }

    fn row<DB: DrawingBackend>(&self, root: &Area<DB>, row: &Row, y: i32) -> Result<()> {
        let room = (LEFT - ASIDE - MARGIN) as u32;
        let name = fitting(root, &self.kinds[row.kind].name, room, TEXT)?;
        draw_text(root, &name, (LEFT - ASIDE, y), HPos::Right)?;
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
        draw_text(root, &words, (RIGHT + ASIDE, y), HPos::Left)
    }

    fn look(&self, kind: usize) -> Style {
        style(self.kinds[kind].style)
    }

    /// One line for each marker: a label may be long.
    fn legend<DB: DrawingBackend>(&self, root: &Area<DB>, first: i32) -> Result<()> {
        let x = MARGIN + CAP + 6;
        let room = WIDTH - (x + ASIDE + MARGIN) as u32;
        let kinds = self.kinds.iter().enumerate();
        let kinds = kinds.map(|(place, kind)| (&kind.words, Some(self.look(place))));
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
            draw_text(root, &label, (x + ASIDE, y), HPos::Left)?;
        }
        Ok(())
    }

    /// Its number of lines.
    fn legend_lines(&self) -> usize {
        self.kinds.len() + usize::from(self.published.is_some())
    }
}

impl Group {
    /// The lines of its heading.
    fn headings(&self) -> Vec<String> {
        wrapped(&self.heading, ROOM, TEXT)
    }

    /// Its number of lines: those of the heading, of the labels and of the differences.
    fn lines(&self) -> usize {
        let labels = self.rows.iter().filter(|row| !row.label.is_empty());
        self.headings().len() + labels.count() + self.rows.len()
    }
}

/// Of the hollow marker: a ring, wider than each filled one.
fn published_look() -> Style {
    style(super::style::SOLID)
}

/// Text from `at` on, on white: the lines of the marks are not to cross it.
fn on_white<DB: DrawingBackend>(root: &Area<DB>, words: &str, at: (i32, i32)) -> Result<()> {
    let words = fitting(root, words, ROOM - (at.0 - MARGIN) as u32, TEXT)?;
    let end = at.0 + text::width(&words, TEXT) as i32 + 12;
    let paper = [(at.0 - 6, at.1 - ROW / 2), (end, at.1 + ROW / 2)];
    root.draw(&Rectangle::new(paper, WHITE.filled()))
        .map_err(failed)?;
    draw_text(root, &words, at, HPos::Left)
}

fn draw_text<DB: DrawingBackend>(
    root: &Area<DB>,
    text: &str,
    at: (i32, i32),
    side: HPos,
) -> Result<()> {
    let style = TextStyle::from((FAMILY, TEXT)).pos(Pos::new(side, VPos::Center));
    root.draw_text(text, &style, at).map_err(failed)
}
