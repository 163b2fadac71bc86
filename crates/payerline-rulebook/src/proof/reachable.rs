//! Which combinations of facts a real claim can have. Facts depend on each other: nobody should have
//! to write rules for a claim that cannot exist, nor be shown one as a witness.
//!
//! The combinations that no claim has are listed here once, each with its reason, which lies in how
//! facts are gathered (`facts`, `coverages`, `approvals`). Whatever is not listed, some claim has.
//! Two tests hold the list against real claims, one in each direction (`tests/reachable`).

use crate::table::{
    conditions::{PerFact, When},
    insurers::Insurers,
    vocabulary::{
        AccidentPlace, Answer, ApprovalKind, ApprovalState, Cause, CoverageState, PlanListing,
        Service,
    },
};
use payerline_domain::{
    claims::{
        accident::WsiaElection,
        decision::FOLLOWERS,
        item::{Category, InsuredByOhip},
    },
    values::closed_enum::ClosedEnum,
};

/// Facts that no claim has together.
#[derive(Debug)]
pub struct Impossible {
    /// The facts.
    pub when: When,
    /// Why no claim has them, in a sentence.
    pub because: &'static str,
}

/// `never!("why", fact: values, fact: values)`
macro_rules! never {
    ($because:expr, $($fact:ident: $values:expr),+ $(,)?) => {
        Impossible {
            when: When { $($fact: Some($values),)+ ..When::default() },
            because: $because,
        }
    };
}

/// All that cannot be, where these private insurers are told apart: for each fact what it cannot be beside others,
/// said at the last of them that matters. A fact that is `free` goes with all that is said before it.
pub fn impossible(named: &Insurers) -> Vec<Impossible> {
    let free = Vec::new;
    let per_fact = PerFact {
        service: free(),
        category: categories_of_services(),
        ohip_insured: insured_services(),
        cause: free(),
        caused_by_work: causes_at_work(),
        wsia_election: elections(),
        accident_place: places(),
        auto: auto_coverages(),
        minor_injury_guideline: minor_injuries(),
        wsib: wsib_coverages(),
        wsib_claim_number: wsib_claim_numbers(),
        private: plans(),
        private_plan: listings(),
        active_private_plan: active_plans(),
        preauthorization: approvals(),
        preauthorization_kind: kinds_of_approval(),
        age: free(),
        pregnant: free(),
        procedure_described: free(),
        image_guidance: undescribed(
            "a procedure that is not described names no image guidance",
            |when| &mut when.image_guidance,
        ),
        asepsis: undescribed(
            "a procedure that is not described says nothing of asepsis",
            |when| &mut when.asepsis,
        ),
        antibiotic_prophylaxis: undescribed(
            "a procedure that is not described says nothing of antibiotics",
            |when| &mut when.antibiotic_prophylaxis,
        ),
        health_canada_authorization: undescribed(
            "a procedure that is not described gives no Health Canada authorization",
            |when| &mut when.health_canada_authorization,
        ),
        payer: free(),
        accident_date: free(),
        private_insurer: insurers_of_plans(named),
    };
    per_fact.into_list().into_iter().flatten().collect()
}

/// Every value but these.
fn but<T: ClosedEnum + PartialEq>(these: &[T]) -> Vec<T> {
    let mut others = T::ALL.to_vec();
    others.retain(|value| !these.contains(value));
    others
}

fn categories_of_services() -> Vec<Impossible> {
    let by_themselves = [Category::StemCellTherapy, Category::PlateletRichPlasma];
    vec![
        never!("stem cells are the category `stem_cell_therapy`",
            service: vec![Service::StemCells], category: but(&[Category::StemCellTherapy])),
        never!("only harvest, image guidance, injection and plasma follow stem cells",
            service: vec![Service::FollowsStemCells], category: but(&FOLLOWERS)),
        never!("plasma is the category `platelet_rich_plasma`",
            service: vec![Service::Plasma], category: but(&[Category::PlateletRichPlasma])),
        never!("stem cells and plasma are no other service",
            service: vec![Service::Other], category: by_themselves.to_vec()),
    ]
}

