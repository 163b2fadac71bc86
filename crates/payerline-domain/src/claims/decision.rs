//! What was decided about a claim: per item a payer, a disposition and the rule behind them; and findings.

use std::{borrow::Cow, sync::Arc};

use serde::{Serialize, Serializer};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema},
};

use super::{
    item::Category,
    payer::{Disposition, Payer},
    submission::Submission,
};
use crate::{
    parse::json,
    values::{closed_enum::string_enum, money::Cents},
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
    /// The index in `coverages` (from 0) of the insurance that is billed first.
    pub coverage: Option<usize>,
    pub billing_order: BillingOrder,
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
    /// What the rule rests on: statute, bulletin or the product's source document.
    #[schema(value_type = String, example = "The product's source document: auto insurers may cover it case by case")]
    basis: &'d str,
    /// The index in `coverages` (from 0) of the insurance that is billed first, or null.
    #[schema(example = 1)]
    coverage: Option<usize>,
    /// Who is billed, in this order; empty when no insurer is.
    billing_order: BillingOrder,
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
            coverage: self.coverage,
            billing_order: self.billing_order,
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
    }
}

string_enum! {
    /// Whom to bill, first to last.
    BillingSequence {
        /// Nobody: no insurer is billed.
        Nobody = "nobody",
        /// Workers' insurance alone.
        Wsib = "wsib",
        /// Auto insurance alone.
        Mva = "mva",
        /// The private plan alone.
        Private = "private",
        /// Auto insurance, then the private plan.
        MvaThenPrivate = "mva_then_private",
        /// The private plan, then auto insurance.
        PrivateThenMva = "private_then_mva",
    }
}

/// Whom to bill, first to last; written as a list of payers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ToSchema)]
#[schema(value_type = Vec<Payer>, example = json!(["private", "mva"]))]
pub struct BillingOrder(pub BillingSequence);

impl BillingOrder {
    pub fn payers(self) -> &'static [Payer] {
        match self.0 {
            BillingSequence::Nobody => &[],
            BillingSequence::Wsib => &[Payer::Wsib],
            BillingSequence::Mva => &[Payer::Mva],
            BillingSequence::Private => &[Payer::Private],
            BillingSequence::MvaThenPrivate => &[Payer::Mva, Payer::Private],
            BillingSequence::PrivateThenMva => &[Payer::Private, Payer::Mva],
        }
    }
}

impl Serialize for BillingOrder {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.payers().serialize(serializer)
    }
}

/// Something noticed on the side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Finding {
    /// A stable word for programs.
    #[schema(value_type = String, example = "not_recommended_minor")]
    pub code: Arc<str>,
    /// How much it matters: `review` makes a person look at the claim.
    pub severity: Severity,
    /// What was noticed, in a sentence.
    #[schema(value_type = String, example = "Stem cells are not recommended for children: the patient is under 18 on the day of the service.")]
    pub detail: Arc<str>,
    /// Where: an RFC 6901 JSON Pointer into the submission.
    #[schema(example = "/patient/birth_date")]
    pub pointer: String,
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
    /// The sum of the items' amounts in Canadian cents.
    pub total_cents: Cents,
    /// The items' amounts added up by payer; payers without items are left out.
    pub allocations: Vec<Allocation>,
    /// The decision behind it.
    pub decision: Decision,
}

impl Assessment {
    /// Rolls a decision up to its claim. `None` when there is no item; every valid claim has one.
    pub fn roll_up(submission: &Submission, decision: Decision) -> Option<Self> {
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
            total_cents: submission.total(),
            allocations: allocate(submission, &decision),
            decision,
        })
    }
}

fn allocate(submission: &Submission, decision: &Decision) -> Vec<Allocation> {
    let mut allocations: Vec<Allocation> = Vec::new();
    for (item, decided) in submission.items.iter().zip(&decision.items) {
        let amount_cents = item.amount();
        match allocations.iter_mut().find(|it| it.payer == decided.payer) {
            Some(known) => known.amount_cents = known.amount_cents + amount_cents,
            None => allocations.push(Allocation {
                payer: decided.payer,
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
