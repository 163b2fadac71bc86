//! `/v1/work-queue`: what a person should do next.

use actix_web::{HttpResponse, get};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use crate::app::access::permissions::ReadWorkQueue;
use crate::http::boundary::{
    call::{Answer, Call},
    paging::{self, Paging},
    query::{self, Query},
};
use crate::store::WorkFilter;
use payerline_domain::{
    claims::payers_due::BilledParty,
    work::{QueuedWork, WorkCounts, WorkTask},
};

/// The filters of the queue, for the documentation.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what `list_work` reads")]
struct WorkQuery {
    /// Entries with one of these tasks. May be given several times.
    #[param(explode = true)]
    task: Option<Vec<WorkTask>>,
    /// Entries about one of these payers. May be given several times.
    #[param(explode = true)]
    payer: Option<Vec<BilledParty>>,
    /// Entries of one patient.
    #[param(min_length = 1, max_length = 64, example = "P-1001")]
    patient_id: Option<String>,
    /// Entries due before a day.
    #[param(format = Date, example = "2026-07-01")]
    due_before: Option<String>,
}

/// A page of the work queue.
#[derive(Debug, Serialize, ToSchema)]
struct WorkListing {
    /// The entries, nearest deadline first.
    data: Vec<QueuedWork>,
    /// The cursor of the next page, or null at the end.
    #[schema(required = true, example = "dwAAT_gZgApuLE99MaWwbz5cHSt6lcNTeXNlbmQ")]
    next: Option<String>,
    /// How many entries of each task there are.
    counts: WorkCounts,
}

/// List what to do next
///
/// What a person should do next, nearest deadline first, one entry a claim and task: review a claim, ask for an approval, send
/// a claim, chase an answer that is late, appeal or bill the next payer, follow up, or correct a claim. `because` says why,
/// `basis` names the law or other source of the deadline where there is one, and `step` is the request to make next.
///
/// An entry is shown until what it asks for is done. Deadlines that no law sets are working rules: what comes in is looked at by
/// the next business day, a payer of whom no law says when it answers is asked after 30 days, and what ends is announced 14
/// days before. After an upgrade or a large file it answers 503 until every claim is in it.
#[utoipa::path(
    tag = "Work queue",
    params(Paging, WorkQuery),
    responses((status = 200, description = "A page of the queue.", body = WorkListing, examples(("a_page" = (
        summary = "what is due first",
        value = json!({
            "data": [{
                "task": "chase", "claim_id": "01980a6e-2c4f-7d31-a5b0-6f3e5c1d2b7a", "external_id": "INV-2026-000123",
                "patient_id": "P-1001", "due_on": "2026-07-03", "payer": "mva",
                "because": "The auto insurer was sent the claim on 2026-06-02 and has not answered about the claim. Payment is due by 2026-07-02; after that it owes interest of 1 % a month on $4,500.00: $45.00 for a full month.",
                "basis": "SABS (O. Reg. 34/10) s.51; bulletin A-03/15",
                "step": "POST /v1/claims/01980a6e-2c4f-7d31-a5b0-6f3e5c1d2b7a/remittances",
            }],
            "next": null,
            "counts": {"review": 0, "ask_approval": 0, "send": 0, "chase": 1, "appeal_or_rebill": 0, "follow_up": 0, "correct": 0},
        }),
    ))))),
)]
#[get("/v1/work-queue")]
pub async fn list_work(call: Call<ReadWorkQueue>) -> Answer {
    let mut query = Query::parse(&call.request);
    let paged = paging::read_work(&mut query);
    let filter = WorkFilter {
        tasks: query.take_words("task"),
        payers: query.take_words("payer"),
        patient_id: query.take("patient_id", query::parse_label),
        due_before: query.take("due_before", query::parse_day),
    };
    query.finish()?;
    let page = (paged.after, paged.limit);
    let (page, counts) = call.app.work.list(&call.actor, filter, page).await?;
    Ok(HttpResponse::Ok().json(WorkListing {
        next: page.next.map(|next| paged.cursor(next)),
        data: page.data,
        counts,
    }))
}
