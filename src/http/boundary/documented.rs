//! The problems that operations document: groups of statuses that occur together. [`add_problems`] adds those that
//! follow from what an operation takes; a handler names the others in its `responses(…)`.

use std::collections::BTreeMap;

use utoipa::{
    IntoResponses,
    openapi::{
        ContentBuilder, HeaderBuilder, OpenApi as Document, Ref, RefOr, Required, Response,
        ResponseBuilder,
        path::{Operation, ParameterIn, PathItem},
    },
};

use super::{body, problem::PROBLEM_JSON, problem_examples, problem_type::ProblemType};

macro_rules! problems {
    ($($(#[$doc:meta])* $group:ident { $($status:literal [$($kind:ident),+] => $description:literal,)+ })+) => {
        $($(#[$doc])*
        pub struct $group;

        impl IntoResponses for $group {
            fn responses() -> BTreeMap<String, RefOr<Response>> {
                BTreeMap::from([$((
                    $status.to_owned(),
                    problem($status, $description, &[$(ProblemType::$kind),+]),
                ),)+])
            }
        })+
    };
}

problems! {
    /// For operations that need a key.
    Secured {
        "401" [Unauthenticated] => "No API key, or one that is unknown or revoked.",
        "403" [Forbidden] => "The key's roles do not allow this. `detail` names the roles that do, and those of the key.",
        "429" [TooManyFailedLogins] => "The key is unknown or revoked, and too many failed logins came from this address within a minute. A valid key is taken at any time.",
        "500" [Internal] => "A fault of ours, logged under `request_id`.",
        "503" [Unavailable] => "Busy, or the database is away. Nothing was lost: send the same request again after `Retry-After` seconds.",
    }
    /// For operations that take a JSON body.
    WithBody {
        "400" [InvalidBody, UnreadableBody] => "The body is not JSON of the documented shape: syntax, an unknown field, a wrong type, an unknown value or a repeated key. `errors` lists every fault.",
        "408" [SlowBody] => "The body did not arrive in time.",
        "413" [TooLarge] => "The body is larger than 1 MiB.",
        "415" [UnsupportedMediaType, UnsupportedEncoding] => "The `Content-Type` is not the documented one, or the body is compressed.",
        "422" [InvalidContent] => "The body has the documented shape, but its content breaks rules. `errors` lists every fault.",
    }
    /// For the bulk operation: faults of single lines are in its results.
    WithLines {
        "415" [UnsupportedMediaType, UnsupportedEncoding] => "The `Content-Type` is neither `application/x-ndjson` nor `application/octet-stream`, or the `Content-Encoding` neither gzip nor zstd.",
    }
    /// For operations on one resource, named by its id.
    ById {
        "404" [NotFound] => "There is no such thing, or it belongs to another clinic.",
    }
    /// For lists.
    Listed {
        "400" [InvalidQuery] => "A query parameter is unknown, repeated or invalid. `errors` names it.",
    }
    /// For operations that create a resource under an id or number of the client's choice.
    Taken {
        "409" [Conflict] => "The id or number is taken by other content; `id` says by what. `errors` has an entry for each difference: the code `differs`, and where it is.",
    }
    /// For operations that make a stored decision again.
    Reproduced {
        "409" [NotReproducible] => "The stored decision cannot be made again: another version of the rulebook or of Payerline made it. `GET /v1/claims/{id}` has it with its reasons.",
    }
    /// For changes of versions, some of which never change.
    ImmutableVersion {
        "409" [Immutable] => "The version was activated or shipped: it never changes.",
    }
    /// For activations: an unsound version is refused with 422.
    ActivationRefused {
        "412" [Stale, IfMatchUnusable] => "It was changed since the version in `If-Match`.",
        "422" [InvalidContent, UnsoundRulebook, BeyondLimits] => "A value breaks a rule (`invalid-content`); or the version is not sound (`unsound-rulebook`): each fault points into its `table` or `golden_cases`; or its back-test found more than `limits` allow (`beyond-limits`).",
    }
    /// For steps of a claim's life.
    Stepping {
        "409" [IllegalStep, ClaimReplaced, NotReproducible] => "The claim cannot take this step: its status does not allow it (`illegal-step`; `detail` names the steps that it does), another claim replaced it (`claim-replaced`; `id` says which), or its decision cannot be made again here (`not-reproducible`).",
    }
    /// For what payers answer.
    Answering {
        "409" [Conflict, IllegalStep, ClaimReplaced, NotReproducible] => "The claim has a remittance of this payer and number with other content (`conflict`); its status does not allow an answer (`illegal-step`; `detail` names the steps that it does); another claim replaced it (`claim-replaced`; `id` says which); or the patient is to pay, and the claim's decision cannot be made again here (`not-reproducible`).",
    }
    /// For reviews.
    Reviewing {
        "409" [IllegalStep, ClaimReplaced, NotReproducible, ApprovalsChanged] => "The claim cannot be reviewed: its status does not allow it (`illegal-step`; `detail` names the steps that it does), another claim replaced it (`claim-replaced`; `id` says which), its decision cannot be made again here (`not-reproducible`), or an approval that it relies on has changed since it was decided (`approvals-changed`).",
    }
    /// For changes of approvals.
    Drawn {
        "409" [BelowDraws] => "Claims have drawn more of it than `approved_cents` says, and `confirm` is not `true`.",
    }
    /// For the start of a back-test.
    OneAtATime {
        "409" [BacktestRunning] => "The clinic has a back-test that is running; `id` is its id.",
    }
    /// For revocations of keys.
    LastKey {
        "409" [LastKey] => "It is the last key of its clinic with the role `admin`, or the last of all with the role `operator`. Create another one first.",
    }
    /// For changes guarded by `If-Match`.
    Guarded {
        "412" [Stale, IfMatchUnusable] => "It was changed since the version in `If-Match`.",
        "428" [IfMatchMissing] => "`If-Match` is missing.",
    }
    /// For probes.
    Probed {
        "503" [Unavailable, Stopping] => "The service was told to stop, or claims cannot be stored (asked by `/readyz` only); `detail` says why.",
    }
}

/// Adds to each operation the problems that follow from what it takes, unless it documents their statuses itself.
pub fn add_problems(document: &mut Document) {
    for (path, item) in &mut document.paths.paths {
        for operation in list_operations(item) {
            for (status, problem) in list_problems(path, operation) {
                let documented = &mut operation.responses.responses;
                documented.entry(status).or_insert(problem);
            }
        }
    }
}

/// Lists the operations of a path.
pub fn list_operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let methods = [
        &mut item.get,
        &mut item.put,
        &mut item.post,
        &mut item.delete,
        &mut item.patch,
    ];
    methods.into_iter().flatten()
}

fn list_problems(path: &str, operation: &Operation) -> BTreeMap<String, RefOr<Response>> {
    let mut problems = BTreeMap::new();
    if path.contains('{') {
        problems.extend(ById::responses());
    }
    if operation.security.is_none() {
        problems.extend(Secured::responses());
    }
    if let Some(RefOr::T(request)) = &operation.request_body
        && request.content.contains_key(body::JSON)
    {
        problems.extend(WithBody::responses());
    }
    for parameter in operation.parameters.iter().flatten() {
        let RefOr::T(parameter) = parameter else {
            continue;
        };
        if parameter.parameter_in == ParameterIn::Query {
            problems.extend(Listed::responses());
        }
        if parameter.name == "If-Match" && parameter.required == Required::True {
            problems.extend(Guarded::responses());
        }
    }
    problems
}

fn problem(status: &str, description: &str, kinds: &[ProblemType]) -> RefOr<Response> {
    let content = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name("Problem")))
        .examples_from_iter(kinds.iter().map(|kind| problem_examples::refer_to(*kind)))
        .build();
    let mut response = ResponseBuilder::new()
        .description(description)
        .content(PROBLEM_JSON, content);
    let header = match status {
        "401" => Some(("WWW-Authenticate", "How to authenticate: a bearer key.")),
        "429" | "503" => Some(("Retry-After", "Seconds to wait before trying again.")),
        _ => None,
    };
    if let Some((name, description)) = header {
        let header = HeaderBuilder::new().description(Some(description)).build();
        response = response.header(name, header);
    }
    RefOr::T(response.build())
}
