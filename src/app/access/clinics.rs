//! The clinics of a database, for work that concerns all of them.

use crate::{
    app::pages::read_all,
    store::{Store, StoreError},
};
use payerline_domain::values::ids::ClinicId;

pub async fn list_ids(store: &Store) -> Result<Vec<ClinicId>, StoreError> {
    let clinics = read_all(async |page| store.clinics(page).await).await?;
    Ok(clinics.iter().map(|clinic| clinic.id).collect())
}
