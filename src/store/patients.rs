//! What a clinic's claims say of one patient.

use diesel::prelude::*;
use uuid::Uuid;

use payerline_domain::{
    claims::{claim::Claim, outcome::PatientOutcome},
    patients::{ClaimOutcome, MAX_LISTED, OPEN},
    values::{closed_enum::ClosedEnum, ids::ClinicId, text::Label},
};

use super::{
    claims::row::{StoredClaim, stored_claims},
    engine::{
        connection::{Connection, on_backend},
        error::StoreError,
        reading::Reading,
        schema::{claim_ledgers, claims},
        sql_types::{Id, Json},
        store::Store,
    },
};

/// Open claims that are read at a time.
const CLAIMS_PER_PAGE: i64 = 100;

/// Claims of a patient that a payer is to pay, or may be, newest first.
fn find_open(
    connection: &mut Connection,
    clinic_id: Id,
    patient: &str,
    before: Option<Uuid>,
) -> Result<Vec<Claim>, StoreError> {
    let rows: Vec<StoredClaim> = on_backend!(connection, |c| {
        let mut query = stored_claims!()
            .select(StoredClaim::as_select())
            .filter(claims::clinic_id.eq(clinic_id))
            .filter(claims::patient_id.eq(patient))
            .filter(
                claims::status
                    .eq_any(OPEN.map(|it| it.word()))
                    .or(claim_ledgers::patient_cents.assume_not_null().gt(0)),
            )
            .order(claims::id.desc())
            .limit(CLAIMS_PER_PAGE)
            .into_boxed();
        if let Some(before) = before {
            query = query.filter(claims::id.lt(Id(before)));
        }
        query.load(c)
    })?;
    rows.into_iter().map(Claim::try_from).collect()
}

/// The outcomes of a patient's newest claims that have some, of each claim in the order in which they were recorded.
fn find_outcomes(
    connection: &mut Connection,
    clinic_id: Id,
    patient: &str,
) -> Result<Vec<ClaimOutcome>, StoreError> {
    let rows: Vec<(Id, Option<Json>)> = on_backend!(connection, |c| {
        claims::table
            .select((claims::id, claims::outcomes))
            .filter(claims::clinic_id.eq(clinic_id))
            .filter(claims::patient_id.eq(patient))
            .filter(claims::outcomes.is_not_null())
            .order(claims::id.desc())
            .limit(i64::try_from(MAX_LISTED).unwrap_or(i64::MAX))
            .load(c)
    })?;
    let mut all = Vec::new();
    for (Id(id), outcomes) in rows {
        let Some(Json(text)) = outcomes else {
            continue;
        };
        let outcomes: Vec<PatientOutcome> = serde_json::from_str(&text)
            .map_err(|_| Reading::new("claims", id).corrupt("outcomes"))?;
        let claim_id = id.into();
        let of_claim = outcomes.into_iter();
        all.extend(of_claim.map(|outcome| ClaimOutcome { claim_id, outcome }));
    }
    Ok(all)
}

impl Store {
    /// The next claims of a patient that a payer is to pay, or may be, newest first.
    pub async fn open_claims(
        &self,
        clinic: ClinicId,
        patient: Label,
        before: Option<Uuid>,
    ) -> Result<Vec<Claim>, StoreError> {
        let clinic_id = Id(clinic.uuid());
        let work =
            move |c: &mut Connection| find_open(c, clinic_id, &patient.normal_form(), before);
        self.read("reading a patient's claims", work).await
    }

    pub async fn outcomes(
        &self,
        clinic: ClinicId,
        patient: Label,
    ) -> Result<Vec<ClaimOutcome>, StoreError> {
        let clinic_id = Id(clinic.uuid());
        let work = move |c: &mut Connection| find_outcomes(c, clinic_id, &patient.normal_form());
        self.read("reading a patient's outcomes", work).await
    }
}
