//! The tables of claims and their items.

pub mod batch;
pub mod corrections;
pub mod evidence;
pub mod items;
pub mod lists;
pub mod prepared;
pub mod redecisions;
pub mod replacement;
pub mod row;
pub mod scan;
pub mod scan_replaced;
pub mod scanned;
pub mod submit;
