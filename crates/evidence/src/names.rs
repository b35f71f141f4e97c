//! Texts that many scores have in common, such as a checkpoint's file, kept once.

use std::collections::HashMap;
use std::sync::Arc;

/// The number of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name(u32);

/// All texts, by number.
#[derive(Default)]
pub struct Names {
    numbers: HashMap<Arc<str>, Name>,
    texts: Vec<Arc<str>>,
}

impl Names {
    /// The number of `text`: the same for the same text.
    pub fn name(&mut self, text: &str) -> Name {
        if let Some(known) = self.numbers.get(text) {
            return *known;
        }
        let number = u32::try_from(self.texts.len()).expect("fewer texts than fill the memory");
        let text: Arc<str> = text.into();
        self.texts.push(Arc::clone(&text));
        *self.numbers.entry(text).or_insert(Name(number))
    }

    /// The text of `name`.
    pub fn text(&self, name: Name) -> &str {
        &self.texts[name.0 as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_one_number_and_comes_back() {
        let mut names = Names::default();
        let [a, b, again] = ["a", "", "a"].map(|text| names.name(text));
        assert_eq!(a, again);
        assert_ne!(a, b);
        assert_eq!([names.text(a), names.text(b)], ["a", ""]);
    }
}
