//! `report page` as a real process: the Markdown page, and what both formats share. The HTML page is in a file of its own.

mod html;

use std::fs;

use pipeline_tests::{
    Output, SCORES_HEADER, Scratch, assert_one_line_error, binary, csv, fixture, number, root, run,
    run_examples_of, score_rows, succeed,
};

const TABLE_HEADER: &str = "experiment,row,objective,classes,n_per_env,column,n,mean,std,paper_mean,paper_std,origin,verdict";

const REFERENCE: &str = "\
experiment,objective,classes,n_per_env,column,mean,std,origin
cmnist,erm,2,100,0.1,80.0,0.5,paper
cmnist,erm,2,100,0.9,40.0,0.5,paper
cmnist,v-rex,2,100,0.1,70.5,0.5,author-page
cmnist,v-rex,2,100,0.9,70.5,0.5,author-page
insufficient,irmv1,2,50,0.9,60.0,0.5,paper
";

/// ERM with two seeds agrees at p_e 0.1 alone, V-REx with one in bf16; nothing was run for
/// insufficient; a table of honest selection, and one that is not the paper's.
fn scores() -> String {
    let mut csv = SCORES_HEADER.to_owned();
    csv += &score_rows("mine", "my_own", 5, 100, &[0.3, 0.4]);
    csv += &score_rows("cmnist-honest", "erm", 2, 100, &[0.5, 0.6]);
    csv += &score_rows("cmnist", "erm", 2, 100, &[0.79, 0.81]);
    csv += &score_rows("cmnist", "v-rex", 2, 100, &[0.7]).replace(",f32,", ",bf16,");
    csv
}

fn page(folder: &Scratch, arguments: &[&str], stdin: &str) -> Output {
    let mut command = binary("report");
    command.arg("page").args(arguments);
    run(command.current_dir(folder.folder()), stdin.as_bytes())
}

/// What is said of [`scores`].
const UNEQUAL: &str = "report: experiment cmnist: not all rows have all 2 seeds: v-rex (classes 2, n_per_env 100) lacks 1\n";

/// The page as text; the run must end well, and say nothing but that some seeds are not there.
fn written(folder: &Scratch, arguments: &[&str], stdin: &str) -> String {
    let out = page(folder, arguments, stdin);
    let quiet = out.stderr.is_empty() || out.stderr == UNEQUAL;
    assert!(out.code == 0 && quiet, "{out}");
    out.text().to_owned()
}

#[test]
fn a_small_page() {
    let folder = Scratch::new();
    folder.file("reference.csv", REFERENCE.as_bytes());
    let arguments = [
        "--reference",
        "reference.csv",
        "--note",
        "cmnist=Selected by *nobody*; x = 1.",
        "--note",
        "cmnist-honest=Selected by `rule`.",
        "--figure",
        "cmnist=figures/cmnist.svg=Accuracy over p_e",
        "--figure",
        "cmnist=a b.svg=Another",
    ];
    let page = written(&folder, &arguments, &scores());
    let golden = root().join("tests/expected/page.md");
    assert_eq!(page, fs::read_to_string(golden).unwrap());
}

#[test]
fn files_pipes_and_order_give_the_same_bytes() {
    let folder = Scratch::new();
    folder.file("reference.csv", REFERENCE.as_bytes());
    let base = ["--reference", "reference.csv"];
    let piped = written(&folder, &base, &scores());
    let mut lines: Vec<_> = scores().lines().skip(1).map(str::to_owned).collect();
    lines.reverse();
    let reversed = format!("{SCORES_HEADER}{}\n", lines.join("\n"));
    folder.file("reversed.csv", reversed.as_bytes());
    let with = |more: &[&str]| written(&folder, &[&base, more].concat(), "");
    assert_eq!(with(&["reversed.csv"]), piped);
    assert_eq!(with(&["-o", "out.md", "reversed.csv"]), "");
    assert_eq!(fs::read_to_string(folder.path("out.md")).unwrap(), piped);
}

#[test]
fn the_summary_counts_every_published_cell_once() {
    let report = |arguments: &[&str]| {
        let mut command = binary("report");
        command.args(arguments).arg(fixture("reference.csv"));
        succeed(command.arg(fixture("results/cmnist.csv")))
    };
    let table = [
        "table",
        "--experiment",
        "cmnist",
        "--format",
        "csv",
        "--reference",
    ];
    let table = report(&table);
    let cells = csv(table.text(), TABLE_HEADER);
    let out = report(&["page", "--reference"]);
    let page = out.text();
    // reference.csv has 60 cells, of which cmnist has 12 and 6. The verdicts are counted by the rules' own words.
    // The third rule needs a quantile: it is counted from the words of the table, which have tests of their own.
    for (origin, all, run) in [("paper", 50, 12), ("author-page", 10, 6)] {
        let published: Vec<_> = cells.iter().filter(|c| c["origin"] == origin).collect();
        assert_eq!(published.len(), run);
        let count = |rule: fn(f64, f64, f64) -> bool| {
            let held = published.iter().filter(|cell| {
                let [mean, std, paper_mean, paper_std] =
                    ["mean", "std", "paper_mean", "paper_std"].map(|name| number(cell, name));
                rule((mean - paper_mean).abs(), std, paper_std)
            });
            held.count()
        };
        let agree =
            count(|away, ours, papers| away <= 2.0 * (ours * ours + papers * papers).sqrt());
        let strictly = count(|away, _, papers| away <= papers.max(1.0));
        let within = published
            .iter()
            .filter(|cell| cell["verdict"].split('+').any(|key| key == "interval"));
        let within = within.count();
        let line = format!("| {origin} | {all} | {run} | {agree} | {strictly} | {within} |");
        assert!(page.contains(&line), "{line}: {out}");
    }
    let headings: Vec<_> = page
        .lines()
        .filter(|line| line.starts_with("## "))
        .collect();
    assert_eq!(
        headings,
        [
            "## Summary",
            "## Colored MNIST (cmnist)",
            "## More classes (multiclass)",
            "## Less data (insufficient)",
            "## Two spurious features (two-spurious)",
            "## Ablation of meta-IRM (ablation)",
        ]
    );
}

