//! Random walks through a claim's life: what the table of steps allows succeeds, all else is refused and changes nothing, and
//! the record holds together at the end.

use payerline_domain::{
    claims::{claim::Status, lifecycle::Step},
    values::closed_enum::ClosedEnum,
};
use serde_json::{Value, json};

use crate::claims::verification;
use crate::support::{Claim, TestApp, array, on_both_databases};

on_both_databases!(random_steps_keep_every_claim_whole,);

const CLAIMS: usize = 8;
const STEPS: usize = 240;

/// Pseudo-random numbers, the same each time (Numerical Recipes' generator).
struct Numbers(u32);

impl Numbers {
    fn below(&mut self, count: usize) -> usize {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        usize::try_from(self.0 >> 8).expect("a number") % count
    }
}

/// The last part of the path, and a body that says something new each time.
fn request(step: Step, claim: &Value, number: usize) -> (&'static str, Value) {
    let reason = format!("Reason {number}");
    match step {
        Step::DecideAgain => ("redecide", Value::Null),
        Step::Review => {
            let findings = array(&claim["decision"]["findings"]).iter();
            let review = findings.filter(|it| it["severity"] == "review");
            let codes: Vec<&Value> = review.map(|it| &it["code"]).collect();
            let dispositions = ["ready", "needs_review", "needs_preauthorization"];
            let disposition = dispositions[number % dispositions.len()];
            let body = json!({"reason": reason, "disposition": disposition, "settles": codes});
            ("reviews", body)
        }
        Step::Send => {
            let due = &claim["payers_due"][0];
            let mut body = json!({"channel": "other", "reference": reason});
            body["payer"] = due["payer"].clone();
            body["coverage"] = due["coverage"].clone();
            if body["payer"].is_null() {
                body["payer"] = json!("patient");
            }
            ("sends", body)
        }
        Step::Answer | Step::Adjust => {
            let due = &claim["balance"]["due_from"];
            let due = if due.is_null() {
                &claim["payers_due"][0]
            } else {
                due
            };
            let paid = [0, 1, 2_500, 5_000, 10_000][number % 5];
            let denied = if number.is_multiple_of(2) { 500 } else { 0 };
            let mut body = json!({"number": reason, "payer": "patient"});
            if !due.is_null() {
                body["payer"] = due["payer"].clone();
                body["coverage"] = due["coverage"].clone();
            }
            if number.is_multiple_of(4) && !claim["remittances"][0].is_null() {
                body["payer"] = claim["remittances"][0]["payer"].clone();
                body["coverage"] = claim["remittances"][0]["coverage"].clone();
                body["reverses"] = claim["remittances"][0]["number"].clone();
            } else {
                body["items"] =
                    json!([{"sequence": 1, "paid_cents": paid, "denied_cents": denied}]);
            }
            ("remittances", body)
        }
        Step::Appeal => ("appeals", json!({"reason": reason})),
        Step::Void => ("void", json!({"reason": reason})),
        Step::Replace => unreachable!("a new claim replaces"),
    }
}

async fn random_steps_keep_every_claim_whole(app: &TestApp) {
    let mut numbers = Numbers(7);
    let mut ids = Vec::new();
    for number in 0..CLAIMS {
        let claim = Claim::new(&format!("INV-{number}"));
        let claim = match number % 3 {
            0 => claim,
            1 => claim.with("/provider/profession", "physician"),
            _ => claim.with(
                "/coverages",
                json!([{"kind": "private"}, {"kind": "private"}]),
            ),
        };
        ids.push(app.submit(&claim).await.is(201).id());
    }
    let (mut taken, mut refused) = (0, 0);
    let steps = [
        Step::DecideAgain,
        Step::Review,
        Step::Send,
        Step::Answer,
        Step::Answer,
        Step::Adjust,
        Step::Appeal,
        Step::Void,
    ];
    for number in 0..STEPS {
        let id = &ids[numbers.below(ids.len())];
        let path = format!("/v1/claims/{id}");
        let before = app.get(&path).await.is(200).json();
        let status = Status::from_word(before["status"].as_str().expect("a status"));
        let status = status.expect("a word of the contract");
        // Few claims are withdrawn, or nothing would be left to walk.
        let step = match steps[numbers.below(steps.len())] {
            Step::Void if numbers.below(4) > 0 => Step::Review,
            step => step,
        };
        let (name, body) = request(step, &before, number);
        let etag = format!("\"{}\"", before["version"]);
        let answer = app.post_if(&format!("{path}/{name}"), &etag, &body).await;
        let after = app.get(&path).await.is(200).json();
        // One request takes both.
        let adjusts = Step::Adjust.is_legal(status) && matches!(step, Step::Answer | Step::Adjust);
        let answers = Step::Answer.is_legal(status) && step == Step::Adjust;
        let is_legal = step.is_legal(status) || adjusts || answers;
        if is_legal && answer.status() == 200 {
            taken += 1;
            assert_eq!(answer.json(), after);
            let is_same = step == Step::DecideAgain && after["version"] == before["version"];
            let next = before["version"]
                .as_i64()
                .map(|it| it + i64::from(!is_same));
            assert_eq!(after["version"].as_i64(), next, "{name}");
        } else {
            refused += 1;
            // What an adjustment must be, and that nothing is paid of what is withdrawn, the table says in words.
            let is_void_of_paid = step == Step::Void && before["balance"]["paid_cents"] != 0;
            let expected = match is_legal {
                true if (adjusts && answer.status() == 409) || is_void_of_paid => 409,
                true => 422,
                false => 409,
            };
            answer.problem(expected);
            assert_eq!(after, before, "{name} of a claim that is {status:?}");
        }
        assert_eq!(after["decision"]["items"].as_array().map(Vec::len), Some(1));
        let allocated = array(&after["allocations"]).iter();
        let allocated: i64 = allocated.filter_map(|it| it["amount_cents"].as_i64()).sum();
        assert_eq!(Some(allocated), after["total_cents"].as_i64());
    }
    assert!(
        taken > 30 && refused > 10,
        "{taken} taken, {refused} refused"
    );
    let verified = verification::verify(app.database(), &[]).await;
    assert_eq!(verified.status.code(), Some(0), "{verified:?}");
    let replayed = verification::run(app.database(), &["replay"]).await;
    assert_eq!(replayed.status.code(), Some(0), "{replayed:?}");
}
