//! The OpenAPI document as somebody tries it out: every example of a request is sent, in the document's order, with what
//! Swagger UI fills into the form and with the ids of earlier answers. The answers are the document's examples.

mod answers;

use std::{collections::BTreeMap, time::Duration};

use reqwest::{Method, header};
use serde_json::Value;

use crate::support::{
    Answer, Backend, TestApp, array, check_problem, committed_document, on_both_databases, query,
};

use answers::Answers;

on_both_databases!(
    every_example_succeeds_and_is_answered_as_documented,
    a_list_is_asked_for_as_it_is_opened,
);

/// The claims of which the document shows the answers; of dry runs it shows the first one's, since each is long.
const SHOWN_CLAIMS: [&str; 4] = ["mva", "private", "uncovered", "wsib"];

/// An operation of the document.
struct Operation<'d> {
    id: &'d str,
    method: Method,
    path: &'d str,
    described: &'d Value,
}

fn operations(document: &Value) -> Vec<Operation<'_>> {
    let paths = document["paths"].as_object().expect("paths").iter();
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

impl<'d> Operation<'d> {
    /// Media type, name and body of each example of the request.
    fn bodies(&self) -> Vec<(&'d str, &'d str, String)> {
        let content = self.described["requestBody"]["content"].as_object();
        let content = content.into_iter().flatten();
        let bodies = content.flat_map(|(media_type, content)| {
            let examples = content["examples"].as_object();
            let examples = examples.unwrap_or_else(|| panic!("{} has no examples", self.id));
            examples.iter().map(move |(name, example)| {
                let value = &example["value"];
                let text = value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned);
                (media_type.as_str(), name.as_str(), text)
            })
        });
        bodies.collect()
    }

    /// The media types of its first success.
    fn media_types(&self) -> Vec<&'d str> {
        let responses = self.described["responses"].as_object().expect("responses");
        let success = responses.iter().find(|(status, _)| status.starts_with('2'));
        let (_, success) = success.expect("a success");
        let content = success["content"].as_object().into_iter().flatten();
        content.map(|(media_type, _)| media_type.as_str()).collect()
    }

    fn parameters(&self, place: &str) -> Vec<&'d Value> {
        let parameters = self.described["parameters"]
            .as_array()
            .into_iter()
            .flatten();
        parameters.filter(|it| it["in"] == place).collect()
    }

    /// What Swagger UI fills into the path.
    fn example_in_path(&self, name: &str) -> &'d str {
        let parameters = self.parameters("path");
        let parameter = parameters.iter().find(|it| it["name"] == name);
        let example = parameter.and_then(|it| it["example"].as_str());
        example.unwrap_or_else(|| panic!("{}: no example of {name}", self.id))
    }

    /// The query that Swagger UI sends.
    fn filled_in(&self) -> Vec<(&'d str, String)> {
        let parameters = self.parameters("query").into_iter();
        let filled = parameters.filter_map(|it| {
            let values = [
                &it["example"],
                &it["schema"]["example"],
                &it["schema"]["default"],
            ];
            let value = values.into_iter().find(|value| !value.is_null())?;
            let text = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            Some((it["name"].as_str().expect("a name"), text))
        });
        filled.collect()
    }
}

/// Somebody who goes through the document from its beginning to its end.
struct Visitor<'a> {
    app: &'a TestApp,
    /// The first id that each path answered.
    ids: BTreeMap<String, String>,
    /// The last ETag of each path.
    etags: BTreeMap<String, String>,
    answers: Answers,
}

