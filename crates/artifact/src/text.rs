//! What a file says of itself, fit for a message or a terminal.

/// So many names stand in a message.
const MOST_NAMES: usize = 10;
/// So many characters of each.
const MOST_CHARACTERS: usize = 80;

/// `names` with commas between them: the first ten, then how many more there are. A long name is cut.
///
/// ```
/// let names: Vec<String> = (0..5000).map(|n| format!("t{n}")).collect();
/// assert_eq!(artifact::listed(&names), "t0, t1, t2, t3, t4, t5, t6, t7, t8, t9 and 4990 more");
/// assert_eq!(artifact::listed(["a", "b"]), "a, b");
/// ```
pub fn listed<N: AsRef<str>>(names: impl IntoIterator<Item = N>) -> String {
    let mut names = names.into_iter();
    let first: Vec<_> = names
        .by_ref()
        .take(MOST_NAMES)
        .map(|name| clipped(name.as_ref(), MOST_CHARACTERS))
        .collect();
    match names.count() {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}

/// The first `most` characters of `text`, and a sign where there are more.
///
/// ```
/// assert_eq!(artifact::clipped("seed-0", 4), "seed…");
/// assert_eq!(artifact::clipped("seed", 4), "seed");
/// ```
pub fn clipped(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// `text` with control characters, and those that turn the direction of writing, as escapes: what a file says of itself
/// is not to move the cursor, or to show other words than there are.
///
/// ```
/// assert_eq!(artifact::visible("a\u{1b}[2Jü\n\u{202e}"), r"a\u{1b}[2Jü\n\u{202e}");
/// ```
pub fn visible(text: &str) -> String {
    let mut shown = String::new();
    for c in text.chars() {
        let turns = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        match c.is_control() || turns {
            true => shown.extend(c.escape_default()),
            false => shown.push(c),
        }
    }
    shown
}
