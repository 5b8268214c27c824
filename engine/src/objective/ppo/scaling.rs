//! Scores to a common scale, on the host, as TRL 0.11 does it.

/// Mean and variance of all scores so far. Chan et al. 1979.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Moments {
    /// How many scores.
    pub count: f64,
    /// Their mean.
    pub mean: f64,
    /// Their biased variance.
    pub variance: f64,
}

impl Moments {
    /// Takes in some more.
    pub fn hear(&mut self, scores: &[f64]) {
        let new = scores.len() as f64;
        let count = self.count + new;
        if new == 0.0 {
            return;
        }
        let mean = scores.iter().sum::<f64>() / new;
        let squares: f64 = scores.iter().map(|score| (score - mean).powi(2)).sum();
        let delta = mean - self.mean;
        let between = delta.powi(2) * self.count * new / count;
        self.variance = (self.variance * self.count + squares + between) / count;
        self.mean += delta * new / count;
        self.count = count;
    }

    /// The unbiased standard deviation.
    fn deviation(&self) -> f64 {
        (self.variance * self.count / (self.count - 1.0).max(1.0)).sqrt()
    }
}

/// What becomes of a score before it is a reward.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Scaling {
    /// Divided by the standard deviation of all scores so far.
    pub scale: bool,
    /// Less their mean first; with `scale` alone.
    pub norm: bool,
    /// Cut to this, above and below 0; last.
    pub clip: Option<f64>,
}

impl Scaling {
    /// A score as it is learned from. Where all scores are one, there is nothing to divide by.
    pub fn apply(&self, score: f64, moments: &Moments) -> f64 {
        let (deviation, least) = (moments.deviation(), f64::from(f32::EPSILON));
        let vary = deviation > least * moments.mean.abs();
        let deviation = deviation + least;
        let scaled = match (self.scale && vary, self.norm) {
            (true, true) => (score - moments.mean) / deviation,
            (true, false) => score / deviation,
            (false, true) if self.scale => score - moments.mean,
            (false, _) => score,
        };
        self.clip.map_or(scaled, |clip| scaled.clamp(-clip, clip))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 1, 2, 3, 6: mean 3, unbiased variance 14/3.
    #[test]
    fn parts_have_the_moments_of_the_whole() {
        let mut moments = Moments::default();
        moments.hear(&[1.0, 2.0]);
        moments.hear(&[]);
        moments.hear(&[3.0, 6.0]);
        assert_eq!((moments.count, moments.mean), (4.0, 3.0));
        assert!((moments.deviation() - (14.0_f64 / 3.0).sqrt()).abs() < 1e-12);
    }

    #[test]
    fn scores_are_scaled_centred_and_cut() {
        let mut moments = Moments::default();
        moments.hear(&[1.0, 2.0, 3.0, 6.0]);
        let by = |scale, norm, clip| Scaling { scale, norm, clip }.apply(6.0, &moments);
        let deviation = (14.0_f64 / 3.0).sqrt();
        assert_eq!(by(false, false, None), 6.0);
        assert!((by(true, false, None) - 6.0 / deviation).abs() < 1e-6);
        assert!((by(true, true, None) - 3.0 / deviation).abs() < 1e-6);
        assert_eq!(by(true, true, Some(0.5)), 0.5);
        assert_eq!(by(false, false, Some(0.5)), 0.5);
    }

    #[test]
    fn scores_that_are_all_one_stay_finite() {
        // A mean of eight tenths isn't a tenth to the last bit.
        for (score, count) in [(2.0, 2), (0.1, 8), (-0.7, 3), (0.0, 4)] {
            let mut moments = Moments::default();
            moments.hear(&vec![score; count]);
            let by = |norm| Scaling { scale: true, norm, clip: None }.apply(score, &moments);
            assert_eq!(by(false), score);
            assert!(by(true).abs() < 1e-12, "{score}");
        }
    }
}
