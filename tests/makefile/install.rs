//! `make install`.

use pipeline_tests::make::{Workspace, files};
use pipeline_tests::succeed;

use crate::EXPERIMENTS;

#[test]
fn install_puts_programs_pages_and_completions_below_the_prefix() {
    let workspace = Workspace::new(EXPERIMENTS);
    let mut make = workspace.command("make");
    // A packager's folder, which the installed files know nothing of.
    make.args(["install", "PREFIX=/usr", "DESTDIR=a b"]);
    let out = succeed(&mut make);
    assert!(out.text().contains("in a b/usr"), "{out}");
    let found = files(&workspace.path("a b/usr"));
    for program in ["mkenv", "train", "eval", "report", "inspect"] {
        let mut expected = vec![
            format!("bin/{program}"),
            format!("share/man/man1/{program}.1"),
        ];
        // A shell has an eval of its own, and that one's completions.
        if program != "eval" {
            expected.extend([
                format!("share/bash-completion/completions/{program}"),
                format!("share/zsh/site-functions/_{program}"),
                format!("share/fish/vendor_completions.d/{program}.fish"),
            ]);
        }
        for file in expected {
            assert!(found.contains(&file), "{file}: {found:?}");
        }
        let installed = workspace.path(&format!("a b/usr/bin/{program}"));
        succeed(std::process::Command::new(installed).arg("--version"));
    }
    assert!(!found.contains(&"bin/plan".to_owned()));
}
