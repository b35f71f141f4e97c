//! A contact sheet: rows of pictures with captions, as a PNG.

use anyhow::{Context, Result, anyhow, ensure};
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontStyle, register_font};

use crate::images::Picture;

/// A sheet.
#[derive(Default)]
pub struct Sheet {
    /// Above the groups of every row.
    pub heads: Vec<String>,
    /// From top to bottom.
    pub rows: Vec<Row>,
}

/// How far the middles of a caption's two lines stand above and below that of the row.
const LINES: (i32, i32) = (20, 25);

/// A row of pictures.
pub struct Row {
    /// Left of it: a line, and one in grey below it.
    pub caption: [Text; 2],
    /// The groups of pictures, with a gap between them.
    pub groups: Vec<Vec<Picture>>,
    /// Whether each picture has a frame.
    pub framed: bool,
}

/// A line of text.
pub enum Text {
    /// As it stands.
    Plain(String),
    /// Between these two, p with the index e.
    PE(String, String),
}

const FAMILY: &str = "sans-serif";
const ITALIC: FontStyle = FontStyle::Oblique;
/// Sizes of text, in pixels.
const CAPTION: u32 = 40;
const SMALL: u32 = 30;

const MARGIN: u32 = 28;
/// Between two pictures, two groups, two rows.
const GAP: u32 = 6;
const GROUPS_GAP: u32 = 40;
const ROWS_GAP: u32 = 22;
/// Below the heads.
const HEADS: u32 = 58;
/// Pictures are magnified until they have about this width or height.
const SIDE: usize = 84;

/// More pixels than this are taken for a mistake.
const MOST_PIXELS: u64 = 100_000_000;

const INK: RGBColor = RGBColor(30, 30, 30);
const GREY: RGBColor = RGBColor(110, 110, 110);
/// Of the frames of pictures that are white at their edges, as the page is.
const FRAME: [u8; 3] = [200; 3];

type Area<'a> = DrawingArea<BitMapBackend<'a>, Shift>;

impl Sheet {
    /// The sheet as the bytes of a PNG.
    ///
    /// # Errors
    /// Where it would have too many pixels, or cannot be drawn or encoded.
    pub fn png(&self) -> Result<Vec<u8>> {
        for (style, font) in [
            (FontStyle::Normal, dejavu::sans::regular()),
            (ITALIC, dejavu::sans::oblique()),
        ] {
            register_font(FAMILY, style, font)
                .map_err(|_| anyhow!("the embedded font cannot be read"))?;
        }
        // Measured on a canvas of one pixel.
        let mut pixel = vec![0; 3];
        let left = {
            let area = BitMapBackend::with_buffer(&mut pixel, (1, 1)).into_drawing_area();
            let texts = self
                .rows
                .iter()
                .flat_map(|row| row.caption.iter().zip([CAPTION, SMALL]));
            let widths = texts.map(|(text, size)| text.width(&area, size));
            let widest = widths.collect::<Result<Vec<_>>>()?.into_iter().max();
            MARGIN + widest.unwrap_or(0) + MARGIN
        };
        let top = MARGIN + if self.heads.is_empty() { 0 } else { HEADS };
        let (mut right, mut bottom) = (left, top);
        let mut tops = Vec::new();
        for row in &self.rows {
            tops.push(bottom);
            right = right.max(left.saturating_add(row.width()));
            bottom = bottom.saturating_add(row.height()).saturating_add(ROWS_GAP);
        }
        let (width, height) = (
            right.saturating_add(MARGIN),
            bottom.saturating_add(MARGIN - ROWS_GAP.min(MARGIN)),
        );
        ensure!(
            u64::from(width) * u64::from(height) <= MOST_PIXELS,
            "the sheet would have {width} x {height} pixels, expected at most {MOST_PIXELS} in all; use fewer --columns"
        );
        let mut pixels = vec![255; 3 * width as usize * height as usize];
        for (row, &y) in self.rows.iter().zip(&tops) {
            for (picture, x) in row.places(left) {
                let frame = row.framed.then_some(FRAME);
                let y = y + (row.height() - picture.height as u32 * row.scale()) / 2;
                paint(&mut pixels, width, picture, row.scale(), (x, y), frame);
            }
        }
        let area = BitMapBackend::with_buffer(&mut pixels, (width, height)).into_drawing_area();
        self.write(&area, left, &tops)?;
        area.present().map_err(failed)?;
        drop(area);
        encode(&pixels, width, height)
    }

