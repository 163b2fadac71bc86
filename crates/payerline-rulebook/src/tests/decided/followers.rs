//! Rows about what follows the stem cells on the same claim.

pub const ROWS: &str = "
Harvest, guidance, injection and plasma follow stem cells that the patient pays.
    stem_cells; tissue_harvest; image_guidance; injection; plasma
    => uncovered ready uncovered-stem-cell; uncovered ready follows-stem-cells; \
       uncovered ready follows-stem-cells; uncovered ready follows-stem-cells; \
       uncovered ready follows-stem-cells
What follows the stem cells may be sent before them.
    private; predetermination approved; injection; plasma; stem_cells
    => private ready follows-stem-cells at:0; private ready follows-stem-cells at:0; \
       private ready private-stem-cell-approved
What follows stem cells waits with them for the OCF-18, though an OCF-23 would do for itself.
    accident auto; auto mig; ocf_23 approved for:injection; stem_cells; injection
    => mva needs_preauthorization mva-stem-cell-unapproved; \
       mva needs_preauthorization follows-stem-cells at:0; \
       finds experimental_exclusion preauthorization_not_applicable
What follows stem cells has their billing order.
    accident auto; auto; private; ocf_18 approved; stem_cells; image_guidance
    => mva ready mva-stem-cell-approved bills:private,mva at:1; \
       mva ready follows-stem-cells bills:private,mva at:1; \
       finds experimental_exclusion
What follows stem cells waits with them for WSIB, though WSIB would pay for itself.
    accident work; wsib #20260417; stem_cells; injection
    => wsib needs_preauthorization wsib-stem-cell-unapproved; \
       wsib needs_preauthorization follows-stem-cells at:0
What follows stem cells is not the private plan's, though it lists it.
    private lists:injection; stem_cells; injection
    => uncovered ready private-stem-cell-undetermined; \
       uncovered ready follows-stem-cells at:none; finds predetermination_possible
What follows the stem cells of a minor is reviewed with them.
    patient born:2008-08-11; stem_cells; tissue_harvest
    => uncovered needs_review uncovered-stem-cell; uncovered needs_review follows-stem-cells; \
       finds not_recommended_minor
What follows stem cells after a refusal of the auto insurer is the private plan's with them.
    accident auto; auto denied; private; stem_cells; plasma
    => private needs_review auto-denied-private; private needs_review follows-stem-cells at:1
What follows stem cells after a car accident at work is reviewed with them.
    accident auto_at_work; stem_cells; injection
    => wsib needs_review car-accident-at-work; wsib needs_review follows-stem-cells
What follows the stem cells of a worker who sues is reviewed with them.
    accident auto_at_work sue; stem_cells; injection
    => mva needs_review car-accident-at-work-suing; mva needs_review follows-stem-cells; \
       finds experimental_exclusion
After a work injury what OHIP insures is decided by itself, not with the stem cells.
    accident work; wsib #20260417; stem_cells; injection ohip:yes
    => wsib needs_preauthorization wsib-stem-cell-unapproved; wsib ready wsib-claim-number
What OHIP insures does not follow the stem cells.
    private; predetermination approved; stem_cells; image_guidance ohip:yes
    => private ready private-stem-cell-approved; uncovered needs_review ohip-insured
What follows stem cells that OHIP insures is reviewed with them.
    private; stem_cells ohip:yes; injection
    => uncovered needs_review ohip-insured; uncovered needs_review follows-stem-cells
A consultation, an assessment and medication do not follow the stem cells.
    private lists:medication; stem_cells; consultation; assessment; medication
    => uncovered ready private-stem-cell-undetermined; uncovered ready private-not-listed; \
       uncovered ready private-not-listed; private ready private-listed; \
       finds predetermination_possible
Harvest, guidance and injection without stem cells are other services.
    private lists:injection; tissue_harvest; image_guidance; injection
    => uncovered ready private-not-listed; uncovered ready private-not-listed; \
       private ready private-listed

The strictest stem-cell item leads, whoever pays for it.
    private from:2026-08-11; predetermination pending; \
    stem_cells; stem_cells on:2026-08-11; injection
    => uncovered ready uncovered-stem-cell; \
       private needs_preauthorization private-stem-cell-pending; \
       private needs_preauthorization follows-stem-cells at:0; finds coverage_not_in_force
Review leads, though the other stem cells have a payer of higher rank.
    patient born:2008-08-11; private from:2026-08-11; predetermination approved; \
    stem_cells; stem_cells on:2026-08-11; injection on:2026-08-11
    => uncovered needs_review uncovered-stem-cell; private ready private-stem-cell-approved; \
       uncovered needs_review follows-stem-cells at:none; \
       finds coverage_not_in_force not_recommended_minor
Among stem cells equally strict the payer that a claim takes first leads.
    private from:2026-08-11; predetermination approved; \
    stem_cells; stem_cells on:2026-08-11; injection
    => uncovered ready uncovered-stem-cell; private ready private-stem-cell-approved; \
       private ready follows-stem-cells at:0; finds coverage_not_in_force
Among stem cells equally strict with one payer the first item leads.
    accident auto; auto; private from:2026-08-11; ocf_18 approved; \
    injection; stem_cells; stem_cells on:2026-08-11
    => mva ready follows-stem-cells at:0; mva ready mva-stem-cell-approved at:0; \
       mva ready mva-stem-cell-approved bills:private,mva at:1; \
       finds coverage_not_in_force experimental_exclusion experimental_exclusion

What follows counts against the approval that it relies on.
    accident auto; auto; ocf_18 approved cents:450000; \
    stem_cells cents:450000; image_guidance cents:1
    => mva needs_review mva-stem-cell-approved; mva needs_review follows-stem-cells; \
       finds experimental_exclusion preauthorization_insufficient
What follows does not count against an approval of the stem cells alone.
    accident auto; auto; ocf_18 approved cents:450000 for:stem_cells; \
    stem_cells cents:450000; image_guidance cents:1
    => mva ready mva-stem-cell-approved; mva ready follows-stem-cells; \
       finds experimental_exclusion
";
