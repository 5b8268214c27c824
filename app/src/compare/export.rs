//! Hands a record to the user as a JSON file.

use temper_protocol::{Failure, FailureKind};

use crate::download;
use crate::records::RunRecord;

/// Has the browser save the record.
///
/// # Errors
/// Where the browser refuses.
pub fn save(record: &RunRecord) -> Result<(), Failure> {
    let name = file_name(&record.name);
    let text = serde_json::to_string_pretty(record).map_err(|error| {
        Failure::new(FailureKind::Storage, format!("{name} can't be written: {error}."))
    })?;
    download::save_text(&name, text)
}

/// `DPO 1` as `dpo-1.json`.
fn file_name(name: &str) -> String {
    let words = name.split(|letter: char| !letter.is_alphanumeric());
    let words: Vec<String> = words.filter(|word| !word.is_empty()).map(str::to_lowercase).collect();
    match words.is_empty() {
        true => "run.json".into(),
        false => format!("{}.json", words.join("-")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_are_plain() {
        assert_eq!(file_name("DPO 1"), "dpo-1.json");
        assert_eq!(file_name("β = 0.1 / long"), "β-0-1-long.json");
        assert_eq!(file_name("../"), "run.json");
    }
}
