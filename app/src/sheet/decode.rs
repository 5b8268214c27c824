//! A file's bytes to text: UTF-8, or UTF-16 where its first bytes say so. No other encoding is
//! guessed, for a model would learn from a wrong guess; and no file of another format is taken for
//! text.

use std::char::{DecodeUtf16, DecodeUtf16Error, decode_utf16};
use std::ops::Deref;

use temper_protocol::{Failure, FailureKind, Location};

use super::pause::Pause;
use super::read::ends_lines_with_cr;
use super::table::holds_table;

/// What Windows puts at the start of a text.
const MARK: char = '\u{feff}';
/// Characters decoded between two looks at the clock.
const PORTION: usize = 1 << 16;

/// Files that hold no text, by what they begin with.
const FOREIGN: [(&[u8], &str); 2] = [
    (b"PK\x03\x04", "a zip archive, as Excel's .xlsx files are"),
    (b"\x1f\x8b", "compressed by gzip"),
];

/// The text of a file, without the mark at its start.
#[derive(Debug)]
pub struct Text {
    text: String,
    /// Whether the file's bytes are UTF-8.
    is_utf8: bool,
}

impl Text {
    /// Whether the engine reads the file of this name as it is: it knows JSON in UTF-8 alone.
    pub fn is_for_engine(&self, name: &str) -> bool {
        self.is_utf8 && !holds_table(name, self) && !ends_lines_with_cr(self)
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        self.text.strip_prefix(MARK).unwrap_or(&self.text)
    }
}

/// The text of a file's bytes, with pauses in which the page draws.
///
/// # Errors
/// A file of another format, or the first line that isn't text.
pub async fn text(name: &str, bytes: Vec<u8>) -> Result<Text, Failure> {
    if let Some((_, what)) = FOREIGN.iter().find(|(start, _)| bytes.starts_with(start)) {
        let message = format!("{name} is {what}: the page doesn't read it.");
        let hint = "It reads JSONL, JSON, CSV, TSV or Parquet.";
        return Err(Failure::bad_input(message).with_hint(hint));
    }
    match bytes.as_slice() {
        [0xff, 0xfe, rest @ ..] => utf16(name, rest, u16::from_le_bytes).await,
        [0xfe, 0xff, rest @ ..] => utf16(name, rest, u16::from_be_bytes).await,
        _ => utf8(name, bytes),
    }
}

/// The text of a file of another format, given as the JSON lines that it was read to.
///
/// # Errors
/// The first line that isn't text.
pub fn lines(name: &str, lines: Vec<u8>) -> Result<Text, Failure> {
    // The file's own bytes aren't: the engine is never given them.
    Ok(Text { is_utf8: false, ..utf8(name, lines)? })
}

fn utf8(name: &str, bytes: Vec<u8>) -> Result<Text, Failure> {
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Text { text, is_utf8: true }),
        Err(error) => {
            let good = error.utf8_error().valid_up_to();
            Err(no_text(name, "UTF-8", &error.as_bytes()[..good]))
        }
    }
}

