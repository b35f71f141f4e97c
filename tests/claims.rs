//! `report claims` and `report statistics` as real processes, and the verdicts in the texts against the committed rows.

use std::collections::BTreeMap;
use std::fs;

use pipeline_tests::make::Workspace;
use pipeline_tests::{
    EVAL_HEADER, Output, SCORES_HEADER, Scratch, assert_one_line_error, binary, csv, fixture,
    number, root, run, run_examples_of, score_rows, succeed,
};

const EXPERIMENTS: [&str; 6] = [
    "cmnist",
    "cmnist-honest",
    "multiclass",
    "insufficient",
    "two-spurious",
    "ablation",
];

/// The committed claims on the committed rows.
fn committed(format: &str) -> Output {
    let mut command = binary("report");
    command
        .args(["claims", "--format", format, "--claims"])
        .arg(root().join("scripts/experiments/claims.csv"))
        .arg("--reference")
        .arg(fixture("reference.csv"));
    command.args(EXPERIMENTS.map(|name| fixture(&format!("results/{name}.csv"))));
    succeed(&mut command)
}

#[test]
fn the_verdicts_in_the_texts_are_those_of_the_committed_rows() {
    let out = committed("markdown");
    let mut tables = out
        .text()
        .split("\n\n")
        .filter(|part| part.starts_with("| no."));
    let (verdicts, comparisons) = (tables.next().unwrap(), tables.next().unwrap());
    assert!(verdicts.lines().count() >= 10, "{out}");
    for text in ["README.md", "docs/results.md"] {
        let found = fs::read_to_string(root().join(text)).unwrap();
        assert!(found.contains(verdicts.trim()), "{text} lacks:\n{verdicts}");
    }
    let results = fs::read_to_string(root().join("docs/results.md")).unwrap();
    assert!(results.contains(comparisons.trim()), "{comparisons}");

    // The README's sentences count them.
    let count = |column: usize, word: &str| {
        let words = verdicts.lines().skip(2).map(|line| {
            let cells: Vec<_> = line.split(" | ").collect();
            cells[cells.len() - column]
                .trim_end_matches(" |")
                .to_owned()
        });
        words
            .filter(|found| {
                let found = found.split(", ").next().unwrap();
                found.trim_end_matches("\\*") == word
            })
            .count()
    };
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let readme = readme.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(
        [
            count(2, "supported"),
            count(2, "contradicted"),
            count(2, "undecided")
        ],
        [8, 1, 1]
    );
    assert!(readme.contains(
        "eight of the ten claims are supported, one is contradicted and one is undecided"
    ));
    assert_eq!([count(1, "supported"), count(1, "untested")], [0, 8]);
    for note in [
        "supported, smaller or supported, larger: only the direction",
        "Claim 3. How it is tested: p\\_e sets only",
        "Claim 10. Caveat: The row with",
    ] {
        assert!(out.text().contains(note), "{note}");
    }
    // The page's answer in short has their numbers.
    let about = fs::read_to_string(root().join("scripts/experiments/about.md")).unwrap();
    let (_, short) = about.split_once("## In short").unwrap();
    let (short, _) = short.split_once("## Scope").unwrap();
    let compared = |words: &str| -> Vec<&str> {
        let mut lines = comparisons.lines();
        let line = lines.find(|line| line.contains(words)).unwrap();
        line.trim_matches(['|', ' ']).split(" | ").collect()
    };
    for (words, verdict, said) in [
        (
            "0.1 | within ± 1.5 | fidelity",
            "undecided",
            "by {} points ({}) between",
        ),
        (
            "0.1 | within ± 1.5 | honest",
            "contradicted",
            "it is 9.5 points less",
        ),
        (
            "IRMv1, p\\_e = 0.9 | above 0 | honest",
            "supported\\*",
            "more accurate than IRMv1 ({}, interval {})",
        ),
        (
            "V-REx, p\\_e = 0.9 | above 0 | honest",
            "undecided",
            "not shown to be more accurate than V-REx ({}, interval {})",
        ),
    ] {
        let cells = compared(words);
        assert_eq!(*cells.last().unwrap(), verdict, "{cells:?}");
        let said = said.replacen("{}", cells[5], 1).replacen("{}", cells[6], 1);
        assert!(short.contains(&said), "{said}: {short}");
    }
    assert_eq!(compared("0.1 | within ± 1.5 | honest")[5], "−9.5");
    assert!(readme.contains("neither of the two claims that we could test is supported"));
}

