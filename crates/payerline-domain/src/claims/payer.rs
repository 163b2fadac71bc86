//! Who is responsible for a loss, and what happens next.

use crate::values::closed_enum::string_enum;

string_enum! {
    /// The class of payer responsible for an item or a claim, in the order in which a claim takes
    /// its items' payers: the first that any item has.
    Payer {
        /// Workers' insurance (WSIB).
        Wsib = "wsib",
        /// Auto insurance after a motor vehicle accident.
        Mva = "mva",
        /// Extended health insurance.
        Private = "private",
        /// No insurer: the patient, or OHIP after review.
        Uncovered = "uncovered",
    }
}

string_enum! {
    /// What happens next with an item or a claim, from the mildest to the strictest.
    Disposition {
        /// Bill it.
        Ready = "ready",
        /// The payer's prior approval is needed first.
        NeedsPreauthorization = "needs_preauthorization",
        /// A person decides.
        NeedsReview = "needs_review",
    }
}
