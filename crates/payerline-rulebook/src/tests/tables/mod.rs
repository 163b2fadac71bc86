//! Rulebooks as documents: reading, editing, printing.

pub mod document;
pub mod edit;
pub mod markdown;
pub mod matcher;
pub mod refusals;
