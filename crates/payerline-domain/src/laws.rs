//! The laws that no decision may break.

use crate::values::closed_enum::string_enum;

string_enum! {
    /// What no rulebook may decide.
    Invariant {
        /// What work caused is never `uncovered` and `ready`, whatever is said of the employer: no injured worker is
        /// billed unreviewed (WSIA s.33).
        WorkNeverBilledToThePatient = "work_never_billed_to_the_patient",
        /// Stem cells are never `ready` for a patient under 18 (the clinic's treatment information).
        StemCellsNeverForMinors = "stem_cells_never_for_minors",
        /// Stem cells are never `ready` in pregnancy (the clinic's treatment information).
        StemCellsNeverInPregnancy = "stem_cells_never_in_pregnancy",
        /// Stem cells are never `ready` for `mva` or `wsib` without that insurer's approval within its
        /// amount: an OCF-18 for `mva`, WSIB's approval for `wsib`.
        StemCellsNeverUnapproved = "stem_cells_never_unapproved",
        /// What OHIP insures is never `ready` but for `wsib`: it is not charged to the patient or to
        /// another insurer (Commitment to the Future of Medicare Act, s.10).
        OhipInsuredNeverCharged = "ohip_insured_never_charged",
        /// What OHIP is likely to insure is never `ready` while the claim does not say whether it does (Commitment to the
        /// Future of Medicare Act, s.10).
        SilenceNeverReady = "silence_never_ready",
        /// What a third party pays is never `ready` for an insurer.
        ThirdPartyNeverChargedToAnInsurer = "third_party_never_charged_to_an_insurer",
    }
}
