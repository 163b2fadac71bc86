//! From a submission and the ledger to the facts of each item: all that the rules may ask about.

use super::{
    approvals::{Approvals, Candidate, Reliance},
    coverages::{self, Indexed, Pick, PreferredPlans, PrivatePlans},
};
use crate::table::{
    conditions::Facts,
    insurers::{Insurer, Insurers},
    vocabulary::{
        AccidentPlace, Age, Answer, ApprovalKind, ApprovalState, Cause, CoverageState,
        DecidedPayer, PlanListing, Service,
    },
};
use payerline_domain::{
    claims::{
        accident::WsiaElection,
        decision::FOLLOWERS,
        item::{Category, InsuredByOhip, Item},
        payer::Payer,
        procedure::Guidance,
        submission::Submission,
    },
    preauthorizations::Ledger,
    values::{place::Province, time::Day},
};

/// Under this age, in years, stem cells are not recommended (the product's source document).
const ADULT_AT: i16 = 18;

pub struct ClaimFacts<'s> {
    /// The auto coverage that counts.
    pub auto: Pick<'s>,
    /// The WSIB coverage that counts.
    pub wsib: Pick<'s>,
    /// The facts of each item, in order.
    pub items: Vec<ItemFacts<'s>>,
}

/// The facts of one item, and the coverages behind them.
pub struct ItemFacts<'s> {
    /// The item's number, from 1.
    pub sequence: u16,
    pub facts: Facts,
    /// The private plans that count for this item.
    pub plans: PrivatePlans<'s>,
    pub candidate: Candidate<'s>,
    pub reliance: Reliance,
}

impl<'s> ClaimFacts<'s> {
    /// Gathers the facts of a claim, insurers as those of a rulebook's list.
    pub fn gather(submission: &'s Submission, ledger: &Ledger, insurers: &Insurers) -> Self {
        let (auto, wsib) = (coverages::auto(submission), coverages::wsib(submission));
        let items = (1..).zip(&submission.items);
        let mut categories = submission.items.iter().map(|item| item.category);
        let in_common = SharedByItems {
            facts: shared_facts(submission, &auto, &wsib),
            plans: PreferredPlans::from_claim(submission),
            birth_date: submission.patient.birth_date,
            has_stem_cells: categories.any(|it| it == Category::StemCellTherapy),
            insurers,
        };
        let mut items: Vec<_> = items.map(|it| ItemFacts::gather(&in_common, it)).collect();
        if !submission.preauthorizations.is_empty() {
            let candidates: Vec<Candidate<'_>> = items.iter().map(|it| it.candidate).collect();
            let reliances = Approvals::named(submission, ledger).reliances(&candidates);
            for (item, reliance) in items.iter_mut().zip(reliances) {
                item.rely_on(reliance);
            }
        }
        Self { auto, wsib, items }
    }

    /// The index in `coverages` of the insurance of `payer` that would be billed for an item.
    pub fn coverage_of(&self, payer: Payer, item: &ItemFacts<'_>, alone: bool) -> Option<usize> {
        let index = |chosen: Option<Indexed<'_>>| chosen.map(|(index, _)| index);
        match payer {
            Payer::Mva => index(self.auto.chosen),
            Payer::Wsib => index(self.wsib.chosen),
            Payer::Private if alone => index(item.plans.pick.chosen),
            Payer::Private => index(item.plans.active),
            Payer::Uncovered => None,
        }
    }
}

/// The facts and plans that all items of a claim share.
struct SharedByItems<'c, 's> {
    /// The claim's facts. Those of an item are placeholders here.
    facts: Facts,
    /// The private plans that may count.
    plans: PreferredPlans<'s>,
    birth_date: Day,
    has_stem_cells: bool,
    insurers: &'c Insurers,
}

