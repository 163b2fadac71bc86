//! Small files that lost or changed claims once: `cases/*.csv`, each with its one right result.

use std::{fs, path::Path};

use super::{
    tables::stored_totals,
    workplace::{Run, Workplace},
};
use crate::support::{ADMIN_KEY, TestApp, on_both_databases};

on_both_databases!(
    rows_that_stand_apart_are_refused_together,
    rows_of_another_visit_that_stand_apart_are_refused_together,
    a_stray_quote_ends_the_import_at_its_line,
    claims_before_a_stray_quote_are_stored,
    an_inch_mark_within_a_cell_is_kept,
    a_row_longer_than_the_header_is_refused,
    a_last_row_that_is_cut_off_is_refused,
    ids_that_a_spreadsheet_broke_are_refused,
    blanks_around_cells_and_blank_rows_are_passed_over,
);

fn read_case(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/api/transfer/cases");
    fs::read_to_string(path.join(name)).expect("a case")
}

/// Imports a case, which must end in this way.
async fn import(work: &Workplace, app: &TestApp, name: &str, code: i32) -> Run {
    work.write(name, read_case(name));
    work.import(&[name], app).await.exits(code)
}

async fn stored_claim(app: &TestApp, external_id: &str) -> serde_json::Value {
    let found = app.list(&[("external_id", external_id)]).await.json();
    let id = found["data"][0]["id"].as_str().expect("it is stored");
    app.get(&format!("/v1/claims/{id}")).await.is(200).json()
}

/// Imports rows that stand apart, in lines 2 and 4, then the same rows side by side.
async fn rows_stand_apart(app: &TestApp, name: &str, apart: &str, other: &str) {
    let work = Workplace::new(ADMIN_KEY);
    import(&work, app, name, 3).await.counts(1, 0, 2);
    assert_eq!(stored_totals(app).await, [(other.to_owned(), 9_500)]);
    let refused_file = format!("{name}.refused.csv");
    let refused = work.refused_rows(&refused_file);
    assert_eq!(refused.len(), 2, "side by side");
    for (reason, row) in &refused {
        assert_eq!(&row[0], apart);
        assert!(reason.contains("line 2 and line 4"), "{reason}");
    }
    let mut lines: Vec<String> = read_case(name).lines().map(str::to_owned).collect();
    lines[1..].sort();
    work.write("sorted.csv", lines.join("\n") + "\n");
    let sorted = work.import(&["sorted.csv"], app).await;
    sorted.exits(0).counts(1, 1, 0);
    let expected = [(apart.to_owned(), 19_000), (other.to_owned(), 9_500)];
    assert_eq!(stored_totals(app).await, expected);
    // In the refused file they stand together too.
    let again = work.import(&[&refused_file], app).await;
    again.exits(0).counts(0, 1, 0);
}

async fn rows_that_stand_apart_are_refused_together(app: &TestApp) {
    rows_stand_apart(app, "rows-apart.csv", "A-1", "B-1").await;
}

async fn rows_of_another_visit_that_stand_apart_are_refused_together(app: &TestApp) {
    rows_stand_apart(app, "rows-apart-other-visit.csv", "A-2", "B-2").await;
}

async fn a_stray_quote_ends_the_import_at_its_line(app: &TestApp) {
    let work = Workplace::new(ADMIN_KEY);
    let run = import(&work, app, "stray-quote.csv", 3).await;
    run.counts(0, 0, 0).says("stray-quote.csv, line 2: ");
    assert!(stored_totals(app).await.is_empty());
    assert_eq!(work.files(), ["stray-quote.csv"]);
}

