//! The facts of each item of a claim: all that the rules may ask about. A file a group of facts.
//!
//! A group's file says how its facts are gathered from a claim, how an example claim shows them, and how they read in
//! words. Each takes all facts of its group apart or fills them in, so that the compiler names where a new one is
//! missing.

pub mod accident;
pub mod approval;
pub mod coverages;
pub mod health;
pub mod insurance;
pub mod item;
pub mod patient;
pub mod plan;
mod preference;
pub mod procedure;
pub mod service;

mod gather;
mod reading;

pub use gather::ClaimFacts;
pub use item::ItemFacts;
pub use reading::Reading;
