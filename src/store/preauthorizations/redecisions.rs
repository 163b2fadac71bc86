//! The claims that name an approval and are decided again since it was entered or changed.
//!
//! The transaction that changes the approval notes that they are to be, so a stop or a crash forgets none. Whoever works
//! on them holds the approval's lease for a while, and notes after every few claims how far it is; another replica goes on
//! from there. A claim that is decided twice is decided alike, so a lease that ran out harms nothing.
//!
//! Claims that are `ready` come first, the newest before the others: if the approval was lowered, those that were there
//! first keep what they have drawn. Then come the others, the oldest first.

use diesel::prelude::*;
use uuid::Uuid;

use payerline_domain::{
    access::ActorId,
    claims::{claim::Status, lifecycle::Step},
    values::{
        closed_enum::ClosedEnum,
        ids::{ClaimId, ClinicId, PreauthorizationId},
        time::Timestamp,
    },
};

use crate::store::engine::{
    connection::{Connection, on_backend},
    error::StoreError,
    reading::Reading,
    schema::{claim_preauthorizations, claims, preauthorizations},
    sql_types::{Id, Time},
    store::Store,
};

/// An approval whose claims are to be decided again, leased.
#[derive(Debug, Clone)]
pub struct LeasedRedecision {
    pub clinic: ClinicId,
    pub id: PreauthorizationId,
    /// The version of the approval; another change begins anew.
    pub version: i64,
    /// Who changed it, for the events of the claims.
    pub changed_by: ActorId,
    number: String,
    position: RedecisionPosition,
    /// The position that is stored.
    saved: RedecisionPosition,
    /// Claims that are not counted as decided yet.
    waiting: i64,
}

/// Before the first claim: those that are `ready` are decided again from the newest on.
pub const START: Uuid = Uuid::max();

/// How far the claims are decided again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct RedecisionPosition {
    /// Claims that are `ready` are not done yet.
    ready: bool,
    /// The last claim that is done: of those that are `ready`, from the newest on, or of the others, from the oldest on.
    last: Uuid,
}

impl RedecisionPosition {
    const OTHERS: Self = Self {
        ready: false,
        last: Uuid::nil(),
    };
}

/// What became of some claims.
#[derive(Debug, Clone, Copy, Default)]
pub struct RedecidedClaims {
    pub decided: i64,
    pub changed: i64,
}

/// Until when nobody else works on an approval's claims.
#[derive(Debug, Clone, Copy)]
pub struct RedecisionLease {
    pub now: Timestamp,
    pub until: Timestamp,
}

/// The statuses, apart from `ready`, of claims that are decided again.
fn waiting_statuses() -> Vec<&'static str> {
    let from = Step::DecideAgain.rule().from.iter();
    from.filter(|it| **it != Status::Ready)
        .map(|it| it.word())
        .collect()
}

/// Counts the claims that name a number and can be decided again.
pub fn count_claims(connection: &mut Connection, clinic_id: Id, number: &str) -> QueryResult<i64> {
    let statuses: Vec<&str> = Step::DecideAgain
        .rule()
        .from
        .iter()
        .map(|it| it.word())
        .collect();
    let same_claim = claims::clinic_id
        .eq(claim_preauthorizations::clinic_id)
        .and(claims::id.eq(claim_preauthorizations::claim_id));
    on_backend!(connection, |c| {
        claim_preauthorizations::table
            .inner_join(claims::table.on(same_claim))
            .filter(claim_preauthorizations::clinic_id.eq(clinic_id))
            .filter(claim_preauthorizations::number.eq(number))
            .filter(claims::status.eq_any(&statuses))
            .count()
            .get_result(c)
    })
}

/// Selects the claims that name a number, from a position on.
macro_rules! claims_after {
    ($number:expr, $clinic_id:expr) => {
        claim_preauthorizations::table
            .inner_join(
                claims::table.on(claims::clinic_id
                    .eq(claim_preauthorizations::clinic_id)
                    .and(claims::id.eq(claim_preauthorizations::claim_id))),
            )
            .select(claims::id)
            .filter(claim_preauthorizations::clinic_id.eq($clinic_id))
            .filter(claim_preauthorizations::number.eq($number))
            .into_boxed()
    };
}

impl LeasedRedecision {
    fn key(&self) -> (Id, Id) {
        (Id(self.clinic.uuid()), Id(self.id.uuid()))
    }

