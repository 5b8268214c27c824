//! Metrics between two logged lines.

use serde::{Deserialize, Serialize};

/// Sums and counts since the last logged line. Saved with a checkpoint to the last bit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Window {
    entries: Vec<(String, Bits, Bits)>,
}

/// An f64 that survives JSON exactly.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "u64", into = "u64")]
struct Bits(f64);

impl From<u64> for Bits {
    fn from(bits: u64) -> Self {
        Self(f64::from_bits(bits))
    }
}

impl From<Bits> for u64 {
    fn from(bits: Bits) -> Self {
        bits.0.to_bits()
    }
}

impl Window {
    /// Adds a sum over `count` examples.
    pub fn add(&mut self, key: &str, sum: f64, count: f64) {
        match self.entries.iter_mut().find(|(name, ..)| name == key) {
            Some((_, total, examples)) => {
                total.0 += sum;
                examples.0 += count;
            }
            None => self.entries.push((key.to_owned(), Bits(sum), Bits(count))),
        }
    }

    /// The means, in the order of first mention; the window starts anew.
    pub fn take(&mut self) -> Vec<(String, f64)> {
        let entries = std::mem::take(&mut self.entries);
        entries.into_iter().map(|(key, sum, count)| (key, sum.0 / count.0)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_over_all_examples_and_a_fresh_start() {
        let mut window = Window::default();
        window.add("loss", 2.0, 1.0);
        window.add("loss", 1.0, 2.0);
        assert_eq!(window.take(), [("loss".to_owned(), 1.0)]);
        assert!(window.take().is_empty());
    }

    #[test]
    fn survives_json_to_the_last_bit() {
        let mut window = Window::default();
        window.add("loss", 0.1 + 0.2, 3.0);
        let text = serde_json::to_string(&window).unwrap();
        assert_eq!(serde_json::from_str::<Window>(&text).unwrap(), window);
    }
}
