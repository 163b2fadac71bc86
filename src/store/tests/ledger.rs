//! Approvals, keys and clinics.

use crate::store::{
    Bootstrapped, ChangeRefused, Changed, KeyHash, LedgerSearch, PageRequest, Position,
    PreauthorizationChange, PreauthorizationFilter, Store, StoreError,
    events::testing::verified_chain,
};
use payerline_domain::{
    access::{ActorId, Permission, Role},
    claims::{item::Category, payer::Payer},
    events::EventKind,
    preauthorizations::{
        Preauthorization, PreauthorizationEntry, PreauthorizationKind, PreauthorizationStatus,
    },
    values::{
        ids::{ClinicId, KeyId},
        money::Cents,
    },
};

use super::{
    database::{Database, actor_id, api_key, clinic, day, id, label, now, stored_clinic},
    made, on_both,
};

on_both!(
    an_approval_is_registered_once,
    an_approval_is_replaced_by_version,
    the_ledger_finds_numbers,
    keys_are_found_until_they_are_revoked,
    of_two_revocations_at_once_the_last_key_stays,
    the_first_start_creates_the_first_key,
    starts_at_once_create_one_key,
    clinics_are_listed,
);

const FIRST: PageRequest = PageRequest {
    limit: 50,
    position: Position::First,
};

fn entry(number: &str) -> PreauthorizationEntry {
    PreauthorizationEntry {
        number: label(number),
        kind: PreauthorizationKind::Ocf18,
        patient_id: label("P-1"),
        payer: Payer::Mva,
        status: PreauthorizationStatus::Pending,
        approved_cents: Cents::from_stored(0),
        categories: Some(vec![Category::StemCellTherapy, Category::Other]),
        valid_from: Some(day("0001-01-01")),
        valid_to: Some(day("9999-12-31")),
    }
}

fn approval(number: &str) -> Preauthorization {
    let at = now();
    Preauthorization::new(id(), entry(number), at)
}

async fn an_approval_is_registered_once(database: Database) {
    let store = database.open().await;
    let (clinic, actor): (ClinicId, ActorId) = (id(), actor_id());
    let create = |new| store.create_preauthorization(clinic, actor, new, true);
    let sent = approval("OCF18-1");
    let first = made(create(sent.clone()).await);
    let same = Preauthorization {
        updated_at: sent.updated_at,
        ..first.clone()
    };
    assert_eq!(same, sent, "the store alone knows the time of the change");
    let created = Changed::Made(first.clone());
    assert_eq!(
        create(first.clone()).await.unwrap(),
        created,
        "a lost answer"
    );
    let again = Changed::Replayed(first.clone());
    assert_eq!(create(approval("OCF18-1")).await.unwrap(), again);
    let mut other = approval("OCF18-1");
    other.entry.categories = None;
    match create(other).await.unwrap() {
        Changed::Conflict { id, differences } => {
            assert_eq!(id, first.id.uuid());
            let places: Vec<&str> = differences.iter().map(|it| it.pointer.as_str()).collect();
            assert_eq!(places, ["/categories"]);
        }
        other => panic!("{other:?}"),
    }

    let read = store.preauthorization(clinic, first.id).await.unwrap();
    assert_eq!(read.as_ref(), Some(&first));
    assert_eq!(store.preauthorization(id(), first.id).await.unwrap(), None);
    let events = verified_chain(&mut database.connect(), clinic, first.id.uuid());
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].data, serde_json::to_string(&first.entry).unwrap());
}

async fn an_approval_is_replaced_by_version(database: Database) {
    let store = database.open().await;
    let (clinic, actor): (ClinicId, ActorId) = (id(), actor_id());
    let first = approval("OCF18-1");
    made(
        store
            .create_preauthorization(clinic, actor, first.clone(), true)
            .await,
    );
    let change = |id, expected_version, entry, now| PreauthorizationChange {
        clinic,
        confirmed: false,
        finds_all: true,
        actor,
        id,
        expected_version,
        entry,
        now,
    };
    let replace =
        |version, entry, at| store.replace_preauthorization(change(first.id, version, entry, at));
    let mut approved = entry("OCF18-1");
    approved.status = PreauthorizationStatus::Approved;
    (approved.categories, approved.valid_from) = (None, None);
    let at = now();
    let stored = made(replace(1, approved.clone(), at).await);
    let expected = Preauthorization {
        entry: approved.clone(),
        updated_at: stored.updated_at,
        version: 2,
        ..first.clone()
    };
    assert_eq!(stored, expected);
    let replaced = Changed::Made(expected.clone());
    assert_eq!(
        replace(1, approved.clone(), at).await.unwrap(),
        replaced,
        "a lost answer"
    );
    let stale = Changed::Stale;
    assert_eq!(replace(1, approved.clone(), now()).await.unwrap(), stale);
    assert_eq!(
        replace(2, entry("X"), now()).await.unwrap(),
        Changed::Refused(ChangeRefused::NumberChanged)
    );
    let nowhere = store.replace_preauthorization(change(id(), 1, approved, now()));
    assert_eq!(nowhere.await.unwrap(), Changed::NotFound);

    let events = verified_chain(&mut database.connect(), clinic, first.id.uuid());
    let kinds: Vec<EventKind> = events.iter().map(|event| event.kind).collect();
    let expected = [
        EventKind::PreauthorizationCreated,
        EventKind::PreauthorizationUpdated,
    ];
    assert_eq!(kinds, expected);
}

