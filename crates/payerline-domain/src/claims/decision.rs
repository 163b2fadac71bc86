//! What was decided about a claim: per item a payer, a disposition and the rule behind them; and findings.

use std::{borrow::Cow, sync::Arc};

use serde::{Serialize, Serializer};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{Ref, RefOr, Schema},
};

use super::{
    billing::{BillTo, BillingOrder},
    item::Category,
    payer::{Disposition, Payer},
    payers_due::PayersDue,
    submission::Submission,
};
use crate::{
    parse::json,
    values::{closed_enum::string_enum, ids::ClaimId, money::Cents, text::Label},
};

/// The stored decision: which rulebook, what it said of each item, and what it noticed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Decision {
    /// The rulebook that decided.
    #[schema(value_type = RulebookVersion)]
    pub rulebook: Arc<RulebookVersion>,
    /// One decision per item, in the order of the items.
    pub items: Vec<ItemDecision>,
    /// What was noticed on the side.
    pub findings: Vec<Finding>,
}

impl Decision {
    /// About how long it is as JSON, in bytes: without its items, and for each of them.
    const USUAL_BYTES: (usize, usize) = (512, 640);

    /// Writes the decision as JSON text: the evidence that is kept, and made again years later.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        let (frame, item) = Self::USUAL_BYTES;
        json::to_string(self, frame + item * self.items.len())
    }
}

/// Which rulebook, exactly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RulebookVersion {
    /// Its name.
    #[schema(value_type = String, example = "ontario")]
    pub name: Arc<str>,
    /// Its version.
    #[schema(value_type = String, example = "2026.2")]
    pub version: Arc<str>,
    /// SHA-256 of its text, hexadecimal.
    #[schema(value_type = String, example = "5f2c…")]
    pub sha256: Arc<str>,
}

/// What was decided about one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemDecision {
    /// The item's number, from 1 in the order sent.
    pub sequence: u16,
    pub payer: Payer,
    pub disposition: Disposition,
    pub grounds: Arc<Grounds>,
    /// Who is billed where no insurer is; `None` for items that are not `ready`, and in decisions by older rulebooks.
    pub bill_to: Option<BillTo>,
    /// The index in `coverages` (from 0) of the insurance that is billed first.
    pub coverage: Option<usize>,
    pub billing_order: BillingOrder,
    /// The number of the approval that it relies on, as the claim writes it; `None` in decisions by older rulebooks.
    pub preauthorization: Option<Label>,
}

/// The rule behind a decision, and why. All items that it decides share it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grounds {
    pub rule: Arc<str>,
    /// Why, in a sentence that can be read to a patient.
    pub because: Arc<str>,
    /// What the rule rests on.
    pub basis: Arc<str>,
    pub required_documents: Vec<Document>,
}

// The JSON form of an item's decision, with the grounds that it shares with others written into it.
/// What was decided about one item.
#[derive(Serialize, ToSchema)]
#[schema(as = ItemDecision)]
struct WrittenItem<'d> {
    /// The item's number, from 1 in the order sent.
    #[schema(minimum = 1, example = 1)]
    sequence: u16,
    /// Who is responsible for it.
    payer: Payer,
    /// What happens next with it.
    disposition: Disposition,
    /// The rule that decided.
    #[schema(value_type = String, example = "mva-stem-cell-unapproved")]
    rule: &'d str,
    /// Why, in a sentence that can be read to a patient.
    #[schema(value_type = String, example = "Stem cells after a car accident may be paid by the auto insurer case by case, but only after it has approved a treatment plan (OCF-18).")]
    because: &'d str,
    /// What the rule rests on: statute, bulletin or the clinic's treatment information.
    #[schema(value_type = String, example = "The clinic's treatment information: auto insurers may cover it case by case")]
    basis: &'d str,
    /// Who is billed where no insurer is: only on items of payer `uncovered` that are `ready`. Decisions by rulebooks
    /// before `2026.3` have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    bill_to: Option<BillTo>,
    /// The index in `coverages` (from 0) of the insurance that is billed first, or null.
    #[schema(example = 1)]
    coverage: Option<usize>,
    /// Who is billed, in this order; empty when no insurer is.
    billing_order: BillingOrder,
    /// The number of the approval that it relies on, whatever the payer answered; left out if there is none. Decisions by
    /// rulebooks before `2026.3` have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "OCF18-88123")]
    preauthorization: Option<&'d Label>,
    /// What has to be sent or obtained.
    #[schema(value_type = Vec<Document>)]
    required_documents: &'d [Document],
}

impl Serialize for ItemDecision {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let written = WrittenItem {
            sequence: self.sequence,
            payer: self.payer,
            disposition: self.disposition,
            rule: &self.grounds.rule,
            because: &self.grounds.because,
            basis: &self.grounds.basis,
            bill_to: self.bill_to,
            coverage: self.coverage,
            billing_order: self.billing_order,
            preauthorization: self.preauthorization.as_ref(),
            required_documents: &self.grounds.required_documents,
        };
        written.serialize(serializer)
    }
}

