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

/// A measured number, four digits that mean something: `0.6931`, `-12.35`, `1.2e-5`.
pub fn number(value: f64) -> String {
    let size = value.abs();
    if size == 0.0 {
        "0".into()
    } else if size < 1e-3 {
        format!("{value:.1e}")
    } else if size < 10.0 {
        format!("{value:.4}")
    } else if size < 100.0 {
        format!("{value:.2}")
    } else {
        format!("{value:.0}")
    }
}

/// An axis label: as short as it stays exact.
pub fn tick(value: f64) -> String {
    // Ticks are multiples of a round step; what is left beyond nine digits is rounding.
    let rounded = (value * 1e9).round() / 1e9;
    if rounded == 0.0 { "0".into() } else { rounded.to_string() }
}

/// A duration: `0.42 s`, `38 s`, `4 min 10 s`.
pub fn duration(secs: f64) -> String {
    if secs < 10.0 {
        format!("{secs:.2} s")
    } else if secs < 60.0 {
        format!("{secs:.0} s")
    } else {
        let whole = secs.round() as u64;
        format!("{} min {} s", whole / 60, whole % 60)
    }
}

/// `1 row`, `2 rows`.
pub fn plural(count: u32, one: &str, many: &str) -> String {
    format!("{} {}", thousands(u64::from(count)), if count == 1 { one } else { many })
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

fn thousands(value: u64) -> String {
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
        assert_eq!(number(-12.345), "-12.35");
        assert_eq!(number(0.000_012), "1.2e-5");
        assert_eq!(number(0.0), "0");
    }

    #[test]
    fn ticks_hide_rounding() {
        assert_eq!(tick(0.1 + 0.2), "0.3");
        assert_eq!(tick(-1e-17), "0");
        assert_eq!(tick(40.0), "40");
    }

    #[test]
    fn long_lists_of_lines_are_cut() {
        assert_eq!(lines(&[4]), "line 4");
        assert_eq!(lines(&[1, 2, 3, 4, 5, 6, 7]), "lines 1, 2, 3, 4, 5 and 2 more");
    }
}
