//! `make` in a folder of its own, on the fixture's digits and with the tests' binaries in the place of
//! those that cargo would build.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Output, Scratch, binaries, fixture, root, run};

/// The columns of environments.csv.
pub const ENVIRONMENTS_HEADER: &str =
    "environments,flags of mkenv,training p_e,test p_e,test environments of\n";
/// Columns of runs.csv: those of train's flags that the tests' experiments use.
pub const RUNS_HEADER: &str =
    "experiment,row,environments,objective,hidden,steps,anneal,lr,other flags\n";
/// The columns of figures.csv.
pub const FIGURES_HEADER: &str = "figure,shown under,kind,drawn from,leave out,alternative text\n";

/// The rows of the tables of experiments, without their headers.
#[derive(Clone, Copy)]
pub struct Experiments<'a> {
    /// Those of environments.csv.
    pub environments: &'a str,
    /// Those of runs.csv.
    pub runs: &'a str,
    /// Those of figures.csv.
    pub figures: &'a str,
}

impl Experiments<'_> {
    /// Writes the tables into `folder`.
    pub fn write(&self, folder: &Path) {
        for (name, header, rows) in [
            ("environments.csv", ENVIRONMENTS_HEADER, self.environments),
            ("runs.csv", RUNS_HEADER, self.runs),
            ("figures.csv", FIGURES_HEADER, self.figures),
        ] {
            fs::write(folder.join(name), format!("{header}{rows}")).unwrap();
        }
    }
}

/// A copy of what `make` needs.
pub struct Workspace(Scratch);

impl Workspace {
    /// With `experiments` in scripts/experiments.
    pub fn new(experiments: Experiments) -> Self {
        let workspace = Self::without_experiments();
        experiments.write(&workspace.path("scripts/experiments"));
        workspace
    }

    /// With the repository's own experiments.
    pub fn committed() -> Self {
        let workspace = Self::without_experiments();
        workspace.copy("scripts/experiments");
        workspace.copy("scripts/experiments/notes");
        // Some figures are drawn from them.
        workspace.copy("fixtures/search");
        workspace
    }

    fn without_experiments() -> Self {
        let workspace = Self(Scratch::new());
        for folder in ["fixtures", "out/mnist", "bin", "built/release"] {
            fs::create_dir_all(workspace.path(folder)).unwrap();
        }
        fs::create_dir_all(workspace.path("scripts/experiments/notes")).unwrap();
        for file in ["Makefile", "fixtures/reference.csv"] {
            fs::copy(root().join(file), workspace.path(file)).unwrap();
        }
        workspace.copy("scripts");
        workspace.copy("scripts/make");
        for name in ["train-images-idx3-ubyte", "train-labels-idx1-ubyte"] {
            let copy = workspace.path(&format!("out/mnist/{name}"));
            fs::copy(fixture("mnist").join(name), copy).unwrap();
        }
        for program in ["plan", "mkenv", "train", "eval", "report", "inspect"] {
            let place = workspace.path(&format!("built/release/{program}"));
            symlink(binaries().join(program), place).unwrap();
        }
        workspace.script("bin/cargo", "exit 0");
        workspace
    }

    /// Copies the files, and no folders, of the repository's `folder`.
    fn copy(&self, folder: &str) {
        fs::create_dir_all(self.path(folder)).unwrap();
        for entry in fs::read_dir(root().join(folder)).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_file() {
                fs::copy(entry.path(), self.path(folder).join(entry.file_name())).unwrap();
            }
        }
    }

    /// The path `name` in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path(name)
    }

    /// The file `name` as text.
    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    /// Puts an executable shell script at `name`, in the place of what is there.
    pub fn script(&self, name: &str, text: &str) {
        let path = self.path(name);
        let _ = fs::remove_file(&path);
        fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Replaces `from`, which must be there, by `to` in the file `name`.
    pub fn edit(&self, name: &str, from: &str, to: &str) {
        let text = self.read(name);
        assert!(text.contains(from), "no {from:?} in {text}");
        fs::write(self.path(name), text.replace(from, to)).unwrap();
    }

    /// `make` with arguments separated by spaces.
    pub fn make(&self, arguments: &str) -> Output {
        run(self.command("make").args(arguments.split_whitespace()), b"")
    }

    /// Adds `row` to the table `name` of experiments.
    pub fn add(&self, name: &str, row: &str) {
        let file = format!("scripts/experiments/{name}.csv");
        fs::write(self.path(&file), format!("{}{row}\n", self.read(&file))).unwrap();
    }

    /// `program`, a file of the folder or of the PATH, as someone would start it in the folder.
    pub fn command(&self, program: &str) -> Command {
        let mut path = self.path("bin").into_os_string();
        path.push(":");
        path.push(std::env::var_os("PATH").unwrap_or_default());
        let mut command = Command::new(program);
        command
            .current_dir(self.0.folder())
            .env("PATH", &path)
            .env("CARGO_TARGET_DIR", "built")
            .env("LC_ALL", "C");
        // These tests may run under `make test`, whose flags and settings are none of theirs.
        for variable in [
            "MAKEFLAGS",
            "MAKEOVERRIDES",
            "MFLAGS",
            "MAKELEVEL",
            "SEEDS",
            "FIRST_SEED",
            "TABLES",
            "DATA",
            "DIGITS",
            "ROWS",
            "WITH",
            "SHARD",
            "FROM",
            "MIX_PRECISIONS",
            "OUT",
            "V",
        ] {
            command.env_remove(variable);
        }
        command
    }

    /// The same, which must end well.
    #[track_caller]
    pub fn made(&self, arguments: &str) -> Output {
        let out = self.make(arguments);
        assert_eq!(out.code, 0, "{out}");
        out
    }
}

/// All files under `folder`, as paths from there, sorted.
pub fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            found.extend(files(&path).iter().map(|file| format!("{name}/{file}")));
        } else {
            found.push(name);
        }
    }
    found.sort();
    found
}
