//! Rows about who is billed first after a car accident, with a private plan too.

pub const ROWS: &str = "
Before July 2026 the private plan is billed before the auto insurer.
    accident auto on:2026-06-30; auto; private; ocf_18 approved; rehabilitation
    => mva ready mva-approved-ocf-18 bills:private,mva at:1
From July 2026 on the auto insurer is billed before the private plan.
    accident auto on:2026-07-01; auto; private; ocf_18 approved; rehabilitation
    => mva ready mva-approved-ocf-18 bills:mva,private at:0
The day of the accident decides, not that of the service.
    accident auto on:2026-06-30; auto; private; ocf_18 approved; rehabilitation on:2027-01-05
    => mva ready mva-approved-ocf-18 bills:private,mva
From July 2026 on medication is still billed to the private plan first.
    accident auto on:2026-07-01; auto; private; ocf_18 approved; medication
    => mva ready mva-approved-ocf-18 bills:private,mva at:1
Before July 2026 medication is billed to the private plan first too.
    accident auto on:2026-06-30; auto; private; ocf_18 approved; medication
    => mva ready mva-approved-ocf-18 bills:private,mva
After an accident in another province the private plan is billed first.
    accident auto on:2026-07-01 in:QC; auto; private; ocf_18 approved; rehabilitation
    => mva ready mva-approved-ocf-18 bills:private,mva at:1; finds accident_outside_ontario
After an accident abroad the private plan is billed first.
    accident auto on:2026-08-01 in:XX; auto; private; ocf_18 approved; rehabilitation
    => mva needs_review mva-approved-ocf-18 bills:private,mva; finds accident_abroad
After an accident that is said to be in Ontario the auto insurer is billed first.
    accident auto on:2026-07-02 in:ON; auto; private; ocf_18 approved; rehabilitation
    => mva ready mva-approved-ocf-18 bills:mva,private
Without a private plan the auto insurer is billed alone.
    accident auto on:2026-06-30; auto; ohip; wsib; ocf_18 approved; medication
    => mva ready mva-approved-ocf-18 bills:mva at:0
A private plan shares the bill whatever it lists.
    accident auto on:2026-06-30; private lists:; auto; ocf_18 approved; rehabilitation
    => mva ready mva-approved-ocf-18 bills:private,mva at:0
An unconfirmed private plan does not share the bill.
    accident auto on:2026-06-30; auto; private pending; ocf_18 approved; rehabilitation
    => mva ready mva-approved-ocf-18 bills:mva at:0
A denied or used-up private plan does not share the bill.
    accident auto on:2026-06-30; auto; private denied; private exhausted; ocf_18 approved; \
    rehabilitation
    => mva ready mva-approved-ocf-18 bills:mva at:0
A private plan that starts after the service does not share the bill.
    accident auto on:2026-06-30; auto; private from:2026-08-11; ocf_18 approved; rehabilitation
    => mva ready mva-approved-ocf-18 bills:mva at:0; finds coverage_not_in_force
A private plan that starts between two services shares the bill of the second.
    accident auto on:2026-06-30; auto; private from:2026-08-11; ocf_18 approved; \
    rehabilitation; rehabilitation on:2026-08-11
    => mva ready mva-approved-ocf-18 bills:mva at:0; \
       mva ready mva-approved-ocf-18 bills:private,mva at:1; finds coverage_not_in_force
An active plan shares the bill though an unconfirmed one lists the service.
    accident auto on:2026-06-30; auto; private pending lists:rehabilitation; private spouse; \
    ocf_18 approved; rehabilitation
    => mva ready mva-approved-ocf-18 bills:private,mva at:2
Of several private plans the patient's own shares the bill.
    accident auto on:2026-06-30; auto; private spouse; private; ocf_18 approved; rehabilitation
    => mva ready mva-approved-ocf-18 bills:private,mva at:2
Stem cells after July 2026 are billed to the auto insurer first.
    accident auto on:2026-07-01; private; auto; ocf_18 approved; stem_cells
    => mva ready mva-stem-cell-approved bills:mva,private at:1; finds experimental_exclusion
An unconfirmed auto coverage shares the bill like a confirmed one.
    accident auto on:2026-07-01; private; auto pending; rehabilitation
    => mva needs_review mva-coverage-pending bills:mva,private at:1
An auto insurer that is not given stands first in the order all the same.
    accident auto on:2026-07-01; private; rehabilitation
    => mva needs_review auto-coverage-missing bills:mva,private at:none; finds coverage_missing
A work injury is billed to WSIB alone.
    accident work on:2026-06-30; wsib #20260417; private; auto; medication
    => wsib ready wsib-claim-number bills:wsib at:0
The claim is billed like its first item of the claim's payer, here medication.
    accident auto on:2026-07-01; auto; private; ocf_18 approved; medication; rehabilitation
    => mva ready mva-approved-ocf-18 bills:private,mva; mva ready mva-approved-ocf-18 bills:mva,private
The claim is billed like its first item of the claim's payer, here no medication.
    accident auto on:2026-07-01; auto; private; ocf_18 approved; \
    consultation ohip:yes; rehabilitation; medication
    => uncovered needs_review ohip-insured; mva ready mva-approved-ocf-18 bills:mva,private; \
       mva ready mva-approved-ocf-18 bills:private,mva
";
