//! Corrections at once: of one claim, of one external id, in one batch, over two replicas.

use futures_util::future::join_all;
use serde_json::Value;

use super::{correction, read, stored};
use crate::support::{Answer, Claim, Database, TestApp, codes, on_both_databases, serve};

on_both_databases!(
    of_many_corrections_at_once_one_is_stored,
    of_two_corrections_in_one_batch_one_is_stored,
    a_correction_sent_many_times_at_once_is_stored_once,
);

on_both_databases!(bare: of_corrections_over_two_replicas_one_is_stored);

/// Asserts that of some answers one has stored its claim and the others were told that another was first. Returns
/// the id of the stored claim.
fn only_stored(answers: Vec<Answer>) -> String {
    let (stored, refused): (Vec<Answer>, Vec<Answer>) =
        answers.into_iter().partition(|it| it.status() == 201);
    assert_eq!(stored.len(), 1);
    for answer in refused {
        let problem = answer.problem(422);
        problem.lists(&[("already_replaced", "/replaces")]);
    }
    stored[0].id()
}

async fn of_many_corrections_at_once_one_is_stored(app: &TestApp) {
    for round in 0..5 {
        let first = stored(app, &format!("INV-{round}")).await;
        let claims: Vec<Claim> = (0..8)
            .map(|number| correction(&format!("INV-{round}-{number}"), &first))
            .collect();
        let winner = only_stored(join_all(claims.iter().map(|it| app.submit(it))).await);
        let claim = read(app, &first).await;
        assert_eq!(claim["replaced_by"], *winner);
        assert_eq!(claim["version"], 2);
    }
    assert_eq!(app.all("/v1/claims", &[]).await.len(), 10);
}

async fn of_two_corrections_in_one_batch_one_is_stored(app: &TestApp) {
    let first = stored(app, "INV-1").await;
    let claims = [
        correction("INV-1-B", &first),
        Claim::new("INV-2"),
        correction("INV-1-C", &first),
    ];
    let results = app
        .batch(claims.each_ref().map(Claim::text).join("\n"))
        .await;
    assert_eq!(results[1]["status"], 201);
    let mut statuses = [&results[0]["status"], &results[2]["status"]].map(Value::as_u64);
    statuses.sort_unstable();
    assert_eq!(statuses, [Some(201), Some(422)]);
    let refused = results.iter().find(|it| it["status"] == 422).expect("one");
    let expected = ("already_replaced".to_owned(), "/replaces".to_owned());
    assert_eq!(codes(&refused["problem"]), [expected]);
    assert_eq!(app.all("/v1/claims", &[]).await.len(), 3);
}

async fn a_correction_sent_many_times_at_once_is_stored_once(app: &TestApp) {
    let first = stored(app, "INV-1").await;
    let claim = correction("INV-1-B", &first);
    let answers = join_all((0..12).map(|_| app.submit(&claim))).await;
    let mut statuses: Vec<u16> = answers.iter().map(Answer::status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [vec![200; 11], vec![201]].concat());
    for answer in &answers {
        assert_eq!(answer.id(), answers[0].id());
    }
    assert_eq!(read(app, &first).await["version"], 2);
}

async fn of_corrections_over_two_replicas_one_is_stored(database: &Database) {
    let (mut one, mut other) = (serve(database), serve(database));
    let callers = [one.caller(), other.caller()];
    for round in 0..5 {
        let first = stored(&callers[0], &format!("INV-{round}")).await;
        let claims: Vec<Claim> = (0..8)
            .map(|number| correction(&format!("INV-{round}-{number}"), &first))
            .collect();
        let sent = claims
            .iter()
            .zip(callers.iter().cycle())
            .map(|(claim, caller)| caller.submit(claim));
        let winner = only_stored(join_all(sent).await);
        for caller in &callers {
            assert_eq!(read(caller, &first).await["replaced_by"], *winner);
        }
    }
}
