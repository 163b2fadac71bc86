//! Approvals as they are read: single ones and pages.

use diesel::prelude::*;

use payerline_domain::{
    preauthorizations::{Draw, Preauthorization, PreauthorizationKind, PreauthorizationStatus},
    values::{
        ids::{ClaimId, ClinicId, PreauthorizationId},
        money::Cents,
        text::Label,
    },
};

use super::row::{self, PreauthorizationRow};
use crate::store::engine::{
    changes::{self, ChangePage, ChangePosition, ChangeRequest, in_order_of_changes},
    connection::{Connection, on_backend},
    error::StoreError,
    page::{Page, PageRequest, filter_words, read_page},
    reading::Reading,
    schema::{claims, preauthorization_draws, preauthorizations},
    sql_types::Id,
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
