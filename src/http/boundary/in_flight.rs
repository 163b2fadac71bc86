//! The lines of a batch that are on their way to the store: how many, how long, and with which ids.

use std::collections::{HashSet, VecDeque};

use payerline_domain::values::text::Label;

/// Lines in flight at once: enough for a full transaction of each of two writers.
const MOST: usize = 512;
/// Bytes of lines in flight at most, so that long lines do not add up.
const MOST_BYTES: usize = 8 << 20;

/// Lines in flight.
#[derive(Default)]
pub struct InFlight {
    /// Oldest first: their lengths, whose sum is `bytes`, and their ids.
    lines: VecDeque<(usize, Option<Label>)>,
    bytes: usize,
    /// The ids of all, to find one among hundreds.
    ids: HashSet<Label>,
}

impl InFlight {
    /// Whether no further line should be taken in before one is settled.
    pub fn is_full(&self) -> bool {
        self.lines.len() >= MOST || self.bytes > MOST_BYTES
    }

    /// Whether none is left.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Whether a line with this id is among them.
    pub fn has(&self, id: &Label) -> bool {
        self.ids.contains(id)
    }

    /// A line sets out; none with its id is in flight.
    pub fn push(&mut self, length: usize, id: Option<Label>) {
        self.ids.extend(id.clone());
        self.lines.push_back((length, id));
        self.bytes += length;
    }

    /// The oldest is settled.
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

    fn label(text: &str) -> Label {
        Label::parse(text).unwrap()
    }

    #[test]
    fn an_id_is_in_flight_until_its_line_is_settled() {
        let mut lines = InFlight::default();
        lines.push(10, Some(label("A")));
        lines.push(0, None);
        lines.push(10, Some(label("B")));
        assert!(lines.has(&label("A")) && lines.has(&label("B")) && !lines.has(&label("C")));
        lines.pop();
        assert!(!lines.has(&label("A")) && lines.has(&label("B")));
        lines.pop();
        lines.pop();
        assert!(lines.is_empty() && !lines.has(&label("B")));
    }

    #[test]
    fn many_lines_or_long_ones_are_as_many_as_there_may_be() {
        let mut many = InFlight::default();
        for _ in 0..MOST {
            assert!(!many.is_full());
            many.push(1, None);
        }
        assert!(many.is_full());
        many.pop();
        assert!(!many.is_full());
        let mut long = InFlight::default();
        long.push(MOST_BYTES, None);
        assert!(!long.is_full());
        long.push(1, None);
        assert!(long.is_full());
        long.pop();
        assert!(!long.is_full());
    }
}
