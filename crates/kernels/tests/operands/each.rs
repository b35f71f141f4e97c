//! Every kernel of this CPU.

/// Calls the function with every kernel of this CPU and the way in which it rounds operands.
macro_rules! with_each {
    ($check:ident) => {{
        struct Each;

        impl kernels::KernelVisitor for Each {
            type Output = ();

            fn visit<A: Arithmetic + Copy>(self, kernel: A) {
                if kernel.precision() == "bf16" {
                    $check(&kernel, &$crate::common::to_bf16);
                } else {
                    $check(&kernel, &|x| f64::from(x));
                }
            }
        }

        for kernel in kernels::Kernel::all() {
            println!("{}", kernel.name());
            kernel.accept(Each);
        }
    }};
}
