//! Times what each side takes for the same claims, in one run of criterion. Its figures are per claim or thousand
//! claims; `../decision.py` divides them by the items.

use std::error::Error;

use bench_decision::{
    claims,
    contest::{Contest, Load, Side},
};
use criterion::Criterion;
use payerline_rulebook::Rulebook;

fn main() -> Result<(), Box<dyn Error>> {
    let contest = Contest::new(Rulebook::ontario()?)?;
    // The times of sides that answer differently say nothing. `allocations` looks at many more claims.
    contest.agree(claims::compared(1_000)?)?;
    let mut criterion = Criterion::default().configure_from_args();
    for load in Load::all(&contest)? {
        let mut group = criterion.benchmark_group(load.name);
        for (side, name) in Side::ALL {
            group.bench_function(name, |bencher| bencher.iter(|| contest.run(side, &load)));
        }
        group.finish();
    }
    criterion.final_summary();
    Ok(())
}
