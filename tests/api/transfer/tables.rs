//! CSV: the committed example means the same as the claims that it was made of, and refused rows come back.

use std::{fs, path::Path};

use super::workplace::Workplace;
use crate::support::{ADMIN_KEY, Claim, EXAMPLES, TestApp, edited, on_both_databases};

on_both_databases!(
    the_example_means_what_the_claims_mean,
    refused_rows_are_corrected_and_sent_again,
);

pub fn example() -> String {
    fs::read_to_string(Path::new(EXAMPLES).join("import.csv")).expect("examples/import.csv")
}

/// The same rows as Excel writes them, with another delimiter.
pub fn rewrite(text: &str, delimiter: u8) -> Vec<u8> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(text.as_bytes());
    let mut writer = csv::WriterBuilder::new()
        .delimiter(delimiter)
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    for row in reader.records() {
        writer
            .write_record(&row.expect("a row"))
            .expect("a row is written");
    }
    writer.into_inner().expect("all is written")
}

/// The stored claims and their sums, by external id.
pub async fn stored_totals(app: &TestApp) -> Vec<(String, u64)> {
    let claims = app.all("/v1/claims", &[]).await;
    let mut totals: Vec<(String, u64)> = claims
        .iter()
        .map(|claim| {
            let id = claim["external_id"].as_str().expect("an id");
            let total = claim["total_cents"].as_u64().expect("cents");
            (id.to_owned(), total)
        })
        .collect();
    totals.sort_unstable();
    totals
}

async fn the_example_means_what_the_claims_mean(app: &TestApp) {
    let names = [
        "private-physiotherapy",
        "mva-physiotherapy-minor-injury",
        "wsib-physiotherapy",
        "mva-stem-cell-knee",
    ];
    for name in names {
        app.submit(&Claim::example(name)).await.is(201);
    }
    let work = Workplace::new(ADMIN_KEY);
    work.write("import.csv", example());
    // With a byte order mark, and semicolons, as where the comma is for decimals.
    let semicolons = rewrite(&example(), b';');
    work.write("excel.csv", ["\u{feff}".as_bytes(), &semicolons].concat());
    // The same content: not a claim is stored anew, none is in conflict.
    for file in ["import.csv", "excel.csv"] {
        work.import(&[file], app).await.exits(0).counts(0, 4, 0);
    }
}

async fn refused_rows_are_corrected_and_sent_again(app: &TestApp) {
    let work = Workplace::new(ADMIN_KEY);
    let names = "external_id,patient.id,patient.birth_date,provider.id,provider.profession,\
        items.service_date,items.category,items.unit_price_cents\r\n";
    let row = |id: &str, patient: &str, category: &str, price: &str| {
        format!("{id},{patient},1984-03-09,D-7,physician,2026-06-01,{category},{price}\r\n")
    };
    let rows = [
        row("A", "P-1", "consultation", "100"),
        row("B", "P-1", "consultation", "100"),
        row("B", "P-2", "report", "100"),
        row("C", "P-1", "consultatoin", "100"),
        row("D", "P-1", "consultation", "1.50"),
        row("E", "P-1", "consultation", "100"),
        row("E", "P-1", "report", "200"),
    ];
    work.write("claims.csv", names.to_owned() + &rows.concat());
    work.import(&["claims.csv"], app)
        .await
        .exits(3)
        .counts(2, 0, 3);
    assert_eq!(work.files(), ["claims.csv", "claims.csv.refused.csv"]);
    let text = work.read("claims.csv.refused.csv");
    let reasons = work.refused_rows("claims.csv.refused.csv");
    for ((reason, row), (expected, part)) in reasons.iter().zip([
        ("B", "`patient.id` differs between lines 3 and 4"),
        ("B", "`patient.id` differs between lines 3 and 4"),
        (
            "C",
            "/items/0/category: unknown value; one of: consultation,",
        ),
        ("D", "`items.unit_price_cents` must be a whole number"),
    ]) {
        let is_right = &row[0] == expected && reason.contains(part);
        assert!(is_right, "{row:?}: {reason}");
    }
    assert_eq!(reasons.len(), 4);
    // Corrected where they stand, reasons and all.
    let corrected = edited(&text, "P-2", "P-1");
    let corrected = edited(&corrected, "consultatoin", "consultation");
    work.write("claims.csv.refused.csv", edited(&corrected, "1.50", "150"));
    let again = work.import(&["claims.csv.refused.csv"], app).await;
    again.exits(0).counts(3, 0, 0);
    let expected = [("A", 100), ("B", 200), ("C", 100), ("D", 150), ("E", 300)];
    let expected = expected.map(|(id, total)| (id.to_owned(), total));
    assert_eq!(stored_totals(app).await, expected);
}
