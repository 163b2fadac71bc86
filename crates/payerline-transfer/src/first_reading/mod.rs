//! The first reading of an import, before anything is sent: it finds external ids that come again apart, in one file
//! or in several. Sent as they stand, the first part of such an invoice would be stored as the whole of it.
//!
//! It holds 16 bytes an id. A second look, only at ids that seem to come again, holds where they stand. All places of
//! an id are refused together, at the first one. Lines of NDJSON with the same content are one claim, so they are
//! sent.

mod seen_ids;

use std::sync::Arc;

use payerline_domain::values::digest::sha256;

use self::seen_ids::SeenIds;
use crate::{
    content::Content,
    error::TransferError,
    format::FileFormat,
    input::Input,
    problem::ProblemDetails,
    source::{ClaimSource, ClaimState, FileClaim, FileOffset, SourceError},
};

/// A reason names so many places.
const MAX_NAMED_PLACES: usize = 5;

pub struct FirstReading {
    files: Vec<Input>,
    /// Where external ids stand that come again; sorted by id, then in the order of the import.
    places: Vec<Place>,
}

struct Place {
    id: u128,
    content: u128,
    file: usize,
    begin: FileOffset,
    end: FileOffset,
}

impl FirstReading {
    /// Reads all files of an import, a CSV file up to a stray quote. Any other fault is an error here already.
    pub fn read(files: Vec<Input>) -> Result<Self, TransferError> {
        let mut seen = SeenIds::default();
        read_claims(&files, |file, input, claim, id| {
            let content = digest_place_or_text(file, input, claim);
            seen.add(shorten(id), shorten(content));
        })?;
        let suspects = seen.find_repeated();
        let mut places = Vec::new();
        if !suspects.is_empty() {
            read_claims(&files, |file, input, claim, id| {
                if suspects.binary_search(&shorten(id)).is_ok() {
                    places.push(Place {
                        id,
                        content: digest_content(file, input, claim),
                        file,
                        begin: claim.begin,
                        end: claim.end,
                    });
                }
            })?;
        }
        places.sort_by_key(|place| (place.id, place.file, place.begin));
        // The others are lines with the same content in another form.
        let repeated: Vec<u128> = places
            .chunk_by(|one, other| one.id == other.id)
            .filter_map(find_contradicted_id)
            .collect();
        places.retain(|place| repeated.binary_search(&place.id).is_ok());
        Ok(Self { files, places })
    }

    /// The claims of a file from an offset on. Ids that come again are refused at their first place, and passed over
    /// at the others.
    pub fn claims_from(
        self: &Arc<Self>,
        file: usize,
        offset: FileOffset,
    ) -> Result<Box<dyn ClaimSource>, SourceError> {
        let Some(input) = self.files.get(file) else {
            return Ok(Box::new(NoClaims));
        };
        Ok(Box::new(CheckedSource {
            source: input.read_from(offset)?,
            file,
            reading: Arc::clone(self),
        }))
    }

    fn find_places(&self, key: Option<&str>) -> &[Place] {
        let Some(key) = key.filter(|_| !self.places.is_empty()) else {
            return &[];
        };
        let id = digest(key);
        let begin = self.places.partition_point(|place| place.id < id);
        let end = self.places.partition_point(|place| place.id <= id);
        self.places.get(begin..end).unwrap_or_default()
    }

    /// Refuses a claim together with what stands under its id elsewhere, under the same columns. Returns `None` if it
    /// was refused with an earlier one.
    fn refuse(
        &self,
        file: usize,
        claim: FileClaim,
        places: &[Place],
    ) -> Result<Option<FileClaim>, SourceError> {
        let mut together = places
            .iter()
            .filter(|place| self.have_same_columns(file, place.file));
        let is_first = together
            .next()
            .is_some_and(|first| first.file == file && first.begin == claim.begin);
        if !is_first {
            return Ok(None);
        }
        let reason = self.describe(places);
        let mut refused = add_reason(claim, &reason);
        for place in together {
            if let Some(input) = self.files.get(place.file)
                && let Some(other) = input.read_from(place.begin)?.next_claim()?
            {
                refused.elsewhere.push(add_reason(other, &reason));
            }
        }
        Ok(Some(refused))
    }

    /// Returns true if claims of both files can stand in one file of refused claims.
    fn have_same_columns(&self, file: usize, other: usize) -> bool {
        let columns = |file: usize| {
            self.files
                .get(file)
                .map(|input| (input.format, &input.header))
        };
        columns(file) == columns(other)
    }

