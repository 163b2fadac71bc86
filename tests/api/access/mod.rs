//! Clinics and API keys.

mod clinics;
mod command_line;
mod keys;
