/// The external ids of an import and their contents, each as 8 bytes of a digest. They are kept in many parts, so that
/// growing moves one part at a time.
pub struct SeenIds(Vec<Vec<(u64, u64)>>);

impl Default for SeenIds {
    fn default() -> Self {
        Self(vec![Vec::new(); usize::from(u8::MAX) + 1])
    }
}

impl SeenIds {
    pub fn add(&mut self, id: u64, content: u64) {
        let [part, ..] = id.to_be_bytes();
        if let Some(part) = self.0.get_mut(usize::from(part)) {
            if part.len() == part.capacity() {
                part.reserve_exact(part.len() / 8 + 16);
            }
            part.push((id, content));
        }
    }

    /// The ids that come again with another content; sorted.
    pub fn find_repeated(mut self) -> Vec<u64> {
        let mut repeated = Vec::new();
        for part in &mut self.0 {
            part.sort_unstable();
            for same in part.chunk_by(|one, other| one.0 == other.0) {
                if let (Some(first), Some(last)) = (same.first(), same.last())
                    && first.1 != last.1
                {
                    repeated.push(first.0);
                }
            }
        }
        repeated
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_with_several_contents_are_found_in_order() {
        let mut seen = SeenIds::default();
        for (id, content) in [
            (u64::MAX, 1),
            (3, 1),
            (7, 1),
            (3, 2),
            (7, 1),
            (u64::MAX, 2),
            (5, 9),
        ] {
            seen.add(id, content);
        }
        assert_eq!(seen.find_repeated(), [3, u64::MAX]);
    }

    /// 16 bytes an id, and an eighth of that to spare.
    #[test]
    fn a_million_ids_take_eighteen_megabytes() {
        let mut seen = SeenIds::default();
        for number in 0..1_000_000_u64 {
            seen.add(number.wrapping_mul(0x9e37_79b9_7f4a_7c15), number);
        }
        let room: usize = seen.0.iter().map(Vec::capacity).sum();
        assert!(room * 16 < 18_500_000, "{room}");
        assert!(seen.find_repeated().is_empty());
    }
}