fn insured_services() -> Vec<Impossible> {
    vec![never!("what OHIP insures does not follow stem cells",
        service: vec![Service::FollowsStemCells], ohip_insured: vec![InsuredByOhip::Yes])]
}

fn elections() -> Vec<Impossible> {
    let (at_work, sue) = (Cause::AutoAtWork, WsiaElection::Sue);
    vec![
        never!("an election is part of an accident",
            cause: vec![Cause::None], wsia_election: but(&[WsiaElection::None])),
        never!("a car accident at work is caused by work unless the worker sues",
            cause: vec![at_work], wsia_election: but(&[sue]), caused_by_work: vec![Answer::No]),
        never!("a car accident at work is not caused by work when the worker sues",
            cause: vec![at_work], wsia_election: vec![sue], caused_by_work: vec![Answer::Yes]),
    ]
}

fn causes_at_work() -> Vec<Impossible> {
    vec![
        never!("a work injury is caused by work",
            cause: vec![Cause::Work], caused_by_work: vec![Answer::No]),
        never!("only a work injury or a car accident at work is caused by work",
            cause: but(&[Cause::Work, Cause::AutoAtWork]), caused_by_work: vec![Answer::Yes]),
    ]
}

fn places() -> Vec<Impossible> {
    vec![
        never!("without an accident there is no place of it",
            cause: vec![Cause::None], accident_place: but(&[AccidentPlace::None])),
        never!("an accident has a place, Ontario unless told otherwise",
            cause: but(&[Cause::None]), accident_place: vec![AccidentPlace::None]),
    ]
}

fn auto_coverages() -> Vec<Impossible> {
    vec![never!("auto coverage matches a car accident only",
        cause: but(&[Cause::Auto, Cause::AutoAtWork]), auto: but(&[CoverageState::None]))]
}

fn minor_injuries() -> Vec<Impossible> {
    vec![
        never!("the Minor Injury Guideline is that of an auto coverage that is not denied",
        auto: unusable(), minor_injury_guideline: vec![Answer::Yes]),
    ]
}

fn wsib_coverages() -> Vec<Impossible> {
    vec![
        never!("WSIB coverage matches a work injury or a car accident at work only",
        cause: but(&[Cause::Work, Cause::AutoAtWork]), wsib: but(&[CoverageState::None])),
    ]
}

fn wsib_claim_numbers() -> Vec<Impossible> {
    vec![
        never!("the WSIB claim number is that of a WSIB coverage that is not denied",
        wsib: unusable(), wsib_claim_number: vec![Answer::Yes]),
    ]
}

fn unusable() -> Vec<CoverageState> {
    vec![CoverageState::None, CoverageState::Denied]
}

fn plans() -> Vec<Impossible> {
    vec![never!("a denied private plan counts as none", private: vec![CoverageState::Denied])]
}

fn listings() -> Vec<Impossible> {
    vec![
        never!("what there is of a private plan is said by one that counts",
            private: vec![CoverageState::None], private_plan: but(&[PlanListing::None])),
        never!("a private plan lists the category, lists others only, or does not say",
            private: but(&[CoverageState::None]), private_plan: vec![PlanListing::None]),
    ]
}

fn active_plans() -> Vec<Impossible> {
    vec![
        never!("without a private plan there is no active one",
            private: vec![CoverageState::None], active_private_plan: vec![Answer::Yes]),
        never!("the private plan that counts is an active one itself",
            private: vec![CoverageState::Active], active_private_plan: vec![Answer::No]),
    ]
}

/// A plan can be of any insurer or say none, whatever else is the case.
fn insurers_of_plans(named: &Insurers) -> Vec<Impossible> {
    let names = named.names();
    if names.is_empty() {
        return Vec::new();
    }
    vec![never!("without a private plan there is no insurer of it",
        private: vec![CoverageState::None], private_insurer: names.to_vec())]
}

