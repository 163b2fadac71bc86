//! Rows about what is noticed on the side: approvals that do not fit, and oddities of the coverages.

pub const ROWS: &str = "
An auto coverage with a claim number but no accident makes a person look.
    auto #A-1; private lists:rehabilitation; rehabilitation
    => private needs_review private-listed; finds accident_missing
A WSIB coverage with a claim number but no accident makes a person look.
    wsib #20260417; rehabilitation
    => uncovered needs_review uncovered; finds accident_missing
A private plan with a claim number asks for no accident.
    private #C-1 lists:rehabilitation; rehabilitation
    => private ready private-listed
An accident of any cause answers a claim number.
    accident other; auto #A-1; rehabilitation
    => uncovered ready uncovered
A WSIB claim number of odd form is warned of and changes nothing.
    accident work; wsib #W-17; rehabilitation
    => wsib ready wsib-claim-number; finds claim_number_unusual
A number that the ledger does not have makes a person look.
    private lists:rehabilitation; unknown approval; rehabilitation
    => private ready private-listed; finds preauthorization_unknown
A number that the ledger does not have approves nothing.
    accident auto; auto; unknown approval; rehabilitation
    => mva needs_preauthorization mva-unapproved; finds preauthorization_unknown
Another patient's OCF-18 approves nothing and makes a person look.
    accident auto; auto; ocf_18 approved patient:P-2; rehabilitation
    => mva needs_preauthorization mva-unapproved; finds preauthorization_other_patient
Another patient's predetermination does not make the private plan pay for stem cells.
    private; predetermination approved patient:P-2; stem_cells
    => uncovered ready private-stem-cell-undetermined; \
       finds predetermination_possible preauthorization_other_patient
An OCF-18 without a car accident is of the wrong kind.
    private lists:rehabilitation; ocf_18 approved; rehabilitation
    => private ready private-listed; finds preauthorization_wrong_kind
An OCF-18 after a work injury is of the wrong kind.
    accident work; wsib; auto; ocf_18 approved; stem_cells
    => wsib needs_preauthorization wsib-stem-cell-unapproved; finds preauthorization_wrong_kind
WSIB's approval after a car accident is of the wrong kind.
    accident auto; auto; wsib; wsib_approval approved; stem_cells
    => mva needs_preauthorization mva-stem-cell-unapproved; \
       finds experimental_exclusion preauthorization_wrong_kind
A predetermination without a private plan is of the wrong kind.
    predetermination approved; stem_cells
    => uncovered ready uncovered-stem-cell; finds preauthorization_wrong_kind
An expired OCF-18 is reviewed, and the payer stays.
    accident auto; auto; ocf_18 expired; stem_cells
    => mva needs_preauthorization mva-stem-cell-unapproved; \
       finds experimental_exclusion preauthorization_expired
An approval counts on its first and on its last day.
    accident auto; auto; ocf_18 approved from:2026-08-10 to:2026-08-11; \
    rehabilitation; rehabilitation on:2026-08-11
    => mva ready mva-approved-ocf-18; mva ready mva-approved-ocf-18
An approval has expired on the day after its last.
    accident auto; auto; ocf_18 approved to:2026-08-09; stem_cells
    => mva needs_preauthorization mva-stem-cell-unapproved; \
       finds experimental_exclusion preauthorization_expired
An approval does not count before its first day.
    accident auto; auto; ocf_18 approved from:2026-08-11; rehabilitation
    => mva needs_preauthorization mva-unapproved; finds preauthorization_not_applicable
An approval of other categories does not count.
    accident auto; auto; ocf_18 approved for:rehabilitation,device; stem_cells
    => mva needs_preauthorization mva-stem-cell-unapproved; \
       finds experimental_exclusion preauthorization_not_applicable
An approval of the stem cells by name counts.
    accident auto; auto; ocf_18 approved for:rehabilitation,stem_cells; stem_cells
    => mva ready mva-stem-cell-approved; finds experimental_exclusion
A predetermination of other categories leaves the stem cells undetermined.
    private; predetermination approved for:plasma; stem_cells
    => uncovered ready private-stem-cell-undetermined; \
       finds predetermination_possible preauthorization_not_applicable
Every approval that does not fit is found.
    accident auto; auto; ocf_18 denied; unknown approval; ocf_18 approved patient:P-2; \
    wsib_approval approved; ocf_18 expired; stem_cells
    => mva needs_preauthorization mva-stem-cell-unapproved; \
       finds experimental_exclusion preauthorization_unknown preauthorization_denied \
       preauthorization_other_patient preauthorization_wrong_kind preauthorization_expired
A finding of review makes the claim stricter and leaves its items as they are.
    private lists:device,rehabilitation; unknown approval; device; rehabilitation
    => private ready private-listed; private ready private-listed; finds preauthorization_unknown
";
