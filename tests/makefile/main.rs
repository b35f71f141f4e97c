//! The Makefile: what it remakes and what it leaves, with tiny experiments on the fixture's digits,
//! in a folder of its own.

mod digits;
mod install;
mod precisions;
mod search_figure;
mod shards;

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use pipeline_tests::make::{Experiments, Workspace, files};
use pipeline_tests::{Output, assert_one_line_error, binaries, binary, run, succeed};

/// Two rows of one table. With so few steps the programs' start is most of the time.
const EXPERIMENTS: Experiments = Experiments {
    environments: "color,--classes 2 --limit 40,0.2 0.1,0.1 0.9,\n",
    runs: RUNS,
    figures: "",
};
const RUNS: &str = "\
cmnist,erm,color,erm,4,2,,,
cmnist,v-rex,color,v-rex,4,2,,,
";

/// The tables, in which the tests change rows.
const ENVIRONMENTS_CSV: &str = "scripts/experiments/environments.csv";
const RUNS_CSV: &str = "scripts/experiments/runs.csv";

/// The files that a run of make asked the programs for, sorted: `train` and `eval` name them after -o.
fn made(out: &Output) -> Vec<String> {
    let mut made: Vec<_> = out
        .text()
        .lines()
        .filter(|line| line.contains(" -o out/"))
        .map(|line| {
            let file = line.split(' ').skip_while(|word| *word != "-o").nth(1);
            file.unwrap_or_else(|| panic!("{line}")).to_owned()
        })
        .collect();
    made.sort();
    made
}

/// The same but for what report makes, of a run that must end well.
fn remade(workspace: &Workspace, arguments: &str) -> Vec<String> {
    let out = workspace.make(&format!("V=1 {arguments}"));
    assert!(out.code == 0 && out.stderr.is_empty(), "{out}");
    let mut made = made(&out);
    made.retain(|file| !file.starts_with("out/tables/"));
    made
}

/// The checkpoint and the scores of one run.
fn results(row: &str, seed: u32) -> Vec<String> {
    vec![
        format!("out/checkpoints/cmnist/{row}/seed-{seed}.safetensors"),
        format!("out/scores/cmnist/{row}/seed-{seed}.csv"),
    ]
}

#[test]
fn help_lists_every_target_that_says_what_it_does() {
    let workspace = Workspace::new(EXPERIMENTS);
    let out = workspace.make("help");
    assert_eq!(out.code, 0, "{out}");
    assert_eq!(
        workspace.make("").text(),
        out.text(),
        "help is not what make alone shows"
    );
    let mut makefiles = workspace.read("Makefile");
    for file in files(&workspace.path("scripts/make")) {
        makefiles += &workspace.read(&format!("scripts/make/{file}"));
    }
    let targets: Vec<_> = makefiles
        .lines()
        .filter(|line| !line.starts_with(['\t', '#']))
        .filter_map(|line| line.split_once(" ## "))
        .map(|(rule, says)| (rule.split_once(':').expect("a rule").0, says))
        .collect();
    assert!(targets.len() >= 12, "{targets:?}");
    for (target, says) in targets {
        let listed = |line: &str| {
            line.trim()
                .strip_prefix(&format!("make {target} "))
                .is_some_and(|rest| rest.trim() == says)
        };
        assert!(
            out.text().lines().any(listed),
            "{target} is not listed: {out}"
        );
    }
    assert!(out.text().contains("cmnist"), "{out}");
}

