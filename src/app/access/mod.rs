//! Authentication, permissions, API keys and clinics.

pub mod permissions;
pub mod service;
