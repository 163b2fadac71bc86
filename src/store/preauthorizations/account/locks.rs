//! The locks of approvals, of numbers that the ledger does not have, and of what the Minor Injury Guideline caps.

use std::collections::{BTreeMap, HashMap};

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt},
};

use payerline_domain::values::{
    digest::sha256,
    ids::{ClinicId, PreauthorizationId},
    text::Label,
    time::Day,
};

use crate::store::engine::{
    connection::{Connection, on_backend},
    error::StoreError,
    schema::{minor_injury_charges, preauthorization_draws, preauthorizations},
    sql_types::{Date, Id},
};

/// An approval under its lock.
#[derive(Debug, Clone, Copy)]
pub struct Locked {
    pub version: i64,
    pub approved: i64,
    pub consumed: i64,
    pub consumed_before: i64,
    pub reserved: i64,
    pub reserved_before: i64,
}

impl Locked {
    pub fn is_changed(&self) -> bool {
        (self.reserved, self.consumed) != (self.reserved_before, self.consumed_before)
    }

    pub fn left(&self) -> i64 {
        self.approved - self.reserved - self.consumed
    }
}

/// Approvals under their locks.
#[derive(Debug, Clone, Default)]
pub struct LockedApprovals {
    pub by_id: BTreeMap<Id, Locked>,
    /// Those with each number, as it is stored.
    pub by_number: HashMap<String, Vec<Id>>,
}

/// What claims have of the cap of the Minor Injury Guideline, by patient and day of the accident.
pub type MinorInjuries = HashMap<(String, Day), Vec<(Id, i64)>>;

/// What an item of a claim has drawn: the approval, the claim, the item's number, and the cents that are reserved and consumed.
pub type DrawnRow = (Id, Id, i32, i64, i64);

/// What some claims have drawn, in one order.
pub fn find_drawn(
    connection: &mut Connection,
    clinic_id: Id,
    claims: &[Id],
) -> QueryResult<Vec<DrawnRow>> {
    if claims.is_empty() {
        return Ok(Vec::new());
    }
    on_backend!(connection, |c| {
        preauthorization_draws::table
            .select((
                preauthorization_draws::preauthorization_id,
                preauthorization_draws::claim_id,
                preauthorization_draws::sequence,
                preauthorization_draws::reserved_cents,
                preauthorization_draws::consumed_cents,
            ))
            .filter(preauthorization_draws::clinic_id.eq(clinic_id))
            .filter(preauthorization_draws::claim_id.eq_any(claims))
            .order((
                preauthorization_draws::preauthorization_id.asc(),
                preauthorization_draws::claim_id.asc(),
                preauthorization_draws::sequence.asc(),
            ))
            .load(c)
    })
}

/// Locks an approval until the transaction ends.
pub fn lock_one(
    connection: &mut Connection,
    clinic: ClinicId,
    id: PreauthorizationId,
) -> Result<(), StoreError> {
    lock_approvals(connection, Id(clinic.uuid()), &[Id(id.uuid())], &[])?;
    Ok(())
}

/// On SQLite a transaction that writes is alone anyway.
pub fn lock_approvals(
    connection: &mut Connection,
    clinic_id: Id,
    ids: &[Id],
    numbers: &[String],
) -> QueryResult<LockedApprovals> {
    let mut locked = LockedApprovals::default();
    if ids.is_empty() && numbers.is_empty() {
        return Ok(locked);
    }
    let is_meant = preauthorizations::id
        .eq_any(ids)
        .or(preauthorizations::number.eq_any(numbers));
    let query = preauthorizations::table
        .select((
            preauthorizations::id,
            preauthorizations::number,
            preauthorizations::version,
            preauthorizations::approved_cents,
            preauthorizations::reserved_cents,
            preauthorizations::consumed_cents,
        ))
        .filter(preauthorizations::clinic_id.eq(clinic_id))
        .filter(is_meant)
        .order(preauthorizations::id.asc());
    let rows: Vec<(Id, String, i64, i64, i64, i64)> = match connection {
        Connection::Postgres(c) => query.for_update().load(c)?,
        Connection::Sqlite(c) => query.load(c)?,
    };
    for (id, number, version, approved, reserved, consumed) in rows {
        let approval = Locked {
            version,
            approved,
            consumed,
            consumed_before: consumed,
            reserved,
            reserved_before: reserved,
        };
        locked.by_id.insert(id, approval);
        locked.by_number.entry(number).or_default().push(id);
    }
    Ok(locked)
}

/// Locks what claims have of the cap of the Minor Injury Guideline, and reads it.
pub fn lock_injuries(
    connection: &mut Connection,
    clinic: ClinicId,
    mut injuries: Vec<(String, Day)>,
) -> Result<MinorInjuries, StoreError> {
    injuries.sort_unstable();
    injuries.dedup();
    let texts = injuries
        .iter()
        .map(|(patient, day)| format!("{patient}{day}"));
    let keys = texts.map(|text| lock_key(clinic, &text) + i64::from(NUMBER_LOCKS));
    lock_keys(connection, keys.collect(), "pg_advisory_xact_lock")?;
    let mut found = MinorInjuries::new();
    for (patient_id, day) in injuries {
        let charges: Vec<(Id, i64)> = on_backend!(connection, |c| {
            minor_injury_charges::table
                .select((minor_injury_charges::claim_id, minor_injury_charges::cents))
                .filter(minor_injury_charges::clinic_id.eq(Id(clinic.uuid())))
                .filter(minor_injury_charges::patient_id.eq(&patient_id))
                .filter(minor_injury_charges::accident_date.eq(Date(day)))
                .load(c)
        })?;
        found.insert((patient_id, day), charges);
    }
    Ok(found)
}

#[derive(Debug, Clone, Copy)]
pub enum NumberLock {
    /// Of claims that name the number.
    Shared,
    /// Of whoever enters an approval with it.
    Exclusive,
}

/// Locks numbers that the ledger may not have, until the transaction ends.
pub fn lock_numbers(
    connection: &mut Connection,
    clinic: ClinicId,
    numbers: &[&Label],
    lock: NumberLock,
) -> Result<(), StoreError> {
    let keys = numbers.iter().map(|it| lock_key(clinic, &it.normal_form()));
    let function = match lock {
        NumberLock::Shared => "pg_advisory_xact_lock_shared",
        NumberLock::Exclusive => "pg_advisory_xact_lock",
    };
    lock_keys(connection, keys.collect(), function)
}

/// Takes advisory locks in the order of their keys. On SQLite a transaction that writes is alone anyway.
fn lock_keys(
    connection: &mut Connection,
    mut keys: Vec<i64>,
    function: &str,
) -> Result<(), StoreError> {
    let Connection::Postgres(c) = connection else {
        return Ok(());
    };
    if keys.is_empty() {
        return Ok(());
    }
    keys.sort_unstable();
    keys.dedup();
    sql_query(format!(
        "SELECT {function}(key) FROM (SELECT unnest($1) AS key) AS keys"
    ))
    .bind::<Array<BigInt>, _>(keys)
    .execute(c)?;
    Ok(())
}

/// The locks that stand for all numbers of all clinics, and as many for all accidents. One for each could fill
/// PostgreSQL's table of locks.
const NUMBER_LOCKS: u8 = 64;

/// The keys of the horizon's locks are times, and positive: these are negative.
fn lock_key(clinic: ClinicId, text: &str) -> i64 {
    let [first, ..] = sha256(format!("{}{text}", clinic.uuid()).as_bytes());
    i64::MIN + i64::from(first % NUMBER_LOCKS)
}
