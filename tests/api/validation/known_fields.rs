//! A field or parameter that is not known is refused with those that are, each named once.

use serde_json::{Value, json};

use crate::support::{Claim, TestApp, array, committed_document, on_both_databases};

on_both_databases!(known_fields_and_parameters_are_named_once);

/// The names in a fault's text, if it lists any.
fn known(fault: &Value) -> Option<Vec<String>> {
    let (_, names) = fault["detail"].as_str()?.split_once("known here: ")?;
    Some(names.split(", ").map(str::to_owned).collect())
}

fn check(problem: &Value, place: &str) -> usize {
    let lists: Vec<_> = array(&problem["errors"]).iter().filter_map(known).collect();
    for names in &lists {
        let mut once = names.clone();
        once.sort();
        once.dedup();
        assert_eq!(once.len(), names.len(), "{place}: {names:?}");
    }
    lists.len()
}

async fn known_fields_and_parameters_are_named_once(app: &TestApp) {
    let claim = app.submit(&Claim::new("INV-1")).await.is(201).id();
    let document = committed_document();
    let mut lists = 0;
    for (path, operations) in document["paths"].as_object().expect("paths") {
        // Ids are looked up after the query and the body are read, or a 404 says nothing of them.
        let path = path.replace("{id}", &claim).replace("{version}", "2026.3");
        if operations.get("get").is_some() {
            for media_type in ["application/json", "text/csv"] {
                let request = app.request(
                    "GET".parse().expect("a method"),
                    &format!("{path}?colour=1&size=2"),
                );
                let answer = request
                    .header("accept", media_type)
                    .send()
                    .await
                    .expect("an answer");
                if answer.status() == 400 {
                    lists += check(&answer.json().await.expect("JSON"), &path);
                }
            }
        }
        for method in ["post", "put"] {
            if operations.get(method).is_some() {
                let method = method.to_uppercase().parse().expect("a method");
                let request = app.request(method, &path).header("if-match", "\"1\"");
                let answer = request.json(&json!({"colour": 1, "size": 2})).send().await;
                let answer = answer.expect("an answer");
                if answer.status() == 400 {
                    lists += check(&answer.json().await.expect("JSON"), &path);
                }
            }
        }
    }
    assert!(lists > 10, "only {lists} lists were seen");
    // A list is long, so two strangers of one object do not have it each.
    let strange = Claim::new("INV-2").with("/colour", 1).with("/size", 2);
    let problem = app.submit(&strange).await.is(400).json();
    assert_eq!(check(&problem, "a claim"), 1, "{problem}");
}
