//! Own environments, own checkpoints and rows with names.

use super::*;
use pipeline_tests::EVAL_HEADER;

/// What a row of scores says; all else is empty.
#[derive(Clone, Copy)]
struct Score<'a> {
    row: &'a str,
    objective: &'a str,
    n_per_env: &'a str,
    seed: u32,
    split: &'a str,
    p_e: &'a str,
    accuracy: &'a str,
    precision: &'a str,
    file: &'a str,
    name: &'a str,
    trained_on: &'a str,
    label_noise: &'a str,
}

const SCORE: Score = Score {
    row: "",
    objective: "erm",
    n_per_env: "",
    seed: 0,
    split: "",
    p_e: "",
    accuracy: "0.5",
    precision: "f32",
    file: "mine.safetensors",
    name: "",
    trained_on: "",
    label_noise: "",
};

/// `text` as a cell of CSV.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// Scores of the experiment `own`, of three classes.
fn csv(scores: &[Score]) -> String {
    let mut csv = EVAL_HEADER.to_owned() + "\n";
    for score in scores {
        let Score {
            row,
            objective,
            n_per_env,
            seed,
            split,
            p_e,
            accuracy,
            precision,
            file,
            name,
            trained_on,
            label_noise,
        } = score;
        let (row, name) = (quoted(row), quoted(name));
        csv += &format!(
            "own,{objective},3,{n_per_env},{seed},{split},{p_e},10,{accuracy},0.5,{precision},c-{seed},{file},{row},{name},{trained_on},{label_noise}\n"
        );
    }
    csv
}

/// The cells of the table's lines between its rules, header first, where two blanks part them.
fn lines(text: &str) -> Vec<Vec<&str>> {
    let lines = text.lines().filter(|line| line.contains("  "));
    let cells = |line| str::split(line, "  ").map(str::trim);
    lines
        .map(|line| cells(line).filter(|cell| !cell.is_empty()).collect())
        .collect()
}

const TABLE: [&str; 3] = ["table", "--experiment", "own"];

#[test]
fn environments_without_p_e_have_a_column_each_in_the_order_of_appearance() {
    let folder = Scratch::new();
    let mut scores = Vec::new();
    for seed in [0, 1] {
        for (file, name) in [("b/z.safetensors", ""), ("x", "south"), ("a.st", "")] {
            scores.push(Score {
                seed,
                file,
                name,
                ..SCORE
            });
        }
    }
    let text = table(folder.folder(), &TABLE, &csv(&scores));
    assert_eq!(
        lines(&text),
        [
            vec!["objective", "n", "z", "south", "a"],
            vec!["ERM", "2", "50.0 ± 0.0", "50.0 ± 0.0", "50.0 ± 0.0"],
            vec!["Random", "33.3", "33.3", "33.3"],
        ],
        "{text}"
    );
    assert!(!text.contains("Optimal"), "{text}");
    let chosen = [&TABLE[..], &["--columns", "south,z"]].concat();
    let text = table(folder.folder(), &chosen, &csv(&scores));
    assert_eq!(lines(&text)[0], ["objective", "n", "south", "z"]);
}

#[test]
fn test_environments_of_one_p_e_are_told_apart_by_name() {
    let folder = Scratch::new();
    let of = |file, name| Score {
        split: "test",
        p_e: "0.9",
        label_noise: "0.1",
        file,
        name,
        ..SCORE
    };
    let scores = [of("a", ""), of("b", "fresh"), of("c", "old")];
    let text = table(folder.folder(), &TABLE, &csv(&scores));
    assert_eq!(
        lines(&text)[0],
        ["objective", "n", "p_e = 0.9", "fresh 0.9", "old 0.9"]
    );
    assert_eq!(lines(&text)[2], ["Optimal", "90.0", "90.0", "90.0"]);
    let out = report(folder.folder(), &TABLE, &csv(&[of("a", ""), of("b", "")]));
    assert_one_line_error(
        &out,
        1,
        &[
            "two scores of erm",
            "on the environments a and b",
            "eval --env NAME=FILE",
        ],
    );
}

