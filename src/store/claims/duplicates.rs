//! The search for claims that bill a service of a claim too.
//!
//! Claims have their services in a table whose key begins with the service, so the earliest claim of each is the first
//! entry that stands. Claims of earlier builds have none there. They have an index of their own, by patient and days, and
//! what is in it is read and compared; of claims that this build stored it holds nothing.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;

use payerline_domain::{
    claims::{outside_facts::PossibleDuplicate, submission::Submission},
    values::{
        ids::{ClaimId, ClinicId},
        time::Day,
    },
};

use super::{
    service_search::{FindServices, StandingClaim, find_earlier},
    services::ServiceKey,
};
use crate::store::engine::{
    connection::{Connection, on_backend},
    error::StoreError,
    schema::claims,
    sql_types::{Date, Id, Json},
    store::Store,
};

/// Claims of earlier builds that are read at once.
const CLAIMS_PER_READ: usize = 32;

/// Asks for claims that bill services of a claim too.
#[derive(Debug, Clone)]
pub struct DuplicateSearch {
    clinic: ClinicId,
    /// The service of each item.
    services: Vec<ServiceKey>,
    patient_id: String,
    /// The first and the last day of service.
    period: (Day, Day),
    replaces: Option<ClaimId>,
    itself: Itself,
}

/// The claim whose services are looked for: it is no duplicate of itself.
#[derive(Debug, Clone)]
enum Itself {
    Stored(ClaimId),
    /// The forms under which it may be stored, if it was sent before.
    Sent(Vec<String>),
}

impl DuplicateSearch {
    /// Looks for the services of a claim that is sent, also if it was sent before. `None` for a claim without items,
    /// which does not parse.
    pub fn of_sent(clinic: ClinicId, submission: &Submission) -> Option<Self> {
        let itself = Itself::Sent(submission.external_id.stored_forms());
        Self::new(clinic, submission, itself)
    }

    /// Looks for the services of a stored claim.
    pub fn of_stored(clinic: ClinicId, id: ClaimId, submission: &Submission) -> Option<Self> {
        Self::new(clinic, submission, Itself::Stored(id))
    }

    fn new(clinic: ClinicId, submission: &Submission, itself: Itself) -> Option<Self> {
        Some(Self {
            clinic,
            services: ServiceKey::of_items(submission),
            patient_id: submission.patient.id.normal_form().into_owned(),
            period: submission.service_period()?,
            replaces: submission.replaces,
            itself,
        })
    }

    fn counts(&self, claim: &StandingClaim) -> bool {
        let id = ClaimId::from(claim.id.0);
        let is_itself = match &self.itself {
            Itself::Stored(itself) => *itself == id,
            Itself::Sent(forms) => forms.contains(&claim.external_id),
        };
        !is_itself && self.replaces != Some(id)
    }
}

fn read_submissions(
    connection: &mut Connection,
    clinic: Id,
    ids: &[Id],
) -> Result<Vec<(StandingClaim, Json)>, StoreError> {
    let rows: Vec<(Id, String, Json)> = on_backend!(connection, |c| {
        claims::table
            .select((claims::id, claims::external_id, claims::submission))
            .filter(claims::clinic_id.eq(clinic))
            .filter(claims::id.eq_any(ids))
            .load(c)
    })?;
    let claims = rows.into_iter();
    Ok(claims
        .map(|(id, external_id, submission)| (StandingClaim { id, external_id }, submission))
        .collect())
}

impl Store {
    /// Finds the earliest claim that bills an item's service too, for each item of a claim that has one.
    pub async fn possible_duplicates(
        &self,
        search: DuplicateSearch,
    ) -> Result<Vec<PossibleDuplicate>, StoreError> {
        let mut services: Vec<Id> = search.services.iter().map(|it| Id(it.uuid())).collect();
        services.sort_unstable();
        services.dedup();
        let request = FindServices {
            clinic: Id(search.clinic.uuid()),
            services,
            patient_id: search.patient_id.clone(),
            period: (Date(search.period.0), Date(search.period.1)),
        };
        let found = self
            .read_grouped("looking for possible duplicates", request)
            .await;
        // A claim for which nobody can look is not stored either.
        if found.is_err() {
            self.source.readiness.note(&found);
        }
        let found = found?;
        let mut earliest: HashMap<ServiceKey, Id> = HashMap::new();
        for service in &search.services {
            let claims = found.claims.get(&Id(service.uuid()));
            let counted = claims.into_iter().flatten().find(|it| search.counts(it));
            earliest.extend(counted.map(|it| (*service, it.id)));
        }
        if found.has_earlier {
            self.search_earlier(&search, &mut earliest).await?;
        }
        let items = search.services.iter().enumerate();
        let duplicates = items.filter_map(|(index, service)| {
            Some(PossibleDuplicate {
                item: u16::try_from(index).ok()?,
                claim: earliest.get(service)?.0.into(),
            })
        });
        Ok(duplicates.collect())
    }

    /// Reads the patient's claims of earlier builds, in the order of receipt, until none can be earlier than what was
    /// found.
    async fn search_earlier(
        &self,
        search: &DuplicateSearch,
        earliest: &mut HashMap<ServiceKey, Id>,
    ) -> Result<(), StoreError> {
        let what = "looking for possible duplicates of an earlier build";
        let clinic = Id(search.clinic.uuid());
        let (patient_id, (first, last)) = (search.patient_id.clone(), search.period);
        let find = move |c: &mut Connection| {
            find_earlier(c, clinic, &patient_id, (Date(first), Date(last)), i64::MAX)
        };
        let mut ids = self.read_express(what, find).await?;
        ids.sort_unstable();
        let wanted: HashSet<ServiceKey> = search.services.iter().copied().collect();
        for ids in ids.chunks(CLAIMS_PER_READ) {
            let is_settled = |service: &ServiceKey| {
                let found = earliest.get(service);
                found.is_some_and(|found| ids.first().is_some_and(|id| found < id))
            };
            if wanted.iter().all(is_settled) {
                return Ok(());
            }
            let ids = ids.to_vec();
            let read = move |c: &mut Connection| read_submissions(c, clinic, &ids);
            for (claim, submission) in self.read_express(what, read).await? {
                if !search.counts(&claim) {
                    continue;
                }
                // One that cannot be read back must not keep the patient's other claims from being taken.
                let Ok(submission) = Submission::read_stored(submission.0.as_bytes()) else {
                    tracing::warn!(claim = %claim.id.0, "the submission of a stored claim cannot be read back");
                    continue;
                };
                let services = ServiceKey::all_of(&submission).into_iter();
                for service in services.filter(|it| wanted.contains(it)) {
                    let found = earliest.entry(service).or_insert(claim.id);
                    *found = claim.id.min(*found);
                }
            }
        }
        Ok(())
    }
}
