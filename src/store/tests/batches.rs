//! Batches: what is new of one is stored, whatever else is in it.

use crate::{
    domain::ids::ClinicId,
    store::{
        NewClaim,
        claim_batch::{self, Retries, Stored},
        claims::Prepared,
        connection::Connection,
        events::testing::verified_chain,
    },
};

use super::{
    database::{Database, id, new_claim},
    on_both,
};

on_both!(
    what_is_new_is_stored_and_the_rest_told_apart,
    a_claim_twice_in_a_batch_is_stored_once,
);

/// Stores claims, given in the order of their external ids, and says what became of each.
fn store(
    connection: &mut Connection,
    retries: &Retries,
    claims: Vec<NewClaim>,
) -> Vec<&'static str> {
    let prepared = claims.into_iter().map(|it| Prepared::new(it).unwrap());
    let (rows, details): (Vec<_>, Vec<_>) = prepared.map(Prepared::split).unzip();
    let stored = claim_batch::store(connection, &rows, &details, retries).unwrap();
    let told = stored.iter().map(|it| match it {
        Stored::Created => "created",
        Stored::Replayed(_) => "replayed",
        Stored::Conflict(_) => "conflict",
    });
    told.collect()
}

fn count_of_events(connection: &mut Connection, clinic: ClinicId, claim: &NewClaim) -> usize {
    verified_chain(connection, clinic, claim.id.uuid()).len()
}

async fn what_is_new_is_stored_and_the_rest_told_apart(database: Database) {
    database.open().await;
    let mut connection = database.connect();
    let (clinic, retries) = (id(), Retries::default());
    let known = [
        new_claim(clinic, "INV-1", "one"),
        new_claim(clinic, "INV-2", "two"),
    ];
    let outcome = store(&mut connection, &retries, known.to_vec());
    assert_eq!(outcome, ["created", "created"]);

    // At first as if all were new, which fails; then asking of each.
    for round in 0..3 {
        let new = new_claim(clinic, &format!("INV-3-{round}"), "three");
        let batch = vec![
            new_claim(clinic, "INV-1", "one"),
            new_claim(clinic, "INV-2", "other content"),
            new.clone(),
        ];
        let outcome = store(&mut connection, &retries, batch);
        assert_eq!(outcome, ["replayed", "conflict", "created"], "{round}");
        assert_eq!(count_of_events(&mut connection, clinic, &new), 1);
    }
    for claim in &known {
        assert_eq!(count_of_events(&mut connection, clinic, claim), 1);
    }
}

async fn a_claim_twice_in_a_batch_is_stored_once(database: Database) {
    database.open().await;
    let mut connection = database.connect();
    let (clinic, retries) = (id(), Retries::default());
    for round in 0..2 {
        let external_id = format!("INV-{round}");
        let twice = [(); 2].map(|()| new_claim(clinic, &external_id, "the same"));
        let outcome = store(&mut connection, &retries, twice.to_vec());
        assert_eq!(outcome, ["created", "replayed"]);
        let events = twice.map(|claim| count_of_events(&mut connection, clinic, &claim));
        assert_eq!(events, [1, 0]);
    }
}
