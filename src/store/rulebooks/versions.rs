//! Rulebooks as they are read: each version with the day from which on it decides.

use diesel::prelude::*;

use payerline_domain::{
    claims::claim::Evidence,
    rulebooks::{Activation, RulebookSummary, StoredRulebook},
    values::{ids::ClinicId, names::VersionName},
};

use super::{
    activation_row::Activations,
    row::{self, SummaryRow, visible_owners},
};
use crate::store::engine::{
    connection::{Connection, on_backend},
    error::StoreError,
    page::{self, Page, PageRequest, keyset},
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

fn list(
    connection: &mut Connection,
    clinic: ClinicId,
    request: PageRequest,
) -> Result<Page<RulebookSummary>, StoreError> {
    let activations = Activations::load(connection, clinic)?;
    let fetch = |window: page::Window| {
        on_backend!(connection, |c| {
            let query = rulebooks::table
                .select(SummaryRow::as_select())
                .filter(rulebooks::clinic_id.eq_any(visible_owners(clinic)))
                .into_boxed();
            Ok(keyset!(query, rulebooks::id, window).load::<SummaryRow>(c)?)
        })
    };
    let read = |row: SummaryRow| {
        let effective_from = activations.effective_from(row.id.0);
        row.read(effective_from)
    };
    page::read(request, |row: &SummaryRow| row.id.0, fetch, read)
}

fn find_table(
    connection: &mut Connection,
    clinic: ClinicId,
    sha256: &str,
) -> Result<Option<Evidence>, StoreError> {
    let found: Option<Json> = on_backend!(connection, |c| {
        rulebooks::table
            .select(rulebooks::document)
            .filter(rulebooks::clinic_id.eq_any(visible_owners(clinic)))
            .filter(rulebooks::sha256.eq(sha256))
            .first(c)
            .optional()
    })?;
    Ok(found.map(|document| Evidence::new(document.0)))
}

impl Store {
    /// A version: the clinic's own, or a shipped one.
    pub async fn rulebook(
        &self,
        clinic: ClinicId,
        version: VersionName,
    ) -> Result<Option<StoredRulebook>, StoreError> {
        let work = move |c: &mut Connection| find(c, clinic, &version);
        self.read("reading a rulebook", work).await
    }

    /// A page of the clinic's versions and the shipped ones, newest first.
    pub async fn rulebooks(
        &self,
        clinic: ClinicId,
        page: PageRequest,
    ) -> Result<Page<RulebookSummary>, StoreError> {
        let work = move |c: &mut Connection| list(c, clinic, page);
        self.read("listing rulebooks", work).await
    }

    /// The table with a digest, if the clinic has it or it was shipped.
    pub async fn table_of(
        &self,
        clinic: ClinicId,
        sha256: String,
    ) -> Result<Option<Evidence>, StoreError> {
        let work = move |c: &mut Connection| find_table(c, clinic, &sha256);
        self.read("reading a rulebook's table", work).await
    }

    /// The clinic's activations in the order of their days.
    pub async fn activations(&self, clinic: ClinicId) -> Result<Vec<Activation>, StoreError> {
        let work = move |c: &mut Connection| {
            let Activations(rows) = Activations::load(c, clinic)?;
            rows.into_iter().map(Activation::try_from).collect()
        };
        self.read_express("reading which rulebook decides", work)
            .await
    }
}
