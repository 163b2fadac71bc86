//! Rulebooks: those in force, and the changes that a clinic makes to its own.

pub mod activation;
pub mod check;
pub mod difference;
pub mod draft;
pub mod in_force;
pub mod service;
