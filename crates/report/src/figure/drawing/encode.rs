//! A figure as the bytes of a file.

use anyhow::{Context, Result, anyhow};
use plotters::backend::{BitMapBackend, SVGBackend};
use plotters::style::{FontStyle, register_font};

use super::draw::{WIDTH, draw, height};
use super::plot::Drawing;
use super::shapes::FAMILY;

/// Vector graphics.
///
/// # Errors
/// What cannot be drawn.
pub fn svg(figure: &Drawing) -> Result<String> {
    register_fonts()?;
    let mut text = String::new();
    draw(
        figure,
        SVGBackend::with_string(&mut text, (WIDTH, height(figure))),
    )?;
    Ok(described(&text, figure.words()))
}

/// The SVG `text` with the heading as its title and the notes as its description, for those who do not see it.
fn described(text: &str, (title, notes): (&str, &[String])) -> String {
    let Some((root, rest)) = text.split_once(">\n") else {
        return text.to_owned();
    };
    let (title, notes) = (escape(title), escape(&notes.join(" ")));
    format!("{root} role=\"img\">\n<title>{title}</title>\n<desc>{notes}</desc>\n{rest}")
}

/// Takes their meaning from the characters that have one in XML.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// A bitmap of three bytes a pixel.
///
/// # Errors
/// What cannot be drawn or encoded.
pub fn png(figure: &Drawing) -> Result<Vec<u8>> {
    register_fonts()?;
    let size = (WIDTH, height(figure));
    // Three bytes, red, green and blue, for each pixel.
    let mut pixels = vec![0; 3 * (size.0 * size.1) as usize];
    draw(figure, BitMapBackend::with_buffer(&mut pixels, size))?;
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, size.0, size.1);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().context("cannot encode the PNG")?;
    writer
        .write_image_data(&pixels)
        .context("cannot encode the PNG")?;
    drop(writer);
    Ok(bytes)
}

/// The embedded font also measures the text of SVG files, so that nothing depends on the fonts of
/// the machine.
///
/// # Errors
/// Where the font cannot be read.
pub fn register_fonts() -> Result<()> {
    register_font(FAMILY, FontStyle::Normal, dejavu::sans::regular())
        .map_err(|_| anyhow!("the embedded font cannot be read"))
}