    /// The next claims to be decided again; none when all are done. Goes on to the claims that wait when no more are
    /// `ready`.
    fn next_claims(
        &mut self,
        connection: &mut Connection,
        limit: i64,
    ) -> QueryResult<Vec<ClaimId>> {
        let clinic_id = Id(self.clinic.uuid());
        if self.position.ready {
            let found: Vec<Id> = on_backend!(connection, |c| {
                claims_after!(&self.number, clinic_id)
                    .filter(claims::status.eq(Status::Ready.word()))
                    .filter(claim_preauthorizations::claim_id.lt(Id(self.position.last)))
                    .order(claim_preauthorizations::claim_id.desc())
                    .limit(limit)
                    .load(c)
            })?;
            if !found.is_empty() {
                return Ok(found.into_iter().map(|Id(id)| id.into()).collect());
            }
            self.position = RedecisionPosition::OTHERS;
        }
        let statuses = waiting_statuses();
        let found: Vec<Id> = on_backend!(connection, |c| {
            claims_after!(&self.number, clinic_id)
                .filter(claims::status.eq_any(&statuses))
                .filter(claim_preauthorizations::claim_id.gt(Id(self.position.last)))
                .order(claim_preauthorizations::claim_id.asc())
                .limit(limit)
                .load(c)
        })?;
        Ok(found.into_iter().map(|Id(id)| id.into()).collect())
    }

    /// Notes how far it is, and renews the lease; `lease` is `None` to give it up. Returns false if the approval has
    /// changed since, or somebody else goes on with it.
    fn save(
        &self,
        connection: &mut Connection,
        done: RedecidedClaims,
        lease: Option<Timestamp>,
    ) -> QueryResult<bool> {
        let (clinic_id, id) = self.key();
        let stands = |at: RedecisionPosition| {
            let ready = preauthorizations::redecides_ready.eq(at.ready);
            ready.and(preauthorizations::redecided_to.eq(Some(Id(at.last))))
        };
        let updated = on_backend!(connection, |c| {
            diesel::update(preauthorizations::table)
                .filter(preauthorizations::clinic_id.eq(clinic_id))
                .filter(preauthorizations::id.eq(id))
                .filter(preauthorizations::version.eq(self.version))
                .filter(preauthorizations::redecided_by.is_not_null())
                .filter(stands(self.saved))
                .set((
                    preauthorizations::redecided_to.eq(Some(Id(self.position.last))),
                    preauthorizations::redecides_ready.eq(self.position.ready),
                    preauthorizations::redecided_until.eq(lease.map(Time)),
                    preauthorizations::claims_decided
                        .eq(preauthorizations::claims_decided + done.decided),
                    preauthorizations::claims_changed
                        .eq(preauthorizations::claims_changed + done.changed),
                    preauthorizations::claims_waiting
                        .eq(preauthorizations::claims_waiting - done.decided),
                ))
                .execute(c)
        })?;
        if updated > 0 {
            return Ok(true);
        }
        // An earlier try of it may have been committed.
        let saved: Option<Id> = on_backend!(connection, |c| {
            preauthorizations::table
                .select(preauthorizations::id)
                .filter(preauthorizations::clinic_id.eq(clinic_id))
                .filter(preauthorizations::id.eq(id))
                .filter(preauthorizations::version.eq(self.version))
                .filter(preauthorizations::redecided_by.is_not_null())
                .filter(stands(self.position))
                .first(c)
                .optional()
        })?;
        Ok(saved.is_some())
    }

    fn finish(&self, connection: &mut Connection) -> QueryResult<()> {
        let (clinic_id, id) = self.key();
        on_backend!(connection, |c| {
            diesel::update(preauthorizations::table)
                .filter(preauthorizations::clinic_id.eq(clinic_id))
                .filter(preauthorizations::id.eq(id))
                .filter(preauthorizations::version.eq(self.version))
                .set((
                    preauthorizations::redecided_by.eq(None::<Id>),
                    preauthorizations::redecided_to.eq(None::<Id>),
                    preauthorizations::redecides_ready.eq(false),
                    preauthorizations::redecided_until.eq(None::<Time>),
                    preauthorizations::claims_waiting.eq(0),
                ))
                .execute(c)
        })?;
        Ok(())
    }
}

/// Filters the approvals whose claims wait for somebody to decide them again.
macro_rules! due {
    ($query:expr, $lease:expr) => {
        $query
            .filter(preauthorizations::redecided_by.is_not_null())
            .filter(
                preauthorizations::redecided_until
                    .is_null()
                    .or(preauthorizations::redecided_until.lt(Time($lease.now))),
            )
    };
}

type LeasedColumns = (i64, String, Option<Id>, Option<Id>, bool, i64);

