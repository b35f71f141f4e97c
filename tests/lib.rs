//! The harness for tests of the binaries as real processes.
//!
//! ```no_run
//! let out = pipeline_tests::run(pipeline_tests::binary("mkenv").arg("--version"), b"");
//! assert_eq!(out.code, 0, "{out}");
//! ```

pub mod make;

use std::collections::HashMap;
use std::fmt;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::thread;

use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize};
use serde_json::Value;
use tempfile::TempDir;

/// A command that runs the workspace's binary `name`, which is built first if it is not up to date.
pub fn binary(name: &str) -> Command {
    let path = binaries().join(name);
    assert!(path.is_file(), "there is no binary {}", path.display());
    Command::new(path)
}

/// The folder of the binaries, all built in the profile of the running test. Cargo builds a
/// package's own binaries only before its tests, and these tests are a package of their own.
pub fn binaries() -> &'static Path {
    static BINARIES: OnceLock<PathBuf> = OnceLock::new();
    BINARIES.get_or_init(|| {
        // The test is <target>/<profile>/deps/<name>-<hash>; a binary is <target>/<profile>/<name>.
        let test = std::env::current_exe().expect("the path of the test");
        let folder = test.ancestors().nth(2).expect("a profile's folder");
        let target = folder.parent().expect("the target folder");
        let profile = match folder.file_name().and_then(|name| name.to_str()) {
            Some("debug") => "dev",
            Some(name) => name,
            None => panic!("no profile in {}", test.display()),
        };
        let test = test.file_stem().and_then(|name| name.to_str());
        let (test, _hash) = test
            .and_then(|name| name.rsplit_once('-'))
            .expect("<name>-<hash>");
        let built = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--workspace", "--bins"])
            // It is built already. It is named because cargo then takes the features of the dependencies as it did for this
            // test. Without it some dependencies have fewer features, and candle would be compiled a second time.
            .args(["--test", test])
            .args(["--profile", profile, "--target-dir"])
            .arg(target)
            .current_dir(root())
            .status()
            .expect("cargo runs");
        assert!(built.success(), "cargo could not build the binaries");
        folder.to_owned()
    })
}

/// The workspace's folder.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the tests lie in the workspace")
}

/// The path of `name` in `fixtures/`, such as `mnist/train-images-idx3-ubyte`.
pub fn fixture(name: &str) -> PathBuf {
    let path = root().join("fixtures").join(name);
    assert!(path.exists(), "there is no fixture {}", path.display());
    path
}

/// What a process left: the message of a failed assertion on it is `{out}`.
#[derive(Clone, Debug)]
pub struct Output {
    /// The command line, for messages.
    pub command: String,
    /// Exit code; -1 if a signal ended the process.
    pub code: i32,
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: String,
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        writeln!(f, "{}\nended with code {}", self.command, self.code)?;
        writeln!(f, "stderr:\n{}", self.stderr)?;
        match std::str::from_utf8(&self.stdout) {
            Ok(text) => write!(f, "stdout:\n{text}"),
            Err(_) => write!(f, "stdout: {} bytes, not text", self.stdout.len()),
        }
    }
}

impl Output {
    /// Standard output as text.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.stdout).expect("text on standard output")
    }
}

/// Asserts that `command` ends well and silently whose reader is gone before it has anything to write.
pub fn assert_gone_reader_is_no_error(command: &mut Command, stdin: &[u8]) {
    assert_eq!(run_unread(command, stdin), (Some(0), String::new()));
}

/// The exit code and what stands on stderr of `command`, whose reader is gone before it has anything to
/// write: its input comes only then.
pub fn run_unread(command: &mut Command, stdin: &[u8]) -> (Option<i32>, String) {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    child.stdin.take().unwrap().write_all(stdin).unwrap();
    let out = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    (out.status.code(), said)
}

