//! `POST /v1/claims/batch`: lines in, one result per line out, in order.

use serde_json::{Value, json};

use crate::support::{
    Caller, Claim, TestApp, array, check_problem, codes, full_claim, on_both_databases,
};

on_both_databases!(
    results_come_in_input_order,
    lines_end_as_they_like_and_blank_ones_do_not_count,
    a_bad_line_harms_no_other,
    a_line_has_at_most_one_mebibyte,
    sent_again_every_line_is_a_replay,
    one_claim_twice_in_a_batch,
    a_batch_and_single_claims_are_the_same_thing,
    only_ndjson_is_a_batch,
    who_takes_no_ndjson_reads_the_results_as_text,
);

/// Index and status of each result.
fn outcome(results: &[Value]) -> Vec<(u64, u64)> {
    let number = |value: &Value| value.as_u64().expect("a number");
    results
        .iter()
        .map(|result| (number(&result["index"]), number(&result["status"])))
        .collect()
}

fn lines(claims: &[Claim]) -> String {
    claims.iter().map(|claim| claim.text() + "\n").collect()
}

async fn id_of(caller: &Caller, external_id: &str) -> Value {
    let list = caller
        .list(&[("external_id", external_id)])
        .await
        .is(200)
        .json();
    assert_eq!(array(&list["data"]).len(), 1, "{external_id}");
    list["data"][0]["id"].clone()
}

async fn results_come_in_input_order(app: &TestApp) {
    let claims = [
        Claim::example("wsib-physiotherapy"),
        Claim::example("private-physiotherapy"),
        Claim::example("mva-stem-cell-knee"),
        Claim::example("review-wsib-denied"),
    ];
    let results = app.batch(lines(&claims)).await;
    let decided = [
        ("wsib", "ready"),
        ("private", "ready"),
        ("mva", "needs_preauthorization"),
        ("uncovered", "needs_review"),
    ];
    assert_eq!(results.len(), 4);
    for (index, (payer, disposition)) in decided.iter().enumerate() {
        let external_id = claims[index]["external_id"].as_str().expect("text");
        let expected = json!({
            "index": index, "external_id": external_id, "status": 201,
            "id": id_of(app, external_id).await, "payer": payer, "disposition": disposition,
            "claim_status": disposition, "version": 1,
        });
        assert_eq!(results[index], expected);
    }

    let many: Vec<Claim> = (0..1_000)
        .map(|number| Claim::new(&format!("MANY-{number}")))
        .collect();
    let results = app.batch(lines(&many)).await;
    let expected: Vec<(u64, u64)> = (0..1_000).map(|index| (index, 201)).collect();
    assert_eq!(outcome(&results), expected);
    for (number, result) in results.iter().enumerate() {
        assert_eq!(result["external_id"], format!("MANY-{number}"));
    }
}

async fn lines_end_as_they_like_and_blank_ones_do_not_count(app: &TestApp) {
    let line = |number: u32| Claim::new(&format!("INV-{number}")).text();
    let body = format!(
        "\n  \n{}\r\n\r\n\t\n{}\n\n\n  {}  \n \r\n{}",
        line(0),
        line(1),
        line(2),
        line(3)
    );
    let results = app.batch(body).await;
    assert_eq!(outcome(&results), [(0, 201), (1, 201), (2, 201), (3, 201)]);
    for (number, result) in results.iter().enumerate() {
        assert_eq!(result["external_id"], format!("INV-{number}"));
    }
    for nothing in ["", "\n", "  \r\n\n"] {
        assert_eq!(app.batch(nothing).await, Vec::<Value>::new());
    }
}

