//! Numbers as people read them.

/// A large count: `1.38 million`, `135 million`, `12,480`.
pub fn count(value: f64) -> String {
    if value >= 1e9 {
        format!("{} billion", significant(value / 1e9))
    } else if value >= 1e6 {
        format!("{} million", significant(value / 1e6))
    } else {
        thousands(value as u64)
    }
}

/// A measured number, four digits that mean something: `0.6931`, `−12.35`, `1.2e−5`.
pub fn number(value: f64) -> String {
    let size = value.abs();
    let text = if size == 0.0 {
        "0".into()
    } else if size < 1e-3 {
        format!("{value:.1e}")
    } else if size < 10.0 {
        format!("{value:.4}")
    } else if size < 100.0 {
        format!("{value:.2}")
    } else {
        format!("{value:.0}")
    };
    with_minus(&text)
}

/// The same without zeros behind it: `0.6931`, `−12.35`, `0.1`, `1.2e−5`; what isn't known is a dash.
pub fn short(value: f64) -> String {
    if !value.is_finite() {
        return "–".into();
    }
    let size = value.abs();
    let text = if size == 0.0 {
        "0".into()
    } else if !(1e-3..1e6).contains(&size) {
        let text = format!("{value:.2e}");
        let (digits, power) = text.split_once('e').unwrap_or((text.as_str(), "0"));
        format!("{}e{power}", trimmed(digits))
    } else {
        let decimals = (3 - size.log10().floor() as i32).max(0) as usize;
        trimmed(&format!("{value:.decimals$}")).to_string()
    };
    with_minus(&text)
}

/// A number as it is read, where a hyphen would be typed.
fn with_minus(text: &str) -> String {
    text.replace('-', "−")
}

fn trimmed(digits: &str) -> &str {
    match digits.contains('.') {
        true => digits.trim_end_matches('0').trim_end_matches('.'),
        false => digits,
    }
}

/// A share: `64 %`.
pub fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

/// An amount of data: `861 bytes`, `2.1 MB`, `269 MB`, `1.5 GB`.
pub fn bytes(size: f64) -> String {
    if size < 1e3 {
        format!("{size:.0} bytes")
    } else if size < 1e6 {
        format!("{:.0} kB", size / 1e3)
    } else if size < 1e7 {
        format!("{:.1} MB", size / 1e6)
    } else if size < 1e9 {
        format!("{:.0} MB", size / 1e6)
    } else {
        format!("{:.1} GB", size / 1e9)
    }
}

/// An axis label: as short as it stays exact.
pub fn tick(value: f64) -> String {
    // Ticks are multiples of a round step; what is left beyond nine digits is rounding.
    let rounded = (value * 1e9).round() / 1e9;
    if rounded == 0.0 { "0".into() } else { with_minus(&rounded.to_string()) }
}

/// A duration: `0.42 s`, `38 s`, `4 min 10 s`, `3 h 20 min`, `2 days 5 h`.
pub fn duration(secs: f64) -> String {
    if secs < 10.0 { format!("{secs:.2} s") } else { about(secs) }
}

/// The same where it is guessed: in whole seconds, one at least.
pub fn about(secs: f64) -> String {
    let whole = secs.round().max(1.0) as u64;
    match whole {
        0..60 => format!("{whole} s"),
        60..3600 => format!("{} min {} s", whole / 60, whole % 60),
        3600..86_400 => format!("{} h {} min", whole / 3600, whole / 60 % 60),
        _ => format!("{} {} h", plural(whole / 86_400, "day", "days"), whole / 3600 % 24),
    }
}

/// `1 row`, `2 rows`.
pub fn plural(count: impl TryInto<u64>, one: &str, many: &str) -> String {
    let count = count.try_into().unwrap_or(u64::MAX);
    format!("{} {}", thousands(count), if count == 1 { one } else { many })
}

/// A text of at most so many letters; what is cut off is told by dots.
pub fn clipped(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_string(),
    }
}

