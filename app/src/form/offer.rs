//! Which of a method's options the page offers, in which order, and when each is read.

use temper_protocol::Method;
use temper_protocol::config::options::{OptionSpec, options};

use super::per_method::PerMethod;
use super::spell::items;

/// The option that says who scores.
pub const SCORED_BY: &str = "score.by";
/// The option that names a reward model; while it is empty, it is the newest of this browser.
pub const REWARD_MODEL: &str = "score.adapter";

/// What takes files, or weights, that the page has no place for. A judge's name is the open one's.
const LEFT_OUT: [&str; 4] =
    ["score.model", "dpo.sync_ref_model", "dpo.ref_model_mixup_alpha", "dpo.ref_model_sync_steps"];

/// What most will want to change, in this order. Methods with few options show them all.
const FOREMOST: [&str; 23] = [
    "ppo.kl_coef",
    "ppo.response_length",
    "ppo.temperature",
    "rloo.beta",
    "rloo.num_generations",
    "rloo.max_completion_length",
    "rloo.temperature",
    "online_dpo.beta",
    "online_dpo.max_new_tokens",
    "online_dpo.temperature",
    "online_dpo.loss_type",
    "dpo.beta",
    "dpo.label_smoothing",
    "dpo.loss_type",
    "spin.iterations",
    "spin.beta",
    "spin.max_new_tokens",
    "sppo.iterations",
    "sppo.beta",
    "sppo.num_generations",
    SCORED_BY,
    REWARD_MODEL,
    "score.words",
];
const FEW: usize = 5;

/// When an option is read: where another one holds a value, or unless it does.
enum Read {
    With(&'static str, &'static str),
    Unless(&'static str, &'static str),
}
use Read::{Unless, With};

/// Options that others open or shut.
const READ: [(&str, Read); 10] = [
    (REWARD_MODEL, With(SCORED_BY, "reward_model")),
    ("score.words", With(SCORED_BY, "words")),
    ("score.length", With(SCORED_BY, "length")),
    ("online_dpo.missing_eos_penalty", Unless(SCORED_BY, "judge")),
    ("ppo.target", With("ppo.adap_kl_ctrl", "true")),
    ("ppo.horizon", With("ppo.adap_kl_ctrl", "true")),
    ("ppo.use_score_norm", With("ppo.use_score_scaling", "true")),
    ("dpo.ipo_length_normalize", With("dpo.loss_type", "ipo")),
    ("dpo.discopop_tau", With("dpo.loss_type", "discopop")),
    ("dpo.f_alpha_divergence_coef", With("dpo.f_divergence_type", "alpha_divergence")),
];

/// An option's place in `RUN.toml`: `table.key`, or its key alone.
pub fn key(spec: &OptionSpec) -> String {
    match spec.table {
        "" => spec.key.clone(),
        table => format!("{table}.{}", spec.key),
    }
}

/// The options of a method that work in the page.
#[derive(Debug)]
pub struct Offered {
    /// Those that matter first.
    pub first: Vec<OptionSpec>,
    /// The others.
    pub rest: Vec<OptionSpec>,
}

/// What is offered for a method.
pub fn offered(method: Method) -> &'static Offered {
    static ALL: PerMethod<Offered> = PerMethod::new();
    ALL.get(method, read_offered)
}

fn read_offered(method: Method) -> Offered {
    let mut all = options(method);
    all.retain(|spec| !LEFT_OUT.contains(&key(spec).as_str()));
    let is_own = |spec: &OptionSpec| [method.name(), "score"].contains(&spec.table);
    let few = all.iter().filter(|spec| is_own(spec)).count() <= FEW;
    let place = |spec: &OptionSpec| FOREMOST.iter().position(|name| *name == key(spec));
    // What another option opens stays beside it.
    let is_first =
        |spec: &OptionSpec| spec.table == "score" || place(spec).is_some() || (few && is_own(spec));
    let (mut first, rest): (Vec<_>, Vec<_>) = all.into_iter().partition(is_first);
    first.sort_by_key(|spec| place(spec).unwrap_or(FOREMOST.len()));
    Offered { first, rest }
}

