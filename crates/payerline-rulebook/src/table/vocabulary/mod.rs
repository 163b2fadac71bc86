//! The vocabulary of a rulebook: the facts that its rules can ask about, their values, and which of them no claim has
//! together.
//!
//! A fact is declared once, in `vocabulary!` at the end: whether all items of a claim share it, its values, and the
//! usual one, which an example claim has where nothing else is needed. Then it says with which facts before it no
//! claim has it, each time with the reason, which lies in how facts are gathered; a fact that is `free` goes with all of
//! them. Whatever is not listed, some claim has. Two tests hold the list against real claims, one in each direction
//! (`proof/tests/reachable`).
//!
//! The facts of a group are computed, shown in an example claim and put into words in the file of the group's name in
//! `decide/facts`, which takes the group apart, so that the compiler names what a new fact is missing in.

mod values;

pub use values::*;

use super::{
    conditions::{but, vocabulary},
    insurers::Insurers,
};
use payerline_domain::{
    claims::{
        accident::{EmployerCovered, WsiaElection},
        decision::FOLLOWERS,
        item::{Category, InsuredByOhip, RequestedBy},
        payer::Payer,
        profession::Profession,
    },
    values::closed_enum::ClosedEnum,
};

/// The categories that `rehabilitation` stands for where the sender does not tell them apart.
pub const KINDS_OF_REHABILITATION: [Category; 8] = [
    Category::Physiotherapy,
    Category::Chiropractic,
    Category::MassageTherapy,
    Category::Kinesiology,
    Category::OccupationalTherapy,
    Category::Acupuncture,
    Category::Psychotherapy,
    Category::Naturopathy,
];

/// The categories that OHIP is likely to insure if a physician gives them.
pub const LIKELY_INSURED: [Category; 3] = [
    Category::Consultation,
    Category::Assessment,
    Category::Imaging,
];

