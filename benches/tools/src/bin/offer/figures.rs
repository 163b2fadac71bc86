//! The counts and times of a load's answers.

use std::{collections::BTreeMap, time::Instant};

use serde_json::{Value, json};

use crate::answer::HttpAnswer;

#[derive(Debug, Clone, Copy)]
pub struct Arrival {
    /// The time at which the claim should be sent.
    pub due: Instant,
    pub sent: Instant,
}

#[derive(Debug)]
pub struct Figures {
    arrivals: u64,
    pub sent: u64,
    /// Lost with their connection.
    pub broken: u64,
    /// By status.
    answers: BTreeMap<u16, StatusFigures>,
    /// Microseconds from due to sent.
    late: Vec<u64>,
}

#[derive(Debug, Default)]
struct StatusFigures {
    /// Microseconds from due to answered.
    times: Vec<u64>,
    /// Microseconds from sent to answered.
    since_sent: Vec<u64>,
    without_retry_after: u64,
}

impl Figures {
    pub fn new(arrivals: u64) -> Self {
        Self {
            arrivals,
            sent: 0,
            broken: 0,
            answers: BTreeMap::new(),
            late: Vec::new(),
        }
    }

    pub fn record(&mut self, arrival: &Arrival, answer: &HttpAnswer, now: Instant) {
        let answers = self.answers.entry(answer.status).or_default();
        answers.times.push(microseconds(arrival.due, now));
        answers.since_sent.push(microseconds(arrival.sent, now));
        answers.without_retry_after += u64::from(!answer.has_retry_after);
        self.late.push(microseconds(arrival.due, arrival.sent));
    }

    pub fn into_json(mut self) -> Value {
        let answered: usize = self
            .answers
            .values()
            .map(|answers| answers.times.len())
            .sum();
        let answered = u64::try_from(answered).unwrap_or(u64::MAX);
        let answers: serde_json::Map<String, Value> = self
            .answers
            .into_iter()
            .map(|(status, answers)| (status.to_string(), answers.into_json()))
            .collect();
        json!({
            "arrivals": self.arrivals,
            "unsent": self.arrivals - self.sent,
            "broken": self.broken,
            "unanswered": self.sent.saturating_sub(answered + self.broken),
            "late_p99": percentile(&mut self.late, 99),
            "answers": answers,
        })
    }
}

impl StatusFigures {
    fn into_json(mut self) -> Value {
        json!({
            "count": self.times.len(),
            "without_retry_after": self.without_retry_after,
            "p50": percentile(&mut self.times, 50),
            "p99": percentile(&mut self.times, 99),
            "p99_since_sent": percentile(&mut self.since_sent, 99),
        })
    }
}

fn microseconds(from: Instant, to: Instant) -> u64 {
    u64::try_from(to.saturating_duration_since(from).as_micros()).unwrap_or(u64::MAX)
}

/// The time that `of_hundred` in a hundred do not exceed; 0 without times.
fn percentile(times: &mut [u64], of_hundred: usize) -> u64 {
    times.sort_unstable();
    let last = times.len().saturating_sub(1);
    let index = (times.len() * of_hundred / 100).min(last);
    times.get(index).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_times_that_were_measured() {
        let mut times: Vec<u64> = (1..=1000).rev().collect();
        assert_eq!(percentile(&mut times, 50), 501);
        assert_eq!(percentile(&mut times, 99), 991);
        assert_eq!(percentile(&mut [7], 99), 7);
        assert_eq!(percentile(&mut [], 99), 0);
    }
}
