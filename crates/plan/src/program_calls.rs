//! The programs that are run for one seed, which is written `%` as in a pattern rule.

use crate::environments::Environments;
use crate::tables::{Run, Tables};

/// The stage that a program makes.
#[derive(Clone, Copy, PartialEq)]
pub enum Program {
    Mkenv,
    Train,
    Eval,
}

/// One call of a program. Paths are as seen from the folder of all that is made.
pub struct ProgramCall {
    pub program: Program,
    /// What it is called, without the seed: KIND/test-0.9 or EXPERIMENT/ROW.
    pub name: String,
    pub target: String,
    pub flags: Vec<String>,
    /// In the order of the command line: for mkenv the digits, as seen from the folder of all digits; else what other
    /// calls make.
    pub inputs: Vec<Input>,
}

/// A file that a program reads.
pub struct Input {
    pub file: String,
    /// The name that eval gives an environment.
    pub name: Option<String>,
}

impl ProgramCall {
    /// The inputs as FILE, or NAME=FILE where they have a name.
    pub fn inputs_as_given(&self) -> Vec<String> {
        let given = self.inputs.iter().map(|input| match &input.name {
            Some(name) => format!("{name}={}", input.file),
            None => input.file.clone(),
        });
        given.collect()
    }
}

fn unnamed(files: impl IntoIterator<Item = String>) -> Vec<Input> {
    let inputs = files.into_iter().map(|file| Input { file, name: None });
    inputs.collect()
}

impl Program {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mkenv => "mkenv",
            Self::Train => "train",
            Self::Eval => "eval",
        }
    }
}

/// The calls of mkenv for one kind of environments.
pub fn mkenv(kind: &Environments) -> Vec<ProgramCall> {
    let parts = kind.training_p_e.len();
    let call = |file: String, split: &[&str], p_e: &str| ProgramCall {
        program: Program::Mkenv,
        target: environment(&kind.name, &file),
        name: format!("{}/{file}", kind.name),
        flags: split
            .iter()
            .copied()
            .chain(["--p-e", p_e])
            .chain(kind.flags.iter().map(String::as_str))
            .map(str::to_owned)
            .collect(),
        inputs: unnamed(kind.digits.files()),
    };
    let training = kind.training_p_e.iter().enumerate().map(|(place, p_e)| {
        let part = format!("{}/{parts}", place + 1);
        call(
            format!("train-{}", place + 1),
            &["--split", "train", "--part", &part],
            p_e,
        )
    });
    let own = if kind.test_of == kind.name {
        &kind.test_p_e[..]
    } else {
        &[]
    };
    let test = own.iter().map(|p_e| {
        call(
            format!("test-{p_e}"),
            &["--split", kind.digits.test_split()],
            p_e,
        )
    });
    training.chain(test).collect()
}

/// The call of train for one run; none for a run that takes the checkpoints of an earlier one.
pub fn train(tables: &Tables, run: &Run) -> Option<ProgramCall> {
    let own = tables.trained_as(run).name() == run.name();
    own.then(|| ProgramCall {
        program: Program::Train,
        name: run.name(),
        target: checkpoint(run),
        flags: run.flags.clone(),
        inputs: unnamed(training_files(tables.of(run))),
    })
}

/// The call of eval for one run.
pub fn eval(tables: &Tables, run: &Run) -> ProgramCall {
    let kind = tables.of(run);
    let mut inputs = vec![checkpoint(tables.trained_as(run))];
    inputs.extend(training_files(kind));
    inputs.extend(test_files(kind));
    let mut inputs = unnamed(inputs);
    for tests in &run.also_tested_on {
        let named = test_files(tables.kind_of(tests))
            .into_iter()
            .map(|file| Input {
                file,
                name: Some(tests.name.clone()),
            });
        inputs.extend(named);
    }
    ProgramCall {
        program: Program::Eval,
        name: run.name(),
        target: format!("scores/{}/seed-%.csv", run.name()),
        flags: Vec::new(),
        inputs,
    }
}

/// The environments of `kind` that a picture shows: those of training, and the last of the test.
pub fn pictured(kind: &Environments) -> Vec<String> {
    let mut files = training_files(kind);
    files.extend(test_files(kind).pop());
    files
}

fn training_files(kind: &Environments) -> Vec<String> {
    let parts = 1..=kind.training_p_e.len();
    parts
        .map(|part| environment(&kind.name, &format!("train-{part}")))
        .collect()
}

fn test_files(kind: &Environments) -> Vec<String> {
    let test = |p_e: &String| environment(&kind.test_of, &format!("test-{p_e}"));
    kind.test_p_e.iter().map(test).collect()
}

fn environment(kind: &str, file: &str) -> String {
    format!("environments/{kind}/seed-%/{file}.safetensors")
}

fn checkpoint(run: &Run) -> String {
    format!("checkpoints/{}/seed-%.safetensors", run.name())
}
