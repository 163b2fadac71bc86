//! The nodes of a diagram.

use std::rc::Rc;

/// The place of an axis in the order in which axes are asked.
pub type Axis = usize;

/// A function of the values along one axis: runs of equal ones, each up to an end that does not
/// belong to it. The last run ends at [`END`].
pub type Runs<V> = Vec<(usize, V)>;

/// Beyond the values of every axis.
pub const END: usize = usize::MAX;

/// One value an axis.
pub type Point = Vec<usize>;

/// A node, shared.
pub type Link<T> = Rc<Node<T>>;

/// A question along one axis, or an answer.
#[derive(Debug)]
pub struct Node<T> {
    /// A number that no other node made by the same builder has.
    pub(super) id: u64,
    pub(super) kind: Kind<T>,
}

#[derive(Debug)]
pub(super) enum Kind<T> {
    Leaf(T),
    Branch(Axis, Runs<Link<T>>),
}

impl<T> Node<T> {
    /// The axis that it asks for; an answer comes after every axis.
    pub(super) fn axis(&self) -> Axis {
        match self.kind {
            Kind::Leaf(_) => END,
            Kind::Branch(axis, _) => axis,
        }
    }

    /// The next node for a value along an axis not after its own.
    pub(super) fn next(self: &Rc<Self>, axis: Axis, value: usize) -> &Rc<Self> {
        match &self.kind {
            Kind::Branch(own, runs) if *own == axis => runs
                .iter()
                .find(|(end, _)| value < *end)
                .map_or(self, |(_, child)| child),
            _ => self,
        }
    }

    /// The next nodes along an axis not after its own.
    pub(super) fn runs_along(self: &Rc<Self>, axis: Axis) -> Runs<&Link<T>> {
        match &self.kind {
            Kind::Branch(own, runs) if *own == axis => {
                runs.iter().map(|(end, child)| (*end, child)).collect()
            }
            _ => vec![(END, self)],
        }
    }
}

/// The runs in which neither of two functions of one axis changes, with the values of both.
pub(super) fn merge_runs<'r, A, B>(
    left: &'r [(usize, A)],
    right: &'r [(usize, B)],
) -> Vec<(usize, &'r A, &'r B)> {
    let (mut left, mut right) = (left.iter().peekable(), right.iter().peekable());
    let mut merged = Vec::with_capacity(left.len() + right.len());
    while let (Some((to_left, a)), Some((to_right, b))) = (left.peek(), right.peek()) {
        let end = *to_left.min(to_right);
        merged.push((end, a, b));
        let (left_ends, right_ends) = (*to_left == end, *to_right == end);
        if left_ends {
            left.next();
        }
        if right_ends {
            right.next();
        }
    }
    merged
}
