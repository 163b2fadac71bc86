//! This build opens the database of an earlier build and answers from it as that build did.
//!
//! `tests/fixtures/make_old_database.py` made the files and says what they hold. They are never made anew: a
//! build that fails here cannot be installed over its predecessor.

mod claims;
mod rules;

use std::{collections::BTreeMap, env, time::Duration};

use futures_util::{StreamExt, stream};
use openssl::sha::Sha256;
use reqwest::{Method, header};
use serde::Deserialize;
use serde_json::{Value, json, value::RawValue};
use tokio::process::Command;
use uuid::Uuid;

use crate::rulebooks::SHIPPED;
use crate::support::{Caller, Database, Event, array, binary_in, on_both_databases, serve};

on_both_databases!(bare:
    it_answers_what_the_earlier_build_answered,
    every_decision_of_the_earlier_build_comes_out_again,
    claims_of_the_earlier_build_are_not_stored_twice,
    the_chains_of_its_events_hold_and_go_on,
    a_claim_that_the_earlier_build_corrected_is_replaced,
    services_of_the_earlier_builds_claims_are_found,
    an_approval_of_the_earlier_build_can_be_confirmed,
    ready_claims_of_the_earlier_build_draw_once,
);

/// Members that later builds have added to answers. Whoever adds one names it here; nothing else may differ.
/// `updated_at` is in summaries; claims always had it.
const ADDED: [&str; 14] = [
    "updated_at",
    "replaces",
    "replaced_by",
    "payers_due",
    "review",
    "sends",
    "outcomes",
    "remittances",
    "balance",
    "reserved_cents",
    "consumed_cents",
    "left_cents",
    "redecisions",
    "draws",
];

/// The claim that another one of the earlier build corrects. That build left it as it was; now it is replaced.
const CORRECTED: &str = "EVERY-FIELD";

const CONCURRENT_REQUESTS: usize = 4;

/// The answers of the earlier build.
pub struct Record {
    /// The keys by the names that the answers have for them.
    keys: BTreeMap<String, String>,
    /// The counts that its `payerline replay` printed.
    replay: Value,
    answers: Vec<Answer>,
}

/// A request to the earlier build and its answer.
#[derive(Deserialize)]
struct Answer {
    key: String,
    path: String,
    accept: String,
    status: u16,
    etag: Option<String>,
    body: Option<String>,
}

/// The parts of a claim that must keep every byte.
#[derive(Deserialize)]
struct Evidence<'a> {
    #[serde(borrow)]
    submission: &'a RawValue,
    #[serde(borrow)]
    decision: &'a RawValue,
}

impl Record {
    pub fn read(database: &Database) -> Self {
        let text = String::from_utf8(database.backend().fixture("ndjson")).expect("text");
        let (first, answers) = text.split_once('\n').expect("lines");
        let first: Value = serde_json::from_str(first).expect("JSON");
        let answers = answers.lines().map(serde_json::from_str);
        Self {
            keys: serde_json::from_value(first["keys"].clone()).expect("keys"),
            replay: first["replay"].clone(),
            answers: answers.collect::<Result<_, _>>().expect("answers"),
        }
    }

    /// Asserts that `payerline replay` counts what it counted then.
    pub async fn is_replayed(&self, database: &Database) {
        let output = run("replay", database).await;
        let printed = String::from_utf8(output.stdout).expect("text");
        for (label, number) in self.replay.as_object().expect("labels") {
            let line = printed.lines().find_map(|line| line.strip_prefix(label));
            assert_eq!(
                line.map(str::trim),
                Some(&*number.to_string()),
                "{label}: {printed}"
            );
        }
    }

    /// Yields each answer that is one claim, with its body.
    fn claims(&self) -> impl Iterator<Item = (&Answer, &str)> {
        let is_claim = |it: &&Answer| {
            let rest = it.path.strip_prefix("/v1/claims/");
            rest.is_some_and(|id| !id.contains(['/', '?']))
        };
        let claims = self.answers.iter().filter(is_claim);
        claims.filter_map(|it| Some((it, it.body.as_deref()?)))
    }

    /// The claims that the admin of its first clinic saw.
    pub fn own_claims(&self) -> impl Iterator<Item = Value> {
        let own = self.claims().filter(|(it, _)| it.key == "admin");
        own.map(|(_, body)| serde_json::from_str(body).expect("JSON"))
    }

