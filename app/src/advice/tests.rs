//! Made-up logs, and what they must and mustn't say.

use temper_protocol::{Method, StepMetrics};

use super::*;
use crate::examples;
use crate::metrics::Logged;

const STEPS: u32 = 40;

fn config(method: Method, set: &[&str]) -> RunConfig {
    let set: Vec<String> = set.iter().map(ToString::to_string).collect();
    RunConfig::from_toml("", examples::text(method), &set).unwrap()
}

/// A log of forty steps; each number is a function of the share of the run that is over.
fn log(numbers: &[(&str, fn(f64) -> f64)]) -> MetricsLog {
    let mut log = MetricsLog::default();
    for step in 1..=STEPS {
        let over = f64::from(step) / f64::from(STEPS);
        let values = numbers.iter().map(|(key, of)| ((*key).to_string(), of(over)));
        // Held-out numbers are logged four times.
        let (heldout, train): (Vec<_>, Vec<_>) =
            values.partition(|(key, _)| key.starts_with("eval_"));
        let metrics = |values| StepMetrics { step, epoch: 0.0, values, secs: 0.1 };
        log.push(Logged::Step(metrics(train)));
        if step.is_multiple_of(10) && !heldout.is_empty() {
            log.push(Logged::Evaluation(metrics(heldout)));
        }
    }
    log
}

fn said(config: &RunConfig, numbers: &[(&str, fn(f64) -> f64)]) -> Vec<(Severity, &'static str)> {
    let found = of(&log(numbers), config, &[], &[]);
    found.iter().map(|advice| (advice.severity, advice.title)).collect()
}

#[test]
fn a_healthy_run_says_nothing() {
    let dpo = config(Method::Dpo, &[]);
    let healthy: [(&str, fn(f64) -> f64); 7] = [
        ("loss", |over| 0.69 - 0.5 * over),
        ("rewards/chosen", |over| 2.0 * over),
        ("rewards/rejected", |over| -3.0 * over),
        ("rewards/margins", |over| 5.0 * over),
        ("eval_rewards/margins", |over| 4.0 * over),
        ("rewards/accuracies", |over| 0.5 + 0.4 * over),
        ("grad_norm", |over| 2.0 - 1.5 * over),
    ];
    let nothing: [(Severity, &str); 0] = [];
    assert_eq!(said(&dpo, &healthy), nothing);
    assert_eq!(said(&dpo, &[]), nothing);
}

/// At β = 0.1 a reward of −1 is 10 nats lost, one of −4 is 40.
#[test]
fn both_rewards_may_fall_while_the_margin_grows() {
    let dpo = config(Method::Dpo, &["dpo.beta=0.1"]);
    let falling = |chosen: fn(f64) -> f64, margins: fn(f64) -> f64| {
        let numbers: [(&str, fn(f64) -> f64); 3] = [
            ("rewards/chosen", chosen),
            ("rewards/rejected", |over| -6.0 * over),
            ("rewards/margins", margins),
        ];
        said(&dpo, &numbers).first().map(|(severity, _)| *severity)
    };
    assert_eq!(falling(|over| -over, |over| 5.0 * over), Some(Severity::Fine));
    assert_eq!(falling(|over| -4.0 * over, |over| 2.0 * over), Some(Severity::Look));
    assert_eq!(falling(|over| -6.0 * over, |over| -over), Some(Severity::Act));
    assert_eq!(falling(|over| over, |over| 7.0 * over), None);
}

/// Rewards that fall to −4, and a margin that grows.
const FAR_DOWN: [(&str, fn(f64) -> f64); 3] = [
    ("rewards/chosen", |over| -4.0 * over),
    ("rewards/rejected", |over| -6.0 * over),
    ("rewards/margins", |over| 2.0 * over),
];

fn first(config: &RunConfig, numbers: &[(&str, fn(f64) -> f64)]) -> Advice {
    of(&log(numbers), config, &[], &[]).remove(0)
}

/// At β = 10 a reward of −4 is 0.4 nats, at β = 1 it is 4: little of an answer, much of a token.
#[test]
fn what_is_logged_by_the_token_is_judged_by_the_token() {
    let ipo = |beta: &str| config(Method::Dpo, &["dpo.loss_type=[\"ipo\"]", beta]);
    let near = first(&ipo("dpo.beta=10.0"), &FAR_DOWN);
    assert!(near.severity == Severity::Fine && near.words.contains("nats a token"), "{near:?}");
    assert_eq!(first(&ipo("dpo.beta=1.0"), &FAR_DOWN).severity, Severity::Look);
    let dpo = first(&config(Method::Dpo, &["dpo.beta=1.0"]), &FAR_DOWN);
    assert!(dpo.severity == Severity::Fine && !dpo.words.contains("a token"), "{dpo:?}");
}

