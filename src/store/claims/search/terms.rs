//! Which terms begin alike, and the terms that a list is read by.

use diesel::prelude::*;

use payerline_domain::{
    search::{Sought, Topic},
    values::{ids::ClinicId, prefix::successor},
};

use crate::store::engine::{
    connection::{Connection, on_backend},
    error::StoreError,
    schema::claim_terms,
    sql_types::Id,
    store::Store,
};

/// Terms that begin alike and are looked for at most. A list reads the claims of each.
const MAX_TERMS: usize = 100;

/// Claims that are counted to find out what fewer claims have.
const MAX_COUNTED: usize = 1_000;

/// The terms of which a claim must have one; no claim is found if there are none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoughtTerms {
    pub terms: Vec<String>,
}

/// More terms about the topic begin alike than are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooManyTerms(pub Topic);

fn resolve(
    connection: &mut Connection,
    clinic_id: Id,
    sought: &[Sought],
) -> Result<Result<Vec<SoughtTerms>, TooManyTerms>, StoreError> {
    let mut all = Vec::with_capacity(sought.len());
    for sought in sought {
        let Some(terms) = resolve_one(connection, clinic_id, sought)? else {
            return Ok(Err(TooManyTerms(sought.topic)));
        };
        let count = count_claims(connection, clinic_id, &terms)?;
        let terms = if count == 0 { Vec::new() } else { terms };
        all.push((count, sought.topic, SoughtTerms { terms }));
    }
    // Those that the fewest claims have come first.
    all.sort_by_key(|(count, topic, _)| (*count, *topic));
    Ok(Ok(all.into_iter().map(|(_, _, it)| it).collect()))
}

/// `None` if too many terms begin so.
fn resolve_one(
    connection: &mut Connection,
    clinic_id: Id,
    sought: &Sought,
) -> Result<Option<Vec<String>>, StoreError> {
    let mut terms: Vec<String> = sought.term.iter().cloned().collect();
    let Some(beginning) = &sought.beginning else {
        return Ok(Some(terms));
    };
    let found = list_terms(connection, clinic_id, beginning)?;
    if found.len() <= MAX_TERMS {
        terms.extend(found);
        return Ok(Some(terms));
    }
    // Whoever gives a provider's id means the id, whatever names begin with it.
    let is_meant = count_claims(connection, clinic_id, &terms)? > 0;
    Ok(is_meant.then_some(terms))
}

/// How many claims have one of these terms, as far as that tells rare terms from common ones.
fn count_claims(
    connection: &mut Connection,
    clinic_id: Id,
    terms: &[String],
) -> Result<usize, StoreError> {
    let mut count = 0;
    for term in terms {
        let limit = i64::try_from(MAX_COUNTED.saturating_sub(count)).unwrap_or(i64::MAX);
        let claims: Vec<Id> = on_backend!(connection, |c| {
            claim_terms::table
                .select(claim_terms::claim_id)
                .filter(claim_terms::clinic_id.eq(clinic_id))
                .filter(claim_terms::term.eq(term))
                .limit(limit)
                .load(c)
        })?;
        count += claims.len();
        if count >= MAX_COUNTED {
            break;
        }
    }
    Ok(count)
}

/// Steps from one term to the next in the index, however many claims each has: one more than are taken at most.
fn list_terms(
    connection: &mut Connection,
    clinic_id: Id,
    beginning: &str,
) -> Result<Vec<String>, StoreError> {
    let end = successor(beginning);
    let mut terms: Vec<String> = Vec::new();
    while terms.len() <= MAX_TERMS {
        let next: Option<String> = on_backend!(connection, |c| {
            let mut query = claim_terms::table
                .select(claim_terms::term)
                .filter(claim_terms::clinic_id.eq(clinic_id))
                .filter(claim_terms::term.lt(&end))
                .order(claim_terms::term.asc())
                .into_boxed();
            query = match terms.last() {
                None => query.filter(claim_terms::term.ge(beginning)),
                Some(last) => query.filter(claim_terms::term.gt(last)),
            };
            query.first(c).optional()
        })?;
        let Some(next) = next else {
            break;
        };
        terms.push(next);
    }
    Ok(terms)
}

impl Store {
    /// Finds the terms that are sought among those that a clinic's claims have.
    pub async fn find_terms(
        &self,
        clinic: ClinicId,
        sought: Vec<Sought>,
    ) -> Result<Result<Vec<SoughtTerms>, TooManyTerms>, StoreError> {
        let work = move |c: &mut Connection| resolve(c, Id(clinic.uuid()), &sought);
        self.read("looking up terms", work).await
    }
}