/// The paired difference of two columns, computed here once more from the score rows.
#[test]
fn a_difference_is_the_mean_over_seeds_of_differences() {
    let rows = fs::read_to_string(fixture("results/cmnist.csv")).unwrap();
    let accuracies = |objective: &str| -> BTreeMap<String, f64> {
        let cells = csv(&rows, EVAL_HEADER).into_iter();
        let cells = cells.filter(|c| c["objective"] == objective && c["split"] == "test");
        let cells = cells.filter(|c| c["p_e"] == "0.9");
        cells
            .map(|c| (c["seed"].to_owned(), 100.0 * number(&c, "accuracy")))
            .collect()
    };
    let (ours, theirs) = (accuracies("meta-irm"), accuracies("v-rex"));
    let differences: Vec<f64> = ours.iter().map(|(seed, a)| a - theirs[seed]).collect();
    let mean = differences.iter().sum::<f64>() / 10.0;
    let squares: f64 = differences.iter().map(|d| (d - mean).powi(2)).sum();
    // scipy.stats.t.ppf(0.975, 9)
    let half = 2.262157162798205 * (squares / 9.0 / 10.0).sqrt();

    let out = committed("csv");
    let line = out
        .text()
        .lines()
        .find(|line| {
            line.contains(",fidelity,") && line.contains("cmnist/meta-irm@0.9 - cmnist/v-rex@0.9")
        })
        .unwrap();
    let (_, numbers) = line.split_once(",+,,").unwrap();
    let numbers: Vec<&str> = numbers.split(',').collect();
    let parsed = |place: usize| -> f64 { numbers[place].parse().unwrap() };
    assert_eq!((differences.len(), numbers[0]), (10, "10"));
    for (place, expected) in [
        (1, mean),
        (3, mean - half),
        (4, mean + half),
        (6, 70.4 - 68.6),
    ] {
        assert!((parsed(place) - expected).abs() < 1e-8, "{line}");
    }
    assert_eq!(&numbers[7..], ["as in the paper", "supported", "supported"]);
}

#[test]
fn hostile_names_are_shown_as_text() {
    let folder = Scratch::new();
    let name = "<script>alert(1)</script>&|$_";
    let claims = format!(
        "claim,statement,source,comparison,rows,expected,margin,why,caveat\n\
         c,\"{name}\nnew\",{name},{name},t/a@0.9 - 50,+,,,{name}\n"
    );
    folder.file("claims.csv", claims.as_bytes());
    folder.file(
        "scores.csv",
        (SCORES_HEADER.to_owned() + &score_rows("t", "a", 2, 100, &[0.6, 0.61])).as_bytes(),
    );
    let rendered = |format: &str| {
        let mut command = binary("report");
        command.args([
            "claims",
            "--claims",
            "claims.csv",
            "--format",
            format,
            "scores.csv",
        ]);
        succeed(command.current_dir(folder.folder()))
            .text()
            .to_owned()
    };
    let markdown = rendered("markdown");
    assert!(
        markdown.contains(r"\<script\>alert(1)\</script\>\&\|$\_"),
        "{markdown}"
    );
    assert!(!markdown.contains("<script>"), "{markdown}");
    let latex = rendered("latex");
    assert!(
        latex.contains(r"$<$script$>$alert(1)$<$/script$>$\&$|$\$\_"),
        "{latex}"
    );
    assert!(rendered("text").contains(&format!("{name}\u{fffd}new")));
    assert!(rendered("csv").contains(&format!("\"{name}\nnew\"")));
}

