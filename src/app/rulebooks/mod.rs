//! Rulebooks: which one decides, and how a clinic changes its own.

pub mod activation;
pub mod check;
pub mod draft;
pub mod in_force;
pub mod service;