#[test]
fn a_loss_is_added_to_dpo_alone() {
    let dpo = first(&config(Method::Dpo, &["dpo.beta=0.1"]), &FAR_DOWN);
    assert!(dpo.what_to_do.contains("add the loss sft"), "{dpo:?}");
    let kto = first(&config(Method::Kto, &["kto.beta=0.1"]), &FAR_DOWN);
    assert!(kto.what_to_do.contains("Raise β") && !kto.what_to_do.contains("sft"), "{kto:?}");
}

/// The second round ends at −4.625 in the mean of its last four steps: at its β of 5 that is 0.925
/// nats, at the first one's 0.1 it would be 46.
#[test]
fn rounds_of_self_play_are_judged_apart() {
    let spin = config(Method::Spin, &["spin.beta=[0.1, 5.0]"]);
    let falling: fn(f64) -> f64 = |over| if over > 0.5 { -10.0 * (over - 0.5) } else { 0.0 };
    let numbers: [(&str, fn(f64) -> f64); 4] = [
        ("rewards/real", falling),
        ("rewards/generated", |over| if over > 0.5 { -20.0 * (over - 0.5) } else { 0.0 }),
        ("rewards/margins", |over| if over > 0.5 { 10.0 * (over - 0.5) } else { 9.0 }),
        ("iteration", |over| if over > 0.5 { 2.0 } else { 1.0 }),
    ];
    let found = first(&spin, &numbers);
    assert!(found.severity == Severity::Fine, "{found:?}");
    assert!(
        found.words.contains("lost 0.9250 nats") && found.words.contains("this round"),
        "{found:?}"
    );
}

/// A likelihood's logarithm is below zero from the start: where no reference is, it says nothing.
#[test]
fn without_a_reference_falling_rewards_are_no_news() {
    let numbers: [(&str, fn(f64) -> f64); 3] = [
        ("rewards/chosen", |over| -3.0 - over),
        ("rewards/rejected", |over| -4.0 - 5.0 * over),
        ("rewards/margins", |over| 1.0 + 4.0 * over),
    ];
    assert!(said(&config(Method::Cpo, &[]), &numbers).is_empty());
}

#[test]
fn a_loss_that_stays_rises_or_jumps_is_told_apart() {
    let dpo = config(Method::Dpo, &[]);
    let titles = |config: &RunConfig, loss: fn(f64) -> f64| {
        said(config, &[("loss", loss)]).first().map(|(_, title)| *title)
    };
    assert_eq!(titles(&dpo, |_| 0.6929), Some("It hardly learns"));
    assert_eq!(titles(&dpo, |over| 0.69 + over), Some("The loss rises"));
    let jump = |over: f64| if (over - 0.5).abs() < 0.01 { 5.0 } else { 0.69 - 0.5 * over };
    assert_eq!(titles(&dpo, jump), Some("The loss jumped"));
    assert_eq!(titles(&dpo, |over| 0.69 - 0.5 * over), None);
    // IPO's loss at the start is no coin's.
    let ipo = config(Method::Dpo, &["dpo.loss_type=[\"ipo\"]"]);
    assert_eq!(titles(&ipo, |_| 0.6929), None);
    assert_eq!(titles(&config(Method::Kto, &[]), |_| 0.5), Some("It hardly learns"));
    assert_eq!(titles(&config(Method::Ppo, &[]), |over| 0.1 + over), None);
}

#[test]
fn a_rate_of_zero_is_not_raised_tenfold() {
    let told = |set: &str| first(&config(Method::Dpo, &[set]), &[("loss", |_| 0.6929)]).what_to_do;
    assert!(told("optimizer.learning_rate=1e-6").contains("tenfold"));
    assert!(told("optimizer.learning_rate=0.0").contains("above 0"));
}

/// Eleven steps are too few for any rule, twelve aren't; lines of held-out rows are no steps.
#[test]
fn silence_says_why() {
    let logged = |steps: u32| {
        let mut log = MetricsLog::default();
        for step in 1..=steps {
            let line = StepMetrics { step, epoch: 0.0, values: Vec::new(), secs: 0.1 };
            log.push(Logged::Step(line.clone()));
            log.push(Logged::Evaluation(line));
        }
        log
    };
    assert_eq!(silence(&logged(0), true), silence(&logged(0), false));
    assert!(silence(&logged(0), false).starts_with("Once some steps"));
    assert_eq!(silence(&logged(11), false), "Too few steps to tell.");
    assert_eq!(silence(&logged(12), false), "Nothing stands out.");
    assert!([1, 12].iter().all(|&steps| silence(&logged(steps), true).contains("failed")));
}

#[test]
fn gradients_cut_at_every_step_are_good_to_know() {
    let cut = [(Severity::Fine, "Nearly every gradient is cut")];
    assert_eq!(said(&config(Method::Sft, &[]), &[("grad_norm", |_| 4.0)]), cut);
    let free = config(Method::Sft, &["optimizer.max_grad_norm=0.0"]);
    assert!(said(&free, &[("grad_norm", |_| 4.0)]).is_empty());
}

