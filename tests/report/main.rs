//! `report` as a real process.

mod own;
mod refusals;

use std::fs;
use std::path::Path;

use pipeline_tests::{
    Output, SCORES_HEADER as HEADER, Scratch, assert_gone_reader_is_no_error,
    assert_one_line_error, binary, fixture, run, run_examples_of, score_rows,
};

/// One row of a binary task with 25,000 digits per environment, named `OBJECTIVE-SEED`.
fn row(objective: &str, seed: u32, split: &str, p_e: &str, accuracy: &str) -> String {
    format!(
        "cmnist,{objective},2,25000,{seed},{split},{p_e},10000,{accuracy},0.5,f32,{objective}-{seed},{split}-{p_e},0.25\n"
    )
}

/// ERM as in the paper, with two seeds.
fn scores() -> String {
    let mut csv = HEADER.to_owned();
    for (seed, accuracies) in [
        (0, ["0.885", "0.795", "0.16", "0.50"]),
        (1, ["0.887", "0.799", "0.17", "0.52"]),
    ] {
        for (p_e, accuracy) in ["0.1", "0.2", "0.9", "0.5"].iter().zip(accuracies) {
            csv += &row("erm", seed, "test", p_e, accuracy);
        }
        csv += &row("erm", seed, "train", "0.1", "0.9");
        csv += &row("erm", seed, "train", "0.2", "0.8");
    }
    csv
}

/// Runs `report` in `folder` with `stdin` piped in.
fn report(folder: &Path, arguments: &[&str], stdin: &str) -> Output {
    let mut command = binary("report");
    run(
        command.args(arguments).current_dir(folder),
        stdin.as_bytes(),
    )
}

/// The standard output of a run that must end well and be quiet.
fn table(folder: &Path, arguments: &[&str], stdin: &str) -> String {
    let out = report(folder, arguments, stdin);
    assert!(out.code == 0 && out.stderr.is_empty(), "{out}");
    out.text().to_owned()
}

/// The paper's numbers.
fn reference() -> String {
    let path = fixture("reference.csv");
    path.into_os_string().into_string().unwrap()
}

#[test]
fn the_papers_table_with_one_row_run() {
    let folder = Scratch::new();
    let arguments = [
        "table",
        "--experiment",
        "cmnist",
        "--reference",
        &reference(),
    ];
    let table = table(folder.folder(), &arguments, &scores());
    let line = |start: &str| {
        let found = table.lines().find(|line| line.starts_with(start));
        let words: Vec<_> = found
            .unwrap_or_else(|| panic!("{start}: {table}"))
            .split("  ")
            .collect();
        words
            .into_iter()
            .map(str::trim)
            .filter(|word| !word.is_empty())
            .collect::<Vec<_>>()
            .join(" | ")
    };
    assert_eq!(
        line("objective"),
        "objective | n | p_e = 0.1 | p_e = 0.2 | p_e = 0.9"
    );
    assert_eq!(
        line("ERM  "),
        "ERM | 2 | 88.6 ± 0.1 (88.6 ± 0.3) ✓✓✓ | 79.7 ± 0.3 (79.7 ± 0.6) ✓✓✓ | 16.5 ± 0.7 (16.4 ± 0.8) ✓✓✓"
    );
    assert_eq!(
        line("MM-REx"),
        "MM-REx | 0 | – (70.8 ± 1.5†) | – (70.4 ± 2.0†) | – (66.1 ± 4.9†)"
    );
    assert_eq!(
        line("Cells with"),
        "Cells with the first/second/third ✓: 3/3/3 of the 12 cells from the paper (9 not run); 0/0/0 of the 6 cells from its author's page (6 not run)."
    );
}

#[test]
fn files_pipes_and_order_give_the_same_bytes_in_every_format() {
    let folder = Scratch::new();
    let mut lines: Vec<_> = scores()
        .lines()
        .skip(1)
        .map(|line| format!("{line}\n"))
        .collect();
    lines.reverse();
    let (one, two) = lines.split_at(5);
    for (name, part) in [("one.csv", one), ("two.csv", two)] {
        fs::write(folder.path(name), format!("{HEADER}{}", part.concat())).unwrap();
    }
    for format in ["text", "markdown", "latex", "csv"] {
        let base = [
            "table",
            "--experiment",
            "cmnist",
            "--reference",
            &reference(),
            "--format",
            format,
        ];
        let piped = table(folder.folder(), &base, &scores());
        let with = |more: &[&str]| table(folder.folder(), &[&base, more].concat(), &scores());
        assert_eq!(with(&["-"]), piped, "{format}");
        assert_eq!(with(&["one.csv", "two.csv"]), piped, "{format}");
        assert_eq!(with(&["-o", "out", "two.csv", "one.csv"]), "");
        assert_eq!(
            fs::read_to_string(folder.path("out")).unwrap(),
            piped,
            "{format}"
        );
    }
}

