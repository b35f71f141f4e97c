//! The notes under a table: what its signs mean, and how many cells agree.

use std::collections::BTreeSet;

use evidence::training_domain_selection::counterpart;
use evidence::verdict::RULES;
use evidence::{Cell, Column, Comparison, Origin, Pair, Tally};

use super::cell::{classes, mark, precisions, seeds};
use crate::notation::{MIXED, NONE, alternatives};

/// Where the published numbers stand, and whether verdicts are shown.
#[derive(Clone, Copy, PartialEq)]
pub enum Published {
    /// In brackets behind ours, with marks.
    InBrackets,
    /// In a column beside ours, with marks or without.
    InColumns { marks: bool },
}

impl Published {
    fn has_marks(self) -> bool {
        self != Self::InColumns { marks: false }
    }
}

/// The notes under the table of `comparison`.
pub fn notes(comparison: &Comparison, published: Published) -> Vec<String> {
    let pairs: Vec<&Pair> = comparison
        .rows
        .iter()
        .flat_map(|(_, pairs)| pairs)
        .collect();
    let scored: Vec<&Cell> = pairs.iter().filter_map(|pair| pair.ours.as_ref()).collect();
    let mut notes = Vec::new();

    if scored.is_empty() {
        notes.push("No cell shown has a score.".to_owned());
    } else {
        notes.push(seeds_and_precision(&scored));
    }
    if comparison
        .rows
        .iter()
        .any(|(_, pairs)| seeds(pairs).contains('/'))
    {
        notes.push("n with slashes: the columns' numbers of seeds, in order.".to_owned());
    }
    if scored.iter().any(|cell| cell.n() == 1) {
        let taken = match comparison.has_reference && published.has_marks() {
            true => "; the first rule takes it as 0, and the third is not kept",
            false => "",
        };
        notes.push(format!("?: with one seed our deviation is unknown{taken}."));
    }
    if scored.iter().any(|cell| cell.precisions.len() > 1) {
        notes.push(format!(
            "{MIXED}: its seeds were trained in several precisions, whose rounding differs."
        ));
    }
    if pairs.iter().any(|pair| pair.ours.is_none()) {
        let counted = match comparison.counted() && published.has_marks() {
            true => ", and counted under no rule",
            false => "",
        };
        notes.push(format!("{NONE}: not run{counted}."));
    }
    if comparison.columns.contains(&Column::Train) {
        notes.push(
            "train: on the training environments, averaged over them for each seed.".to_owned(),
        );
    }
    notes.extend(optimal(comparison));
    let classes: Vec<_> = classes(comparison).iter().map(usize::to_string).collect();
    notes.push(format!(
        "Random: an even guess among k classes, 100/k; here k = {}.",
        classes.join(", ")
    ));
    if comparison.has_reference {
        notes.extend(verdicts(comparison, &pairs, published));
    }
    notes
}

/// The rules, and how many of the published cells satisfy them.
fn verdicts(comparison: &Comparison, pairs: &[&Pair], published: Published) -> Vec<String> {
    let place = match published {
        Published::InBrackets => "In brackets",
        Published::InColumns { .. } => "published:",
    };
    let mut notes = vec![format!(
        "{place} the published numbers; their origin is the paper, or, where marked †, its author's page."
    )];
    if !published.has_marks() {
        return notes;
    }
    if comparison.counted() {
        notes.extend(rules());
    }
    let summary: Vec<_> = Origin::ALL
        .into_iter()
        .filter_map(|origin| summary(origin, pairs))
        .collect();
    if let Some(other) = &comparison.variant_of {
        let (which, why) = match counterpart(&comparison.experiment) {
            Some(_) => (
                "Honest selection",
                ": the paper does not say that its settings were chosen so",
            ),
            None => ("Other settings", ""),
        };
        notes.push(format!(
            "{which}: the published numbers are those of the table {other}. They stand beside ours for information{why}. No \
             cell is judged or counted."
        ));
    } else if !summary.is_empty() {
        notes.push(format!(
            "Cells with the first/second/third {}: {}.",
            mark(true),
            summary.join("; ")
        ));
    }
    if comparison.hidden > 0 {
        notes.push(format!(
            "{} more published cells are in columns not shown.",
            comparison.hidden
        ));
    }
    notes
}

/// What each of a cell's marks says.
fn rules() -> impl Iterator<Item = String> {
    RULES.iter().enumerate().map(|(index, rule)| {
        let formula = rule.formula("paper");
        let (mark, name) = (mark(true), rule.name);
        format!(
            "{}: {mark} {name}, {formula}{}.",
            which(index),
            rule.short_remark
        )
    })
}

/// The mark number `index`, counted from 0.
fn which(index: usize) -> String {
    match ["First", "Second", "Third", "Fourth"].get(index) {
        Some(place) => format!("{place} mark"),
        None => format!("Mark {}", index + 1),
    }
}

/// The note on the row "Optimal"; `None` where there is none.
fn optimal(comparison: &Comparison) -> Option<String> {
    let places = 0..comparison.columns.len();
    let noises = places.filter_map(|place| comparison.label_noise(place));
    let noises: BTreeSet<String> = noises.map(|noise| noise.to_string()).collect();
    let noises: Vec<String> = noises.into_iter().collect();
    (!noises.is_empty()).then(|| {
        format!(
            "Optimal: a predictor that goes by the digit alone, where the label noise is {}. A predictor with a higher \
             accuracy in a column uses the colour too, or its reverse.",
            noises.join(" or ")
        )
    })
}

/// How many of the cells of `origin` agree; `None` where no cell shown is of that origin.
fn summary(origin: Origin, pairs: &[&Pair]) -> Option<String> {
    let tally = Tally::of(origin, pairs.iter().copied());
    if tally.cells == 0 {
        return None;
    }
    let kept: Vec<String> = tally.rules().map(|(_, count)| count.to_string()).collect();
    let not_run = match tally.cells - tally.scored {
        0 => String::new(),
        cells => format!(" ({cells} not run)"),
    };
    let place = match origin {
        Origin::Paper => "the paper",
        Origin::AuthorPage => "its author's page",
    };
    Some(format!(
        "{} of the {} cells from {place}{not_run}",
        kept.join("/"),
        tally.cells
    ))
}

/// The note on what n, ± and the precision of the cells `scored` are, of which there is at least one.
fn seeds_and_precision(scored: &[&Cell]) -> String {
    let counts = scored.iter().map(|cell| cell.n()).collect();
    let precision = match precisions(scored.iter().copied()) {
        none if none.is_empty() => none,
        precision => format!("; precision: {precision}"),
    };
    format!(
        "n: number of seeds, here {}; ± is the sample standard deviation over seeds (n−1){precision}.",
        alternatives(&counts)
    )
}

#[cfg(test)]
mod tests {
    use super::which;

    #[test]
    fn no_mark_is_without_a_name() {
        assert_eq!(which(0), "First mark");
        assert_eq!(which(4), "Mark 5");
    }
}
