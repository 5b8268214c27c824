//! Every row of a file that can't be learned from, where an import stops at the first.

use temper_protocol::{DroppedRow, RowKind, RowProblem};

use super::DataError;
use super::import::{Record, each_record, read_rows};

/// More would help nobody.
const MOST: usize = 1000;
/// What messages call the file, before that is taken off them.
const FILE: &str = "rows";

/// What is wrong with the rows of a file, read as rows of a kind, in the order of their lines: what
/// an import would refuse, and what it would leave out. At most 1000.
pub fn check(bytes: &[u8], kind: RowKind) -> Vec<RowProblem> {
    let records = match each_record(FILE, bytes) {
        Ok(records) => records,
        Err(error) => return vec![refused(&error)],
    };
    records.into_iter().flat_map(|record| problems(record, kind)).take(MOST).collect()
}

fn problems(record: Record, kind: RowKind) -> Vec<RowProblem> {
    let mut dropped = Vec::new();
    let read = record.and_then(|record| read_rows(FILE, vec![record], kind, &mut dropped));
    if let Err(error) = read {
        return vec![refused(&error)];
    }
    let problem = |row: DroppedRow| RowProblem { line: row.line, message: row.reason.to_string() };
    let mut found: Vec<RowProblem> = dropped.into_iter().map(problem).collect();
    // Both completions of a pair may be alike in this.
    found.dedup();
    found
}

/// An import's error, without the place that the problem tells by itself.
fn refused(error: &DataError) -> RowProblem {
    let line = error.location().line.unwrap_or(1);
    let message = error.to_string();
    let rest = message.strip_prefix(FILE).unwrap_or(&message);
    let rest = rest.strip_prefix(&format!(", line {line}")).unwrap_or(rest);
    RowProblem { line, message: rest.trim_start_matches([':', ',', ' ']).to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROW: &str = r#"{"prompt": "a", "chosen": "b", "rejected": "c"}"#;
    const SAME: &str = r#"{"prompt": "a", "chosen": "b", "rejected": "b"}"#;
    const EMPTY: &str = r#"{"prompt": "a", "chosen": " ", "rejected": ""}"#;
    const ALONE: &str = r#"{"prompt": "a", "completion": "b"}"#;

    fn lines(found: &[RowProblem]) -> Vec<u32> {
        found.iter().map(|problem| problem.line).collect()
    }

    #[test]
    fn every_line_that_is_wrong_is_told_in_order() {
        let file =
            format!("{ROW}\n\n{{\"prompt\": \"a\", }}\n{SAME}\n{{\"q\": 1}}\n{ALONE}\n{ROW}");
        let found = check(file.as_bytes(), RowKind::Pairs);
        assert_eq!(lines(&found), [3, 4, 5, 6]);
        let message = |at: usize| found[at].message.as_str();
        assert!(message(0).starts_with("column "), "{}", message(0));
        assert!(message(0).contains("not valid JSON"), "{}", message(0));
        assert_eq!(message(1), "chosen equals rejected");
        assert!(message(2).starts_with("a row with q; expected"), "{}", message(2));
        assert!(message(3).starts_with("one completion and none to compare it with"));
    }

    #[test]
    fn what_is_wrong_depends_on_what_the_rows_are_for() {
        let file = format!("{ALONE}\n{EMPTY}\n{SAME}\n");
        let of = |kind| lines(&check(file.as_bytes(), kind));
        assert_eq!(of(RowKind::Pairs), [1, 2, 3]);
        // No label; an empty completion, told once; and nothing to tell apart.
        assert_eq!(of(RowKind::Rated), [1, 2, 3]);
        assert_eq!(of(RowKind::Completions), [2]);
        assert_eq!(of(RowKind::Prompts), [0_u32; 0]);
    }

    #[test]
    fn elements_of_an_array_are_counted() {
        let found = check(format!("[{ROW},\n{SAME}, {ROW}, {SAME}]").as_bytes(), RowKind::Pairs);
        assert_eq!(lines(&found), [2, 4]);
    }

    #[test]
    fn a_file_that_is_broken_as_a_whole_is_one_problem() {
        let empty = check(b"\n", RowKind::Pairs);
        assert_eq!(empty[0].message, "no rows: the data set is empty");
        let bytes = [ROW.as_bytes(), b"\n\"\xff\""].concat();
        let broken = check(&bytes, RowKind::Pairs);
        assert_eq!(broken, [RowProblem { line: 2, message: "not UTF-8 text".into() }]);
    }

    #[test]
    fn no_more_than_a_thousand_are_told() {
        let file = format!("{SAME}\n").repeat(1001);
        assert_eq!(check(file.as_bytes(), RowKind::Pairs).len(), 1000);
    }
}
