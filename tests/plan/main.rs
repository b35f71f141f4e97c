//! `plan` as a real process.

mod digits;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::SystemTime;

use pipeline_tests::make::{ENVIRONMENTS_HEADER, Experiments, FIGURES_HEADER, RUNS_HEADER, files};
use pipeline_tests::{
    Output, Scratch, assert_one_line_error, binary, root, run, run_examples_of, succeed,
};

const EXPERIMENTS: Experiments = Experiments {
    environments: "color,--classes 2,0.2 0.1,0.1 0.9,\nsmall,--classes 2 --limit 20,0.2 0.1,0.9,color\n",
    runs: "\
cmnist,erm,color,erm,4,2,,,
cmnist,meta-irm,color,meta-irm,4,2,1,,--first-order --reset-adam
few,erm,small,erm,4,2,,,
other,erm,color,erm,4,2,,,
",
    figures: "data,few,data,cmnist few,,\"Cost: $5, #1\"\n",
};

/// A folder `tables` with these experiments.
fn folder(experiments: Experiments) -> Scratch {
    let scratch = Scratch::new();
    fs::create_dir(scratch.path("tables")).unwrap();
    experiments.write(&scratch.path("tables"));
    scratch
}

fn plan(scratch: &Scratch, arguments: &str) -> Output {
    let mut command = binary("plan");
    command
        .args(["--experiments", "tables"])
        .args(arguments.split_whitespace())
        .current_dir(scratch.folder());
    run(&mut command, b"")
}

/// The recipes of `rules` for the target `file`, whose seed is `%`, as one text.
fn rule<'a>(rules: &'a str, file: &str) -> &'a str {
    let start = rules.find(&format!("\n$(OUT)/{file}: "));
    let start = start.unwrap_or_else(|| panic!("no rule for {file} in {rules}"));
    let rest = &rules[start + 1..];
    &rest[..rest
        .find("\n$(OUT)")
        .or(rest.find("\n\n"))
        .unwrap_or(rest.len())]
}

#[test]
fn the_examples_work() {
    let scratch = Scratch::new();
    for name in ["scripts", "fixtures"] {
        symlink(root().join(name), scratch.path(name)).unwrap();
    }
    let outputs = run_examples_of(&scratch, "plan", &[]);
    assert_eq!(outputs.len(), 3);
    assert!(
        outputs.iter().all(|out| out.stderr.is_empty()),
        "{outputs:?}"
    );
    assert!(
        outputs[1]
            .text()
            .starts_with("run,mkenv,train\ncmnist/erm,")
    );
}

#[test]
fn a_figure_of_claims_is_drawn_where_all_rows_of_one_comparison_are() {
    let scratch = folder(EXPERIMENTS);
    let figures = "figure,shown under,kind,drawn from,leave out,alternative text,title\n\
                   claims,cmnist,claims,claims,,Claims,What costs $5\n";
    fs::write(scratch.path("tables/figures.csv"), figures).unwrap();
    let rules = || plan(&scratch, "rules --flags flags");
    assert_one_line_error(&rules(), 1, &["tables/claims.csv"]);
    let claims = "claim,rows\n\
                  a,cmnist/meta-irm@0.9 - few/erm[n=20]@0.9\n\
                  b,cmnist/erm@0.9 - 50\n\
                  c,cmnist/none@0.9 - 50\n";
    fs::write(scratch.path("tables/claims.csv"), claims).unwrap();
    let out = rules();
    assert!(out.code == 0 && out.stderr.is_empty(), "{out}");
    for line in [
        "experiments_of/claims := cmnist few",
        "drawable/claims := cmnist/meta-irm+few/erm cmnist/erm",
        "claims_of/claims := $(CLAIMS)",
        "title_of/claims := What costs $$5",
    ] {
        let there = out.text().lines().any(|found| found == line);
        assert!(there, "{line}: {}", out.text());
    }
}

