//! The proof of a rulebook.

use super::ONTARIO;

#[test]
fn smoke() {
    let began = std::time::Instant::now();
    let proof = ONTARIO.prove().unwrap();
    eprintln!("{:?}", began.elapsed());
    let mut short = proof.clone();
    short.rules.truncate(1);
    eprintln!("{}", serde_json::to_string_pretty(&short).unwrap());
    let began = std::time::Instant::now();
    eprintln!("{:?}", ONTARIO.difference(&ONTARIO).unwrap());
    eprintln!("{:?}", began.elapsed());
}
