//! Changes that are tried again because the answer to their commit was lost: each recognises its own earlier try,
//! whatever others changed in between, and records itself once.

use uuid::Uuid;

use crate::store::{
    ChangeRefused, Changed, ClaimAccounts, InterimResult, KeyHash, Lease, NewActivation,
    NewBacktest, NewRulebook, NextStep, PreauthorizationChange, Redecision, StoreError,
    claims::corrections::Correction, engine::connection::Connection,
    events::testing::verified_chain,
};
use payerline_domain::{
    access::{ActorId, Role},
    backtests::backtest::{BacktestResult, BacktestState, ReceivedPeriod},
    claims::{
        payer::{Disposition, Payer},
        replacement::NotReplaceable,
        review::Standing,
    },
    events::EventKind,
    preauthorizations::{
        Preauthorization, PreauthorizationEntry, PreauthorizationKind, PreauthorizationStatus,
    },
    values::{closed_enum::ClosedEnum, ids::ClinicId, money::Cents, names::VersionName},
};

use super::{
    database::{
        Database, actor_id, api_key, day, draft_change, id, label, new_claim, now, stored_clinic,
    },
    made, on_both,
};

on_both!(
    a_draft_is_entered_once,
    a_replaced_draft_is_recognised,
    a_discarded_draft_is_recognised,
    a_discarded_draft_is_not_taken_for_a_new_one,
    an_activation_is_recognised,
    a_changed_approval_is_recognised,
    a_new_decision_is_recognised,
    a_correction_is_recognised,
    a_started_backtest_is_recognised,
    a_finished_backtest_is_recognised,
    keys_and_clinics_are_made_once,
);

impl Database {
    /// Tries a change in a transaction of its own on a new connection, as the store does after a lost one.
    fn attempt<T>(&self, change: impl Fn(&mut Connection) -> Result<T, StoreError>) -> T {
        self.connect().transaction(change).unwrap()
    }

    /// How often an event of a kind is recorded.
    fn count_events(&self, clinic: ClinicId, subject: Uuid, kind: EventKind) -> usize {
        let chain = verified_chain(&mut self.connect(), clinic, subject);
        chain.iter().filter(|event| event.kind == kind).count()
    }
}

fn version(name: &str) -> VersionName {
    VersionName::parse(name).unwrap()
}

