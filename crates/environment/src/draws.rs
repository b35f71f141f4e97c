//! Random draws: one named ChaCha stream per purpose, so that changing one leaves the others alone.
//!
//! All of it can be redone in another language: the generator is ChaCha with 8 rounds, keyed by
//! rand's `seed_from_u64`, with the stream's number as its 64-bit nonce.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// What a stream of random numbers is for. The number is part of the file formats: it never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Order of the training rows before they are dealt.
    Shuffle = 1,
    /// Whether a row's label is moved.
    LabelNoise = 2,
    /// Whether a row's colour is moved away from its label.
    Colour = 3,
    /// Whether a row's patch is moved away from its label.
    Patch = 4,
    /// A network's weights before training.
    InitialWeights = 5,
    /// Order of an environment's rows in minibatches: of environment e, counted from 0, the number is 6 + 2^32·e.
    Minibatches = 6,
    /// The environment that meta-IRM is judged on with `--pairs sample`.
    Pairs = 7,
}

/// One of the `count` environments but `inner`, drawn under `seed` for this environment in the update `number`; all are
/// counted from 0. It is the stream's number at place `number`·`count` + `inner`, so each update has its own.
///
/// # Panics
/// Where there are fewer than two environments.
pub fn other_environment(seed: u64, number: usize, inner: usize, count: usize) -> usize {
    let mut rng = rng(seed, Stream::Pairs);
    // Two words of 32 bits make a number.
    rng.set_word_pos(2 * (number as u128 * count as u128 + inner as u128));
    let other = below(&mut rng, count - 1);
    other + usize::from(other >= inner)
}

/// The orders in which minibatches of an environment's rows are dealt, one after the other.
///
/// An order takes 4 bytes a row: it is what grows with an environment that is larger than memory.
pub struct RowShuffles {
    rng: ChaCha8Rng,
    rows: u32,
    order: Vec<u32>,
}

impl RowShuffles {
    /// Those of the `rows` rows of the environment `number`, counted from 0, under `seed`.
    pub fn new(seed: u64, number: usize, rows: u32) -> Self {
        let mut rng = rng(seed, Stream::Minibatches);
        rng.set_stream(rng.get_stream() + ((number as u64) << 32));
        Self {
            rng,
            rows,
            order: Vec::new(),
        }
    }

    /// Goes on to the next order: the numbers of all rows, shuffled (Fisher and Yates, from the last down).
    pub fn shuffle(&mut self) {
        self.order.clear();
        self.order.extend(0..self.rows);
        shuffle_with(&mut self.order, &mut self.rng);
    }

    /// The numbers of all rows in the order of the last shuffle; empty before the first.
    pub fn order(&self) -> &[u32] {
        &self.order
    }
}

/// The generator of `stream` under `seed`.
pub fn rng(seed: u64, stream: Stream) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(stream as u64);
    rng
}

/// One coin per row, each true with `probability`: row i is true where the stream's i-th number
/// falls below it. So the rows true at one probability stay true at every greater one.
pub(crate) fn coins(seed: u64, stream: Stream, probability: f64, rows: usize) -> Vec<bool> {
    let mut rng = rng(seed, stream);
    (0..rows).map(|_| uniform(&mut rng) < probability).collect()
}

/// `items` in an order drawn from `stream` (Fisher and Yates, from the last item down).
pub(crate) fn shuffle<T>(items: &mut [T], seed: u64, stream: Stream) {
    shuffle_with(items, &mut rng(seed, stream));
}

fn shuffle_with<T>(items: &mut [T], rng: &mut impl RngCore) {
    for last in (1..items.len()).rev() {
        items.swap(last, below(rng, last + 1));
    }
}

/// A number in [0, 1) with 53 random bits: never 1, so that a probability of 1 is certain.
fn uniform(rng: &mut impl RngCore) -> f64 {
    const STEP: f64 = 1.0 / (1u64 << 53) as f64;
    (rng.next_u64() >> 11) as f64 * STEP
}

/// An index below `bound`: the high half of a 128-bit product. Its bias, bound / 2^64, is nothing here.
fn below(rng: &mut impl RngCore, bound: usize) -> usize {
    ((u128::from(rng.next_u64()) * bound as u128) >> 64) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_environments_are_drawn_evenly_and_never_the_same() {
        let mut seen = [[0; 4]; 4];
        for number in 0..3000 {
            for (inner, seen) in seen.iter_mut().enumerate() {
                seen[other_environment(1, number, inner, 4)] += 1;
            }
        }
        for (inner, seen) in seen.iter().enumerate() {
            for (other, &count) in seen.iter().enumerate() {
                // 1,000 expected, with a deviation of 26.
                let fits = if other == inner {
                    count == 0
                } else {
                    (870..1130).contains(&count)
                };
                assert!(fits, "{inner} {other}: {count}");
            }
        }
        // The place in the stream, counted by hand.
        let mut rng = rng(1, Stream::Pairs);
        let number = (0..6).map(|_| rng.next_u64()).last().unwrap();
        let drawn = ((u128::from(number) * 2) >> 64) as usize;
        assert_eq!(other_environment(1, 1, 2, 3), drawn);
    }

    #[test]
    fn streams_of_one_seed_differ_and_repeat() {
        let first = |seed, stream| rng(seed, stream).next_u64();
        assert_eq!(first(0, Stream::Colour), first(0, Stream::Colour));
        assert_ne!(first(0, Stream::Colour), first(0, Stream::Patch));
        assert_ne!(first(0, Stream::Colour), first(1, Stream::Colour));
    }

    #[test]
    fn the_numbers_are_those_of_the_documented_generator() {
        // From the implementation of ChaCha8 and seed_from_u64 in tests/golden.py.
        let mut rng = rng(2020, Stream::Colour);
        let found: Vec<u64> = (0..40).map(|_| rng.next_u64()).collect();
        assert_eq!(
            found[..3],
            [
                9889272045887478734,
                17225907506966818366,
                18423582863873216201
            ]
        );
        assert_eq!(found[39], 15395436938784534882);
        for (stream, first) in [
            (Stream::Shuffle, 950092610510465699),
            (Stream::LabelNoise, 15166081595572415554),
            (Stream::Patch, 5697311660890803000),
            (Stream::InitialWeights, 14674950143746115456),
        ] {
            assert_eq!(super::rng(2020, stream).next_u64(), first, "{stream:?}");
        }
    }

    #[test]
    fn impossible_and_certain_coins() {
        assert!(!coins(0, Stream::Colour, 0.0, 1000).contains(&true));
        assert!(!coins(0, Stream::Colour, 1.0, 1000).contains(&false));
    }

    #[test]
    fn a_shuffle_reaches_every_order_equally_often() {
        let mut counts = std::collections::HashMap::new();
        let trials = 6000;
        for seed in 0..trials {
            let mut items = [0, 1, 2];
            shuffle(&mut items, seed, Stream::Shuffle);
            *counts.entry(items).or_insert(0u32) += 1;
        }
        assert_eq!(counts.len(), 6);
        // 1000 of each order expected, with a standard deviation of 29.
        assert!(
            counts.values().all(|&n| (850..1150).contains(&n)),
            "{counts:?}"
        );
    }
}
