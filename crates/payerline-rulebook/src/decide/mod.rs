//! Deciding a claim: gather facts, match rules, report findings.

pub mod compiled;
pub mod decision;
pub mod draws;
mod due;
pub mod facts;
pub mod matcher;
pub mod observe;
pub mod prepared;
pub mod review;
pub mod trace;
