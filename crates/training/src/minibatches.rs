//! Which rows each update is over: all, or minibatches in a seeded order.

use std::num::NonZeroUsize;

use anyhow::{Context, Result, ensure};
use environment::{Environment, RowShuffles, Stored};
use network::{Engine, EngineMaker};

/// The engine that holds the rows of each update.
pub trait Rows {
    /// Its type.
    type Engine: Engine;

    /// The engine of the update `number`, counted from 0. Numbers are asked for in rising order.
    ///
    /// # Errors
    /// Those of making an engine.
    fn of_update(&mut self, number: usize) -> Result<&Self::Engine>;
}

/// All rows in every update.
pub struct AllRows<'a, E>(pub &'a E);

impl<E: Engine> Rows for AllRows<'_, E> {
    type Engine = E;

    fn of_update(&mut self, _: usize) -> Result<&E> {
        Ok(self.0)
    }
}

/// So many rows of each environment in every update, without replacement: an environment's rows are shuffled and dealt, and
/// shuffled again when fewer are left than a batch takes. Environments of different sizes are shuffled at different times.
///
/// The order follows from the seed alone, so a run that is resumed goes on as it would have, on any number of threads.
pub struct Minibatches<M: EngineMaker> {
    maker: M,
    environments: Vec<Dealt>,
    batch: usize,
    engine: Option<M::Engine>,
}

/// An environment and where the dealing of its rows stands.
struct Dealt {
    environment: Stored,
    shuffles: RowShuffles,
    /// Shuffles made so far.
    made: usize,
}

impl<M: EngineMaker> Minibatches<M> {
    /// Deals `batch` rows of each of `environments` an update, in an order drawn from `seed`, to engines of `maker`.
    ///
    /// # Errors
    /// Names an environment that has fewer rows, or more than 2^32 - 1.
    pub fn new(
        maker: M,
        environments: Vec<Stored>,
        batch: NonZeroUsize,
        seed: u64,
    ) -> Result<Self> {
        let batch = batch.get();
        for environment in environments.iter().map(Stored::facts) {
            ensure!(
                batch <= environment.rows(),
                "{}: {} rows, expected at least the {batch} of --batch; take a smaller batch, or all rows without --batch",
                environment.name,
                environment.rows()
            );
        }
        let dealt = environments.into_iter().enumerate();
        let dealt = dealt.map(|(number, environment)| {
            let facts = environment.facts();
            let rows = u32::try_from(facts.rows()).with_context(|| {
                let most = u32::MAX;
                format!(
                    "{}: {} rows, expected at most {most} with --batch",
                    facts.name,
                    facts.rows()
                )
            })?;
            Ok(Dealt {
                shuffles: RowShuffles::new(seed, number, rows),
                environment,
                made: 0,
            })
        });
        let environments = dealt.collect::<Result<Vec<_>>>()?;
        Ok(Self {
            maker,
            environments,
            batch,
            engine: None,
        })
    }
}

impl Dealt {
    /// The rows of the update `number`, of `batch` rows each.
    fn rows(&mut self, number: usize, batch: usize) -> Result<Environment> {
        let batches = self.environment.facts().rows() / batch;
        let (shuffle, place) = (number / batches, number % batches);
        while self.made <= shuffle {
            self.shuffles.shuffle();
            self.made += 1;
        }
        let rows = &self.shuffles.order()[place * batch..][..batch];
        let rows: Vec<usize> = rows.iter().map(|&row| row as usize).collect();
        self.environment.take(&rows)
    }
}

impl<M: EngineMaker> Rows for Minibatches<M> {
    type Engine = M::Engine;

    fn of_update(&mut self, number: usize) -> Result<&M::Engine> {
        let dealt = self.environments.iter_mut();
        let rows = dealt.map(|dealt| dealt.rows(number, self.batch));
        let rows = rows.collect::<Result<Vec<_>>>()?;
        // The memory of the last batch is given back first.
        self.engine = None;
        Ok(self.engine.insert(self.maker.make(&rows)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use environment::Inputs;

    /// Six rows of one number, which is the row's own.
    fn dealt(seed: u64) -> Dealt {
        let numbers = Inputs::Numbers((0..6).map(|row| row as f32).collect());
        let environment = Environment::new("e", &[6, 1], numbers, vec![0, 1, 0, 1, 0, 1], 2);
        Dealt {
            shuffles: RowShuffles::new(seed, 0, 6),
            environment: Stored::InMemory(environment),
            made: 0,
        }
    }

    fn numbers(batch: &Environment) -> Vec<f32> {
        match &batch.inputs {
            Inputs::Numbers(numbers) => numbers.clone(),
            Inputs::Images(_) => unreachable!("numbers were given"),
        }
    }

    #[test]
    fn each_row_is_dealt_once_in_each_round_and_keeps_its_label() {
        let mut dealt = dealt(0);
        let mut rounds = Vec::new();
        for round in 0..4 {
            let mut seen = Vec::new();
            for place in 0..3 {
                let batch = dealt.rows(3 * round + place, 2).unwrap();
                for (number, label) in numbers(&batch).iter().zip(&batch.labels) {
                    assert_eq!(*label, *number as u32 % 2);
                }
                seen.extend(numbers(&batch));
            }
            let mut sorted = seen.clone();
            sorted.sort_by(f32::total_cmp);
            assert_eq!(sorted, [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
            rounds.push(seen);
        }
        assert!(
            rounds[1..].iter().any(|round| *round != rounds[0]),
            "{rounds:?}"
        );
    }

    #[test]
    fn an_update_has_the_same_rows_whatever_was_asked_before() {
        let mut whole = dealt(3);
        let of_all: Vec<_> = (0..10)
            .map(|number| numbers(&whole.rows(number, 4).unwrap()))
            .collect();
        assert_eq!(numbers(&dealt(3).rows(9, 4).unwrap()), of_all[9]);
        assert!(
            (0..10).any(|number| numbers(&dealt(4).rows(number, 4).unwrap()) != of_all[number])
        );
    }
}
