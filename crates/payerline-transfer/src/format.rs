use std::path::Path;

/// How a file holds claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum FileFormat {
    /// One JSON object a line.
    Ndjson,
    /// Comma-separated values; the first line names the columns.
    Csv,
}

impl FileFormat {
    /// The format that a file's name ends in, also before `.gz`; `None` if the name says nothing.
    pub fn from_name(path: &Path) -> Option<Self> {
        let extension = |path: &Path| path.extension()?.to_str().map(str::to_ascii_lowercase);
        let name = match extension(path)?.as_str() {
            "gz" => extension(Path::new(path.file_stem()?))?,
            other => other.to_owned(),
        };
        match name.as_str() {
            "csv" | "tsv" | "tab" => Some(Self::Csv),
            "ndjson" | "jsonl" | "json" => Some(Self::Ndjson),
            _ => None,
        }
    }

    /// The format in which an export writes a file of this name; `None` if the name promises another one.
    pub fn for_output(path: &Path) -> Option<Self> {
        match path.extension().and_then(|extension| extension.to_str()) {
            None => Some(Self::Ndjson),
            Some(extension) if extension.eq_ignore_ascii_case("csv") => Some(Self::Csv),
            Some(extension) => ["ndjson", "jsonl"]
                .iter()
                .any(|known| extension.eq_ignore_ascii_case(known))
                .then_some(Self::Ndjson),
        }
    }

    /// The format of a text by its beginning.
    pub(crate) fn from_text(head: &[u8]) -> Self {
        let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
        match head.trim_ascii_start().first() {
            None | Some(b'{' | b'[') => Self::Ndjson,
            Some(_) => Self::Csv,
        }
    }

    pub(crate) fn extension(self) -> &'static str {
        match self {
            Self::Ndjson => "ndjson",
            Self::Csv => "csv",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_tells_the_format() {
        for (name, read, written) in [
            ("a.csv", Some(FileFormat::Csv), Some(FileFormat::Csv)),
            ("a.CSV", Some(FileFormat::Csv), Some(FileFormat::Csv)),
            ("a.tsv", Some(FileFormat::Csv), None),
            ("a.csv.gz", Some(FileFormat::Csv), None),
            (
                "a.ndjson",
                Some(FileFormat::Ndjson),
                Some(FileFormat::Ndjson),
            ),
            ("a.jsonl.gz", Some(FileFormat::Ndjson), None),
            ("a.json", Some(FileFormat::Ndjson), None),
            ("a.xlsx", None, None),
            ("a.txt", None, None),
            ("a.gz", None, None),
            ("a", None, Some(FileFormat::Ndjson)),
            ("-", None, Some(FileFormat::Ndjson)),
        ] {
            assert_eq!(FileFormat::from_name(Path::new(name)), read, "{name}");
            assert_eq!(FileFormat::for_output(Path::new(name)), written, "{name}");
        }
    }

    #[test]
    fn else_the_text_does() {
        for (text, format) in [
            ("\u{feff} {\"a\":1}", FileFormat::Ndjson),
            ("\n[", FileFormat::Ndjson),
            ("", FileFormat::Ndjson),
            ("external_id\tpatient.id\n", FileFormat::Csv),
            ("sep=;", FileFormat::Csv),
        ] {
            assert_eq!(FileFormat::from_text(text.as_bytes()), format, "{text}");
        }
    }
}