async fn the_ledger_finds_numbers(database: Database) {
    let store = database.open().await;
    let (clinic, actor): (ClinicId, ActorId) = (id(), actor_id());
    for number in ["N-1", "N-2", "N-3"] {
        made(
            store
                .create_preauthorization(clinic, actor, approval(number), true)
                .await,
        );
    }
    let numbers = || vec![label("N-3"), label("N-1"), label("unknown"), label("N-1")];
    let find = async |clinic| {
        let search = LedgerSearch {
            clinic,
            numbers: numbers(),
            guideline_accident: None,
            own: Vec::new(),
            external_id: None,
        };
        let found = store.search_ledger(search).await.unwrap().approvals;
        let mut found: Vec<_> = found.into_iter().map(|it| it.entry).collect();
        found.sort_by(|one, other| one.number.cmp(&other.number));
        found
    };
    assert_eq!(find(clinic).await, [entry("N-1"), entry("N-3")]);
    assert_eq!(find(id()).await, []);

    let filter = |number: &str, status| PreauthorizationFilter {
        number: Some(label(number)),
        patient_id: Some(label("P-1")),
        statuses: vec![status],
        kinds: vec![PreauthorizationKind::Ocf18, PreauthorizationKind::Ocf23],
    };
    for (filter, count) in [
        (PreauthorizationFilter::default(), 3),
        (filter("N-2", PreauthorizationStatus::Pending), 1),
        (filter("N-2", PreauthorizationStatus::Denied), 0),
    ] {
        let page = store
            .preauthorizations(clinic, filter, FIRST)
            .await
            .unwrap();
        assert_eq!(page.data.len(), count);
    }
}

async fn keys_are_found_until_they_are_revoked(database: Database) {
    let store = database.open().await;
    let (clinic, admin) = stored_clinic(&store, "admin key").await.unwrap();
    let key = api_key(Role::Billing);
    let hash = KeyHash::hash("billing key");
    store
        .create_key(clinic.id, Some(ActorId::Key(admin.id)), key.clone(), hash)
        .await
        .unwrap();

    let caller = store.caller(hash).await.unwrap().unwrap();
    assert_eq!((caller.clinic, caller.key), (clinic.id, key.id));
    assert!(caller.roles.allow(Permission::SubmitClaims));
    assert!(
        store
            .caller(KeyHash::hash("unknown"))
            .await
            .unwrap()
            .is_none()
    );
    // Asked for together.
    let [one, two] = [KeyHash::hash("admin key"), hash].map(|hash| store.caller(hash));
    let (one, two) = tokio::join!(one, two);
    assert_eq!(one.unwrap().unwrap().key, admin.id);
    assert_eq!(two.unwrap().unwrap().key, key.id);

    let first = now();
    let actor = Some(ActorId::Key(admin.id));
    let revoke = |id, at| store.revoke_key(clinic.id, actor, id, at);
    let revoked = made(revoke(key.id, first).await);
    assert_eq!(revoked.revoked_at, Some(first));
    let again = made(revoke(key.id, now()).await);
    assert_eq!(again.revoked_at, Some(first), "the first time stays");
    let unknown = revoke(id(), now()).await;
    assert!(matches!(unknown, Ok(Changed::NotFound)), "{unknown:?}");
    let strange = store.revoke_key(id(), actor, admin.id, now()).await;
    assert!(matches!(strange, Ok(Changed::NotFound)), "{strange:?}");
    assert!(store.caller(hash).await.unwrap().is_none());

    let listed = store.keys(clinic.id, FIRST).await.unwrap();
    let ids: Vec<KeyId> = listed.data.iter().map(|key| key.id).collect();
    assert_eq!(ids, [key.id, admin.id]);
    let events = verified_chain(&mut database.connect(), clinic.id, key.id.uuid());
    let kinds: Vec<EventKind> = events.iter().map(|event| event.kind).collect();
    assert_eq!(kinds, [EventKind::KeyCreated, EventKind::KeyRevoked]);
    assert_eq!(
        events[0].data,
        r#"{"name":"front desk","roles":["billing"]}"#
    );
}

