//! The clinics of a database, for work that concerns all of them.

use crate::store::{PageRequest, Position, Store, StoreError};
use payerline_domain::values::ids::ClinicId;

const CLINICS_PER_PAGE: usize = 1000;

pub async fn list_ids(store: &Store) -> Result<Vec<ClinicId>, StoreError> {
    let mut clinics = Vec::new();
    let mut position = Position::First;
    loop {
        let limit = CLINICS_PER_PAGE;
        let page = store.clinics(PageRequest { limit, position }).await?;
        clinics.extend(page.data.iter().map(|clinic| clinic.id));
        match page.older {
            Some(bound) => position = Position::OlderThan(bound),
            None => return Ok(clinics),
        }
    }
}
