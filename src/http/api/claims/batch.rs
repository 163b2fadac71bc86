//! `/v1/claims/batch`: many claims in one request, a line each, are answered with a result a line in the same order.

use std::rc::Rc;

use actix_web::{
    HttpRequest, HttpResponse, post, rt,
    web::{Bytes, Data, Payload},
};
use futures_util::future::LocalBoxFuture;
use serde::Serialize;
use utoipa::ToSchema;

use super::in_flight::{InFlight, InFlightLine};
use crate::app::{
    access::permissions::{Allowed, SubmitClaims},
    application::App,
    changed::Entered,
    claims::intake::Arrival,
};
use crate::http::boundary::{
    batch::{self, LineWork, Refusals},
    documented::WithLines,
    problem::{ApiError, Problem},
};
use payerline_domain::{
    claims::{
        claim::{Claim, Status},
        payer::{Disposition, Payer},
        submission::Submission,
    },
    parse::{decode, json::Node},
    values::{ids::ClaimId, text::Label},
};

/// The result of one line of a batch.
#[derive(Debug, Serialize, ToSchema)]
pub struct BatchResult {
    /// The line's number among the lines that are not blank, from 0.
    #[schema(example = 0)]
    pub index: u64,
    /// The claim's `external_id`, or null when the line has none that can be read.
    #[schema(value_type = Option<String>, required = true, example = "INV-2026-000123")]
    pub external_id: Option<Label>,
    /// The status that the claim would have had alone: 201 stored, 200 stored before, 400, 409, 413, 422, 503 …
    #[schema(example = 201)]
    pub status: u16,
    /// The id of the claim, when it is stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<ClaimId>,
    /// Its payer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payer: Option<Payer>,
    /// Its disposition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disposition: Option<Disposition>,
    /// The status of the claim, where `status` is that of HTTP: of a claim that was stored before it may be a later one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claim_status: Option<Status>,
    /// The version of the claim, without the quotes of its `ETag`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, example = 1)]
    pub version: Option<i64>,
    /// Why it was not stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
}

/// Submit many claims
///
/// One claim a line (NDJSON), one result a line in the same order; results come as the claims are
/// stored. A bad line harms no other, and sending everything again is safe. A line that bills the same service as a line
/// before it is found to be a possible duplicate, as if they were sent one after the other. The batch may come with
/// `Content-Encoding: gzip` or `zstd` (windows of up to 8 MiB).
///
/// A line may have up to 1 MiB, a batch up to 100,000 lines and 1 GiB after decompression. What is beyond that is not
/// stored: the last result then has status 413 and the index of the first such line. Send the lines from there on as
/// another batch. A last result with status 401 says in the same way that the key was revoked meanwhile. So if there are
/// fewer results than lines, send the lines from the last result's `index` on again.
///
/// For clients that know no NDJSON, the lines are also taken as `application/octet-stream`, and then answered as plain text
/// unless `Accept` names `application/x-ndjson`. `Accept: text/plain` has the same lines as plain text in any case.
///
/// Read the results while you send. Up to 64 MiB of them wait for a client that reads only afterwards. Beyond that no
/// further line is read, and after 30 seconds without reading the connection ends.
#[utoipa::path(
    tag = "Claims",
    operation_id = "submit_claims",
    request_body(
        content((Submission = "application/x-ndjson"), (String = "application/octet-stream")),
        description = "One claim a line, as `POST /v1/claims` takes it. Blank lines and a byte order mark at the beginning are passed over.",
    ),
    responses(
        (status = 200, description = "One result a line, in the order of the lines that are not blank.",
            content((String = "text/plain"), (BatchResult = "application/x-ndjson"))),
        WithLines,
    ),
)]
#[post("/v1/claims/batch")]
pub async fn submit(
    request: HttpRequest,
    payload: Payload,
    actor: Allowed<SubmitClaims>,
    app: Data<App>,
) -> Result<HttpResponse, ApiError> {
    let work = Submissions {
        app: app.clone(),
        actor,
        in_flight: InFlight::default(),
    };
    batch::answer(&request, payload, app, work)
}

/// Submits the lines of a batch.
struct Submissions {
    app: Data<App>,
    actor: Allowed<SubmitClaims>,
    in_flight: InFlight,
}

