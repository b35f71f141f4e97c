//! What was asked, and the report on the reproduction: one Markdown file that is split at its headings.

use anyhow::Result;
use maud::{Markup, html};

use super::prose;
use crate::inputs::Input;

/// A text about what was asked.
#[derive(Default)]
pub struct About {
    title: Option<String>,
    question: String,
    /// The answer in a few sentences.
    short: String,
    report: String,
}

/// The heading of the answer, the first of the file where it has one.
const IN_SHORT: &str = "\n## In short\n";

impl About {
    /// The text `file`.
    ///
    /// # Errors
    /// Names a file that is not text.
    pub fn parse(file: &Input) -> Result<Self> {
        let text = file.text()?;
        let (title, text) = match text.strip_prefix("# ") {
            Some(text) => {
                let (title, rest) = text.split_once('\n').unwrap_or((text, ""));
                (Some(title.trim().to_owned()), rest)
            }
            None => (None, text),
        };
        let sections = |text: &str| -> (String, String) {
            let (first, rest) = text.split_at(text.find("\n## ").unwrap_or(text.len()));
            (first.trim().to_owned(), rest.to_owned())
        };
        let (question, report) = sections(text);
        let (short, report) = match report.strip_prefix(IN_SHORT) {
            Some(report) => sections(report),
            None => (String::new(), report),
        };
        Ok(Self {
            title: title.filter(|title| !title.is_empty()),
            question,
            short,
            report: report.trim().to_owned(),
        })
    }

    /// The title of the page.
    pub fn title(&self) -> &str {
        self.title.as_deref().unwrap_or("Results")
    }

    /// Whether something was asked.
    pub fn has_question(&self) -> bool {
        !self.question.is_empty()
    }

    /// Whether there is more than the question.
    pub fn has_report(&self) -> bool {
        !self.report.is_empty()
    }

    /// The answer in short, to stand before the finding.
    pub fn short(&self) -> Markup {
        html! {
            @if !self.short.is_empty() { (prose::render(&self.short, 3)) }
        }
    }

    /// What was asked.
    pub fn question(&self) -> Markup {
        html! {
            @if self.has_question() {
                section aria-labelledby="question" {
                    h2 #question { "What was asked" }
                    (prose::render(&self.question, 3))
                }
            }
        }
    }

    /// The report on the reproduction.
    pub fn report(&self) -> Markup {
        html! {
            @if self.has_report() {
                section aria-labelledby="report" {
                    h2 #report { "Reproducibility report" }
                    (prose::render(&self.report, 3))
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about(text: &str) -> About {
        let bytes = text.as_bytes().to_vec();
        let name = "a.md".to_owned();
        About::parse(&Input { name, bytes }).unwrap()
    }

    #[test]
    fn a_text_is_split_at_its_headings() {
        let about = about("# Does it?\n\nWhat.\n\nMore.\n\n## Scope\n\nAll.\n");
        assert_eq!(about.title(), "Does it?");
        assert_eq!(about.question, "What.\n\nMore.");
        assert_eq!(about.report, "## Scope\n\nAll.");
    }

    #[test]
    fn each_part_may_be_missing() {
        let none = about("");
        assert_eq!((none.title(), none.has_report()), ("Results", false));
        assert_eq!(none.question().into_string(), "");
        let only = about("Why?");
        assert_eq!((only.title(), &*only.question), ("Results", "Why?"));
    }
}