#[test]
fn chosen_columns_as_csv_and_without_a_reference() {
    let folder = Scratch::new();
    let arguments = [
        "table",
        "--experiment",
        "cmnist",
        "--columns",
        "train,0.5",
        "--format",
        "csv",
    ];
    assert_eq!(
        table(folder.folder(), &arguments, &scores()),
        "experiment,row,objective,classes,n_per_env,column,n,mean,std,paper_mean,paper_std,origin,verdict\n\
         cmnist,,erm,2,25000,train,2,85.0,0.0,,,,\n\
         cmnist,,erm,2,25000,0.5,2,51.0,1.4142135623730951,,,,\n"
    );
}

#[test]
fn references_without_the_table_are_said_aloud() {
    let folder = Scratch::new();
    let mine = scores().replace("cmnist,", "mine,");
    let reference = reference();
    let arguments = ["table", "--experiment", "mine", "--reference", &reference];
    let out = report(folder.folder(), &arguments, &mine);
    assert_eq!(out.code, 0, "{out}");
    assert_eq!(
        out.stderr,
        format!("report: {reference} has no experiment mine; nothing is compared\n")
    );
    assert!(!out.text().contains("Summary"), "{out}");
}

#[test]
fn scores_without_a_column_that_older_files_lack_are_read() {
    let folder = Scratch::new();
    let older = scores().replace(",precision", "").replace(",f32,", ",");
    let arguments = ["table", "--experiment", "cmnist"];
    let with = table(folder.folder(), &arguments, &scores());
    let without = table(folder.folder(), &arguments, &older);
    assert_eq!(without, with.replace("; precision: f32.", "."));
    assert_ne!(without, with);

    // Version 0.1.0 did not say the label noise, so nobody knows what is optimal.
    let oldest = scores()
        .replace(",label_noise", "")
        .replace(",0.25\n", "\n");
    let without = table(folder.folder(), &arguments, &oldest);
    let optimal = |line: &&str| !line.starts_with("Optimal");
    let lines: Vec<_> = with.lines().filter(optimal).collect();
    assert_eq!(without.lines().collect::<Vec<_>>(), lines);
}

#[test]
fn files_joined_by_cat_are_read_and_an_empty_input_says_so() {
    let folder = Scratch::new();
    let arguments = ["table", "--experiment", "cmnist"];
    let other = scores().replace(",erm,", ",irmv1,");
    let older = other.replace(",precision", "").replace(",f32,", ",");
    let once = scores() + other.split_once('\n').unwrap().1;
    let expected = table(folder.folder(), &arguments, &once);
    assert_eq!(
        table(folder.folder(), &arguments, &(scores() + &other)),
        expected
    );
    assert_eq!(
        table(folder.folder(), &arguments, &(scores() + &older)),
        expected
    );
    let out = report(folder.folder(), &arguments, "");
    assert_one_line_error(&out, 1, &["standard input", "the input is empty"]);
}

#[test]
fn a_p_e_that_was_computed_is_in_the_column_of_its_decimal() {
    let folder = Scratch::new();
    let computed = scores().replace(",test,0.1,", ",test,0.09999999999999998,");
    assert_ne!(computed, scores());
    let reference = reference();
    for more in [
        &["--reference", &reference][..],
        &["--columns", "0.1"],
        &["--columns", "0.10000000000000002"],
    ] {
        let arguments = [&["table", "--experiment", "cmnist"], more].concat();
        let text = table(folder.folder(), &arguments, &computed);
        assert_eq!(text, table(folder.folder(), &arguments, &scores()));
        assert!(
            text.contains("p_e = 0.1") && text.contains("88.6"),
            "{text}"
        );
    }
    for arguments in [
        "figure accuracy --experiment cmnist --format svg -o -",
        "statistics --experiment cmnist",
        "page",
    ] {
        let arguments: Vec<_> = arguments.split(' ').collect();
        let text = table(folder.folder(), &arguments, &computed);
        let expected = table(folder.folder(), &arguments, &scores());
        assert!(text == expected, "{arguments:?}: {text}");
    }
}

