//! The events table: append-only, hash-chained per subject, written in the transaction of the change.

use diesel::{
    prelude::*,
    sql_types::{BigInt, Binary, Nullable, Text},
};
use uuid::Uuid;

use payerline_domain::{
    access::ActorId,
    events::{Event, EventKind, EventPayload},
    values::{closed_enum::ClosedEnum, ids::ClinicId, time::Timestamp},
};

use super::engine::{
    connection::{Connection, on_backend},
    error::StoreError,
    rows::rows,
    schema::events,
    sql_types::{Id, Json, SqlId, SqlJson, SqlTime, Time},
    store::json_error,
};

/// The database adds its sequence number.
#[derive(Debug, Clone, Insertable, Queryable, Selectable)]
#[diesel(table_name = events, treat_none_as_default_value = false)]
pub struct EventRow {
    clinic_id: Id,
    subject_id: Id,
    number: i64,
    kind: String,
    at: Time,
    actor: Option<Id>,
    data: Json,
    prev_hash: Option<Vec<u8>>,
    hash: Vec<u8>,
}

impl From<Event> for EventRow {
    fn from(event: Event) -> Self {
        let hash = event.hash().to_vec();
        let Event {
            clinic,
            subject,
            number,
            kind,
            at,
            actor,
            data,
            previous,
        } = event;
        Self {
            clinic_id: Id(clinic.uuid()),
            subject_id: Id(subject),
            number,
            kind: kind.word().to_owned(),
            at: Time(at),
            actor: actor.map(|actor| Id(actor.uuid())),
            data: Json(data),
            prev_hash: previous.map(Vec::from),
            hash,
        }
    }
}

/// A column of a stored event is not what any event has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnreadableEvent {
    pub number: i64,
}

impl EventRow {
    pub fn subject(&self) -> Uuid {
        self.subject_id.0
    }

    /// Reads it back, with the hash that is stored with it.
    pub fn read(self) -> Result<(Event, Vec<u8>), UnreadableEvent> {
        let number = self.number;
        let unreadable = || UnreadableEvent { number };
        let previous = self.prev_hash.map(<[u8; 32]>::try_from).transpose();
        let event = Event {
            clinic: self.clinic_id.0.into(),
            subject: self.subject_id.0,
            number,
            kind: EventKind::from_word(&self.kind).ok_or_else(unreadable)?,
            at: self.at.0,
            actor: self.actor.map(|Id(key)| ActorId::Key(key.into())),
            data: self.data.0,
            previous: previous.map_err(|_| unreadable())?,
        };
        Ok((event, self.hash))
    }
}

/// Something that happened to a subject, before it has its place in the subject's chain.
pub struct NewEvent<'a> {
    pub clinic: ClinicId,
    pub subject: Uuid,
    pub at: Timestamp,
    /// Who caused it; `None` for the service itself.
    pub actor: Option<ActorId>,
    pub payload: EventPayload<'a>,
}

impl NewEvent<'_> {
    /// The first event of a new subject.
    pub fn first(self) -> Result<Event, StoreError> {
        self.after(None)
    }

    /// Appends to the subject's chain. The caller holds a lock on the subject's row, so that
    /// nobody else appends meanwhile; if somebody did, the event's key would collide and the
    /// transaction fail.
    pub fn append(self, connection: &mut Connection) -> Result<(), StoreError> {
        let last = find_last(connection, self.clinic, self.subject)?;
        insert(connection, &self.after(last)?.into())
    }

    /// Returns true if this very event is in the record: an earlier try of the change committed, and its answer
    /// was lost. A change that finds its row already changed asks this before it refuses.
    pub fn is_recorded(&self, connection: &mut Connection) -> Result<bool, StoreError> {
        let act = (self.payload.kind(), self.at, self.actor);
        let recorded = find_recorded(connection, self.clinic, self.subject, act)?;
        let payload = self.payload.to_json().map_err(json_error)?;
        Ok(recorded.contains(&payload))
    }

    fn after(self, last: Option<(i64, [u8; 32])>) -> Result<Event, StoreError> {
        Ok(Event {
            clinic: self.clinic,
            subject: self.subject,
            number: last.map_or(1, |(number, _)| number + 1),
            kind: self.payload.kind(),
            at: self.at,
            actor: self.actor,
            data: self.payload.to_json().map_err(json_error)?,
            previous: last.map(|(_, hash)| hash),
        })
    }
}

