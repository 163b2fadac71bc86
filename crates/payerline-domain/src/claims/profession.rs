//! Professions: what a claim or a plan calls them, read as one of few words.

use crate::values::closed_enum::{ClosedEnum, string_enum};

string_enum! {
    /// A provider's profession.
    Profession {
        /// Physician
        Physician = "physician",
        /// Nurse practitioner
        NursePractitioner = "nurse_practitioner",
        /// Chiropractor
        Chiropractor = "chiropractor",
        /// Physiotherapist
        Physiotherapist = "physiotherapist",
        /// Massage therapist
        MassageTherapist = "massage_therapist",
        /// Kinesiologist
        Kinesiologist = "kinesiologist",
        /// Occupational therapist
        OccupationalTherapist = "occupational_therapist",
        /// Psychologist
        Psychologist = "psychologist",
        /// Psychotherapist
        Psychotherapist = "psychotherapist",
        /// Social worker
        SocialWorker = "social_worker",
        /// Acupuncturist
        Acupuncturist = "acupuncturist",
        /// Naturopath
        Naturopath = "naturopath",
        /// Pharmacist
        Pharmacist = "pharmacist",
        /// Dentist
        Dentist = "dentist",
        /// Optometrist
        Optometrist = "optometrist",
        /// Speech-language pathologist
        SpeechLanguagePathologist = "speech_language_pathologist",
        /// Osteopath
        Osteopath = "osteopath",
        /// Chiropodist
        Chiropodist = "chiropodist",
        /// Any other
        Other = "other",
    }
}

impl Profession {
    /// Reads a text without regard to case, blanks and hyphens: `Massage Therapist` is `massage_therapist`. Any text
    /// that names none of the professions is `Other`.
    pub fn read(text: &str) -> Self {
        // Most texts are the word itself. This runs once for each item.
        if let Some(profession) = Self::from_word(text) {
            return profession;
        }
        let text = text.trim();
        let is_it = |profession: &&Self| {
            let folded = text.chars().flat_map(char::to_lowercase).map(fold);
            folded.eq(profession.word().chars())
        };
        Self::ALL.iter().find(is_it).copied().unwrap_or(Self::Other)
    }
}

/// Blanks and hyphens, the typographic ones too, are underscores.
fn fold(character: char) -> char {
    match character {
        '-' | '\u{2010}' | '\u{2011}' => '_',
        blank if blank.is_whitespace() => '_',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_blanks_and_hyphens_do_not_count() {
        for profession in Profession::ALL {
            let word = profession.word();
            let forms = [
                word.to_owned(),
                word.to_uppercase(),
                word.replace('_', " "),
                word.replace('_', "-"),
                format!(" {} ", word.replace('_', "\u{a0}")),
            ];
            for form in forms {
                assert_eq!(Profession::read(&form), *profession, "{form}");
            }
        }
        let mixed = "Speech-Language Pathologist";
        assert_eq!(
            Profession::read(mixed),
            Profession::SpeechLanguagePathologist
        );
    }

    #[test]
    fn any_other_text_is_other() {
        for text in [
            "",
            "other",
            "Other",
            "physio",
            "physicians",
            "nurse",
            "massage  therapist",
            "médecin",
        ] {
            assert_eq!(Profession::read(text), Profession::Other, "{text}");
        }
    }
}
