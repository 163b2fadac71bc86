//! Approvals as they are read: single ones, pages, and the ledger that a decision rests on.

use diesel::prelude::*;

use payerline_domain::{
    preauthorizations::{
        Draw, Preauthorization, PreauthorizationEntry, PreauthorizationKind, PreauthorizationStatus,
    },
    values::{
        ids::{ClaimId, ClinicId, PreauthorizationId},
        money::Cents,
        text::Label,
        time::Day,
    },
};

use super::row::{self, PreauthorizationRow};
use crate::store::engine::{
    changes::{self, ChangePage, ChangePosition, ChangeRequest, in_order_of_changes},
    connection::{Connection, on_backend},
    error::StoreError,
    page::{Page, PageRequest, filter_words, read_page},
    reading::Reading,
    schema::{claims, minor_injury_charges, preauthorization_draws, preauthorizations},
    sql_types::{Date, Id},
    store::Store,
};

/// Selects approvals of a clinic; what is `None` or empty does not matter.
#[derive(Debug, Clone, Default)]
pub struct PreauthorizationFilter {
    pub number: Option<Label>,
    pub patient_id: Option<Label>,
    pub statuses: Vec<PreauthorizationStatus>,
    pub kinds: Vec<PreauthorizationKind>,
}

/// Asks what the ledger says of a claim.
#[derive(Debug, Clone)]
pub struct LedgerSearch {
    pub clinic: ClinicId,
    /// The numbers that the claim names.
    pub numbers: Vec<Label>,
    /// The patient and the day of the accident, of a claim under the Minor Injury Guideline.
    pub guideline_accident: Option<(Label, Day)>,
    /// What these claims have drawn does not count: the claim itself, and the one that it replaces.
    pub own: Vec<ClaimId>,
    /// The claim's external id, if it is sent: it may be stored already.
    pub external_id: Option<Label>,
}

/// What the ledger says of a claim.
#[derive(Debug, Clone, Default)]
pub struct LedgerFound {
    /// The approvals that it names, in any order and whatever form the numbers are stored in.
    pub approvals: Vec<FoundApproval>,
    /// What other claims have taken of the cap of the Minor Injury Guideline.
    pub minor_injury_cents: Cents,
}

#[derive(Debug, Clone)]
pub struct FoundApproval {
    pub id: PreauthorizationId,
    pub version: i64,
    pub entry: PreauthorizationEntry,
    /// What other claims have drawn.
    pub drawn: Cents,
}

impl LedgerSearch {
    fn find(&self, connection: &mut Connection) -> Result<LedgerFound, StoreError> {
        let clinic_id = Id(self.clinic.uuid());
        let approvals = self.find_approvals(connection, clinic_id)?;
        let is_drawn = approvals.iter().any(|it| it.drawn > Cents::default());
        let own = if is_drawn || self.guideline_accident.is_some() {
            self.find_own(connection, clinic_id)?
        } else {
            Vec::new()
        };
        let mut found = LedgerFound {
            approvals,
            minor_injury_cents: self.sum_minor_injury(connection, clinic_id, &own)?,
        };
        if is_drawn {
            let rows: Vec<(Id, i64, i64)> = on_backend!(connection, |c| {
                preauthorization_draws::table
                    .select((
                        preauthorization_draws::preauthorization_id,
                        preauthorization_draws::reserved_cents,
                        preauthorization_draws::consumed_cents,
                    ))
                    .filter(preauthorization_draws::clinic_id.eq(clinic_id))
                    .filter(preauthorization_draws::claim_id.eq_any(&own))
                    .load(c)
            })?;
            for approval in &mut found.approvals {
                let own = rows.iter().filter(|(id, ..)| id.0 == approval.id.uuid());
                let own: i64 = own.map(|(_, reserved, consumed)| reserved + consumed).sum();
                // Read one after the other: the claim itself may have drawn in between.
                approval.drawn = Cents::from_stored((approval.drawn.get() - own).max(0));
            }
        }
        Ok(found)
    }

