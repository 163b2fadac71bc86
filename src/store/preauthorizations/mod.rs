//! The table of preauthorizations.

pub mod changes;
mod read;
mod row;

pub use self::read::PreauthorizationFilter;
