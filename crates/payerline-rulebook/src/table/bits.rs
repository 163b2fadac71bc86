//! Sets of up to 256 bits, one a value of a fact: enough for the vocabulary and for the insurers that two rulebooks
//! name.

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Bits([u64; 4]);

/// A value for each bit.
pub type PerBit<T> = [T; 256];

impl Bits {
    pub const NONE: Self = Self([0; 4]);

    pub const ALL: Self = Self([u64::MAX; 4]);

    pub const COUNT: u32 = 4 * u64::BITS;

    /// The same with a bit, counted from 0; there is none beyond the last.
    pub fn with(self, at: u32) -> Self {
        self.change(at, |word, bit| word | bit)
    }

    pub fn without(self, at: u32) -> Self {
        self.change(at, |word, bit| word & !bit)
    }

    fn change(mut self, at: u32, change: impl Fn(u64, u64) -> u64) -> Self {
        let word = usize::try_from(at / u64::BITS).ok();
        if let Some(word) = word.and_then(|it| self.0.get_mut(it)) {
            *word = change(*word, 1 << (at % u64::BITS));
        }
        self
    }

    pub fn has(self, at: u32) -> bool {
        let word = usize::try_from(at / u64::BITS).ok();
        let word = word.and_then(|it| self.0.get(it));
        word.is_some_and(|it| (it >> (at % u64::BITS)) & 1 == 1)
    }
}

/// Whose fact it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// An item's own: it may differ between the items of a claim.
    Item,
    /// The claim's: all its items share it.
    Claim,
    /// The decided payer's, known after the rules. What follows another item has the payer of that item.
    Decided,
}

/// The bits of a fact in a mask or among those of an item's facts: one a value, in the order of the values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FactBits {
    pub name: &'static str,
    pub scope: Scope,
    /// Its first bit.
    pub offset: u32,
    pub count: usize,
}

impl FactBits {
    pub fn bits(&self) -> impl Iterator<Item = u32> + use<> {
        (self.offset..).take(self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bit_is_one_of_its_own() {
        for at in 0..Bits::COUNT {
            let set = Bits::NONE.with(at);
            assert!((0..Bits::COUNT).all(|it| set.has(it) == (it == at)), "{at}");
            let others = Bits::ALL.without(at);
            assert!(
                (0..Bits::COUNT).all(|it| others.has(it) == (it != at)),
                "{at}"
            );
        }
        assert_eq!(Bits::NONE.with(Bits::COUNT), Bits::NONE);
        assert!(!Bits::ALL.has(Bits::COUNT));
    }

    #[test]
    fn there_is_a_value_for_each_bit() {
        let per_bit: PerBit<()> = [(); _];
        assert_eq!(u32::try_from(per_bit.len()), Ok(Bits::COUNT));
    }
}
