//! The parser under claims made at random: what is written is read again, and nothing makes it panic.

use proptest::{collection::vec, prelude::*, sample::Index};
use serde_json::{Value, json};

use super::properties::many;
use crate::table::rules::Table;
use crate::tests::{
    generate::claim,
    notation::{parse, today},
};
use payerline_domain::{
    claims::submission::Submission,
    parse::{decode::Decode, fault::Refusal},
    preauthorizations::PreauthorizationEntry,
};

/// Pieces of JSON that break a claim where they land.
const SHARDS: [&str; 16] = [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\",
    "\\u0000",
    "\\ud800",
    "null",
    "-1",
    "1e999",
    "99999999999999999999",
    "\u{202e}",
    "\0",
];

/// Reads bytes as every kind of input; a refusal has faults, each with a pointer and a way to mend it.
fn read(bytes: &[u8]) -> Result<(), TestCaseError> {
    for refusal in [
        Submission::parse(bytes, today()).err(),
        PreauthorizationEntry::parse(bytes).err(),
        Table::parse(bytes).err(),
    ] {
        let Some(Refusal::Shape(faults) | Refusal::Rules(faults)) = refusal else {
            continue;
        };
        prop_assert!(!faults.is_empty());
        for fault in faults {
            prop_assert!(fault.pointer.is_empty() || fault.pointer.starts_with('/'));
            prop_assert!(!fault.detail.is_empty());
        }
    }
    Ok(())
}

/// The JSON Pointer of every value in a tree. (No key of a claim has anything to escape.)
fn pointers(value: &Value) -> Vec<String> {
    let inner: Vec<(String, &Value)> = match value {
        Value::Array(list) => (0..).map(|it: usize| it.to_string()).zip(list).collect(),
        Value::Object(fields) => fields.iter().map(|(key, it)| (key.clone(), it)).collect(),
        _ => Vec::new(),
    };
    let below = inner.into_iter().flat_map(|(step, it)| {
        pointers(it)
            .into_iter()
            .map(move |rest| format!("/{step}{rest}"))
    });
    [String::new()].into_iter().chain(below).collect()
}

fn odd_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,80}".prop_map(Value::from),
        "[0-9]{4}-[0-9]{2}-[0-9]{2}".prop_map(Value::from),
        Just(json!([])),
        Just(json!({"unknown": [[{}]]})),
    ]
}

proptest! {
    #![proptest_config(many())]

    #[test]
    fn a_claim_written_and_read_again_is_the_same(claim in claim()) {
        let submission = parse(&claim);
        let written = serde_json::to_value(&submission).unwrap();
        let again = parse(&written);
        prop_assert_eq!(&submission, &again);
        prop_assert_eq!(submission.content_digest().unwrap(), again.content_digest().unwrap());
        let pretty = serde_json::to_vec_pretty(&claim).unwrap();
        prop_assert_eq!(Submission::parse(&pretty, today()).unwrap(), submission);
    }

    #[test]
    fn other_content_has_another_digest(one in claim(), two in claim()) {
        let (one, two) = (parse(&one), parse(&two));
        let same_digest = one.content_digest().unwrap() == two.content_digest().unwrap();
        prop_assert_eq!(one == two, same_digest);
    }

    #[test]
    fn bytes_at_random_are_refused_without_a_panic(bytes in vec(any::<u8>(), 0..200)) {
        read(&bytes)?;
        prop_assert!(Submission::parse(&bytes, today()).is_err());
    }

    #[test]
    fn a_claim_with_shards_in_it_is_read_without_a_panic(
        claim in claim(),
        shards in vec((any::<Index>(), 0..SHARDS.len()), 1..4),
    ) {
        let mut text = claim.to_string();
        for (index, shard) in shards {
            let at = index.index(text.len());
            if text.is_char_boundary(at) {
                text.insert_str(at, SHARDS[shard]);
            }
        }
        read(text.as_bytes())?;
    }

    #[test]
    fn a_claim_with_bytes_changed_or_cut_is_read_without_a_panic(
        claim in claim(),
        changes in vec((any::<Index>(), any::<u8>()), 0..4),
        length in any::<Index>(),
    ) {
        let mut bytes = claim.to_string().into_bytes();
        for (index, byte) in changes {
            *index.get_mut(&mut bytes) = byte;
        }
        read(&bytes)?;
        read(&bytes[..length.index(bytes.len())])?;
    }

    #[test]
    fn a_claim_with_odd_values_is_read_without_a_panic(
        claim in claim(),
        oddities in vec((any::<Index>(), odd_value()), 1..4),
    ) {
        let mut claim = claim;
        for (index, value) in oddities {
            let place = index.get(&pointers(&claim)).clone();
            *claim.pointer_mut(&place).unwrap() = value;
        }
        let read_again = Submission::parse(claim.to_string().as_bytes(), today())
            .map(|it| serde_json::to_value(&it).unwrap());
        read(claim.to_string().as_bytes())?;
        if let Ok(written) = read_again {
            parse(&written);
        }
    }

    #[test]
    fn an_unknown_field_anywhere_is_refused(claim in claim(), index in any::<Index>()) {
        let mut claim = claim;
        let mut objects = pointers(&claim);
        objects.retain(|it| claim.pointer(it).is_some_and(Value::is_object));
        let place = index.get(&objects);
        claim.pointer_mut(place).unwrap()["misspelt"] = json!(1);
        let refusal = Submission::parse(claim.to_string().as_bytes(), today());
        let Err(Refusal::Shape(faults)) = refusal else { panic!("refused for its shape") };
        prop_assert_eq!(faults.len(), 1);
        prop_assert_eq!(faults[0].code.word(), "unknown_field");
        prop_assert_eq!(&faults[0].pointer, &format!("{place}/misspelt"));
    }
}
