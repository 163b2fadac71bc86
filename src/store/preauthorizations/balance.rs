//! Whether the accounts of approvals are in balance: for `payerline verify`.

use diesel::{QueryableByName, RunQueryDsl, sql_query};
use uuid::Uuid;

use payerline_domain::values::ids::ClinicId;

use crate::store::engine::{
    connection::{Connection, on_backend},
    error::StoreError,
    sql_types::{Id, SqlId},
    store::Store,
};

#[derive(QueryableByName)]
struct Unbalanced {
    #[diesel(sql_type = SqlId)]
    id: Id,
}

/// Approvals that say to be drawn by more or less than their draws add up to.
const SUMS: &str = "
    SELECT p.id FROM preauthorizations p
    LEFT JOIN preauthorization_draws d ON d.clinic_id = p.clinic_id AND d.preauthorization_id = p.id
    WHERE p.clinic_id = $1
    GROUP BY p.id, p.reserved_cents, p.consumed_cents
    HAVING p.reserved_cents <> coalesce(sum(d.reserved_cents), 0)
        OR p.consumed_cents <> coalesce(sum(d.consumed_cents), 0)
    ORDER BY p.id";

/// Claims that have drawn and are neither `ready` nor with their payer, draw for an item that they do not have, or more
/// than it amounts to.
const CLAIMS: &str = "
    SELECT DISTINCT d.claim_id AS id FROM preauthorization_draws d
    JOIN claims c ON c.clinic_id = d.clinic_id AND c.id = d.claim_id
    LEFT JOIN claim_items i ON i.clinic_id = d.clinic_id AND i.claim_id = d.claim_id AND i.sequence = d.sequence
    WHERE d.clinic_id = $1
        AND (c.status NOT IN ('ready', 'submitted', 'partially_paid', 'paid', 'denied', 'appealed')
            OR i.sequence IS NULL OR d.reserved_cents + d.consumed_cents > i.amount_cents)
    ORDER BY d.claim_id";

/// What is not in balance.
#[derive(Debug, Default)]
pub struct UnbalancedAccounts {
    /// Approvals whose sums are not those of their draws.
    pub approvals: Vec<Uuid>,
    /// Claims that have drawn what they cannot have.
    pub claims: Vec<Uuid>,
}

fn find(connection: &mut Connection, clinic: ClinicId) -> Result<UnbalancedAccounts, StoreError> {
    let mut select = |query: &str| -> Result<Vec<Uuid>, StoreError> {
        let rows: Vec<Unbalanced> = on_backend!(connection, |c| {
            sql_query(query).bind::<SqlId, _>(Id(clinic.uuid())).load(c)
        })?;
        Ok(rows.into_iter().map(|it| it.id.0).collect())
    };
    Ok(UnbalancedAccounts {
        approvals: select(SUMS)?,
        claims: select(CLAIMS)?,
    })
}

impl Store {
    /// Finds what is not in balance in a clinic's accounts, as of one moment.
    pub async fn unbalanced_accounts(
        &self,
        clinic: ClinicId,
    ) -> Result<UnbalancedAccounts, StoreError> {
        let work = move |c: &mut Connection| c.snapshot(|c| find(c, clinic));
        self.read("verifying accounts of approvals", work).await
    }
}
