//! The sizes of the network.

use anyhow::{Result, bail, ensure};
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

    /// Whether a file that says of itself that its network has these sizes holds tensors of the sizes `found`.
    ///
    /// # Errors
    /// Names the size and the tensor that differ.
    pub fn check_said(&self, found: &Self) -> Result<()> {
        let (said, found) = (self.layers(), found.layers());
        let last = found.len();
        ensure!(
            said.len() == last,
            "network.hidden is {:?}, which makes {} layers, but the tensors are those of {last}, up to fc{last}.weight",
            self.hidden,
            said.len()
        );
        for (number, (said, found)) in (1..).zip(said.iter().zip(&found)) {
            let [key, size] = if said.1 != found.1 {
                ["network.inputs".to_owned(), said.1.to_string()]
            } else if said.0 != found.0 && number == last {
                ["network.outputs".to_owned(), said.0.to_string()]
            } else if said.0 != found.0 {
                ["network.hidden".to_owned(), format!("{:?}", self.hidden)]
            } else {
                continue;
            };
            bail!(
                "{key} is {size}, but tensor fc{number}.weight has the shape [{}, {}]",
                found.0,
                found.1
            );
        }
        Ok(())
    }

    /// (outputs, inputs) of each layer, first layer first.
    pub fn layers(&self) -> Vec<(usize, usize)> {
        let mut sizes = vec![self.inputs];
        sizes.extend(&self.hidden);
        sizes.push(self.outputs);
        sizes.windows(2).map(|pair| (pair[1], pair[0])).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_that_differs_is_named() {
        let shape = |inputs, hidden: &[usize], outputs| Shape {
            inputs,
            hidden: hidden.to_vec(),
            outputs,
        };
        let found = shape(6, &[4, 3], 1);
        found.check_said(&found).unwrap();
        for (said, expected) in [
            (
                shape(7, &[4, 3], 1),
                "network.inputs is 7, but tensor fc1.weight has the shape [4, 6]",
            ),
            (
                shape(6, &[4, 5], 1),
                "network.hidden is [4, 5], but tensor fc2.weight has the shape [3, 4]",
            ),
            (
                shape(6, &[4, 3], 5),
                "network.outputs is 5, but tensor fc3.weight has the shape [1, 3]",
            ),
            (
                shape(6, &[4], 1),
                "network.hidden is [4], which makes 2 layers, but the tensors are those of 3, up to fc3.weight",
            ),
        ] {
            assert_eq!(said.check_said(&found).unwrap_err().to_string(), expected);
        }
    }
}
