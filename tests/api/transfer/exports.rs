//! Exports into files, complete or not at all.

use super::{
    stub::{Stub, chunked},
    workplace::{Run, Workplace},
};
use crate::support::{ADMIN_KEY, Claim, TestApp, on_both_databases};

on_both_databases!(
    everything_that_filters_find_is_saved,
    a_filter_by_a_word_may_be_given_several_times,
    a_filter_that_there_is_not_is_said,
    a_table_opens_in_a_spreadsheet_and_can_be_had_as_it_is_stored,
    a_name_that_promises_another_format_is_no_order,
);

const CLAIMS: usize = 2_345;

async fn everything_that_filters_find_is_saved(app: &TestApp) {
    let claims: Vec<String> = (0..CLAIMS)
        .map(|number| Claim::new(&format!("INV-{number}")).text())
        .collect();
    app.batch(claims.join("\n")).await;
    app.submit(&Claim::example("wsib-physiotherapy"))
        .await
        .is(201);
    let work = Workplace::new(ADMIN_KEY);
    let url = app.url("");
    let filters = [
        "--payer",
        "uncovered",
        "--q",
        "INV-",
        "--service-to",
        "2026-06-30",
    ];
    let parameters = [
        ("payer", "uncovered"),
        ("q", "INV-"),
        ("service_to", "2026-06-30"),
    ];
    let export = async |output: &[&str]| {
        let order = [&["export", "--from", &url], output, &filters].concat();
        work.run(&order).await
    };
    let listed = app.all("/v1/claims", &parameters).await;
    assert_eq!(listed.len(), CLAIMS);

    let run = export(&["--output", "all.ndjson"]).await.exits(0);
    assert_eq!(run.stdout, format!("{CLAIMS} claims in all.ndjson\n"));
    assert_eq!(work.json_lines("all.ndjson"), listed);

    work.write("all.csv", "an older export");
    let run = export(&["-o", "all.csv"]).await.exits(0);
    assert_eq!(run.stdout, format!("{CLAIMS} claims in all.csv\n"));
    let text = work.read("all.csv");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let rows = reader
        .records()
        .map(|row| row.expect("a row")[1].to_owned());
    assert!(
        rows.eq(listed
            .iter()
            .map(|claim| claim["external_id"].as_str().expect("text").to_owned()))
    );

    let run = export(&["--format", "csv"]).await.exits(0);
    assert_eq!(run.stdout, text);
    run.says(&format!("{CLAIMS} claims"));
    assert_eq!(work.files(), ["all.csv", "all.ndjson"]);
}

async fn a_filter_by_a_word_may_be_given_several_times(app: &TestApp) {
    for name in [
        "wsib-physiotherapy",
        "private-physiotherapy",
        "mva-stem-cell-knee",
    ] {
        app.submit(&Claim::example(name)).await.is(201);
    }
    let work = Workplace::new(ADMIN_KEY);
    let url = app.url("");
    let order = [
        "export",
        "--from",
        &url,
        "--payer",
        "wsib",
        "--payer",
        "mva",
        "-o",
        "two.ndjson",
    ];
    work.run(&order).await.exits(0);
    let payers: Vec<String> = work
        .json_lines("two.ndjson")
        .iter()
        .map(|claim| claim["payer"].as_str().expect("text").to_owned())
        .collect();
    assert_eq!(payers, ["mva", "wsib"]);
}

async fn a_filter_that_there_is_not_is_said(app: &TestApp) {
    let work = Workplace::new(ADMIN_KEY);
    let url = app.url("");
    let order = ["export", "--from", &url, "--payer", "nobody", "-o", "x.csv"];
    work.run(&order).await.exits(1).says("400").says("/payer: ");
    assert_eq!(work.files(), Vec::<String>::new());
}

async fn a_table_opens_in_a_spreadsheet_and_can_be_had_as_it_is_stored(app: &TestApp) {
    app.submit(&Claim::new("=1+1")).await.is(201);
    let work = Workplace::new(ADMIN_KEY);
    let url = app.url("");
    let order = ["export", "--from", &url, "-o", "all.csv"];
    work.run(&order).await.exits(0);
    let text = work.read("all.csv");
    assert!(text.starts_with("\u{feff}id,"), "{text}");
    assert!(text.contains(",'=1+1,"), "{text}");
    let off = [
        "--byte-order-mark",
        "false",
        "--neutralize-formulas",
        "false",
    ];
    work.run(&[&order[..], &off].concat()).await.exits(0);
    let text = work.read("all.csv");
    assert!(text.starts_with("id,") && text.contains(",=1+1,"), "{text}");
    // They say nothing of NDJSON.
    let lines = ["export", "--from", &url, "-o", "all.ndjson"];
    work.run(&[&lines[..], &off].concat()).await.exits(0);
    assert_eq!(work.json_lines("all.ndjson")[0]["external_id"], "=1+1");
}

async fn a_name_that_promises_another_format_is_no_order(app: &TestApp) {
    let work = Workplace::new(ADMIN_KEY);
    let url = app.url("");
    for name in ["x.xlsx", "x.csv.gz", "x.json"] {
        let order = ["export", "--from", &url, "-o", name];
        let run = work.run(&order).await.exits(2);
        run.says(name).says(".csv").says("--format");
    }
    assert_eq!(work.files(), Vec::<String>::new());
    let order = [
        "export", "--from", &url, "-o", "x.json", "--format", "ndjson",
    ];
    work.run(&order).await.exits(0);
}

/// Exports from a service that answers in a given way: the exit status, and what is in the file.
fn export_of(answer: String) -> (Run, String) {
    Stub::run(vec![answer], async |stub| {
        let work = Workplace::new(ADMIN_KEY);
        work.write("all.ndjson", "an older export");
        let order = ["export", "--from", &stub.url(), "--output", "all.ndjson"];
        let run = work.run(&order).await;
        assert_eq!(work.files(), ["all.ndjson"], "nothing half done is left");
        (run, work.read("all.ndjson"))
    })
}

#[test]
fn an_export_that_breaks_off_leaves_no_file() {
    let whole = chunked("application/x-ndjson", &["{\"id\":1}\n", "{\"id\":2}\n"]);
    let (run, content) = export_of(whole.clone());
    run.exits(0);
    assert_eq!(content, "{\"id\":1}\n{\"id\":2}\n");
    let end = whole.len() - "0\r\n\r\n".len();
    let (run, content) = export_of(whole[..end].to_owned());
    run.exits(1).says("broke off");
    assert_eq!(content, "an older export");
    // Cut within a line, by whoever put the end there.
    let (run, content) = export_of(chunked("application/x-ndjson", &["{\"id\":1}\n{\"i"]));
    run.exits(1).says("broke off");
    assert_eq!(content, "an older export");
    let endless = "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\n\r\n{\"id\":1}\n";
    let (run, content) = export_of(endless.to_owned());
    run.exits(1).says("does not say where it ends");
    assert_eq!(content, "an older export");
}
