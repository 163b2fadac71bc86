//! How a rulebook reads as Markdown.

use serde_json::json;

use super::document::{read, small_rulebook};
use crate::markdown::markdown;
use crate::{shipped, tests::ONTARIO};

/// The rows of the tables, each table with its header, without the line below that.
fn tables(text: &str) -> Vec<Vec<&str>> {
    text.split("\n\n")
        .filter(|block| block.starts_with('|'))
        .map(|block| {
            block
                .lines()
                .filter(|line| !line.contains("| --- |"))
                .collect()
        })
        .collect()
}

fn pipes(row: &str) -> usize {
    row.matches('|').count()
}

#[test]
fn every_rule_check_order_and_finding_has_a_row() {
    let text = markdown(ONTARIO.table());
    let table = ONTARIO.table();
    let rows: Vec<usize> = tables(&text).iter().map(|rows| rows.len() - 1).collect();
    let expected = [
        table.rules.len(),
        1,
        table.checks.len(),
        table.without_approval.len(),
        table.billing_orders.len(),
        table.findings.len(),
    ];
    assert_eq!(rows, expected);
    for (index, rule) in table.rules.iter().enumerate() {
        let row = tables(&text)[0][index + 1];
        let start = format!("| {} | `{}` | ", index + 1, rule.id);
        assert!(row.starts_with(&start), "{row}");
    }
}

#[test]
fn every_row_has_as_many_cells_as_its_header() {
    for rows in tables(&markdown(ONTARIO.table())) {
        for row in &rows {
            assert_eq!(pipes(row), pipes(rows[0]), "{row}");
        }
    }
}

#[test]
fn a_rule_reads_in_plain_words() {
    let text = markdown(ONTARIO.table());
    let begins = format!("# ontario\n\nVersion `{}`. Which payer", shipped::VERSION);
    assert!(text.starts_with(&begins));
    for words in [
        "| OHIP insured: yes; caused by work: no | no insurer: needs review |",
        "service: plasma; cause: none or other; private coverage: active; preauthorization: insufficient or approved",
        "WSIB coverage: active; preauthorization: any but insufficient and approved |",
        "the auto insurer: needs preauthorization; documents: OCF-18",
        "as the claim's strictest stem cell item",
        "accident date: before 2026-07-01",
        "at least: needs review; finding: `not_recommended_minor` at /patient/birth\\_date",
        "| the auto insurer, then the private plan |",
        "| payer: uncovered | nobody |",
        "Health Canada authorization: no",
    ] {
        assert!(text.contains(words), "{words}\n{text}");
    }
}

#[test]
fn hostile_text_stays_in_its_cell() {
    let hostile = r"a | b \| c <script>alert(1)</script> [x](javascript:y) `code` **bold** &lt; \";
    let mut rulebook = small_rulebook();
    rulebook["name"] = json!("x | <b> # y");
    rulebook["note"] = json!(hostile);
    rulebook["rules"][0]["because"] = json!(hostile);
    rulebook["rules"][0]["basis"] = json!("two\u{2028}lines");
    rulebook["rules"][0]["then"]["decide"]["finding"] =
        json!({"code": "accident_missing", "pointer": "/a|b`<i>"});
    rulebook["findings"][0]["detail"] = json!(hostile);
    let text = markdown(read(&rulebook).unwrap().table());
    for rows in tables(&text) {
        assert!(
            rows.iter().all(|row| pipes(row) == pipes(rows[0])),
            "{text}"
        );
    }
    assert!(!text.contains('<') && !text.contains("**") && !text.contains('\u{2028}'));
    assert!(text.contains(r"\[x\](javascript:y) \`code\` \*\*bold\*\* &amp;lt; \\"));
    assert!(text.starts_with("# x &#124; &lt;b&gt; \\# y\n"));
}

#[test]
fn a_rulebook_without_checks_reads_too() {
    let text = markdown(read(&small_rulebook()).unwrap().table());
    assert!(text.contains("| Check | When |"));
    assert!(
        text.contains("| 1 | `consultations` | category: consultation | the private plan: ready |")
    );
}
