//! Every operation of the OpenAPI document: what it documents, what it answers, and who may call it.
//!
//! The operations are read from the committed document, so that none is forgotten.

use std::{collections::BTreeSet, sync::LazyLock};

use reqwest::{Body, Method, RequestBuilder, header};
use serde_json::Value;

use crate::support::{Answer, Caller, TestApp, array, committed_document, on_both_databases};

on_both_databases!(
    what_operations_answer_is_documented,
    each_role_may_call_what_the_contract_says,
    other_methods_are_answered_with_the_right_ones,
);

const JSON: &str = "application/json";
const NDJSON: &str = "application/x-ndjson";
/// An id that nothing has.
const NOBODY: &str = "01980a6e-2c4f-7d31-a5b0-6f3e5c1d2b7a";
/// Operations with conflicts of other kinds than a second creation.
const CONFLICTS: [&str; 14] = [
    "appeal_claim",
    "discard_rulebook",
    "enter_remittance",
    "explain_claim",
    "record_outcome",
    "redecide_claim",
    "replace_preauthorization",
    "replace_rulebook",
    "replay_claim",
    "review_claim",
    "revoke_api_key",
    "send_claim",
    "start_backtest",
    "void_claim",
];

const WRITERS: &[&str] = &["billing", "staff", "admin"];
const READERS: &[&str] = &["billing", "staff", "admin", "auditor"];
const STAFF: &[&str] = &["staff", "admin"];
const ADMIN: &[&str] = &["admin"];
const OPERATOR: &[&str] = &["operator"];
const ANYBODY: &[&str] = &["billing", "staff", "admin", "auditor", "operator"];
const NONE: &[&str] = &[];
/// Which roles may read a resource, and which may change it: written from the contract, not from the handlers' grants.
/// The longest path that an operation's begins with counts, so a new operation of a resource has its row already.
/// A `POST` that changes nothing has a row of its own.
#[rustfmt::skip]
const ROLES: [Roles; 17] = [
    Roles { of: "/v1/api-keys", readers: ADMIN, writers: ADMIN },
    Roles { of: "/v1/claims", readers: READERS, writers: WRITERS },
    Roles { of: "/v1/claims/{id}/appeals", readers: NONE, writers: STAFF },
    Roles { of: "/v1/claims/{id}/outcomes", readers: NONE, writers: STAFF },
    Roles { of: "/v1/claims/{id}/redecide", readers: NONE, writers: STAFF },
    Roles { of: "/v1/claims/{id}/reviews", readers: NONE, writers: STAFF },
    Roles { of: "/v1/claims/{id}/void", readers: NONE, writers: STAFF },
    Roles { of: "/v1/classifications", readers: NONE, writers: WRITERS },
    Roles { of: "/v1/clinics", readers: OPERATOR, writers: OPERATOR },
    Roles { of: "/v1/me", readers: ANYBODY, writers: NONE },
    Roles { of: "/v1/patients", readers: READERS, writers: NONE },
    Roles { of: "/v1/preauthorizations", readers: READERS, writers: STAFF },
    Roles { of: "/v1/remittances", readers: NONE, writers: WRITERS },
    Roles { of: "/v1/reports", readers: READERS, writers: NONE },
    Roles { of: "/v1/rulebooks", readers: READERS, writers: ADMIN },
    Roles { of: "/v1/work-queue", readers: READERS, writers: NONE },
    Roles { of: "/v1/rulebooks/{version}/check", readers: NONE, writers: READERS },
];

struct Roles {
    of: &'static str,
    readers: &'static [&'static str],
    writers: &'static [&'static str],
}

static DOCUMENT: LazyLock<Value> = LazyLock::new(committed_document);

/// Fills the names of things that do not exist into a path.
fn fill(path: &str) -> String {
    path.replace("{id}", NOBODY).replace("{version}", "nobody")
}

struct Operation {
    id: &'static str,
    method: Method,
    path: &'static str,
    described: &'static Value,
}

/// All operations of the document.
fn operations() -> Vec<Operation> {
    let paths = DOCUMENT["paths"].as_object().expect("paths").iter();
    let operations = paths.flat_map(|(path, methods)| {
        let methods = methods.as_object().expect("methods").iter();
        methods.map(move |(method, described)| Operation {
            id: described["operationId"].as_str().expect("an operationId"),
            method: method.to_uppercase().parse().expect("a method"),
            path,
            described,
        })
    });
    operations.collect()
}

impl Operation {
    fn needs_key(&self) -> bool {
        self.described["security"].is_null()
    }

