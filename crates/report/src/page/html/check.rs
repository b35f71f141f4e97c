//! How to check a number: what to type, and what to expect.

use evidence::{Cell, Column, Comparison, Origin, RowKey, row_key};
use maud::{Markup, html};

use super::recipes::{Recipe, Recipes};
use super::record::Record;
use crate::notation::{heading, ours};

/// One run, and a number that it must give again.
struct Example<'a> {
    experiment: &'a str,
    /// The row's own name.
    row: &'a str,
    seed: u64,
    column: &'a Column,
    /// In per cent.
    accuracy: f64,
    cell: &'a Cell,
}

impl Example<'_> {
    /// The run as make names it.
    fn run(&self) -> String {
        format!("{}/{}", self.experiment, self.row)
    }

    fn scores(&self) -> String {
        format!("out/scores/{}/seed-{}.csv", self.run(), self.seed)
    }
}

/// The last row of `comparison` with scores and a number of the paper, in the last column that has such a number: columns of
/// other environments may follow.
fn example<'a>(comparison: &'a Comparison, recipes: &[&'a Recipe]) -> Option<Example<'a>> {
    let keys = || comparison.rows.iter().map(|(key, _)| key);
    let recipe_of = |key: &RowKey| {
        let fits = |recipe: &&&Recipe| row_key::meant(&recipe.row, keys()) == [key];
        recipes.iter().find(fits).copied()
    };
    let mut rows = comparison.rows.iter().rev();
    rows.find_map(|(key, pairs)| {
        let mut cells = comparison.columns.iter().zip(pairs).rev();
        let (column, pair) = cells.find(|(_, pair)| pair.paper.is_some())?;
        let published = pair.paper?;
        let cell = pair.ours.as_ref()?;
        let (seed, accuracy) = cell.by_seed().into_iter().next()?;
        let recipe = recipe_of(key).filter(|_| published.origin == Origin::Paper)?;
        Some(Example {
            experiment: &comparison.experiment,
            row: &recipe.row,
            seed,
            column,
            accuracy,
            cell,
        })
    })
}

/// Step by step, for a number of the first of `comparisons`; nothing where no row of it was made by make.
pub fn render(comparisons: &[Comparison], recipes: &Recipes, record: Option<&Record>) -> Markup {
    let first = comparisons.first();
    let found = first.and_then(|first| example(first, &recipes.of(&first.experiment)));
    let Some(example) = found else {
        return html! {};
    };
    let seconds = record.and_then(|record| record.cpu_seconds_of(&example.run()));
    let commit = record.and_then(|record| record.calls.last()?.commit.as_deref());
    html! {
        section aria-labelledby="check" {
            h2 #check { "How to check a number" }
            ol {
                li {
                    "Clone the repository that this page comes from. Its address is not recorded here: ask whoever gave you the page. You need Rust, a C compiler, make and Python 3."
                    @if let Some(commit) = commit {
                        " Type " code { "git checkout " (commit) } ", the commit of the numbers, or stay at a later one, which should give the same."
                    }
                }
                li {
                    "Type " code { "make " (example.scores()) } ". This builds the programs, fetches the digits, and trains and scores one seed of one row."
                    @if let Some(seconds) = seconds { (format!(" Training takes about {seconds:.0} CPU seconds.")) }
                }
                li {
                    "Open the file " code { (example.scores()) } ". Its line of " (heading(example.column)) " should have the accuracy "
                    (format!("{:.4}", example.accuracy / 100.0)) ". "
                    @if example.cell.precisions.iter().all(|precision| precision == "f32") {
                        "It was trained in f32. Three kinds of x86 CPU gave the same four digits when we compared them; other CPUs we did not compare."
                    } @else {
                        "On another kind of CPU it may differ by a point or more, for the numbers are rounded in another way."
                    }
                }
                li {
                    "The number in the table, " (ours(example.cell)) ", is the mean over " (example.cell.n()) " seeds. "
                    code { "make table-" (example.experiment) } " makes all seeds of this table and prints it. "
                    code { "make reproduce" } " makes everything on this page."
                }
            }
        }
    }
}

/// How to make the table of `comparison` and one of its numbers again, in two sentences. Only rows of make have recipes.
pub fn again(comparison: &Comparison, recipes: &[&Recipe]) -> Markup {
    html! {
        @if !recipes.is_empty() {
            p.again {
                "To make this table again: " code { "make table-" (comparison.experiment) } "."
                @if let Some(example) = example(comparison, recipes) {
                    " One seed of one row: " code { "make " (example.scores()) } ", with "
                    (format!("{:.1}", example.accuracy)) " % in the column " (heading(example.column)) "."
                }
            }
        }
    }
}
