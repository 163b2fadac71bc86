//! Looks up services: which claims bill them that are neither void nor replaced. Lookups that wait are answered together.

use std::collections::{HashMap, hash_map::Entry};

use diesel::{
    pg::Pg,
    prelude::*,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{Array, BigInt, Text},
};

use payerline_domain::{claims::claim::Status, values::closed_enum::ClosedEnum};

use crate::store::engine::{
    connection::{Connection, on_backend},
    error::StoreError,
    group::{Grouped, Waiting, answer_each},
    link::Link,
    lookup::MANY_WAITING_LOOKUPS,
    schema::{claim_services, claims},
    sql_types::{Date, Id, SqlDate, SqlId},
};

/// Claims that are found of each service. The search leaves out the claim itself, which earlier builds may have stored in
/// each of three forms of its external id, and the claim that it replaces: one more is enough.
const CLAIMS_PER_SERVICE: i64 = 5;
/// What a service counts as in the bytes that bound a group.
const BYTES_PER_SERVICE: usize = 8 << 10;

/// A claim that is neither void nor replaced.
#[derive(Debug, Clone)]
pub struct StandingClaim {
    pub id: Id,
    pub external_id: String,
}

/// The services of a claim that are looked for.
pub struct FindServices {
    pub clinic: Id,
    /// Each once.
    pub services: Vec<Id>,
    pub patient_id: String,
    /// The first and the last day of service.
    pub period: (Date, Date),
}

/// What is found of a claim's services.
#[derive(Debug, Clone, Default)]
pub struct FoundServices {
    /// The earliest claims of each service that has some.
    pub claims: HashMap<Id, Vec<StandingClaim>>,
    /// The patient has claims of earlier builds in the period, which have to be read.
    pub has_earlier: bool,
}

impl Grouped for FindServices {
    type Answer = FoundServices;
    const MANY_WAITING: usize = MANY_WAITING_LOOKUPS;

    fn bytes(&self) -> usize {
        self.services.len().saturating_mul(BYTES_PER_SERVICE)
    }

    fn answer(link: &mut Link, group: Vec<Waiting<Self>>) {
        answer_each(link, group, find_all);
    }
}

/// Answers requests in their order, those of a clinic together.
fn find_all(
    connection: &mut Connection,
    requests: &[FindServices],
) -> Result<Vec<FoundServices>, StoreError> {
    let mut by_clinic: HashMap<Id, Vec<(usize, &FindServices)>> = HashMap::new();
    for (place, request) in requests.iter().enumerate() {
        by_clinic
            .entry(request.clinic)
            .or_default()
            .push((place, request));
    }
    let mut answers = vec![FoundServices::default(); requests.len()];
    for (clinic, requests) in by_clinic {
        let (places, requests): (Vec<usize>, Vec<&FindServices>) = requests.into_iter().unzip();
        let found = match connection {
            Connection::Postgres(c) => find_on_postgres(c, clinic, &requests)?,
            // One look at the file for all its statements.
            Connection::Sqlite(_) => {
                connection.snapshot(|c| find_one_by_one(c, clinic, &requests))?
            }
        };
        for (place, found) in places.into_iter().zip(found) {
            if let Some(answer) = answers.get_mut(place) {
                *answer = found;
            }
        }
    }
    Ok(answers)
}

/// A statement for each service: on SQLite it costs no round trip.
fn find_one_by_one(
    connection: &mut Connection,
    clinic: Id,
    requests: &[&FindServices],
) -> Result<Vec<FoundServices>, StoreError> {
    let mut known: HashMap<Id, Vec<StandingClaim>> = HashMap::new();
    let mut answers = Vec::with_capacity(requests.len());
    for request in requests {
        let mut answer = FoundServices::default();
        for service in &request.services {
            let claims = match known.entry(*service) {
                Entry::Occupied(known) => known.get().clone(),
                Entry::Vacant(new) => new
                    .insert(find_service(connection, clinic, *service)?)
                    .clone(),
            };
            answer.claims.insert(*service, claims);
        }
        let ids = find_earlier(connection, clinic, &request.patient_id, request.period, 1)?;
        answer.has_earlier = !ids.is_empty();
        answers.push(answer);
    }
    Ok(answers)
}

fn find_service(
    connection: &mut Connection,
    clinic: Id,
    service: Id,
) -> Result<Vec<StandingClaim>, StoreError> {
    let rows: Vec<(Id, String)> = on_backend!(connection, |c| {
        claim_services::table
            .inner_join(claims::table.on(claims::id.eq(claim_services::claim_id)))
            .select((claims::id, claims::external_id))
            .filter(claim_services::clinic_id.eq(clinic))
            .filter(claim_services::service.eq(service))
            .filter(claims::clinic_id.eq(clinic))
            .filter(claims::status.ne(Status::Void.word()))
            .filter(claims::status.ne(Status::Replaced.word()))
            .order(claim_services::claim_id.asc())
            .limit(CLAIMS_PER_SERVICE)
            .load(c)
    })?;
    let claims = rows.into_iter();
    Ok(claims
        .map(|(id, external_id)| StandingClaim { id, external_id })
        .collect())
}

