//! Who is billed first after a car accident when there is a private plan too (SABS s.47(2) and (2.1)).

use serde_json::{Value, json};

use crate::support::{TestApp, case, decide_all, on_both_databases};

on_both_databases!(
    the_day_and_place_of_the_accident,
    medication_is_billed_to_private_first,
    only_an_active_private_plan_counts,
    which_of_several_private_plans_is_billed,
);

fn accident(date: &str, province: &str) -> Value {
    json!({"cause": "auto", "date": date, "province": province})
}

/// A service after every accident of these rows.
fn service(category: &str) -> Value {
    json!({"service_date": "2026-09-01", "category": category, "unit_price_cents": 10_000})
}

async fn the_day_and_place_of_the_accident(app: &TestApp) {
    let rows = vec![
        case("in Ontario on the last day of the old order: private first")
            .item(service("rehabilitation"))
            .set("/accident", accident("2026-06-30", "ON"))
            .auto()
            .private()
            .gets("mva", "needs_preauthorization")
            .billed(&["private", "mva"])
            .on(1),
        case("in Ontario on the first day of the new order: auto first")
            .item(service("rehabilitation"))
            .set("/accident", accident("2026-07-01", "ON"))
            .auto()
            .private()
            .gets("mva", "needs_preauthorization")
            .billed(&["mva", "private"])
            .on(0),
        case("no province given: Ontario")
            .item(service("rehabilitation"))
            .set("/accident", json!({"cause": "auto", "date": "2026-07-01"}))
            .auto()
            .private()
            .gets("mva", "needs_preauthorization")
            .billed(&["mva", "private"])
            .on(0),
        case("in Quebec on or after that day: private first")
            .item(service("rehabilitation"))
            .set("/accident", accident("2026-07-01", "QC"))
            .auto()
            .private()
            .gets("mva", "needs_preauthorization")
            .billed(&["private", "mva"])
            .on(1),
        case("outside Canada on or after that day: private first")
            .item(service("rehabilitation"))
            .set("/accident", accident("2026-08-15", "XX"))
            .auto()
            .private()
            .gets("mva", "needs_preauthorization")
            .billed(&["private", "mva"])
            .on(1),
        case("the accident's day governs, not the service's or the policy's")
            .item(service("rehabilitation"))
            .set("/accident", accident("2026-06-30", "ON"))
            .coverage(json!({"kind": "auto", "effective_date": "2026-01-01"}))
            .coverage(json!({"kind": "private", "effective_date": "2026-08-01"}))
            .gets("mva", "needs_preauthorization")
            .billed(&["private", "mva"])
            .on(1),
        case("stem cells keep the same order")
            .stem_cells()
            .set("/items/0/service_date", "2026-09-01")
            .set("/accident", accident("2026-07-01", "ON"))
            .private()
            .auto()
            .gets("mva", "needs_preauthorization")
            .billed(&["mva", "private"])
            .on(1),
        case("an approved OCF-18 does not change it")
            .item(service("rehabilitation"))
            .set("/accident", accident("2026-07-01", "ON"))
            .auto()
            .private()
            .approval("ocf_18", "approved", 10_000)
            .gets("mva", "ready")
            .billed(&["mva", "private"])
            .on(0),
        case("no private plan: auto alone")
            .item(service("rehabilitation"))
            .set("/accident", accident("2026-07-01", "ON"))
            .ohip()
            .auto()
            .gets("mva", "needs_preauthorization")
            .on(1),
        case("auto coverage missing, new order: auto first, whoever that is")
            .item(service("rehabilitation"))
            .set("/accident", accident("2026-07-01", "ON"))
            .private()
            .gets("mva", "needs_review")
            .billed(&["mva", "private"])
            .on_none()
            .finds("coverage_missing"),
        case("elected to sue after a car accident at work, new order")
            .item(service("rehabilitation"))
            .set(
                "/accident",
                json!({
                    "cause": "auto_at_work", "date": "2026-07-01", "wsia_election": "sue",
                }),
            )
            .auto()
            .private()
            .gets("mva", "needs_review")
            .billed(&["mva", "private"])
            .on(0),
    ];
    decide_all(app, rows).await;
}

