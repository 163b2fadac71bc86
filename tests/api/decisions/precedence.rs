//! The order in which rows apply: OHIP-insured, car accident at work, denied, coverage missing.

use serde_json::{Value, json};

use crate::support::{TestApp, case, decide_all, on_both_databases};

on_both_databases!(
    first_what_ohip_insures,
    second_a_car_accident_at_work,
    third_an_insurer_that_denied,
    fourth_an_accident_without_its_coverage,
);

fn insured_by_ohip(category: &str) -> Value {
    json!({
        "service_date": "2026-06-01", "category": category, "unit_price_cents": 10_000,
        "insured_by_ohip": "yes",
    })
}

/// An accident with what the injured worker elected.
fn at_work(election: &str) -> Value {
    json!({"cause": "auto_at_work", "date": "2026-05-02", "wsia_election": election})
}

fn denied(kind: &str) -> Value {
    json!({"kind": kind, "claim_number": "31857264", "status": "denied"})
}

fn exhausted(kind: &str) -> Value {
    json!({"kind": kind, "claim_number": "31857264", "status": "exhausted"})
}

async fn first_what_ohip_insures(app: &TestApp) {
    let rows = vec![
        case("OHIP-insured, only OHIP: bill OHIP, never the patient")
            .item(insured_by_ohip("consultation"))
            .ohip()
            .gets("uncovered", "needs_review")
            .by("ohip-insured"),
        case("OHIP-insured, a private plan lists it: still OHIP")
            .item(insured_by_ohip("consultation"))
            .private_listing(&["consultation"])
            .gets("uncovered", "needs_review")
            .by("ohip-insured"),
        case("OHIP-insured after a car accident: still OHIP")
            .item(insured_by_ohip("consultation"))
            .accident("auto")
            .auto()
            .gets("uncovered", "needs_review")
            .by("ohip-insured"),
        case("OHIP-insured after a sports injury: still OHIP")
            .item(insured_by_ohip("consultation"))
            .accident("other")
            .gets("uncovered", "needs_review")
            .by("ohip-insured"),
        case("OHIP-insured after a car accident at work of somebody who sues: still OHIP")
            .item(insured_by_ohip("consultation"))
            .set("/accident", at_work("sue"))
            .auto()
            .gets("uncovered", "needs_review")
            .by("ohip-insured"),
        case("OHIP-insured after a work injury: WSIB")
            .item(insured_by_ohip("consultation"))
            .accident("work")
            .wsib()
            .gets("wsib", "ready")
            .on(0),
        case("OHIP-insured after a car accident at work: WSIB, reviewed")
            .item(insured_by_ohip("consultation"))
            .set("/accident", at_work("none"))
            .wsib()
            .gets("wsib", "needs_review")
            .on(0),
        case("stem cells that OHIP insures: still OHIP")
            .set("/procedure", json!({
                "guidance": "ultrasound", "aseptic_technique": true, "antibiotic_prophylaxis": true,
            }))
            .item(insured_by_ohip("stem_cell_therapy"))
            .ohip()
            .gets("uncovered", "needs_review")
            .by("ohip-insured"),
        case("one insured item does not take the others along")
            .item(insured_by_ohip("consultation"))
            .service("rehabilitation")
            .private_listing(&["rehabilitation"])
            .gets("uncovered", "needs_review")
            .by("ohip-insured")
            .gets("private", "ready")
            .on(0),
    ];
    decide_all(app, rows).await;
}

