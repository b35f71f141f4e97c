//! Products of random sizes, for as long as one likes: `make trust-kernels SECONDS=600`.

use std::time::{Duration, Instant};

use kernels::{Arithmetic, Left, RightOfTransposed};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::common::*;

/// Rows, inner sizes and columns are below this.
const LARGEST: usize = 260;

fn number(variable: &str, default: u64) -> u64 {
    let text = std::env::var(variable).ok();
    text.map_or(default, |text| {
        text.parse()
            .unwrap_or_else(|_| panic!("{variable} is {text:?}, expected a whole number"))
    })
}

fn random_sizes<A: Arithmetic>(a: &A, round: &dyn Fn(f32) -> f64) {
    let end = Instant::now() + Duration::from_secs(number("SECONDS_OF_EACH_KERNEL", 10));
    // Where processes run side by side, each has products of its own.
    let first = number("FIRST_PRODUCT", 0);
    let mut products = first;
    while Instant::now() < end {
        // Named in the message of a failure.
        let rng = &mut ChaCha8Rng::seed_from_u64(products);
        let [rows, k, n] = [(); 3].map(|()| rng.random_range(0..LARGEST));
        let what = format!("{} {rows}x{k}x{n}, seed {products}", a.precision());
        let left = random(rng, rows * k);
        let right = random(rng, k * n);
        let mut block = a.block(rows, k);
        a.fill(&mut block, &left);
        let mut found = in_rows(&vec![0.0; rows * n], n);
        let operand = a.right(&right, k, n, false);
        a.multiply(Left::Block(&block), 0..rows, &operand, &mut found, false);
        assert_near(&dense(&found, n), n, tolerance(k + 1), &what, |r, c| {
            let product = |i: usize| round(left[r * k + i]) * round(right[i * n + c]);
            (0..k).map(product).sum()
        });

        let right = random(rng, rows * n);
        let before = random(rng, k * n);
        let (right_block, _) = over_rows(a, &right, rows, n);
        let mut found = in_rows(&before, n);
        let operand = RightOfTransposed::Block(&right_block);
        a.multiply_transposed(Left::Block(&block), operand, &mut found, true);
        assert_near(&dense(&found, n), n, tolerance(rows + 1), &what, |r, c| {
            let product = |i: usize| round(left[i * k + r]) * round(right[i * n + c]);
            f64::from(before[r * n + c]) + (0..rows).map(product).sum::<f64>()
        });
        products += 2;
    }
    println!("{}: {} products", a.precision(), products - first);
}

#[test]
#[ignore = "it takes as long as it is told to"]
fn products_of_random_sizes() {
    with_each!(random_sizes);
}