impl Visitor<'_> {
    /// Fills in the path: versions as Swagger UI does, ids of earlier answers.
    fn fill_path(&self, operation: &Operation<'_>) -> String {
        let mut path = String::new();
        for step in operation.path.split('/').skip(1) {
            let filled = match step {
                "{id}" => match self.ids.get(&path) {
                    Some(id) => id,
                    None => operation.example_in_path("id"),
                },
                "{version}" => operation.example_in_path("version"),
                step => step,
            };
            path = format!("{path}/{filled}");
        }
        path
    }

    /// Sends a request and learns from its answer.
    async fn send(
        &mut self,
        operation: &Operation<'_>,
        accept: Option<&str>,
        body: Option<(&str, String)>,
    ) -> Answer {
        let path = self.fill_path(operation);
        let filled_in = operation.filled_in();
        let parameters: Vec<(&str, &str)> = filled_in
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let target = query(&path, &parameters);
        let mut request = self.app.request(operation.method.clone(), &target);
        if let Some(accept) = accept {
            request = request.header(header::ACCEPT, accept);
        }
        let needs_etag = |it: &&Value| it["name"] == "If-Match" && it["required"] == true;
        if operation.parameters("header").iter().any(needs_etag) {
            let resource = self
                .etags
                .iter()
                .filter(|(of, _)| path.starts_with(of.as_str()));
            let (_, etag) = resource.max_by_key(|(of, _)| of.len()).expect("an ETag");
            request = request.header(header::IF_MATCH, etag);
        }
        if let Some((media_type, text)) = body {
            request = request.header(header::CONTENT_TYPE, media_type).body(text);
        }
        let answer = self.app.send(request).await;
        self.learn(&path, &answer);
        answer
    }

    fn learn(&mut self, path: &str, answer: &Answer) {
        // The answer to a step has the ETag of the claim.
        let known = self.etags.keys().find(|of| path.starts_with(of.as_str()));
        let location = answer.find_header("location").or(known.map(String::as_str));
        let location = location.unwrap_or(path).to_owned();
        if let Some(etag) = answer.find_header("etag") {
            self.etags.insert(location, etag.to_owned());
        }
        if matches!(answer.status(), 201 | 202) {
            let id = answer.json()["id"].as_str().map(str::to_owned);
            let id = id.or_else(|| answer.json()["clinic"]["id"].as_str().map(str::to_owned));
            if let Some(id) = id {
                self.ids.entry(path.to_owned()).or_insert(id);
            }
        }
    }

    /// Sends every example of an operation.
    async fn try_out(&mut self, operation: &Operation<'_>) {
        let bodies = operation.bodies();
        for (media_type, name, text) in &bodies {
            let body = Some((*media_type, text.clone()));
            let answer = self.send(operation, None, body.clone()).await;
            self.expect_success(operation, name, &answer);
            self.keep(operation, name, &answer);
            self.look_again(&answer).await;
            if operation.media_types().contains(&"text/html") {
                let page = self.send(operation, Some("text/html"), body.clone()).await;
                self.expect_success(operation, name, &page);
                self.keep(operation, name, &page);
            }
            let documents = |status| !operation.described["responses"][status].is_null();
            if documents("200") && documents("201") {
                let again = self.send(operation, None, body).await.is(200);
                if *name == bodies[0].1 {
                    self.keep(operation, name, &again);
                }
            }
        }
        if bodies.is_empty() && operation.method != Method::GET {
            let answer = self.send(operation, None, None).await;
            self.expect_success(operation, "answer", &answer);
            self.keep(operation, "answer", &answer);
        }
        if operation.method == Method::GET {
            // Later the claim is withdrawn, and its letter says little.
            self.read(operation, operation.id == "write_letter").await;
        }
    }

    /// Asks for each media type in turn, and first for none.
    async fn read(&mut self, operation: &Operation<'_>, kept: bool) {
        let media_types = operation.media_types().into_iter().map(Some);
        for accept in std::iter::once(None).chain(media_types) {
            let answer = self.send(operation, accept, None).await;
            self.expect_success(operation, "answer", &answer);
            if kept {
                self.keep(operation, "answer", &answer);
            }
        }
    }

    /// Asserts that the answer is a documented success, and that no line of a batch is refused.
    fn expect_success(&self, operation: &Operation<'_>, name: &str, answer: &Answer) {
        let (id, status) = (operation.id, answer.status());
        assert!(
            (200..300).contains(&status),
            "{id} {name}: {status} {}",
            answer.text()
        );
        let documented = &operation.described["responses"][status.to_string()];
        assert!(!documented.is_null(), "{id} does not document {status}");
        if ["submit_claims", "enter_remittances"].contains(&id) {
            for line in answer.json_lines() {
                assert!(matches!(line["status"].as_u64(), Some(200 | 201)), "{line}");
            }
        }
    }

    /// The claim that a line of remittances changed has another version.
    async fn look_again(&mut self, answer: &Answer) {
        let is_lines = answer.header("content-type").contains("ndjson");
        let lines = if is_lines {
            answer.json_lines()
        } else {
            Vec::new()
        };
        for claim in lines.iter().filter_map(|line| line["claim_id"].as_str()) {
            let path = format!("/v1/claims/{claim}");
            let claim = self.app.get(&path).await.is(200);
            self.learn(&path, &claim);
        }
    }

    fn keep(&mut self, operation: &Operation<'_>, name: &str, answer: &Answer) {
        let is_shown = match operation.id {
            "classify_claim" => SHOWN_CLAIMS[0] == name,
            "submit_claim" => SHOWN_CLAIMS.contains(&name),
            // Measurements are other ones each time.
            "metrics" => false,
            // What is due depends on the day.
            "list_work" => false,
            _ => true,
        };
        if is_shown {
            self.answers.keep(operation.id, name, answer);
        }
    }

    /// Waits for the back-test that was started.
    async fn wait_for_backtest(&self) {
        let (path, id) = self
            .ids
            .iter()
            .find(|(path, _)| path.ends_with("/backtests"))
            .expect("a back-test");
        loop {
            let backtest = self.app.get(&format!("{path}/{id}")).await.is(200).json();
            if backtest["state"] != "running" {
                assert_eq!(backtest["state"], "finished");
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Claims that are refused, for the answers of 400 and above that differ from operation to operation.
    async fn make_mistakes(&mut self, submit: &Operation<'_>) {
        let bodies = submit.bodies();
        let (media_type, _, text) = bodies.first().expect("an example");
        let claim: Value = serde_json::from_str(text).expect("JSON");
        let mut misspelt = claim.clone();
        misspelt["patient"]["birthdate"] = misspelt["patient"]["birth_date"].take();
        let mut wrong = claim.clone();
        wrong["external_id"] = "INV-2026-000124".into();
        wrong["invoice_total_cents"] = 1.into();
        let mut other = claim;
        other["items"][0]["unit_price_cents"] = 460_000.into();
        for (name, claim, status) in [
            ("misspelt", misspelt, 400),
            ("other_content", other, 409),
            ("wrong_total", wrong, 422),
        ] {
            let body = Some((*media_type, claim.to_string()));
            let answer = self.send(submit, None, body).await.is(status);
            check_problem(&answer.json(), status);
            self.answers.keep(submit.id, name, &answer);
        }
    }
}

async fn every_example_succeeds_and_is_answered_as_documented(app: &TestApp) {
    let document = committed_document();
    let operations = operations(&document);
    let mut visitor = Visitor {
        app,
        ids: BTreeMap::new(),
        etags: BTreeMap::new(),
        answers: Answers::default(),
    };
    for operation in &operations {
        visitor.try_out(operation).await;
        if operation.id == "start_backtest" {
            visitor.wait_for_backtest().await;
        }
        if operation.id == "submit_claim" {
            visitor.make_mistakes(operation).await;
        }
    }
    // Once more, for what there is to read at the end.
    for operation in operations.iter().filter(|it| it.method == Method::GET) {
        visitor.read(operation, true).await;
    }
    visitor
        .answers
        .are_those_of_the_document(app.database().backend() == Backend::Sqlite);
}

async fn a_list_is_asked_for_as_it_is_opened(app: &TestApp) {
    let document = committed_document();
    let operations = operations(&document);
    for operation in &operations {
        let optional = operation.parameters("query").into_iter();
        let mut optional = optional.filter(|it| it["required"] != true);
        let filled = optional.find(|it| {
            [
                &it["example"],
                &it["examples"],
                &it["schema"]["example"],
                &it["schema"]["default"],
            ]
            .iter()
            .any(|value| !value.is_null())
        });
        assert_eq!(filled, None, "{}: Swagger UI fills it in", operation.id);
    }
    let submit = operations.iter().find(|it| it.id == "submit_claim");
    for (_, name, text) in submit.expect("submit_claim").bodies() {
        let answer = app.post_raw("/v1/claims", text).await;
        assert_eq!(answer.status(), 201, "{name}");
    }
    // What needs me?
    let found = app.list(&[("status", "needs_review")]).await.is(200).json();
    assert!(array(&found["data"]).len() > 10, "{found}");
}

#[test]
fn the_explanation_is_first_offered_as_text() {
    let document = committed_document();
    let operations = operations(&document);
    let explain = operations.iter().find(|it| it.id == "explain_claim");
    let media_types = explain.expect("explain_claim").media_types();
    assert_eq!(media_types, ["text/plain", "application/json"]);
}

#[test]
fn every_answer_with_a_body_has_an_example_and_names_its_request() {
    let document = committed_document();
    for Operation { id, described, .. } in operations(&document) {
        for (status, response) in described["responses"].as_object().expect("responses") {
            let header = &response["headers"]["X-Request-Id"]["$ref"];
            assert_eq!(header, "#/components/headers/X-Request-Id", "{id} {status}");
            let content = response["content"].as_object().into_iter().flatten();
            let has_none = id == "metrics";
            for (media_type, content) in content.filter(|_| !has_none) {
                let examples = content["examples"].as_object();
                let is_shown = examples.is_some_and(|examples| !examples.is_empty());
                assert!(is_shown, "{id} {status} {media_type}");
            }
        }
    }
    let problems = document["components"]["examples"]
        .as_object()
        .expect("examples");
    for (name, problem) in problems {
        let value = &problem["value"];
        let status = value["status"].as_u64().expect("a status");
        check_problem(value, u16::try_from(status).expect("a status"));
        assert_eq!(value["type"], format!("urn:payerline:problem:{name}"));
    }
    for Operation { id, described, .. } in operations(&document) {
        for (status, response) in described["responses"].as_object().expect("responses") {
            let examples = response["content"]["application/problem+json"]["examples"].as_object();
            for (name, example) in examples.into_iter().flatten() {
                let of = match example["$ref"].as_str() {
                    Some(_) => &problems[name]["value"]["status"],
                    None => &example["value"]["status"],
                };
                assert_eq!(&of.to_string(), status, "{id} {name}");
            }
        }
    }
}
