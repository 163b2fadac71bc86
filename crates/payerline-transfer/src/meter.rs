//! The progress of a transfer on standard error: a bar on a terminal, otherwise a line every few seconds.

use std::{
    io::{self, IsTerminal, Write},
    time::{Duration, Instant},
};

use indicatif::{
    HumanBytes, HumanCount, HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle,
};

use crate::printable::printable;

const LINE_EVERY: Duration = Duration::from_secs(5);

pub struct Meter {
    bar: Option<ProgressBar>,
    /// The length of all files, when it is known.
    total_bytes: Option<u64>,
    /// Includes the skipped bytes.
    bytes: u64,
    /// Done in an earlier run.
    skipped_bytes: u64,
    /// What is counted.
    noun: &'static str,
    claims: u64,
    refused: u64,
    began: Instant,
    last_line: Instant,
}

impl Meter {
    pub fn new(noun: &'static str, total_bytes: Option<u64>) -> Self {
        let now = Instant::now();
        let meter = Self {
            bar: io::stderr().is_terminal().then(|| new_bar(total_bytes)),
            total_bytes,
            bytes: 0,
            skipped_bytes: 0,
            noun,
            claims: 0,
            refused: 0,
            began: now,
            last_line: now,
        };
        if let Some(bar) = &meter.bar {
            bar.set_message(meter.counts());
        }
        meter
    }

    /// Counts bytes that were done in an earlier run.
    pub fn skip(&mut self, bytes: u64) {
        self.bytes += bytes;
        self.skipped_bytes += bytes;
        if let Some(bar) = &self.bar {
            bar.set_position(self.bytes);
            // Otherwise the bar would take them for very fast work.
            bar.reset_eta();
        }
    }

    pub fn advance(&mut self, bytes: u64, claims: u64, refused: u64) {
        self.bytes += bytes;
        self.claims += claims;
        self.refused += refused;
        match &self.bar {
            Some(bar) => {
                bar.set_position(self.bytes);
                bar.set_message(self.counts());
            }
            None if self.last_line.elapsed() >= LINE_EVERY => {
                self.last_line = Instant::now();
                write_line(&self.status_line());
            }
            None => {}
        }
    }

    /// Writes a line above the bar.
    pub fn say(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| write_line(text)),
            None => write_line(text),
        }
    }

    /// Ends the display; returns the claims that were counted and the time since the beginning.
    pub fn finish(&self) -> (u64, Duration) {
        match &self.bar {
            Some(bar) => bar.finish_and_clear(),
            None => write_line(&self.status_line()),
        }
        (self.claims, self.began.elapsed())
    }

    /// Such as `12,345 claims, 8,123/s, 2 refused`.
    fn counts(&self) -> String {
        let milliseconds = self.began.elapsed().as_millis().max(1);
        let rate = u128::from(self.claims) * 1000 / milliseconds;
        let rate = HumanCount(u64::try_from(rate).unwrap_or(u64::MAX));
        let mut text = format!("{} {}, {rate}/s", HumanCount(self.claims), self.noun);
        if self.refused > 0 {
            text.push_str(&format!(", {} refused", HumanCount(self.refused)));
        }
        text
    }

    fn status_line(&self) -> String {
        let done = HumanBytes(self.bytes);
        let Some(total) = self.total_bytes else {
            return format!("{done}, {}", self.counts());
        };
        let mut text = format!("{done} of {}, {}", HumanBytes(total), self.counts());
        if let Some(left) = self.time_left() {
            text.push_str(&format!(", {} left", HumanDuration(left)));
        }
        text
    }

    /// An estimate from the rate so far; `None` before there is one, and at the end.
    fn time_left(&self) -> Option<Duration> {
        let rest = self.total_bytes?.saturating_sub(self.bytes);
        let done = u128::from(self.bytes - self.skipped_bytes);
        let left = self.began.elapsed().as_millis() * u128::from(rest);
        let left = u64::try_from(left.checked_div(done)?).ok()?;
        (rest > 0).then(|| Duration::from_millis(left))
    }
}

fn new_bar(total_bytes: Option<u64>) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(total_bytes, ProgressDrawTarget::stderr());
    let template = match total_bytes {
        Some(_) => "{bar:30} {bytes} of {total_bytes}, {msg}, {eta} left",
        None => "{spinner} {bytes}, {msg}",
    };
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

fn write_line(line: &str) {
    // Progress that nobody can read is no failure of the transfer.
    let _unread = writeln!(io::stderr(), "{}", printable(line));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_gives_progress_and_the_time_left() {
        let mut meter = Meter::new("claims", Some(4096));
        meter.skip(1024);
        assert!(
            meter
                .status_line()
                .starts_with("1.00 KiB of 4.00 KiB, 0 claims, ")
        );
        assert_eq!(meter.time_left(), None, "nothing is known yet");
        meter.began -= Duration::from_secs(2);
        meter.advance(1024, 4_000, 2);
        let line = meter.status_line();
        assert!(
            line.starts_with("2.00 KiB of 4.00 KiB, 4,000 claims, "),
            "{line}"
        );
        assert!(line.contains("/s, 2 refused, 4 seconds left"), "{line}");
    }
}
