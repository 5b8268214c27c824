//! What the statistics say, each with a sentence where it is remarkable.

use super::cell::Field;
use super::stats::{Contrast, Length, Stats};
use crate::format::{percent, plural, tick};

/// One line of the statistics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// What was measured.
    pub name: String,
    /// How much, with its unit.
    pub value: String,
    /// What to make of it, where it is remarkable.
    pub remark: Option<&'static str>,
}

/// All lines.
pub fn facts(stats: &Stats) -> Vec<Fact> {
    let mut all = vec![rows(stats), prompts(stats)];
    all.extend(stats.lengths.iter().map(|(field, length)| length_of(*field, *length)));
    if let Some(contrast) = stats.contrast {
        all.extend([overlap(contrast), bias(contrast)]);
    }
    all.extend(stats.ratings.map(|(liked, disliked)| balance(liked, disliked)));
    all
}

fn rows(stats: &Stats) -> Fact {
    let few = stats.rows < 50;
    Fact {
        name: "Rows".into(),
        value: plural(stats.rows, "row", "rows"),
        remark: few.then_some(
            "So few rows are soon known by heart; watch the held-out figures, and stop early.",
        ),
    }
}

fn prompts(stats: &Stats) -> Fact {
    let repeated = stats.measured >= 20 && stats.prompts * 5 <= stats.measured;
    Fact {
        name: "Different prompts".into(),
        value: plural(stats.prompts, "prompt", "prompts"),
        remark: repeated.then_some(
            "Each prompt comes up many times; what is learnt may not carry over to others.",
        ),
    }
}

fn length_of(field: Field, length: Length) -> Fact {
    let name = match field {
        Field::Prompt => "Length of prompts",
        Field::Chosen => "Length of chosen answers",
        Field::Rejected => "Length of rejected answers",
        Field::Completion => "Length of answers",
    };
    let uneven = length.longest > 300 && f64::from(length.longest) > 10.0 * length.median;
    Fact {
        name: name.into(),
        value: format!("median {} words, longest {}", tick(length.median), length.longest),
        remark: uneven.then_some(
            "Some are far longer than the rest: they set the memory that is needed, and may be cut.",
        ),
    }
}

fn overlap(contrast: Contrast) -> Fact {
    let remark = match contrast.overlap {
        share if share > 0.8 => Some(
            "The two answers of a pair hardly differ: a clear lesson, but each pair teaches little.",
        ),
        share if share < 0.1 => Some(
            "The two answers of a pair share next to nothing, so what makes one better is hard to \
             single out.",
        ),
        _ => None,
    };
    Fact { name: "Words that both answers have".into(), value: percent(contrast.overlap), remark }
}

fn bias(contrast: Contrast) -> Fact {
    let Contrast { longer, shorter, .. } = contrast;
    let share = longer / (longer + shorter).max(f64::EPSILON);
    let matters = longer + shorter > 0.3;
    let remark = match matters {
        true if share > 0.65 => Some(
            "Longer answers win: the model may learn to write more rather than better. SimPO \
             compares by likelihood a token, so that length is no merit.",
        ),
        true if share < 0.35 => {
            Some("Shorter answers win: the model may learn to write less rather than better.")
        }
        _ => None,
    };
    let value = format!("{} longer, {} shorter", percent(longer), percent(shorter));
    Fact { name: "Chosen beside rejected".into(), value, remark }
}

fn balance(liked: u32, disliked: u32) -> Fact {
    let (less, more) = (liked.min(disliked), liked.max(disliked));
    let remark = if less == 0 {
        Some("All are of one kind: there is nothing to tell apart. Add some of the other.")
    } else if f64::from(more) > 4.0 * f64::from(less) {
        Some("One kind outweighs the other: KTO's weights, or more of the rarer kind, even it out.")
    } else {
        None
    };
    Fact { name: "Ratings".into(), value: format!("{liked} liked, {disliked} not"), remark }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contrast(overlap: f64, longer: f64, shorter: f64) -> Contrast {
        Contrast { overlap, longer, shorter }
    }

    #[test]
    fn only_what_is_remarkable_is_remarked_on() {
        let length = Length { median: 12.5, longest: 40 };
        let stats = Stats {
            rows: 600,
            measured: 600,
            prompts: 400,
            lengths: vec![(Field::Prompt, length)],
            contrast: Some(contrast(0.4, 0.5, 0.45)),
            ratings: Some((300, 290)),
        };
        let all = facts(&stats);
        assert!(all.iter().all(|fact| fact.remark.is_none()), "{all:?}");
        assert_eq!(all[2].value, "median 12.5 words, longest 40");
        assert_eq!(all[4].value, "50 % longer, 45 % shorter");
    }

    #[test]
    fn length_bias_is_that_of_the_pairs_that_differ() {
        // 0.4 of 0.5 that differ are longer: 0.8. From a quarter that differs little follows.
        assert!(bias(contrast(0.4, 0.2, 0.05)).remark.is_none());
        assert!(bias(contrast(0.4, 0.4, 0.1)).remark.is_some_and(|words| words.contains("SimPO")));
        assert!(bias(contrast(0.4, 0.1, 0.4)).remark.is_some_and(|words| words.contains("less")));
    }

    #[test]
    fn ratings_of_one_kind_are_told_of() {
        assert!(balance(5, 0).remark.is_some_and(|words| words.contains("nothing to tell apart")));
        assert!(balance(4, 1).remark.is_none());
        assert!(balance(1, 5).remark.is_some_and(|words| words.contains("outweighs")));
    }
}
