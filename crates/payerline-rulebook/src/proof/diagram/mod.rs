//! Decision diagrams: a function of many axes, each of finitely many values, as a graph that shares
//! its equal parts.
//!
//! A node asks for the value along one axis and leads on by it; axes are asked in their order. Equal
//! nodes are one node, and a node whose answer does not matter is never made. So equal functions
//! have the same node, and whether something holds for every combination of values is seen by
//! visiting each node once, however many combinations there are.

mod builder;
mod extent;
mod node;
mod search;

#[cfg(test)]
mod tests;

pub use self::{
    builder::{Diagrams, TooLarge},
    extent::Extent,
    node::{Axis, END, Link, Node, Point, Runs},
};
