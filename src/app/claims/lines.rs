//! Lines of a batch, which are tried again: a line can wait, so a busy service or a short outage does not refuse it.

use std::time::{Duration, Instant};

use crate::app::{error::AppError, load::LoadLimit};

const RETRY_TIMEOUT: Duration = Duration::from_secs(60);
const RETRY_INTERVAL: Duration = Duration::from_millis(20);

/// Tries until it is settled, within a minute.
pub async fn try_again<T>(
    load: &LoadLimit,
    mut attempt: impl AsyncFnMut() -> Result<T, AppError>,
) -> Result<T, AppError> {
    let deadline = Instant::now() + RETRY_TIMEOUT;
    loop {
        let permit = load.acquire_bulk().await?;
        let outcome = attempt().await;
        drop(permit);
        match outcome {
            Err(error) if error.is_transient() && Instant::now() < deadline => {
                tokio::time::sleep(RETRY_INTERVAL).await;
            }
            outcome => return outcome,
        }
    }
}