#[test]
fn runs_on_environments_of_unequal_size_are_in_tables_figures_and_pages() {
    let folder = Scratch::new();
    let unequal = scores().replace(",25000,", ",,");
    let arguments = ["table", "--experiment", "cmnist"];
    let alone = table(folder.folder(), &arguments, &unequal);
    assert_eq!(alone, table(folder.folder(), &arguments, &scores()));

    // Beside runs on environments of one size they are a row of their own, the last.
    let both = scores() + unequal.split_once('\n').unwrap().1;
    let text = table(folder.folder(), &arguments, &both);
    let leads: Vec<Vec<&str>> = text
        .lines()
        .filter(|line| line.starts_with("ERM"))
        .map(|line| line.split_whitespace().take(3).collect())
        .collect();
    assert_eq!(leads, [["ERM", "25000", "2"], ["ERM", "–", "2"]], "{text}");

    let csv = table(
        folder.folder(),
        &[&arguments[..], &["--format", "csv"]].concat(),
        &unequal,
    );
    assert!(csv.contains("\ncmnist,,erm,2,,0.1,2,"), "{csv}");
    let page = table(folder.folder(), &["page"], &both);
    assert!(page.contains("| – | 2 |"), "{page}");
    let figure = [
        "figure",
        "accuracy",
        "--experiment",
        "cmnist",
        "--format",
        "svg",
        "-o",
        "-",
    ];
    let svg = table(folder.folder(), &figure, &both);
    assert!(svg.contains("ERM, unequal numbers of images"), "{svg}");

    let smaller = scores().replace(",25000,", ",12500,");
    let three = both + smaller.split_once('\n').unwrap().1;
    let figure = [
        "figure",
        "data",
        "--experiment",
        "cmnist",
        "--p-e",
        "0.9",
        "--format",
        "svg",
        "-o",
        "-",
    ];
    let out = report(folder.folder(), &figure, &three);
    assert_eq!(out.code, 0, "{out}");
    assert_eq!(
        out.stderr,
        "report: erm (classes 2, no n_per_env): not drawn, because its training environments have no one number of rows\n"
    );
}

#[test]
fn a_reader_that_went_away_is_no_error() {
    let mut command = binary("report");
    command.args(["table", "--experiment", "cmnist"]);
    assert_gone_reader_is_no_error(&mut command, scores().as_bytes());
}

#[test]
fn the_examples_of_the_help_work() {
    let folder = Scratch::new();
    fs::create_dir(folder.path("fixtures")).unwrap();
    fs::copy(reference(), folder.path("fixtures/reference.csv")).unwrap();
    folder.file("scores.csv", scores().as_bytes());
    let outputs = [&[][..], &["table"]].map(|path| run_examples_of(&folder, "report", path));
    let outputs = outputs.concat();
    assert_eq!(outputs.len(), 5);
    for out in outputs {
        let written = out.command.contains(" -o ");
        assert!(written || out.text().contains("ERM"), "{out}");
    }
    let markdown = fs::read_to_string(folder.path("cmnist.md")).unwrap();
    assert!(markdown.contains("| ERM |"), "{markdown}");
}

/// The lines of the table in CSV for which the columns `objective` to `column` are `place`, cut to
/// what comes after them.
fn cell(csv: &str, place: &str) -> String {
    let found: Vec<_> = csv
        .lines()
        .filter_map(|line| line.split_once(&format!(",{place},")))
        .map(|(_, rest)| rest.to_owned())
        .collect();
    assert_eq!(found.len(), 1, "{place}: {csv}");
    found[0].clone()
}

