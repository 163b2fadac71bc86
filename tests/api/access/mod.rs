//! Clinics and API keys.

mod clinics;
mod command_line;
mod failed_logins;
mod keys;
mod me;
