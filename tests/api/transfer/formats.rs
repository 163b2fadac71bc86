//! Files that are no plain CSV or NDJSON: read where nothing is lost, else named with what to do.

use std::io::Write;

use flate2::{Compression, write::GzEncoder};

use super::{
    tables::{example, rewrite},
    workplace::Workplace,
};
use crate::support::{ADMIN_KEY, Claim, TestApp, on_both_databases};

on_both_databases!(
    files_as_spreadsheets_write_them_are_read,
    files_that_hold_no_claims_are_named,
    progress_that_cannot_be_written_names_the_way_out,
);

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text).expect("it is compressed");
    encoder.finish().expect("it is compressed")
}

async fn files_as_spreadsheets_write_them_are_read(app: &TestApp) {
    let work = Workplace::new(ADMIN_KEY);
    work.write("claims.csv", example());
    let run = work.import(&["claims.csv"], app).await;
    run.exits(0).counts(4, 0, 0);
    let commas = rewrite(&example(), b',');
    let semicolons = String::from_utf8(rewrite(&example(), b';')).expect("UTF-8");
    let tabs = rewrite(&example(), b'\t');
    let utf16: Vec<u8> = format!("\u{feff}{}", String::from_utf8_lossy(&tabs))
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let carriage_returns = String::from_utf8_lossy(&commas).replace("\r\n", "\r");
    for (name, content) in [
        ("claims.csv.gz", gzip(&commas)),
        ("claims.tsv", tabs.clone()),
        ("tabs.txt", tabs),
        ("unicode-text.txt", utf16),
        ("sep.csv", format!("sep=;\r\n{semicolons}").into_bytes()),
        (
            "title.csv",
            format!("Claims of November;;\r\n\r\n{semicolons}").into_bytes(),
        ),
        ("mac.csv", carriage_returns.into_bytes()),
        ("marked.csv", ["\u{feff}".as_bytes(), &commas].concat()),
    ] {
        work.write(name, content);
        let run = work.import(&[name], app).await;
        assert_eq!(run.code, 0, "{name}: {}", run.stderr);
        run.counts(0, 4, 0);
    }
    assert!(work.files().iter().all(|name| !name.contains("refused")));
}

async fn files_that_hold_no_claims_are_named(app: &TestApp) {
    let work = Workplace::new(ADMIN_KEY);
    work.write("good.ndjson", Claim::new("INV-1").text());
    let raw = b"\x1b[31m\x07\0\x01";
    for (name, beginning, says) in [
        ("claims.xlsx", &b"PK\x03\x04"[..], "CSV UTF-8"),
        ("workbook.csv", b"PK\x03\x04", "CSV UTF-8"),
        (
            "claims.xls",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
            "CSV UTF-8",
        ),
        ("claims.pdf", b"%PDF-1.7", "PDF"),
        ("claims.csv.gz", b"\x1f\x8b\x08", "cannot be read"),
        ("claims.dat", b"\x7fELF", "zero bytes"),
        (
            "text.csv",
            b"a\x1b[31m,b\n1,2\n",
            "there is no column `a\\u{1b}[31m`",
        ),
    ] {
        work.write(name, [beginning, raw].concat());
        let run = work.import(&["good.ndjson", name], app).await.exits(1);
        let is_raw = |character: char| character.is_control() && character != '\n';
        assert!(!run.stderr.contains(is_raw), "{:?}", run.stderr);
        run.says(name).says(says);
    }
    assert_eq!(app.stored("INV-1").await.len(), 0, "nothing is sent");
}

async fn progress_that_cannot_be_written_names_the_way_out(app: &TestApp) {
    let work = Workplace::new(ADMIN_KEY);
    work.write("claims.ndjson", Claim::new("INV-1").text());
    // Even an administrator cannot write over a directory.
    std::fs::create_dir(work.path("claims.ndjson.progress.new")).expect("a directory");
    let run = work.import(&["claims.ndjson"], app).await.exits(1);
    run.says("claims.ndjson.progress cannot be written")
        .says("payerline import -");
    assert_eq!(app.stored("INV-1").await.len(), 0, "nothing is sent");
}
