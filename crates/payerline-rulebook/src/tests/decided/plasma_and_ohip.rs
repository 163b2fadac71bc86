//! Rows about platelet-rich plasma alone, and about what OHIP insures.

pub const ROWS: &str = "
Plasma under a private plan waits for a predetermination.
    private; plasma
    => private needs_preauthorization private-plasma-unapproved at:0 needs:predetermination
A private plan that lists plasma has to be asked all the same.
    private lists:plasma; plasma
    => private needs_preauthorization private-plasma-unapproved
Plasma waits while the predetermination is pending.
    private; predetermination pending; plasma
    => private needs_preauthorization private-plasma-unapproved
Plasma with an approved predetermination is the private plan's.
    private; predetermination approved; plasma
    => private ready private-plasma-approved at:0
Plasma with an approved predetermination of one cent too little is reviewed.
    private; predetermination approved cents:9999; plasma cents:10000
    => private needs_review private-plasma-approved; finds preauthorization_insufficient
Plasma with a refused predetermination is reviewed, and the payer stays.
    private; predetermination denied; plasma
    => private needs_preauthorization private-plasma-unapproved; finds preauthorization_denied
Plasma with an expired predetermination is reviewed, and the payer stays.
    private; predetermination expired; plasma
    => private needs_preauthorization private-plasma-unapproved; finds preauthorization_expired
An unconfirmed private plan keeps its plasma, and a person looks.
    private pending; predetermination approved; plasma
    => private needs_review private-pending
An unconfirmed private plan keeps the plasma that it approved though it lists others only.
    private pending lists:device; predetermination approved; plasma
    => private needs_review private-pending
Plasma after a work injury waits for WSIB's approval.
    accident work; wsib #20260417; plasma
    => wsib needs_preauthorization wsib-plasma-unapproved at:0 needs:wsib_approval
Plasma after a work injury waits while WSIB's approval is pending.
    accident work; wsib #20260417; wsib_approval pending; plasma
    => wsib needs_preauthorization wsib-plasma-unapproved
Plasma that WSIB approved is billed to WSIB.
    accident work; wsib; wsib_approval approved; plasma
    => wsib ready wsib-plasma-approved
Plasma that WSIB approved for one cent too little is reviewed.
    accident work; wsib; wsib_approval approved cents:9999; plasma cents:10000
    => wsib needs_review wsib-plasma-approved; finds preauthorization_insufficient
Plasma that WSIB would not approve is reviewed.
    accident work; wsib; wsib_approval denied; plasma
    => wsib needs_preauthorization wsib-plasma-unapproved; finds preauthorization_denied
Plasma with an expired approval of WSIB is reviewed.
    accident work; wsib; wsib_approval expired; plasma
    => wsib needs_preauthorization wsib-plasma-unapproved; finds preauthorization_expired
Plasma after a car accident waits for an OCF-18.
    accident auto; auto; plasma
    => mva needs_preauthorization mva-plasma-unapproved at:0 needs:ocf_18
Plasma after a car accident waits while the OCF-18 is with the insurer.
    accident auto; auto; ocf_18 pending; plasma
    => mva needs_preauthorization mva-plasma-pending
Plasma with an approved OCF-18 is billed to the auto insurer.
    accident auto; auto; ocf_18 approved; plasma
    => mva ready mva-plasma-approved needs:ocf_21b
Plasma with an OCF-18 of one cent too little is reviewed.
    accident auto; auto; ocf_18 approved cents:9999; plasma cents:10000
    => mva needs_review mva-plasma-approved; finds preauthorization_insufficient
Plasma with a refused OCF-18 is reviewed.
    accident auto; auto; ocf_18 denied; plasma
    => mva needs_preauthorization mva-plasma-unapproved; finds preauthorization_denied
Plasma with an expired OCF-18 is reviewed.
    accident auto; auto; ocf_18 expired; plasma
    => mva needs_preauthorization mva-plasma-unapproved; finds preauthorization_expired
An OCF-23 never approves plasma.
    accident auto; auto mig; ocf_23 approved; plasma
    => mva needs_preauthorization mva-plasma-unapproved needs:ocf_18; \
       finds preauthorization_not_applicable
Plasma that the auto insurer refused is the private plan's after review.
    accident auto; auto denied; private; plasma
    => private needs_review auto-denied-private
Plasma that WSIB refused is not billed to the worker unreviewed.
    accident work; wsib exhausted; plasma
    => uncovered needs_review wsib-denied
Plasma after a car accident without auto coverage is reviewed.
    accident auto; plasma
    => mva needs_review auto-coverage-missing; finds coverage_missing
Plasma without any coverage is billed to the patient.
    plasma
    => uncovered ready uncovered-plasma at:none
Plasma needs none of what stem cells need.
    patient born:2010-01-01 pregnant; procedure none; private; predetermination approved; plasma
    => private ready private-plasma-approved

What OHIP insures is billed to OHIP after review.
    ohip; consultation ohip:yes
    => uncovered needs_review ohip-insured at:none
What OHIP insures is not billed to a private plan that lists it.
    private lists:consultation; consultation ohip:yes
    => uncovered needs_review ohip-insured
What OHIP insures is not billed to the auto insurer.
    accident auto; auto; ocf_18 approved; consultation ohip:yes; rehabilitation
    => uncovered needs_review ohip-insured; mva ready mva-approved-ocf-18
What OHIP insures does not ask for the auto coverage that is missing.
    accident auto; consultation ohip:yes
    => uncovered needs_review ohip-insured
What OHIP insures is not passed on when the auto insurer refused.
    accident auto; auto denied; private; consultation ohip:yes
    => uncovered needs_review ohip-insured
What OHIP insures is OHIP's after a car accident at work when the worker sues.
    accident auto_at_work sue; auto; consultation ohip:yes
    => uncovered needs_review ohip-insured
What work caused is WSIB's though OHIP insures it.
    accident work; wsib #20260417; consultation ohip:yes
    => wsib ready wsib-claim-number
What a car accident at work caused is WSIB's after review though OHIP insures it.
    accident auto_at_work; consultation ohip:yes
    => wsib needs_review car-accident-at-work
What work caused and WSIB refused is reviewed though OHIP insures it.
    accident work; wsib denied; consultation ohip:yes
    => uncovered needs_review wsib-denied
What OHIP insures relies on no approval and uses up none.
    accident auto; auto; ocf_18 approved cents:100; rehabilitation cents:100; consultation ohip:yes
    => mva ready mva-approved-ocf-18; uncovered needs_review ohip-insured
";
