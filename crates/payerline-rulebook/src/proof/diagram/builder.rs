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
        self.update_once((root, 0), within, &change, &mut HashMap::new())
    }

    fn update_once(
        &mut self,
        (node, from): (&Link<T>, Axis),
        within: &Extent,
        change: &impl Fn(&T) -> T,
        done: &mut HashMap<(u64, Axis), Link<T>>,
    ) -> Result<Link<T>, TooLarge> {
        let axis = node.axis().min(within.restricted(from));
        if let Some(done) = done.get(&(node.id, axis)) {
            return Ok(done.clone());
        }
        self.step()?;
        let updated = match &node.kind {
            Kind::Leaf(answer) if axis == END => self.leaf(change(answer))?,
            _ => {
                let runs = node.runs_along(axis);
                let mut updated = Vec::with_capacity(runs.len() + 1);
                for (end, &child, inside) in merge_runs(&runs, within.runs(axis)) {
                    let child = if *inside {
                        self.update_once((child, axis + 1), within, change, done)?
                    } else {
                        child.clone()
                    };
                    updated.push((end, child));
                }
                self.branch(axis, updated)?
            }
        };
        done.insert((node.id, axis), updated.clone());
        Ok(updated)
    }

    /// The function that combines the answers of two functions.
    pub fn zip<A, B>(
        &mut self,
        left: &Link<A>,
        right: &Link<B>,
        combine: impl Fn(&A, &B) -> T,
    ) -> Result<Link<T>, TooLarge> {
        self.zip_once((left, right), &combine, &mut HashMap::new())
    }

    fn zip_once<A, B>(
        &mut self,
        (left, right): (&Link<A>, &Link<B>),
        combine: &impl Fn(&A, &B) -> T,
        done: &mut HashMap<(u64, u64), Link<T>>,
    ) -> Result<Link<T>, TooLarge> {
        let ids = (left.id, right.id);
        if let Some(done) = done.get(&ids) {
            return Ok(done.clone());
        }
        self.step()?;
        let zipped = if let (Kind::Leaf(a), Kind::Leaf(b)) = (&left.kind, &right.kind) {
            self.leaf(combine(a, b))?
        } else {
            let axis = left.axis().min(right.axis());
            let (left, right) = (left.runs_along(axis), right.runs_along(axis));
            let mut zipped = Vec::with_capacity(left.len() + right.len());
            for (end, &a, &b) in merge_runs(&left, &right) {
                zipped.push((end, self.zip_once((a, b), combine, done)?));
            }
            self.branch(axis, zipped)?
        };
        done.insert(ids, zipped.clone());
        Ok(zipped)
    }

    /// The function of the other axes that joins all answers along some axes.
    pub fn join(
        &mut self,
        root: &Link<T>,
        along: impl Fn(Axis) -> bool,
        join: impl Fn(&T, &T) -> T,
    ) -> Result<Link<T>, TooLarge> {
        self.join_once(root, &along, &join, &mut HashMap::new())
    }

    fn join_once(
        &mut self,
        node: &Link<T>,
        along: &impl Fn(Axis) -> bool,
        join: &impl Fn(&T, &T) -> T,
        done: &mut HashMap<u64, Link<T>>,
    ) -> Result<Link<T>, TooLarge> {
        if let Some(done) = done.get(&node.id) {
            return Ok(done.clone());
        }
        self.step()?;
        let joined = match &node.kind {
            Kind::Leaf(answer) => self.leaf(answer.clone())?,
            Kind::Branch(axis, runs) => {
                let mut children = Vec::with_capacity(runs.len());
                for (end, child) in runs {
                    children.push((*end, self.join_once(child, along, join, done)?));
                }
                let is_along = along(*axis);
                match children.split_first() {
                    Some(((_, first), others)) if is_along => {
                        let mut all = first.clone();
                        for (_, other) in others {
                            all = self.zip(&all, other, join)?;
                        }
                        all
                    }
                    _ => self.branch(*axis, children)?,
                }
            }
        };
        done.insert(node.id, joined.clone());
        Ok(joined)
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
