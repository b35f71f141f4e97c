//! What does not fit is refused.

use kernels::{Arithmetic, Bf16, F32, Left, OverRows};

#[test]
fn the_fastest_kernel_comes_first() {
    let kernels: Vec<_> = Bf16::kernels().iter().map(Bf16::kernel).collect();
    assert!(["amx", "avx512-bf16"].ends_with(&kernels), "{kernels:?}");
}

#[test]
fn operands_of_another_kernel_are_refused() {
    if let [amx, avx512] = Bf16::kernels()[..] {
        let (mut block, right) = (amx.block(2, 3), avx512.right(&[1.0; 6], 3, 2, false));
        amx.fill(&mut block, &[1.0; 6]);
        let product = || amx.multiply(Left::Block(&block), 0..2, &right, &mut [0.0; 32], false);
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(product)).is_err());
        for (kernel, other) in [(amx, avx512), (avx512, amx)] {
            let (left, pairs) = (kernel.block(2, 3), other.pairs(2, 3));
            let right = OverRows::Pairs(&pairs);
            let product =
                || kernel.multiply_transposed(Left::Block(&left), right, &mut [0.0; 48], false);
            assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(product)).is_err());
        }
    }
}

/// 2³² rows of 2³² columns are 0 entries to those who count modulo 2⁶⁴.
#[test]
fn sizes_that_wrap_around_are_refused() {
    fn refuses<A: Arithmetic + std::panic::RefUnwindSafe>(a: &A, _: &dyn Fn(f32) -> f64) {
        let half = 1 << (usize::BITS / 2);
        assert!(std::panic::catch_unwind(|| a.block(half, half)).is_err());
        assert!(std::panic::catch_unwind(|| a.right(&[], half, half, false)).is_err());
        assert!(std::panic::catch_unwind(|| a.block(16, usize::MAX / 8 + 1)).is_err());
    }
    with_each!(refuses);
    let (block, right) = (F32.block(0, 2), F32.right(&[0.0; 2], 2, 1, false));
    let rows = 0..usize::MAX / 2 + 1;
    let product = || F32.multiply(Left::Block(&block), rows, &right, &mut [], false);
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(product)).is_err());
}

/// On tiles they could be, but what works with one kernel must with each.
#[test]
fn bytes_are_not_added() {
    fn refuses<A: Arithmetic>(a: &A, _: &dyn Fn(f32) -> f64) {
        let (bytes, right) = (a.bytes(vec![1; 6], 3), a.right(&[1.0; 6], 3, 2, false));
        let multiply = |add| {
            let product = || a.multiply(Left::Bytes(&bytes), 0..2, &right, &mut [0.0; 32], add);
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(product))
        };
        assert!(multiply(false).is_ok());
        assert!(multiply(true).is_err(), "{}", a.name());
    }
    with_each!(refuses);
}

#[test]
#[should_panic(expected = "inner sizes differ")]
fn operands_that_do_not_fit_are_refused() {
    let block = F32.block(2, 3);
    F32.multiply(
        Left::Block(&block),
        0..2,
        &F32.right(&[0.0; 8], 4, 2, false),
        &mut [0.0; 32],
        false,
    );
}
