//! The version of a record that a change is based on, as `If-Match` says it.

/// What a record's version must be for a change to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExpectedVersion {
    /// Whichever it has (`*`): the caller does not mind what others changed.
    Any,
    /// One of these.
    OneOf(Vec<i64>),
}

impl ExpectedVersion {
    pub fn accepts(&self, current: i64) -> bool {
        match self {
            Self::Any => true,
            Self::OneOf(versions) => versions.contains(&current),
        }
    }

    /// The only version that is accepted. Without one the current version has to be read first.
    pub fn single(&self) -> Option<i64> {
        match self {
            Self::OneOf(versions) => match versions.as_slice() {
                [version] => Some(*version),
                _ => None,
            },
            Self::Any => None,
        }
    }
}
