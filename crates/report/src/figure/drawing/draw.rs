//! Draws a figure with plotters, on any of its backends.

use anyhow::Result;
use plotters::coord::ranged1d::Ranged as _;
use plotters::element::DashedPathElement;
use plotters::prelude::*;

use super::layout::{GAP, Layout, Place};
use super::legend::Legend;
use super::plot::{Arrangement, Drawing, Figure, Line, Panel, Point, Spread};
use super::shapes::{
    Area, FAMILY, GREY, HOLLOW_MARKER, LIGHT, MARKER, failed, filled_marker, fitting,
    hollow_marker, path, stroke, whisker, write,
};
use super::style::style;
use super::text;

/// Width of every figure, in pixels.
pub const WIDTH: u32 = 1200;

const TITLE: u32 = 34;
/// Size of all texts but the title.
pub const TEXT: u32 = 30;
/// Around everything.
pub const MARGIN: u32 = 20;
/// One line of the title, the legend or the notes.
pub const LINE_HEIGHT: u32 = 44;
/// By how much the hollow marker of a line is moved aside from that of the next.
const ASIDE: i32 = 13;
/// The same of the dots of the seeds, and their radius.
const SEED_ASIDE: i32 = 8;
const SEED: u32 = 3;
/// A line of more points than this has a marker on some of them only. The number is for a panel of the whole width.
const MARKERS: usize = 16;

/// Height of `drawing`, in pixels. Curves have what [`Layout`] gives their panels, and what the texts need.
pub fn height(drawing: &Drawing) -> u32 {
    match drawing {
        Drawing::Curves(figure) => curves_height(figure),
        Drawing::Differences(differences) => differences.height(),
    }
}

fn curves_height(figure: &Figure) -> u32 {
    let panels = Layout::of(figure, 0).height;
    let lines = title(figure).len() + notes(figure).len();
    let lines = lines as u32 + Legend::of(figure).lines();
    2 * MARGIN + panels + 2 * GAP + LINE_HEIGHT * lines
}

fn title(figure: &Figure) -> Vec<String> {
    text::wrapped(&figure.title, WIDTH - 2 * MARGIN, TITLE)
}

fn notes(figure: &Figure) -> Vec<String> {
    let notes = figure.notes.iter();
    notes
        .flat_map(|note| text::wrapped(note, WIDTH - 2 * MARGIN, TEXT))
        .collect()
}

/// Draws `drawing` on `backend`, of [`WIDTH`] by [`height`] pixels.
///
/// # Errors
/// What the backend reports.
pub fn draw<DB: DrawingBackend>(drawing: &Drawing, backend: DB) -> Result<()> {
    let root = backend.into_drawing_area();
    root.fill(&WHITE).map_err(failed)?;
    match drawing {
        Drawing::Curves(figure) => curves(figure, &root)?,
        Drawing::Differences(differences) => differences.draw(&root)?,
    }
    root.present().map_err(failed)
}

fn curves<DB: DrawingBackend>(figure: &Figure, root: &Area<DB>) -> Result<()> {
    let mut top = MARGIN;
    for line in title(figure) {
        let line = fitting(root, &line, WIDTH - 2 * MARGIN, TITLE)?;
        write(root, &line, (MARGIN, top), TITLE)?;
        top += LINE_HEIGHT;
    }
    let layout = Layout::of(figure, top);
    let legend = Legend::of(figure);
    let mut below = top + layout.height;
    legend.draw(root, below + GAP)?;
    below += 2 * GAP + LINE_HEIGHT * legend.lines();
    for note in notes(figure) {
        let note = fitting(root, &note, WIDTH - 2 * MARGIN, TEXT)?;
        write(root, &note, (MARGIN, below), TEXT)?;
        below += LINE_HEIGHT;
    }
    let columns = match figure.arrangement {
        Arrangement::Stacked => 1,
        Arrangement::Rows { columns } => columns,
    };
    for (shown, place) in figure.panels.iter().zip(&layout.places) {
        let area = root.clone().shrink(place.corner, place.size);
        panel(shown, &area, place, MARKERS / columns)?;
    }
    Ok(())
}