#[test]
fn a_changed_line_remakes_its_own_runs_and_nothing_else() {
    let workspace = Workspace::new(EXPERIMENTS);
    let everything = remade(&workspace, "table-cmnist SEEDS=1");
    // 2 training and 2 test environments, 2 checkpoints, 2 scores.
    assert_eq!(everything.len(), 8, "{everything:?}");
    for result in [results("erm", 0), results("v-rex", 0)].concat() {
        assert!(everything.contains(&result), "{result}: {everything:?}");
    }
    let none: [String; 0] = [];
    assert_eq!(remade(&workspace, "table-cmnist SEEDS=1"), none);
    assert_eq!(remade(&workspace, "-j2 table-cmnist SEEDS=1"), none);

    workspace.edit(RUNS_CSV, ",v-rex,4,2,,", ",v-rex,4,2,1,");
    assert_eq!(
        remade(&workspace, "table-cmnist SEEDS=1"),
        results("v-rex", 0)
    );

    // An environment's flags: all that is made from it.
    workspace.edit(ENVIRONMENTS_CSV, "--limit 40", "--limit 41");
    assert_eq!(remade(&workspace, "table-cmnist SEEDS=1").len(), 8);
    // A new row: its runs alone.
    workspace.edit(
        RUNS_CSV,
        "cmnist,v-rex,",
        "cmnist,mm-rex,color,mm-rex,4,2,,,\ncmnist,v-rex,",
    );
    assert_eq!(
        remade(&workspace, "table-cmnist SEEDS=1"),
        results("mm-rex", 0)
    );
}

#[test]
fn a_run_is_made_of_the_files_that_its_line_names_however_old_they_are() {
    let small = "small,--classes 2 --limit 20,0.2 0.1,0.1 0.9,\n";
    let workspace = Workspace::new(Experiments {
        environments: &format!("{small}{}", EXPERIMENTS.environments),
        runs: &format!("{RUNS}other,erm,small,erm,4,2,,,\n"),
        ..EXPERIMENTS
    });
    let scores = "out/scores/other/erm/seed-0.csv";
    remade(&workspace, &format!("table-cmnist {scores} SEEDS=1"));

    // Environments that are there already.
    workspace.edit(RUNS_CSV, "cmnist,erm,color", "cmnist,erm,small");
    assert_eq!(
        remade(&workspace, "table-cmnist SEEDS=1"),
        results("erm", 0)
    );
    let table = workspace.read("out/scores/cmnist.csv");
    assert!(table.contains("\ncmnist,erm,2,20,0,test,0.9,"), "{table}");

    // It is now trained as the other, and takes its checkpoint when that one's own is taken away again.
    workspace.edit(
        RUNS_CSV,
        "other,erm,small,erm,4,2,,,",
        "other,erm,small,erm,4,2,,0.01,",
    );
    let own = "out/checkpoints/other/erm/seed-0.safetensors";
    assert_eq!(remade(&workspace, scores), [own, scores]);
    workspace.edit(RUNS_CSV, ",0.01,", ",,");
    assert_eq!(remade(&workspace, scores), [scores]);
    assert!(
        workspace
            .read(scores)
            .contains(",out/checkpoints/cmnist/erm/seed-0.safetensors,")
    );

    // A test environment less.
    workspace.edit(
        ENVIRONMENTS_CSV,
        "--limit 20,0.2 0.1,0.1 0.9",
        "--limit 20,0.2 0.1,0.9",
    );
    assert_eq!(remade(&workspace, scores), [scores]);
    assert!(!workspace.read(scores).contains(",test,0.1,"));
}

#[test]
fn a_table_is_whole_or_as_it_was() {
    let workspace = Workspace::new(EXPERIMENTS);
    remade(&workspace, "table-cmnist SEEDS=1 ROWS=erm");
    let whole = workspace.read("out/scores/cmnist.csv");
    // Killed while it puts the rows together, as make is too.
    workspace.script(
        "bin/awk",
        r#"case "$*" in *out/scores*) echo half; kill -9 $PPID;; esac; PATH=${PATH#*:} exec awk "$@""#,
    );
    let killed = workspace.make("out/scores/cmnist.csv SEEDS=1 ROWS=v-rex");
    assert_ne!(killed.code, 0, "{killed}");
    assert_eq!(workspace.read("out/scores/cmnist.csv"), whole);
}

