//! The use cases: the letter of a stored claim, and of a dry run.

use super::{subject::Subject, text::Letter};
use crate::app::{
    access::{
        permissions::{Allowed, ReadClaims, SubmitClaims},
        service::DEFAULT_CLINIC_NAME,
    },
    claims::{
        reproduction::{Unreadable, parse_submission},
        service::Claims,
    },
    clock,
    error::AppError,
};
use payerline_domain::values::ids::{ClaimId, ClinicId};

impl Claims {
    /// Writes the letter about a stored claim, as the claim stands now.
    pub async fn write_letter(
        &self,
        actor: &Allowed<ReadClaims>,
        id: ClaimId,
    ) -> Result<Letter, AppError> {
        let claim = self.find_complete(actor.clinic, id).await?;
        let submission = parse_submission(claim.submission.as_str(), id)?;
        let what = "decision";
        let subject = Subject::from_claim(&claim, &submission)
            .map_err(|_| AppError::internal(Unreadable { what, id }))?;
        let clinic = self.find_clinic_name(actor.clinic).await?;
        Ok(Letter::write(&subject, clinic, clock::today()))
    }

    /// Writes the letter about a claim that is decided and not stored.
    pub async fn write_letter_of_dry_run(
        &self,
        actor: &Allowed<SubmitClaims>,
        body: &[u8],
    ) -> Result<Letter, AppError> {
        let decided = self.decide_dry_run(actor, body).await?;
        let clinic = self.find_clinic_name(actor.clinic).await?;
        let subject = Subject::from_dry_run(&decided);
        Ok(Letter::write(&subject, clinic, clock::today()))
    }

    /// The name that a clinic was given. The first clinic of an installation has none.
    async fn find_clinic_name(&self, clinic: ClinicId) -> Result<Option<String>, AppError> {
        let found = self.store.clinic(clinic).await?;
        let name = found.map(|it| it.name.as_str().to_owned());
        Ok(name.filter(|name| name != DEFAULT_CLINIC_NAME))
    }
}
