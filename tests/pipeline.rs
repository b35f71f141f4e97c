//! The four programs joined by files and by pipes, on the fixture's digits.

use std::fs;
use std::path::Path;
use std::process::Command;

use pipeline_tests::{
    EVAL_HEADER as SCORES, Scratch, binaries, binary, csv, fixture, mkenv, number, run,
    safetensors, succeed,
};
use safetensors::SafeTensors;

const LOG: &str = "step,environment,risk,accuracy,base,penalty,weight,loss";

/// The program `name` in `folder` with arguments separated by spaces; it must end well.
fn stage(name: &str, folder: &Path, arguments: &str) {
    let mut command = binary(name);
    command
        .current_dir(folder)
        .args(arguments.split_whitespace());
    succeed(&mut command);
}

/// The training environments `1` and `2` and the test environment `test-P` of each `p_e`.
fn environments(folder: &Path, p_e: &[&str]) {
    for arguments in [
        "--split train --part 1/2 --p-e 0.2 -o 1",
        "--split train --part 2/2 --p-e 0.1 -o 2",
    ] {
        succeed(mkenv(arguments).current_dir(folder));
    }
    for p_e in p_e {
        let arguments = format!("--split test --p-e {p_e} -o test-{p_e}");
        succeed(mkenv(&arguments).current_dir(folder));
    }
}

/// From digits to a table, with a file for each stage.
fn pipeline(folder: &Path) {
    environments(folder, &["0.1", "0.2", "0.9"]);
    stage(
        "train",
        folder,
        "--objective meta-irm --experiment cmnist --hidden 16 --steps 25 --anneal 10 --lr 0.01 \
         --seed 3 --log log -o theta 1 2",
    );
    stage(
        "eval",
        folder,
        "-o scores theta --env 1 2 test-0.1 test-0.2 test-0.9",
    );
    let reference = fixture("reference.csv");
    stage(
        "report",
        folder,
        &format!(
            "table --experiment cmnist --reference {} -o table scores",
            reference.display()
        ),
    );
}

#[test]
fn every_stage_gives_the_same_bytes_twice_in_any_folder() {
    let (once, again) = (Scratch::new(), Scratch::new());
    pipeline(once.folder());
    pipeline(again.folder());
    let names = once.names();
    assert_eq!(
        names.join(" "),
        "1 2 log scores table test-0.1 test-0.2 test-0.9 theta"
    );
    for name in &names {
        let bytes = fs::read(once.path(name)).unwrap();
        assert!(!bytes.is_empty(), "{name}");
        assert_eq!(fs::read(again.path(name)).unwrap(), bytes, "{name}");
    }

    // What is in the table is what eval found.
    let scores = fs::read_to_string(once.path("scores")).unwrap();
    let table = fs::read_to_string(once.path("table")).unwrap();
    let row = table
        .lines()
        .find(|line| line.starts_with("meta-IRM") && line.contains(" 500 "))
        .unwrap_or_else(|| panic!("{table}"));
    for score in csv(&scores, SCORES)
        .iter()
        .filter(|row| row["split"] == "test")
    {
        let per_cent = format!("{:.1} ±", 100. * number(score, "accuracy"));
        assert!(row.contains(&per_cent), "{per_cent}\n{table}");
    }
}

#[test]
fn eval_agrees_with_trains_own_log() {
    let scratch = Scratch::new();
    environments(scratch.folder(), &[]);
    // Step 8 is logged before its update: the network that 8 steps made.
    // f32, for eval has no other arithmetic.
    let common = "--objective irmv1 --hidden 16 --anneal 4 --precision f32";
    stage(
        "train",
        scratch.folder(),
        &format!("{common} --steps 9 --log log -o nine 1 2"),
    );
    stage(
        "train",
        scratch.folder(),
        &format!("{common} --steps 8 -o eight 1 2"),
    );
    stage("eval", scratch.folder(), "-o scores eight --env 1 2");
    let log = fs::read_to_string(scratch.path("log")).unwrap();
    let scores = fs::read_to_string(scratch.path("scores")).unwrap();
    let logged = csv(&log, LOG);
    for (logged, scored) in logged[2..].iter().zip(csv(&scores, SCORES)) {
        assert_eq!(logged["step"], "8");
        for column in ["accuracy", "risk"] {
            assert_eq!(
                number(logged, column),
                number(&scored, column),
                "{log}{scores}"
            );
        }
    }
}

#[test]
fn pipes_give_the_same_table_as_files() {
    let scratch = Scratch::new();
    pipeline(scratch.folder());
    let mut path = binaries().as_os_str().to_owned();
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_default());
    let script = r#"mkenv --images "$0/train-images-idx3-ubyte" --labels "$0/train-labels-idx1-ubyte" \
            --split train --part 1/2 --p-e 0.2 -o - |
        train --objective meta-irm --experiment cmnist --hidden 16 --steps 25 --anneal 10 --lr 0.01 --seed 3 - 2 |
        env eval - --env 1 2 test-0.1 test-0.2 test-0.9 |
        report table --experiment cmnist --reference "$1""#;
    let out = run(
        Command::new("sh")
            .args(["-c", script])
            .arg(fixture("mnist"))
            .arg(fixture("reference.csv"))
            .current_dir(scratch.folder())
            .env("PATH", &path),
        b"",
    );
    assert!(out.code == 0 && out.stderr.is_empty(), "{out}");
    assert_eq!(out.stdout, fs::read(scratch.path("table")).unwrap());
}

