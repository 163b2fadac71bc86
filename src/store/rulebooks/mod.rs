//! The tables of rulebooks, drafts and activations.

pub mod activations;
pub mod drafts;
pub mod versions;
