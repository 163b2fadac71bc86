//! The tables of clinics and API keys.

pub mod clinics;
pub mod keys;
