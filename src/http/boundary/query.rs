//! Query parameters, read strictly: every unknown or invalid one is refused by name, and every repeated one that is no
//! list; none is clamped.

use actix_web::HttpRequest;

use super::problem::ApiError;
use payerline_domain::{
    parse::{
        fault::{At, Faults, Refusal},
        fault_code::FaultCode,
    },
    values::{
        closed_enum::ClosedEnum,
        digest::sha256,
        text::Label,
        time::{Day, Timestamp},
    },
};

/// The code of a fault, and the text that says how to correct it.
pub type Objection = (FaultCode, String);

pub struct Query {
    path: String,
    pairs: Vec<(String, String)>,
    known: Vec<&'static str>,
    /// Those of the known ones that may be given several times.
    lists: Vec<&'static str>,
    faults: Faults,
}

impl Query {
    pub fn parse(request: &HttpRequest) -> Self {
        let pairs = form_urlencoded::parse(request.query_string().as_bytes());
        Self {
            path: request.path().to_owned(),
            pairs: pairs.into_owned().collect(),
            known: Vec::new(),
            lists: Vec::new(),
            faults: Faults::default(),
        }
    }

    /// Reads a parameter that may be left out.
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

    /// Reads a parameter that may be given several times. Its values are in the order of the enum, each once.
    pub fn take_words<T: ClosedEnum + Ord>(&mut self, name: &'static str) -> Vec<T> {
        self.known.push(name);
        self.lists.push(name);
        let mut values = Vec::new();
        for (_, text) in self.pairs.iter().filter(|(key, _)| key == name) {
            match parse_word(text) {
                Ok(value) => values.push(value),
                Err((code, detail)) => self.faults.rule(code, &At::ROOT.field(name), detail),
            }
        }
        values.sort_unstable();
        values.dedup();
        values
    }

    /// Takes a parameter that must be given.
    pub fn require<T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, Objection>,
    ) -> Option<T> {
        if !self.pairs.iter().any(|(key, _)| key == name) {
            let detail = format!("`{name}` is missing and must be given");
            self.faults
                .rule(FaultCode::MissingParameter, &At::ROOT.field(name), detail);
        }
        self.take(name, parse)
    }

    /// Returns a digest of the list's path and its filters. A cursor holds it and is refused by any other list or
    /// filters.
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

    /// Refuses the query with every fault at once, parameters that were never taken included.
    pub fn finish(self) -> Result<(), ApiError> {
        self.settle(Some(()))
    }

    /// Returns what was read, if the whole query is in order.
    pub fn settle<T>(mut self, read: Option<T>) -> Result<T, ApiError> {
        let mut is_listed = false;
        for (index, (name, value)) in self.pairs.iter().enumerate() {
            let at = At::ROOT.field(name);
            let mut earlier = self.pairs.iter().take(index);
            // Decoding puts U+FFFD in the place of bytes that are no UTF-8.
            if name.contains('\u{fffd}') || value.contains('\u{fffd}') {
                let detail = "must be UTF-8, percent-encoded";
                self.faults.rule(FaultCode::InvalidUtf8, &at, detail);
            }
            if !self.known.contains(&name.as_str()) {
                let detail = if is_listed {
                    "unknown parameter, like the one before".to_owned()
                } else {
                    format!("unknown parameter; known here: {}", self.known.join(", "))
                };
                is_listed = true;
                self.faults.rule(FaultCode::UnknownParameter, &at, detail);
            } else if !self.lists.contains(&name.as_str())
                && earlier.any(|(other, _)| other == name)
            {
                let detail = "this parameter is given more than once; give it once";
                self.faults.rule(FaultCode::RepeatedParameter, &at, detail);
            }
        }
        match self.faults.settle(read) {
            Ok(read) => Ok(read),
            Err(Refusal::Shape(faults) | Refusal::Rules(faults)) => Err(ApiError::Query(faults)),
        }
    }
}

fn parse_word<T: ClosedEnum>(text: &str) -> Result<T, Objection> {
    T::from_word(text).ok_or_else(|| {
        (
            FaultCode::UnknownValue,
            format!("must be one of: {}", T::list()),
        )
    })
}

pub fn parse_flag(text: &str) -> Result<bool, Objection> {
    let detail = "must be `true` or `false`";
    text.parse()
        .map_err(|_| (FaultCode::UnknownValue, detail.to_owned()))
}

/// Reads a text that is looked up. What an earlier build stored is found too, so the rules are those of stored texts.
pub fn parse_label(text: &str) -> Result<Label, Objection> {
    Label::read_stored(text)
}

pub fn parse_day(text: &str) -> Result<Day, Objection> {
    Day::parse(text).ok_or_else(|| {
        let detail = "must be a day of the calendar, written YYYY-MM-DD";
        (FaultCode::InvalidDate, detail.to_owned())
    })
}

/// Reads the start of a period: an RFC 3339 time, or a day, which begins at midnight in Ontario.
pub fn parse_period_start(text: &str) -> Result<Timestamp, Objection> {
    Day::parse(text)
        .and_then(Day::begins)
        .or_else(|| Timestamp::parse(text))
        .ok_or_else(invalid_time)
}

/// Reads the inclusive end of a period of receipt: an RFC 3339 time, or a day, which ends at midnight in Ontario.
/// Returns the first timestamp after it.
pub fn parse_period_end(text: &str) -> Result<Timestamp, Objection> {
    let after_day = || Day::parse(text)?.next()?.begins();
    let after_time = || Timestamp::from_microseconds(Timestamp::parse(text)?.microseconds() + 1);
    after_day().or_else(after_time).ok_or_else(invalid_time)
}

fn invalid_time() -> Objection {
    let detail = "must be a day (YYYY-MM-DD) or an RFC 3339 time such as 2026-06-01T10:00:00-04:00";
    (FaultCode::InvalidTime, detail.to_owned())
}
