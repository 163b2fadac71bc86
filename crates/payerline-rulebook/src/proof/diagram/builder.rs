//! Making diagrams: every node once, within a number of steps.

use std::{collections::HashMap, hash::Hash, rc::Rc};

use super::{
    extent::Extent,
    node::{Axis, END, Kind, Link, Node, Runs, merge_runs},
};

/// Steps that a builder takes at most when a rulebook is proved: a second's work or two, a hundred
/// times what a readable table needs. It also bounds the memory, since a node is made in a step.
const PROOF_STEPS: u64 = 2_000_000;

/// A diagram takes more steps than are granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the rules are too entangled: telling their cases apart takes too many steps")]
pub struct TooLarge;

/// Equal nodes have equal keys; children are told apart by their numbers.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Key<T> {
    Leaf(T),
    Branch(Axis, Runs<u64>),
}

/// Builds diagrams, and makes each node once.
#[derive(Debug)]
pub struct Diagrams<T> {
    nodes: HashMap<Key<T>, Link<T>>,
    steps_left: u64,
}

impl<T: Clone + Eq + Hash> Default for Diagrams<T> {
    fn default() -> Self {
        Self::with_steps(PROOF_STEPS)
    }
}

impl<T: Clone + Eq + Hash> Diagrams<T> {
    /// A builder that takes at most some steps.
    pub fn with_steps(steps_left: u64) -> Self {
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

impl<T: Clone + Eq + Hash> Diagrams<T> {
    /// The function that combines the answers of two functions.
    pub fn zip<A, B>(
        &mut self,
        left: &Link<A>,
        right: &Link<B>,
        combine: impl Fn(&A, &B) -> T,
    ) -> Result<Link<T>, TooLarge> {
        let done = HashMap::new();
        let diagrams = self;
        Zip {
            diagrams,
            combine,
            done,
        }
        .at(left, right)
    }
}

/// A combination under way.
struct Zip<'d, T, F> {
    diagrams: &'d mut Diagrams<T>,
    combine: F,
    done: HashMap<(u64, u64), Link<T>>,
}

impl<T: Clone + Eq + Hash, F> Zip<'_, T, F> {
    fn at<A, B>(&mut self, left: &Link<A>, right: &Link<B>) -> Result<Link<T>, TooLarge>
    where
        F: Fn(&A, &B) -> T,
    {
        let ids = (left.id, right.id);
        if let Some(done) = self.done.get(&ids) {
            return Ok(done.clone());
        }
        self.diagrams.step()?;
        let zipped = if let (Kind::Leaf(a), Kind::Leaf(b)) = (&left.kind, &right.kind) {
            self.diagrams.leaf((self.combine)(a, b))?
        } else {
            let axis = left.axis().min(right.axis());
            let (left, right) = (left.runs_along(axis), right.runs_along(axis));
            let mut zipped = Vec::with_capacity(left.len() + right.len());
            for (end, a, b) in merge_runs(&left, &right) {
                zipped.push((end, self.at(a, b)?));
            }
            self.diagrams.branch(axis, zipped)?
        };
        self.done.insert(ids, zipped.clone());
        Ok(zipped)
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
        for (end, child, inside) in merge_runs(runs, self.within.runs(axis)) {
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
    /// The same function with other answers, built in another builder.
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
