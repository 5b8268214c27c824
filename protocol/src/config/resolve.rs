//! From what was typed to what it means.

use toml::Value;

use super::{ConfigError, DpoConfig, Method, RunConfig, SftConfig};

/// A checked run with every default filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct ResolvedRun {
    /// The config with no option left open, as written to the run's `run.toml`.
    pub config: RunConfig,
    /// Peak learning rate.
    pub learning_rate: f64,
}

impl ResolvedRun {
    /// DPO's options; the defaults where the method is another.
    pub fn dpo(&self) -> DpoConfig {
        self.config.dpo.clone().unwrap_or_default()
    }

    /// SFT's options; the defaults where the method is another.
    pub fn sft(&self) -> SftConfig {
        self.config.sft.clone().unwrap_or_default()
    }
}

impl RunConfig {
    /// Reads `RUN.toml`; `overrides` are `key.path=value`, values in TOML (bare words are strings).
    ///
    /// # Errors
    /// [`ConfigError::Parse`] with the line, [`ConfigError::Override`] for a malformed override.
    pub fn from_toml(file: &str, text: &str, overrides: &[String]) -> Result<Self, ConfigError> {
        let parse = |e: toml::de::Error| ConfigError::Parse {
            file: file.into(),
            message: e.to_string().trim_end().into(),
        };
        if overrides.is_empty() {
            return toml::from_str(text).map_err(parse);
        }
        let mut table: toml::Table = toml::from_str(text).map_err(parse)?;
        for text in overrides {
            set(&mut table, text)?;
        }
        let unplaced = |e: toml::de::Error| ConfigError::Parse {
            file: format!("{file} with --set {}", overrides.join(" --set ")),
            message: e.to_string().trim_end().into(),
        };
        // Written and read again, so that an error shows the line of the merged text.
        let merged =
            toml::to_string(&table).map_err(|_| ConfigError::Override { text: text.into() })?;
        toml::from_str(&merged).map_err(unplaced)
    }

    /// As `run.toml` text.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).unwrap_or_default()
    }

    /// Fills in the method's defaults and checks every value.
    ///
    /// # Errors
    /// The first value out of range, key the method doesn't read, or pair that exclude each other.
    pub fn resolve(&self) -> Result<ResolvedRun, ConfigError> {
        let mut config = self.clone();
        let (name, learning_rate) = match config.method {
            Method::Sft => ("sft", 2e-5),
            Method::Dpo => ("dpo", 1e-6),
        };
        let not_read = |key| Err(ConfigError::NotRead { key, method: name });
        match config.method {
            Method::Sft if config.dpo.is_some() => return not_read("[dpo]"),
            Method::Dpo if config.sft.is_some() => return not_read("[sft]"),
            Method::Sft => _ = config.sft.get_or_insert_default(),
            Method::Dpo => check_dpo(config.dpo.get_or_insert_default())?,
        }
        let learning_rate = *config.optimizer.learning_rate.get_or_insert(learning_rate);
        if config.run_loop.max_steps.is_none() {
            config.run_loop.epochs.get_or_insert(1);
        }
        check_lora(&config)?;
        check_loop(&config)?;
        check_optimizer(&config, learning_rate)?;
        Ok(ResolvedRun { config, learning_rate })
    }
}

fn check_dpo(dpo: &mut DpoConfig) -> Result<(), ConfigError> {
    let losses = dpo.loss_type.len();
    at_least("dpo.loss_type", losses as f64, 1.0, "name at least one loss")?;
    let weights = dpo.loss_weights.get_or_insert_with(|| vec![1.0; losses]);
    if weights.len() != losses {
        return Err(value(
            "dpo.loss_weights",
            format!("{weights:?}"),
            "one weight for each loss_type",
        ));
    }
    above("dpo.beta", dpo.beta, 0.0, "above 0")?;
    if !(0.0..0.5).contains(&dpo.label_smoothing) {
        return Err(value("dpo.label_smoothing", dpo.label_smoothing, "at least 0 and below 0.5"));
    }
    Ok(())
}

