//! The training log: one CSV row per logged step and environment.

use anyhow::Result;
use serde::Serialize;

use crate::Step;

/// One environment at one step, before that step's update. The field order is the column order.
#[derive(Serialize)]
struct Row {
    /// Counted from 0.
    step: usize,
    /// The environment's place on the command line, counted from 1.
    environment: usize,
    /// R^e in nats.
    risk: f64,
    /// Fraction of rows predicted right.
    accuracy: f64,
    /// The objective without its penalty, the same for all environments of a step.
    base: f64,
    /// The penalty before it is weighted.
    penalty: f64,
    /// The penalty's weight.
    weight: f64,
    /// What is descended, with the L2 term, divided by the weight where that is above 1.
    loss: f64,
}

/// Collects every `every`-th step and the last.
pub struct Log {
    every: usize,
    steps: usize,
    writer: csv::Writer<Vec<u8>>,
}

impl Log {
    /// An empty log of a run of `steps` steps that keeps each `every`-th, from step 0, and the last.
    pub fn new(every: usize, steps: usize) -> Self {
        Self {
            every,
            steps,
            writer: csv::Writer::from_writer(Vec::new()),
        }
    }

    /// Takes note of `step` if it is one of those kept, or its loss is not finite, which ends the run.
    ///
    /// # Errors
    /// What the CSV writer reports.
    pub fn note(&mut self, step: &Step) -> Result<()> {
        let last = step.number + 1 == self.steps || !step.loss.is_finite();
        if !step.number.is_multiple_of(self.every) && !last {
            return Ok(());
        }
        let evaluation = step.evaluation;
        let environments = evaluation.risks.iter().zip(&evaluation.accuracies);
        for (e, (&risk, &accuracy)) in environments.enumerate() {
            self.writer.serialize(Row {
                step: step.number,
                environment: e + 1,
                risk,
                accuracy,
                base: evaluation.base,
                penalty: evaluation.penalty,
                weight: step.weight,
                loss: step.loss,
            })?;
        }
        Ok(())
    }

    /// The log as CSV text with a header line.
    ///
    /// # Errors
    /// What the CSV writer reports.
    pub fn into_bytes(self) -> Result<Vec<u8>> {
        Ok(self.writer.into_inner()?)
    }
}
