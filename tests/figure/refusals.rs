//! What is refused: one line, and no file changed.

use super::*;

#[test]
fn bad_input_is_one_line_and_leaves_the_older_file() {
    let folder = Scratch::new();
    let kept = folder.file("kept.svg", b"older");
    folder.file("log.csv", log(0.0).as_bytes());
    let shorter: Vec<_> = log(0.0).lines().map(str::to_owned).collect();
    folder.file("shorter.csv", (shorter[..5].join("\n") + "\n").as_bytes());
    folder.file("cut.csv", (shorter[..6].join("\n") + "\n").as_bytes());
    folder.file(
        "nan.csv",
        log(0.0).replace("10,2,0.5,", "10,2,NaN,").as_bytes(),
    );
    folder.file(
        "huge.csv",
        log(0.0).replace("10,2,0.5,", "10,2,1e308,").as_bytes(),
    );
    folder.file("twice.csv", (log(0.0) + &shorter[1] + "\n").as_bytes());
    folder.file("empty.csv", LOG_HEADER.as_bytes());
    folder.file("scores.csv", scores().as_bytes());

    let accuracy = ["accuracy", "--experiment", "cmnist"];
    let data = [
        "data",
        "--experiment",
        "cmnist",
        "--experiment",
        "insufficient",
    ];
    let training = ["training"];
    let scores = scores();
    let lines: Vec<_> = scores.lines().collect();
    let only = |kept: &str| -> String {
        let rows = lines[1..].iter().filter(|line| line.contains(kept));
        rows.fold(SCORES_HEADER.to_owned(), |csv, row| csv + row + "\n")
    };
    let many: String = (0..10)
        .map(|k| score_rows("cmnist", &format!("o{k}"), 2, 100, &[0.5]))
        .collect();
    let overlap = scores.clone() + &score_rows("insufficient", "irmv1", 2, 25_000, &[0.5, 0.5]);
    // Kind, more arguments, standard input, what the message says.
    type Case<'a> = (&'a [&'a str], &'a [&'a str], String, &'a [&'a str]);
    let cases: Vec<Case> = vec![
        (
            &accuracy,
            &[],
            String::new(),
            &["standard input: line 1: no column experiment"],
        ),
        (
            &accuracy,
            &[],
            SCORES_HEADER.to_owned(),
            &["they hold no rows"],
        ),
        (
            &accuracy,
            &[],
            scores.replace(",0.3,0.5,", ",NaN,0.5,"),
            &["accuracy is NaN"],
        ),
        (
            &accuracy,
            &[],
            scores.replace("test,0.9,", "test,7,"),
            &["p_e is 7"],
        ),
        (
            &accuracy,
            &[],
            only(",test,").replace(",0.5,f32,", ",-1,f32,"),
            &["risk is -1"],
        ),
        (
            &accuracy,
            &[],
            only(",train,"),
            &["no score on a test environment"],
        ),
        (
            &accuracy,
            &[],
            SCORES_HEADER.to_owned() + &many,
            &["10 lines", "at most 9"],
        ),
        (
            &accuracy,
            &["--reference", "none.csv"],
            scores.clone(),
            &["cannot read none.csv"],
        ),
        (
            &accuracy,
            &[
                "--leave-out",
                "erm",
                "--leave-out",
                "irmv1",
                "--leave-out",
                "meta-irm",
            ],
            scores.clone(),
            &["--leave-out leaves nothing of experiment cmnist to draw"],
        ),
        (
            &["accuracy", "--experiment", "other"],
            &[],
            scores.clone(),
            &["no score of experiment other", "cmnist"],
        ),
        (
            &data,
            &[],
            only("cmnist,"),
            &["no score of experiment insufficient"],
        ),
        (
            &data,
            &["--p-e", "0.5"],
            scores.clone(),
            &["no objective of cmnist, insufficient", "p_e 0.5"],
        ),
        (
            &["data", "--experiment", "cmnist"],
            &[],
            scores.clone(),
            &["more than one number of rows"],
        ),
        (&data, &[], overlap, &["irmv1", "in two of the experiments"]),
        (
            &training,
            &["nan.csv"],
            String::new(),
            &["nan.csv: row 4 (step 10): risk is NaN", "diverged"],
        ),
        (
            &training,
            &["huge.csv"],
            String::new(),
            &["huge.csv: row 4 (step 10): risk is 1", "diverged"],
        ),
        (
            &training,
            &["log.csv", "./log.csv"],
            String::new(),
            &["./log.csv: given twice"],
        ),
        (
            &training,
            &["empty.csv"],
            String::new(),
            &["empty.csv: no rows"],
        ),
        (
            &training,
            &["cut.csv"],
            String::new(),
            &["cut.csv", "different steps"],
        ),
        (
            &training,
            &["twice.csv"],
            String::new(),
            &["twice.csv: row 7 (step 0): environment 1"],
        ),
        (
            &training,
            &["scores.csv"],
            String::new(),
            &["scores.csv: not a training log", "line 2: environment"],
        ),
        (
            &training,
            &["log.csv", "shorter.csv"],
            String::new(),
            &["shorter.csv", "not those of log.csv"],
        ),
        (&training, &[], String::new(), &["standard input: no rows"]),
    ];
    for (kind, more, stdin, fragments) in cases {
        let out = figure(
            folder.folder(),
            &[kind, &["-o", "kept.svg"], more].concat(),
            &stdin,
        );
        assert_one_line_error(&out, 1, &[&["report: "], fragments].concat());
        assert_eq!(fs::read_to_string(&kept).unwrap(), "older");
    }
    let out = figure(
        folder.folder(),
        &["training", "--format", "svg", "-o", "log.csv", "log.csv"],
        "",
    );
    assert_one_line_error(&out, 1, &["cannot write log.csv", "it is an input"]);
    assert_eq!(
        fs::read_to_string(folder.path("log.csv")).unwrap(),
        log(0.0)
    );
}

#[test]
fn wrong_usage_ends_with_2() {
    let folder = Scratch::new();
    for (arguments, fragment) in [
        (&[][..], "Usage: report figure"),
        (&["accuracy", "-o", "a.svg"], "--experiment"),
        (&["accuracy", "--experiment", "cmnist"], "--output"),
        (
            &["accuracy", "--experiment", "cmnist", "-o", "a.pdf"],
            ".svg or .png, or --format",
        ),
        (
            &["accuracy", "--experiment", "cmnist", "-o", "-"],
            ".svg or .png, or --format",
        ),
        (&["training", "-o", "svg"], "Usage: report figure training"),
        (&["training", "-o", "a.svg", "-", "-"], "only one file"),
        (
            &[
                "data",
                "--experiment",
                "cmnist",
                "--p-e",
                "-1",
                "-o",
                "a.svg",
            ],
            "from 0 to 1",
        ),
        (
            &[
                "accuracy",
                "--experiment",
                "cmnist",
                "-o",
                "a.svg",
                "--format",
                "pdf",
            ],
            "pdf",
        ),
        (
            &[
                "data",
                "--experiment",
                "cmnist",
                "--p-e",
                "1.5",
                "-o",
                "a.svg",
            ],
            "from 0 to 1",
        ),
        (
            &[
                "accuracy",
                "--experiment",
                "cmnist",
                "--reference",
                "-",
                "-o",
                "a.svg",
            ],
            "standard input",
        ),
    ] {
        let out = figure(folder.folder(), arguments, &scores());
        assert_one_line_error(&out, 2, &[fragment]);
    }
    assert!(folder.names().is_empty());
}
