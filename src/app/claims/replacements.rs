//! Replacements that earlier builds did not record: they stored corrections and left the corrected claims as they were.

use crate::{
    app::clock,
    store::{ReplacementPosition, Store, StoreError},
};

/// Records them before the first request is answered, so that nobody meets a corrected claim that still stands.
/// A restart continues where a stop interrupted it.
pub async fn record_earlier(store: &Store) -> Result<(), StoreError> {
    let mut recorded = 0;
    for clinic in store.clinic_ids().await? {
        let mut position = ReplacementPosition::START;
        while let Some(page) = store
            .record_replacements(clinic, position, clock::now())
            .await?
        {
            recorded += page.count;
            position = page.end;
        }
    }
    if recorded > 0 {
        tracing::info!(
            claims = recorded,
            "claims that were corrected before are replaced now"
        );
    }
    Ok(())
}
