//! The sizes of the network.

use anyhow::{Result, ensure};
use serde::{Deserialize, Serialize};

/// The sizes of a multi-layer perceptron, input first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shape {
    /// Input columns: channels · height · width.
    pub inputs: usize,
    /// Width of each hidden layer, in order; empty for a linear predictor.
    pub hidden: Vec<usize>,
    /// Logits per row: 1 for two classes, else one per class.
    pub outputs: usize,
}

impl Shape {
    /// The shape for `inputs` columns and `classes` classes, with `layers` hidden layers of `hidden`
    /// units each.
    ///
    /// # Errors
    /// Where a size is zero or there are fewer than two classes.
    pub fn new(inputs: usize, hidden: usize, layers: usize, classes: usize) -> Result<Self> {
        ensure!(
            inputs > 0 && (hidden > 0 || layers == 0) && classes >= 2,
            "a network needs inputs, hidden units and two or more classes; \
             found {inputs} inputs, {hidden} hidden units, {classes} classes"
        );
        Ok(Self {
            inputs,
            hidden: vec![hidden; layers],
            outputs: Self::outputs_for(classes),
        })
    }

    /// Logits per row for `classes` classes: two classes need only one.
    pub fn outputs_for(classes: usize) -> usize {
        if classes == 2 { 1 } else { classes }
    }

    /// The number of classes that the logits tell apart.
    pub fn classes(&self) -> usize {
        self.outputs.max(2)
    }

    /// (outputs, inputs) of each layer, first layer first.
    pub fn layers(&self) -> Vec<(usize, usize)> {
        let mut sizes = vec![self.inputs];
        sizes.extend(&self.hidden);
        sizes.push(self.outputs);
        sizes.windows(2).map(|pair| (pair[1], pair[0])).collect()
    }
}
