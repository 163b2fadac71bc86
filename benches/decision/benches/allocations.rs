//! Compares the answers of all sides for many claims, then counts what each side allocates; prints both as JSON.

use std::{
    error::Error,
    io::{self, Write},
};

use bench_decision::{
    claims,
    contest::{Contest, Load, Side},
};
use dhat::{HeapStats, Profiler};
use payerline_rulebook::Rulebook;
use serde_json::{Map, Value, json};

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

/// So many made-up claims are compared, beside the golden cases.
const COMPARED: u64 = 40_000;

fn main() -> Result<(), Box<dyn Error>> {
    let contest = Contest::new(Rulebook::ontario()?)?;
    let agreement = contest.agree(claims::compared(COMPARED)?)?;
    let mut loads = Map::new();
    for load in Load::all(&contest)? {
        let counted = Side::ALL
            .map(|(side, name)| (name.to_owned(), json!(allocations(&contest, side, &load))));
        let allocations: Value = counted.into_iter().collect();
        let figures = json!({"items": load.items(), "allocations": allocations});
        loads.insert(load.name.to_owned(), figures);
    }
    let figures = json!({
        "compared": {
            "claims": agreement.claims,
            "items": agreement.items,
            "rules": agreement.rules.len(),
            "findings": agreement.findings.len(),
        },
        "loads": loads,
    });
    writeln!(io::stdout(), "{figures}")?;
    Ok(())
}

/// What one run allocates once everything that is made only once has been made.
fn allocations(contest: &Contest, side: Side, load: &Load) -> u64 {
    contest.run(side, load);
    let _profiler = Profiler::builder().testing().build();
    let before = HeapStats::get().total_blocks;
    contest.run(side, load);
    HeapStats::get().total_blocks - before
}
