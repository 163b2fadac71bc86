//! Authentication, permissions, API keys and clinics.

pub mod owner;
pub mod permissions;
pub mod service;
