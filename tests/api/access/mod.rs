//! Clinics and API keys.

mod clinics;
mod keys;
