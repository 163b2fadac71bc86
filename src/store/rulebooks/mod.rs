//! The tables of rulebooks and of their activations.

mod activation_row;
pub mod activations;
pub mod drafts;
mod row;
pub mod shipped;
pub mod versions;

pub use self::row::NewRulebook;
