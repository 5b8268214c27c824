//! What is drawn of a run, and stands in its table: which of its numbers tell how a method
//! fares, each with its meaning in a sentence. Names of numbers are TRL's.

use temper_protocol::Method;

/// One line of a chart, and one column of the table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    /// Tells it from the other line; empty where it is alone.
    pub name: &'static str,
    /// The number's name; where there are several, the first that is logged.
    pub keys: &'static [&'static str],
}

/// One chart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figure {
    /// What it shows.
    pub title: &'static str,
    /// What to make of it.
    pub help: &'static str,
    /// One line or two.
    pub lines: &'static [Line],
    /// Values run from 0 to 1 and are shown in percent.
    pub share: bool,
    /// For tests.
    pub testid: &'static str,
}

const LOSS: Figure = Figure {
    title: "Loss",
    help: "How wrong it still is about your preferences; it should fall.",
    lines: &[Line { name: "", keys: &["loss"] }],
    share: false,
    testid: "chart-loss",
};
const COIN_LOSS: Figure = Figure {
    help: "How wrong it still is about your preferences; as a rule it starts at 0.69, a coin toss, and should fall.",
    ..LOSS
};
const PAIR_LOSS: Figure = Figure {
    help: "How wrong it still is about your preferences; it should fall. DPO's own loss (sigmoid) starts at 0.69, a coin toss; others may start elsewhere.",
    ..LOSS
};
const TOKEN_LOSS: Figure = Figure {
    help: "How surprised it is by the next token of the examples; it should fall.",
    ..LOSS
};
const RATING_LOSS: Figure = Figure {
    help: "How wrong it still is about what was liked; it should fall, from 0.5 where both kinds weigh alike.",
    ..LOSS
};
const GAME_LOSS: Figure = Figure {
    help: "How far it is from the round's aim; each round begins anew, and less is left to gain.",
    ..LOSS
};
const MARGIN: Figure = Figure {
    title: "Margin",
    help: "How much more it favours the better answers than it did before; it should rise.",
    lines: &[Line { name: "", keys: &["rewards/margins"] }],
    share: false,
    testid: "chart-margins",
};
const ROUND_MARGIN: Figure = Figure {
    help: "How much more it favours the better answers than it did as the round began; it should rise, and each round begins anew.",
    ..MARGIN
};
const OWN_MARGIN: Figure = Figure {
    help: "How much likelier it finds the better answers than the other ones; it should rise.",
    ..MARGIN
};
const OWN_MARGIN_PER_TOKEN: Figure = Figure {
    help: "How much likelier, token by token, it finds the better answers than the other ones; it should rise.",
    ..MARGIN
};
const ACCURACY: Figure = Figure {
    title: "Accuracy",
    help: "In how many pairs the better answer gained more than the other one.",
    lines: &[Line { name: "", keys: &["rewards/accuracies"] }],
    share: true,
    testid: "chart-accuracy",
};
const OWN_ACCURACY: Figure = Figure {
    help: "In how many pairs it finds the better answer likelier than the other one.",
    ..ACCURACY
};
const OWN_ACCURACY_PER_TOKEN: Figure = Figure {
    help: "In how many pairs it finds the better answer likelier, token by token, than the other one.",
    ..ACCURACY
};
const LOGPS: Figure = Figure {
    title: "Likelihood",
    help: "Log-probability of both answers; both may fall, as long as the better one falls less.",
    lines: &[
        Line { name: "preferred", keys: &["logps/chosen"] },
        Line { name: "other", keys: &["logps/rejected"] },
    ],
    share: false,
    testid: "chart-logps",
};
const TOKEN_ACCURACY: Figure = Figure {
    title: "Token accuracy",
    help: "How often its first guess is the examples' next token; it should rise.",
    lines: &[Line { name: "", keys: &["mean_token_accuracy"] }],
    share: true,
    testid: "chart-token-accuracy",
};
const RANKED: Figure = Figure {
    title: "Accuracy",
    help: "In how many pairs it gives the preferred answer the higher mark.",
    lines: &[Line { name: "", keys: &["accuracy"] }],
    share: true,
    testid: "chart-accuracy",
};
const MARKS_APART: Figure = Figure {
    title: "Margin",
    help: "How far apart the marks of the two answers are; it should rise.",
    lines: &[Line { name: "", keys: &["margin"] }],
    share: false,
    testid: "chart-margins",
};
const SCORES: Figure = Figure {
    title: "Score",
    help: "How well its own answers are scored, on average; it should rise.",
    lines: &[Line { name: "", keys: &["objective/scores"] }],
    share: false,
    testid: "chart-scores",
};
const KL: Figure = Figure {
    title: "Distance",
    help: "How far it has moved from what it was (KL, nats); a few nats are usual, tens mean that the English is going.",
    lines: &[Line { name: "", keys: &["objective/kl", "kl"] }],
    share: false,
    testid: "chart-kl",
};
const ENTROPY: Figure = Figure {
    title: "Entropy",
    help: "How open its choice of the next token is; at zero it says one thing only.",
    lines: &[Line { name: "", keys: &["policy/entropy_avg", "objective/entropy", "entropy"] }],
    share: false,
    testid: "chart-entropy",
};
const LENGTH: Figure = Figure {
    title: "Length",
    help: "How long its answers are, in tokens; growth without a better score is padding.",
    lines: &[Line { name: "", keys: &["completions/mean_length"] }],
    share: false,
    testid: "chart-length",
};
const CRITIC: Figure = Figure {
    title: "Critic's error",
    help: "How wrong the critic is about the scores to come; it should fall.",
    lines: &[Line { name: "", keys: &["loss/value_avg"] }],
    share: false,
    testid: "chart-value-loss",
};
const LIKED: Figure = Figure {
    title: "Liked and not",
    help: "How much likelier both kinds of answers became; the liked should end above the others.",
    lines: &[
        Line { name: "liked", keys: &["rewards/chosen"] },
        Line { name: "not liked", keys: &["rewards/rejected"] },
    ],
    share: false,
    testid: "chart-rewards",
};
const ROUND: Figure = Figure {
    title: "Round",
    help: "Which round of self-play it is.",
    lines: &[Line { name: "", keys: &["iteration"] }],
    share: false,
    testid: "chart-round",
};

