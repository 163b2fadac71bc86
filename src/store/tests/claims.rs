//! Storing and finding claims.

use futures_util::future::join_all;

use crate::store::{
    Changed, ClaimFilter, PageRequest, Position, Store, StoreError, events::testing::verified_chain,
};
use payerline_domain::{
    claims::{
        claim::{Claim, Status},
        payer::{Disposition, Payer},
    },
    events::EventKind,
    values::{
        ids::{ClaimId, ClinicId},
        money::Cents,
    },
};

use super::{
    database::{Database, day, id, label, new_claim, now},
    made, on_both,
};

on_both!(
    a_claim_comes_back_as_it_went_in,
    a_retry_is_replayed_and_other_content_refused,
    identical_claims_at_once_are_stored_once,
    a_retry_after_a_lost_answer_is_still_created,
    a_clinic_sees_its_own_claims_only,
    crossing_batches_do_not_deadlock,
    filters_select_claims,
    pages_go_both_ways,
    a_corrupt_row_is_named_and_hurts_nobody_else,
    events_cannot_be_changed,
);

/// Everything of a claim, for comparing.
fn shown(claim: &Claim) -> String {
    serde_json::to_string(claim).unwrap()
}

async fn a_claim_comes_back_as_it_went_in(database: Database) {
    let store = database.open().await;
    let clinic = id();
    let corrected = made(store.submit(new_claim(clinic, "INV-0", "é")).await);
    let mut new = new_claim(clinic, "INV-1", "é");
    new.submission.replaces = Some(corrected.id);
    let (claim_id, actor, body, decision) =
        (new.id, new.actor, new.body.clone(), new.decision.clone());

    let claim = made(store.submit(new).await);
    assert_eq!(claim.status, Status::NeedsReview);
    assert_eq!(claim.payer, Payer::Mva);
    assert_eq!(claim.total_cents, Cents::from_stored(12_500));
    assert_eq!(claim.submission.as_str(), body.trim(), "byte for byte");
    assert_eq!(claim.decision.as_str(), decision);

    let read = store.claim(clinic, claim_id).await.unwrap().unwrap();
    assert_eq!(shown(&read), shown(&claim));

    let events = verified_chain(&mut database.connect(), clinic, claim_id.uuid());
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].kind, EventKind::ClaimReceived);
    assert_eq!(events[0].actor, Some(actor));
    assert_eq!(events[0].at, claim.received_at);
    assert!(
        events[0]
            .data
            .starts_with(r#"{"payer":"mva","disposition":"needs_review","#)
    );
}

async fn a_retry_is_replayed_and_other_content_refused(database: Database) {
    let store = database.open().await;
    let clinic = id();
    let first = made(store.submit(new_claim(clinic, "INV-1", "a")).await);
    match store.submit(new_claim(clinic, "INV-1", "a")).await {
        Ok(Changed::Replayed(claim)) => assert_eq!(shown(&claim), shown(&first)),
        other => panic!("{other:?}"),
    }
    match store.submit(new_claim(clinic, "INV-1", "b")).await {
        Ok(Changed::Conflict { id, differences }) => {
            assert_eq!(id, first.id.uuid());
            let places: Vec<&str> = differences.iter().map(|it| it.pointer.as_str()).collect();
            assert_eq!(places, ["/items/1/description"]);
        }
        other => panic!("{other:?}"),
    }
}