/// No payer's approval counts at all.
fn approvals() -> Vec<Impossible> {
    let none = || vec![ApprovalState::None];
    let any = || but(&[ApprovalState::None]);
    let uninsured = || vec![Cause::None, Cause::Other];
    let (no_plan, denied) = (|| vec![CoverageState::None], || vec![CoverageState::Denied]);
    vec![
        never!("without an approval there is no kind of it",
            preauthorization: none(), preauthorization_kind: but(&[ApprovalKind::None])),
        never!("an approval is of a kind",
            preauthorization: any(), preauthorization_kind: vec![ApprovalKind::None]),
        never!("what OHIP insures relies on no approval unless work caused it",
            ohip_insured: vec![InsuredByOhip::Yes], caused_by_work: vec![Answer::No],
            preauthorization: any()),
        never!("a private plan that lists others only gives no approval of another service",
            cause: uninsured(), service: vec![Service::Other],
            private_plan: vec![PlanListing::ListsOthers], preauthorization: any()),
        never!("without an insurer of the accident and a private plan nobody gives an approval",
            cause: uninsured(), private: no_plan(), preauthorization: any()),
        never!("an auto insurer that denied gives no approval, and there is no private plan to ask",
            cause: vec![Cause::Auto], auto: denied(), private: no_plan(), preauthorization: any()),
        never!("when WSIB denied it gives no approval, and there is no private plan to ask",
            cause: vec![Cause::Work], wsib: denied(), private: no_plan(), preauthorization: any()),
    ]
}

/// Whose approval counts.
fn kinds_of_approval() -> Vec<Impossible> {
    let ocf = || vec![ApprovalKind::Ocf18, ApprovalKind::Ocf23];
    let of_wsib = || vec![ApprovalKind::WsibApproval];
    let of_plan = || vec![ApprovalKind::Predetermination];
    let (at_work, sue) = (|| vec![Cause::AutoAtWork], WsiaElection::Sue);
    let denied = CoverageState::Denied;
    vec![
        never!("OCF-18 and OCF-23 are the auto insurer's, which answers for car accidents",
            cause: but(&[Cause::Auto, Cause::AutoAtWork]), preauthorization_kind: ocf()),
        never!("an auto insurer that denied gives no OCF-18 or OCF-23",
            cause: vec![Cause::Auto], auto: vec![denied], preauthorization_kind: ocf()),
        never!("after a car accident at work the auto insurer is asked only when the worker sues",
            cause: at_work(), wsia_election: but(&[sue]), preauthorization_kind: ocf()),
        never!("WSIB answers for injuries at work",
            cause: but(&[Cause::Work, Cause::AutoAtWork]), preauthorization_kind: of_wsib()),
        never!("when WSIB denied it gives no approval",
            cause: vec![Cause::Work], wsib: vec![denied], preauthorization_kind: of_wsib()),
        never!("after a car accident at work WSIB is not asked when the worker sues",
            cause: at_work(), wsia_election: vec![sue], preauthorization_kind: of_wsib()),
        never!("after a car accident a predetermination counts only when the auto insurer denied",
            cause: vec![Cause::Auto], auto: but(&[denied]), preauthorization_kind: of_plan()),
        never!("after a work injury a predetermination counts only when WSIB denied",
            cause: vec![Cause::Work], wsib: but(&[denied]), preauthorization_kind: of_plan()),
        never!("after a car accident at work no predetermination counts",
            cause: at_work(), preauthorization_kind: of_plan()),
        never!("an OCF-23 counts only under the Minor Injury Guideline",
            minor_injury_guideline: vec![Answer::No],
            preauthorization_kind: vec![ApprovalKind::Ocf23]),
        never!("an OCF-23 never counts for stem cells, what follows them, or plasma",
            service: but(&[Service::Other]), preauthorization_kind: vec![ApprovalKind::Ocf23]),
    ]
}

/// A fact that a procedure can have only where it is described.
fn undescribed(
    because: &'static str,
    fact: impl Fn(&mut When) -> &mut Option<Vec<Answer>>,
) -> Vec<Impossible> {
    let mut undescribed = never!(because, procedure_described: vec![Answer::No]);
    *fact(&mut undescribed.when) = Some(vec![Answer::Yes]);
    vec![undescribed]
}