async fn second_a_car_accident_at_work(app: &TestApp) {
    let rows = vec![
        case("nothing elected")
            .service("rehabilitation")
            .accident("auto_at_work")
            .wsib()
            .auto()
            .gets("wsib", "needs_review")
            .on(0),
        case("elected `none`")
            .service("rehabilitation")
            .set("/accident", at_work("none"))
            .auto()
            .wsib()
            .gets("wsib", "needs_review")
            .on(1),
        case("elected benefits")
            .service("rehabilitation")
            .set("/accident", at_work("benefits"))
            .auto()
            .wsib()
            .gets("wsib", "needs_review")
            .on(1),
        case("elected to sue")
            .service("rehabilitation")
            .set("/accident", at_work("sue"))
            .wsib()
            .auto()
            .gets("mva", "needs_review")
            .on(1),
        case("elected to sue, a private plan too")
            .service("rehabilitation")
            .set("/accident", at_work("sue"))
            .auto()
            .private()
            .gets("mva", "needs_review")
            .billed(&["private", "mva"])
            .on(1),
        case("no coverage given: its own row, nothing is called missing")
            .service("rehabilitation")
            .accident("auto_at_work")
            .ohip()
            .gets("wsib", "needs_review")
            .on_none(),
        case("stem cells: its own row all the same")
            .stem_cells()
            .accident("auto_at_work")
            .wsib()
            .approval("wsib_approval", "approved", 450_000)
            .gets("wsib", "needs_review")
            .on(0),
        case("plasma, elected to sue")
            .service("platelet_rich_plasma")
            .set("/accident", at_work("sue"))
            .auto()
            .gets("mva", "needs_review")
            .on(0),
        case("WSIB denied and a private plan: car accident at work comes before that")
            .service("rehabilitation")
            .accident("auto_at_work")
            .coverage(denied("wsib"))
            .private_listing(&["rehabilitation"])
            .gets("wsib", "needs_review"),
    ];
    decide_all(app, rows).await;
}

async fn third_an_insurer_that_denied(app: &TestApp) {
    let rows = vec![
        case("WSIB denied, a private plan that lists the service")
            .service("rehabilitation")
            .accident("work")
            .coverage(denied("wsib"))
            .private_listing(&["rehabilitation"])
            .gets("private", "needs_review")
            .on(1),
        case("WSIB denied, a private plan that lists others only")
            .service("rehabilitation")
            .accident("work")
            .coverage(denied("wsib"))
            .private_listing(&["device"])
            .gets("private", "needs_review")
            .on(1),
        case("WSIB denied, no private plan: a worker is never billed unreviewed")
            .service("rehabilitation")
            .accident("work")
            .coverage(denied("wsib"))
            .ohip()
            .gets("uncovered", "needs_review"),
        case("WSIB exhausted counts as denied")
            .service("rehabilitation")
            .accident("work")
            .coverage(exhausted("wsib"))
            .gets("uncovered", "needs_review"),
        case("WSIB denied, and the private plan denied too")
            .service("rehabilitation")
            .accident("work")
            .coverage(denied("wsib"))
            .coverage(json!({"kind": "private", "status": "denied"}))
            .gets("uncovered", "needs_review"),
        case("auto denied, a private plan")
            .service("rehabilitation")
            .accident("auto")
            .coverage(denied("auto"))
            .private()
            .gets("private", "needs_review")
            .on(1),
        case("auto denied, no private plan")
            .service("rehabilitation")
            .accident("auto")
            .coverage(denied("auto"))
            .gets("uncovered", "needs_review"),
        case("auto exhausted, a private plan")
            .service("rehabilitation")
            .accident("auto")
            .coverage(exhausted("auto"))
            .private_listing(&["rehabilitation"])
            .gets("private", "needs_review")
            .on(1),
        case("stem cells, WSIB denied, a private plan: not predetermined but reviewed")
            .stem_cells()
            .accident("work")
            .coverage(denied("wsib"))
            .private()
            .gets("private", "needs_review")
            .on(1),
        case("stem cells, auto denied, no private plan")
            .stem_cells()
            .accident("auto")
            .coverage(denied("auto"))
            .gets("uncovered", "needs_review"),
        case("plasma, auto exhausted, a private plan")
            .service("platelet_rich_plasma")
            .accident("auto")
            .coverage(exhausted("auto"))
            .private()
            .gets("private", "needs_review")
            .on(1),
        case("one auto insurer denied, another is active: nobody has denied")
            .service("rehabilitation")
            .accident("auto")
            .coverage(denied("auto"))
            .auto()
            .gets("mva", "needs_preauthorization")
            .on(1),
        case("one auto insurer denied, another is pending: nobody has denied")
            .service("rehabilitation")
            .accident("auto")
            .coverage(denied("auto"))
            .coverage(json!({"kind": "auto", "status": "pending"}))
            .gets("mva", "needs_review")
            .on(1),
        case("a denied auto coverage does not matter after a work injury")
            .service("rehabilitation")
            .accident("work")
            .coverage(denied("auto"))
            .wsib()
            .gets("wsib", "ready")
            .on(1),
    ];
    decide_all(app, rows).await;
}