/// The payloads of what one actor did to a subject at one moment. Each request reads the clock once, to the
/// microsecond, so the second try of a change finds what its first try recorded.
pub fn find_recorded(
    connection: &mut Connection,
    clinic: ClinicId,
    subject: Uuid,
    (kind, at, actor): (EventKind, Timestamp, Option<ActorId>),
) -> Result<Vec<String>, StoreError> {
    let rows: Vec<(Option<Id>, Json)> = on_backend!(connection, |c| {
        events::table
            .select((events::actor, events::data))
            .filter(events::clinic_id.eq(Id(clinic.uuid())))
            .filter(events::subject_id.eq(Id(subject)))
            .filter(events::kind.eq(kind.word()))
            .filter(events::at.eq(Time(at)))
            .load(c)
    })?;
    let actor = actor.map(|actor| Id(actor.uuid()));
    let own = rows.into_iter().filter(|(recorded, _)| *recorded == actor);
    Ok(own.map(|(_, Json(payload))| payload).collect())
}

/// Number and hash of a subject's last event.
fn find_last(
    connection: &mut Connection,
    clinic: ClinicId,
    subject: Uuid,
) -> Result<Option<(i64, [u8; 32])>, StoreError> {
    let row: Option<(i64, Vec<u8>)> = on_backend!(connection, |c| {
        events::table
            .select((events::number, events::hash))
            .filter(events::clinic_id.eq(Id(clinic.uuid())))
            .filter(events::subject_id.eq(Id(subject)))
            .order(events::number.desc())
            .first(c)
            .optional()
    })?;
    row.map(|(number, hash)| {
        let hash = <[u8; 32]>::try_from(hash)
            .map_err(|_| StoreError::corrupt("events", subject, "hash"))?;
        Ok((number, hash))
    })
    .transpose()
}

rows! {
    /// Events as columns.
    EventColumns of EventRow into "events" {
        clinic_id: SqlId = Id,
        subject_id: SqlId = Id,
        number: BigInt = i64,
        kind: Text = String,
        at: SqlTime = Time,
        actor: Nullable<SqlId> = Option<Id>,
        data: SqlJson = Json,
        prev_hash: Nullable<Binary> = Option<Vec<u8>>,
        hash: Binary = Vec<u8>,
    }
}

fn insert(connection: &mut Connection, row: &EventRow) -> Result<(), StoreError> {
    on_backend!(connection, |c| {
        diesel::insert_into(events::table).values(row).execute(c)
    })?;
    Ok(())
}

#[cfg(test)]
pub mod testing {
    //! Reads chains back, as the event feed and the auditors will.

    use super::*;

    /// The events of a subject, each checked: numbers without a gap, every hash that of the
    /// event's documented bytes, and chained to the one before.
    pub fn verified_chain(
        connection: &mut Connection,
        clinic: ClinicId,
        subject: Uuid,
    ) -> Vec<Event> {
        let rows: Vec<EventRow> = on_backend!(connection, |c| {
            events::table
                .select(EventRow::as_select())
                .filter(events::clinic_id.eq(Id(clinic.uuid())))
                .filter(events::subject_id.eq(Id(subject)))
                .order(events::number.asc())
                .load(c)
        })
        .unwrap();
        let mut previous: Option<[u8; 32]> = None;
        rows.into_iter()
            .zip(1..)
            .map(|(row, number)| {
                let (event, hash) = row.read().unwrap();
                assert_eq!(event.number, number);
                assert_eq!(event.previous, previous);
                assert_eq!(event.hash().as_slice(), hash);
                previous = Some(event.hash());
                event
            })
            .collect()
    }
}
