//! Claims decided again: of two at once one is stored, and the record stays whole.

use crate::store::{Changed, ClaimAccounts, NewClaim, Redecision, events::testing::verified_chain};
use payerline_domain::{
    access::ActorId,
    claims::{
        payer::{Disposition, Payer},
        review::Standing,
    },
    events::EventKind,
    values::ids::ClinicId,
};

use super::{
    database::{Database, actor_id, id, new_claim, now},
    made, on_both,
};

on_both!(
    of_two_new_decisions_one_is_stored,
    a_new_decision_is_recorded
);

/// A claim of which every item is ready now.
fn decided_again(claim: &NewClaim, actor: ActorId, expected_version: i64) -> Redecision {
    let mut assessment = claim.assessment.clone();
    for item in &mut assessment.decision.items {
        item.disposition = Disposition::Ready;
    }
    assessment.disposition = Disposition::Ready;
    Redecision {
        accounts: ClaimAccounts::default(),
        clinic: claim.clinic,
        actor,
        id: claim.id,
        expected_version,
        standing: Standing::find(&claim.submission, &assessment.decision, None).unwrap(),
        payers_due: assessment.payers_due.clone(),
        review: None,
        submission: claim.submission.clone(),
        decision: assessment.decision.to_json().unwrap(),
        assessment,
        facts: r#"{"today":"2026-07-02","preauthorizations":[]}"#.to_owned(),
        now: now(),
    }
}

async fn of_two_new_decisions_one_is_stored(database: Database) {
    let store = database.open().await;
    let (clinic, actor): (ClinicId, ActorId) = (id(), actor_id());
    let claim = new_claim(clinic, "INV-1", "");
    made(store.submit(claim.clone()).await);
    let again = || store.redecide(decided_again(&claim, actor, 1));
    let (one, other) = tokio::join!(again(), again());
    let both = [one.unwrap(), other.unwrap()];
    let stored = both.iter().filter(|it| matches!(it, Changed::Made(_)));
    assert_eq!(stored.count(), 1, "{both:?}");
    let stale = both.iter().filter(|it| matches!(it, Changed::Stale));
    assert_eq!(stale.count(), 1, "{both:?}");
}

async fn a_new_decision_is_recorded(database: Database) {
    let store = database.open().await;
    let (clinic, actor): (ClinicId, ActorId) = (id(), actor_id());
    let claim = new_claim(clinic, "INV-1", "");
    made(store.submit(claim.clone()).await);
    let again = decided_again(&claim, actor, 1);
    // Sent twice, as when the first answer was lost: the same is stored once.
    for _ in 0..2 {
        let Changed::Made(stored) = store.redecide(again.clone()).await.unwrap() else {
            panic!("it is stored")
        };
        assert_eq!(stored.version, 2);
        assert_eq!(
            (stored.payer, stored.disposition),
            (Payer::Mva, Disposition::Ready)
        );
        assert_eq!(stored.decision.as_str(), again.decision);
    }
    let chain = verified_chain(&mut database.connect(), clinic, claim.id.uuid());
    let kinds: Vec<EventKind> = chain.iter().map(|event| event.kind).collect();
    assert_eq!(kinds, [EventKind::ClaimReceived, EventKind::ClaimRedecided]);
    assert!(chain[1].data.contains(&claim.decision), "{}", chain[1].data);
}
