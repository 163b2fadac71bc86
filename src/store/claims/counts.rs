//! How many claims have a status, counted in steps that each take a bounded time.

use diesel::prelude::*;
use uuid::Uuid;

use payerline_domain::{
    claims::claim::Status,
    values::{closed_enum::ClosedEnum, ids::ClinicId},
};

use crate::store::engine::{
    connection::{Connection, on_backend},
    error::StoreError,
    schema::claims,
    sql_types::Id,
    store::Store,
};

/// Claims that a step counts at most, all in the index `claims_by_status`: some 10 ms.
const STEP_CLAIMS: i64 = 20_000;

/// What a step counted.
pub struct CountedClaims {
    pub count: u64,
    /// The claim behind which the next step begins, if there may be more.
    pub next: Option<Uuid>,
}

impl Store {
    /// Counts claims of a clinic that have a status, from behind a claim on.
    pub async fn count_claims(
        &self,
        clinic: ClinicId,
        status: Status,
        after: Uuid,
    ) -> Result<CountedClaims, StoreError> {
        self.read("counting claims", move |connection| {
            count(connection, clinic, status, after)
        })
        .await
    }
}

fn count(
    connection: &mut Connection,
    clinic: ClinicId,
    status: Status,
    after: Uuid,
) -> Result<CountedClaims, StoreError> {
    let (count, next) = on_backend!(connection, |c| {
        let rest = claims::table
            .filter(claims::clinic_id.eq(Id(clinic.uuid())))
            .filter(claims::status.eq(status.word()))
            .filter(claims::id.gt(Id(after)));
        let last: Option<Id> = rest
            .select(claims::id)
            .order(claims::id.asc())
            .offset(STEP_CLAIMS - 1)
            .first(c)
            .optional()?;
        match last {
            Some(last) => (STEP_CLAIMS, Some(last.0)),
            None => (rest.count().get_result(c)?, None),
        }
    });
    Ok(CountedClaims {
        count: u64::try_from(count).unwrap_or(0),
        next,
    })
}