async fn medication_is_billed_to_private_first(app: &TestApp) {
    let rows = vec![
        case("medication in the new order: private first")
            .item(service("medication"))
            .set("/accident", accident("2026-07-01", "ON"))
            .auto()
            .private()
            .gets("mva", "needs_preauthorization")
            .billed(&["private", "mva"])
            .on(1),
        case("medication in the old order: private first as ever")
            .item(service("medication"))
            .set("/accident", accident("2026-06-30", "ON"))
            .auto()
            .private()
            .gets("mva", "needs_preauthorization")
            .billed(&["private", "mva"])
            .on(1),
        case("physiotherapy before medication: each in its order, the claim in the first one's")
            .item(service("rehabilitation"))
            .item(service("medication"))
            .set("/accident", accident("2026-07-01", "ON"))
            .auto()
            .private()
            .gets("mva", "needs_preauthorization")
            .billed(&["mva", "private"])
            .on(0)
            .gets("mva", "needs_preauthorization")
            .billed(&["private", "mva"])
            .on(1),
        case("medication before physiotherapy: the claim in the medication's order")
            .item(service("medication"))
            .item(service("rehabilitation"))
            .set("/accident", accident("2026-07-01", "ON"))
            .auto()
            .private()
            .gets("mva", "needs_preauthorization")
            .billed(&["private", "mva"])
            .on(1)
            .gets("mva", "needs_preauthorization")
            .billed(&["mva", "private"])
            .on(0),
        case("medication without a private plan: auto alone")
            .item(service("medication"))
            .set("/accident", accident("2026-07-01", "ON"))
            .auto()
            .gets("mva", "needs_preauthorization")
            .on(0),
    ];
    decide_all(app, rows).await;
}

async fn only_an_active_private_plan_counts(app: &TestApp) {
    let rows = vec![
        case("active, listing others only: it counts, whatever it lists")
            .item(service("rehabilitation"))
            .set("/accident", accident("2026-05-02", "ON"))
            .auto()
            .private_listing(&["device"])
            .gets("mva", "needs_preauthorization")
            .billed(&["private", "mva"])
            .on(1),
        case("active, listing nothing: it counts all the same")
            .item(service("rehabilitation"))
            .set("/accident", accident("2026-05-02", "ON"))
            .auto()
            .private_listing(&[])
            .gets("mva", "needs_preauthorization")
            .billed(&["private", "mva"])
            .on(1),
        case("pending: auto alone")
            .item(service("rehabilitation"))
            .set("/accident", accident("2026-05-02", "ON"))
            .coverage(json!({"kind": "private", "status": "pending"}))
            .auto()
            .gets("mva", "needs_preauthorization")
            .on(1),
        case("denied: auto alone")
            .item(service("rehabilitation"))
            .set("/accident", accident("2026-05-02", "ON"))
            .coverage(json!({"kind": "private", "status": "denied"}))
            .auto()
            .gets("mva", "needs_preauthorization")
            .on(1),
        case("not in force on the day of the service: auto alone")
            .item(service("rehabilitation"))
            .set("/accident", accident("2026-05-02", "ON"))
            .coverage(json!({"kind": "private", "effective_date": "2026-09-02"}))
            .auto()
            .gets("mva", "needs_preauthorization")
            .on(1)
            .finds("coverage_not_in_force"),
        case("after a work injury a private plan is never billed")
            .item(service("rehabilitation"))
            .set("/accident", json!({"cause": "work", "date": "2026-05-02"}))
            .private()
            .wsib()
            .gets("wsib", "ready")
            .on(1),
    ];
    decide_all(app, rows).await;
}

async fn which_of_several_private_plans_is_billed(app: &TestApp) {
    let plan = |relationship| json!({"kind": "private", "relationship": relationship});
    let rows = vec![
        case("private first: the own plan before the spouse's before the child's")
            .item(service("rehabilitation"))
            .set("/accident", accident("2026-05-02", "ON"))
            .coverage(plan("child"))
            .coverage(plan("spouse"))
            .coverage(plan("self"))
            .auto()
            .gets("mva", "needs_preauthorization")
            .billed(&["private", "mva"])
            .on(2),
        case("private first: equal plans as sent")
            .item(service("rehabilitation"))
            .set("/accident", accident("2026-05-02", "ON"))
            .auto()
            .coverage(plan("spouse"))
            .coverage(plan("spouse"))
            .gets("mva", "needs_preauthorization")
            .billed(&["private", "mva"])
            .on(1),
        case("private first: the active one, even if a pending one is the patient's own")
            .item(service("rehabilitation"))
            .set("/accident", accident("2026-05-02", "ON"))
            .coverage(json!({"kind": "private", "relationship": "self", "status": "pending"}))
            .coverage(plan("spouse"))
            .auto()
            .gets("mva", "needs_preauthorization")
            .billed(&["private", "mva"])
            .on(1),
    ];
    decide_all(app, rows).await;
}
