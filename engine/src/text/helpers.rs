//! The helpers that transformers gives its chat templates: `tojson`, `strftime_now` and
//! `raise_exception`.

use std::io::{self, Write};

use minijinja::value::Kwargs;
use minijinja::{Error, ErrorKind, Value};
use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

/// Year, month and day, both counted from 1.
pub(super) type Date = (i32, u32, u32);

/// Ends rendering with the template's own words.
pub(super) fn raise_exception(message: String) -> Result<String, Error> {
    Err(Error::new(ErrorKind::InvalidOperation, message))
}

/// Python's `json.dumps` with `ensure_ascii=False`: a space after `,` and `:`, and none of the
/// escapes that Jinja's own filter makes for HTML. Models were trained on this very text.
pub(super) fn tojson(
    value: Value,
    ensure_ascii: Option<bool>,
    options: Kwargs,
) -> Result<String, Error> {
    let ensure_ascii = match ensure_ascii {
        Some(given) => given,
        None => options.get::<Option<bool>>("ensure_ascii")?.unwrap_or(false),
    };
    let indent = options.get::<Option<usize>>("indent")?;
    let separators = options.get::<Option<Vec<String>>>("separators")?;
    let sort_keys = options.get::<Option<bool>>("sort_keys")?.unwrap_or(false);
    options.assert_all_used()?;
    let (item, key) = match separators.as_deref() {
        None if indent.is_some() => (",".to_string(), ": ".to_string()),
        None => (", ".to_string(), ": ".to_string()),
        Some([item, key]) => (item.clone(), key.clone()),
        Some(_) => return Err(invalid("tojson: separators must be two strings")),
    };
    let mut json = serde_json::to_value(&value).map_err(|error| invalid(error.to_string()))?;
    if sort_keys {
        json.sort_all_objects();
    }
    let formatter = PythonJson { item, key, indent, ensure_ascii, depth: 0, has_value: false };
    let mut bytes = Vec::new();
    json.serialize(&mut Serializer::with_formatter(&mut bytes, formatter))
        .map_err(|error| invalid(error.to_string()))?;
    String::from_utf8(bytes).map_err(|error| invalid(error.to_string()))
}

fn invalid(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidOperation, message.into())
}

/// Where Python's encoder puts its separators and line breaks.
struct PythonJson {
    item: String,
    key: String,
    indent: Option<usize>,
    ensure_ascii: bool,
    depth: usize,
    has_value: bool,
}

impl PythonJson {
    fn open<W: ?Sized + Write>(&mut self, writer: &mut W, bracket: &str) -> io::Result<()> {
        self.depth += 1;
        self.has_value = false;
        writer.write_all(bracket.as_bytes())
    }

    fn close<W: ?Sized + Write>(&mut self, writer: &mut W, bracket: &str) -> io::Result<()> {
        self.depth -= 1;
        if self.has_value {
            self.line(writer)?;
        }
        // A container that closes is a value of the one around it.
        self.has_value = true;
        writer.write_all(bracket.as_bytes())
    }

    fn next<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if !first {
            writer.write_all(self.item.as_bytes())?;
        }
        self.has_value = true;
        self.line(writer)
    }

    fn line<W: ?Sized + Write>(&self, writer: &mut W) -> io::Result<()> {
        match self.indent {
            Some(width) => write!(writer, "\n{}", " ".repeat(width * self.depth)),
            None => Ok(()),
        }
    }
}