    fn find_approvals(
        &self,
        connection: &mut Connection,
        clinic_id: Id,
    ) -> Result<Vec<FoundApproval>, StoreError> {
        if self.numbers.is_empty() {
            return Ok(Vec::new());
        }
        let numbers: Vec<String> = self.numbers.iter().flat_map(Label::stored_forms).collect();
        let rows: Vec<PreauthorizationRow> = on_backend!(connection, |c| {
            preauthorizations::table
                .select(PreauthorizationRow::as_select())
                .filter(preauthorizations::clinic_id.eq(clinic_id))
                .filter(preauthorizations::number.eq_any(&numbers))
                .order(preauthorizations::id.asc())
                .load(c)
        })?;
        let read = |row: PreauthorizationRow| {
            let approval = row.read()?;
            Ok(FoundApproval {
                id: approval.id,
                version: approval.version,
                drawn: approval.account.drawn(),
                entry: approval.entry,
            })
        };
        rows.into_iter().map(read).collect()
    }

    fn find_own(&self, connection: &mut Connection, clinic_id: Id) -> Result<Vec<Id>, StoreError> {
        let mut own: Vec<Id> = self.own.iter().map(|id| Id(id.uuid())).collect();
        if let Some(external_id) = &self.external_id {
            let stored: Vec<Id> = on_backend!(connection, |c| {
                claims::table
                    .select(claims::id)
                    .filter(claims::clinic_id.eq(clinic_id))
                    .filter(claims::external_id.eq_any(external_id.stored_forms()))
                    .load(c)
            })?;
            own.extend(stored);
        }
        Ok(own)
    }

    fn sum_minor_injury(
        &self,
        connection: &mut Connection,
        clinic_id: Id,
        own: &[Id],
    ) -> Result<Cents, StoreError> {
        let Some((patient_id, day)) = &self.guideline_accident else {
            return Ok(Cents::default());
        };
        let charges: Vec<(Id, i64)> = on_backend!(connection, |c| {
            minor_injury_charges::table
                .select((minor_injury_charges::claim_id, minor_injury_charges::cents))
                .filter(minor_injury_charges::clinic_id.eq(clinic_id))
                .filter(minor_injury_charges::patient_id.eq(patient_id.normal_form()))
                .filter(minor_injury_charges::accident_date.eq(Date(*day)))
                .load(c)
        })?;
        let others = charges
            .into_iter()
            .filter(|(claim, _)| !own.contains(claim));
        Ok(Cents::from_stored(others.map(|(_, cents)| cents).sum()))
    }
}

/// Draws that an answer has at most.
const MAX_DRAWS: i64 = 1_000;

type DrawColumns = (Id, i32, i64, i64, String, Option<String>);

/// What claims have drawn of an approval, oldest claim first.
fn find_draws(
    connection: &mut Connection,
    clinic: ClinicId,
    id: PreauthorizationId,
) -> Result<Vec<Draw>, StoreError> {
    let same_claim = claims::clinic_id
        .eq(preauthorization_draws::clinic_id)
        .and(claims::id.eq(preauthorization_draws::claim_id));
    let rows: Vec<DrawColumns> = on_backend!(connection, |c| {
        preauthorization_draws::table
            .inner_join(claims::table.on(same_claim))
            .select((
                preauthorization_draws::claim_id,
                preauthorization_draws::sequence,
                preauthorization_draws::reserved_cents,
                preauthorization_draws::consumed_cents,
                claims::external_id,
                claims::external_id_sent,
            ))
            .filter(preauthorization_draws::clinic_id.eq(Id(clinic.uuid())))
            .filter(preauthorization_draws::preauthorization_id.eq(Id(id.uuid())))
            .order((
                preauthorization_draws::claim_id.asc(),
                preauthorization_draws::sequence.asc(),
            ))
            .limit(MAX_DRAWS)
            .load(c)
    })?;
    let read = |(claim, sequence, reserved, consumed, external_id, sent): DrawColumns| {
        let read = Reading::new("claims", claim.0);
        Ok(Draw {
            claim_id: claim.0.into(),
            external_id: read.sent_label("external_id", &external_id, sent.as_deref())?,
            sequence: u16::try_from(sequence).map_err(|_| read.corrupt("sequence"))?,
            reserved_cents: Cents::from_stored(reserved),
            consumed_cents: Cents::from_stored(consumed),
        })
    };
    rows.into_iter().map(read).collect()
}

