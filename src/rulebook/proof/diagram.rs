//! Decision diagrams: a function of many axes, each of finitely many values, as a graph that shares
//! its equal parts.
//!
//! A node asks for the value along one axis and leads on by it; axes are asked in their order. Equal
//! nodes are one node, and a node whose answer does not matter is never made. So equal functions
//! have the same node, and whether something holds for every combination of values is seen by
//! visiting each node once, however many combinations there are.

mod search;

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

/// Nodes kept at a time: far more than any readable table needs, and some hundred megabytes.
const MOST_NODES: usize = 1_000_000;

/// The diagram outgrew its room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the rules are too entangled to be proved: their cases need more than {MOST_NODES} nodes")]
pub struct TooLarge;

/// A question along one axis, or an answer.
#[derive(Debug)]
pub struct Node<T> {
    id: u64,
    kind: Kind<T>,
}

#[derive(Debug)]
enum Kind<T> {
    Leaf(T),
    Branch(Axis, Runs<Link<T>>),
}

/// By what equal nodes are found.
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
    fn next<'n>(self: &'n Rc<Self>, axis: Axis, value: usize) -> &'n Rc<Self> {
        match &self.kind {
            Kind::Branch(own, runs) if *own == axis => runs
                .iter()
                .find(|(end, _)| value < *end)
                .map_or(self, |(_, child)| child),
            _ => self,
        }
    }

    /// Where it leads along an axis not after its own.
    fn runs(self: &Rc<Self>, axis: Axis) -> Runs<Rc<Self>> {
        match &self.kind {
            Kind::Branch(own, runs) if *own == axis => runs.clone(),
            _ => vec![(END, self.clone())],
        }
    }
}

/// A part of the space: for each axis the values inside, where they are not all.
#[derive(Debug, Clone)]
pub struct Extent(pub Vec<Option<Runs<bool>>>);

impl Extent {
    /// The first axis from one on that is restricted.
    fn restricted(&self, from: Axis) -> Axis {
        let rest = self.0.iter().enumerate().skip(from);
        rest.filter(|(_, inside)| inside.is_some())
            .map(|(axis, _)| axis)
            .next()
            .unwrap_or(END)
    }

    fn runs(&self, axis: Axis) -> Runs<bool> {
        let inside = self.0.get(axis).and_then(Clone::clone);
        inside.unwrap_or_else(|| vec![(END, true)])
    }

    /// Whether any value from one to another, which does not belong to it, lies inside.
    fn meets(&self, axis: Axis, from: usize, to: usize) -> bool {
        let Some(Some(runs)) = self.0.get(axis) else {
            return true;
        };
        let mut begins = 0;
        runs.iter().any(|(end, inside)| {
            let meets = *inside && begins < to && from < *end;
            begins = *end;
            meets
        })
    }

    fn has(&self, axis: Axis, value: usize) -> bool {
        let Some(Some(runs)) = self.0.get(axis) else {
            return true;
        };
        runs.iter()
            .find(|(end, _)| value < *end)
            .is_some_and(|(_, inside)| *inside)
    }
}

/// Both of two functions of one axis.
fn both<A: Clone, B: Clone>(left: &Runs<A>, right: &Runs<B>) -> Vec<(usize, A, B)> {
    let (mut left, mut right) = (left.iter().peekable(), right.iter().peekable());
    let mut merged = Vec::new();
    while let (Some((to_left, a)), Some((to_right, b))) = (left.peek(), right.peek()) {
        let end = *to_left.min(to_right);
        merged.push((end, a.clone(), b.clone()));
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
    made: u64,
}

impl<T: Clone + Eq + Hash> Diagrams<T> {
    /// No diagram yet.
    pub fn new() -> Self {
        Self {
            nodes: HashMap::new(),
            made: 0,
        }
    }

    /// The function that has one answer everywhere.
    ///
    /// # Errors
    /// There is no room for it.
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
        if let Some(known) = self.nodes.get(&key) {
            return Ok(known.clone());
        }
        if self.nodes.len() >= MOST_NODES {
            self.forget();
            // Half must be free again, or forgetting would be all that is done.
            if self.nodes.len() > MOST_NODES / 2 {
                return Err(TooLarge);
            }
        }
        self.made += 1;
        let node = Rc::new(Node {
            id: self.made,
            kind,
        });
        self.nodes.insert(key, node.clone());
        Ok(node)
    }

    /// Lets go of nodes that are part of no diagram any more, parents before their children.
    fn forget(&mut self) {
        let mut before = usize::MAX;
        while self.nodes.len() < before {
            before = self.nodes.len();
            self.nodes.retain(|_, node| Rc::strong_count(node) > 1);
        }
    }

    /// The function with every answer within an extent changed.
    ///
    /// # Errors
    /// There is no room for it.
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
        let updated = match &node.kind {
            Kind::Leaf(answer) if axis == END => self.diagrams.leaf((self.change)(answer))?,
            _ => {
                let mut runs = Vec::new();
                for (end, child, inside) in both(&node.runs(axis), &self.within.runs(axis)) {
                    let child = if inside {
                        self.at(&child, axis + 1)?
                    } else {
                        child
                    };
                    runs.push((end, child));
                }
                self.diagrams.branch(axis, runs)?
            }
        };
        self.done.insert((node.id, axis), updated.clone());
        Ok(updated)
    }
}

impl<T> Node<T> {
    /// The same function with other answers, made elsewhere.
    ///
    /// # Errors
    /// There is no room for it.
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
