//! Items that follow stem cells: harvest, guidance, injection and plasma on the same claim.

use serde_json::json;

use crate::support::{TestApp, case, decide_all, on_both_databases};

on_both_databases!(followers_of_stem_cells, what_does_not_follow);

async fn followers_of_stem_cells(app: &TestApp) {
    let rows = vec![
        case("all four kinds follow: the patient pays for the whole treatment")
            .stem_cells()
            .service("tissue_harvest")
            .service("image_guidance")
            .service("injection")
            .service("platelet_rich_plasma")
            .ohip()
            .gets("uncovered", "ready")
            .gets("uncovered", "ready")
            .by("follows-stem-cells")
            .gets("uncovered", "ready")
            .by("follows-stem-cells")
            .gets("uncovered", "ready")
            .by("follows-stem-cells")
            .gets("uncovered", "ready")
            .by("follows-stem-cells"),
        case("an item follows wherever it stands in the claim")
            .service("tissue_harvest")
            .stem_cells()
            .accident("work")
            .wsib()
            .gets("wsib", "needs_preauthorization")
            .by("follows-stem-cells")
            .on(0)
            .gets("wsib", "needs_preauthorization")
            .on(0),
        case("plasma with stem cells on a private plan follows, instead of being predetermined")
            .stem_cells()
            .service("platelet_rich_plasma")
            .private()
            .gets("uncovered", "ready")
            .gets("uncovered", "ready")
            .by("follows-stem-cells")
            .finds("predetermination_possible"),
        case("an injection with stem cells follows, although the plan lists injections")
            .stem_cells()
            .service("injection")
            .private_listing(&["injection"])
            .gets("uncovered", "ready")
            .gets("uncovered", "ready")
            .by("follows-stem-cells")
            .finds("predetermination_possible"),
        case("after a car accident followers take the billing order too")
            .stem_cells()
            .service("image_guidance")
            .accident("auto")
            .private()
            .auto()
            .gets("mva", "needs_preauthorization")
            .billed(&["private", "mva"])
            .on(0)
            .gets("mva", "needs_preauthorization")
            .billed(&["private", "mva"])
            .on(0)
            .by("follows-stem-cells"),
        case("an approval for all of it makes the followers ready")
            .stem_cells()
            .service("tissue_harvest")
            .accident("auto")
            .auto()
            .approval("ocf_18", "approved", 460_000)
            .gets("mva", "ready")
            .gets("mva", "ready")
            .by("follows-stem-cells"),
        case("followers rely on the approval as well: their amounts count")
            .stem_cells()
            .service("tissue_harvest")
            .accident("auto")
            .auto()
            .approval("ocf_18", "approved", 459_999)
            .gets("mva", "needs_review")
            .gets("mva", "needs_review")
            .finds("preauthorization_insufficient"),
        case("a follower that the approval does not list does not count against its amount")
            .stem_cells()
            .service("tissue_harvest")
            .accident("auto")
            .auto()
            .approval_with(json!({
                "kind": "ocf_18", "status": "approved", "approved_cents": 450_000,
                "categories": ["stem_cell_therapy"],
            }))
            .gets("mva", "ready")
            .gets("mva", "ready")
            .by("follows-stem-cells"),
        case("a minor's stem cells are reviewed, and so are the followers")
            .set("/patient/birth_date", "2010-01-01")
            .stem_cells()
            .service("injection")
            .ohip()
            .gets("uncovered", "needs_review")
            .gets("uncovered", "needs_review")
            .by("follows-stem-cells")
            .finds("not_recommended_minor"),
        case("with two stem-cell items the strictest is followed")
            .stem_cells()
            .item(json!({
                "service_date": "2026-07-01", "category": "stem_cell_therapy", "unit_price_cents": 450_000,
            }))
            .service("tissue_harvest")
            .coverage(json!({"kind": "private", "effective_date": "2026-06-15"}))
            .approval("predetermination", "pending", 0)
            .gets("uncovered", "ready")
            .gets("private", "needs_preauthorization")
            .on(0)
            .gets("private", "needs_preauthorization")
            .on(0)
            .by("follows-stem-cells")
            .finds("coverage_not_in_force"),
        case("equally strict: the payer that comes first in the roll-up is followed")
            .stem_cells()
            .item(json!({
                "service_date": "2026-07-01", "category": "stem_cell_therapy", "unit_price_cents": 450_000,
            }))
            .service("tissue_harvest")
            .coverage(json!({"kind": "private", "effective_date": "2026-06-15"}))
            .approval("predetermination", "approved", 1_000_000)
            .gets("uncovered", "ready")
            .gets("private", "ready")
            .on(0)
            .gets("private", "ready")
            .on(0)
            .by("follows-stem-cells")
            .finds("coverage_not_in_force"),
    ];
    decide_all(app, rows).await;
}

async fn what_does_not_follow(app: &TestApp) {
    let insured_injection = json!({
        "service_date": "2026-06-01", "category": "injection", "unit_price_cents": 10_000,
        "insured_by_ohip": "yes",
    });
    let rows = vec![
        case("an injection that OHIP insures goes to OHIP")
            .stem_cells()
            .item(insured_injection.clone())
            .ohip()
            .gets("uncovered", "ready")
            .gets("uncovered", "needs_review")
            .by("ohip-insured"),
        case("after a work injury what OHIP insures is WSIB's by itself and follows nothing")
            .stem_cells()
            .item(insured_injection)
            .accident("work")
            .wsib()
            .gets("wsib", "needs_preauthorization")
            .gets("wsib", "ready")
            .by("wsib-claim-number"),
        case("imaging, a device and a consultation are decided on their own")
            .stem_cells()
            .service("imaging")
            .service("device")
            .service("consultation")
            .private_listing(&["imaging", "device"])
            .gets("uncovered", "ready")
            .gets("private", "ready")
            .on(0)
            .gets("private", "ready")
            .on(0)
            .gets("uncovered", "ready")
            .finds("predetermination_possible"),
        case("without stem cells harvest, guidance and injection are other services")
            .service("tissue_harvest")
            .service("image_guidance")
            .service("injection")
            .private_listing(&["tissue_harvest", "injection"])
            .gets("private", "ready")
            .gets("uncovered", "ready")
            .gets("private", "ready"),
    ];
    decide_all(app, rows).await;
}
