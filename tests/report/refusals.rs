//! What is refused: one line, and no file changed.

use super::*;

#[test]
fn bad_input_is_one_line_and_leaves_the_older_file() {
    let folder = Scratch::new();
    let kept = folder.path("kept");
    fs::write(&kept, "older").unwrap();
    fs::write(folder.path("bad.csv"), "experiment,objective\nt,erm\n").unwrap();

    let good = row("erm", 0, "test", "0.1", "0.9");
    let twin = good.replace("erm-0", "twin");
    let with = |rows: &[&str]| format!("{HEADER}{}", rows.concat());
    let cut = &scores()[..HEADER.len() + 40];
    let cases: &[(&[&str], String, &[&str])] = &[
        (
            &[],
            with(&[]),
            &["no score of experiment cmnist", "no rows"],
        ),
        (
            &[],
            String::new(),
            &[
                "standard input: line 1: no column experiment",
                "expected experiment,",
            ],
        ),
        (&[], HEADER.replace("p_e,", ""), &["line 1: no column p_e"]),
        (
            &[],
            with(&[&good
                .replace(",0.9,", ",0.9,NaN,")
                .replacen("NaN,0.5", "NaN", 1)]),
            &["row 1 (checkpoint erm-0): risk is NaN"],
        ),
        (
            &[],
            with(&[&good
                .replace(",0.9,", ",0.9,-3,")
                .replacen("-3,0.5", "-3", 1)]),
            &["risk is -3, expected a finite number of 0 or more"],
        ),
        (
            &[],
            with(&[
                &good.replace("cmnist", "a"),
                &good.replacen("cmnist", "", 1),
            ]),
            &[
                "no score of experiment cmnist",
                "(none named) (1 rows), a (1 rows)",
            ],
        ),
        (
            &[],
            with(&[&good, &good.replace(",0.25\n", ",25\n")]),
            &["row 2 (checkpoint erm-0): label_noise is 25", "from 0 to 1"],
        ),
        (
            &[],
            with(&[&row("erm", 0, "test", "0.1", "1.5")]),
            &["standard input: row 1 (checkpoint erm-0): accuracy is 1.5"],
        ),
        (
            &[],
            with(&[&row("erm", 0, "test", "0.1", "NaN")]),
            &["row 1", "accuracy is NaN"],
        ),
        (
            &[],
            with(&[&good, &row("erm", 1, "test", "1.5", "0.9")]),
            &["row 2", "p_e is 1.5"],
        ),
        (
            &[],
            with(&[&good.replace(",2,25000", ",1,25000")]),
            &["classes is 1"],
        ),
        (
            &[],
            with(&[&good.replace(",erm,", ",,")]),
            &["checkpoint erm-0", "no objective"],
        ),
        (
            &[],
            with(&[&good, &row("erm", 1, "test", "0.1", "x")]),
            &["standard input", "line 3: accuracy"],
        ),
        (&[], cut.to_owned(), &["standard input", "line: 2"]),
        (
            &[],
            with(&[&good, &twin]),
            &["two scores", "erm-0 and twin"],
        ),
        (&["--columns", "0.3"], scores(), &["no score in column 0.3"]),
        (&["none.csv"], scores(), &["cannot read none.csv"]),
        (
            &["--reference", "none.csv"],
            scores(),
            &["cannot read none.csv"],
        ),
        (
            &["--reference", "bad.csv"],
            scores(),
            &["bad.csv", "line 1: no column classes"],
        ),
        (
            &["--reference", "/dev/null"],
            scores(),
            &["/dev/null", "line 1: no column experiment"],
        ),
    ];
    for (more, stdin, fragments) in cases {
        let arguments = [&["table", "--experiment", "cmnist", "-o", "kept"], *more].concat();
        let out = report(folder.folder(), &arguments, stdin);
        assert_one_line_error(&out, 1, &[&["report: "], *fragments].concat());
        assert_eq!(fs::read_to_string(&kept).unwrap(), "older");
    }
    assert_eq!(folder.names(), ["bad.csv", "kept"]);
}

#[test]
fn an_output_that_cannot_be_written_is_named() {
    let folder = Scratch::new();
    for (target, reason) in [
        ("none/a.txt", "there is no folder none"),
        (".", "is a folder"),
    ] {
        let arguments = ["table", "--experiment", "cmnist", "-o", target];
        let out = report(folder.folder(), &arguments, &scores());
        assert_one_line_error(&out, 1, &[&format!("cannot write {target}"), reason]);
    }
    assert!(folder.names().is_empty());
}

#[test]
fn wrong_usage_ends_with_2() {
    let folder = Scratch::new();
    let table = |more: &[&'static str]| [&["table", "--experiment", "cmnist"], more].concat();
    for (arguments, fragment) in [
        (vec![], "Usage: report"),
        (vec!["table"], "Usage: report table"),
        (vec!["table", "scores.csv"], "--experiment"),
        (table(&["--format", "html"]), "html"),
        (table(&["--columns", "1.5"]), "1.5"),
        (table(&["--columns", ""]), "column"),
        (table(&["--format", "csv", "--caption", "x"]), "--caption"),
        (
            table(&["--format", "csv", "--label", "x"]),
            "--label has no place in --format csv, only in latex",
        ),
        (
            table(&["--marks"]),
            "--marks has no place in --format text, only in latex",
        ),
        (table(&["--format", "latex", "--label", "a}b"]), "a}b"),
        (table(&["--reference", "-"]), "standard input"),
        (table(&["-", "-"]), "only one file"),
    ] {
        let out = report(folder.folder(), &arguments, &scores());
        assert_one_line_error(&out, 2, &[fragment]);
    }
}

#[test]
fn an_input_is_not_overwritten() {
    let folder = Scratch::new();
    let path = folder.file("scores.csv", scores().as_bytes());
    for subcommand in [&["table", "--experiment", "cmnist"][..], &["page"]] {
        let arguments = [subcommand, &["-o", "scores.csv", "scores.csv"]].concat();
        let out = report(folder.folder(), &arguments, "");
        assert_one_line_error(&out, 1, &["cannot write scores.csv", "it is an input"]);
    }
    assert_eq!(fs::read_to_string(path).unwrap(), scores());
}