/// Takes the lease of an approval, if nobody has it.
fn take(
    connection: &mut Connection,
    (clinic_id, id): (Id, Id),
    lease: RedecisionLease,
) -> Result<Option<LeasedRedecision>, StoreError> {
    let taken = on_backend!(connection, |c| {
        due!(diesel::update(preauthorizations::table), lease)
            .filter(preauthorizations::clinic_id.eq(clinic_id))
            .filter(preauthorizations::id.eq(id))
            .set(preauthorizations::redecided_until.eq(Some(Time(lease.until))))
            .execute(c)
    })?;
    if taken == 0 {
        return Ok(None);
    }
    let (version, number, changed_by, last, ready, waiting): LeasedColumns =
        on_backend!(connection, |c| {
            preauthorizations::table
                .select((
                    preauthorizations::version,
                    preauthorizations::number,
                    preauthorizations::redecided_by,
                    preauthorizations::redecided_to,
                    preauthorizations::redecides_ready,
                    preauthorizations::claims_waiting,
                ))
                .filter(preauthorizations::clinic_id.eq(clinic_id))
                .filter(preauthorizations::id.eq(id))
                .first(c)
        })?;
    // An earlier build may have stored it in another form than claims are found by.
    let read = Reading::new("preauthorizations", id.0);
    let number = read.label("number", &number)?.normal_form().into_owned();
    let position = RedecisionPosition {
        ready,
        last: last.map_or(START, |Id(id)| id),
    };
    Ok(changed_by.map(|Id(changed_by)| LeasedRedecision {
        clinic: clinic_id.0.into(),
        id: id.0.into(),
        version,
        changed_by: ActorId::Key(changed_by.into()),
        number,
        position,
        saved: position,
        waiting,
    }))
}

impl Store {
    /// Finds an approval whose claims wait to be decided again.
    pub async fn find_redecision(
        &self,
        lease: RedecisionLease,
    ) -> Result<Option<(ClinicId, PreauthorizationId)>, StoreError> {
        let look = move |connection: &mut Connection| {
            let columns = (preauthorizations::clinic_id, preauthorizations::id);
            Ok(on_backend!(connection, |c| {
                due!(preauthorizations::table.select(columns), lease)
                    .order(preauthorizations::id.asc())
                    .first::<(Id, Id)>(c)
                    .optional()
            })?)
        };
        let found = self.read("looking for claims to be decided again", look);
        let found = found.await?;
        Ok(found.map(|(clinic, id)| (clinic.0.into(), id.0.into())))
    }

    /// Takes the lease of an approval whose claims wait to be decided again. `None` if none do, or somebody has it.
    pub async fn take_redecision(
        &self,
        (clinic, id): (ClinicId, PreauthorizationId),
        lease: RedecisionLease,
    ) -> Result<Option<LeasedRedecision>, StoreError> {
        let key = (Id(clinic.uuid()), Id(id.uuid()));
        self.write("taking claims to be decided again", move |c| {
            take(c, key, lease)
        })
        .await
    }

    /// The next claims of an approval to be decided again; none when all are done.
    pub async fn next_claims_to_redecide(
        &self,
        redecision: &mut LeasedRedecision,
        limit: i64,
    ) -> Result<Vec<ClaimId>, StoreError> {
        let asked = redecision.clone();
        let work = move |c: &mut Connection| {
            let mut asked = asked.clone();
            let claims = asked.next_claims(c, limit)?;
            Ok((claims, asked.position))
        };
        let (claims, position) = self
            .read("listing claims to be decided again", work)
            .await?;
        redecision.position = position;
        Ok(claims)
    }

    /// Notes that claims up to the last of some are decided again. `lease` is until when it is held on to; `None` gives it
    /// up. Returns false if the approval has changed since: then everything begins anew.
    pub async fn save_redecided_claims(
        &self,
        redecision: &mut LeasedRedecision,
        last: ClaimId,
        done: RedecidedClaims,
        lease: Option<Timestamp>,
    ) -> Result<bool, StoreError> {
        redecision.position.last = last.uuid();
        // A claim that is no longer `ready` after its new decision comes a second time, among those that wait.
        let done = RedecidedClaims {
            decided: done.decided.min(redecision.waiting),
            ..done
        };
        let saving = redecision.clone();
        let work = move |c: &mut Connection| Ok(saving.save(c, done, lease)?);
        let saved = self.write("noting claims that are decided again", work);
        let saved = saved.await?;
        redecision.saved = redecision.position;
        redecision.waiting -= done.decided;
        Ok(saved)
    }

    /// Gives the lease up. Returns false if the approval has changed since.
    pub async fn release_redecision(
        &self,
        redecision: &LeasedRedecision,
    ) -> Result<bool, StoreError> {
        let mut released = redecision.clone();
        released.position = released.saved;
        let nothing = RedecidedClaims::default();
        let work = move |c: &mut Connection| Ok(released.save(c, nothing, None)?);
        self.write("giving claims to be decided again up", work)
            .await
    }

    /// Notes that all claims of an approval are decided again.
    pub async fn finish_redecision(&self, redecision: LeasedRedecision) -> Result<(), StoreError> {
        let work = move |c: &mut Connection| Ok(redecision.finish(c)?);
        self.write("ending claims to be decided again", work).await
    }
}
