//! A decision table as people read it: Markdown, a row a rule in the order tried.

use crate::{
    explain::phrases::{any_of, listed, payer, plain},
    table::{
        condition::Asked,
        findings::FindingAt,
        insurers,
        rules::{Check, Outcome, Rule, Table, Then},
        vocabulary::When,
    },
};
use payerline_domain::{
    claims::{
        billing::{BillingOrder, BillingSequence},
        payer::{Disposition, Payer},
    },
    values::closed_enum::ClosedEnum,
};

/// The table as Markdown (with GitHub's tables). Whatever its texts hold, they stay text in their cells.
pub fn markdown(table: &Table) -> String {
    let Table {
        name,
        version,
        note,
        rules,
        otherwise,
        without_approval,
        checks,
        billing_orders,
        findings,
    } = table;
    let numbered = (1_usize..).zip(rules);
    let otherwise = [
        code(&otherwise.id),
        decided(otherwise.payer, otherwise.disposition),
        text(&otherwise.because),
        text(&otherwise.basis),
    ];
    let orders = billing_orders.iter().map(|it| {
        let order = billed(it.order);
        [code(&it.id), when(&it.when), order, text(&it.basis)]
    });
    let needless = without_approval
        .iter()
        .map(|it| [code(&it.id), when(&it.when), text(&it.basis)]);
    let described = findings.iter().map(|it| {
        let severity = it.severity.word().to_owned();
        [code(&it.code), severity, text(&it.detail)]
    });
    [
        format!("# {}", text(name.as_str())),
        format!("Version {}. {}", code(version.as_str()), text(note)),
        "## Rules".to_owned(),
        "They are tried in this order; the first that matches decides.".to_owned(),
        table_of(
            ["No.", "Rule", "When", "Then", "Because", "Basis"],
            numbered.map(|(number, it)| rule_row(number, it)),
        ),
        "## When no rule matches".to_owned(),
        table_of(["Name", "Then", "Because", "Basis"], [otherwise]),
        "## Checks".to_owned(),
        "They come after the rules and only make an item stricter; the payer stays.".to_owned(),
        table_of(
            ["Check", "When", "Then", "Because", "Basis"],
            checks.iter().map(check_row),
        ),
        "## Without approval".to_owned(),
        "Such an item relies on no prior approval, and does not count against one.".to_owned(),
        table_of(["Name", "When", "Basis"], needless),
        "## Billing orders".to_owned(),
        "The first that matches says who is billed, first to last.".to_owned(),
        table_of(["Billing order", "When", "Billed", "Basis"], orders),
        "## Findings".to_owned(),
        table_of(["Finding", "Severity", "What was noticed"], described),
    ]
    .join("\n\n")
        + "\n"
}

fn rule_row(number: usize, rule: &Rule) -> [String; 6] {
    let then = match &rule.then {
        Then::Decide(outcome) => outcome_cell(outcome),
        Then::Follow(leader) => format!("as the claim's {}", plain(leader.word())),
    };
    let because = match &rule.when_ready {
        Some(more) => format!("{} {more}", rule.because),
        None => rule.because.to_string(),
    };
    [
        number.to_string(),
        code(&rule.id),
        when(&rule.when),
        then,
        text(&because),
        text(&rule.basis),
    ]
}

fn check_row(check: &Check) -> [String; 5] {
    let strict = check.at_least;
    let strict = strict.map(|it| format!("at least: {}", plain(it.word())));
    let then: Vec<String> = strict
        .into_iter()
        .chain(check.finding.as_ref().map(finding))
        .collect();
    [
        code(&check.id),
        when(&check.when),
        then.join("; "),
        text(check.because.as_deref().unwrap_or_default()),
        text(&check.basis),
    ]
}

fn outcome_cell(outcome: &Outcome) -> String {
    let mut parts = vec![decided(outcome.payer, outcome.disposition)];
    let documents = outcome.required_documents.iter();
    let documents: Vec<String> = documents.map(|it| plain(it.word())).collect();
    if !documents.is_empty() {
        parts.push(format!("documents: {}", documents.join(", ")));
    }
    parts.extend(
        outcome
            .bill_to
            .map(|it| format!("billed to: {}", plain(it.word()))),
    );
    parts.extend(
        outcome
            .billed_coverage
            .map(|it| format!("coverage: {}", plain(it.word()))),
    );
    parts.extend(outcome.finding.as_ref().map(finding));
    parts.join("; ")
}

fn decided(whose: Payer, disposition: Disposition) -> String {
    format!("{}: {}", payer(whose), plain(disposition.word()))
}

fn finding(finding: &FindingAt) -> String {
    let place = match finding.pointer.as_str() {
        "" => "the claim".to_owned(),
        pointer => text(pointer),
    };
    format!("finding: {} at {place}", code(&finding.code))
}

fn billed(order: BillingSequence) -> String {
    let payers = BillingOrder(order).payers().iter().map(|it| payer(*it));
    let payers: Vec<&str> = payers.collect();
    if payers.is_empty() {
        "nobody".to_owned()
    } else {
        payers.join(", then ")
    }
}

/// Conditions in plain words.
fn when(when: &When) -> String {
    let conditions: Vec<String> = when.asked().iter().map(condition).collect();
    if conditions.is_empty() {
        "always".to_owned()
    } else {
        conditions.join("; ")
    }
}

/// The values that would do, or those that would not if that is shorter.
fn condition(asked: &Asked) -> String {
    let fact = fact(asked.fact);
    let is_name = asked.fact == insurers::FACT;
    let words = |list: &[String]| -> Vec<String> {
        let word = |word: &String| {
            if is_name {
                text(word)
            } else {
                text(&plain(word))
            }
        };
        list.iter().map(word).collect()
    };
    let (wanted, unwanted) = (words(&asked.wanted), words(&asked.unwanted));
    if !unwanted.is_empty() && (wanted.is_empty() || unwanted.len() < wanted.len()) {
        format!("{fact}: any but {}", listed(&unwanted))
    } else {
        format!("{fact}: {}", any_of(&wanted))
    }
}

/// The fact that a condition asks about. The insurers' facts have names that need a word more.
fn fact(name: &str) -> String {
    match name {
        insurers::FACT => "private plan's insurer".to_owned(),
        "auto" | "wsib" | "private" => format!("{} coverage", plain(name)),
        "health_canada_authorization" => "Health Canada authorization".to_owned(),
        other => plain(other),
    }
}

/// A table of cells that are Markdown already.
fn table_of<const N: usize>(
    header: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> String {
    let line = |cells: &[String]| format!("| {} |", cells.join(" | "));
    let mut lines = vec![
        line(&header.map(str::to_owned)),
        line(&header.map(|_| "---".to_owned())),
    ];
    lines.extend(rows.into_iter().map(|cells| line(&cells)));
    lines.join("\n")
}

/// A name of few characters, none of which has a meaning in code.
fn code(name: &str) -> String {
    format!("`{name}`")
}

/// Any text, so that it is only text: no markup, no HTML, no further cell, no further line.
fn text(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            // Readers do not agree on what a backslash before a pipe does after another backslash.
            '|' => escaped.push_str("&#124;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '~' | '#' | '!' => {
                escaped.push('\\');
                escaped.push(character);
            }
            '\u{2028}' | '\u{2029}' => escaped.push(' '),
            control if control.is_control() => escaped.push(' '),
            other => escaped.push(other),
        }
    }
    escaped
}
