//! How much memory a training or a scoring takes on a CPU: estimated before the computation begins. The inputs are in memory by
//! then.
//!
//! The numbers of copies were fitted to the measured peaks of runs with 2 and 6 environments, 196 to 90,000 inputs, 1 to 100
//! logits, both engines and all objectives. The estimates lie between 0.7 and 2 times what these runs took. For irmv1 in the
//! fused engine the estimate is up to 5 times the peak. With one logit the engine keeps few activations. With many logits the
//! objective keeps no graph, except with --product-of-halves. The kernels of the fit were f32 and AVX-512 BF16; AMX holds every
//! pixel, also the black ones.

use artifact::MemoryNeed;
use environment::{Environment, Inputs};

use crate::Shape;

/// What is alive at the peak of a step or of a score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Alive {
    /// Vectors of the size of the parameters.
    pub vectors: usize,
    /// Matrices of the size of all logits, autograd's among them.
    pub logits: usize,
    /// Passes over each environment whose activations are kept.
    pub passes: usize,
}

impl Alive {
    /// A score: the checkpoint, its tensors, and the operands of the products made of them.
    pub const SCORE: Self = Self {
        vectors: 5,
        logits: 6,
        passes: 1,
    };
}

/// The memory of an engine that holds `environments`, for a network of `shape`. `keeps_all` is true if it keeps the
/// activations of every hidden layer, as candle's does, and false if it computes those of the first layer again.
pub fn memory_needs<'a>(
    environments: impl Iterator<Item = &'a Environment> + Clone,
    shape: &Shape,
    alive: Alive,
    keeps_all: bool,
) -> [MemoryNeed; 3] {
    const F32: u128 = 4;
    let rows: u128 = environments.clone().map(|e| e.rows() as u128).sum();
    let inputs: u128 = environments.map(|e| held(e, keeps_all)).sum();
    let layers = shape.layers().into_iter();
    let parameters: u128 = layers
        .map(|(outputs, inputs)| (inputs as u128 + 1).saturating_mul(outputs as u128))
        .fold(0, u128::saturating_add);
    let kept = shape.hidden.iter().skip(usize::from(!keeps_all));
    let units: u128 = kept.map(|&units| units as u128).sum();
    // candle's engine goes back through a pass of which it keeps everything.
    let passes = alive.passes.max(usize::from(keeps_all));
    let per_row = units * passes as u128 + (shape.outputs * alive.logits) as u128;
    [
        MemoryNeed {
            bytes: inputs,
            what: format!(
                "the inputs ({rows} rows of {} values in all environments)",
                shape.inputs
            ),
        },
        MemoryNeed {
            bytes: parameters.saturating_mul(F32 * alive.vectors as u128),
            what: format!(
                "the weights ({} inputs, {}, {} outputs: {parameters} numbers, {} copies with gradients and the like)",
                shape.inputs,
                hidden(shape),
                shape.outputs,
                alive.vectors
            ),
        },
        MemoryNeed {
            bytes: rows.saturating_mul(per_row).saturating_mul(F32),
            what: format!(
                "the activations ({rows} rows, {}, {} outputs)",
                hidden(shape),
                shape.outputs
            ),
        },
    ]
}

/// The hidden layers in words.
fn hidden(shape: &Shape) -> String {
    match &shape.hidden[..] {
        [] => "no hidden layer".to_owned(),
        [units] => format!("1 hidden layer of {units} units"),
        [first, others @ ..] if others.iter().all(|units| units == first) => {
            format!("{} hidden layers of {first} units", shape.hidden.len())
        }
        units => format!(
            "hidden layers of {} units",
            artifact::listed(units.iter().map(usize::to_string))
        ),
    }
}

/// Bytes of an environment's inputs as they were read, and in an engine's own form: f32, or two lists of the pixels that are not
/// zero, of 2 bytes each. The bf16 kernels take up to 8 bytes for such a pixel.
fn held(environment: &Environment, dense: bool) -> u128 {
    let all = environment.rows() * environment.width();
    let (read, values) = match &environment.inputs {
        Inputs::Images(pixels) if !dense => {
            let lit = pixels.iter().filter(|pixel| **pixel != 0);
            (all, lit.count())
        }
        Inputs::Images(_) => (all, all),
        Inputs::Numbers(_) => (4 * all, all),
    };
    (read + 4 * values) as u128
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_multiplied_without_overflow() {
        let environment = Environment::new(
            "e",
            &[2, 1, 1, 3],
            Inputs::Images(vec![0, 7, 0, 9, 9, 0]),
            vec![0, 1],
            2,
        );
        let shape = Shape {
            inputs: 3,
            hidden: vec![10, 4],
            outputs: 1,
        };
        let alive = Alive {
            vectors: 2,
            logits: 5,
            passes: 3,
        };
        let bytes = |dense, alive| {
            memory_needs([&environment].into_iter(), &shape, alive, dense).map(|need| need.bytes)
        };
        // 3·10 + 10 + 10·4 + 4 + 4·1 + 1 = 89 parameters.
        assert_eq!(
            bytes(false, alive),
            [6 + 4 * 3, 89 * 4 * 2, 2 * (4 * 3 + 5) * 4]
        );
        assert_eq!(
            bytes(true, alive),
            [6 + 4 * 6, 89 * 4 * 2, 2 * (14 * 3 + 5) * 4]
        );
        let no_pass = Alive { passes: 0, ..alive };
        assert_eq!(bytes(false, no_pass)[2], 2 * 5 * 4);
        assert_eq!(bytes(true, no_pass)[2], 2 * (14 + 5) * 4);
        let wide = Shape {
            inputs: usize::MAX,
            hidden: vec![usize::MAX],
            outputs: 1,
        };
        assert_eq!(
            hidden(&wide),
            format!("1 hidden layer of {} units", usize::MAX)
        );
        assert_eq!(hidden(&shape), "hidden layers of 10, 4 units");
        let needs = memory_needs([&environment].into_iter(), &wide, Alive::SCORE, false);
        assert_eq!(needs[1].bytes, u128::MAX);
    }
}