    fn caller(&self, anybody: &Caller, name: &str) -> Caller {
        anybody.with_key(&self.keys[name])
    }
}

/// Sends a request again and describes the first difference between the answers.
async fn difference(caller: &Caller, old: &Answer) -> Option<String> {
    let request = caller.request(Method::GET, &old.path);
    let new = caller
        .send(request.header(header::ACCEPT, &old.accept))
        .await;
    let etag = new.find_header("etag");
    let text = new.text();
    let body = old.body.as_deref().unwrap_or_default();
    let expected_etag = match &old.etag {
        Some(_) if body.contains(CORRECTED) => Some("\"2\""),
        etag => etag.as_deref(),
    };
    if (new.status(), etag) != (old.status, expected_etag) {
        return Some(format!("{} {etag:?}: {text}", new.status()));
    }
    if body.is_empty() {
        return None;
    }
    if let (Ok(old), Ok(new)) = (serde_json::from_str(body), serde_json::from_str(&text)) {
        let (old, new): (Evidence<'_>, Evidence<'_>) = (old, new);
        if old.submission.get() != new.submission.get() || old.decision.get() != new.decision.get()
        {
            return Some(format!("other bytes of evidence: {text}"));
        }
    }
    let (mut before, mut now) = (values(body), values(&text));
    before.iter_mut().chain(&mut now).for_each(leave_out_step);
    // A later build ships further versions of the rules and lists them too.
    if old.path.starts_with("/v1/rulebooks?") {
        let kept = array(&before[0]["data"]).iter();
        let listed = array(&now[0]["data"]);
        let is_listed = |it: &&Value| listed.iter().any(|new| differs(it, new).is_none());
        return kept
            .filter(|it| !is_listed(it))
            .map(Value::to_string)
            .next();
    }
    if before.len() != now.len() {
        return Some(format!("{} lines, now {}", before.len(), now.len()));
    }
    before
        .iter()
        .zip(&now)
        .find_map(|(before, now)| differs(before, now))
}

/// Leaves out what changes of a claim when it is replaced.
fn leave_out_step(value: &mut Value) {
    match value {
        Value::Array(list) => list.iter_mut().for_each(leave_out_step),
        Value::Object(members) if members.get("external_id") == Some(&json!(CORRECTED)) => {
            for member in ["status", "updated_at", "version"] {
                members.remove(member);
            }
        }
        Value::Object(members) => members.values_mut().for_each(leave_out_step),
        _ => {}
    }
}

/// Parses a body: one JSON value, or one a line.
fn values(body: &str) -> Vec<Value> {
    let values = serde_json::Deserializer::from_str(body).into_iter();
    values.collect::<Result<_, _>>().expect("JSON")
}

/// Describes the first difference between two values.
fn differs(old: &Value, new: &Value) -> Option<String> {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => {
            let kept = old.iter().find_map(|(name, value)| match new.get(name) {
                Some(new) => Some(format!("/{name}{}", differs(value, new)?)),
                None => Some(format!("/{name} is missing")),
            });
            let is_new =
                |name: &&String| !old.contains_key(*name) && !ADDED.contains(&name.as_str());
            kept.or_else(|| Some(format!("/{} was not there", new.keys().find(is_new)?)))
        }
        (Value::Array(old), Value::Array(new)) if old.len() == new.len() => {
            let mut pairs = old.iter().zip(new).enumerate();
            pairs.find_map(|(index, (old, new))| Some(format!("/{index}{}", differs(old, new)?)))
        }
        _ => (old != new).then(|| format!(": {old}, now {new}")),
    }
}

