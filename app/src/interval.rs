//! How much a share of few says.

/// The 97.5 % point of the standard normal distribution.
const Z: f64 = 1.959_964;

/// The 95 % interval of a share, `wins` of `of`, where a tie may be half a win (Wilson 1927).
/// Unlike the plain one it stays within 0 and 1, and says something of a share of 0 or 1. `None`
/// of nothing.
pub fn wilson(wins: f64, of: u32) -> Option<[f64; 2]> {
    if of == 0 {
        return None;
    }
    let n = f64::from(of);
    let share = wins / n;
    let spread = Z * Z / n;
    let middle = (share + spread / 2.0) / (1.0 + spread);
    let half = Z * (share * (1.0 - share) / n + spread / (4.0 * n)).sqrt() / (1.0 + spread);
    Some([(middle - half).max(0.0), (middle + half).min(1.0)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_near(found: Option<[f64; 2]>, expected: [f64; 2]) {
        let found = found.unwrap();
        let near = found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 5e-7);
        assert!(near, "{found:?}, expected {expected:?}");
    }

    /// 7 of 10: z² = 3.8414589, middle (.7 + .19207294) / 1.38414589 = .6444934,
    /// half 1.959964 · √(.021 + .00960365) / 1.38414589 = .2477157.
    /// Of 10 of 10 the lower end is n / (n + z²), of none of 4 the upper is z² / (n + z²).
    #[test]
    fn known_intervals() {
        assert_near(wilson(7.0, 10), [0.396_778, 0.892_209]);
        assert_near(wilson(10.0, 10), [0.722_467, 1.0]);
        assert_near(wilson(0.0, 4), [0.0, 0.489_891]);
        assert_near(wilson(50.0, 100), [0.403_832, 0.596_168]);
        // 17 of 20: middle (.85 + .0960365) / 1.1920729 = .7936062, half .1540251.
        assert_near(wilson(17.0, 20), [0.639_581, 0.947_631]);
        assert_eq!(wilson(0.0, 0), None);
    }
}
