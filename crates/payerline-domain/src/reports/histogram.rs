//! How often each whole number occurs, and what follows from it.

use std::collections::BTreeMap;

/// Whole numbers, such as days, each with how often it occurs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Histogram(BTreeMap<u32, u64>);

impl Histogram {
    /// Adds a number that occurs so often.
    pub fn add(&mut self, number: u32, times: u64) {
        *self.0.entry(number).or_default() += times;
    }

    /// How many numbers there are.
    pub fn count(&self) -> u64 {
        self.0.values().sum()
    }

    /// The percentile by nearest rank: the least number that at least so many percent of all do not exceed. `None` if there
    /// are none.
    pub fn percentile(&self, percent: u64) -> Option<u32> {
        let rank = (self.count() * percent).div_ceil(100).max(1);
        let mut passed = 0;
        let reaches = |times: &u64| {
            passed += times;
            passed >= rank
        };
        let mut times = self.0.values().map(reaches);
        let place = times.position(|it| it)?;
        self.0.keys().nth(place).copied()
    }

    /// The number in the middle; of an even count the lower of the two.
    pub fn median(&self) -> Option<u32> {
        self.percentile(50)
    }

    /// The mean, rounded half up to one decimal.
    pub fn mean(&self) -> Option<f64> {
        let count = self.count();
        let add = |sum: u64, (number, times): (&u32, &u64)| sum + u64::from(*number) * times;
        let sum = self.0.iter().fold(0, add);
        let tenths = (sum * 10 + count / 2).checked_div(count)?;
        Some(f64::from(u32::try_from(tenths).ok()?) / 10.0)
    }
}

impl FromIterator<u32> for Histogram {
    fn from_iter<I: IntoIterator<Item = u32>>(numbers: I) -> Self {
        let mut all = Self::default();
        numbers.into_iter().for_each(|number| all.add(number, 1));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_found_by_nearest_rank() {
        let ten: Histogram = (1..=10).collect();
        assert_eq!(ten.median(), Some(5));
        assert_eq!(ten.percentile(90), Some(9));
        assert_eq!(ten.percentile(91), Some(10));
        assert_eq!(ten.percentile(0), Some(1));
        assert_eq!(ten.percentile(100), Some(10));
        let odd: Histogram = [7, 1, 3].into_iter().collect();
        assert_eq!(odd.median(), Some(3));
        assert_eq!(odd.percentile(90), Some(7));
        let one: Histogram = [4].into_iter().collect();
        assert_eq!((one.median(), one.percentile(90)), (Some(4), Some(4)));
    }

    #[test]
    fn a_number_counts_as_often_as_it_occurs() {
        let mut days = Histogram::default();
        days.add(2, 9);
        days.add(40, 1);
        assert_eq!(days.count(), 10);
        assert_eq!(days.percentile(90), Some(2));
        assert_eq!(days.percentile(91), Some(40));
        assert_eq!(days.mean(), Some(5.8));
    }

    #[test]
    fn of_nothing_there_is_no_middle() {
        let nothing = Histogram::default();
        assert_eq!(nothing.count(), 0);
        assert_eq!(nothing.median(), None);
        assert_eq!(nothing.percentile(90), None);
        assert_eq!(nothing.mean(), None);
    }

    #[test]
    fn a_mean_has_one_decimal() {
        let numbers: Histogram = [1, 1, 2].into_iter().collect();
        assert_eq!(numbers.mean(), Some(1.3));
        let half: Histogram = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]
            .into_iter()
            .collect();
        assert_eq!(half.mean(), Some(0.1));
    }
}
