//! The explanation as text: short paragraphs that a clerk can read aloud to a patient.

use std::collections::HashSet;

use super::{
    counterfactual::Counterfactual,
    explanation::{Explanation, ItemExplanation},
    phrases::{self, category, dollars, payer, sentence},
};
use payerline_domain::claims::{
    billing::BillTo,
    coverage::CoverageKind,
    decision::{Assessment, ItemDecision, Severity},
    item::{Category, Item},
    payer::{Disposition, Payer},
    submission::Submission,
};

/// The whole explanation; paragraphs are separated by blank lines.
pub fn write(
    claim: &Submission,
    assessment: &Assessment,
    explanation: &Explanation,
    is_later_edition: bool,
) -> String {
    let mut paragraphs = vec![claim_paragraph(claim, assessment, is_later_edition)];
    let items = claim.items.iter().zip(&assessment.decision.items);
    for (item, explained) in items.zip(&explanation.items) {
        paragraphs.push(item_paragraph(
            claim,
            assessment.disposition,
            item,
            explained,
            is_later_edition,
        ));
        paragraphs.push(changes_of_item(explained, &explanation.items));
    }
    if !says_the_same(explanation) {
        paragraphs.push(changes(
            "the claim",
            &explanation.counterfactuals,
            assessment.disposition,
        ));
    }
    if !explanation.all_changes_tried {
        paragraphs.push(
            "The claim has so many services that not every change was tried; there may be more."
                .to_owned(),
        );
    }
    paragraphs.retain(|paragraph| !paragraph.is_empty());
    paragraphs.join("\n\n")
}

/// The changes of an item. If it follows another one, they are mostly listed there.
fn changes_of_item(item: &ItemExplanation, all: &[ItemExplanation]) -> String {
    let mut leaders = all.iter().filter(|it| item.follows == Some(it.sequence));
    let alike = leaders.find(|it| it.counterfactuals == item.counterfactuals);
    match alike.filter(|_| !item.counterfactuals.is_empty()) {
        Some(leader) => format!(
            "What would change service {} would change service {} too.",
            leader.sequence, item.sequence
        ),
        None => {
            let subject = format!("service {}", item.sequence);
            changes(&subject, &item.counterfactuals, item.disposition)
        }
    }
}

/// True if the claim has one item, and the same changes would change both.
fn says_the_same(explanation: &Explanation) -> bool {
    let pointers = |list: &[Counterfactual]| -> Vec<String> {
        list.iter().map(|it| it.pointer.clone()).collect()
    };
    matches!(explanation.items.as_slice(), [only] if only.disposition == explanation.disposition
        && pointers(&only.counterfactuals) == pointers(&explanation.counterfactuals))
}

fn claim_paragraph(claim: &Submission, assessment: &Assessment, is_later_edition: bool) -> String {
    let mut text = format!(
        "{} {}",
        whose(claim, assessment, is_later_edition),
        next(
            (assessment.payer, assessment.disposition),
            assessment.disposition,
            &billed(&assessment.decision.items),
            is_later_edition
        ),
    );
    if let [first, second] = assessment.billing_order.payers() {
        text.push_str(&format!(
            " It is billed to {} first, then to {}.",
            payer(*first),
            payer(*second)
        ));
    }
    let mut said = HashSet::new();
    for finding in &assessment.decision.findings {
        if finding.severity == Severity::Review && said.insert(&finding.detail) {
            text.push_str(&format!(" What to look at: {}", finding.detail));
        }
    }
    text
}

fn item_paragraph(
    claim: &Submission,
    of_claim: Disposition,
    (item, decided): (&Item, &ItemDecision),
    explained: &ItemExplanation,
    is_later_edition: bool,
) -> String {
    let follows = explained
        .follows
        .map(|leader| format!(" It goes together with service {leader}."))
        .unwrap_or_default();
    let decision = (explained.payer, explained.disposition);
    let what = match item.category {
        Category::Other if is_later_edition => "of another kind".to_owned(),
        known => category(known),
    };
    format!(
        "Service {}, {} on {} for {}: {}. {} {}{follows} This rests on: {}.",
        explained.sequence,
        what,
        item.service_date,
        dollars(item.amount()),
        responsible(claim, decision, &[decided], is_later_edition),
        next(
            decision,
            of_claim,
            explained.bill_to.as_slice(),
            is_later_edition
        ),
        explained.because,
        explained.basis,
    )
}