#[test]
fn a_row_that_makes_no_sense_is_refused() {
    for (table, row, says) in [
        (
            "environments",
            "more,--classes 2,0.2 0.1,0.1,color,0.9",
            "line 3: found 6 cells, expected 5",
        ),
        (
            "runs",
            "cmnist,more,color,erm,4,2,,,,3",
            "line 4: found 10 cells, expected 9",
        ),
        (
            "figures",
            "more,cmnist,accuracy,cmnist,,Here, there",
            "line 2: found 7 cells, expected 6",
        ),
        (
            "figures",
            "more,cmnits,accuracy,cmnist,,Here",
            "line 2, shown under: found \"cmnits\", expected one of cmnist",
        ),
        (
            "runs",
            "cmnist,more,colour,erm,4,2,,,",
            "line 4, environments: found \"colour\", expected one of color",
        ),
        (
            "runs",
            "cmnist,erm,color,erm,4,2,,,",
            "line 4, row: two lines are cmnist/erm",
        ),
    ] {
        let workspace = Workspace::new(EXPERIMENTS);
        workspace.add(table, row);
        let out = workspace.make("table-cmnist");
        assert_eq!(out.code, 2, "{out}");
        // make adds that it could not go on.
        let of_make = |line: &&str| !line.starts_with("make: ***") && !line.contains("remake");
        let said: Vec<_> = out.stderr.lines().filter(of_make).collect();
        let says = format!("plan: scripts/experiments/{table}.csv, {says}");
        assert!(said.len() == 1 && said[0].starts_with(&says), "{out}");
    }
}

#[test]
fn a_row_that_is_trained_as_another_takes_its_checkpoints() {
    let runs = format!("{RUNS}other,again,color,erm,4,2,,,\ndemo,erm,color,erm,4,2,,,\n");
    let workspace = Workspace::new(Experiments {
        runs: &runs,
        ..EXPERIMENTS
    });
    remade(&workspace, "table-cmnist SEEDS=1");
    let scores = "out/scores/other/again/seed-0.csv";
    assert_eq!(remade(&workspace, scores), [scores]);
    let first = workspace.read("out/scores/cmnist/erm/seed-0.csv");
    assert_eq!(
        workspace.read(scores),
        first
            .replace("\ncmnist,", "\nother,")
            .replace("safetensors,erm,", "safetensors,again,")
    );

    // So does the demo's.
    let demo = "out/scores/demo/erm/seed-0.csv";
    assert_eq!(remade(&workspace, demo), [demo]);

    workspace.edit(
        RUNS_CSV,
        "other,again,color,erm,4,2,,,",
        "other,again,color,erm,4,2,,0.01,",
    );
    let trained = "out/checkpoints/other/again/seed-0.safetensors";
    assert_eq!(remade(&workspace, scores), [trained, scores]);
}

#[test]
fn the_demo_has_one_seed_and_no_part_in_the_page() {
    let runs = format!("{RUNS}demo,erm,color,erm,4,2,,,\n");
    let workspace = Workspace::new(Experiments {
        runs: &runs,
        ..EXPERIMENTS
    });
    let page = made(&workspace.made("-n page SEEDS=2"));
    assert!(!page.is_empty() && page.iter().all(|file| !file.contains("demo")));
    let table = made(&workspace.made("-n table-demo"));
    let of_seed = |file: &&String| file.contains("/seed-");
    let seeds: Vec<_> = table.iter().filter(of_seed).collect();
    assert!(
        seeds.len() == 6 && seeds.iter().all(|file| file.contains("/seed-0")),
        "{table:?}"
    );
    assert_eq!(made(&workspace.made("-n demo")), table);
    // Another number of seeds is asked of all others.
    assert_eq!(made(&workspace.made("-n table-demo SEEDS=3")), table);
    let demo = workspace.made("demo");
    assert!(demo.text().contains("ERM"), "{demo}");
}

