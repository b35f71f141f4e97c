//! One small environment, row by row, as golden.py beside this file prints it: what a seed gives must never change.

mod common;

use common::{files, recipe, source};
use environment::{Part, Recipe, RowShuffles, make};

#[test]
fn a_seed_gives_the_documented_rows() {
    let files = files(60, 6);
    let source = source(&files);
    let made = make(
        &source,
        Recipe {
            part: Part { index: 2, count: 2 },
            seed: 2021,
            p_e: 0.4,
            patch: true,
            subsample: 1,
            ..recipe(&source)
        },
    )
    .unwrap();
    assert_eq!(
        made.indices,
        [
            29, 47, 18, 14, 26, 37, 12, 45, 16, 21, 43, 10, 49, 6, 2, 40, 36, 32, 41, 42, 34, 5, 4,
            46, 20
        ]
    );
    assert_eq!(
        made.labels,
        [
            0, 1, 0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1
        ]
    );
    assert_eq!(
        made.colors.unwrap(),
        [
            0, 1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1, 0, 1, 1, 0
        ]
    );
    assert_eq!(
        made.patches.unwrap(),
        [
            1, 1, 0, 1, 1, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 0, 1, 1
        ]
    );
}

#[test]
fn a_seed_gives_the_documented_orders_of_minibatches() {
    let mut shuffles = RowShuffles::new(2021, 1, 12);
    let mut next = || {
        shuffles.shuffle();
        shuffles.order().to_vec()
    };
    assert_eq!(
        [next(), next()],
        [
            [7, 4, 1, 11, 2, 9, 3, 6, 8, 0, 10, 5],
            [9, 10, 7, 1, 2, 5, 3, 11, 6, 0, 8, 4]
        ]
    );
}
