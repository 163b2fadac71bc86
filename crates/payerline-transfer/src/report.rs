//! What came of an import, in numbers and in words.

use std::{fmt, path::PathBuf, time::Duration};

use serde::{Deserialize, Serialize};

/// What became of claims.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Stored now.
    pub stored: u64,
    /// Stored before, with the same content.
    pub already_there: u64,
    /// Refused.
    pub refused: u64,
}

impl Counts {
    /// All of them.
    pub fn all(&self) -> u64 {
        self.stored + self.already_there + self.refused
    }
}

/// What came of one file.
#[derive(Debug, Default)]
pub struct FileReport {
    /// The file.
    pub name: String,
    /// What became of its claims, those of an earlier, interrupted import of it included.
    pub counts: Counts,
    /// Where its refused lines are.
    pub refused: Option<PathBuf>,
    /// Where it is kept how far it came, when it did not come to its end.
    pub progress: Option<PathBuf>,
}

/// What came of an import. Its text says so in a line a number.
#[derive(Debug, Default)]
pub struct Report {
    /// Every file that was begun.
    pub files: Vec<FileReport>,
    /// Claims that had an answer in this run.
    pub answered: u64,
    /// How long it took.
    pub took: Duration,
}

impl Report {
    /// Whether a line was refused.
    pub fn has_refused(&self) -> bool {
        self.files.iter().any(|file| file.counts.refused > 0)
    }

    /// Claims a second, in whole numbers.
    fn rate(&self) -> u128 {
        u128::from(self.answered) * 1000 / self.took.as_millis().max(1)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sum = |count: fn(&Counts) -> u64| -> u64 {
            self.files.iter().map(|file| count(&file.counts)).sum()
        };
        writeln!(out, "stored         {}", sum(|counts| counts.stored))?;
        writeln!(out, "already there  {}", sum(|counts| counts.already_there))?;
        writeln!(out, "refused        {}", sum(|counts| counts.refused))?;
        for file in &self.files {
            if let Some(path) = &file.refused {
                let refused = file.counts.refused;
                writeln!(out, "               {refused} in {}", path.display())?;
            }
        }
        let (seconds, rate) = (self.took.as_secs_f64(), self.rate());
        write!(out, "time           {seconds:.1} s, {rate} claims/s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_adds_up_the_files() {
        let counts = Counts {
            stored: 2,
            already_there: 1,
            refused: 3,
        };
        let file = |refused| FileReport {
            counts,
            refused,
            ..FileReport::default()
        };
        let report = Report {
            files: vec![file(None), file(Some("a.refused.ndjson".into()))],
            answered: 12,
            took: Duration::from_millis(1500),
        };
        let text = "stored         4\nalready there  2\nrefused        6\n\
            \u{20}              3 in a.refused.ndjson\ntime           1.5 s, 8 claims/s";
        assert_eq!(report.to_string(), text);
        assert_eq!(counts.all(), 6);
    }
}
