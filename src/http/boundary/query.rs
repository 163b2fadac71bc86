//! Query parameters, read strictly: unknown, repeated or invalid ones are all named, never clamped.

use actix_web::HttpRequest;

use super::problem::ApiError;
use payerline_domain::{
    parse::fault::{At, Faults, Refusal},
    values::{
        closed_enum::ClosedEnum,
        digest::sha256,
        text::Label,
        time::{Day, Timestamp},
    },
};

/// Why a parameter is invalid: a code and the fix.
pub type Objection = (&'static str, String);

/// The parameters of one request.
pub struct Query {
    path: String,
    pairs: Vec<(String, String)>,
    known: Vec<&'static str>,
    faults: Faults,
}

impl Query {
    /// The parameters of a request.
    pub fn of(request: &HttpRequest) -> Self {
        let pairs = form_urlencoded::parse(request.query_string().as_bytes());
        Self {
            path: request.path().to_owned(),
            pairs: pairs.into_owned().collect(),
            known: Vec::new(),
            faults: Faults::default(),
        }
    }

    /// A parameter that may be left out.
    pub fn take<T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, Objection>,
    ) -> Option<T> {
        self.known.push(name);
        let (_, value) = self.pairs.iter().find(|(key, _)| key == name)?;
        match parse(value) {
            Ok(value) => Some(value),
            Err((code, detail)) => {
                self.faults.rule(code, &At::ROOT.field(name), detail);
                None
            }
        }
    }

    /// A digest over the list's path and all parameters but those that paging changes, so that a
    /// cursor can tell whether the list and the filters are the ones it was made with.
    pub fn fingerprint(&self) -> [u8; 8] {
        let paging = ["cursor", "limit"];
        let mut filters: Vec<_> = self
            .pairs
            .iter()
            .filter(|(name, _)| !paging.contains(&name.as_str()))
            .collect();
        filters.sort();
        let digest = sha256(format!("{} {filters:?}", self.path));
        digest.first_chunk().copied().unwrap_or_default()
    }

    /// Reports what was not asked for.
    ///
    /// # Errors
    /// Every fault of the query at once.
    pub fn finish(mut self) -> Result<(), ApiError> {
        for (index, (name, value)) in self.pairs.iter().enumerate() {
            let at = At::ROOT.field(name);
            // What decoding puts in place of bytes that are no UTF-8.
            if name.contains('\u{fffd}') || value.contains('\u{fffd}') {
                let detail = "must be UTF-8, percent-encoded";
                self.faults.rule("invalid_utf8", &at, detail);
            }
            if !self.known.contains(&name.as_str()) {
                let detail = format!("unknown parameter; known here: {}", self.known.join(", "));
                self.faults.rule("unknown_parameter", &at, detail);
            } else if self
                .pairs
                .iter()
                .take(index)
                .any(|(other, _)| other == name)
            {
                let detail = "this parameter is given more than once; give it once";
                self.faults.rule("repeated_parameter", &at, detail);
            }
        }
        match self.faults.settle(Some(())) {
            Ok(()) => Ok(()),
            Err(Refusal::Shape(faults) | Refusal::Rules(faults)) => Err(ApiError::Query(faults)),
        }
    }
}

/// Reads one of a fixed set of words.
///
/// # Errors
/// When it is none of them.
pub fn word<T: ClosedEnum>(text: &str) -> Result<T, Objection> {
    T::from_word(text).ok_or_else(|| ("unknown_value", format!("must be one of: {}", T::list())))
}

/// Reads an id or number.
///
/// # Errors
/// When it is no label.
pub fn label(text: &str) -> Result<Label, Objection> {
    Label::parse(text)
}

/// Reads a day.
///
/// # Errors
/// When it is no day of the calendar.
pub fn day(text: &str) -> Result<Day, Objection> {
    Day::parse(text).ok_or_else(|| {
        let detail = "must be a day of the calendar, written YYYY-MM-DD";
        ("invalid_date", detail.to_owned())
    })
}

/// Reads the beginning of a period of receipt: an RFC 3339 time, or a day, which begins at
/// midnight in Ontario.
///
/// # Errors
/// When it is neither.
pub fn from_instant(text: &str) -> Result<Timestamp, Objection> {
    Day::parse(text)
        .and_then(Day::begins)
        .or_else(|| Timestamp::parse(text))
        .ok_or_else(no_instant)
}

/// Reads the end of a period of receipt, itself included: an RFC 3339 time, or a day, which ends
/// at midnight in Ontario. Returns the first instant after it.
///
/// # Errors
/// When it is neither.
pub fn to_instant(text: &str) -> Result<Timestamp, Objection> {
    let after_day = || Day::parse(text)?.next()?.begins();
    let after_instant = || Timestamp::from_microseconds(Timestamp::parse(text)?.microseconds() + 1);
    after_day().or_else(after_instant).ok_or_else(no_instant)
}

fn no_instant() -> Objection {
    let detail = "must be a day (YYYY-MM-DD) or an RFC 3339 time such as 2026-06-01T10:00:00-04:00";
    ("invalid_time", detail.to_owned())
}
