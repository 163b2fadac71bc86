//! From a submission and the ledger to the facts of each item.

use super::{
    approval::{Approvals, payer_in_question},
    coverages::{Pick, pick},
    insurance,
    item::ItemFacts,
    plan::PreferredPlans,
};
use crate::table::{
    insurers::Insurers,
    vocabulary::{
        AccidentFacts, Facts, InsuranceFacts, PatientFacts, PlanFacts, ProcedureFacts, ServiceFacts,
    },
};
use payerline_domain::{
    claims::{item::Category, payer::Payer, submission::Submission},
    preauthorizations::Ledger,
};

pub struct ClaimFacts<'s> {
    /// The auto coverage that counts.
    pub auto: Pick<'s>,
    /// The WSIB coverage that counts.
    pub wsib: Pick<'s>,
    /// The facts of each item, in order.
    pub items: Vec<ItemFacts<'s>>,
}

impl<'s> ClaimFacts<'s> {
    /// Gathers the facts of a claim, insurers as those of a rulebook's list.
    pub fn gather(submission: &'s Submission, ledger: &Ledger, insurers: &Insurers) -> Self {
        let auto = pick(insurance::auto(submission));
        let wsib = pick(insurance::wsib(submission));
        let accident = AccidentFacts::gather(submission.accident);
        let insurance = InsuranceFacts::gather(submission, &auto, &wsib);
        let procedure = ProcedureFacts::gather(submission.procedure.as_ref());
        let preferred = PreferredPlans::from_claim(submission);
        let mut categories = submission.items.iter().map(|item| item.category);
        let has_stem_cells = categories.any(|it| it == Category::StemCellTherapy);
        let items = (1..).zip(&submission.items).map(|(sequence, item)| {
            let plans = preferred.for_item(item);
            let facts = Facts {
                item: ServiceFacts::gather(item, has_stem_cells),
                accident,
                insurance,
                plan: PlanFacts::gather(&plans),
                // None: approvals are looked up below, for all items together.
                approval: Facts::USUAL.approval,
                patient: PatientFacts::gather(&submission.patient, item.service_date),
                procedure,
                decided: Facts::USUAL.decided,
                accident_date: submission.accident.map(|it| it.date),
                private_insurer: insurers.find(plans.insurer()),
            };
            ItemFacts {
                sequence,
                item,
                approval_payer: payer_in_question(&facts, &plans),
                facts,
                plans,
                relied_on: None,
            }
        });
        let mut items: Vec<_> = items.collect();
        if !submission.preauthorizations.is_empty() {
            let reliances = Approvals::named(submission, ledger).reliances(&items);
            for (item, (approval, index)) in items.iter_mut().zip(reliances) {
                item.facts.approval = approval;
                item.relied_on = index;
            }
        }
        Self { auto, wsib, items }
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