/// Runs `command` with `stdin` on its standard input and waits for its end.
pub fn run(command: &mut Command, stdin: &[u8]) -> Output {
    let name = format!("{command:?}");
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|e| panic!("cannot run {name}: {e}"));
    let mut pipe = child.stdin.take().expect("a pipe");
    let output = thread::scope(|scope| {
        // In a thread of its own: a process may answer before it has read everything.
        scope.spawn(move || match pipe.write_all(stdin) {
            // It may also end without reading: an error message tells more.
            Err(e) if e.kind() != ErrorKind::BrokenPipe => panic!("standard input: {e}"),
            _ => {}
        });
        child.wait_with_output().expect("its output")
    });
    Output {
        command: name,
        code: output.status.code().unwrap_or(-1),
        stdout: output.stdout,
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Runs `command` without input; it must end well and say nothing on standard error.
pub fn succeed(command: &mut Command) -> Output {
    let out = run(command, b"");
    assert!(out.code == 0 && out.stderr.is_empty(), "{out}");
    out
}

/// The process failed with `code`, wrote no data and one line on standard error, which holds `needles`.
/// A usage error (code 2) may have more lines, for clap adds the usage.
#[track_caller]
pub fn assert_one_line_error(out: &Output, code: i32, needles: &[&str]) {
    assert_eq!(out.code, code, "{out}");
    assert!(out.stdout.is_empty(), "data beside an error: {out}");
    assert!(out.stderr.ends_with('\n'), "an unfinished line: {out}");
    assert!(!out.stderr.contains("panicked"), "{out}");
    if code != 2 {
        assert_eq!(out.stderr.lines().count(), 1, "more than one line: {out}");
    }
    // Usage errors are wrapped to the terminal's width.
    let said = out.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    for needle in needles {
        assert!(said.contains(needle), "does not say {needle:?}: {out}");
    }
}

/// A temporary folder, removed when dropped.
pub struct Scratch(TempDir);

impl Scratch {
    /// An empty folder.
    #[expect(clippy::new_without_default, reason = "it makes a folder")]
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        self.0.path()
    }

    /// The path `name` in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes `bytes` to the file `name` in the folder.
    pub fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, bytes).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        path
    }

    /// The names of all that is in the folder, hidden files too, sorted.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(self.folder())
            .expect("the folder")
            .map(|entry| entry.expect("an entry").file_name())
            .map(|name| name.into_string().expect("a name in UTF-8"))
            .collect();
        names.sort();
        names
    }
}

/// `mkenv` on the fixture's 1,200 digits with further arguments, separated by spaces.
pub fn mkenv(arguments: &str) -> Command {
    let mut command = binary("mkenv");
    command
        .arg("--images")
        .arg(fixture("mnist/train-images-idx3-ubyte"))
        .arg("--labels")
        .arg(fixture("mnist/train-labels-idx1-ubyte"))
        .args(arguments.split_whitespace());
    command
}

/// A safetensors file without metadata, as a program that knows nothing of ours would write it.
pub fn safetensors(tensors: &[(&str, Dtype, &[usize], &[u8])]) -> Vec<u8> {
    let views = tensors.iter().map(|&(name, dtype, shape, bytes)| {
        let view =
            TensorView::new(dtype, shape.to_vec(), bytes).expect("bytes that fill the shape");
        (name, view)
    });
    serialize(views, None).expect("a safetensors file")
}

/// What the safetensors file `bytes` says of its origin.
pub fn provenance(bytes: &[u8]) -> Value {
    let (_, header) = SafeTensors::read_metadata(bytes).expect("a safetensors file");
    let metadata = header.metadata().as_ref().expect("metadata");
    assert_eq!(
        metadata.len(),
        1,
        "one key, or the bytes vary: {metadata:?}"
    );
    serde_json::from_str(&metadata["provenance"]).expect("JSON")
}

/// The rows of the CSV `text`, which has the columns `header` and no cell with a comma in it, as
/// cells by column.
#[track_caller]
pub fn csv<'a>(text: &'a str, header: &'a str) -> Vec<HashMap<&'a str, &'a str>> {
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some(header));
    let columns: Vec<_> = header.split(',').collect();
    lines
        .map(|line| {
            let cells: Vec<_> = line.split(',').collect();
            assert_eq!(cells.len(), columns.len(), "{line}");
            columns.iter().copied().zip(cells).collect()
        })
        .collect()
}

/// The cell of the column `name` as a number.
#[track_caller]
pub fn number(row: &HashMap<&str, &str>, name: &str) -> f64 {
    let cell = row[name];
    cell.parse()
        .unwrap_or_else(|_| panic!("{name} is {cell}, no number"))
}

/// `n` numbers below 2^24 that look random and are always the same.
pub fn scrambled(n: u32) -> impl Iterator<Item = u32> {
    (0..n).scan(1u32, |state, _| {
        *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        Some(*state >> 8)
    })
}

/// Copies MNIST's fixtures to `data/` in `scratch`, where the examples look for them.
pub fn copy_data(scratch: &Scratch) {
    let data = scratch.path("data");
    fs::create_dir(&data).expect("the folder data");
    for name in ["train-images-idx3-ubyte", "train-labels-idx1-ubyte"] {
        fs::copy(fixture("mnist").join(name), data.join(name)).expect("a copy");
    }
}

