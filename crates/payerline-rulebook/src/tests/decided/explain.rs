//! Explanations: for each row of the contract's table what would obviously change it, and for any claim that
//! each counterfactual, made as it says, gives what it says.

use proptest::prelude::*;
use serde_json::Value;

use crate::explain::{
    Explanation,
    counterfactual::{Counterfactual, WouldBe},
};
use crate::tests::{
    ONTARIO,
    generate::claim_and_ledger,
    notation::{Situation, parse, situation},
};
use payerline_domain::{
    claims::{
        decision::Assessment, outside_facts::OutsideFacts, payer::Disposition,
        submission::Submission,
    },
    parse::decode::Decode,
    values::closed_enum::ClosedEnum,
};

/// A situation, and below it all counterfactuals of its first item.
const CASES: &str = "
stem_cells
    => nothing
patient pregnant; accident auto; auto; ocf_18 approved; stem_cells
    => nothing
patient born:2015-01-01; stem_cells
    => nothing
private; stem_cells cents:450000
    => approval_obtained /preauthorizations/- private ready
private; predetermination pending; stem_cells
    => approval_answered /preauthorizations/0 private ready; approval_obtained /preauthorizations/- private ready
accident auto; auto; stem_cells
    => approval_obtained /preauthorizations/- mva ready
accident auto; auto; ocf_18 pending; stem_cells
    => approval_answered /preauthorizations/0 mva ready; approval_obtained /preauthorizations/- mva ready
accident auto; auto; ocf_18 approved cents:1; stem_cells
    => approval_raised /preauthorizations/0 mva ready; approval_obtained /preauthorizations/- mva ready
accident auto; auto; ocf_18 approved to:2026-08-09; stem_cells
    => approval_obtained /preauthorizations/- mva ready; approval_renewed /preauthorizations/0 mva ready
accident auto; auto; ocf_18 denied; stem_cells
    => approval_obtained /preauthorizations/- mva ready; approval_reconsidered /preauthorizations/0 mva ready
accident auto; auto; unknown approval; stem_cells
    => approval_entered /preauthorizations/0 mva ready; approval_obtained /preauthorizations/- mva ready
accident auto; auto; ocf_18 approved; procedure none; stem_cells
    => procedure_described /procedure mva ready
accident auto; auto; ocf_18 approved; procedure asepsis:absent guidance:absent; stem_cells
    => procedure_described /procedure mva ready
accident auto; auto; ocf_18 approved; procedure asepsis:false; stem_cells
    => nothing
accident work; wsib #20260417; stem_cells
    => approval_obtained /preauthorizations/- wsib ready
private; plasma
    => approval_obtained /preauthorizations/- private ready
accident work; wsib #20260417; plasma
    => approval_obtained /preauthorizations/- wsib ready
private lists:consultation; consultation ohip:yes
    => not_insured_by_ohip /items/0/insured_by_ohip private ready
accident work; wsib; rehabilitation
    => claim_number_given /coverages/0/claim_number wsib ready
accident work; wsib pending #20260417; rehabilitation
    => coverage_confirmed /coverages/0/status wsib ready
accident auto; auto mig; rehabilitation
    => approval_obtained /preauthorizations/- mva ready
accident auto; auto; ocf_23 approved; rehabilitation
    => minor_injury_confirmed /coverages/0/minor_injury_guideline mva ready; \
       approval_obtained /preauthorizations/- mva ready
accident auto_at_work; wsib #20260417; rehabilitation
    => election_made /accident/wsia_election mva needs_review
accident auto_at_work sue; auto; rehabilitation
    => election_made /accident/wsia_election wsib needs_review
accident work; wsib denied #20260417; rehabilitation
    => plan_given /coverages/- private needs_review; coverage_reconsidered /coverages/0/status wsib ready
accident auto; auto denied; private; rehabilitation
    => coverage_reconsidered /coverages/0/status mva needs_preauthorization
private; rehabilitation
    => plan_covers /coverages/0/covered_categories private ready; \
       plan_does_not_cover /coverages/0/covered_categories uncovered ready
private lists:device; rehabilitation
    => plan_covers /coverages/0/covered_categories private ready
rehabilitation
    => plan_given /coverages/- private ready
accident work; rehabilitation
    => coverage_given /coverages/- wsib ready
