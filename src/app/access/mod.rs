//! Authentication, permissions, API keys and clinics.

pub mod clinics;
pub mod permissions;
pub mod service;