#[test]
fn a_difference_is_found_at_its_place() {
    let old = json!({"id": 1, "items": [{"payer": "mva"}, {"payer": "wsib"}]});
    for (new, found) in [
        (
            json!({"id": 1, "items": [{"payer": "mva"}, {"payer": "wsib"}]}),
            None,
        ),
        (
            json!({"id": 2, "items": [{"payer": "mva"}, {"payer": "wsib"}]}),
            Some("/id: 1, now 2"),
        ),
        (
            json!({"id": 1, "items": [{"payer": "mva"}, {"payer": "mva"}]}),
            Some("/items/1/payer: \"wsib\", now \"mva\""),
        ),
        (
            json!({"id": 1, "items": [{"payer": "mva"}, {}]}),
            Some("/items/1/payer is missing"),
        ),
        (
            json!({"id": 1, "items": [{"payer": "mva"}, {"payer": "wsib", "rule": 1}]}),
            Some("/items/1/rule was not there"),
        ),
        (
            json!({"id": 1, "items": [{"payer": "mva"}]}),
            Some("/items: [{\"payer\":\"mva\"},{\"payer\":\"wsib\"}], now [{\"payer\":\"mva\"}]"),
        ),
    ] {
        assert_eq!(differs(&old, &new).as_deref(), found, "{new}");
    }
}

