//! Rows on private plans: what a plan lists, where it stands, and which of several is taken.

use serde_json::{Value, json};

use crate::support::{TestApp, case, decide_all, on_both_databases};

on_both_databases!(one_private_plan, several_private_plans);

fn plan(relationship: &str, categories: Value) -> Value {
    json!({"kind": "private", "relationship": relationship, "covered_categories": categories})
}

async fn one_private_plan(app: &TestApp) {
    let rows = vec![
        case("it lists the category")
            .service("rehabilitation")
            .ohip()
            .private_listing(&["device", "rehabilitation"])
            .gets("private", "ready")
            .on(1),
        case("it does not say")
            .service("rehabilitation")
            .private()
            .gets("private", "needs_review")
            .on(0),
        case("it says null, which is to say nothing")
            .service("rehabilitation")
            .coverage(plan("self", Value::Null))
            .gets("private", "needs_review")
            .on(0),
        case("it lists others only")
            .service("rehabilitation")
            .private_listing(&["device"])
            .gets("uncovered", "ready"),
        case("it lists nothing")
            .service("rehabilitation")
            .private_listing(&[])
            .gets("uncovered", "ready"),
        case("it is denied: it counts as none")
            .service("rehabilitation")
            .coverage(json!({
                "kind": "private", "status": "denied", "covered_categories": ["rehabilitation"],
            }))
            .gets("uncovered", "ready"),
        case("it is exhausted: it counts as none")
            .service("rehabilitation")
            .coverage(json!({
                "kind": "private", "status": "exhausted", "covered_categories": ["rehabilitation"],
            }))
            .gets("uncovered", "ready"),
        case("it is pending and lists the category: it keeps the payer, and a person looks")
            .service("rehabilitation")
            .coverage(json!({
                "kind": "private", "status": "pending", "covered_categories": ["rehabilitation"],
            }))
            .gets("private", "needs_review")
            .on(0),
        case("it is pending and does not say")
            .service("rehabilitation")
            .coverage(json!({"kind": "private", "status": "pending"}))
            .gets("private", "needs_review")
            .on(0),
        case("it starts after the service: it counts as not given")
            .service("rehabilitation")
            .coverage(json!({
                "kind": "private", "effective_date": "2026-06-02",
                "covered_categories": ["rehabilitation"],
            }))
            .gets("uncovered", "ready")
            .finds("coverage_not_in_force"),
        case("it starts on the day of the service: it is in force")
            .service("rehabilitation")
            .coverage(json!({
                "kind": "private", "effective_date": "2026-06-01",
                "covered_categories": ["rehabilitation"],
            }))
            .gets("private", "ready")
            .on(0),
        case("a sports injury: private plans match any cause")
            .service("rehabilitation")
            .accident("other")
            .private_listing(&["rehabilitation"])
            .gets("private", "ready")
            .on(0),
        case("each item is decided by itself; the claim is the strictest and the first payer")
            .service("device")
            .service("rehabilitation")
            .private_listing(&["rehabilitation"])
            .gets("uncovered", "ready")
            .gets("private", "ready")
            .on(0),
    ];
    decide_all(app, rows).await;
}

async fn several_private_plans(app: &TestApp) {
    let listing = || json!(["rehabilitation"]);
    let rows = vec![
        case("the one that lists the category comes before one that does not say")
            .service("rehabilitation")
            .coverage(plan("self", Value::Null))
            .coverage(plan("child", listing()))
            .gets("private", "ready")
            .on(1),
        case("one that does not say comes before one that lists others only")
            .service("rehabilitation")
            .coverage(plan("self", json!(["device"])))
            .coverage(plan("spouse", Value::Null))
            .gets("private", "needs_review")
            .on(1),
        case("all list others only")
            .service("rehabilitation")
            .coverage(plan("self", json!(["device"])))
            .coverage(plan("spouse", json!([])))
            .gets("uncovered", "ready"),
        case("the patient's own plan comes before the spouse's")
            .service("rehabilitation")
            .coverage(plan("spouse", listing()))
            .coverage(plan("self", listing()))
            .gets("private", "ready")
            .on(1),
        case("the spouse's plan comes before one as a child")
            .service("rehabilitation")
            .coverage(plan("child", listing()))
            .coverage(plan("spouse", listing()))
            .gets("private", "ready")
            .on(1),
        case("equal plans count as sent")
            .service("rehabilitation")
            .ohip()
            .coverage(plan("self", listing()))
            .coverage(plan("self", listing()))
            .gets("private", "ready")
            .on(1),
        case("a denied one is passed over")
            .service("rehabilitation")
            .coverage(json!({
                "kind": "private", "status": "denied", "covered_categories": ["rehabilitation"],
            }))
            .coverage(plan("child", listing()))
            .gets("private", "ready")
            .on(1),
        case("one that is not in force yet is passed over")
            .service("rehabilitation")
            .coverage(json!({
                "kind": "private", "effective_date": "2026-06-02",
                "covered_categories": ["rehabilitation"],
            }))
            .coverage(plan("self", Value::Null))
            .gets("private", "needs_review")
            .on(1)
            .finds("coverage_not_in_force"),
        case("the own plan comes first even while it is pending")
            .service("rehabilitation")
            .coverage(plan("spouse", listing()))
            .coverage(json!({
                "kind": "private", "relationship": "self", "status": "pending",
                "covered_categories": ["rehabilitation"],
            }))
            .gets("private", "needs_review")
            .on(1),
        case("of equal plans an active one comes before a pending one")
            .service("rehabilitation")
            .coverage(json!({
                "kind": "private", "relationship": "self", "status": "pending",
                "covered_categories": ["rehabilitation"],
            }))
            .coverage(plan("self", listing()))
            .gets("private", "ready")
            .on(1),
        case("each service date is looked at by itself")
            .service("rehabilitation")
            .item(json!({
                "service_date": "2026-07-01", "category": "rehabilitation", "unit_price_cents": 10_000,
            }))
            .coverage(plan("spouse", listing()))
            .coverage(json!({
                "kind": "private", "relationship": "self", "effective_date": "2026-06-15",
                "covered_categories": ["rehabilitation"],
            }))
            .gets("private", "ready")
            .on(0)
            .gets("private", "ready")
            .on(1)
            .finds("coverage_not_in_force"),
    ];
    decide_all(app, rows).await;
}
