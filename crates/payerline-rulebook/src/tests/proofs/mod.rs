//! What is proved of rulebooks.

pub mod difference;
pub mod flawed;
pub mod lawful;
pub mod mutants;
pub mod proof;
