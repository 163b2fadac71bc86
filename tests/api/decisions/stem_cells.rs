//! Rows on stem cells, payer by payer.

use serde_json::json;

use crate::support::{TestApp, case, decide_all, on_both_databases};

on_both_databases!(
    stem_cells_without_accident,
    stem_cells_after_a_car_accident,
    stem_cells_after_a_work_injury,
);

async fn stem_cells_without_accident(app: &TestApp) {
    let rows = vec![
        case("no coverage at all: the patient pays")
            .stem_cells()
            .gets("uncovered", "ready"),
        case("only OHIP: the patient pays")
            .stem_cells()
            .ohip()
            .gets("uncovered", "ready"),
        case("a sports injury and only OHIP: the patient pays")
            .stem_cells()
            .ohip()
            .accident("other")
            .gets("uncovered", "ready"),
        case("a private plan, nothing predetermined: uncovered, but asking is possible")
            .stem_cells()
            .private()
            .gets("uncovered", "ready")
            .finds("predetermination_possible"),
        case("a private plan that lists stem cells, nothing predetermined: no different")
            .stem_cells()
            .private_listing(&["stem_cell_therapy"])
            .gets("uncovered", "ready")
            .finds("predetermination_possible"),
        case("a private plan that lists others only, nothing predetermined: no different")
            .stem_cells()
            .private_listing(&["rehabilitation"])
            .gets("uncovered", "ready")
            .finds("predetermination_possible"),
        case("a sports injury and a private plan, nothing predetermined")
            .stem_cells()
            .private()
            .accident("other")
            .gets("uncovered", "ready")
            .finds("predetermination_possible"),
        case("predetermination pending: the private plan decides")
            .stem_cells()
            .ohip()
            .private()
            .approval("predetermination", "pending", 0)
            .gets("private", "needs_preauthorization")
            .on(1),
        case("predetermination approved: the private plan pays")
            .stem_cells()
            .ohip()
            .private()
            .approval("predetermination", "approved", 450_000)
            .gets("private", "ready")
            .on(1),
        case("predetermination approved, the plan lists others only: the approval counts")
            .stem_cells()
            .private_listing(&["rehabilitation"])
            .approval("predetermination", "approved", 450_000)
            .gets("private", "ready")
            .on(0),
        case("predetermination approved but not named by the claim: it does not count")
            .stem_cells()
            .private()
            .approval("predetermination", "approved", 450_000)
            .not_named()
            .gets("uncovered", "ready")
            .finds("predetermination_possible"),
        case("a denied private plan counts as none")
            .stem_cells()
            .coverage(json!({"kind": "private", "status": "denied"}))
            .gets("uncovered", "ready"),
        case("an exhausted private plan counts as none")
            .stem_cells()
            .coverage(json!({"kind": "private", "status": "exhausted"}))
            .gets("uncovered", "ready"),
        case("a pending private plan, nothing predetermined: a person looks")
            .stem_cells()
            .coverage(json!({"kind": "private", "status": "pending"}))
            .gets("uncovered", "needs_review")
            .finds("predetermination_possible"),
        case("a pending private plan, predetermination approved: it keeps the payer")
            .stem_cells()
            .coverage(json!({"kind": "private", "status": "pending"}))
            .approval("predetermination", "approved", 450_000)
            .gets("private", "needs_review")
            .on(0),
        case("a private plan that starts after the service counts as not given")
            .stem_cells()
            .coverage(json!({"kind": "private", "effective_date": "2026-06-02"}))
            .gets("uncovered", "ready")
            .finds("coverage_not_in_force"),
        case("auto and WSIB coverage without an accident do not matter")
            .stem_cells()
            .coverage(json!({"kind": "auto"}))
            .coverage(json!({"kind": "wsib"}))
            .gets("uncovered", "ready"),
        case("auto and WSIB coverage after a sports injury do not matter")
            .stem_cells()
            .auto()
            .wsib()
            .accident("other")
            .gets("uncovered", "ready"),
    ];
    decide_all(app, rows).await;
}

