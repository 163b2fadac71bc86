//! Where two versions decide differently.

use std::time::Duration;

use payerline_domain::values::names::VersionName;
use payerline_rulebook::proof::Differences;

use super::service::RulebookService;
use crate::app::{
    access::permissions::{Allowed, ReadRulebooks},
    error::AppError,
};

/// Bounds a comparison to less than two seconds.
const MAX_STEPS: u64 = 500_000;
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
            Ok(from.differences(&to, MAX_STEPS))
        };
        self.compute(TURN_TIMEOUT, compare).await?
    }
}
