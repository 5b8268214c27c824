//! Middle values, and numbers as people read them.

/// The middle value; of an even count, between the two in the middle.
pub fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let (low, high) = (sorted.len().checked_sub(1)? / 2, sorted.len() / 2);
    Some((sorted[low] + sorted[high]) / 2.0)
}

/// The smallest and the largest value.
pub fn spread(values: &[f64]) -> Option<[f64; 2]> {
    let smallest = values.iter().copied().reduce(f64::min)?;
    let largest = values.iter().copied().reduce(f64::max)?;
    Some([smallest, largest])
}

/// A time with the digits that mean something.
pub fn seconds(secs: f64) -> String {
    match secs {
        s if s < 0.1 => format!("{:.1} ms", s * 1000.0),
        s if s < 1.0 => format!("{:.0} ms", s * 1000.0),
        s if s < 100.0 => format!("{s:.2} s"),
        s => format!("{s:.0} s"),
    }
}

/// A number of bytes.
pub fn bytes(count: f64) -> String {
    match count {
        b if b < 1e6 => format!("{:.0} kB", b / 1e3),
        b if b < 1e8 => format!("{:.1} MB", b / 1e6),
        b if b < 1e9 => format!("{:.0} MB", b / 1e6),
        b => format!("{:.2} GB", b / 1e9),
    }
}

/// Processes that wanted to run in the last minute; known on Linux alone.
pub fn load() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/loadavg").ok()?;
    text.split(' ').next()?.parse().ok()
}

/// Processors of this machine.
pub fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Lines of cells, the first column flush left and the others right. A line of one cell may be as
/// long as it likes.
pub fn columns(lines: &[Vec<String>]) -> String {
    let count = lines.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = lines.iter().filter(|line| line.len() > 1).filter_map(|line| line.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..count).map(width).collect();
    let line = |cells: &Vec<String>| {
        let padded = cells.iter().zip(widths.iter().copied()).enumerate().map(
            |(at, (cell, width))| match at {
                0 => format!("{cell:<width$}"),
                _ => format!("  {cell:>width$}"),
            },
        );
        padded.collect::<String>().trim_end().to_owned()
    };
    lines.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_stands_in_the_middle() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(median(&[5.0]), Some(5.0));
        assert_eq!(median(&[]), None);
        assert_eq!(spread(&[2.0, 3.0, 1.0]), Some([1.0, 3.0]));
    }

    #[test]
    fn numbers_are_written_as_people_read_them() {
        let times = [0.0671, 0.41, 2.0, 123.4].map(seconds);
        assert_eq!(times, ["67.1 ms", "410 ms", "2.00 s", "123 s"]);
        let sizes = [62_400.0, 22_038_528.0, 538_000_000.0, 3_250_651_136.0].map(bytes);
        assert_eq!(sizes, ["62 kB", "22.0 MB", "538 MB", "3.25 GB"]);
    }

    #[test]
    fn columns_line_up() {
        let line = |cells: &[&str]| cells.iter().map(ToString::to_string).collect::<Vec<String>>();
        let long = ["a line of its own"];
        let lines = [line(&["", "median", "s"]), line(&long), line(&["jax-js", "2", ""])];
        assert_eq!(columns(&lines), "        median  s\na line of its own\njax-js       2");
    }
}
