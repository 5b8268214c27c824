//! The form of every method: what it shows, what it makes, and what it refuses.

use temper_protocol::{FailureKind, ScoreConfig};

use super::*;

const FACTS: Facts = Facts { heldout: true, own_data: false, reward_model: None, judge: None };

fn example(method: Method) -> RunConfig {
    RunConfig::from_toml("", examples::text(method), &[]).unwrap()
}

fn made(method: Method, typed: &[(&str, &str)]) -> Result<RunConfig, Failure> {
    let mut values = Values::of(method);
    for (key, text) in typed {
        assert!(values.fields().contains_key(*key), "{method:?} has no field {key}");
        values.set(key, (*text).to_string());
    }
    values.config(&FACTS)
}

#[test]
fn an_untouched_form_is_the_example() {
    for method in Method::ALL {
        let mut expected = example(method);
        FACTS.apply(&mut expected);
        assert_eq!(made(method, &[]).unwrap(), expected);
    }
}

#[test]
fn fields_show_the_example_and_else_the_default() {
    let values = Values::of(Method::Dpo);
    for (key, text) in [
        (LEARNING_RATE, "0.002"),
        (STEPS, "60"),
        (BATCH_SIZE, "8"),
        ("dpo.beta", "1"),
        ("dpo.loss_type", "sigmoid"),
        ("dpo.f_divergence_type", "reverse_kl"),
        ("dpo.use_weighting", "false"),
        ("dpo.ld_alpha", ""),
        ("loop.gradient_checkpointing", "false"),
    ] {
        assert_eq!(values.text(key), text, "{key}");
    }
    assert_eq!(Values::of(Method::Spin).text("spin.stop_accuracy"), "0.55");
    assert_eq!(Values::of(Method::Sppo).text("score.by"), "gold");
}

#[test]
fn what_is_typed_takes_the_examples_place() {
    let config = made(Method::Ppo, &[(STEPS, "3"), ("ppo.kl_coef", "0.2")]).unwrap();
    assert_eq!((config.run_loop.max_steps, config.run_loop.epochs), (Some(3), None));
    assert_eq!(config.run_loop.sample_every, 3);
    let ppo = config.ppo.unwrap();
    assert_eq!((ppo.kl_coef, ppo.num_mini_batches), (0.2, 2));
    let losses = made(Method::Dpo, &[("dpo.loss_type", "ipo, sft")]).unwrap().dpo.unwrap();
    assert_eq!(losses.loss_type.len(), 2);
    let spin = made(Method::Spin, &[("spin.beta", "0.1, 5")]).unwrap().spin.unwrap();
    assert_eq!(spin.beta, [0.1, 5.0]);
    let config = made(Method::Kto, &[("loop.gradient_checkpointing", "true")]).unwrap();
    assert!(config.run_loop.gradient_checkpointing);
}

#[test]
fn an_emptied_field_is_at_its_default() {
    let config =
        made(Method::Ppo, &[("ppo.missing_eos_penalty", ""), (LEARNING_RATE, "")]).unwrap();
    assert_eq!(config.ppo.unwrap().missing_eos_penalty, None);
    assert_eq!(config.optimizer.learning_rate, None);
}

/// Only then can a field be emptied by leaving its line out.
#[test]
fn every_option_of_an_example_has_a_line_of_its_own() {
    for method in Method::ALL {
        let Offered { first, rest } = offered(method);
        for spec in first.iter().chain(rest) {
            let key = offer::key(spec);
            if matches!(spec.kind, OptionKind::Choices(_)) || !Values::of(method).is_read(&key) {
                continue;
            }
            let config =
                serde_json::to_value(made(method, &[(key.as_str(), "")]).unwrap()).unwrap();
            assert_eq!(shown(at(&config, &key)), default_of(spec), "{key}");
        }
    }
}

#[test]
fn an_option_that_others_open_is_written_with_them_alone() {
    let words = ("score.words", "lovely, warm");
    let config = made(Method::Rloo, &[words, ("score.by", "words")]).unwrap();
    assert_eq!(config.score.unwrap().words, ["lovely", "warm"]);
    assert!(made(Method::Rloo, &[words]).unwrap().score.unwrap().words.is_empty());
}

