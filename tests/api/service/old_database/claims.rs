//! Claims of an earlier build are found by their words and numbers, which that build did not keep apart.

use serde_json::{Value, json};

use super::Record;
use crate::support::{Database, array, on_both_databases, query, serve, strings};

on_both_databases!(bare:
    claims_of_the_earlier_build_are_found_by_what_they_say,
    patients_of_the_earlier_build_are_shown,
);

async fn claims_of_the_earlier_build_are_found_by_what_they_say(database: &Database) {
    database.restore_fixture();
    let record = Record::read(database);
    let mut process = serve(database);
    let caller = process.caller();
    let mut sought = 0;
    for claim in record.own_claims() {
        let submission = &claim["submission"];
        let parameters = [
            ("patient_name", &submission["patient"]["family_name"]),
            ("patient_name", &submission["patient"]["given_name"]),
            (
                "health_number",
                &submission["patient"]["health_number"]["value"],
            ),
            ("insurer", &submission["coverages"][0]["insurer"]),
            ("provider", &submission["provider"]["id"]),
            ("rule", &claim["decision"]["items"][0]["rule"]),
            ("finding", &claim["decision"]["findings"][0]["code"]),
        ];
        let given = parameters
            .into_iter()
            .filter_map(|(name, value)| Some((name, value.as_str()?)));
        // Where more claims are found than a page has, the filter by id leaves the one that is meant.
        let id = claim["external_id"].as_str().expect("an id");
        for (name, value) in given.filter(|(_, value)| value.chars().any(char::is_alphanumeric)) {
            let path = query("/v1/claims", &[(name, value), ("limit", "200")]);
            let mut list = caller.get(&path).await.is(200).json();
            if list["next"] != Value::Null {
                let path = query("/v1/claims", &[(name, value), ("external_id", id)]);
                list = caller.get(&path).await.is(200).json();
            }
            let found = strings(&list["data"], "external_id");
            assert!(found.iter().any(|it| it == id), "{path}");
            sought += 1;
        }
    }
    assert!(sought > 800, "{sought}");
}

async fn patients_of_the_earlier_build_are_shown(database: &Database) {
    database.restore_fixture();
    let record = Record::read(database);
    let mut process = serve(database);
    let caller = process.caller();
    let mut due = 0;
    for claim in record.own_claims().filter(|it| it["status"] == "ready") {
        let patient = claim["submission"]["patient"]["id"]
            .as_str()
            .expect("an id");
        let encoded: String = patient.bytes().map(|it| format!("%{it:02X}")).collect();
        let path = format!("/v1/patients/{encoded}");
        let shown = caller.get(&path).await.is(200).json();
        assert_eq!(shown["id"], json!(patient));
        let has = |list: &Value| {
            let mut all = array(list).iter();
            all.any(|it| [&it["id"], &it["claim_id"]].contains(&&claim["id"]))
        };
        // One patient has more claims than are shown.
        let is_shown = has(&shown["claims"]) || shown["has_older_claims"] == true;
        assert!(is_shown, "{patient}");
        due += usize::from(array(&shown["due"]).iter().any(|it| has(&it["claims"])));
    }
    assert!(due > 20, "{due}");
}
