//! The bytes of bodies that have not arrived whole: all requests together may hold a bounded number in memory.
//!
//! Each body has a limit of its own. Without a limit for their sum, some hundred clients that send half a body and wait
//! would fill the memory.

use std::sync::atomic::{AtomicUsize, Ordering};

const MAX_HELD_BYTES: usize = 128 << 20;
/// A body may always hold so little, so that ordinary claims are taken while others send large bodies.
const FREE_BYTES: usize = 16 << 10;

static HELD_BYTES: AtomicUsize = AtomicUsize::new(0);

/// What one body holds. Dropping it gives the bytes back.
#[derive(Default)]
pub struct HeldBytes(usize);

impl HeldBytes {
    /// Sets how many bytes the body holds. Returns false if there are too many of all bodies.
    #[must_use]
    pub fn hold(&mut self, bytes: usize) -> bool {
        let counted = bytes.saturating_sub(FREE_BYTES);
        if counted > self.0 {
            let more = counted - self.0;
            let all = HELD_BYTES.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |all| {
                Some(all + more).filter(|all| *all <= MAX_HELD_BYTES)
            });
            if all.is_err() {
                return false;
            }
        } else {
            HELD_BYTES.fetch_sub(self.0 - counted, Ordering::Relaxed);
        }
        self.0 = counted;
        true
    }
}

impl Drop for HeldBytes {
    fn drop(&mut self) {
        HELD_BYTES.fetch_sub(self.0, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_bodies_share_a_limit_and_small_ones_are_free() {
        let mut bodies: Vec<HeldBytes> = Vec::new();
        loop {
            let mut body = HeldBytes::default();
            if !body.hold(1 << 20) {
                break;
            }
            bodies.push(body);
        }
        let held = bodies.len() << 20;
        assert!(
            (MAX_HELD_BYTES..MAX_HELD_BYTES * 2).contains(&held),
            "{held}"
        );
        let mut small = HeldBytes::default();
        assert!(small.hold(FREE_BYTES));
        assert!(!small.hold(1 << 20));
        bodies.pop();
        assert!(small.hold(1 << 20));
        drop((bodies, small));
        assert_eq!(HELD_BYTES.load(Ordering::Relaxed), 0);
    }
}