#[test]
fn one_short_line_says_what_is_run() {
    let workspace = Workspace::new(EXPERIMENTS);
    let out = workspace.made("table-cmnist SEEDS=1");
    for line in [
        "mkenv color/train-1 seed 0",
        "train cmnist/erm seed 0",
        "eval cmnist/v-rex seed 0",
        "report tables/cmnist.txt",
    ] {
        assert!(
            out.text().lines().any(|found| found == line),
            "{line}: {out}"
        );
    }
    assert!(!out.text().contains("--"), "{out}");
    workspace.made("clean");
    let out = workspace.made("V=1 table-cmnist SEEDS=1");
    let command = "train cmnist/erm/seed-0 out/bin/train --objective erm --hidden 4 --steps 2";
    assert!(out.text().contains(command), "{out}");
    assert!(!out.text().contains("train cmnist/erm seed 0"), "{out}");
}

#[test]
fn a_build_is_quiet_where_no_source_is_newer() {
    let workspace = Workspace::new(EXPERIMENTS);
    workspace.script("bin/cargo", "echo \"$@\" >>calls");
    fs::create_dir(workspace.path("crates")).unwrap();
    for file in ["Cargo.toml", "Cargo.lock"] {
        fs::write(workspace.path(file), "").unwrap();
    }
    let calls = |arguments: &str| {
        let _ = fs::remove_file(workspace.path("calls"));
        workspace.made(arguments);
        let calls = workspace.read("calls");
        calls
            .lines()
            .map(|call| call.contains("--quiet"))
            .collect::<Vec<_>>()
    };
    // make reads its files again when it has made the rules.
    assert_eq!(calls("out/bin/train"), [false, true]);
    assert_eq!(calls("out/bin/train"), [true]);
    std::thread::sleep(std::time::Duration::from_millis(20));
    fs::write(workspace.path("crates/new.rs"), "").unwrap();
    assert_eq!(calls("out/bin/train"), [false]);
    // What needs no program does not wait for cargo.
    fs::remove_file(workspace.path("calls")).unwrap();
    for target in ["help", "data", "clean"] {
        workspace.made(target);
        assert!(!workspace.path("calls").exists(), "{target}");
    }
    // The first build says that it takes a while.
    fs::rename(
        workspace.path("built/release/train"),
        workspace.path("kept"),
    )
    .unwrap();
    workspace.script("bin/cargo", "mv kept built/release/train 2>/dev/null || :");
    let out = workspace.made("out/bin/train");
    assert!(out.stderr.contains("compiling the programs"), "{out}");
}

#[test]
fn a_rebuilt_program_remakes_what_it_made_only_where_its_bytes_changed() {
    let workspace = Workspace::new(EXPERIMENTS);
    remade(&workspace, "table-cmnist SEEDS=1 ROWS=erm");
    let built = workspace.path("built/release/eval");
    let program = fs::read(&built).unwrap();
    // The same bytes, built just now.
    fs::remove_file(&built).unwrap();
    fs::write(&built, &program).unwrap();
    fs::set_permissions(&built, fs::Permissions::from_mode(0o755)).unwrap();
    assert!(remade(&workspace, "table-cmnist SEEDS=1 ROWS=erm").is_empty());
    let real = binaries().join("eval");
    workspace.script(
        "built/release/eval",
        &format!("exec {} \"$@\"", real.display()),
    );
    assert_eq!(
        remade(&workspace, "table-cmnist SEEDS=1 ROWS=erm"),
        results("erm", 0)[1..]
    );
}

