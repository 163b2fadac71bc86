//! The words of a rulebook: the values that facts can have. The facts themselves are in `conditions`.

use payerline_domain::{
    claims::payer::Payer, preauthorizations::PreauthorizationKind, values::closed_enum::string_enum,
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

impl From<PreauthorizationKind> for ApprovalKind {
    fn from(kind: PreauthorizationKind) -> Self {
        match kind {
            PreauthorizationKind::Ocf18 => Self::Ocf18,
            PreauthorizationKind::Ocf23 => Self::Ocf23,
            PreauthorizationKind::WsibApproval => Self::WsibApproval,
            PreauthorizationKind::Predetermination => Self::Predetermination,
        }
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
