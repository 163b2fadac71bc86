//! Rows about stem cells: who pays, and which prior approval it takes.

pub const ROWS: &str = "
Stem cells without any coverage are billed to the patient.
    stem_cells
    => uncovered ready uncovered-stem-cell at:none needs:nothing
Stem cells with OHIP only are billed to the patient.
    ohip; stem_cells
    => uncovered ready uncovered-stem-cell at:none
Stem cells that OHIP is said not to insure are billed to the patient.
    ohip; stem_cells ohip:no
    => uncovered ready uncovered-stem-cell
Stem cells of which nobody knows whether OHIP insures them are billed to the patient.
    ohip; stem_cells ohip:unknown
    => uncovered ready uncovered-stem-cell
Stem cells that OHIP insures are billed to OHIP after review, never to the patient.
    ohip; stem_cells ohip:yes
    => uncovered needs_review ohip-insured
Stem cells after an accident of another cause are not for the auto insurer.
    accident other; auto #A-1; stem_cells
    => uncovered ready uncovered-stem-cell
Stem cells without an accident are not for WSIB.
    wsib; stem_cells
    => uncovered ready uncovered-stem-cell

Stem cells under a private plan that was not asked are billed to the patient.
    private; stem_cells
    => uncovered ready private-stem-cell-undetermined at:none; finds predetermination_possible
A private plan that lists stem cells has to be asked all the same.
    private lists:stem_cells; stem_cells
    => uncovered ready private-stem-cell-undetermined; finds predetermination_possible
A private plan that lists other services only may be asked about stem cells too.
    private lists:device; stem_cells
    => uncovered ready private-stem-cell-undetermined; finds predetermination_possible
Each stem-cell item is told that a predetermination is possible.
    private; stem_cells; stem_cells
    => uncovered ready private-stem-cell-undetermined; \
       uncovered ready private-stem-cell-undetermined; \
       finds predetermination_possible predetermination_possible
A pending predetermination of stem cells is waited for.
    private; predetermination pending; stem_cells
    => private needs_preauthorization private-stem-cell-pending at:0 needs:predetermination
An approved predetermination of stem cells makes the private plan pay.
    private; predetermination approved; stem_cells
    => private ready private-stem-cell-approved at:0
An approved predetermination makes even a plan that lists other services pay for stem cells.
    private lists:device; predetermination approved; stem_cells
    => private ready private-stem-cell-approved
An approved predetermination of exactly the amount suffices.
    private; predetermination approved cents:450000; stem_cells cents:450000
    => private ready private-stem-cell-approved
An approved predetermination of one cent too little is reviewed.
    private; predetermination approved cents:449999; stem_cells cents:450000
    => private needs_review private-stem-cell-approved; finds preauthorization_insufficient
A refused predetermination of stem cells is reviewed before the patient is billed.
    private; predetermination denied; stem_cells
    => uncovered needs_review private-stem-cell-refused; finds preauthorization_denied
An expired predetermination of stem cells is reviewed before the patient is billed.
    private; predetermination expired; stem_cells
    => uncovered needs_review private-stem-cell-refused; finds preauthorization_expired
A denied private plan counts as none for stem cells.
    private denied; stem_cells
    => uncovered ready uncovered-stem-cell
A used-up private plan counts as none for stem cells.
    private exhausted; predetermination approved; stem_cells
    => uncovered ready uncovered-stem-cell; finds preauthorization_wrong_kind
A private plan that starts after the service is not given.
    private from:2026-08-11; stem_cells
    => uncovered ready uncovered-stem-cell; finds coverage_not_in_force
An unconfirmed private plan makes a person look at stem cells that nobody asked about.
    private pending; stem_cells
    => uncovered needs_review private-pending-stem-cell; finds predetermination_possible
An unconfirmed private plan keeps the stem cells that it approved, and a person looks.
    private pending; predetermination approved; stem_cells
    => private needs_review private-pending at:0
An unconfirmed private plan that refused stem cells beforehand is reviewed.
    private pending; predetermination denied; stem_cells
    => uncovered needs_review private-stem-cell-refused; finds preauthorization_denied
An unconfirmed private plan keeps the stem cells that it approved though it lists others only.
    private pending lists:device; predetermination approved; stem_cells
    => private needs_review private-pending
Stem cells after an accident of another cause are the private plan's if it approved them.
    accident other; private; predetermination approved; stem_cells
    => private ready private-stem-cell-approved

Stem cells after a car accident wait for an OCF-18.
    accident auto; auto; stem_cells
    => mva needs_preauthorization mva-stem-cell-unapproved at:0 needs:ocf_18; \
       finds experimental_exclusion
