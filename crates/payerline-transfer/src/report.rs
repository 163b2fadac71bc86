//! The result of an import, in numbers and as text.

use std::{fmt, path::PathBuf, time::Duration};

use serde::{Deserialize, Serialize};

use crate::content::Content;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportCounts {
    pub stored: u64,
    /// Stored before, with the same content.
    pub already_there: u64,
    pub refused: u64,
}

impl ImportCounts {
    pub fn total(&self) -> u64 {
        self.stored + self.already_there + self.refused
    }
}

#[derive(Debug, Default)]
pub struct FileReport {
    /// Includes the claims of an earlier, interrupted import of the same file.
    pub counts: ImportCounts,
    pub refused_file: Option<PathBuf>,
    /// There only when the import did not reach the end of the file.
    pub progress_file: Option<PathBuf>,
}

#[derive(Debug, Default)]
pub struct ImportReport {
    content: Content,
    /// Every file that was begun.
    pub files: Vec<FileReport>,
    /// Claims answered in this run, of all files.
    pub answered: u64,
    pub elapsed: Duration,
}

impl ImportReport {
    /// An import that has not begun.
    pub fn of(content: Content) -> Self {
        Self {
            content,
            ..Self::default()
        }
    }

    pub fn has_refused(&self) -> bool {
        self.files.iter().any(|file| file.counts.refused > 0)
    }

    fn claims_per_second(&self) -> u128 {
        u128::from(self.answered) * 1000 / self.elapsed.as_millis().max(1)
    }
}

impl fmt::Display for ImportReport {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sum = |count: fn(&ImportCounts) -> u64| -> u64 {
            self.files.iter().map(|file| count(&file.counts)).sum()
        };
        writeln!(out, "stored         {}", sum(|counts| counts.stored))?;
        writeln!(out, "already there  {}", sum(|counts| counts.already_there))?;
        writeln!(out, "refused        {}", sum(|counts| counts.refused))?;
        for file in &self.files {
            if let Some(path) = &file.refused_file {
                let refused = file.counts.refused;
                writeln!(out, "               {refused} in {}", path.display())?;
            }
        }
        let (seconds, rate) = (self.elapsed.as_secs_f64(), self.claims_per_second());
        let noun = self.content.noun();
        write!(out, "time           {seconds:.1} s, {rate} {noun}/s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_adds_up_the_files() {
        let counts = ImportCounts {
            stored: 2,
            already_there: 1,
            refused: 3,
        };
        let file = |refused_file| FileReport {
            counts,
            refused_file,
            ..FileReport::default()
        };
        let report = ImportReport {
            content: Content::Claims,
            files: vec![file(None), file(Some("a.refused.ndjson".into()))],
            answered: 12,
            elapsed: Duration::from_millis(1500),
        };
        let text = "stored         4\nalready there  2\nrefused        6\n\
            \u{20}              3 in a.refused.ndjson\ntime           1.5 s, 8 claims/s";
        assert_eq!(report.to_string(), text);
        assert_eq!(counts.total(), 6);
    }
}
