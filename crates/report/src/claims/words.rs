//! The verdicts put into words: the tables and notes that all formats share.

use evidence::claims::judge::tested;
use evidence::claims::{Expected, Judged, JudgedClaim, Selection, Word};
use evidence::interval::Interval;

use super::Verdicts;
use crate::grid::Grid;
use crate::notation::{NONE, visible};

/// What the column of sizes says.
pub const SIZE: &str = "size: our difference beside the paper's. It is as in the paper if the 95 % interval of ours − the paper's contains \
     0 (Welch); the published ± are taken for deviations over 10 runs, and this 10 is assumed.";

/// One row for each claim.
pub fn verdicts(verdicts: &Verdicts) -> Grid {
    let mut header = vec!["no.".to_owned(), "claim".to_owned(), "source".to_owned()];
    header.extend(Selection::ALL.map(|selection| selection.to_string()));
    let rows = verdicts.claims().map(|(number, each)| {
        let claim = each[0].1.claim;
        let mut row = vec![
            number.to_string(),
            visible(&claim.statement),
            visible(&claim.source),
        ];
        row.extend(each.iter().map(|(_, judged)| verdict(judged)));
        row
    });
    Grid {
        caption: "The paper's claims, judged on our rows".to_owned(),
        header,
        rows: rows.collect(),
        long: Some(1),
    }
}

/// What a selection says of the settings of the rows.
pub fn chosen(selection: Selection) -> &'static str {
    match selection {
        Selection::Fidelity => "settings published, or chosen to come near the paper's numbers",
        Selection::Honest => "settings chosen without the test environment",
    }
}

/// The word, with a mark where many comparisons change it, and the size where it is another than the paper's.
pub fn verdict(judged: &JudgedClaim) -> String {
    let word = match judged.word() == judged.widened() {
        true => judged.word().to_string(),
        false => format!("{}*", judged.word()),
    };
    match judged.other_size() {
        Some(size) => format!("{word}, {size}"),
        None => word,
    }
}

/// One row for each comparison that was tested, under each selection.
pub fn comparisons(verdicts: &Verdicts) -> Grid {
    let header = [
        "no.",
        "comparison",
        "expected",
        "selection",
        "n",
        "difference",
        "95 % interval",
        "seeds above 0",
        "paper",
        "size",
        "verdict",
    ];
    let mut rows = Vec::new();
    for (number, each) in verdicts.claims() {
        for (selection, claim) in each {
            let judged = claim.comparisons.iter();
            let judged = judged.filter(|judged| judged.word != Word::Untested);
            rows.extend(judged.map(|judged| comparison(number, selection, judged)));
        }
    }
    Grid {
        caption: "The comparisons, in points of per cent".to_owned(),
        header: header.map(str::to_owned).into(),
        rows,
        long: Some(1),
    }
}

fn comparison(number: usize, selection: Selection, judged: &Judged) -> Vec<String> {
    let n = judged.differences.len();
    vec![
        number.to_string(),
        visible(&judged.comparison.words),
        expected(judged.comparison.expected),
        selection.to_string(),
        n.to_string(),
        judged
            .estimate
            .map_or(NONE.to_owned(), |estimate| signed(estimate.mean)),
        judged.interval.map_or(NONE.to_owned(), interval),
        judged
            .above_zero()
            .map_or(NONE.to_owned(), |seeds| format!("{seeds} of {n}")),
        judged.paper.map_or(NONE.to_owned(), signed),
        judged.size.map_or(NONE.to_owned(), |size| size.to_string()),
        starred(judged),
    ]
}

/// The word on one comparison, with a mark where many comparisons change it.
pub fn starred(judged: &Judged) -> String {
    match judged.word == judged.widened {
        true => judged.word.to_string(),
        false => format!("{}*", judged.word),
    }
}

/// What a claim expects of a difference.
pub fn expected(expected: Expected) -> String {
    match expected {
        Expected::Above => "above 0".to_owned(),
        Expected::Below => "below 0".to_owned(),
        Expected::Same { margin } => format!("within ± {margin}"),
    }
}

/// `difference` with its sign.
pub fn signed(difference: f64) -> String {
    let sign = if difference < 0.0 { '−' } else { '+' };
    format!("{sign}{:.1}", difference.abs())
}

/// `+0.2 to +2.7`.
pub fn interval(interval: Interval) -> String {
    format!("{} to {}", signed(interval.low), signed(interval.high))
}

/// What the tables mean, and what must be known to read them.
pub fn notes(verdicts: &Verdicts) -> Vec<String> {
    let mut notes = meanings(verdicts);
    for (number, each) in verdicts.claims() {
        let claim = each[0].1.claim;
        for (what, text) in [
            ("How it is tested", &test(each[0].1)),
            ("Caveat", &claim.caveat),
        ] {
            if !text.is_empty() {
                notes.push(format!("Claim {number}. {what}: {}", visible(text)));
            }
        }
    }
    notes
}

/// Why the comparisons of `judged` test its claim; empty where the file of claims gives no reason.
pub fn test(judged: &JudgedClaim) -> String {
    let reasons = judged
        .comparisons
        .iter()
        .map(|judged| judged.comparison.why.as_str());
    let reasons: Vec<&str> = reasons.filter(|why| !why.is_empty()).collect();
    reasons.join(" ")
}

/// What the words and numbers of the tables mean.
pub fn meanings(verdicts: &Verdicts) -> Vec<String> {
    let mut notes = vec![
        format!(
            "fidelity: {}, with the test environment in view. A supported claim can then be reproduced; whether its method is better, this does not test.",
            chosen(Selection::Fidelity)
        ),
        format!(
            "honest: {}, for all objectives by one rule. untested: a row that the claim needs was not run with such settings.",
            chosen(Selection::Honest)
        ),
        "A comparison is judged by its differences within a seed. n is the number of seeds that all of its rows have. The \
         interval is Student's t over them, at 95 %. It covers other seeds, not other test digits or other settings."
            .to_owned(),
        "supported: the whole interval is where the claim expects it. contradicted: the whole interval is on the other \
         side. undecided: neither. A claim is supported if all of its comparisons are, and contradicted if one is. \
         supported, smaller or supported, larger: only the direction is the paper's, the size is not."
            .to_owned(),
        SIZE.to_owned(),
    ];
    notes.extend(
        verdicts
            .0
            .iter()
            .map(|(selection, judged)| by_chance(*selection, judged)),
    );
    notes
}

/// How many verdicts chance would give, and which of them a wider interval takes back.
pub fn by_chance(selection: Selection, claims: &[JudgedClaim]) -> String {
    let tested = tested(claims);
    let expected = 0.05 * tested as f64;
    let changed: Vec<String> = claims
        .iter()
        .enumerate()
        .filter(|(_, claim)| claim.word() != claim.widened())
        .map(|(place, _)| (place + 1).to_string())
        .collect();
    let changed = match changed.is_empty() {
        true => "no verdict changes".to_owned(),
        false => format!(
            "the verdicts marked * become undecided: {}",
            changed.join(", ")
        ),
    };
    format!(
        "Chance, {selection}: {tested} comparisons. If no row differed from another, about {expected:.1} of them would be \
         supported or contradicted by chance. With the intervals widened for all {tested} together (Bonferroni), {changed}."
    )
}
