//! Rows about what an Ontario clinic files from Monday to Friday: third parties, silence about OHIP, what needs no OCF-18,
//! places, employers, missed appointments, professions and federal programmes.

pub const ROWS: &str = "
What an employer asked for and pays is billed to the employer.
    consultation by:physician third_party
    => uncovered ready third-party
A third party's item relies on no OCF-18 and is no auto insurer's.
    accident auto; auto; ocf_18 approved; report third_party
    => uncovered ready third-party; finds preauthorization_not_applicable
What a third party asked for and OHIP insures is reviewed.
    consultation by:physician ohip:yes third_party
    => uncovered needs_review third-party-ohip-insured
No check on the accident looks at what a third party pays.
    accident auto on:2020-05-02 country:MX; auto; report third_party
    => uncovered ready third-party
What OHIP insures is nobody's yet without an Ontario card.
    patient card:none; consultation by:physician ohip:yes
    => uncovered needs_review ohip-insured-unproven
What OHIP insures is nobody's yet when OHIP denied its coverage.
    ohip denied; consultation by:physician ohip:yes
    => uncovered needs_review ohip-insured-unproven
An OHIP coverage shows that OHIP insures the patient.
    patient card:none; ohip pending; consultation by:physician ohip:yes
    => uncovered needs_review ohip-insured
What OHIP insures and no longer takes has a warning.
    consultation by:physician ohip:yes on:2026-05-31
    => uncovered needs_review ohip-insured; finds ohip_stale
A physician's consultation of which nobody says whether OHIP insures it is reviewed.
    consultation by:physician
    => uncovered needs_review uncovered; finds ohip_insured_unknown
An item with an OHIP code keeps its private plan and is reviewed.
    private lists:other; other code:ohip
    => private needs_review private-listed; finds ohip_insured_unknown
A nurse practitioner's assessment is reviewed as a charge.
    assessment by:nurse_practitioner
    => uncovered needs_review uncovered; finds physician_equivalent_charge
A physician's insured visit after a work injury goes through the ministry.
    accident work; wsib #20260417; consultation by:physician ohip:yes
    => wsib ready wsib-claim-number; finds bill_through_ministry
A prescribed medication needs no OCF-18.
    accident auto; auto; medication prescribed
    => mva ready mva-medication-exempt needs:ocf_21b; finds ocf_18_exempt
A brace of 250 dollars with its tax needs no OCF-18.
    accident auto; auto; device cents:24000 tax:1000
    => mva ready mva-device-exempt needs:ocf_21b; finds ocf_18_exempt
A brace that costs more because of the tax is reviewed.
    accident auto; auto; device cents:24000 tax:1001
    => mva needs_review mva-device-tax-unclear
Emergency care on the accident's day needs no OCF-18.
    accident auto on:2026-08-10; auto; other emergency
    => mva ready mva-emergency-exempt needs:ocf_21b; finds ocf_18_exempt
Under the guideline a prescribed medication is reviewed.
    accident auto; auto mig; medication prescribed
    => mva needs_review mva-medication-minor-injury
Under the guideline a cheap brace is reviewed.
    accident auto; auto mig; device
    => mva needs_review mva-device-minor-injury
Under the guideline emergency care is reviewed.
    accident auto on:2026-08-10; auto mig; other emergency
    => mva needs_review mva-emergency-minor-injury
A report after a car accident is reviewed, and no OCF-18 is asked for.
    accident auto; auto; report
    => mva needs_review mva-report-unapproved
A missed appointment after a car accident is nobody's before a person has looked.
    accident auto; auto; ocf_18 approved; missed_appointment
    => uncovered needs_review mva-missed-appointment; finds preauthorization_not_applicable
A missed appointment after a work injury is WSIB's until a person has looked.
    accident work; wsib #20260417; missed_appointment
    => wsib needs_review wsib-missed-appointment
A missed appointment is billed to the patient whatever the plan lists.
    private lists:missed_appointment; missed_appointment
    => uncovered ready missed-appointment
A missed appointment beside a pending plan is reviewed.
    private pending; missed_appointment
    => uncovered needs_review missed-appointment-plan-pending
A car accident in Mexico is reviewed.
    accident auto country:MX; auto; ocf_18 approved; rehabilitation
    => mva needs_review mva-approved-ocf-18; finds accident_abroad
