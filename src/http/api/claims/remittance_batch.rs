//! `/v1/remittances/batch`: what payers answer to many claims, a line each.

use std::{
    collections::{HashSet, VecDeque},
    rc::Rc,
};

use actix_web::{
    HttpRequest, HttpResponse, post, rt,
    web::{Bytes, Data, Payload},
};
use futures_util::future::LocalBoxFuture;
use serde::Serialize;
use utoipa::ToSchema;

use super::batch::find_external_id;
use crate::app::{
    access::permissions::{Allowed, EnterRemittances},
    application::App,
    changed::Entered,
};
use crate::http::boundary::{
    batch::{self, LineWork, Refusals},
    documented::WithLines,
    problem::{ApiError, Problem},
};
use payerline_domain::{
    claims::{
        claim::{Claim, Status},
        remittances::line::{NamedClaim, RemittanceLine},
        remittances::remittance::RemittanceRequest,
    },
    parse::decode::Decode,
    values::{ids::ClaimId, money::Cents, text::Label},
};

/// Lines on their way.
const MAX_IN_FLIGHT: usize = 128;
/// Bounds the memory of a batch with long lines. There may be hundreds of batches at once.
const MAX_IN_FLIGHT_BYTES: usize = 2 << 20;

/// The result of one line of a batch of remittances.
#[derive(Debug, Serialize, ToSchema)]
pub struct RemittanceResult {
    /// The line's number among the lines that are not blank, from 0.
    #[schema(example = 0)]
    pub index: u64,
    /// The status that the remittance would have had alone: 200 booked, 400, 404, 409, 413, 422, 503 …
    #[schema(example = 200)]
    pub status: u16,
    /// Whether it was booked before; nothing was changed now.
    pub replayed: bool,
    /// The id of the claim, when it is booked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claim_id: Option<ClaimId>,
    /// The claim's `external_id`, when it is booked or the line has one that can be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "INV-2026-000123")]
    pub external_id: Option<Label>,
    /// The status of the claim since then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claim_status: Option<Status>,
    /// What is left of the claim that nobody has paid, in Canadian cents.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>, example = 2400)]
    pub outstanding_cents: Option<Cents>,
    /// The version of the claim, without the quotes of its `ETag`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, example = 2)]
    pub version: Option<i64>,
    /// Why it was not booked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
}

/// Enter many payers' answers
///
/// One remittance a line (NDJSON), as `POST /v1/claims/{id}/remittances` takes it, with the claim beside it: either `claim_id`
/// or `external_id`. One result a line comes in the same order, as the remittances are booked. A bad line harms no other, and
/// sending everything again is safe: of one payer a claim has each `number` once.
///
/// No `If-Match` is asked for: a line is booked on the claim as it stands. Lines about one claim are booked in their order.
///
/// A line may have up to 1 MiB, a batch up to 100,000 lines and 1 GiB after decompression; `Content-Encoding: gzip` and `zstd`
/// are taken. What is beyond that is not booked: the last result then has status 413 and the index of the first such line.
#[utoipa::path(
    path = "/v1/remittances/batch",
    tag = "After the decision",
    request_body(
        content((RemittanceLine = "application/x-ndjson"), (String = "application/octet-stream")),
        description = "One remittance a line, with `claim_id` or `external_id`. Blank lines and a byte order mark at the beginning are passed over.",
    ),
    responses(
        (status = 200, description = "One result a line, in the order of the lines that are not blank.",
            content((String = "text/plain"), (RemittanceResult = "application/x-ndjson"))),
        WithLines,
    ),
)]
#[post("/v1/remittances/batch")]
pub async fn enter_remittances(
    request: HttpRequest,
    payload: Payload,
    actor: Allowed<EnterRemittances>,
    app: Data<App>,
) -> Result<HttpResponse, ApiError> {
    let work = Remittances {
        app: app.clone(),
        actor,
        in_flight: InFlight::default(),
    };
    batch::answer(&request, payload, app, work)
}

/// Books the lines of a batch.
struct Remittances {
    app: Data<App>,
    actor: Allowed<EnterRemittances>,
    in_flight: InFlight,
}

/// The claims of the lines on their way. Lines about one claim are booked in their order, so the second waits for the first.
#[derive(Default)]
struct InFlight {
    /// Oldest first, each with its length; `None` of a line that names none.
    lines: VecDeque<(usize, Option<ClaimKey>)>,
    bytes: usize,
    /// The same, for the lookup.
    named: HashSet<ClaimKey>,
    external_ids: usize,
}

/// A claim as a line names it, its external id in the form in which ids are compared.
#[derive(Clone, PartialEq, Eq, Hash)]
enum ClaimKey {
    Id(ClaimId),
    ExternalId(String),
}

impl ClaimKey {
    fn of(claim: &NamedClaim) -> Self {
        match claim {
            NamedClaim::Id(id) => Self::Id(*id),
            NamedClaim::ExternalId(id) => Self::ExternalId(id.normal_form().into_owned()),
        }
    }
}

