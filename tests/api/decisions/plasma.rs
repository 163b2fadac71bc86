//! Rows on platelet-rich plasma without stem cells.

use serde_json::json;

use crate::support::{TestApp, case, decide_all, on_both_databases};

on_both_databases!(plasma_alone, plasma_alone_after_an_accident);

async fn plasma_alone(app: &TestApp) {
    let rows = vec![
        case("a private plan, nothing predetermined")
            .service("platelet_rich_plasma")
            .private()
            .gets("private", "needs_preauthorization")
            .on(0),
        case("a private plan that lists plasma still predetermines it")
            .service("platelet_rich_plasma")
            .private_listing(&["platelet_rich_plasma"])
            .gets("private", "needs_preauthorization")
            .on(0),
        case("predetermination pending")
            .service("platelet_rich_plasma")
            .private()
            .approval("predetermination", "pending", 0)
            .gets("private", "needs_preauthorization")
            .on(0),
        case("predetermination approved")
            .service("platelet_rich_plasma")
            .private()
            .approval("predetermination", "approved", 10_000)
            .gets("private", "ready")
            .on(0),
        case("predetermination approved for less")
            .service("platelet_rich_plasma")
            .private()
            .approval("predetermination", "approved", 9_999)
            .gets("private", "needs_review")
            .on(0)
            .finds("preauthorization_insufficient"),
        case("predetermination denied")
            .service("platelet_rich_plasma")
            .private()
            .approval("predetermination", "denied", 0)
            .gets("private", "needs_preauthorization")
            .on(0)
            .finds("preauthorization_denied"),
        case("a pending plan keeps the payer, and a person looks")
            .service("platelet_rich_plasma")
            .coverage(json!({"kind": "private", "status": "pending"}))
            .approval("predetermination", "approved", 10_000)
            .gets("private", "needs_review")
            .on(0),
        case("no coverage: no rule names it, a person decides")
            .service("platelet_rich_plasma")
            .gets("uncovered", "needs_review"),
        case("only OHIP: no rule names it, a person decides")
            .service("platelet_rich_plasma")
            .ohip()
            .gets("uncovered", "needs_review"),
        case("a denied private plan counts as none")
            .service("platelet_rich_plasma")
            .coverage(json!({"kind": "private", "status": "denied"}))
            .gets("uncovered", "needs_review"),
        case("a minor and pregnant: plasma is not what is not recommended")
            .set("/patient/birth_date", "2010-01-01")
            .set("/patient/pregnant", true)
            .service("platelet_rich_plasma")
            .private()
            .approval("predetermination", "approved", 10_000)
            .gets("private", "ready"),
        case("an incomplete procedure matters to stem cells only")
            .set(
                "/procedure",
                json!({"guidance": "none", "aseptic_technique": false}),
            )
            .service("platelet_rich_plasma")
            .private()
            .approval("predetermination", "approved", 10_000)
            .gets("private", "ready"),
    ];
    decide_all(app, rows).await;
}

async fn plasma_alone_after_an_accident(app: &TestApp) {
    let rows = vec![
        case("a work injury, nothing approved")
            .service("platelet_rich_plasma")
            .accident("work")
            .wsib()
            .gets("wsib", "needs_preauthorization")
            .on(0),
        case("a work injury, WSIB's approval pending")
            .service("platelet_rich_plasma")
            .accident("work")
            .wsib()
            .approval("wsib_approval", "pending", 0)
            .gets("wsib", "needs_preauthorization")
            .on(0),
        case("a work injury, WSIB approved")
            .service("platelet_rich_plasma")
            .accident("work")
            .wsib()
            .approval("wsib_approval", "approved", 10_000)
            .gets("wsib", "ready")
            .on(0),
        case("a car accident, nothing approved")
            .service("platelet_rich_plasma")
            .accident("auto")
            .auto()
            .gets("mva", "needs_preauthorization")
            .on(0),
        case("a car accident, OCF-18 pending")
            .service("platelet_rich_plasma")
            .accident("auto")
            .auto()
            .approval("ocf_18", "pending", 0)
            .gets("mva", "needs_preauthorization")
            .on(0),
        case("a car accident, OCF-18 approved")
            .service("platelet_rich_plasma")
            .accident("auto")
            .auto()
            .approval("ocf_18", "approved", 10_000)
            .gets("mva", "ready")
            .on(0),
        case("a car accident: an OCF-23 never counts for plasma, minor injury or not")
            .service("platelet_rich_plasma")
            .accident("auto")
            .coverage(json!({"kind": "auto", "minor_injury_guideline": true}))
            .approval("ocf_23", "approved", 10_000)
            .gets("mva", "needs_preauthorization")
            .on(0),
        case("a car accident and a private plan: private first before July 2026")
            .service("platelet_rich_plasma")
            .accident("auto")
            .private()
            .auto()
            .gets("mva", "needs_preauthorization")
            .billed(&["private", "mva"])
            .on(0),
        case("a sports injury: auto coverage does not matter, and no rule names it")
            .service("platelet_rich_plasma")
            .accident("other")
            .auto()
            .gets("uncovered", "needs_review"),
    ];
    decide_all(app, rows).await;
}
