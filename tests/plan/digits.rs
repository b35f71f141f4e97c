//! The digits that environments are made from, and test environments with a name of their own.

use std::fs;
use std::os::unix::fs::symlink;

use pipeline_tests::make::Experiments;
use pipeline_tests::{Scratch, assert_one_line_error, root};

use crate::{folder, plan, rule};

/// Environments of two data sets, and one of digits that are only tested on; a row that is tested on these too.
const SOURCES: [(&str, &str); 2] = [
    (
        "environments.csv",
        "\
environments,digits,flags of mkenv,training p_e,test p_e,test environments of
color,,--classes 2,0.2 0.1,0.9,
fresh,mnist/t10k,--classes 2,,0.1 0.9,
clothes,fashion,--classes 2,0.2 0.1,0.9,
",
    ),
    (
        "runs.csv",
        "\
experiment,row,environments,also tested on,objective,other flags
cmnist,erm,color,t10k=fresh,erm,
fashion,erm,clothes,,erm,
",
    ),
];

/// A folder `tables` with [`SOURCES`].
fn folder_of_sources() -> Scratch {
    let scratch = folder(Experiments {
        environments: "",
        runs: "",
        figures: "",
    });
    for (name, text) in SOURCES {
        scratch.file(&format!("tables/{name}"), text.as_bytes());
    }
    scratch
}