impl InFlight {
    /// Returns true if a line on its way may be about the claim. One that is named in the other way may be the same.
    fn may_have(&self, claim: &ClaimKey) -> bool {
        let ids = self.named.len() - self.external_ids;
        let others = match claim {
            ClaimKey::Id(_) => self.external_ids,
            ClaimKey::ExternalId(_) => ids,
        };
        others > 0 || self.named.contains(claim)
    }

    fn is_full(&self) -> bool {
        self.lines.len() >= MAX_IN_FLIGHT || self.bytes > MAX_IN_FLIGHT_BYTES
    }

    fn push(&mut self, length: usize, claim: Option<ClaimKey>) {
        if let Some(claim) = &claim {
            self.external_ids += usize::from(matches!(claim, ClaimKey::ExternalId(_)));
            self.named.insert(claim.clone());
        }
        self.bytes += length;
        self.lines.push_back((length, claim));
    }

    fn pop(&mut self) {
        let Some((length, claim)) = self.lines.pop_front() else {
            return;
        };
        self.bytes -= length;
        if let Some(claim) = claim {
            self.external_ids -= usize::from(matches!(claim, ClaimKey::ExternalId(_)));
            self.named.remove(&claim);
        }
    }
}

/// A remittance as it was read, or why it was refused.
struct ReadLine {
    length: usize,
    external_id: Option<Label>,
    parsed: Result<(NamedClaim, RemittanceRequest), ApiError>,
}

impl LineWork for Remittances {
    type Grant = EnterRemittances;
    type Line = ReadLine;
    type Result = RemittanceResult;

    fn read(&self, line: Result<Bytes, ApiError>) -> ReadLine {
        let line = match line {
            Ok(line) => line,
            Err(error) => {
                return ReadLine {
                    length: 0,
                    external_id: None,
                    parsed: Err(error),
                };
            }
        };
        let parsed = RemittanceLine::parse(&line).map_err(ApiError::from);
        let without_claim = || ApiError::internal("a remittance without a claim");
        ReadLine {
            length: line.len(),
            external_id: find_external_id(&line),
            parsed: parsed.and_then(|it| it.into_parts().ok_or_else(without_claim)),
        }
    }

    fn is_full(&self) -> bool {
        self.in_flight.is_full()
    }

    fn is_idle(&self) -> bool {
        self.in_flight.lines.is_empty()
    }

    fn must_settle_before(&self, line: &ReadLine) -> bool {
        let parsed = line.parsed.as_ref();
        parsed.is_ok_and(|(claim, _)| self.in_flight.may_have(&ClaimKey::of(claim)))
    }

    fn begin(
        &mut self,
        index: u64,
        line: ReadLine,
        refusals: Rc<Refusals>,
    ) -> LocalBoxFuture<'static, RemittanceResult> {
        let parsed = line.parsed.as_ref();
        let named = parsed.ok().map(|(claim, _)| ClaimKey::of(claim));
        self.in_flight.push(line.length, named);
        let (app, actor) = (self.app.clone(), self.actor.clone());
        let (external_id, parsed) = (line.external_id, line.parsed);
        // A task of its own, so that it goes on while this batch waits for its client to read.
        let booked = rt::spawn(async move {
            let (claim, request) = parsed?;
            let booked = app
                .claims
                .enter_remittance_line(&actor, &claim, &request)
                .await;
            booked.map_err(ApiError::from)
        });
        Box::pin(async move {
            let failed = |_| Err(ApiError::internal("a line's task failed"));
            match booked.await.unwrap_or_else(failed) {
                Ok(Entered::New(claim)) => RemittanceResult::of_booked(index, claim, false),
                Ok(Entered::Replayed(claim)) => RemittanceResult::of_booked(index, claim, true),
                Err(error) => {
                    RemittanceResult::of_refused(index, external_id, refusals.problem(error))
                }
            }
        })
    }

    fn end(&mut self, _: &RemittanceResult) {
        self.in_flight.pop();
    }

    fn refuse(index: u64, problem: Problem) -> RemittanceResult {
        RemittanceResult::of_refused(index, None, problem)
    }
}

impl RemittanceResult {
    fn of_booked(index: u64, claim: Claim, replayed: bool) -> Self {
        Self {
            index,
            status: 200,
            replayed,
            claim_id: Some(claim.id),
            external_id: Some(claim.external_id),
            claim_status: Some(claim.status),
            outstanding_cents: Some(claim.balance.outstanding_cents),
            version: Some(claim.version),
            problem: None,
        }
    }

    fn of_refused(index: u64, external_id: Option<Label>, problem: Problem) -> Self {
        Self {
            index,
            status: problem.status,
            replayed: false,
            claim_id: None,
            external_id,
            claim_status: None,
            outstanding_cents: None,
            version: None,
            problem: Some(problem),
        }
    }
}