#[test]
fn a_figure_of_searches_names_trials_that_are_in_their_records() {
    let scratch = folder(EXPERIMENTS);
    let rules = |drawn_from: &str| {
        let figures = format!("{FIGURES_HEADER}steps,cmnist,search,\"{drawn_from}\",,Steps\n");
        fs::write(scratch.path("tables/figures.csv"), figures).unwrap();
        plan(&scratch, "rules --flags flags")
    };
    fs::create_dir_all(scratch.path("fixtures/search")).unwrap();
    for (name, text) in [
        ("a", "trial,row,seed\n0,full,1\n0,same,1\n1,full,1\n"),
        ("b", "trial,seed\n7,1\n"),
        ("c", "number,seed\n7,1\n"),
    ] {
        fs::write(scratch.path(&format!("fixtures/search/{name}.csv")), text).unwrap();
    }
    let out = rules("Adam=b/7 two_words,_λ_=_5=a/0/same Adam=a/1");
    assert!(out.code == 0 && out.stderr.is_empty(), "{out}");
    for line in [
        "kind_of/steps := search",
        "records_of/steps := fixtures/search/a.csv fixtures/search/b.csv",
        "panels_of/steps := --panel 'Adam=b/7' --panel 'two words, λ = 5=a/0/same' --panel 'Adam=a/1'",
        "shown_under/steps := cmnist",
    ] {
        let there = out.text().lines().any(|found| found == line);
        assert!(there, "{line}: {}", out.text());
    }
    for (drawn_from, says) in [
        ("", "found nothing, expected panels"),
        ("a/0", "found \"a/0\": expected a heading, = and a trial"),
        ("=a/0", "found \"=a/0\": expected a heading of letters"),
        ("'=a/0", "found \"'=a/0\": expected a heading of letters"),
        ("$x=a/0", "found \"$x=a/0\": expected a heading of letters"),
        ("A=../a/0", "found \"..\", expected a name"),
        (
            "A=a",
            "fixtures/search/a.csv has no trial \"\", expected the number of one of its 2 trials, such as 0",
        ),
        (
            "A=a/7",
            "found \"A=a/7\": fixtures/search/a.csv has no trial \"7\"",
        ),
        (
            "A=a/1/same",
            "trial 1 of fixtures/search/a.csv has no row \"same\", expected one of full",
        ),
        (
            "A=b/7/full",
            "has no row \"full\", expected none: it has no column row",
        ),
        (
            "A=c/7",
            "fixtures/search/c.csv, line 1: there is no column \"trial\"",
        ),
        ("A=d/7", "cannot read fixtures/search/d.csv"),
    ] {
        let place = "plan: tables/figures.csv, line 2, drawn from: ";
        assert_one_line_error(&rules(drawn_from), 1, &[place, says]);
    }
}

#[test]
fn a_row_becomes_one_pattern_rule_for_each_program() {
    let scratch = folder(EXPERIMENTS);
    let out = plan(&scratch, "rules --flags flags");
    assert!(out.code == 0 && out.stderr.is_empty(), "{out}");
    let rules = out.text();
    let train = rule(rules, "checkpoints/cmnist/meta-irm/seed-%.safetensors");
    assert!(
        train.contains(
            "bin/train --objective meta-irm --hidden 4 --steps 2 --anneal 1 --first-order --reset-adam --experiment cmnist --seed $* "
        ),
        "{train}"
    );
    assert!(train.contains(
        " $(OUT)/environments/color/seed-%/train-1.safetensors $(OUT)/environments/color/seed-%/train-2.safetensors\n"
    ));
    // A row that is trained as an earlier one: its checkpoint is that one's.
    assert!(!rules.contains("$(OUT)/checkpoints/other/erm/seed-%.safetensors:"));
    let eval = rule(rules, "scores/other/erm/seed-%.csv");
    assert!(
        eval.contains(" $(OUT)/checkpoints/cmnist/erm/seed-%.safetensors "),
        "{eval}"
    );
    // Rows of one objective are told apart by their own names.
    assert!(
        eval.contains("bin/eval --experiment other --row erm "),
        "{eval}"
    );
    // Test environments of another kind are not made twice.
    assert!(!rules.contains("$(OUT)/environments/small/seed-%/test-0.9.safetensors:"));
    let eval = rule(rules, "scores/few/erm/seed-%.csv");
    assert!(
        eval.contains(" $(OUT)/environments/color/seed-%/test-0.9.safetensors\n"),
        "{eval}"
    );
    let part = rule(rules, "environments/color/seed-%/train-2.safetensors");
    assert!(
        part.contains(" --split train --part 2/2 --p-e 0.1 --classes 2 --seed $* "),
        "{part}"
    );
    // What make would take for its own is written so that it does not.
    assert!(
        rules.contains("\nalt_of/data := Cost: $$5, \\#1\n"),
        "{rules}"
    );
    assert!(
        rules.contains("\ndrawable/data := cmnist/erm+few/erm\n"),
        "{rules}"
    );
}

