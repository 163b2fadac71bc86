//! Some golden cases over HTTP: the service decides a stored claim as the rulebook alone does.
//!
//! What the rules decide is tested where no service is needed, by `tests/golden` and `src/rulebook/tests`.

use std::fs;

use serde_json::Value;

use crate::support::{TestApp, array, on_both_databases, strings};

on_both_databases!(golden_cases_are_decided_alike_over_http);

/// Every payer and disposition, the ledger, several items and several plans.
const CASES: [&str; 11] = [
    "billing-mixed-items",
    "car-accident-at-work-suing-plan",
    "car-accident-ocf-23",
    "car-accident-sum-too-much",
    "finding-all-of-them",
    "follows-strictest",
    "private-several-lists",
    "roll-up-wsib-and-ohip",
    "stem-cells-car-accident-approval-not-named",
    "stem-cells-minor-consultation",
    "stem-cells-work-injury-approved",
];

fn golden_case(name: &str) -> Value {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden");
    let text = fs::read_to_string(format!("{folder}/{name}.json")).expect("a golden case");
    serde_json::from_str(&text).expect("JSON")
}

async fn golden_cases_are_decided_alike_over_http(app: &TestApp) {
    for name in CASES {
        let case = golden_case(name);
        // The cases have their numbers in common, so each has a clinic of its own.
        let clinic = app.new_clinic(name).await;
        for entry in case["preauthorizations"].as_array().into_iter().flatten() {
            clinic.preauthorize(entry).await.is(201);
        }
        let stored = clinic.submit(&case["claim"]).await.is(201).json();
        let expected = &case["expect"];
        for member in ["payer", "disposition", "billing_order"] {
            assert_eq!(stored[member], expected[member], "{name}: {member}");
        }
        assert_eq!(stored["status"], expected["disposition"], "{name}");
        // Whether a service is too old for OHIP depends on the day of the test.
        let found = strings(&stored["decision"]["findings"], "code").into_iter();
        let found = found.filter(|code| *code != "ohip_stale");
        let wanted = array(&expected["findings"])
            .iter()
            .filter_map(Value::as_str);
        assert_eq!(sorted(found), sorted(wanted), "{name}");
        let (decided, items) = (&stored["decision"]["items"], array(&expected["items"]));
        assert_eq!(array(decided).len(), items.len(), "{name}");
        for (item, decided) in items.iter().zip(array(decided)) {
            for (member, value) in item.as_object().expect("an object") {
                assert_eq!(&decided[member], value, "{name}: {member} of {decided}");
            }
        }
    }
}

fn sorted(words: impl IntoIterator<Item: Into<String>>) -> Vec<String> {
    let mut words: Vec<String> = words.into_iter().map(Into::into).collect();
    words.sort();
    words
}
