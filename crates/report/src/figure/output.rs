//! Where a figure goes, and in which format.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use clap::ValueEnum;
use plotters::backend::{BitMapBackend, SVGBackend};
use plotters::style::{FontStyle, register_font};

use super::draw::{FAMILY, WIDTH, draw, height};
use super::plot::Figure;
use crate::names::visible;
use crate::usage;

/// The flags that all figures share.
#[derive(clap::Args)]
pub struct Output {
    /// Heading of the figure [default: the tables and what is shown of them, or "Training"].
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,

    /// What to write [default: what the output's name ends in, .svg or .png].
    #[arg(long, value_enum)]
    format: Option<Format>,

    /// Where to write the figure, 1600 pixels wide; `-` is standard output and wants --format.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

/// The formats of a figure.
#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
pub enum Format {
    /// Vector graphics, with the text as text in the reader's sans-serif font.
    Svg,
    /// A bitmap, with the text in DejaVu Sans.
    Png,
}

impl Output {
    /// The format; ends with a usage error of the subcommand `kind` where none can be told.
    pub fn format(&self, kind: &str) -> Format {
        self.format
            .or_else(|| by_extension(&self.output))
            .unwrap_or_else(|| {
                let message = format!(
                    "the format of {} cannot be told from its name: expected one that ends in .svg \
                     or .png, or --format",
                    self.output.display()
                );
                usage::conflict(&["figure", kind], &message)
            })
    }

    /// Refuses an output that is one of `inputs`, cannot be written, or is a terminal.
    ///
    /// # Errors
    /// Names the file and the reason.
    pub fn check<'a>(&self, inputs: impl IntoIterator<Item = &'a Path>) -> Result<()> {
        artifact::check_output(&self.output, inputs)?;
        artifact::refuse_terminal(&self.output)
    }

    /// The heading chosen, or `default`.
    pub fn title(&self, default: String) -> String {
        visible(&self.title.clone().unwrap_or(default))
    }

    /// Draws `figure` and writes it.
    ///
    /// # Errors
    /// What cannot be drawn or written.
    pub fn write(&self, figure: &Figure, format: Format) -> Result<()> {
        let bytes = match format {
            Format::Svg => svg(figure)?.into_bytes(),
            Format::Png => png(figure)?,
        };
        artifact::write(&self.output, &bytes)
    }
}

fn by_extension(path: &Path) -> Option<Format> {
    Format::from_str(path.extension()?.to_str()?, true).ok()
}

fn svg(figure: &Figure) -> Result<String> {
    register_fonts()?;
    let mut text = String::new();
    draw(
        figure,
        SVGBackend::with_string(&mut text, (WIDTH, height(figure))),
    )?;
    Ok(text)
}

fn png(figure: &Figure) -> Result<Vec<u8>> {
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
fn register_fonts() -> Result<()> {
    register_font(FAMILY, FontStyle::Normal, dejavu::sans::regular())
        .map_err(|_| anyhow!("the embedded font cannot be read"))
}
