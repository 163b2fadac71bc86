//! Approvals as they are read: single ones, pages, and the ledger that a decision rests on.

use diesel::prelude::*;

use payerline_domain::{
    preauthorizations::{Ledger, Preauthorization, PreauthorizationKind, PreauthorizationStatus},
    values::{
        closed_enum::ClosedEnum,
        ids::{ClinicId, PreauthorizationId},
        text::Label,
    },
};

use super::row::{self, PreauthorizationRow};
use crate::store::engine::{
    connection::on_backend,
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

impl Store {
    /// The clinic's approvals of these numbers.
    pub async fn ledger(
        &self,
        clinic: ClinicId,
        numbers: Vec<Label>,
    ) -> Result<Ledger, StoreError> {
        // Most claims name none.
        if numbers.is_empty() {
            return Ok(Ledger::default());
        }
        self.read_express("reading the ledger", move |connection| {
            let numbers: Vec<&str> = numbers.iter().map(Label::as_str).collect();
            let rows: Vec<PreauthorizationRow> = on_backend!(connection, |c| {
                preauthorizations::table
                    .select(PreauthorizationRow::as_select())
                    .filter(preauthorizations::clinic_id.eq(Id(clinic.uuid())))
                    .filter(preauthorizations::number.eq_any(&numbers))
                    // The ledger is kept with the decision as evidence, so its order is fixed.
                    .order(preauthorizations::number.asc())
                    .load(c)
            })?;
            let entries = rows.into_iter().map(|row| Ok(row.read()?.entry));
            Ok(Ledger {
                preauthorizations: entries.collect::<Result<_, StoreError>>()?,
            })
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
                {
                    let mut query = preauthorizations::table
                        .select(PreauthorizationRow::as_select())
                        .filter(preauthorizations::clinic_id.eq(Id(clinic.uuid())))
                        .into_boxed();
                    if let Some(number) = &filter.number {
                        query = query.filter(preauthorizations::number.eq(number.as_str()));
                    }
                    if let Some(patient) = &filter.patient_id {
                        query = query.filter(preauthorizations::patient_id.eq(patient.as_str()));
                    }
                    if let Some(status) = filter.status {
                        query = query.filter(preauthorizations::status.eq(status.word()));
                    }
                    if let Some(kind) = filter.kind {
                        query = query.filter(preauthorizations::kind.eq(kind.word()));
                    }
                    query
                }
            )
        })
        .await
    }
}