async fn fourth_an_accident_without_its_coverage(app: &TestApp) {
    let rows = vec![
        case("a car accident, no coverage")
            .service("rehabilitation")
            .accident("auto")
            .gets("mva", "needs_review")
            .on_none()
            .finds("coverage_missing"),
        case("a work injury, no coverage")
            .service("rehabilitation")
            .accident("work")
            .ohip()
            .gets("wsib", "needs_review")
            .on_none()
            .finds("coverage_missing"),
        case("a car accident, only WSIB coverage, which does not match")
            .service("rehabilitation")
            .accident("auto")
            .wsib()
            .gets("mva", "needs_review")
            .on_none()
            .finds("coverage_missing"),
        case("a work injury, only auto coverage, which does not match")
            .service("rehabilitation")
            .accident("work")
            .auto()
            .gets("wsib", "needs_review")
            .on_none()
            .finds("coverage_missing"),
        case("a work injury, and a private plan that lists the service")
            .service("rehabilitation")
            .accident("work")
            .private_listing(&["rehabilitation"])
            .gets("wsib", "needs_review")
            .on_none()
            .finds("coverage_missing"),
        case("a car accident, and a private plan: private is billed first before July 2026")
            .service("rehabilitation")
            .accident("auto")
            .private_listing(&["rehabilitation"])
            .gets("mva", "needs_review")
            .billed(&["private", "mva"])
            .on(0)
            .finds("coverage_missing"),
        case("stem cells after a car accident, no coverage")
            .stem_cells()
            .accident("auto")
            .ohip()
            .gets("mva", "needs_review")
            .on_none()
            .finds("coverage_missing"),
        case("stem cells after a work injury, only a private plan")
            .stem_cells()
            .accident("work")
            .private()
            .gets("wsib", "needs_review")
            .on_none()
            .finds("coverage_missing"),
        case("plasma after a work injury, no coverage")
            .service("platelet_rich_plasma")
            .accident("work")
            .gets("wsib", "needs_review")
            .on_none()
            .finds("coverage_missing"),
        case("auto coverage that starts after the accident counts as not given")
            .service("rehabilitation")
            .accident("auto")
            .coverage(json!({"kind": "auto", "effective_date": "2026-05-03"}))
            .gets("mva", "needs_review")
            .on_none()
            .finds("coverage_missing")
            .finds("coverage_not_in_force"),
        case("WSIB coverage that starts after the injury counts as not given")
            .service("rehabilitation")
            .accident("work")
            .coverage(json!({
                "kind": "wsib", "claim_number": "31857264", "effective_date": "2026-05-03",
            }))
            .gets("wsib", "needs_review")
            .on_none()
            .finds("coverage_missing")
            .finds("coverage_not_in_force"),
        case("auto coverage that starts on the day of the accident is in force")
            .service("rehabilitation")
            .accident("auto")
            .coverage(json!({"kind": "auto", "effective_date": "2026-05-02"}))
            .gets("mva", "needs_preauthorization")
            .on(0),
        case("auto coverage that starts between accident and service counts as not given")
            .service("rehabilitation")
            .accident("auto")
            .coverage(json!({"kind": "auto", "effective_date": "2026-05-20"}))
            .gets("mva", "needs_review")
            .on_none()
            .finds("coverage_missing")
            .finds("coverage_not_in_force"),
    ];
    decide_all(app, rows).await;
}
