//! Reading stored text back into the types it was written from, naming the row when it does not fit.

use uuid::Uuid;

use payerline_domain::values::{closed_enum::ClosedEnum, names::VersionName, text::Label};

use super::error::StoreError;

/// The row that is read.
pub struct Reading {
    pub table: &'static str,
    pub id: Uuid,
}

impl Reading {
    pub fn new(table: &'static str, id: Uuid) -> Self {
        Self { table, id }
    }

    pub fn corrupt(&self, field: &str) -> StoreError {
        StoreError::corrupt(self.table, self.id, field)
    }

    pub fn word<W: ClosedEnum>(&self, field: &str, text: &str) -> Result<W, StoreError> {
        W::from_word(text).ok_or_else(|| self.corrupt(field))
    }

    pub fn label(&self, field: &str, text: &str) -> Result<Label, StoreError> {
        Label::read_stored(text).map_err(|_| self.corrupt(field))
    }

    /// Reads a label as it was sent. Its column has the normal form, and a second one what was sent instead.
    pub fn sent_label(
        &self,
        field: &str,
        normal_form: &str,
        other_form: Option<&str>,
    ) -> Result<Label, StoreError> {
        self.label(field, other_form.unwrap_or(normal_form))
    }

    pub fn version_name(&self, field: &str, text: &str) -> Result<VersionName, StoreError> {
        VersionName::parse(text).map_err(|_| self.corrupt(field))
    }
}
