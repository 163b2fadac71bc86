//! Rows on preauthorizations: which one an item relies on, and what is noticed about those it cannot.

use serde_json::{Value, json};

use crate::support::{TestApp, case, decide_all, on_both_databases};

on_both_databases!(approvals_that_do_not_fit, amounts_dates_and_categories);

/// An approved OCF-18 for more than enough, with more fields.
fn ocf_18(more: Value) -> Value {
    let mut approval = json!({"kind": "ocf_18", "status": "approved", "approved_cents": 9_000_000});
    for (field, value) in more.as_object().expect("an object") {
        approval[field] = value.clone();
    }
    approval
}

async fn approvals_that_do_not_fit(app: &TestApp) {
    let rows = vec![
        case("unknown: the item stays, the claim is reviewed")
            .service("rehabilitation")
            .private_listing(&["rehabilitation"])
            .set("/preauthorizations", json!(["NOT-IN-THE-LEDGER"]))
            .gets("private", "ready")
            .finds("preauthorization_unknown"),
        case("unknown, after a car accident: nothing is approved")
            .stem_cells()
            .accident("auto")
            .auto()
            .set("/preauthorizations", json!(["NOT-IN-THE-LEDGER"]))
            .gets("mva", "needs_preauthorization")
            .finds("preauthorization_unknown"),
        case("denied")
            .stem_cells()
            .accident("auto")
            .auto()
            .approval("ocf_18", "denied", 0)
            .gets("mva", "needs_preauthorization")
            .finds("preauthorization_denied"),
        case("denied by WSIB: the coverage itself is not denied")
            .stem_cells()
            .accident("work")
            .wsib()
            .approval("wsib_approval", "denied", 0)
            .gets("wsib", "needs_preauthorization")
            .finds("preauthorization_denied"),
        case("expired")
            .stem_cells()
            .accident("auto")
            .auto()
            .approval("ocf_18", "expired", 450_000)
            .gets("mva", "needs_preauthorization")
            .finds("preauthorization_expired"),
        case("of another patient")
            .stem_cells()
            .accident("auto")
            .auto()
            .approval_with(ocf_18(json!({"patient_id": "SOMEBODY-ELSE"})))
            .gets("mva", "needs_preauthorization")
            .finds("preauthorization_other_patient"),
        case("an OCF-18 after a work injury is of the wrong kind")
            .stem_cells()
            .accident("work")
            .wsib()
            .approval("ocf_18", "approved", 450_000)
            .gets("wsib", "needs_preauthorization")
            .finds("preauthorization_wrong_kind"),
        case("WSIB's approval after a car accident is of the wrong kind")
            .stem_cells()
            .accident("auto")
            .auto()
            .approval("wsib_approval", "approved", 450_000)
            .gets("mva", "needs_preauthorization")
            .finds("preauthorization_wrong_kind"),
        case("a predetermination without a private plan is of the wrong kind")
            .stem_cells()
            .accident("auto")
            .auto()
            .approval("predetermination", "approved", 450_000)
            .gets("mva", "needs_preauthorization")
            .finds("preauthorization_wrong_kind"),
        case("an OCF-18 without an accident is of the wrong kind")
            .service("rehabilitation")
            .private_listing(&["rehabilitation"])
            .approval("ocf_18", "approved", 10_000)
            .gets("private", "ready")
            .finds("preauthorization_wrong_kind"),
        case("beside a wrong one the right one counts, and the claim is reviewed")
            .stem_cells()
            .accident("auto")
            .auto()
            .approval("wsib_approval", "approved", 450_000)
            .approval("ocf_18", "approved", 450_000)
            .gets("mva", "ready")
            .finds("preauthorization_wrong_kind"),
        case("beside a pending one an approved one counts")
            .stem_cells()
            .accident("auto")
            .auto()
            .approval("ocf_18", "pending", 0)
            .approval("ocf_18", "approved", 450_000)
            .gets("mva", "ready"),
        case("what each is worth is found for each")
            .stem_cells()
            .accident("auto")
            .auto()
            .approval("ocf_18", "denied", 0)
            .approval("ocf_18", "expired", 450_000)
            .gets("mva", "needs_preauthorization")
            .finds("preauthorization_denied")
            .finds("preauthorization_expired"),
    ];
    decide_all(app, rows).await;
}

