//! Stored claims decided by the tested rulebook and compared with what is stored of them. No I/O.

use std::borrow::Cow;

use serde::Deserialize;

use super::tally::{Difference, ItemDifference, Tally};
use crate::{app::parallel, store::ScannedClaim};
use payerline_domain::{
    backtests::backtest::{ChangedClaim, PayerAndDisposition},
    claims::{
        decision::{Assessment, ItemDecision},
        item::Item,
        outside_facts::OutsideFacts,
        payer::{Disposition, Payer},
        submission::Submission,
    },
    parse::decode::Decode,
    values::{closed_enum::ClosedEnum, digest::sha256},
};
use payerline_rulebook::Rulebook;

/// What of a stored decision is compared; the rest is passed over unread.
#[derive(Deserialize)]
struct StoredDecision<'a> {
    #[serde(borrow)]
    items: Vec<StoredItem<'a>>,
}

#[derive(Deserialize)]
struct StoredItem<'a> {
    payer: Payer,
    disposition: Disposition,
    #[serde(borrow)]
    rule: Cow<'a, str>,
    billing_order: Vec<Payer>,
}

/// Compares a page of claims, on so many threads; the changed ones come in the order of the page. `None` when a
/// thread panicked, which nothing should.
pub fn compare_all(
    rulebook: &Rulebook,
    claims: &[ScannedClaim],
    threads: usize,
) -> Option<(Tally, Vec<ChangedClaim>)> {
    let parallel =
        parallel::map_chunks(claims, threads, |share| compare_in_order(rulebook, share))?;
    let (mut tally, mut changes) = (Tally::default(), Vec::new());
    for (more, more_changes) in parallel {
        tally.merge(more);
        changes.extend(more_changes);
    }
    Some((tally, changes))
}

fn compare_in_order(rulebook: &Rulebook, claims: &[ScannedClaim]) -> (Tally, Vec<ChangedClaim>) {
    let mut tally = Tally::default();
    let changes = claims
        .iter()
        .filter_map(|claim| compare(rulebook, claim, &mut tally))
        .collect();
    (tally, changes)
}

/// Compares one claim and counts it; what there is to say of it when it would change.
fn compare(rulebook: &Rulebook, claim: &ScannedClaim, tally: &mut Tally) -> Option<ChangedClaim> {
    let Some(compared) = Compared::of(rulebook, claim) else {
        tally.add_unreadable(claim.id);
        return None;
    };
    let difference = compared.difference();
    let moved_cents = tally.add(&difference)?;
    Some(ChangedClaim {
        claim: claim.id,
        external_id: claim.external_id.clone(),
        before: difference.before,
        after: difference.after,
        moved_cents,
        decision_digest: sha256(&claim.evidence.decision),
    })
}

/// A claim with both decisions.
struct Compared<'a> {
    before: PayerAndDisposition,
    stored: StoredDecision<'a>,
    submission: Submission,
    made: Assessment,
}

impl<'a> Compared<'a> {
    /// `None` when what is stored does not read back.
    fn of(rulebook: &Rulebook, claim: &'a ScannedClaim) -> Option<Self> {
        let before = PayerAndDisposition {
            payer: Payer::from_word(&claim.payer)?,
            disposition: Disposition::from_word(&claim.disposition)?,
        };
        let stored: StoredDecision<'_> = serde_json::from_str(&claim.evidence.decision).ok()?;
        let facts = OutsideFacts::parse(claim.evidence.facts.as_bytes()).ok()?;
        let submission =
            Submission::parse(claim.evidence.submission.as_bytes(), facts.today).ok()?;
        let made = rulebook.decide(&submission, &facts.ledger)?;
        (stored.items.len() == made.decision.items.len()).then_some(Self {
            before,
            stored,
            submission,
            made,
        })
    }

    fn difference(&self) -> Difference<'_> {
        let made = &self.made.decision.items;
        let items = self.submission.items.iter().zip(&self.stored.items);
        Difference {
            before: self.before,
            after: PayerAndDisposition {
                payer: self.made.payer,
                disposition: self.made.disposition,
            },
            total: self.made.total_cents,
            items: items
                .zip(made)
                .map(|((item, stored), made)| item_difference(item, stored, made))
                .collect(),
        }
    }
}

