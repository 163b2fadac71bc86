//! `GET /v1/claims?updated_from=…`: all changes in their order, whoever makes them and however late they commit.

use jiff::{SignedDuration, Timestamp};
use reqwest::header;
use serde_json::{Value, json};

use super::redecisions::approved_later;
use crate::support::{
    Backend, Caller, Claim, Follower, TestApp, array, on_both_databases, query, run_app, serve,
    strings,
};

on_both_databases!(
    changes_come_in_their_order_page_by_page,
    changes_of_one_moment_are_paged_too,
    the_time_itself_is_included,
    all_filters_hold_in_the_order_of_changes,
    a_cursor_belongs_to_its_order,
    an_export_has_the_order_of_changes,
    changes_after_the_clock_was_set_back_come_last,
);

const EVER: (&str, &str) = ("updated_from", "2000-01-01T00:00:00Z");

async fn file(app: &TestApp, count: usize) -> Vec<Value> {
    let mut stored = Vec::new();
    for number in 0..count {
        let claim = Claim::new(&format!("INV-{number:03}")).with("/patient/id", "P-FILED");
        stored.push(app.submit(&claim).await.is(201).json());
    }
    stored
}

fn text<'v>(value: &'v Value, member: &str) -> &'v str {
    value[member].as_str().expect("text")
}

async fn changes_come_in_their_order_page_by_page(app: &TestApp) {
    let (changed, _) = approved_later(app).await;
    let filed = file(app, 12).await;
    let path = format!("/v1/claims/{changed}/redecide");
    let changed = app.post_if(&path, "\"1\"", &Value::Null).await.is(200);

    let mut expected = strings(&json!(filed), "id");
    expected.push(changed.id());
    let mut found = Vec::new();
    let mut parameters = vec![EVER, ("limit", "5")];
    let mut cursor;
    loop {
        let page = app.list(&parameters).await.is(200).json();
        assert_eq!(page["prev"], Value::Null);
        found.extend_from_slice(array(&page["data"]));
        if page["next"].is_null() {
            break;
        }
        cursor = text(&page, "next").to_owned();
        parameters = vec![EVER, ("limit", "5"), ("cursor", &cursor)];
    }
    let found = json!(found);
    assert_eq!(strings(&found, "id"), expected, "what changed last is last");
    let times = strings(&found, "updated_at");
    assert!(times.is_sorted(), "{times:?}");
    let last = &found[12];
    assert_eq!(last["version"], 2);
    assert_eq!(last["updated_at"], changed.json()["updated_at"]);
    // Whoever starts again with the greatest time has that claim again, and what comes after it.
    let next = app.submit(&Claim::new("NEXT")).await.is(201).id();
    let again = app.list(&[("updated_from", &times[12])]).await.json();
    assert_eq!(strings(&again["data"], "id"), [changed.id(), next]);
}

async fn changes_of_one_moment_are_paged_too(app: &TestApp) {
    // Lines that are stored by one transaction have one time.
    let lines: Vec<String> = (0..500)
        .map(|number| Claim::new(&format!("INV-{number}")).text())
        .collect();
    app.batch(lines.join("\n")).await;
    let all = app.all("/v1/claims", &[EVER]).await;
    let mut times = strings(&json!(all), "updated_at");
    assert!(times.is_sorted());
    times.dedup();
    assert!(times.len() < 500, "some share their time");
    let mut follower = Follower::new("/v1/claims", 7);
    follower.read_to_the_end(app).await;
    assert_eq!(follower.seen.len(), 500);
}

async fn the_time_itself_is_included(app: &TestApp) {
    let filed = file(app, 3).await;
    let from = async |time: &str| {
        let page = app.list(&[("updated_from", time)]).await.is(200).json();
        strings(&page["data"], "external_id")
    };
    let second = text(&filed[1], "updated_at");
    assert_eq!(from(second).await, ["INV-001", "INV-002"]);
    let later: Timestamp = second.parse().expect("a time");
    let later = later + SignedDuration::from_micros(1);
    assert_eq!(from(&later.to_string()).await, ["INV-002"]);
    let all = ["INV-000", "INV-001", "INV-002"];
    assert_eq!(from("2026-01-01").await, all, "a day in Ontario");
    assert_eq!(from("2000-01-01T00:00:00-05:00").await, all);
    assert_eq!(from("0000-01-01T00:00:00Z").await, all);
    assert!(from("9999-01-01T00:00:00Z").await.is_empty());
}

