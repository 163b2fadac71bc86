//! The lines of a batch that are on their way to the store: their number, bytes and ids, the ids in their normal form.

use std::collections::{HashSet, VecDeque};

/// Fills a transaction of each of two writers.
const MAX_LINES: usize = 512;
/// Bounds the memory of a batch with long lines. There may be hundreds of batches at once.
const MAX_BYTES: usize = 2 << 20;

#[derive(Default)]
pub struct InFlight {
    /// Length and id of each line, oldest first.
    lines: VecDeque<(usize, Option<String>)>,
    /// The sum of their lengths.
    bytes: usize,
    /// The same ids, for the lookup.
    ids: HashSet<String>,
}

impl InFlight {
    /// Returns true if a line must be settled before the next one is read.
    pub fn is_full(&self) -> bool {
        self.lines.len() >= MAX_LINES || self.bytes > MAX_BYTES
    }

    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    pub fn contains(&self, id: &str) -> bool {
        self.ids.contains(id)
    }

    /// Adds a line, whose id must not be in flight.
    pub fn push(&mut self, length: usize, id: Option<String>) {
        self.ids.extend(id.clone());
        self.lines.push_back((length, id));
        self.bytes += length;
    }

    /// Removes the oldest line, which is settled.
    pub fn pop(&mut self) {
        let Some((length, id)) = self.lines.pop_front() else {
            return;
        };
        self.bytes -= length;
        if let Some(id) = id {
            self.ids.remove(&id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_in_flight_until_its_line_is_settled() {
        let mut lines = InFlight::default();
        lines.push(10, Some("A".to_owned()));
        lines.push(0, None);
        lines.push(10, Some("B".to_owned()));
        assert!(lines.contains("A") && lines.contains("B") && !lines.contains("C"));
        lines.pop();
        assert!(!lines.contains("A") && lines.contains("B"));
        lines.pop();
        lines.pop();
        assert!(lines.is_empty() && !lines.contains("B"));
    }

    #[test]
    fn the_number_and_the_bytes_of_lines_are_bounded() {
        let mut many = InFlight::default();
        for _ in 0..MAX_LINES {
            assert!(!many.is_full());
            many.push(1, None);
        }
        assert!(many.is_full());
        many.pop();
        assert!(!many.is_full());
        let mut long = InFlight::default();
        long.push(MAX_BYTES, None);
        assert!(!long.is_full());
        long.push(1, None);
        assert!(long.is_full());
        long.pop();
        assert!(!long.is_full());
    }
}
