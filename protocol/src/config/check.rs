//! What each method's options may be: ranges, and which loss reads which option.

use super::{
    ConfigError, DpoConfig, DpoLoss, FDivergence, KtoConfig, OnlineDpoConfig, PpoConfig,
    RlooConfig, RunConfig, ScoreConfig, ScoreSource, SpinConfig, SppoConfig,
};

type Checked = Result<(), ConfigError>;

pub(super) fn dpo(config: &mut RunConfig) -> Checked {
    let full = config.lora.is_none() && config.model.adapter.is_none();
    let dpo = config.dpo.get_or_insert_default();
    let losses = dpo.loss_type.len();
    at_least("dpo.loss_type", losses as f64, 1.0, "name at least one loss")?;
    let weights = dpo.loss_weights.get_or_insert_with(|| vec![1.0; losses]);
    if weights.len() != losses || weights.iter().any(|weight| !weight.is_finite()) {
        let given = format!("{weights:?}");
        return Err(value("dpo.loss_weights", given, "one weight for each loss_type"));
    }
    above("dpo.beta", dpo.beta, 0.0, "above 0")?;
    smoothing(dpo)?;
    loss_options(dpo)?;
    divergence(dpo)?;
    let by_rank = [DpoLoss::Aot, DpoLoss::AotUnpaired];
    if dpo.use_weighting && dpo.loss_type.iter().any(|loss| by_rank.contains(loss)) {
        let expected = "false with aot and aot_unpaired, whose losses are of ranks, not of pairs";
        return Err(value("dpo.use_weighting", true, expected));
    }
    if let Some(alpha) = dpo.ld_alpha {
        share("dpo.ld_alpha", alpha)?;
    }
    synced_reference(dpo, full)
}

fn smoothing(dpo: &mut DpoConfig) -> Checked {
    let exo = dpo.loss_type.contains(&DpoLoss::ExoPair);
    match dpo.label_smoothing {
        Some(given) if !(0.0..0.5).contains(&given) => {
            Err(value("dpo.label_smoothing", given, "at least 0 and below 0.5"))
        }
        Some(0.0) if exo => Err(value("dpo.label_smoothing", 0.0, "above 0 with exo_pair")),
        Some(given) if given > 0.0 && !dpo.loss_type.iter().any(|loss| loss.is_smoothed()) => {
            Err(unread("dpo.label_smoothing", "none of these loss_types reads it"))
        }
        Some(_) => Ok(()),
        None => {
            // Where they differ, one number can't stand for all.
            let read: Vec<f64> = dpo
                .loss_type
                .iter()
                .filter(|loss| loss.is_smoothed())
                .map(|&loss| dpo.smoothing(loss))
                .collect();
            let one = read.first().copied().unwrap_or_default();
            dpo.label_smoothing = read.iter().all(|&other| other == one).then_some(one);
            Ok(())
        }
    }
}

fn loss_options(dpo: &mut DpoConfig) -> Checked {
    match dpo.loss_type.contains(&DpoLoss::Ipo) {
        true => _ = dpo.ipo_length_normalize.get_or_insert(true),
        false if dpo.ipo_length_normalize.is_some() => {
            return Err(unread("dpo.ipo_length_normalize", "only loss_type ipo reads it"));
        }
        false => {}
    }
    match dpo.loss_type.contains(&DpoLoss::Discopop) {
        true => above("dpo.discopop_tau", *dpo.discopop_tau.get_or_insert(0.05), 0.0, "above 0"),
        false if dpo.discopop_tau.is_some() => {
            Err(unread("dpo.discopop_tau", "only loss_type discopop reads it"))
        }
        false => Ok(()),
    }
}