async fn a_bad_line_harms_no_other(app: &TestApp) {
    let conflict = app.submit(&Claim::new("TAKEN")).await.is(201).id();
    let mut body = Vec::new();
    let bad = [
        b"{".to_vec(),
        b"not JSON".to_vec(),
        b"[]".to_vec(),
        b"\xff\xfe".to_vec(),
        "[".repeat(10_000).into_bytes(),
        Claim::new("BAD-1")
            .with("/items/0/quantity", 0)
            .text()
            .into_bytes(),
        Claim::new("BAD-2")
            .with("/unexpected", 1)
            .text()
            .into_bytes(),
        Claim::new("TAKEN")
            .with("/patient/id", "P-2")
            .text()
            .into_bytes(),
    ];
    for (number, line) in bad.into_iter().enumerate() {
        body.extend(Claim::new(&format!("GOOD-{number}")).text().into_bytes());
        body.push(b'\n');
        body.extend(line);
        body.push(b'\n');
    }
    let results = app.batch(body).await;
    let statuses: Vec<u64> = outcome(&results)
        .into_iter()
        .map(|(_, status)| status)
        .collect();
    assert_eq!(
        statuses,
        [
            201, 400, 201, 400, 201, 400, 201, 400, 201, 400, 201, 422, 201, 400, 201, 409,
        ]
    );
    let problem = |index: usize| &results[index]["problem"];
    for (index, result) in results.iter().enumerate() {
        assert_eq!(result["index"], index);
        if result["status"] == 201 {
            assert_eq!(result.get("problem"), None, "{result}");
            continue;
        }
        let status = u16::try_from(result["status"].as_u64().expect("a number")).expect("a status");
        check_problem(problem(index), status);
        for member in ["id", "payer", "disposition"] {
            assert_eq!(result.get(member), None, "{result}");
        }
    }
    let fault = |code: &str, pointer: &str| vec![(code.to_owned(), pointer.to_owned())];
    assert_eq!(codes(problem(1)), fault("invalid_json", ""));
    assert_eq!(codes(problem(5)), fault("wrong_type", ""));
    assert_eq!(
        codes(problem(11)),
        fault("out_of_range", "/items/0/quantity")
    );
    assert_eq!(codes(problem(13)), fault("unknown_field", "/unexpected"));
    assert_eq!(problem(15)["id"], conflict);
    assert_eq!(results[11]["external_id"], "BAD-1");
    assert_eq!(results[15]["external_id"], "TAKEN");

    let list = app.list(&[("limit", "200")]).await.is(200).json();
    assert_eq!(
        array(&list["data"]).len(),
        9,
        "eight good ones and the one before"
    );
}

async fn a_line_has_at_most_one_mebibyte(app: &TestApp) {
    let padded = |external_id: &str, length: usize| {
        let mut text = Claim::new(external_id).text();
        // Inside the object, so that it cannot be taken for white space around the line.
        let closing = text.pop().expect("a brace");
        text.extend(std::iter::repeat_n(' ', length - text.len() - 1));
        text.push(closing);
        text
    };
    let body = [
        Claim::new("BEFORE").text(),
        padded("TOO-LONG", (1 << 20) + 1),
        Claim::new("BETWEEN").text(),
        padded("MUCH-TOO-LONG", 3 << 20),
        padded("JUST-RIGHT", 1 << 20),
        "x".repeat((1 << 20) + 1),
        Claim::new("AFTER").text(),
    ];
    let results = app.batch(body.join("\n")).await;
    let expected = [
        (0, 201),
        (1, 413),
        (2, 201),
        (3, 413),
        (4, 201),
        (5, 413),
        (6, 201),
    ];
    assert_eq!(outcome(&results), expected);
    for index in [1, 3, 5] {
        check_problem(&results[index]["problem"], 413);
    }
    let last = app.batch(padded("TOO-LONG", (1 << 20) + 1)).await;
    assert_eq!(
        outcome(&last),
        [(0, 413)],
        "also as the last line without its end"
    );
    let list = app.list(&[("q", "TOO-LONG")]).await.is(200).json();
    assert_eq!(list["data"], json!([]));
}

