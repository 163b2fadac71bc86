//! Payerline accepts insurance claims from clinics in Ontario, decides which payer each belongs to,
//! says why, and keeps them. This is the map; imports point down:
//!
//! ```text
//! main → cli → server → http → backtests → intake → rulebooks → store → domain
//!         │                                  └──→ rulebook → domain
//!         ├──→ replay → rulebooks
//!         └──→ transfer → domain
//! ```
//!
//! - [`cli`]: the command line: serve, migrate, openapi, healthcheck, import, export, replay
//! - [`transfer`]: import and export, through the API of a running service
//! - [`server`]: store, rulebook and HTTP put together, started and stopped
//! - [`http`]: the only place that knows actix: one file a resource
//! - [`intake`]: a claim's way in: parse, look up, decide, store
//! - [`reproduction`]: a stored claim decided again, to be explained and compared
//! - [`backtests`]: a rulebook tried on stored claims, in the background
//! - [`replay`]: all stored decisions made again and compared
//! - [`rulebooks`]: which rulebook decides, by clinic and day
//! - `shares`: work on a list shared out over threads
//! - `admission`: how many claims are worked on at once, and who is refused when more come
//! - [`store`]: the only place that knows diesel: SQLite and PostgreSQL behind one door
//! - [`rulebook`]: the decision table and how a claim is decided by it; pure
//! - [`domain`]: claims, coverages, money, decisions, events; pure
//! - [`telemetry`]: logs and metrics; [`clock`]: time and randomness

mod admission;
pub mod backtests;
pub mod cli;
pub mod clock;
pub mod domain;
pub mod http;
pub mod intake;
pub mod replay;
pub mod reproduction;
pub mod rulebook;
pub mod rulebooks;
pub mod server;
mod shares;
pub mod store;
pub mod telemetry;
pub mod transfer;
