//! `make reproduce`, what it leaves in fixtures/results, and `make check-results`, with tiny
//! experiments on the fixture's digits.

use std::fs;

use pipeline_tests::make::{Experiments, Workspace, files};
use pipeline_tests::{binaries, csv, succeed};
use serde_json::Value;

const EXPERIMENTS: Experiments = Experiments {
    environments: "\
color,--classes 2 --limit 40,0.2 0.1,0.1 0.2 0.9,
small,--classes 2 --limit 20,0.2 0.1,0.1 0.2 0.9,color
",
    runs: "\
cmnist,erm,color,erm,4,2,,,
cmnist,v-rex,color,v-rex,4,2,,,
insufficient,v-rex,small,v-rex,4,2,,,
",
    figures: "\
accuracy,cmnist,accuracy,cmnist,,The accuracy
training,cmnist,training,cmnist/v-rex,,The training
data,insufficient,data,cmnist insufficient,,The number of digits
",
};
const CHECKED_RUNS: &str = "cmnist/erm/seed-0 insufficient/v-rex/seed-1";
const RUNS_CSV: &str = "scripts/experiments/runs.csv";

/// A workspace with these experiments and a note on one of them.
fn noted() -> Workspace {
    workspace_of(EXPERIMENTS)
}

fn workspace_of(experiments: Experiments) -> Workspace {
    let workspace = Workspace::new(experiments);
    let note =
        "It's untuned, to keep\nthe test short; it costs $5 #1.\n\n## Notebook\n\nNot shown.\n";
    fs::write(workspace.path("scripts/experiments/notes/cmnist.md"), note).unwrap();
    workspace
}

const SCORES: &str = "experiment,objective,classes,n_per_env,seed,split,p_e,count,accuracy,risk,precision,checkpoint,environment,row,environment_name,trained_on,label_noise";
const TIMES: &str = "stage,run,wall,user,system";

/// The record of what the invocations took.
fn record(workspace: &Workspace) -> Value {
    serde_json::from_str(&workspace.read("out/run.json")).unwrap()
}

#[test]
fn everything_is_run_once_shown_and_recorded() {
    let workspace = noted();
    let out = workspace.made("reproduce SEEDS=2");
    // Two rows and one, two seeds. One line each, the first seed's first.
    let finished: Vec<_> = out
        .stderr
        .lines()
        .filter(|line| line.contains("/seed-"))
        .collect();
    assert_eq!(finished.len(), 6, "{out}");
    for (index, line) in finished.iter().enumerate() {
        assert!(
            line.starts_with(&format!("{} of 6 runs, 0:00:", index + 1)),
            "{line}"
        );
        assert!(
            line.ends_with(if index < 3 { "/seed-0" } else { "/seed-1" }),
            "{line}"
        );
    }
    assert!(finished[5].contains(" elapsed, 0:00:00 left"), "{out}");
    assert!(
        out.stderr
            .trim_end()
            .ends_with("the page is out/results.html"),
        "{out}"
    );

    let page = workspace.read("out/results.md");
    for shown in [
        "\n\nIt's untuned, to keep the test short; it costs $5 #1.\n\n",
        "![The accuracy](figures/accuracy.svg)",
        "V-REx",
    ] {
        assert!(page.contains(shown), "no {shown:?} in {page}");
    }
    assert!(!page.contains("Not shown"), "{page}");
    // The HTML page has the record of the very runs that it shows.
    let html = workspace.read("out/results.html");
    for shown in [
        "make reproduce SEEDS=2 FIRST_SEED=0",
        "data:image/png",
        "CPU seconds a seed",
    ] {
        assert!(html.contains(shown), "no {shown:?} in {html}");
    }
    let figures = files(&workspace.path("out/figures"));
    assert_eq!(
        figures,
        [
            "accuracy.png",
            "accuracy.svg",
            "data.png",
            "data.svg",
            "training.png",
            "training.svg"
        ]
    );

    let invocation = &record(&workspace)["invocations"][0];
    assert_eq!(invocation["command"], "make reproduce SEEDS=2 FIRST_SEED=0");
    assert_eq!(invocation["finished"], true);
    assert_eq!(invocation["runs"], 6);
    let seconds = |value: &serde_json::Value| value.as_f64().unwrap();
    let share =
        1.0 - seconds(&invocation["stages"]["train"]["cpu_s"]) / seconds(&invocation["cpu_s"]);
    let recorded = seconds(&record(&workspace)["total"]["share_not_training"]);
    // It is written to four digits.
    assert!(
        (recorded - share).abs() < 0.0001 && recorded > 0.0,
        "{invocation}"
    );
    let times = format!("{TIMES}\n{}", workspace.read("out/times.csv"));
    let trained: Vec<_> = csv(&times, TIMES)
        .into_iter()
        .filter(|row| row["stage"] == "train")
        .collect();
    assert_eq!(trained.len(), 6, "{times}");

    // Once more: nothing is run, and nothing is recorded. What a kill left of a line hinders nobody.
    let halves = format!(
        "train,cmnist/erm/se{}mkenv,a,b,c,d\n",
        workspace.read("out/times.csv")
    );
    fs::write(workspace.path("out/times.csv"), halves).unwrap();
    let again = workspace.made("reproduce SEEDS=2");
    assert!(again.stderr.contains("reproduce: 0 runs"), "{again}");
    assert_eq!(workspace.read("out/results.md"), page);
    assert_eq!(
        record(&workspace)["invocations"].as_array().unwrap().len(),
        1
    );
}