    /// Writes the captions, of rows at these `tops`, and the heads, above pictures that begin at `left`.
    fn write(&self, area: &Area, left: u32, tops: &[u32]) -> Result<()> {
        for (row, &y) in self.rows.iter().zip(tops) {
            let middle = (y + row.height() / 2) as i32;
            let [first, second] = &row.caption;
            first.draw(area, MARGIN, middle - LINES.0, CAPTION, INK)?;
            second.draw(area, MARGIN, middle + LINES.1, SMALL, GREY)?;
        }
        if let Some(row) = self.rows.first() {
            for (head, x) in self.heads.iter().zip(row.group_places(left)) {
                let head = Text::Plain(head.clone());
                head.draw(area, x, (MARGIN + HEADS / 3) as i32, CAPTION, INK)?;
            }
        }
        Ok(())
    }
}

impl Row {
    /// By how much each pixel of the row's pictures is magnified.
    fn scale(&self) -> u32 {
        let pictures = self.groups.iter().flatten();
        let side = pictures
            .map(|picture| picture.width.max(picture.height))
            .max();
        (SIDE / side.unwrap_or(SIDE)).max(1) as u32
    }

    fn height(&self) -> u32 {
        let pictures = self.groups.iter().flatten();
        let tallest = pictures.map(|picture| picture.height as u32).max();
        tallest
            .unwrap_or(0)
            .saturating_mul(self.scale())
            .max(CAPTION + SMALL + 14)
    }

    fn width(&self) -> u32 {
        let last = self.places(0).last();
        last.map_or(0, |(picture, x)| {
            x.saturating_add((picture.width as u32).saturating_mul(self.scale()))
        })
    }

    /// Each picture with its left end, where the first one's is `left`.
    fn places(&self, left: u32) -> impl Iterator<Item = (&Picture, u32)> {
        let scale = self.scale();
        let mut x = left;
        self.groups
            .iter()
            .enumerate()
            .flat_map(move |(place, group)| {
                if place > 0 {
                    x = x.saturating_add(GROUPS_GAP - GAP);
                }
                let places: Vec<_> = group
                    .iter()
                    .map(|picture| {
                        let at = x;
                        let width = (picture.width as u32).saturating_mul(scale);
                        x = x.saturating_add(width).saturating_add(GAP);
                        (picture, at)
                    })
                    .collect();
                places
            })
    }

    /// The left end of each group.
    fn group_places(&self, left: u32) -> Vec<u32> {
        let mut places = self.places(left);
        let first = |group: &Vec<Picture>| {
            let place = places.next().map(|(_, x)| x);
            places
                .by_ref()
                .take(group.len().saturating_sub(1))
                .for_each(drop);
            place
        };
        self.groups
            .iter()
            .filter(|group| !group.is_empty())
            .filter_map(first)
            .collect()
    }
}

