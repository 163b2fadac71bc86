//! Work on a list shared out over threads.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    thread,
};

/// Works on each share of a list on a thread of its own, the calling one included; the results in the order of the
/// shares. `None` when a share panicked, which nothing should.
pub fn work<T: Sync, R: Send>(
    list: &[T],
    threads: usize,
    work: impl Fn(&[T]) -> R + Sync,
) -> Option<Vec<R>> {
    let share = list.len().div_ceil(threads.max(1)).max(1);
    let mut shares = list.chunks(share);
    let own = shares.next().unwrap_or_default();
    let work = &work;
    thread::scope(|scope| {
        let others: Vec<_> = shares
            .map(|share| scope.spawn(move || work(share)))
            .collect();
        let own = catch_unwind(AssertUnwindSafe(|| work(own)));
        // All are waited for before any is looked at: what nobody waited for would panic here.
        let others: Vec<_> = others.into_iter().map(|other| other.join()).collect();
        let mut results = vec![own.ok()?];
        for other in others {
            results.push(other.ok()?);
        }
        Some(results)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_element_is_in_one_share_and_the_order_stays() {
        for (length, threads) in [(0, 2), (1, 2), (7, 1), (7, 2), (7, 3), (7, 50)] {
            let list: Vec<usize> = (0..length).collect();
            let shares = work(&list, threads, <[usize]>::to_vec).unwrap();
            assert!(shares.len() <= threads);
            assert_eq!(shares.concat(), list, "{length} over {threads}");
        }
    }

    #[test]
    fn a_panic_is_told() {
        let odd = |share: &[u8]| assert!(share.iter().all(|number| *number != 3));
        assert!(work(&[1, 2, 3, 4], 2, odd).is_none());
        assert!(work(&[3, 2, 1, 4], 2, odd).is_none());
        assert!(work(&[1, 2, 5, 4], 2, odd).is_some());
    }
}
