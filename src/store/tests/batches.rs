//! Batches: what is new of one is stored, whatever else is in it and whoever else stores it.

use std::{sync::mpsc, thread, time::Duration};

use diesel::{prelude::*, sql_query, sql_types::BigInt};

use crate::store::{
    NewClaim, Store, StoreError,
    claims::{batch::Stored, prepared::PreparedClaim},
    engine::{
        connection::{Connection, on_backend},
        schema::claim_items,
        sql_types::Id,
        writer::GroupWrite,
    },
    events::testing::verified_chain,
};
use payerline_domain::values::ids::ClinicId;

use super::{
    database::{Database, id, new_claim, store_together},
    on_both,
};

on_both!(
    what_is_new_is_stored_and_the_rest_told_apart,
    a_claim_twice_in_a_batch_is_stored_once,
);

/// Stores claims, given in the order of their external ids, and says what became of each.
fn store(connection: &mut Connection, claims: Vec<NewClaim>) -> Vec<&'static str> {
    let claims = claims.into_iter().map(PreparedClaim::new);
    let claims: Vec<_> = claims.map(|claim| Box::new(claim.unwrap())).collect();
    let stored = GroupWrite::store(connection, &claims).unwrap();
    let told = stored.iter().map(|it| match it {
        Stored::Created(_) => "created",
        Stored::Replayed(_) => "replayed",
        Stored::OtherDigest(_) => "conflict",
    });
    told.collect()
}

/// How many items and events of a claim are stored.
fn counts(connection: &mut Connection, clinic: ClinicId, claim: &NewClaim) -> (i64, usize) {
    let items = claim_items::table
        .filter(claim_items::clinic_id.eq(Id(clinic.uuid())))
        .filter(claim_items::claim_id.eq(Id(claim.id.uuid())))
        .count();
    let items = on_backend!(&mut *connection, |c| items.get_result(c)).unwrap();
    let events = verified_chain(connection, clinic, claim.id.uuid());
    (items, events.len())
}

/// What is stored of a claim that is new, and of one that is not.
const ALL: (i64, usize) = (2, 1);
const NOTHING: (i64, usize) = (0, 0);

async fn what_is_new_is_stored_and_the_rest_told_apart(database: Database) {
    database.open().await;
    let mut connection = database.connect();
    let clinic = id();
    let known = [
        new_claim(clinic, "INV-1", "one"),
        new_claim(clinic, "INV-2", "two"),
    ];
    let outcome = store(&mut connection, known.to_vec());
    assert_eq!(outcome, ["created", "created"]);

    for round in 0..2 {
        let again = new_claim(clinic, "INV-1", "one");
        let other = new_claim(clinic, "INV-2", "other content");
        let new = new_claim(clinic, &format!("INV-3-{round}"), "three");
        let batch = vec![again.clone(), other.clone(), new.clone()];
        let outcome = store(&mut connection, batch);
        assert_eq!(outcome, ["replayed", "conflict", "created"], "{round}");
        for (claim, expected) in [(again, NOTHING), (other, NOTHING), (new, ALL)] {
            assert_eq!(counts(&mut connection, clinic, &claim), expected);
        }
    }
    for claim in &known {
        assert_eq!(counts(&mut connection, clinic, claim), ALL);
    }
}

async fn a_claim_twice_in_a_batch_is_stored_once(database: Database) {
    database.open().await;
    let mut connection = database.connect();
    let clinic = id();
    for round in 0..2 {
        let external_id = format!("INV-{round}");
        let twice = [(); 2].map(|()| new_claim(clinic, &external_id, "the same"));
        let outcome = store(&mut connection, twice.to_vec());
        assert_eq!(outcome, ["created", "replayed"]);
        let stored = twice.map(|claim| counts(&mut connection, clinic, &claim));
        assert_eq!(stored, [ALL, NOTHING]);
    }
}

#[derive(QueryableByName)]
struct Statistics {
    #[diesel(sql_type = BigInt)]
    failed: i64,
    #[diesel(sql_type = BigInt)]
    connected: i64,
}

/// How many transactions of a PostgreSQL database failed, each of which is in the server's log. A connection reports
/// its own when it ends.
fn failed_transactions(database: &Database) -> i64 {
    let Connection::Postgres(mut connection) = database.connect() else {
        panic!("not PostgreSQL");
    };
    loop {
        let statistics: Statistics = sql_query(
            "SELECT xact_rollback AS failed, (
                SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
                    AND backend_type = 'client backend' AND pid <> pg_backend_pid()
             ) AS connected
             FROM pg_stat_database WHERE datname = current_database()",
        )
        .get_result(&mut connection)
        .unwrap();
        if statistics.connected == 0 {
            return statistics.failed;
        }
        thread::sleep(Duration::from_millis(20));
    }
}

#[tokio::test]
async fn a_claim_sent_again_fails_no_statement() {
    let database = Database::postgres();
    Store::migrate(&database.url).await.unwrap();
    let before = failed_transactions(&database);
    let clinic = id();
    for note in ["one", "one", "other content"] {
        for stored in store_together(&database, &[new_claim(clinic, "INV-1", note)]) {
            stored.unwrap();
        }
    }
    assert_eq!(failed_transactions(&database), before);
}

/// What becomes of a batch while another writer has its first claim under way, which is then committed or not.
async fn beside_another(commit: bool) -> Vec<&'static str> {
    let database = Database::postgres();
    database.open().await;
    let (mut one, mut other) = (database.connect(), database.connect());
    let clinic = id();
    let theirs = new_claim(clinic, "INV-1", "one");
    let (told, under_way) = mpsc::channel();
    let writer = thread::spawn(move || {
        let ended = one.transaction(|c| {
            assert_eq!(store(c, vec![theirs]), ["created"]);
            told.send(()).unwrap();
            thread::sleep(Duration::from_millis(300));
            if commit {
                Ok(())
            } else {
                Err(StoreError::Busy)
            }
        });
        assert_eq!(ended.is_ok(), commit);
    });
    under_way.recv().unwrap();
    let ours =
        [("INV-1", "one"), ("INV-2", "two")].map(|(name, note)| new_claim(clinic, name, note));
    let outcome = store(&mut other, ours.to_vec());
    writer.join().unwrap();
    outcome
}

#[tokio::test]
async fn what_another_has_under_way_is_waited_for() {
    assert_eq!(beside_another(true).await, ["replayed", "created"]);
    assert_eq!(beside_another(false).await, ["created", "created"]);
}
