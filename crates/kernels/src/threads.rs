//! The threads of the CPU engines.

use std::num::NonZeroUsize;

use anyhow::{Result, anyhow, ensure};

/// Sets how many threads, one or more and this one among them, share the work of the CPU engines; one per core where `threads`
/// is `None`. Call once, at the start of `main`. Were this thread not among them, it would hand over each piece of work and
/// wait: with two threads a step took a tenth longer.
///
/// The threads share blocks of rows, never a single matrix product or elementwise operation: so
/// results do not depend on their number. For this candle's own threads are switched off. They would
/// also spin while they wait, at the cost of a core each; and candle reads /proc/cpuinfo before every
/// product to count them.
///
/// # Errors
/// Where another thread is running already, or the threads cannot be started.
pub fn use_threads(threads: Option<u16>) -> Result<()> {
    ensure!(
        running().is_none_or(|threads| threads <= 1),
        "the number of threads must be set before any thread starts"
    );
    for variable in ["CANDLE_NUM_THREADS", "RAYON_NUM_THREADS"] {
        // SAFETY: setting a variable is unsound only while another thread may read the environment.
        // The check above found this thread alone; where it could not look (no /proc, or
        // an emulator's), the contract of being called at the start of `main` stands for it.
        unsafe { std::env::set_var(variable, "1") };
    }
    gemm::set_threading_threshold(usize::MAX);
    let cores = || std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let threads = threads.map_or_else(cores, usize::from);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .use_current_thread();
    pool.build_global().map_err(|e| {
        anyhow!("{threads} threads cannot be started, ask for fewer or raise the limit: {e}")
    })
}

/// The number of threads of this process, where the system tells: the 20th field of proc_pid_stat(5). The second field,
/// in brackets, may hold spaces. Not the entries of /proc/self/task, for under qemu-user, as in a container of
/// another architecture, the emulator's own threads are among them.
fn running() -> Option<usize> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let (_, fields) = stat.rsplit_once(')')?;
    fields.split_ascii_whitespace().nth(17)?.parse().ok()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::running;

    #[test]
    fn threads_are_counted() {
        let before = running().unwrap();
        let (ready, go) = (std::sync::Barrier::new(2), std::sync::Barrier::new(2));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                ready.wait();
                go.wait();
            });
            ready.wait();
            let found = running().unwrap();
            go.wait();
            // Other tests' threads may come and go.
            assert!(before >= 1 && found >= 2, "{before}, {found}");
        });
    }
}
