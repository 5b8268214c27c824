//! Which loss a run reads a row by, from its settings.

use temper_protocol::{DpoConfig, DpoLoss, Method, OnlineLoss, ResolvedRun, SpinLoss};

use super::measured::{Pair, Side};
use super::reading::Reading;
use super::symbols::{
    REFERENCE_CHOSEN, REFERENCE_DISLIKED, REFERENCE_LIKED, REFERENCE_REJECTED, REWARD_CHOSEN,
    REWARD_REJECTED,
};
use super::{Against, Look, pair, reference_free, rollout, single};

/// What a person sets in the place of what isn't looked up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dials {
    /// Of the probabilities, now over when it was sampled.
    pub ratio: f64,
    /// How much better than expected.
    pub advantage: f64,
    /// How often the chosen completion beats the others.
    pub win: f64,
}

impl Default for Dials {
    fn default() -> Self {
        Self { ratio: 1.0, advantage: 1.0, win: 1.0 }
    }
}

/// What a reading takes beside the row.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Around {
    /// The run's last logged zero point of KTO.
    pub kl: Option<f64>,
    /// The round of self-play, counted from 0.
    pub round: usize,
    /// What a person sets.
    pub dials: Dials,
}

/// Whether a method shows something before a row was looked at.
pub fn needs_no_row(method: Method) -> bool {
    matches!(method, Method::Ppo | Method::Rloo | Method::Reward)
}

/// Reads a row by a run's loss.
///
/// # Errors
/// A row that the method can't read; the sentence says what it takes.
pub fn read(
    run: &ResolvedRun,
    look: Option<&Look>,
    around: &Around,
) -> Result<Reading, &'static str> {
    let mut reading = by_method(run, look, around)?;
    if let Some(look) = look {
        tell_reference(&mut reading, look.against, run.config.method);
    }
    Ok(reading)
}

/// Says which model the reference was.
fn tell_reference(reading: &mut Reading, against: Against, method: Method) {
    let words = format!("The same under the reference: {}.", against.words());
    for symbol in [REFERENCE_CHOSEN, REFERENCE_REJECTED, REFERENCE_LIKED, REFERENCE_DISLIKED] {
        reading.retell(symbol, &words);
    }
    if method.is_self_play() && against == Against::Came {
        reading.notes.push(
            "The reference here is the model as it came; while a run goes on, it is the model as \
             the round began."
                .into(),
        );
    }
}

fn by_method(
    run: &ResolvedRun,
    look: Option<&Look>,
    around: &Around,
) -> Result<Reading, &'static str> {
    let completions = look.map_or(&[][..], |look| look.completions.as_slice());
    let both = |tail| Pair::of(completions, tail).ok_or(PAIRS);
    let first = completions.first();
    let dials = [around.dials.ratio, around.dials.advantage];
    let config = &run.config;
    match config.method {
        Method::Sft => first
            .map(|completion| single::sft(&run.sft(), &Side::of(completion)))
            .ok_or("There is no completion in this row. Choose another one."),
        Method::Reward => Ok(single::reward(&run.reward(), look.map(|look| &look.text))),
        Method::Ppo => Ok(rollout::ppo(&run.ppo(), dials, first)),
        Method::Rloo => Ok(rollout::rloo(&run.rloo(), dials, first)),
        Method::Kto => rated(look).map(|rated| single::kto(&run.kto(), &rated, around.kl)),
        Method::Dpo => {
            let dpo = run.dpo();
            let pair = both(dpo.ld_alpha.unwrap_or(1.0))?;
            Ok(pair::dpo(&dpo, &pair))
        }
        Method::Cpo => {
            Ok(reference_free::cpo(&config.cpo.clone().unwrap_or_default(), &both(1.0)?))
        }
        Method::Simpo => {
            Ok(reference_free::simpo(&config.simpo.clone().unwrap_or_default(), &both(1.0)?))
        }
        Method::Orpo => {
            Ok(reference_free::orpo(&config.orpo.clone().unwrap_or_default(), &both(1.0)?))
        }
        Method::Slic => {
            Ok(reference_free::slic(&config.slic.clone().unwrap_or_default(), &both(1.0)?))
        }
        Method::OnlineDpo => Ok(online(run, &both(1.0)?)),
        Method::Spin => Ok(spin(run, around.round, &both(1.0)?)),
        Method::Sppo => Ok(sppo(run, around.dials.win, &both(1.0)?)),
    }
}

const PAIRS: &str = "This method compares two completions, and this row has one. Choose a row with \
                     a chosen and a rejected completion.";
const RATINGS: &str = "KTO reads pairs, or completions with a label, true or false; this row has no \
                       label. Choose another one.";

/// Of a pair one rating of each kind.
fn rated(look: Option<&Look>) -> Result<Vec<(bool, Side)>, &'static str> {
    let look = look.ok_or(RATINGS)?;
    match look.completions.as_slice() {
        [liked, disliked] => Ok(vec![(true, Side::of(liked)), (false, Side::of(disliked))]),
        [only] => {
            let liked = look.text.label.ok_or(RATINGS)?;
            Ok(vec![(liked, Side::of(only))])
        }
        _ => Err(RATINGS),
    }
}

