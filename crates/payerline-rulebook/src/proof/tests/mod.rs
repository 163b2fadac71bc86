//! Tests of the proof's foundations: which combinations of facts there are, and that the diagram says
//! of each what the rules say. `rulebook/tests` tests what is proved.

pub mod reachable;
pub mod scopes;
pub mod verdicts;

use std::sync::LazyLock;

use proptest::{collection::vec, prelude::*, sample::Index};
use serde_json::json;

use super::{
    diagram::Diagrams,
    space::Space,
    verdicts::{Verdict, Verdicts, claims},
};
use crate::{decide::compiled::Rulebook, tests::generate::INSURERS};

/// The shipped rulebook with more thresholds, at the ends of the calendar too, and with insurers that
/// random claims have.
pub(crate) static CUT_OFTEN: LazyLock<Rulebook> = LazyLock::new(|| {
    let mut table = serde_json::to_value(Rulebook::ontario().unwrap().table()).unwrap();
    let days = [
        "0001-01-01",
        "0001-01-02",
        "1900-03-01",
        "2026-05-02",
        "2026-08-31",
        "9999-12-31",
    ];
    for (index, pair) in days.windows(2).enumerate() {
        let rule = json!({
            "id": format!("cut-{index}"),
            "when": {"accident_date": {"from": pair[0], "before": pair[1]}, "pregnant": ["yes"]},
            "then": {"decide": {"payer": "mva", "disposition": "needs_review"}},
            "because": "A test.",
            "basis": "A test.",
        });
        table["rules"].as_array_mut().unwrap().insert(index, rule);
    }
    for (index, names) in [&INSURERS[..1], &INSURERS[1..3], &[]]
        .into_iter()
        .enumerate()
    {
        let mut when = json!({"private": ["active"], "health_canada_authorization": ["no"]});
        let condition = if names.is_empty() {
            "private_insurer_not"
        } else {
            "private_insurer"
        };
        when[condition] = if names.is_empty() {
            json!(INSURERS)
        } else {
            json!(names)
        };
        let rule = json!({
            "id": format!("insurer-{index}"),
            "when": when,
            "then": {"decide": {"payer": "private", "disposition": "needs_review"}},
            "because": "A test.",
            "basis": "A test.",
        });
        table["rules"]
            .as_array_mut()
            .unwrap()
            .insert(index * 5, rule);
    }
    Rulebook::parse(&table.to_string()).unwrap()
});

fn space_and_verdicts(rulebook: &Rulebook) -> (Space, Verdicts) {
    let space = Space::new(&[rulebook.table()]);
    let mut diagrams = Diagrams::default();
    let claims = claims(&space, &mut diagrams, &[rulebook]).unwrap();
    let verdicts = Verdicts::try_rules(rulebook, &space, &mut diagrams, &claims).unwrap();
    (space, verdicts)
}

/// A combination that some claim has, at random: the values of each axis are tried in a random order.
fn reachable_point(
    space: &Space,
    verdicts: &Verdicts,
) -> impl Strategy<Value = Vec<usize>> + use<> {
    let root = verdicts.root.clone();
    let everywhere = space.everything().extent();
    let axes = space.order().iter().cloned();
    let orders: Vec<_> = axes.map(|values| Just(values).prop_shuffle()).collect();
    orders.prop_map(move |order| {
        let reachable = |it: &Verdict| *it != Verdict::Unreachable;
        root.find(&everywhere, &order, &reachable).unwrap().0
    })
}

/// A combination that some claim has but for up to two facts, so that many of these combinations are just impossible.
fn nearly_reachable_point(
    space: &Space,
    verdicts: &Verdicts,
) -> impl Strategy<Value = Vec<usize>> + use<> {
    let counts: Vec<usize> = space.order().iter().map(Vec::len).collect();
    let changes = vec(any::<(Index, Index)>(), 0..=2);
    (reachable_point(space, verdicts), changes).prop_map(move |(mut point, changes)| {
        for (axis, value) in changes {
            let axis = axis.index(point.len());
            point[axis] = value.index(counts[axis]);
        }
        point
    })
}
