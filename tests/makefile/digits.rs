//! Several data sets, and test digits of their own.

use std::fs;

use pipeline_tests::make::{Workspace, files};
use safetensors::SafeTensors;

use crate::{ENVIRONMENTS_CSV, EXPERIMENTS, RUNS_CSV, made, remade};

/// Two data sets, of which the second is the fixture's digits under another name.
fn two_data_sets() -> Workspace {
    let workspace = Workspace::new(EXPERIMENTS);
    let environments = "\
environments,digits,flags of mkenv,training p_e,test p_e,test environments of
color,mnist,--classes 2 --limit 40,0.2 0.1,0.1 0.9,
clothes,fashion,--classes 2 --limit 40,0.2 0.1,0.9,
";
    fs::write(workspace.path(ENVIRONMENTS_CSV), environments).unwrap();
    workspace.add("runs", "clothes,erm,clothes,erm,4,2,,,");
    workspace
}

#[test]
fn data_says_whose_experiments_are_meant() {
    let workspace = two_data_sets();
    let page = |arguments: &str| {
        let out = workspace.made(&format!("-n page SEEDS=1 {arguments}"));
        let made = made(&out);
        ["cmnist", "clothes"]
            .map(|name| made.contains(&format!("out/scores/{name}/erm/seed-0.csv")))
    };
    // What fetches is not run by -n either.
    assert_eq!(page(""), [true, false]);
    assert_eq!(page("DATA=fashion"), [false, true]);
    assert_eq!(page("TABLES=clothes"), [false, true]);
    let status = workspace.made("status SEEDS=1 DATA=fashion");
    assert!(
        status.text().contains("clothes") && !status.text().contains("cmnist"),
        "{status}"
    );

    workspace.script(
        "scripts/fetch",
        "echo \"$@\" >>fetched; mkdir -p $2; cp out/mnist/train-* $2",
    );
    let clothes = remade(&workspace, "table-clothes SEEDS=1");
    assert_eq!(clothes.len(), 5, "{clothes:?}");
    // Once for the images, and once more, where it finds the labels there.
    assert!(
        workspace
            .read("fetched")
            .lines()
            .all(|line| line == "fashion out/fashion")
    );
    let [one, other] = ["color/seed-0/test-0.9", "clothes/seed-0/test-0.9"]
        .map(|file| format!("out/environments/{file}.safetensors"));
    workspace.made(&one);
    assert_eq!(
        fs::read(workspace.path(&one)).unwrap(),
        fs::read(workspace.path(&other)).unwrap()
    );

    // The digits of both stay.
    fs::remove_file(workspace.path("fetched")).unwrap();
    workspace.made("clean");
    workspace.made("data DATA=fashion");
    workspace.made("data");
    assert!(!workspace.path("fetched").exists());
    assert_eq!(files(&workspace.path("out")).len(), 4);
}

#[test]
fn a_row_is_also_tested_on_digits_of_its_own() {
    let workspace = Workspace::new(EXPERIMENTS);
    let environments = "\
environments,digits,flags of mkenv,training p_e,test p_e,test environments of
color,mnist,--classes 2 --limit 40,0.2 0.1,0.1 0.9,
fresh,mnist/t10k,--classes 2,,0.9,
";
    fs::write(workspace.path(ENVIRONMENTS_CSV), environments).unwrap();
    workspace.edit(
        RUNS_CSV,
        "environments,objective",
        "environments,also tested on,objective",
    );
    workspace.edit(RUNS_CSV, "cmnist,erm,color,", "cmnist,erm,color,fresh,");
    workspace.edit(RUNS_CSV, "v-rex,color,", "v-rex,color,,");
    for file in ["images-idx3", "labels-idx1"] {
        let file = format!("{file}-ubyte");
        let [from, to] =
            ["train", "t10k"].map(|of| workspace.path(&format!("out/mnist/{of}-{file}")));
        fs::copy(from, to).unwrap();
    }
    let fresh = "out/environments/fresh/seed-0/test-0.9.safetensors";
    workspace.made(fresh);
    let bytes = fs::read(workspace.path(fresh)).unwrap();
    let labels = SafeTensors::deserialize(&bytes).unwrap();
    assert_eq!(labels.tensor("labels").unwrap().shape(), [1200]);

    let shown = workspace.made("-n out/scores/cmnist/erm/seed-0.csv");
    let eval = shown
        .text()
        .lines()
        .find(|line| line.contains("bin/eval --experiment"));
    let eval = eval.unwrap_or_else(|| panic!("{shown}"));
    let named = format!("out/environments/color/seed-0/test-0.9.safetensors fresh={fresh}");
    assert!(eval.ends_with(&named), "{eval}");
    let other = workspace.made("-n out/scores/cmnist/v-rex/seed-0.csv");
    assert!(!other.text().contains("fresh"), "{other}");
}