accident auto; rehabilitation
    => nothing
accident auto; ocf_18 approved; rehabilitation
    => coverage_given /coverages/- mva ready
wsib #20260417; rehabilitation
    => accident_reported /accident wsib ready; plan_given /coverages/- private needs_review
";

fn decide(given: &Situation) -> Assessment {
    ONTARIO.decide(&given.submission, &given.outside).unwrap()
}

fn explain(given: &Situation) -> Explanation {
    ONTARIO.explain(&given.submission, &given.outside, &decide(given))
}

fn brief(counterfactual: &Counterfactual) -> String {
    let Counterfactual {
        change,
        pointer,
        would,
        ..
    } = counterfactual;
    format!(
        "{} {pointer} {} {}",
        change.word(),
        would.payer.word(),
        would.disposition.word()
    )
}

fn briefs(list: &[Counterfactual]) -> String {
    if list.is_empty() {
        return "nothing".to_owned();
    }
    list.iter().map(brief).collect::<Vec<_>>().join("; ")
}

#[test]
fn each_row_of_the_contract_has_its_obvious_counterfactuals() {
    let mut report = String::new();
    let lines: Vec<&str> = CASES.lines().filter(|it| !it.is_empty()).collect();
    let cases: Vec<_> = lines.chunks(2).collect();
    assert!(cases.len() >= 30);
    for case in cases {
        let [given, expected] = case else {
            panic!("{case:?}")
        };
        let expected = expected.trim_start().strip_prefix("=> ").unwrap();
        let explanation = explain(&situation(given));
        let found = briefs(&explanation.items[0].counterfactuals);
        if found != expected {
            report.push_str(&format!("\n{given}\n    => {found}"));
        }
    }
    assert!(report.is_empty(), "{report}");
}

#[test]
fn the_amount_that_an_approval_needs_is_named_exactly() {
    let given = situation(
        "accident auto; auto; stem_cells cents:450000; tissue_harvest cents:60000; \
         image_guidance cents:15000",
    );
    let explanation = explain(&given);
    let counterfactual = &explanation.items[0].counterfactuals[0];
    let approval = counterfactual.approval.as_ref().unwrap();
    assert_eq!(approval.approved_cents.get(), 525_000);
    assert!(
        counterfactual.text.contains("$5,250.00"),
        "{}",
        counterfactual.text
    );
    // One cent less would not do.
    let (claim, mut outside) = applied(&given, counterfactual);
    let less = approval.approved_cents.get() - 1;
    outside.ledger.preauthorizations[0].approved_cents =
        payerline_domain::values::money::Cents::from_stored(less);
    let decided = ONTARIO.decide(&claim, &outside).unwrap();
    assert_eq!(decided.disposition, Disposition::NeedsReview);
}

#[test]
fn what_follows_names_whom_and_changes_with_it() {
    let explanation = explain(&situation(
        "accident auto; auto; tissue_harvest; stem_cells",
    ));
    let [follower, leader] = explanation.items.as_slice() else {
        panic!("two items")
    };
    assert_eq!((follower.follows, leader.follows), (Some(2), None));
    assert_eq!(follower.counterfactuals, leader.counterfactuals);
    let said = "What would change service 2 would change service 1 too.";
    assert!(explanation.text.contains(said), "{}", explanation.text);
}

#[test]
fn checks_that_tighten_are_named_with_their_reason() {
    let given = "patient pregnant; accident auto; auto; ocf_18 approved; stem_cells";
    let explanation = explain(&situation(given));
    let [check] = explanation.items[0].tightened_by.as_slice() else {
        panic!("{:?}", explanation.items)
    };
    assert_eq!(&*check.check, "pregnancy");
    assert!(check.because.as_ref().unwrap().contains("pregnancy"));
    assert!(explanation.text.contains(check.because.as_ref().unwrap()));
}

#[test]
fn a_mistaken_number_is_the_claims_only_fault() {
    for approval in [
        "unknown approval",
        "ocf_18 approved patient:P-2",
        "wsib_approval approved",
    ] {
        let explanation = explain(&situation(&format!("{approval}; rehabilitation")));
        assert_eq!(explanation.disposition, Disposition::NeedsReview);
        assert_eq!(
            briefs(&explanation.counterfactuals),
            "approval_not_named /preauthorizations/0 uncovered ready; \
             plan_given /coverages/- private needs_review",
            "{approval}"
        );
    }
    // A refusal is not hidden.
    let explanation = explain(&situation("private; predetermination denied; stem_cells"));
    let hidden = explanation.items[0].counterfactuals.iter();
    assert!(
        hidden
            .map(brief)
            .all(|it| !it.starts_with("approval_not_named"))
    );
}

