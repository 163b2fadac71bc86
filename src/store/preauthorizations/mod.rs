//! The table of preauthorizations.

mod create;
mod read;
pub mod replace;
mod row;

pub use self::read::PreauthorizationFilter;
