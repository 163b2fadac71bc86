//! Diagrams of two axes, small enough to know them by heart.

use std::rc::Rc;

use super::{node::Kind, *};

/// Two axes of three values each: whether they are equal.
fn equal(diagrams: &mut Diagrams<bool>) -> Link<bool> {
    let mut root = diagrams.leaf(false).unwrap();
    for value in 0..3 {
        root = diagrams.update(&root, &only(value), |_| true).unwrap();
    }
    root
}

fn only(value: usize) -> Extent {
    let axis: Vec<bool> = (0..3).map(|it| it == value).collect();
    Extent::new(&[axis.clone(), axis])
}

fn everywhere() -> Extent {
    Extent::new(&[vec![true; 3], vec![true; 3]])
}

const ORDER: [[usize; 3]; 2] = [[2, 0, 1], [1, 2, 0]];

fn order() -> Vec<Vec<usize>> {
    ORDER.map(Vec::from).to_vec()
}

#[test]
fn every_combination_has_its_answer() {
    let root = equal(&mut Diagrams::default());
    for one in 0..3 {
        for other in 0..3 {
            let answer = root.next(0, one).next(1, other);
            assert!(matches!(answer.kind, Kind::Leaf(it) if it == (one == other)));
        }
    }
}

#[test]
fn equal_functions_are_one_node() {
    let mut diagrams = Diagrams::default();
    let one = equal(&mut diagrams);
    let other = equal(&mut diagrams);
    assert!(Rc::ptr_eq(&one, &other));
    let reverted = diagrams.update(&one, &only(1), |_| false).unwrap();
    assert!(!Rc::ptr_eq(&one, &reverted));
}

#[test]
fn two_functions_are_combined_answer_by_answer() {
    let mut diagrams = Diagrams::default();
    let one = equal(&mut diagrams);
    let other = diagrams.update(&one, &only(1), |_| false).unwrap();
    let differ = Diagrams::default().zip(&one, &other, |a, b| a != b);
    let differ = differ.unwrap();
    assert_eq!(differ.answers(&only(1)), [&true]);
    let found = differ.find(&everywhere(), &order(), &|it| *it);
    assert_eq!(found, Some((vec![1, 1], &true)));
    let of_two_kinds = Diagrams::default().zip(&one, &differ, |a, b| (*a, *b));
    assert_eq!(of_two_kinds.unwrap().answers(&everywhere()).len(), 3);
}

#[test]
fn answers_along_an_axis_are_joined() {
    let mut diagrams = Diagrams::default();
    let root = equal(&mut diagrams);
    let reverted = diagrams.update(&root, &only(1), |_| false).unwrap();
    // For one value of the first axis, no value of the second is equal any more.
    let any = diagrams.join(&reverted, |axis| axis == 1, |a, b| a | b);
    let any = any.unwrap();
    for value in 0..3 {
        assert!(matches!(any.next(0, value).kind, Kind::Leaf(it) if it == (value != 1)));
    }
    let all = diagrams.join(&root, |_| true, |a, b| a & b).unwrap();
    assert!(matches!(all.kind, Kind::Leaf(false)));
    let none = diagrams.join(&root, |_| false, |a, _| *a).unwrap();
    assert!(Rc::ptr_eq(&none, &root));
}

#[test]
fn a_combination_is_found_in_the_order_asked_for() {
    let root = equal(&mut Diagrams::default());
    assert_eq!(
        root.find(&everywhere(), &order(), &|it| *it),
        Some((vec![2, 2], &true))
    );
    assert_eq!(
        root.find(&everywhere(), &order(), &|it| !it),
        Some((vec![2, 1], &false))
    );
    assert_eq!(
        root.find(&only(0), &order(), &|it| *it),
        Some((vec![0, 0], &true))
    );
    assert_eq!(root.find(&only(0), &order(), &|it| !it), None);
}

#[test]
fn answers_are_those_within() {
    let root = equal(&mut Diagrams::default());
    assert_eq!(root.answers(&everywhere()).len(), 2);
    assert_eq!(root.answers(&only(1)), [&true]);
    let nothing = Extent::new(&[vec![true; 3], vec![false; 3]]);
    assert!(root.answers(&nothing).is_empty());
    assert_eq!(root.find(&nothing, &order(), &|_| true), None);
}

#[test]
fn what_does_not_matter_is_not_asked() {
    let mut diagrams = Diagrams::default();
    let root = equal(&mut diagrams);
    let all = diagrams.update(&root, &everywhere(), |_| true).unwrap();
    assert!(matches!(all.kind, Kind::Leaf(true)));
    let mapped = root.map(&mut Diagrams::default(), &|_| "same").unwrap();
    assert!(matches!(mapped.kind, Kind::Leaf("same")));
}

#[test]
fn steps_run_out() {
    let mut diagrams = Diagrams::with_steps(3);
    let root = diagrams.leaf(false).unwrap();
    let refused = diagrams.update(&root, &only(1), |_| true);
    assert_eq!(refused.unwrap_err(), TooLarge);
}