#[test]
fn what_was_stopped_leaves_whole_seeds_and_goes_on() {
    let workspace = noted();
    let real = binaries().join("train");
    let train = format!(
        "case \"$*\" in *\"--seed 1\"*) [ -e on ] || {{ echo train: no more >&2; exit 1; }};; esac\nexec {} \"$@\"",
        real.display()
    );
    workspace.script("built/release/train", &train);
    let stopped = workspace.make("-j2 reproduce SEEDS=2");
    assert_ne!(stopped.code, 0, "{stopped}");
    assert!(stopped.stderr.contains("train: no more"), "{stopped}");
    assert!(
        stopped.stderr.contains("stopped after 3 of 6 runs"),
        "{stopped}"
    );
    let scores = files(&workspace.path("out/scores"));
    assert_eq!(
        scores,
        [
            "cmnist/erm/seed-0.csv",
            "cmnist/v-rex/seed-0.csv",
            "insufficient/v-rex/seed-0.csv"
        ]
    );
    assert_eq!(record(&workspace)["invocations"][0]["finished"], false);

    fs::write(workspace.path("on"), "").unwrap();
    let finished = workspace.made("reproduce SEEDS=2");
    assert!(
        finished.stderr.contains("reproduce: 3 runs in"),
        "{finished}"
    );
    let record = record(&workspace);
    assert_eq!(record["total"]["runs"], 6);
    // The order and the number of jobs do not show in what is made.
    let other = noted();
    other.made("-j1 reproduce SEEDS=2");
    for file in [
        "results.md",
        "scores/cmnist.csv",
        "figures/data.svg",
        "figures/training.png",
    ] {
        let file = format!("out/{file}");
        assert!(
            fs::read(workspace.path(&file)).unwrap() == fs::read(other.path(&file)).unwrap(),
            "{file}"
        );
    }
}