    fn describe(&self, places: &[Place]) -> String {
        let first_file = places.first().map(|place| place.file);
        let is_one_file = places.iter().all(|place| Some(place.file) == first_file);
        let mut names: Vec<String> = places
            .iter()
            .take(MAX_NAMED_PLACES)
            .map(|place| {
                let (first, last) = (place.begin.line + 1, place.end.line);
                let lines = if first == last {
                    format!("line {first}")
                } else {
                    format!("lines {first} to {last}")
                };
                match self.files.get(place.file) {
                    Some(input) if !is_one_file => format!("{lines} of {}", input.name),
                    _ => lines,
                }
            })
            .collect();
        let last = match places.len().saturating_sub(MAX_NAMED_PLACES) {
            0 => names.pop().unwrap_or_default(),
            more => format!("{more} more places"),
        };
        let names = names.join(", ");
        let has_rows = places.iter().any(|place| {
            let input = self.files.get(place.file);
            input.is_some_and(|input| input.format == FileFormat::Csv)
        });
        let content = self.files.first().map(|input| input.content);
        let content = content.unwrap_or_default();
        let same = content.same();
        let (noun, id) = match content {
            Content::Claims => ("claim", "id"),
            Content::Remittances => ("remittance", "number"),
        };
        if has_rows {
            format!(
                "{same} stands in {names} and {last}, so nothing of it was sent; rows of one {noun} must stand \
                 together, and another {noun} needs another {id}"
            )
        } else {
            format!(
                "{same} stands in {names} and {last} with different content, so nothing of it was sent; keep what is \
                 right"
            )
        }
    }
}

/// A file's claims without those that were refused together with an earlier one.
struct CheckedSource {
    source: Box<dyn ClaimSource>,
    file: usize,
    reading: Arc<FirstReading>,
}

impl ClaimSource for CheckedSource {
    fn next_claim(&mut self) -> Result<Option<FileClaim>, SourceError> {
        while let Some(claim) = self.source.next_claim()? {
            let places = self.reading.find_places(claim.key.as_deref());
            if places.is_empty() {
                return Ok(Some(claim));
            }
            if let Some(refused) = self.reading.refuse(self.file, claim, places)? {
                return Ok(Some(refused));
            }
        }
        Ok(None)
    }
}

struct NoClaims;

impl ClaimSource for NoClaims {
    fn next_claim(&mut self) -> Result<Option<FileClaim>, SourceError> {
        Ok(None)
    }
}

/// Hands over each claim that has an external id, with the number of its file and the id's digest.
fn read_claims(
    files: &[Input],
    mut each: impl FnMut(usize, &Input, &FileClaim, u128),
) -> Result<(), TransferError> {
    for (file, input) in files.iter().enumerate() {
        let failed = |error| TransferError::source(&input.name, error);
        let mut source = input.read_from(FileOffset::default()).map_err(failed)?;
        loop {
            match source.next_claim() {
                Ok(Some(claim)) => {
                    if let Some(id) = &claim.key {
                        each(file, input, &claim, digest(id));
                    }
                }
                Ok(None) => break,
                // What stands before a stray quote is sent, and nothing behind it.
                Err(SourceError::Quote(_)) => break,
                Err(error) => return Err(failed(error)),
            }
        }
    }
    Ok(())
}

/// The id of some places, if their contents differ.
fn find_contradicted_id(same: &[Place]) -> Option<u128> {
    let first = same.first()?;
    let differs = same.iter().any(|place| place.content != first.content);
    differs.then_some(first.id)
}

/// Differs for other contents. It also differs for one content that is written in another way.
fn digest_place_or_text(file: usize, input: &Input, claim: &FileClaim) -> u128 {
    match input.format {
        FileFormat::Ndjson => digest(claim.json.trim_ascii()),
        // Rows that stand apart are never the whole claim, whatever they are.
        FileFormat::Csv => digest(format!("{file} {}", claim.begin.byte)),
    }
}

/// Differs for other contents only, as the service compares them.
fn digest_content(file: usize, input: &Input, claim: &FileClaim) -> u128 {
    match input.content.digest_of(&claim.json) {
        Some(content) if input.format == FileFormat::Ndjson => digest(content),
        _ => digest_place_or_text(file, input, claim),
    }
}

fn digest(text: impl AsRef<[u8]>) -> u128 {
    let digest = sha256(text);
    digest
        .first_chunk()
        .copied()
        .map(u128::from_be_bytes)
        .unwrap_or_default()
}

fn shorten(digest: u128) -> u64 {
    u64::try_from(digest >> 64).unwrap_or_default()
}

