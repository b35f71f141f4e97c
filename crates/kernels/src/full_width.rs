//! Plain loops in the widest registers that the CPU has.

/// Runs `job`, whose loops are compiled for each kind of register, in the widest that this CPU has.
pub fn at_full_width<T>(job: impl FnOnce() -> T) -> T {
    pulp::Arch::new().dispatch(job)
}