#[test]
fn results_are_checked_against_their_rows_and_the_rows_against_new_runs() {
    let workspace = noted();
    workspace.edit(
        "scripts/make/checks.mk",
        "CHECKED_RUNS ?= ",
        &format!("CHECKED_RUNS := {CHECKED_RUNS} # "),
    );
    workspace.made("reproduce SEEDS=2");
    workspace.made("results SEEDS=2");
    let results = files(&workspace.path("fixtures/results"));
    assert_eq!(
        results,
        [
            "cmnist.csv",
            "figures/accuracy.svg",
            "figures/data.svg",
            "figures/training.svg",
            "insufficient.csv",
            "logs/cmnist/v-rex/seed-0.csv",
            "logs/cmnist/v-rex/seed-1.csv",
            "recipes.csv",
            "results.html",
            "results.md",
            "run.json",
            "sheets/color.png",
            "sheets/small.png",
        ]
    );
    let checked = workspace.made("check-results");
    for run in ["cmnist/erm/seed-0", "insufficient/v-rex/seed-1"] {
        let line = format!("{run}: agrees, expected the same to the last digit");
        assert!(checked.text().contains(&line), "{checked}");
    }

    // A hand on any of them shows.
    let good = workspace.read("fixtures/results/cmnist.csv");
    let rows = csv(&good, SCORES);
    let of = |row: &&std::collections::HashMap<&str, &str>| {
        row["objective"] == "erm" && row["seed"] == "0" && row["p_e"] == "0.9"
    };
    let accuracy = rows.iter().find(of).unwrap()["accuracy"];
    let touched = |name: &str, from: &str, to: &str, target: &str, says: &str| {
        let file = format!("fixtures/results/{name}");
        let good = workspace.read(&file);
        workspace.edit(&file, from, to);
        let out = workspace.make(target);
        assert_eq!(out.code, 2, "{name}: {out}");
        assert!(format!("{out}").contains(says), "{name}: {out}");
        fs::write(workspace.path(&file), good).unwrap();
    };
    let better = format!(",{accuracy},");
    touched(
        "cmnist.csv",
        &better,
        ",1,",
        "check-rendering",
        "results.md",
    );
    touched(
        "cmnist.csv",
        &better,
        ",1,",
        "check-training",
        "cmnist/erm/seed-0: DIFFERS",
    );
    touched("results.md", "V-REx", "W-REx", "check-rendering", "W-REx");
    touched(
        "results.html",
        "V-REx",
        "W-REx",
        "check-rendering",
        "results.html",
    );
    touched(
        "figures/data.svg",
        "<svg",
        "<svg ",
        "check-rendering",
        "data.svg",
    );
    touched(
        "recipes.csv",
        "--hidden 4",
        "--hidden 5",
        "check-training",
        "made with other flags",
    );
    // On another CPU a difference below the tolerance is none; where rows of another precision were made does not matter.
    let near = format!(",{},", accuracy.parse::<f64>().unwrap() + 0.004);
    workspace.edit("fixtures/results/cmnist.csv", &better, &near);
    assert_eq!(workspace.make("check-training").code, 2);
    workspace.edit(
        "fixtures/results/run.json",
        "\"invocations\": [",
        "\"invocations\": [{\"precision\": [\"f16\"], \"features\": [\"other\"]},",
    );
    let still = workspace.make("check-training");
    assert_eq!(still.code, 2);
    assert!(still.text().contains("to the last digit"), "{still}");
    workspace.edit(
        "fixtures/results/run.json",
        "\"features\": [",
        "\"features\": [\"other\",",
    );
    let elsewhere = workspace.made("check-training");
    assert!(
        elsewhere
            .text()
            .contains("agrees, expected within 0.5 points"),
        "{elsewhere}"
    );
}

#[test]
fn seeds_may_be_jobs_of_a_cluster() {
    let workspace = noted();
    workspace.made("data");
    workspace.made("-n runs");
    for seed in ["0", "1"] {
        succeed(
            workspace
                .command("scripts/seed.slurm")
                .env("SLURM_CPUS_PER_TASK", "2")
                .env("SLURM_ARRAY_TASK_ID", seed),
        );
    }
    let checkpoints = files(&workspace.path("out/checkpoints"));
    let runs = checkpoints
        .iter()
        .filter(|file| file.ends_with(".safetensors"));
    assert_eq!(runs.count(), 6, "{checkpoints:?}");
    // Only the page is left to do.
    let page = workspace.made("reproduce SEEDS=2");
    assert!(page.stderr.contains("reproduce: 0 runs"), "{page}");
    assert!(workspace.path("out/results.md").is_file());
}