/// The first few of a list of line numbers: `line 4`, `lines 4, 9 and 12 more`.
pub fn lines(lines: &[u32]) -> String {
    const SHOWN: usize = 5;
    let shown: Vec<String> = lines.iter().take(SHOWN).map(ToString::to_string).collect();
    let word = if lines.len() == 1 { "line" } else { "lines" };
    match lines.len().saturating_sub(SHOWN) {
        0 => format!("{word} {}", shown.join(", ")),
        more => format!("{word} {} and {more} more", shown.join(", ")),
    }
}

fn significant(value: f64) -> String {
    if value < 10.0 {
        format!("{value:.2}")
    } else if value < 100.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.0}")
    }
}

/// Digits in groups: `12,480`.
pub fn thousands(value: u64) -> String {
    let digits = value.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_short() {
        assert_eq!(count(1_382_400.0), "1.38 million");
        assert_eq!(count(134_515_008.0), "135 million");
        assert_eq!(count(12_480.0), "12,480");
        assert_eq!(count(999.0), "999");
    }

    #[test]
    fn numbers_keep_their_digits() {
        assert_eq!(number(0.693_147), "0.6931");
        assert_eq!(number(-12.345), "−12.35");
        assert_eq!(number(0.000_012), "1.2e−5");
        assert_eq!(number(0.0), "0");
    }

    #[test]
    fn short_numbers_are_as_short_as_they_may_be() {
        for (value, text) in [
            (0.693_147, "0.6931"),
            (-12.345_6, "−12.35"),
            (0.1, "0.1"),
            (2.310_01, "2.31"),
            (9.999_96, "10"),
            (100.0, "100"),
            (12_345.6, "12346"),
            (0.004_256, "0.004256"),
            (0.000_012, "1.2e−5"),
            (-2.5e7, "−2.5e7"),
            (0.0, "0"),
            (-0.0, "0"),
            (f64::NAN, "–"),
        ] {
            assert_eq!(short(value), text);
        }
    }

    #[test]
    fn amounts_have_units() {
        let amounts = [861.0, 2_104_556.0, 269_060_552.0, 1_503_300_328.0].map(bytes);
        assert_eq!(amounts, ["861 bytes", "2.1 MB", "269 MB", "1.5 GB"]);
        assert_eq!([0.875, 1.0].map(percent), ["88 %", "100 %"]);
    }

    #[test]
    fn durations_have_two_units_at_most() {
        for (secs, exact, guessed) in [
            (0.42, "0.42 s", "1 s"),
            (3.714, "3.71 s", "4 s"),
            (38.2, "38 s", "38 s"),
            (59.7, "1 min 0 s", "1 min 0 s"),
            (250.0, "4 min 10 s", "4 min 10 s"),
            (12_000.0, "3 h 20 min", "3 h 20 min"),
            (90_000.0, "1 day 1 h", "1 day 1 h"),
            (2_614_024_314.0, "30,254 days 21 h", "30,254 days 21 h"),
        ] {
            assert_eq!((duration(secs).as_str(), about(secs).as_str()), (exact, guessed));
        }
    }

    #[test]
    fn long_texts_are_cut_between_letters() {
        assert_eq!(clipped(&"é".repeat(70), 60), format!("{}…", "é".repeat(60)));
        assert_eq!(clipped("short", 60), "short");
    }

    #[test]
    fn ticks_hide_rounding() {
        assert_eq!(tick(0.1 + 0.2), "0.3");
        assert_eq!(tick(-1e-17), "0");
        assert_eq!(tick(-0.5), "−0.5");
        assert_eq!(tick(40.0), "40");
    }

    #[test]
    fn long_lists_of_lines_are_cut() {
        assert_eq!(lines(&[4]), "line 4");
        assert_eq!(lines(&[1, 2, 3, 4, 5, 6, 7]), "lines 1, 2, 3, 4, 5 and 2 more");
    }
}
