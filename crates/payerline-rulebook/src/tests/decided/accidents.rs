//! Rows about other services after a car accident or a work injury.

pub const ROWS: &str = "
After a car accident with an approved OCF-18 the auto insurer is billed.
    accident auto; auto; ocf_18 approved; rehabilitation
    => mva ready mva-approved-ocf-18 at:0 needs:ocf_21b
After a car accident with nothing approved an OCF-18 is needed.
    accident auto; auto; rehabilitation
    => mva needs_preauthorization mva-unapproved at:0 needs:ocf_18
Under the Minor Injury Guideline with nothing approved an OCF-23 is needed.
    accident auto; auto mig; rehabilitation
    => mva needs_preauthorization mva-minor-injury-unapproved needs:ocf_23
Under the Minor Injury Guideline an approved OCF-23 makes the auto insurer pay.
    accident auto; auto mig; ocf_23 approved; rehabilitation
    => mva ready mva-approved-ocf-23 needs:ocf_21c
Under the Minor Injury Guideline an OCF-23 of one cent too little is reviewed.
    accident auto; auto mig; ocf_23 approved cents:9999; rehabilitation cents:10000
    => mva needs_review mva-approved-ocf-23; finds preauthorization_insufficient
Under the Minor Injury Guideline a refused OCF-23 is reviewed.
    accident auto; auto mig; ocf_23 denied; rehabilitation
    => mva needs_preauthorization mva-minor-injury-unapproved; finds preauthorization_denied
Under the Minor Injury Guideline an expired OCF-23 is reviewed.
    accident auto; auto mig; ocf_23 expired; rehabilitation
    => mva needs_preauthorization mva-minor-injury-unapproved; finds preauthorization_expired
Under the Minor Injury Guideline an approved OCF-18 counts too.
    accident auto; auto mig; ocf_18 approved; rehabilitation
    => mva ready mva-approved-ocf-18
Outside the Minor Injury Guideline an OCF-23 counts for nothing.
    accident auto; auto; ocf_23 approved; rehabilitation
    => mva needs_preauthorization mva-unapproved; finds preauthorization_not_applicable
An OCF-18 that the insurer has not answered is nothing approved.
    accident auto; auto; ocf_18 pending; rehabilitation
    => mva needs_preauthorization mva-pending
An OCF-23 that the insurer has not answered is nothing approved.
    accident auto; auto mig; ocf_23 pending; rehabilitation
    => mva needs_preauthorization mva-pending
A refused OCF-18 is reviewed, and the payer stays.
    accident auto; auto; ocf_18 denied; rehabilitation
    => mva needs_preauthorization mva-unapproved; finds preauthorization_denied
An expired OCF-18 is reviewed, whatever the service.
    accident auto; auto; ocf_18 expired; rehabilitation
    => mva needs_preauthorization mva-unapproved; finds preauthorization_expired
A refused OCF-18 does no harm to an item that another one approves, but a person looks.
    accident auto; auto; ocf_18 denied; ocf_18 approved; rehabilitation
    => mva ready mva-approved-ocf-18; finds preauthorization_denied
Two items whose sum is exactly approved are billed.
    accident auto; auto; ocf_18 approved cents:30013; rehabilitation x2 tax:13; imaging
    => mva ready mva-approved-ocf-18; mva ready mva-approved-ocf-18
Two items whose sum is one cent over what is approved are both reviewed.
    accident auto; auto; ocf_18 approved cents:30013; rehabilitation x2 tax:14; imaging
    => mva needs_review mva-approved-ocf-18; mva needs_review mva-approved-ocf-18; \
       finds preauthorization_insufficient
Two items that rely on an approval each are not added up.
    accident auto; auto; ocf_18 approved cents:10000 for:rehabilitation; \
    ocf_18 approved cents:10000 for:imaging; rehabilitation; imaging
    => mva ready mva-approved-ocf-18; mva ready mva-approved-ocf-18
An item of another category does not rely on the approval.
    accident auto; auto; ocf_18 approved cents:10000 for:rehabilitation; rehabilitation; imaging
    => mva ready mva-approved-ocf-18; mva needs_preauthorization mva-unapproved
A free item relies on an approval of nothing.
    accident auto; auto; ocf_18 approved cents:0; rehabilitation cents:0
    => mva ready mva-approved-ocf-18
A car accident does not use WSIB coverage.
    accident auto; wsib #20260417; auto; ocf_18 approved; rehabilitation
    => mva ready mva-approved-ocf-18 at:1
A car accident without auto coverage is reviewed.
    accident auto; rehabilitation
    => mva needs_review auto-coverage-missing at:none; finds coverage_missing
A car accident with other coverages only is reviewed, though the private plan lists the service.
    accident auto; ohip; wsib; private lists:rehabilitation; rehabilitation
    => mva needs_review auto-coverage-missing bills:private,mva at:2; finds coverage_missing
An auto coverage that starts after the accident is not given.
    accident auto; auto from:2026-05-03; ocf_18 approved; rehabilitation
    => mva needs_review auto-coverage-missing at:none; finds coverage_missing coverage_not_in_force
An auto coverage that starts on the day of the accident is in force.
    accident auto; auto from:2026-05-02; ocf_18 approved; rehabilitation
    => mva ready mva-approved-ocf-18
