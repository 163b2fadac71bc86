//! The `payers_due` column: JSON, null in claims that earlier builds stored.

use payerline_domain::claims::payers_due::PayersDue;
use uuid::Uuid;

use crate::store::engine::{error::StoreError, sql_types::Json, store::json_error};

pub fn write(due: &PayersDue) -> Result<Json, StoreError> {
    due.to_stored().map(Json).map_err(json_error)
}

pub fn read(stored: Option<&Json>, id: Uuid) -> Result<Option<PayersDue>, StoreError> {
    let read = stored.map(|Json(text)| PayersDue::from_stored(text));
    read.transpose()
        .map_err(|_| StoreError::corrupt("claims", id, "payers_due"))
}
