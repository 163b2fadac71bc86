//! The values of facts that are the rulebook's own words; the others are the claim's.

use payerline_domain::{claims::payer::Payer, values::closed_enum::string_enum};

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
    /// Where the accident happened, as far as insurers tell it apart.
    AccidentRegion {
        /// No accident is reported.
        None = "none",
        /// In Ontario.
        Ontario = "ontario",
        /// In another province or a territory of Canada.
        Canada = "canada",
        /// In the United States.
        UnitedStates = "united_states",
        /// In another country, or nobody knows where.
        Abroad = "abroad",
    }
}

string_enum! {
    /// How long after the accident the service was given, in business days (SABS s.3(1)); the day of the accident is
    /// day 0.
    BusinessDays {
        /// No accident is reported.
        None = "none",
        /// At most five, or before the day that counts as the accident's.
        AtMostFive = "at_most_5",
        /// More than five.
        Later = "later",
    }
}

string_enum! {
    /// The list that the item's code is from.
    CodeList {
        /// The item has no code, or does not say which list it is from.
        None = "none",
        /// The clinic's own list.
        Clinic = "clinic",
        /// OHIP's schedule of benefits.
        Ohip = "ohip",
        /// The Canadian Classification of Health Interventions.
        Cci = "cci",
        /// HCAI's list, for auto insurers.
        Hcai = "hcai",
        /// WSIB's list.
        Wsib = "wsib",
    }
}

string_enum! {
    /// The price of one unit beside the $250 up to which goods need no OCF-18 (SABS s.38(2)).
    UnitAmount {
        /// At most 25,000 cents with the unit's share of the tax.
        AtMost250 = "at_most_250",
        /// At most 25,000 cents without tax, and more with it.
        AtMost250WithoutTax = "at_most_250_without_tax",
        /// More than 25,000 cents.
        Over250 = "over_250",
    }
}

string_enum! {
    /// Whether OHIP is likely to insure an item of which the claim does not say so.
    LikelyInsured {
        /// An item with an OHIP code, or a physician's consultation, assessment or imaging.
        Physician = "physician",
        /// A nurse practitioner's consultation, assessment or imaging since 2026-04-01.
        NursePractitioner = "nurse_practitioner",
        /// Not likely, or the claim says whether it does; work caused the injury, or somebody else pays.
        No = "no",
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
