//! Ledgers over random histories of remittances.

use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    claims::{
        claim::Status,
        payers_due::{BilledParty, PayerDue, PayersDue},
        remittances::{balance::ItemAccount, ledger::Ledger},
        remittances::{
            booking::AnsweredClaim,
            remittance::{Remittance, RemittanceRequest},
        },
        submission::Submission,
    },
    parse::{decode::Decode, fault::Faults},
    values::{
        ids::KeyId,
        time::{Day, Timestamp},
    },
};

const ITEMS: u16 = 3;

fn submission() -> Submission {
    let item =
        json!({"service_date": "2026-06-01", "category": "report", "unit_price_cents": 10_000});
    let claim = json!({
        "external_id": "INV-1",
        "patient": {"id": "P-1", "birth_date": "1984-03-09"},
        "provider": {"id": "D-7", "profession": "physiotherapist"},
        "coverages": [{"kind": "private"}, {"kind": "private"}],
        "items": [item, item, item],
    });
    let today = Day::parse("2026-07-01").unwrap();
    Submission::parse(claim.to_string().as_bytes(), today).unwrap()
}

fn due() -> PayersDue {
    let plan = |coverage| PayerDue {
        payer: BilledParty::Private,
        coverage: Some(coverage),
    };
    let mut due = PayersDue::default();
    (1..=ITEMS).for_each(|item| due.add(item, &[plan(0), plan(1)]));
    due
}

/// A remittance of one item, or the reversal of an earlier one.
fn request(number: usize, (kind, sequence, amounts): (usize, u16, [i64; 4])) -> Value {
    let payer = if kind % 3 == 0 { "patient" } else { "private" };
    let mut body = json!({"number": format!("R-{number}"), "payer": payer});
    if payer == "private" {
        body["coverage"] = json!(kind % 2);
    }
    if kind > 6 {
        body["reverses"] = json!(format!("R-{}", number / 2));
        return body;
    }
    let [paid, adjusted, denied, patient] = amounts;
    body["items"] = json!([{
        "sequence": sequence, "paid_cents": paid, "adjusted_cents": adjusted, "denied_cents": denied,
        "patient_cents": if payer == "patient" { 0 } else { patient },
    }]);
    body
}

fn book(
    submission: &Submission,
    remittances: &[Remittance],
    request: &RemittanceRequest,
) -> Option<Remittance> {
    let ledger = Ledger::of(submission, remittances);
    let claim = AnsweredClaim {
        submission,
        due: &due(),
        remittances,
        ledger: &ledger,
        protected: &[],
    };
    let mut faults = Faults::default();
    let by = KeyId::from(Uuid::from_u128(1));
    let booked = request.book(&claim, (Timestamp::EPOCH, by), &mut faults);
    faults.settle(booked).ok()
}

/// Whether a remittance is no reversal and none takes it back.
fn is_standing(remittance: &Remittance, all: &[Remittance]) -> bool {
    remittance.reverses.is_none() && !remittance.is_reversed(all)
}

fn reversal(of: &Remittance, number: usize) -> RemittanceRequest {
    let body = json!({
        "number": format!("BACK-{number}"), "payer": of.payer, "coverage": of.coverage, "reverses": of.number,
    });
    RemittanceRequest::parse(body.to_string().as_bytes()).unwrap()
}

proptest! {
    #[test]
    fn every_ledger_balances_whatever_is_answered(
        steps in prop::collection::vec(
            (0_usize..10, 1_u16..=ITEMS, prop::array::uniform4(prop_oneof![Just(0), 0_i64..6_000])),
            1..40,
        )
    ) {
        let submission = submission();
        let mut remittances: Vec<Remittance> = Vec::new();
        for (number, step) in steps.into_iter().enumerate() {
            let body = request(number, step).to_string();
            let request = RemittanceRequest::parse(body.as_bytes()).unwrap();
            let Some(booked) = book(&submission, &remittances, &request) else {
                continue;
            };
            prop_assert!(booked.is_of(&request) && booked.differences(&request).is_empty());
            remittances.push(booked);
            let ledger = Ledger::of(&submission, &remittances);
            prop_assert!(ledger.is_sound(), "{remittances:?}");
            let total = ledger.total();
            prop_assert_eq!(total.billed, 30_000);
            let expected = match (total.outstanding(), total.paid) {
                (0, _) => Status::Paid,
                (_, 0) => Status::Denied,
                _ => Status::PartiallyPaid,
            };
            prop_assert_eq!(ledger.status(), expected);
            for next in ledger.next_dues(&due(), &remittances) {
                let open = next.items.iter().filter_map(|it| ledger.account(*it));
                prop_assert!(open.map(ItemAccount::outstanding).min() > Some(0));
            }
        }
        // All that was booked can be taken back, one after the other: nothing is left of it.
        while remittances.iter().any(|it| is_standing(it, &remittances)) {
            let mut standing = remittances.iter().rev().filter(|it| is_standing(it, &remittances));
            // What was paid of a share is taken back before the share.
            let booked = standing.find_map(|it| {
                let request = reversal(it, remittances.len());
                book(&submission, &remittances, &request)
            });
            prop_assert!(booked.is_some(), "{remittances:?}");
            remittances.extend(booked);
        }
        let total = Ledger::of(&submission, &remittances).total();
        prop_assert_eq!(total.outstanding(), 30_000);
    }
}