async fn it_answers_what_the_earlier_build_answered(database: &Database) {
    database.restore_fixture();
    let record = Record::read(database);
    assert!(record.answers.len() > 1_000 && record.claims().count() > 300);
    let mut process = serve(database);
    let anybody = process.caller();
    // An upgrade ships a newer version, which is in these lists and decides.
    let is_about_upgrade =
        |path: &str| path.starts_with("/v1/rulebooks?") || path == "/v1/rulebooks/2026.2";
    let answers = record.answers.iter();
    // Keys for billing read approvals now.
    let is_allowed_now =
        |old: &&Answer| old.key == "billing" && old.path.starts_with("/v1/preauthorizations");
    let answers = answers.filter(|old| !is_about_upgrade(&old.path) && !is_allowed_now(old));
    let differences = stream::iter(answers)
        .map(async |old| {
            let caller = record.caller(&anybody, &old.key);
            let found = difference(&caller, old).await?;
            Some(format!("{} as {}: {found}", old.path, old.key))
        })
        .buffer_unordered(CONCURRENT_REQUESTS)
        .filter_map(async |found| found)
        .collect::<Vec<String>>()
        .await;
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

async fn every_decision_of_the_earlier_build_comes_out_again(database: &Database) {
    database.restore_fixture();
    let record = Record::read(database);
    // A replay changes nothing, so it does not bring the tables up to date itself.
    run("migrate", database).await;
    record.is_replayed(database).await;
}

/// Runs a subcommand of the binary, which must succeed.
pub async fn run(subcommand: &str, database: &Database) -> std::process::Output {
    let mut command = Command::from(binary_in(&env::temp_dir()));
    command.arg(subcommand).env("DATABASE_URL", database.url());
    let output = command.output().await.expect("the binary runs");
    assert!(output.status.success(), "{subcommand}: {output:?}");
    output
}

async fn claims_of_the_earlier_build_are_not_stored_twice(database: &Database) {
    database.restore_fixture();
    let record = Record::read(database);
    let mut process = serve(database);
    let caller = process.caller();
    let mut lines = String::new();
    let mut ids = Vec::new();
    for claim in record.own_claims() {
        lines += &format!("{}\n", claim["submission"]);
        ids.push(claim["id"].clone());
    }
    let results = caller.batch(lines.clone()).await;
    let found: Vec<(&Value, &Value)> = results
        .iter()
        .map(|it| (&it["status"], &it["id"]))
        .collect();
    let replayed = json!(200);
    let expected: Vec<(&Value, &Value)> = ids.iter().map(|id| (&replayed, id)).collect();
    assert_eq!(found, expected);
    let first: Value = serde_json::from_str(lines.lines().next().expect("a claim")).expect("JSON");
    let mut other = first.clone();
    other["patient"]["id"] = json!("SOMEBODY-ELSE");
    let problem = caller.submit(&other).await.problem(409);
    assert_eq!(problem.member("id"), &ids[0]);
}

async fn the_chains_of_its_events_hold_and_go_on(database: &Database) {
    database.restore_fixture();
    let record = Record::read(database);
    let before = verify_chains(database.events());
    assert!(before.len() > 500, "{} chains", before.len());
    let mut process = serve(database);
    let caller = process.caller();
    let asked = |part: &str| {
        let answer = record.answers.iter().find(|it| it.path.contains(part));
        let body = answer.and_then(|it| it.body.as_deref()).expect("a list");
        values(body)[0]["data"][0].clone()
    };
    // The insurer withdraws an approval, and the claim that relies on it is decided again.
    let mut entry = asked("number=OCF18-APPROVED-LATER");
    let approval = format!(
        "/v1/preauthorizations/{}",
        entry["id"].as_str().expect("an id")
    );
    for member in ["id", "created_at", "updated_at", "version"] {
        entry.as_object_mut().expect("an object").remove(member);
    }
    entry["status"] = json!("denied");
    caller.put(&approval, "\"2\"", &entry).await.is(200);
    let claim = asked("external_id=APPROVED-LATER");
    let claim = format!("/v1/claims/{}", claim["id"].as_str().expect("an id"));
    let again = caller
        .post_if(&format!("{claim}/redecide"), "\"2\"", &Value::Null)
        .await;
    assert_eq!(again.is(200).json()["version"], 3);
    process.terminate();
    drop(caller);
    process.ended_within(Duration::from_secs(10)).await;
    let after = verify_chains(database.events());
    for path in [approval, claim] {
        let id = path
            .rsplit('/')
            .next()
            .and_then(|id| Uuid::try_parse(id).ok());
        let subject = id.expect("an id").as_bytes().to_vec();
        assert_eq!((before[&subject], after[&subject]), (2, 3), "{path}");
    }
}

async fn a_claim_that_the_earlier_build_corrected_is_replaced(database: &Database) {
    database.restore_fixture();
    let record = Record::read(database);
    let find = |external_id: &str| {
        let mut claims = record.claims().map(|(_, body)| values(body)[0].clone());
        claims.find(|claim| claim["external_id"] == external_id)
    };
    let (before, correction) = (find(CORRECTED), find("CORRECTED"));
    let (before, correction) = (before.expect("a claim"), correction.expect("a claim"));
    let id = before["id"].as_str().expect("an id");
    let mut process = serve(database);
    let caller = process.caller();
    let answer = caller.get(&format!("/v1/claims/{id}")).await.is(200);
    let now = answer.json();
    assert_eq!(answer.header("etag"), "\"2\"");
    assert_eq!(now["status"], "replaced");
    assert_eq!(now["replaced_by"], correction["id"]);
    assert_eq!(now["disposition"], before["disposition"]);
    assert!(now["updated_at"].as_str() > before["updated_at"].as_str());
    let listed = caller.all("/v1/claims", &[("status", "replaced")]).await;
    assert_eq!(listed.len(), 1);
    let event = database.last_event(id);
    assert_eq!(event["replaced_by"], correction["id"]);
    assert_eq!(event["status_before"], before["status"]);
    verify_chains(database.events());
}

async fn services_of_the_earlier_builds_claims_are_found(database: &Database) {
    database.restore_fixture();
    let record = Record::read(database);
    let claims: Vec<Value> = record
        .claims()
        .filter(|(it, _)| it.key == "admin")
        .map(|(_, body)| values(body)[0].clone())
        .collect();
    let service = |claim: &Value, index: usize| {
        let item = &claim["submission"]["items"][index];
        let parts = [
            "service_date",
            "category",
            "code",
            "system",
            "unit_price_cents",
        ];
        let parts = parts.map(|part| item[part].to_string());
        (claim["submission"]["patient"]["id"].to_string(), parts)
    };
    let items = |claim: &Value| 0..array(&claim["submission"]["items"]).len();
    let mut earliest = BTreeMap::new();
    for claim in claims.iter().filter(|it| it["external_id"] != CORRECTED) {
        for index in items(claim) {
            let id = claim["id"].as_str().expect("an id").to_owned();
            let known: &mut String = earliest.entry(service(claim, index)).or_insert(id.clone());
            *known = id.min(known.clone());
        }
    }
    let mut process = serve(database);
    let caller = process.caller();
    let standing = claims
        .iter()
        .filter(|it| it["submission"].get("replaces").is_none());
    for claim in standing.step_by(7) {
        let mut submission = claim["submission"].clone();
        submission["external_id"] = json!("ANOTHER");
        let decided = caller.classify(&submission).await.is(200).json();
        // A clinic's own version of the time does not report them.
        if decided["decision"]["rulebook"]["version"] != SHIPPED {
            continue;
        }
        let found: BTreeMap<String, String> = array(&decided["decision"]["findings"])
            .iter()
            .filter(|it| it["code"] == "possible_duplicate")
            .map(|it| (it["pointer"].to_string(), it["related_claim"].to_string()))
            .collect();
        let expected = items(claim).filter_map(|index| {
            let other = earliest.get(&service(claim, index))?;
            Some((format!("\"/items/{index}\""), format!("\"{other}\"")))
        });
        assert_eq!(found, expected.collect(), "{}", claim["external_id"]);
    }
}

async fn an_approval_of_the_earlier_build_can_be_confirmed(database: &Database) {
    database.restore_fixture();
    let mut process = serve(database);
    let caller = process.caller();
    let pending = [("kind", "ocf_23"), ("status", "pending")];
    let pending = caller.all("/v1/preauthorizations", &pending).await;
    let mut entry = pending.into_iter().next().expect("an approval");
    let id = entry["id"].as_str().expect("an id").to_owned();
    for member in ["id", "created_at", "updated_at", "version"] {
        entry.as_object_mut().expect("an object").remove(member);
    }
    entry["status"] = json!("confirmed");
    let path = format!("/v1/preauthorizations/{id}");
    let changed = caller.put(&path, "*", &entry).await.is(200).json();
    assert_eq!(changed["status"], "confirmed");
}

/// Checks each event's hash over the bytes that `crates/payerline-domain/src/events.rs` documents, and its link to the event before.
/// Returns the number of events by subject.
fn verify_chains(events: Vec<Event>) -> BTreeMap<Vec<u8>, i64> {
    let mut last: BTreeMap<Vec<u8>, (i64, Vec<u8>)> = BTreeMap::new();
    for event in events {
        let (number, previous) = last.remove(&event.subject).unwrap_or_default();
        assert_eq!(
            (event.number, &event.previous),
            (number + 1, &previous),
            "{event:?}"
        );
        let mut hash = Sha256::new();
        for part in [
            b"payerline-event-v1",
            &*event.clinic,
            &event.subject,
            &event.number.to_be_bytes(),
            event.kind.as_bytes(),
            &event.at.to_be_bytes(),
            &event.actor,
            event.data.as_bytes(),
            &event.previous,
        ] {
            hash.update(&u64::try_from(part.len()).expect("a length").to_be_bytes());
            hash.update(part);
        }
        let hash = hash.finish().to_vec();
        assert_eq!(event.hash, hash, "{event:?}");
        last.insert(event.subject, (event.number, hash));
    }
    let lengths = last.into_iter();
    lengths
        .map(|(subject, (number, _))| (subject, number))
        .collect()
}

/// The approvals of the admin's clinic from which claims have drawn, once all claims of the earlier build have.
async fn drawn_approvals(caller: &Caller) -> Vec<Value> {
    let mut drawn = Vec::new();
    for _ in 0..100 {
        let approvals = caller.all("/v1/preauthorizations", &[]).await;
        let now: Vec<Value> = approvals
            .into_iter()
            .filter(|it| it["reserved_cents"] != 0)
            .collect();
        if !now.is_empty() && now == drawn {
            return drawn;
        }
        drawn = now;
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    panic!("no claim of the earlier build draws: {drawn:?}");
}

async fn ready_claims_of_the_earlier_build_draw_once(database: &Database) {
    database.restore_fixture();
    let mut process = serve(database);
    let caller = process.caller();
    let drawn = drawn_approvals(&caller).await;
    for approval in &drawn {
        let path = format!(
            "/v1/preauthorizations/{}",
            approval["id"].as_str().expect("an id")
        );
        let detail = caller.get(&path).await.is(200).json();
        for draw in array(&detail["draws"]) {
            let path = format!("/v1/claims/{}", draw["claim_id"].as_str().expect("an id"));
            let claim = caller.get(&path).await.is(200).json();
            assert_eq!(claim["status"], "ready", "{draw}");
            let named = array(&claim["submission"]["preauthorizations"]);
            assert!(named.contains(&approval["number"]), "{draw}");
        }
        let number = approval["number"].as_str().expect("a number");
        let found = caller.list(&[("preauthorization", number)]).await.json();
        assert!(!array(&found["data"]).is_empty(), "{number}");
    }
    process.kill();
    let mut process = serve(database);
    assert_eq!(drawn_approvals(&process.caller()).await, drawn);
    process.kill();
    let verified = crate::claims::verification::verify(database, &[]).await;
    assert_eq!(verified.status.code(), Some(0), "{verified:?}");
}
