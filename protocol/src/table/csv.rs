//! Comma-separated values as RFC 4180 has them: a quoted field may hold separators, line breaks
//! and, doubled, quotes. Spreadsheets also write semicolons and tabs; the first line tells which. Old
//! Macs ended records with CR alone.

use std::str::Chars;

/// A table, read record by record so that a long one can be read in portions.
pub struct Records<'a> {
    rest: Chars<'a>,
    separator: char,
    /// Of the file, counted from 1; where the next character is.
    line: u32,
}

/// The line that a record begins on, and its fields: the text alone of one whose quotes never
/// close.
pub type Record<'a> = (u32, Result<Vec<String>, &'a str>);

/// Why a field ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Field,
    Record,
    /// The file ended within quotes.
    Open,
}

impl<'a> Records<'a> {
    /// The records of a text.
    pub fn new(text: &'a str) -> Self {
        Self { rest: text.chars(), separator: separator(text), line: 1 }
    }

    fn record(&mut self) -> Option<Record<'a>> {
        let (line, text) = (self.line, self.rest.as_str());
        if text.is_empty() {
            return None;
        }
        let mut fields = Vec::new();
        loop {
            let (field, end) = self.field();
            fields.push(field);
            match end {
                End::Field => {}
                End::Record => return Some((line, Ok(fields))),
                End::Open => return Some((line, Err(text))),
            }
        }
    }

    fn field(&mut self) -> (String, End) {
        let mut field = String::new();
        let mut quoted = false;
        while let Some(character) = self.rest.next() {
            let next = self.rest.as_str();
            if character == '\n' || character == '\r' && !next.starts_with('\n') {
                self.line += 1;
            }
            match character {
                '"' if quoted && next.starts_with('"') => {
                    self.rest.next();
                    field.push('"');
                }
                '"' if quoted => quoted = false,
                other if quoted => field.push(other),
                '"' if field.is_empty() => quoted = true,
                '\r' if next.starts_with('\n') => {}
                '\n' | '\r' => return (field, End::Record),
                other if other == self.separator => return (field, End::Field),
                other => field.push(other),
            }
        }
        (field, if quoted { End::Open } else { End::Record })
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Record<'a>;

    /// The next record; empty lines are none.
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.record()? {
                (_, Ok(fields)) if fields.iter().all(String::is_empty) => {}
                record => return Some(record),
            }
        }
    }
}

/// What stands most often between the names of the first line; of equals, the comma.
fn separator(text: &str) -> char {
    let mut counts = [(',', 0), (';', 0), ('\t', 0)];
    let mut quoted = false;
    for character in text.chars() {
        match character {
            '"' => quoted = !quoted,
            '\n' | '\r' if !quoted => break,
            other if !quoted => {
                for (separator, count) in &mut counts {
                    *count += i32::from(*separator == other);
                }
            }
            _ => {}
        }
    }
    let first = counts[0];
    counts.into_iter().fold(first, |best, each| if each.1 > best.1 { each } else { best }).0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<Vec<String>> {
        Records::new(text).map(|(_, record)| record.unwrap()).collect()
    }

    #[test]
    fn the_cases_of_rfc_4180() {
        // Sections 2.1 to 2.7: with and without a last line break, quotes, what they may hold.
        assert_eq!(read("aaa,bbb\r\nzzz,yyy\r\n"), [["aaa", "bbb"], ["zzz", "yyy"]]);
        assert_eq!(read("aaa,bbb\nzzz,yyy"), [["aaa", "bbb"], ["zzz", "yyy"]]);
        assert_eq!(read("\"aaa\",\"b\r\nbb\"\nzzz,\"y,y\""), [["aaa", "b\r\nbb"], ["zzz", "y,y"]]);
        assert_eq!(read("\"aaa\",\"b\"\"bb\""), [["aaa", "b\"bb"]]);
        assert_eq!(read("\"\"\"\",\"\""), [["\"", ""]]);
        assert_eq!(read("a,,\n"), [["a", "", ""]]);
    }

    #[test]
    fn spaces_stay_and_empty_lines_are_no_records() {
        assert_eq!(read("a, b\n\n\nc,d \n"), [["a", " b"], ["c", "d "]]);
    }

    #[test]
    fn line_ends_of_old_macs_end_records() {
        assert_eq!(read("a;b\r1,5;2\r"), [["a", "b"], ["1,5", "2"]]);
        assert_eq!(read("a,b\r\"c\rd\",e"), [["a", "b"], ["c\rd", "e"]]);
        assert_eq!(read("a,b\r\r\nc,d\r\n"), [["a", "b"], ["c", "d"]]);
    }

    #[test]
    fn the_first_line_tells_the_separator() {
        assert_eq!(read("a;b\n1,5;2\n"), [["a", "b"], ["1,5", "2"]]);
        assert_eq!(read("a\tb\n1\t2\n"), [["a", "b"], ["1", "2"]]);
        assert_eq!(read("\"a;b;c\",d\n1,2\n"), [["a;b;c", "d"], ["1", "2"]]);
    }

    #[test]
    fn quotes_that_never_close_are_told_of() {
        let mut records = Records::new("a,b\n1,\"2\n3,4\n");
        assert!(records.next().is_some_and(|(_, record)| record.is_ok()));
        assert_eq!(records.next(), Some((2, Err("1,\"2\n3,4\n"))));
        assert_eq!(records.next(), None);
    }

    #[test]
    fn records_know_the_line_that_they_begin_on() {
        let lines = |text| Records::new(text).map(|(line, _)| line).collect::<Vec<_>>();
        assert_eq!(lines("a\r\n\r\n\"b\r\nc\"\r\nd\r\n"), [1, 3, 5]);
        assert_eq!(lines("a\n\n\n\"b\n\nc\"\nd"), [1, 4, 7]);
        assert_eq!(lines("a\rb\r\rc"), [1, 2, 4]);
    }
}
