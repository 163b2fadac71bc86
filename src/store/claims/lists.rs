//! Lists of claims: the filters of `GET /v1/claims` over the claims table.

use diesel::prelude::*;

use payerline_domain::{
    claims::{
        claim::{ClaimSummary, Status},
        payer::{Disposition, Payer},
    },
    values::{
        closed_enum::ClosedEnum,
        ids::{ClinicId, first_uuid_at},
        money::Cents,
        text::{Label, MAX_LABEL_CHARACTERS},
        time::{Day, Timestamp},
    },
};

use crate::store::engine::{
    changes::{self, ChangePage, ChangePosition, ChangeRequest, in_order_of_changes},
    connection::{Connection, on_backend},
    error::StoreError,
    page::{self, Page, PageRequest, keyset},
    reading::Reading,
    schema::claims,
    sql_types::{Date, Id, Time},
    store::Store,
};

/// Which claims of a clinic a list has; a filter that is `None` takes all.
#[derive(Debug, Clone, Default)]
pub struct ClaimFilter {
    pub payer: Option<Payer>,
    pub status: Option<Status>,
    pub disposition: Option<Disposition>,
    pub patient_id: Option<Label>,
    pub external_id: Option<Label>,
    pub external_id_prefix: Option<Label>,
    /// With a service on this day or later.
    pub service_from: Option<Day>,
    /// With a service on this day or earlier.
    pub service_to: Option<Day>,
    pub received_from: Option<Timestamp>,
    pub received_before: Option<Timestamp>,
}

/// The columns of a claim's line in a list.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = claims)]
struct SummaryRow {
    id: Id,
    external_id: String,
    status: String,
    payer: String,
    disposition: String,
    patient_id: String,
    service_from: Date,
    service_to: Date,
    total_cents: i64,
    received_at: Time,
    updated_at: Time,
    version: i64,
    replaces: Option<Id>,
    replaced_by: Option<Id>,
    external_id_sent: Option<String>,
    patient_id_sent: Option<String>,
}

impl ClaimFilter {
    /// Whether the index `claims_by_service` alone tells which claims are meant.
    fn is_by_service_only(&self) -> bool {
        let Self {
            payer,
            status,
            disposition,
            patient_id,
            external_id,
            external_id_prefix,
            service_from,
            service_to,
            received_from: _,
            received_before: _,
        } = self;
        (service_from.is_some() || service_to.is_some())
            && payer.is_none()
            && status.is_none()
            && disposition.is_none()
            && patient_id.is_none()
            && external_id.is_none()
            && external_id_prefix.is_none()
    }
}

/// Applies the filters by time to a boxed query.
macro_rules! filter_by_time {
    ($query:ident, $filter:expr) => {
        if let Some(from) = $filter.service_from {
            $query = $query.filter(claims::service_to.ge(Date(from)));
        }
        if let Some(to) = $filter.service_to {
            $query = $query.filter(claims::service_from.le(Date(to)));
        }
        if let Some(from) = $filter.received_from {
            $query = $query.filter(claims::id.ge(Id(first_uuid_at(from))));
        }
        if let Some(before) = $filter.received_before {
            $query = $query.filter(claims::id.lt(Id(first_uuid_at(before))));
        }
    };
}

/// Applies all filters to a boxed query.
macro_rules! filter_claims {
    ($query:ident, $filter:expr) => {
        if let Some(payer) = $filter.payer {
            $query = $query.filter(claims::payer.eq(payer.word()));
        }
        if let Some(status) = $filter.status {
            $query = $query.filter(claims::status.eq(status.word()));
        }
        if let Some(disposition) = $filter.disposition {
            $query = $query.filter(claims::disposition.eq(disposition.word()));
        }
        if let Some(patient) = &$filter.patient_id {
            $query = $query.filter(claims::patient_id.eq(patient.normal_form()));
        }
        if let Some(external_id) = &$filter.external_id {
            $query = $query.filter(claims::external_id.eq_any(external_id.stored_forms()));
        }
        if let Some(prefix) = &$filter.external_id_prefix {
            let begins_with = |form: &str| {
                let (start, end) = (form.to_owned(), successor(form));
                claims::external_id
                    .ge(start)
                    .and(claims::external_id.lt(end))
            };
            let normal = begins_with(&prefix.normal_form());
            $query = match prefix.stored_forms().get(1) {
                None => $query.filter(normal),
                Some(other) => $query.filter(normal.or(begins_with(other))),
            };
        }
        filter_by_time!($query, $filter);
    };
}