/// `markers` is how many of them a line has at most.
fn panel<DB: DrawingBackend>(
    panel: &Panel,
    area: &Area<DB>,
    place: &Place,
    markers: usize,
) -> Result<()> {
    let width = place.size.0 - place.left - place.right;
    let heading_top = place.above - LINE_HEIGHT * place.heading.len() as u32;
    for (line, heading) in (0..).zip(&place.heading) {
        let heading = fitting(area, heading, width, TEXT)?;
        let top = heading_top + LINE_HEIGHT * line;
        write(area, &heading, (place.left, top), TEXT)?;
    }
    let (margin_left, texts_left) = match place.vertical_texts {
        true => (0, place.left),
        false => (place.left, 0),
    };
    let mut chart = ChartBuilder::on(area)
        .margin_top(place.above)
        .margin_left(margin_left)
        .margin_right(place.right)
        .set_label_area_size(LabelAreaPosition::Left, texts_left)
        .set_label_area_size(LabelAreaPosition::Bottom, place.below)
        .build_cartesian_2d(panel.x.clone(), panel.y.clone())
        .map_err(failed)?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(LIGHT.stroke_width(2))
        .axis_style(GREY.stroke_width(2))
        .label_style((FAMILY, TEXT))
        .axis_desc_style((FAMILY, TEXT))
        .x_desc(&panel.x.title)
        .y_desc(&panel.y.title)
        .draw()
        .map_err(failed)?;

    let plotting = chart.plotting_area();
    let pixel = |x: f64, y: f64| {
        let (x, y) = plotting.map_coordinate(&(x, y));
        let (left, top) = area.get_base_pixel();
        (x - left, y - top)
    };
    for (place, level) in panel.levels.iter().enumerate() {
        let x = panel.x.range();
        level_line(
            area,
            [pixel(x.start, level.y), pixel(x.end, level.y)],
            place,
        )?;
    }
    // All deviations first: none may cover a line.
    for line in &panel.lines {
        match line.spread {
            Spread::Band => band(area, line, &pixel)?,
            Spread::Bars | Spread::BarsAlone => bars(area, line, &pixel)?,
        }
    }
    // Moved aside, for the values of several lines are close to each other.
    let count = panel.lines.len() as i32;
    let aside = |place: usize, step: i32| (2 * place as i32 - count + 1) * step / 2;
    for (place, line) in panel.lines.iter().enumerate() {
        let color = style(line.style).color.mix(0.45).filled();
        for point in &line.points {
            for seed in point.seeds.iter().filter(|_| point.seeds.len() > 1) {
                let (x, y) = pixel(point.x, *seed);
                let at = (x + aside(place, SEED_ASIDE), y);
                area.draw(&Circle::new(at, SEED, color)).map_err(failed)?;
            }
        }
    }
    for line in &panel.lines {
        let look = style(line.style);
        let points: Vec<_> = line.points.iter().map(|p| pixel(p.x, p.mean)).collect();
        if line.spread != Spread::BarsAlone {
            stroke(area, &points, look)?;
        }
        for point in points.iter().step_by(points.len().div_ceil(markers)) {
            filled_marker(area, *point, MARKER, look)?;
        }
    }
    // Last: they are hollow, and hide nothing.
    for (place, line) in panel.lines.iter().enumerate() {
        for point in &line.reference {
            let ends = point.spread.unwrap_or((point.mean, point.mean));
            let at = |y: f64| {
                let (x, y) = pixel(point.x, y);
                (x + aside(place, ASIDE), y)
            };
            let look = style(line.style);
            let reach = hollow_marker(area, at(point.mean), HOLLOW_MARKER, look)?;
            whisker(
                area,
                at(point.mean),
                (at(ends.0).1, at(ends.1).1),
                reach,
                look,
            )?;
        }
    }
    Ok(())
}

/// A filled strip over each stretch of points with a known deviation.
fn band<DB: DrawingBackend>(
    area: &Area<DB>,
    line: &Line,
    pixel: &impl Fn(f64, f64) -> (i32, i32),
) -> Result<()> {
    let known = |point: &Point| point.spread.map(|(low, high)| (point.x, low, high));
    let alike = |a: &Point, b: &Point| a.spread.is_some() == b.spread.is_some();
    for stretch in line.points.chunk_by(alike) {
        let stretch: Vec<_> = stretch.iter().filter_map(known).collect();
        let above = stretch.iter().map(|&(x, _, high)| pixel(x, high));
        let below = stretch.iter().rev().map(|&(x, low, _)| pixel(x, low));
        let outline: Vec<_> = above.chain(below).collect();
        // One point alone has no area.
        if stretch.len() > 1 {
            let shade = style(line.style).color.mix(0.18).filled();
            area.draw(&Polygon::new(outline, shade)).map_err(failed)?;
        }
    }
    Ok(())
}

/// A bar with caps at each point with a known deviation.
fn bars<DB: DrawingBackend>(
    area: &Area<DB>,
    line: &Line,
    pixel: &impl Fn(f64, f64) -> (i32, i32),
) -> Result<()> {
    const CAP: i32 = 9;
    let color = style(line.style).color.stroke_width(3);
    for point in &line.points {
        let Some((low, high)) = point.spread else {
            continue;
        };
        let (x, bottom) = pixel(point.x, low);
        let (_, top) = pixel(point.x, high);
        path(area, &[(x, top), (x, bottom)], color)?;
        for y in [top, bottom] {
            path(area, &[(x - CAP, y), (x + CAP, y)], color)?;
        }
    }
    Ok(())
}

/// The line of a panel's level number `place`: whole, then in ever shorter dashes.
///
/// # Errors
/// What the backend reports.
pub fn level_line<DB: DrawingBackend>(
    area: &Area<DB>,
    ends: [(i32, i32); 2],
    place: usize,
) -> Result<()> {
    let color = GREY.stroke_width(3);
    match place {
        0 => path(area, &ends, color),
        _ => area
            .draw(&DashedPathElement::new(
                ends.to_vec(),
                24 / place as u32,
                12,
                color,
            ))
            .map_err(failed),
    }
}