#[test]
fn environments_are_made_from_the_digits_that_their_kind_names() {
    let scratch = folder_of_sources();
    let out = plan(&scratch, "rules --flags flags");
    assert!(out.code == 0 && out.stderr.is_empty(), "{out}");
    let rules = out.text();
    for (file, images, split) in [
        (
            "color/seed-%/train-1",
            "mnist/train",
            "train --part 1/2 --p-e 0.2",
        ),
        ("color/seed-%/test-0.9", "mnist/train", "test --p-e 0.9"),
        ("clothes/seed-%/test-0.9", "fashion/train", "test --p-e 0.9"),
        ("fresh/seed-%/test-0.1", "mnist/t10k", "all --p-e 0.1"),
    ] {
        let rule = rule(rules, &format!("environments/{file}.safetensors"));
        let [images, labels] =
            ["images-idx3", "labels-idx1"].map(|of| format!("$(DIGITS)/{images}-{of}-ubyte"));
        assert!(rule.contains(&format!(" {images} {labels}\n")), "{rule}");
        assert!(rule.contains(&format!(" --split {split} ")), "{rule}");
    }
    assert!(!rules.contains("fresh/seed-%/train"), "{rules}");
    for line in ["digits_of/cmnist := mnist", "digits_of/fashion := fashion"] {
        assert!(rules.lines().any(|found| found == line), "{rules}");
    }
    // Other digits are another recipe; those of MNIST are not named.
    let recipes = plan(&scratch, "recipes");
    let lines: Vec<_> = recipes.text().lines().skip(1).collect();
    let expected = [
        "cmnist/erm,--classes 2,--objective erm",
        "fashion/erm,fashion --classes 2,--objective erm",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn a_row_is_also_tested_on_environments_with_a_name() {
    let scratch = folder_of_sources();
    let out = plan(&scratch, "rules --flags flags");
    let eval = rule(out.text(), "scores/cmnist/erm/seed-%.csv");
    let files = ["0.1", "0.9"]
        .map(|p_e| format!("$(OUT)/environments/fresh/seed-%/test-{p_e}.safetensors"));
    assert!(eval.contains(&format!(" {}\n", files.join(" "))), "{eval}");
    let [one, other] = files.map(|file| file.replace('%', "$*"));
    let named = format!(
        " --env $(filter-out {one} {other},$(filter $(OUT)/environments/%,$^)) t10k={one} t10k={other}\n"
    );
    assert!(eval.contains(&named), "{eval}");
    let flags = fs::read_to_string(scratch.path("flags/eval/cmnist/erm")).unwrap();
    assert!(
        flags.contains("\nt10k=environments/fresh/seed-%/test-0.9.safetensors\n"),
        "{flags}"
    );
    // Where nothing has a name, the rule is as short as it was.
    let eval = rule(out.text(), "scores/fashion/erm/seed-%.csv");
    assert!(
        eval.contains(" --env $(filter $(OUT)/environments/%,$^)\n"),
        "{eval}"
    );
}

#[test]
fn digits_and_further_tests_that_make_no_sense_are_refused() {
    for (from, to, says) in [
        (
            "color,,",
            "color,../mnist,",
            "line 2, digits: found \"../mnist\", expected a folder of digits",
        ),
        (
            "color,,",
            "color,mn$t,",
            "line 2, digits: found \"mn$t\", expected a name",
        ),
        (
            "color,,",
            "color,mnist/t10k,",
            "line 2, training p_e: found \"0.2 0.1\", expected nothing",
        ),
        (
            "fresh,mnist/t10k",
            "fresh,mnist",
            "line 3, training p_e: found nothing",
        ),
        (
            "environments,digits",
            "environments,digit",
            "line 1: found the column \"digit\", expected environments,",
        ),
        (
            "erm,clothes",
            "erm,fresh",
            "line 3, environments: found \"fresh\", which has no training p_e",
        ),
        (
            "t10k=fresh",
            "t10k=stale",
            "line 2, also tested on: found \"stale\", expected one of color fresh clothes",
        ),
        (
            "t10k=fresh",
            "t10k=color",
            "line 2, also tested on: found \"t10k=color\", expected a kind with a test p_e",
        ),
        (
            "t10k=fresh",
            "0.9=fresh",
            "line 2, also tested on: found \"0.9=fresh\", expected a name that begins",
        ),
        (
            "t10k=fresh",
            "train=fresh",
            "line 2, also tested on: found \"train=fresh\", expected a name",
        ),
        (
            "t10k=fresh",
            "a=fresh b=fresh",
            "line 2, also tested on: found \"b=fresh\", expected each name and each",
        ),
    ] {
        let scratch = folder_of_sources();
        let mut replaced = 0;
        for (name, text) in SOURCES {
            replaced += usize::from(text.contains(from));
            scratch.file(&format!("tables/{name}"), text.replace(from, to).as_bytes());
        }
        assert_eq!(replaced, 1, "{from}");
        let out = plan(&scratch, "rules --flags flags -o rules.mk");
        assert_one_line_error(&out, 1, &["plan: tables/", says]);
    }
}

/// Each row of the experiment `name` in the repository's runs.csv: its own name, and the cells that are flags of train.
fn committed_flags(name: &str) -> Vec<(String, Vec<String>)> {
    let text = fs::read_to_string(root().join("scripts/experiments/runs.csv")).unwrap();
    let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let header = lines.next().unwrap();
    let is_flag =
        |column: &str| !["experiment", "row", "environments", "also tested on"].contains(&column);
    let of_experiment = lines.filter(|cells| cells[0] == name);
    of_experiment
        .map(|cells| {
            let flags = header
                .iter()
                .zip(&cells)
                .filter(|(column, _)| is_flag(column));
            (
                cells[1].to_owned(),
                flags.map(|(_, cell)| (*cell).to_owned()).collect(),
            )
        })
        .collect()
}

#[test]
fn fashion_has_the_settings_of_cmnist() {
    let fashion = committed_flags("fashion");
    let names: Vec<_> = fashion.iter().map(|(row, _)| row.as_str()).collect();
    assert_eq!(
        names,
        ["erm", "irmv1", "v-rex", "meta-irm", "erm-grayscale"]
    );
    let cmnist = committed_flags("cmnist");
    for row in &fashion {
        assert!(cmnist.contains(row), "{row:?}");
    }
}

/// A second test set, whose digits no published Colored MNIST uses.
#[test]
fn the_main_table_is_also_tested_on_the_t10k_digits() {
    let scratch = Scratch::new();
    symlink(root().join("scripts/experiments"), scratch.path("tables")).unwrap();
    // Some figures are drawn from the records there.
    symlink(root().join("fixtures"), scratch.path("fixtures")).unwrap();
    let out = plan(&scratch, "rules --flags flags");
    assert!(out.code == 0 && out.stderr.is_empty(), "{out}");
    let rows = committed_flags("cmnist");
    assert!(rows.len() >= 6, "{rows:?}");
    for (row, _) in rows {
        let kind = match row.as_str() {
            "erm-grayscale" => "fresh-grayscale",
            _ => "fresh",
        };
        let eval = rule(out.text(), &format!("scores/cmnist/{row}/seed-%.csv"));
        for p_e in ["0.1", "0.2", "0.9"] {
            let file = format!("environments/{kind}/seed-$*/test-{p_e}.safetensors");
            assert!(eval.contains(&format!(" fresh=$(OUT)/{file}")), "{eval}");
            let made = rule(out.text(), &file.replace("$*", "%"));
            let all = "$(DIGITS)/mnist/t10k-images-idx3-ubyte";
            assert!(
                made.contains(all) && made.contains(" --split all "),
                "{made}"
            );
        }
    }
}

#[test]
fn fashion_is_said_to_be_untuned() {
    let note = root().join("scripts/experiments/notes/fashion.md");
    let note = fs::read_to_string(note).unwrap();
    let first = note.lines().next().unwrap();
    assert_eq!(first, "All settings are those of `cmnist`, untuned.");
}
