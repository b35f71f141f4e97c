//! What does not fit is refused.

use std::panic::{AssertUnwindSafe, catch_unwind};

use kernels::{Arithmetic, F32, Kernel, Left};

#[test]
fn the_fastest_kernel_comes_first() {
    let kernels: Vec<_> = Kernel::all().into_iter().map(Kernel::name).collect();
    let (bf16, f32) = kernels.split_at(kernels.len() - 1);
    assert!(["amx", "avx512-bf16"].ends_with(bf16), "{kernels:?}");
    assert_eq!(f32, ["f32"]);
    assert_eq!(Kernel::bf16().map(Kernel::name), bf16.first().copied());
}

/// 2³² rows of 2³² columns are 0 entries to those who count modulo 2⁶⁴.
#[test]
fn sizes_that_wrap_around_are_refused() {
    fn refuses<A: Arithmetic>(a: &A, _: &dyn Fn(f32) -> f64) {
        let half = 1 << (usize::BITS / 2);
        assert!(catch_unwind(AssertUnwindSafe(|| a.block(half, half))).is_err());
        assert!(catch_unwind(AssertUnwindSafe(|| a.right(&[], half, half, false))).is_err());
        assert!(catch_unwind(AssertUnwindSafe(|| a.block(16, usize::MAX / 8 + 1))).is_err());
    }
    with_each!(refuses);
    let (block, right) = (F32.block(0, 2), F32.right(&[0.0; 2], 2, 1, false));
    let rows = 0..usize::MAX / 2 + 1;
    let product = || F32.multiply(Left::Block(&block), rows, &right, &mut [], false);
    assert!(catch_unwind(AssertUnwindSafe(product)).is_err());
}

/// On tiles they could be, but what works with one kernel must with each.
#[test]
fn bytes_are_not_added() {
    fn refuses<A: Arithmetic>(a: &A, _: &dyn Fn(f32) -> f64) {
        let (bytes, right) = (a.bytes(vec![1; 6], 3), a.right(&[1.0; 6], 3, 2, false));
        let multiply = |add| {
            let product = || a.multiply(Left::Bytes(&bytes), 0..2, &right, &mut [0.0; 32], add);
            catch_unwind(AssertUnwindSafe(product))
        };
        assert!(multiply(false).is_ok());
        assert!(multiply(true).is_err(), "{}", a.precision());
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
