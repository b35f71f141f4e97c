//! A figure that is drawn from the records of searches: it needs no run.

use std::fs;

use super::*;

const RECORD: &str = "fixtures/search/tried.csv";
const FIGURE: &str = "out/figures/steps.svg";

/// The tables with a figure that is shown under `cmnist`, and another experiment.
fn workspace() -> Workspace {
    let runs = format!("{RUNS}other,erm,color,erm,4,2,,,\n");
    let workspace = Workspace::new(Experiments {
        runs: &runs,
        figures: "steps,cmnist,search,\"Adam,_λ_=_5=tried/0 SGD=tried/1/full\",,Accuracy over the steps\n",
        ..EXPERIMENTS
    });
    fs::create_dir(workspace.path("fixtures/search")).unwrap();
    let record = "trial,row,seed,steps,accuracy_0.9,precision,outcome\n\
                  0,full,7,10,0.25,f32,scored\n0,full,7,20,0.5,f32,scored\n\
                  1,full,7,10,0.25,f32,scored\n1,full,7,20,0.75,f32,scored\n";
    fs::write(workspace.path(RECORD), record).unwrap();
    workspace
}

#[test]
fn a_figure_of_searches_is_drawn_from_their_records_where_its_table_is_asked_for() {
    let workspace = workspace();
    workspace.made("out/results.md TABLES=other SEEDS=1");
    assert!(!workspace.path(FIGURE).exists());

    let page = "out/results.md TABLES=cmnist ROWS=erm SEEDS=1";
    workspace.made(page);
    let drawn = workspace.read(FIGURE);
    for heading in ["\nAdam, λ = 5\n", "\nSGD\n"] {
        assert!(drawn.contains(heading), "{drawn}");
    }
    assert!(workspace.path("out/figures/steps.png").exists());
    assert!(
        workspace
            .read("out/results.md")
            .contains("(figures/steps.svg)")
    );

    // It is drawn once more only where the record is another.
    let none: [String; 0] = [];
    assert_eq!(remade(&workspace, page), none);
    workspace.edit(RECORD, "0.75", "0.95");
    let remade = remade(&workspace, page);
    for file in [FIGURE, "out/figures/steps.png"] {
        assert!(remade.iter().any(|made| made == file), "{remade:?}");
    }
    assert!(!remade.iter().any(|file| file.starts_with("out/scores")));
    let redrawn = workspace.read(FIGURE);
    assert_ne!(redrawn, drawn);

    // The same from what is committed.
    fs::create_dir(workspace.path("fixtures/results")).unwrap();
    let committed = workspace.path("fixtures/results/cmnist.csv");
    fs::copy(workspace.path("out/scores/cmnist.csv"), committed).unwrap();
    let recipes = workspace.path("fixtures/results/recipes.csv");
    fs::write(recipes, "run,mkenv,train\ncmnist/erm,,\n").unwrap();
    workspace.made("rerender");
    assert_eq!(
        workspace.read("fixtures/results/figures/steps.svg"),
        redrawn
    );
}