#[test]
fn seeds_are_added_to_results() {
    let (workspace, whole) = (noted(), noted());
    workspace.made("reproduce SEEDS=1");
    workspace.made("results SEEDS=1");
    // An earlier call elsewhere is not lost from the record, and what was made here without WITH is not taken for the same.
    workspace.edit("out/run.json", "\"runs\": 3", "\"runs\": 4");
    let with = "SEEDS=1 FIRST_SEED=1 WITH=fixtures/results";
    workspace.made(&format!("reproduce {with}"));
    workspace.made(&format!("results {with}"));
    whole.made("reproduce SEEDS=2");
    whole.made("results SEEDS=2");
    for name in [
        "results.md",
        "figures/training.svg",
        "recipes.csv",
        "logs/cmnist/v-rex/seed-0.csv",
    ] {
        let file = format!("fixtures/results/{name}");
        assert_eq!(workspace.read(&file), whole.read(&file), "{name}");
    }
    let record = record(&workspace);
    assert_eq!(record["total"]["runs"], 3 + 4 + 3);
    assert_eq!(record["invocations"].as_array().unwrap().len(), 3);

    // To one row alone: no other is run, and nothing is lost of the others.
    let recipes = workspace.read("fixtures/results/recipes.csv");
    let with_erm = "SEEDS=1 FIRST_SEED=2 WITH=fixtures/results ROWS=erm";
    workspace.made("clean");
    workspace.made(&format!("reproduce {with_erm}"));
    workspace.made(&format!("results {with_erm}"));
    assert_eq!(files(&workspace.path("out/checkpoints")).len(), 2);
    assert_eq!(workspace.read("fixtures/results/recipes.csv"), recipes);
    let rows = workspace.read("fixtures/results/cmnist.csv");
    for (objective, seed, runs) in [("erm", 2, true), ("v-rex", 1, true), ("v-rex", 2, false)] {
        let run = format!("\ncmnist,{objective},2,40,{seed},");
        assert_eq!(rows.contains(&run), runs, "{run} in {rows}");
    }

    // Those that are there already are refused before anything is run, and so is a folder without results.
    workspace.made("clean");
    let refused = |arguments: &str, says: &str| {
        let out = workspace.make(arguments);
        let said: Vec<_> = out
            .stderr
            .lines()
            .filter(|line| !line.contains("***"))
            .collect();
        assert!(
            out.code == 2 && said.len() == 1 && said[0].contains(says),
            "{out}"
        );
        assert!(!workspace.path("out/checkpoints").exists(), "{out}");
    };
    let seed_2_of_erm = "fixtures/results/cmnist.csv has seed 2 of cmnist/erm already";
    refused(&format!("reproduce {with_erm}"), seed_2_of_erm);
    refused(&format!("results {with_erm}"), seed_2_of_erm);
    refused(
        "reproduce SEEDS=2 WITH=fixtures/results",
        "another FIRST_SEED",
    );
    refused("reproduce WITH=nosuch", "there is no nosuch/recipes.csv");
    workspace.made("same-recipes SEEDS=1 FIRST_SEED=2 WITH=fixtures/results ROWS=v-rex");

    // A row that is new stands beside those that were there.
    workspace.add("runs", "cmnist,mm-rex,color,mm-rex,4,2,,,");
    let with_new = "SEEDS=1 WITH=fixtures/results TABLES=cmnist ROWS=mm-rex";
    workspace.made(&format!("reproduce {with_new}"));
    workspace.made(&format!("results {with_new}"));
    let grown = workspace.read("fixtures/results/cmnist.csv");
    assert!(grown.contains("\ncmnist,mm-rex,2,40,0,"), "{grown}");
    assert!(rows.lines().all(|row| grown.contains(row)), "{grown}");

    workspace.edit(RUNS_CSV, "color,erm,4,", "color,erm,5,");
    let refused = workspace.make(&format!("reproduce {with}"));
    assert!(
        refused.code == 2 && refused.stderr.contains("made with other flags"),
        "{refused}"
    );
}

#[test]
fn a_figure_draws_what_is_there_and_is_left_out_where_nothing_is() {
    let close = "close,cmnist,accuracy,cmnist,erm,All but ERM\n";
    let workspace = workspace_of(Experiments {
        figures: &format!("{close}{}", EXPERIMENTS.figures),
        ..EXPERIMENTS
    });
    let figures_of = |rows: &str, left_out: &[&str]| {
        let asked = format!("reproduce SEEDS=1 ROWS={rows}");
        let out = workspace.made(&asked);
        for name in ["accuracy", "close", "data", "training"] {
            let said = out
                .stderr
                .contains(&format!("make: the figure {name} is left out"));
            assert_eq!(said, left_out.contains(&name), "{name}: {out}");
        }
        let again = workspace.made(&asked);
        assert!(again.stderr.contains("reproduce: 0 runs"), "{again}");
        let page = workspace.read("out/results.md");
        let shown = |name: &&str| page.contains(&format!("figures/{name}.svg"));
        ["accuracy", "close", "data", "training"]
            .into_iter()
            .filter(shown)
            .collect::<Vec<_>>()
    };
    // The row that close leaves out is not there: the figure is drawn from the others.
    assert_eq!(
        figures_of("v-rex", &[]),
        ["accuracy", "close", "data", "training"]
    );
    // And here it is the only one. No row of the table that data stands under is asked for.
    assert_eq!(figures_of("erm", &["close", "training"]), ["accuracy"]);
    // Of one number of digits there is no line to draw.
    workspace.edit(
        RUNS_CSV,
        "insufficient,v-rex,small",
        "insufficient,few,small",
    );
    assert_eq!(figures_of("few", &["data"]), Vec::<&str>::new());
}

