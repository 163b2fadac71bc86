use csv::ByteRecord;
use serde_json::{Value, json};

use super::*;
use crate::source::columns::REFUSED_BECAUSE;

fn open(text: &str) -> CsvSource<&[u8]> {
    CsvSource::begin(Content::Claims, text.as_bytes()).unwrap_or_else(|error| panic!("{error}"))
}

/// The JSON of each claim, or the reason for its refusal.
fn claims(text: &str) -> Vec<Result<Value, String>> {
    let mut source = open(text);
    let mut all = Vec::new();
    while let Some(claim) = source.next_claim().unwrap() {
        all.push(match claim.state {
            ClaimState::Refused(problem) => Err(problem.reason()),
            _ => Ok(serde_json::from_slice(&claim.json).unwrap()),
        });
    }
    all
}

#[test]
fn rows_of_one_claim_become_its_items() {
    let text = "\u{feff}external_id,patient.id,patient.pregnant,coverages.0.kind,coverages.2.kind,\
        coverages.2.covered_categories,diagnoses.0.code,items.category,items.quantity,preauthorizations\n\
        A,P-1,TRUE,,private,imaging; report,M17,imaging, 2 ,X;Y\n\
        A,P-1,TRUE,,private,imaging; report,M17,report,,X;Y\n\
        B,P-2,,wsib,private,[],,\"a, b\",,\n";
    let expected = [
        json!({
            "external_id": "A", "patient": {"id": "P-1", "pregnant": true},
            "preauthorizations": ["X", "Y"],
            "coverages": [{"kind": "private", "covered_categories": ["imaging", "report"]}],
            "diagnoses": [{"code": "M17"}],
            "items": [{"category": "imaging", "quantity": 2}, {"category": "report"}],
        }),
        json!({
            "external_id": "B", "patient": {"id": "P-2"},
            "coverages": [{"kind": "wsib"}, {"kind": "private", "covered_categories": []}],
            "items": [{"category": "a, b"}],
        }),
    ];
    assert_eq!(claims(text), expected.map(Ok));
    let semicolons = "external_id;preauthorizations\r\nA;\"X;Y\"\r\n";
    assert_eq!(
        claims(semicolons)[0].as_ref().unwrap()["preauthorizations"],
        json!(["X", "Y"])
    );
}

#[test]
fn nested_fields_and_metadata_are_filled() {
    let text = "external_id,third_party.kind,third_party.name,coverages.1.subscriber.birth_date,\
        coverages.1.priority,coverages.1.covered_professions,items.provider.id,items.provider.profession,\
        items.requested_by,items.prescribed,invoice_total_cents,metadata.batch,metadata.a.b\n\
        A,employer,Rail,1955-11-02,2,physiotherapist;massage therapist,D-9,dentist,third_party,true,900,17,\n\
        A,employer,Rail,1955-11-02,2,physiotherapist;massage therapist,,,,,900,17,\n\
        B,,,,,,,,,,,,x\n";
    let expected = [
        json!({
            "external_id": "A",
            "third_party": {"kind": "employer", "name": "Rail"},
            "coverages": [{"subscriber": {"birth_date": "1955-11-02"}, "priority": 2,
                "covered_professions": ["physiotherapist", "massage therapist"]}],
            "items": [{"provider": {"id": "D-9", "profession": "dentist"}, "requested_by": "third_party",
                "prescribed": true}, {}],
            "invoice_total_cents": 900,
            "metadata": {"batch": "17"},
        }),
        json!({"external_id": "B", "coverages": [], "items": [{}], "metadata": {"a.b": "x"}}),
    ];
    assert_eq!(claims(text), expected.map(Ok));
}

#[test]
fn quantities_may_have_two_decimals() {
    for (cell, written) in [
        ("2", "2"),
        ("2.00", "2.0"),
        ("1.25", "1.25"),
        ("1.5000", "1.5"),
        ("\"1,25\"", "1.25"),
        ("\"1,50\"", "1.5"),
        ("0.01", "0.01"),
        ("10000", "10000"),
    ] {
        let text = format!("external_id,items.quantity\nA,{cell}\n");
        let mut source = open(&text);
        let claim = source.next_claim().unwrap().unwrap();
        let json = String::from_utf8(claim.json).unwrap();
        assert!(
            json.contains(&format!("\"quantity\":{written}}}")),
            "{json}"
        );
    }
    for cell in [
        "1.255",
        "1.00000000000000000001",
        "\"1,250\"",
        "1.",
        ".5",
        "1.2.3",
        "1e2",
        "1h",
        "\"1.000,5\"",
    ] {
        let claim = claims(&format!("external_id,items.quantity\nA,{cell}\n")).remove(0);
        let reason = claim.unwrap_err();
        assert!(
            reason.contains("at most two decimals, such as 2 or 1.25"),
            "{reason}"
        );
    }
}

