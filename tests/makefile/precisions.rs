//! Seeds of one row that were trained in several precisions.

use std::fs;

use pipeline_tests::make::{Workspace, files};
use pipeline_tests::{Output, assert_one_line_error, binary, run};

use crate::EXPERIMENTS;

/// A precision that no CPU trains in.
const OTHER: &str = "tf32";

/// Says of the scores of ERM in `file` that they were trained in another precision than this CPU's.
fn trained_elsewhere(workspace: &Workspace, file: &str) {
    let text = workspace.read(file);
    let mut elsewhere = text.clone();
    for ours in ["f32", "bf16"] {
        let of_erm = |precision| format!(",{precision},out/checkpoints/cmnist/erm/");
        elsewhere = elsewhere.replace(&of_erm(ours), &of_erm(OTHER));
    }
    assert_ne!(text, elsewhere);
    fs::write(workspace.path(file), elsewhere).unwrap();
}

/// The one line on stderr beside those of make itself.
#[track_caller]
fn refusal(out: &Output) -> &str {
    let mut said = out.stderr.lines().filter(|line| {
        !line.contains("***") && !line.starts_with("reproduce: ") && !line.contains(" runs, ")
    });
    let line = said.next();
    assert!(out.code != 0 && said.next().is_none(), "{out}");
    line.unwrap_or_else(|| panic!("{out}"))
}

#[test]
fn seeds_of_other_precisions_are_refused_before_anything_is_trained() {
    let workspace = Workspace::new(EXPERIMENTS);
    workspace.made("reproduce SEEDS=1");
    workspace.made("results SEEDS=1");
    trained_elsewhere(&workspace, "fixtures/results/cmnist.csv");
    workspace.made("clean");
    let with = "SEEDS=1 FIRST_SEED=1 WITH=fixtures/results";

    let out = workspace.make(&format!("reproduce {with}"));
    let line = refusal(&out);
    for says in [
        "plan: fixtures/results/cmnist.csv: cmnist/erm has seeds that were trained in tf32, and here train computes in ",
        "MIX_PRECISIONS=1",
    ] {
        assert!(line.contains(says), "{says}: {out}");
    }
    assert!(!workspace.path("out/checkpoints").exists(), "{out}");
    // A row that was trained in this precision may have more seeds.
    workspace.made(&format!("same-recipes {with} ROWS=v-rex"));

    // Seeds that were trained elsewhere, such as on a cluster, are what their scores say.
    let scores = "out/scores/cmnist/erm/seed-1.csv";
    workspace.made(scores);
    let refused = workspace.make(&format!("same-recipes {with}"));
    assert!(
        refusal(&refused).contains(&format!("tf32, and {scores} is of ")),
        "{refused}"
    );
    trained_elsewhere(&workspace, scores);
    workspace.made(&format!("same-recipes {with}"));

    // It may be meant.
    workspace.made("clean");
    let out = workspace.made(&format!("reproduce {with} MIX_PRECISIONS=1"));
    assert!(out.stderr.contains("scores of several precisions"), "{out}");
    assert!(workspace.read("out/results.md").contains('‡'));
    assert!(
        workspace
            .read("out/run.json")
            .contains("MIX_PRECISIONS=\\\"1\\\"")
    );
}

#[test]
fn a_table_of_several_precisions_is_refused_and_the_older_one_stays() {
    let workspace = Workspace::new(EXPERIMENTS);
    workspace.made("table-cmnist SEEDS=2");
    let whole = workspace.read("out/scores/cmnist.csv");
    trained_elsewhere(&workspace, "out/scores/cmnist/erm/seed-1.csv");
    let out = workspace.make("table-cmnist SEEDS=2");
    let line = refusal(&out);
    for says in [
        "plan: cmnist/erm has seeds that were trained in ",
        "tf32 (out/scores/cmnist/erm/seed-1.csv); ",
        "MIX_PRECISIONS=1",
    ] {
        assert!(line.contains(says), "{says}: {out}");
    }
    assert_eq!(workspace.read("out/scores/cmnist.csv"), whole);
    let mixed = workspace.made("table-cmnist SEEDS=2 MIX_PRECISIONS=1");
    assert!(mixed.text().contains('‡'), "{mixed}");
    assert!(files(&workspace.path("out/tables")).contains(&"cmnist.txt".to_owned()));
}

#[test]
fn rows_that_differ_in_precision_are_no_mixture() {
    let workspace = Workspace::new(EXPERIMENTS);
    let check = |scores: &str| {
        fs::write(workspace.path("scores.csv"), scores).unwrap();
        let mut plan = binary("plan");
        plan.args(["check-precisions", "scores.csv"])
            .current_dir(workspace.path("."));
        run(&mut plan, b"")
    };
    let scores = "experiment,row,objective,classes,n_per_env,precision\n\
        a,,erm,2,40,f32\na,other,erm,2,40,bf16\na,,erm,5,40,bf16\na,,erm,2,,tf32\nb,,erm,2,40,bf16\n";
    assert_eq!(check(scores).code, 0);
    let out = check(&format!("{scores}a,,erm,2,40,bf16\n"));
    assert_one_line_error(
        &out,
        1,
        &["a/erm has seeds", "bf16 (scores.csv) and f32 (scores.csv)"],
    );
}
