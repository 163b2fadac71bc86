//! What only SQLite needs: its file, opened and watched, and its checkpoints.

pub mod files;
pub mod open;
pub mod upkeep;
