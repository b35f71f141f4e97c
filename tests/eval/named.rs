//! What the command line says of environments and checkpoints.

use super::*;

/// The cells of `columns`, row by row.
fn cells(text: &str, columns: [&str; 4]) -> Vec<String> {
    let rows = csv(text, HEADER);
    let row = |row: &std::collections::HashMap<&str, &str>| {
        columns.map(|column| row[column].to_owned()).join(" ")
    };
    rows.iter().map(row).collect()
}

/// The folder of [`trained`] with a network `net` and environments `a=b`, `c` and `d`, of four rows and five, that say nothing.
fn with_foreign_files() -> Scratch {
    let scratch = trained();
    scratch.file("net", &checkpoint(&network(&[12, 3, 1])));
    for (name, rows) in [("a=b", 4), ("c", 4), ("d", 5)] {
        let (images, labels) = digits(rows, 2);
        scratch.file(name, &environment(&images, &labels));
    }
    scratch
}

#[test]
fn an_environment_may_have_a_name_and_a_file_an_equals_sign() {
    let scratch = with_foreign_files();
    let text = scores(scratch.folder(), "net --env c first=./a=b ./a=b Größe_2=c");
    assert_eq!(
        cells(
            &text,
            ["environment", "environment_name", "row", "trained_on"]
        ),
        ["c   ", "./a=b first  ", "./a=b   ", "c Größe_2  "]
    );
    for (argument, needle) in [
        ("=c", "the name is \"\""),
        ("first=", "expected a file after first="),
        ("0.9=c", "the name is \"0.9\""),
        ("train=c", "the name train"),
        ("a|b=c", "for a file of that name write ./a|b=c"),
    ] {
        let out = run(
            &mut eval(scratch.folder(), &format!("net --env {argument}")),
            b"",
        );
        assert_one_line_error(&out, 2, &["--env", needle]);
    }
    let out = run(&mut eval(scratch.folder(), "--env c d=net"), b"");
    assert_one_line_error(&out, 1, &["net: the file is a checkpoint", "the name d"]);
}

#[test]
fn a_row_says_whether_the_checkpoint_was_trained_on_that_very_file() {
    let scratch = trained();
    // The same bytes elsewhere are the same environment; another part of the training split is not.
    fs::copy(scratch.path("1"), scratch.path("copy")).unwrap();
    succeed(
        mkenv("--split train --part 2/3 --label-noise 0.1 --p-e 0.2 -o other")
            .current_dir(scratch.folder()),
    );
    let text = scores(scratch.folder(), "erm --allow-overlap --env 1 copy other test");
    assert_eq!(
        cells(&text, ["environment", "split", "trained_on", "label_noise"]),
        [
            "1 train true 0.25",
            "copy train true 0.25",
            "other train false 0.1",
            "test test false 0.25"
        ]
    );
}

#[test]
fn what_a_checkpoint_does_not_say_the_flags_do() {
    let scratch = with_foreign_files();
    let mut command = eval(
        scratch.folder(),
        "--experiment mine --objective group-dro --seed 3 --trained-on c --trained-on x",
    );
    command.args(["--row", "my network", "net", "--env", "x=./a=b", "c", "d"]);
    let out = succeed(&mut command);
    assert_eq!(
        cells(out.text(), ["experiment", "row", "objective", "seed"]),
        vec!["mine my network group-dro 3"; 3]
    );
    assert_eq!(
        cells(
            out.text(),
            ["environment", "trained_on", "n_per_env", "classes"]
        ),
        ["./a=b true 4 2", "c true 4 2", "d false 4 2"]
    );
    let unequal = scores(
        scratch.folder(),
        "net --trained-on c --trained-on d --env c d",
    );
    assert_eq!(
        cells(&unequal, ["environment", "trained_on", "n_per_env", "seed"]),
        ["c true  ", "d true  "]
    );
}

#[test]
fn a_flag_may_only_repeat_what_a_checkpoint_says() {
    let scratch = trained();
    let plain = scores(scratch.folder(), "meta --env 1 2 test");
    let repeated =
        "meta --objective meta-irm-no-std --seed 7 --trained-on 1 --trained-on 2 --env 1 2 test";
    assert_eq!(scores(scratch.folder(), repeated), plain);
    for (flags, needles) in [
        (
            "--seed 8",
            [
                "meta: metadata field provenance: seed is 7",
                "--seed says 8",
            ],
        ),
        (
            "--objective meta-irm",
            ["objective is meta-irm-no-std", "--objective says meta-irm"],
        ),
        (
            "--trained-on 1",
            ["meta: --trained-on says false of 2", "the file says true"],
        ),
        (
            "--trained-on 3",
            [
                "--trained-on 3: expected one of the environments",
                "1, 2, test",
            ],
        ),
    ] {
        let out = run(
            &mut eval(scratch.folder(), &format!("meta {flags} --env 1 2 test")),
            b"",
        );
        assert_one_line_error(&out, 1, &needles);
    }
    for bad in ["--row=", "--row= a", "--objective=\u{1b}[2J"] {
        let mut command = binary("eval");
        command
            .current_dir(scratch.folder())
            .args([bad, "meta", "--env", "1"]);
        assert_one_line_error(
            &run(&mut command, b""),
            2,
            &["expected a name without blanks"],
        );
    }
}