async fn all_filters_hold_in_the_order_of_changes(app: &TestApp) {
    file(app, 4).await;
    app.submit(&Claim::example("wsib-physiotherapy")).await;
    app.submit(&Claim::example("mva-stem-cell-knee")).await;
    let now = Timestamp::now().to_string();
    let filters: [(&str, &str); 10] = [
        ("payer", "wsib"),
        ("status", "needs_preauthorization"),
        ("disposition", "ready"),
        ("patient_id", "P-FILED"),
        ("external_id", "INV-002"),
        ("q", "INV-00"),
        ("service_from", "2026-06-02"),
        ("service_to", "2026-06-01"),
        ("received_from", "2026-01-01"),
        ("received_to", &now),
    ];
    for filter in filters {
        let mut newest_first = app.all("/v1/claims", &[filter]).await;
        newest_first.reverse();
        let by_change = app.all("/v1/claims", &[EVER, filter]).await;
        assert_eq!(by_change, newest_first, "{filter:?}");
        let expected = if filter.0 == "external_id" { 1 } else { 6 };
        assert!((1..=expected).contains(&by_change.len()), "{filter:?}");
    }
}

async fn a_cursor_belongs_to_its_order(app: &TestApp) {
    file(app, 3).await;
    let limit = ("limit", "1");
    let changes = app.list(&[EVER, limit]).await.is(200).json();
    let newest = app.list(&[limit]).await.is(200).json();
    let (by_change, by_receipt) = (text(&changes, "next"), text(&newest, "next"));
    let others: [&[(&str, &str)]; 4] = [
        &[("cursor", by_change)],
        &[("cursor", by_change), ("updated_from", "2026-01-01")],
        &[("cursor", by_change), EVER, ("payer", "mva")],
        &[("cursor", by_receipt), EVER],
    ];
    for parameters in others {
        app.list(parameters).await.problem(400).names("/cursor");
    }
    let next = app
        .list(&[EVER, ("cursor", by_change)])
        .await
        .is(200)
        .json();
    assert_eq!(
        strings(&next["data"], "external_id"),
        ["INV-001", "INV-002"]
    );
}

async fn an_export_has_the_order_of_changes(app: &TestApp) {
    // More than the service reads at once.
    let lines: Vec<String> = (0..1_234)
        .map(|number| Claim::new(&format!("INV-{number}")).text())
        .collect();
    app.batch(lines.join("\n")).await;
    let path = query("/v1/claims", &[EVER]);
    let request = app.request(reqwest::Method::GET, &path);
    let answer = app.send(request.header(header::ACCEPT, "application/x-ndjson"));
    let exported = answer.await.is(200).json_lines();
    assert_eq!(exported.len(), 1_234);
    assert_eq!(exported, app.all("/v1/claims", &[EVER]).await);
}

async fn changes_after_the_clock_was_set_back_come_last(app: &TestApp) {
    let (changed, _) = approved_later(app).await;
    let ahead = Timestamp::now() + SignedDuration::from_hours(1);
    app.database().set_change_clock(ahead);
    let submitted = app.submit(&Claim::new("INV-1")).await.is(201).json();
    let path = format!("/v1/claims/{changed}/redecide");
    let decided = app
        .post_if(&path, "\"1\"", &Value::Null)
        .await
        .is(200)
        .json();
    let found = app.list(&[("updated_from", &ahead.to_string())]).await;
    let found = &found.is(200).json()["data"];
    assert_eq!(
        strings(found, "id"),
        [text(&submitted, "id"), text(&decided, "id")]
    );
    assert!(text(&submitted, "updated_at") > ahead.to_string().as_str());
}

#[test]
fn nothing_is_shown_before_a_change_that_commits_late() {
    run_app(Backend::Postgres, async |app| {
        let mut process = serve(app.database());
        let other = process.caller();
        app.submit(&Claim::new("FIRST")).await.is(201);
        let mut follower = Follower::new("/v1/claims", 10);
        follower.read_to_the_end(&other).await;
        // The late claim is received and waits for its commit, while another replica stores one.
        let begin = || {
            let app = Caller::clone(app);
            tokio::spawn(async move { app.submit(&Claim::new("LATE")).await.is(201).json() })
        };
        let (late, after) = app
            .database()
            .hold_up("LATE", begin, async {
                let after = other.submit(&Claim::new("AFTER")).await.is(201).json();
                let listed = other.list(&[]).await.json();
                assert_eq!(strings(&listed["data"], "external_id"), ["AFTER", "FIRST"]);
                follower.read_to_the_end(&other).await;
                assert_eq!(follower.seen.len(), 1, "the horizon is before both");
                after
            })
            .await;
        let late = late.await.expect("it is stored");
        follower.read_to_the_end(&other).await;
        assert_eq!(follower.seen.len(), 3);
        assert!(text(&late, "updated_at") < text(&after, "updated_at"));
        // Whoever follows the time of receipt has seen a later claim already.
        let from = ("received_from", text(&after, "received_at"));
        let received = app.list(&[from]).await.json();
        assert_eq!(strings(&received["data"], "external_id"), ["AFTER"]);
    });
}