#[test]
fn a_failed_run_leaves_no_target_and_the_next_make_goes_on() {
    let workspace = Workspace::new(EXPERIMENTS);
    let built = workspace.path("built/release/train");
    // Leaves half of a checkpoint, as a program would that was killed.
    workspace.script(
        "built/release/train",
        r#"while [ "$1" != -o ]; do shift; done; echo half >"$2"; exit 1"#,
    );
    let failed = workspace.make("-k table-cmnist SEEDS=1");
    assert_eq!(failed.code, 2, "{failed}");
    assert!(failed.stderr.contains("Deleting file"), "{failed}");
    for result in [results("erm", 0), results("v-rex", 0)].concat() {
        assert!(!workspace.path(&result).exists(), "{result}");
    }
    fs::remove_file(&built).unwrap();
    symlink(binaries().join("train"), &built).unwrap();
    // The environments stand.
    let expected = [results("erm", 0), results("v-rex", 0)].concat();
    let mut found = remade(&workspace, "table-cmnist SEEDS=1");
    found.sort_by_key(|file| !file.contains("/erm/"));
    assert_eq!(found, expected);
}

/// A SIGKILL, as soon as there is a state.
#[test]
fn a_killed_training_goes_on_unless_it_is_made_of_something_newer() {
    let experiments = Experiments {
        runs: "cmnist,v-rex,color,v-rex,4,20000,150,,--reset-adam\n",
        ..EXPERIMENTS
    };
    let [checkpoint, state, log] = ["safetensors", "resume.safetensors", "csv"]
        .map(|extension| format!("out/checkpoints/cmnist/v-rex/seed-0.{extension}"));
    let workspace = Workspace::new(experiments);
    let kill = || fs::write(workspace.path("kill"), "").unwrap();
    workspace.script(
        "built/release/train",
        &format!(
            "[ -e kill ] || exec {0} \"$@\"\nrm kill\n{0} \"$@\" &\nwhile [ ! -e {state} ]; do :; done\nkill -9 $!\nwait $!",
            binaries().join("train").display()
        ),
    );
    kill();
    let killed = workspace.make(&format!("V=1 {checkpoint}"));
    assert_eq!(killed.code, 2, "{killed}");
    assert!(!killed.text().contains("--resume"), "{killed}");
    assert!(workspace.path(&state).exists() && !workspace.path(&checkpoint).exists());

    let resumed = workspace.made(&format!("V=1 {checkpoint}"));
    assert!(
        resumed.text().contains(&format!(" --resume {state} ")),
        "{resumed}"
    );
    assert!(!resumed.stderr.contains("the log"), "{resumed}");
    let left = files(&workspace.path("out/checkpoints"));
    assert_eq!(
        left,
        ["cmnist/v-rex/seed-0.csv", "cmnist/v-rex/seed-0.safetensors"]
    );

    let whole = Workspace::new(experiments);
    whole.made(&checkpoint);
    for file in [&checkpoint, &log] {
        let bytes = |workspace: &Workspace| fs::read(workspace.path(file)).unwrap();
        assert!(bytes(&workspace) == bytes(&whole), "{file}");
    }

    // Another row than the one that the state is of.
    fs::remove_file(workspace.path(&checkpoint)).unwrap();
    kill();
    assert_eq!(workspace.make(&checkpoint).code, 2);
    assert!(workspace.path(&state).exists());
    workspace.edit(RUNS_CSV, ",20000,150,,", ",110,105,0.01,");
    let anew = workspace.made(&format!("V=1 {checkpoint}"));
    assert!(!anew.text().contains("--resume"), "{anew}");
    assert_eq!(files(&workspace.path("out/checkpoints")), left);
}

#[test]
fn the_order_of_work_does_not_show_in_what_is_made() {
    let (one, two) = (Workspace::new(EXPERIMENTS), Workspace::new(EXPERIMENTS));
    remade(&one, "table-cmnist SEEDS=1");
    remade(&two, "-j3 table-cmnist SEEDS=1");
    for file in [
        &results("erm", 0)[..],
        &results("v-rex", 0),
        &[
            "out/tables/cmnist.md".to_owned(),
            "out/tables/cmnist.csv".to_owned(),
        ],
    ]
    .concat()
    {
        let bytes = fs::read(one.path(&file)).unwrap();
        assert_eq!(fs::read(two.path(&file)).unwrap(), bytes, "{file}");
    }
    // One more seed is made beside the first.
    let more = remade(&one, "table-cmnist SEEDS=1 FIRST_SEED=1 ROWS=erm");
    assert!(more.iter().all(|file| file.contains("seed-1")), "{more:?}");
    assert_eq!(more.len(), 6, "{more:?}");
}

