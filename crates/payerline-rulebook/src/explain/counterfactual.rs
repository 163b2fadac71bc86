//! A counterfactual: a change that was tried, and what it would give.

use serde::Serialize;
use serde_json::Value;
use utoipa::{
    ToSchema,
    openapi::schema::{Object, ObjectBuilder, SchemaType},
};

use super::{change::ChangeKind, phrases::payer};
use payerline_domain::{
    claims::{
        billing::BillTo,
        decision::{Assessment, ItemDecision},
        payer::{Disposition, Payer},
    },
    preauthorizations::PreauthorizationEntry,
};

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
    /// Who would be billed where no insurer pays; the sentence says it.
    #[serde(skip)]
    #[schema(ignore)]
    pub bill_to: Option<BillTo>,
}

/// Who is billed for all that no insurer pays, if it is one.
fn billed_alone(items: &[ItemDecision]) -> Option<BillTo> {
    let mut billed = items.iter().filter_map(|it| it.bill_to);
    let first = billed.next()?;
    billed.all(|it| it == first).then_some(first)
}

impl WouldBe {
    pub fn from_claim(assessment: &Assessment) -> Self {
        Self {
            payer: assessment.payer,
            disposition: assessment.disposition,
            bill_to: billed_alone(&assessment.decision.items),
        }
    }

    pub fn from_item(item: &ItemDecision) -> Self {
        Self {
            payer: item.payer,
            disposition: item.disposition,
            bill_to: item.bill_to,
        }
    }

    /// Whether it is worth telling somebody who has `now`.
    pub fn matters_beside(self, now: Self) -> bool {
        self.payer != now.payer
            || (self.disposition == Disposition::Ready && now.disposition != Disposition::Ready)
    }

    /// What a change would give somebody who has `now`, in a sentence. Tables of 2026.3 and later speak to the patient.
    pub fn sentence(self, given: &str, subject: &str, now: Self, is_later_edition: bool) -> String {
        let whose = payer(self.payer);
        let then = match (self.payer, self.disposition) {
            (Payer::Uncovered, Disposition::Ready) if self.bill_to == Some(BillTo::ThirdParty) => {
                format!("{subject} would be ready to bill to whoever asked for it")
            }
            (Payer::Uncovered, Disposition::Ready) if is_later_edition => {
                format!("{subject} would be billed to you")
            }
            (Payer::Uncovered, Disposition::Ready) => {
                format!("{subject} would be ready to bill to the patient")
            }
            (_, Disposition::Ready) => {
                let change = if now.payer == self.payer {
                    ""
                } else {
                    " instead"
                };
                format!("{subject} would be ready to bill, with {whose} responsible{change}")
            }
            (_, Disposition::NeedsPreauthorization) => {
                format!(
                    "{whose} would be responsible for {subject}, and its approval would come first"
                )
            }
            (Payer::Uncovered, Disposition::NeedsReview) if is_later_edition => {
                format!(
                    "it would not be settled yet who is responsible for {subject}, and a person would look first"
                )
            }
            (_, Disposition::NeedsReview) => {
                format!("{whose} would be responsible for {subject}, and a person would look first")
            }
        };
        format!("{given}, {then}.")
    }
}
