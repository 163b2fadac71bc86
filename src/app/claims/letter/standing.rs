//! What was decided, and where the claim stands: the first sentences of a letter.

use super::{
    account::{Due, add_refused, find_refuser, own_part},
    subject::{Stage, Subject},
    words,
};
use payerline_domain::{
    claims::{
        accident::AccidentCause,
        claim::{Claim, Status},
        payer::Disposition,
        payers_due::{BilledParty, PayerDue},
        review::SettledFinding,
    },
    values::money::Cents,
};
use payerline_rulebook::explain::phrases::{dollars, listed, sentence};

/// What was decided, in some short paragraphs.
pub fn describe(subject: &Subject<'_>) -> Vec<String> {
    let mut paragraphs = match subject.stage {
        Stage::DryRun => vec![
            "This letter says who would pay. No claim was filed, and nobody was billed.".to_owned(),
        ],
        Stage::Filed(claim) => describe_status(subject, claim),
    };
    let is_decided = !subject.is_closed() && subject.disposition != Disposition::NeedsReview;
    if let Some(day) = subject.reviewed_on.filter(|_| is_decided) {
        let day = words::day(day);
        paragraphs.push(format!(
            "A person at the clinic looked at your claim on {day}. What this person decided is what counts."
        ));
    }
    if is_open(subject) {
        paragraphs.extend(match subject.disposition {
            Disposition::NeedsReview => describe_review(subject),
            Disposition::NeedsPreauthorization => describe_approval(subject),
            Disposition::Ready => list_billed(subject),
        });
    }
    paragraphs
}

/// True while no payer has the claim.
fn is_open(subject: &Subject<'_>) -> bool {
    match subject.stage {
        Stage::DryRun => true,
        Stage::Filed(claim) => matches!(
            claim.status,
            Status::NeedsReview | Status::NeedsPreauthorization | Status::Ready
        ),
    }
}

fn describe_status(subject: &Subject<'_>, claim: &Claim) -> Vec<String> {
    let text = match claim.status {
        Status::NeedsReview => "The clinic has not decided yet who pays.".to_owned(),
        Status::NeedsPreauthorization => "Your treatment is not approved yet.".to_owned(),
        Status::Ready => "The clinic has decided who is billed.".to_owned(),
        Status::Submitted => describe_send(subject, claim),
        Status::Paid if claim.balance.patient_cents.get() > 0 => {
            "Whoever else was billed has paid. Your own share is left.".to_owned()
        }
        Status::Paid => "This claim is settled: nothing is left to pay.".to_owned(),
        Status::PartiallyPaid => "This claim is paid in part.".to_owned(),
        Status::Denied => describe_refusal(subject, claim),
        Status::Appealed => {
            let refusal = describe_refusal(subject, claim);
            format!("{refusal} The clinic has asked for this to be looked at again, and waits for the answer.")
        }
        Status::Void => {
            "This letter is about a claim that the clinic has withdrawn. Nobody is billed for it."
                .to_owned()
        }
        Status::Replaced => "This letter is about a claim that the clinic has withdrawn and corrected by another one. \
             Only the corrected claim counts: ask the clinic for the letter about that one."
            .to_owned(),
    };
    vec![text]
}

fn describe_send(subject: &Subject<'_>, claim: &Claim) -> String {
    let Some(send) = claim.sends.last() else {
        return "The clinic has sent this claim, and waits for an answer.".to_owned();
    };
    let (who, day) = (
        words::payer(subject.submission, send.payer_due()),
        words::day(send.sent_on),
    );
    match send.payer {
        BilledParty::Patient => format!("The clinic sent you a bill on {day}."),
        _ => format!("The clinic sent this claim to {who} on {day}, and waits for an answer."),
    }
}

/// What the insurer that refused last has refused: often a part of the claim, and others may still pay it.
fn describe_refusal(subject: &Subject<'_>, claim: &Claim) -> String {
    let Some(payer) = find_refuser(claim) else {
        return "Nothing of this claim is paid.".to_owned();
    };
    let who = sentence(&words::payer(subject.submission, payer));
    let (refused, items) = add_refused(claim, payer);
    if refused >= claim.balance.billed_cents {
        return format!("{who} has refused to pay this claim.");
    }
    let what = words::services(&items);
    match refused > Cents::default() {
        true => format!("{who} has refused to pay {} of {what}.", dollars(refused)),
        false => format!("{who} has paid nothing of {what}."),
    }
}

fn describe_review(subject: &Subject<'_>) -> Vec<String> {
    let mut text = match subject.stage {
        Stage::DryRun => "A person at the clinic would have to look at it before anybody could be billed.",
        Stage::Filed(_) => "A person at the clinic is looking at your claim. Until this person has decided, you are not billed.",
    }
    .to_owned();
    let is_sure = |disposition| disposition != Disposition::NeedsReview;
    if subject.items.iter().any(|it| is_sure(it.disposition)) {
        text.push_str(" What is said below of each service holds only if this person confirms it.");
    }
    let mut paragraphs = vec![text];
    let questions = subject.questions.iter().filter_map(describe_question);
    for question in questions {
        if !paragraphs.iter().any(|it| it == question) {
            paragraphs.push(question.to_owned());
        }
    }
    paragraphs
}

