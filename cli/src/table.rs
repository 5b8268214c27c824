//! Tables (CSV, TSV), as the JSONL that the engine reads.

use std::iter::repeat_n;
use std::path::Path;

use temper_protocol::table::{self, Broken};
use temper_protocol::{Failure, FailureKind, Location};

/// Each row on the line that it begins on in the table, so that all that is said of it names that.
///
/// # Errors
/// The first record that is no row.
pub fn lines(path: &Path, text: &str) -> Result<Vec<u8>, Failure> {
    let mut lines = String::new();
    let mut last = 1;
    for (line, row) in table::rows(text) {
        let row = row.map_err(|broken| no_row(path, line, &broken))?;
        lines.extend(repeat_n('\n', (line - last) as usize));
        lines.push_str(&row.to_string());
        last = line;
    }
    Ok(lines.into_bytes())
}

fn no_row(path: &Path, line: u32, broken: &Broken) -> Failure {
    let file = path.display().to_string();
    let message = format!("{file}, line {line}: {}", broken.problem);
    let location = Location { file: Some(file), line: Some(line), ..Location::default() };
    Failure::new(FailureKind::BadInput(location), message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, String> {
        let lines = lines(Path::new("x.csv"), text).map_err(|failure| failure.message)?;
        Ok(String::from_utf8(lines).expect("UTF-8"))
    }

    #[test]
    fn rows_stand_on_the_lines_of_the_table() {
        let found = read("prompt,completion\n\n\"a\nb\",c\nd,e\n");
        let expected = "\n\n{\"prompt\":\"a\\nb\",\"completion\":\"c\"}\n\n\
                        {\"prompt\":\"d\",\"completion\":\"e\"}";
        assert_eq!(found.as_deref(), Ok(expected));
    }

    #[test]
    fn what_is_no_row_is_named_by_its_line() {
        let found = read("prompt,completion\na,b\nc,d,e\n");
        let expected = "x.csv, line 3: 3 fields, but the first line names 2 columns";
        assert_eq!(found.unwrap_err(), expected);
    }
}