    /// The roles that may call it, or `None` if it needs no key.
    fn roles(&self) -> Option<&'static [&'static str]> {
        if !self.needs_key() {
            return None;
        }
        let of_path = ROLES.iter().filter(|row| self.is_below(row.of));
        let row = of_path.max_by_key(|row| row.of.len());
        let row = row.unwrap_or_else(|| panic!("no roles are said for {}", self.path));
        Some(if self.method == Method::GET {
            row.readers
        } else {
            row.writers
        })
    }

    fn is_below(&self, path: &str) -> bool {
        let rest = self.path.strip_prefix(path);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    fn names_a_thing(&self) -> bool {
        self.path.contains('{')
    }

    /// The content type of its body.
    fn body(&self) -> Option<&'static str> {
        let content = self.described["requestBody"]["content"].as_object()?;
        content.keys().next().map(String::as_str)
    }

    fn parameters(&self) -> impl Iterator<Item = &'static Value> {
        let parameters = self.described["parameters"].as_array();
        parameters.into_iter().flatten()
    }

    /// The query parameter that must be given, with the name of nothing.
    fn required_query(&self) -> String {
        let mut parameters = self.parameters();
        let required = parameters.find(|it| it["in"] == "query" && it["required"] == true);
        let name = required.and_then(|it| it["name"].as_str());
        name.map_or(String::new(), |name| format!("?{name}=nobody"))
    }

    fn has_query(&self) -> bool {
        self.parameters().any(|it| it["in"] == "query")
    }

    fn if_match(&self) -> Option<&'static Value> {
        self.parameters().find(|it| it["name"] == "If-Match")
    }

    fn demands_if_match(&self) -> bool {
        self.if_match().is_some_and(|it| it["required"] == true)
    }

    fn documents(&self, status: u16) -> bool {
        !self.described["responses"][status.to_string()].is_null()
    }

    /// The problems that operations of its kind answer with.
    fn problems(&self) -> BTreeSet<u16> {
        let kinds: [(bool, &[u16]); 9] = [
            (self.needs_key(), &[401, 403, 429, 500, 503]),
            (self.id == "healthz" || self.id == "readyz", &[503]),
            (self.names_a_thing(), &[404]),
            (self.has_query(), &[400]),
            (self.body() == Some(JSON), &[400, 408, 413, 415, 422]),
            // What is wrong with a line of a batch is in the line's result.
            (self.body() == Some(NDJSON), &[415]),
            (self.if_match().is_some(), &[412]),
            (self.demands_if_match(), &[428]),
            (
                self.documents(201) && self.documents(200) || CONFLICTS.contains(&self.id),
                &[409],
            ),
        ];
        let of_kinds = kinds.into_iter().filter(|(is_of_kind, _)| *is_of_kind);
        of_kinds
            .flat_map(|(_, statuses)| statuses)
            .copied()
            .collect()
    }

    /// A request for something that does not exist.
    fn request(&self, caller: &Caller) -> RequestBuilder {
        self.request_with(caller, &self.required_query())
    }

    /// The same request with a query.
    fn request_with(&self, caller: &Caller, query: &str) -> RequestBuilder {
        let path = fill(self.path) + query;
        caller.request(self.method.clone(), &path)
    }

    /// A request with a body.
    fn post(&self, caller: &Caller, content_type: &str, body: impl Into<Body>) -> RequestBuilder {
        let request = self.request(caller).header(header::IF_MATCH, "\"1\"");
        request
            .header(header::CONTENT_TYPE, content_type)
            .body(body)
    }
}

#[test]
fn every_operation_documents_its_problems() {
    for operation in operations() {
        let Operation { id, described, .. } = operation;
        for field in ["summary", "tags"] {
            assert!(!described[field].is_null(), "{id} has no {field}");
        }
        let responses = described["responses"].as_object().expect("responses");
        let statuses = responses
            .keys()
            .map(|status| status.parse::<u16>().expect("a status"));
        let (problems, successes): (BTreeSet<u16>, BTreeSet<u16>) =
            statuses.partition(|it| *it >= 400);
        assert_eq!(problems, operation.problems(), "{id}");
        assert!(successes.iter().any(|it| *it < 300), "{id}: {successes:?}");
        let asks_for_changes = operation
            .parameters()
            .any(|it| it["name"] == "If-None-Match");
        assert_eq!(operation.documents(304), asks_for_changes, "{id}");
        for status in problems {
            let content = &responses[&status.to_string()]["content"];
            let schema = &content["application/problem+json"]["schema"]["$ref"];
            assert_eq!(schema, "#/components/schemas/Problem", "{id} {status}");
        }
    }
    assert_eq!(DOCUMENT["security"][0]["api_key"], Value::Array(vec![]));
}