impl Formatter for PythonJson {
    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.open(writer, "[")
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.close(writer, "]")
    }

    fn begin_array_value<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.next(writer, first)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.open(writer, "{")
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.close(writer, "}")
    }

    fn begin_object_key<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.next(writer, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(self.key.as_bytes())
    }

    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        if !self.ensure_ascii {
            return writer.write_all(fragment.as_bytes());
        }
        for unit in fragment.encode_utf16() {
            match u8::try_from(unit) {
                Ok(byte) if byte.is_ascii() => writer.write_all(&[byte])?,
                _ => write!(writer, "\\u{unit:04x}")?,
            }
        }
        Ok(())
    }
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// The directives of C's `strftime` that a date alone can answer.
pub(super) fn strftime(format: &str, (year, month, day): Date) -> Result<String, Error> {
    let name = |index: u32| index.checked_sub(1).and_then(|index| MONTHS.get(index as usize));
    let month_name = name(month).ok_or_else(|| invalid(format!("there is no month {month}")))?;
    let since_1970 = days_since_1970(year, month, day);
    // 1 January 1970 was a Thursday.
    let weekday = DAYS[(since_1970 + 4).rem_euclid(7) as usize];
    let mut out = String::new();
    let mut characters = format.chars();
    while let Some(character) = characters.next() {
        if character != '%' {
            out.push(character);
            continue;
        }
        let directive = characters.next().unwrap_or('%');
        let (directive, padded) = match directive {
            '-' => (characters.next().unwrap_or('-'), false),
            other => (other, true),
        };
        let number = |value: u32| if padded { format!("{value:02}") } else { value.to_string() };
        out += &match directive {
            '%' => "%".to_string(),
            'Y' => year.to_string(),
            'y' => format!("{:02}", year.rem_euclid(100)),
            'm' => number(month),
            'd' => number(day),
            'e' => format!("{day:2}"),
            'j' => format!("{:03}", since_1970 - days_since_1970(year, 1, 1) + 1),
            'B' => (*month_name).to_string(),
            'b' | 'h' => month_name[..3].to_string(),
            'A' => weekday.to_string(),
            'a' => weekday[..3].to_string(),
            'F' => format!("{year}-{month:02}-{day:02}"),
            other => return Err(invalid(format!("strftime_now: a date doesn't tell %{other}"))),
        };
    }
    Ok(out)
}

/// Counts days with March as the year's first month, so that a leap day comes last (Howard
/// Hinnant, "chrono-compatible low-level date algorithms").
fn days_since_1970(year: i32, month: u32, day: u32) -> i64 {
    let year = i64::from(year) - i64::from(month <= 2);
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * ((i64::from(month) + 9) % 12) + 2) / 5 + i64::from(day) - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use minijinja::Environment;
    use serde_json::json;

    use super::*;

    fn render(source: &str) -> String {
        let mut environment = Environment::new();
        environment.add_filter("tojson", tojson);
        let value = json!({"b": [1, 2.5, {}], "a": "é<'>\n", "c": []});
        environment.render_str(source, json!({"v": value})).unwrap()
    }

    /// json.dumps(v, ensure_ascii=False) and its options, in Python 3.
    #[test]
    fn json_is_written_as_python_writes_it() {
        assert_eq!(render("{{ v|tojson }}"), r#"{"b": [1, 2.5, {}], "a": "é<'>\n", "c": []}"#);
        assert_eq!(
            render("{{ v|tojson(separators=(',', ':'), sort_keys=true, ensure_ascii=true) }}"),
            r#"{"a":"\u00e9<'>\n","b":[1,2.5,{}],"c":[]}"#
        );
        assert_eq!(
            render("{{ v|tojson(indent=1) }}"),
            "{\n \"b\": [\n  1,\n  2.5,\n  {}\n ],\n \"a\": \"é<'>\\n\",\n \"c\": []\n}"
        );
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        let all = "%d %b %Y|%A|%-d/%-m/%y|%j|%F|%%";
        assert_eq!(
            strftime(all, (2024, 2, 29)).unwrap(),
            "29 Feb 2024|Thursday|29/2/24|060|2024-02-29|%"
        );
        assert_eq!(strftime("%a %j", (1970, 1, 1)).unwrap(), "Thu 001");
        assert!(strftime("%H", (2024, 1, 1)).is_err());
        assert!(strftime("%d", (2024, 13, 1)).is_err());
    }
}