/// A training that is killed loses at most a hundred steps.
#[test]
fn a_long_training_leaves_a_state_every_hundred_steps() {
    let scratch = folder(Experiments {
        runs: "\
cmnist,short,color,erm,4,100,,,
cmnist,long,color,erm,4,101,,,
cmnist,default,color,erm,4,,,,
cmnist,often,color,erm,4,300,,,--checkpoint-every 7
",
        figures: "",
        ..EXPERIMENTS
    });
    let out = plan(&scratch, "rules --flags flags");
    assert!(out.code == 0 && out.stderr.is_empty(), "{out}");
    for (row, every) in [
        ("short", None),
        ("long", Some("100")),
        ("default", Some("100")),
        ("often", Some("7")),
    ] {
        let train = rule(
            out.text(),
            &format!("checkpoints/cmnist/{row}/seed-%.safetensors"),
        );
        let mut words = train.split_whitespace();
        let found = words
            .find(|word| *word == "--checkpoint-every")
            .and_then(|_| words.next());
        assert_eq!(found, every, "{train}");
        // And goes on from the one that is there.
        assert!(train.contains(" $(resume) "), "{train}");
    }
}

#[test]
fn only_the_flags_of_a_changed_row_are_written_again() {
    let scratch = folder(EXPERIMENTS);
    let flags = scratch.path("flags");
    let ages = |flags: &Path| -> Vec<(String, SystemTime)> {
        let age = |file: String| {
            let time = fs::metadata(flags.join(&file)).unwrap().modified().unwrap();
            (file, time)
        };
        files(flags).into_iter().map(age).collect()
    };
    let written = |experiments: Experiments| -> Vec<String> {
        let before = ages(&flags);
        experiments.write(&scratch.path("tables"));
        std::thread::sleep(std::time::Duration::from_millis(20));
        assert_eq!(plan(&scratch, "rules --flags flags -o rules.mk").code, 0);
        let newer = ages(&flags)
            .into_iter()
            .filter(|file| !before.contains(file));
        newer.map(|(file, _)| file).collect()
    };
    fs::create_dir(&flags).unwrap();
    // Six environments of two kinds less the test environments of one, three trainings, four scorings.
    assert_eq!(written(EXPERIMENTS).len(), 6 + 3 + 4);
    assert_eq!(written(EXPERIMENTS), Vec::<String>::new());
    let runs = EXPERIMENTS
        .runs
        .replace("meta-irm,4,2,1,", "meta-irm,4,2,2,");
    let changed = Experiments {
        runs: &runs,
        ..EXPERIMENTS
    };
    assert_eq!(written(changed), ["train/cmnist/meta-irm"]);
    let environments = EXPERIMENTS
        .environments
        .replace("0.2 0.1,0.9,color", "0.2 0.1,0.1,color");
    let changed = Experiments {
        environments: &environments,
        ..changed
    };
    assert_eq!(written(changed), ["eval/few/erm"]);
}