#[test]
fn a_dry_run_shows_what_would_be_run_and_nothing_else() {
    let workspace = Workspace::new(EXPERIMENTS);
    let shown = made(&workspace.made("-n table-cmnist SEEDS=1"));
    assert!(!workspace.path("out/scores").exists());
    let mut files = remade(&workspace, "table-cmnist SEEDS=1");
    // The tables, which are made quietly.
    let tables = ["csv", "md", "tex", "txt"].map(|format| format!("out/tables/cmnist.{format}"));
    files.extend(tables);
    assert_eq!(shown, files);
    let nothing = made(&workspace.made("-n table-cmnist SEEDS=1"));
    assert!(nothing.is_empty(), "{nothing:?}");
}

/// A make that was killed after it had made the file that stands in for the rules, and before it gave this file its old date.
#[test]
fn empty_rules_are_made_again_however_new_they_are() {
    let workspace = Workspace::new(EXPERIMENTS);
    workspace.made("out/bin/plan");
    fs::write(workspace.path("out/rules.mk"), "").unwrap();
    workspace.made("table-cmnist SEEDS=1");
    assert!(workspace.path("out/tables/cmnist.txt").exists());
}

#[test]
fn a_seeds_longest_runs_come_first() {
    // Steps times units: 16, 12 and 8. By either alone, or by name, the order would be another.
    let experiments = Experiments {
        runs: "\
cmnist,erm,color,erm,8,1,,,
cmnist,v-rex,color,v-rex,4,4,,,
small,m,color,erm,2,6,,,
",
        ..EXPERIMENTS
    };
    let shown = Workspace::new(experiments).made("-n runs SEEDS=2");
    let trained: Vec<_> = shown
        .text()
        .lines()
        .filter_map(|line| line.strip_prefix("scripts/timed out/times.csv train "))
        .map(|rest| rest.split(' ').next().unwrap())
        .collect();
    let runs = ["cmnist/v-rex", "small/m", "cmnist/erm"];
    let expected: Vec<_> = runs
        .iter()
        .flat_map(|run| [0, 1].map(|seed| format!("{run}/seed-{seed}")))
        .collect();
    assert_eq!(trained, expected, "{shown}");
}

