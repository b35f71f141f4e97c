//! Colored MNIST with the libraries alone: environments from IDX files, ERM and meta-IRM trained on them, accuracies.
//!
//! ```text
//! cargo run --release --example colored_mnist -- train-images-idx3-ubyte train-labels-idx1-ubyte
//! ```
//!
//! Without arguments it takes the 1,200 digits of the tests. They are too few to tell the objectives apart: that takes
//! MNIST's 60,000 digits, which `scripts/fetch mnist data` brings.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use candle_core::Device;
use environment::{Environment, LabelledImages, Part, Recipe, Split, Stream};
use kernels::F32;
use network::{Engine, FusedEngine, Parameters, Shape};
use objective::Objective;
use training::RunSettings;

/// The probability that a digit's colour is not that of its label, in each training environment.
const TRAIN_P_E: [f64; 2] = [0.2, 0.1];
/// The same in the test environments. In the last one colour predicts the opposite of the label.
const TEST_P_E: [f64; 3] = [0.1, 0.2, 0.9];
const CLASSES: usize = 2;

fn main() -> Result<()> {
    let digits = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/mnist");
    let file = |place, name| {
        let given = std::env::args_os().nth(place).map(PathBuf::from);
        given.unwrap_or_else(|| Path::new(digits).join(name))
    };
    let images = file(1, "train-images-idx3-ubyte");
    let labels = file(2, "train-labels-idx1-ubyte");
    // None: as many steps as suit each objective.
    for (name, accuracies) in run(&images, &labels, None)? {
        print!("{:8}", objective::printed_name(&name));
        for (p_e, accuracy) in TEST_P_E.iter().zip(accuracies) {
            print!("  p_e {p_e}: {:.1} %", 100.0 * accuracy);
        }
        println!();
    }
    Ok(())
}

/// The name of each objective and its accuracies on the test environments, 0 to 1.
pub fn run(images: &Path, labels: &Path, steps: Option<usize>) -> Result<Vec<(String, Vec<f64>)>> {
    let read = |path: &Path| std::fs::read(path).with_context(|| path.display().to_string());
    let (images, labels) = (read(images)?, read(labels)?);
    let source = LabelledImages::from_idx(("images", &images), ("labels", &labels))?;
    let train = (1..).zip(TRAIN_P_E).map(|(index, p_e)| {
        let count = TRAIN_P_E.len();
        let part = Part { index, count };
        environment(&source, Split::Train, part, p_e)
    });
    let train = train.collect::<Result<Vec<_>>>()?;
    let test = TEST_P_E.map(|p_e| environment(&source, Split::Test, Part::WHOLE, p_e));
    let test = test.into_iter().collect::<Result<Vec<_>>>()?;
    // An engine computes the network over the environments that it holds.
    let train = FusedEngine::new(&train, CLASSES, F32)?;
    let test = FusedEngine::new(&test, CLASSES, F32)?;

    let erm = Objective::from_name("erm")?;
    let meta_irm = Objective::from_name("meta-irm")?
        .with("inner-lr", 0.059)?
        .with("std-weight", 684.0)?
        .with("anneal", 195_usize)?
        .with("reset-optimizer", true)?;
    let mut found = Vec::new();
    for (objective, lr, suits) in [(erm, 0.001, 501), (meta_irm, 0.00064, 290)] {
        let settings = RunSettings {
            lr,
            l2: 0.001,
            steps: steps.unwrap_or(suits),
            penalty_weight: objective.schedule(),
            reset_optimizer: objective.resets_optimizer(),
            ..RunSettings::default()
        };
        let theta = training::train(&train, &objective, &settings, initial_weights()?, |step| {
            if step.number % 50 == 0 {
                eprintln!(
                    "{} step {}: {:.4}",
                    objective.name(),
                    step.number,
                    step.loss
                );
            }
            Ok(())
        })?;
        found.push((objective.name(), accuracies(&test, &theta)?));
    }
    Ok(found)
}

/// Digits whose colour is moved away from their label with probability `p_e`.
fn environment(source: &LabelledImages, split: Split, part: Part, p_e: f64) -> Result<Environment> {
    let recipe = Recipe {
        split,
        part,
        p_e,
        ..Recipe::new(source, "colored_mnist")
    };
    let made = environment::make(source, recipe)?;
    Environment::from_bytes("made", &made.to_bytes()?)
}

/// Two hidden layers of 151 units on 2 channels of 14 x 14 pixels, with random weights.
fn initial_weights() -> Result<Parameters> {
    let shape = Shape::new(2 * 14 * 14, 151, 2, CLASSES)?;
    let rng = &mut environment::rng(0, Stream::InitialWeights);
    Parameters::xavier_uniform(&shape, rng, &Device::Cpu)
}

/// The accuracy on each environment of `engine`, 0 to 1.
fn accuracies(engine: &impl Engine, theta: &Parameters) -> Result<Vec<f64>> {
    let accuracy = |e| {
        let logits = engine.forward(theta, e)?.logits;
        engine.targets(e).accuracy(&logits)
    };
    (0..engine.environments()).map(accuracy).collect()
}
