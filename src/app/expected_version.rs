//! The version of a record that a change is based on, from `If-Match`.

use super::error::AppError;

/// The versions of a record that allow a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExpectedVersion {
    /// Every version (`*`): the change may overwrite the changes of others.
    Any,
    OneOf(Vec<i64>),
}

impl ExpectedVersion {
    /// Returns the one version that a change is based on. `current` reads the record's version; it is needed unless
    /// exactly one is expected.
    pub async fn resolve(
        &self,
        current: impl Future<Output = Result<i64, AppError>>,
    ) -> Result<i64, AppError> {
        if let Self::OneOf(versions) = self
            && let [version] = versions.as_slice()
        {
            return Ok(*version);
        }
        let current = current.await?;
        if self.accepts(current) {
            Ok(current)
        } else {
            Err(AppError::Stale)
        }
    }

    /// The versions that a change based on one of the expected versions makes.
    pub fn next_versions(&self) -> Vec<i64> {
        match self {
            Self::Any => Vec::new(),
            Self::OneOf(versions) => versions.iter().map(|it| it.saturating_add(1)).collect(),
        }
    }

    pub fn accepts(&self, current: i64) -> bool {
        match self {
            Self::Any => true,
            Self::OneOf(versions) => versions.contains(&current),
        }
    }
}