#[test]
fn a_cell_that_makes_no_sense_is_refused_with_its_line_and_column() {
    let refused = |experiments: Experiments, says: &str| {
        let scratch = folder(experiments);
        let out = plan(&scratch, "rules --flags flags -o rules.mk");
        assert_one_line_error(&out, 1, &["plan: tables/", says]);
        assert!(!scratch.path("rules.mk").exists(), "{out}");
    };
    let [environments, runs, figures] = [
        EXPERIMENTS.environments,
        EXPERIMENTS.runs,
        EXPERIMENTS.figures,
    ];
    for (from, to, says) in [
        (
            "0.2 0.1,0.1 0.9,",
            "0.2 0.1,0.1 1.9,",
            "environments.csv, line 2, test p_e: found \"1.9\"",
        ),
        (
            "0.2 0.1,0.1 0.9,",
            "0.2 0.1,0.1 0.1,",
            "line 2, test p_e: found \"0.1\" twice",
        ),
        (
            "0.2 0.1,0.1 0.9,",
            ",0.1 0.9,",
            "line 2, training p_e: found nothing",
        ),
        (
            "--classes 2,",
            "--classes $(HOME),",
            "line 2, flags of mkenv: found \"$(HOME)\"",
        ),
        (
            "0.9,color",
            "0.9,colour",
            "line 3, test environments of: found \"colour\", expected one of color",
        ),
        (
            "0.9,color",
            "0.5,color",
            "line 3, test environments of: color is not tested at p_e 0.5",
        ),
        (
            "small,",
            "color,",
            "line 3, environments: two lines are color",
        ),
        (
            "color,--",
            "a/b,--",
            "line 2, environments: found \"a/b\", expected a name",
        ),
    ] {
        let environments = environments.replacen(from, to, 1);
        refused(
            Experiments {
                environments: &environments,
                ..EXPERIMENTS
            },
            says,
        );
    }
    for (from, to, says) in [
        (
            ",erm,4,2,,,\n",
            ",erm,4 5,2,,,\n",
            "runs.csv, line 2, hidden: found \"4 5\", expected one value",
        ),
        (
            ",erm,4,2,,,\n",
            ",erm,4,2,,,--seed 3\n",
            "line 2, other flags: found \"--seed\"",
        ),
        (
            ",erm,4,2,,,\n",
            ",erm,4,2,,,first-order\n",
            "line 2, other flags: found \"first-order\"",
        ),
        (
            ",erm,4,2,,,\n",
            ",erm,4,2,,,--steps 3\n",
            "line 2, other flags: found \"--steps\"",
        ),
        (
            "cmnist,erm",
            "my table,erm",
            "line 2, experiment: found \"my table\", expected a name",
        ),
        (
            "--first-order",
            "`id`",
            "line 3, other flags: found \"`id`\"",
        ),
    ] {
        let runs = runs.replacen(from, to, 1);
        refused(
            Experiments {
                runs: &runs,
                ..EXPERIMENTS
            },
            says,
        );
    }
    for (from, to, says) in [
        (
            ",data,",
            ",date,",
            "figures.csv, line 2, kind: found \"date\", expected one of accuracy training data claims search",
        ),
        (
            ",data,",
            ",training,",
            "line 2, drawn from: found \"cmnist few\", expected an experiment and its row",
        ),
        (
            ",cmnist few,",
            ",cmnist view,",
            "line 2, drawn from: found \"view\", expected one of cmnist few other",
        ),
        (
            ",cmnist few,,",
            ",cmnist few,erm,",
            "line 2, leave out: found [\"erm\"], expected nothing",
        ),
        (
            "data,cmnist few,",
            "accuracy,cmnist,v-rex",
            "line 2, leave out: found \"v-rex\", expected one of erm meta-irm",
        ),
        (
            "\"Cost: $5, #1\"",
            "",
            "line 2, alternative text: found \"\"",
        ),
    ] {
        let figures = figures.replacen(from, to, 1);
        refused(
            Experiments {
                figures: &figures,
                ..EXPERIMENTS
            },
            says,
        );
    }

    // A file that is not there, or has other columns.
    for (file, header, to, says) in [
        (
            "runs.csv",
            RUNS_HEADER,
            RUNS_HEADER.replace(",row,", ",rows,"),
            "runs.csv, line 1: there is no column \"row\"",
        ),
        (
            "runs.csv",
            RUNS_HEADER,
            RUNS_HEADER.replace("hidden", "seed"),
            "line 2, seed: found \"seed\"",
        ),
        (
            "runs.csv",
            RUNS_HEADER,
            RUNS_HEADER.replace("hidden", "steps"),
            "line 1: two columns are \"steps\"",
        ),
        (
            "figures.csv",
            FIGURES_HEADER,
            FIGURES_HEADER.replace("kind", "kind of"),
            "there is no column \"kind\"",
        ),
        (
            "environments.csv",
            ENVIRONMENTS_HEADER,
            String::new(),
            "environments.csv, line 1: there is no column",
        ),
    ] {
        let scratch = folder(EXPERIMENTS);
        let path = scratch.path(&format!("tables/{file}"));
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.replace(header, &to)).unwrap();
        assert_one_line_error(&plan(&scratch, "recipes"), 1, &["plan: tables/", says]);
        fs::remove_file(&path).unwrap();
        assert_one_line_error(&plan(&scratch, "recipes"), 1, &["plan: ", file]);
    }
}

