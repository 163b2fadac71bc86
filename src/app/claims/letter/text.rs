//! [`Letter`]: what a letter says, in the order in which it is read.

use super::{
    account::{self, AccountLine, Due},
    assumptions, standing,
    subject::{Stage, Subject, SubjectItem, Why},
    words,
};
use payerline_domain::{
    claims::{
        payer::Disposition,
        payers_due::{BilledParty, PayerDue},
    },
    values::time::Day,
};
use payerline_rulebook::explain::phrases::{dollars, sentence};

/// A letter to a patient. It names no number of a health card and no date of birth: the patient knows both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    pub title: &'static str,
    /// The clinic that writes it, unless it has no name of its own.
    pub clinic: Option<String>,
    /// The day of the letter in Ontario.
    pub day: String,
    pub patient: String,
    /// The billing system's id of the claim.
    pub invoice: String,
    /// Who treated the patient, if the claim says it.
    pub provider: Option<String>,
    /// What was decided, in short paragraphs.
    pub decided: Vec<String>,
    /// What the patient pays.
    pub own_part: String,
    pub costs: Vec<CostLine>,
    pub total: String,
    /// What is paid and what is left; empty while nobody has answered.
    pub account: Vec<AccountLine>,
    pub reasons: Vec<Reason>,
    /// What the decision took for granted.
    pub assumptions: Vec<String>,
}

/// A service with its price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CostLine {
    pub number: u16,
    pub service: &'static str,
    /// The clinic's own words for it.
    pub description: Option<String>,
    pub day: String,
    pub amount: String,
    /// How the amount comes about, where that needs a word.
    pub calculation: Option<String>,
    pub payer: String,
}

/// Why some services are decided as they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// The services, unless it holds for all.
    pub services: Option<String>,
    pub text: String,
    pub basis: Option<String>,
}

impl Letter {
    /// Writes the letter of a day.
    pub fn write(subject: &Subject<'_>, clinic: Option<String>, today: Day) -> Self {
        let dues: Vec<Due> = account::find_dues(subject);
        let submission = subject.submission;
        let provider = words::filled(submission.provider.name.as_ref());
        Self {
            title: match subject.stage {
                Stage::DryRun => "Who would pay for your treatment",
                Stage::Filed(_) if subject.is_closed() => "A claim that was withdrawn",
                Stage::Filed(_) => "Who pays for your treatment",
            },
            clinic,
            day: words::day(today),
            patient: name_patient(subject),
            invoice: submission.external_id.as_str().to_owned(),
            provider: provider.map(str::to_owned),
            decided: standing::describe(subject),
            own_part: standing::describe_own_part(subject, &dues),
            costs: subject
                .items
                .iter()
                .map(|it| cost_of(subject, it))
                .collect(),
            total: dollars(submission.total()),
            account: account::list_account(subject, &dues),
            reasons: list_reasons(subject),
            assumptions: match subject.is_closed() {
                true => Vec::new(),
                false => assumptions::list(subject),
            },
        }
    }
}

fn name_patient(subject: &Subject<'_>) -> String {
    let patient = &subject.submission.patient;
    let names = [&patient.given_name, &patient.family_name];
    let names: Vec<&str> = names
        .into_iter()
        .filter_map(|name| words::filled(name.as_ref()))
        .collect();
    match names.is_empty() {
        true => format!("Patient {}", patient.id.as_str()),
        false => names.join(" "),
    }
}

fn cost_of(subject: &Subject<'_>, item: &SubjectItem<'_>) -> CostLine {
    CostLine {
        number: item.sequence,
        service: words::category(item.item.category),
        description: words::description(item.item),
        day: words::day(item.item.service_date),
        amount: dollars(item.item.amount()),
        calculation: words::calculation(item.item),
        payer: sentence(&name_payers(subject, item)),
    }
}

/// Who pays for an item, as far as it is decided.
fn name_payers(subject: &Subject<'_>, item: &SubjectItem<'_>) -> String {
    if subject.is_closed() {
        return "nobody".to_owned();
    }
    let payers = subject.payers_of(item.sequence);
    let names = words::payers_in_turn(subject.submission, payers);
    let is_own = !item.is_third_partys();
    match (item.disposition.max(of_whole(subject)), payers) {
        (Disposition::NeedsReview, _) if is_own && subject.is_from_work() => {
            "not decided yet; you are not asked to pay".to_owned()
        }
        (Disposition::NeedsReview, _) | (_, []) => "not decided yet".to_owned(),
        (Disposition::NeedsPreauthorization, _) => format!("{names}, if it is approved"),
        (Disposition::Ready, _) => names,
    }
}

/// While a person looks at the claim, nothing of it is sure.
fn of_whole(subject: &Subject<'_>) -> Disposition {
    match subject.disposition {
        Disposition::NeedsReview => Disposition::NeedsReview,
        Disposition::NeedsPreauthorization | Disposition::Ready => Disposition::Ready,
    }
}

/// The reasons in the order of the services, each once.
fn list_reasons(subject: &Subject<'_>) -> Vec<Reason> {
    if subject.is_closed() {
        return Vec::new();
    }
    let mut alike: Vec<(Reason, Vec<u16>)> = Vec::new();
    for item in &subject.items {
        let reason = explain(subject, item);
        match alike.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, numbers)) => numbers.push(item.sequence),
            None => alike.push((reason, vec![item.sequence])),
        }
    }
    let holds_for_all = alike.len() == 1;
    let reasons = alike.into_iter().map(|(reason, numbers)| Reason {
        services: (!holds_for_all).then(|| sentence(&words::services(&numbers))),
        ..reason
    });
    reasons.collect()
}

fn explain(subject: &Subject<'_>, item: &SubjectItem<'_>) -> Reason {
    let (text, basis) = match &item.why {
        Why::Rule { because, basis } => (because.to_string(), Some(basis.to_string())),
        Why::Person => (explain_review(subject, item), None),
    };
    Reason {
        services: None,
        text,
        basis,
    }
}

/// What a person decided. Why is written down for the staff.
fn explain_review(subject: &Subject<'_>, item: &SubjectItem<'_>) -> String {
    let payers = subject.payers_of(item.sequence);
    let names = words::payers_in_turn(subject.submission, payers);
    let outcome = match (item.disposition, payers) {
        (Disposition::NeedsReview, _) => {
            "more has to be found out before anybody is billed".to_owned()
        }
        (_, []) => "you are not billed".to_owned(),
        (Disposition::NeedsPreauthorization, _) => format!("{names} has to approve it first"),
        (Disposition::Ready, [only]) if is_patient(only) => "you are billed".to_owned(),
        (Disposition::Ready, _) => format!("{names} is billed"),
    };
    format!("A person at the clinic looked at this and decided: {outcome}.")
}

fn is_patient(due: &PayerDue) -> bool {
    due.payer == BilledParty::Patient
}
