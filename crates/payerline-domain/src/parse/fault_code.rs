//! The codes of faults: the one list of them, with what each means and what to do about it. The OpenAPI document,
//! `GET /v1/codes` and `docs/api.md` are made from it.

use serde::{Serialize, Serializer};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema},
};

use crate::values::open_list::OpenList;

macro_rules! fault_codes {
    ($($variant:ident = $word:literal: $meaning:literal; $remedy:literal,)+) => {
        /// What is wrong, as a stable word for programs.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum FaultCode {
            $(#[doc = $meaning] $variant,)+
        }

        impl FaultCode {
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The code, its meaning and the remedy.
            const fn texts(self) -> [&'static str; 3] {
                match self {
                    $(Self::$variant => [$word, $meaning, $remedy],)+
                }
            }
        }
    };
}

// In the order in which a body is looked at: its shape, single values, the rules of each kind of body, queries.
fault_codes! {
    InvalidUtf8 = "invalid_utf8":
        "The text is not UTF-8.";
        "Encode the body as UTF-8, and percent-encode the UTF-8 of query parameters.",
    InvalidJson = "invalid_json":
        "The body is not JSON; `detail` names line and column.";
        "Write the body with a JSON library.",
    DuplicateKey = "duplicate_key":
        "A key stands more than once in its object.";
        "Send it once.",
    UnknownField = "unknown_field":
        "The field is not known here. It is refused, so that a misspelt one is not lost.";
        "Correct the name (`detail` lists those that are known), or leave the field out. An older service does not know a newer field.",
    MissingField = "missing_field":
        "A required field is missing or null.";
        "Send it.",
    WrongType = "wrong_type":
        "The value has another JSON type, such as text where a number is wanted.";
        "Send the type in `detail`.",
    UnknownValue = "unknown_value":
        "The word is not one of the list.";
        "Send one of the words in `detail`; `other` or `unknown` where none fits and the list has it.",
    OneOf = "one_of":
        "Exactly one of several fields must be given, and none or more than one is.";
        "Give one of the fields that `detail` names.",
    TooManyFaults = "too_many_faults":
        "There are more faults than are listed.";
        "Correct those that are listed, and send the body again.",
    TooFew = "too_few":
        "The list has too few entries.";
        "Add entries, or leave the list out where it may be left out.",
    TooMany = "too_many":
        "The list has too many entries; `detail` says how many it may have.";
        "Split the claim into several, or remove entries.",
    Duplicate = "duplicate":
        "The value stands in its list more than once.";
        "List it once.",
    TooShort = "too_short":
        "The text is empty.";
        "Fill it in.",
    TooLong = "too_long":
        "The text is longer than `detail` allows.";
        "Shorten it.",
    Blank = "blank":
        "The text has blanks only.";
        "Fill it in, or leave the field out where it may be left out.",
    SurroundingBlank = "surrounding_blank":
        "The text begins or ends with a blank.";
        "Remove the blank.",
    ControlCharacter = "control_character":
        "The text has control characters, or line breaks where there may be none.";
        "Remove them.",
    NotPrintable = "not_printable":
        "The text has characters that cannot be seen, such as zero-width marks or no-break spaces.";
        "Remove them; they often come from copying out of a document.",
    InvalidName = "invalid_name":
        "The name has characters that it may not have.";
        "Use the characters in `detail` only.",
    InvalidId = "invalid_id":
        "The text is no id, which is a UUID.";
        "Send an id as an answer of this API had it.",
    InvalidDate = "invalid_date":
        "This is no day of the calendar, written `YYYY-MM-DD`.";
        "Correct the date; zeros are not left out.",
    OutOfRange = "out_of_range":
        "The number or date is outside the range in `detail`.";
        "Correct the value. Amounts are whole cents: 45 dollars are 4500.",
    TooManyDecimals = "too_many_decimals":
        "A quantity has more than two decimals.";
        "Round it to two decimals.",
    InvalidHealthNumber = "invalid_health_number":
        "The Ontario health number has not ten digits, or its check digit is wrong.";
        "Read the number off the card again: digits are often exchanged.",
    InvalidVersionCode = "invalid_version_code":
        "The version code of a health card is not at most two letters.";
        "Send the letters that stand behind the number on the card.",
    InTheFuture = "in_the_future":
        "The birth date or the accident lies after today (America/Toronto).";
        "Correct the date.",
    TooEarly = "too_early":
        "The birth date lies before 1900.";
        "Correct the year.",
    TooLate = "too_late":
        "The service lies more than a year ahead.";
        "Correct the date, or send the claim nearer to the service.",
    BeforeBirth = "before_birth":
        "The service lies before the patient's birth.";
        "Correct the birth date or the date of service.",
    AccidentAfterService = "accident_after_service":
        "The accident lies after the earliest service of the claim.";
        "Correct the date. An illness that came on slowly and was reported later has `onset: gradual`.",
    PlaceContradicts = "place_contradicts":
        "The province and the country of the accident contradict each other.";
        "A Canadian province needs the country `CA` or none, and `XX` another country than `CA` or none; `XX` alone means that the place is not known.",
    ThirdPartyMissing = "third_party_missing":
        "An item is `requested_by: third_party`, and the claim does not say who that is.";
        "Add `third_party`, or correct who requested the item.",
    TotalMismatch = "total_mismatch":
        "`invoice_total_cents` is not the sum of the items' amounts.";
        "Look for an item that is missing or an amount that is wrong: quantity times unit price, rounded half up to the cent, plus the tax of the item.",
    UnknownClaim = "unknown_claim":
        "`replaces` names no claim of the clinic.";
        "Give Payerline's `id` of the claim that this one corrects.",
    OtherPatient = "other_patient":
        "The claim that `replaces` names is of another patient.";
        "Check both ids: a correction is of the same patient.",
    AlreadyReplaced = "already_replaced":
        "Another correction replaced the claim that `replaces` names.";
        "Correct the claim in its `replaced_by`.",
    ClaimVoid = "claim_void":
        "The claim that `replaces` names was withdrawn.";
        "Send the invoice without `replaces`.",
    ClaimPaid = "claim_paid":
        "The claim that `replaces` names was paid.";
        "Settle the difference with the payer.",
    ClaimPartiallyPaid = "claim_partially_paid":
        "The claim that `replaces` names was paid in part.";
        "Settle the rest with the payer.",
    UnknownItem = "unknown_item":
        "The claim has no item with this number.";
        "Give the `sequence` of an item, from 1.",
    UnknownSettled = "unknown_settled":
        "The decision of the claim has no finding with this code.";
        "Settle findings that the claim has; `decision.findings` lists them.",
    BreaksLaw = "breaks_law":
        "A law forbids the reviewed outcome, or that the patient pays; `detail` names the law.";
        "Review it otherwise, or add an entry to `exceptions` of a review with this law and the evidence that it does not hold here, before the claim is sent.",
    FindingsUnsettled = "findings_unsettled":
        "The claim is to be `ready`, and it has findings that a person must settle first; `detail` lists their codes.";
        "Look into each, and list in `settles` what is settled.",
    PayerNotDue = "payer_not_due":
        "The claim is sent to somebody whose turn it is not.";
        "Send it to one of those in `detail`; review the claim if somebody else should pay.",
    CoverageNeeded = "coverage_needed":
        "Several private plans are billed in turn, and it is not said which one is meant.";
        "Give `coverage`, the index of the plan in `coverages`.",
    OtherCoverage = "other_coverage":
        "The payer of a remittance is not the insurer of this coverage.";
        "Give the index in `coverages` of an insurance of this payer, or leave `coverage` out.",
    OverBilled = "over_billed":
        "A remittance comes to more than is left of the item.";
        "Compare it with `balance` and `remittances` of the claim: it may be entered already. Nothing is paid twice.",
    UnknownRemittance = "unknown_remittance":
        "The claim has no remittance of this payer with the number in `reverses`, or that one is a reversal itself.";
        "Give a number that `remittances` of the claim lists for the same payer.",
    AlreadyReversed = "already_reversed":
        "The remittance was taken back before.";
        "Nothing, if it is the same reversal under another number.",
    ReversalDiffers = "reversal_differs":
        "A reversal says other amounts than the remittance that it takes back.";
        "Leave `items` out: all of the remittance is taken back. Enter what is paid instead as a remittance of its own.",
    PaidSince = "paid_since":
        "Somebody has paid of the share that the remittance left to the patient.";
        "Take that payment back first.",
    TooManyRemittances = "too_many_remittances":
        "The claim has as many remittances as it can have.";
        "Write several answers of a payer as one remittance.",
    NothingMeasured = "nothing_measured":
        "An outcome has neither pain, function, range of motion nor a note.";
        "Give at least one of them.",
    TooManyOutcomes = "too_many_outcomes":
        "The claim has as many outcomes as it can have.";
        "Record further ones with the patient's next claim.",
    Differs = "differs":
        "What is stored under the id or number is different at this place; the values are not shown.";
        "If the new content is right, send it under another id (a correction names the old claim in `replaces`), or change what is stored.",
    PayerOfAnotherKind = "payer_of_another_kind":
        "Another payer gives approvals of this kind.";
        "OCF-18 and OCF-23 are `mva`, WSIB's approvals `wsib`, predeterminations `private`.",
    StatusOfAnotherKind = "status_of_another_kind":
        "Only an OCF-23 can be `confirmed`.";
        "Use `approved`, or correct the kind.",
    NumberChanged = "number_changed":
        "The number of a preauthorization cannot change.";
        "Send the stored number, or enter another preauthorization.",
    ReservedVersion = "reserved_version":
        "A year and a number name the versions that Payerline ships.";
        "Add a word of your own, such as `2026.2-maple`.",
    VersionChanged = "version_changed":
        "The version in the draft is another than in the address.";
        "Send the version in the address, or write a new draft.",
    UnknownVersion = "unknown_version":
        "`based_on` names no version of a rulebook.";
        "Take a version from `GET /v1/rulebooks`.",
    UnknownRule = "unknown_rule":
        "No rule has this id, as the changes before this one leave the rulebook.";
        "Take an id from the rulebook's `rules`.",
    SameRule = "same_rule":
        "A rule cannot be moved before or after itself.";
        "Name another rule.",
    DuplicateId = "duplicate_id":
        "Another part of the rulebook has this name.";
        "Give it a name of its own.",
    EmptyCondition = "empty_condition":
        "A condition lists no value, so nothing can meet it.";
        "List the values, or leave the condition out if any value will do.",
    PayerInRule = "payer_in_rule":
        "A rule asks about the payer, which it is there to decide.";
        "Leave the condition out, or make the rule a check.",
    OtherPayer = "other_payer":
        "`billed_coverage` is only for the payer `private`.";
        "Leave it out, or correct the payer.",
    AskedTooEarly = "asked_too_early":
        "The fact is not known yet where it is asked.";
        "Leave the condition out.",
    InvalidPointer = "invalid_pointer":
        "This is no JSON Pointer into a claim.";
        "Write it like `/patient/birth_date` or `/items/{item}`; empty for the whole claim.",
    UnknownFinding = "unknown_finding":
        "The rulebook reports a finding that its `findings` do not describe.";
        "Describe it there, or name one that is described.",
    FindingMissing = "finding_missing":
        "Payerline reports this finding by itself, and the rulebook's `findings` do not describe it.";
        "Add it with a severity and a sentence.",
    TooManyInsurers = "too_many_insurers":
        "The rulebook names more private insurers than it can.";
        "Name fewer.",
    BillingOrderMissing = "billing_order_missing":
        "No billing order is for every case of a payer.";
        "Add one that asks about this payer only.",
    WrongNumber = "wrong_number":
        "A golden case does not expect as many items as its claim has.";
        "Expect one entry for each item, or leave `items` out.",
    OutOfOrder = "out_of_order":
        "Kept facts about possible duplicates are not in the order of the items. Only records kept by Payerline have these.";
        "Report it: what is stored was altered.",
    Unprovable = "unprovable":
        "The rules ask about too many facts at once to be proved.";
        "Ask about fewer facts in a rule, or say with one rule what several say.",
    Hole = "hole":
        "Some claims are decided by no rule.";
        "Add a rule for them; the check shows one of the claims.",
    CatchAll = "catch_all":
        "A rule that matches every claim decides claims that no other rule names.";
        "Add rules that name what they decide; the check shows one of the claims.",
    Shadowed = "shadowed":
        "The rule decides no claim, because earlier rules decide all that it matches.";
        "Move it before them, narrow them, or remove it.",
    Unlawful = "unlawful":
        "The rule decides some claims against a law that every rulebook must keep, such as that no injured worker is billed unreviewed.";
        "Change the rule as `detail` says; the check shows one of the claims.",
    GoldenCaseFailed = "golden_case":
        "A golden case of the version is decided otherwise than it expects.";
        "Correct the rules, or the case if the new decision is right.",
    UnknownBacktest = "unknown_backtest":
        "There is no such back-test.";
        "Start one of this version.",
    BacktestNotFinished = "backtest_not_finished":
        "The back-test is not finished.";
        "Wait until it is, or start another.",
    BacktestOfAnotherTable = "backtest_of_another_table":
        "The back-test is of another table than the version has now.";
        "Start one of the version as it is now.",
    BacktestOfNoClaim = "backtest_of_no_claim":
        "The back-test compared no claim.";
        "Start one over a period in which claims were received.",
    UnreadableClaims = "unreadable_claims":
        "Some claims could not be compared, so nobody knows how many would change.";
        "Ask the operator; the back-test names the first of them.",
    TooManyChangedClaims = "too_many_changed_claims":
        "The back-test found more changed claims than `max_changed_claims` allows.";
        "Look at the changes; raise the limit if they are meant.",
    TooManyMovedCents = "too_many_moved_cents":
        "The back-test moves more money to another payer than `max_moved_cents` allows.";
        "Look at the changes; raise the limit if they are meant.",
    BeforeTheStart = "before_the_start":
        "A period ends before it begins.";
        "Exchange the two days, or correct one.",
    MissingParameter = "missing_parameter":
        "A query parameter that must be given is missing.";
        "Add it to the address.",
    UnknownParameter = "unknown_parameter":
        "The query parameter is not known here.";
        "Correct the name (`detail` lists those that are known), or leave it out.",
    RepeatedParameter = "repeated_parameter":
        "A query parameter that takes a single value is given more than once.";
        "Give it once.",
    InvalidTime = "invalid_time":
        "This is neither an RFC 3339 time nor a day.";
        "Write it like `2026-06-01` or `2026-06-01T10:00:00-04:00`; in an address `+` is written `%2B`.",
    InvalidCursor = "invalid_cursor":
        "This is no cursor of the list.";
        "Take `next` or `prev` of one of its pages, or start without a cursor.",
    CursorOfOtherFilters = "cursor_of_other_filters":
        "The cursor was made by another list or with other filters.";
        "Repeat the filters unchanged, or start without a cursor.",
}

impl FaultCode {
    /// The code as it is answered.
    pub const fn word(self) -> &'static str {
        let [word, ..] = self.texts();
        word
    }

    pub const fn meaning(self) -> &'static str {
        let [_, meaning, _] = self.texts();
        meaning
    }

    pub const fn remedy(self) -> &'static str {
        let [.., remedy] = self.texts();
        remedy
    }

    /// All codes, for people.
    pub fn list() -> OpenList<3> {
        let rows = Self::ALL.iter().map(|code| code.texts().map(str::to_owned));
        OpenList {
            headings: ["code", "meaning", "what to do"],
            rows: rows.collect(),
        }
    }
}

impl Serialize for FaultCode {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.word())
    }
}

impl PartialSchema for FaultCode {
    fn schema() -> RefOr<Schema> {
        Self::list().to_schema(
            "What is wrong with a request, as a stable word for programs. Later versions may add codes.",
        )
    }
}

impl ToSchema for FaultCode {}
