//! Lists of claims: the filters of `GET /v1/claims` over the claims table.

use diesel::{dsl::exists, prelude::*};

use payerline_domain::{
    claims::{
        claim::{ClaimSummary, Status},
        payer::{Disposition, Payer},
    },
    values::{
        ids::{ClinicId, PreauthorizationId, first_uuid_at},
        money::Cents,
        prefix::successor,
        text::Label,
        time::{Day, Timestamp},
    },
};

use super::search::terms::SoughtTerms;
use crate::store::engine::{
    changes::{self, ChangePage, ChangePosition, ChangeRequest, in_order_of_changes},
    connection::{Connection, on_backend},
    error::StoreError,
    page::{self, Page, PageRequest, filter_words, keyset},
    reading::Reading,
    schema::{claim_preauthorizations, claim_terms, claims, preauthorizations},
    sql_types::{Date, Id, Time},
    store::Store,
};

/// Which claims of a clinic a list has; a filter that is `None` or empty takes all.
#[derive(Debug, Clone, Default)]
pub struct ClaimFilter {
    pub payers: Vec<Payer>,
    pub statuses: Vec<Status>,
    pub dispositions: Vec<Disposition>,
    pub patient_id: Option<Label>,
    pub external_id: Option<Label>,
    pub external_id_prefix: Option<Label>,
    /// With a service on this day or later.
    pub service_from: Option<Day>,
    /// With a service on this day or earlier.
    pub service_to: Option<Day>,
    pub received_from: Option<Timestamp>,
    pub received_before: Option<Timestamp>,
    /// Whether the review of the claim makes an exception to a law.
    pub has_exceptions: Option<bool>,
    /// The number of an approval that the claim names, or the id of the approval.
    pub preauthorization: Option<Label>,
    /// What the claim is found by: it has a term of each of these. Those that the fewest claims have come first.
    pub terms: Vec<SoughtTerms>,
}

/// A part of a list that one query reads in the order of the list.
struct Part {
    filter: ClaimFilter,
    /// The term whose claims it has; if `None`, the clinic's claims are read.
    term: Option<String>,
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
            payers,
            statuses,
            dispositions,
            patient_id,
            external_id,
            external_id_prefix,
            service_from,
            service_to,
            received_from: _,
            received_before: _,
            has_exceptions,
            preauthorization,
            terms,
        } = self;
        (service_from.is_some() || service_to.is_some())
            && payers.is_empty()
            && statuses.is_empty()
            && dispositions.is_empty()
            && patient_id.is_none()
            && external_id.is_none()
            && external_id_prefix.is_none()
            && has_exceptions.is_none()
            && preauthorization.is_none()
            && terms.is_empty()
    }

    /// Whether an index has the few claims that are meant, whatever terms they have.
    fn names_few(&self) -> bool {
        self.patient_id.is_some() || self.external_id.is_some() || self.preauthorization.is_some()
    }

    /// The parts of the list. A claim may be in several.
    fn parts(&self) -> Vec<Part> {
        let term = |filter: &Self, term: &String| Part {
            filter: filter.clone(),
            term: Some(term.clone()),
        };
        if !self.names_few()
            && let Some((first, others)) = self.terms.split_first()
        {
            let filter = Self {
                terms: others.to_vec(),
                ..self.clone()
            };
            return first.terms.iter().map(|it| term(&filter, it)).collect();
        }
        let whole = |filter| Part { filter, term: None };
        self.split().into_iter().map(whole).collect()
    }

    /// Splits the first filter that has several values into one filter for each of them. No claim is in two of the
    /// parts, and an index has the claims of each in the order of the list.
    fn split(&self) -> Vec<Self> {
        let with = |change: &dyn Fn(&mut Self)| {
            let mut part = self.clone();
            change(&mut part);
            part
        };
        if self.statuses.len() > 1 {
            let parts = self.statuses.iter();
            parts
                .map(|it| with(&|part| part.statuses = vec![*it]))
                .collect()
        } else if self.payers.len() > 1 {
            let parts = self.payers.iter();
            parts
                .map(|it| with(&|part| part.payers = vec![*it]))
                .collect()
        } else if self.dispositions.len() > 1 {
            let parts = self.dispositions.iter();
            parts
                .map(|it| with(&|part| part.dispositions = vec![*it]))
                .collect()
        } else {
            vec![self.clone()]
        }
    }
}

diesel::alias!(claim_terms as other_terms: OtherTerms);

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

/// Applies the filters by columns that begin an index to a boxed query.
macro_rules! filter_by_columns {
    ($query:ident, $filter:expr, $payer:expr, $status:expr, $disposition:expr, $external_id:expr) => {
        filter_words!($query, $payer, $filter.payers);
        filter_words!($query, $status, $filter.statuses);
        filter_words!($query, $disposition, $filter.dispositions);
        if let Some(prefix) = &$filter.external_id_prefix {
            let begins_with = |form: &str| {
                let (start, end) = (form.to_owned(), successor(form));
                $external_id.ge(start).and($external_id.lt(end))
            };
            let normal = begins_with(&prefix.normal_form());
            $query = match prefix.stored_forms().get(1) {
                None => $query.filter(normal),
                Some(other) => $query.filter(normal.or(begins_with(other))),
            };
        }
    };
}

