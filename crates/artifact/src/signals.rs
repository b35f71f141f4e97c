//! Signals that end a program: they wait while a file has a name that is not its own, so that they leave none behind.
//! And the one that a limit on the size of files sends: it must not, for the write's own error says more.

#[cfg(unix)]
pub use unix::{Held, ignore_file_size_limit};

#[cfg(unix)]
mod unix {
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use std::sync::{Arc, OnceLock};

    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
    use signal_hook::{flag, low_level};

    /// How each signal is held back.
    struct Hold {
        signal: i32,
        /// Whether the signal ends the program at once.
        at_once: Arc<AtomicBool>,
        /// Whether the signal came.
        came: Arc<AtomicBool>,
    }

    static HOLDS: OnceLock<Vec<Hold>> = OnceLock::new();
    static HOLDERS: AtomicUsize = AtomicUsize::new(0);

    /// While it lives, an interrupt, a hang-up and a request to end wait; they are obeyed when it is dropped.
    pub struct Held(());

    impl Held {
        /// Begins to hold them back. Where the system does not let us, nothing is held back.
        pub fn new() -> Self {
            HOLDERS.fetch_add(1, Ordering::SeqCst);
            for hold in HOLDS.get_or_init(install) {
                hold.at_once.store(false, Ordering::SeqCst);
            }
            Self(())
        }
    }

    impl Drop for Held {
        fn drop(&mut self) {
            if HOLDERS.fetch_sub(1, Ordering::SeqCst) > 1 {
                return;
            }
            for hold in HOLDS.get().into_iter().flatten() {
                // In this order, for the signal may come in between.
                hold.at_once.store(true, Ordering::SeqCst);
                if hold.came.load(Ordering::SeqCst) {
                    let _ = low_level::emulate_default_handler(hold.signal);
                }
            }
        }
    }

    fn install() -> Vec<Hold> {
        let ignored = ignored();
        [SIGHUP, SIGINT, SIGTERM]
            .into_iter()
            // As `nohup` asks.
            .filter(|signal| ignored & (1 << (signal - 1)) == 0)
            .filter_map(|signal| {
                let [at_once, came] = [true, false].map(|b| Arc::new(AtomicBool::new(b)));
                flag::register_conditional_default(signal, at_once.clone()).ok()?;
                flag::register(signal, came.clone()).ok()?;
                Some(Hold {
                    signal,
                    at_once,
                    came,
                })
            })
            .collect()
    }

    /// The signals that this program was started to ignore, a bit each; all of them where the system does not say.
    fn ignored() -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status
            .lines()
            .find_map(|line| line.strip_prefix("SigIgn:"))
            .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
        mask.unwrap_or(u64::MAX)
    }

    /// Takes care that a write beyond the limit on the size of files (`ulimit -f`) is an error, not the program's end.
    pub fn ignore_file_size_limit() {
        let _ = flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false)));
    }
}

#[cfg(not(unix))]
mod elsewhere {
    /// Signals are a matter of unix.
    pub struct Held(());

    impl Held {
        pub fn new() -> Self {
            Self(())
        }
    }

    pub fn ignore_file_size_limit() {}
}

#[cfg(not(unix))]
pub use elsewhere::{Held, ignore_file_size_limit};
