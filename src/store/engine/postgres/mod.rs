//! What only PostgreSQL needs: its sessions, and who goes without when it grants too few of them.

pub mod limit;
pub mod open;
pub mod scarcity;
pub mod start;