/// Finds claims of earlier builds with services of a patient in a period.
pub fn find_earlier(
    connection: &mut Connection,
    clinic: Id,
    patient_id: &str,
    (first, last): (Date, Date),
    limit: i64,
) -> Result<Vec<Id>, StoreError> {
    Ok(on_backend!(connection, |c| {
        claims::table
            .select(claims::id)
            .filter(claims::clinic_id.eq(clinic))
            .filter(claims::patient_id.eq(patient_id))
            .filter(claims::has_services.is_null())
            .filter(claims::service_to.ge(first))
            .filter(claims::service_from.le(last))
            .filter(claims::status.ne(Status::Void.word()))
            .filter(claims::status.ne(Status::Replaced.word()))
            .limit(limit)
            .load(c)
    })?)
}

/// One statement for all requests of a clinic.
fn find_on_postgres(
    connection: &mut PgConnection,
    clinic: Id,
    requests: &[&FindServices],
) -> Result<Vec<FoundServices>, StoreError> {
    let mut services: Vec<Id> = requests
        .iter()
        .flat_map(|it| &it.services)
        .copied()
        .collect();
    services.sort_unstable();
    services.dedup();
    let asked = Asked {
        clinic,
        services,
        patients: requests.iter().map(|it| it.patient_id.as_str()).collect(),
        first_days: requests.iter().map(|it| it.period.0).collect(),
        last_days: requests.iter().map(|it| it.period.1).collect(),
    };
    let rows: Vec<(i64, Id, String)> = Find(&asked).load(connection)?;
    let mut claims: HashMap<Id, Vec<StandingClaim>> = HashMap::new();
    let mut answers = vec![FoundServices::default(); requests.len()];
    for (number, id, external_id) in rows {
        let place = |number: i64| usize::try_from(number - 1).ok();
        if let Some(service) = place(number).and_then(|it| asked.services.get(it)) {
            claims
                .entry(*service)
                .or_default()
                .push(StandingClaim { id, external_id });
        } else if let Some(answer) = place(-number).and_then(|it| answers.get_mut(it)) {
            answer.has_earlier = true;
        }
    }
    for (request, answer) in requests.iter().zip(&mut answers) {
        let found = request.services.iter();
        answer.claims = found
            .filter_map(|service| Some((*service, claims.get(service)?.clone())))
            .collect();
    }
    Ok(answers)
}

/// What is asked of a clinic's claims, an array a column.
struct Asked<'r> {
    clinic: Id,
    services: Vec<Id>,
    patients: Vec<&'r str>,
    first_days: Vec<Date>,
    last_days: Vec<Date>,
}

/// Finds the earliest claims of services, numbered from 1, and whether patients have claims of earlier builds: -1 for
/// the first, and so on.
///
/// The subqueries with a `LIMIT` keep PostgreSQL from walking the clinic's claims in their order instead. Each table is
/// asked for the one clinic, so a distributed PostgreSQL answers from where the clinic's rows are.
struct Find<'a, 'r>(&'a Asked<'r>);

impl QueryFragment<Pg> for Find<'_, '_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("SELECT asked.number, found.id, found.external_id FROM unnest(");
        out.push_bind_param::<Array<SqlId>, _>(&self.0.services)?;
        out.push_sql(
            ") WITH ORDINALITY AS asked (service, number) CROSS JOIN LATERAL (\
             SELECT listed.claim_id AS id, claim.external_id FROM claim_services AS listed CROSS JOIN LATERAL (\
             SELECT external_id FROM claims WHERE clinic_id = ",
        );
        out.push_bind_param::<SqlId, _>(&self.0.clinic)?;
        out.push_sql(
            " AND id = listed.claim_id AND status <> 'void' AND status <> 'replaced' LIMIT 1) AS claim \
             WHERE listed.clinic_id = ",
        );
        out.push_bind_param::<SqlId, _>(&self.0.clinic)?;
        out.push_sql(" AND listed.service = asked.service ORDER BY listed.claim_id LIMIT ");
        out.push_bind_param::<BigInt, _>(&CLAIMS_PER_SERVICE)?;
        out.push_sql(") AS found UNION ALL SELECT -asked.number, found.id, '' FROM unnest(");
        out.push_bind_param::<Array<Text>, _>(&self.0.patients)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<SqlDate>, _>(&self.0.first_days)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<SqlDate>, _>(&self.0.last_days)?;
        out.push_sql(
            ") WITH ORDINALITY AS asked (patient_id, first_day, last_day, number) CROSS JOIN LATERAL (\
             SELECT id FROM claims WHERE clinic_id = ",
        );
        out.push_bind_param::<SqlId, _>(&self.0.clinic)?;
        out.push_sql(
            " AND patient_id = asked.patient_id AND has_services IS NULL AND service_to >= asked.first_day \
             AND service_from <= asked.last_day AND status <> 'void' AND status <> 'replaced' LIMIT 1) AS found",
        );
        Ok(())
    }
}

// The type stands for the text: diesel finds the prepared statement by it.
impl QueryId for Find<'_, '_> {
    type QueryId = Find<'static, 'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl Query for Find<'_, '_> {
    type SqlType = (BigInt, SqlId, Text);
}

impl RunQueryDsl<PgConnection> for Find<'_, '_> {}

/// The statement for PostgreSQL.
#[cfg(test)]
pub fn postgres_text() -> String {
    let asked = Asked {
        clinic: Id(uuid::Uuid::nil()),
        services: Vec::new(),
        patients: Vec::new(),
        first_days: Vec::new(),
        last_days: Vec::new(),
    };
    let shown = diesel::debug_query::<Pg, _>(&Find(&asked)).to_string();
    let end = shown.find(" -- binds").unwrap_or(shown.len());
    shown.split_at(end).0.to_owned()
}
