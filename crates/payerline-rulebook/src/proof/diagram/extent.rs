//! Parts of the space, axis by axis.

use super::node::{Axis, END, Runs};

/// A part of the space.
#[derive(Debug, Clone)]
pub struct Extent {
    /// For each axis the values inside, where they are not all.
    inside: Vec<Option<Runs<bool>>>,
    /// For each axis the first from it on that is restricted.
    restricted: Vec<Axis>,
}

/// An axis that is not restricted has all values inside.
const ALL: [(usize, bool); 1] = [(END, true)];

impl Extent {
    /// The part that has, of each axis, the values inside.
    pub fn new(axes: &[Vec<bool>]) -> Self {
        let inside: Vec<_> = axes.iter().map(|values| runs(values)).collect();
        let mut next = END;
        let axes = inside.iter().enumerate().rev();
        let mut restricted: Vec<Axis> = axes
            .map(|(axis, runs)| {
                if runs.is_some() {
                    next = axis;
                }
                next
            })
            .collect();
        restricted.reverse();
        Self { inside, restricted }
    }

    pub(super) fn restricted(&self, from: Axis) -> Axis {
        self.restricted.get(from).copied().unwrap_or(END)
    }

    pub(super) fn runs(&self, axis: Axis) -> &[(usize, bool)] {
        match self.inside.get(axis) {
            Some(Some(runs)) => runs,
            _ => &ALL,
        }
    }

    /// True if a value lies inside, from one on and before the other.
    pub(super) fn meets(&self, axis: Axis, from: usize, to: usize) -> bool {
        let mut begins = 0;
        self.runs(axis).iter().any(|(end, inside)| {
            let meets = *inside && begins < to && from < *end;
            begins = *end;
            meets
        })
    }

    pub(super) fn has(&self, axis: Axis, value: usize) -> bool {
        let run = self.runs(axis).iter().find(|(end, _)| value < *end);
        run.is_some_and(|(_, inside)| *inside)
    }
}

/// Runs of values inside and outside; `None` when all are inside.
fn runs(values: &[bool]) -> Option<Runs<bool>> {
    let mut runs: Runs<bool> = Vec::new();
    for (inside, end) in values.iter().zip(1..) {
        match runs.last_mut() {
            Some((last, same)) if *same == *inside => *last = end,
            _ => runs.push((end, *inside)),
        }
    }
    if let Some((end, _)) = runs.last_mut() {
        *end = END;
    }
    values.contains(&false).then_some(runs)
}
