//! What resolves, and what is refused.

use super::*;
use crate::config::DpoLoss;

const MINIMAL: &str = "method = \"dpo\"\n[model]\npath = \"m\"\n[data]\ntrain = \"d.jsonl\"\n";

fn parse(text: &str) -> Result<RunConfig, ConfigError> {
    RunConfig::from_toml("RUN.toml", text, &[])
}

#[test]
fn defaults_are_the_methods() {
    let run = parse(MINIMAL).unwrap().resolve().unwrap();
    assert_eq!(run.learning_rate, 1e-6);
    assert_eq!(run.dpo().beta, 0.1);
    assert_eq!(run.config.run_loop.epochs, Some(1));
    assert!(!run.config.run_loop.gradient_checkpointing);
    assert_eq!(run.config.seed, 42);
}

#[test]
fn a_resolved_config_is_written_whole_and_read_back() {
    let run = parse(MINIMAL).unwrap().resolve().unwrap();
    let text = run.config.to_toml();
    assert!(text.contains("learning_rate") && text.contains("label_smoothing"), "{text}");
    assert_eq!(parse(&text).unwrap().resolve().unwrap(), run);
}

#[test]
fn an_unknown_key_is_named_with_its_line() {
    let message = parse(&format!("{MINIMAL}[dpo]\nbetta = 0.2\n")).unwrap_err().to_string();
    assert!(message.contains("betta") && message.contains("line 7"), "{message}");
}

#[test]
fn a_table_of_another_method_is_an_error() {
    let config = parse(&format!("{MINIMAL}[sft]\ncompletion_only_loss = true\n")).unwrap();
    assert_eq!(config.resolve().unwrap_err(), ConfigError::NotRead { key: "[sft]", method: "dpo" });
}

#[test]
fn overrides_reach_nested_keys_and_bare_words_are_strings() {
    let set = ["dpo.beta=0.5", "data.train=other.jsonl", "lora.r=2"].map(String::from);
    let config = RunConfig::from_toml("RUN.toml", MINIMAL, &set).unwrap();
    assert_eq!(config.dpo.unwrap().beta, 0.5);
    assert_eq!(config.data.train, "other.jsonl");
    assert_eq!(config.lora.unwrap().r, 2);
}

#[test]
fn an_override_without_a_value_is_an_error() {
    let error = RunConfig::from_toml("RUN.toml", MINIMAL, &["dpo.beta".into()]).unwrap_err();
    assert_eq!(error, ConfigError::Override { text: "dpo.beta".into() });
}

