//! The strokes, markers and texts that all drawings are made of.

use anyhow::{Result, anyhow};
use plotters::coord::Shift;
use plotters::element::DashedPathElement;
use plotters::prelude::*;

use super::style::{Outline, Style};

/// The family that SVG files name and that the bitmap's embedded font is registered as.
pub const FAMILY: &str = "sans-serif";

pub const GREY: RGBColor = RGBColor(130, 130, 130);
pub const LIGHT: RGBColor = RGBColor(226, 226, 226);

/// Radius of a marker of curves, in pixels.
pub const MARKER: f64 = 9.0;
/// The same of a hollow one.
pub const HOLLOW_MARKER: f64 = 12.0;
/// Width of the outline of a hollow marker.
const RING: u32 = 3;

pub type Area<DB> = DrawingArea<DB, Shift>;

/// A line through `points` in the colour and the dashes of `look`.
pub fn stroke<DB: DrawingBackend>(
    area: &Area<DB>,
    points: &[(i32, i32)],
    look: Style,
) -> Result<()> {
    let color = look.color.stroke_width(4);
    match look.dash {
        Some((dash, gap)) => area
            .draw(&DashedPathElement::new(points.to_vec(), dash, gap, color))
            .map_err(failed),
        None => path(area, points, color),
    }
}

/// A line through `points`.
pub fn path<DB: DrawingBackend>(
    area: &Area<DB>,
    points: &[(i32, i32)],
    style: ShapeStyle,
) -> Result<()> {
    area.draw(&PathElement::new(points.to_vec(), style))
        .map_err(failed)
}

/// A marker of the look `look`.
pub fn filled_marker<DB: DrawingBackend>(
    area: &Area<DB>,
    at: (i32, i32),
    radius: f64,
    look: Style,
) -> Result<()> {
    match look.marker(at, radius) {
        Outline::Circle { radius } => area.draw(&Circle::new(at, radius, look.color.filled())),
        Outline::Polygon(corners) => area.draw(&Polygon::new(corners, look.color.filled())),
    }
    .map_err(failed)
}

/// The outline of a marker, through which everything under it is seen. How far it reaches up and down, in pixels.
pub fn hollow_marker<DB: DrawingBackend>(
    area: &Area<DB>,
    at: (i32, i32),
    radius: f64,
    look: Style,
) -> Result<(i32, i32)> {
    let line = look.color.stroke_width(RING);
    match look.marker(at, radius) {
        Outline::Circle { radius } => {
            area.draw(&Circle::new(at, radius, line)).map_err(failed)?;
            Ok((radius as i32, radius as i32))
        }
        Outline::Polygon(corners) => {
            let ys = || corners.iter().map(|(_, y)| *y);
            let reach = (
                at.1 - ys().min().unwrap_or(at.1),
                ys().max().unwrap_or(at.1) - at.1,
            );
            // A ring: around on the outside, and back on the inside.
            let mut ring = corners.clone();
            ring.push(corners[0]);
            if let Outline::Polygon(inside) = look.marker(at, radius - 1.6 * f64::from(RING)) {
                ring.push(inside[0]);
                ring.extend(inside.iter().rev());
            }
            area.draw(&Polygon::new(ring, look.color.filled()))
                .map_err(failed)?;
            Ok(reach)
        }
    }
}

/// A bar from `ends.0` up to `ends.1`, in pixels, that leaves out the hollow marker at `at`, which reaches so far.
pub fn whisker<DB: DrawingBackend>(
    area: &Area<DB>,
    (x, y): (i32, i32),
    (bottom, top): (i32, i32),
    (up, down): (i32, i32),
    look: Style,
) -> Result<()> {
    const CAP: i32 = 6;
    let line = look.color.stroke_width(2);
    for (from, to) in [(y - up, top), (y + down, bottom)] {
        // An end inside of the marker is not seen: nothing is drawn into it.
        if (to - y).abs() > (from - y).abs() {
            path(area, &[(x, from), (x, to)], line)?;
            path(area, &[(x - CAP, to), (x + CAP, to)], line)?;
        }
    }
    Ok(())
}

/// `text`, or as much of it as fits into `width` pixels, and a sign that it was cut.
pub fn fitting<DB: DrawingBackend>(
    root: &Area<DB>,
    text: &str,
    width: u32,
    size: u32,
) -> Result<String> {
    let font = (FAMILY, size).into();
    let fits = |text: &str| -> Result<bool> {
        let (needed, _) = root.estimate_text_size(text, &font).map_err(failed)?;
        Ok(needed <= width)
    };
    if fits(text)? {
        return Ok(text.to_owned());
    }
    // The longest beginning that fits, by halving.
    let (mut low, mut high) = (0, text.chars().count());
    while low + 1 < high {
        let middle = (low + high) / 2;
        match fits(&artifact::clipped(text, middle))? {
            true => low = middle,
            false => high = middle,
        }
    }
    Ok(artifact::clipped(text, low))
}

/// Text whose upper left corner is at (x, y).
pub fn write<DB: DrawingBackend>(
    root: &Area<DB>,
    text: &str,
    (x, y): (u32, u32),
    size: u32,
) -> Result<()> {
    root.draw_text(text, &(FAMILY, size).into(), (x as i32, y as i32))
        .map_err(failed)
}

/// What a backend reports.
pub fn failed(error: impl std::fmt::Display) -> anyhow::Error {
    anyhow!("cannot draw the figure: {error}")
}
