//! Files that are no plain text in UTF-8. Those from which nothing is lost are converted into a temporary file: gzip,
//! UTF-16, and text with the line ends of old Macs. All others are named by their format, and refused.

use std::{
    char,
    fs::File,
    io::{self, BufRead, BufReader, BufWriter, Read, Seek, Write},
    iter,
    os::unix::fs::FileExt,
    sync::Arc,
};

use flate2::read::MultiGzDecoder;

const BUFFER_BYTES: usize = 64 << 10;
const HEAD_BYTES: u64 = 64 << 10;

/// Beginnings of files that hold no claims, and what to do with such a file.
const OTHER_FORMATS: [(&[u8], &str); 9] = [
    (
        b"PK\x03\x04",
        "an Excel workbook, or another zip archive: in the spreadsheet save it as `CSV UTF-8`, and import that file",
    ),
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "an old Excel workbook: in the spreadsheet save it as `CSV UTF-8`, and import that file",
    ),
    (
        b"%PDF-",
        "a PDF document: ask for the claims as CSV or NDJSON",
    ),
    (
        b"<",
        "HTML or XML: in a spreadsheet save it as `CSV UTF-8`, and import that file",
    ),
    (
        b"\x28\xb5\x2f\xfd",
        "compressed by zstd: decompress it first, or compress it by gzip",
    ),
    (
        b"\xfd7zXZ\x00",
        "compressed by xz: decompress it first, or compress it by gzip",
    ),
    (
        b"BZh",
        "compressed by bzip2: decompress it first, or compress it by gzip",
    ),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive: unpack it first"),
    (b"Rar!\x1a\x07", "a RAR archive: unpack it first"),
];
const BINARY: &str =
    "no text in UTF-8, because it has zero bytes: save it as `CSV UTF-8`, and import that file";

/// Why a file cannot be made plain text.
pub enum PlainTextError {
    /// What it is, and what to do.
    OtherFormat(&'static str),
    Convert(io::Error),
}

impl From<io::Error> for PlainTextError {
    fn from(error: io::Error) -> Self {
        Self::Convert(error)
    }
}

/// Reads a file from an offset, whatever other readers of it do.
pub struct OffsetReader {
    file: Arc<File>,
    offset: u64,
}

impl OffsetReader {
    pub fn new(file: &Arc<File>, offset: u64) -> Self {
        Self {
            file: Arc::clone(file),
            offset,
        }
    }
}

impl Read for OffsetReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(buffer, self.offset)?;
        self.offset += u64::try_from(read).unwrap_or_default();
        Ok(read)
    }
}

/// Returns the file itself if it is plain text, or its text in a temporary file.
pub fn convert(file: Arc<File>) -> Result<Arc<File>, PlainTextError> {
    let mut file = file;
    if read_head(&file)?.starts_with(b"\x1f\x8b") {
        file = copy_to_temporary(MultiGzDecoder::new(open(&file)))?;
    }
    let head = read_head(&file)?;
    for (beginning, what) in OTHER_FORMATS {
        if head.starts_with(beginning) {
            return Err(PlainTextError::OtherFormat(what));
        }
    }
    let decode: Option<fn([u8; 2]) -> u16> = match head.as_slice() {
        [0xff, 0xfe, ..] => Some(u16::from_le_bytes),
        [0xfe, 0xff, ..] => Some(u16::from_be_bytes),
        _ => None,
    };
    if let Some(decode) = decode {
        file = write_temporary(|output| decode_utf16(open(&file), decode, output))?;
    }
    let head = read_head(&file)?;
    let first_line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    if first_line.contains(&0) {
        return Err(PlainTextError::OtherFormat(BINARY));
    }
    if first_line.len() == head.len() && head.contains(&b'\r') {
        file = write_temporary(|output| replace_carriage_returns(open(&file), output))?;
    }
    Ok(file)
}

/// The first bytes of a file.
pub fn read_head(file: &Arc<File>) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    let reader = OffsetReader::new(file, 0);
    reader.take(HEAD_BYTES).read_to_end(&mut head)?;
    Ok(head)
}

/// Copies a stream into a file that has no name, so that only this process can read it and nothing is left of it.
pub fn copy_to_temporary(mut input: impl Read) -> io::Result<Arc<File>> {
    write_temporary(|output| io::copy(&mut input, output).map(|_| ()))
}

