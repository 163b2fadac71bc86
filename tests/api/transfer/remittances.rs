//! `payerline import --remittances`: what payers answered, from files.

use serde_json::{Value, json};

use super::workplace::Workplace;
use crate::{
    claims::remittances::{sent, two_items},
    support::{ADMIN_KEY, TestApp, on_both_databases},
};

on_both_databases!(
    rows_of_csv_are_booked_remittance_by_remittance,
    lines_are_booked_and_the_next_time_all_is_there_already,
    refused_remittances_are_corrected_and_imported,
    rows_of_one_remittance_that_stand_apart_are_refused,
);

async fn two_claims(app: &TestApp) -> [String; 2] {
    let (one, _) = sent(app, &two_items("INV-1", 1)).await;
    let (two, _) = sent(app, &two_items("INV-2", 1).with("/patient/id", "P-2")).await;
    [one, two]
}

async fn balance(app: &TestApp, id: &str) -> Value {
    let claim = app.get(&format!("/v1/claims/{id}")).await.is(200).json();
    claim["balance"].clone()
}

async fn rows_of_csv_are_booked_remittance_by_remittance(app: &TestApp) {
    let [one, two] = two_claims(app).await;
    let work = Workplace::new(ADMIN_KEY);
    // One cheque pays two claims; the rows of each stand together.
    let names = "external_id,number,payer,paid_on,items.sequence,items.paid_cents,items.denied_cents,\
        items.reason_codes,items.note";
    let rows = "INV-1,CHQ-7,private,2026-06-20,1,8000,2000,45;96,Paid up to 80 %.\n\
        INV-1,CHQ-7,private,2026-06-20,2,10000,,,\n\
        INV-2,CHQ-7,private,2026-06-20,1,10000,,,\n";
    work.write("cheque.csv", format!("{names}\n{rows}"));
    let run = work.import(&["cheque.csv", "--remittances"], app).await;
    let run = run.exits(0).counts(2, 0, 0);
    assert!(run.stdout.contains("remittances/s"), "{}", run.stdout);
    let claim = app.get(&format!("/v1/claims/{one}")).await.is(200).json();
    assert_eq!(claim["balance"]["paid_cents"], 18_000, "{claim}");
    let item = &claim["remittances"][0]["items"][0];
    assert_eq!(item["reason_codes"], json!(["45", "96"]), "{item}");
    assert_eq!(item["note"], "Paid up to 80 %.");
    assert_eq!(balance(app, &two).await["paid_cents"], 10_000);
    let again = work.import(&["cheque.csv", "--remittances"], app).await;
    again.exits(0).counts(0, 2, 0);
}

async fn lines_are_booked_and_the_next_time_all_is_there_already(app: &TestApp) {
    let [one, _] = two_claims(app).await;
    let items = json!([{"sequence": 1, "paid_cents": 10_000}]);
    let lines = [
        json!({"claim_id": one, "number": "EFT-1", "payer": "private", "items": items}),
        json!({"external_id": "INV-2", "number": "EFT-1", "payer": "private", "items": items}),
        json!({"external_id": "INV-2", "number": "EFT-2", "payer": "private", "reverses": "EFT-1"}),
    ];
    let work = Workplace::new(ADMIN_KEY);
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    work.write("answers.ndjson", text);
    for counts in [(3, 0), (0, 3)] {
        let run = work.import(&["answers.ndjson", "--remittances"], app).await;
        run.exits(0).counts(counts.0, counts.1, 0);
    }
    assert_eq!(balance(app, &one).await["paid_cents"], 10_000);
    assert_eq!(work.files(), ["answers.ndjson"]);
}

async fn refused_remittances_are_corrected_and_imported(app: &TestApp) {
    let [one, two] = two_claims(app).await;
    let work = Workplace::new(ADMIN_KEY);
    let names = "external_id,number,payer,items.sequence,items.paid_cents\n";
    work.write(
        "a.csv",
        format!("{names}INV-1,CHQ-1,private,1,10001\nINV-2,CHQ-1,private,1,5000\n"),
    );
    let run = work.import(&["a.csv", "--remittances"], app).await;
    run.exits(3).counts(1, 0, 1);
    let refused = work.read("a.csv.refused.csv");
    assert!(refused.contains("more than is left"), "{refused}");
    work.write("b.csv", refused.replace("10001", "10000"));
    let run = work.import(&["b.csv", "--remittances"], app).await;
    run.exits(0).counts(1, 0, 0);
    assert_eq!(balance(app, &one).await["paid_cents"], 10_000);
    assert_eq!(balance(app, &two).await["paid_cents"], 5_000);

    let line = json!({"external_id": "NOBODY", "number": "EFT-1", "payer": "mva", "items": []});
    work.write("c.ndjson", line.to_string());
    let run = work.import(&["c.ndjson", "--remittances"], app).await;
    run.exits(3).counts(0, 0, 1);
    let refused = work.json_lines("c.ndjson.refused.ndjson");
    assert_eq!(refused[0]["remittance"], line);
    let corrected = work
        .read("c.ndjson.refused.ndjson")
        .replace("NOBODY", "INV-1");
    work.write("d.ndjson", corrected);
    let run = work.import(&["d.ndjson", "--remittances"], app).await;
    // It is taken out of its wrapper and the claim is found now, but the insurer says nothing of it.
    run.exits(3).counts(0, 0, 1);
    let refused = work.json_lines("d.ndjson.refused.ndjson");
    assert_eq!(refused[0]["remittance"]["external_id"], "INV-1");
}

async fn rows_of_one_remittance_that_stand_apart_are_refused(app: &TestApp) {
    let [one, two] = two_claims(app).await;
    let work = Workplace::new(ADMIN_KEY);
    let text = "external_id,number,payer,items.sequence,items.paid_cents\n\
        INV-1,CHQ-1,private,1,1000\nINV-2,CHQ-1,private,1,1000\nINV-1,CHQ-1,private,2,1000\n";
    work.write("apart.csv", text);
    let run = work.import(&["apart.csv", "--remittances"], app).await;
    run.exits(3).counts(1, 0, 2);
    let refused = work.read("apart.csv.refused.csv");
    assert!(refused.contains("must stand together"), "{refused}");
    assert_eq!(balance(app, &one).await["paid_cents"], 0);
    assert_eq!(balance(app, &two).await["paid_cents"], 1_000);
}
