//! What an operator works with: metrics and alerts, the command line, Citus.

mod command_help;
mod distribution;
mod metrics;
