//! `GET /v1/claims`: claims are listed, found and exported.

use actix_web::get;
use utoipa::IntoParams;

use super::export;
use crate::http::boundary::{
    call::{Answer, Call},
    paging::{self, Listing, Paging},
    query::{self, Objection, Query},
};
use crate::{
    app::{access::permissions::ReadClaims, claims::search::ClaimSearch},
    store::ClaimFilter,
};
use payerline_domain::{
    claims::{
        claim::{ClaimSummary, Status},
        payer::{Disposition, Payer},
    },
    parse::fault_code::FaultCode,
    search::Sought,
    values::money::Cents,
};

/// The filters of the list, for the documentation.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "documents what `read_filter` and `read_sought` read"
)]
pub struct ClaimQuery {
    /// Only claims of this payer; given several times, of one of these: `payer=mva&payer=wsib`.
    payer: Option<Vec<Payer>>,
    /// Only claims with this status; given several times, with one of these: `status=ready&status=submitted`.
    status: Option<Vec<Status>>,
    /// Only claims with this disposition; given several times, with one of these.
    disposition: Option<Vec<Disposition>>,
    /// Only claims of this patient (the clinic's id).
    #[param(min_length = 1, max_length = 64, example = "P-4411")]
    patient_id: Option<String>,
    /// Only the claim with exactly this `external_id`; letters with accents are found in either form of Unicode.
    #[param(min_length = 1, max_length = 64, example = "INV-2026-000123")]
    external_id: Option<String>,
    /// Only claims whose `external_id` begins with this.
    #[param(min_length = 1, max_length = 64, example = "INV-2026-")]
    q: Option<String>,
    /// Only claims whose last service is on this day or later.
    #[param(format = Date, example = "2026-06-01")]
    service_from: Option<String>,
    /// Only claims whose first service is on this day or earlier.
    #[param(format = Date, example = "2026-06-30")]
    service_to: Option<String>,
    /// Only claims received at this time or later: an RFC 3339 time, or a day in Ontario. A claim can be seen
    /// only when it is stored, a moment after its `received_at` and under load minutes: to follow new claims, use
    /// `updated_from`.
    #[param(
        pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt].*)?$",
        example = "2026-06-01"
    )]
    received_from: Option<String>,
    /// Only claims received at this time or earlier: an RFC 3339 time, or a day in Ontario, itself included.
    /// What a period has is final once everything that was sent before its end has been answered.
    #[param(
        pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt].*)?$",
        example = "2026-06-30"
    )]
    received_to: Option<String>,
    /// Only claims that were entered or changed at this time or later, **oldest change first**: an RFC 3339 time, or a
    /// day in Ontario. Nothing that appears later comes before what a page shows.
    #[param(
        pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt].*)?$",
        example = "2026-06-01T14:03:22.123456Z"
    )]
    updated_from: Option<String>,
    /// `true`: only claims whose review makes an exception to a law; `false`: only the others.
    has_exceptions: Option<bool>,
    /// Only claims that name this approval: its number, or Payerline's id of it.
    #[param(min_length = 1, max_length = 64, example = "OCF18-88123")]
    preauthorization: Option<String>,
    /// Only claims of patients with this name: each word begins a word of the given or family name, in any order, without
    /// regard to case and accents. `cote ma` finds Marie Côté.
    #[param(min_length = 1, max_length = 64, example = "okafor am")]
    patient_name: Option<String>,
    /// Only claims with this health number; blanks and hyphens do not count.
    #[param(min_length = 1, max_length = 64, example = "9393 881 587")]
    health_number: Option<String>,
    /// Only claims with a coverage of this insurer, by the beginnings of words as in `patient_name`.
    #[param(min_length = 1, max_length = 64, example = "maple")]
    insurer: Option<String>,
    /// Only claims with a coverage that has this claim number; case, blanks and hyphens do not count.
    #[param(min_length = 1, max_length = 64, example = "20260417")]
    claim_number: Option<String>,
    /// Only claims with a coverage that has this policy number, or this `member_id`; case, blanks and hyphens do not
    /// count.
    #[param(min_length = 1, max_length = 64, example = "POL-556677")]
    policy_number: Option<String>,
    /// Only claims with a service of this provider: the id, or a name by the beginnings of words as in `patient_name`.
    #[param(min_length = 1, max_length = 64, example = "D-7")]
    provider: Option<String>,
    /// Only claims whose total, or one of whose items, comes to exactly this many cents, tax included.
    #[param(value_type = Option<i64>, minimum = 0, example = 450_000)]
    amount_cents: Option<String>,
    /// Only claims whose decision has this finding, settled or not.
    #[param(min_length = 1, max_length = 64, example = "possible_duplicate")]
    finding: Option<String>,
    /// Only claims of which this rule decided an item.
    #[param(min_length = 1, max_length = 64, example = "mva-stem-cell-unapproved")]
    rule: Option<String>,
    /// For `text/csv` only: `false` leaves out the byte order mark by which a spreadsheet knows UTF-8.
    #[param(default = true)]
    byte_order_mark: Option<bool>,
    /// For `text/csv` only: `false` leaves cells that begin with `=`, `+`, `-` or `@` as they are stored. Otherwise an
    /// apostrophe stands before them, so that a spreadsheet takes them for text and not for formulas.
    #[param(default = true)]
    neutralize_formulas: Option<bool>,
}

