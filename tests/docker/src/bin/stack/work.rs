//! A billing system's day: claims of every payer, a batch, an approval, pages, and a clinic's walls.

use serde_json::{Value, json};
use test_support::{Claim, array, strings};

use crate::clinic::Clinic;

pub async fn a_claim_of_every_payer_is_read_back_from_the_other_replica() {
    let clinic = Clinic::new().await;
    let [one, other] = &clinic.replicas;
    for (example, payer, disposition) in [
        ("private-physiotherapy", "private", "ready"),
        ("mva-stem-cell-knee", "mva", "needs_preauthorization"),
        ("wsib-physiotherapy", "wsib", "ready"),
        ("uncovered-stem-cell-sports", "uncovered", "ready"),
    ] {
        for (taken_by, read_from) in [(one, other), (other, one)] {
            let claim = Claim::example(example).with("/external_id", format!("{example}-{payer}"));
            let filed = taken_by.submit(&claim).await;
            assert!(matches!(filed.status(), 200 | 201), "{}", filed.text());
            let filed = filed.json();
            assert_eq!(filed["payer"], payer, "{filed}");
            assert_eq!(filed["disposition"], disposition, "{filed}");
            let id = filed["id"].as_str().expect("an id");
            let read = read_from.get(&format!("/v1/claims/{id}")).await.is(200);
            assert_eq!(read.json(), filed);
        }
        let listed = clinic.proxy.list(&[("payer", payer)]).await.is(200).json();
        assert_eq!(array(&listed["data"]).len(), 1, "{listed}");
    }
}

pub async fn a_batch_is_settled_line_by_line() {
    let clinic = Clinic::new().await;
    let mut lines: Vec<String> = (0..500)
        .map(|number| Claim::new(&format!("B-{number}")).text())
        .collect();
    lines[7] = "{".to_owned();
    lines[8] = Claim::new("B-8").with("/items/0/quantity", 0).text();
    let expected = |good: u16| {
        let status = |index: usize| match index {
            7 => 400,
            8 => 422,
            _ => good,
        };
        (0..500)
            .map(|index| json!(status(index)))
            .collect::<Vec<_>>()
    };
    for good in [201, 200] {
        let results = clinic.proxy.batch(lines.join("\n")).await;
        let statuses: Vec<Value> = results.iter().map(|line| line["status"].clone()).collect();
        assert_eq!(statuses, expected(good));
    }
    for replica in &clinic.replicas {
        assert_eq!(replica.stored("B-").await.len(), 498);
    }
}

pub async fn an_approval_entered_on_one_replica_decides_on_the_other() {
    let clinic = Clinic::new().await;
    let [one, other] = &clinic.replicas;
    let claim = Claim::example("mva-stem-cell-knee").with("/preauthorizations", json!(["OCF18-1"]));
    let unknown = other.submit(&claim).await.is(201).json();
    assert_eq!(unknown["disposition"], "needs_review", "{unknown}");
    let entry = json!({
        "number": "OCF18-1", "kind": "ocf_18", "patient_id": claim["patient"]["id"], "payer": "mva",
        "status": "approved", "approved_cents": 10_000_000,
    });
    one.preauthorize(&entry).await.is(201);
    // Of other codes, so that it is no possible duplicate of the first.
    let approved = claim
        .with("/external_id", "approved")
        .with("/items/0/code", "SC-KNEE-2")
        .with("/items/1/code", "SC-HARVEST-2")
        .with("/items/2/code", "US-GUIDE-2");
    let approved = other.submit(&approved).await.is(201).json();
    assert_eq!(approved["payer"], "mva", "{approved}");
    assert_eq!(approved["disposition"], "ready", "{approved}");
}

pub async fn pages_of_both_replicas_hold_every_claim_once() {
    let clinic = Clinic::new().await;
    let lines: Vec<String> = (0..95)
        .map(|number| Claim::new(&format!("P-{number:02}")).text())
        .collect();
    clinic.proxy.batch(lines.join("\n")).await;
    let mut found = Vec::new();
    let mut cursor: Option<String> = None;
    // A cursor of one replica leads on at the other.
    for replica in clinic.replicas.iter().cycle().take(10) {
        let mut parameters = vec![("limit", "10")];
        parameters.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
        let page = replica.list(&parameters).await.is(200).json();
        found.extend(strings(&page["data"], "external_id"));
        cursor = page["next"].as_str().map(str::to_owned);
    }
    assert_eq!(cursor, None, "ten pages of ten are all");
    found.sort();
    let all: Vec<String> = (0..95).map(|number| format!("P-{number:02}")).collect();
    assert_eq!(found, all);
}

pub async fn clinics_do_not_see_each_other() {
    let (ours, theirs) = (Clinic::new().await, Clinic::new().await);
    let claim = Claim::example("private-physiotherapy");
    let our_id = ours.proxy.submit(&claim).await.is(201).id();
    // The same external id is free in another clinic.
    let their_id = theirs.proxy.submit(&claim).await.is(201).id();
    assert_ne!(our_id, their_id);
    for replica in &theirs.replicas {
        replica
            .get(&format!("/v1/claims/{our_id}"))
            .await
            .problem(404);
        let listed = replica.list(&[]).await.is(200).json();
        assert_eq!(strings(&listed["data"], "id"), [their_id.as_str()]);
    }
}
