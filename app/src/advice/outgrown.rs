//! A score that stands for something else can be climbed past it: what the lesson's rule says of
//! the samples, beside the score that the run went by.

use temper_protocol::Sample;

use super::trend::Curve;
use super::{Advice, Run, Severity};
use crate::format::number;

/// The rule goes from −1 to 1, and samples are few: less than this is one sample's mood.
const FALLEN: f64 = 0.5;

/// The score went on climbing after the samples had begun to displease (Gao et al. 2022).
pub(super) fn outgrown(run: &Run) -> Option<Advice> {
    let scores = Curve::of(run.log, &["objective/scores"])?;
    let &(_, last) = run.gold.last()?;
    let &(step, best) = run.gold.iter().max_by(|a, b| a.1.total_cmp(&b.1))?;
    let then = scores.points().iter().find(|point| point.0 >= f64::from(step))?.1;
    if best - last < FALLEN || scores.end() <= then {
        return None;
    }
    Some(Advice {
        severity: Severity::Look,
        title: "The score rises, and what it stands for falls",
        words: format!(
            "After step {step} the score went from {} to {}. The rule that the page's reviews were \
             written by, from −1 to 1, says {} of the samples then and {} now.",
            number(then),
            number(scores.end()),
            number(best),
            number(last)
        ),
        what_to_do: "Stop near that step, or raise the price of KL. A reward model gets better with \
                     more pairs.",
        step: Some(step),
    })
}

/// Means of scores by the step that the samples are of, in the order of the steps.
pub fn means(samples: &[Sample], scores: &[f64]) -> Vec<(u32, f64)> {
    let mut steps: Vec<u32> = samples.iter().map(|sample| sample.step).collect();
    steps.sort_unstable();
    steps.dedup();
    let mean = |step: u32| {
        let of_step = samples.iter().zip(scores).filter(|(sample, _)| sample.step == step);
        let scores: Vec<f64> = of_step.map(|(_, score)| *score).collect();
        (step, scores.iter().sum::<f64>() / scores.len().max(1) as f64)
    };
    steps.into_iter().map(mean).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_averaged_by_step() {
        let sample = |step| Sample { step, index: 0, prompt: "p".into(), completion: "c".into() };
        let samples = [0, 20, 0, 10].map(sample);
        assert_eq!(means(&samples, &[1.0, 0.5, -0.5, -1.0]), [(0, 0.25), (10, -1.0), (20, 0.5)]);
        assert!(means(&[], &[]).is_empty());
    }
}
