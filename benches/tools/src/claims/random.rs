//! Random numbers that depend on their seed alone: not on the machine, a library's version, or other draws.

use jiff::Span;

/// Each stream is drawn separately, so that a claim stays the same when another stream draws more.
#[derive(Debug, Clone, Copy)]
pub enum Stream {
    Patient,
    Provider,
    Claim,
    /// Decides if a claim has a fault.
    HasFault,
    /// Chooses the fault.
    Fault,
}

/// A stream of numbers (SplitMix64).
#[derive(Debug)]
pub struct Random(u64);

/// SplitMix64's step: 2^64 divided by the golden ratio.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

impl Random {
    /// The numbers of one patient, provider or claim.
    pub fn new(seed: u64, stream: Stream, number: u64) -> Self {
        let stream = match stream {
            Stream::Patient => 1,
            Stream::Provider => 2,
            Stream::Claim => 3,
            Stream::HasFault => 4,
            Stream::Fault => 5,
        };
        let [mut of_seed, mut of_stream] = [Self(seed), Self(stream)];
        let mut of_number = Self(of_seed.next() ^ of_stream.next() ^ number);
        Self(of_number.next())
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 to `bound - 1`; 0 if the bound is 0.
    pub fn below(&mut self, bound: u32) -> u32 {
        let scaled = u64::from(high_half(self.next())) * u64::from(bound);
        high_half(scaled)
    }

    /// A number from `least` to `most`.
    pub fn within(&mut self, least: u32, most: u32) -> u32 {
        least + self.below(most.saturating_sub(least) + 1)
    }

    pub fn days(&mut self, least: u32, most: u32) -> Span {
        Span::new().days(self.within(least, most))
    }

    /// True in `share` of a hundred cases.
    pub fn percent(&mut self, share: u32) -> bool {
        self.below(100) < share
    }

    /// An entry of a table, all equally likely; the default if the table is empty.
    pub fn pick<T: Copy + Default>(&mut self, table: &[T]) -> T {
        let bound = u32::try_from(table.len()).unwrap_or(u32::MAX);
        let index = usize::try_from(self.below(bound)).unwrap_or_default();
        table.get(index).copied().unwrap_or_default()
    }

    /// An entry of a table, each as likely as its share; the default if the table is empty.
    pub fn pick_weighted<T: Copy + Default>(&mut self, table: &[(u32, T)]) -> T {
        let mut left = self.below(table.iter().map(|(share, _)| share).sum());
        for (share, value) in table {
            match left.checked_sub(*share) {
                Some(less) => left = less,
                None => return *value,
            }
        }
        T::default()
    }
}

fn high_half(number: u64) -> u32 {
    let [a, b, c, d, ..] = number.to_be_bytes();
    u32::from_be_bytes([a, b, c, d])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_spread_over_their_range_and_repeat_with_their_seed() {
        let draw = |seed, number| {
            let mut random = Random::new(seed, Stream::Claim, number);
            std::array::from_fn::<u32, 32, _>(|_| random.below(1000))
        };
        assert_eq!(draw(7, 1), draw(7, 1));
        assert_ne!(draw(7, 1), draw(7, 2));
        assert_ne!(draw(7, 1), draw(8, 1));
        let mut seen = [0_u32; 10];
        for number in 0..10_000 {
            let digit = Random::new(7, Stream::Fault, number).below(10);
            seen[usize::try_from(digit).unwrap()] += 1;
        }
        assert!(
            seen.iter().all(|count| (850..1150).contains(count)),
            "{seen:?}"
        );
    }

    #[test]
    fn shares_are_kept() {
        let mut random = Random::new(1, Stream::Claim, 1);
        let drawn: Vec<u32> = (0..10_000)
            .map(|_| random.pick_weighted(&[(9, 1), (1, 2)]))
            .collect();
        let twos = drawn.iter().filter(|value| **value == 2).count();
        assert!((850..1150).contains(&twos), "{twos}");
        assert!(!drawn.contains(&0));
    }
}