async fn identical_claims_at_once_are_stored_once(database: Database) {
    let store = database.open().await;
    let clinic = id();
    let same = (0..32).map(|_| store.submit(new_claim(clinic, "SAME", "a")));
    let (mut new, mut replayed, mut ids) = (0, 0, Vec::new());
    for answer in join_all(same).await {
        match answer.unwrap() {
            Changed::Made(claim) => (new, _) = (new + 1, ids.push(claim.id)),
            Changed::Replayed(claim) => (replayed, _) = (replayed + 1, ids.push(claim.id)),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((new, replayed), (1, 31));
    assert!(ids.windows(2).all(|pair| pair[0] == pair[1]));

    let notes: Vec<String> = (0..32).map(|n| n.to_string()).collect();
    let differing = notes
        .iter()
        .map(|note| store.submit(new_claim(clinic, "OTHER", note)));
    let (mut new, mut conflicts) = (0, 0);
    for answer in join_all(differing).await {
        match answer.unwrap() {
            Changed::Made(_) => new += 1,
            Changed::Conflict { .. } => conflicts += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((new, conflicts), (1, 31));
}

async fn a_retry_after_a_lost_answer_is_still_created(database: Database) {
    let store = database.open().await;
    let clinic = id();
    let new = new_claim(clinic, "INV-1", "a");
    let first = made(store.submit(new.clone()).await);
    let again = made(store.submit(new.clone()).await);
    assert_eq!(shown(&again), shown(&first));
    let events = verified_chain(&mut database.connect(), clinic, new.id.uuid());
    assert_eq!(events.len(), 1);

    // The very id under another external id is a fault of ours, not a replay.
    let mut taken = new_claim(clinic, "INV-2", "a");
    taken.id = new.id;
    let error = store.submit(taken).await.unwrap_err();
    assert!(matches!(error, StoreError::Internal(_)), "{error}");
}

async fn a_clinic_sees_its_own_claims_only(database: Database) {
    let store = database.open().await;
    let (one, other): (ClinicId, ClinicId) = (id(), id());
    let claim = made(store.submit(new_claim(one, "INV-1", "a")).await);
    let theirs = made(store.submit(new_claim(other, "INV-1", "b")).await);
    assert!(store.claim(other, claim.id).await.unwrap().is_none());
    // Asked for together, too.
    let asked = [
        (one, claim.id),
        (other, claim.id),
        (other, theirs.id),
        (one, theirs.id),
    ];
    let found = join_all(asked.map(|(clinic, claim)| store.claim(clinic, claim))).await;
    let found: Vec<bool> = found
        .into_iter()
        .map(|claim| claim.unwrap().is_some())
        .collect();
    assert_eq!(found, [true, false, true, false]);
}

async fn crossing_batches_do_not_deadlock(database: Database) {
    // Two replicas with two writers each.
    let (one, other) = (database.open().await, database.open().await);
    let clinic = id();
    let new = |n: usize| new_claim(clinic, &format!("INV-{n}"), "a");
    let (up, down) = tokio::join!(
        join_all((0..700).map(|n| one.submit(new(n)))),
        join_all((0..700).rev().map(|n| other.submit(new(n)))),
    );
    let mut new = 0;
    for answer in up.into_iter().chain(down) {
        match answer.unwrap() {
            Changed::Made(_) => new += 1,
            Changed::Replayed(_) => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(new, 700);
}

/// The external ids that a filter selects, newest first.
async fn selected(store: &Store, clinic: ClinicId, filter: ClaimFilter) -> String {
    let request = PageRequest {
        limit: 200,
        position: Position::First,
    };
    let page = store.claims(clinic, filter, request).await.unwrap();
    let ids: Vec<String> = page
        .data
        .iter()
        .map(|it| it.external_id.to_string())
        .collect();
    ids.join(" ")
}

async fn filters_select_claims(database: Database) {
    let store = database.open().await;
    let clinic = id();
    made(store.submit(new_claim(clinic, "A-1", "")).await);
    let mut two = new_claim(clinic, "A-2", "");
    two.assessment.payer = Payer::Wsib;
    two.assessment.disposition = Disposition::Ready;
    two.submission.patient.id = label("P-2");
    let second = made(store.submit(two).await);
    made(store.submit(new_claim(clinic, "a-3é", "")).await);
    made(store.submit(new_claim(clinic, "B%_", "")).await);

    let all = ClaimFilter::default;
    let june = |date: &str| Some(day(&format!("2026-06-{date}")));
    let received = Some(second.received_at);
    for (filter, expected) in [
        (all(), "B%_ a-3é A-2 A-1"),
        (
            ClaimFilter {
                payers: vec![Payer::Wsib],
                ..all()
            },
            "A-2",
        ),
        (
            ClaimFilter {
                statuses: vec![Status::NeedsReview],
                ..all()
            },
            "B%_ a-3é A-1",
        ),
        (
            ClaimFilter {
                dispositions: vec![Disposition::Ready],
                ..all()
            },
            "A-2",
        ),
        (
            ClaimFilter {
                statuses: vec![Status::NeedsReview, Status::Ready],
                ..all()
            },
            "B%_ a-3é A-2 A-1",
        ),
        (
            ClaimFilter {
                statuses: vec![Status::NeedsReview, Status::Ready],
                payers: vec![Payer::Wsib, Payer::Uncovered],
                ..all()
            },
            "A-2",
        ),
        (
            ClaimFilter {
                patient_id: Some(label("P-2")),
                ..all()
            },
            "A-2",
        ),
        (
            ClaimFilter {
                external_id: Some(label("A-1")),
                ..all()
            },
            "A-1",
        ),
        (
            ClaimFilter {
                external_id_prefix: Some(label("A")),
                ..all()
            },
            "A-2 A-1",
        ),
        (
            ClaimFilter {
                external_id_prefix: Some(label("a-3é")),
                ..all()
            },
            "a-3é",
        ),
        (
            ClaimFilter {
                external_id_prefix: Some(label("B%")),
                ..all()
            },
            "B%_",
        ),
        (
            ClaimFilter {
                external_id_prefix: Some(label("%")),
                ..all()
            },
            "",
        ),
        // The services are on the 1st and the 3rd.
        (
            ClaimFilter {
                service_from: june("03"),
                ..all()
            },
            "B%_ a-3é A-2 A-1",
        ),
        (
            ClaimFilter {
                service_from: june("04"),
                ..all()
            },
            "",
        ),
        (
            ClaimFilter {
                service_to: june("01"),
                ..all()
            },
            "B%_ a-3é A-2 A-1",
        ),
        (
            ClaimFilter {
                service_to: Some(day("2026-05-31")),
                ..all()
            },
            "",
        ),
        (
            ClaimFilter {
                received_from: received,
                ..all()
            },
            "B%_ a-3é A-2",
        ),
        (
            ClaimFilter {
                received_before: received,
                ..all()
            },
            "A-1",
        ),
    ] {
        let shown = format!("{filter:?}");
        assert_eq!(selected(&store, clinic, filter).await, expected, "{shown}");
    }
    assert_eq!(selected(&store, id(), all()).await, "");
}

async fn pages_go_both_ways(database: Database) {
    let store = database.open().await;
    let clinic = id();
    for number in 1..=7 {
        made(
            store
                .submit(new_claim(clinic, &number.to_string(), ""))
                .await,
        );
    }
    let page = async |position| {
        let request = PageRequest { limit: 3, position };
        let page = store
            .claims(clinic, ClaimFilter::default(), request)
            .await
            .unwrap();
        let ids: Vec<String> = page
            .data
            .iter()
            .map(|it| it.external_id.to_string())
            .collect();
        (ids.join(" "), page.older, page.newer)
    };
    let (first, older, newer) = page(Position::First).await;
    assert_eq!((first.as_str(), newer), ("7 6 5", None));
    let (second, older, newer) = page(Position::OlderThan(older.unwrap())).await;
    assert_eq!(second, "4 3 2");
    // What arrives meanwhile moves no page.
    made(store.submit(new_claim(clinic, "8", "")).await);
    let (last, end, back) = page(Position::OlderThan(older.unwrap())).await;
    assert_eq!((last.as_str(), end), ("1", None));
    let (again, ..) = page(Position::NewerThan(back.unwrap())).await;
    assert_eq!(again, "4 3 2");
    let (first, _, newest) = page(Position::NewerThan(newer.unwrap())).await;
    assert_eq!(first, "7 6 5");
    let (top, older, none) = page(Position::NewerThan(newest.unwrap())).await;
    assert_eq!((top.as_str(), none), ("8", None));
    assert_eq!(page(Position::OlderThan(older.unwrap())).await.0, "7 6 5");
}

async fn a_corrupt_row_is_named_and_hurts_nobody_else(database: Database) {
    let store = database.open().await;
    let clinic = id();
    let good = made(store.submit(new_claim(clinic, "GOOD", "")).await);
    let bad = made(store.submit(new_claim(clinic, "BAD", "")).await);
    database
        .connect()
        .batch("UPDATE claims SET allocations = '[{}]' WHERE external_id = 'BAD'")
        .unwrap();
    let asked = [good.id, bad.id].map(|claim: ClaimId| store.claim(clinic, claim));
    let mut found = join_all(asked).await;
    let error = found.pop().unwrap().unwrap_err();
    assert!(matches!(&error, StoreError::Internal(why) if why.contains(&bad.id.to_string())));
    assert!(found.pop().unwrap().unwrap().is_some());
}

async fn events_cannot_be_changed(database: Database) {
    let store = database.open().await;
    let clinic = id();
    let claim = made(store.submit(new_claim(clinic, "INV-1", "a")).await);
    let mut connection = database.connect();
    for sql in ["UPDATE events SET kind = 'x'", "DELETE FROM events"] {
        let error = connection.batch(sql).unwrap_err();
        assert!(error.to_string().contains("append-only"), "{error}");
    }
    assert_eq!(
        verified_chain(&mut connection, clinic, claim.id.uuid()).len(),
        1
    );
    assert!(claim.received_at < now());
}
