//! Images in a terminal.

use std::env;
use std::fmt::Write as _;
use std::io::{self, IsTerminal};

use anyhow::Result;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::args::Color;
use crate::contents::Contents;
use crate::images::{Images, pick, rows};
use crate::palette::{Palette, Rgb};
use crate::text::{counted, visible};

/// Columns of a terminal that does not say how many it has.
const WIDTH: usize = 80;
/// More classes than this are left out, and the text says so.
const MOST_CLASSES: usize = 20;

/// Whether to draw in colour.
pub fn is_coloured(color: Color) -> bool {
    let has = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    let true_colour = ["truecolor", "24bit"]
        .iter()
        .any(|name| env::var_os("COLORTERM").is_some_and(|v| v == *name));
    match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => io::stdout().is_terminal() && true_colour && !has("NO_COLOR"),
    }
}

/// A row of images for each class of `contents`, as text.
///
/// # Errors
/// Names the file, where it holds no images.
pub fn show(
    contents: &Contents,
    columns: Option<usize>,
    seed: u64,
    palette: Palette,
    coloured: bool,
) -> Result<String> {
    let images = Images::of(contents, palette)?;
    let [_, channels, height, width] = images.shape;
    let terminal = terminal_size::terminal_size().map_or(WIDTH, |(width, _)| width.0.into());
    let count = columns.unwrap_or((terminal / (width + 1)).max(1));
    let by_class = rows(contents, &images);
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut text = String::new();
    for (class, by_colour) in by_class.iter().take(MOST_CLASSES) {
        let all: usize = by_colour.values().map(Vec::len).sum();
        let name = visible(&contents.name);
        let _ = writeln!(
            text,
            "{name}: label {class}, {}",
            counted(all as u64, "image")
        );
        let picked = pick(by_colour, count, &mut rng);
        // Two rows of pixels a line, the characters of which are about twice as high as wide.
        for y in (0..height).step_by(2) {
            let mut line = String::new();
            for &row in &picked {
                if coloured {
                    let picture = images.picture(row);
                    for x in 0..width {
                        let pixel =
                            |y: usize| picture.pixels.get(y * width + x).copied().unwrap_or([0; 3]);
                        line += &half_block(pixel(y), pixel(y + 1));
                    }
                    line += "\x1b[0m ";
                } else {
                    let values = images.row(row);
                    for x in 0..width {
                        let value = |channel: usize, y: usize| {
                            let at = (channel * height + y) * width + x;
                            if y < height { u32::from(values[at]) } else { 0 }
                        };
                        line.push(character(
                            &|channel| value(channel, y) + value(channel, y + 1),
                            channels,
                        ));
                    }
                    line.push(' ');
                }
            }
            let _ = writeln!(text, "{}", line.trim_end_matches(' '));
        }
        text.push('\n');
    }
    if by_class.len() > MOST_CLASSES {
        let left = (by_class.len() - MOST_CLASSES) as u64;
        let _ = writeln!(text, "{} more are not drawn", counted(left, "class"));
    }
    Ok(text)
}

/// The upper half of a character in one colour, the lower half in another.
fn half_block([r, g, b]: Rgb, [under_r, under_g, under_b]: Rgb) -> String {
    format!("\x1b[38;2;{r};{g};{b}m\x1b[48;2;{under_r};{under_g};{under_b}m▀")
}

/// The number of the brightest channel where two pixels are bright, a dot where they are dark; of one channel, a denser
/// character the brighter they are. `sum` is that of both pixels' values in a channel, 0 to 510.
fn character(sum: &dyn Fn(usize) -> u32, channels: usize) -> char {
    const DENSER: &[u8; 8] = b".:-=+*#@";
    // The first of equals.
    let brightest = (0..channels)
        .rev()
        .max_by_key(|&channel| sum(channel))
        .unwrap_or(0);
    match sum(brightest) {
        sum if channels == 1 => char::from(DENSER[sum as usize * 7 / 510]),
        sum if sum < 128 => '.',
        _ => char::from_digit(brightest as u32 % 36, 36).unwrap_or('#'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_tells_the_channel() {
        assert_eq!(character(&|channel| [0, 400][channel], 2), '1');
        assert_eq!(character(&|_| 0, 2), '.');
        assert_eq!(character(&|_| 0, 1), '.');
        assert_eq!(character(&|_| 510, 1), '@');
    }
}
