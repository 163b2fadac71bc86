//! Checks that come after the payer and only tighten: minors, pregnancy, the procedure.

use serde_json::{Value, json};

use crate::support::{TestApp, case, decide_all, on_both_databases};

on_both_databases!(minors_and_pregnancy, incomplete_procedures);

async fn minors_and_pregnancy(app: &TestApp) {
    let rows = vec![
        case("17 on the day of the service, a day before turning 18")
            .set("/patient/birth_date", "2008-06-02")
            .stem_cells()
            .ohip()
            .gets("uncovered", "needs_review")
            .finds("not_recommended_minor"),
        case("18 on the day of the service")
            .set("/patient/birth_date", "2008-06-01")
            .stem_cells()
            .ohip()
            .gets("uncovered", "ready"),
        case("a minor whose private plan approved")
            .set("/patient/birth_date", "2010-01-01")
            .stem_cells()
            .private()
            .approval("predetermination", "approved", 450_000)
            .gets("private", "needs_review")
            .on(0)
            .finds("not_recommended_minor"),
        case("a minor after a car accident, nothing approved")
            .set("/patient/birth_date", "2010-01-01")
            .stem_cells()
            .accident("auto")
            .auto()
            .gets("mva", "needs_review")
            .on(0)
            .finds("not_recommended_minor"),
        case("a minor after a work injury that WSIB approved")
            .set("/patient/birth_date", "2010-01-01")
            .stem_cells()
            .accident("work")
            .wsib()
            .approval("wsib_approval", "approved", 450_000)
            .gets("wsib", "needs_review")
            .on(0)
            .finds("not_recommended_minor"),
        case("the age counts on each service date")
            .set("/patient/birth_date", "2008-06-15")
            .stem_cells()
            .item(json!({
                "service_date": "2026-07-01", "category": "stem_cell_therapy", "unit_price_cents": 450_000,
            }))
            .ohip()
            .gets("uncovered", "needs_review")
            .gets("uncovered", "ready")
            .finds("not_recommended_minor"),
        case("pregnant")
            .set("/patient/pregnant", true)
            .stem_cells()
            .ohip()
            .gets("uncovered", "needs_review")
            .finds("not_recommended_pregnant"),
        case("said not to be pregnant")
            .set("/patient/pregnant", false)
            .stem_cells()
            .ohip()
            .gets("uncovered", "ready"),
        case("pregnant after a car accident, OCF-18 approved")
            .set("/patient/pregnant", true)
            .stem_cells()
            .accident("auto")
            .auto()
            .approval("ocf_18", "approved", 450_000)
            .gets("mva", "needs_review")
            .on(0)
            .finds("not_recommended_pregnant"),
        case("a pregnant minor")
            .set("/patient/birth_date", "2010-01-01")
            .set("/patient/pregnant", true)
            .stem_cells()
            .ohip()
            .gets("uncovered", "needs_review")
            .finds("not_recommended_minor")
            .finds("not_recommended_pregnant"),
        case("physiotherapy for a pregnant minor is what it is")
            .set("/patient/birth_date", "2010-01-01")
            .set("/patient/pregnant", true)
            .service("rehabilitation")
            .private_listing(&["rehabilitation"])
            .gets("private", "ready"),
        case("a minor's other services on the claim are not tightened")
            .set("/patient/birth_date", "2010-01-01")
            .stem_cells()
            .service("consultation")
            .ohip()
            .gets("uncovered", "needs_review")
            .gets("uncovered", "ready")
            .finds("not_recommended_minor"),
    ];
    decide_all(app, rows).await;
}

async fn incomplete_procedures(app: &TestApp) {
    let of = |procedure: Value| {
        case("set below")
            .stem_cells()
            .ohip()
            .set("/procedure", procedure)
    };
    let incomplete = [
        ("nothing in it", json!({})),
        ("null is not given", json!(null)),
        (
            "no guidance",
            json!({"aseptic_technique": true, "antibiotic_prophylaxis": true}),
        ),
        (
            "guidance is `none`",
            json!({"guidance": "none", "aseptic_technique": true, "antibiotic_prophylaxis": true}),
        ),
        (
            "no word on asepsis",
            json!({"guidance": "ultrasound", "antibiotic_prophylaxis": true}),
        ),
        (
            "no asepsis",
            json!({"guidance": "ultrasound", "aseptic_technique": false, "antibiotic_prophylaxis": true}),
        ),
        (
            "no word on antibiotics",
            json!({"guidance": "ultrasound", "aseptic_technique": true}),
        ),
        (
            "no antibiotics",
            json!({"guidance": "ultrasound", "aseptic_technique": true, "antibiotic_prophylaxis": false}),
        ),
    ];
    let mut rows: Vec<_> = incomplete
        .into_iter()
        .map(|(name, procedure)| {
            of(procedure)
                .called(name)
                .gets("uncovered", "needs_review")
                .finds("procedure_incomplete")
        })
        .collect();
    rows.extend([
        case("no procedure at all")
            .item(json!({
                "service_date": "2026-06-01", "category": "stem_cell_therapy", "unit_price_cents": 450_000,
            }))
            .ohip()
            .gets("uncovered", "needs_review")
            .finds("procedure_incomplete"),
        of(json!({
            "guidance": "fluoroscopy", "aseptic_technique": true, "antibiotic_prophylaxis": true,
        }))
        .called("under fluoroscopy it is complete")
        .gets("uncovered", "ready"),
        case("after a work injury the payer stays")
            .stem_cells()
            .set("/procedure/guidance", "none")
            .accident("work")
            .wsib()
            .approval("wsib_approval", "approved", 450_000)
            .gets("wsib", "needs_review")
            .on(0)
            .finds("procedure_incomplete"),
        case("without stem cells no procedure is needed")
            .service("tissue_harvest")
            .private_listing(&["tissue_harvest"])
            .gets("private", "ready"),
    ]);
    decide_all(app, rows).await;
}