#[test]
fn train_is_what_was_trained_on_and_a_held_out_part_has_its_own_column() {
    let folder = Scratch::new();
    let of = |file, trained_on, accuracy| Score {
        split: "train",
        p_e: "0.2",
        file,
        trained_on,
        accuracy,
        ..SCORE
    };
    let scores = [
        of("a", "true", "0.9"),
        of("b", "true", "0.7"),
        of("c", "false", "0.1"),
    ];
    let text = table(folder.folder(), &TABLE, &csv(&scores));
    assert_eq!(lines(&text)[0], ["objective", "n", "train", "held-out 0.2"]);
    assert_eq!(lines(&text)[1], ["ERM", "1", "80.0 ± ?", "10.0 ± ?"]);
    // Where nobody says, the training split is what was trained on.
    let unknown = scores.map(|score| Score {
        trained_on: "",
        ..score
    });
    let text = table(folder.folder(), &TABLE, &csv(&unknown));
    assert_eq!(lines(&text)[1], ["ERM", "1", "56.7 ± ?"]);
}

#[test]
fn rows_of_one_objective_are_called_by_their_own_names() {
    let folder = Scratch::new();
    let of = |row, accuracy| Score {
        row,
        accuracy,
        ..SCORE
    };
    let both = [of("wide", "0.6"), of("narrow", "0.4")];
    let text = table(folder.folder(), &TABLE, &csv(&both));
    assert_eq!(
        lines(&text)[1..3],
        [["narrow", "1", "40.0 ± ?"], ["wide", "1", "60.0 ± ?"]]
    );
    let one = table(folder.folder(), &TABLE, &csv(&both[..1]));
    assert_eq!(lines(&one)[1], ["ERM", "1", "60.0 ± ?"]);
    let machine = [&TABLE[..], &["--format", "csv"]].concat();
    let machine = table(folder.folder(), &machine, &csv(&both));
    for start in [
        "own,narrow,erm,3,,mine,1,40.0,",
        "own,wide,erm,3,,mine,1,60.0,",
    ] {
        assert!(
            machine.lines().any(|line| line.starts_with(start)),
            "{machine}"
        );
    }

    let twice = [of("wide", "0.6"), of("wide", "0.4")];
    let out = report(folder.folder(), &TABLE, &csv(&twice));
    assert_one_line_error(&out, 1, &["two scores of wide, erm", "eval --row NAME"]);

    // A checkpoint of another program beside ours, which says how many rows it was trained on.
    let ours = Score {
        n_per_env: "10",
        ..SCORE
    };
    let text = table(folder.folder(), &TABLE, &csv(&[ours, of("PyTorch", "0.7")]));
    assert_eq!(
        lines(&text)[1..3],
        [
            ["ERM", "10", "1", "50.0 ± ?"],
            ["PyTorch", "–", "1", "70.0 ± ?"]
        ]
    );
    // It needs no objective, if it has a name.
    let nameless = Score {
        objective: "",
        row: "mine",
        ..SCORE
    };
    let text = table(folder.folder(), &TABLE, &csv(&[nameless]));
    assert_eq!(lines(&text)[1], ["mine", "1", "50.0 ± ?"]);
}

#[test]
fn a_published_number_does_not_stand_beside_two_rows() {
    let folder = Scratch::new();
    let reference = "experiment,objective,classes,n_per_env,column,mean,std,origin,row\n\
                     own,erm,3,,mine,50,1,paper,";
    folder.file("any.csv", format!("{reference}\n").as_bytes());
    folder.file("wide.csv", format!("{reference}wide\n").as_bytes());
    let scores = csv(&["wide", "narrow"].map(|row| Score { row, ..SCORE }));
    let with = |file| [&TABLE[..], &["--reference", file]].concat();
    let out = report(folder.folder(), &with("any.csv"), &scores);
    assert_one_line_error(
        &out,
        1,
        &["published for erm", "narrow, wide", "a column row"],
    );
    let text = table(folder.folder(), &with("wide.csv"), &scores);
    assert_eq!(
        lines(&text)[1..3],
        [
            ["wide", "1", "50.0 ± ? (50.0 ± 1.0) ✓✓✗"],
            ["narrow", "1", "50.0 ± ?"]
        ],
        "{text}"
    );
}

#[test]
fn seeds_of_several_precisions_are_warned_about_and_marked() {
    let folder = Scratch::new();
    let scores = [("f32", 0), ("bf16", 1)].map(|(precision, seed)| Score {
        precision,
        seed,
        ..SCORE
    });
    for arguments in [&TABLE[..], &["page"]] {
        let out = report(folder.folder(), arguments, &csv(&scores));
        assert_eq!(out.code, 0, "{out}");
        assert!(out.text().contains("50.0 ± 0.0‡"), "{out}");
        assert!(out.text().contains("‡: its seeds"), "{out}");
        assert_eq!(
            out.stderr,
            "report: erm (classes 3, no n_per_env): scores of several precisions, bf16 and f32, are in one row; their \
             rounding differs, so train all seeds with one --precision\n"
        );
    }
}

