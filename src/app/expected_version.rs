//! The version of a record that a change is based on, from `If-Match`.

/// The versions of a record that allow a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExpectedVersion {
    /// Every version (`*`): the change may overwrite the changes of others.
    Any,
    OneOf(Vec<i64>),
}

impl ExpectedVersion {
    pub fn accepts(&self, current: i64) -> bool {
        match self {
            Self::Any => true,
            Self::OneOf(versions) => versions.contains(&current),
        }
    }

    /// Returns the version if there is exactly one. Otherwise the change must read the current version first.
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