/// Who is responsible for a claim, in a sentence that names each payer's share.
fn whose(claim: &Submission, assessment: &Assessment, is_later_edition: bool) -> String {
    let items = &assessment.decision.items;
    let total = dollars(assessment.total_cents);
    if !is_later_edition || assessment.allocations.len() < 2 {
        let items: Vec<_> = items.iter().collect();
        let decision = (assessment.payer, assessment.disposition);
        let who = responsible(claim, decision, &items, is_later_edition);
        return format!("{} for this claim of {total}.", sentence(&who));
    }
    let shares = assessment.allocations.iter().map(|share| {
        let items: Vec<_> = items.iter().filter(|it| it.payer == share.payer).collect();
        let strictest = items.iter().map(|it| it.disposition).max();
        let decision = (share.payer, strictest.unwrap_or(assessment.disposition));
        let who = responsible(claim, decision, &items, is_later_edition);
        format!("{who} for {}", dollars(share.amount_cents))
    });
    let shares: Vec<String> = shares.collect();
    format!("This claim is of {total}: {}.", phrases::listed(&shares))
}

/// Who is responsible for some items of a claim, in words, if they have a payer and a disposition.
fn responsible(
    claim: &Submission,
    (payer, disposition): (Payer, Disposition),
    items: &[&ItemDecision],
    is_later_edition: bool,
) -> String {
    let decided = items.iter().filter(|it| it.payer == payer);
    let is_federal = |it: &&ItemDecision| {
        let coverage = it.coverage.and_then(|index| claim.coverages.get(index));
        coverage.is_some_and(|it| it.kind == CoverageKind::Federal)
    };
    let pays_a_third_party = |it: &&ItemDecision| it.bill_to == Some(BillTo::ThirdParty);
    let who = match (payer, disposition) {
        (Payer::Uncovered, Disposition::NeedsReview) if is_later_edition => {
            return "it is not settled yet who is responsible".to_owned();
        }
        (Payer::Uncovered, _) if decided.clone().all(pays_a_third_party) => "whoever asked for it",
        (Payer::Private, _) if decided.clone().all(is_federal) => "the federal programme",
        _ => phrases::payer(payer),
    };
    format!("{who} is responsible")
}

/// Who is billed for the items that no insurer pays.
fn billed(items: &[ItemDecision]) -> Vec<BillTo> {
    items.iter().filter_map(|it| it.bill_to).collect()
}

/// What happens next with the claim, or with an item of it, of a payer and a disposition. Tables of 2026.3 and later
/// speak to the patient.
fn next(
    (payer, disposition): (Payer, Disposition),
    of_claim: Disposition,
    billed: &[BillTo],
    is_later_edition: bool,
) -> &'static str {
    let (to_patient, to_third_party) = (
        billed.contains(&BillTo::Patient),
        billed.contains(&BillTo::ThirdParty),
    );
    match (disposition, payer) {
        (Disposition::Ready, _) if is_later_edition && of_claim == Disposition::NeedsReview => {
            "It could be billed, but a person looks at the claim first."
        }
        (Disposition::Ready, Payer::Uncovered) if to_third_party && to_patient => {
            "It is billed partly to you and partly to whoever asked for it."
        }
        (Disposition::Ready, Payer::Uncovered) if to_third_party => {
            "It is billed to whoever asked for it."
        }
        (Disposition::Ready, Payer::Uncovered) if is_later_edition => "It is billed to you.",
        (Disposition::Ready, Payer::Uncovered) => "It is ready to bill to the patient.",
        (Disposition::Ready, _) => "It is ready to bill.",
        (Disposition::NeedsPreauthorization, _) => {
            "It is not billed before its payer has approved it."
        }
        (Disposition::NeedsReview, _) => "A person looks at it before anybody is billed.",
    }
}

fn changes(subject: &str, list: &[Counterfactual], disposition: Disposition) -> String {
    if list.is_empty() {
        return match disposition {
            Disposition::Ready => String::new(),
            _ => format!(
                "No single change that can be suggested would make {subject} ready or give it another payer: \
                 more than one may be needed, or a person has to decide."
            ),
        };
    }
    let sentences: Vec<&str> = list.iter().map(|it| it.text.as_str()).collect();
    format!("What would change {subject}:\n- {}", sentences.join("\n- "))
}
