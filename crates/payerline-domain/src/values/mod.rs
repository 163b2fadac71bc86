//! Values that every record is made of: money, time, text, ids, health numbers.

pub mod closed_enum;
pub mod digest;
pub mod health_number;
pub mod ids;
pub mod money;
pub mod names;
pub mod place;
pub mod text;
pub mod time;
