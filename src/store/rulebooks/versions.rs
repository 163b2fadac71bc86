//! Rulebooks as they are read: each version with the day from which on it decides.

use diesel::prelude::*;

use payerline_domain::{
    claims::claim::Evidence,
    rulebooks::{Activation, RulebookSummary, StoredRulebook},
    values::{ids::ClinicId, names::VersionName},
};

use super::row::{self, ActivationRow, Activations, SummaryRow, visible_owners};
use crate::store::engine::{
    connection::{Connection, on_backend},
    error::StoreError,
    page::{Page, PageRequest, read_page},
    schema::rulebooks,
    sql_types::Json,
    store::Store,
};

/// Finds a version: the clinic's own, or a shipped one.
pub fn find(
    connection: &mut Connection,
    clinic: ClinicId,
    version: &VersionName,
) -> Result<Option<StoredRulebook>, StoreError> {
    let Some(row) = row::find(connection, clinic, version)? else {
        return Ok(None);
    };
    let activations = Activations::load(connection, clinic)?;
    let effective_from = activations.effective_from(row.summary.id.0);
    row.read(effective_from).map(Some)
}

impl Store {
    /// A version: the clinic's own, or a shipped one.
    pub async fn rulebook(
        &self,
        clinic: ClinicId,
        version: VersionName,
    ) -> Result<Option<StoredRulebook>, StoreError> {
        self.read("reading a rulebook", move |c| find(c, clinic, &version))
            .await
    }

    /// A page of the clinic's versions and the shipped ones, newest first.
    pub async fn rulebooks(
        &self,
        clinic: ClinicId,
        page: PageRequest,
    ) -> Result<Page<RulebookSummary>, StoreError> {
        self.read("listing rulebooks", move |connection| {
            let activations = Activations::load(connection, clinic)?;
            read_page!(
                connection,
                page,
                rulebooks::id,
                SummaryRow,
                |row: SummaryRow| {
                    let effective_from = activations.effective_from(row.id.0);
                    row.read(effective_from)
                },
                rulebooks::table
                    .select(SummaryRow::as_select())
                    .filter(rulebooks::clinic_id.eq_any(visible_owners(clinic)))
                    .into_boxed()
            )
        })
        .await
    }

    /// The table with a digest, if the clinic has it or it was shipped.
    pub async fn table_of(
        &self,
        clinic: ClinicId,
        sha256: String,
    ) -> Result<Option<Evidence>, StoreError> {
        self.read("reading a rulebook's table", move |connection| {
            let found: Option<Json> = on_backend!(connection, |c| {
                rulebooks::table
                    .select(rulebooks::document)
                    .filter(rulebooks::clinic_id.eq_any(visible_owners(clinic)))
                    .filter(rulebooks::sha256.eq(&sha256))
                    .first(c)
                    .optional()
            })?;
            Ok(found.map(|Json(table)| Evidence::new(table)))
        })
        .await
    }

    /// The clinic's activations in the order of their days.
    pub async fn activations(&self, clinic: ClinicId) -> Result<Vec<Activation>, StoreError> {
        self.read_express("reading which rulebook decides", move |c| {
            let Activations(rows) = Activations::load(c, clinic)?;
            rows.into_iter().map(ActivationRow::read).collect()
        })
        .await
    }
}