impl PartialSchema for ItemDecision {
    fn schema() -> RefOr<Schema> {
        WrittenItem::schema()
    }
}

impl ToSchema for ItemDecision {
    fn name() -> Cow<'static, str> {
        WrittenItem::name()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        WrittenItem::schemas(schemas);
    }
}

string_enum! {
    /// A form or approval that an item needs.
    Document {
        /// Treatment and assessment plan, to the auto insurer.
        Ocf18 = "ocf_18",
        /// Treatment confirmation under the Minor Injury Guideline, to the auto insurer.
        Ocf23 = "ocf_23",
        /// Invoice to the auto insurer after an OCF-18.
        Ocf21b = "ocf_21b",
        /// Invoice to the auto insurer after an OCF-23.
        Ocf21c = "ocf_21c",
        /// WSIB's report of the first visit.
        Form8 = "form_8",
        /// WSIB's prior approval.
        WsibApproval = "wsib_approval",
        /// A private plan's answer, in writing, before the treatment.
        Predetermination = "predetermination",
        /// WSIB's report of a first visit for mental stress.
        Cms8 = "cms8",
    }
}

/// Something noticed on the side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Finding {
    /// A stable word for programs.
    #[schema(schema_with = refer_to_codes)]
    pub code: Arc<str>,
    /// How much it matters: `review` makes a person look at the claim.
    pub severity: Severity,
    /// What was noticed, in a sentence.
    #[schema(value_type = String, example = "Stem cells are not recommended for children: the patient is under 18 on the day of the service.")]
    pub detail: Arc<str>,
    /// Where: an RFC 6901 JSON Pointer into the submission.
    #[schema(example = "/patient/birth_date")]
    pub pointer: String,
    /// The id of another claim that it is about, such as the one that bills the same service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub related_claim: Option<ClaimId>,
}

/// The codes are those of a rulebook, which this crate does not know.
fn refer_to_codes() -> Ref {
    Ref::from_schema_name("FindingCode")
}

string_enum! {
    /// How much a finding matters.
    Severity {
        /// Good to know.
        Info = "info",
        /// Likely to cause trouble later; changes nothing now.
        Warning = "warning",
        /// A person has to look: the claim's disposition becomes `needs_review`.
        Review = "review",
    }
}

/// What one payer is responsible for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Allocation {
    /// The payer.
    pub payer: Payer,
    /// The sum of its items in Canadian cents.
    pub amount_cents: Cents,
}

/// A decision rolled up to the claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Assessment {
    /// Who is responsible: the first of `wsib`, `mva`, `private`, `uncovered` that any item has.
    pub payer: Payer,
    /// The strictest disposition of the items, made stricter by any finding of severity `review`.
    pub disposition: Disposition,
    /// Who is billed, first to last: that of the first item with the claim's payer.
    pub billing_order: BillingOrder,
    /// Who is billed, in turn: `billing_order` with each insurance by itself.
    pub payers_due: PayersDue,
    /// The sum of the items' amounts in Canadian cents.
    pub total_cents: Cents,
    /// The items' amounts added up by payer; payers without items are left out.
    pub allocations: Vec<Allocation>,
    /// The decision behind it.
    pub decision: Decision,
}

impl Assessment {
    /// Rolls a decision up to its claim. `None` when there is no item; every valid claim has one.
    pub fn roll_up(
        submission: &Submission,
        decision: Decision,
        payers_due: PayersDue,
    ) -> Option<Self> {
        let first = decision.items.iter().min_by_key(|item| item.payer)?;
        let (payer, billing_order) = (first.payer, first.billing_order);
        let strictest = decision.items.iter().map(|item| item.disposition).max()?;
        let review = decision
            .findings
            .iter()
            .any(|finding| finding.severity == Severity::Review);
        Some(Self {
            payer,
            disposition: if review {
                Disposition::NeedsReview
            } else {
                strictest
            },
            billing_order,
            payers_due,
            total_cents: submission.total(),
            allocations: allocate(submission, decision.items.iter().map(|item| item.payer)),
            decision,
        })
    }
}

/// Adds up the items' amounts by the payer of each.
pub(super) fn allocate(
    submission: &Submission,
    payers: impl Iterator<Item = Payer>,
) -> Vec<Allocation> {
    let mut allocations: Vec<Allocation> = Vec::new();
    for (item, payer) in submission.items.iter().zip(payers) {
        let amount_cents = item.amount();
        match allocations.iter_mut().find(|it| it.payer == payer) {
            Some(known) => known.amount_cents = known.amount_cents + amount_cents,
            None => allocations.push(Allocation {
                payer,
                amount_cents,
            }),
        }
    }
    allocations.sort_by_key(|it| it.payer);
    allocations
}

/// The categories that follow the stem cells on the same claim (the contract, 'What the decisions must be').
pub const FOLLOWERS: [Category; 4] = [
    Category::TissueHarvest,
    Category::ImageGuidance,
    Category::Injection,
    Category::PlateletRichPlasma,
];
