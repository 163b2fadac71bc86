//! Finds the rows of a table that hold for an item, all at once.
//!
//! A row holds when it allows the value of each fact. For each value of each fact the matcher has the set of rows
//! that allow it; the rows that hold are the intersection of the sets of an item's facts: one `and` a fact for 64
//! rows, instead of a comparison a row.

use std::num::NonZeroU64;

use crate::table::{
    bits::PerBit,
    conditions::Mask,
    insurers::Insurers,
    period::Period,
    vocabulary::{Facts, When},
};

/// The rows of a section of a table, compiled.
#[derive(Debug)]
pub struct Matcher {
    blocks: Vec<Block>,
}

impl Matcher {
    /// Compiles rows; `insurers` has every insurer that they name.
    pub fn new<'t>(whens: impl Iterator<Item = &'t When>, insurers: &Insurers) -> Self {
        let masks: Vec<Mask> = whens.map(|when| when.compile(insurers)).collect();
        Self {
            blocks: masks.chunks(Block::MAX_ROWS).map(Block::new).collect(),
        }
    }

    /// The places, from 0, of the rows that hold, in order.
    pub fn holding(&self, facts: &Facts) -> impl Iterator<Item = usize> {
        let blocks = (0..).step_by(Block::MAX_ROWS).zip(&self.blocks);
        blocks.flat_map(|(first, block)| places(block.holding(facts)).map(move |it| first + it))
    }

    /// The place of the first row that holds.
    pub fn first(&self, facts: &Facts) -> Option<usize> {
        self.holding(facts).next()
    }
}

/// Up to 64 rows, so that a set of them is a word with a bit a row.
#[derive(Debug)]
struct Block {
    /// For each value of each fact, the rows that allow it.
    allowing: PerBit<u64>,
    /// The rows that ask for the day of the accident, with their period.
    dated: Vec<(u64, Period)>,
}

impl Block {
    const MAX_ROWS: usize = 64;

    fn new(masks: &[Mask]) -> Self {
        let mut block = Self {
            allowing: [0; _],
            dated: Vec::new(),
        };
        // The masks come first in the zip: shifting past the last row would overflow.
        for (mask, row) in masks.iter().zip((0..).map(|place| 1 << place)) {
            for (bit, rows) in (0..).zip(&mut block.allowing) {
                if mask.allowed.has(bit) {
                    *rows |= row;
                }
            }
            block
                .dated
                .extend(mask.accident_date.map(|period| (row, period)));
        }
        block
    }

    fn holding(&self, facts: &Facts) -> u64 {
        let mut rows = facts.agree_on(&self.allowing);
        for (row, period) in &self.dated {
            if rows & row != 0 && !facts.happened_in(*period) {
                rows &= !row;
            }
        }
        rows
    }
}

/// The places of the rows in a set.
fn places(mut rows: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let first = NonZeroU64::new(rows)?.trailing_zeros();
        rows &= rows - 1;
        usize::try_from(first).ok()
    })
}
