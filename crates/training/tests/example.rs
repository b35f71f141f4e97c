//! `examples/colored_mnist.rs`, with the fixture's digits and few steps.

#[path = "../examples/colored_mnist.rs"]
#[expect(dead_code, reason = "its main is not run")]
mod colored_mnist;

use std::path::Path;

#[test]
fn both_objectives_are_trained_and_tested() {
    let digits = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/mnist");
    let found = colored_mnist::run(
        &digits.join("train-images-idx3-ubyte"),
        &digits.join("train-labels-idx1-ubyte"),
        Some(30),
    )
    .unwrap();
    let names: Vec<_> = found.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["erm", "meta-irm"]);
    for (name, accuracies) in found {
        // The colour alone gives 0.9, 0.8 and 0.1.
        assert!(
            accuracies[0] > 0.75 && accuracies[2] < 0.4,
            "{name}: {accuracies:?}"
        );
    }
}