fn item_difference<'c>(
    item: &Item,
    stored: &'c StoredItem<'_>,
    made: &'c ItemDecision,
) -> ItemDifference<'c> {
    ItemDifference {
        before: PayerAndDisposition {
            payer: stored.payer,
            disposition: stored.disposition,
        },
        after: PayerAndDisposition {
            payer: made.payer,
            disposition: made.disposition,
        },
        rule_before: &stored.rule,
        rule_after: &made.grounds.rule,
        billed_alike: stored.billing_order == made.billing_order.payers(),
        amount: item.amount(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use uuid::Uuid;

    use super::*;
    use crate::store::ClaimEvidence;
    use payerline_domain::{
        backtests::backtest::{BacktestResult, MatrixCell, RuleCount, RuleShift},
        values::{money::Cents, time::Day},
    };

    const ONTARIO: &str = payerline_rulebook::ONTARIO;

    /// The shipped table with consultations that nobody covers sent to a person.
    fn stricter() -> Rulebook {
        let mut table: Value = serde_json::from_str(ONTARIO).unwrap();
        let rules = table["rules"].as_array_mut().unwrap();
        let rule = rules.iter_mut().find(|it| it["id"] == "uncovered");
        rule.unwrap()["then"]["decide"]["disposition"] = json!("needs_review");
        Rulebook::parse(&table.to_string()).unwrap()
    }

    fn scanned(number: u128, private: bool) -> ScannedClaim {
        let coverages = if private {
            json!([{"kind": "private", "covered_categories": ["consultation"]}])
        } else {
            json!([])
        };
        let submission = json!({
            "external_id": format!("INV-{number}"),
            "patient": {"id": "P-1", "birth_date": "1984-03-09"},
            "provider": {"id": "D-7", "profession": "physician"},
            "coverages": coverages,
            "items": [{"service_date": "2026-06-01", "category": "consultation", "unit_price_cents": 10_000}],
        });
        let submission = submission.to_string();
        let today = Day::parse("2026-06-02").unwrap();
        let parsed = Submission::parse(submission.as_bytes(), today).unwrap();
        let ontario = Rulebook::ontario().unwrap();
        let assessment = ontario.decide(&parsed, &Default::default()).unwrap();
        ScannedClaim {
            id: Uuid::from_u128(number).into(),
            external_id: format!("INV-{number}"),
            payer: assessment.payer.word().to_owned(),
            disposition: assessment.disposition.word().to_owned(),
            evidence: ClaimEvidence {
                submission,
                decision: assessment.decision.to_json().unwrap(),
                facts: r#"{"today":"2026-06-02","preauthorizations":[]}"#.to_owned(),
            },
        }
    }

    fn is(payer: Payer, disposition: Disposition) -> PayerAndDisposition {
        PayerAndDisposition { payer, disposition }
    }

    fn compared(claims: &[ScannedClaim], threads: usize) -> (BacktestResult, Vec<ChangedClaim>) {
        let (tally, changes) = compare_all(&stricter(), claims, threads).unwrap();
        (tally.result(), changes)
    }

    #[test]
    fn what_a_rulebook_would_change_is_counted_by_hand() {
        let mut broken = scanned(4, false);
        broken.evidence.facts = "{}".to_owned();
        let claims = [
            scanned(1, true),
            scanned(2, false),
            scanned(3, false),
            broken,
        ];
        let (result, changes) = compared(&claims, 1);
        let (uncovered, ready) = (Payer::Uncovered, Disposition::Ready);
        let (private, review) = (Payer::Private, Disposition::NeedsReview);
        let cents = Cents::from_stored;
        assert_eq!(
            result,
            BacktestResult {
                claims: 3,
                changed: 2,
                moved_cents: cents(0),
                unreadable: 1,
                unreadable_ids: vec![Uuid::from_u128(4).into()],
                matrix: vec![
                    MatrixCell {
                        before: is(private, ready),
                        after: is(private, ready),
                        claims: 1,
                        cents: cents(10_000),
                    },
                    MatrixCell {
                        before: is(uncovered, ready),
                        after: is(uncovered, review),
                        claims: 2,
                        cents: cents(20_000),
                    },
                ],
                rules: vec![RuleShift {
                    before: "uncovered".to_owned(),
                    after: "uncovered".to_owned(),
                    items: 2,
                    cents: cents(20_000),
                }],
                decided_by: vec![
                    RuleCount {
                        rule: "private-listed".to_owned(),
                        items: 1,
                        cents: cents(10_000),
                    },
                    RuleCount {
                        rule: "uncovered".to_owned(),
                        items: 2,
                        cents: cents(20_000),
                    },
                ],
            }
        );
        let changed: Vec<&str> = changes.iter().map(|it| it.external_id.as_str()).collect();
        assert_eq!(changed, ["INV-2", "INV-3"]);
    }

    #[test]
    fn however_the_work_is_shared_out_the_result_is_one() {
        let claims: Vec<_> = (1..20).map(|n| scanned(n, n % 3 == 0)).collect();
        let alone = compared(&claims, 1);
        for threads in [2, 3, 19, 50] {
            assert_eq!(compared(&claims, threads), alone);
        }
        let (whole, _) = compare_all(&stricter(), &claims, 1).unwrap();
        let (mut first, _) = compare_all(&stricter(), &claims[..7], 1).unwrap();
        // Written down and read again in the middle, as over a restart.
        first = Tally::from(first.result());
        let (second, _) = compare_all(&stricter(), &claims[7..], 1).unwrap();
        first.merge(second);
        assert_eq!(first.result(), whole.result());
        assert_eq!(compared(&[], 2).0, BacktestResult::default());
    }
}
