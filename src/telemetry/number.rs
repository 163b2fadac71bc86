//! Whole numbers as the values of metrics.

/// Converts without a lossy cast: what does not fit 53 bits is rounded, which no reader of a metric notices.
pub fn to_f64(number: u64) -> f64 {
    let high = u32::try_from(number >> 32).unwrap_or(u32::MAX);
    let low = u32::try_from(number & u64::from(u32::MAX)).unwrap_or(u32::MAX);
    f64::from(high) * 4_294_967_296.0 + f64::from(low)
}
