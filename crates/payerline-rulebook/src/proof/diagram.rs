//! Decision diagrams: a function of many axes, each of finitely many values, as a graph that shares
//! its equal parts.
//!
//! A node asks for the value along one axis and leads on by it; axes are asked in their order. Equal
//! nodes are one node, and a node whose answer does not matter is never made. So equal functions
//! have the same node, and whether something holds for every combination of values is seen by
//! visiting each node once, however many combinations there are.

mod search;

#[cfg(test)]
mod tests;

use std::{collections::HashMap, hash::Hash, rc::Rc};

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

/// Steps that may be taken at one place: a second's work or two, a hundred times what a readable
/// table needs. It also bounds the memory, since a node is made in a step.
const MOST_STEPS: u64 = 2_000_000;

/// The diagrams of a rulebook take more work than is granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the rules are too entangled: to tell their cases apart takes more than {MOST_STEPS} steps"
)]
pub struct TooLarge;

/// A question along one axis, or an answer.
#[derive(Debug)]
pub struct Node<T> {
    /// A number that no other node made at the same place has.
    id: u64,
    kind: Kind<T>,
}

#[derive(Debug)]
enum Kind<T> {
    Leaf(T),
    Branch(Axis, Runs<Link<T>>),
}

/// By what equal nodes are found: children by their numbers.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Key<T> {
    Leaf(T),
    Branch(Axis, Runs<u64>),
}

impl<T> Node<T> {
    /// The axis that it asks for; an answer comes after every axis.
    fn axis(&self) -> Axis {
        match self.kind {
            Kind::Leaf(_) => END,
            Kind::Branch(axis, _) => axis,
        }
    }

    /// Where it leads for a value along an axis not after its own.
    fn next(self: &Rc<Self>, axis: Axis, value: usize) -> &Rc<Self> {
        match &self.kind {
            Kind::Branch(own, runs) if *own == axis => runs
                .iter()
                .find(|(end, _)| value < *end)
                .map_or(self, |(_, child)| child),
            _ => self,
        }
    }
}

/// A part of the space.
#[derive(Debug, Clone)]
pub struct Extent {
    /// For each axis the values inside, where they are not all.
    inside: Vec<Option<Runs<bool>>>,
    /// For each axis the first from it on that is restricted.
    restricted: Vec<Axis>,
}

/// What is inside along an axis that is not restricted.
const ALL: [(usize, bool); 1] = [(END, true)];

impl Extent {
    /// The part that has, of each axis, the values inside; of some axes all.
    pub fn of(inside: Vec<Option<Runs<bool>>>) -> Self {
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

    fn restricted(&self, from: Axis) -> Axis {
        self.restricted.get(from).copied().unwrap_or(END)
    }

    fn runs(&self, axis: Axis) -> &[(usize, bool)] {
        match self.inside.get(axis) {
            Some(Some(runs)) => runs,
            _ => &ALL,
        }
    }

    /// Whether any value from one to another, which does not belong to it, lies inside.
    fn meets(&self, axis: Axis, from: usize, to: usize) -> bool {
        let mut begins = 0;
        self.runs(axis).iter().any(|(end, inside)| {
            let meets = *inside && begins < to && from < *end;
            begins = *end;
            meets
        })
    }

    fn has(&self, axis: Axis, value: usize) -> bool {
        let run = self.runs(axis).iter().find(|(end, _)| value < *end);
        run.is_some_and(|(_, inside)| *inside)
    }
}

/// Both of two functions of one axis.
fn both<'r, A, B>(left: &'r [(usize, A)], right: &'r [(usize, B)]) -> Vec<(usize, &'r A, &'r B)> {
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

/// Where diagrams are made: every node of them once.
#[derive(Debug)]
pub struct Diagrams<T> {
    nodes: HashMap<Key<T>, Link<T>>,
    steps_left: u64,
}

impl<T: Clone + Eq + Hash> Default for Diagrams<T> {
    fn default() -> Self {
        Self::with_steps(MOST_STEPS)
    }
}

impl<T: Clone + Eq + Hash> Diagrams<T> {
    fn with_steps(steps_left: u64) -> Self {
        Self {
            nodes: HashMap::new(),
            steps_left,
        }
    }

    fn step(&mut self) -> Result<(), TooLarge> {
        self.steps_left = self.steps_left.checked_sub(1).ok_or(TooLarge)?;
        Ok(())
    }