fn divergence(dpo: &mut DpoConfig) -> Checked {
    let other = dpo.f_divergence_type != FDivergence::ReverseKl;
    if other && !dpo.loss_type.iter().any(|loss| loss.has_divergence()) {
        return Err(unread("dpo.f_divergence_type", "none of these loss_types reads it"));
    }
    match dpo.f_divergence_type == FDivergence::AlphaDivergence {
        true => {
            let coef = *dpo.f_alpha_divergence_coef.get_or_insert(0.5);
            if coef == 1.0 || !coef.is_finite() {
                return Err(value("dpo.f_alpha_divergence_coef", coef, "a number other than 1"));
            }
            Ok(())
        }
        false if dpo.f_alpha_divergence_coef.is_some() => {
            let why = "only f_divergence_type = \"alpha_divergence\" reads it";
            Err(unread("dpo.f_alpha_divergence_coef", why))
        }
        false => Ok(()),
    }
}

fn synced_reference(dpo: &mut DpoConfig, full: bool) -> Checked {
    if !dpo.sync_ref_model {
        if dpo.ref_model_mixup_alpha.is_some() || dpo.ref_model_sync_steps.is_some() {
            let key = "dpo.ref_model_sync_steps and dpo.ref_model_mixup_alpha";
            return Err(unread(key, "only sync_ref_model reads them"));
        }
        return Ok(());
    }
    if !full || dpo.precompute_ref_log_probs {
        let expected = "false with LoRA or precompute_ref_log_probs: they keep one reference";
        return Err(value("dpo.sync_ref_model", true, expected));
    }
    share("dpo.ref_model_mixup_alpha", *dpo.ref_model_mixup_alpha.get_or_insert(0.6))?;
    let steps = *dpo.ref_model_sync_steps.get_or_insert(512);
    at_least("dpo.ref_model_sync_steps", steps.into(), 1.0, "at least 1")
}

/// CPO, SimPO, ORPO and SLiC.
pub(super) fn reference_free(config: &RunConfig) -> Checked {
    if let Some(cpo) = &config.cpo {
        above("cpo.beta", cpo.beta, 0.0, "above 0")?;
        if !(0.0..0.5).contains(&cpo.label_smoothing) {
            let expected = "at least 0 and below 0.5";
            return Err(value("cpo.label_smoothing", cpo.label_smoothing, expected));
        }
        at_least("cpo.cpo_alpha", cpo.cpo_alpha, 0.0, "at least 0")?;
    }
    if let Some(simpo) = &config.simpo {
        above("simpo.beta", simpo.beta, 0.0, "above 0")?;
        at_least("simpo.simpo_gamma", simpo.simpo_gamma, 0.0, "at least 0")?;
    }
    if let Some(orpo) = &config.orpo {
        above("orpo.beta", orpo.beta, 0.0, "above 0")?;
    }
    if let Some(slic) = &config.slic {
        above("slic.delta", slic.delta, 0.0, "above 0")?;
        at_least("slic.lambda_coef", slic.lambda_coef, 0.0, "at least 0")?;
    }
    Ok(())
}

pub(super) fn kto(kto: &KtoConfig, batch_size: u32) -> Checked {
    above("kto.beta", kto.beta, 0.0, "above 0")?;
    at_least("kto.desirable_weight", kto.desirable_weight, 0.0, "at least 0")?;
    at_least("kto.undesirable_weight", kto.undesirable_weight, 0.0, "at least 0")?;
    let expected = "at least 2 for KTO: its KL pairs each prompt with another's completion";
    match kto.loss_type {
        super::KtoLoss::Kto => at_least("loop.batch_size", batch_size.into(), 2.0, expected),
        super::KtoLoss::ApoZeroUnpaired => Ok(()),
    }
}

