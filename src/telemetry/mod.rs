//! Logs and metrics, for operators. They never hold patient data or a query string.

mod log;
mod metrics;
mod number;
mod process;

pub use self::{
    log::{LogFilter, LogFormat, start_logging},
    metrics::{
        BacktestEnd, Disk, add_running_backtests, count_answered_request, count_backtest_end,
        count_compared_claims, count_failed_login, count_fault, count_refused_claim,
        count_stored_claim, describe_build, metrics_handle, render, run_upkeep, served_total,
        set_database_up, set_disk_free, set_overloaded, set_size_of_database, set_stored_claims,
        set_waiting_jobs,
    },
};
