//! The rulebooks that come with Payerline, kept so that later builds can make again what they decided.

use payerline_domain::{
    events::EventPayload,
    values::{
        ids::{ClinicId, RulebookId},
        time::Timestamp,
    },
};

use super::row::{self, NewRulebook, RulebookRow};
use crate::store::{
    engine::{connection::Connection, error::StoreError, store::Store},
    events::NewEvent,
};

/// What the database has of the rulebook that this build ships.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shipped {
    /// This table, now or since before.
    Kept,
    /// Another table under this version: its digest.
    Differs(String),
}

fn keep(
    connection: &mut Connection,
    id: RulebookId,
    new: &NewRulebook,
    now: Timestamp,
) -> Result<Shipped, StoreError> {
    let clinic = ClinicId::SHIPPED;
    if RulebookRow::new((clinic, None), id, new, now).insert(connection)? {
        NewEvent {
            clinic,
            subject: id.uuid(),
            at: now,
            actor: None,
            payload: EventPayload::RulebookShipped(new.payload()),
        }
        .append(connection)?;
        return Ok(Shipped::Kept);
    }
    let stored = row::find(connection, clinic, &new.version)?;
    Ok(match stored {
        Some(row) if row.summary.sha256 != new.sha256 => Shipped::Differs(row.summary.sha256),
        _ => Shipped::Kept,
    })
}

impl Store {
    /// Keeps the rulebook that this build ships.
    pub async fn keep_shipped(
        &self,
        id: RulebookId,
        new: NewRulebook,
        now: Timestamp,
    ) -> Result<Shipped, StoreError> {
        let work = move |c: &mut Connection| keep(c, id, &new, now);
        self.write("keeping the shipped rulebook", work).await
    }
}