async fn utf16(name: &str, bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<Text, Failure> {
    let pairs = bytes.chunks_exact(2);
    let is_cut = !pairs.remainder().is_empty();
    let mut decoder = decode_utf16(pairs.map(|pair| unit([pair[0], pair[1]])));
    let mut text = String::with_capacity(bytes.len() / 2);
    let mut pause = None;
    loop {
        match portion(&mut decoder, &mut text) {
            Ok(true) => pause.get_or_insert_with(Pause::new).when_due().await,
            Ok(false) if !is_cut => return Ok(Text { text, is_utf8: false }),
            Ok(false) | Err(_) => return Err(no_text(name, "UTF-16", text.as_bytes())),
        }
    }
}

/// Decodes some characters; false at the end.
fn portion(
    decoder: &mut DecodeUtf16<impl Iterator<Item = u16>>,
    text: &mut String,
) -> Result<bool, DecodeUtf16Error> {
    for _ in 0..PORTION {
        match decoder.next() {
            Some(character) => text.push(character?),
            None => return Ok(false),
        }
    }
    Ok(true)
}

/// Names the line on which a file stops being text, given all before that as UTF-8.
fn no_text(name: &str, encoding: &str, before: &[u8]) -> Failure {
    let ends = |&(at, byte): &(usize, &u8)| match byte {
        b'\n' => true,
        b'\r' => before.get(at + 1) != Some(&b'\n'),
        _ => false,
    };
    let line = 1 + before.iter().enumerate().filter(ends).count();
    let place = Location {
        file: Some(name.to_string()),
        line: u32::try_from(line).ok(),
        ..Location::default()
    };
    let message = format!("{name}, line {line}: not {encoding} text.");
    let hint = "Save it as UTF-8 (in Excel: \"CSV UTF-8\") and open it again.";
    Failure::new(FailureKind::BadInput(place), message).with_hint(hint)
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    fn decoded(name: &str, bytes: &[u8]) -> Result<Text, Failure> {
        text(name, bytes.to_vec()).now_or_never().expect("so short a file needs no pause")
    }

    fn refusal(name: &str, bytes: &[u8]) -> String {
        decoded(name, bytes).unwrap_err().to_string()
    }

    fn in_utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn utf_8_and_utf_16_are_read_with_and_without_their_marks() {
        let words = "größer 🙂\n";
        let marked = format!("\u{feff}{words}");
        assert_eq!(&*decoded("x.csv", words.as_bytes()).unwrap(), words);
        assert_eq!(&*decoded("x.csv", marked.as_bytes()).unwrap(), words);
        assert_eq!(&*decoded("x.csv", &in_utf16(&marked, u16::to_le_bytes)).unwrap(), words);
        assert_eq!(&*decoded("x.csv", &in_utf16(&marked, u16::to_be_bytes)).unwrap(), words);
        assert_eq!(&*decoded("x.csv", b"").unwrap(), "");
    }

    #[test]
    fn the_first_line_in_another_encoding_is_named() {
        // As Excel writes an é in Windows-1252.
        let failure = decoded("x.csv", b"prompt\r\nwell\rcaf\xe9\n").unwrap_err();
        assert_eq!(failure.message, "x.csv, line 3: not UTF-8 text.");
        assert!(failure.hint.is_some_and(|hint| hint.contains("CSV UTF-8")));
        let FailureKind::BadInput(place) = failure.kind else { panic!("{}", failure.message) };
        assert_eq!((place.file.as_deref(), place.line), (Some("x.csv"), Some(3)));
    }

    #[test]
    fn broken_utf_16_is_no_text() {
        let mut cut = in_utf16("\u{feff}a\nb", u16::to_le_bytes);
        cut.pop();
        assert!(refusal("x.txt", &cut).starts_with("x.txt, line 2: not UTF-16 text."));
        // Half of a character that takes two units.
        let alone = [0xff, 0xfe, 0x3d, 0xd8, b'a', 0];
        assert!(refusal("x.txt", &alone).starts_with("x.txt, line 1: not UTF-16 text."));
    }

    #[test]
    fn long_texts_are_decoded_in_portions() {
        let units = vec![u16::from(b'a'); PORTION + 1];
        let mut decoder = decode_utf16(units.into_iter());
        let mut text = String::new();
        assert_eq!(portion(&mut decoder, &mut text).ok(), Some(true));
        assert_eq!(text.len(), PORTION);
        assert_eq!(portion(&mut decoder, &mut text).ok(), Some(false));
        assert_eq!(text.len(), PORTION + 1);
    }

    #[test]
    fn files_of_other_formats_are_named_with_those_that_are_read() {
        let starts: [(&[u8], &str); 2] = [
            (b"PK\x03\x04\x14\0", "x is a zip archive"),
            (b"\x1f\x8b\x08\0", "x is compressed by gzip"),
        ];
        for (bytes, expected) in starts {
            let message = refusal("x", bytes);
            assert!(message.starts_with(expected), "{message}");
            assert!(message.contains("JSONL, JSON, CSV, TSV or Parquet"), "{message}");
        }
    }

    #[test]
    fn the_engine_is_given_only_json_in_utf_8() {
        let row = "{\"prompt\": \"a, b\"}\n";
        assert!(decoded("x.jsonl", row.as_bytes()).unwrap().is_for_engine("x.jsonl"));
        assert!(decoded("x.txt", row.as_bytes()).unwrap().is_for_engine("x.txt"));
        let wide = in_utf16(&format!("\u{feff}{row}"), u16::to_le_bytes);
        assert!(!decoded("x.jsonl", &wide).unwrap().is_for_engine("x.jsonl"));
        assert!(!lines("x.parquet", row.into()).unwrap().is_for_engine("x.parquet"));
        assert!(!decoded("x.jsonl", b"{}\r{}\r").unwrap().is_for_engine("x.jsonl"));
        assert!(!decoded("x.csv", b"prompt\na\n").unwrap().is_for_engine("x.csv"));
        assert!(!decoded("x.txt", b"prompt\tchosen\n").unwrap().is_for_engine("x.txt"));
    }
}
