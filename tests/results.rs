//! The committed results: what stands in fixtures/results is what the programs make of the rows there.

use std::fs;

use pipeline_tests::make::Workspace;
use pipeline_tests::{EVAL_HEADER, csv, fixture, number, root};

#[test]
fn tables_figures_and_page_are_rendered_again_byte_for_byte() {
    let workspace = Workspace::committed();
    let copied = std::process::Command::new("cp")
        .arg("-R")
        .arg(root().join("fixtures/results"))
        .arg(workspace.path("fixtures"))
        .status()
        .unwrap();
    assert!(copied.success());
    workspace.made("check-rendering");
}

/// Rows that are older than a column were carried over: they must say what eval would say today.
#[test]
fn committed_rows_are_of_todays_form() {
    let mut checked = 0;
    for entry in fs::read_dir(fixture("results")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        if path.extension().is_none_or(|ending| ending != "csv") || name == "recipes" {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        for row in csv(&text, EVAL_HEADER) {
            let mut folders = row["checkpoint"].rsplit('/').skip(1);
            let trained_as = folders.next().unwrap();
            // A row that is trained as another has that one's checkpoint.
            let aliased = folders.next() != Some(row["experiment"]);
            assert!(aliased || row["row"] == trained_as, "{name}: {row:?}");
            assert!(!row["row"].is_empty(), "{name}: {row:?}");
            let on_training = (row["split"] == "train").to_string();
            assert_eq!(row["trained_on"], on_training, "{name}: {row:?}");
            assert_eq!(number(&row, "label_noise"), 0.25, "{name}: {row:?}");
            checked += 1;
        }
    }
    assert!(checked > 2000, "{checked} rows");
}
