//! The changes that may be tried: each as an edit, with the condition in words.

pub mod approvals;
pub mod claim;
pub mod coverages;