/// What is asked about the claim as a whole. The reasons of the services say all other questions.
fn describe_question(question: &SettledFinding) -> Option<&'static str> {
    match question.code.as_str() {
        "review_outdated" => Some(
            "A person had looked at your claim before. Something has changed since, so it is looked at again.",
        ),
        code if code.starts_with("preauthorization_") => Some(
            "The claim names an approval by an insurer, and the clinic has a question about that approval.",
        ),
        _ => None,
    }
}

fn describe_approval(subject: &Subject<'_>) -> Vec<String> {
    let is_waiting = |disposition| disposition == Disposition::NeedsPreauthorization;
    let waiting = subject.items.iter().filter(|it| is_waiting(it.disposition));
    let (mut who, mut numbers) = (Vec::new(), Vec::new());
    for item in waiting {
        numbers.push(item.sequence);
        let payers = subject.payers_of(item.sequence);
        let payer = payers
            .iter()
            .find(|it| approves(subject, **it))
            .or(payers.first());
        let payer = payer.map_or("the insurer".to_owned(), |it| {
            words::payer(subject.submission, *it)
        });
        if !who.contains(&payer) {
            who.push(payer);
        }
    }
    let what = match numbers.len() == subject.items.len() {
        true => "this".to_owned(),
        false => words::services(&numbers),
    };
    let who = sentence(&listed(&who));
    vec![format!(
        "{who} must approve {what} before it is billed, and may refuse. If it refuses, the clinic tells you before it bills you. If you \
         have a letter of approval, bring it."
    )]
}

/// True if a payer is the one whose approval an item needs: after an accident, its insurer.
fn approves(subject: &Subject<'_>, due: PayerDue) -> bool {
    match subject.cause() {
        Some(cause) if cause.is_at_work() => due.payer == BilledParty::Wsib,
        Some(AccidentCause::Auto) => due.payer == BilledParty::Mva,
        _ => true,
    }
}

/// Who is billed for what, a sentence for all services that are billed alike.
fn list_billed(subject: &Subject<'_>) -> Vec<String> {
    let mut alike: Vec<(&[PayerDue], i64)> = Vec::new();
    for item in &subject.items {
        let (payers, amount) = (subject.payers_of(item.sequence), item.item.amount().get());
        match alike.iter_mut().find(|(known, _)| *known == payers) {
            Some((_, sum)) => *sum += amount,
            None => alike.push((payers, amount)),
        }
    }
    let billed = alike.into_iter().filter(|(payers, _)| !payers.is_empty());
    let sentences = billed.map(|(payers, cents)| describe_bill(subject, payers, cents));
    vec![sentences.collect::<Vec<_>>().join(" ")]
}

fn describe_bill(subject: &Subject<'_>, payers: &[PayerDue], cents: i64) -> String {
    let amount = dollars(Cents::from_stored(cents));
    let name = |due: &PayerDue| words::payer(subject.submission, *due);
    let first = payers.first();
    let who = first.map(|due| sentence(&name(due))).unwrap_or_default();
    let (is, you_are, you_are_not) = match subject.is_dry_run() {
        true => ("would be", "You would be", "You would not be"),
        false => ("is", "You are", "You are not"),
    };
    let mut text = match first.map(|due| due.payer) {
        Some(BilledParty::Patient) => format!("{you_are} billed {amount}."),
        Some(BilledParty::ThirdParty) => {
            format!("{who} asked for this and {is} billed {amount}. {you_are_not}.")
        }
        Some(BilledParty::Wsib | BilledParty::Ministry) => {
            format!("{who} {is} billed {amount}. {you_are_not}.")
        }
        _ => format!("{who} {is} billed {amount}."),
    };
    for next in payers.iter().skip(1) {
        text.push_str(&format!(" What is left then goes to {}.", name(next)));
    }
    text
}

/// What the patient pays: the sentence that a patient looks for first.
pub fn describe_own_part(subject: &Subject<'_>, dues: &[Due]) -> String {
    let own = own_part(dues);
    if subject.is_closed() {
        return "You pay nothing for this claim.".to_owned();
    }
    if own == 0 && (subject.is_from_work() || is_billed(subject, BilledParty::Wsib)) {
        return WORKER.to_owned();
    }
    let amount = dollars(Cents::from_stored(own));
    let mut text = match subject.stage {
        Stage::DryRun if own > 0 => format!("You would pay {amount} yourself."),
        Stage::Filed(_) if own > 0 => format!("You are asked to pay {amount}."),
        Stage::DryRun if subject.disposition != Disposition::Ready => {
            "Nobody can say yet whether you would pay something.".to_owned()
        }
        Stage::DryRun => "You would not be billed.".to_owned(),
        Stage::Filed(_) => "You are not asked to pay anything now.".to_owned(),
    };
    let is_insurer = |due: &Due| matches!(due.payer.payer, BilledParty::Mva | BilledParty::Private);
    if dues.iter().any(is_insurer) {
        text.push_str(
            " An insurer may pay less than it is billed; whether the rest is yours to pay is decided then.",
        );
    }
    text
}

const WORKER: &str = "You are not asked to pay anything now. You were injured at work, and a clinic may not ask a worker to pay \
    for care that WSIB's insurance plan provides. If WSIB refuses, a person at the clinic looks at it before anybody asks you for \
    money.";

fn is_billed(subject: &Subject<'_>, payer: BilledParty) -> bool {
    let all = subject.payers_due.in_turn();
    all.iter().any(|due| due.payer == payer)
}
