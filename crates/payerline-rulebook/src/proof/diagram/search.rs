//! Questions to a finished diagram: its answers, and a combination of values with a wanted answer.

use std::{collections::HashSet, rc::Rc};

use super::{
    extent::Extent,
    node::{Axis, END, Kind, Link, Node, Point},
};

impl<T> Node<T> {
    /// Every answer that is given within an extent, once a leaf.
    pub fn answers(self: &Rc<Self>, within: &Extent) -> Vec<&T> {
        let mut answers = Vec::new();
        self.visit(within, 0, &mut HashSet::new(), &mut answers);
        answers
    }

    fn visit<'n>(
        self: &'n Rc<Self>,
        within: &Extent,
        axis: Axis,
        seen: &mut HashSet<(u64, Axis)>,
        answers: &mut Vec<&'n T>,
    ) {
        // A part without any value has no answers, even where the node does not ask.
        let axis = self.axis().min(within.restricted(axis));
        if !seen.insert((self.id, axis)) {
            return;
        }
        match &self.kind {
            Kind::Leaf(answer) if axis == END => answers.push(answer),
            _ => {
                let mut from = 0;
                for (end, child) in self.runs_along(axis) {
                    if within.meets(axis, from, end) {
                        child.visit(within, axis + 1, seen, answers);
                    }
                    from = end;
                }
            }
        }
    }

    /// A combination of values within an extent whose answer is a wanted one, with that answer. Values are tried in
    /// the given order, so the one that is found is as usual as can be.
    pub fn find(
        self: &Rc<Self>,
        within: &Extent,
        order: &[Vec<usize>],
        wanted: &impl Fn(&T) -> bool,
    ) -> Option<(Point, &T)> {
        let mut point = Vec::with_capacity(order.len());
        let mut search = Search {
            within,
            order,
            hopeless: HashSet::new(),
        };
        let answer = search.from(self, 0, wanted, &mut point)?;
        Some((point, answer))
    }
}

/// A search under way, depth first.
struct Search<'s> {
    within: &'s Extent,
    order: &'s [Vec<usize>],
    hopeless: HashSet<(u64, Axis)>,
}

impl Search<'_> {
    /// Completes `point` from an axis on; leaves it as it was when that cannot be done.
    fn from<'n, T>(
        &mut self,
        node: &'n Link<T>,
        axis: Axis,
        wanted: &impl Fn(&T) -> bool,
        point: &mut Point,
    ) -> Option<&'n T> {
        let order = self.order;
        let Some(values) = order.get(axis) else {
            return match &node.kind {
                Kind::Leaf(answer) if wanted(answer) => Some(answer),
                _ => None,
            };
        };
        if self.hopeless.contains(&(node.id, axis)) {
            return None;
        }
        for value in values {
            if self.within.has(axis, *value) {
                point.push(*value);
                let found = self.from(node.next(axis, *value), axis + 1, wanted, point);
                if found.is_some() {
                    return found;
                }
                point.pop();
                // Where the node does not ask, another value leads to the same.
                if node.axis() > axis {
                    break;
                }
            }
        }
        self.hopeless.insert((node.id, axis));
        None
    }
}
