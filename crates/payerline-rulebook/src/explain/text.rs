//! The explanation as text: short paragraphs that a clerk can read aloud to a patient.

use std::collections::HashSet;

use super::{
    counterfactual::Counterfactual,
    explanation::{Explanation, ItemExplanation},
    phrases::{category, dollars, payer, sentence},
};
use payerline_domain::claims::{
    decision::{Assessment, Severity},
    item::Item,
    payer::{Disposition, Payer},
    submission::Submission,
};

/// The whole explanation; paragraphs are separated by blank lines.
pub fn write(claim: &Submission, assessment: &Assessment, explanation: &Explanation) -> String {
    let mut paragraphs = vec![claim_paragraph(assessment)];
    for (item, explained) in claim.items.iter().zip(&explanation.items) {
        paragraphs.push(item_paragraph(item, explained));
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

fn claim_paragraph(assessment: &Assessment) -> String {
    let mut text = format!(
        "{} is responsible for this claim of {}. {}",
        sentence(payer(assessment.payer)),
        dollars(assessment.total_cents),
        next(assessment.payer, assessment.disposition),
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

fn item_paragraph(item: &Item, explained: &ItemExplanation) -> String {
    let follows = explained
        .follows
        .map(|leader| format!(" It goes together with service {leader}."))
        .unwrap_or_default();
    format!(
        "Service {}, {} on {} for {}: {} is responsible. {} {}{follows} This rests on: {}.",
        explained.sequence,
        category(item.category),
        item.service_date,
        dollars(item.amount()),
        payer(explained.payer),
        next(explained.payer, explained.disposition),
        explained.because,
        explained.basis,
    )
}

fn next(payer: Payer, disposition: Disposition) -> &'static str {
    match (disposition, payer) {
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
