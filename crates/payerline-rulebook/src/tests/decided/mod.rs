//! What the shipped rulebook decides.

pub mod accidents;
pub mod alike;
pub mod at_work;
pub mod billing_orders;
pub mod earlier_tables;
pub mod explain;
pub mod findings;
pub mod followers;
pub mod golden;
pub mod parsing;
pub mod plasma_and_ohip;
pub mod private_plans;
pub mod properties;
pub mod real_week;
pub mod reviewed;
pub mod stem_cells;
pub mod table;
pub mod tightening;
