//! What a letter is about: a stored claim as it stands, or the dry run of one.

use std::{borrow::Cow, sync::Arc};

use serde::Deserialize;

use crate::app::claims::decided::DecidedClaim;
use payerline_domain::{
    claims::{
        accident::AccidentCause,
        claim::{Claim, Status},
        decision::{Finding, ItemDecision, Severity},
        item::{Item, RequestedBy},
        payer::{Disposition, Payer},
        payers_due::{PayerDue, PayersDue},
        review::{Review, SettledFinding},
        submission::Submission,
    },
    values::time::Day,
};

pub struct Subject<'c> {
    pub submission: &'c Submission,
    pub stage: Stage<'c>,
    /// What happens next with the whole of it.
    pub disposition: Disposition,
    /// In the order of the submission.
    pub items: Vec<SubjectItem<'c>>,
    /// Whatever makes a person look at the claim, as far as nobody settled it.
    pub questions: Vec<SettledFinding>,
    pub payers_due: Cow<'c, PayersDue>,
    /// The day on which a person decided what counts now.
    pub reviewed_on: Option<Day>,
}

/// How far it came.
#[derive(Clone, Copy)]
pub enum Stage<'c> {
    DryRun,
    Filed(&'c Claim),
}

/// An item of the claim.
pub struct SubjectItem<'c> {
    pub sequence: u16,
    pub item: &'c Item,
    pub disposition: Disposition,
    pub why: Why,
}

/// Why it is decided so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// A rule says it.
    Rule { because: Arc<str>, basis: Arc<str> },
    /// A person decided otherwise than the rules. What the person wrote down is for the staff.
    Person,
}

/// The part of a stored decision that a letter tells. Decisions of all rulebooks have it.
#[derive(Deserialize)]
struct Outline {
    items: Vec<OutlineItem>,
    findings: Vec<OutlineFinding>,
}

#[derive(Deserialize)]
struct OutlineItem {
    sequence: u16,
    payer: Payer,
    disposition: Disposition,
    because: Arc<str>,
    basis: Arc<str>,
}

#[derive(Deserialize)]
struct OutlineFinding {
    severity: Severity,
    #[serde(flatten)]
    finding: SettledFinding,
}

impl<'c> Subject<'c> {
    /// A stored claim; its review, while it is not outdated, stands before the decision.
    pub fn from_claim(claim: &'c Claim, submission: &'c Submission) -> serde_json::Result<Self> {
        let outline: Outline = serde_json::from_str(claim.decision.as_str())?;
        let review = claim.review.as_ref().filter(|review| !review.outdated);
        let decided = submission.items.iter().zip(outline.items);
        let items = decided.map(|(item, decided)| decided.stand(item, review));
        let open = outline.findings.into_iter().filter(|it| it.is_open(review));
        Ok(Self {
            submission,
            stage: Stage::Filed(claim),
            disposition: claim.disposition,
            items: items.collect(),
            questions: open.map(|it| it.finding).collect(),
            payers_due: match &claim.payers_due {
                Some(due) => Cow::Borrowed(due),
                None => Cow::default(),
            },
            reviewed_on: review.map(|review| Day::in_ontario(review.reviewed_at)),
        })
    }

    /// A claim that was decided and not stored.
    pub fn from_dry_run(decided: &'c DecidedClaim) -> Self {
        let (submission, assessment) = (&decided.submission, &decided.assessment);
        let items = submission.items.iter().zip(&assessment.decision.items);
        let findings = assessment.decision.findings.iter();
        let open = findings.filter(|it| it.severity == Severity::Review);
        Self {
            submission,
            stage: Stage::DryRun,
            disposition: assessment.disposition,
            items: items.map(SubjectItem::from_decision).collect(),
            questions: open.map(|it: &Finding| SettledFinding::from(it)).collect(),
            payers_due: Cow::Borrowed(&assessment.payers_due),
            reviewed_on: None,
        }
    }

    /// Who is billed for an item, in turn.
    pub fn payers_of(&self, sequence: u16) -> &[PayerDue] {
        let mut items = self.payers_due.by_item();
        items
            .find(|(item, _)| *item == sequence)
            .map_or(&[], |(_, payers)| payers)
    }

    pub fn is_dry_run(&self) -> bool {
        matches!(self.stage, Stage::DryRun)
    }

    /// True if the clinic no longer bills it, because it was withdrawn or another claim took its place.
    pub fn is_closed(&self) -> bool {
        let is_closed = |it: &Claim| matches!(it.status, Status::Void | Status::Replaced);
        matches!(self.stage, Stage::Filed(claim) if is_closed(claim))
    }

    pub fn cause(&self) -> Option<AccidentCause> {
        self.submission.accident.map(|it| it.cause)
    }

    /// True if the injury comes from work.
    pub fn is_from_work(&self) -> bool {
        self.cause().is_some_and(AccidentCause::is_at_work)
    }

    /// True if a person looks at something about an item, such as `/insured_by_ohip`.
    pub fn asks_about(&self, sequence: u16, field: &str) -> bool {
        let pointer = format!("/items/{}{field}", sequence.saturating_sub(1));
        self.questions.iter().any(|it| it.pointer == pointer)
    }
}

impl<'c> SubjectItem<'c> {
    fn from_decision((item, decided): (&'c Item, &ItemDecision)) -> Self {
        Self {
            sequence: decided.sequence,
            item,
            disposition: decided.disposition,
            why: Why::Rule {
                because: decided.grounds.because.clone(),
                basis: decided.grounds.basis.clone(),
            },
        }
    }

    pub fn is_third_partys(&self) -> bool {
        self.item.requested_by == RequestedBy::ThirdParty
    }
}

impl OutlineItem {
    /// The item as it stands, by the review if there is one.
    fn stand<'c>(self, item: &'c Item, review: Option<&Review>) -> SubjectItem<'c> {
        let mut reviewed = review.into_iter().flat_map(|review| &review.items);
        let reviewed = reviewed.find(|it| it.sequence == self.sequence);
        let decided = (self.payer, self.disposition);
        let is_overridden = reviewed.is_some_and(|it| (it.payer, it.disposition) != decided);
        SubjectItem {
            sequence: self.sequence,
            item,
            disposition: reviewed.map_or(self.disposition, |it| it.disposition),
            why: match is_overridden {
                true => Why::Person,
                false => Why::Rule {
                    because: self.because,
                    basis: self.basis,
                },
            },
        }
    }
}

impl OutlineFinding {
    fn is_open(&self, review: Option<&Review>) -> bool {
        let is_settled = review.is_some_and(|it| it.findings.contains(&self.finding));
        self.severity == Severity::Review && !is_settled
    }
}
