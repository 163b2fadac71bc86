//! Somebody who speaks to the service over HTTP with one API key, or without any.

use std::time::Duration;

use reqwest::{Body, Client, Method, RequestBuilder, header};
use serde_json::{Value, json};

use crate::Answer;

/// The HTTP face of a running service for one key.
#[derive(Clone)]
pub struct Caller {
    client: Client,
    base: String,
    key: Option<String>,
}

impl Caller {
    /// Speaks to the service at `base`, such as `http://127.0.0.1:8080`.
    pub fn new(base: impl Into<String>, key: &str) -> Self {
        let client = Client::builder()
            .timeout(Duration::from_secs(120))
            .build()
            .expect("a client");
        Self {
            client,
            base: base.into(),
            key: Some(key.to_owned()),
        }
    }

    /// The same service, with another key.
    pub fn with_key(&self, key: &str) -> Self {
        Self {
            key: Some(key.to_owned()),
            ..self.clone()
        }
    }

    /// The same service, without a key.
    pub fn without_key(&self) -> Self {
        Self {
            key: None,
            ..self.clone()
        }
    }

    /// The URL of a path.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// A request with the key, for what the methods below do not cover.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, self.url(path));
        match &self.key {
            Some(key) => request.bearer_auth(key),
            None => request,
        }
    }

    /// Sends a request; fails when no answer arrives, as when the service was killed.
    pub async fn try_send(&self, request: RequestBuilder) -> Result<Answer, reqwest::Error> {
        Answer::read(request.send().await?).await
    }

    /// Sends a request that must be answered.
    pub async fn send(&self, request: RequestBuilder) -> Answer {
        self.try_send(request).await.expect("an answer")
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::POST, path).json(body)).await
    }

    /// Posts bytes as they are, as `application/json`.
    pub async fn post_raw(&self, path: &str, body: impl Into<Body>) -> Answer {
        self.send(self.raw(path, "application/json", body)).await
    }

    /// A request that posts bytes as they are under a content type.
    pub fn raw(&self, path: &str, content_type: &str, body: impl Into<Body>) -> RequestBuilder {
        self.request(Method::POST, path)
            .header(header::CONTENT_TYPE, content_type)
            .body(body)
    }

    /// Puts a body under the version that `etag` names.
    pub async fn put(&self, path: &str, etag: &str, body: &Value) -> Answer {
        let request = self.request(Method::PUT, path).json(body);
        self.send(request.header(header::IF_MATCH, etag)).await
    }

    /// Posts a body, nothing when it is null, to something of which the version was seen that `etag` names.
    pub async fn post_if(&self, path: &str, etag: &str, body: &Value) -> Answer {
        let mut request = self.request(Method::POST, path);
        if !body.is_null() {
            request = request.json(body);
        }
        self.send(request.header(header::IF_MATCH, etag)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(self.request(Method::DELETE, path)).await
    }

    /// Submits a claim.
    pub async fn submit(&self, claim: &Value) -> Answer {
        self.post("/v1/claims", claim).await
    }

    /// Asks how a claim would be decided.
    pub async fn classify(&self, claim: &Value) -> Answer {
        self.post("/v1/classifications", claim).await
    }

    /// Lists claims.
    pub async fn list(&self, parameters: &[(&str, &str)]) -> Answer {
        self.get(&query("/v1/claims", parameters)).await
    }

    /// Everything that a list has, page by page.
    pub async fn all(&self, path: &str, parameters: &[(&str, &str)]) -> Vec<Value> {
        let mut all = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let mut parameters = [parameters, &[("limit", "200")]].concat();
            parameters.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
            let page = self.get(&query(path, &parameters)).await.is(200).json();
            all.extend_from_slice(array(&page["data"]));
            match page["next"].as_str() {
                Some(next) => cursor = Some(next.to_owned()),
                None => return all,
            }
        }
    }

    /// External ids and ids of all claims whose external id starts with a prefix.
    pub async fn stored(&self, prefix: &str) -> Vec<(String, String)> {
        let claims = Value::from(self.all("/v1/claims", &[("q", prefix)]).await);
        let external_ids = strings(&claims, "external_id").into_iter();
        external_ids.zip(strings(&claims, "id")).collect()
    }

    /// Sends a batch of claims and returns the results, one a line.
    pub async fn batch(&self, lines: impl Into<Body>) -> Vec<Value> {
        let request = self
            .raw("/v1/claims/batch", "application/x-ndjson", lines)
            .timeout(Duration::from_secs(280));
        let answer = self.send(request).await.is(200);
        assert_eq!(answer.header("content-type"), "application/x-ndjson");
        answer.json_lines()
    }

    /// Enters a preauthorization in the clinic's ledger.
    pub async fn preauthorize(&self, entry: &Value) -> Answer {
        self.post("/v1/preauthorizations", entry).await
    }

    /// Creates an API key of a role, and returns a caller with it.
    pub async fn new_key(&self, role: &str) -> Self {
        let body = json!({"name": format!("a key for {role}"), "role": role});
        let answer = self.post("/v1/api-keys", &body).await.is(201).json();
        self.with_key(answer["key"].as_str().expect("the key is shown"))
    }

    /// Creates a clinic, and returns a caller with its first key.
    pub async fn new_clinic(&self, name: &str) -> Self {
        let answer = self.post("/v1/clinics", &json!({"name": name})).await;
        let clinic = answer.is(201).json();
        self.with_key(clinic["admin_key"].as_str().expect("the key is shown"))
    }

    /// The key, for looking for it where it must not be.
    pub fn key(&self) -> &str {
        self.key.as_deref().expect("a key")
    }
}

/// Parameters of a list, and what they must find.
pub type Filtered<'a> = (&'a [(&'a str, &'a str)], &'a [&'a str]);

/// A path with parameters.
pub fn query(path: &str, parameters: &[(&str, &str)]) -> String {
    let encoded = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(parameters)
        .finish();
    format!("{path}?{encoded}")
}

/// The elements of a list.
#[track_caller]
pub fn array(value: &Value) -> &[Value] {
    value
        .as_array()
        .unwrap_or_else(|| panic!("no list: {value}"))
}

/// One member of every element of a list, each text.
#[track_caller]
pub fn strings(list: &Value, member: &str) -> Vec<String> {
    let text = |element: &Value| element[member].as_str().expect("text").to_owned();
    array(list).iter().map(text).collect()
}

/// Code and pointer of every fault of a problem, sorted.
#[track_caller]
pub fn codes(problem: &Value) -> Vec<(String, String)> {
    let errors = &problem["errors"];
    let mut faults: Vec<(String, String)> = strings(errors, "code")
        .into_iter()
        .zip(strings(errors, "pointer"))
        .collect();
    faults.sort();
    faults
}