/// A method's charts, in order.
pub fn of(method: Method) -> &'static [Figure] {
    match method {
        Method::Sft => &[TOKEN_LOSS, TOKEN_ACCURACY],
        Method::Reward => &[COIN_LOSS, RANKED, MARKS_APART],
        Method::Ppo => &[SCORES, KL, ENTROPY, LENGTH, CRITIC],
        Method::Rloo => &[SCORES, KL, ENTROPY, LENGTH],
        Method::OnlineDpo => &[SCORES, PAIR_LOSS, MARGIN, ACCURACY],
        Method::Dpo => &[PAIR_LOSS, MARGIN, ACCURACY, LOGPS],
        Method::Cpo | Method::Slic => &[LOSS, OWN_MARGIN, OWN_ACCURACY, LOGPS],
        Method::Simpo | Method::Orpo => {
            &[LOSS, OWN_MARGIN_PER_TOKEN, OWN_ACCURACY_PER_TOKEN, LOGPS]
        }
        Method::Spin | Method::Sppo => &[GAME_LOSS, ROUND_MARGIN, ACCURACY, ROUND],
        Method::Kto => &[RATING_LOSS, MARGIN, LIKED, KL],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_reference_tells_of_before() {
        for method in [Method::Cpo, Method::Simpo, Method::Orpo, Method::Slic] {
            let helps: String = of(method).iter().map(|figure| figure.help).collect();
            assert!(!helps.contains("before") && !helps.contains("gained"), "{method:?}");
        }
    }

    #[test]
    fn each_figure_has_one_line_or_two_and_a_sentence() {
        for method in Method::ALL {
            let figures = of(method);
            assert!(figures.len() >= 2, "{method:?}");
            for figure in figures {
                assert!([1, 2].contains(&figure.lines.len()) && figure.help.ends_with('.'));
                let named = figure.lines.iter().all(|line| line.name.is_empty());
                assert_eq!(named, figure.lines.len() == 1, "{}", figure.title);
            }
        }
    }
}