pub(super) fn ppo(ppo: &mut PpoConfig) -> Checked {
    match ppo.adap_kl_ctrl {
        true => {
            above("ppo.target", *ppo.target.get_or_insert(6.0), 0.0, "above 0")?;
            above("ppo.horizon", *ppo.horizon.get_or_insert(10_000.0), 0.0, "above 0")?;
            above("ppo.kl_coef", ppo.kl_coef, 0.0, "above 0 where adap_kl_ctrl moves it")?;
        }
        false if ppo.target.is_some() || ppo.horizon.is_some() => {
            return Err(unread("ppo.target and ppo.horizon", "only adap_kl_ctrl reads them"));
        }
        false => {}
    }
    for (key, count) in [
        ("ppo.response_length", ppo.response_length),
        ("ppo.num_ppo_epochs", ppo.num_ppo_epochs),
        ("ppo.num_mini_batches", ppo.num_mini_batches),
    ] {
        at_least(key, count.into(), 1.0, "at least 1")?;
    }
    above("ppo.temperature", ppo.temperature, 0.0, "above 0")?;
    at_least("ppo.kl_coef", ppo.kl_coef, 0.0, "at least 0")?;
    above("ppo.cliprange", ppo.cliprange, 0.0, "above 0")?;
    above("ppo.cliprange_value", ppo.cliprange_value, 0.0, "above 0")?;
    at_least("ppo.vf_coef", ppo.vf_coef, 0.0, "at least 0")?;
    share("ppo.gamma", ppo.gamma)?;
    share("ppo.lam", ppo.lam)?;
    if ppo.use_score_norm && !ppo.use_score_scaling {
        return Err(unread("ppo.use_score_norm", "only use_score_scaling reads it"));
    }
    ppo.score_clip.map_or(Ok(()), |clip| above("ppo.score_clip", clip, 0.0, "above 0"))?;
    above("ppo.ratio_threshold", ppo.ratio_threshold, 1.0, "above 1")?;
    penalty("ppo.missing_eos_penalty", ppo.missing_eos_penalty)?;
    ppo.target_kl.map_or(Ok(()), |kl| above("ppo.target_kl", kl, 0.0, "above 0"))
}

/// PPO and RLOO compare probabilities before and after an update: noise must not pass for change.
pub(super) fn no_dropout(config: &RunConfig) -> Checked {
    match &config.lora {
        Some(lora) if lora.dropout > 0.0 => Err(value(
            "lora.dropout",
            lora.dropout,
            "0 with PPO and RLOO, whose ratios it would blur",
        )),
        _ => Ok(()),
    }
}

pub(super) fn rloo(rloo: &RlooConfig, batch_size: u32) -> Checked {
    at_least("rloo.num_generations", rloo.num_generations.into(), 2.0, "at least 2")?;
    if !batch_size.is_multiple_of(rloo.num_generations) {
        let expected = "a multiple of rloo.num_generations: a prompt's completions stay together";
        return Err(value("loop.batch_size", batch_size, expected));
    }
    let length = rloo.max_completion_length;
    at_least("rloo.max_completion_length", length.into(), 1.0, "at least 1")?;
    at_least("rloo.num_iterations", rloo.num_iterations.into(), 1.0, "at least 1")?;
    above("rloo.temperature", rloo.temperature, 0.0, "above 0")?;
    at_least("rloo.beta", rloo.beta, 0.0, "at least 0")?;
    above("rloo.epsilon", rloo.epsilon, 0.0, "above 0")?;
    penalty("rloo.missing_eos_penalty", rloo.missing_eos_penalty)
}

pub(super) fn online_dpo(online: &OnlineDpoConfig, by: ScoreSource) -> Checked {
    if online.missing_eos_penalty.is_some() && by == ScoreSource::Judge {
        let why = "a judge says which of two answers is better, and gives no score to take it off";
        return Err(unread("online_dpo.missing_eos_penalty", why));
    }
    above("online_dpo.beta", online.beta, 0.0, "above 0")?;
    above(
        "online_dpo.temperature",
        online.temperature,
        0.0,
        "above 0: two greedy samples are one",
    )?;
    at_least("online_dpo.max_new_tokens", online.max_new_tokens.into(), 1.0, "at least 1")?;
    penalty("online_dpo.missing_eos_penalty", online.missing_eos_penalty)
}

