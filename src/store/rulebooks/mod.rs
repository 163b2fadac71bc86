//! The tables of rulebooks and of their activations.

pub mod activations;
pub mod drafts;
mod row;
pub mod versions;

pub use self::row::NewRulebook;
