//! The settings of each row, one flag a line: there are more flags than rows.

use maud::{Markup, html};

use super::grid::scrolling;
use super::recipes::Recipe;
use super::record::Record;
use crate::notation::thousands;

/// Digits that are shown of a number.
const DIGITS: usize = 4;

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
    let label = format!(
        "Settings of {experiment}: one column for each row. ≈ is a number rounded to {DIGITS} digits"
    );
    scrolling(
        &label,
        html! {
            table.settings {
                caption { span { (label) } }
                thead {
                    tr {
                        th scope="col" { "flag" }
                        @for recipe in recipes { th scope="col" { (recipe.row) } }
                    }
                }
                tbody {
                    @for flag in &flags {
                        tr {
                            th scope="row" { (flag) }
                            @for recipe in recipes { (value(recipe, flag)) }
                        }
                    }
                    tr {
                        th scope="row" { "environments (mkenv)" }
                        @for recipe in recipes { td { code { (recipe.environments) } } }
                    }
                    tr {
                        th scope="row" { "parameters of the network" }
                        @for recipe in recipes { td { (recipe.parameters().map(thousands).unwrap_or_default()) } }
                    }
                    @if timed {
                        tr {
                            th scope="row" { "CPU seconds a seed" }
                            @for recipe in recipes {
                                td { (seconds(recipe).map(|seconds| format!("{seconds:.1}")).unwrap_or_default()) }
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
            Some((_, Some(value))) => td { (rounded(value)) },
            Some((_, None)) => td { "yes" },
            None => td {},
        }
    }
}

/// `value`, or where it is a number of many digits, as searches draw them, the nearest one of few.
fn rounded(value: &str) -> String {
    let digits = value.split(['e', 'E']).next().unwrap_or(value);
    let digits = digits.trim_start_matches(['-', '0', '.']);
    let long = digits.chars().filter(char::is_ascii_digit).count() > DIGITS + 2;
    match value.parse::<f64>() {
        Ok(number) if long && number.is_finite() => {
            let rounded = format!("{number:.*e}", DIGITS - 1)
                .parse()
                .unwrap_or(number);
            format!("≈ {rounded}")
        }
        _ => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::rounded;

    #[test]
    fn numbers_of_many_digits_are_rounded() {
        assert_eq!(rounded("0.0004898536566546834"), "≈ 0.0004899");
        assert_eq!(rounded("91257.18613115903"), "≈ 91260");
        for short in ["0.00110794568", "501", "-1", "bf16", "0.001", "100000"] {
            let same = rounded(short) == short;
            assert_eq!(same, short.len() < 10, "{short}");
        }
        assert_eq!(rounded("inf"), "inf");
    }
}