#[test]
fn without_a_reference_there_is_no_summary() {
    let folder = Scratch::new();
    let page = written(&folder, &[], &scores());
    assert!(!page.contains("Summary"), "{page}");
    assert!(page.contains("## mine"), "{page}");
}

#[test]
fn scores_that_are_in_no_table_are_said_aloud() {
    let folder = Scratch::new();
    let lost = score_rows("", "erm", 2, 100, &[0.5])
        + &score_rows("cmnist", "irmv1", 2, 100, &[0.5]).replace(",0.9,", ",,");
    let out = page(&folder, &[], &(scores() + &lost));
    assert_eq!(out.code, 0, "{out}");
    assert_eq!(
        out.stderr,
        "report: 5 scores name no experiment, and are in no table\n".to_owned()
            + &UNEQUAL.replace(
                ": v-rex",
                ": irmv1 (classes 2, n_per_env 100) lacks 1, v-rex"
            )
    );
    // A score without p_e is shown under its environment's file.
    assert!(out.text().contains("| test-0.9 |"), "{out}");
}

#[test]
fn bad_input_is_one_line_and_leaves_the_older_file() {
    let folder = Scratch::new();
    let kept = folder.file("kept.md", b"older");
    let scores = scores();
    let nan = scores.replace(",0.81,", ",NaN,");
    let unnamed = format!("{SCORES_HEADER}{}", score_rows("", "erm", 2, 100, &[0.5]));
    let cases: &[(&[&str], &str, &[&str])] = &[
        (&[], "", &["line 1: no column experiment"]),
        (&[], SCORES_HEADER, &["hold no rows"]),
        (&[], &nan, &["accuracy is NaN"]),
        (
            &["--note", "cmnst=x"],
            &scores,
            &[
                "--note cmnst",
                "no table cmnst",
                "cmnist, cmnist-honest, mine",
            ],
        ),
        (
            &["--figure", "b=x.svg=y"],
            &scores,
            &["--figure b", "no table b"],
        ),
        (
            &["--reference", "none.csv"],
            &scores,
            &["cannot read none.csv"],
        ),
        (&["none.csv"], "", &["cannot read none.csv"]),
    ];
    for (more, stdin, fragments) in cases {
        let out = page(&folder, &[&["-o", "kept.md"], *more].concat(), stdin);
        assert_one_line_error(&out, 1, &[&["report: "], *fragments].concat());
        assert_eq!(fs::read_to_string(&kept).unwrap(), "older");
    }
    let out = page(&folder, &["-o", "kept.md"], &unnamed);
    assert_eq!(out.code, 1, "{out}");
    assert!(
        out.stderr.ends_with(
            "no score belongs in a table: each names no experiment; eval --experiment NAME gives them one\n"
        ),
        "{out}"
    );
    for (arguments, fragment) in [
        (&["--note", "cmnist"][..], "expected EXPERIMENT=TEXT"),
        (
            &["--figure", "cmnist=a.svg"],
            "expected EXPERIMENT=PATH=ALT",
        ),
        (&["--reference", "-"], "standard input"),
    ] {
        let out = page(&folder, arguments, &scores);
        assert_one_line_error(&out, 2, &[fragment]);
    }
    assert_eq!(folder.names(), ["kept.md"]);
}

#[test]
fn the_examples_of_the_help_work() {
    let folder = Scratch::new();
    fs::create_dir(folder.path("fixtures")).unwrap();
    fs::copy(
        fixture("reference.csv"),
        folder.path("fixtures/reference.csv"),
    )
    .unwrap();
    // Two seeds of each row: there is nothing to warn of.
    let even = SCORES_HEADER.to_owned()
        + &score_rows("cmnist", "erm", 2, 100, &[0.79, 0.81])
        + &score_rows("cmnist", "v-rex", 2, 100, &[0.6, 0.7]);
    folder.file("scores.csv", even.as_bytes());
    fs::create_dir_all(folder.path("scripts/experiments")).unwrap();
    let claims = "scripts/experiments/claims.csv";
    fs::copy(root().join(claims), folder.path(claims)).unwrap();
    let outputs = run_examples_of(&folder, "report", &["page"]);
    assert_eq!(outputs.len(), 3);
    let html = fs::read_to_string(folder.path("results.html")).unwrap();
    assert!(
        html.starts_with("<!DOCTYPE html>") && html.contains("The claims"),
        "{html}"
    );
    let page = fs::read_to_string(folder.path("results.md")).unwrap();
    assert!(page.contains("The hyper-parameters are the published ones."));
    assert!(
        page.contains("![Accuracy over p\\_e](cmnist.svg)"),
        "{page}"
    );
}
