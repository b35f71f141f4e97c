//! Pictures inside the page. They are shown as pictures, so a script in an SVG does not run.

use std::path::Path;

use anyhow::{Result, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maud::{Markup, html};

use super::super::args::{self, Args};
use super::grid::scrolling;
use crate::inputs::Input;

/// A picture and the words for it.
pub struct Picture {
    /// `image/svg+xml` or `image/png`.
    kind: &'static str,
    /// Its bytes in base 64.
    base64: String,
    alt: String,
    /// Width and height, in pixels.
    size: (u32, u32),
    sha256: String,
}

impl Picture {
    /// The picture in `file`, for which `alt` are the words.
    ///
    /// # Errors
    /// Where it is none.
    pub fn new(file: &Input, alt: &str) -> Result<Self> {
        let Some((kind, size)) = png(&file.bytes).or_else(|| svg(&file.bytes)) else {
            bail!(
                "{}: expected a picture as report and inspect write it: PNG, or SVG that begins with <svg width=\"…\" height=\"…\"",
                file.name
            );
        };
        Ok(Self {
            kind,
            base64: STANDARD.encode(&file.bytes),
            alt: alt.to_owned(),
            size,
            sha256: artifact::sha256(&file.bytes),
        })
    }

    /// The words for it.
    pub fn alt(&self) -> &str {
        &self.alt
    }

    /// The picture alone.
    pub fn render(&self) -> Markup {
        let (width, height) = self.size;
        html! {
            img src={ "data:" (self.kind) ";base64," (self.base64) } alt=(self.alt) width=(width) height=(height);
        }
    }
}

fn png(bytes: &[u8]) -> Option<(&'static str, (u32, u32))> {
    bytes.starts_with(b"\x89PNG\r\n\x1a\n").then_some(())?;
    let number = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    Some(("image/png", (number(16)?, number(20)?)))
}

fn svg(bytes: &[u8]) -> Option<(&'static str, (u32, u32))> {
    let text = std::str::from_utf8(bytes).ok()?;
    let tag = text.strip_prefix("<svg ")?.split_once('>')?.0;
    let number = |name: &str| {
        let value = tag.split_once(&format!("{name}=\""))?.1;
        value.split_once('"')?.0.parse().ok()
    };
    Some(("image/svg+xml", (number("width")?, number("height")?)))
}

/// The figures of all tables.
pub struct Figures(Vec<(String, String, Picture)>);

impl Figures {
    /// Reads those that `args` name, whose paths are seen from the page.
    ///
    /// # Errors
    /// Names a file that cannot be read, or is no picture.
    pub fn read(args: &Args) -> Result<Self> {
        let folder = match artifact::is_stdout(&args.output) {
            true => Path::new(""),
            false => args.output.parent().unwrap_or(Path::new("")),
        };
        let read = |figure: &args::Figure| -> Result<_> {
            let file = Input::read(&folder.join(&figure.path))?;
            let picture = Picture::new(&file, &figure.alt)?;
            Ok((figure.table.clone(), figure.path.clone(), picture))
        };
        let figures: Result<Vec<_>> = args.figures.iter().map(read).collect();
        Ok(Self(figures?))
    }

    /// Those of `table`, one under the other.
    pub fn of(&self, table: &str) -> Markup {
        let figures = self.0.iter().filter(|(of, ..)| of == table);
        html! {
            @for (_, _, picture) in figures {
                figure {
                    (scrolling(&format!("Figure: {}", picture.alt), picture.render()))
                    figcaption { (picture.alt) }
                }
            }
        }
    }

    /// Path and SHA-256 of each.
    pub fn sums(&self) -> impl Iterator<Item = (&str, &str)> {
        let figures = self.0.iter();
        figures.map(|(_, path, picture)| (&**path, &*picture.sha256))
    }
}

/// A picture of a kind of environments.
pub struct Sheet {
    /// The kind.
    pub name: String,
    file: String,
    picture: Picture,
}

impl Sheet {
    /// Reads what the flag names.
    ///
    /// # Errors
    /// Names a file that cannot be read, or is no picture.
    pub fn read(flag: &args::Sheet) -> Result<Self> {
        let file = Input::read(&flag.file)?;
        Ok(Self {
            name: flag.name.clone(),
            picture: Picture::new(&file, &flag.alt)?,
            file: file.name,
        })
    }

    /// The picture, with its name and words under it.
    pub fn render(&self) -> Markup {
        html! {
            figure.sheet {
                (scrolling(&format!("Picture of {}", self.name), self.picture.render()))
                figcaption { strong { (self.name) } ": " (self.picture.alt) }
            }
        }
    }

    /// Path and SHA-256.
    pub fn sum(&self) -> (&str, &str) {
        (&self.file, &self.picture.sha256)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_stands_in_the_file() {
        let svg = |text: &str| super::svg(text.as_bytes()).map(|(_, size)| size);
        assert_eq!(svg("<svg width=\"16\" height=\"9\" x=\"\">"), Some((16, 9)));
        assert_eq!(svg("<svg height=\"9\">"), None);
        assert_eq!(svg("<html>"), None);
        let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x10\0\0\0\x09".to_vec();
        assert_eq!(png(&bytes), Some(("image/png", (16, 9))));
        bytes.truncate(20);
        assert_eq!(png(&bytes), None);
    }
}
