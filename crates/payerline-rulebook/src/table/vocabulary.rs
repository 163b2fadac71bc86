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

use super::{
    conditions::{but, vocabulary},
    insurers::Insurers,
};
use payerline_domain::{
    claims::{
        accident::WsiaElection,
        decision::FOLLOWERS,
        item::{Category, InsuredByOhip},
        payer::Payer,
    },
    values::closed_enum::{ClosedEnum, string_enum},
};

string_enum! {
    /// What kind of service an item is to the payers.
    Service {
        /// Stem cells.
        StemCells = "stem_cells",
        /// Harvest, image guidance, injection or plasma on a claim with stem cells.
        FollowsStemCells = "follows_stem_cells",
        /// Platelet-rich plasma without stem cells.
        Plasma = "plasma",
        /// Any other service.
        Other = "other",
    }
}

string_enum! {
    /// What caused the injury; `none` when no accident is reported.
    Cause {
        /// No accident is reported.
        None = "none",
        /// A car accident, not at work.
        Auto = "auto",
        /// A work injury.
        Work = "work",
        /// A car accident at work.
        AutoAtWork = "auto_at_work",
        /// Another accident.
        Other = "other",
    }
}

string_enum! {
    /// What there is of a kind of coverage that matches the claim.
    CoverageState {
        /// None that matches and was in force.
        None = "none",
        /// In force.
        Active = "active",
        /// Not confirmed yet.
        Pending = "pending",
        /// Refused or used up, and no other of its kind is active or pending.
        Denied = "denied",
    }
}

string_enum! {
    /// What the private plan says of the item's category.
    PlanListing {
        /// There is no private plan.
        None = "none",
        /// It lists the category as covered.
        Lists = "lists",
        /// It does not say what it covers.
        Silent = "silent",
        /// It lists other categories only.
        ListsOthers = "lists_others",
    }
}

string_enum! {
    /// The state of the payer's prior approval that the item relies on.
    ApprovalState {
        /// The claim names none that counts for this item.
        None = "none",
        /// Refused.
        Denied = "denied",
        /// No longer valid on the day of the service.
        Expired = "expired",
        /// Asked for, not answered.
        Pending = "pending",
        /// Approved, but for less than the items that rely on it.
        Insufficient = "insufficient",
        /// Approved within its amount.
        Approved = "approved",
    }
}

string_enum! {
    /// The kind of the prior approval that the item relies on.
    ApprovalKind {
        /// None.
        None = "none",
        /// OCF-18
        Ocf18 = "ocf_18",
        /// OCF-23
        Ocf23 = "ocf_23",
        /// WSIB's approval
        WsibApproval = "wsib_approval",
        /// A private plan's predetermination
        Predetermination = "predetermination",
    }
}

string_enum! {
    /// Where the accident happened.
    AccidentPlace {
        /// No accident is reported.
        None = "none",
        /// In Ontario.
        Ontario = "ontario",
        /// Elsewhere in Canada or abroad.
        Elsewhere = "elsewhere",
    }
}

string_enum! {
    /// The patient's age on the day of the service.
    Age {
        /// Under 18.
        Minor = "minor",
        /// 18 or older.
        Adult = "adult",
    }
}

string_enum! {
    /// Yes or no.
    Answer {
        /// Yes
        Yes = "yes",
        /// No
        No = "no",
    }
}

impl From<bool> for Answer {
    fn from(yes: bool) -> Self {
        if yes { Self::Yes } else { Self::No }
    }
}

impl Answer {
    /// The value where the answer is yes.
    pub fn then_some<T>(self, value: T) -> Option<T> {
        (self == Self::Yes).then_some(value)
    }
}

string_enum! {
    /// The payer decided for the item; `undecided` while the rules are still being tried.
    DecidedPayer {
        /// Not decided yet.
        Undecided = "undecided",
        /// Workers' insurance.
        Wsib = "wsib",
        /// Auto insurance.
        Mva = "mva",
        /// Extended health insurance.
        Private = "private",
        /// No insurer.
        Uncovered = "uncovered",
    }
}

impl From<Payer> for DecidedPayer {
    fn from(payer: Payer) -> Self {
        match payer {
            Payer::Wsib => Self::Wsib,
            Payer::Mva => Self::Mva,
            Payer::Private => Self::Private,
            Payer::Uncovered => Self::Uncovered,
        }
    }
}

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

    /// The patient.
    patient: PatientFacts {
        /// The patient's age on the day of the service.
        Item age: Age = Adult, free;
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
