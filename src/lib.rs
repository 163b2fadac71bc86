//! Payerline accepts insurance claims from clinics in Ontario, decides which payer each belongs to,
//! says why, and keeps them. This is the map; imports point down:
//!
//! ```text
//! cli → server → http → app → store ────────────→ payerline_domain
//!  │                     └──→ payerline_rulebook ──↗
//!  └──→ payerline_transfer ───────────────────────↗
//! ```
//!
//! - [`cli`]: the command line: serve, migrate, openapi, healthcheck, import, export, keys, replay, verify, backup, restore
//! - [`server`]: store, application and HTTP put together, started and stopped
//! - `http`: the only place that knows actix: `boundary` is what all requests pass, `api` the operations
//! - [`app`]: the use cases, one door for HTTP, command line and background work; clock and randomness
//! - [`store`]: the only place that knows diesel: SQLite and PostgreSQL behind one door
//! - `telemetry`: logs and metrics
//! - `payerline_rulebook`: the decision table, how it decides, explains and is proved; pure
//! - `payerline_domain`: claims, coverages, money, decisions, events; pure
//! - `payerline_transfer`: import and export, through the API of a running service

pub mod app;
pub mod cli;
mod http;
pub mod server;
pub mod store;
mod telemetry;