async fn what_operations_answer_is_documented(app: &TestApp) {
    let too_long = " ".repeat((1 << 20) + 1);
    for operation in operations() {
        let mut requests = Vec::new();
        let mut ask = |request, status| requests.push((request, status));
        let nobody = app.without_key();
        let without_key = if operation.needs_key() { 401 } else { 200 };
        ask(operation.request(&nobody), without_key);
        if operation.has_query() {
            ask(operation.request_with(app, "?unknown=1"), 400);
        }
        if operation.demands_if_match() && operation.body().is_none() {
            ask(operation.request(app), 428);
        }
        if operation.names_a_thing() && operation.body().is_none() {
            let request = operation.request(app).header(header::IF_MATCH, "\"1\"");
            ask(request, 404);
        }
        if let Some(content_type) = operation.body() {
            for other in ["text/plain", "application/xml", "json"] {
                ask(operation.post(app, other, "{}"), 415);
            }
            if content_type == JSON {
                ask(operation.post(app, JSON, "{"), 400);
                ask(operation.post(app, JSON, r#"{"unknown": 1}"#), 400);
                ask(operation.post(app, JSON, too_long.clone()), 413);
            }
        }
        for (request, status) in requests {
            let answer: Answer = app.send(request).await;
            let (id, found) = (operation.id, answer.status());
            assert_eq!(found, status, "{id}: {}", answer.text());
            assert!(operation.documents(found), "{id} does not document {found}");
        }
    }
    for path in ["/v1/claims", "/v1/preauthorizations"] {
        assert_eq!(array(&app.get(path).await.is(200).json()["data"]).len(), 0);
    }
}

async fn each_role_may_call_what_the_contract_says(app: &TestApp) {
    for Roles { of, .. } in &ROLES {
        let is_used = operations().iter().any(|operation| operation.is_below(of));
        assert!(is_used, "{of} is no path of an operation");
    }
    for role in ["billing", "staff", "admin", "auditor", "operator"] {
        let caller = app.new_key(role).await;
        for operation in operations() {
            let request = match operation.body() {
                Some(content_type) => operation.post(&caller, content_type, "\n"),
                None => operation.request(&caller).header(header::IF_MATCH, "\"1\""),
            };
            let status = app.send(request).await.status();
            if operation.roles().is_none_or(|roles| roles.contains(&role)) {
                assert!(
                    matches!(status, 200 | 400 | 404),
                    "{role} {}: {status}",
                    operation.id
                );
            } else {
                assert_eq!(status, 403, "{role} {}", operation.id);
            }
        }
    }
}

async fn other_methods_are_answered_with_the_right_ones(app: &TestApp) {
    let paths: BTreeSet<&str> = operations()
        .iter()
        .map(|operation| operation.path)
        .collect();
    for path in paths {
        let of_path = operations()
            .into_iter()
            .filter(|operation| operation.path == path);
        let right: BTreeSet<String> = of_path.map(|it| it.method.to_string()).collect();
        for method in ["GET", "POST", "PUT", "DELETE", "PATCH"] {
            // `GET /v1/claims/batch` asks for a claim that cannot be.
            if right.contains(method) || (method, path) == ("GET", "/v1/claims/batch") {
                continue;
            }
            let request = app.request(method.parse().expect("a method"), &fill(path));
            let answer = app.send(request).await.is(405);
            let allow = answer
                .header("allow")
                .split(',')
                .map(|it| it.trim().to_owned());
            let found: BTreeSet<String> =
                allow.filter(|it| it != "HEAD" && it != "OPTIONS").collect();
            assert_eq!(found, right, "{method} {path}");
            let takes_head = answer.header("allow").contains("HEAD");
            assert_eq!(takes_head, right.contains("GET"), "{path}");
        }
        if right.contains("GET") {
            let [head, get] = [Method::HEAD, Method::GET].map(|it| app.request(it, &fill(path)));
            let (head, get) = (head.send().await.expect("an answer"), app.send(get).await);
            assert_eq!(head.status().as_u16(), get.status(), "{path}");
        }
        let nobody = app.without_key();
        let options = nobody.request(Method::OPTIONS, &fill(path));
        let options = nobody.send(options).await.is(204);
        let allow = options.header("allow").split(", ").map(str::to_owned);
        let found: BTreeSet<String> = allow.collect();
        let mut expected = right;
        expected.insert("OPTIONS".to_owned());
        if expected.contains("GET") {
            expected.insert("HEAD".to_owned());
        }
        assert_eq!(found, expected, "{path}");
        assert_eq!(options.text(), "");
    }
}
