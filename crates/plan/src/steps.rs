//! The programs that are run for one seed, which is written `%` as in a pattern rule.

use crate::tables::{Environments, Run, Tables};

/// The stage that a program makes.
#[derive(Clone, Copy, PartialEq)]
pub enum Program {
    Mkenv,
    Train,
    Eval,
}

/// One call of a program. Paths are as seen from the folder of all that is made.
pub struct Step {
    pub program: Program,
    /// What it is called, without the seed: KIND/test-0.9 or EXPERIMENT/ROW.
    pub name: String,
    pub target: String,
    pub flags: Vec<String>,
    /// Files that are made by other steps, in the order of the command line.
    pub inputs: Vec<String>,
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
pub fn mkenv(kind: &Environments) -> Vec<Step> {
    let parts = kind.training_p_e.len();
    let step = |file: String, split: &[&str], p_e: &str| Step {
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
        inputs: Vec::new(),
    };
    let training = kind.training_p_e.iter().enumerate().map(|(place, p_e)| {
        let part = format!("{}/{parts}", place + 1);
        step(
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
    let test = own
        .iter()
        .map(|p_e| step(format!("test-{p_e}"), &["--split", "test"], p_e));
    training.chain(test).collect()
}

/// The call of train for one run; none for a run that takes the checkpoints of an earlier one.
pub fn train(tables: &Tables, run: &Run) -> Option<Step> {
    let own = tables.trained_as(run).name() == run.name();
    own.then(|| Step {
        program: Program::Train,
        name: run.name(),
        target: checkpoint(run),
        flags: run.flags.clone(),
        inputs: training_files(tables.of(run)),
    })
}

/// The call of eval for one run.
pub fn eval(tables: &Tables, run: &Run) -> Step {
    let kind = tables.of(run);
    let mut inputs = vec![checkpoint(tables.trained_as(run))];
    inputs.extend(training_files(kind));
    let test = |p_e: &String| environment(&kind.test_of, &format!("test-{p_e}"));
    inputs.extend(kind.test_p_e.iter().map(test));
    Step {
        program: Program::Eval,
        name: run.name(),
        target: format!("scores/{}/seed-%.csv", run.name()),
        flags: Vec::new(),
        inputs,
    }
}

fn training_files(kind: &Environments) -> Vec<String> {
    let parts = 1..=kind.training_p_e.len();
    parts
        .map(|part| environment(&kind.name, &format!("train-{part}")))
        .collect()
}

fn environment(kind: &str, file: &str) -> String {
    format!("environments/{kind}/seed-%/{file}.safetensors")
}

fn checkpoint(run: &Run) -> String {
    format!("checkpoints/{}/seed-%.safetensors", run.name())
}