/// The commands shown in a help text: those on lines that begin with `  $ `, each with the lines
/// that it continues on, where a line ends with `\`, `|` or `&&`.
pub fn examples(help: &str) -> Vec<String> {
    let mut examples: Vec<String> = Vec::new();
    let mut continues = false;
    for line in help.lines() {
        if let Some(command) = line.strip_prefix("  $ ") {
            examples.push(command.to_owned());
        } else if continues {
            let example = examples.last_mut().expect("a line before this one");
            example.push('\n');
            example.push_str(line);
        } else {
            continue;
        }
        let end = line.trim_end();
        continues = ["\\", "|", "&&"].iter().any(|more| end.ends_with(more));
    }
    examples
}

/// Runs every example in the help of the binary `name` as a user would: in a shell, one after the
/// other in one folder with `data/` in it, with the binaries on the PATH. The commands `before` make
/// the files that the examples take for granted. Returns the outputs of the examples.
pub fn run_examples(name: &str, before: &[&str]) -> Vec<Output> {
    let scratch = Scratch::new();
    copy_data(&scratch);
    for command in before {
        shell(&scratch, command);
    }
    run_examples_of(&scratch, name, &[])
}

/// As [`run_examples`], of the subcommand that `path` leads to, in the folder `scratch` as it is.
pub fn run_examples_of(scratch: &Scratch, name: &str, path: &[&str]) -> Vec<Output> {
    let help = succeed(binary(name).args(path).arg("--help"));
    let examples = examples(help.text());
    assert!(!examples.is_empty(), "no example in {help}");
    let outputs = examples.iter().map(|command| shell(scratch, command));
    outputs.collect()
}

/// Runs `command` in a shell in the folder `scratch`, with the binaries on the PATH; it must end well.
fn shell(scratch: &Scratch, command: &str) -> Output {
    let mut path = binaries().as_os_str().to_owned();
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_default());
    // Where the shell can, a failure anywhere in a pipe counts.
    let script = format!("(set -o pipefail) 2>/dev/null && set -o pipefail\n{command}");
    let out = run(
        Command::new("sh")
            .args(["-c", &script])
            .current_dir(scratch.folder())
            .env("PATH", &path),
        b"",
    );
    // Where it cannot, an error message still does.
    let failed = |program: &str| out.stderr.contains(&format!("{program}: "));
    assert!(
        out.code == 0
            && !["mkenv", "train", "eval", "report", "inspect"]
                .into_iter()
                .any(failed),
        "{out}"
    );
    out
}

/// The header that `eval` writes: the documented one, without the end of the line.
pub const EVAL_HEADER: &str = "experiment,objective,classes,n_per_env,seed,split,p_e,count,accuracy,risk,precision,checkpoint,environment,row,environment_name,trained_on,label_noise";

/// The header of the score rows that tests write. It may lack columns that were added later.
pub const SCORES_HEADER: &str = "experiment,objective,classes,n_per_env,seed,split,p_e,count,accuracy,risk,precision,checkpoint,environment,label_noise\n";

/// Score rows of one setting, without the header: for each of `accuracies` a seed, which has that
/// accuracy on both training environments and on the test environments of p_e 0.1, 0.2 and 0.9. The label noise is 0.25.
pub fn score_rows(
    experiment: &str,
    objective: &str,
    classes: usize,
    n_per_env: usize,
    accuracies: &[f64],
) -> String {
    let mut csv = String::new();
    for (seed, accuracy) in accuracies.iter().enumerate() {
        for (split, p_e) in [
            ("train", 0.2),
            ("train", 0.1),
            ("test", 0.1),
            ("test", 0.2),
            ("test", 0.9),
        ] {
            csv += &format!(
                "{experiment},{objective},{classes},{n_per_env},{seed},{split},{p_e},10000,{accuracy},0.5,f32,{objective}-{seed},{split}-{p_e},0.25\n"
            );
        }
    }
    csv
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_are_found_with_the_lines_they_continue_on() {
        let help = "Examples:\n  Two:\n  $ a \\\n      b |\n      c\n  $ d && \n  e\n  not this\n";
        assert_eq!(examples(help), ["a \\\n      b |\n      c", "d && \n  e"]);
    }

    #[test]
    #[should_panic(expected = "more than one line")]
    fn an_error_of_two_lines_is_found() {
        let out = run(
            Command::new("sh").args(["-c", "echo a >&2; echo b >&2; exit 1"]),
            b"",
        );
        assert_one_line_error(&out, 1, &["a"]);
    }
}
