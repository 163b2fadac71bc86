//! Rulebooks: those in force, and the changes that a clinic makes to its own.

pub mod check;
pub mod draft;
pub mod in_force;
pub mod service;