/// A claim as it was read, or why it was refused.
struct ReadLine {
    in_flight: InFlightLine,
    external_id: Option<Label>,
    parsed: Result<(Bytes, Arrival), ApiError>,
}

impl LineWork for Submissions {
    type Grant = SubmitClaims;
    type Line = ReadLine;
    type Result = BatchResult;

    fn read(&self, line: Result<Bytes, ApiError>) -> ReadLine {
        let mut in_flight = InFlightLine::default();
        let (external_id, parsed) = match line {
            Ok(line) => match Arrival::parse(&line) {
                Ok(arrival) => {
                    let external_id = arrival.submission.external_id.clone();
                    in_flight.length = line.len();
                    in_flight.services = arrival.services();
                    in_flight.corrects = arrival.submission.replaces.is_some();
                    (Some(external_id), Ok((line, arrival)))
                }
                Err(refusal) => (find_external_id(&line), Err(ApiError::from(refusal))),
            },
            Err(error) => (None, Err(error)),
        };
        in_flight.id = external_id.as_ref().map(|id| id.normal_form().into_owned());
        ReadLine {
            in_flight,
            external_id,
            parsed,
        }
    }

    fn is_full(&self) -> bool {
        self.in_flight.is_full()
    }

    fn is_idle(&self) -> bool {
        self.in_flight.is_empty()
    }

    fn must_settle_before(&self, line: &ReadLine) -> bool {
        self.in_flight.must_settle_before(&line.in_flight)
    }

    fn begin(
        &mut self,
        index: u64,
        line: ReadLine,
        refusals: Rc<Refusals>,
    ) -> LocalBoxFuture<'static, BatchResult> {
        self.in_flight.push(line.in_flight);
        let (app, actor) = (self.app.clone(), self.actor.clone());
        let (parsed, external_id) = (line.parsed, line.external_id);
        // A task of its own: while this batch waits for its client to read, its lines give back the permits that other
        // batches wait for.
        let submitted = rt::spawn(async move {
            let (line, arrival) = parsed?;
            let submitted = app.claims.submit_line(&actor, &line, arrival).await;
            submitted.map_err(ApiError::from)
        });
        Box::pin(async move {
            let failed = |_| Err(ApiError::internal("a line's task failed"));
            let outcome = submitted.await.unwrap_or_else(failed);
            new_result(index, external_id, outcome, &refusals)
        })
    }

    fn end(&mut self, result: &BatchResult) {
        let is_gone = |status: Status| matches!(status, Status::Void | Status::Replaced);
        let stands = result.claim_status.is_some_and(|it| !is_gone(it));
        self.in_flight.pop(stands);
    }

    fn refuse(index: u64, problem: Problem) -> BatchResult {
        BatchResult::of_refused(index, None, problem)
    }
}

impl BatchResult {
    fn of_refused(index: u64, external_id: Option<Label>, problem: Problem) -> Self {
        Self {
            index,
            external_id,
            status: problem.status,
            id: None,
            payer: None,
            disposition: None,
            claim_status: None,
            version: None,
            problem: Some(problem),
        }
    }
}

fn new_result(
    index: u64,
    external_id: Option<Label>,
    outcome: Result<Entered<Claim>, ApiError>,
    refusals: &Refusals,
) -> BatchResult {
    let (status, claim) = match outcome {
        Ok(Entered::New(claim)) => (201, claim),
        Ok(Entered::Replayed(claim)) => (200, claim),
        Err(error) => {
            return BatchResult::of_refused(index, external_id, refusals.problem(error));
        }
    };
    BatchResult {
        index,
        external_id,
        status,
        id: Some(claim.id),
        payer: Some(claim.payer),
        disposition: Some(claim.disposition),
        claim_status: Some(claim.status),
        version: Some(claim.version),
        problem: None,
    }
}

/// Finds the `external_id` of a refused line, if it can be read.
pub fn find_external_id(line: &[u8]) -> Option<Label> {
    match decode::parse_tree(line).ok()?.get("external_id")? {
        Node::Text(text) => Label::read_stored(text).ok(),
        _ => None,
    }
}