fn online(run: &ResolvedRun, pair: &Pair) -> Reading {
    let online = run.online_dpo();
    let loss = match online.loss_type {
        OnlineLoss::Sigmoid => DpoLoss::Sigmoid,
        OnlineLoss::Ipo => DpoLoss::Ipo,
    };
    let options = DpoConfig {
        loss_type: vec![loss],
        beta: online.beta,
        ipo_length_normalize: Some(false),
        ..DpoConfig::default()
    };
    let mut reading = pair::dpo(&options, pair);
    let note =
        "While it trains, both completions are its own samples; this row's stand in for them.";
    reading.notes.push(note.into());
    reading
}

fn spin(run: &ResolvedRun, round: usize, pair: &Pair) -> Reading {
    let spin = run.spin();
    let loss = match spin.loss_type {
        SpinLoss::Sigmoid => DpoLoss::Sigmoid,
        SpinLoss::Hinge => DpoLoss::Hinge,
    };
    let beta = spin.beta.get(round).or(spin.beta.last()).copied().unwrap_or(0.1);
    let options = DpoConfig { loss_type: vec![loss], beta, ..DpoConfig::default() };
    let mut reading = pair::dpo(&options, pair);
    reading.retell(
        REWARD_CHOSEN,
        "The implicit reward of the chosen completion; logged as rewards/real.",
    );
    reading.retell(
        REWARD_REJECTED,
        "The implicit reward of the rejected completion; logged as rewards/generated.",
    );
    reading.notes.push(
        "The rejected completion is the model's own of the round before; this row's stands in for it."
            .into(),
    );
    reading
}

fn sppo(run: &ResolvedRun, win: f64, pair: &Pair) -> Reading {
    let mut reading = pair::sppo(run.sppo().beta, win, pair);
    reading.notes.push(
        "Both completions are the model's own, ranked by how often they win; this row's stand in \
         for them, and the slider for the wins."
            .into(),
    );
    reading
}

#[cfg(test)]
mod tests {
    use temper_protocol::{InspectedCompletion, InspectedToken, RunConfig};

    use super::*;
    use crate::glass::row::RowText;
    use crate::glass::symbols::{BETA, LOSS};
    use crate::glass::testing::close;

    /// A token at −1 nat, its reference at −2, so that each completion's log-ratio is its length.
    fn looked(lengths: &[usize], label: Option<bool>) -> Look {
        let token = InspectedToken { text: "t".into(), policy: -1.0, reference: -2.0, kl: 0.5 };
        let completion =
            |&length: &usize| InspectedCompletion { tokens: vec![token.clone(); length] };
        let completions = lengths.iter().map(completion).collect();
        let text = RowText { label, ..RowText::default() };
        let (against, json) = (Against::Came, String::new());
        Look { row: 0, step: 0, against, json, text, completions }
    }

    fn run(method: Method) -> ResolvedRun {
        let text = crate::examples::text(method);
        RunConfig::from_toml("", text, &[]).unwrap().resolve().unwrap()
    }

    #[test]
    fn every_method_reads_a_pair() {
        let look = looked(&[4, 2], None);
        for method in Method::ALL {
            let reading = read(&run(method), Some(&look), &Around::default()).unwrap();
            assert!(!reading.formulas.is_empty() && !reading.terms.is_empty(), "{method:?}");
            assert_eq!(reading.loss().is_some(), method != Method::Reward, "{method:?}");
            assert_eq!(reading.plots.is_empty(), method == Method::Sft, "{method:?}");
        }
    }

    #[test]
    fn a_row_that_a_method_cannot_read_is_told_so() {
        let alone = looked(&[3], None);
        for method in Method::ALL {
            let found = read(&run(method), Some(&alone), &Around::default());
            let takes_it = needs_no_row(method) || method == Method::Sft;
            assert_eq!(found.is_ok(), takes_it, "{method:?}");
            assert_eq!(read(&run(method), None, &Around::default()).is_ok(), needs_no_row(method));
        }
        let rated = looked(&[3], Some(true));
        assert!(read(&run(Method::Kto), Some(&rated), &Around::default()).is_ok());
    }

    #[test]
    fn the_reference_is_named_as_it_was_at_the_look() {
        let mut look = looked(&[4, 2], None);
        let words = |method, look: &Look| {
            let reading = read(&run(method), Some(look), &Around::default()).unwrap();
            let symbols = [REFERENCE_CHOSEN, REFERENCE_LIKED];
            let term = symbols.into_iter().find_map(|symbol| reading.term(symbol)).unwrap();
            (term.words.clone(), reading.notes.concat().contains("as it came"))
        };
        for (method, noted) in [(Method::Dpo, false), (Method::Kto, false), (Method::Spin, true)] {
            let (words, notes) = words(method, &look);
            assert!(words.ends_with("the model as it came.") && notes == noted, "{method:?}");
        }
        look.against = Against::Round(2);
        let (words, notes) = words(Method::Sppo, &look);
        assert!(words.ends_with("as this round of self-play began.") && !notes, "{words}");
    }

    /// Log-ratios 4 and 2, each with its own β: −log σ(2β).
    #[test]
    fn self_play_takes_its_rounds_beta() {
        let mut run = run(Method::Spin);
        if let Some(spin) = &mut run.config.spin {
            spin.beta = vec![0.1, 0.5];
        }
        let look = looked(&[4, 2], None);
        for (round, beta, loss) in
            [(0, 0.1, 0.598_138_869), (1, 0.5, 0.313_261_688), (7, 0.5, 0.313_261_688)]
        {
            let around = Around { round, ..Around::default() };
            let reading = read(&run, Some(&look), &around).unwrap();
            assert_eq!(reading.value(BETA), beta);
            close(reading.value(LOSS), loss, 1e-8);
        }
    }
}
