//! Rows about the checks on patient and procedure, which make stem cells stricter and keep the payer.

pub const ROWS: &str = "
Stem cells for a patient who turns 18 on the day of the service are not reviewed.
    patient born:2008-08-10; stem_cells
    => uncovered ready uncovered-stem-cell
Stem cells for a patient who turns 18 on the day after are reviewed.
    patient born:2008-08-11; stem_cells
    => uncovered needs_review uncovered-stem-cell; finds not_recommended_minor
The age counts on the day of each service, and the finding is reported once.
    patient born:2008-08-10; stem_cells on:2026-08-08; stem_cells on:2026-08-09; stem_cells
    => uncovered needs_review uncovered-stem-cell; uncovered needs_review uncovered-stem-cell; \
       uncovered ready uncovered-stem-cell; finds not_recommended_minor
Approved stem cells for a minor are reviewed, and the auto insurer stays the payer.
    patient born:2012-01-01; accident auto; auto; ocf_18 approved; stem_cells
    => mva needs_review mva-stem-cell-approved; finds experimental_exclusion not_recommended_minor
Stem cells for a minor that wait for WSIB are reviewed, and WSIB stays the payer.
    patient born:2012-01-01; accident work; wsib; stem_cells
    => wsib needs_review wsib-stem-cell-unapproved; finds not_recommended_minor
Approved stem cells for a minor are reviewed, and the private plan stays the payer.
    patient born:2012-01-01; private; predetermination approved; stem_cells
    => private needs_review private-stem-cell-approved; finds not_recommended_minor
Stem cells for a pregnant patient are reviewed.
    patient pregnant; stem_cells
    => uncovered needs_review uncovered-stem-cell; finds not_recommended_pregnant
Approved stem cells for a pregnant patient are reviewed, and the private plan stays the payer.
    patient pregnant; private; predetermination approved; stem_cells
    => private needs_review private-stem-cell-approved; finds not_recommended_pregnant
Stem cells for a pregnant minor are reviewed for both reasons.
    patient born:2010-01-01 pregnant; stem_cells
    => uncovered needs_review uncovered-stem-cell; \
       finds not_recommended_minor not_recommended_pregnant
A minor's and a pregnant patient's other services are not reviewed.
    patient born:2010-01-01 pregnant; private lists:rehabilitation; rehabilitation
    => private ready private-listed

Stem cells without a procedure are reviewed.
    procedure none; stem_cells
    => uncovered needs_review uncovered-stem-cell; \
       finds health_canada_authorization_missing procedure_incomplete
Stem cells without a word on guidance are reviewed.
    procedure guidance:absent; stem_cells
    => uncovered needs_review uncovered-stem-cell; finds procedure_incomplete
Stem cells without guidance are reviewed.
    procedure guidance:none; stem_cells
    => uncovered needs_review uncovered-stem-cell; finds procedure_incomplete
Stem cells under fluoroscopy are guided.
    procedure guidance:fluoroscopy; stem_cells
    => uncovered ready uncovered-stem-cell
Stem cells without a word on asepsis are reviewed.
    procedure asepsis:absent; stem_cells
    => uncovered needs_review uncovered-stem-cell; finds procedure_incomplete
Stem cells without asepsis are reviewed.
    procedure asepsis:false; stem_cells
    => uncovered needs_review uncovered-stem-cell; finds procedure_incomplete
Stem cells without a word on antibiotics are reviewed.
    procedure antibiotics:absent; stem_cells
    => uncovered needs_review uncovered-stem-cell; finds procedure_incomplete
Stem cells without antibiotics are reviewed.
    procedure antibiotics:false; stem_cells
    => uncovered needs_review uncovered-stem-cell; finds procedure_incomplete
Each thing missing from the procedure is found by itself.
    procedure guidance:none asepsis:false antibiotics:absent; stem_cells
    => uncovered needs_review uncovered-stem-cell; \
       finds procedure_incomplete procedure_incomplete procedure_incomplete
Approved stem cells without a procedure are reviewed, and WSIB stays the payer.
    procedure none; accident work; wsib; wsib_approval approved; stem_cells
    => wsib needs_review wsib-stem-cell-approved; \
       finds health_canada_authorization_missing procedure_incomplete
Approved stem cells without antibiotics are reviewed, and the auto insurer stays the payer.
    procedure antibiotics:false; accident auto; auto; ocf_18 approved; stem_cells
    => mva needs_review mva-stem-cell-approved; finds experimental_exclusion procedure_incomplete
A missing Health Canada authorization is found and changes nothing.
    procedure authorization:absent; private; predetermination approved; stem_cells
    => private ready private-stem-cell-approved; finds health_canada_authorization_missing
Other services need no procedure.
    procedure none; private lists:injection; injection
    => private ready private-listed
What is missing from the procedure is nothing to other services.
    procedure guidance:none asepsis:false antibiotics:false authorization:absent; \
    private lists:injection; injection
    => private ready private-listed
";
