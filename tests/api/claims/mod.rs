//! Claims: submitted, in batches, decided, explained, listed, decided again.

mod batch;
mod batch_of_ten_thousand;
mod batches_under_way;
mod changes;
mod classifications;
mod compressed;
mod decisions;
mod duplicates;
mod examples;
mod explanation;
mod exports;
mod findings;
mod idempotency;
mod letter;
mod lists;
mod normal_forms;
mod paging;
pub mod redecisions;
pub mod remittances;
mod replacements;
mod replay;
mod search;
pub mod steps;
mod submission;
pub mod verification;
