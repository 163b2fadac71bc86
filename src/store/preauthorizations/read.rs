//! Approvals as they are read: single ones, pages, and the ledger that a decision rests on.

use diesel::prelude::*;

use payerline_domain::{
    preauthorizations::{
        Preauthorization, PreauthorizationEntry, PreauthorizationKind, PreauthorizationStatus,
    },
    values::{
        closed_enum::ClosedEnum,
        ids::{ClinicId, PreauthorizationId},
        text::Label,
    },
};

use super::row::{self, PreauthorizationRow};
use crate::store::engine::{
    changes::{self, ChangePage, ChangePosition, ChangeRequest, in_order_of_changes},
    connection::{Connection, on_backend},
    error::StoreError,
    page::{Page, PageRequest, read_page},
    schema::preauthorizations,
    sql_types::Id,
    store::Store,
};

/// Selects approvals of a clinic; what is `None` does not matter.
#[derive(Debug, Clone, Default)]
pub struct PreauthorizationFilter {
    pub number: Option<Label>,
    pub patient_id: Option<Label>,
    pub status: Option<PreauthorizationStatus>,
    pub kind: Option<PreauthorizationKind>,
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
        if let Some(status) = $filter.status {
            query = query.filter(preauthorizations::status.eq(status.word()));
        }
        if let Some(kind) = $filter.kind {
            query = query.filter(preauthorizations::kind.eq(kind.word()));
        }
        query
    }};
}

impl Store {
    /// The clinic's approvals of these numbers, in any order and whatever form the numbers are stored in.
    pub async fn preauthorizations_by_number(
        &self,
        clinic: ClinicId,
        numbers: Vec<Label>,
    ) -> Result<Vec<PreauthorizationEntry>, StoreError> {
        // Most claims name none.
        if numbers.is_empty() {
            return Ok(Vec::new());
        }
        self.read_express("reading the ledger", move |connection| {
            let numbers: Vec<String> = numbers.iter().flat_map(Label::stored_forms).collect();
            let rows: Vec<PreauthorizationRow> = on_backend!(connection, |c| {
                preauthorizations::table
                    .select(PreauthorizationRow::as_select())
                    .filter(preauthorizations::clinic_id.eq(Id(clinic.uuid())))
                    .filter(preauthorizations::number.eq_any(&numbers))
                    .load(c)
            })?;
            rows.into_iter().map(|row| Ok(row.read()?.entry)).collect()
        })
        .await
    }

    pub async fn preauthorization(
        &self,
        clinic: ClinicId,
        id: PreauthorizationId,
    ) -> Result<Option<Preauthorization>, StoreError> {
        self.read("reading an approval", move |c| row::find(c, clinic, id))
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
