//! Which rows of a table hold for an item, all of them found at once.
//!
//! A row holds when each fact has a value that the row would do with. So there is, for each value of each fact,
//! the set of rows that would do with it, and the rows that hold are what the sets of an item's facts have in
//! common: one `and` a fact for 64 rows, instead of a comparison a row.

use std::num::NonZeroU64;

use crate::table::{
    bits::OfEach,
    conditions::{Facts, Mask, When},
    insurers::Insurers,
    period::Period,
};

/// The rows of a table's section, in order, by what they ask about.
#[derive(Debug)]
pub struct Rows {
    blocks: Vec<Block>,
}

impl Rows {
    /// Rows with these conditions, of a table that names no other insurers than those of the list.
    pub fn of<'t>(whens: impl Iterator<Item = &'t When>, insurers: &Insurers) -> Self {
        let masks: Vec<Mask> = whens.map(|when| when.compile(insurers)).collect();
        Self {
            blocks: masks.chunks(Block::MOST).map(Block::of).collect(),
        }
    }

    /// The places, from 0, of the rows that hold, in order.
    pub fn holding(&self, facts: &Facts) -> impl Iterator<Item = usize> {
        let blocks = (0..).step_by(Block::MOST).zip(&self.blocks);
        blocks.flat_map(|(first, block)| places(block.holding(facts)).map(move |it| first + it))
    }

    /// The place of the first row that holds.
    pub fn first(&self, facts: &Facts) -> Option<usize> {
        self.holding(facts).next()
    }
}

/// Up to 64 rows; a set of them is a bit a row.
#[derive(Debug)]
struct Block {
    /// For each value of each fact, the rows that would do with it.
    would_do: OfEach<u64>,
    /// The rows that ask when the accident happened, and what they ask.
    dated: Vec<(u64, Period)>,
}

impl Block {
    /// How many rows it has at most.
    const MOST: usize = 64;

    fn of(masks: &[Mask]) -> Self {
        let mut block = Self {
            would_do: [0; _],
            dated: Vec::new(),
        };
        // The masks first: there is no bit for a row after the last.
        for (mask, row) in masks.iter().zip((0..).map(|place| 1 << place)) {
            for (bit, rows) in (0..).zip(&mut block.would_do) {
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
        let mut rows = facts.agree_on(&self.would_do);
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