#[test]
fn settings_that_make_no_sense_are_refused() {
    let workspace = Workspace::new(EXPERIMENTS);
    for (setting, says) in [
        ("SEEDS=0", r#"SEEDS is "0" and FIRST_SEED is "0""#),
        ("SEEDS=two", "a number of seeds"),
        ("FIRST_SEED=-1", "such as SEEDS=3 FIRST_SEED=0"),
        ("SEEDS=99999999999999999999", "of four digits at most"),
        ("FIRST_SEED=9999999999", r#"FIRST_SEED is "9999999999""#),
        ("SEEDS=1'", r#"SEEDS is "1'""#),
        (
            "TABLES=cmnits",
            "TABLES names cmnits, expected some of: cmnist",
        ),
        ("ROWS=emr", "ROWS names emr, expected some of: erm v-rex"),
        ("DATA=kmnist", "DATA is \"kmnist\", expected one of: mnist"),
    ] {
        let out = workspace.make(&format!("table-cmnist {setting}"));
        assert_eq!(out.code, 2, "{out}");
        assert!(out.stderr.contains(says), "{out}");
        assert_eq!(out.stderr.lines().count(), 1, "{out}");
    }
}

#[test]
fn the_folder_of_built_programs_may_have_a_blank_in_its_name() {
    let workspace = Workspace::new(EXPERIMENTS);
    fs::rename(workspace.path("built"), workspace.path("the built")).unwrap();
    let mut make = workspace.command("make");
    make.arg("out/bin/train")
        .env("CARGO_TARGET_DIR", "the built");
    succeed(&mut make);
    assert!(workspace.path("out/bin/train").is_file());
}

#[test]
fn the_programs_know_every_flag_of_the_experiments() {
    let workspace = Workspace::committed();
    let shown =
        ["mnist", "fashion"].map(|data| workspace.made(&format!("-n runs SEEDS=1 DATA={data}")));
    let commands: Vec<_> = shown
        .iter()
        .flat_map(|shown| shown.text().lines())
        .filter(|line| line.starts_with("scripts/timed "))
        .filter_map(|line| line.split_once(" out/bin/"))
        .map(|(_, command)| command.split(' ').filter(|word| !word.is_empty()))
        .collect();
    assert!(commands.len() > 100, "{shown:?}");
    for mut words in commands {
        // They fail for no file is there, which they see after the flags.
        let mut command = binary(words.next().unwrap());
        let out = run(command.args(words).current_dir(workspace.path("bin")), b"");
        assert_one_line_error(&out, 1, &[" out/"]);
    }
}

#[test]
fn two_makes_at_once_do_not_meet() {
    let workspace = Workspace::new(Experiments {
        runs: &format!("{RUNS}demo,erm,color,erm,4,2,,,\n"),
        ..EXPERIMENTS
    });
    let made: Vec<_> = std::thread::scope(|scope| {
        let start = || scope.spawn(|| workspace.make("demo"));
        [start(), start(), start()]
            .map(|make| make.join().unwrap())
            .into()
    });
    for out in &made {
        assert_eq!(out.code, 0, "{out}");
    }
    let left = files(&workspace.path("out"));
    let unfinished = left.iter().find(|file| file.contains("unfinished"));
    assert_eq!(unfinished, None);
}

/// As after a restored backup, or where another machine's clock went fast.
#[test]
fn what_is_dated_in_the_future_is_made_again() {
    let workspace = Workspace::new(EXPERIMENTS);
    let everything = remade(&workspace, "table-cmnist SEEDS=1");
    let future = std::time::SystemTime::now() + std::time::Duration::from_secs(86400);
    for file in files(&workspace.path("out")) {
        let file = fs::File::options()
            .append(true)
            .open(workspace.path("out").join(file));
        file.unwrap().set_modified(future).unwrap();
    }
    workspace.edit(RUNS_CSV, ",v-rex,4,2,,", ",v-rex,4,2,1,");
    let out = workspace.make("V=1 table-cmnist SEEDS=1");
    assert_eq!(out.code, 0, "{out}");
    assert!(out.stderr.contains("are dated in the future"), "{out}");
    assert!(
        results("v-rex", 0)
            .iter()
            .all(|file| made(&out).contains(file)),
        "{out}"
    );
    assert_eq!(made(&out).len(), everything.len() + 4, "{out}");
    let none: [String; 0] = [];
    assert_eq!(remade(&workspace, "table-cmnist SEEDS=1"), none);
}

#[test]
fn what_killed_programs_left_is_removed() {
    let workspace = Workspace::new(EXPERIMENTS);
    remade(&workspace, "table-cmnist SEEDS=1");
    let host = run(
        workspace
            .command("bash")
            .args(["-c", "printf %s \"$HOSTNAME\""]),
        b"",
    );
    let hour = std::time::SystemTime::now() - std::time::Duration::from_secs(3600);
    let mark = format!("out/times.csv.running-{}-999999999", host.text());
    let scores = "out/scores/cmnist.csv.unfinished-abcdef";
    for left in [&mark, scores] {
        fs::write(workspace.path(left), "train,cmnist/erm/seed-9\n").unwrap();
        let file = fs::File::options()
            .append(true)
            .open(workspace.path(left))
            .unwrap();
        file.set_modified(hour).unwrap();
    }
    remade(&workspace, "table-cmnist SEEDS=2");
    for left in [&mark, scores] {
        assert!(!workspace.path(left).exists(), "{left}");
    }
}