/// What of a method the page has no place for, in a sentence.
pub fn left_out(method: Method) -> Option<&'static str> {
    match method {
        Method::Dpo => Some(
            "A reference that follows the policy (sync_ref_model) needs all weights to train: the \
             command line has it.",
        ),
        _ if method.is_scored() => {
            Some("A reward model with a base of its own (score.model): the command line has it.")
        }
        _ => None,
    }
}

/// Whether an option is read as the others stand; `text` tells what another one holds.
pub fn is_read<'a>(key: &str, text: impl Fn(&str) -> &'a str) -> bool {
    let holds = |other: &str, value: &str| items(text(other)).any(|it| it == value);
    READ.iter().filter(|(own, _)| *own == key).all(|(_, read)| match read {
        With(other, value) => holds(other, value),
        Unless(other, value) => !holds(other, value),
    })
}

#[cfg(test)]
mod tests {
    use temper_protocol::config::options::OptionKind;

    use super::*;

    #[test]
    fn names_are_those_of_options() {
        let all: Vec<String> =
            Method::ALL.into_iter().flat_map(options).map(|spec| key(&spec)).collect();
        let read_with = READ.iter().flat_map(|(key, read)| {
            let (With(other, _) | Unless(other, _)) = read;
            [*key, *other]
        });
        for name in LEFT_OUT.into_iter().chain(FOREMOST).chain(read_with) {
            assert!(all.iter().any(|key| key == name), "no option is called {name}");
        }
    }

    #[test]
    fn each_option_is_offered_once_or_left_out() {
        for method in Method::ALL {
            let Offered { first, rest } = offered(method);
            assert!(!first.is_empty(), "{method:?}");
            let left_out = options(method)
                .iter()
                .filter(|spec| LEFT_OUT.contains(&key(spec).as_str()))
                .count();
            assert_eq!(first.len() + rest.len() + left_out, options(method).len(), "{method:?}");
            assert_eq!(left_out > 0, super::left_out(method).is_some(), "{method:?}");
        }
    }

    #[test]
    fn every_score_is_offered_with_what_it_reads_beside_it() {
        for method in Method::ALL.into_iter().filter(|method| method.is_scored()) {
            let first = &offered(method).first;
            let keys: Vec<String> = first.iter().map(key).collect();
            let at = keys.iter().position(|key| key == SCORED_BY).unwrap();
            let OptionKind::Choice(choices) = &first[at].kind else { panic!("{:?}", first[at]) };
            let values: Vec<&str> = choices.iter().map(|choice| choice.value.as_str()).collect();
            assert_eq!(values, ["gold", "words", "length", "reward_model", "judge"]);
            assert_eq!(keys[at + 1..at + 3], [REWARD_MODEL, "score.words"], "{method:?}");
            assert!(!keys.contains(&"score.model".to_string()), "{method:?}");
        }
        assert_eq!(key(&offered(Method::Ppo).first[0]), "ppo.kl_coef");
        assert!(is_read(REWARD_MODEL, |_| "reward_model"));
        assert!(!is_read(REWARD_MODEL, |_| "judge"));
    }

    #[test]
    fn an_option_of_one_loss_is_read_with_that_loss() {
        let holds = |losses: &'static str| move |_: &str| losses;
        assert!(is_read("dpo.discopop_tau", holds("sigmoid, discopop")));
        assert!(!is_read("dpo.discopop_tau", holds("sigmoid")));
        assert!(is_read("dpo.beta", holds("")));
        assert!(is_read("online_dpo.missing_eos_penalty", holds("gold")));
        assert!(!is_read("online_dpo.missing_eos_penalty", holds("judge")));
    }
}
