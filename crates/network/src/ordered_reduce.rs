//! Work that threads share and whose results are used in order.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use anyhow::Result;
use rayon::prelude::*;

/// Calls `job` of 0, 1, … below `count` on rayon's threads, and `then` with each result, in that order, on one thread at a
/// time while the others go on. Jobs are begun in order too: where they take about the same time, few results have to wait
/// for an earlier one.
///
/// # Errors
/// One of `job` or of `then`; not all may have been called then.
pub fn ordered_reduce<T: Send>(
    count: usize,
    job: impl Fn(usize) -> Result<T> + Sync + Send,
    then: impl FnMut(usize, T) -> Result<()> + Send,
) -> Result<()> {
    let begun = AtomicUsize::new(0);
    let results = Mutex::new(Results {
        next: 0,
        waiting: BTreeMap::new(),
        then: Some(then),
    });
    // Only how often: rayon would give a thread the middle to begin with.
    let calls = (0..count).into_par_iter().with_max_len(1);
    calls.try_for_each(|_| {
        let number = begun.fetch_add(1, Ordering::Relaxed);
        let result = job(number)?;
        use_in_order(&results, number, result)
    })
}

/// What jobs have given.
struct Results<T, F> {
    /// How many have been used.
    next: usize,
    /// Later ones.
    waiting: BTreeMap<usize, T>,
    /// Of the thread that has taken it, whose turn it is.
    then: Option<F>,
}

/// Uses `result`, and those after it that have waited for it; or leaves it to the thread whose turn it is, or to that of an
/// earlier one.
fn use_in_order<T, F: FnMut(usize, T) -> Result<()>>(
    results: &Mutex<Results<T, F>>,
    number: usize,
    result: T,
) -> Result<()> {
    let locked = || results.lock().unwrap_or_else(PoisonError::into_inner);
    let mut now = locked();
    now.waiting.insert(number, result);
    let Some(mut then) = now.then.take() else {
        return Ok(());
    };
    loop {
        let next = now.next;
        let Some(result) = now.waiting.remove(&next) else {
            now.then = Some(then);
            return Ok(());
        };
        now.next += 1;
        // Not under the lock: in a `then` that shares its own work rayon may have this thread do another job meanwhile, which
        // ends here.
        drop(now);
        then(next, result)?;
        now = locked();
    }
}

#[cfg(test)]
mod tests {
    use std::thread::sleep;
    use std::time::Duration;

    use anyhow::ensure;

    use super::*;

    fn on_threads<T: Send>(threads: usize, f: impl FnOnce() -> T + Send) -> T {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        pool.build().unwrap().install(f)
    }

    /// Every third takes long, so that with several threads results do come out of order.
    #[test]
    fn results_come_in_order_and_few_wait() {
        for threads in [1, 3] {
            let ahead = AtomicUsize::new(0);
            let mut seen = Vec::new();
            on_threads(threads, || {
                let used = AtomicUsize::new(0);
                let job = |number| {
                    ahead.fetch_max(number - used.load(Ordering::SeqCst), Ordering::SeqCst);
                    sleep(Duration::from_millis(if number % 3 == 0 { 3 } else { 0 }));
                    Ok(10 * number)
                };
                ordered_reduce(20, job, |number, result| {
                    used.fetch_add(1, Ordering::SeqCst);
                    seen.push((number, result));
                    Ok(())
                })
                .unwrap();
            });
            let expected: Vec<_> = (0..20).map(|number| (number, 10 * number)).collect();
            assert_eq!(seen, expected, "{threads} threads");
            assert_eq!(ahead.into_inner() > 0, threads > 1);
        }
    }

    /// While a thread waits for others to do their share of `then`, rayon has it do a whole job, whose result must not wait
    /// for that `then`.
    #[test]
    fn what_uses_results_may_share_its_work() {
        let pause = |number: usize| sleep(Duration::from_micros((number * 7 % 10) as u64 * 20));
        for _ in 0..20 {
            let mut sum = 0;
            on_threads(4, || {
                let job = |number| {
                    pause(number);
                    Ok(number)
                };
                ordered_reduce(40, job, |_, result| {
                    let parts = (0..8).into_par_iter().with_max_len(1);
                    parts.for_each(pause);
                    sum += result;
                    Ok(())
                })
                .unwrap();
            });
            assert_eq!(sum, 40 * 39 / 2);
        }
    }

    #[test]
    fn an_error_of_either_ends_it() {
        for fails in ["job", "then"] {
            let refuse = |what, number| {
                ensure!(fails != what || number != 4, "{what} {number}");
                Ok(())
            };
            let mut seen = Vec::new();
            let result = on_threads(2, || {
                ordered_reduce(
                    9,
                    |number| refuse("job", number),
                    |number, ()| {
                        seen.push(number);
                        refuse("then", number)
                    },
                )
            });
            assert_eq!(result.unwrap_err().to_string(), format!("{fails} 4"));
            assert!(seen.iter().copied().eq(0..seen.len()) && seen.len() < 6);
        }
    }
}
