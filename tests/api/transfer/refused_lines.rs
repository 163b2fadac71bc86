//! Refused lines: kept with their reasons, corrected, sent again.

use super::workplace::Workplace;
use crate::support::{ADMIN_KEY, Claim, TestApp, edited, on_both_databases};

on_both_databases!(
    refused_lines_are_corrected_and_sent_again,
    lines_that_are_no_text_or_too_long_wait_for_correction,
    an_earlier_file_of_refused_lines_is_not_written_over,
);

async fn refused_lines_are_corrected_and_sent_again(app: &TestApp) {
    app.submit(&Claim::new("INV-5")).await.is(201);
    let work = Workplace::new(ADMIN_KEY);
    let lines = [
        Claim::new("INV-1").text(),
        Claim::new("INV-2")
            .with("/patient/birth_date", "2999-01-01")
            .text(),
        edited(&Claim::new("INV-3").text(), "\"items\":", "\"items\""),
        Claim::new("INV-4").text(),
        Claim::new("INV-5").with("/patient/id", "P-2").text(),
    ];
    work.write("claims.ndjson", lines.join("\n"));
    let run = work
        .import(&["claims.ndjson"], app)
        .await
        .exits(3)
        .counts(2, 0, 3);
    assert!(
        run.stdout.contains("claims.ndjson.refused.ndjson"),
        "{}",
        run.stdout
    );

    let refused = work.json_lines("claims.ndjson.refused.ndjson");
    let found: Vec<_> = refused
        .iter()
        .map(|line| (line["line"].as_u64(), line["problem"]["status"].as_u64()))
        .collect();
    let expected = [(2, 422), (3, 400), (5, 409)];
    assert_eq!(
        found,
        expected.map(|(line, status)| (Some(line), Some(status)))
    );
    assert_eq!(refused[0]["claim"].to_string(), lines[1]);
    assert_eq!(
        refused[0]["problem"]["errors"][0]["pointer"],
        "/patient/birth_date"
    );
    assert_eq!(refused[1]["text"], lines[2]);

    let corrected = edited(
        &work.read("claims.ndjson.refused.ndjson"),
        "2999-01-01",
        "1984-03-09",
    );
    let corrected = edited(&corrected, r#"\"items\"["#, r#"\"items\":["#);
    work.write("claims.ndjson.refused.ndjson", corrected);
    let again = work.import(&["claims.ndjson.refused.ndjson"], app).await;
    again.exits(3).counts(2, 0, 1);
    // What is refused once more goes into a new file, not into the one that is being read.
    let left = work.json_lines("claims.ndjson.refused-2.ndjson");
    assert_eq!(left.len(), 1);
    assert_eq!(left[0]["claim"]["external_id"], "INV-5");
    assert_eq!(work.json_lines("claims.ndjson.refused.ndjson").len(), 3);
    assert_eq!(app.stored("INV-").await.len(), 5);
}

async fn lines_that_are_no_text_or_too_long_wait_for_correction(app: &TestApp) {
    let work = Workplace::new(ADMIN_KEY);
    let name = Claim::new("LATIN-1")
        .with("/patient/family_name", "Bélanger")
        .text();
    let latin: Vec<u8> = name
        .chars()
        .map(|c| u8::try_from(c).expect("Latin-1"))
        .collect();
    let long = Claim::new("LONG").with("/items/0/description", "x".repeat(1 << 20));
    let lines = [
        &latin,
        long.text().as_bytes(),
        Claim::new("GOOD").text().as_bytes(),
    ]
    .join(&b'\n');
    work.write("claims.ndjson", lines);
    work.import(&["claims.ndjson"], app)
        .await
        .exits(3)
        .counts(1, 0, 2);
    let refused = work.json_lines("claims.ndjson.refused.ndjson");
    assert_eq!(refused[0]["problem"]["errors"][0]["code"], "invalid_utf8");
    assert_eq!(refused[1]["problem"]["status"], 413);
    assert_eq!(refused[1]["claim"], *long);
    // Uncorrected it is not stored with a name that nobody has.
    let uncorrected = work.import(&["claims.ndjson.refused.ndjson"], app).await;
    uncorrected.exits(3).counts(0, 0, 2);
    let corrected = work
        .read("claims.ndjson.refused.ndjson")
        .replace('\u{fffd}', "é");
    let corrected = corrected.replace(&"x".repeat(1 << 20), "x");
    work.write("claims.ndjson.refused.ndjson", corrected);
    let again = work.import(&["claims.ndjson.refused.ndjson"], app).await;
    again.exits(0).counts(2, 0, 0);
    assert_eq!(app.all("/v1/claims", &[]).await.len(), 3);
}

async fn an_earlier_file_of_refused_lines_is_not_written_over(app: &TestApp) {
    let work = Workplace::new(ADMIN_KEY);
    let refused = Claim::new("INV-1").without("/provider").text();
    work.write("a.ndjson", &refused);
    work.write("a.ndjson.refused.ndjson", "half corrected");
    work.import(&["a.ndjson"], app)
        .await
        .exits(3)
        .counts(0, 0, 1);
    assert_eq!(work.read("a.ndjson.refused.ndjson"), "half corrected");
    assert_eq!(work.json_lines("a.ndjson.refused-2.ndjson").len(), 1);
    let url = app.url("");
    let order = ["import", "a.ndjson", "--to", &url, "--refused", "elsewhere"];
    work.run(&order).await.exits(3);
    assert_eq!(
        work.json_lines("elsewhere")[0]["claim"].to_string(),
        refused
    );
}
