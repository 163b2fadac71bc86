//! Rows about a car accident at work, which has only its own row whatever the coverages.

pub const ROWS: &str = "
A car accident at work is WSIB's after review.
    accident auto_at_work; rehabilitation
    => wsib needs_review car-accident-at-work
A car accident at work is WSIB's when the worker said that nothing is chosen.
    accident auto_at_work none; rehabilitation
    => wsib needs_review car-accident-at-work
A car accident at work is WSIB's when the worker takes its benefits.
    accident auto_at_work benefits; auto; wsib #20260417; rehabilitation
    => wsib needs_review car-accident-at-work
A car accident at work is WSIB's with its coverage and claim number, and reviewed all the same.
    accident auto_at_work; wsib #20260417; rehabilitation
    => wsib needs_review car-accident-at-work
A car accident at work is WSIB's though only an auto coverage is given.
    accident auto_at_work; auto; ocf_18 approved; rehabilitation
    => wsib needs_review car-accident-at-work; finds preauthorization_wrong_kind
A car accident at work is WSIB's though WSIB refused.
    accident auto_at_work; wsib denied; private; rehabilitation
    => wsib needs_review car-accident-at-work
A car accident at work is WSIB's though WSIB is not confirmed.
    accident auto_at_work; wsib pending; auto; private; rehabilitation
    => wsib needs_review car-accident-at-work
A car accident at work is WSIB's though a private plan lists the service.
    accident auto_at_work; private lists:rehabilitation; rehabilitation
    => wsib needs_review car-accident-at-work
Stem cells after a car accident at work are reviewed though WSIB approved them.
    accident auto_at_work; wsib; wsib_approval approved; stem_cells
    => wsib needs_review car-accident-at-work
Plasma after a car accident at work is WSIB's after review.
    accident auto_at_work; plasma
    => wsib needs_review car-accident-at-work
A worker who sues has the auto insurer pay after review.
    accident auto_at_work sue; auto; wsib #20260417; rehabilitation
    => mva needs_review car-accident-at-work-suing
A worker who sues has the auto insurer pay though none is given.
    accident auto_at_work sue; rehabilitation
    => mva needs_review car-accident-at-work-suing at:none
A worker who sues is reviewed though an OCF-18 is approved.
    accident auto_at_work sue; auto; ocf_18 approved; rehabilitation
    => mva needs_review car-accident-at-work-suing
A worker who sues has the auto insurer pay though it refused.
    accident auto_at_work sue; auto denied; rehabilitation
    => mva needs_review car-accident-at-work-suing
Stem cells of a worker who sues are the auto insurer's after review.
    accident auto_at_work sue; auto; stem_cells
    => mva needs_review car-accident-at-work-suing; finds experimental_exclusion
A worker who sues and has a private plan has both billed.
    accident auto_at_work sue; auto; private; rehabilitation
    => mva needs_review car-accident-at-work-suing bills:private,mva at:1
A worker who sues after July 2026 has the auto insurer billed before the private plan.
    accident auto_at_work sue on:2026-07-01; auto; private; rehabilitation
    => mva needs_review car-accident-at-work-suing bills:mva,private
An election to sue means nothing after an accident that was not at work.
    accident auto sue; auto; ocf_18 approved; rehabilitation
    => mva ready mva-approved-ocf-18
An election to sue means nothing after a work injury without a car.
    accident work sue; wsib #20260417; rehabilitation
    => wsib ready wsib-claim-number
";
