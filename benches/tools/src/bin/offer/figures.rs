//! What a load was answered, and how fast.

use std::{collections::BTreeMap, time::Instant};

use serde_json::{Value, json};

use crate::answer::Answer;

/// A claim that arrives.
#[derive(Debug, Clone, Copy)]
pub struct Arrival {
    /// When it should be sent.
    pub due: Instant,
    /// When it was.
    pub sent: Instant,
}

/// What became of all arrivals.
#[derive(Debug)]
pub struct Figures {
    arrivals: u64,
    /// How many were sent.
    pub sent: u64,
    /// How many were lost with their connection.
    pub broken: u64,
    answers: BTreeMap<u16, Answers>,
    /// Microseconds from due to sent.
    late: Vec<u64>,
}

/// The answers of one status.
#[derive(Debug, Default)]
struct Answers {
    /// Microseconds from due to answered.
    times: Vec<u64>,
    /// Microseconds from sent to answered.
    since_sent: Vec<u64>,
    without_retry_after: u64,
}

impl Figures {
    /// Figures of so many arrivals.
    pub fn new(arrivals: u64) -> Self {
        Self {
            arrivals,
            sent: 0,
            broken: 0,
            answers: BTreeMap::new(),
            late: Vec::new(),
        }
    }

    /// Takes an answer down.
    pub fn record(&mut self, arrival: &Arrival, answer: &Answer, now: Instant) {
        let answers = self.answers.entry(answer.status).or_default();
        answers.times.push(microseconds(arrival.due, now));
        answers.since_sent.push(microseconds(arrival.sent, now));
        answers.without_retry_after += u64::from(!answer.retry_after);
        self.late.push(microseconds(arrival.due, arrival.sent));
    }

    /// All of it.
    pub fn json(mut self) -> Value {
        let answered: usize = self
            .answers
            .values()
            .map(|answers| answers.times.len())
            .sum();
        let answered = u64::try_from(answered).unwrap_or(u64::MAX);
        let answers: serde_json::Map<String, Value> = self
            .answers
            .into_iter()
            .map(|(status, answers)| (status.to_string(), answers.json()))
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

impl Answers {
    fn json(mut self) -> Value {
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

/// The time that so many of a hundred do not exceed; 0 of none.
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
