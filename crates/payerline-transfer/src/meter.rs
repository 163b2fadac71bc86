//! How far a transfer is, on standard error: a bar where somebody watches, else a line now and then.

use std::{
    io::{self, IsTerminal, Write},
    time::{Duration, Instant},
};

use indicatif::{
    HumanBytes, HumanCount, HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle,
};

/// How often a line is written where no bar can be.
const EVERY: Duration = Duration::from_secs(5);

/// Counts and shows.
pub struct Meter {
    bar: Option<ProgressBar>,
    /// The bytes of all files, where they are known.
    total: Option<u64>,
    /// Bytes done, and how many of them before this run.
    bytes: u64,
    skipped: u64,
    claims: u64,
    refused: u64,
    began: Instant,
    written: Instant,
}

impl Meter {
    /// Begins to show a transfer of so many bytes.
    pub fn new(total: Option<u64>) -> Self {
        let now = Instant::now();
        let meter = Self {
            bar: io::stderr().is_terminal().then(|| bar(total)),
            total,
            bytes: 0,
            skipped: 0,
            claims: 0,
            refused: 0,
            began: now,
            written: now,
        };
        if let Some(bar) = &meter.bar {
            bar.set_message(meter.counts());
        }
        meter
    }

    /// So many bytes are left out: they were done in an earlier run.
    pub fn skip(&mut self, bytes: u64) {
        self.bytes += bytes;
        self.skipped += bytes;
        if let Some(bar) = &self.bar {
            bar.set_position(self.bytes);
            // Else the bar would take them for very fast work.
            bar.reset_eta();
        }
    }

    /// So much was done.
    pub fn advance(&mut self, bytes: u64, claims: u64, refused: u64) {
        self.bytes += bytes;
        self.claims += claims;
        self.refused += refused;
        match &self.bar {
            Some(bar) => {
                bar.set_position(self.bytes);
                bar.set_message(self.counts());
            }
            None if self.written.elapsed() >= EVERY => {
                self.written = Instant::now();
                write(&self.line());
            }
            None => {}
        }
    }

    /// Says something in between.
    pub fn say(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| write(text)),
            None => write(text),
        }
    }

    /// Claims that were counted, and how long it took.
    pub fn finish(&self) -> (u64, Duration) {
        match &self.bar {
            Some(bar) => bar.finish_and_clear(),
            None => write(&self.line()),
        }
        (self.claims, self.began.elapsed())
    }

    /// `12,345 claims, 8,123/s, 2 refused`
    fn counts(&self) -> String {
        let milliseconds = self.began.elapsed().as_millis().max(1);
        let rate = u128::from(self.claims) * 1000 / milliseconds;
        let rate = HumanCount(u64::try_from(rate).unwrap_or(u64::MAX));
        let mut text = format!("{} claims, {rate}/s", HumanCount(self.claims));
        if self.refused > 0 {
            text.push_str(&format!(", {} refused", HumanCount(self.refused)));
        }
        text
    }

    fn line(&self) -> String {
        let done = HumanBytes(self.bytes);
        let Some(total) = self.total else {
            return format!("{done}, {}", self.counts());
        };
        let mut text = format!("{done} of {}, {}", HumanBytes(total), self.counts());
        if let Some(left) = self.left() {
            text.push_str(&format!(", {} left", HumanDuration(left)));
        }
        text
    }

    /// The time that the rest takes, when it goes on as it went.
    fn left(&self) -> Option<Duration> {
        let rest = self.total?.saturating_sub(self.bytes);
        let done = u128::from(self.bytes - self.skipped);
        let left = self.began.elapsed().as_millis() * u128::from(rest);
        let left = u64::try_from(left.checked_div(done)?).ok()?;
        (rest > 0).then(|| Duration::from_millis(left))
    }
}

fn bar(total: Option<u64>) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr());
    let template = match total {
        Some(_) => "{bar:30} {bytes} of {total_bytes}, {msg}, {eta} left",
        None => "{spinner} {bytes}, {msg}",
    };
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// A line on standard error; when nobody can read it, nothing is lost.
fn write(line: &str) {
    let _nobody_reads = writeln!(io::stderr(), "{line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_says_how_far_it_is() {
        let mut meter = Meter::new(Some(4096));
        meter.skip(1024);
        assert!(meter.line().starts_with("1.00 KiB of 4.00 KiB, 0 claims, "));
        assert_eq!(meter.left(), None, "nothing is known yet");
        meter.began -= Duration::from_secs(2);
        meter.advance(1024, 4_000, 2);
        let line = meter.line();
        assert!(
            line.starts_with("2.00 KiB of 4.00 KiB, 4,000 claims, "),
            "{line}"
        );
        assert!(line.contains("/s, 2 refused, 4 seconds left"), "{line}");
    }
}