#[test]
fn held_out_rows_left_behind_are_told_of_once() {
    let dpo = config(Method::Dpo, &[]);
    let peak = |over: f64| 4.0 * over * (1.2 - over);
    let margins: [(&str, fn(f64) -> f64); 2] =
        [("rewards/margins", |over| 5.0 * over), ("eval_rewards/margins", peak)];
    assert_eq!(said(&dpo, &margins), [(Severity::Look, "The held-out margin falls")]);
    let losses: [(&str, fn(f64) -> f64); 2] =
        [("loss", |over| 3.0 - 2.0 * over), ("eval_loss", |over| 2.0 + over)];
    let sft = config(Method::Sft, &[]);
    assert_eq!(said(&sft, &losses), [(Severity::Look, "The held-out loss rises")]);
    let accuracies: [(&str, fn(f64) -> f64); 2] =
        [("accuracy", |_| 1.0), ("eval_accuracy", |_| 0.7)];
    let reward = config(Method::Reward, &[]);
    assert_eq!(
        said(&reward, &accuracies),
        [(Severity::Look, "It knows the training pairs by heart")]
    );
    let mut alone = reward;
    alone.data.eval = None;
    assert_eq!(
        said(&alone, &accuracies[..1]),
        [(Severity::Fine, "All training pairs are told apart")]
    );
}

#[test]
fn a_policy_that_runs_away_narrows_or_rambles_is_told_of() {
    let ppo = config(Method::Ppo, &[]);
    let titles = |numbers: &[(&str, fn(f64) -> f64)]| {
        said(&ppo, numbers).iter().map(|(_, title)| *title).collect::<Vec<_>>()
    };
    let doubling: fn(f64) -> f64 = |over| (5.0 * over).exp() / 3.0;
    assert_eq!(titles(&[("objective/kl", doubling)]), ["The distance is running away"]);
    assert_eq!(
        titles(&[("objective/kl", |over| 200.0 * over)]),
        ["It has gone very far from what it was"]
    );
    assert_eq!(titles(&[("objective/kl", |over| 9.0 * over)]), [""; 0]);
    assert_eq!(titles(&[("policy/entropy_avg", |over| 1.0 - 0.95 * over)]), ["Its choice narrows"]);
    let length: fn(f64) -> f64 = |over| 20.0 + 44.0 * over;
    assert_eq!(titles(&[("completions/mean_length", length)]), ["The answers grow to the limit"]);
    assert_eq!(
        titles(&[("completions/mean_length", |over| 20.0 + 20.0 * over)]),
        ["The answers grow"]
    );
}

#[test]
fn a_score_is_doubted_only_where_samples_stammer() {
    let ppo = config(Method::Ppo, &[]);
    let numbers: [(&str, fn(f64) -> f64); 2] =
        [("objective/scores", |over| over), ("objective/kl", |over| 40.0 + 5.0 * over)];
    let sample = |completion: &str| Sample {
        step: 40,
        index: 0,
        prompt: "p".into(),
        completion: completion.into(),
    };
    let titles = |completion: &str| {
        let found = of(&log(&numbers), &ppo, &[sample(completion)], &[]);
        found.iter().map(|advice| advice.title).collect::<Vec<_>>()
    };
    assert_eq!(titles("good so good so good so good so good"), ["The score may have been tricked"]);
    assert_eq!(titles("We liked the soup and the view."), [""; 0]);
}

#[test]
fn a_score_that_climbs_past_what_it_stands_for_is_told_of() {
    let set = ["score.by=reward_model", "score.adapter=\"7\""];
    let ppo = config(Method::Ppo, &set);
    let told = |scores: fn(f64) -> f64, gold: &[(u32, f64)]| {
        let found = of(&log(&[("objective/scores", scores)]), &ppo, &[], gold);
        found.first().map(|advice| (advice.title, advice.step))
    };
    let climbs: fn(f64) -> f64 = |over| 3.0 * over;
    let title = "The score rises, and what it stands for falls";
    let worse = [(0, -1.0), (10, 0.5), (40, -0.5)];
    assert_eq!(told(climbs, &worse), Some((title, Some(10))));
    assert_eq!(told(climbs, &[(0, 0.0), (10, 0.5), (40, 0.25)]), None, "samples are few");
    assert_eq!(told(climbs, &[(0, -1.0), (40, 0.5)]), None);
    assert_eq!(told(climbs, &[]), None);
    assert_eq!(told(|over| 3.0 - over, &worse), None, "both fall: that is no trick");
}

#[test]
fn the_engines_warnings_join_the_list() {
    let missing = of_warning(&Warning::OneClass { label: true }).unwrap();
    assert_eq!((missing.severity, missing.title), (Severity::Act, "One kind of rating is missing"));
    assert!(missing.words.contains("nothing to tell apart"));
    assert_eq!(of_warning(&Warning::RewardsBothFalling { step: 9 }), None);
    assert_eq!(of_warning(&Warning::NoEos { step: 3 }).unwrap().step, Some(3));
}
