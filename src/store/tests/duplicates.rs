//! The search for possible duplicates: that it is answered from its indexes, however the tables grow, and together for
//! those who wait.

use std::time::Duration;

use diesel::{prelude::*, sql_query, sql_types::Text};
use futures_util::future::join_all;

use crate::store::{
    DuplicateSearch, NewClaim, Store,
    claims::service_search,
    engine::{
        connection::Connection,
        link::{Link, Source},
    },
};
use payerline_domain::{
    claims::outside_facts::PossibleDuplicate,
    values::ids::{ClaimId, ClinicId},
};

use super::{
    database::{Database, id, label, new_claim, store_together},
    made, on_both,
};

on_both!(
    searches_at_once_get_each_their_own,
    a_claim_is_no_duplicate_of_itself_or_of_the_claim_that_it_replaces,
    claims_without_services_are_read_and_compared,
);

async fn search(store: &Store, claim: &NewClaim) -> Vec<PossibleDuplicate> {
    let search = DuplicateSearch::of_sent(claim.clinic, &claim.submission).unwrap();
    store.possible_duplicates(search).await.unwrap()
}

fn both_items_of(claim: ClaimId) -> [PossibleDuplicate; 2] {
    [0, 1].map(|item| PossibleDuplicate { item, claim })
}

async fn searches_at_once_get_each_their_own(database: Database) {
    let store = database.open().await;
    let clinics: [ClinicId; 3] = [(); 3].map(|()| id());
    let claim = |clinic: ClinicId, number: usize, external_id: &str| {
        let mut claim = new_claim(clinic, &format!("{external_id}-{number}"), "");
        claim.submission.patient.id = label(&format!("P-{number}"));
        claim
    };
    let mut stored = Vec::new();
    for clinic in clinics {
        for number in 0..40 {
            stored.push(made(store.submit(claim(clinic, number, "FIRST")).await).id);
        }
    }
    let searches = clinics
        .iter()
        .flat_map(|clinic| (0..41).map(|number| claim(*clinic, number, "SECOND")));
    let searches: Vec<NewClaim> = searches.collect();
    let found = join_all(searches.iter().map(|claim| search(&store, claim))).await;
    let mut stored = stored.into_iter();
    for (place, found) in found.iter().enumerate() {
        if place % 41 == 40 {
            assert_eq!(*found, [], "a patient without claims");
        } else {
            assert_eq!(*found, both_items_of(stored.next().unwrap()));
        }
    }
    let elsewhere = search(&store, &claim(id(), 0, "ELSEWHERE")).await;
    assert_eq!(elsewhere, []);
}

async fn a_claim_is_no_duplicate_of_itself_or_of_the_claim_that_it_replaces(database: Database) {
    let store = database.open().await;
    let clinic = id();
    let first = made(store.submit(new_claim(clinic, "INV-1", "")).await).id;
    assert_eq!(search(&store, &new_claim(clinic, "INV-1", "")).await, []);
    let second = new_claim(clinic, "INV-2", "");
    let found = search(&store, &second).await;
    assert_eq!(found, both_items_of(first));
    let mut correction = second.clone();
    correction.submission.replaces = Some(first);
    assert_eq!(search(&store, &correction).await, []);
    let again = DuplicateSearch::of_stored(clinic, first, &second.submission).unwrap();
    assert_eq!(store.possible_duplicates(again).await.unwrap(), []);
    // With these left out there is one more to find.
    let third = made(store.submit(second).await).id;
    correction.submission.external_id = label("INV-3");
    assert_eq!(search(&store, &correction).await, both_items_of(third));
}

async fn claims_without_services_are_read_and_compared(database: Database) {
    let store = database.open().await;
    let clinic = id();
    let old = made(store.submit(new_claim(clinic, "OLD", "")).await).id;
    let broken = made(store.submit(new_claim(clinic, "BROKEN", "")).await).id;
    let mut connection = database.connect();
    connection
        .batch("DELETE FROM claim_services; UPDATE claims SET has_services = NULL")
        .unwrap();
    let new = new_claim(clinic, "NEW", "");
    assert_eq!(search(&store, &new).await, both_items_of(old));
    let mut other = new.clone();
    other.submission.items.truncate(1);
    other.submission.items[0].code = Some(label("X"));
    assert_eq!(search(&store, &other).await, []);
    // One that cannot be read back keeps no other from being found.
    connection
        .batch("UPDATE claims SET submission = '{}' WHERE external_id = 'OLD'")
        .unwrap();
    assert_eq!(search(&store, &new).await, both_items_of(broken));
    connection
        .batch("UPDATE claims SET status = 'void' WHERE external_id = 'BROKEN'")
        .unwrap();
    assert_eq!(search(&store, &new).await, []);
    let stored = made(store.submit(new).await).id;
    let last = search(&store, &new_claim(clinic, "LAST", "")).await;
    assert_eq!(last, both_items_of(stored));
}

#[derive(QueryableByName)]
struct Step {
    #[diesel(sql_type = Text)]
    detail: String,
}

