//! The training log: one CSV row per logged step and environment.

use std::io::Write;

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

/// Writes every `every`-th step and the last as the run goes, as CSV with a header line.
pub struct Log<W: Write> {
    every: usize,
    steps: usize,
    writer: csv::Writer<W>,
    /// What the first failure was. Nothing is written after it.
    failed: Option<anyhow::Error>,
}

impl<W: Write> Log<W> {
    /// A log, into `sink`, of a run of `steps` steps that keeps each `every`-th, from step 0, and the last.
    pub fn new(every: usize, steps: usize, sink: W) -> Self {
        Self {
            every,
            steps,
            writer: csv::Writer::from_writer(sink),
            failed: None,
        }
    }

    /// Writes the rows of `step`, and flushes them, if it is one of those kept, or its loss is not finite, which ends the
    /// run. A failure to write is kept for [`Log::finish`]: it must not end the run.
    pub fn note(&mut self, step: &Step) {
        let last = step.number + 1 == self.steps || !step.loss.is_finite();
        let kept = step.number.is_multiple_of(self.every) || last;
        if kept && self.failed.is_none() {
            self.failed = self.write(step).err();
        }
    }

    fn write(&mut self, step: &Step) -> Result<()> {
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
        Ok(self.writer.flush()?)
    }

    /// The sink, in which all rows are.
    ///
    /// # Errors
    /// What the first failure to write was.
    pub fn finish(self) -> Result<W> {
        match self.failed {
            Some(failed) => Err(failed),
            None => Ok(self
                .writer
                .into_inner()
                .map_err(csv::IntoInnerError::into_error)?),
        }
    }
}
