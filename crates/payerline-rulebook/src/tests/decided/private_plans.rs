//! Rows about other services without an accident that an insurer answers for.

pub const ROWS: &str = "
A service without any coverage is billed to the patient.
    rehabilitation
    => uncovered ready uncovered at:none needs:nothing
A service with OHIP only is billed to the patient.
    ohip; report ohip:no
    => uncovered ready uncovered
A service with auto and WSIB coverage but no accident is billed to the patient.
    auto; wsib; rehabilitation
    => uncovered ready uncovered
A service after an accident of another cause uses neither auto nor WSIB coverage.
    accident other; auto denied; wsib denied; rehabilitation
    => uncovered ready uncovered
A service after an accident of another cause is the private plan's.
    accident other; private lists:rehabilitation; rehabilitation
    => private ready private-listed at:0
A private plan that lists the category pays.
    private lists:device,rehabilitation; rehabilitation
    => private ready private-listed at:0 needs:nothing
A private plan that does not say is asked by a person.
    private; rehabilitation
    => private needs_review private-silent at:0
A private plan that lists others only leaves the patient.
    private lists:device; rehabilitation
    => uncovered ready private-not-listed at:none
A private plan that lists nothing leaves the patient.
    private lists:; rehabilitation
    => uncovered ready private-not-listed
A denied private plan counts as none.
    private denied lists:rehabilitation; rehabilitation
    => uncovered ready uncovered
A used-up private plan counts as none.
    private exhausted lists:rehabilitation; rehabilitation
    => uncovered ready uncovered
A private plan that starts after the service counts as none.
    private from:2026-08-11 lists:rehabilitation; rehabilitation
    => uncovered ready uncovered; finds coverage_not_in_force
A private plan that starts on the day of the service pays.
    private from:2026-08-10 lists:rehabilitation; rehabilitation
    => private ready private-listed
A private plan that starts between two services pays for the second.
    private from:2026-08-11 lists:rehabilitation; rehabilitation; rehabilitation on:2026-08-11
    => uncovered ready uncovered; private ready private-listed; finds coverage_not_in_force
An unconfirmed private plan that lists the category keeps the payer, and a person looks.
    private pending lists:rehabilitation; rehabilitation
    => private needs_review private-pending at:0
An unconfirmed private plan that does not say keeps the payer, and a person looks.
    private pending; rehabilitation
    => private needs_review private-pending
An unconfirmed private plan that lists others only is looked at before the patient pays.
    private pending lists:device; rehabilitation
    => uncovered needs_review private-pending-not-listed
Of several private plans the one that lists the category counts, wherever it stands.
    private; private lists:device; private lists:rehabilitation; rehabilitation
    => private ready private-listed at:2
Of several private plans without one that lists it the one that does not say counts.
    private lists:device; private; rehabilitation
    => private needs_review private-silent at:1
A spouse's plan that lists the category comes before the patient's that does not say.
    private self; private spouse lists:rehabilitation; rehabilitation
    => private ready private-listed at:1
Of plans that all list the category the patient's own comes first.
    private child lists:rehabilitation; private spouse lists:rehabilitation; \
    private self lists:rehabilitation; rehabilitation
    => private ready private-listed at:2
The spouse's plan comes before the parent's.
    private child lists:rehabilitation; private spouse lists:rehabilitation; rehabilitation
    => private ready private-listed at:1
A plan without a relation is the patient's own.
    private spouse lists:rehabilitation; private lists:rehabilitation; rehabilitation
    => private ready private-listed at:1
Plans of one relation are taken as sent.
    private lists:rehabilitation; private lists:rehabilitation,device; rehabilitation
    => private ready private-listed at:0
The patient's denied plan gives way to the spouse's.
    private denied lists:rehabilitation; private spouse lists:rehabilitation; rehabilitation
    => private ready private-listed at:1
Each item has the plan that lists it.
    private lists:device; private spouse lists:rehabilitation; rehabilitation; device
    => private ready private-listed at:1; private ready private-listed at:0
A predetermination is not needed for what the plan lists.
    private lists:rehabilitation; predetermination pending; rehabilitation
    => private ready private-listed
A predetermination does not say what the plan covers.
    private; predetermination approved; rehabilitation
    => private needs_review private-silent
What a plan does not list uses up none of its predetermination.
    private lists:device; predetermination approved cents:10000; plasma; rehabilitation
    => private ready private-plasma-approved; uncovered ready private-not-listed
Every category that is neither stem cells nor plasma is another service.
    consultation; assessment; rehabilitation; imaging; image_guidance; tissue_harvest; injection; \
    medication; device; report; missed_appointment; other
    => uncovered ready uncovered; uncovered ready uncovered; uncovered ready uncovered; \
       uncovered ready uncovered; uncovered ready uncovered; uncovered ready uncovered; \
       uncovered ready uncovered; uncovered ready uncovered; uncovered ready uncovered; \
       uncovered ready uncovered; uncovered ready missed-appointment; uncovered ready uncovered
A claim of a payer and of none is the payer's.
    private lists:device; rehabilitation cents:300; device cents:500 x2 tax:7
    => uncovered ready private-not-listed; private ready private-listed
";