async fn sent_again_every_line_is_a_replay(app: &TestApp) {
    let claims: Vec<Claim> = (0..50)
        .map(|number| full_claim(&format!("INV-{number}")))
        .collect();
    let first = app.batch(lines(&claims)).await;
    let second = app.batch(lines(&claims)).await;
    for (first, second) in first.iter().zip(&second) {
        let mut expected = first.clone();
        assert_eq!(expected["status"], 201);
        expected["status"] = json!(200);
        assert_eq!(*second, expected);
    }
    assert_eq!(second.len(), 50);
}

async fn one_claim_twice_in_a_batch(app: &TestApp) {
    let other = Claim::new("INV-1").with("/patient/id", "P-2");
    let claims = [
        Claim::new("INV-1"),
        Claim::new("INV-1"),
        other,
        Claim::new("INV-1"),
    ];
    let results = app.batch(lines(&claims)).await;
    assert_eq!(outcome(&results), [(0, 201), (1, 200), (2, 409), (3, 200)]);
    assert_eq!(results[1]["id"], results[0]["id"]);
    assert_eq!(results[2]["problem"]["id"], results[0]["id"]);
    assert_eq!(results[3]["id"], results[0]["id"]);
}

async fn a_batch_and_single_claims_are_the_same_thing(app: &TestApp) {
    let single = app.submit(&full_claim("SINGLE")).await.is(201);
    // Of another patient, so that it is no possible duplicate.
    let batch = full_claim("BATCH").with("/patient/id", "P-2");
    let text = batch.text();
    let spaced = text.replacen(':', " :  ", 1);
    let results = app
        .batch(format!("{spaced}\n{}", full_claim("SINGLE").text()))
        .await;
    assert_eq!(outcome(&results), [(0, 201), (1, 200)]);
    assert_eq!(results[1]["id"], single.id());

    let id = results[0]["id"].as_str().expect("an id");
    let stored = app.get(&format!("/v1/claims/{id}")).await.is(200);
    assert!(
        stored.text().contains(&spaced),
        "as it was sent: {}",
        stored.text()
    );
    assert_eq!(stored.json()["decision"], single.json()["decision"]);
    let again = app.submit(&batch).await.is(200);
    assert_eq!(again.text(), stored.text());
}

async fn only_ndjson_is_a_batch(app: &TestApp) {
    let line = Claim::new("INV-1").text();
    for content_type in ["application/json", "text/plain", "application/x-ndjsonx"] {
        let request = app.raw("/v1/claims/batch", content_type, line.clone());
        app.send(request).await.problem(415);
    }
    // Generated clients that know no NDJSON send bytes.
    for content_type in [
        "application/x-ndjson; charset=utf-8",
        "application/octet-stream",
    ] {
        let request = app.raw("/v1/claims/batch", content_type, line.clone());
        app.send(request).await.is(200);
    }
}

async fn who_takes_no_ndjson_reads_the_results_as_text(app: &TestApp) {
    let claim = Claim::example("private-physiotherapy").text() + "\n";
    let mut texts = Vec::new();
    for (accept, media_type) in [
        ("application/x-ndjson", "application/x-ndjson"),
        ("*/*", "application/x-ndjson"),
        (
            "application/x-ndjson, text/plain;q=0.5",
            "application/x-ndjson",
        ),
        ("text/plain", "text/plain; charset=utf-8"),
        // As a generated client asks, which names what is documented.
        (
            "text/plain, application/x-ndjson, application/problem+json",
            "text/plain; charset=utf-8",
        ),
    ] {
        let request = app
            .raw("/v1/claims/batch", "application/x-ndjson", claim.clone())
            .header("accept", accept);
        let answer = app.send(request).await.is(200);
        assert_eq!(answer.header("content-type"), media_type, "{accept}");
        texts.push(answer.text());
    }
    assert_eq!(texts.len(), 5);
    let statuses: Vec<Value> = texts
        .iter()
        .map(|text| serde_json::from_str::<Value>(text).expect("a line")["status"].clone())
        .collect();
    assert_eq!(statuses, [201, 200, 200, 200, 200]);
}