A car accident in Michigan has a warning.
    accident auto country:US; auto; ocf_18 approved; rehabilitation
    => mva ready mva-approved-ocf-18; finds accident_outside_ontario
A work injury in Quebec is reviewed.
    accident work in:QC; wsib #20260417; rehabilitation
    => wsib needs_review wsib-claim-number; finds other_workers_board
A work injury whose employer is not covered counts as another accident and is reviewed.
    accident work employer:no; rehabilitation
    => uncovered needs_review uncovered; finds employer_not_covered
A service six years after a car accident is reviewed.
    accident auto on:2020-05-02; auto; ocf_18 approved; rehabilitation
    => mva needs_review mva-approved-ocf-18; finds benefit_period_over
Mental stress is reported to WSIB by a physician with a CMS8.
    diagnosis F43.1; accident work; wsib; assessment by:physician
    => wsib needs_review wsib-no-claim-number-mental-stress needs:cms8
A massage therapist sends WSIB no form.
    accident work; wsib; massage_therapy by:massage_therapist
    => wsib needs_review wsib-no-claim-number-other
A veteran without another plan is reviewed.
    federal; rehabilitation
    => private needs_review federal-program at:0; finds federal_program
A veteran's own plan that lists others only leaves the programme.
    private lists:device; federal; rehabilitation
    => private needs_review federal-program-not-listed at:1; finds federal_program
A veteran's own plan that was not asked about stem cells leaves the programme.
    private; federal; stem_cells
    => private needs_review federal-program-stem-cells at:1; finds federal_program
A plan that lists the profession alone covers the service.
    private professions:physiotherapist; physiotherapy by:physiotherapist
    => private ready private-listed
A plan that lists other professions only covers nothing.
    private lists:physiotherapy professions:physiotherapist; physiotherapy by:kinesiologist
    => uncovered ready private-not-listed
A plan that lists rehabilitation says nothing of its kinds.
    private lists:rehabilitation; massage_therapy by:massage_therapist
    => private needs_review private-silent
A plan that ended before the service counts as none.
    private to:2026-08-09 lists:rehabilitation; rehabilitation
    => uncovered ready uncovered; finds coverage_not_in_force
The plan of the parent with the earlier birthday pays first.
    private child lists:rehabilitation born:1980-12-01; private child lists:rehabilitation born:1982-02-03; rehabilitation
    => private ready private-listed at:1
Where a birthday is missing, plans are billed as they were sent.
    private child lists:rehabilitation; private child lists:rehabilitation born:1982-02-03; rehabilitation
    => private ready private-listed at:0; finds birthday_rule_unknown
The place that the claim says comes before birthdays.
    private child lists:rehabilitation born:1980-02-01 priority:2; private child lists:rehabilitation born:1982-12-03 priority:1; rehabilitation
    => private ready private-listed at:1
The same service on another claim is reviewed.
    duplicate 0; rehabilitation
    => uncovered needs_review uncovered; finds possible_duplicate
A claim whose review does not count any more is reviewed again.
    outdated; rehabilitation
    => uncovered ready uncovered; finds review_outdated
A guideline claim of more than the cap has a warning.
    accident auto; auto mig; ocf_23 approved cents:400000; rehabilitation cents:350001
    => mva ready mva-approved-ocf-23; finds minor_injury_cap
The cap of the guideline is without tax.
    accident auto; auto mig; ocf_23 confirmed cents:400000; rehabilitation cents:350000 tax:45500
    => mva ready mva-approved-ocf-23
Tax on a physiotherapist's physiotherapy has a warning.
    physiotherapy tax:100
    => uncovered ready uncovered; finds tax_on_exempt_service
The same diagnosis twice has a warning.
    diagnosis M17.1; diagnosis M17.1; rehabilitation
    => uncovered ready uncovered; finds duplicate_diagnosis
An assessment after an accident from July 2026 on has an unclear order.
    accident auto on:2026-07-01; auto; private; ocf_18 approved; assessment by:physiotherapist
    => mva ready mva-approved-ocf-18 bills:mva,private; finds payer_order_unclear
A report after an accident from July 2026 on is the private plan's first.
    accident auto on:2026-07-01; auto; private; ocf_18 approved; report
    => mva ready mva-approved-ocf-18 bills:private,mva
";
