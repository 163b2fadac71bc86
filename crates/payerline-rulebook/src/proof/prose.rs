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
    claims::{
        accident::WsiaElection,
        item::{Category, InsuredByOhip},
    },
    values::{closed_enum::ClosedEnum, time::Day},
};

/// The facts, a sentence a matter; the insurer of the private plan is one of a list.
pub fn sentences(facts: &Facts, insurers: &Insurers) -> Vec<String> {
    // Taken apart, so that the compiler names a fact that no sentence would tell.
    let Facts {
        service,
        category,
        ohip_insured,
        cause,
        // Told by cause and election.
        caused_by_work: _,
        wsia_election,
        accident_place,
        accident_date,
        auto,
        minor_injury_guideline,
        wsib,
        wsib_claim_number,
        private,
        private_plan,
        active_private_plan,
        private_insurer,
        preauthorization,
        preauthorization_kind,
        age,
        pregnant,
        procedure_described,
        image_guidance,
        asepsis,
        antibiotic_prophylaxis,
        health_canada_authorization,
        // Decided, so no part of the situation.
        payer: _,
    } = *facts;
    let at_work = cause == Cause::AutoAtWork;
    let auto = (at_work || cause == Cause::Auto)
        .then(|| insurer("auto", auto, guideline(minor_injury_guideline)));
    let wsib = (at_work || cause == Cause::Work)
        .then(|| insurer("WSIB", wsib, claim_number(wsib_claim_number)));
    let whose = plan_insurer(private_insurer, insurers);
    let beside = private == CoverageState::Pending && active_private_plan == Answer::Yes;
    let precautions = [
        (image_guidance, "image guidance"),
        (asepsis, "asepsis"),
        (antibiotic_prophylaxis, "antibiotics"),
        (health_canada_authorization, "a Health Canada authorization"),
    ];
    let sentences = [
        Some(self::service(service, category)),
        Some(ohip(ohip_insured).to_owned()),
        Some(accident(
            cause,
            accident_place,
            accident_date,
            wsia_election,
        )),
        auto,
        wsib,
        Some(plan(private, &whose, private_plan, beside)),
        Some(approval(preauthorization_kind, preauthorization)),
        Some(patient(age, pregnant).to_owned()),
        Some(procedure(procedure_described, &precautions)),
    ];
    sentences.into_iter().flatten().collect()
}

fn service(service: Service, category: Category) -> String {
    let category = category.word();
    match service {
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

fn ohip(insured: InsuredByOhip) -> &'static str {
    match insured {
        InsuredByOhip::Yes => "OHIP insures it.",
        InsuredByOhip::No => "OHIP does not insure it.",
        InsuredByOhip::Unknown => "Nobody knows whether OHIP insures it.",
    }
}

fn accident(
    cause: Cause,
    place: AccidentPlace,
    date: Option<Day>,
    election: WsiaElection,
) -> String {
    let what = match cause {
        Cause::None => return "No accident is reported.".to_owned(),
        Cause::Auto => "A car accident",
        Cause::Work => "A work injury",
        Cause::AutoAtWork => "A car accident at work",
        Cause::Other => "An accident of another cause",
    };
    let place = match place {
        AccidentPlace::Elsewhere => "outside Ontario",
        AccidentPlace::Ontario | AccidentPlace::None => "in Ontario",
    };
    let day = date.map_or(String::new(), |day| format!(" on {day}"));
    let election = match election {
        WsiaElection::None => "",
        WsiaElection::Benefits => "; the worker takes WSIB benefits",
        WsiaElection::Sue => "; the worker elected to sue",
    };
    format!("{what} {place}{day} is reported{election}.")
}

fn guideline(applies: Answer) -> &'static str {
    match applies {
        Answer::Yes => ", under the Minor Injury Guideline",
        Answer::No => "",
    }
}

fn claim_number(given: Answer) -> &'static str {
    match given {
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

fn plan(state: CoverageState, whose: &str, listing: PlanListing, beside_active: bool) -> String {
    let state = match state {
        CoverageState::None | CoverageState::Denied => {
            return "There is no private plan.".to_owned();
        }
        CoverageState::Active => "is active",
        CoverageState::Pending => "is not confirmed yet",
    };
    let listing = match listing {
        PlanListing::Lists => "lists the category",
        PlanListing::ListsOthers => "lists other categories only",
        PlanListing::Silent | PlanListing::None => "does not say what it covers",
    };
    let beside = if beside_active {
        "; another plan is active"
    } else {
        ""
    };
    format!("The private plan{whose} {state} and {listing}{beside}.")
}

/// Whose the private plan is, where rules name insurers at all.
fn plan_insurer(insurer: Insurer, insurers: &Insurers) -> String {
    match (insurers.name(insurer), insurer) {
        (Some(name), _) => format!(" of {}", name.as_str()),
        (None, _) if insurers.names().is_empty() => String::new(),
        (None, Insurer::Another | Insurer::Named(_)) => {
            " of an insurer that no rule names".to_owned()
        }
        (None, Insurer::None) => ", whose insurer the claim does not say,".to_owned(),
    }
}

fn approval(kind: ApprovalKind, state: ApprovalState) -> String {
    let kind = match kind {
        ApprovalKind::None => return "The claim names no approval that counts for it.".to_owned(),
        ApprovalKind::Ocf18 => "The OCF-18",
        ApprovalKind::Ocf23 => "The OCF-23",
        ApprovalKind::WsibApproval => "WSIB's approval",
        ApprovalKind::Predetermination => "The private plan's predetermination",
    };
    let state = match state {
        ApprovalState::None | ApprovalState::Pending => "is not answered yet",
        ApprovalState::Denied => "was refused",
        ApprovalState::Expired => "is no longer valid",
        ApprovalState::Insufficient => "is approved for less than the item costs",
        ApprovalState::Approved => "is approved",
    };
    format!("{kind} {state}.")
}

fn patient(age: Age, pregnant: Answer) -> &'static str {
    match (age, pregnant) {
        (Age::Adult, Answer::No) => "The patient is an adult.",
        (Age::Adult, Answer::Yes) => "The patient is an adult and pregnant.",
        (Age::Minor, Answer::No) => "The patient is under 18.",
        (Age::Minor, Answer::Yes) => "The patient is under 18 and pregnant.",
    }
}

fn procedure(described: Answer, precautions: &[(Answer, &str)]) -> String {
    if described == Answer::No {
        return "The claim does not describe the procedure.".to_owned();
    }
    let names_of = |answer: Answer| {
        let names = precautions.iter().filter(|(given, _)| *given == answer);
        names.map(|(_, name)| *name).collect::<Vec<_>>().join(", ")
    };
    let (given, missing) = (names_of(Answer::Yes), names_of(Answer::No));
    if missing.is_empty() {
        return "The procedure is described completely.".to_owned();
    }
    if given.is_empty() {
        return format!("The procedure is described without {missing}.");
    }
    format!("The procedure is described with {given}, without {missing}.")
}
