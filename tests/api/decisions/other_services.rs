//! Rows on services that are neither stem cells nor plasma, after accidents and without any coverage.

use serde_json::json;

use crate::support::{TestApp, case, decide_all, on_both_databases};

on_both_databases!(
    services_that_nobody_covers,
    services_after_a_work_injury,
    services_after_a_car_accident,
);

async fn services_that_nobody_covers(app: &TestApp) {
    let priced = |insured: &str| {
        json!({
            "service_date": "2026-06-01", "category": "report", "unit_price_cents": 10_000,
            "insured_by_ohip": insured,
        })
    };
    let every_other_category = [
        "consultation",
        "assessment",
        "rehabilitation",
        "imaging",
        "image_guidance",
        "tissue_harvest",
        "injection",
        "medication",
        "device",
        "report",
        "missed_appointment",
        "other",
    ];
    let everything = every_other_category.into_iter().fold(
        case("every other category without coverage is the patient's to pay"),
        |row, category| row.service(category).gets("uncovered", "ready"),
    );
    let rows = vec![
        everything,
        case("only OHIP, which does not insure it")
            .service("rehabilitation")
            .ohip()
            .gets("uncovered", "ready"),
        case("whether OHIP insures it is unknown: decides like no")
            .item(priced("unknown"))
            .item(priced("no"))
            .ohip()
            .gets("uncovered", "ready")
            .gets("uncovered", "ready"),
        case("a sports injury: auto and WSIB coverage do not apply")
            .service("rehabilitation")
            .accident("other")
            .auto()
            .wsib()
            .gets("uncovered", "ready"),
        case("no accident: auto and WSIB coverage without claim numbers do not apply")
            .service("rehabilitation")
            .coverage(json!({"kind": "auto"}))
            .coverage(json!({"kind": "wsib"}))
            .gets("uncovered", "ready"),
    ];
    decide_all(app, rows).await;
}

async fn services_after_a_work_injury(app: &TestApp) {
    let rows = vec![
        case("WSIB coverage with a claim number")
            .service("rehabilitation")
            .accident("work")
            .ohip()
            .wsib()
            .gets("wsib", "ready")
            .on(1),
        case("WSIB coverage without a claim number")
            .service("rehabilitation")
            .accident("work")
            .coverage(json!({"kind": "wsib"}))
            .gets("wsib", "needs_review")
            .on(0),
        case("the claim number may stand in the second of two WSIB coverages; the first is billed")
            .service("rehabilitation")
            .accident("work")
            .coverage(json!({"kind": "wsib"}))
            .wsib()
            .gets("wsib", "ready")
            .on(0),
        case("pending WSIB coverage keeps the payer, and a person looks")
            .service("rehabilitation")
            .accident("work")
            .coverage(json!({"kind": "wsib", "claim_number": "31857264", "status": "pending"}))
            .gets("wsib", "needs_review")
            .on(0),
        case("a private plan that lists the service is not billed for a work injury")
            .service("rehabilitation")
            .accident("work")
            .private_listing(&["rehabilitation"])
            .wsib()
            .gets("wsib", "ready")
            .on(1),
        case("WSIB coverage that starts on the day of the injury is in force")
            .service("rehabilitation")
            .accident("work")
            .coverage(json!({
                "kind": "wsib", "claim_number": "31857264", "effective_date": "2026-05-02",
            }))
            .gets("wsib", "ready")
            .on(0),
    ];
    decide_all(app, rows).await;
}

async fn services_after_a_car_accident(app: &TestApp) {
    let minor_injury = json!({"kind": "auto", "minor_injury_guideline": true});
    let rows = vec![
        case("nothing approved")
            .service("rehabilitation")
            .accident("auto")
            .auto()
            .gets("mva", "needs_preauthorization")
            .on(0),
        case("OCF-18 approved")
            .service("rehabilitation")
            .accident("auto")
            .auto()
            .approval("ocf_18", "approved", 10_000)
            .gets("mva", "ready")
            .on(0),
        case("OCF-18 pending")
            .service("rehabilitation")
            .accident("auto")
            .auto()
            .approval("ocf_18", "pending", 10_000)
            .gets("mva", "needs_preauthorization")
            .on(0),
        case("OCF-18 denied")
            .service("rehabilitation")
            .accident("auto")
            .auto()
            .approval("ocf_18", "denied", 0)
            .gets("mva", "needs_preauthorization")
            .on(0)
            .finds("preauthorization_denied"),
        case("OCF-23 approved under the Minor Injury Guideline")
            .service("rehabilitation")
            .accident("auto")
            .coverage(minor_injury.clone())
            .approval("ocf_23", "approved", 10_000)
            .gets("mva", "ready")
            .on(0),
        case("OCF-23 pending under the Minor Injury Guideline")
            .service("rehabilitation")
            .accident("auto")
            .coverage(minor_injury.clone())
            .approval("ocf_23", "pending", 0)
            .gets("mva", "needs_preauthorization")
            .on(0),
        case("OCF-23 approved, but the injury is not a minor one: it does not count")
            .service("rehabilitation")
            .accident("auto")
            .auto()
            .approval("ocf_23", "approved", 10_000)
            .gets("mva", "needs_preauthorization")
            .on(0),
        case("the Minor Injury Guideline alone approves nothing")
            .service("rehabilitation")
            .accident("auto")
            .coverage(minor_injury)
            .gets("mva", "needs_preauthorization")
            .on(0),
        case("a private plan that lists the service does not change the payer")
            .service("rehabilitation")
            .accident("auto")
            .auto()
            .private_listing(&["rehabilitation"])
            .gets("mva", "needs_preauthorization")
            .billed(&["private", "mva"])
            .on(1),
        case("pending auto coverage keeps the payer, and a person looks")
            .service("rehabilitation")
            .accident("auto")
            .coverage(json!({"kind": "auto", "status": "pending"}))
            .approval("ocf_18", "approved", 10_000)
            .gets("mva", "needs_review")
            .on(0),
        case("of the spouse's and the patient's own auto coverage the own one counts")
            .service("rehabilitation")
            .accident("auto")
            .coverage(json!({"kind": "auto", "relationship": "spouse"}))
            .coverage(json!({"kind": "auto", "relationship": "self"}))
            .gets("mva", "needs_preauthorization")
            .on(1),
    ];
    decide_all(app, rows).await;
}