#[tokio::test]
async fn sqlite_finds_services_and_claims_without_services_from_their_indexes() {
    let database = Database::sqlite();
    Store::migrate(&database.url).await.unwrap();
    let Connection::Sqlite(mut connection) = database.connect() else {
        panic!("not SQLite");
    };
    let mut plan = |query: &str| -> Vec<String> {
        let steps: Vec<Step> = sql_query(format!("EXPLAIN QUERY PLAN {query}"))
            .load(&mut connection)
            .unwrap();
        steps.into_iter().map(|step| step.detail).collect()
    };
    // As `service_search` asks.
    let services = plan(
        "SELECT claims.id, claims.external_id FROM claim_services
         INNER JOIN claims ON claims.id = claim_services.claim_id
         WHERE claim_services.clinic_id = zeroblob(16) AND claim_services.service = zeroblob(16)
            AND claims.clinic_id = zeroblob(16) AND claims.status <> 'void' AND claims.status <> 'replaced'
         ORDER BY claim_services.claim_id LIMIT 5",
    );
    let expected = [
        "SEARCH claim_services USING PRIMARY KEY (clinic_id=? AND service=?)",
        "SEARCH claims USING INDEX sqlite_autoindex_claims_1 (clinic_id=? AND id=?)",
    ];
    assert_eq!(services, expected);
    let earlier = plan(
        "SELECT id FROM claims WHERE clinic_id = zeroblob(16) AND patient_id = 'P-1' AND has_services IS NULL
            AND service_to >= '2026-06-01' AND service_from <= '2026-06-03' AND status <> 'void'
            AND status <> 'replaced' LIMIT 1",
    );
    let expected = "SEARCH claims USING INDEX claims_without_services (clinic_id=? AND patient_id=? AND service_to>?)";
    assert_eq!(earlier, [expected]);
}

/// PostgreSQL would compile the search once the tables are analysed, which takes hundreds of times as long as it.
#[tokio::test]
async fn sessions_of_postgres_compile_no_query() {
    let database = Database::postgres();
    let Connection::Postgres(mut connection) = database.connect() else {
        panic!("not PostgreSQL");
    };
    // The default is on.
    let setting: Vec<Step> = sql_query("SELECT current_setting('jit') AS detail")
        .load(&mut connection)
        .unwrap();
    assert_eq!(setting[0].detail, "off");
}

/// PostgreSQL plans the search while the tables are empty, when one index is as good as another.
#[tokio::test]
async fn postgres_soon_finds_services_and_claims_without_services_from_their_indexes() {
    let database = Database::postgres();
    Store::migrate(&database.url).await.unwrap();
    let clinic: ClinicId = id();
    let mut link = Link::for_lookups(Source::new(&database.url));
    let uuid = clinic.uuid();
    let prepare = format!(
        "PREPARE find (uuid[], uuid, uuid, bigint, text[], date[], date[], uuid) AS {}",
        service_search::postgres_text()
    );
    let explain = format!(
        "EXPLAIN EXECUTE find ('{{{uuid}}}', '{uuid}', '{uuid}', 5, '{{P-1}}', '{{2026-06-01}}', '{{2026-06-03}}',
            '{uuid}')"
    );
    let plan = |connection: &mut Connection| {
        let Connection::Postgres(connection) = connection else {
            panic!("not PostgreSQL");
        };
        let lines: Vec<Line> = sql_query(&explain).load(connection)?;
        let lines: Vec<String> = lines.into_iter().map(|it| it.line).collect();
        Ok(lines.join("\n"))
    };
    let first = link.with(|connection| {
        connection.batch(&prepare)?;
        plan(connection)
    });
    assert!(!first.unwrap().contains("Seq Scan"));
    let claims: Vec<NewClaim> = (0..2_000)
        .map(|number| new_claim(clinic, &format!("INV-{number}"), ""))
        .collect();
    for claims in claims.chunks(200) {
        for stored in store_together(&database, claims) {
            stored.unwrap();
        }
    }
    let mut check = |when: &str| {
        std::thread::sleep(Duration::from_millis(1_100));
        let plan = link.with(plan).unwrap();
        let indexes: Vec<&str> = plan
            .split(" using ")
            .skip(1)
            .filter_map(|rest| rest.split(' ').next())
            .collect();
        // Both of the claims' indexes begin with the key.
        let is_by_id = |index: &str| ["claims_pkey", "claims_by_service"].contains(&index);
        match indexes.as_slice() {
            ["claim_services_pkey", by_id, "claims_without_services"] if is_by_id(by_id) => {}
            _ => panic!("{when}: {plan}"),
        }
        assert!(!plan.contains("Seq Scan"), "{when}: {plan}");
    };
    check("grown");
    database.connect().batch("ANALYZE").unwrap();
    check("analyzed");
    let without_services = "UPDATE claims SET has_services = NULL; ANALYZE";
    database.connect().batch(without_services).unwrap();
    check("all of earlier builds");
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text, column_name = "QUERY PLAN")]
    line: String,
}