#[test]
fn out_of_range_values_name_the_key() {
    for (line, key) in [
        ("[dpo]\nbeta = 0.0", "dpo.beta"),
        ("[dpo]\nlabel_smoothing = 0.5", "dpo.label_smoothing"),
        ("[dpo]\nloss_weights = [1.0, 2.0]", "dpo.loss_weights"),
        ("[loop]\nbatch_size = 0", "loop.batch_size"),
        ("[optimizer]\nlearning_rate = nan", "optimizer.learning_rate"),
        ("[lora]\nr = 0", "lora.r"),
        ("[dpo]\nloss_type = [\"hinge\"]\nlabel_smoothing = 0.1", "dpo.label_smoothing"),
        ("[dpo]\ndiscopop_tau = 0.1", "dpo.discopop_tau"),
        ("[dpo]\nipo_length_normalize = false", "dpo.ipo_length_normalize"),
        ("[dpo]\nloss_type = [\"exo_pair\"]\nlabel_smoothing = 0.0", "dpo.label_smoothing"),
        ("[dpo]\nf_alpha_divergence_coef = 0.5", "dpo.f_alpha_divergence_coef"),
        ("[dpo]\nsync_ref_model = true\n[lora]\nr = 4", "dpo.sync_ref_model"),
        ("[dpo]\nref_model_sync_steps = 4", "dpo.ref_model_sync_steps"),
        ("[dpo]\nloss_type = [\"aot\"]\nuse_weighting = true", "dpo.use_weighting"),
        (
            "[dpo]\nloss_type = [\"apo_zero\"]\nf_divergence_type = \"forward_kl\"",
            "dpo.f_divergence_type",
        ),
    ] {
        let error = parse(&format!("{MINIMAL}{line}\n")).unwrap().resolve().unwrap_err();
        assert!(error.to_string().starts_with(key), "{error}");
    }
}
#[test]
fn an_option_that_the_other_options_leave_unread_is_an_error() {
    for (method, line, key) in [
        ("kto", "[loop]\nbatch_size = 1", "loop.batch_size"),
        ("ppo", "[ppo]\ntarget = 3.0", "ppo.target"),
        ("ppo", "[score]\nby = \"words\"", "score.words"),
        ("ppo", "[score]\nlength = 3", "score.length"),
        ("rloo", "[loop]\nbatch_size = 3", "loop.batch_size"),
        ("spin", "[spin]\nbeta = []", "spin.beta"),
        ("sppo", "[sppo]\nnum_generations = 1", "sppo.num_generations"),
        ("online_dpo", "[online_dpo]\ntemperature = 0.0", "online_dpo.temperature"),
        (
            "online_dpo",
            "[online_dpo]\nmissing_eos_penalty = 1.0\n[score]\nby = \"judge\"\nmodel = \"it\"",
            "online_dpo.missing_eos_penalty",
        ),
        ("ppo", "[ppo]\nuse_score_norm = true", "ppo.use_score_norm"),
        ("ppo", "[ppo]\nscore_clip = 0.0", "ppo.score_clip"),
        ("simpo", "[simpo]\nsimpo_gamma = -1.0", "simpo.simpo_gamma"),
    ] {
        let text = MINIMAL.replace("\"dpo\"", &format!("\"{method}\""));
        let error = parse(&format!("{text}{line}\n")).unwrap().resolve().unwrap_err();
        assert!(error.to_string().starts_with(key), "{error}");
    }
}

/// EXO is endless at 0, which is the others' default.
#[test]
fn each_loss_has_its_own_smoothing_where_none_is_given() {
    let smoothing = |losses: &str, given: &str| {
        let text = format!("{MINIMAL}[dpo]\nloss_type = [{losses}]\n{given}");
        let dpo = parse(&text).unwrap().resolve().unwrap().dpo();
        [DpoLoss::Sigmoid, DpoLoss::ExoPair].map(|loss| dpo.smoothing(loss))
    };
    assert_eq!(smoothing("\"sigmoid\", \"exo_pair\"", ""), [0.0, 1e-3]);
    assert_eq!(smoothing("\"exo_pair\", \"nca_pair\"", "")[1], 1e-3);
    assert_eq!(smoothing("\"sigmoid\", \"exo_pair\"", "label_smoothing = 0.1"), [0.1, 0.1]);
}

#[test]
fn a_divergence_is_read_by_the_losses_that_have_one() {
    let text = format!(
        "{MINIMAL}[dpo]\nloss_type = [\"sigmoid\", \"sft\"]\nf_divergence_type = \"js_divergence\""
    );
    assert!(parse(&text).unwrap().resolve().is_ok());
}

#[test]
fn the_longest_row_is_the_methods_where_none_is_given() {
    for (method, length) in [("dpo", 1024), ("sppo", 1024), ("online_dpo", 512), ("ppo", 512)] {
        let text = MINIMAL.replace("\"dpo\"", &format!("\"{method}\""));
        let run = parse(&text).unwrap().resolve().unwrap();
        assert_eq!((run.max_length(), run.config.data.max_length), (length, Some(length as u32)));
    }
}

#[test]
fn every_method_resolves_from_its_name_alone_and_survives_being_written() {
    for method in Method::ALL {
        let text = MINIMAL.replace("\"dpo\"", &format!("\"{}\"", method.name()));
        let run = parse(&text).unwrap().resolve().unwrap();
        assert_eq!(run.config.method, method);
        assert_eq!(parse(&run.config.to_toml()).unwrap().resolve().unwrap(), run);
    }
}