#[test]
fn what_is_left_out_or_unequal_is_said_in_one_line() {
    let folder = Scratch::new();
    let of = |seed, row, name| Score {
        seed,
        row,
        name,
        ..SCORE
    };
    let scores = csv(&[of(0, "a", "x"), of(1, "a", "x"), of(0, "b", "x")]);
    let say = |scores: &str| {
        let out = report(folder.folder(), &TABLE, scores);
        assert_eq!(out.code, 0, "{out}");
        out.stderr
    };
    assert_eq!(
        say(&scores),
        "report: experiment own: not all rows have all 2 seeds: b, erm (classes 3, no n_per_env) lacks 1\n"
    );
    let equal = csv(&[of(0, "a", "x"), of(1, "a", "x")]);
    assert_eq!(say(&equal), "");
    let unnamed = equal.clone() + &equal.lines().nth(1).unwrap().replacen("own", "", 1) + "\n";
    assert_eq!(
        say(&unnamed),
        "report: 1 scores name no experiment and are left out; eval --experiment names it\n"
    );
}

#[test]
fn hostile_names_are_text_in_every_format() {
    let folder = Scratch::new();
    let hostile = "a|b & $c_d$ <i> \\x\n\u{1b}[2J\u{202e}";
    let scores = [
        Score {
            row: hostile,
            name: hostile,
            ..SCORE
        },
        Score {
            row: "p_e = $x$",
            name: "p_e = $x$",
            ..SCORE
        },
        Score {
            row: "other",
            name: hostile,
            ..SCORE
        },
    ];
    for (format, name) in [
        ("text", "a|b & $c_d$ <i> \\x\u{fffd}\u{fffd}[2J\u{fffd}"),
        (
            "markdown",
            "a\\|b \\& $c\\_d$ \\<i\\> \\\\x\u{fffd}\u{fffd}\\[2J\u{fffd}",
        ),
        ("latex", "a$|$b \\& \\$c\\_d\\$ $<$i$>$ \\textbackslash{}x"),
    ] {
        let arguments = [&TABLE[..], &["--format", format]].concat();
        let text = table(folder.folder(), &arguments, &csv(&scores));
        assert_eq!(text.matches(name).count(), 2, "{name}: {text}");
        assert!(!text.contains('\u{1b}'), "{text}");
        if format == "latex" {
            assert_eq!(text.matches("p\\_e = \\$x\\$").count(), 2, "{text}");
        }
    }
    let page = table(folder.folder(), &["page"], &csv(&scores));
    assert_eq!(page.matches("| a\\|b \\& ").count(), 2, "{page}");
    let figure = [
        "figure",
        "accuracy",
        "--experiment",
        "own",
        "--format",
        "svg",
        "-o",
        "-",
    ];
    let svg = table(folder.folder(), &figure, &csv(&scores));
    let name = "a|b &amp; $c_d$ &lt;i&gt; \\x\u{fffd}\u{fffd}[2J\u{fffd}";
    assert_eq!(svg.matches(name).count(), 2, "{svg}");
    // As data they are what they were.
    let arguments = [&TABLE[..], &["--format", "csv"]].concat();
    let data = table(folder.folder(), &arguments, &csv(&scores));
    assert!(
        data.contains(&format!(
            "own,{},erm,3,,{},1,",
            quoted(hostile),
            quoted(hostile)
        )),
        "{data}"
    );
}

#[test]
fn any_number_of_test_environments_has_a_column_each() {
    let folder = Scratch::new();
    let names: Vec<String> = (0..40).map(|place| format!("site-{place}")).collect();
    let scores: Vec<Score> = names.iter().map(|name| Score { name, ..SCORE }).collect();
    let text = table(folder.folder(), &TABLE, &csv(&scores));
    let found = lines(&text);
    let expected: Vec<&str> = ["objective", "n"]
        .into_iter()
        .chain(names.iter().map(String::as_str))
        .collect();
    assert_eq!(found[0], expected);
    assert_eq!(found[1].len(), 2 + 40, "{text}");
}