/// A boxed query of a clinic's approvals that a filter selects.
macro_rules! select_approvals {
    ($clinic:expr, $filter:expr) => {{
        let mut query = preauthorizations::table
            .select(PreauthorizationRow::as_select())
            .filter(preauthorizations::clinic_id.eq(Id($clinic.uuid())))
            .into_boxed();
        if let Some(number) = &$filter.number {
            query = query.filter(preauthorizations::number.eq_any(number.stored_forms()));
        }
        if let Some(patient) = &$filter.patient_id {
            query = query.filter(preauthorizations::patient_id.eq(patient.normal_form()));
        }
        filter_words!(query, preauthorizations::status, $filter.statuses);
        filter_words!(query, preauthorizations::kind, $filter.kinds);
        query
    }};
}

impl Store {
    /// What the ledger says of a claim.
    pub async fn search_ledger(&self, search: LedgerSearch) -> Result<LedgerFound, StoreError> {
        // Most claims ask nothing of it.
        if search.numbers.is_empty() && search.guideline_accident.is_none() {
            return Ok(LedgerFound::default());
        }
        let work = move |c: &mut Connection| search.find(c);
        self.read_express("reading the ledger", work).await
    }

    pub async fn preauthorization(
        &self,
        clinic: ClinicId,
        id: PreauthorizationId,
    ) -> Result<Option<Preauthorization>, StoreError> {
        self.read("reading an approval", move |c| row::find(c, clinic, id))
            .await
    }

    /// An approval with what was drawn of it, as of one moment.
    pub async fn preauthorization_with_draws(
        &self,
        clinic: ClinicId,
        id: PreauthorizationId,
    ) -> Result<Option<Preauthorization>, StoreError> {
        let find = move |c: &mut Connection| {
            let Some(approval) = row::find(c, clinic, id)? else {
                return Ok(None);
            };
            let draws = Some(find_draws(c, clinic, id)?);
            Ok(Some(Preauthorization { draws, ..approval }))
        };
        let work = move |c: &mut Connection| c.snapshot(find);
        self.read("reading an approval", work).await
    }

    /// What items of a claim have drawn, by the number of the item.
    pub async fn claim_draws(
        &self,
        clinic: ClinicId,
        id: ClaimId,
    ) -> Result<Vec<(PreauthorizationId, u16, i64)>, StoreError> {
        let work = move |connection: &mut Connection| {
            let rows: Vec<(Id, i32, i64)> = on_backend!(connection, |c| {
                preauthorization_draws::table
                    .select((
                        preauthorization_draws::preauthorization_id,
                        preauthorization_draws::sequence,
                        preauthorization_draws::reserved_cents,
                    ))
                    .filter(preauthorization_draws::clinic_id.eq(Id(clinic.uuid())))
                    .filter(preauthorization_draws::claim_id.eq(Id(id.uuid())))
                    .order(preauthorization_draws::sequence.asc())
                    .load(c)
            })?;
            let read = |(approval, sequence, cents): (Id, i32, i64)| {
                Some((approval.0.into(), u16::try_from(sequence).ok()?, cents))
            };
            Ok(rows.into_iter().filter_map(read).collect())
        };
        self.read_express("reading what a claim has drawn", work)
            .await
    }

    /// A page of a clinic's approvals, newest first.
    pub async fn preauthorizations(
        &self,
        clinic: ClinicId,
        filter: PreauthorizationFilter,
        page: PageRequest,
    ) -> Result<Page<Preauthorization>, StoreError> {
        self.read("listing approvals", move |connection| {
            read_page!(
                connection,
                page,
                preauthorizations::id,
                PreauthorizationRow,
                PreauthorizationRow::read,
                select_approvals!(clinic, filter)
            )
        })
        .await
    }

    /// A page of a clinic's approvals in the order of their last changes, up to the horizon.
    pub async fn changed_preauthorizations(
        &self,
        clinic: ClinicId,
        filter: PreauthorizationFilter,
        request: ChangeRequest,
    ) -> Result<ChangePage<Preauthorization>, StoreError> {
        self.read("listing changed approvals", move |connection| {
            let fetch = |connection: &mut Connection, window: changes::ChangeWindow| {
                on_backend!(connection, |c| {
                    let query = select_approvals!(clinic, filter);
                    Ok(in_order_of_changes!(query, preauthorizations, window)
                        .load::<PreauthorizationRow>(c)?)
                })
            };
            let position = |row: &PreauthorizationRow| ChangePosition {
                at: row.updated_at.0,
                id: row.id.0,
            };
            let read = PreauthorizationRow::read;
            changes::read(connection, request, position, fetch, read)
        })
        .await
    }
}
