//! Text that keeps to a width, in the embedded font.

use plotters::style::{FontDesc, IntoFont as _};

use super::shapes::FAMILY;

/// How wide `text` is in letters of `size` pixels, in pixels.
pub fn width(text: &str, size: u32) -> u32 {
    let font: FontDesc = (FAMILY, size).into_font();
    font.layout_box(text)
        .map_or(0, |((left, _), (right, _))| (right - left).max(0) as u32)
}

/// More than this is cut: a heading is no chapter.
const MOST_LINES: usize = 3;

/// `text` in lines of at most `room` pixels, broken at spaces. At least one line. A word that is longer than `room`, and the last
/// line of a long text, are left for [`fitting`](super::shapes::fitting) to cut.
pub fn wrapped(text: &str, room: u32, size: u32) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let full = lines.len() == MOST_LINES;
        let line = lines.last_mut().expect("there is a first line");
        let longer = format!("{line} {word}");
        if line.is_empty() {
            line.push_str(word);
        } else if full || width(&longer, size) <= room {
            *line = longer;
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::drawing::encode::register_fonts;

    #[test]
    fn a_text_is_broken_where_it_would_not_fit() {
        register_fonts().unwrap();
        let text = "one two three four";
        assert_eq!(wrapped(text, 10_000, 30), [text]);
        let lines = wrapped(text, width("three four", 30), 30);
        assert_eq!(lines, ["one two", "three four"].map(str::to_owned).to_vec());
        assert_eq!(wrapped("a-long-word b", 5, 30), ["a-long-word", "b"]);
        assert_eq!(wrapped("", 5, 30), [""]);
        assert_eq!(wrapped("a b c d", 5, 30), ["a", "b", "c d"]);
    }
}
