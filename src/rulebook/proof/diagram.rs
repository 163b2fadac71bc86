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

/// Steps that may be taken at one place: a second's work or two, a hundred times what a readable
/// table needs. It also bounds the memory, since a node is made in a step.
const MOST_STEPS: u64 = 2_000_000;

/// The diagrams of a rulebook take more work than is granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the rules are too entangled: to tell their cases apart takes more than {MOST_STEPS} steps")]
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
    steps_left: u64,
}

impl<T: Clone + Eq + Hash> Diagrams<T> {
    /// No diagram yet.
    pub fn new() -> Self {
        Self::with_steps(MOST_STEPS)
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    /// Two axes of three values each: whether they are equal.
    fn equal(diagrams: &mut Diagrams<bool>) -> Link<bool> {
        let mut root = diagrams.leaf(false).unwrap();
        for value in 0..3 {
            root = diagrams.update(&root, &only(value), |_| true).unwrap();
        }
        root
    }

    fn only(value: usize) -> Extent {
        let runs = vec![(value, false), (value + 1, true), (END, false)];
        let runs: Runs<bool> = runs.into_iter().filter(|(end, _)| *end > 0).collect();
        Extent(vec![Some(runs.clone()), Some(runs)])
    }

    fn everywhere() -> Extent {
        Extent(vec![None, None])
    }

    const ORDER: [[usize; 3]; 2] = [[2, 0, 1], [1, 2, 0]];

    fn order() -> Vec<Vec<usize>> {
        ORDER.map(Vec::from).to_vec()
    }

    #[test]
    fn every_combination_has_its_answer() {
        let root = equal(&mut Diagrams::new());
        for one in 0..3 {
            for other in 0..3 {
                let answer = root.next(0, one).next(1, other);
                assert!(matches!(answer.kind, Kind::Leaf(it) if it == (one == other)));
            }
        }
    }

    #[test]
    fn equal_functions_are_one_node() {
        let mut diagrams = Diagrams::new();
        let one = equal(&mut diagrams);
        let other = equal(&mut diagrams);
        assert!(Rc::ptr_eq(&one, &other));
        assert_eq!(one.difference(&other, &order()), None);
        let same = diagrams.update(&one, &only(1), |_| false).unwrap();
        assert_eq!(one.difference(&same, &order()), Some(vec![1, 1]));
    }

    #[test]
    fn a_combination_is_found_in_the_order_asked_for() {
        let root = equal(&mut Diagrams::new());
        assert_eq!(root.find(&everywhere(), &order(), &|it| *it), Some(vec![2, 2]));
        assert_eq!(root.find(&everywhere(), &order(), &|it| !it), Some(vec![2, 1]));
        assert_eq!(root.find(&only(0), &order(), &|it| *it), Some(vec![0, 0]));
        assert_eq!(root.find(&only(0), &order(), &|it| !it), None);
    }

    #[test]
    fn answers_are_those_within() {
        let root = equal(&mut Diagrams::new());
        assert_eq!(root.answers(&everywhere()).len(), 2);
        assert_eq!(root.answers(&only(1)), [&true]);
        let nothing = Extent(vec![None, Some(vec![(END, false)])]);
        assert!(root.answers(&nothing).is_empty());
        assert_eq!(root.find(&nothing, &order(), &|_| true), None);
    }

    #[test]
    fn what_does_not_matter_is_not_asked() {
        let mut diagrams = Diagrams::new();
        let root = equal(&mut diagrams);
        let all = diagrams.update(&root, &everywhere(), |_| true).unwrap();
        assert!(matches!(all.kind, Kind::Leaf(true)));
        let mapped = root.map(&mut Diagrams::new(), &|_| "same").unwrap();
        assert!(matches!(mapped.kind, Kind::Leaf("same")));
    }

    #[test]
    fn steps_run_out() {
        let mut diagrams = Diagrams::with_steps(3);
        let root = diagrams.leaf(false).unwrap();
        let refused = diagrams.update(&root, &only(1), |_| true);
        assert_eq!(refused.unwrap_err(), TooLarge);
    }
}
