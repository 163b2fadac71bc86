//! A rulebook: a table, compiled to decide claims.

use std::sync::Arc;

use super::{
    facts::Reading,
    matcher::Matcher,
    prepared::{CompiledFinding, CompiledOutcome, CompiledRule},
};
use crate::{
    shipped::ONTARIO,
    table::{findings::Observation, insurers::Insurers, rules::Table},
};
use payerline_domain::{
    claims::decision::RulebookVersion,
    parse::{decode::Decode, fault::Refusal},
    values::{closed_enum::ClosedEnum, digest::sha256_hex},
};

/// Why a text or table makes no rulebook.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// The text is no decision table, or one with faults.
    #[error("the decision table has faults: {}", first_faults(.0))]
    Refused(Refusal),
    /// The table could not be written in its canonical form.
    #[error("the decision table cannot be written: {0}")]
    Unwritable(#[from] serde_json::Error),
}

/// Faults in a message; the refusal has all of them.
const MAX_FAULTS_IN_MESSAGE: usize = 5;

fn first_faults(refusal: &Refusal) -> String {
    let (Refusal::Shape(faults) | Refusal::Rules(faults)) = refusal;
    let mut told: Vec<String> = faults
        .iter()
        .take(MAX_FAULTS_IN_MESSAGE)
        .map(|fault| match fault.pointer.as_str() {
            "" => fault.detail.clone(),
            pointer => format!("{pointer}: {}", fault.detail),
        })
        .collect();
    let more = faults.len().saturating_sub(told.len());
    if more > 0 {
        told.push(format!("and {more} more"));
    }
    told.join("; ")
}

/// A rulebook, compiled and ready to decide.
#[derive(Debug)]
pub struct Rulebook {
    pub(crate) table: Table,
    pub(crate) version: Arc<RulebookVersion>,
    canonical: String,
    /// How it reads claims; the rows are compiled for the insurers that it names.
    pub(crate) reading: Reading,
    /// When each rule matches.
    pub(crate) rules: Matcher,
    /// The rulings, in the order of the rules.
    pub(crate) rulings: Vec<CompiledRule>,
    pub(crate) otherwise: CompiledOutcome,
    /// When each check matches.
    pub(crate) checks: Matcher,
    /// The checks' findings, in the same order.
    pub(crate) check_findings: Vec<Option<CompiledFinding>>,
    /// When each billing order matches.
    pub(crate) billing_orders: Matcher,
    /// Whether it describes any of the observations that came after 2026.2. Decisions of tables without them are observed
    /// and explained in the words of their time.
    pub(crate) is_later_edition: bool,
    /// Whether a claim that bills the same service elsewhere is of interest: a row asks for it, or the finding is
    /// described. Otherwise nobody looks, and decisions keep no such fact.
    pub asks_for_duplicates: bool,
}

impl Rulebook {
    /// The shipped rulebook `ontario`.
    ///
    /// # Errors
    /// None for a released version: a test reads it.
    pub fn ontario() -> Result<Self, TableError> {
        Self::parse(ONTARIO)
    }

    /// Reads and compiles a rulebook that is shipped or stored.
    ///
    /// # Errors
    /// Every fault of its text at once.
    pub fn parse(text: &str) -> Result<Self, TableError> {
        let table = Table::read_stored(text.as_bytes()).map_err(TableError::Refused)?;
        Self::compile(table)
    }

    /// Compiles a table.
    ///
    /// # Errors
    /// None that is known: a table can be written.
    pub fn compile(table: Table) -> Result<Self, TableError> {
        // The canonical form: the typed table written again, so that layout does not count.
        let canonical = serde_json::to_string(&table)?;
        let sha256 = sha256_hex(&canonical);
        let reading = Reading::of_table(&table);
        let insurers = &reading.insurers;
        let (rules, checks) = (table.rules.iter(), table.checks.iter());
        let orders = table.billing_orders.iter();
        Ok(Self {
            version: Arc::new(RulebookVersion {
                name: table.name.as_str().into(),
                version: table.version.as_str().into(),
                sha256: sha256.into(),
            }),
            canonical,
            rules: Matcher::new(rules.clone().map(|it| &it.when), insurers),
            checks: Matcher::new(checks.clone().map(|it| &it.when), insurers),
            billing_orders: Matcher::new(orders.map(|it| &it.when), insurers),
            rulings: rules.map(|it| CompiledRule::compile(it, &table)).collect(),
            otherwise: CompiledOutcome::from(&table.otherwise),
            check_findings: checks
                .map(|it| CompiledFinding::compile(it.finding.as_ref(), &table))
                .collect(),
            is_later_edition: Observation::ALL
                .iter()
                .filter(|it| !Observation::ALWAYS.contains(it))
                .any(|it| table.finding(it.word()).is_some()),
            asks_for_duplicates: table
                .finding(Observation::PossibleDuplicate.word())
                .is_some()
                || table
                    .conditions()
                    .any(|(_, when)| when.possible_duplicate.is_some()),
            reading,
            table,
        })
    }

    pub fn table(&self) -> &Table {
        &self.table
    }

    /// Gives the table up, to derive another one from it.
    pub fn into_table(self) -> Table {
        self.table
    }

    /// The table as JSON in its canonical form, of which the version's `sha256` is the digest.
    pub fn canonical(&self) -> &str {
        &self.canonical
    }

    pub fn insurers(&self) -> &Insurers {
        &self.reading.insurers
    }

    pub fn version(&self) -> &RulebookVersion {
        &self.version
    }
}
