//! Work on a slice, divided among threads.

use std::thread;

/// Applies `work` to chunks of a slice, each on a thread. Returns the results in the order of the chunks, or `None` if a
/// thread panicked.
pub fn map_chunks<T: Sync, R: Send>(
    slice: &[T],
    threads: usize,
    work: impl Fn(&[T]) -> R + Sync,
) -> Option<Vec<R>> {
    let chunk = slice.len().div_ceil(threads.max(1)).max(1);
    thread::scope(|scope| {
        let work = &work;
        let handles: Vec<_> = slice
            .chunks(chunk)
            .map(|chunk| scope.spawn(move || work(chunk)))
            .collect();
        // All threads are joined first, since the scope panics if it has to join one that panicked.
        let results: Vec<_> = handles.into_iter().map(|handle| handle.join()).collect();
        results.into_iter().collect::<Result<_, _>>().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_element_is_in_one_chunk_and_the_order_stays() {
        for (length, threads) in [(0, 2), (1, 2), (7, 1), (7, 2), (7, 3), (7, 50)] {
            let list: Vec<usize> = (0..length).collect();
            let chunks = map_chunks(&list, threads, <[usize]>::to_vec).unwrap();
            assert!(chunks.len() <= threads);
            assert_eq!(chunks.concat(), list, "{length} over {threads}");
        }
    }

    #[test]
    fn a_panic_is_reported() {
        let odd = |chunk: &[u8]| assert!(chunk.iter().all(|number| *number != 3));
        assert!(map_chunks(&[1, 2, 3, 4], 2, odd).is_none());
        assert!(map_chunks(&[3, 2, 1, 4], 2, odd).is_none());
        assert!(map_chunks(&[1, 2, 5, 4], 2, odd).is_some());
    }
}
