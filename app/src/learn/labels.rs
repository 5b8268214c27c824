//! Wrong labels on purpose: every fifth pair with its answers exchanged, to see what a method makes
//! of people's mistakes. Doing it twice gives the rows as they were.

use serde_json::Value;

/// One pair in so many.
const EVERY: usize = 5;
/// How the names of rows with wrong labels begin.
const MARK: &str = "swapped-";

/// Rows after the exchange.
#[derive(Clone, Debug, PartialEq)]
pub struct Swapped {
    /// All rows, JSONL.
    pub text: String,
    /// Pairs whose answers were exchanged.
    pub pairs: u32,
}

/// Exchanges chosen and rejected in every fifth row that is a pair; the others stay.
pub fn swap(rows: &[String]) -> Swapped {
    let mut out = Swapped { text: String::new(), pairs: 0 };
    for (at, row) in rows.iter().enumerate() {
        let is_due = at % EVERY == EVERY - 1;
        match is_due.then(|| exchanged(row)).flatten() {
            Some(other) => {
                out.text.push_str(&other);
                out.pairs += 1;
            }
            None => out.text.push_str(row),
        }
        out.text.push('\n');
    }
    out
}

/// The rows' name after an exchange: a mark comes, and goes with the next one.
pub fn renamed(name: &str) -> String {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    match stem.strip_prefix(MARK) {
        Some(stem) => format!("{stem}.jsonl"),
        None => format!("{MARK}{stem}.jsonl"),
    }
}

/// Whether rows of that name have wrong labels.
pub fn are_wrong(name: &str) -> bool {
    name.starts_with(MARK)
}

/// Nothing for a row that isn't a pair.
fn exchanged(row: &str) -> Option<String> {
    let mut row: Value = serde_json::from_str(row).ok()?;
    let fields = row.as_object_mut()?;
    let (chosen, rejected) = (fields.get("chosen")?.clone(), fields.get("rejected")?.clone());
    fields.insert("chosen".into(), rejected);
    fields.insert("rejected".into(), chosen);
    Some(row.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(prompt: usize, chosen: &str, rejected: &str) -> String {
        format!(r#"{{"prompt":"{prompt}","chosen":"{chosen}","rejected":"{rejected}"}}"#)
    }

    #[test]
    fn every_fifth_pair_is_exchanged_and_back() {
        let rows: Vec<String> = (0..11).map(|at| pair(at, "good", "bad")).collect();
        let swapped = swap(&rows);
        assert_eq!(swapped.pairs, 2);
        let lines: Vec<String> = swapped.text.lines().map(String::from).collect();
        assert_eq!(lines.len(), 11);
        assert_eq!(lines[4], pair(4, "bad", "good"));
        assert_eq!(lines[9], pair(9, "bad", "good"));
        assert_eq!(lines[10], rows[10]);
        assert_eq!(swap(&lines).text.lines().collect::<Vec<_>>(), rows);
    }

    #[test]
    fn the_name_tells_of_wrong_labels() {
        for (before, after) in [
            ("pairs.jsonl", "swapped-pairs.jsonl"),
            ("swapped-pairs.jsonl", "pairs.jsonl"),
            ("mine.csv", "swapped-mine.jsonl"),
        ] {
            assert_eq!(renamed(before), after);
            assert_ne!(are_wrong(before), are_wrong(after));
        }
    }

    #[test]
    fn what_is_no_pair_stays_as_it_is() {
        let rating = r#"{"prompt":"p","completion":"c","label":true}"#.to_string();
        let rows = vec![rating.clone(), "{".into(), rating.clone(), rating, "broken".into()];
        let swapped = swap(&rows);
        assert_eq!((swapped.pairs, swapped.text), (0, rows.join("\n") + "\n"));
    }
}
