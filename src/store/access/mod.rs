//! The tables of clinics and API keys.

pub mod clinics;
pub mod keys;
mod row;

pub use self::row::lock_clinic;
