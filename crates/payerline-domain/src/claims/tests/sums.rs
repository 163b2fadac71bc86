//! Amounts are exact: they are compared with arithmetic of 128 bits on what was written.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{accept, claim_with, rules_broken};
use crate::claims::submission::Submission;

const MAX_CENTS: i64 = 10_000_000_000;

/// Price, quantity in hundredths, tax.
type Line = (i64, u32, i64);

fn lines() -> impl Strategy<Value = Vec<Line>> {
    let price = prop_oneof![0..=100_000_i64, 0..=MAX_CENTS, Just(MAX_CENTS)];
    let quantity = prop_oneof![1..=1_000_u32, 1..=1_000_000_u32, Just(1_000_000)];
    let tax = prop_oneof![Just(0), 0..=MAX_CENTS];
    prop::collection::vec((price, quantity, tax), 1..20)
}

/// `quantity × price`, rounded half up, `+ tax`.
fn expected((price, hundredths, tax): Line) -> i128 {
    let doubled = i128::from(price) * i128::from(hundredths) * 2;
    (doubled + 100).div_euclid(200) + i128::from(tax)
}

fn written(hundredths: u32) -> String {
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

fn claim_of(lines: &[Line]) -> Value {
    let items: Vec<Value> = lines
        .iter()
        .map(|(price, hundredths, tax)| {
            let quantity: Value = serde_json::from_str(&written(*hundredths)).unwrap();
            json!({"service_date": "2026-06-01", "category": "report", "quantity": quantity,
                "unit_price_cents": price, "tax_cents": tax})
        })
        .collect();
    claim_with([("/items", items.into())])
}

fn total(submission: &Submission) -> i128 {
    submission.total().get().into()
}

proptest! {
    #[test]
    fn amounts_and_totals_are_exact(lines in lines()) {
        let submission = accept(&claim_of(&lines));
        for (item, line) in submission.items.iter().zip(&lines) {
            prop_assert_eq!(item.quantity.hundredths(), line.1);
            prop_assert_eq!(i128::from(item.amount().get()), expected(*line));
        }
        let sum: i128 = lines.iter().map(|line| expected(*line)).sum();
        prop_assert_eq!(total(&submission), sum);
    }

    #[test]
    fn the_sum_is_the_only_total_that_is_taken(lines in lines(), off in 1..1_000_i64) {
        let claim = claim_of(&lines);
        let sum = accept(&claim).total().get();
        let with_total = |total: i64| super::put(claim.clone(), "/invoice_total_cents", json!(total));
        accept(&with_total(sum));
        for wrong in [sum + off, sum - off] {
            let codes: Vec<&str> = rules_broken(&with_total(wrong)).iter().map(|it| it.0).collect();
            prop_assert!(codes == ["total_mismatch"] || wrong < 0 && codes == ["out_of_range"]);
        }
    }

    #[test]
    fn more_of_anything_never_costs_less(line in lines(), more in (0..=1_000_i64, 0..=1_000_u32, 0..=1_000_i64)) {
        let less = line[0];
        let greater = (
            (less.0 + more.0).min(MAX_CENTS),
            (less.1 + more.1).min(1_000_000),
            (less.2 + more.2).min(MAX_CENTS),
        );
        let (less, greater) = (accept(&claim_of(&[less])), accept(&claim_of(&[greater])));
        prop_assert!(less.total() <= greater.total());
    }

    #[test]
    fn whole_quantities_are_not_rounded(price in 0..=MAX_CENTS, quantity in 1..=10_000_u32) {
        let submission = accept(&claim_of(&[(price, quantity * 100, 0)]));
        prop_assert_eq!(total(&submission), i128::from(price) * i128::from(quantity));
    }

    #[test]
    fn what_was_written_is_read_again_the_same(lines in lines()) {
        let submission = accept(&claim_of(&lines));
        let text = serde_json::to_string(&submission).unwrap();
        let again = Submission::parse(text.as_bytes(), super::today()).unwrap();
        prop_assert_eq!(&again, &submission);
        prop_assert_eq!(again.content_digest().unwrap(), submission.content_digest().unwrap());
    }
}

#[test]
fn half_a_cent_is_rounded_up() {
    for (price, quantity, amount) in [
        (9_999, 125, 12_499),
        (1, 50, 1),
        (1, 49, 0),
        (3, 50, 2),
        (101, 150, 152),
    ] {
        let submission = accept(&claim_of(&[(price, quantity, 7)]));
        assert_eq!(total(&submission), amount + 7, "{price} × {quantity}");
    }
}
