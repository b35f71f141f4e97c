//! Memory that is used again: by one pass after another ([`Pool`]) and by one block after another ([`Reused`]). It is not
//! given back to the system in between, which would have to clear it again.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kernels::Arithmetic;

/// What is not in use.
pub struct Pool<T>(Arc<Spare<T>>);

struct Spare<T> {
    /// As many are kept; what comes back beyond that is given up.
    most: usize,
    spare: Mutex<Vec<T>>,
}

/// Something of a pool, to which it goes back.
pub struct Pooled<T> {
    value: Option<T>,
    pool: Arc<Spare<T>>,
}

impl<T> Default for Pool<T> {
    fn default() -> Self {
        Self::of_at_most(usize::MAX)
    }
}

impl<T> Pool<T> {
    /// Which keeps at most so many.
    pub fn of_at_most(most: usize) -> Self {
        let spare = Mutex::default();
        Self(Arc::new(Spare { most, spare }))
    }
}

impl<T> Spare<T> {
    fn lock(&self) -> MutexGuard<'_, Vec<T>> {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Default> Pool<T> {
    /// One that is not in use, with whatever it was left with; a new one where there is none.
    pub fn take(&self) -> Pooled<T> {
        self.take_fitting(|_| true)
    }

    /// The same, but one that `fits` if there is one.
    pub fn take_fitting(&self, fits: impl Fn(&T) -> bool) -> Pooled<T> {
        let mut spare = self.0.lock();
        let spare = match spare.iter().rposition(fits) {
            Some(place) => Some(spare.swap_remove(place)),
            None => spare.pop(),
        };
        Pooled {
            value: Some(spare.unwrap_or_default()),
            pool: Arc::clone(&self.0),
        }
    }
}

impl<T> Deref for Pooled<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.value
            .as_ref()
            .expect("it is there until it is dropped")
    }
}

impl<T> DerefMut for Pooled<T> {
    fn deref_mut(&mut self) -> &mut T {
        self.value
            .as_mut()
            .expect("it is there until it is dropped")
    }
}

impl<T> Drop for Pooled<T> {
    fn drop(&mut self) {
        let mut spare = self.pool.lock();
        if spare.len() < self.pool.most {
            spare.extend(self.value.take());
        }
    }
}

/// A block's memory, used again for the next one of its size.
pub struct Reused<A: Arithmetic>(Kept<A::Block>);

/// The same for rows in the VNNI layout.
pub struct ReusedVnni<A: Arithmetic>(Kept<A::Vnni>);

/// Memory for that many rows and columns.
type Kept<T> = Option<(usize, usize, T)>;

impl<A: Arithmetic> Default for Reused<A> {
    fn default() -> Self {
        Self(None)
    }
}

impl<A: Arithmetic> Default for ReusedVnni<A> {
    fn default() -> Self {
        Self(None)
    }
}

impl<A: Arithmetic> Reused<A> {
    /// A block `[rows, columns]`; its contents are unspecified.
    pub fn block(&mut self, a: &A, rows: usize, columns: usize) -> &mut A::Block {
        again(&mut self.0, rows, columns, || a.block(rows, columns))
    }

    /// Whether there is a block of that size.
    pub fn fits(&self, rows: usize, columns: usize) -> bool {
        self.0
            .as_ref()
            .is_some_and(|&(r, c, _)| (r, c) == (rows, columns))
    }

    /// The block that was asked for last.
    pub fn kept(&self) -> &A::Block {
        let (_, _, block) = self.0.as_ref().expect("a block was asked for");
        block
    }
}

impl<A: Arithmetic> ReusedVnni<A> {
    /// VNNI rows `[rows, columns]`; their contents are unspecified.
    pub fn vnni(&mut self, a: &A, rows: usize, columns: usize) -> &mut A::Vnni {
        again(&mut self.0, rows, columns, || a.vnni(rows, columns))
    }
}

fn again<T>(kept: &mut Kept<T>, rows: usize, columns: usize, fresh: impl FnOnce() -> T) -> &mut T {
    *kept = kept.take().filter(|&(r, c, _)| (r, c) == (rows, columns));
    &mut kept.get_or_insert_with(|| (rows, columns, fresh())).2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_dropped_is_used_again() {
        let pool = Pool::<Vec<u8>>::default();
        let (mut first, second) = (pool.take(), pool.take());
        first.push(7);
        assert!(second.is_empty());
        drop(first);
        assert_eq!(*pool.take(), [7]);
        assert_eq!(*pool.take(), [7]);
        let kept = pool.take();
        assert!(pool.take().is_empty());
        assert_eq!(*kept, [7]);
    }

    #[test]
    fn one_that_fits_is_preferred() {
        let pool = Pool::<Vec<u8>>::default();
        let (mut first, mut second) = (pool.take(), pool.take());
        first.push(1);
        second.push(2);
        drop((first, second));
        let is_one = |value: &Vec<u8>| value[0] == 1;
        assert_eq!(*pool.take_fitting(is_one), [1]);
        let (one, other) = (pool.take_fitting(is_one), pool.take_fitting(is_one));
        assert_eq!((&*one, &*other), (&vec![1], &vec![2]));
    }

    #[test]
    fn no_more_are_kept_than_at_most() {
        let pool = Pool::<Vec<u8>>::of_at_most(1);
        let mut both = [pool.take(), pool.take()];
        both.iter_mut().for_each(|one| one.push(7));
        drop(both);
        let both = [pool.take(), pool.take()];
        assert_eq!(both.map(|one| one.len()), [1, 0]);
    }
}