async fn stem_cells_after_a_car_accident(app: &TestApp) {
    let rows = vec![
        case("no OCF-18: the auto insurer is asked first")
            .stem_cells()
            .accident("auto")
            .auto()
            .gets("mva", "needs_preauthorization")
            .by("mva-stem-cell-unapproved")
            .on(0),
        case("OCF-18 pending: the answer is waited for")
            .stem_cells()
            .accident("auto")
            .auto()
            .approval("ocf_18", "pending", 0)
            .gets("mva", "needs_preauthorization")
            .on(0),
        case("OCF-18 approved for more than is billed")
            .stem_cells()
            .accident("auto")
            .auto()
            .approval("ocf_18", "approved", 500_000)
            .gets("mva", "ready")
            .on(0),
        case("OCF-18 approved for exactly what is billed")
            .stem_cells()
            .accident("auto")
            .auto()
            .approval("ocf_18", "approved", 450_000)
            .gets("mva", "ready")
            .on(0),
        case("OCF-18 approved for one cent less than is billed")
            .stem_cells()
            .accident("auto")
            .auto()
            .approval("ocf_18", "approved", 449_999)
            .gets("mva", "needs_review")
            .on(0)
            .finds("preauthorization_insufficient"),
        case("an OCF-23 never counts for stem cells, minor injury or not")
            .stem_cells()
            .accident("auto")
            .coverage(json!({"kind": "auto", "minor_injury_guideline": true}))
            .approval("ocf_23", "approved", 500_000)
            .gets("mva", "needs_preauthorization")
            .on(0),
        case("an OCF-18 approved, but not named by the claim")
            .stem_cells()
            .accident("auto")
            .auto()
            .approval("ocf_18", "approved", 500_000)
            .not_named()
            .gets("mva", "needs_preauthorization")
            .on(0),
        case("a private plan too: its predetermination does not stand in for the OCF-18")
            .stem_cells()
            .accident("auto")
            .auto()
            .private()
            .approval("predetermination", "approved", 450_000)
            .gets("mva", "needs_preauthorization")
            .billed(&["private", "mva"])
            .on(1),
        case(
            "a private plan too, OCF-18 approved: the accident was before July 2026, private first",
        )
        .stem_cells()
        .accident("auto")
        .auto()
        .private()
        .approval("ocf_18", "approved", 450_000)
        .gets("mva", "ready")
        .billed(&["private", "mva"])
        .on(1),
        case("pending auto coverage keeps the payer, and a person looks")
            .stem_cells()
            .accident("auto")
            .coverage(json!({"kind": "auto", "status": "pending"}))
            .approval("ocf_18", "approved", 450_000)
            .gets("mva", "needs_review")
            .on(0),
        case("of a pending and an active auto coverage the active one decides")
            .stem_cells()
            .accident("auto")
            .coverage(json!({"kind": "auto", "status": "pending"}))
            .auto()
            .approval("ocf_18", "approved", 450_000)
            .gets("mva", "ready")
            .on(1),
    ];
    decide_all(app, rows).await;
}

async fn stem_cells_after_a_work_injury(app: &TestApp) {
    let rows = vec![
        case("nothing approved: WSIB is asked first")
            .stem_cells()
            .accident("work")
            .wsib()
            .gets("wsib", "needs_preauthorization")
            .on(0),
        case("WSIB's approval pending")
            .stem_cells()
            .accident("work")
            .wsib()
            .approval("wsib_approval", "pending", 0)
            .gets("wsib", "needs_preauthorization")
            .on(0),
        case("WSIB approved")
            .stem_cells()
            .accident("work")
            .wsib()
            .approval("wsib_approval", "approved", 450_000)
            .gets("wsib", "ready")
            .on(0),
        case("WSIB approved less than is billed")
            .stem_cells()
            .accident("work")
            .wsib()
            .approval("wsib_approval", "approved", 449_999)
            .gets("wsib", "needs_review")
            .on(0)
            .finds("preauthorization_insufficient"),
        case("a private plan too: WSIB is coordinated with nobody")
            .stem_cells()
            .accident("work")
            .private()
            .wsib()
            .gets("wsib", "needs_preauthorization")
            .on(1),
        case("pending WSIB coverage keeps the payer, and a person looks")
            .stem_cells()
            .accident("work")
            .coverage(json!({"kind": "wsib", "claim_number": "31857264", "status": "pending"}))
            .approval("wsib_approval", "approved", 450_000)
            .gets("wsib", "needs_review")
            .on(0),
    ];
    decide_all(app, rows).await;
}