#[test]
fn one_seed_decides_nothing_and_missing_seeds_are_said() {
    let folder = Scratch::new();
    folder.file(
        "claims.csv",
        b"claim,statement,source,comparison,rows,expected,margin,why,caveat\n\
          c,A beats B,here,a - b,t/a@0.9 - t/b@0.9,+,,,\n",
    );
    let claims = |a: &[f64], b: &[f64]| {
        let scores = SCORES_HEADER.to_owned()
            + &score_rows("t", "a", 2, 100, a)
            + &score_rows("t", "b", 2, 100, b);
        let mut command = binary("report");
        command.args(["claims", "--claims", "claims.csv", "--format", "csv"]);
        run(command.current_dir(folder.folder()), scores.as_bytes())
    };
    let one = claims(&[0.6], &[0.5]);
    assert!(one.text().contains(",undecided,undecided\n"), "{one}");
    // No row is of the experiment t-honest: there are 0 seeds, and nothing to compute of them.
    let honest = one.text().lines().find(|line| line.contains(",honest,"));
    let honest = honest.unwrap();
    assert!(honest.ends_with(",0,,,,,,,,untested,untested"), "{honest}");
    let unequal = claims(&[0.6, 0.61, 0.6], &[0.5, 0.51]);
    assert_eq!(
        unequal.stderr,
        "report: claim c: 1 seeds are in some of its rows only, and are left out\n"
    );
    assert!(unequal.text().contains(",supported,"), "{unequal}");

    folder.file("claims.csv", b"claim\n");
    let out = claims(&[0.6], &[0.5]);
    assert_one_line_error(
        &out,
        1,
        &["claims.csv: not a table of claims", "no column statement"],
    );
}

#[test]
fn statistics_of_cells_and_pairs() {
    let folder = Scratch::new();
    let scores = SCORES_HEADER.to_owned()
        + &score_rows("t", "erm", 2, 100, &[0.7, 0.72, 0.74])
        + &score_rows("t", "v-rex", 2, 100, &[0.6, 0.61, 0.65]);
    let statistics = |arguments: &str| {
        let mut command = binary("report");
        command
            .args(["statistics", "--experiment", "t"])
            .args(arguments.split_whitespace());
        run(command.current_dir(folder.folder()), scores.as_bytes())
    };
    let text = statistics("--seeds");
    // 2/√3 = 1.15, times 4.303.
    assert!(
        text.text().contains("p_e = 0.9  3  72.00       2.00            1.15  67.03 to 76.97  –                   0: 70.00, 1: 72.00, 2: 74.00"),
        "{text}"
    );
    let pairs = statistics("--pairs 0.9 --format markdown");
    assert!(
        pairs
            .text()
            .contains("| 3 | +10.0 | +7.5 to +12.5 | 3 of 3 | 1.00, 0.29 to 1.00 |"),
        "{pairs}"
    );
    assert_one_line_error(
        &statistics("--seeds --pairs 0.9"),
        2,
        &["--seeds has no place"],
    );
}

#[test]
fn the_examples_of_the_help_work() {
    for (command, count) in [("claims", 2), ("statistics", 3)] {
        let folder = Scratch::new();
        fs::create_dir_all(folder.path("fixtures")).unwrap();
        fs::create_dir_all(folder.path("scripts/experiments")).unwrap();
        for name in ["fixtures/reference.csv", "scripts/experiments/claims.csv"] {
            fs::copy(root().join(name), folder.path(name)).unwrap();
        }
        fs::copy(fixture("results/cmnist.csv"), folder.path("scores.csv")).unwrap();
        assert_eq!(run_examples_of(&folder, "report", &[command]).len(), count);
    }
}

#[test]
fn make_claims_judges_the_committed_rows_where_nothing_was_run() {
    let workspace = Workspace::committed();
    fs::create_dir_all(workspace.path("fixtures/results")).unwrap();
    for name in EXPERIMENTS {
        let file = format!("results/{name}.csv");
        fs::copy(fixture(&file), workspace.path("fixtures").join(&file)).unwrap();
    }
    let out = workspace.made("claims");
    assert!(out.text().contains(committed("text").text()), "{out}");
}
