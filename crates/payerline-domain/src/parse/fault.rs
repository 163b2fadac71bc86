//! Faults of an input, each with a code, a JSON Pointer and the fix.

use serde::Serialize;
use utoipa::ToSchema;

use super::fault_code::FaultCode;

/// A body with more faults says so in the last one that is listed.
const MAX_LISTED: usize = 2_000;

/// One thing wrong with a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Fault {
    /// A stable word for programs.
    pub code: FaultCode,
    /// Where it is: an RFC 6901 JSON Pointer into the body; `/` and the name for a query parameter.
    #[schema(example = "/items/0/quantity")]
    pub pointer: String,
    /// What is wrong and how to mend it. Never repeats the value that was sent.
    #[schema(example = "must be over 0 and at most 10000, with at most two decimals")]
    pub detail: String,
}

/// Where an input comes from. Rules become stricter over the years, and what is stored kept those of its day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Source {
    /// Somebody sends it now: today's rules hold.
    #[default]
    Incoming,
    /// It was accepted before: rules that came later do not hold.
    Stored,
}

/// All faults of one input. Those of shape and those of rules are kept apart: the first answer 400, the second 422.
#[derive(Debug, Default)]
pub struct Faults {
    source: Source,
    shape: Vec<Fault>,
    rules: Vec<Fault>,
    unlisted: usize,
}

/// Why an input was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// No JSON of the documented shape.
    Shape(Vec<Fault>),
    /// The right shape with content that breaks a rule.
    Rules(Vec<Fault>),
}

impl Faults {
    pub fn new(source: Source) -> Self {
        Self {
            source,
            ..Self::default()
        }
    }

    pub fn source(&self) -> Source {
        self.source
    }

    /// Notes a fault of shape: syntax, an unknown or missing field, a wrong type.
    pub fn shape(&mut self, code: FaultCode, at: &At<'_>, detail: impl Into<String>) {
        if self.has_room() {
            self.shape.push(Fault {
                code,
                pointer: at.pointer(),
                detail: detail.into(),
            });
        }
    }

    /// Notes that the field at a place is missing.
    pub fn missing(&mut self, at: &At<'_>) {
        if let Step::Field(name) = at.step {
            let detail = format!("`{name}` is missing and must be given");
            self.shape(FaultCode::MissingField, at, detail);
        }
    }

    /// Notes content that breaks a rule.
    pub fn rule(&mut self, code: FaultCode, at: &At<'_>, detail: impl Into<String>) {
        if self.has_room() {
            self.rules.push(Fault {
                code,
                pointer: at.pointer(),
                detail: detail.into(),
            });
        }
    }

    fn has_room(&mut self) -> bool {
        let has_room = self.shape.len() + self.rules.len() < MAX_LISTED;
        if !has_room {
            self.unlisted += 1;
        }
        has_room
    }

    pub fn is_empty(&self) -> bool {
        self.shape.is_empty() && self.rules.is_empty()
    }

    /// Gives the value when no fault was noted. Otherwise the refusal has the faults of shape, if there are any:
    /// the rules of a body that was only half understood would mislead.
    pub fn settle<T>(mut self, value: Option<T>) -> Result<T, Refusal> {
        match value {
            Some(value) if self.is_empty() => Ok(value),
            _ => {
                let last = (self.unlisted > 0).then(|| Fault {
                    code: FaultCode::TooManyFaults,
                    pointer: String::new(),
                    detail: format!("{} more faults are not listed", self.unlisted),
                });
                if self.shape.is_empty() {
                    self.rules.extend(last);
                    Err(Refusal::Rules(self.rules))
                } else {
                    self.shape.extend(last);
                    Err(Refusal::Shape(self.shape))
                }
            }
        }
    }
}

/// A place in the input. Its JSON Pointer is made only for a fault.
#[derive(Debug, Clone, Copy)]
pub struct At<'p> {
    parent: Option<&'p At<'p>>,
    step: Step<'p>,
}

#[derive(Debug, Clone, Copy)]
enum Step<'p> {
    Root,
    Field(&'p str),
    Index(usize),
}

/// A pointer repeats no more of a name; longer ones are no fields of ours.
const MAX_NAME_CHARACTERS: usize = 64;

impl At<'static> {
    pub const ROOT: Self = Self {
        parent: None,
        step: Step::Root,
    };
}

impl<'p> At<'p> {
    pub const fn field(&'p self, name: &'p str) -> Self {
        Self {
            parent: Some(self),
            step: Step::Field(name),
        }
    }

    /// Counts from 0.
    pub fn index(&'p self, index: usize) -> Self {
        Self {
            parent: Some(self),
            step: Step::Index(index),
        }
    }

    /// The place as an RFC 6901 JSON Pointer.
    pub fn pointer(&self) -> String {
        let mut pointer = self.parent.map(Self::pointer).unwrap_or_default();
        match self.step {
            Step::Root => {}
            Step::Index(index) => {
                pointer.push('/');
                pointer.push_str(&index.to_string());
            }
            Step::Field(name) => {
                pointer.push('/');
                for character in name.chars().take(MAX_NAME_CHARACTERS) {
                    match character {
                        '~' => pointer.push_str("~0"),
                        '/' => pointer.push_str("~1"),
                        other => pointer.push(other),
                    }
                }
            }
        }
        pointer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_names_the_place_and_escapes_what_rfc_6901_escapes() {
        let items = At::ROOT.field("items");
        let third = items.index(2);
        assert_eq!(third.field("a/b~c").pointer(), "/items/2/a~1b~0c");
        assert_eq!(At::ROOT.pointer(), "");
    }

    #[test]
    fn faults_unlisted_the_limit_are_counted_not_listed() {
        let mut faults = Faults::default();
        for _ in 0..MAX_LISTED + 5 {
            faults.rule(FaultCode::TooLong, &At::ROOT, "x");
        }
        let Err(Refusal::Rules(listed)) = faults.settle(Some(())) else {
            panic!("refused")
        };
        assert_eq!(listed.len(), MAX_LISTED + 1);
        assert_eq!(listed[MAX_LISTED].detail, "5 more faults are not listed");
    }
}