#[test]
fn the_text_is_plain_english() {
    let given = situation("accident auto on:2026-05-02; auto; private; stem_cells cents:450000");
    assert_eq!(
        explain(&given).text,
        "The auto insurer is responsible for this claim of $4,500.00. It is not billed before its payer has \
         approved it. It is billed to the private plan first, then to the auto insurer.\n\n\
         Service 1, stem cell therapy on 2026-08-10 for $4,500.00: the auto insurer is responsible. It is not \
         billed before its payer has approved it. After a car accident the auto insurer may pay for stem cells case \
         by case, but only after it has approved a treatment plan (OCF-18). This rests on: The clinic's treatment \
         information: auto insurers may cover it case by case.\n\n\
         What would change service 1:\n\
         - With an approved OCF-18 of at least $4,500.00 for stem cell therapy, named on the claim, this service \
         would be ready to bill, with the auto insurer responsible."
    );
}

fn paragraphs(given: &str) -> Vec<String> {
    let text = explain(&situation(given)).text;
    text.split("\n\n").map(str::to_owned).collect()
}

#[test]
fn each_payers_share_of_a_mixed_claim_is_named() {
    let told =
        paragraphs("private lists:consultation; consultation cents:20000; device cents:5000");
    assert_eq!(
        told[0],
        "This claim is of $250.00: the private plan is responsible for $200.00 and no insurer is responsible for \
         $50.00. It is ready to bill."
    );
    assert!(
        told[2].contains("no insurer is responsible. It is billed to you."),
        "{told:?}"
    );
}

#[test]
fn a_service_that_waits_for_the_others_of_its_claim_says_so() {
    let told = paragraphs("private lists:consultation; consultation; consultation ohip:yes");
    let waits = "It could be billed, but a person looks at the claim first.";
    assert!(told[1].contains(waits), "{told:?}");
    assert!(!told.concat().contains("ready to bill."), "{told:?}");
}

#[test]
fn a_claim_of_many_items_is_explained_in_part_and_says_so() {
    let items = vec!["consultation ohip:yes"; 500].join("; ");
    let explanation = explain(&situation(&items));
    assert!(!explanation.all_changes_tried);
    assert!(explanation.text.contains("not every change was tried"));
    assert_eq!(explanation.items.len(), 500);
}

/// Makes a change as its data say: in the JSON of the claim, which is parsed again, and in the ledger.
fn applied(given: &Situation, counterfactual: &Counterfactual) -> (Submission, OutsideFacts) {
    let mut claim = serde_json::to_value(&given.submission).unwrap();
    let mut outside = given.outside.clone();
    let (parent, last) = counterfactual.pointer.rsplit_once('/').unwrap();
    if let Some(value) = counterfactual.value.clone() {
        match claim.pointer_mut(parent).unwrap() {
            Value::Array(list) if last == "-" => list.push(value),
            Value::Array(list) => {
                assert!(value.is_null());
                list.remove(last.parse().unwrap());
            }
            fields => fields[last] = value,
        }
    }
    if let Some(entry) = counterfactual.approval.clone() {
        let entries = &mut outside.ledger.preauthorizations;
        entries.retain(|known| known.number != entry.number);
        entries.push(entry);
    }
    // What the ledger has must be something that staff could enter.
    for entry in &outside.ledger.preauthorizations {
        let written = serde_json::to_value(entry).unwrap();
        assert_eq!(crate::tests::notation::parse_approval(&written), *entry);
    }
    (parse(&claim), outside)
}

fn matters(would: WouldBe, now: WouldBe) -> bool {
    let ready = |it: WouldBe| it.disposition == Disposition::Ready;
    would.payer != now.payer || (ready(would) && !ready(now))
}