fn write_temporary(
    write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> io::Result<Arc<File>> {
    let mut output = BufWriter::with_capacity(BUFFER_BYTES, tempfile::tempfile()?);
    write(&mut output)?;
    let mut file = output
        .into_inner()
        .map_err(io::IntoInnerError::into_error)?;
    file.rewind()?;
    Ok(Arc::new(file))
}

fn open(file: &Arc<File>) -> BufReader<OffsetReader> {
    BufReader::with_capacity(BUFFER_BYTES, OffsetReader::new(file, 0))
}

/// Writes UTF-16 as UTF-8 without its byte order mark. Fails where it is no UTF-16, so that no character is lost.
fn decode_utf16(
    input: impl BufRead,
    decode: fn([u8; 2]) -> u16,
    output: &mut impl Write,
) -> io::Result<()> {
    let mut bytes = input.bytes();
    let mut failure = None;
    let units = iter::from_fn(|| {
        let unit = bytes.next()?.and_then(|first| {
            let second = bytes
                .next()
                .unwrap_or(Err(io::ErrorKind::UnexpectedEof.into()))?;
            Ok(decode([first, second]))
        });
        unit.map_err(|error| failure = Some(error)).ok()
    });
    let mut utf8 = [0; 4];
    for character in char::decode_utf16(units).skip(1) {
        let character =
            character.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        output.write_all(character.encode_utf8(&mut utf8).as_bytes())?;
    }
    failure.map_or(Ok(()), Err)
}

fn replace_carriage_returns(mut input: impl BufRead, output: &mut impl Write) -> io::Result<()> {
    loop {
        let mut piece = input.fill_buf()?.to_vec();
        if piece.is_empty() {
            return Ok(());
        }
        for byte in piece.iter_mut().filter(|byte| **byte == b'\r') {
            *byte = b'\n';
        }
        output.write_all(&piece)?;
        input.consume(piece.len());
    }
}

#[cfg(test)]
mod tests {
    use flate2::{Compression, write::GzEncoder};

    use super::*;

    fn convert_bytes(bytes: &[u8]) -> Result<String, String> {
        let file = copy_to_temporary(bytes).unwrap();
        match convert(file) {
            Ok(file) => {
                let mut text = String::new();
                open(&file).read_to_string(&mut text).unwrap();
                Ok(text)
            }
            Err(PlainTextError::OtherFormat(what)) => Err(what.to_owned()),
            Err(PlainTextError::Convert(error)) => Err(error.to_string()),
        }
    }

    fn utf16(text: &str, encode: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(encode).collect()
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn what_loses_nothing_is_converted() {
        let text = "external_id\tBélanger 𝄞\nA\t1\n";
        let marked = format!("\u{feff}{text}");
        let little = utf16(&marked, u16::to_le_bytes);
        for bytes in [
            text.as_bytes().to_vec(),
            gzip(text.as_bytes()),
            utf16(&marked, u16::to_be_bytes),
            gzip(&little),
            little,
            text.replace('\n', "\r").into_bytes(),
            [
                gzip(b"external_id\t"),
                gzip("Bélanger 𝄞\nA\t1\n".as_bytes()),
            ]
            .concat(),
        ] {
            assert_eq!(convert_bytes(&bytes).as_deref(), Ok(text));
        }
        for unchanged in ["", "a,b", "a,b\r\n1,2\r\n", "a,\"b\rc\"\nd"] {
            assert_eq!(
                convert_bytes(unchanged.as_bytes()).as_deref(),
                Ok(unchanged)
            );
        }
    }

    #[test]
    fn what_would_lose_something_is_refused() {
        let cut = gzip(b"external_id,patient.id\n");
        let odd = [&b"\xff\xfe"[..], b"a\0b"].concat();
        let lone = utf16("\u{feff}a", u16::to_le_bytes);
        let lone = [&lone[..], b"\x00\xd8a\0"].concat();
        for bytes in [&cut[..cut.len() - 4], &odd, &lone] {
            assert!(convert_bytes(bytes).is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn other_formats_are_named() {
        for (bytes, word) in [
            (&b"PK\x03\x04\x14\0"[..], "CSV UTF-8"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0", "CSV UTF-8"),
            (b"<html>", "HTML"),
            (b"\x28\xb5\x2f\xfd\0", "zstd"),
            (b"e\0x\0t\0\n\0", "zero bytes"),
        ] {
            assert!(convert_bytes(bytes).unwrap_err().contains(word), "{word}");
            assert!(
                convert_bytes(&gzip(bytes)).unwrap_err().contains(word),
                "{word}"
            );
        }
    }
}