/// Puts `picture`, magnified by `scale`, at the pixel `(x, y)` of an image of that `width`; the frame is around it.
fn paint(
    pixels: &mut [u8],
    width: u32,
    picture: &Picture,
    scale: u32,
    (x, y): (u32, u32),
    frame: Option<[u8; 3]>,
) {
    let (wide, high) = (
        picture.width * scale as usize,
        picture.height * scale as usize,
    );
    let mut put = |x: usize, y: usize, colour: [u8; 3]| {
        let at = y * width as usize + x;
        pixels[3 * at..3 * at + 3].copy_from_slice(&colour);
    };
    let (x, y, scale) = (x as usize, y as usize, scale as usize);
    for row in 0..high {
        for column in 0..wide {
            let colour = picture.pixels[row / scale * picture.width + column / scale];
            put(x + column, y + row, colour);
        }
    }
    if let Some(colour) = frame {
        for column in 0..wide + 2 {
            put(x + column - 1, y - 1, colour);
            put(x + column - 1, y + high, colour);
        }
        for row in 0..high {
            put(x - 1, y + row, colour);
            put(x + wide, y + row, colour);
        }
    }
}

impl Text {
    /// Its pieces, and how far each is lowered.
    fn pieces(&self, size: u32) -> Vec<(&str, FontDesc<'static>, i32)> {
        let upright =
            || FontDesc::new(FontFamily::Name(FAMILY), f64::from(size), FontStyle::Normal);
        let italic = |size: f64| FontDesc::new(FontFamily::Name(FAMILY), size, ITALIC);
        match self {
            Self::Plain(text) => vec![(text, upright(), 0)],
            Self::PE(before, after) => vec![
                (before, upright(), 0),
                ("p", italic(size.into()), 0),
                ("e", italic(0.7 * f64::from(size)), size as i32 / 5),
                (after, upright(), 0),
            ],
        }
    }

    fn width(&self, area: &Area, size: u32) -> Result<u32> {
        let mut sum = 0;
        for (text, font, _) in self.pieces(size) {
            sum += width(area, text, &font)?;
        }
        Ok(sum)
    }

    /// With its left end at `x` and its middle at `y`.
    fn draw(&self, area: &Area, mut x: u32, y: i32, size: u32, ink: RGBColor) -> Result<()> {
        for (text, font, lower) in self.pieces(size) {
            let after = x + width(area, text, &font)?;
            let style = TextStyle::from(font)
                .color(&ink)
                .pos(Pos::new(HPos::Left, VPos::Center));
            area.draw_text(text, &style, (x as i32, y + lower))
                .map_err(failed)?;
            x = after;
        }
        Ok(())
    }
}

/// Width of `text`; a blank at its end counts too.
fn width(area: &Area, text: &str, font: &FontDesc) -> Result<u32> {
    let measure = |text: &str| {
        let size = area.estimate_text_size(text, &font.clone().into());
        size.map(|(width, _)| width).map_err(failed)
    };
    match text {
        "" => Ok(0),
        text => Ok(measure(&format!("{text}|"))?.saturating_sub(measure("|")?)),
    }
}

/// Three bytes a pixel as a PNG; its few colours in a table, where they are few enough, for that is a third of the bytes.
fn encode(pixels: &[u8], width: u32, height: u32) -> Result<Vec<u8>> {
    let mut table: Vec<[u8; 3]> = Vec::new();
    let mut indices = std::collections::HashMap::new();
    let mut indexed = Vec::with_capacity(pixels.len() / 3);
    for colour in pixels.as_chunks::<3>().0 {
        let next = table.len();
        let index = *indices.entry(*colour).or_insert_with(|| {
            table.push(*colour);
            next
        });
        if table.len() > 256 {
            break;
        }
        indexed.push(index as u8);
    }
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::High);
    let data = match table.len() <= 256 {
        true => {
            encoder.set_color(png::ColorType::Indexed);
            encoder.set_palette(table.concat());
            encoder.set_filter(png::Filter::NoFilter);
            &indexed
        }
        false => {
            encoder.set_color(png::ColorType::Rgb);
            encoder.set_filter(png::Filter::Up);
            pixels
        }
    };
    let mut writer = encoder.write_header().context("cannot encode the PNG")?;
    writer
        .write_image_data(data)
        .context("cannot encode the PNG")?;
    drop(writer);
    Ok(bytes)
}

fn failed(error: impl std::fmt::Display) -> anyhow::Error {
    anyhow!("cannot draw the sheet: {error}")
}
