//! Where two versions decide differently.

use std::time::{Duration, Instant};

use payerline_domain::values::names::VersionName;
use payerline_rulebook::proof::Differences;

use super::service::RulebookService;
use crate::app::{
    access::permissions::{Allowed, ReadRulebooks},
    error::AppError,
};

/// Bounds the diagrams of a comparison to about half a second each.
const MAX_STEPS: u64 = 500_000;
/// Ends the search for examples, so that a comparison takes less than two seconds.
const MAX_SEARCH: Duration = Duration::from_secs(1);
/// A comparison waits for this time for a check or another comparison to finish.
const TURN_TIMEOUT: Duration = Duration::from_secs(1);

impl RulebookService {
    /// The situations that two versions decide differently.
    pub async fn differences(
        &self,
        actor: &Allowed<ReadRulebooks>,
        from: VersionName,
        to: VersionName,
    ) -> Result<Differences, AppError> {
        let (from, to) = (self.get(actor, from).await?, self.get(actor, to).await?);
        let service = self.clone();
        let compare = move || {
            let (from, to) = (service.compile(&from)?, service.compile(&to)?);
            let started = Instant::now();
            let is_out_of_time = || started.elapsed() >= MAX_SEARCH;
            Ok(from.differences(&to, MAX_STEPS, &is_out_of_time))
        };
        self.compute(TURN_TIMEOUT, compare).await?
    }
}
