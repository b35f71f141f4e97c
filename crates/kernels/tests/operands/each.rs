//! Every arithmetic of this CPU.

/// Calls the function with every arithmetic of this CPU and the way in which it rounds operands.
macro_rules! with_each {
    ($check:ident) => {
        $check(&F32, &|x| f64::from(x));
        for half in Bf16::kernels() {
            println!("{}", half.kernel());
            $check(&half, &$crate::common::to_bf16);
        }
    };
}