fn rulebook(name: &str, digit: char) -> NewRulebook {
    NewRulebook {
        version: version(name),
        name: label("ontario"),
        sha256: digit.to_string().repeat(64),
        table: format!(r#"{{"table":  "{digit}"}}"#),
        golden_cases: "[]".to_owned(),
        note: String::new(),
        based_on: None,
    }
}

async fn a_draft_is_entered_once(database: Database) {
    let store = database.open().await;
    let (who, draft, at) = ((id(), actor_id()), id(), now());
    let create = || store.create_rulebook(who, draft, rulebook("m", '1'), at);
    for _ in 0..2 {
        assert_eq!(made(create().await).summary.id, draft);
    }
    // Discarded by somebody else, it does not come back by a second try.
    made(
        store
            .discard_rulebook(draft_change(who, 1), version("m"))
            .await,
    );
    assert_eq!(create().await.unwrap(), Changed::NotFound);
    let recorded = database.count_events(who.0, draft.uuid(), EventKind::RulebookDrafted);
    assert_eq!(recorded, 1);
}

async fn a_replaced_draft_is_recognised(database: Database) {
    let store = database.open().await;
    let (who, draft) = ((id(), actor_id()), id());
    let new = rulebook("m", '1');
    made(store.create_rulebook(who, draft, new, now()).await);
    let (change, new) = (draft_change(who, 1), rulebook("m", '2'));
    let replace = || match database.attempt(|c| change.replace(c, &new)) {
        Changed::Made(stored) => stored.summary.revision,
        refused => panic!("{refused:?}"),
    };
    assert_eq!(replace(), 2);
    assert_eq!(replace(), 2);
    let other = store
        .replace_rulebook(draft_change(who, 2), rulebook("m", '3'))
        .await;
    assert!(matches!(other.unwrap(), Changed::Made(_)));
    assert_eq!(replace(), 3, "it was made, and another change after it");
    let recorded = database.count_events(who.0, draft.uuid(), EventKind::RulebookRedrafted);
    assert_eq!(recorded, 2);
    // Another request for the same revision comes too late, even with the same content.
    let late = store
        .replace_rulebook(draft_change(who, 1), rulebook("m", '2'))
        .await;
    assert_eq!(late.unwrap(), Changed::Stale);
}

async fn a_discarded_draft_is_recognised(database: Database) {
    let store = database.open().await;
    let (who, draft) = ((id(), actor_id()), id());
    let name = version("m");
    let new = rulebook("m", '1');
    made(store.create_rulebook(who, draft, new.clone(), now()).await);
    let change = draft_change(who, 1);
    let row = change
        .find(&mut database.connect(), &name)
        .unwrap()
        .unwrap();
    let discard = || database.attempt(|c| change.discard(c, &name, &row));
    assert_eq!(discard(), Changed::Made(()));
    assert_eq!(discard(), Changed::Made(()));
    let late = store
        .discard_rulebook(draft_change(who, 1), name.clone())
        .await;
    assert_eq!(late.unwrap(), Changed::NotFound);
    // The version is drafted again: the second try leaves the new draft alone.
    let again = store.create_rulebook(who, id(), new, now()).await;
    assert!(matches!(again.unwrap(), Changed::Made(_)));
    assert_eq!(discard(), Changed::Made(()));
    assert!(store.rulebook(who.0, name).await.unwrap().is_some());
    let recorded = database.count_events(who.0, draft.uuid(), EventKind::RulebookDiscarded);
    assert_eq!(recorded, 1);
}

async fn a_discarded_draft_is_not_taken_for_a_new_one(database: Database) {
    let store = database.open().await;
    let who = (id(), actor_id());
    let name = version("m");
    let new = rulebook("m", '1');
    made(store.create_rulebook(who, id(), new.clone(), now()).await);
    let late = draft_change(who, 1);
    let row = late.find(&mut database.connect(), &name).unwrap().unwrap();
    // Another request discards the draft first, and a third one drafts the version again.
    let first = store
        .discard_rulebook(draft_change(who, 1), name.clone())
        .await;
    assert_eq!(first.unwrap(), Changed::Made(()));
    let gone = database.attempt(|c| late.discard(c, &name, &row));
    assert_eq!(gone, Changed::NotFound);
    made(store.create_rulebook(who, id(), new, now()).await);
    let stale = database.attempt(|c| late.discard(c, &name, &row));
    assert_eq!(stale, Changed::Stale);
}

async fn an_activation_is_recognised(database: Database) {
    let store = database.open().await;
    let (clinic, actor): (ClinicId, ActorId) = (id(), actor_id());
    let shipped = id();
    store
        .keep_shipped(shipped, rulebook("2026.2", '1'), now())
        .await
        .unwrap();
    made(
        store
            .create_rulebook((clinic, actor), id(), rulebook("m", '2'), now())
            .await,
    );
    let activation = |name, digit: char| NewActivation {
        clinic,
        actor,
        version: version(name),
        sha256: digit.to_string().repeat(64),
        revision: 1,
        effective_from: day("2026-07-01"),
        limits: None,
        now: now(),
    };
    let first = activation("2026.2", '1');
    let activate = || match database.attempt(|c| first.apply(c)) {
        Changed::Made(stored) => stored.summary.effective_from,
        refused => panic!("{refused:?}"),
    };
    assert_eq!(activate(), Some(day("2026-07-01")));
    assert_eq!(activate(), Some(day("2026-07-01")));
    // Another version takes its place. The second try must not put the first into force again.
    let other = store.activate_rulebook(activation("m", '2')).await;
    assert!(matches!(other.unwrap(), Changed::Made(_)));
    assert_eq!(activate(), None);
    let in_force = store.activations(clinic).await.unwrap();
    let versions: Vec<&str> = in_force.iter().map(|it| it.version.as_str()).collect();
    assert_eq!(versions, ["m"]);
    let recorded = database.count_events(clinic, shipped.uuid(), EventKind::RulebookActivated);
    assert_eq!(recorded, 1);
}

async fn a_changed_approval_is_recognised(database: Database) {
    let store = database.open().await;
    let (clinic, actor): (ClinicId, ActorId) = (id(), actor_id());
    let entry = |cents| PreauthorizationEntry {
        number: label("OCF18-1"),
        kind: PreauthorizationKind::Ocf18,
        patient_id: label("P-1"),
        payer: Payer::Mva,
        status: PreauthorizationStatus::Approved,
        approved_cents: Cents::from_stored(cents),
        categories: None,
        valid_from: None,
        valid_to: None,
    };
    let at = now();
    let approval = Preauthorization::new(id(), entry(0), at);
    let subject = approval.id;
    made(
        store
            .create_preauthorization(clinic, actor, approval, true)
            .await,
    );
    let change = PreauthorizationChange {
        clinic,
        confirmed: false,
        finds_all: true,
        actor,
        id: subject,
        expected_version: 1,
        entry: entry(1),
        now: now(),
    };
    let replace = || match database.attempt(|c| change.apply(c)) {
        Changed::Made(stored) => (stored.version, stored.entry.approved_cents.get()),
        refused => panic!("{refused:?}"),
    };
    assert_eq!(replace(), (2, 1));
    assert_eq!(replace(), (2, 1));
    let other = store.replace_preauthorization(PreauthorizationChange {
        expected_version: 2,
        entry: entry(2),
        now: now(),
        ..change
    });
    assert!(matches!(other.await.unwrap(), Changed::Made(_)));
    assert_eq!(
        replace(),
        (3, 2),
        "it was made, and another change after it"
    );
    // Another change of the same version at the same moment is another change.
    let mut other = change;
    other.entry = entry(3);
    assert_eq!(database.attempt(|c| other.apply(c)), Changed::Stale);
    let recorded =
        database.count_events(clinic, subject.uuid(), EventKind::PreauthorizationUpdated);
    assert_eq!(recorded, 2);
}

async fn a_new_decision_is_recognised(database: Database) {
    let store = database.open().await;
    let (clinic, actor): (ClinicId, ActorId) = (id(), actor_id());
    let claim = new_claim(clinic, "INV-1", "");
    made(store.submit(claim.clone()).await);
    let redecision = |expected_version, disposition| {
        let mut assessment = claim.assessment.clone();
        for item in &mut assessment.decision.items {
            item.disposition = disposition;
        }
        assessment.disposition = disposition;
        Redecision {
            accounts: ClaimAccounts::default(),
            clinic,
            actor,
            id: claim.id,
            expected_version,
            standing: Standing::find(&claim.submission, &assessment.decision, None).unwrap(),
            payers_due: assessment.payers_due.clone(),
            review: None,
            submission: claim.submission.clone(),
            decision: assessment.decision.to_json().unwrap(),
            assessment,
            facts: claim.facts.clone(),
            now: now(),
        }
    };
    let first = redecision(1, Disposition::Ready);
    let redecide = || match database.attempt(|c| first.apply(c)) {
        Changed::Made(claim) => claim.version,
        refused => panic!("{refused:?}"),
    };
    assert_eq!(redecide(), 2);
    assert_eq!(redecide(), 2);
    let other = store
        .redecide(redecision(2, Disposition::NeedsReview))
        .await;
    assert!(matches!(other.unwrap(), Changed::Made(_)));
    assert_eq!(redecide(), 3, "it was made, and another decision after it");
    let recorded = database.count_events(clinic, claim.id.uuid(), EventKind::ClaimRedecided);
    assert_eq!(recorded, 2);
}

async fn a_correction_is_recognised(database: Database) {
    let store = database.open().await;
    let clinic: ClinicId = id();
    let first = new_claim(clinic, "INV-1", "");
    made(store.submit(first.clone()).await);
    let correction = |external_id, replaced| {
        let mut claim = new_claim(clinic, external_id, "");
        claim.submission.replaces = Some(replaced);
        (claim.id, Correction::new(claim, replaced).unwrap())
    };
    let (second, change) = correction("INV-1-B", first.id);
    let correct = || match database.attempt(|c| change.apply(c)) {
        Changed::Made(claim) => (claim.id, claim.version),
        refused => panic!("{refused:?}"),
    };
    assert_eq!(correct(), (second, 1));
    assert_eq!(correct(), (second, 1));
    // Another one is refused, and nothing of it is kept.
    let (third, other) = correction("INV-1-C", first.id);
    let refused = database.attempt(|c| other.apply(c));
    let why = ChangeRefused::NotReplaceable(NotReplaceable::AlreadyReplaced);
    assert!(
        matches!(refused, Changed::Refused(found) if found == why),
        "{refused:?}"
    );
    assert!(store.claim(clinic, third).await.unwrap().is_none());
    // The correction itself is corrected: the second try still knows it.
    let (_, next) = correction("INV-1-D", second);
    let corrected = database.attempt(|c| next.apply(c));
    assert!(matches!(corrected, Changed::Made(_)), "{corrected:?}");
    assert_eq!(correct(), (second, 2));
    for replaced in [first.id, second] {
        let recorded = database.count_events(clinic, replaced.uuid(), EventKind::ClaimReplaced);
        assert_eq!(recorded, 1);
    }
}

fn new_backtest(clinic: ClinicId) -> NewBacktest {
    NewBacktest {
        clinic,
        id: id(),
        actor: actor_id(),
        version: version("m"),
        sha256: "0".repeat(64),
        table: "{}".to_owned(),
        period: ReceivedPeriod::default(),
        now: now(),
    }
}

async fn a_started_backtest_is_recognised(database: Database) {
    let store = database.open().await;
    let clinic = id();
    let first = new_backtest(clinic);
    let start = || match database.attempt(|c| first.apply(c)) {
        Changed::Made(backtest) => (backtest.id, backtest.state),
        refused => panic!("{refused:?}"),
    };
    assert_eq!(start(), (first.id, BacktestState::Running));
    assert_eq!(start(), (first.id, BacktestState::Running));
    // It is cancelled, and another one is started: that one is not in the way of what was done before it.
    let cancel = || store.cancel_backtest(clinic, first.id, now());
    for _ in 0..2 {
        let cancelled = cancel().await.unwrap().unwrap();
        assert_eq!(cancelled.state, BacktestState::Cancelled);
    }
    let other = new_backtest(clinic);
    assert!(matches!(
        store.start_backtest(other.clone()).await.unwrap(),
        Changed::Made(_)
    ));
    assert_eq!(start(), (first.id, BacktestState::Cancelled));
    let running = Changed::Refused(ChangeRefused::BacktestRunning(other.id));
    let third = store.start_backtest(new_backtest(clinic)).await;
    assert_eq!(third.unwrap(), running);
}

async fn a_finished_backtest_is_recognised(database: Database) {
    let store = database.open().await;
    let backtest = new_backtest(id());
    made(store.start_backtest(backtest.clone()).await);
    let lease = |worker| Lease {
        worker: Uuid::from_u128(worker),
        now: now(),
        until: now(),
    };
    let own = lease(1);
    let taken = store.take_backtest(own).await.unwrap();
    assert_eq!(taken.unwrap().id, backtest.id);
    let finish = |lease| InterimResult {
        clinic: backtest.clinic,
        id: backtest.id,
        lease,
        position: Uuid::from_u128(9),
        result: BacktestResult::default(),
        changes: Vec::new(),
        next: NextStep::Finish,
    };
    let finished = finish(own);
    assert!(database.attempt(|c| finished.save(c)));
    assert!(database.attempt(|c| finished.save(c)));
    let strange = finish(lease(2));
    assert!(!database.attempt(|c| strange.save(c)), "another's lease");
    let more = InterimResult {
        next: NextStep::Continue,
        ..finish(own)
    };
    assert!(!database.attempt(|c| more.save(c)), "it has ended");
}

async fn keys_and_clinics_are_made_once(database: Database) {
    let store = database.open().await;
    let (clinic, admin) = stored_clinic(&store, "admin key").await.unwrap();
    for _ in 0..2 {
        store
            .create_clinic(
                None,
                clinic.clone(),
                admin.clone(),
                KeyHash::hash("admin key"),
            )
            .await
            .unwrap();
    }
    let (key, hash) = (api_key(Role::Billing), KeyHash::hash("billing key"));
    for _ in 0..2 {
        store
            .create_key(clinic.id, Some(ActorId::Key(admin.id)), key.clone(), hash)
            .await
            .unwrap();
    }
    let at = now();
    for _ in 0..2 {
        let actor = Some(ActorId::Key(admin.id));
        let revoked = store.revoke_key(clinic.id, actor, key.id, at).await;
        assert_eq!(made(revoked).revoked_at, Some(at));
    }
    for (subject, kind) in [
        (clinic.id.uuid(), EventKind::ClinicCreated),
        (admin.id.uuid(), EventKind::KeyCreated),
        (key.id.uuid(), EventKind::KeyCreated),
        (key.id.uuid(), EventKind::KeyRevoked),
    ] {
        assert_eq!(
            database.count_events(clinic.id, subject, kind),
            1,
            "{}",
            kind.word()
        );
    }
}
