//! The threads of the CPU engines.

use std::num::NonZeroUsize;

use anyhow::{Result, ensure};

/// Sets how many threads share the work of the CPU engines; one per core where `threads` is `None`.
/// Call once, at the start of `main`.
///
/// The threads share blocks of rows, never a single matrix product or elementwise operation: so
/// results do not depend on their number. For this candle's own threads are switched off. They would
/// also spin while they wait, at the cost of a core each; and candle reads /proc/cpuinfo before every
/// product to count them.
///
/// # Errors
/// Where another thread is running already, or the threads cannot be started.
pub fn use_threads(threads: Option<NonZeroUsize>) -> Result<()> {
    ensure!(
        running().is_none_or(|threads| threads == 1),
        "the number of threads must be set before any thread starts"
    );
    for variable in ["CANDLE_NUM_THREADS", "RAYON_NUM_THREADS"] {
        // SAFETY: setting a variable is unsound only while another thread may read the environment.
        // The check above found this thread alone; where it could not look (no /proc), the contract
        // of being called at the start of `main` stands for it.
        unsafe { std::env::set_var(variable, "1") };
    }
    gemm::set_threading_threshold(usize::MAX);
    let threads = threads.or_else(|| std::thread::available_parallelism().ok());
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads.map_or(1, NonZeroUsize::get))
        .build_global()?;
    Ok(())
}

/// The number of threads of this process, where the system tells.
fn running() -> Option<usize> {
    Some(std::fs::read_dir("/proc/self/task").ok()?.count())
}