    /// The function that has one answer everywhere.
    ///
    /// # Errors
    /// It takes too many steps.
    pub fn leaf(&mut self, answer: T) -> Result<Link<T>, TooLarge> {
        self.node(Key::Leaf(answer.clone()), Kind::Leaf(answer))
    }

    fn branch(&mut self, axis: Axis, runs: Runs<Link<T>>) -> Result<Link<T>, TooLarge> {
        let mut merged: Runs<Link<T>> = Vec::with_capacity(runs.len());
        for (end, child) in runs {
            match merged.last_mut() {
                Some((last, same)) if Rc::ptr_eq(same, &child) => *last = end,
                _ => merged.push((end, child)),
            }
        }
        if let [(_, only)] = merged.as_slice() {
            return Ok(only.clone());
        }
        let ids = merged.iter().map(|(end, child)| (*end, child.id)).collect();
        self.node(Key::Branch(axis, ids), Kind::Branch(axis, merged))
    }

    fn node(&mut self, key: Key<T>, kind: Kind<T>) -> Result<Link<T>, TooLarge> {
        self.step()?;
        let id = self.steps_left;
        let node = self.nodes.entry(key);
        Ok(node.or_insert_with(|| Rc::new(Node { id, kind })).clone())
    }

    /// The function with every answer within an extent changed.
    ///
    /// # Errors
    /// It takes too many steps.
    pub fn update(
        &mut self,
        root: &Link<T>,
        within: &Extent,
        change: impl Fn(&T) -> T,
    ) -> Result<Link<T>, TooLarge> {
        let done = HashMap::new();
        let diagrams = self;
        Update {
            diagrams,
            within,
            change,
            done,
        }
        .at(root, 0)
    }
}

/// An update under way.
struct Update<'d, T, F> {
    diagrams: &'d mut Diagrams<T>,
    within: &'d Extent,
    change: F,
    done: HashMap<(u64, Axis), Link<T>>,
}

impl<T: Clone + Eq + Hash, F: Fn(&T) -> T> Update<'_, T, F> {
    fn at(&mut self, node: &Link<T>, axis: Axis) -> Result<Link<T>, TooLarge> {
        let axis = node.axis().min(self.within.restricted(axis));
        if let Some(done) = self.done.get(&(node.id, axis)) {
            return Ok(done.clone());
        }
        self.diagrams.step()?;
        let updated = match &node.kind {
            Kind::Leaf(answer) if axis == END => self.diagrams.leaf((self.change)(answer))?,
            Kind::Branch(own, runs) if *own == axis => self.branch(axis, runs)?,
            // Not asked here: every value leads to the same.
            _ => self.branch(axis, &[(END, node.clone())])?,
        };
        self.done.insert((node.id, axis), updated.clone());
        Ok(updated)
    }

    fn branch(&mut self, axis: Axis, runs: &[(usize, Link<T>)]) -> Result<Link<T>, TooLarge> {
        let mut updated = Vec::with_capacity(runs.len() + 1);
        for (end, child, inside) in both(runs, self.within.runs(axis)) {
            let child = if *inside {
                self.at(child, axis + 1)?
            } else {
                child.clone()
            };
            updated.push((end, child));
        }
        self.diagrams.branch(axis, updated)
    }
}

impl<T> Node<T> {
    /// The same function with other answers, made elsewhere.
    ///
    /// # Errors
    /// It takes too many steps.
    pub fn map<U: Clone + Eq + Hash>(
        self: &Rc<Self>,
        into: &mut Diagrams<U>,
        change: &impl Fn(&T) -> U,
    ) -> Result<Link<U>, TooLarge> {
        self.map_once(into, change, &mut HashMap::new())
    }

    fn map_once<U: Clone + Eq + Hash>(
        self: &Rc<Self>,
        into: &mut Diagrams<U>,
        change: &impl Fn(&T) -> U,
        done: &mut HashMap<u64, Link<U>>,
    ) -> Result<Link<U>, TooLarge> {
        if let Some(known) = done.get(&self.id) {
            return Ok(known.clone());
        }
        let mapped = match &self.kind {
            Kind::Leaf(answer) => into.leaf(change(answer))?,
            Kind::Branch(axis, runs) => {
                let mut mapped = Vec::with_capacity(runs.len());
                for (end, child) in runs {
                    mapped.push((*end, child.map_once(into, change, done)?));
                }
                into.branch(*axis, mapped)?
            }
        };
        done.insert(self.id, mapped.clone());
        Ok(mapped)
    }
}