#[test]
fn the_status_says_what_is_done_and_left() {
    let workspace = noted();
    let line = |out: &pipeline_tests::Output, name: &str| -> Vec<String> {
        let line = out.text().lines().find(|line| line.starts_with(name));
        let line = line.unwrap_or_else(|| panic!("no {name} in {out}"));
        line.split_whitespace().map(str::to_owned).collect()
    };
    // Before anything is built or known.
    let out = workspace.made("status SEEDS=2");
    assert!(out.text().contains("Nothing is built yet"), "{out}");
    assert_eq!(line(&out, "cmnist"), ["cmnist", "4", "0", "4", "unknown"]);
    assert!(!workspace.path("out/bin").exists(), "{out}");

    workspace.made("reproduce SEEDS=1");
    let out = workspace.made("status SEEDS=2");
    assert_eq!(line(&out, "cmnist")[..4], ["cmnist", "4", "2", "2"]);
    assert_eq!(
        line(&out, "insufficient")[..4],
        ["insufficient", "2", "1", "1"]
    );
    assert_eq!(line(&out, "all")[..4], ["all", "6", "3", "3"]);
    assert!(!out.text().contains("unknown"), "{out}");
    assert!(
        out.text().contains("out/results.html is to be made"),
        "{out}"
    );
    assert!(out.text().lines().count() < 8, "{out}");

    let out = workspace.made("status SEEDS=1 TABLES=cmnist");
    assert_eq!(line(&out, "all")[..4], ["all", "2", "2", "0"]);
    assert!(!out.text().contains("insufficient"), "{out}");
}

#[test]
fn the_time_left_shrinks_while_a_program_runs() {
    let workspace = noted();
    let times =
        "train,cmnist/erm/seed-0,100,90,1\ntrain,cmnist/v-rex/seed-0,40,30,1\n\u{fffd}half\n";
    fs::write(workspace.path("out/times.csv"), times).unwrap();
    fs::write(
        workspace.path("out/times.csv.running-here-1"),
        "train,cmnist/erm/seed-1\n",
    )
    .unwrap();
    let left = |started: u64| -> f64 {
        let then = std::time::SystemTime::now() - std::time::Duration::from_secs(started);
        let running = fs::File::options()
            .append(true)
            .open(workspace.path("out/times.csv.running-here-1"))
            .unwrap();
        running.set_modified(then).unwrap();
        let script = "import pathlib, sys; sys.path.insert(0, 'scripts'); import progress\n\
            times = progress.Times(pathlib.Path('out/times.csv')); list(times.news())\n\
            print(times.left({('train', f'cmnist/{row}/seed-1') for row in ('erm', 'v-rex')}, 2))";
        let out = succeed(workspace.command("python3").args(["-c", script]));
        out.text().trim().parse().unwrap()
    };
    // Two at a time: (100 + 40) / 2, less half of what the first has run.
    assert!((left(0) - 70.0).abs() < 2.0);
    assert!((left(60) - 40.0).abs() < 2.0);
    // It takes longer than the other seed did: nothing is left of it.
    assert!((left(300) - 20.0).abs() < 2.0);
}

#[test]
fn a_damaged_record_is_refused_in_one_line_before_anything_is_run() {
    let workspace = noted();
    for damaged in ["{\"invocations\"", "{}", "[]", "{\"invocations\": [{}]}"] {
        fs::write(workspace.path("out/run.json"), damaged).unwrap();
        let out = workspace.make("reproduce SEEDS=1");
        let of_make = |line: &&str| !line.starts_with("make: ***");
        let said: Vec<_> = out.stderr.lines().filter(of_make).collect();
        assert!(
            out.code == 2 && said.len() == 1 && said[0].contains("out/run.json"),
            "{out}"
        );
        assert!(!workspace.path("out/checkpoints").exists(), "{out}");
    }
}