vocabulary! {
    /// The item.
    item: ServiceFacts {
        /// What kind of service the item is to the payers.
        Item service: Service = Other, free;
        /// The item's category.
        Item category: Category = Rehabilitation, never {
            "stem cells are the category `stem_cell_therapy`":
                service: [Service::StemCells], category: but(&[Category::StemCellTherapy]);
            "only harvest, image guidance, injection and plasma follow stem cells":
                service: [Service::FollowsStemCells], category: but(&FOLLOWERS);
            "plasma is the category `platelet_rich_plasma`":
                service: [Service::Plasma], category: but(&[Category::PlateletRichPlasma]);
            "stem cells and plasma are no other service":
                service: [Service::Other], category: [Category::StemCellTherapy, Category::PlateletRichPlasma];
        };
        /// Whether OHIP insures the item.
        Item ohip_insured: InsuredByOhip = No, never {
            "what OHIP insures does not follow stem cells":
                service: [Service::FollowsStemCells], ohip_insured: [InsuredByOhip::Yes];
        };
        /// Who asked for the service and pays for it.
        Item requested_by: RequestedBy = Patient, never {
            "what a third party asked for follows nothing":
                service: [Service::FollowsStemCells], requested_by: [RequestedBy::ThirdParty];
        };
        /// The profession of who gave the service.
        Item profession: Profession = Physiotherapist, free;
        /// The list that the item's code is from.
        Item code_system: CodeList = None, free;
        /// Whether a regulated health professional prescribed it.
        Item prescribed: Answer = No, free;
        /// Whether it was an emergency.
        Item emergency: Answer = No, free;
        /// The price of one unit, with and without tax.
        Item unit_amount: UnitAmount = AtMost250, free;
        /// Whether another claim of the clinic has the same service of the same patient on the same day.
        Item possible_duplicate: Answer = No, free;
    }

    /// The accident. Its day, which only is compared as a date, is a fact beside the groups.
    accident: AccidentFacts {
        /// What caused the injury.
        Claim cause: Cause = None, free;
        /// Whether it was caused by work: a work injury, or a car accident at work without an election to sue.
        Claim caused_by_work: Answer = No, never {
            "a work injury is caused by work":
                cause: [Cause::Work], caused_by_work: [Answer::No];
            "only a work injury or a car accident at work is caused by work":
                cause: but(&[Cause::Work, Cause::AutoAtWork]), caused_by_work: [Answer::Yes];
        };
        /// What an injured worker elected.
        Claim wsia_election: WsiaElection = None, never {
            "an election is part of an accident":
                cause: [Cause::None], wsia_election: but(&[WsiaElection::None]);
            "a car accident at work is caused by work unless the worker sues":
                cause: [Cause::AutoAtWork], wsia_election: but(&[WsiaElection::Sue]), caused_by_work: [Answer::No];
            "a car accident at work is not caused by work when the worker sues":
                cause: [Cause::AutoAtWork], wsia_election: [WsiaElection::Sue], caused_by_work: [Answer::Yes];
        };
        /// Where the accident happened.
        Claim accident_place: AccidentPlace = Ontario, never {
            "without an accident there is no place of it":
                cause: [Cause::None], accident_place: but(&[AccidentPlace::None]);
            "an accident has a place, Ontario unless told otherwise":
                cause: but(&[Cause::None]), accident_place: [AccidentPlace::None];
        };
        /// The same, with Canada, the United States and other countries told apart.
        Claim accident_region: AccidentRegion = Ontario, never {
            "without an accident there is no region of it":
                accident_place: [AccidentPlace::None], accident_region: but(&[AccidentRegion::None]);
            "an accident in Ontario is in the region Ontario":
                accident_place: [AccidentPlace::Ontario], accident_region: but(&[AccidentRegion::Ontario]);
            "an accident elsewhere is in another region":
                accident_place: [AccidentPlace::Elsewhere],
                accident_region: [AccidentRegion::None, AccidentRegion::Ontario];
        };
        /// Whether WSIB covers the employer of an injured worker. Where it does not, a table that asks for this counts
        /// the injury as not caused by work: `cause` then is `other`, or `auto` for a car accident at work.
        Claim employer_covered: EmployerCovered = Unknown, never {
            "without an accident nothing is said of an employer":
                cause: [Cause::None], employer_covered: but(&[EmployerCovered::Unknown]);
            "the employer matters to an injury at work only":
                cause: [Cause::Auto, Cause::Other], employer_covered: [EmployerCovered::Yes];
            "an injury counts as not caused by work where WSIB does not cover the employer":
                cause: [Cause::Work, Cause::AutoAtWork], employer_covered: [EmployerCovered::No];
        };
        /// How long after the accident the service was given.
        Item business_days: BusinessDays = None, never {
            "without an accident no days are counted":
                cause: [Cause::None], business_days: but(&[BusinessDays::None]);
            "days are counted from every accident":
                cause: but(&[Cause::None]), business_days: [BusinessDays::None];
        };
        /// Whether the service was given after the auto insurer's benefits end: 260 weeks after a car accident, or the
        /// 28th birthday of who was a minor then (SABS s.20(1)).
        Item benefit_period_over: Answer = No, never {
            "benefits of an auto insurer end after a car accident only":
                cause: but(&[Cause::Auto]), benefit_period_over: [Answer::Yes];
            "benefits do not end in the first days":
                business_days: [BusinessDays::AtMostFive], benefit_period_over: [Answer::Yes];
        };
        /// Whether no accident is reported though an auto or WSIB coverage has a claim number.
        Claim accident_unreported: Answer = No, never {
            "an accident is reported or not":
                cause: but(&[Cause::None]), accident_unreported: [Answer::Yes];
        };
    }

    /// The insurers that an accident concerns.
    insurance: InsuranceFacts {
        /// The auto coverage that matches a car accident.
        Claim auto: CoverageState = Active, never {
            "auto coverage matches a car accident only":
                cause: but(&[Cause::Auto, Cause::AutoAtWork]), auto: but(&[CoverageState::None]);
        };
        /// Whether that auto coverage is under the Minor Injury Guideline.
        Claim minor_injury_guideline: Answer = No, never {
            "the Minor Injury Guideline is that of an auto coverage that is not denied":
                auto: [CoverageState::None, CoverageState::Denied], minor_injury_guideline: [Answer::Yes];
        };
        /// The WSIB coverage that matches a work injury.
        Claim wsib: CoverageState = Active, never {
            "WSIB coverage matches a work injury or a car accident at work only":
                cause: but(&[Cause::Work, Cause::AutoAtWork]), wsib: but(&[CoverageState::None]);
        };
        /// Whether that WSIB coverage has a claim number.
        Claim wsib_claim_number: Answer = Yes, never {
            "the WSIB claim number is that of a WSIB coverage that is not denied":
                wsib: [CoverageState::None, CoverageState::Denied], wsib_claim_number: [Answer::Yes];
        };
    }

    /// The private plan. Its insurer is a fact beside the groups, since its values are the names that rules list.
    plan: PlanFacts {
        /// The private plan chosen for the item: own before spouse's before child's, one that lists the
        /// category first. A denied plan counts as none.
        Item private: CoverageState = None, never {
            "a denied private plan counts as none": private: [CoverageState::Denied];
        };
        /// What that plan says of the item's category.
        Item private_plan: PlanListing = Lists, never {
            "what there is of a private plan is said by one that counts":
                private: [CoverageState::None], private_plan: but(&[PlanListing::None]);
            "a private plan lists the category, lists others only, or does not say":
                private: but(&[CoverageState::None]), private_plan: [PlanListing::None];
        };
        /// What that plan says of the profession of who gave the service. It matters to no stem cells and no plasma.
        Item plan_professions: PlanListing = Silent, never {
            "what there is of professions is said by a plan that counts":
                private: [CoverageState::None], plan_professions: but(&[PlanListing::None]);
            "a private plan lists the profession, lists others only, or does not say":
                private: but(&[CoverageState::None]), plan_professions: [PlanListing::None];
            "a plan that lists other professions only lists others only":
                plan_professions: [PlanListing::ListsOthers],
                private_plan: but(&[PlanListing::ListsOthers]);
            "a plan that lists the profession and not the category lists the service, but for a kind of rehabilitation":
                plan_professions: [PlanListing::Lists], private_plan: [PlanListing::Silent],
                category: but(&KINDS_OF_REHABILITATION);
            "professions matter to no stem cells and no plasma":
                category: [Category::StemCellTherapy, Category::PlateletRichPlasma],
                plan_professions: [PlanListing::Lists, PlanListing::ListsOthers];
            "no plan lists a profession that has no name":
                profession: [Profession::Other], plan_professions: [PlanListing::Lists];
        };
        /// The federal programme that counts for the item: in force on its day, and not denied.
        Item federal_program: CoverageState = None, never {
            "a denied federal programme counts as none": federal_program: [CoverageState::Denied];
        };
        /// Whether there is an active private plan, whatever it lists.
        Item active_private_plan: Answer = No, never {
            "without a private plan there is no active one":
                private: [CoverageState::None], active_private_plan: [Answer::Yes];
            "the private plan that counts is an active one itself":
                private: [CoverageState::Active], active_private_plan: [Answer::No];
        };
    }

    /// The prior approval that the item relies on.
    approval: ApprovalFacts {
        /// The state of the prior approval that the item relies on.
        Item preauthorization: ApprovalState = None, never {
            "without an approval there is no kind of it":
                preauthorization: [ApprovalState::None], preauthorization_kind: but(&[ApprovalKind::None]);
            "an approval is of a kind":
                preauthorization: but(&[ApprovalState::None]), preauthorization_kind: [ApprovalKind::None];
            "what OHIP insures relies on no approval unless work caused it":
                ohip_insured: [InsuredByOhip::Yes], caused_by_work: [Answer::No],
                preauthorization: but(&[ApprovalState::None]);
            "a private plan that lists others only gives no approval of another service":
                cause: [Cause::None, Cause::Other], service: [Service::Other],
                private_plan: [PlanListing::ListsOthers], preauthorization: but(&[ApprovalState::None]);
            "without an insurer of the accident and a private plan nobody gives an approval":
                cause: [Cause::None, Cause::Other], private: [CoverageState::None],
                preauthorization: but(&[ApprovalState::None]);
            "an auto insurer that denied gives no approval, and there is no private plan to ask":
                cause: [Cause::Auto], auto: [CoverageState::Denied], private: [CoverageState::None],
                preauthorization: but(&[ApprovalState::None]);
            "when WSIB denied it gives no approval, and there is no private plan to ask":
                cause: [Cause::Work], wsib: [CoverageState::Denied], private: [CoverageState::None],
                preauthorization: but(&[ApprovalState::None]);
        };
        /// The kind of that approval.
        Item preauthorization_kind: ApprovalKind = None, never {
            "OCF-18 and OCF-23 are the auto insurer's, which answers for car accidents":
                cause: but(&[Cause::Auto, Cause::AutoAtWork]),
                preauthorization_kind: [ApprovalKind::Ocf18, ApprovalKind::Ocf23];
            "an auto insurer that denied gives no OCF-18 or OCF-23":
                cause: [Cause::Auto], auto: [CoverageState::Denied],
                preauthorization_kind: [ApprovalKind::Ocf18, ApprovalKind::Ocf23];
            "after a car accident at work the auto insurer is asked only when the worker sues":
                cause: [Cause::AutoAtWork], wsia_election: but(&[WsiaElection::Sue]),
                preauthorization_kind: [ApprovalKind::Ocf18, ApprovalKind::Ocf23];
            "WSIB answers for injuries at work":
                cause: but(&[Cause::Work, Cause::AutoAtWork]), preauthorization_kind: [ApprovalKind::WsibApproval];
            "when WSIB denied it gives no approval":
                cause: [Cause::Work], wsib: [CoverageState::Denied],
                preauthorization_kind: [ApprovalKind::WsibApproval];
            "after a car accident at work WSIB is not asked when the worker sues":
                cause: [Cause::AutoAtWork], wsia_election: [WsiaElection::Sue],
                preauthorization_kind: [ApprovalKind::WsibApproval];
            "after a car accident a predetermination counts only when the auto insurer denied":
                cause: [Cause::Auto], auto: but(&[CoverageState::Denied]),
                preauthorization_kind: [ApprovalKind::Predetermination];
            "after a work injury a predetermination counts only when WSIB denied":
                cause: [Cause::Work], wsib: but(&[CoverageState::Denied]),
                preauthorization_kind: [ApprovalKind::Predetermination];
            "after a car accident at work no predetermination counts":
                cause: [Cause::AutoAtWork], preauthorization_kind: [ApprovalKind::Predetermination];
            "an OCF-23 counts only under the Minor Injury Guideline":
                minor_injury_guideline: [Answer::No], preauthorization_kind: [ApprovalKind::Ocf23];
            "an OCF-23 never counts for stem cells, what follows them, or plasma":
                service: but(&[Service::Other]), preauthorization_kind: [ApprovalKind::Ocf23];
        };
    }

    /// The public plan and the diagnoses.
    health: HealthFacts {
        /// Whether the claim shows that OHIP insures the patient: an active or pending OHIP coverage, or an Ontario
        /// health number where no OHIP coverage is denied.
        Item ohip_proven: Answer = Yes, free;
        /// Whether OHIP is likely to insure the item though the claim does not say so.
        Item likely_ohip_insured: LikelyInsured = No, never {
            "only where the claim does not say whether OHIP insures the item it may be likely":
                ohip_insured: but(&[InsuredByOhip::Unknown]), likely_ohip_insured: but(&[LikelyInsured::No]);
            "after a work injury OHIP is not asked":
                caused_by_work: [Answer::Yes], likely_ohip_insured: but(&[LikelyInsured::No]);
            "OHIP is not asked for what a third party pays":
                requested_by: [RequestedBy::ThirdParty], likely_ohip_insured: but(&[LikelyInsured::No]);
            "a physician's item has an OHIP code or is one of three kinds":
                code_system: but(&[CodeList::Ohip]), category: but(&LIKELY_INSURED),
                likely_ohip_insured: [LikelyInsured::Physician];
            "a physician's item has an OHIP code or is by a physician":
                code_system: but(&[CodeList::Ohip]), profession: but(&[Profession::Physician]),
                likely_ohip_insured: [LikelyInsured::Physician];
            "a nurse practitioner's item is one of three kinds":
                category: but(&LIKELY_INSURED), likely_ohip_insured: [LikelyInsured::NursePractitioner];
            "a nurse practitioner's item is by a nurse practitioner":
                profession: but(&[Profession::NursePractitioner]),
                likely_ohip_insured: [LikelyInsured::NursePractitioner];
            "an item with an OHIP code is likely to be insured":
                ohip_insured: [InsuredByOhip::Unknown], caused_by_work: [Answer::No],
                requested_by: [RequestedBy::Patient], code_system: [CodeList::Ohip],
                likely_ohip_insured: [LikelyInsured::No];
            "a physician's consultation, assessment or imaging is likely to be insured":
                ohip_insured: [InsuredByOhip::Unknown], caused_by_work: [Answer::No],
                requested_by: [RequestedBy::Patient], category: LIKELY_INSURED,
                profession: [Profession::Physician], likely_ohip_insured: [LikelyInsured::No];
        };
        /// Whether a diagnosis is one of mental health: ICD-10-CA, chapter F.
        Claim mental_diagnosis: Answer = No, free;
    }

    /// The patient.
    patient: PatientFacts {
        /// The patient's age on the day of the service.
        Item age: Age = Adult, never {
            "benefits of who is under 18 go on":
                age: [Age::Minor], benefit_period_over: [Answer::Yes];
        };
        /// Whether the patient is pregnant.
        Claim pregnant: Answer = No, free;
    }

    /// How a stem-cell treatment was carried out.
    procedure: ProcedureFacts {
        /// Whether the claim describes the procedure.
        Claim procedure_described: Answer = Yes, free;
        /// Whether it names ultrasound or fluoroscopy guidance.
        Claim image_guidance: Answer = Yes, never {
            "a procedure that is not described names no image guidance":
                procedure_described: [Answer::No], image_guidance: [Answer::Yes];
        };
        /// Whether it says that asepsis was kept.
        Claim asepsis: Answer = Yes, never {
            "a procedure that is not described says nothing of asepsis":
                procedure_described: [Answer::No], asepsis: [Answer::Yes];
        };
        /// Whether it says that prophylactic antibiotics were given.
        Claim antibiotic_prophylaxis: Answer = Yes, never {
            "a procedure that is not described says nothing of antibiotics":
                procedure_described: [Answer::No], antibiotic_prophylaxis: [Answer::Yes];
        };
        /// Whether it gives a Health Canada authorization or trial number.
        Claim health_canada_authorization: Answer = Yes, never {
            "a procedure that is not described gives no Health Canada authorization":
                procedure_described: [Answer::No], health_canada_authorization: [Answer::Yes];
        };
    }

    /// The payer decided.
    decided: DecidedFacts {
        /// The payer decided; only for checks and billing orders, which come after the rules.
        Decided payer: DecidedPayer = Undecided, free;
    }
}
