//! A file's text to rows: JSON lines, a JSON array, an object that holds one as `data` or `rows`,
//! or a table. What can't be read is kept as a row with a problem; nothing ends the reading.

use serde_json::Value;

use super::row::Row;
use super::table;

/// The rows of a file one by one, so that a long one can be read in portions.
pub fn rows<'a>(name: &str, text: &'a str) -> Box<dyn Iterator<Item = Row> + 'a> {
    // Windows puts a mark at the start.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if table::holds_table(name, text) {
        return Box::new(table::rows(text));
    }
    let start = text.trim_start();
    if let Some(rest) = start.strip_prefix('[') {
        return Box::new(Elements { rest, is_over: false }.map(Row::of_text));
    }
    match whole(start) {
        Some(rows) => Box::new(rows.into_iter()),
        None => Box::new(lines(text)),
    }
}

/// The rows of JSON lines.
pub fn lines(text: &str) -> impl Iterator<Item = Row> + '_ {
    let old = ends_lines_with_cr(text);
    let lines = text.split(move |character| character == '\n' || old && character == '\r');
    lines.map(str::trim).filter(|line| !line.is_empty()).map(Row::of_text)
}

/// Whether lines end with CR alone, as on old Macs: the first one tells.
pub fn ends_lines_with_cr(text: &str) -> bool {
    let rest = text.find(['\n', '\r']).map_or("", |at| &text[at..]);
    rest.starts_with('\r') && !rest.starts_with("\r\n")
}

/// What stands before the first end of a line.
pub fn first_line(text: &str) -> &str {
    text.split(['\n', '\r']).next().unwrap_or("")
}

/// The rows of a file that is one object, over several lines or with the rows under a key.
fn whole(text: &str) -> Option<Vec<Row>> {
    let first_line = first_line(text);
    let first = serde_json::from_str::<Value>(first_line).ok();
    // Most files: a row a line.
    if first.is_some_and(|value| rows_key(&value).is_none()) {
        return None;
    }
    match serde_json::from_str::<Value>(text) {
        Ok(value) => Some(held(value).into_iter().map(Row::of_json).collect()),
        // A row over several lines, and broken: as lines it would be as many broken rows.
        Err(_) if first_line.trim_end().ends_with('{') => Some(vec![Row::of_text(text)]),
        Err(_) => None,
    }
}

fn held(mut value: Value) -> Vec<Value> {
    match rows_key(&value).map(|key| value[key].take()) {
        Some(Value::Array(rows)) => rows,
        _ => vec![value],
    }
}

fn rows_key(value: &Value) -> Option<&'static str> {
    ["data", "rows"].into_iter().find(|key| value.get(key).is_some_and(Value::is_array))
}

/// The elements of an array as texts, without a look inside: one that is broken leaves the others
/// readable, and nothing that stands behind the array is lost.
struct Elements<'a> {
    /// What comes after the bracket, or after a comma.
    rest: &'a str,
    /// Whether the array has ended and no other follows: what is left are lines.
    is_over: bool,
}

impl Elements<'_> {
    /// Beyond the end of the array, where it ends here: into the next one, or on after a comma.
    fn pass_end(&mut self) {
        self.rest = self.rest.trim_start();
        while !self.is_over
            && let Some(after) = self.rest.strip_prefix(']')
        {
            let after = after.trim_start();
            let next = after.strip_prefix(',').map_or(after, str::trim_start);
            let inside = next.strip_prefix('[').map(str::trim_start);
            // Without a comma or a bracket.
            self.is_over = inside.is_none() && next.len() == after.len();
            self.rest = inside.unwrap_or(next);
        }
    }

    /// Where the element ends that the rest begins with.
    fn end(&self) -> usize {
        match self.is_over {
            true => self.rest.find(['\n', '\r']).unwrap_or(self.rest.len()),
            false => element_end(self.rest),
        }
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        loop {
            self.pass_end();
            if self.rest.is_empty() {
                return None;
            }
            let (element, after) = self.rest.split_at(self.end());
            self.rest = after.strip_prefix(',').unwrap_or(after);
            let element = element.trim();
            if !element.is_empty() {
                return Some(element);
            }
        }
    }
}

