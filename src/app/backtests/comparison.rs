//! Stored claims are decided by the tested rulebook and compared with their stored decisions. No I/O.

use std::borrow::Cow;

use serde::Deserialize;

use super::tally::{ItemComparison, Tally};
use crate::{app::parallel, store::ScannedClaim};
use payerline_domain::{
    backtests::backtest::{ChangedClaim, PayerAndDisposition},
    claims::{
        decision::{Assessment, Severity},
        outside_facts::OutsideFacts,
        payer::{Disposition, Payer},
        submission::Submission,
    },
    parse::decode::Decode,
    values::digest::sha256,
};
use payerline_rulebook::Rulebook;

/// The part of a stored decision that is compared; serde skips the rest.
#[derive(Deserialize)]
struct ComparedDecision<'a> {
    #[serde(borrow)]
    items: Vec<ComparedItem<'a>>,
    findings: Vec<ComparedFinding>,
}

#[derive(Deserialize)]
struct ComparedFinding {
    severity: Severity,
}

impl ComparedDecision<'_> {
    /// Payer and disposition that the decision gave the claim; a review may have given it others since.
    fn roll_up(&self) -> Option<PayerAndDisposition> {
        let payer = self.items.iter().map(|it| it.payer).min()?;
        let strictest = self.items.iter().map(|it| it.disposition).max()?;
        let mut findings = self.findings.iter();
        let is_open = findings.any(|it| it.severity == Severity::Review);
        let disposition = if is_open {
            Disposition::NeedsReview
        } else {
            strictest
        };
        Some(pair(payer, disposition))
    }
}

#[derive(Deserialize)]
struct ComparedItem<'a> {
    payer: Payer,
    disposition: Disposition,
    #[serde(borrow)]
    rule: Cow<'a, str>,
    billing_order: Vec<Payer>,
}

/// Compares a page of claims on some threads. Returns the changed claims in the order of the page, or `None` if a thread
/// panicked.
pub fn compare_all(
    rulebook: &Rulebook,
    claims: &[ScannedClaim],
    threads: usize,
) -> Option<(Tally, Vec<ChangedClaim>)> {
    let chunks = parallel::map_chunks(claims, threads, |chunk| compare_chunk(rulebook, chunk))?;
    let (mut tally, mut changes) = (Tally::default(), Vec::new());
    for (chunk_tally, chunk_changes) in chunks {
        tally.merge(chunk_tally);
        changes.extend(chunk_changes);
    }
    Some((tally, changes))
}

fn compare_chunk(rulebook: &Rulebook, claims: &[ScannedClaim]) -> (Tally, Vec<ChangedClaim>) {
    let mut tally = Tally::default();
    let changes = claims
        .iter()
        .filter_map(|claim| compare_claim(rulebook, claim, &mut tally))
        .collect();
    (tally, changes)
}

/// Compares one claim and counts it. Returns the claim if it would change.
fn compare_claim(
    rulebook: &Rulebook,
    claim: &ScannedClaim,
    tally: &mut Tally,
) -> Option<ChangedClaim> {
    let Some(decided) = DecidedTwice::decide(rulebook, claim) else {
        tally.add_unreadable(claim.id);
        return None;
    };
    let tested = &decided.tested;
    let (before, after) = (decided.before, pair(tested.payer, tested.disposition));
    let moved_cents = tally.add((before, after), tested.total_cents, decided.items())?;
    Some(ChangedClaim {
        claim: claim.id,
        external_id: claim.external_id.clone(),
        before,
        after,
        moved_cents,
        decision_digest: sha256(&claim.evidence.decision),
    })
}

fn pair(payer: Payer, disposition: Disposition) -> PayerAndDisposition {
    PayerAndDisposition { payer, disposition }
}

/// A claim with its stored decision and that of the tested rulebook.
struct DecidedTwice<'a> {
    before: PayerAndDisposition,
    stored: ComparedDecision<'a>,
    submission: Submission,
    tested: Assessment,
}

impl<'a> DecidedTwice<'a> {
    /// Returns `None` if the stored claim cannot be read back.
    fn decide(rulebook: &Rulebook, claim: &'a ScannedClaim) -> Option<Self> {
        let stored: ComparedDecision<'_> = serde_json::from_str(&claim.evidence.decision).ok()?;
        let before = stored.roll_up()?;
        let facts = OutsideFacts::read_stored(claim.evidence.facts.as_bytes()).ok()?;
        let submission = Submission::read_stored(claim.evidence.submission.as_bytes()).ok()?;
        let tested = rulebook.decide(&submission, &facts)?;
        (stored.items.len() == tested.decision.items.len()).then_some(Self {
            before,
            stored,
            submission,
            tested,
        })
    }

    fn items(&self) -> impl Iterator<Item = ItemComparison<'_>> {
        let tested = &self.tested.decision.items;
        let items = self.submission.items.iter().zip(&self.stored.items);
        items
            .zip(tested)
            .map(|((item, stored), tested)| ItemComparison {
                before: pair(stored.payer, stored.disposition),
                after: pair(tested.payer, tested.disposition),
                rule_before: &stored.rule,
                rule_after: &tested.grounds.rule,
                has_same_billing: stored.billing_order == tested.billing_order.payers(),
                amount: item.amount(),
            })
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
            "provider": {"id": "D-7", "profession": "physiotherapist"},
            "coverages": coverages,
            "items": [{"service_date": "2026-06-01", "category": "consultation", "unit_price_cents": 10_000}],
        });
        let submission = submission.to_string();
        let today = Day::parse("2026-06-02").unwrap();
        let parsed = Submission::parse(submission.as_bytes(), today).unwrap();
        let ontario = Rulebook::ontario().unwrap();
        let facts = format!(r#"{{"today":"{today}","preauthorizations":[]}}"#);
        let outside = OutsideFacts::read_stored(facts.as_bytes()).unwrap();
        let assessment = ontario.decide(&parsed, &outside).unwrap();
        ScannedClaim {
            id: Uuid::from_u128(number).into(),
            external_id: format!("INV-{number}"),
            evidence: ClaimEvidence {
                submission,
                decision: assessment.decision.to_json().unwrap(),
                facts,
            },
        }
    }

    fn compared(claims: &[ScannedClaim], threads: usize) -> (BacktestResult, Vec<ChangedClaim>) {
        let (tally, changes) = compare_all(&stricter(), claims, threads).unwrap();
        (tally.result(), changes)
    }

    #[test]
    fn the_sums_are_those_counted_by_hand() {
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
                        before: pair(private, ready),
                        after: pair(private, ready),
                        claims: 1,
                        cents: cents(10_000),
                    },
                    MatrixCell {
                        before: pair(uncovered, ready),
                        after: pair(uncovered, review),
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
    fn the_result_does_not_depend_on_the_number_of_threads() {
        let claims: Vec<_> = (1..20).map(|n| scanned(n, n % 3 == 0)).collect();
        let alone = compared(&claims, 1);
        for threads in [2, 3, 19, 50] {
            assert_eq!(compared(&claims, threads), alone);
        }
        let (whole, _) = compare_all(&stricter(), &claims, 1).unwrap();
        let (mut first, _) = compare_all(&stricter(), &claims[..7], 1).unwrap();
        // A restart in the middle writes the sums down and reads them again.
        first = Tally::from(first.result());
        let (second, _) = compare_all(&stricter(), &claims[7..], 1).unwrap();
        first.merge(second);
        assert_eq!(first.result(), whole.result());
        assert_eq!(compared(&[], 2).0, BacktestResult::default());
    }
}