fn scored_by(by: &str, facts: &Facts, adapter: &str) -> Result<ScoreConfig, Failure> {
    let mut values = Values::of(Method::Ppo);
    values.set("score.by", by.into());
    values.set("score.adapter", adapter.into());
    Ok(values.config(facts)?.score.unwrap())
}

#[test]
fn who_scores_is_filled_in() {
    let facts = Facts { reward_model: Some(9), judge: Some("wise".into()), ..FACTS };
    let newest = scored_by("reward_model", &facts, "").unwrap();
    assert_eq!((newest.adapter.as_deref(), newest.model), (Some("9"), None));
    let chosen = scored_by("reward_model", &facts, "7").unwrap();
    assert_eq!(chosen.adapter.as_deref(), Some("7"));
    let judged = scored_by("judge", &facts, "7").unwrap();
    assert_eq!((judged.adapter, judged.model.as_deref()), (None, Some("wise")));
    let gold = scored_by("gold", &facts, "7").unwrap();
    assert_eq!(gold, ScoreConfig::default());
}

#[test]
fn without_anybody_to_score_it_is_said_at_the_field() {
    for (by, key, words) in
        [("reward_model", "score.adapter", "Reward model"), ("judge", "score.by", "Data page")]
    {
        let failure = scored_by(by, &FACTS, "").unwrap_err();
        let FailureKind::BadInput(place) = &failure.kind else { panic!("{failure}") };
        assert_eq!(place.key.as_deref(), Some(key));
        assert!(failure.hint.as_ref().is_some_and(|hint| hint.contains(words)), "{failure}");
    }
    // One that is named in a link is left to the engine, which knows what it has kept.
    assert!(scored_by("reward_model", &FACTS, "7").is_ok());
}

#[test]
fn another_method_forgets_who_scored() {
    let mut values = Values::of(Method::Ppo);
    values.set("score.by", "reward_model".into());
    values.set("score.adapter", "7".into());
    let changes: Vec<String> = values.changes().into_iter().map(|(key, _)| key).collect();
    assert_eq!(changes, ["score.adapter", "score.by"], "a link holds both");
    assert_eq!(Values::of(Method::Rloo).text("score.adapter"), "");
    values.set("score.by", "gold".into());
    assert!(values.changes().is_empty(), "what isn't read is no change");
}

#[test]
fn without_held_out_rows_none_are_measured() {
    for method in Method::ALL {
        let facts = Facts { own_data: true, ..Facts::default() };
        let config = Values::of(method).config(&facts).unwrap();
        assert_eq!((config.data.eval, config.sample.prompts), (None, None));
    }
}

#[test]
fn what_cannot_be_used_is_named_by_its_key() {
    for (method, key, typed) in [
        (Method::Sft, STEPS, "0"),
        (Method::Reward, "reward.center_rewards_coefficient", "-1"),
        (Method::Ppo, "ppo.gamma", "2"),
        (Method::Rloo, BATCH_SIZE, "3"),
        (Method::OnlineDpo, "online_dpo.temperature", "0"),
        (Method::Dpo, "dpo.loss_type", ""),
        (Method::Dpo, "dpo.loss_type", "ipo, foo"),
        (Method::Dpo, "data.order", "__proto__"),
        (Method::Dpo, STEPS, ""),
        (Method::Cpo, "cpo.beta", "0"),
        (Method::Simpo, "simpo.simpo_gamma", "-1"),
        (Method::Orpo, "orpo.beta", "much"),
        (Method::Slic, "slic.delta", "0"),
        (Method::Spin, "spin.beta", "0.1, x"),
        (Method::Sppo, "sppo.num_generations", "1"),
        (Method::Kto, "kto.desirable_weight", "-1"),
    ] {
        let failure = made(method, &[(key, typed)]).unwrap_err();
        assert!(failure.message.starts_with(key), "{failure}");
        let FailureKind::BadInput(place) = &failure.kind else { panic!("{failure}") };
        assert_eq!(place.key.as_deref(), Some(key));
    }
}