async fn claims_before_a_stray_quote_are_stored(app: &TestApp) {
    let work = Workplace::new(ADMIN_KEY);
    let stray = read_case("stray-quote.csv");
    let (names, rows) = stray.split_once('\n').expect("names");
    let good = rows
        .lines()
        .nth(2)
        .expect("a row without quotes")
        .replace("E-3", "E-0");
    let file = format!("{names}\n{good}\n{rows}");
    work.write("a.csv", &file);
    work.write(
        "b.csv",
        format!("{names}\n{}\n", good.replace("E-0", "E-9")),
    );
    let run = work.import(&["a.csv", "b.csv"], app).await.exits(3);
    run.counts(1, 0, 0).says("a.csv, line 3: ");
    assert_eq!(work.files(), ["a.csv", "b.csv"]);
    assert_eq!(stored_totals(app).await, [("E-0".to_owned(), 100)]);
    // Corrected, the same command does the rest.
    work.write("a.csv", file.replace('"', ""));
    let run = work.import(&["a.csv", "b.csv"], app).await.exits(0);
    run.counts(4, 1, 0);
}

async fn an_inch_mark_within_a_cell_is_kept(app: &TestApp) {
    let work = Workplace::new(ADMIN_KEY);
    import(&work, app, "inch-mark.csv", 0).await.counts(1, 0, 0);
    let stored = stored_claim(app, "I-1").await;
    let item = &stored["submission"]["items"][0];
    assert_eq!(item["description"], "5\" brace");
    assert_eq!(item["unit_price_cents"], 4_500);
}

async fn a_row_longer_than_the_header_is_refused(app: &TestApp) {
    let work = Workplace::new(ADMIN_KEY);
    let run = import(&work, app, "surplus-cell.csv", 3).await;
    run.counts(0, 0, 1);
    assert!(stored_totals(app).await.is_empty());
    let refused = work.refused_rows("surplus-cell.csv.refused.csv");
    let (reason, _) = &refused[0];
    assert!(
        reason.contains("line 2: 15 cells, but the line of names has 14"),
        "{reason}"
    );
    // A header that ends so itself has a place for the cell, as long as it is empty.
    let ended = read_case("surplus-cell.csv").replacen('\n', ",\n", 1);
    work.write("ended.csv", ended.replace("WSIB, Toronto", "WSIB,"));
    let run = work.import(&["ended.csv"], app).await;
    run.exits(0).counts(1, 0, 0);
}

async fn a_last_row_that_is_cut_off_is_refused(app: &TestApp) {
    let work = Workplace::new(ADMIN_KEY);
    import(&work, app, "cut-off.csv", 3).await.counts(2, 0, 1);
    let stored = [("G-1".to_owned(), 508_500), ("G-2".to_owned(), 508_500)];
    assert_eq!(stored_totals(app).await, stored);
    let refused = work.refused_rows("cut-off.csv.refused.csv");
    let (reason, row) = &refused[0];
    assert_eq!(&row[0], "G-3");
    assert!(reason.contains("line 4: the file is cut off"), "{reason}");
    // Uncorrected it stays refused, although it has a line break now.
    let again = work.import(&["cut-off.csv.refused.csv"], app).await;
    again.exits(3).counts(0, 0, 1);
}

async fn ids_that_a_spreadsheet_broke_are_refused(app: &TestApp) {
    let work = Workplace::new(ADMIN_KEY);
    let run = import(&work, app, "spreadsheet-ids.csv", 3).await;
    run.counts(0, 0, 2);
    assert!(stored_totals(app).await.is_empty());
    let refused = work.refused_rows("spreadsheet-ids.csv.refused.csv");
    assert_eq!(refused.len(), 3);
    for (reason, row) in &refused {
        let id = format!("`external_id` is `{}`: a spreadsheet", &row[0]);
        assert!(reason.contains(&id), "{reason}");
    }
}

async fn blanks_around_cells_and_blank_rows_are_passed_over(app: &TestApp) {
    let work = Workplace::new(ADMIN_KEY);
    import(&work, app, "padded.csv", 0).await.counts(2, 0, 0);
    let stored = [("J-1".to_owned(), 9_500), ("J-2".to_owned(), 9_500)];
    assert_eq!(stored_totals(app).await, stored);
    let stored = stored_claim(app, "J-1").await;
    assert_eq!(stored["submission"]["external_id"], "J-1");
    assert_eq!(
        stored["submission"]["items"][0]["category"],
        "rehabilitation"
    );
}
