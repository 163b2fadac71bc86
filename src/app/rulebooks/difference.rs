//! Where two versions decide differently.

use payerline_domain::values::names::VersionName;
use payerline_rulebook::proof::Differences;

use super::service::RulebookService;
use crate::app::{
    access::permissions::{Allowed, ReadRulebooks},
    error::AppError,
};

/// Bounds a comparison to less than two seconds.
const MAX_STEPS: u64 = 500_000;

impl RulebookService {
    /// The situations that two versions decide differently.
    pub async fn differences(
        &self,
        actor: &Allowed<ReadRulebooks>,
        from: VersionName,
        to: VersionName,
    ) -> Result<Differences, AppError> {
        let (from, to) = (self.get(actor, from).await?, self.get(actor, to).await?);
        let (from, to) = (self.compile(&from)?, self.compile(&to)?);
        let compare = move || from.differences(&to, MAX_STEPS);
        self.compute(compare).await
    }
}
