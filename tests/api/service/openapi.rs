//! The OpenAPI document and Swagger UI: served, bundled, complete, and equal to what is committed.

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{
    TestApp, array, binary_in, committed_document, committed_document_3_0, on_both_databases,
};

on_both_databases!(
    the_served_documents_are_the_committed_ones,
    every_field_is_described,
    swagger_ui_needs_no_other_server,
);

/// Follows a reference within the document.
fn resolve<'d>(document: &'d Value, value: &'d Value) -> &'d Value {
    match value["$ref"].as_str() {
        Some(reference) => {
            let pointer = reference
                .strip_prefix('#')
                .expect("a reference within the document");
            document
                .pointer(pointer)
                .unwrap_or_else(|| panic!("{reference} leads nowhere"))
        }
        None => value,
    }
}

async fn the_served_documents_are_the_committed_ones(app: &TestApp) {
    for (path, committed) in [
        ("/openapi.json", committed_document()),
        ("/openapi-3.0.json", committed_document_3_0()),
    ] {
        let served = app.without_key().get(path).await.is(200);
        assert!(
            served
                .header("content-type")
                .starts_with("application/json")
        );
        assert_eq!(
            served.json(),
            committed,
            "renew openapi{path}: see docs/contributing.md"
        );
        app.without_key()
            .post(path, &Value::Null)
            .await
            .problem(405);
    }
}

#[test]
fn the_command_line_prints_the_committed_documents() {
    for (arguments, version, committed) in [
        (&["openapi"][..], "3.1", committed_document()),
        (&["openapi", "--as-3.0"], "3.0", committed_document_3_0()),
    ] {
        let directory = TempDir::new().expect("a directory");
        let output = binary_in(directory.path()).args(arguments).output();
        let output = output.expect("the binary runs");
        assert!(output.status.success());
        let printed: Value = serde_json::from_slice(&output.stdout).expect("it prints JSON");
        assert_eq!(printed, committed);
        let printed_version = printed["openapi"].as_str().expect("a version");
        assert!(printed_version.starts_with(version), "{printed_version}");
    }
}

async fn every_field_is_described(app: &TestApp) {
    let document = app.get("/openapi.json").await.is(200).json();
    let schemas = document["components"]["schemas"]
        .as_object()
        .expect("schemas");
    assert!(
        schemas.contains_key("Submission") && schemas.contains_key("Claim"),
        "{:?}",
        schemas.keys()
    );
    let mut wrong = Vec::new();
    for (name, schema) in schemas {
        let Some(properties) = schema["properties"].as_object() else {
            continue;
        };
        for (field, property) in properties {
            let described = !property["description"].is_null()
                || !resolve(&document, property)["description"].is_null();
            if !described {
                wrong.push(format!("{name}.{field}"));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "without description: {}",
        wrong.join(", ")
    );

    // Swagger UI offers the committed examples.
    let content = &document["paths"]["/v1/claims"]["post"]["requestBody"]["content"];
    let examples = content["application/json"]["examples"]
        .as_object()
        .expect("examples");
    for payer in ["private", "mva", "wsib", "uncovered"] {
        let of_payer = |name: &String| name.starts_with(payer);
        assert!(
            examples.keys().any(of_payer),
            "an example for {payer}: {:?}",
            examples.keys()
        );
    }
    for (name, example) in examples {
        let claim = &resolve(&document, example)["value"];
        let answer = app.classify(claim).await;
        assert_eq!(answer.status(), 200, "{name}: {}", answer.text());
    }
    assert!(array(&document["tags"]).len() > 1, "{}", document["tags"]);
}

/// What a page loads: the values of its `src` and `href` attributes.
fn loaded(html: &str) -> Vec<&str> {
    let parts = ["src=\"", "href=\""];
    parts
        .iter()
        .flat_map(|attribute| html.split(attribute).skip(1))
        .filter_map(|rest| rest.split('"').next())
        .collect()
}

async fn swagger_ui_needs_no_other_server(app: &TestApp) {
    let nobody = app.without_key();
    let page = nobody.get("/docs/").await.is(200);
    assert!(page.header("content-type").starts_with("text/html"));
    let html = page.text();
    let loaded = loaded(&html);
    assert!(loaded.iter().any(|file| file.ends_with(".js")), "{html}");
    let mut scripts = String::new();
    for file in loaded {
        let elsewhere = file.starts_with("//") || file.contains("://");
        assert!(!elsewhere, "{file} is loaded from another server");
        let path = match file.strip_prefix('/') {
            Some(_) => file.to_owned(),
            None => format!("/docs/{}", file.trim_start_matches("./")),
        };
        let answer = nobody.get(&path).await.is(200);
        if path.ends_with("initializer.js") {
            scripts = answer.text();
        }
    }
    assert!(scripts.contains("/openapi.json"), "{scripts}");
    // Whether the key is kept over a reload is asked for on the page.
    assert!(html.contains("id=\"keep-key\""), "{html}");
    assert!(html.contains("name=\"viewport\""), "{html}");
    for path in ["/docs/", "/docs/index.html", "/docs/oauth2-redirect.html"] {
        let answer = nobody.get(path).await.is(200);
        let policy = answer.header("content-security-policy");
        for part in [
            "default-src 'none'",
            "script-src 'self';",
            "frame-ancestors 'none'",
        ] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(answer.header("x-frame-options"), "DENY");
    }
    for elsewhere in ["petstore", "validator.swagger.io", "cdn."] {
        assert!(
            !scripts.contains(elsewhere) && !html.contains(elsewhere),
            "{elsewhere}"
        );
    }
    nobody.get("/docs").await.is(200);
}
