//! Counterfactuals: changes that were tried by deciding the changed claim, and what they would give.

use serde::Serialize;
use serde_json::Value;
use utoipa::{
    ToSchema,
    openapi::schema::{Object, ObjectBuilder, SchemaType},
};

use super::{
    change::{Change, ChangeKind},
    of_approvals::Approvals,
    of_claim, of_coverages, text,
};
use crate::{Rulebook, decide::facts::ClaimFacts};
use payerline_domain::{
    claims::{
        decision::{Assessment, ItemDecision},
        payer::{Disposition, Payer},
        submission::Submission,
    },
    preauthorizations::{Ledger, PreauthorizationEntry},
};

/// Counterfactuals listed for an item, or for the claim, at most.
const LISTED_MOST: usize = 12;
/// Items decided at most while the changes of a claim are tried; a claim of many items gets fewer tries.
const ITEMS_DECIDED_MOST: usize = 20_000;

/// A single change of what was sent, or of the ledger, that would give another payer or make it ready.
///
/// To apply it to the submission, put `value` at `pointer` (`-` appends, null takes the element out);
/// where there is no `value`, the submission stays. To apply it to the ledger, enter `approval` in the
/// place of what has its number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Counterfactual {
    /// What would change.
    pub change: ChangeKind,
    /// Where in the submission: an RFC 6901 JSON Pointer, `-` for a new element of a list. A change of the
    /// ledger alone points at the number whose entry would change.
    #[schema(example = "/preauthorizations/-")]
    pub pointer: String,
    /// What would stand there, any JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = value_schema, required = false)]
    pub value: Option<Value>,
    /// The entry that the ledger would have; its `approved_cents` is the least amount that suffices for the
    /// items that would rely on it, unless more was approved already.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approval: Option<PreauthorizationEntry>,
    /// What would then be decided.
    pub would: WouldBe,
    /// The same in a sentence.
    #[schema(
        example = "With an approved OCF-18 of at least $4,500.00 for stem cell therapy, named on the claim, this service would be ready to bill, with the auto insurer responsible."
    )]
    pub text: String,
}

/// utoipa's own schema of any JSON drops the example.
fn value_schema() -> Object {
    ObjectBuilder::new()
        .schema_type(SchemaType::AnyValue)
        .description(Some(
            "What would stand there: any JSON. `NEW-1` stands for the number that the payer will give, `00000000` \
             for WSIB's claim number, `ultrasound` for the imaging that was used, and the first day of service for \
             the day of an accident that was not reported.",
        ))
        .examples(["NEW-1"])
        .build()
}

/// What a change would give.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct WouldBe {
    /// Who would be responsible.
    pub payer: Payer,
    /// What would happen next.
    pub disposition: Disposition,
}

impl WouldBe {
    /// That of a claim.
    pub fn of_claim(assessment: &Assessment) -> Self {
        Self {
            payer: assessment.payer,
            disposition: assessment.disposition,
        }
    }

    /// That of an item.
    pub fn of_item(item: &ItemDecision) -> Self {
        Self {
            payer: item.payer,
            disposition: item.disposition,
        }
    }

    /// Whether it is worth telling somebody who has `now`.
    fn matters_beside(self, now: Self) -> bool {
        self.payer != now.payer
            || (self.disposition == Disposition::Ready && now.disposition != Disposition::Ready)
    }
}

/// Every change that was tried, with what was decided.
pub struct Tried {
    outcomes: Vec<(Change, Assessment)>,
    /// Whether none was left out because the claim is too large.
    pub all: bool,
}

impl Tried {
    /// Makes each change on a copy and decides that.
    pub fn of(
        rulebook: &Rulebook,
        claim: &Submission,
        ledger: &Ledger,
        facts: &ClaimFacts<'_>,
    ) -> Self {
        let most = ITEMS_DECIDED_MOST / claim.items.len().max(1);
        let mut changes = possible(claim, ledger, facts);
        let outcomes: Vec<_> = changes
            .by_ref()
            .take(most)
            .filter_map(|change| {
                let (claim, ledger) = change.edit.applied(claim, ledger);
                let assessment = rulebook.decide(&claim, &ledger)?;
                Some((change, assessment))
            })
            .collect();
        let all = changes.next().is_none();
        let mut tried = Self { outcomes, all };
        // Stable: changes of one kind stay in the order of the claim.
        tried.outcomes.sort_by_key(|(change, _)| change.kind);
        tried
    }

    /// Those that matter to an item.
    pub fn for_item(&self, index: usize, now: WouldBe) -> Vec<Counterfactual> {
        let items = |assessment: &Assessment| {
            let item = assessment.decision.items.get(index)?;
            Some(WouldBe::of_item(item))
        };
        self.list("this service", now, items)
    }

    /// Those that matter to the claim.
    pub fn for_claim(&self, now: WouldBe) -> Vec<Counterfactual> {
        self.list("the claim", now, |it| Some(WouldBe::of_claim(it)))
    }

    fn list(
        &self,
        subject: &str,
        now: WouldBe,
        then: impl Fn(&Assessment) -> Option<WouldBe>,
    ) -> Vec<Counterfactual> {
        let mut listed: Vec<Counterfactual> = Vec::new();
        for (change, assessment) in &self.outcomes {
            let Some(would) = then(assessment).filter(|would| would.matters_beside(now)) else {
                continue;
            };
            let text = text::counterfactual(&change.given, subject, now, would);
            // Two coverages that read alike are one piece of advice.
            if listed.iter().any(|known| known.text == text) {
                continue;
            }
            listed.push(Counterfactual {
                change: change.kind,
                pointer: change.edit.pointer(),
                value: change.edit.value(),
                approval: change.edit.approval().cloned(),
                would,
                text,
            });
            if listed.len() == LISTED_MOST {
                break;
            }
        }
        listed
    }
}

/// The changes that may be tried; those of items last, as a claim may have hundreds.
fn possible(
    claim: &Submission,
    ledger: &Ledger,
    facts: &ClaimFacts<'_>,
) -> impl Iterator<Item = Change> {
    let approvals = Approvals {
        claim,
        ledger,
        candidates: facts.items.iter().map(|item| item.candidate).collect(),
    };
    of_claim::changes(claim)
        .into_iter()
        .chain(of_coverages::changes(claim, ledger))
        .chain(approvals.changes())
        .chain(of_claim::of_items(claim))
}