Stem cells after a car accident wait while the OCF-18 is with the insurer.
    accident auto; auto; ocf_18 pending; stem_cells
    => mva needs_preauthorization mva-stem-cell-pending; finds experimental_exclusion
Stem cells with an approved OCF-18 are billed to the auto insurer.
    accident auto; auto; ocf_18 approved; stem_cells
    => mva ready mva-stem-cell-approved at:0 needs:ocf_21b; finds experimental_exclusion
Stem cells with an OCF-18 of exactly their amount are billed to the auto insurer.
    accident auto; auto; ocf_18 approved cents:450000; stem_cells cents:450000
    => mva ready mva-stem-cell-approved; finds experimental_exclusion
Stem cells with an OCF-18 of one cent too little are reviewed.
    accident auto; auto; ocf_18 approved cents:449999; stem_cells cents:450000
    => mva needs_review mva-stem-cell-approved; \
       finds experimental_exclusion preauthorization_insufficient
Stem cells with a refused OCF-18 are reviewed.
    accident auto; auto; ocf_18 denied; stem_cells
    => mva needs_preauthorization mva-stem-cell-unapproved; \
       finds experimental_exclusion preauthorization_denied
An OCF-23 never approves stem cells.
    accident auto; auto mig; ocf_23 approved; stem_cells
    => mva needs_preauthorization mva-stem-cell-unapproved needs:ocf_18; \
       finds experimental_exclusion preauthorization_not_applicable
An OCF-18 approves stem cells under the Minor Injury Guideline too.
    accident auto; auto mig; ocf_18 approved; stem_cells
    => mva ready mva-stem-cell-approved; finds experimental_exclusion
An unconfirmed auto coverage keeps its stem cells, and a person looks.
    accident auto; auto pending; ocf_18 approved; stem_cells
    => mva needs_review mva-coverage-pending at:0; finds experimental_exclusion
A private plan does not change the payer of stem cells after a car accident.
    accident auto; private; auto; predetermination approved; stem_cells
    => mva needs_preauthorization mva-stem-cell-unapproved bills:private,mva at:0; \
       finds experimental_exclusion preauthorization_not_applicable

Stem cells after a work injury wait for WSIB's approval.
    accident work; wsib #20260417; stem_cells
    => wsib needs_preauthorization wsib-stem-cell-unapproved at:0 needs:wsib_approval
Stem cells after a work injury wait while WSIB's approval is pending.
    accident work; wsib #20260417; wsib_approval pending; stem_cells
    => wsib needs_preauthorization wsib-stem-cell-unapproved
Stem cells that WSIB approved are billed to WSIB.
    accident work; wsib #20260417; wsib_approval approved; stem_cells
    => wsib ready wsib-stem-cell-approved at:0
Stem cells that WSIB approved are billed to WSIB without a claim number too.
    accident work; wsib; wsib_approval approved; stem_cells
    => wsib ready wsib-stem-cell-approved
Stem cells that WSIB approved for one cent too little are reviewed.
    accident work; wsib; wsib_approval approved cents:449999; stem_cells cents:450000
    => wsib needs_review wsib-stem-cell-approved; finds preauthorization_insufficient
Stem cells that WSIB would not approve are reviewed.
    accident work; wsib; wsib_approval denied; stem_cells
    => wsib needs_preauthorization wsib-stem-cell-unapproved; finds preauthorization_denied
Stem cells with an expired approval of WSIB are reviewed.
    accident work; wsib; wsib_approval expired; stem_cells
    => wsib needs_preauthorization wsib-stem-cell-unapproved; finds preauthorization_expired
A private plan has no part in stem cells after a work injury.
    accident work; private; wsib; predetermination approved; stem_cells
    => wsib needs_preauthorization wsib-stem-cell-unapproved at:1; \
       finds preauthorization_not_applicable

Stem cells that the auto insurer refused are the private plan's after review, unasked.
    accident auto; auto denied; private; stem_cells
    => private needs_review auto-denied-private at:1
Stem cells that the auto insurer refused are nobody's without a private plan, after review.
    accident auto; auto denied; stem_cells
    => uncovered needs_review auto-denied
Stem cells that WSIB refused are not billed to the worker unreviewed.
    accident work; wsib denied; stem_cells
    => uncovered needs_review wsib-denied
Stem cells after a car accident without auto coverage are reviewed, private plan or not.
    accident auto; private; stem_cells
    => mva needs_review auto-coverage-missing bills:private,mva at:0; \
       finds coverage_missing experimental_exclusion
Stem cells after a work injury without WSIB coverage are reviewed.
    accident work; auto; private; stem_cells
    => wsib needs_review wsib-coverage-missing at:none; finds coverage_missing
";