/// List claims
///
/// Newest received first. All filters given must hold; `payer`, `status` and `disposition` may be given several times,
/// and then one of their values must. Unknown or invalid parameters are refused. A claim is found by its patient's name,
/// its numbers, its amount and what was decided as soon as it is stored; where very many have come in since the last
/// search, it answers 503 until they are ready for it. These filters cannot be given with `updated_from`.
///
/// **To follow all changes**, start with `updated_from`: the order is then by `updated_at`, oldest first. Take `next`
/// until it is null, wait, and start again with the greatest `updated_at` that you saw. This misses nothing. The
/// claims with exactly that `updated_at` come again: you know them by `id` and `version`. A claim that changes moves
/// to the end of the order. `prev` is always null.
///
/// `Accept: application/x-ndjson` or `text/csv` answers with all of them at once, a line each, without
/// paging (`limit` and `cursor` are refused). An export that cannot be finished breaks off without a
/// proper end. CSV is made for spreadsheets; programs switch off `byte_order_mark` and `neutralize_formulas`.
#[utoipa::path(
    tag = "Claims",
    params(ClaimQuery, Paging),
    responses(
        (status = 200, description = "A page of claims, or an export of all.", content(
            (Listing<ClaimSummary> = "application/json"),
            (ClaimSummary = "application/x-ndjson"),
            (String = "text/csv"),
        )),
    ),
)]
#[get("/v1/claims")]
pub async fn list_claims(call: Call<ReadClaims>) -> Answer {
    let mut query = Query::parse(&call.request);
    let filter = read_filter(&mut query);
    let updated_from = query.take("updated_from", query::parse_period_start);
    let sought = match updated_from {
        Some(_) => refuse_sought(&mut query),
        None => read_sought(&mut query),
    };
    let search = ClaimSearch { filter, sought };
    let claims = &call.app.claims;
    if let Some(format) = export::negotiate(&call.request) {
        let format = export::read_options(format, &mut query);
        query.finish()?;
        let filter = claims.find_filter(&call.actor, search).await?;
        return export::stream_claims(call, filter, updated_from, format).await;
    }
    if let Some(from) = updated_from {
        let paged = paging::read_changes(&mut query, from);
        query.finish()?;
        let page = claims.list_changes(&call.actor, search.filter, paged.request);
        return Ok(paged.answer(page.await?));
    }
    let paged = paging::read(&mut query);
    query.finish()?;
    let filter = claims.find_filter(&call.actor, search).await?;
    let page = claims.list(&call.actor, filter, paged.request);
    Ok(paged.answer(page.await?))
}

fn read_filter(query: &mut Query) -> ClaimFilter {
    ClaimFilter {
        payers: query.take_words("payer"),
        statuses: query.take_words("status"),
        dispositions: query.take_words("disposition"),
        patient_id: query.take("patient_id", query::parse_label),
        external_id: query.take("external_id", query::parse_label),
        external_id_prefix: query.take("q", query::parse_label),
        service_from: query.take("service_from", query::parse_day),
        service_to: query.take("service_to", query::parse_day),
        received_from: query.take("received_from", query::parse_period_start),
        received_before: query.take("received_to", query::parse_period_end),
        has_exceptions: query.take("has_exceptions", query::parse_flag),
        preauthorization: query.take("preauthorization", query::parse_label),
        terms: Vec::new(),
    }
}

/// The parameters of a search.
const SOUGHT: [&str; 9] = [
    "patient_name",
    "health_number",
    "insurer",
    "claim_number",
    "policy_number",
    "provider",
    "amount_cents",
    "finding",
    "rule",
];

/// What claims are found by is written for a search and not with every change, so changes cannot be followed by it without
/// missing some.
fn refuse_sought(query: &mut Query) -> Vec<Sought> {
    for name in SOUGHT {
        query.take::<()>(name, |_| {
            let detail =
                "cannot be given with `updated_from`: follow all changes, and look at each claim";
            Err((FaultCode::UnknownParameter, detail.to_owned()))
        });
    }
    Vec::new()
}

fn read_sought(query: &mut Query) -> Vec<Sought> {
    let number = |seek: fn(&str) -> Sought| {
        move |text: &str| query::parse_label(text).map(|it| vec![seek(it.as_str())])
    };
    let sought = [
        query.take("patient_name", |text| {
            parse_words(text, Sought::patient_name)
        }),
        query.take("health_number", number(Sought::health_number)),
        query.take("insurer", |text| parse_words(text, Sought::insurer)),
        query.take("claim_number", number(Sought::claim_number)),
        query.take("policy_number", number(Sought::policy_number)),
        query.take("provider", |text| {
            query::parse_label(text).map(|it| Sought::provider(&it))
        }),
        query.take("amount_cents", |text| {
            parse_cents(text).map(|it| vec![Sought::amount(it)])
        }),
        query.take("finding", number(Sought::finding)),
        query.take("rule", number(Sought::rule)),
    ];
    sought.into_iter().flatten().flatten().collect()
}

fn parse_words(
    text: &str,
    seek: impl FnOnce(&str) -> Option<Vec<Sought>>,
) -> Result<Vec<Sought>, Objection> {
    let name = query::parse_label(text)?;
    let detail = "must have a letter or a digit";
    seek(name.as_str()).ok_or_else(|| (FaultCode::Blank, detail.to_owned()))
}

fn parse_cents(text: &str) -> Result<Cents, Objection> {
    let cents = text.parse().ok().filter(|cents: &i64| *cents >= 0);
    cents.map(Cents::from_stored).ok_or_else(|| {
        let detail = "must be an amount in whole cents, such as `11340` for 113.40 dollars";
        (FaultCode::OutOfRange, detail.to_owned())
    })
}