#[test]
fn contradictions_are_refused_with_the_columns_name() {
    let text = "external_id,patient.id,patient.pregnant,items.quantity,\n\
        A,P-1,,1,\nA,P-2,,1,\nB,P-1,,1.255,\nC,P-1,yes,1,\nD,P-1,,1,note\n,P-1,,1,\n,P-1,,1,\nE,P-1,,1,,,\nF,P-1\n";
    let claims = claims(text);
    for (index, part) in [
        (0, "`patient.id` differs between lines 2 and 3"),
        (
            1,
            "line 4: `items.quantity` must be a number with at most two decimals",
        ),
        (2, "line 5: `patient.pregnant` must be `true` or `false`"),
        (3, "line 6: cell 5 stands in a column without a name"),
        (6, "line 9: 7 cells, but the line of names has 5"),
    ] {
        let reason = claims[index].as_ref().unwrap_err();
        assert!(reason.contains(part), "{reason}");
    }
    // Rows without an id have nothing to do with each other, and the service says what is missing.
    assert!(claims[4].is_ok() && claims[5].is_ok(), "{claims:?}");
    // Cells at the end may be left out, but not in a last row that is cut off.
    assert!(claims[7].is_ok(), "{claims:?}");
    assert_eq!(claims.len(), 8);
}

#[test]
fn a_row_that_is_not_utf_8_is_refused() {
    let text = b"external_id,patient.family_name\nA,B\xe9langer\nB,Roy\n";
    let mut source =
        CsvSource::begin(Content::Claims, &text[..]).unwrap_or_else(|error| panic!("{error}"));
    let claim = source.next_claim().unwrap().unwrap();
    assert!(matches!(claim.state, ClaimState::Refused(problem)
        if problem.reason().contains("`patient.family_name` is not UTF-8")));
    // The file of refused rows gets the bytes of this one.
    assert_eq!(&claim.rows[0][1], b"B\xe9langer");
}

#[test]
fn an_unknown_column_is_named_at_once() {
    for (names, why) in [
        (
            "external_id,patient.birthdate",
            "`patient.birthdate`; is it `patient.birth_date`?",
        ),
        ("external_id,external_id", "twice"),
        (
            "external_id,metadata.a,metadata.a",
            "`metadata.a` stands there twice",
        ),
        (
            "external_id,metadata.a b",
            "`metadata.a b`; is it `metadata.NAME`?",
        ),
        ("patient.id,items.code", "no column `external_id`"),
        ("", "no column `external_id`"),
    ] {
        let error = CsvSource::begin(Content::Claims, names.as_bytes())
            .map(|_| ())
            .unwrap_err();
        assert!(error.to_string().contains(why), "{error}");
    }
}

#[test]
fn blanks_around_cells_do_not_count() {
    let text = "external_id , patient.id,items.category,items.quantity\n\
        \u{a0}A ,P-1, rehabilitation ,\u{a0}2\n , ,\u{a0}, \nA, P-1\u{a0},report, \n";
    let claim = json!({
        "external_id": "A", "patient": {"id": "P-1"}, "coverages": [],
        "items": [{"category": "rehabilitation", "quantity": 2}, {"category": "report"}],
    });
    assert_eq!(claims(text), [Ok(claim)]);
}

#[test]
fn what_a_spreadsheet_broke_is_refused_with_what_happened() {
    let text = "external_id,items.unit_price_cents\n2.0261E+11,1\n#REF!,1\nA,####\n";
    for (claim, parts) in claims(text).into_iter().zip([
        ["line 2: `external_id` is `2.0261E+11`", "rounded"],
        ["line 3: `external_id` is `#REF!`", "error"],
        ["line 4: `items.unit_price_cents` is `####`", "too narrow"],
    ]) {
        let reason = claim.unwrap_err();
        assert!(parts.iter().all(|part| reason.contains(part)), "{reason}");
    }
    let ids: Vec<_> = read_all(&mut open(text)).0;
    let ids: Vec<_> = ids.into_iter().map(|claim| claim.key).collect();
    assert_eq!(ids, [None, None, Some("A".to_owned())]);
}

