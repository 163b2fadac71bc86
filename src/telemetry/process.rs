//! The metrics of the process, under the names that Prometheus' own clients use.

use metrics::{counter, describe_counter, describe_gauge, gauge};
use procfs::{
    ProcResult, boot_time_secs, page_size,
    process::{LimitValue, Process},
    ticks_per_second,
};

use super::number::to_f64;

const CPU: &str = "process_cpu_seconds_total";
const MEMORY: &str = "process_resident_memory_bytes";
const STARTED: &str = "process_start_time_seconds";
const THREADS: &str = "process_threads";
const OPEN_FILES: &str = "process_open_fds";
const MAX_OPEN_FILES: &str = "process_max_fds";

pub fn describe() {
    describe_counter!(CPU, "Seconds of processor time that the process used");
    describe_gauge!(MEMORY, "Bytes of memory that the process has resident");
    describe_gauge!(STARTED, "When the process started, in seconds since 1970");
    describe_gauge!(THREADS, "Threads of the process");
    describe_gauge!(OPEN_FILES, "Open files, connections included");
    describe_gauge!(MAX_OPEN_FILES, "Open files that the process may have");
}

/// Reads the figures of now. Where there is no `/proc` they are missing, and nothing else is.
pub fn observe() {
    if let Err(error) = read() {
        tracing::debug!(%error, "the metrics of the process cannot be read");
    }
}

fn read() -> ProcResult<()> {
    let process = Process::myself()?;
    let stat = process.stat()?;
    let ticks = ticks_per_second().max(1);
    counter!(CPU).absolute((stat.utime + stat.stime) / ticks);
    gauge!(MEMORY).set(to_f64(stat.rss.saturating_mul(page_size())));
    gauge!(STARTED).set(to_f64(boot_time_secs()? + stat.starttime / ticks));
    gauge!(THREADS).set(to_f64(u64::try_from(stat.num_threads).unwrap_or(0)));
    let open = process.fd_count()?;
    gauge!(OPEN_FILES).set(to_f64(u64::try_from(open).unwrap_or(u64::MAX)));
    gauge!(MAX_OPEN_FILES).set(match process.limits()?.max_open_files.soft_limit {
        LimitValue::Value(count) => to_f64(count),
        LimitValue::Unlimited => f64::INFINITY,
    });
    Ok(())
}
