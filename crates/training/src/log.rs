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
    /// What is descended, see [`Step::loss`].
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

    /// A log that goes on: `before` is the header and the rows of the steps that were made before, see [`rows_before`].
    pub fn resume(every: usize, steps: usize, mut sink: W, before: &str) -> Self {
        let failed = sink.write_all(before.as_bytes()).err().map(Into::into);
        let writer = csv::WriterBuilder::new()
            .has_headers(before.is_empty())
            .from_writer(sink);
        Self {
            every,
            steps,
            writer,
            failed,
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

/// The header and the rows of the first `updates` steps of `log`, as a [`Log`] of a run of `steps` steps has them that keeps
/// each `every`-th. `None` where they are not all there, for each of `environments` environments.
pub fn rows_before(
    log: &str,
    (every, steps): (usize, usize),
    environments: usize,
    updates: usize,
) -> Option<String> {
    // The last line may be cut.
    let mut lines = log
        .split_inclusive('\n')
        .filter(|line| line.ends_with('\n'));
    let mut kept = lines.next()?.to_owned();
    let columns = kept.matches(',').count();
    let cells = |line: &str| {
        let mut cells = line.split(',');
        let mut next = || cells.next()?.parse::<usize>().ok();
        Some((next()?, next()?)).filter(|_| line.matches(',').count() == columns)
    };
    let logged = |step: usize| step.is_multiple_of(every) || step + 1 == steps;
    let mut expected = (0..updates)
        .filter(|step| logged(*step))
        .flat_map(|step| (1..=environments).map(move |environment| (step, environment)));
    for line in lines {
        let (step, environment) = cells(line)?;
        if step >= updates {
            break;
        }
        if !logged(step) {
            continue;
        }
        if expected.next() != Some((step, environment)) {
            return None;
        }
        kept.push_str(line);
    }
    expected.next().is_none().then_some(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rows_before_a_step_are_all_there_or_none() {
        let log = "step,environment,risk\n0,1,a\n0,2,b\n2,1,c\n2,2,d\n3,1,e\n3,2,f\n4,1,g";
        let before = |updates, every, environments| {
            rows_before(log, (every, 9), environments, updates)
                .map(|rows| rows.lines().skip(1).map(str::to_owned).collect::<Vec<_>>())
        };
        let rows = ["0,1,a", "0,2,b", "2,1,c", "2,2,d"].map(str::to_owned);
        assert_eq!(before(2, 2, 2).unwrap(), rows[..2]);
        // The last step of a shorter run is left out.
        assert_eq!(before(4, 2, 2).unwrap(), rows);
        for (updates, every, environments) in [(5, 2, 2), (4, 1, 2), (4, 2, 1), (4, 2, 3)] {
            assert_eq!(before(updates, every, environments), None);
        }
        assert_eq!(rows_before("", (1, 9), 2, 1), None);
    }
}
