//! Rulebooks: what is shipped, what is written, and which decides.

use crate::store::{
    ChangeRefused, Changed, NewActivation, NewRulebook, PageRequest, Position, Store,
    events::testing::verified_chain,
};
use payerline_domain::{
    access::{ActorId, Clinic},
    events::EventKind,
    rulebooks::{Origin, RulebookState},
    values::{ids::ClinicId, names::VersionName, time::Day},
};

use super::{
    database::{Database, day, draft_change, id, label, now, stored_clinic},
    made, on_both,
};

on_both!(
    what_was_shipped_stays_as_it_was,
    of_two_changes_of_a_draft_one_is_made,
    activations_that_cross_leave_one_a_day,
    what_happens_to_a_version_is_recorded,
);

fn version(name: &str) -> VersionName {
    VersionName::parse(name).unwrap()
}

/// A rulebook whose table is a text of its own; the store does not look into it.
fn rulebook(name: &str, digit: char) -> NewRulebook {
    NewRulebook {
        version: version(name),
        name: label("ontario"),
        sha256: digit.to_string().repeat(64),
        table: format!(r#"{{"table":  "{digit}"}}"#),
        golden_cases: "[]".to_owned(),
        note: "a note".to_owned(),
        based_on: None,
    }
}

async fn open(database: &Database) -> (Store, Clinic, ActorId) {
    let store = database.open().await;
    let (clinic, key) = stored_clinic(&store, "a key").await.unwrap();
    (store, clinic, ActorId::Key(key.id))
}

async fn what_was_shipped_stays_as_it_was(database: Database) {
    let (store, clinic, _) = open(&database).await;
    let keep = |new| store.keep_shipped(id(), new, now());
    assert_eq!(keep(rulebook("2026.2", '1')).await.unwrap(), "1".repeat(64));
    assert_eq!(keep(rulebook("2026.2", '1')).await.unwrap(), "1".repeat(64));
    // Another table under a version that is known: two tables of one version would be ambiguous.
    let other = keep(rulebook("2026.2", '2')).await.unwrap();
    assert_eq!(other, "1".repeat(64));
    // An upgrade brings a version; the one before is kept, for every clinic.
    assert_eq!(keep(rulebook("2026.3", '3')).await.unwrap(), "3".repeat(64));
    let first = PageRequest {
        limit: 50,
        position: Position::First,
    };
    let listed = store.rulebooks(clinic.id, first).await.unwrap().data;
    let versions: Vec<&str> = listed.iter().map(|it| it.version.as_str()).collect();
    assert_eq!(versions, ["2026.3", "2026.2"]);
    assert!(
        listed
            .iter()
            .all(|it| it.origin == Origin::Shipped && it.revision == 1)
    );
    let table = store.table_of(clinic.id, "1".repeat(64)).await.unwrap();
    assert_eq!(table.unwrap().as_str(), r#"{"table":  "1"}"#);
    assert_eq!(
        store.table_of(clinic.id, "2".repeat(64)).await.unwrap(),
        None
    );
}

async fn of_two_changes_of_a_draft_one_is_made(database: Database) {
    let (store, clinic, actor) = open(&database).await;
    let who = (clinic.id, actor);
    let created = store
        .create_rulebook(who, id(), rulebook("m", '1'), now())
        .await;
    assert!(matches!(created.unwrap(), Changed::Made(_)));
    let change = |digit| store.replace_rulebook(draft_change(who, 1), rulebook("m", digit));
    let (one, other) = tokio::join!(change('2'), change('3'));
    let made = [one.unwrap(), other.unwrap()];
    let stale = made.iter().filter(|it| **it == Changed::Stale).count();
    assert_eq!(stale, 1, "{made:?}");
    let stored = store
        .rulebook(clinic.id, version("m"))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(stored.summary.revision, 2);
}

fn activation(
    (clinic, actor): (ClinicId, ActorId),
    name: &str,
    digit: char,
    effective_from: Day,
) -> NewActivation {
    NewActivation {
        clinic,
        actor,
        version: version(name),
        sha256: digit.to_string().repeat(64),
        revision: 1,
        effective_from,
        limits: None,
        now: now(),
    }
}

async fn activations_that_cross_leave_one_a_day(database: Database) {
    let (store, clinic, actor) = open(&database).await;
    let who = (clinic.id, actor);
    let (july, august) = (day("2026-07-01"), day("2026-08-01"));
    for (name, digit) in [("a", '1'), ("b", '2')] {
        let new = rulebook(name, digit);
        made(store.create_rulebook(who, id(), new, now()).await);
    }
    // Two versions for one day: both were put into force, one after the other.
    let activate = |name, digit, day| store.activate_rulebook(activation(who, name, digit, day));
    let (one, other) = tokio::join!(activate("a", '1', july), activate("b", '2', july));
    for activated in [one.unwrap(), other.unwrap()] {
        assert!(matches!(activated, Changed::Made(_)), "{activated:?}");
    }
    let in_force = store.activations(clinic.id).await.unwrap();
    assert_eq!(in_force.len(), 1, "{in_force:?}");
    // One shipped version for two days: it is in force from one of them.
    let shipped = rulebook("2026.2", '3');
    store.keep_shipped(id(), shipped, now()).await.unwrap();
    let (one, other) = tokio::join!(
        activate("2026.2", '3', july),
        activate("2026.2", '3', august)
    );
    for activated in [one.unwrap(), other.unwrap()] {
        assert!(matches!(activated, Changed::Made(_)), "{activated:?}");
    }
    let in_force = store.activations(clinic.id).await.unwrap();
    let of_shipped = in_force.iter().filter(|it| it.version == version("2026.2"));
    assert_eq!(of_shipped.count(), 1, "{in_force:?}");
}

async fn what_happens_to_a_version_is_recorded(database: Database) {
    let (store, clinic, actor) = open(&database).await;
    let who = (clinic.id, actor);
    let drafted = store
        .create_rulebook(who, id(), rulebook("m", '1'), now())
        .await;
    let Changed::Made(drafted) = drafted.unwrap() else {
        panic!("it is new")
    };
    let changed = store
        .replace_rulebook(draft_change(who, 1), rulebook("m", '2'))
        .await;
    assert!(matches!(changed.unwrap(), Changed::Made(_)));
    let stale = activation(who, "m", '2', day("2026-07-01"));
    assert_eq!(
        store.activate_rulebook(stale).await.unwrap(),
        Changed::Stale
    );
    let mut current = activation(who, "m", '2', day("2026-07-01"));
    current.revision = 2;
    let Changed::Made(active) = store.activate_rulebook(current).await.unwrap() else {
        panic!("it is put into force")
    };
    assert_eq!(active.summary.state, RulebookState::Active);
    assert_eq!(active.summary.revision, 3);
    let discarded = store
        .discard_rulebook(draft_change(who, 3), version("m"))
        .await;
    assert_eq!(
        discarded.unwrap(),
        Changed::Refused(ChangeRefused::Immutable)
    );
    let chain = verified_chain(
        &mut database.connect(),
        clinic.id,
        drafted.summary.id.uuid(),
    );
    let kinds: Vec<EventKind> = chain.iter().map(|event| event.kind).collect();
    assert_eq!(
        kinds,
        [
            EventKind::RulebookDrafted,
            EventKind::RulebookRedrafted,
            EventKind::RulebookActivated
        ]
    );
}