/// Where an element ends: at the comma or bracket that is within nothing of it.
fn element_end(text: &str) -> usize {
    let (mut depth, mut quoted, mut escaped) = (0_u32, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b',' | b']' if depth == 0 => return at,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, text: &str) -> Vec<String> {
        rows(name, text).map(|row| row.line()).collect()
    }

    #[test]
    fn json_is_read_in_all_its_files() {
        let rows = [r#"{"prompt":"a"}"#, r#"{"prompt":"b"}"#];
        let [a, b] = rows;
        for text in [
            format!("{a}\n\n{b}\n"),
            format!("\u{feff}{a}\r\n{b}\r\n"),
            format!("{a}\r{b}\r"),
            format!("[{a},\n {b}]\n"),
            format!("[\n{a}\n,\n{b},\n]"),
            format!("{{\"data\": [{a}, {b}]}}"),
            format!("{{\n\"rows\": [{a}, {b}]\n}}"),
        ] {
            assert_eq!(read("x.json", &text), rows, "{text}");
        }
        assert_eq!(read("x.json", "{\n\"prompt\": \"a\"\n}"), [a]);
        assert_eq!(read("x.jsonl", ""), [""; 0]);
        assert_eq!(read("x.json", "[]"), [""; 0]);
    }

    /// The rows as they are shown, and whether they have a problem.
    fn told(text: &str) -> Vec<(String, bool)> {
        rows("x.json", text).map(|row| (row.shown(), row.problem.is_some())).collect()
    }

    #[test]
    fn what_stands_behind_an_array_stays() {
        let [a, b, c] = ["a", "b", "c"].map(|name| format!(r#"{{"prompt":"{name}"}}"#));
        let all = [&a, &b, &c].map(|row| (row.clone(), false));
        for text in [
            format!("[{a},{b}]\n[{c}]\n"),
            format!("[{a}] [], [\n{b},\n{c}]"),
            format!("[{a}], {b}, {c}]"),
            format!("[{a},{b}]\r\n{c}"),
            format!("[{a}]\n{b}\n\n{c}\n"),
        ] {
            assert_eq!(told(&text), all, "{text}");
        }
        let broken = |text: &str| (text.to_string(), true);
        assert_eq!(told(&format!("[{a}]]")), [all[0].clone(), broken("]")]);
        let text = format!("[{a}] and more\n{b}\n[1]\n,\n");
        let rest = [broken("and more"), all[1].clone(), broken("[1]"), broken(",")];
        assert_eq!(told(&text), [vec![all[0].clone()], rest.to_vec()].concat());
        // Only begins like an array, and leaves the next lines readable.
        let rest = [broken("sic"), broken("a"), all[1].clone()];
        assert_eq!(told(&format!("[sic] a\n{b}\n")), rest);
    }

    #[test]
    fn a_broken_row_leaves_the_others_readable() {
        let text = "{\"prompt\":\"a\"}\n{\"prompt\"\n{\"prompt\":\"c\"}\n";
        let all: Vec<Row> = rows("x.jsonl", text).collect();
        assert_eq!(all.len(), 3);
        assert!(all[1].problem.is_some() && all[2].problem.is_none());
        let text = r#"[{"prompt":"],{\"a"}, {"prompt":}, {"prompt":["c"]}]"#;
        let all: Vec<Row> = rows("x.json", text).collect();
        let troubled: Vec<bool> = all.iter().map(|row| row.problem.is_some()).collect();
        assert_eq!(troubled, [false, true, false]);
        assert_eq!(all[0].line(), r#"{"prompt":"],{\"a"}"#);
    }
}
