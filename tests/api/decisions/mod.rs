//! What the decisions must be: the rows of the contract's table, each with every case it names, and the
//! order in which 'Reading the table' applies them.

mod approvals;
mod followers;
mod other_services;
mod plasma;
mod precedence;
mod private_plans;
mod stem_cells;
mod tightening;