/// A stage of somebody else's: it exchanges the two colours and writes `images` and `labels` alone.
fn exchange_colours(environment: &[u8]) -> Vec<u8> {
    let file = SafeTensors::deserialize(environment).unwrap();
    let (images, labels) = (
        file.tensor("images").unwrap(),
        file.tensor("labels").unwrap(),
    );
    let plane = 14 * 14;
    let exchanged: Vec<u8> = images
        .data()
        .chunks_exact(2 * plane)
        .flat_map(|image| [&image[plane..], &image[..plane]].concat())
        .collect();
    safetensors(&[
        ("images", images.dtype(), images.shape(), &exchanged),
        ("labels", labels.dtype(), labels.shape(), labels.data()),
    ])
}

#[test]
fn a_foreign_stage_fits_between_two_of_ours() {
    let scratch = Scratch::new();
    environments(scratch.folder(), &["0.5"]);
    let test = fs::read(scratch.path("test-0.5")).unwrap();
    scratch.file("exchanged", &exchange_colours(&test));
    // mkenv | filter | train
    let made = succeed(&mut mkenv("--split train --part 1/2 --p-e 0 -o -")).stdout;
    let trained = run(
        binary("train").current_dir(scratch.folder()).args([
            "--objective",
            "erm",
            "--hidden",
            "16",
            "--steps",
            "60",
            "--lr",
            "0.01",
            "-",
        ]),
        &exchange_colours(&made),
    );
    assert!(trained.code == 0 && trained.stderr.is_empty(), "{trained}");
    // train | eval
    let scored = run(
        binary("eval")
            .current_dir(scratch.folder())
            .args(["-", "--env", "exchanged", "test-0.5"]),
        &trained.stdout,
    );
    assert!(scored.code == 0 && scored.stderr.is_empty(), "{scored}");
    let rows = csv(scored.text(), SCORES);
    let origin = |row: usize| ["split", "p_e"].map(|column| rows[row][column]);
    assert_eq!((origin(0), origin(1)), (["", ""], ["test", "0.5"]));
    // With p_e = 0 the colour alone tells the label, so the network goes by it: exchanged, it misleads.
    // Where p_e is 0.5, each colour is right for half of the rows, whichever way round.
    let (one, other) = (number(&rows[0], "accuracy"), number(&rows[1], "accuracy"));
    assert!(
        (0.35..0.65).contains(&one) && (one + other - 1.).abs() < 0.1,
        "{scored}"
    );
}

/// A third of the rows each, which are 334, 333 and 333: no one number of rows, which no stage may need.
#[test]
fn three_environments_of_unequal_size_end_in_a_table_a_figure_and_a_page() {
    let scratch = Scratch::new();
    let folder = scratch.folder();
    for part in ["1", "2", "3"] {
        let arguments = format!("--split train --part {part}/3 --p-e 0.{part} -o {part}");
        succeed(mkenv(&arguments).current_dir(folder));
    }
    succeed(mkenv("--split test --p-e 0.9 -o test-0.9").current_dir(folder));
    stage(
        "train",
        folder,
        "--objective v-rex --experiment own --hidden 8 --steps 5 -o theta 1 2 3",
    );
    stage("eval", folder, "-o scores theta --env 1 2 3 test-0.9");
    let scores = fs::read_to_string(scratch.path("scores")).unwrap();
    let rows = csv(&scores, SCORES);
    let counts: Vec<_> = rows.iter().map(|row| row["count"]).collect();
    assert_eq!(counts, ["334", "333", "333", "200"]);
    assert!(rows.iter().all(|row| row["n_per_env"].is_empty()));

    let percent = |row: usize| 100.0 * number(&rows[row], "accuracy");
    let train = (percent(0) + percent(1) + percent(2)) / 3.0;
    stage(
        "report",
        folder,
        "table --experiment own --columns train,0.9 -o table scores",
    );
    let table = fs::read_to_string(scratch.path("table")).unwrap();
    let line = table.lines().find(|line| line.starts_with("V-REx"));
    let cells: Vec<_> = line.unwrap().split_whitespace().collect();
    let expected = format!("V-REx 1 {train:.1} ± ? {:.1} ± ?", percent(3));
    assert_eq!(cells.join(" "), expected, "{table}");
    stage("report", folder, "page -o page scores");
    let page = fs::read_to_string(scratch.path("page")).unwrap();
    assert!(page.contains("| V-REx | 1 |"), "{page}");
    stage(
        "report",
        folder,
        "figure accuracy --experiment own -o figure.svg scores",
    );
    let figure = fs::read_to_string(scratch.path("figure.svg")).unwrap();
    assert!(figure.contains("V-REx"), "{figure}");
}