fn add_reason(mut claim: FileClaim, reason: &str) -> FileClaim {
    let detail = match &claim.state {
        ClaimState::Refused(problem) => format!("{}; {reason}", problem.reason()),
        _ => reason.to_owned(),
    };
    let title = "Comes again";
    claim.state = ClaimState::Refused(ProblemDetails::new(409, title, &detail));
    claim
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A claim by its file and first line, whether it is sent, the lines of those refused with it, and why.
    type Read = (usize, u64, bool, Vec<u64>, String);

    /// Reads the claims of some files as an import does.
    fn read(files: &[(&str, &str)]) -> Vec<Read> {
        let directory = tempfile::TempDir::new().unwrap();
        let inputs = files.iter().map(|(name, text)| {
            let path = directory.path().join(name);
            std::fs::write(&path, text).unwrap();
            let mut input = Input::open(&path, None, Content::Claims).unwrap();
            (*name).clone_into(&mut input.name);
            input
        });
        let reading = Arc::new(FirstReading::read(inputs.collect()).unwrap());
        let mut all = Vec::new();
        for file in 0..files.len() {
            let mut source = reading.claims_from(file, FileOffset::default()).unwrap();
            while let Some(claim) = source.next_claim().unwrap() {
                let elsewhere = claim.elsewhere.iter().map(FileClaim::line).collect();
                let reason = match &claim.state {
                    ClaimState::Refused(problem) => problem.reason(),
                    _ => String::new(),
                };
                all.push((file, claim.line(), claim.is_open(), elsewhere, reason));
            }
        }
        all
    }

    fn sent(file: usize, line: u64) -> Read {
        (file, line, true, Vec::new(), String::new())
    }

    #[test]
    fn rows_that_stand_apart_are_refused_together_at_the_first_place() {
        let text = "external_id,items.code\nA,1\nB,1\nB,2\nA,2\nA,3\nC,1\nA,1\n";
        let all = read(&[("a.csv", text)]);
        assert_eq!(all.len(), 3, "{all:?}");
        let (_, line, is_open, elsewhere, reason) = &all[0];
        assert_eq!(
            (*line, *is_open, elsewhere.as_slice()),
            (2, false, &[5, 8][..])
        );
        assert!(
            reason.contains("line 2, lines 5 to 6 and line 8,"),
            "{reason}"
        );
        assert_eq!(all[1..], [sent(0, 3), sent(0, 7)]);
    }

    #[test]
    fn all_files_of_an_import_are_looked_at() {
        let names = "external_id,items.code\n";
        let a = format!("{names}A,1\nB,1\n");
        let b = format!("{names}C,1\nA,1\n");
        let other_columns = "items.code,external_id\n1,A\n";
        let all = read(&[("a.csv", &a), ("b.csv", &b), ("c.csv", other_columns)]);
        let places = "line 2 of a.csv, line 3 of b.csv and line 2 of c.csv";
        assert_eq!(all.len(), 4, "{all:?}");
        assert!(all[0].4.contains(places), "{all:?}");
        assert_eq!(all[0].3, [3]);
        assert_eq!(all[1..3], [sent(0, 3), sent(1, 2)]);
        // Its rows have no place under the columns of the others.
        assert!(all[3].0 == 2 && all[3].4.contains(places), "{all:?}");
    }

    #[test]
    fn a_line_that_is_repeated_with_the_same_content_is_sent() {
        let claim = include_str!("../../../../examples/private-physiotherapy.json");
        let claim: serde_json::Value = serde_json::from_str(claim).unwrap();
        let mut turned = serde_json::Map::new();
        for (name, value) in claim.as_object().unwrap().iter().rev() {
            turned.insert(name.clone(), value.clone());
        }
        let mut other = claim.clone();
        other["patient"]["id"] = "P-9".into();
        let turned = serde_json::Value::Object(turned);
        let same = read(&[("a.ndjson", &format!("{claim}\n{claim}\n {turned}\n"))]);
        assert_eq!(same, [sent(0, 1), sent(0, 2), sent(0, 3)]);
        let all = read(&[("a.ndjson", &format!("{claim}\n{claim}\n{other}\n"))]);
        assert_eq!(all.len(), 1, "{all:?}");
        assert_eq!(all[0].3, [2, 3]);
        assert!(
            all[0]
                .4
                .contains("line 1, line 2 and line 3 with different content")
        );
    }

    #[test]
    fn ids_are_compared_as_the_service_does() {
        let all = read(&[("a.csv", "external_id\nB\u{e9}\nX\n Be\u{301} \n")]);
        assert_eq!(all.len(), 2, "{all:?}");
        assert_eq!(all[0].3, [4]);
    }

    #[test]
    fn a_reason_names_some_places_and_counts_the_rest() {
        let text = "external_id\n".to_owned() + &"A\nB\n".repeat(9);
        let reason = &read(&[("a.csv", &text)])[0].4;
        assert!(reason.contains("line 10 and 4 more places,"), "{reason}");
    }
}