/// Applies the other filters to a boxed query.
macro_rules! filter_claims {
    ($query:ident, $filter:expr, $clinic_id:expr, $numbers:expr) => {
        if let Some(patient) = &$filter.patient_id {
            $query = $query.filter(claims::patient_id.eq(patient.normal_form()));
        }
        if let Some(external_id) = &$filter.external_id {
            $query = $query.filter(claims::external_id.eq_any(external_id.stored_forms()));
        }
        match $filter.has_exceptions {
            Some(true) => $query = $query.filter(claims::has_exceptions.is_not_null()),
            Some(false) => $query = $query.filter(claims::has_exceptions.is_null()),
            None => {}
        }
        if let Some(numbers) = $numbers {
            let naming = claim_preauthorizations::table
                .select(claim_preauthorizations::claim_id)
                .filter(claim_preauthorizations::clinic_id.eq($clinic_id))
                .filter(claim_preauthorizations::number.eq_any(numbers));
            $query = $query.filter(claims::id.eq_any(naming));
        }
        for sought in &$filter.terms {
            let having = other_terms
                .filter(other_terms.field(claim_terms::clinic_id).eq($clinic_id))
                .filter(other_terms.field(claim_terms::term).eq_any(&sought.terms))
                .filter(other_terms.field(claim_terms::claim_id).eq(claims::id));
            $query = $query.filter(exists(having));
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
    let fetch = |window: page::Window| match &*filter.parts() {
        [whole] => fetch_rows(connection, clinic, whole, window),
        // A claim that changes between two of the queries would be found twice or not at all.
        parts => connection.snapshot(|connection| {
            let mut rows = Vec::new();
            for part in parts {
                rows.extend(fetch_rows(connection, clinic, part, window)?);
            }
            Ok(page::merge(rows, |row| row.id.0, window))
        }),
    };
    page::read(page, |row: &SummaryRow| row.id.0, fetch, summary)
}

fn fetch_rows(
    connection: &mut Connection,
    clinic: ClinicId,
    Part { filter, term }: &Part,
    window: page::Window,
) -> Result<Vec<SummaryRow>, StoreError> {
    let clinic_id = Id(clinic.uuid());
    let numbers = find_numbers(connection, clinic_id, filter)?;
    if let Some(term) = term {
        let same_claim = claims::clinic_id
            .eq(claim_terms::clinic_id)
            .and(claims::id.eq(claim_terms::claim_id));
        return on_backend!(connection, |c| {
            let mut query = claim_terms::table
                .inner_join(claims::table.on(same_claim))
                .select(SummaryRow::as_select())
                .filter(claim_terms::clinic_id.eq(clinic_id))
                .filter(claim_terms::term.eq(term))
                .into_boxed();
            // PostgreSQL does not see that the join bounds the terms too.
            if let Some(from) = filter.received_from {
                query = query.filter(claim_terms::claim_id.ge(Id(first_uuid_at(from))));
            }
            if let Some(before) = filter.received_before {
                query = query.filter(claim_terms::claim_id.lt(Id(first_uuid_at(before))));
            }
            // An expression is no column of an index: SQLite would begin with all claims of the payer.
            filter_by_columns!(
                query,
                filter,
                claims::payer.concat(""),
                claims::status.concat(""),
                claims::disposition.concat(""),
                claims::external_id.concat("")
            );
            filter_claims!(query, filter, clinic_id, numbers.as_ref());
            Ok(keyset!(query, claim_terms::claim_id, window).load::<SummaryRow>(c)?)
        });
    }
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
        filter_by_columns!(
            query,
            filter,
            claims::payer,
            claims::status,
            claims::disposition,
            claims::external_id
        );
        filter_claims!(query, filter, clinic_id, numbers.as_ref());
        Ok(keyset!(query, claims::id, window).load::<SummaryRow>(c)?)
    })
}

/// The numbers of the approval that claims are to name: as it is given, or of the approval that has it as its id.
fn find_numbers(
    connection: &mut Connection,
    clinic_id: Id,
    filter: &ClaimFilter,
) -> Result<Option<Vec<String>>, StoreError> {
    let Some(approval) = &filter.preauthorization else {
        return Ok(None);
    };
    let mut numbers = vec![approval.normal_form().into_owned()];
    if let Some(id) = PreauthorizationId::parse(approval.as_str()) {
        let found: Option<String> = on_backend!(connection, |c| {
            preauthorizations::table
                .select(preauthorizations::number)
                .filter(preauthorizations::clinic_id.eq(clinic_id))
                .filter(preauthorizations::id.eq(Id(id.uuid())))
                .first(c)
                .optional()
        })?;
        let read = Reading::new("preauthorizations", id.uuid());
        let found = found.map(|number| read.label("number", &number));
        numbers.extend(found.transpose()?.map(|it| it.normal_form().into_owned()));
    }
    Ok(Some(numbers))
}

fn list_changes(
    connection: &mut Connection,
    clinic: ClinicId,
    filter: &ClaimFilter,
    request: ChangeRequest,
) -> Result<ChangePage<ClaimSummary>, StoreError> {
    let numbers = find_numbers(connection, Id(clinic.uuid()), filter)?;
    let fetch = |connection: &mut Connection, window: changes::ChangeWindow| {
        on_backend!(connection, |c| {
            let mut query = claims::table
                .select(SummaryRow::as_select())
                .filter(claims::clinic_id.eq(Id(clinic.uuid())))
                .into_boxed();
            filter_by_columns!(
                query,
                filter,
                claims::payer,
                claims::status,
                claims::disposition,
                claims::external_id
            );
            filter_claims!(query, filter, Id(clinic.uuid()), numbers.as_ref());
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