proptest! {
    #![proptest_config(super::properties::many())]

    #[test]
    fn each_counterfactual_gives_what_it_says(given in claim_and_ledger()) {
        let now = decide(&given);
        let explanation = explain(&given);
        prop_assert!(explanation.all_changes_tried);
        for counterfactual in &explanation.counterfactuals {
            let (claim, outside) = applied(&given, counterfactual);
            let then = ONTARIO.decide(&claim, &outside).unwrap();
            prop_assert_eq!(WouldBe::from_claim(&then), counterfactual.would, "{:?}", counterfactual);
            prop_assert!(matters(counterfactual.would, WouldBe::from_claim(&now)));
        }
        for (index, item) in explanation.items.iter().enumerate() {
            for counterfactual in &item.counterfactuals {
                let (claim, outside) = applied(&given, counterfactual);
                let then = ONTARIO.decide(&claim, &outside).unwrap();
                let would = WouldBe::from_item(&then.decision.items[index]);
                prop_assert_eq!(would, counterfactual.would, "{:?}", counterfactual);
                prop_assert!(matters(would, WouldBe::from_item(&now.decision.items[index])));
            }
        }
    }

    #[test]
    fn changes_speak_to_the_patient(given in claim_and_ledger()) {
        let explanation = explain(&given);
        let of_items = explanation.items.iter().flat_map(|item| &item.counterfactuals);
        for counterfactual in of_items.chain(&explanation.counterfactuals) {
            let text = &counterfactual.text;
            prop_assert!(!text.contains("the patient") && !text.contains("the injured worker"), "{}", text);
        }
    }

    #[test]
    fn lists_are_short_ordered_and_without_repetition(given in claim_and_ledger()) {
        let explanation = explain(&given);
        let of_items = explanation.items.iter().map(|item| &item.counterfactuals);
        for list in of_items.chain([&explanation.counterfactuals]) {
            prop_assert!(list.len() <= 12);
            prop_assert!(list.is_sorted_by_key(|it| it.change));
            let mut texts: Vec<&str> = list.iter().map(|it| it.text.as_str()).collect();
            texts.sort_unstable();
            texts.dedup();
            prop_assert_eq!(texts.len(), list.len());
        }
    }

    #[test]
    fn nobody_is_asked_to_lie(given in claim_and_ledger()) {
        let explanation = explain(&given);
        let of_items = explanation.items.iter().flat_map(|item| &item.counterfactuals);
        for counterfactual in of_items.chain(&explanation.counterfactuals) {
            let (claim, _) = applied(&given, counterfactual);
            prop_assert_eq!(&claim.patient, &given.submission.patient);
            prop_assert_eq!(claim.items.len(), given.submission.items.len());
            prop_assert!(claim.coverages.len() >= given.submission.coverages.len());
            if let Some(accident) = given.submission.accident {
                let kept = claim.accident.unwrap();
                prop_assert_eq!((kept.cause, kept.date), (accident.cause, accident.date));
            }
            for (was, is) in given.submission.items.iter().zip(&claim.items) {
                prop_assert_eq!(was.service_date, is.service_date);
                prop_assert_eq!(was.category, is.category);
                prop_assert_eq!(was.amount(), is.amount());
            }
            if let (Some(was), Some(is)) = (&given.submission.procedure, &claim.procedure) {
                prop_assert!(was.guidance.is_none_or(|it| is.guidance == Some(it)));
                prop_assert!(was.aseptic_technique.is_none_or(|it| is.aseptic_technique == Some(it)));
                prop_assert!(was.antibiotic_prophylaxis.is_none_or(|it| is.antibiotic_prophylaxis == Some(it)));
            }
        }
    }

    #[test]
    fn who_follows_is_decided_as_whom_it_follows(given in claim_and_ledger()) {
        let explanation = explain(&given);
        for item in &explanation.items {
            let followed = item.follows.map(|leader| &explanation.items[usize::from(leader) - 1]);
            prop_assert_eq!(followed.is_some(), &*item.rule == "follows-stem-cells");
            if let Some(leader) = followed {
                prop_assert_eq!(leader.payer, item.payer);
                prop_assert!(item.disposition >= leader.disposition);
            }
        }
    }

    #[test]
    fn facts_from_outside_read_back_as_they_were_written(given in claim_and_ledger()) {
        let facts = given.outside;
        let written = serde_json::to_string(&facts).unwrap();
        prop_assert_eq!(OutsideFacts::parse(written.as_bytes()).unwrap(), facts);
    }
}