#[test]
fn a_last_row_that_is_short_and_has_no_line_break_is_cut_off() {
    let names = "external_id,patient.id,items.code\n";
    let (rows, _) = read_all(&mut open(&format!("{names}A,P")));
    assert_eq!(
        rows[0].rows,
        [ByteRecord::from(vec!["A", "P", "#CUT-OFF!"])]
    );
    let uncorrected = claims(&format!("{names}A,P,#CUT-OFF!\n"));
    assert!(uncorrected[0].is_err(), "{uncorrected:?}");
    let whole = claims(&format!("{names}A,P,1\nB,P\nC,P,1"));
    assert!(whole.iter().all(Result::is_ok), "{whole:?}");
    for (rows, refused) in [
        ("A,P,1\nB,P", 1),
        ("AB,P,1\nC,P,1\nC", 1),
        ("A,P,1\nAB,P,1\nA", 1),
    ] {
        let claims = claims(&format!("{names}{rows}"));
        let reason = claims[refused].as_ref().unwrap_err();
        assert!(reason.contains("cut off"), "{reason}");
        assert!(claims[0].is_ok() && claims.len() == 2, "{claims:?}");
    }
}

/// The claims up to the end, and the error that is there.
fn read_all(source: &mut CsvSource<&[u8]>) -> (Vec<FileClaim>, Option<SourceError>) {
    let mut all = Vec::new();
    loop {
        match source.next_claim() {
            Ok(Some(claim)) => all.push(claim),
            Ok(None) => return (all, None),
            Err(error) => return (all, Some(error)),
        }
    }
}

#[test]
fn claims_before_a_stray_quote_are_whole_or_refused() {
    for (rows, is_sent) in [
        ("A,P,1\nB,\"x\" y,1\n", true),
        ("A,P,1\nA,\"x\" y,1\n", false),
        ("A,P,1\n\"B\" y,P,1\n", true),
        ("A,P,1\n\"A,P,1\n", false),
    ] {
        let text = format!("external_id,patient.id,items.code\n{rows}");
        let (claims, error) = read_all(&mut open(&text));
        assert!(error.unwrap().to_string().starts_with("line 3: "));
        assert_eq!(claims.len(), 1, "{rows}");
        assert_eq!(claims[0].is_open(), is_sent, "{rows}");
    }
    let text = "patient.id,external_id\nP,A\n\"P\" y,B\n";
    let (claims, _) = read_all(&mut open(text));
    assert!(!claims[0].is_open(), "the key stands behind the quote");
}

#[test]
fn lines_before_the_names_are_passed_over() {
    for text in [
        "sep=;\nexternal_id;items.code\nA;1\n",
        "\"sep=|\"\r\nexternal_id|items.code\r\nA|1\r\n",
        "Claims of November, 2026,,\n\nexternal_id\titems.code\nA\t1\n",
    ] {
        let claims = claims(text);
        assert_eq!(
            claims[0].as_ref().unwrap()["items"],
            json!([{"code": "1"}]),
            "{text}"
        );
    }
}

#[test]
fn a_message_never_holds_raw_bytes() {
    let bytes = b"PK\x03\x04\x1b[2J\xff\x00,a\n";
    let error = CsvSource::begin(Content::Claims, &bytes[..])
        .map(|_| ())
        .unwrap_err();
    assert!(!error.to_string().contains(char::is_control), "{error}");
}

#[test]
fn reasons_stand_in_front_once() {
    let text = "refused_because,external_id\nold,A\n";
    let mut source = open(text);
    let claim = source.next_claim().unwrap().unwrap();
    let header = source.header();
    let names = header.with_reason(REFUSED_BECAUSE, &header.names);
    assert_eq!(
        names,
        ByteRecord::from(vec!["refused_because", "external_id"])
    );
    let row = header.with_reason("new", &claim.rows[0]);
    assert_eq!(row, ByteRecord::from(vec!["new", "A"]));
    assert_eq!(
        claim.json,
        br#"{"external_id":"A","coverages":[],"items":[{}]}"#
    );
}

#[test]
fn reading_goes_on_where_a_claim_ends() {
    let text = "external_id,items.code\nA,1\nA,2\nB,3\n\nC,4\n";
    let mut whole = open(text);
    let first = whole.next_claim().unwrap().unwrap();
    assert_eq!(first.end, FileOffset { byte: 31, line: 3 });
    let rest = &text.as_bytes()[usize::try_from(first.end.byte).unwrap()..];
    let mut resumed = CsvSource::resume(rest, first.end, whole.header().clone());
    let second = resumed.next_claim().unwrap().unwrap();
    assert_eq!((second.line(), second.end.line), (4, 4));
    assert_eq!(resumed.next_claim().unwrap().unwrap().line(), 6);
    assert!(resumed.next_claim().unwrap().is_none());
}