impl<'s> ItemFacts<'s> {
    /// The facts of an item, before approvals are looked up.
    fn gather(claim: &SharedByItems<'_, 's>, (sequence, item): (u16, &'s Item)) -> Self {
        let plans = claim.plans.for_item(item);
        let service = service(item, claim.has_stem_cells);
        let age = claim.birth_date.age_on(item.service_date);
        let facts = Facts {
            service,
            category: item.category,
            ohip_insured: item.insured_by_ohip,
            private: plans.pick.state,
            private_plan: plans.listing,
            active_private_plan: plans.active.is_some().into(),
            age: if age < ADULT_AT {
                Age::Minor
            } else {
                Age::Adult
            },
            private_insurer: claim.insurers.find(plans.insurer()),
            ..claim.facts
        };
        let candidate = Candidate {
            item,
            service,
            payer: payer_in_question(&claim.facts, item, service, &plans),
            minor_injury_guideline: facts.minor_injury_guideline == Answer::Yes,
        };
        Self {
            sequence,
            facts,
            plans,
            candidate,
            reliance: Reliance::NOTHING,
        }
    }

    fn rely_on(&mut self, reliance: Reliance) {
        self.facts.preauthorization = reliance.state;
        self.facts.preauthorization_kind = reliance.kind;
        self.reliance = reliance;
    }
}

/// The facts that all items of a claim share; an item's own are filled in by [`ItemFacts::gather`].
fn shared_facts(submission: &Submission, auto: &Pick<'_>, wsib: &Pick<'_>) -> Facts {
    let accident = submission.accident;
    let cause = coverages::cause(accident);
    let wsia_election = accident.map_or(WsiaElection::None, |it| it.wsia_election);
    let caused_by_work =
        cause == Cause::Work || (cause == Cause::AutoAtWork && wsia_election != WsiaElection::Sue);
    let procedure = submission.procedure.as_ref();
    let guidance = procedure.and_then(|it| it.guidance);
    Facts {
        cause,
        caused_by_work: caused_by_work.into(),
        wsia_election,
        accident_place: match accident.map(|it| it.province) {
            None => AccidentPlace::None,
            Some(Province::Ontario) => AccidentPlace::Ontario,
            Some(_) => AccidentPlace::Elsewhere,
        },
        accident_date: accident.map(|it| it.date),
        auto: auto.state,
        minor_injury_guideline: coverages::any_minor_injury(submission).into(),
        wsib: wsib.state,
        wsib_claim_number: coverages::any_wsib_claim_number(submission).into(),
        pregnant: submission.patient.pregnant.into(),
        procedure_described: procedure.is_some().into(),
        image_guidance: guidance.is_some_and(|it| it != Guidance::None).into(),
        asepsis: procedure
            .is_some_and(|it| it.aseptic_technique == Some(true))
            .into(),
        antibiotic_prophylaxis: procedure
            .is_some_and(|it| it.antibiotic_prophylaxis == Some(true))
            .into(),
        health_canada_authorization: procedure
            .and_then(|it| it.health_canada_authorization.as_ref())
            .is_some_and(|number| !number.as_str().trim().is_empty())
            .into(),
        payer: DecidedPayer::Undecided,
        service: Service::Other,
        category: Category::Other,
        ohip_insured: InsuredByOhip::Unknown,
        private: CoverageState::None,
        private_plan: PlanListing::None,
        active_private_plan: Answer::No,
        preauthorization: ApprovalState::None,
        preauthorization_kind: ApprovalKind::None,
        age: Age::Adult,
        private_insurer: Insurer::None,
    }
}

fn service(item: &Item, has_stem_cells: bool) -> Service {
    match item.category {
        Category::StemCellTherapy => Service::StemCells,
        // "unless OHIP insures it": then it is decided by itself.
        category
            if has_stem_cells
                && FOLLOWERS.contains(&category)
                && item.insured_by_ohip != InsuredByOhip::Yes =>
        {
            Service::FollowsStemCells
        }
        Category::PlateletRichPlasma => Service::Plasma,
        _ => Service::Other,
    }
}

/// The payer whose approvals count: the insurer of the accident, or a private plan when there was
/// none that has one. An item that OHIP insures relies on no approval.
fn payer_in_question(
    shared: &Facts,
    item: &Item,
    service: Service,
    plans: &PrivatePlans<'_>,
) -> Option<Payer> {
    if item.insured_by_ohip == InsuredByOhip::Yes && shared.caused_by_work == Answer::No {
        return None;
    }
    let insurer_denied = match shared.cause {
        Cause::Auto => shared.auto == CoverageState::Denied,
        Cause::Work => shared.wsib == CoverageState::Denied,
        _ => false,
    };
    match accident_payer(shared) {
        Some(payer) if !insurer_denied => Some(payer),
        // A plan that lists other categories only does not pay for this one.
        None if service == Service::Other && plans.listing == PlanListing::ListsOthers => None,
        _ => plans.pick.chosen.map(|_| Payer::Private),
    }
}

/// The payer that an accident of this cause involves, whatever coverage was given.
pub fn accident_payer(facts: &Facts) -> Option<Payer> {
    match (facts.cause, facts.wsia_election) {
        (Cause::Auto, _) | (Cause::AutoAtWork, WsiaElection::Sue) => Some(Payer::Mva),
        (Cause::Work | Cause::AutoAtWork, _) => Some(Payer::Wsib),
        (Cause::None | Cause::Other, _) => None,
    }
}
