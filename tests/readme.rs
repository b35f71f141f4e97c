//! The examples of README.md and docs/, run as a reader would, and the links between these texts.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::Command;

use pipeline_tests::{Scratch, binaries, binary, copy_data, examples, fixture, root, run, succeed};

/// README.md, then docs/*.md by name: the docs go on from the README's examples.
fn documents() -> Vec<PathBuf> {
    let docs = fs::read_dir(root().join("docs")).unwrap();
    let mut docs: Vec<_> = docs
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect();
    docs.sort();
    assert!(docs.len() >= 7, "{docs:?}");
    docs.insert(0, root().join("README.md"));
    docs
}

/// The programs in fenced blocks that begin with ```python alone. The others need packages; tests/python.rs runs them.
fn python_blocks(markdown: &str) -> Vec<String> {
    let mut blocks: Vec<String> = Vec::new();
    let mut inside = false;
    for line in markdown.lines() {
        if inside && line != "```" {
            let block = blocks.last_mut().expect("the block that is open");
            block.push_str(line);
            block.push('\n');
        } else if line == "```python" {
            blocks.push(String::new());
            inside = true;
        } else {
            inside = false;
        }
    }
    blocks
}

/// All commands in one shell, from top to bottom; then the Python programs in the same folder.
#[test]
fn the_examples_work() {
    // Whose commands need the files of its Python: tests/python.rs runs it.
    let documents = documents().into_iter();
    let texts = documents
        .filter(|path| !path.ends_with("docs/python.md"))
        .map(|path| fs::read_to_string(path).unwrap());
    let texts = texts.collect::<Vec<_>>().join("\n");
    // examples() looks for lines that begin with two spaces and a dollar sign.
    let indented: String = texts.lines().map(|line| format!("  {line}\n")).collect();
    let commands = examples(&indented);
    assert!(commands.len() >= 9, "{commands:?}");

    let scratch = Scratch::new();
    copy_data(&scratch);
    fs::create_dir(scratch.path("out")).unwrap();
    fs::rename(scratch.path("data"), scratch.path("out/mnist")).unwrap();
    symlink(binaries(), scratch.path("out/bin")).unwrap();
    symlink(root().join("scripts"), scratch.path("scripts")).unwrap();
    let script = format!("set -e\n{}\n", commands.join("\n"));
    let out = run(
        Command::new("sh")
            .args(["-c", &script])
            .current_dir(scratch.folder()),
        b"",
    );
    assert_eq!(out.code, 0, "{out}");
    assert!(out.stderr.is_empty(), "{out}");
    assert!(out.text().contains("meta-IRM"), "{out}");
    assert!(scratch.path("erm.safetensors").is_file(), "{out}");

    let blocks = python_blocks(&texts);
    assert!(!blocks.is_empty());
    for block in blocks {
        let out = run(
            Command::new("python3")
                .args(["-c", &block])
                .current_dir(scratch.folder()),
            b"",
        );
        assert_eq!(out.code, 0, "{out}");
        assert!(out.stderr.is_empty() && !out.stdout.is_empty(), "{out}");
    }
}

/// safetensors for numpy writes an array that is not contiguous scrambled: no example may show how.
#[test]
fn arrays_are_made_contiguous_before_they_are_saved() {
    let mut found = 0;
    for document in documents() {
        let text = fs::read_to_string(&document).unwrap();
        for block in text
            .split("```")
            .filter(|block| block.starts_with("python"))
        {
            for _ in block.matches("save_file(") {
                let place = document.display();
                assert!(block.contains("ascontiguousarray"), "{place}: {block}");
                found += 1;
            }
        }
    }
    assert!(found >= 4, "{found} examples");
}

#[test]
fn the_table_is_what_report_prints_from_the_committed_rows() {
    let out = succeed(
        binary("report")
            .args(["table", "--experiment", "cmnist", "--format", "markdown"])
            .arg("--reference")
            .arg(fixture("reference.csv"))
            .arg(fixture("results/cmnist.csv")),
    );
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    assert!(readme.contains(out.text().trim()), "{out}");
}

/// The place that GitHub gives a heading.
fn anchor(heading: &str) -> String {
    heading
        .to_lowercase()
        .chars()
        .filter_map(|c| match c {
            ' ' => Some('-'),
            c if c.is_alphanumeric() || c == '-' || c == '_' => Some(c),
            _ => None,
        })
        .collect()
}

/// Every link to a file leads to one, and, where it names a heading, to that heading.
#[test]
fn links_lead_somewhere() {
    let mut checked = 0;
    let others = [
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "fixtures/README.md",
        "fixtures/results/README.md",
    ];
    let others = others.map(|name| root().join(name));
    for document in documents().into_iter().chain(others) {
        let text = fs::read_to_string(&document).unwrap();
        for part in text.split("](").skip(1) {
            let (link, _) = part.split_once(')').expect("the end of a link");
            if link.contains("://") {
                continue;
            }
            let (file, place) = link.split_once('#').unwrap_or((link, ""));
            let target = match file {
                "" => document.clone(),
                file => document.parent().unwrap().join(file),
            };
            let from = document.display();
            assert!(target.exists(), "{from}: {link} leads nowhere");
            if !place.is_empty() {
                let found = fs::read_to_string(&target).unwrap();
                let mut headings = found.lines().filter(|line| line.starts_with('#'));
                assert!(
                    headings.any(|line| anchor(line.trim_start_matches(['#', ' '])) == place),
                    "{from}: {link} names no heading"
                );
            }
            checked += 1;
        }
    }
    assert!(checked >= 40, "{checked} links");
}