#[test]
fn every_table_of_the_paper_with_rows_the_paper_has_not() {
    let folder = Scratch::new();
    let mut scores = HEADER.to_owned();
    for (table, objective, classes, n_per_env) in [
        ("multiclass", "erm", 5, 25000),
        ("multiclass", "meta-irm", 10, 25000),
        ("insufficient", "meta-irm", 2, 12500),
        ("insufficient", "meta-irm", 2, 6250),
        ("insufficient", "erm", 2, 6250),
        ("two-spurious", "erm", 2, 25000),
        ("two-spurious", "v-rex", 2, 25000),
        ("ablation", "meta-irm", 2, 25000),
        ("ablation", "meta-irm-no-std", 2, 25000),
        ("ablation", "meta-irm-first-order", 2, 25000),
        ("ablation", "meta-irm-same-env", 2, 25000),
    ] {
        scores += &score_rows(table, objective, classes, n_per_env, &[0.70, 0.72]);
    }
    let reference = reference();
    let csv = |name: &str| {
        let arguments = [
            "table",
            "--experiment",
            name,
            "--reference",
            &reference,
            "--format",
            "csv",
        ];
        table(folder.folder(), &arguments, &scores)
    };
    let multiclass = csv("multiclass");
    let ours = "2,71.0,1.4142135623730951";
    for (place, rest) in [
        ("erm,5,25000,train", ",95.2,0.2,paper,differs"),
        ("erm,5,25000,0.9", ",41.0,0.6,paper,differs"),
        (
            "meta-irm,10,25000,0.9",
            ",73.4,3.2,paper,spread+point+interval",
        ),
    ] {
        assert_eq!(cell(&multiclass, place), format!("{ours}{rest}"));
    }
    assert_eq!(
        cell(&multiclass, "erm,10,25000,train"),
        "0,,,92.6,0.2,paper,not-run"
    );
    assert!(!multiclass.contains(",25000,0.1,"), "{multiclass}");

    let insufficient = csv("insufficient");
    assert_eq!(
        cell(&insufficient, "meta-irm,2,12500,0.1"),
        format!("{ours},70.6,1.5,paper,spread+point+interval")
    );
    for objective in ["erm", "meta-irm"] {
        let place = format!("{objective},2,6250,0.9");
        assert_eq!(cell(&insufficient, &place), format!("{ours},,,,"));
    }
    let text = [
        "table",
        "--experiment",
        "insufficient",
        "--reference",
        &reference,
    ];
    let text = table(folder.folder(), &text, &scores);
    assert!(text.contains("n_per_env"), "{text}");
    assert!(
        text.lines()
            .any(|line| line.starts_with("ERM") && line.contains("6250")),
        "{text}"
    );

    let two_spurious = csv("two-spurious");
    assert_eq!(
        cell(&two_spurious, "erm,2,25000,0.2"),
        format!("{ours},,,,")
    );
    assert_eq!(
        cell(&two_spurious, "v-rex,2,25000,0.9"),
        format!("{ours},13.5,0.3,paper,differs")
    );

    let ablation = csv("ablation");
    assert_eq!(ablation.lines().count(), 1 + 4 * 2);
    assert!(!ablation.contains("not-run"), "{ablation}");
    assert!(
        ablation
            .lines()
            .skip(1)
            .all(|line| line.contains(",paper,"))
    );
}

#[test]
fn a_variant_is_compared_and_not_counted() {
    for (variant, note) in [
        ("cmnist-honest", "Honest selection: the published numbers"),
        ("cmnist-wide", "Other settings: the published numbers"),
    ] {
        let folder = Scratch::new();
        let scores = scores().replace("cmnist,", &format!("{variant},"));
        let reference = reference();
        let arguments = ["table", "--experiment", variant, "--reference", &reference];
        let as_csv = [&arguments[..], &["--format", "csv"]].concat();
        let cells = table(folder.folder(), &as_csv, &scores);
        let table = table(folder.folder(), &arguments, &scores);
        assert!(table.contains("88.6 ± 0.1 (88.6 ± 0.3)"), "{table}");
        // Beside each published number stands one of ours, and no verdict.
        assert!(cells.lines().count() > 1, "{cells}");
        for line in cells.lines().skip(1) {
            assert!(line.ends_with(','), "{line}");
        }
        // No cell has a verdict, and no row without scores stands there for its published numbers alone.
        assert!(!table.contains(['✓', '✗', '–']), "{table}");
        assert!(table.contains(note), "{table}");
        assert!(table.contains("are those of the table cmnist."), "{table}");
        assert!(table.contains("No cell is judged or counted."), "{table}");
        assert!(!table.contains("Cells with"), "{table}");
    }
}

#[test]
fn precisions_are_a_column_where_rows_differ() {
    let folder = Scratch::new();
    let arguments = ["table", "--experiment", "cmnist"];
    let same = table(folder.folder(), &arguments, &scores());
    assert!(
        same.contains("precision: f32.") && !same.contains("precision  n"),
        "{same}"
    );
    let other = [0, 1].map(|seed| row("v-rex", seed, "test", "0.1", "0.7"));
    let other = other.concat().replace(",f32,", ",bf16,");
    let differing = table(folder.folder(), &arguments, &(scores() + &other));
    assert!(differing.contains("precision  n"), "{differing}");
    let line = differing.lines().find(|line| line.starts_with("V-REx"));
    assert!(line.unwrap().contains("  bf16  "), "{differing}");
}
