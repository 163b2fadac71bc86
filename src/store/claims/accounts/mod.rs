//! Claims in the accounts of approvals: new ones with what they draw, and those that earlier builds stored.

pub mod drawing;
pub mod earlier;
