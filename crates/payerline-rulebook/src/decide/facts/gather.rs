//! From a submission and the facts from outside it to the facts of each item.

use super::{
    approval::{Approvals, payer_in_question},
    coverages::{Indexed, Pick, pick},
    insurance,
    item::ItemFacts,
    plan::{PrivateCoverages, federal_program},
    reading::Reading,
};
use crate::table::vocabulary::{
    AccidentFacts, Facts, HealthFacts, InsuranceFacts, PatientFacts, PlanFacts, ProcedureFacts,
    ServiceFacts,
};
use payerline_domain::claims::{
    item::{Category, RequestedBy},
    outside_facts::OutsideFacts,
    payer::Payer,
    submission::Submission,
};

pub struct ClaimFacts<'s> {
    /// The accident, without what depends on the day of service.
    pub accident: AccidentFacts,
    /// The auto coverage that counts.
    pub auto: Pick<'s>,
    /// The WSIB coverage that counts.
    pub wsib: Pick<'s>,
    /// The auto coverage under the Minor Injury Guideline, if one that matches and is not denied is.
    pub guideline: Option<Indexed<'s>>,
    /// The private plans that are not denied.
    pub private: PrivateCoverages<'s>,
    /// The facts of each item, in order.
    pub items: Vec<ItemFacts<'s>>,
}

impl<'s> ClaimFacts<'s> {
    /// Gathers the facts of a claim as a table reads them.
    pub fn gather(submission: &'s Submission, outside: &OutsideFacts, reading: &Reading) -> Self {
        let accident = AccidentFacts::gather(submission, reading.employer_cover);
        let auto = pick(insurance::auto(submission, &accident));
        let wsib = pick(insurance::wsib(submission, &accident));
        let insurance = InsuranceFacts::gather(submission, &accident, &auto, &wsib);
        let procedure = ProcedureFacts::gather(submission.procedure.as_ref());
        let private = PrivateCoverages::from_claim(submission);
        let claim_health = HealthFacts::of_claim(submission);
        let mut to_follow = submission.items.iter();
        let has_stem_cells = to_follow.any(|it| {
            it.category == Category::StemCellTherapy && it.requested_by == RequestedBy::Patient
        });
        let duplicates = |index| {
            let mut duplicates = outside.possible_duplicates.iter();
            duplicates.any(|it| it.item == index)
        };
        let items = (0..).zip(&submission.items).map(|(index, item)| {
            let profession = item
                .provider
                .as_ref()
                .unwrap_or(&submission.provider)
                .kind();
            let plans = private.for_item(item, profession);
            let federal = federal_program(submission, item.service_date);
            let service = ServiceFacts::gather(item, has_stem_cells, profession, duplicates(index));
            let facts = Facts {
                health: claim_health.of_item(submission, item, &service, &accident),
                item: service,
                accident: accident.on(submission, item.service_date),
                insurance,
                plan: PlanFacts::gather(&plans, &federal),
                // None: approvals are looked up below, for all items together.
                approval: Facts::USUAL.approval,
                patient: PatientFacts::gather(&submission.patient, item.service_date),
                procedure,
                decided: Facts::USUAL.decided,
                accident_date: submission.accident.map(|it| it.date),
                private_insurer: reading.insurers.find(plans.insurer()),
            };
            let asks_nobody = reading.needs_no_approval(&facts);
            ItemFacts {
                sequence: index.saturating_add(1),
                item,
                approval_payer: payer_in_question(&facts, &plans).filter(|_| !asks_nobody),
                facts,
                plans,
                federal,
                relied_on: None,
            }
        });
        let mut items: Vec<_> = items.collect();
        if !submission.preauthorizations.is_empty() {
            let reliances = Approvals::named(submission, &outside.ledger).reliances(&items);
            for (item, (approval, index)) in items.iter_mut().zip(reliances) {
                item.facts.approval = approval;
                item.relied_on = index;
            }
        }
        let guideline = insurance::auto(submission, &accident)
            .find(|(_, it)| !it.is_denied() && it.minor_injury_guideline);
        Self {
            accident,
            auto,
            wsib,
            guideline,
            private,
            items,
        }
    }

    /// The index in `coverages` of the insurance of `payer` that would be billed for an item.
    pub fn coverage_of(&self, payer: Payer, item: &ItemFacts<'_>, alone: bool) -> Option<usize> {
        let chosen = match payer {
            Payer::Mva => self.auto.chosen,
            Payer::Wsib => self.wsib.chosen,
            Payer::Private if alone => item.plans.pick.chosen,
            Payer::Private => item.plans.active,
            Payer::Uncovered => None,
        };
        chosen.map(|(index, _)| index)
    }
}
