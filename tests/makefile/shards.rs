//! Runs that are shared out to machines which share nothing.

use std::collections::BTreeSet;
use std::fs;

use pipeline_tests::assert_one_line_error;
use pipeline_tests::make::{Workspace, files};

use crate::{EXPERIMENTS, RUNS_CSV, remade};

const SEEDS: &str = "SEEDS=3 TABLES=cmnist";

/// The scores that `make runs` with these arguments makes.
fn scores(workspace: &Workspace, arguments: &str) -> BTreeSet<String> {
    let made = remade(workspace, &format!("runs {SEEDS} {arguments}"));
    let scores = made
        .into_iter()
        .filter(|file| file.starts_with("out/scores/"));
    scores.collect()
}

/// A machine that has made its shard.
fn machine(shard: &str) -> Workspace {
    let workspace = Workspace::new(EXPERIMENTS);
    scores(&workspace, &format!("SHARD={shard}"));
    workspace
}

/// `make merge` in `workspace` of what `other` has made.
fn merge(workspace: &Workspace, other: &Workspace, arguments: &str) -> pipeline_tests::Output {
    let from = other.path("out").display().to_string();
    workspace.make(&format!("merge FROM={from} {arguments}"))
}

#[test]
fn each_run_is_in_one_shard_and_shards_are_of_one_size() {
    let workspace = Workspace::new(EXPERIMENTS);
    let of_shard = |shard: &str| {
        let out = workspace.made(&format!("-n runs {SEEDS} SHARD={shard}"));
        let made = crate::made(&out).into_iter();
        let scores: BTreeSet<_> = made
            .filter(|file| file.starts_with("out/scores/"))
            .collect();
        scores
    };
    let all = of_shard("1/1");
    assert_eq!(all.len(), 6);
    for shards in [2, 3, 6, 7] {
        let parts: Vec<_> = (1..=shards)
            .map(|i| of_shard(&format!("{i}/{shards}")))
            .collect();
        assert_eq!(
            parts.iter().map(BTreeSet::len).sum::<usize>(),
            6,
            "{parts:?}"
        );
        assert_eq!(
            parts.iter().flatten().cloned().collect::<BTreeSet<_>>(),
            all
        );
        let sizes: BTreeSet<_> = parts.iter().map(BTreeSet::len).collect();
        // Six runs; with more shards than seeds some have none.
        assert!(shards > 3 || sizes.len() == 1, "{parts:?}");
    }
}

#[test]
fn merged_shards_are_what_one_machine_makes() {
    let (one, other) = (machine("1/2"), machine("2/2"));
    let out = merge(&one, &other, "");
    assert_eq!(out.code, 0, "{out}");
    assert!(
        out.stderr.contains("3 runs are new in out, which has 6"),
        "{out}"
    );
    let again = merge(&one, &other, "");
    assert!(
        again.stderr.contains("0 runs are new in out, which has 6"),
        "{again}"
    );
    // Nothing is made again for the page.
    let made = remade(&one, &format!("page {SEEDS}"));
    let programs = |file: &&String| {
        ["environments", "checkpoints", "scores/cmnist/"]
            .iter()
            .any(|kind| file.contains(kind))
    };
    assert_eq!(made.iter().filter(programs).count(), 0, "{made:?}");

    let alone = Workspace::new(EXPERIMENTS);
    alone.made(&format!("page {SEEDS}"));
    let scores = files(&alone.path("out/scores"));
    assert_eq!(files(&one.path("out/scores")), scores);
    for file in scores.iter().map(|file| format!("out/scores/{file}")) {
        assert_eq!(one.read(&file), alone.read(&file), "{file}");
    }
    assert_eq!(one.read("out/results.md"), alone.read("out/results.md"));
}

#[test]
fn what_does_not_belong_together_is_not_merged() {
    let (one, other) = (machine("1/2"), machine("2/2"));
    let before = files(&one.path("out/scores"));
    let name = files(&other.path("out/scores/cmnist"))[0].clone();
    let theirs = format!("out/scores/cmnist/{name}");
    let scores = other.read(&theirs);

    // The other machine multiplied in another precision.
    fs::write(
        other.path(&theirs),
        scores
            .replace(",f32,", ",tf32,")
            .replace(",bf16,", ",tf32,"),
    )
    .unwrap();
    let refused = merge(&one, &other, "");
    let row = name.split('/').next().unwrap();
    assert!(
        refused.code != 0
            && refused
                .stderr
                .contains(&format!("cmnist/{row} has seeds that were trained in ")),
        "{refused}"
    );
    assert!(refused.stderr.contains("MIX_PRECISIONS=1"), "{refused}");
    assert_eq!(files(&one.path("out/scores")), before);
    assert_eq!(merge(&one, &other, "MIX_PRECISIONS=1").code, 0);

    // One run twice, with different bytes.
    fs::write(other.path(&theirs), scores.replace(",40,", ",41,")).unwrap();
    let refused = merge(&one, &other, "MIX_PRECISIONS=1");
    assert!(
        refused.stderr.contains(&theirs) && refused.stderr.contains("it differs from"),
        "{refused}"
    );

    // Other flags.
    let changed = Workspace::new(EXPERIMENTS);
    changed.edit(RUNS_CSV, ",v-rex,4,2,,", ",v-rex,4,3,,");
    scores_of_all(&changed);
    let refused = merge(&one, &changed, "");
    assert!(
        refused
            .stderr
            .contains("flags/train/cmnist/v-rex: the flags of cmnist/v-rex"),
        "{refused}"
    );

    let empty = Workspace::new(EXPERIMENTS);
    let refused = merge(&one, &empty, "");
    assert!(
        refused
            .stderr
            .contains("expected the out/ of another machine"),
        "{refused}"
    );
}

fn scores_of_all(workspace: &Workspace) {
    scores(workspace, "");
}

#[test]
fn a_shard_that_makes_no_sense_is_refused() {
    let workspace = Workspace::new(EXPERIMENTS);
    for bad in ["0/2", "3/2", "2", "a/b", "1/0", "-1/2", "1/2/3"] {
        let out = workspace.make(&format!("runs SHARD={bad}"));
        assert!(
            out.code != 0
                && out
                    .stderr
                    .contains(&format!("SHARD is \"{bad}\", expected I/N")),
            "{bad}: {out}"
        );
    }
    let out = workspace.make("page SHARD=1/2");
    assert!(
        out.code != 0 && out.stderr.contains("SHARD is for make runs"),
        "{out}"
    );
    let out = workspace.make("merge");
    assert!(out.stderr.contains("make merge FROM="), "{out}");
    let mut merge = workspace.command("python3");
    let out = pipeline_tests::run(
        merge.args("scripts/merge.py --out out --plan out/bin/plan --experiments scripts/experiments nowhere".split(' ')),
        b"",
    );
    assert_one_line_error(&out, 1, &["nowhere: there is no scores/"]);
}
