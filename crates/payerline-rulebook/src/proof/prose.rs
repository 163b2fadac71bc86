//! The facts of an item in sentences that a clerk understands.

use crate::table::{
    conditions::Facts,
    insurers::{Insurer, Insurers},
    vocabulary::{
        AccidentPlace, Age, Answer, ApprovalKind, ApprovalState, Cause, CoverageState, PlanListing,
        Service,
    },
};
use payerline_domain::{
    claims::{accident::WsiaElection, item::InsuredByOhip},
    values::closed_enum::ClosedEnum,
};

/// What is the case, a sentence a matter; the insurer of the private plan is one of a list.
pub fn sentences(facts: &Facts, insurers: &Insurers) -> Vec<String> {
    let mut sentences = vec![service(facts), ohip(facts).to_owned(), accident(facts)];
    let at_work = facts.cause == Cause::AutoAtWork;
    if at_work || facts.cause == Cause::Auto {
        sentences.push(insurer("auto", facts.auto, guideline(facts)));
    }
    if at_work || facts.cause == Cause::Work {
        sentences.push(insurer("WSIB", facts.wsib, claim_number(facts)));
    }
    sentences.push(private_plan(facts, insurers));
    sentences.push(approval(facts));
    sentences.push(patient(facts).to_owned());
    sentences.push(procedure(facts));
    sentences
}

fn service(facts: &Facts) -> String {
    let category = facts.category.word();
    match facts.service {
        Service::StemCells => "The item is stem cells.".to_owned(),
        Service::FollowsStemCells => {
            format!("The item is of the category `{category}`, on a claim with stem cells.")
        }
        Service::Plasma => {
            "The item is platelet-rich plasma that follows no stem cells.".to_owned()
        }
        Service::Other => format!("The item is of the category `{category}`."),
    }
}

fn ohip(facts: &Facts) -> &'static str {
    match facts.ohip_insured {
        InsuredByOhip::Yes => "OHIP insures it.",
        InsuredByOhip::No => "OHIP does not insure it.",
        InsuredByOhip::Unknown => "Nobody knows whether OHIP insures it.",
    }
}

fn accident(facts: &Facts) -> String {
    let what = match facts.cause {
        Cause::None => return "No accident is reported.".to_owned(),
        Cause::Auto => "A car accident",
        Cause::Work => "A work injury",
        Cause::AutoAtWork => "A car accident at work",
        Cause::Other => "An accident of another cause",
    };
    let place = match facts.accident_place {
        AccidentPlace::Elsewhere => "outside Ontario",
        AccidentPlace::Ontario | AccidentPlace::None => "in Ontario",
    };
    let day = facts
        .accident_date
        .map_or(String::new(), |day| format!(" on {day}"));
    let election = match facts.wsia_election {
        WsiaElection::None => "",
        WsiaElection::Benefits => "; the worker takes WSIB benefits",
        WsiaElection::Sue => "; the worker elected to sue",
    };
    format!("{what} {place}{day} is reported{election}.")
}

fn guideline(facts: &Facts) -> &'static str {
    match facts.minor_injury_guideline {
        Answer::Yes => ", under the Minor Injury Guideline",
        Answer::No => "",
    }
}

fn claim_number(facts: &Facts) -> &'static str {
    match facts.wsib_claim_number {
        Answer::Yes => ", with a claim number",
        Answer::No => ", without a claim number",
    }
}

fn insurer(name: &str, state: CoverageState, more: &str) -> String {
    match state {
        CoverageState::None => format!("No {name} coverage that was in force is given."),
        CoverageState::Active => format!("The {name} coverage is active{more}."),
        CoverageState::Pending => format!("The {name} coverage is not confirmed yet{more}."),
        CoverageState::Denied => format!("The {name} insurer refused or has nothing left to pay."),
    }
}

fn private_plan(facts: &Facts, insurers: &Insurers) -> String {
    let state = match facts.private {
        CoverageState::None | CoverageState::Denied => {
            return "There is no private plan.".to_owned();
        }
        CoverageState::Active => "is active",
        CoverageState::Pending => "is not confirmed yet",
    };
    let listing = match facts.private_plan {
        PlanListing::Lists => "lists the category",
        PlanListing::ListsOthers => "lists other categories only",
        PlanListing::Silent | PlanListing::None => "does not say what it covers",
    };
    let pending = facts.private == CoverageState::Pending;
    let beside = if pending && facts.active_private_plan == Answer::Yes {
        "; another plan is active"
    } else {
        ""
    };
    let whose = plan_insurer(facts, insurers);
    format!("The private plan{whose} {state} and {listing}{beside}.")
}

/// Whose the private plan is, where rules name insurers at all.
fn plan_insurer(facts: &Facts, insurers: &Insurers) -> String {
    match (insurers.name(facts.private_insurer), facts.private_insurer) {
        (Some(name), _) => format!(" of {}", name.as_str()),
        (None, _) if insurers.names().is_empty() => String::new(),
        (None, Insurer::Another | Insurer::Named(_)) => {
            " of an insurer that no rule names".to_owned()
        }
        (None, Insurer::None) => ", whose insurer the claim does not say,".to_owned(),
    }
}

fn approval(facts: &Facts) -> String {
    let kind = match facts.preauthorization_kind {
        ApprovalKind::None => return "The claim names no approval that counts for it.".to_owned(),
        ApprovalKind::Ocf18 => "The OCF-18",
        ApprovalKind::Ocf23 => "The OCF-23",
        ApprovalKind::WsibApproval => "WSIB's approval",
        ApprovalKind::Predetermination => "The private plan's predetermination",
    };
    let state = match facts.preauthorization {
        ApprovalState::None | ApprovalState::Pending => "is not answered yet",
        ApprovalState::Denied => "was refused",
        ApprovalState::Expired => "is no longer valid",
        ApprovalState::Insufficient => "is approved for less than the item costs",
        ApprovalState::Approved => "is approved",
    };
    format!("{kind} {state}.")
}

fn patient(facts: &Facts) -> &'static str {
    match (facts.age, facts.pregnant) {
        (Age::Adult, Answer::No) => "The patient is an adult.",
        (Age::Adult, Answer::Yes) => "The patient is an adult and pregnant.",
        (Age::Minor, Answer::No) => "The patient is under 18.",
        (Age::Minor, Answer::Yes) => "The patient is under 18 and pregnant.",
    }
}

fn procedure(facts: &Facts) -> String {
    if facts.procedure_described == Answer::No {
        return "The claim does not describe the procedure.".to_owned();
    }
    let parts = [
        (facts.image_guidance, "image guidance"),
        (facts.asepsis, "asepsis"),
        (facts.antibiotic_prophylaxis, "antibiotics"),
        (
            facts.health_canada_authorization,
            "a Health Canada authorization",
        ),
    ];
    let of = |answer: Answer| {
        let names = parts.iter().filter(|(given, _)| *given == answer);
        names.map(|(_, name)| *name).collect::<Vec<_>>().join(", ")
    };
    let (given, missing) = (of(Answer::Yes), of(Answer::No));
    if missing.is_empty() {
        return "The procedure is described completely.".to_owned();
    }
    if given.is_empty() {
        return format!("The procedure is described without {missing}.");
    }
    format!("The procedure is described with {given}, without {missing}.")
}
