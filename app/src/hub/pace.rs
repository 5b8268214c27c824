//! How fast a download goes, and how long it will take.

use std::collections::VecDeque;

use crate::format::bytes;

/// The speed is that of so many seconds.
const WINDOW_SECS: f64 = 5.0;

/// What was there when, of the last seconds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pace {
    marks: VecDeque<(f64, u64)>,
}

impl Pace {
    /// So many bytes are there now.
    pub fn mark(&mut self, now_secs: f64, done: u64) {
        // Starting over is no pace.
        if self.marks.back().is_some_and(|&(_, before)| before > done) {
            self.marks.clear();
        }
        self.marks.push_back((now_secs, done));
        while self.marks.len() > 2 && self.marks[1].0 <= now_secs - WINDOW_SECS {
            self.marks.pop_front();
        }
    }

    /// Bytes a second; `None` until that can be told.
    pub fn rate(&self) -> Option<f64> {
        let (first, last) = (self.marks.front()?, self.marks.back()?);
        let secs = last.0 - first.0;
        (secs >= 0.5).then(|| (last.1 - first.1) as f64 / secs)
    }
}

/// `120 MB of 269 MB · 8.4 MB/s · about 18 s left`.
pub fn words(done: u64, total: u64, rate: Option<f64>) -> String {
    let mut words = format!("{} of {}", bytes(done as f64), bytes(total as f64));
    if let Some(rate) = rate.filter(|rate| *rate > 0.0) {
        let left = total.saturating_sub(done) as f64 / rate;
        words += &format!(" · {:.1} MB/s · about {} left", rate / 1e6, about(left));
    }
    words
}

fn about(secs: f64) -> String {
    if secs < 90.0 {
        format!("{secs:.0} s")
    } else if secs < 5400.0 {
        format!("{:.0} min", secs / 60.0)
    } else {
        format!("{:.1} h", secs / 3600.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_speed_is_that_of_the_last_seconds() {
        let mut pace = Pace::default();
        pace.mark(0.0, 0);
        assert_eq!(pace.rate(), None);
        for second in 1..=10 {
            // One megabyte a second, then three.
            let done = if second <= 5 { second } else { 5 + 3 * (second - 5) };
            pace.mark(second as f64, done * 1_000_000);
        }
        assert_eq!(pace.rate(), Some(3e6));
        pace.mark(11.0, 0);
        assert_eq!(pace.rate(), None);
    }

    /// (269 − 120) MB at 8.4 MB/s are 17.7 s.
    #[test]
    fn progress_is_told_in_words() {
        let words = words(120_000_000, 269_000_000, Some(8.4e6));
        assert_eq!(words, "120 MB of 269 MB · 8.4 MB/s · about 18 s left");
        assert_eq!(about(600.0), "10 min");
        assert_eq!(about(7200.0), "2.0 h");
    }
}
