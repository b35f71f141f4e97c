//! `report figure claims`.

use pipeline_tests::{SCORES_HEADER, Scratch, assert_one_line_error, binary, run, score_rows};

use crate::{BLACK, circles, polylines, svg, texts};

const CLAIMS: &str = "\
claim,statement,source,comparison,rows,expected,margin,why,caveat
one,a is above b,table,a − b,t/a@0.9 - t/b@0.9,+,,,
two,a is the same,table,a at 0.9 − a at 0.1,t/a@0.9 - t/a@0.1,0,1.5,,
two,,,c − b,t/c@0.9 - t/b@0.9,-,,,
";
const REFERENCE: &str = "\
experiment,objective,classes,n_per_env,column,mean,std,origin
t,a,2,100,0.9,70,1,paper
t,b,2,100,0.9,60,1,paper
t,c,2,100,0.9,50,1,paper
";

/// A folder with the claims and scores of a and b, and under honest selection of both.
fn folder() -> Scratch {
    let scratch = Scratch::new();
    scratch.file("claims.csv", CLAIMS.as_bytes());
    scratch.file("reference.csv", REFERENCE.as_bytes());
    let mut scores = SCORES_HEADER.to_owned();
    for (experiment, row, accuracies) in [
        ("t", "a", [0.6, 0.64, 0.62]),
        ("t", "b", [0.5, 0.52, 0.54]),
        ("t-honest", "a", [0.5, 0.6, 0.55]),
        ("t-honest", "b", [0.52, 0.6, 0.54]),
    ] {
        scores += &score_rows(experiment, row, 2, 100, &accuracies);
    }
    scratch.file("scores.csv", scores.as_bytes());
    scratch
}

const ARGUMENTS: [&str; 6] = [
    "claims",
    "--claims",
    "claims.csv",
    "--reference",
    "reference.csv",
    "scores.csv",
];

#[test]
fn each_comparison_is_a_line_with_its_intervals_and_the_papers_difference() {
    let scratch = folder();
    let drawn = svg(scratch.folder(), &ARGUMENTS, "");
    let said = texts(&drawn);
    for text in [
        "1. a − b (above 0)",
        "2. a at 0.9 − a at 0.1 (within ± 1.5)",
        "2. c − b (below 0)",
        "ours, fidelity",
        "ours, honest",
        "published (hollow)",
        "no difference",
    ] {
        assert_eq!(
            said.iter().filter(|found| **found == text).count(),
            1,
            "{text}: {said:?}"
        );
    }
    // Fidelity: a disc for each of two comparisons and in the legend; the paper's: two rings, one in the legend.
    assert_eq!(circles(&drawn), 2 + 1 + 2 + 1, "{drawn}");
    // Bars lie: of three strokes each, and the sample in the legend.
    let strokes = polylines(&drawn, BLACK);
    assert_eq!(strokes.len(), 2 * 3 + 1, "{strokes:?}");
    let lying = strokes.iter().filter(|line| line[0].1 == line[1].1);
    assert_eq!(lying.count(), 2 + 1, "{strokes:?}");
}

#[test]
fn without_any_number_there_is_nothing_to_draw() {
    let scratch = folder();
    let mut report = binary("report");
    let arguments = [
        "figure",
        "claims",
        "--claims",
        "claims.csv",
        "-o",
        "c.svg",
        "none.csv",
    ];
    scratch.file(
        "none.csv",
        format!("{SCORES_HEADER}{}", score_rows("u", "a", 2, 100, &[0.5])).as_bytes(),
    );
    let out = run(report.args(arguments).current_dir(scratch.folder()), b"");
    assert_one_line_error(&out, 1, &["no comparison of the claims"]);
    assert!(!scratch.path("c.svg").exists());
}