pub(super) fn spin(spin: &SpinConfig) -> Checked {
    at_least("spin.iterations", spin.iterations.into(), 1.0, "at least 1")?;
    at_least("spin.beta", spin.beta.len() as f64, 1.0, "give at least one")?;
    for &beta in &spin.beta {
        above("spin.beta", beta, 0.0, "above 0")?;
    }
    rates("spin.learning_rates", &spin.learning_rates)?;
    at_least("spin.max_new_tokens", spin.max_new_tokens.into(), 1.0, "at least 1")?;
    at_least("spin.temperature", spin.temperature, 0.0, "at least 0")?;
    top_p("spin.top_p", spin.top_p)?;
    share("spin.stop_accuracy", spin.stop_accuracy)?;
    share("spin.stop_identical", spin.stop_identical)
}

pub(super) fn sppo(sppo: &SppoConfig) -> Checked {
    at_least("sppo.iterations", sppo.iterations.into(), 1.0, "at least 1")?;
    at_least("sppo.num_generations", sppo.num_generations.into(), 2.0, "at least 2")?;
    above("sppo.beta", sppo.beta, 0.0, "above 0")?;
    rates("sppo.learning_rates", &sppo.learning_rates)?;
    at_least("sppo.max_new_tokens", sppo.max_new_tokens.into(), 1.0, "at least 1")?;
    above("sppo.temperature", sppo.temperature, 0.0, "above 0: greedy samples are all one")?;
    top_p("sppo.top_p", sppo.top_p)
}

pub(super) fn score(score: &ScoreConfig) -> Checked {
    use ScoreSource::{Gold, Judge, Length, RewardModel, Words};
    let by = score.by;
    let given = [
        ("score.adapter", score.adapter.is_some(), by == RewardModel, true),
        ("score.model", score.model.is_some(), matches!(by, RewardModel | Judge), by == Judge),
        ("score.words", !score.words.is_empty(), by == Words, true),
        ("score.length", score.length.is_some(), by == Length, true),
    ];
    for (key, given, read, needed) in given {
        if given && !read {
            return Err(unread(key, "this score.by doesn't read it"));
        }
        if read && needed && !given {
            return Err(value(key, "nothing", "needed by this score.by"));
        }
    }
    match (by, score.length) {
        (Length, Some(length)) => at_least("score.length", length.into(), 1.0, "at least 1"),
        (Gold | Words | Length | RewardModel | Judge, _) => Ok(()),
    }
}

fn rates(key: &'static str, rates: &[f64]) -> Checked {
    rates.iter().try_for_each(|&rate| at_least(key, rate, 0.0, "at least 0"))
}

fn penalty(key: &'static str, given: Option<f64>) -> Checked {
    given.map_or(Ok(()), |penalty| above(key, penalty, 0.0, "above 0"))
}

fn top_p(key: &'static str, given: f64) -> Checked {
    match given > 0.0 && given <= 1.0 {
        true => Ok(()),
        false => Err(value(key, given, "above 0 and up to 1")),
    }
}

fn share(key: &'static str, given: f64) -> Checked {
    match (0.0..=1.0).contains(&given) {
        true => Ok(()),
        false => Err(value(key, given, "from 0 to 1")),
    }
}

pub(super) fn value(
    key: &'static str,
    value: impl ToString,
    expected: &'static str,
) -> ConfigError {
    ConfigError::Value { key, value: value.to_string(), expected }
}

fn unread(key: &'static str, why: &'static str) -> ConfigError {
    ConfigError::Unread { key, why }
}

// Written so that NaN and infinity fail too.
pub(super) fn at_least(
    key: &'static str,
    given: f64,
    least: f64,
    expected: &'static str,
) -> Checked {
    if given >= least && given.is_finite() { Ok(()) } else { Err(value(key, given, expected)) }
}

pub(super) fn above(key: &'static str, given: f64, bound: f64, expected: &'static str) -> Checked {
    if given > bound && given.is_finite() { Ok(()) } else { Err(value(key, given, expected)) }
}
