//! `/v1/me`, `/v1/api-keys` and `/v1/clinics`.

pub mod clinics;
pub mod keys;
pub mod me;
