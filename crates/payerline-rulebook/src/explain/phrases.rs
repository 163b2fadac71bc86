//! Words of the contract as a person would say them.

use payerline_domain::{
    claims::{
        accident::WsiaElection,
        coverage::{Coverage, CoverageKind},
        item::Category,
        payer::Payer,
    },
    preauthorizations::PreauthorizationKind,
    values::{closed_enum::ClosedEnum, money::Cents},
};

/// Who is responsible.
pub fn payer(payer: Payer) -> &'static str {
    match payer {
        Payer::Wsib => "WSIB",
        Payer::Mva => "the auto insurer",
        Payer::Private => "the private plan",
        Payer::Uncovered => "no insurer",
    }
}

/// An approval that its payer gave.
pub fn given(kind: PreauthorizationKind) -> &'static str {
    match kind {
        PreauthorizationKind::Ocf18 => "an approved OCF-18",
        PreauthorizationKind::Ocf23 => "an approved OCF-23",
        PreauthorizationKind::WsibApproval => "WSIB's approval",
        PreauthorizationKind::Predetermination => "the private plan's approved predetermination",
    }
}

/// The form in which its payer was asked.
pub fn asked(kind: PreauthorizationKind) -> &'static str {
    match kind {
        PreauthorizationKind::Ocf18 => "OCF-18",
        PreauthorizationKind::Ocf23 => "OCF-23",
        PreauthorizationKind::WsibApproval => "request",
        PreauthorizationKind::Predetermination => "predetermination",
    }
}

/// An insurance by its kind, and by its name where that is known.
pub fn insurer(coverage: &Coverage) -> String {
    let kind = match coverage.kind {
        CoverageKind::Private => "the private plan",
        CoverageKind::Auto => "the auto insurer",
        // There is only one of these.
        CoverageKind::Wsib => return "WSIB".to_owned(),
        CoverageKind::Ohip => return "OHIP".to_owned(),
        CoverageKind::Federal => "the federal programme",
    };
    match &coverage.insurer {
        Some(name) if !name.as_str().trim().is_empty() => format!("{kind} ({})", name.as_str()),
        _ => kind.to_owned(),
    }
}

/// The choice of an injured worker.
pub fn election(election: WsiaElection) -> &'static str {
    match election {
        WsiaElection::None => "nothing",
        WsiaElection::Benefits => "WSIB benefits instead of suing",
        WsiaElection::Sue => "to sue instead of WSIB benefits",
    }
}

pub fn category(category: Category) -> String {
    plain(category.word())
}

/// A word of the contract that has no phrase of its own, or a fact's name, without its underscores.
pub fn plain(word: &str) -> String {
    if let Some(form) = word.strip_prefix("ocf_") {
        return format!("OCF-{}", form.to_ascii_uppercase());
    }
    let parts = word.split('_').map(|part| match part {
        "ohip" | "wsia" | "wsib" => part.to_ascii_uppercase(),
        _ => part.to_owned(),
    });
    parts.collect::<Vec<_>>().join(" ")
}

/// All of some categories.
pub fn categories(categories: &[Category]) -> String {
    let words: Vec<String> = categories.iter().copied().map(category).collect();
    joined(&words, "and")
}

/// Any of some categories.
pub fn either(categories: &[Category]) -> String {
    let words: Vec<String> = categories.iter().copied().map(category).collect();
    any_of(&words)
}

/// Any of several things.
pub fn any_of(things: &[String]) -> String {
    joined(things, "or")
}

/// Several things in a row.
pub fn listed<T: AsRef<str>>(things: &[T]) -> String {
    joined(things, "and")
}

fn joined<T: AsRef<str>>(things: &[T], conjunction: &str) -> String {
    let words: Vec<&str> = things.iter().map(AsRef::as_ref).collect();
    match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => {
            format!("{} {conjunction} {last}", rest.join(", "))
        }
        _ => words.concat(),
    }
}

/// An amount in dollars and cents, exact.
pub fn dollars(amount: Cents) -> String {
    let (whole, cents) = (amount.get() / 100, amount.get() % 100);
    let digits = whole.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && digits.len().saturating_sub(index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("${grouped}.{cents:02}")
}

/// With a capital first letter.
pub fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(characters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_in_dollars_and_cents() {
        for (cents, text) in [
            (0, "$0.00"),
            (5, "$0.05"),
            (99_999, "$999.99"),
            (100_000, "$1,000.00"),
            (1_234_567_890, "$12,345,678.90"),
        ] {
            assert_eq!(dollars(Cents::from_stored(cents)), text);
        }
    }

    #[test]
    fn words_of_the_contract_read_like_words() {
        for (word, text) in [
            ("needs_review", "needs review"),
            ("wsib_claim_number", "WSIB claim number"),
            ("ocf_21b", "OCF-21B"),
        ] {
            assert_eq!(plain(word), text);
        }
    }

    #[test]
    fn several_things_are_joined_as_in_speech() {
        assert_eq!(listed::<&str>(&[]), "");
        assert_eq!(listed(&["a"]), "a");
        assert_eq!(listed(&["a", "b"]), "a and b");
        assert_eq!(listed(&["a", "b", "c"]), "a, b and c");
        let two = [Category::StemCellTherapy, Category::Device];
        assert_eq!(either(&two), "stem cell therapy or device");
    }
}
