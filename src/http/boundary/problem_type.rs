//! The types of problems: the one list of them, with what each means and what to do about it. The OpenAPI document,
//! `GET /v1/codes` and `docs/api.md` are made from it.

use actix_web::http::StatusCode;
use payerline_domain::values::open_list::OpenList;
use serde::{Serialize, Serializer};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema},
};

macro_rules! problem_types {
    ($($variant:ident = $status:literal $word:literal, $title:literal: $meaning:literal; $remedy:literal,)+) => {
        /// What kind of problem it is: a stable URI for programs.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ProblemType {
            $(#[doc = $meaning] $variant,)+
        }

        impl ProblemType {
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The URI, the title, the meaning and the remedy.
            const fn texts(self) -> [&'static str; 4] {
                match self {
                    $(Self::$variant =>
                        [concat!("urn:payerline:problem:", $word), $title, $meaning, $remedy],)+
                }
            }

            /// The last part of the URI.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }

            const fn status_number(self) -> u16 {
                match self {
                    $(Self::$variant => $status,)+
                }
            }
        }
    };
}

/// Stands for a status that differs from answer to answer.
const SEVERAL: u16 = 0;

// By status.
problem_types! {
    InvalidBody = 400 "invalid-body", "Not the documented JSON":
        "The body is not JSON of the documented shape: syntax, an unknown field, a wrong type, an unknown word, a repeated key.";
        "Correct the program that made it; `errors` lists every fault.",
    InvalidQuery = 400 "invalid-query", "Query not understood":
        "A query parameter is unknown or invalid, or one that takes a single value is repeated.";
        "Correct the address; `errors` names each parameter.",
    UnreadableBody = 400 "unreadable-body", "Body not readable":
        "The body broke off, or its chunks are malformed.";
        "Send it again.",
    Unauthenticated = 401 "unauthenticated", "No valid API key":
        "There is no API key, or it is unknown or revoked.";
        "Send `Authorization: Bearer <key>`. Ask the clinic's admin for a key.",
    Forbidden = 403 "forbidden", "Not allowed with this key":
        "The roles of the key do not allow this.";
        "Use a key with a role that does.",
    NotFound = 404 "not-found", "Not found":
        "There is no such thing or path, or it belongs to another clinic.";
        "Check the id and the address.",
    MethodNotAllowed = 405 "method-not-allowed", "Method not allowed":
        "The path does not take this method.";
        "Use one that `Allow` lists.",
    SlowBody = 408 "slow-body", "Body too slow":
        "The body did not arrive in time.";
        "Send it again, over a better connection.",
    Conflict = 409 "conflict", "Already there, with other content":
        "The `external_id`, `number` or version is taken by other content.";
        "`id` says by what, and `errors` where the content differs. Send what is new under a name of its own.",
    IllegalStep = 409 "illegal-step", "Not with this status":
        "A claim with this status cannot take the step.";
        "Take one of the steps in `detail`.",
    ClaimReplaced = 409 "claim-replaced", "Another claim replaced the claim":
        "Another claim replaced this one, so its decision stands.";
        "Work with the claim in `id`.",
    ApprovalsChanged = 409 "approvals-changed", "Approvals have changed":
        "An approval that the claim relies on has changed since it was decided, or does not suffice any more.";
        "Decide the claim again, look at it, and repeat the step.",
    BelowDraws = 409 "below-draws", "Lower than what claims have drawn":
        "Claims have drawn more of the approval than it would be lowered to.";
        "Look at its draws; if it was lowered, send the same with `?confirm=true`.",
    NotReproducible = 409 "not-reproducible", "The decision cannot be made again":
        "The stored decision cannot be made again: its rulebook is not kept here, or another version of Payerline made it.";
        "Read the claim itself: it has its decision with the reasons.",
    Immutable = 409 "immutable", "It never changes":
        "The version of a rulebook was activated or shipped, so it never changes.";
        "Draft a new version that is based on it.",
    BacktestRunning = 409 "backtest-running", "A back-test is running":
        "The clinic has a back-test that is running.";
        "Wait for the one in `id`, or cancel it.",
    LastKey = 409 "last-key", "The last key with its role":
        "The key is the last one with its role, so it cannot be revoked.";
        "Create another one first.",
    Stale = 412 "stale", "Changed in the meantime":
        "It was changed since the version in `If-Match`.";
        "Read it again, look at what changed, and repeat your change.",
    IfMatchUnusable = 412 "if-match-unusable", "If-Match not understood":
        "`If-Match` has no ETag of this API.";
        "Send the ETag as it was answered, quotes included.",
    TooLarge = 413 "too-large", "Too large":
        "The body or a line of a batch is longer than 1 MiB, or a batch has too many lines or bytes.";
        "Send less at once. Of a batch, send the lines from `index` on as another one.",
    UnsupportedMediaType = 415 "unsupported-media-type", "Unsupported media type":
        "The `Content-Type` is not the documented one.";
        "Send the one in `detail`.",
    UnsupportedEncoding = 415 "unsupported-encoding", "Unsupported content encoding":
        "The body is compressed where that is not taken, or in another way.";
        "Send it plain, or as `Accept-Encoding` says.",
    InvalidContent = 422 "invalid-content", "Content breaks a rule":
        "The body has the documented shape, but its content breaks rules.";
        "Have a person correct the data; `errors` lists every fault.",
    UnsoundRulebook = 422 "unsound-rulebook", "The rulebook is not sound":
        "The version is not sound, so it cannot be activated.";
        "Check it: the check shows a claim for each fault.",
    BeyondLimits = 422 "beyond-limits", "Beyond the limits of the activation":
        "The back-test of the version found more than the limits of the activation allow.";
        "Look at the changes of the back-test; raise the limits if they are meant.",
    IfMatchMissing = 428 "if-match-missing", "If-Match is missing":
        "A change needs `If-Match`.";
        "Read the thing, and send its ETag.",
    TooManyFailedLogins = 429 "too-many-failed-logins", "Too many failed logins":
        "The key is not valid, and neither were too many others from this address.";
        "Check the key. A valid one is taken at any time.",
    Internal = 500 "internal", "A fault of ours":
        "A fault of the service, logged under `request_id`.";
        "Report the `request_id` to the operator. Whether a change was made is not known: send it again, which is safe where `docs/api.md` says so.",
    Unavailable = 503 "unavailable", "Try again shortly":
        "The service is busy, or its database is away. Nothing is half stored.";
        "Send the same request again after `Retry-After` seconds, and wait twice as long each further time. In a batch: send the lines with this problem again.",
    Stopping = 503 "stopping", "Stopping":
        "This replica was told to stop. Only probes are answered so.";
        "Send requests to another replica.",
    Http = 0 "http", "As HTTP names the status":
        "The HTTP library refused the request, or there is no such file of the documentation. `title` is HTTP's name of the status.";
        "Look at `status`.",
}

