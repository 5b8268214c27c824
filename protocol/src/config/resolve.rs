//! From what was typed to what it means.

use toml::Value;

use super::check::{self, above, at_least, value};
use super::{
    ConfigError, DpoConfig, KtoConfig, Method, OnlineDpoConfig, PpoConfig, RewardConfig,
    RlooConfig, RunConfig, ScoreConfig, SftConfig, SpinConfig, SppoConfig,
};

/// A checked run with every default filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct ResolvedRun {
    /// The config with no option left open, as written to the run's `run.toml`.
    pub config: RunConfig,
    /// Peak learning rate.
    pub learning_rate: f64,
}

/// Longest row, where the config doesn't say.
fn longest(method: Method) -> u32 {
    match method {
        Method::Ppo | Method::Rloo | Method::OnlineDpo => 512,
        _ => 1024,
    }
}

impl ResolvedRun {
    /// Longest row, tokens.
    pub fn max_length(&self) -> usize {
        self.config.data.max_length.unwrap_or_else(|| longest(self.config.method)) as usize
    }

    /// `[sft]`; the defaults where another method runs.
    pub fn sft(&self) -> SftConfig {
        self.config.sft.clone().unwrap_or_default()
    }

    /// `[reward]`; the defaults where another method runs.
    pub fn reward(&self) -> RewardConfig {
        self.config.reward.clone().unwrap_or_default()
    }

    /// `[dpo]`; the defaults where another method runs.
    pub fn dpo(&self) -> DpoConfig {
        self.config.dpo.clone().unwrap_or_default()
    }

    /// `[kto]`; the defaults where another method runs.
    pub fn kto(&self) -> KtoConfig {
        self.config.kto.clone().unwrap_or_default()
    }

    /// `[ppo]`; the defaults where another method runs.
    pub fn ppo(&self) -> PpoConfig {
        self.config.ppo.clone().unwrap_or_default()
    }

    /// `[rloo]`; the defaults where another method runs.
    pub fn rloo(&self) -> RlooConfig {
        self.config.rloo.clone().unwrap_or_default()
    }

    /// `[online_dpo]`; the defaults where another method runs.
    pub fn online_dpo(&self) -> OnlineDpoConfig {
        self.config.online_dpo.clone().unwrap_or_default()
    }

    /// `[spin]`; the defaults where another method runs.
    pub fn spin(&self) -> SpinConfig {
        self.config.spin.clone().unwrap_or_default()
    }

    /// `[sppo]`; the defaults where another method runs.
    pub fn sppo(&self) -> SppoConfig {
        self.config.sppo.clone().unwrap_or_default()
    }

    /// `[score]`; the defaults where another method runs.
    pub fn score(&self) -> ScoreConfig {
        self.config.score.clone().unwrap_or_default()
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
        // What is wrong in the file already has its line there.
        let refused = |e: toml::de::Error| match toml::from_str::<Self>(text) {
            Err(own) if own.message() == e.message() => parse(own),
            _ => unplaced(e),
        };
        // Written and read again, so that an error shows the line of the merged text.
        let merged =
            toml::to_string(&table).map_err(|_| ConfigError::Override { text: text.into() })?;
        toml::from_str(&merged).map_err(refused)
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
        config.check_tables()?;
        config.check_method()?;
        let learning_rate = config.method.learning_rate();
        let learning_rate = *config.optimizer.learning_rate.get_or_insert(learning_rate);
        config.data.max_length.get_or_insert_with(|| longest(config.method));
        if config.run_loop.max_steps.is_none() {
            config.run_loop.epochs.get_or_insert(1);
        }
        check_lora(&config)?;
        check_loop(&config)?;
        check_optimizer(&config, learning_rate)?;
        Ok(ResolvedRun { config, learning_rate })
    }

    /// A table that another method reads is a mistake.
    fn check_tables(&self) -> Result<(), ConfigError> {
        let method = self.method;
        let tables = [
            ("[sft]", self.sft.is_some(), method == Method::Sft),
            ("[reward]", self.reward.is_some(), method == Method::Reward),
            ("[dpo]", self.dpo.is_some(), method == Method::Dpo),
            ("[cpo]", self.cpo.is_some(), method == Method::Cpo),
            ("[simpo]", self.simpo.is_some(), method == Method::Simpo),
            ("[orpo]", self.orpo.is_some(), method == Method::Orpo),
            ("[slic]", self.slic.is_some(), method == Method::Slic),
            ("[kto]", self.kto.is_some(), method == Method::Kto),
            ("[ppo]", self.ppo.is_some(), method == Method::Ppo),
            ("[rloo]", self.rloo.is_some(), method == Method::Rloo),
            ("[online_dpo]", self.online_dpo.is_some(), method == Method::OnlineDpo),
            ("[spin]", self.spin.is_some(), method == Method::Spin),
            ("[sppo]", self.sppo.is_some(), method == Method::Sppo),
            ("[score]", self.score.is_some(), method.is_scored()),
        ];
        match tables.into_iter().find(|(_, given, read)| *given && !*read) {
            Some((key, ..)) => Err(ConfigError::NotRead { key, method: method.name() }),
            None => Ok(()),
        }
    }

    /// Fills in the method's own table and checks it.
    fn check_method(&mut self) -> Result<(), ConfigError> {
        let batch_size = self.run_loop.batch_size;
        if self.method.is_scored() {
            check::score(self.score.get_or_insert_default())?;
        }
        match self.method {
            Method::Sft => _ = self.sft.get_or_insert_default(),
            Method::Reward => {
                let reward = self.reward.get_or_insert_default();
                if let Some(coef) = reward.center_rewards_coefficient {
                    let key = "reward.center_rewards_coefficient";
                    at_least(key, coef, 0.0, "at least 0")?;
                }
            }
            Method::Dpo => check::dpo(self)?,
            Method::Cpo => _ = self.cpo.get_or_insert_default(),
            Method::Simpo => _ = self.simpo.get_or_insert_default(),
            Method::Orpo => _ = self.orpo.get_or_insert_default(),
            Method::Slic => _ = self.slic.get_or_insert_default(),
            Method::Kto => check::kto(self.kto.get_or_insert_default(), batch_size)?,
            Method::Ppo => {
                check::no_dropout(self)?;
                check::ppo(self.ppo.get_or_insert_default())?;
            }
            Method::Rloo => {
                check::no_dropout(self)?;
                check::rloo(self.rloo.get_or_insert_default(), batch_size)?;
            }
            Method::OnlineDpo => {
                let by = self.score.get_or_insert_default().by;
                check::online_dpo(self.online_dpo.get_or_insert_default(), by)?;
            }
            Method::Spin => check::spin(self.spin.get_or_insert_default())?,
            Method::Sppo => check::sppo(self.sppo.get_or_insert_default())?,
        }
        check::reference_free(self)
    }
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
        ("data.max_length", config.data.max_length.unwrap_or(1)),
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
mod tests;