#[test]
fn the_committed_results_were_made_with_the_committed_tables() {
    let mut command = binary("plan");
    command.args(["check-recipes", "--results", "fixtures/results"]);
    command.args([
        "cmnist",
        "ablation",
        "ablation-inner-steps",
        "ablation-large-alpha",
        "ablation-sgd",
        "insufficient",
        "two-spurious",
        "cmnist-honest",
        "multiclass",
    ]);
    succeed(command.current_dir(root()));
    let printed = succeed(binary("plan").arg("recipes").current_dir(root()));
    let committed = fs::read_to_string(root().join("fixtures/results/recipes.csv")).unwrap();
    let runs = |text: &str| -> Vec<String> {
        let rows = text
            .lines()
            .skip(1)
            // Those are made anew by whoever asks for them.
            .filter(|line| {
                [
                    "demo/",
                    "fashion/",
                    "ablation-inner-steps/",
                    "ablation-large-alpha/",
                    "ablation-sgd/",
                    "pairs/",
                ]
                .iter()
                .all(|name| !line.starts_with(name))
            });
        rows.map(|line| line.split(',').next().unwrap().to_owned())
            .collect()
    };
    assert_eq!(runs(printed.text()), runs(&committed));
}

#[test]
fn rows_made_with_other_flags_and_seeds_that_are_there_are_refused() {
    let scratch = folder(EXPERIMENTS);
    fs::create_dir(scratch.path("results")).unwrap();
    let printed = plan(&scratch, "recipes cmnist few");
    scratch.file("results/recipes.csv", printed.text().as_bytes());
    let scores = "checkpoint\nout/checkpoints/cmnist/erm/seed-3.safetensors\n";
    scratch.file("results/cmnist.csv", scores.as_bytes());
    scratch.file("results/other.csv", scores.as_bytes());
    let check = |more: &str| plan(&scratch, &format!("check-recipes --results results {more}"));
    let adding = |run: &str, seeds: &str| check(&format!("--runs {run} --seeds {seeds} -- cmnist"));

    assert_eq!(check("cmnist few").code, 0);
    assert_eq!(adding("cmnist/erm", "2 4").code, 0);
    assert_eq!(adding("cmnist/meta-irm", "3").code, 0);
    for run in ["cmnist/erm", "other/erm"] {
        let says = ["has seed 3 of cmnist/erm already", "another FIRST_SEED"];
        assert_one_line_error(&adding(run, "2 3"), 1, &says);
    }
    // Another experiment's row does not matter.
    let recipes = printed
        .text()
        .replace("few/erm,--classes 2", "few/erm,--classes 5");
    scratch.file("results/recipes.csv", recipes.as_bytes());
    assert_eq!(check("cmnist").code, 0);
    let says = [
        "recipes.csv: few/erm was made with other flags of mkenv: found \"--classes 5 --limit 20\"",
    ];
    assert_one_line_error(&check("few"), 1, &says);
    scratch.file(
        "results/recipes.csv",
        printed.text().replace("few/erm", "few/gone").as_bytes(),
    );
    assert_one_line_error(&check("few"), 1, &["few/gone is no row of runs.csv"]);
    fs::remove_file(scratch.path("results/recipes.csv")).unwrap();
    assert_one_line_error(&check("few"), 1, &["there is no results/recipes.csv"]);

    // The lines of all others are kept.
    scratch.file(
        "old.csv",
        b"run,mkenv,train\ncmnist/old,--x,--y\nelse/erm,--x,--y\n",
    );
    let merged = plan(&scratch, "recipes --others-from old.csv cmnist");
    let first: Vec<_> = merged
        .text()
        .lines()
        .map(|line| line.split(',').next().unwrap())
        .collect();
    assert_eq!(
        first,
        ["run", "cmnist/erm", "cmnist/meta-irm", "else/erm"],
        "{merged}"
    );
    assert_one_line_error(
        &plan(&scratch, "recipes nosuch"),
        1,
        &["no experiment nosuch", "cmnist few other"],
    );
}

/// Each line was once held against all lines before it: a hundred thousand took minutes.
#[test]
fn many_rows_are_read_in_linear_time() {
    let scratch = folder(EXPERIMENTS);
    let lines = (1..=100_000).map(|n| format!("t{},r{n},color,erm,4,{n},,,\n", n / 100));
    let runs: String = [RUNS_HEADER.to_owned()].into_iter().chain(lines).collect();
    fs::write(scratch.path("tables/runs.csv"), runs).unwrap();
    fs::write(scratch.path("tables/figures.csv"), FIGURES_HEADER).unwrap();
    let start = std::time::Instant::now();
    let out = plan(&scratch, "recipes t0 t1000");
    assert_eq!(out.code, 0, "{}", out.stderr);
    assert_eq!(out.text().lines().count(), 1 + 99 + 1);
    // It takes a second; the bound is for machines that do much else.
    assert!(start.elapsed().as_secs() < 40, "{:?}", start.elapsed());
}