fn list(
    connection: &mut Connection,
    clinic: ClinicId,
    filter: &ClaimFilter,
    page: PageRequest,
) -> Result<Page<ClaimSummary>, StoreError> {
    let clinic_id = Id(clinic.uuid());
    let fetch = |window: page::Window| {
        on_backend!(connection, |c| {
            let mut query = claims::table
                .select(SummaryRow::as_select())
                .filter(claims::clinic_id.eq(clinic_id))
                .into_boxed();
            if filter.is_by_service_only() {
                // SQLite walks the index only in a query that needs nothing else.
                let mut ids = claims::table
                    .select(claims::id)
                    .filter(claims::clinic_id.eq(clinic_id))
                    .into_boxed();
                filter_by_time!(ids, filter);
                let ids: Vec<Id> = keyset!(ids, claims::id, window).load(c)?;
                query = query.filter(claims::id.eq_any(ids));
            }
            filter_claims!(query, filter);
            Ok(keyset!(query, claims::id, window).load::<SummaryRow>(c)?)
        })
    };
    page::read(page, |row: &SummaryRow| row.id.0, fetch, summary)
}

fn list_changes(
    connection: &mut Connection,
    clinic: ClinicId,
    filter: &ClaimFilter,
    request: ChangeRequest,
) -> Result<ChangePage<ClaimSummary>, StoreError> {
    let fetch = |connection: &mut Connection, window: changes::ChangeWindow| {
        on_backend!(connection, |c| {
            let mut query = claims::table
                .select(SummaryRow::as_select())
                .filter(claims::clinic_id.eq(Id(clinic.uuid())))
                .into_boxed();
            filter_claims!(query, filter);
            Ok(in_order_of_changes!(query, claims, window).load::<SummaryRow>(c)?)
        })
    };
    let position = |row: &SummaryRow| ChangePosition {
        at: row.updated_at.0,
        id: row.id.0,
    };
    changes::read(connection, request, position, fetch, summary)
}

fn summary(row: SummaryRow) -> Result<ClaimSummary, StoreError> {
    let SummaryRow {
        id: Id(id),
        external_id,
        status,
        payer,
        disposition,
        patient_id,
        service_from: Date(service_from),
        service_to: Date(service_to),
        total_cents,
        received_at: Time(received_at),
        updated_at: Time(updated_at),
        version,
        replaces,
        replaced_by,
        external_id_sent,
        patient_id_sent,
    } = row;
    let read = Reading {
        table: "claims",
        id,
    };
    Ok(ClaimSummary {
        id: id.into(),
        external_id: read.sent_label("external_id", &external_id, external_id_sent.as_deref())?,
        status: read.word("status", &status)?,
        payer: read.word("payer", &payer)?,
        disposition: read.word("disposition", &disposition)?,
        patient_id: read.sent_label("patient_id", &patient_id, patient_id_sent.as_deref())?,
        service_from,
        service_to,
        total_cents: Cents::from_stored(total_cents),
        received_at,
        updated_at,
        version,
        replaces: replaces.map(|Id(id)| id.into()),
        replaced_by: replaced_by.map(|Id(id)| id.into()),
    })
}

/// The lowest text above every label that begins with `prefix`. Both databases compare this text bytewise, and UTF-8
/// sorts bytewise as its characters do.
fn successor(prefix: &str) -> String {
    let mut text = prefix.to_owned();
    while let Some(last) = text.pop() {
        // The range of characters steps over the surrogates; after the last one there is none.
        if let Some(next) = (last..=char::MAX).nth(1) {
            text.push(next);
            return text;
        }
    }
    char::MAX.to_string().repeat(MAX_LABEL_CHARACTERS + 1)
}

impl Store {
    /// A page of a clinic's claims, newest first.
    pub async fn claims(
        &self,
        clinic: ClinicId,
        filter: ClaimFilter,
        page: PageRequest,
    ) -> Result<Page<ClaimSummary>, StoreError> {
        let work = move |c: &mut Connection| list(c, clinic, &filter, page);
        self.read("listing claims", work).await
    }

    /// A page of a clinic's claims in the order of their last changes, up to the horizon.
    pub async fn changed_claims(
        &self,
        clinic: ClinicId,
        filter: ClaimFilter,
        request: ChangeRequest,
    ) -> Result<ChangePage<ClaimSummary>, StoreError> {
        let work = move |c: &mut Connection| list_changes(c, clinic, &filter, request);
        self.read("listing changed claims", work).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_successor_of_a_prefix_is_just_above_it() {
        let last = "\u{10ffff}".repeat(65);
        for (prefix, expected) in [
            ("INV-1", "INV-2"),
            ("a\u{d7ff}", "a\u{e000}"),
            ("a\u{10ffff}", "b"),
            ("a\u{10ffff}\u{10ffff}", "b"),
            ("\u{10ffff}", &last),
            ("", &last),
            ("100%", "100&"),
            ("é", "ê"),
        ] {
            assert_eq!(successor(prefix), expected, "{prefix:?}");
        }
    }
}