type KeyOfClinic = (ClinicId, KeyId);

/// Creates a clinic with one more key of a role.
async fn new_clinic(store: &Store, role: Role) -> [KeyOfClinic; 2] {
    let (clinic, first) = stored_clinic(store, "admin key").await.unwrap();
    let second = api_key(role);
    let hash = KeyHash::hash("another key");
    store
        .create_key(clinic.id, None, second.clone(), hash)
        .await
        .unwrap();
    [(clinic.id, first.id), (clinic.id, second.id)]
}

/// Revokes two keys over two replicas at once, of which one must stay, and returns that one.
async fn revoke_both(stores: &[Store; 2], keys: [KeyOfClinic; 2]) -> KeyOfClinic {
    let [one, other] = [0, 1].map(|number| {
        let (clinic, key) = keys[number];
        stores[number].revoke_key(clinic, None, key, now())
    });
    let (one, other) = tokio::join!(one, other);
    match (one.unwrap(), other.unwrap()) {
        (Changed::Made(_), Changed::Refused(ChangeRefused::LastKey(_))) => keys[1],
        (Changed::Refused(ChangeRefused::LastKey(_)), Changed::Made(_)) => keys[0],
        others => panic!("{others:?}"),
    }
}

async fn of_two_revocations_at_once_the_last_key_stays(database: Database) {
    let stores = [database.open().await, database.open().await];
    for _ in 0..10 {
        let admins = new_clinic(&stores[0], Role::Admin).await;
        revoke_both(&stores, admins).await;
    }
    let [_, mut left] = new_clinic(&stores[0], Role::Operator).await;
    for _ in 0..10 {
        let [_, other] = new_clinic(&stores[0], Role::Operator).await;
        left = revoke_both(&stores, [left, other]).await;
    }
}

async fn the_first_start_creates_the_first_key(database: Database) {
    let store = database.open().await;
    let (first, key) = (clinic("default"), api_key(Role::Admin));
    let start = |clinic, key, secret| store.bootstrap(clinic, key, KeyHash::hash(secret));
    let created = start(first.clone(), key.clone(), "secret").await.unwrap();
    assert_eq!(created, Bootstrapped::Created);
    let retried = start(first.clone(), key.clone(), "secret").await.unwrap();
    assert_eq!(retried, Bootstrapped::Created, "a lost answer");
    for (secret, same) in [("secret", true), ("another", false)] {
        let again = start(clinic("default"), api_key(Role::Admin), secret)
            .await
            .unwrap();
        assert_eq!(again, Bootstrapped::Existing { same });
    }
    let caller = store
        .caller(KeyHash::hash("secret"))
        .await
        .unwrap()
        .unwrap();
    assert_eq!((caller.clinic, caller.key), (first.id, key.id));
    let events = verified_chain(&mut database.connect(), first.id, first.id.uuid());
    assert_eq!(events[0].kind, EventKind::ClinicCreated);
}

async fn starts_at_once_create_one_key(database: Database) {
    let stores = [
        database.open().await,
        database.open().await,
        database.open().await,
    ];
    let starts = stores.each_ref().map(|store| {
        store.bootstrap(
            clinic("default"),
            api_key(Role::Admin),
            KeyHash::hash("secret"),
        )
    });
    let results = futures_util::future::join_all(starts).await;
    let new = results
        .iter()
        .filter(|result| matches!(result, Ok(Bootstrapped::Created)))
        .count();
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    assert_eq!(new, 1, "{results:?}");
    let clinics = stores[0].clinics(FIRST).await.unwrap();
    assert_eq!(clinics.data.len(), 1);
}

async fn clinics_are_listed(database: Database) {
    let store = database.open().await;
    let (one, _) = stored_clinic(&store, "one").await.unwrap();
    let (two, _) = stored_clinic(&store, "two").await.unwrap();
    let page = store.clinics(FIRST).await.unwrap();
    let ids: Vec<ClinicId> = page.data.iter().map(|clinic| clinic.id).collect();
    assert_eq!(ids, [two.id, one.id]);
    let read = store.clinic(one.id).await.unwrap().unwrap();
    assert_eq!((read.name, read.created_at), (one.name, one.created_at));
    assert!(store.clinic(id()).await.unwrap().is_none());
    // A key of a clinic that is not there is refused by the database.
    let lost = store
        .create_key(id(), None, api_key(Role::Admin), KeyHash::hash("lost"))
        .await;
    assert!(matches!(lost, Err(StoreError::Internal(_))), "{lost:?}");
}
