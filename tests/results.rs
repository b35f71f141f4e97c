//! The committed results: what stands in fixtures/results is what the programs make of the rows there.

use pipeline_tests::make::Workspace;
use pipeline_tests::root;

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