async fn amounts_dates_and_categories(app: &TestApp) {
    let sessions = json!({
        "service_date": "2026-06-01", "category": "rehabilitation", "quantity": 3,
        "unit_price_cents": 9_500, "tax_cents": 1,
    });
    let rows = vec![
        case("quantity and tax count: exactly enough")
            .item(sessions.clone())
            .accident("auto")
            .auto()
            .approval("ocf_18", "approved", 28_501)
            .gets("mva", "ready"),
        case("quantity and tax count: a cent short")
            .item(sessions)
            .accident("auto")
            .auto()
            .approval("ocf_18", "approved", 28_500)
            .gets("mva", "needs_review")
            .finds("preauthorization_insufficient"),
        case("the items that rely on it are added up: exactly enough")
            .service("rehabilitation")
            .service("assessment")
            .accident("auto")
            .auto()
            .approval("ocf_18", "approved", 20_000)
            .gets("mva", "ready")
            .gets("mva", "ready"),
        case("the items that rely on it are added up: a cent short, all of them are reviewed")
            .service("rehabilitation")
            .service("assessment")
            .accident("auto")
            .auto()
            .approval("ocf_18", "approved", 19_999)
            .gets("mva", "needs_review")
            .gets("mva", "needs_review")
            .finds("preauthorization_insufficient"),
        case("an item that it does not cover neither counts nor is tightened")
            .service("rehabilitation")
            .service("assessment")
            .accident("auto")
            .auto()
            .approval_with(ocf_18(
                json!({"categories": ["rehabilitation"], "approved_cents": 10_000}),
            ))
            .gets("mva", "ready")
            .gets("mva", "needs_preauthorization"),
        case("two approvals, each for its category")
            .service("rehabilitation")
            .service("assessment")
            .accident("auto")
            .auto()
            .approval_with(ocf_18(
                json!({"categories": ["rehabilitation"], "approved_cents": 10_000}),
            ))
            .approval_with(ocf_18(
                json!({"categories": ["assessment"], "approved_cents": 10_000}),
            ))
            .gets("mva", "ready")
            .gets("mva", "ready"),
        case("it covers other categories only")
            .stem_cells()
            .accident("auto")
            .auto()
            .approval_with(ocf_18(json!({"categories": ["rehabilitation"]})))
            .gets("mva", "needs_preauthorization"),
        case("valid on exactly the day of the service")
            .stem_cells()
            .accident("auto")
            .auto()
            .approval_with(ocf_18(
                json!({"valid_from": "2026-06-01", "valid_to": "2026-06-01"}),
            ))
            .gets("mva", "ready"),
        case("valid until the day before the service")
            .stem_cells()
            .accident("auto")
            .auto()
            .approval_with(ocf_18(json!({"valid_to": "2026-05-31"})))
            .gets("mva", "needs_preauthorization")
            .finds("preauthorization_expired"),
        case("valid from the day after the service")
            .stem_cells()
            .accident("auto")
            .auto()
            .approval_with(ocf_18(json!({"valid_from": "2026-06-02"})))
            .gets("mva", "needs_preauthorization"),
        case("a predetermination is compared with its amount too")
            .stem_cells()
            .private()
            .approval("predetermination", "approved", 449_999)
            .gets("private", "needs_review")
            .on(0)
            .finds("preauthorization_insufficient"),
        case("an approval of nothing for something free is enough")
            .item(json!({
                "service_date": "2026-06-01", "category": "rehabilitation", "unit_price_cents": 0,
            }))
            .accident("auto")
            .auto()
            .approval("ocf_18", "approved", 0)
            .gets("mva", "ready"),
    ];
    decide_all(app, rows).await;
}
