//! The body of a draft: a whole table, or a copy of a version with changed rules.

use serde::Serialize;
use utoipa::ToSchema;

use super::in_force::new_rulebook;
use crate::{app::error::AppError, store::NewRulebook};
use payerline_domain::{
    parse::{
        decode::Decode,
        fault::{At, Faults},
        fault_code::FaultCode,
        json::Node,
        record::record,
    },
    values::{
        names::VersionName,
        text::{Label, Prose},
    },
};
use payerline_rulebook::{
    Rulebook, Table,
    golden::{GoldenCase, MAX_CASES},
    table::edit::{self, MAX_CHANGES, RuleChange},
};

/// A draft: a whole table, or a copy of a version with changed rules.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum Draft {
    /// A copy of a version with changed rules.
    Copy(Box<CopyDraft>),
    /// A whole table.
    Whole(Box<WholeDraft>),
}

record! {
    /// A copy of a version, shipped or the clinic's own, with single rules added, replaced, moved or removed.
    #[derive(Debug)]
    pub struct CopyDraft {
        /// The version that is copied: `based_on` itself stays as it is.
        #[schema(value_type = String, example = "2026.2")]
        pub based_on: VersionName,
        /// What the new version is called. Names like `2026.2`, a year and a number, are Payerline's own.
        #[schema(value_type = String, example = "2026.2-maple")]
        pub version: VersionName,
        /// What it is for. Left out: the note of the version that is copied.
        #[schema(value_type = Option<String>, max_length = 2000, example = "Ontario's rules, and Maple Life covers platelet-rich plasma.")]
        pub note: Option<String> as Prose,
        /// The name of the rulebook. Left out: that of the version that is copied.
        #[schema(value_type = Option<String>, example = "ontario")]
        pub name: Option<Label>,
        /// What is changed, in this order. Left out: nothing.
        #[schema(max_items = 200)]
        pub changes: Vec<RuleChange> [0..=MAX_CHANGES] = Vec::new(),
        /// Claims of made-up patients that the version must decide as they say. Left out: those of the version that is copied.
        #[schema(max_items = 200)]
        pub golden_cases: Option<Vec<GoldenCase>> [0..=MAX_CASES],
    }
    // It is null, else this would not be read as a copy; null counts as left out.
    ignore table;
}

record! {
    /// A whole table, as `GET /v1/rulebooks/{version}` answers one under `table`.
    #[derive(Debug)]
    pub struct WholeDraft {
        /// The table. Its `version` is what the version is called.
        pub table: Table,
        /// Claims of made-up patients that the version must decide as they say. Left out: none.
        #[schema(max_items = 200)]
        pub golden_cases: Vec<GoldenCase> [0..=MAX_CASES] = Vec::new(),
    }
}

impl Draft {
    /// Returns the version that the draft writes.
    pub fn version(&self) -> &VersionName {
        match self {
            Self::Copy(copy) => &copy.version,
            Self::Whole(whole) => whole.table.version(),
        }
    }

    /// Returns the JSON Pointer to the version that the draft writes.
    pub fn version_pointer(&self) -> &'static str {
        match self {
            Self::Copy(_) => "/version",
            Self::Whole(_) => "/table/version",
        }
    }

    /// Returns the version that the draft copies, if any.
    pub fn based_on(&self) -> Option<&VersionName> {
        match self {
            Self::Copy(copy) => Some(&copy.based_on),
            Self::Whole(_) => None,
        }
    }

    /// Refuses a name that a version in a later release may have.
    fn check_version(&self, at: &At<'_>, faults: &mut Faults) {
        if is_reserved(self.version().as_str()) {
            let table = at.field("table");
            let at = match self {
                Self::Copy(_) => at.field("version"),
                Self::Whole(_) => table.field("version"),
            };
            let detail = "a year and a number, such as 2026.2, name the versions that Payerline ships; add a word of your own, such as 2026.2-maple";
            faults.rule(FaultCode::ReservedVersion, &at, detail);
        }
    }
}

/// Returns true for a name of the form that shipped versions have: a year, a dot and a number.
fn is_reserved(version: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    version
        .split_once('.')
        .is_some_and(|(year, number)| year.len() == 4 && digits(year) && digits(number))
}

impl Decode for Draft {
    fn decode(node: &Node<'_>, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        let has = |name| !matches!(node.get(name), None | Some(Node::Null));
        if matches!(node, Node::Object(_)) && !has("table") && node.get("based_on").is_none() {
            let detail =
                "give a whole `table`, or `based_on` with the version that is copied and `changes`";
            faults.shape(FaultCode::OneOf, at, detail);
            return None;
        }
        let draft = if has("table") {
            WholeDraft::decode(node, at, faults).map(|it| Self::Whole(Box::new(it)))
        } else {
            CopyDraft::decode(node, at, faults).map(|it| Self::Copy(Box::new(it)))
        };
        draft.inspect(|draft| draft.check_version(at, faults))
    }
}

/// The version that a draft copies.
pub struct BaseVersion {
    pub table: Table,
    /// The stored JSON.
    pub golden_cases: String,
}

impl Draft {
    /// Compiles the draft into the version to store. `base` is the version that it copies, if any.
    pub fn finish(self, base: Option<BaseVersion>) -> Result<NewRulebook, AppError> {
        let based_on = self.based_on().cloned();
        let (table, golden_cases) = match self {
            Self::Whole(whole) => (whole.table, serde_json::to_string(&whole.golden_cases)?),
            Self::Copy(copy) => copy.finish(base)?,
        };
        let rulebook = Rulebook::compile(table).map_err(AppError::internal)?;
        Ok(new_rulebook(&rulebook, golden_cases, based_on))
    }
}

impl CopyDraft {
    fn finish(self, base: Option<BaseVersion>) -> Result<(Table, String), AppError> {
        let mut faults = Faults::default();
        let at = At::ROOT;
        let Some(base) = base else {
            let detail = "there is no such version; `GET /v1/rulebooks` lists them";
            faults.rule(FaultCode::UnknownVersion, &at.field("based_on"), detail);
            return faults.settle(None).map_err(AppError::Refused);
        };
        let golden_cases = match &self.golden_cases {
            Some(cases) => serde_json::to_string(cases)?,
            None => base.golden_cases,
        };
        let table = base.table.called(self.version, self.name, self.note);
        let table = edit::apply(table, &self.changes, &at.field("changes"), &mut faults);
        Ok((faults.settle(table)?, golden_cases))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_and_a_number_are_payerlines_own() {
        for version in ["2026.2", "1999.0", "2027.10"] {
            assert!(is_reserved(version), "{version}");
        }
        for version in [
            "2026.2-maple",
            "2026",
            "2026.",
            "26.1",
            "v2026.2",
            "2026.2.1",
        ] {
            assert!(!is_reserved(version), "{version}");
        }
    }
}