impl ProblemType {
    pub const fn uri(self) -> &'static str {
        let [uri, ..] = self.texts();
        uri
    }

    pub const fn title(self) -> &'static str {
        let [_, title, ..] = self.texts();
        title
    }

    pub const fn meaning(self) -> &'static str {
        let [_, _, meaning, _] = self.texts();
        meaning
    }

    pub const fn remedy(self) -> &'static str {
        let [.., remedy] = self.texts();
        remedy
    }

    /// The status of its answers; `None` if they have several.
    pub fn status(self) -> Option<StatusCode> {
        let number = self.status_number();
        (number != SEVERAL)
            .then(|| StatusCode::from_u16(number).ok())
            .flatten()
    }

    /// All types, for people.
    pub fn list() -> OpenList<4> {
        let row = |kind: &Self| {
            let status = kind.status();
            let status = status.map_or("any".to_owned(), |it| it.as_str().to_owned());
            let [uri, _, meaning, remedy] = kind.texts().map(str::to_owned);
            [uri, status, meaning, remedy]
        };
        OpenList {
            headings: ["type", "status", "meaning", "what to do"],
            rows: Self::ALL.iter().map(row).collect(),
        }
    }
}

impl Serialize for ProblemType {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.uri())
    }
}

impl PartialSchema for ProblemType {
    fn schema() -> RefOr<Schema> {
        Self::list().to_schema(
            "What kind of problem it is: a stable URI for programs. Later versions may add types; `status` tells how to treat one that you do not know.",
        )
    }
}

impl ToSchema for ProblemType {}
