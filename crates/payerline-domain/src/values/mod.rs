//! Values that every record is made of: money, time, business days, text, ids, health numbers.

pub mod business_days;
pub mod closed_enum;
pub mod digest;
pub mod folding;
pub mod health_number;
pub mod ids;
pub mod money;
pub mod names;
pub mod open_list;
pub mod place;
pub mod prefix;
pub mod quantity;
pub mod text;
pub mod time;