An unconfirmed auto coverage keeps the payer, and a person looks.
    accident auto; auto pending; ocf_18 approved; rehabilitation
    => mva needs_review mva-coverage-pending at:0
An auto insurer that refused makes the private plan pay after review, whatever it lists.
    accident auto; auto denied; private lists:device; rehabilitation
    => private needs_review auto-denied-private at:1
An auto insurer that refused leaves the patient after review without a private plan.
    accident auto; auto denied; rehabilitation
    => uncovered needs_review auto-denied at:none
A used-up auto coverage counts as refused.
    accident auto; auto exhausted; private lists:rehabilitation; rehabilitation
    => private needs_review auto-denied-private
An auto insurer that refused is no matter when another is active.
    accident auto; auto denied; auto; ocf_18 approved; rehabilitation
    => mva ready mva-approved-ocf-18 at:1
An auto insurer that refused is no matter when another is unconfirmed.
    accident auto; auto denied; auto pending; rehabilitation
    => mva needs_review mva-coverage-pending at:1
An auto insurer has refused when the other one starts after the accident.
    accident auto; auto denied; auto from:2026-05-03; rehabilitation
    => uncovered needs_review auto-denied; finds coverage_not_in_force
A refusal under a coverage that starts after the accident is not given.
    accident auto; auto denied from:2026-05-03; rehabilitation
    => mva needs_review auto-coverage-missing; finds coverage_missing coverage_not_in_force
After two refusals a private plan that is denied too counts as none.
    accident auto; auto denied; auto exhausted; private denied; rehabilitation
    => uncovered needs_review auto-denied
After a refusal an unconfirmed private plan is next.
    accident auto; auto denied; private pending; rehabilitation
    => private needs_review auto-denied-private at:1
After a refusal a private plan that starts after the service counts as none.
    accident auto; auto denied; private from:2026-08-11; rehabilitation
    => uncovered needs_review auto-denied; finds coverage_not_in_force
A WSIB refusal has no part in a car accident.
    accident auto; auto; wsib denied; ocf_18 approved; rehabilitation
    => mva ready mva-approved-ocf-18
The patient's own auto coverage comes before the spouse's, the spouse's before the parent's.
    accident auto; auto child; auto spouse; auto self; ocf_18 approved; rehabilitation
    => mva ready mva-approved-ocf-18 at:2
Auto coverages of one relation are taken as sent.
    accident auto; auto spouse; auto spouse; ocf_18 approved; rehabilitation
    => mva ready mva-approved-ocf-18 at:0

After a work injury with a claim number WSIB is billed.
    accident work; wsib #20260417; rehabilitation
    => wsib ready wsib-claim-number at:0 needs:nothing
After a work injury without a claim number a person looks.
    accident work; wsib; rehabilitation
    => wsib needs_review wsib-no-claim-number at:0 needs:form_8
After a work injury a private plan that lists the service is left out.
    accident work; private lists:rehabilitation; wsib #20260417; rehabilitation
    => wsib ready wsib-claim-number at:1
The claim number may stand in either of two WSIB coverages.
    accident work; wsib; wsib #20260417; rehabilitation
    => wsib ready wsib-claim-number at:0
An approval of WSIB is not needed beside the claim number.
    accident work; wsib #20260417; wsib_approval approved; rehabilitation
    => wsib ready wsib-claim-number
An approval of WSIB does not stand in for the claim number.
    accident work; wsib; wsib_approval approved; rehabilitation
    => wsib needs_review wsib-no-claim-number
An approval that WSIB refused makes a person look at what needs none.
    accident work; wsib #20260417; wsib_approval denied; rehabilitation
    => wsib ready wsib-claim-number; finds preauthorization_denied
A work injury without WSIB coverage is reviewed, though other insurers are given.
    accident work; auto #A-1; private lists:rehabilitation; rehabilitation
    => wsib needs_review wsib-coverage-missing at:none; finds coverage_missing
A WSIB coverage that starts after the injury is not given.
    accident work; wsib #20260417 from:2026-05-03; rehabilitation
    => wsib needs_review wsib-coverage-missing; finds coverage_missing coverage_not_in_force
An unconfirmed WSIB coverage keeps the payer, and a person looks.
    accident work; wsib pending #20260417; rehabilitation
    => wsib needs_review wsib-coverage-pending at:0
What WSIB refused is the private plan's after review.
    accident work; wsib denied #20260417; private; rehabilitation
    => private needs_review wsib-denied-private at:1
What WSIB refused is the private plan's after review though that is not confirmed.
    accident work; wsib denied; private pending; rehabilitation
    => private needs_review wsib-denied-private at:1
What WSIB refused is not billed to the worker unreviewed.
    accident work; wsib denied #20260417; rehabilitation
    => uncovered needs_review wsib-denied
A used-up WSIB coverage counts as refused.
    accident work; wsib exhausted; private denied; rehabilitation
    => uncovered needs_review wsib-denied
A WSIB refusal is no matter when another WSIB coverage is active.
    accident work; wsib denied; wsib #20260417; rehabilitation
    => wsib ready wsib-claim-number at:1
";
