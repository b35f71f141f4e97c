//! The settings of each row, one flag a column.

use maud::{Markup, html};

use super::grid::scrolling;
use super::recipes::Recipe;
use super::record::Record;
use crate::notation::thousands;

/// The table of `recipes`, which are of `experiment`.
pub fn render(experiment: &str, recipes: &[&Recipe], record: Option<&Record>) -> Markup {
    let mut flags: Vec<&str> = Vec::new();
    for (flag, _) in recipes.iter().flat_map(|recipe| &recipe.train) {
        if !flags.contains(&&**flag) {
            flags.push(flag);
        }
    }
    let seconds = |recipe: &Recipe| record?.cpu_seconds_of(&format!("{experiment}/{}", recipe.row));
    let timed = recipes.iter().any(|recipe| seconds(recipe).is_some());
    let label = format!("Settings of {experiment}: the flags of each row");
    scrolling(
        &label,
        html! {
            table.settings {
                caption { span { (label) } }
                thead {
                    tr {
                        th scope="col" { "row" }
                        @for flag in &flags { th scope="col" { (flag) } }
                        th scope="col" { "environments (mkenv)" }
                        th scope="col" { "parameters of the network" }
                        @if timed { th scope="col" { "CPU seconds a seed" } }
                    }
                }
                tbody {
                    @for recipe in recipes {
                        tr {
                            th scope="row" { (recipe.row) }
                            @for flag in &flags { (value(recipe, flag)) }
                            td { code { (recipe.environments) } }
                            td.number { (recipe.parameters().map(thousands).unwrap_or_default()) }
                            @if timed {
                                td.number { (seconds(recipe).map(|seconds| format!("{seconds:.1}")).unwrap_or_default()) }
                            }
                        }
                    }
                }
            }
        },
    )
}

fn value(recipe: &Recipe, flag: &str) -> Markup {
    let found = recipe.train.iter().find(|(name, _)| name == flag);
    html! {
        @match found {
            Some((_, Some(value))) => td { (value) },
            Some((_, None)) => td { "yes" },
            None => td {},
        }
    }
}