fn check_lora(config: &RunConfig) -> Result<(), ConfigError> {
    let Some(lora) = &config.lora else { return Ok(()) };
    at_least("lora.r", lora.r.into(), 1.0, "at least 1")?;
    above("lora.alpha", lora.alpha, 0.0, "above 0")?;
    at_least("lora.targets", lora.targets.len() as f64, 1.0, "name at least one projection")?;
    if !(0.0..1.0).contains(&lora.dropout) {
        return Err(value("lora.dropout", lora.dropout, "at least 0 and below 1"));
    }
    Ok(())
}

fn check_loop(config: &RunConfig) -> Result<(), ConfigError> {
    let run_loop = &config.run_loop;
    if run_loop.max_steps.is_some() && run_loop.epochs.is_some() {
        return Err(ConfigError::Exclusive { first: "loop.epochs", second: "loop.max_steps" });
    }
    if run_loop.eval_every > 0 && config.data.eval.is_none() {
        return Err(value("loop.eval_every", run_loop.eval_every, "0 without data.eval"));
    }
    for (key, count) in [
        ("loop.batch_size", run_loop.batch_size),
        ("loop.accumulation", run_loop.accumulation),
        ("loop.epochs", run_loop.epochs.unwrap_or(1)),
        ("loop.max_steps", run_loop.max_steps.unwrap_or(1)),
        ("data.max_length", config.data.max_length),
        ("sample.max_new_tokens", config.sample.max_new_tokens),
    ] {
        at_least(key, count.into(), 1.0, "at least 1")?;
    }
    at_least("sample.temperature", config.sample.temperature, 0.0, "at least 0")
}

fn check_optimizer(config: &RunConfig, learning_rate: f64) -> Result<(), ConfigError> {
    let optimizer = &config.optimizer;
    at_least("optimizer.learning_rate", learning_rate, 0.0, "at least 0")?;
    for beta in optimizer.betas {
        if !(0.0..1.0).contains(&beta) {
            return Err(value("optimizer.betas", beta, "at least 0 and below 1"));
        }
    }
    above("optimizer.eps", optimizer.eps, 0.0, "above 0")?;
    at_least("optimizer.weight_decay", optimizer.weight_decay, 0.0, "at least 0")?;
    at_least("optimizer.max_grad_norm", optimizer.max_grad_norm, 0.0, "at least 0")
}

fn value(key: &'static str, value: impl ToString, expected: &'static str) -> ConfigError {
    ConfigError::Value { key, value: value.to_string(), expected }
}

// Written so that NaN and infinity fail too.
fn at_least(
    key: &'static str,
    given: f64,
    least: f64,
    expected: &'static str,
) -> Result<(), ConfigError> {
    if given >= least && given.is_finite() { Ok(()) } else { Err(value(key, given, expected)) }
}

fn above(
    key: &'static str,
    given: f64,
    bound: f64,
    expected: &'static str,
) -> Result<(), ConfigError> {
    if given > bound && given.is_finite() { Ok(()) } else { Err(value(key, given, expected)) }
}

fn set(table: &mut toml::Table, text: &str) -> Result<(), ConfigError> {
    let malformed = || ConfigError::Override { text: text.into() };
    let (path, typed) = text.split_once('=').ok_or_else(malformed)?;
    let parsed: Option<toml::Table> = toml::from_str(&format!("value = {typed}")).ok();
    let new = parsed
        .and_then(|mut table| table.remove("value"))
        .unwrap_or_else(|| Value::String(typed.into()));
    let mut keys: Vec<&str> = path.trim().split('.').collect();
    let last = keys.pop().filter(|key| !key.is_empty()).ok_or_else(malformed)?;
    let mut table = table;
    for key in keys {
        table = table
            .entry(key)
            .or_insert_with(|| Value::Table(toml::Table::new()))
            .as_table_mut()
            .ok_or_else(malformed)?;
    }
    table.insert(last.into(), new);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert_eq!(
            config.resolve().unwrap_err(),
            ConfigError::NotRead { key: "[sft]", method: "dpo" }
        );
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
        ] {
            let error = parse(&format!("{MINIMAL}{line}\n")).unwrap().resolve().unwrap_err();
            assert!(error.to_string().starts_with(key), "{error}");
        }
    }
}
