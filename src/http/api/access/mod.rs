//! `/v1/api-keys` and `/v1/clinics`.

pub mod clinics;
pub mod keys;
