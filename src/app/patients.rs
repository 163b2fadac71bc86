//! [`Patients`]: what the clinic's claims and approvals say of one patient.

use payerline_domain::{
    patients::{AmountDue, DueSums, MAX_LISTED, MAX_OPEN, PatientIdentity, PatientRecord},
    values::{ids::ClinicId, text::Label},
};

use super::{
    access::permissions::{Allowed, ReadPatients},
    claims::{reproduction::parse_submission, service::Claims},
    error::AppError,
};
use crate::store::{ClaimFilter, PageRequest, Position, PreauthorizationFilter};

/// Cheap to clone.
#[derive(Clone)]
pub struct Patients {
    claims: Claims,
}

const NEWEST: PageRequest = PageRequest {
    limit: MAX_LISTED,
    position: Position::First,
};

impl Patients {
    pub fn new(claims: Claims) -> Self {
        Self { claims }
    }

    pub async fn get(
        &self,
        actor: &Allowed<ReadPatients>,
        patient: Label,
    ) -> Result<PatientRecord, AppError> {
        // Open claims are read whole, and those of earlier builds decided again.
        let _permit = self.claims.load.acquire().await?;
        let (clinic, store) = (actor.clinic, &self.claims.store);
        let filter = ClaimFilter {
            patient_id: Some(patient.clone()),
            ..ClaimFilter::default()
        };
        let claims = store.claims(clinic, filter, NEWEST).await?;
        let filter = PreauthorizationFilter {
            patient_id: Some(patient.clone()),
            ..PreauthorizationFilter::default()
        };
        let approvals = store.preauthorizations(clinic, filter, NEWEST).await?;
        let identity = match claims.data.first() {
            Some(newest) => {
                let evidence = self.claims.find_evidence(clinic, newest.id).await?;
                let submission = parse_submission(&evidence.submission, newest.id)?;
                Some(PatientIdentity::from(&submission))
            }
            None if approvals.data.is_empty() => return Err(AppError::NotFound("patient")),
            None => None,
        };
        let (due, has_more_due) = self.add_up(clinic, &patient).await?;
        Ok(PatientRecord {
            due,
            has_more_due,
            outcomes: store.outcomes(clinic, patient.clone()).await?,
            id: patient,
            identity,
            has_older_claims: claims.older.is_some(),
            claims: claims.data,
            has_older_preauthorizations: approvals.older.is_some(),
            preauthorizations: approvals.data,
        })
    }

    /// Adds up what is due of the open claims of a patient. Returns true if there are too many for that.
    async fn add_up(
        &self,
        clinic: ClinicId,
        patient: &Label,
    ) -> Result<(Vec<AmountDue>, bool), AppError> {
        let mut sums = DueSums::default();
        let (mut before, mut added) = (None, 0);
        loop {
            let next = self
                .claims
                .store
                .open_claims(clinic, patient.clone(), before);
            let page = next.await?;
            let Some(last) = page.last().filter(|_| added < MAX_OPEN) else {
                return Ok((sums.finish(), !page.is_empty()));
            };
            added += page.len();
            before = Some(last.id.uuid());
            for claim in page {
                let claim = self.claims.complete(clinic, claim).await?;
                let submission = parse_submission(claim.submission.as_str(), claim.id)?;
                sums.add(&claim, &submission);
            }
        }
    }
}
