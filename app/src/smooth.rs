//! Smoothing of a curve as TensorBoard does it: an exponential moving average whose start isn't
//! pulled towards zero.

/// The heaviest smoothing that is offered.
pub const MOST: f64 = 0.95;

/// Each value as the average of all up to it, where `weight`, from 0 to [`MOST`], says how much
/// those before count. Divided by the sum of its weights, the first value is itself.
pub fn smooth(points: &[(f64, f64)], weight: f64) -> Vec<(f64, f64)> {
    let weight = weight.clamp(0.0, MOST);
    let (mut sum, mut weights) = (0.0, 0.0);
    let average = |&(x, y): &(f64, f64)| {
        sum = weight * sum + (1.0 - weight) * y;
        weights = weight * weights + (1.0 - weight);
        (x, sum / weights)
    };
    points.iter().map(average).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// weight 1/2 of 1, 2, 3: 1; (1/4 + 1) / (3/4) = 5/3; (1/8 + 1/2 + 3/2) / (7/8) = 17/7
    #[test]
    fn by_hand() {
        let smoothed = smooth(&[(1.0, 1.0), (2.0, 2.0), (3.0, 3.0)], 0.5);
        for ((x, y), (at, expected)) in
            smoothed.into_iter().zip([(1.0, 1.0), (2.0, 5.0 / 3.0), (3.0, 17.0 / 7.0)])
        {
            assert!(x == at && (y - expected).abs() < 1e-12, "{y} for {expected}");
        }
    }

    #[test]
    fn a_level_curve_stays_and_no_weight_changes_nothing() {
        let level = [(0.0, 4.0), (1.0, 4.0), (2.0, 4.0)];
        assert!(smooth(&level, 0.9).iter().all(|point| (point.1 - 4.0).abs() < 1e-12));
        let rough = [(0.0, 1.0), (1.0, -7.0)];
        assert_eq!(smooth(&rough, 0.0), rough);
        assert!(smooth(&[], 0.5).is_empty());
    }
}
