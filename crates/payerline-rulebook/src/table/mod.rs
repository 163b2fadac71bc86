//! The decision table as data: its vocabulary, its rules, how it is read and changed.

pub mod bits;
pub mod condition;
pub mod conditions;
pub mod edit;
pub mod findings;
pub mod flaws;
pub mod insurers;
pub mod laws;
pub mod period;
pub mod rules;
pub mod vocabulary;
