//! `record!`: a struct that is read from a JSON object, declared once.

/// Declares a struct together with its decoding, its JSON form and its OpenAPI schema.
///
/// ```text
/// record! {
///     /// Docs and attributes are the struct's own; the docs stand in the OpenAPI document.
///     #[derive(Debug, Clone)]
///     pub struct Visit {
///         /// Must be given.
///         pub id: Label,
///         /// May be left out, as every `Option`, and is not written then: a new one changes no stored digest.
///         pub note: Option<Note>,
///         /// May be left out, and is written as `null` then.
///         pub floor: Option<u64> = None,
///         /// May be left out and then has this value.
///         pub province: Province = Province::Ontario,
///         /// May be left out and then has the default of its type. That is not written, so that a new one changes
///         /// no stored digest.
///         pub urgent: bool = default,
///         /// A list of 1 to 20 entries.
///         pub items: Vec<Item> [1..=20],
///         /// Read as a `Slug`, and kept as what it turns into.
///         pub code: Arc<str> as Slug,
///     }
///     // Fields that are known here and read elsewhere.
///     ignore kind;
///     // Two of them can be compared: the places at which they differ are found.
///     compared by field;
///     // Rules that span fields. Each field is a local variable: an `Option`, but for those with a default.
///     check(node, at, faults) {
///         if note.is_some() { faults.rule(FaultCode::StatusOfAnotherKind, &at.field("note"), "must be left out"); }
///     }
///     // Rules for a whole `Visit`, when no field that must be given is missing or faulty.
///     built(visit, at, faults) {
///         visit.check_items(at, faults);
///     }
/// }
/// ```
///
/// The expression of a default may use the fields above it. Decoding notes all faults at once. `null` counts as left out where a field may be left out, and so does an empty
/// text; the schema says so of `null`. An optional field that is faulty counts as left out as soon as its fault is noted, so that the rules that span fields are checked
/// nevertheless.
#[macro_export]
macro_rules! record {
    // Fields are taken one by one, to tell those that may be left out by their type.
    (@fields {
        $(#[$about:meta])* $vis:vis $field:ident: Option<$type:ty> $([$limits:expr])? $(as $read:ty)?,
        $($more:tt)*
    } [$($done:tt)*] $record:tt) => {
        $crate::record! { @fields { $($more)* } [$($done)* {
            [$(#[$about])* #[serde(skip_serializing_if = "Option::is_none")] $vis $field: Option<$type>]
            $field read_optional [$type $(, [$limits])? $(, as $read)?] [] []
        }] $record }
    };
    (@fields {
        $(#[$about:meta])* $vis:vis $field:ident: $type:ty $([$limits:expr])? = default,
        $($more:tt)*
    } [$($done:tt)*] $record:tt) => {
        $crate::record! { @fields { $($more)* } [$($done)* {
            [$(#[$about])* #[serde(skip_serializing_if = "payerline_domain::parse::record::is_default")]
            #[schema(required = false, nullable)] $vis $field: $type]
            $field read_optional [$type $(, [$limits])?] [.unwrap_or_default()] []
        }] $record }
    };
    (@fields {
        $(#[$about:meta])* $vis:vis $field:ident: $type:ty $([$limits:expr])? = $default:expr,
        $($more:tt)*
    } [$($done:tt)*] $record:tt) => {
        $crate::record! { @fields { $($more)* } [$($done)* {
            [$(#[$about])* #[schema(required = false, nullable)] $vis $field: $type]
            $field read_optional [$type $(, [$limits])?] [.unwrap_or($default)] []
        }] $record }
    };
    (@fields {
        $(#[$about:meta])* $vis:vis $field:ident: $type:ty $([$limits:expr])? $(as $read:ty)?,
        $($more:tt)*
    } [$($done:tt)*] $record:tt) => {
        $crate::record! { @fields { $($more)* } [$($done)* {
            [$(#[$about])* $vis $field: $type]
            $field read_required [$type $(, [$limits])? $(, as $read)?] [] [?]
        }] $record }
    };
    (@fields {} [$({
        [$($declaration:tt)+] $field:ident $presence:ident $reader:tt [$($or_default:tt)*] [$($must_be_there:tt)?]
    })+] {
        [$(#[$about:meta])*] $vis:vis $name:ident
        $(ignore $($ignored:ident),+;)?
        $(compared by $unit:ident;)?
        $(check($node:pat, $at:pat, $faults:pat) $check:block)?
        $(built($record:ident, $at_record:pat, $record_faults:pat) $check_record:block)?
    }) => {
        // For the schema: `decode` refuses unknown fields.
        #[derive(serde::Serialize, utoipa::ToSchema)]
        #[serde(deny_unknown_fields)]
        $(#[$about])*
        $vis struct $name {
            $($($declaration)+,)+
        }

        impl $crate::parse::decode::Decode for $name {
            fn decode(
                node: &$crate::parse::json::Node<'_>,
                at: &$crate::parse::fault::At<'_>,
                faults: &mut $crate::parse::fault::Faults,
            ) -> Option<Self> {
                let names = &[$($(stringify!($ignored),)+)? $(stringify!($field),)+];
                let fields = $crate::parse::decode::Fields::match_names(node, names, at, faults)?;
                let [.., $($field),+] = fields.values;
                $(
                    let $field = $crate::parse::decode::$presence(
                        $field,
                        $crate::record!(@reader $presence $reader),
                        &at.field(stringify!($field)),
                        faults,
                    )$($or_default)*;
                )+
                $({
                    let ($node, $at, $faults) = (node, at, &mut *faults);
                    $check
                })?
                fields.note_strangers(at, faults);
                let record = Self { $($field: $field $($must_be_there)?,)+ };
                $({
                    let ($record, $at_record, $record_faults) = (&record, at, faults);
                    $check_record
                })?
                Some(record)
            }
        }

        $crate::record! { @compare [$($unit)?] $name $($field)+ }
    };
    (@compare [] $name:ident $($field:ident)+) => {};
    (@compare [field] $name:ident $($field:ident)+) => {
        impl $crate::parse::compare::Compare for $name {
            fn note_differences(
                &self,
                stored: &Self,
                at: &$crate::parse::fault::At<'_>,
                faults: &mut $crate::parse::fault::Faults,
            ) {
                $($crate::parse::compare::Compare::note_differences(
                    &self.$field,
                    &stored.$field,
                    &at.field(stringify!($field)),
                    faults,
                );)+
            }
        }
    };
    (@reader read_optional [$type:ty]) => {
        <$type as $crate::parse::decode::Decode>::decode_optional
    };
    (@reader read_required [$type:ty]) => {
        <$type as $crate::parse::decode::Decode>::decode
    };
    (@reader $presence:ident [$type:ty, [$limits:expr]]) => {
        |node: &$crate::parse::json::Node<'_>,
         at: &$crate::parse::fault::At<'_>,
         faults: &mut $crate::parse::fault::Faults|
         -> Option<$type> { $crate::parse::decode::read_list(node, at, $limits, faults) }
    };
    (@reader $presence:ident [$type:ty, as $read:ty]) => {
        |node: &$crate::parse::json::Node<'_>,
         at: &$crate::parse::fault::At<'_>,
         faults: &mut $crate::parse::fault::Faults|
         -> Option<$type> {
            let read = $crate::record!(@reader $presence [$read]);
            read(node, at, faults).map(Into::into)
        }
    };
    (
        $(#[$about:meta])* $vis:vis struct $name:ident { $($fields:tt)+ }
        $($rules:tt)*
    ) => {
        $crate::record! { @fields { $($fields)+ } [] { [$(#[$about])*] $vis $name $($rules)* } }
    };
}

pub use crate::record;

/// Whether a field has the value that it has when it is left out.
pub fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::{Value, json};

    use crate::{
        parse::{
            decode::{Decode, note_duplicates},
            fault::Refusal,
            fault_code::FaultCode,
        },
        values::{
            names::Slug,
            place::Province,
            text::{Label, Line},
        },
    };

    record! {
        /// A record with a field of each kind.
        #[derive(Debug, PartialEq, Eq)]
        struct Visit {
            id: Label,
            note: Option<Line>,
            province: Province = Province::Ontario,
            rooms: Vec<Label> [1..=3],
            tags: Vec<Label> [0..=2] = Vec::new(),
            nurses: Option<Vec<Label>> [0..=1],
            #[schema(value_type = String)]
            room_kind: Arc<str> as Slug,
            floor: Option<u64> = None,
            urgent: bool = default,
            stretchers: Vec<Label> [0..=1] = default,
            insurer_province: Province = province,
        }
        ignore kind;
        check(node, at, faults) {
            if note.is_some() && node.get("kind").is_some() {
                faults.rule(FaultCode::StatusOfAnotherKind, &at.field("note"), "must be left out");
            }
        }
        built(visit, at, faults) {
            note_duplicates(&visit.rooms, &at.field("rooms"), faults);
        }
    }

    fn small() -> Value {
        json!({"id": "V-1", "rooms": ["A"], "room_kind": "theatre"})
    }

    fn small_with(fields: Value) -> Value {
        let mut visit = small();
        let fields = fields.as_object().unwrap().clone();
        visit.as_object_mut().unwrap().extend(fields);
        visit
    }

    /// Code, pointer and detail of each fault.
    fn faults(body: &str) -> Vec<(&'static str, String, String)> {
        let (Refusal::Shape(faults) | Refusal::Rules(faults)) =
            Visit::parse(body.as_bytes()).unwrap_err();
        let parts = |it: crate::parse::fault::Fault| (it.code.word(), it.pointer, it.detail);
        faults.into_iter().map(parts).collect()
    }

    fn codes(body: &Value) -> Vec<(&'static str, String)> {
        let faults = faults(&body.to_string()).into_iter();
        faults.map(|(code, pointer, _)| (code, pointer)).collect()
    }

    #[test]
    fn what_may_be_left_out_has_its_default() {
        let visit = Visit::parse(small().to_string().as_bytes()).unwrap();
        let expected = Visit {
            id: Label::parse("V-1").unwrap(),
            note: None,
            province: Province::Ontario,
            rooms: vec![Label::parse("A").unwrap()],
            tags: Vec::new(),
            nurses: None,
            room_kind: "theatre".into(),
            floor: None,
            urgent: false,
            stretchers: Vec::new(),
            insurer_province: Province::Ontario,
        };
        assert_eq!(visit, expected);
        let nulls = json!({"note": null, "province": null, "tags": null, "nurses": null, "floor": null, "urgent": null,
                "stretchers": null, "insurer_province": null});
        let nulls = Visit::parse(small_with(nulls).to_string().as_bytes()).unwrap();
        assert_eq!(nulls, expected);
    }

    #[test]
    fn an_empty_text_counts_as_left_out_where_a_text_may_be() {
        let left_out = Visit::parse(small().to_string().as_bytes()).unwrap();
        let empty = small_with(json!({"note": ""}));
        assert_eq!(
            Visit::parse(empty.to_string().as_bytes()).unwrap(),
            left_out
        );
        for (field, code) in [("id", "too_short"), ("room_kind", "too_short")] {
            let body = small_with(json!({field: ""}));
            assert_eq!(codes(&body), [(code, format!("/{field}"))]);
        }
        for (field, code) in [("province", "unknown_value"), ("floor", "wrong_type")] {
            let body = small_with(json!({field: ""}));
            assert_eq!(codes(&body), [(code, format!("/{field}"))]);
        }
    }

    #[test]
    fn the_schema_says_which_fields_take_null() {
        let schema = serde_json::to_value(<Visit as utoipa::PartialSchema>::schema()).unwrap();
        let takes_null = |field: &str| {
            let property = schema["properties"][field].to_string();
            property.contains(r#""null""#)
        };
        for field in [
            "note",
            "province",
            "tags",
            "nurses",
            "floor",
            "urgent",
            "stretchers",
            "insurer_province",
        ] {
            assert!(takes_null(field), "{field}: {schema}");
        }
        for field in ["id", "rooms", "room_kind"] {
            assert!(!takes_null(field), "{field}: {schema}");
        }
    }

    #[test]
    fn what_is_left_out_is_not_written_unless_its_default_says_so() {
        let visit = Visit::parse(small().to_string().as_bytes()).unwrap();
        assert_eq!(
            serde_json::to_string(&visit).unwrap(),
            r#"{"id":"V-1","province":"ON","rooms":["A"],"tags":[],"room_kind":"theatre","floor":null,"insurer_province":"ON"}"#
        );
    }

    #[test]
    fn the_default_of_a_type_is_never_written() {
        let written = |fields: Value| {
            let visit = Visit::parse(small_with(fields).to_string().as_bytes()).unwrap();
            let json = serde_json::to_value(&visit).unwrap();
            (json["urgent"].clone(), json["stretchers"].clone())
        };
        let left_out = (Value::Null, Value::Null);
        assert_eq!(written(json!({})), left_out);
        assert_eq!(
            written(json!({"urgent": false, "stretchers": []})),
            left_out
        );
        let given = (json!(true), json!(["S-1"]));
        assert_eq!(
            written(json!({"urgent": true, "stretchers": ["S-1"]})),
            given
        );
        let faulty = small_with(json!({"urgent": 1, "stretchers": ["a", "b"]}));
        assert_eq!(codes(&faulty), [("wrong_type", "/urgent".to_owned())]);
    }

    #[test]
    fn a_default_may_come_from_a_field_above() {
        let body = small_with(json!({"province": "QC"}));
        let visit = Visit::parse(body.to_string().as_bytes()).unwrap();
        assert_eq!(visit.insurer_province, Province::Quebec);
    }

    #[test]
    fn all_faults_are_noted_at_once() {
        let body = json!({
            "note": 1, "province": "Ontario", "rooms": null, "tags": ["a", 2], "room_kind": "Theatre", "floor": -1,
        });
        let expected = [
            ("missing_field", "/id"),
            ("wrong_type", "/note"),
            ("unknown_value", "/province"),
            ("wrong_type", "/rooms"),
            ("wrong_type", "/tags/1"),
        ];
        let expected = expected.map(|(code, pointer)| (code, pointer.to_owned()));
        assert_eq!(
            codes(&body),
            expected,
            "faults of shape hide those of rules"
        );
    }

    #[test]
    fn lists_have_limits() {
        let body = small_with(json!({"rooms": [], "tags": ["a", "b", "c"], "nurses": ["a", "b"]}));
        let expected = [
            ("too_few", "/rooms"),
            ("too_many", "/tags"),
            ("too_many", "/nurses"),
        ];
        let expected = expected.map(|(code, pointer)| (code, pointer.to_owned()));
        assert_eq!(codes(&body), expected);
    }

    #[test]
    fn rules_span_fields() {
        let body = small_with(json!({"note": "x", "kind": "first", "rooms": ["A", "A"]}));
        let expected = [
            ("status_of_another_kind", "/note"),
            ("duplicate", "/rooms/1"),
        ];
        let expected = expected.map(|(code, pointer)| (code, pointer.to_owned()));
        assert_eq!(codes(&body), expected);
        let body =
            json!({"note": "x", "kind": "first", "rooms": ["A", "A"], "room_kind": "a", "id": ""});
        let expected = [("too_short", "/id"), ("status_of_another_kind", "/note")];
        let expected = expected.map(|(code, pointer)| (code, pointer.to_owned()));
        assert_eq!(codes(&body), expected, "without an id there is no visit");
    }

    #[test]
    fn keys_may_come_in_any_order_but_once() {
        let body = r#"{"room_kind": "a", "rooms": ["A"], "colour": 1, "id": "V-1", "rooms": ["B"], "kind": 2}"#;
        let found = faults(body);
        let known = "unknown field; known here: kind, id, note, province, rooms, tags, nurses, room_kind, floor, urgent, stretchers, insurer_province";
        let expected = [
            ("unknown_field", "/colour", known),
            (
                "duplicate_key",
                "/rooms",
                "this key stands more than once in its object; send it once",
            ),
        ];
        let expected = expected.map(|(code, at, detail)| (code, at.to_owned(), detail.to_owned()));
        assert_eq!(found, expected);
    }

    #[test]
    fn known_fields_are_listed_once_though_lists_are_missing() {
        let found = faults(r#"{"colour": 1}"#);
        let unknown = found.iter().find(|(code, ..)| *code == "unknown_field");
        let (_, _, detail) = unknown.unwrap();
        assert_eq!(detail.matches("rooms").count(), 1, "{detail}");
    }
}
