//! `adapter_config.json`: what of it we honour, and an error for what we can't.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::weights::error::WeightsError;

/// The settings of a LoRA adapter, under PEFT's names.
#[derive(Clone, Debug, PartialEq)]
pub struct AdapterConfig {
    /// The rank of the low-rank matrices.
    pub r: usize,
    /// The numerator of the scale.
    pub lora_alpha: f64,
    /// The share of an adapter's inputs that training drops.
    pub lora_dropout: f64,
    /// The modules that are adapted, by the last parts of their names; sorted.
    pub target_modules: Vec<String>,
    /// Modules that are trained and saved whole: a reward model's `score`.
    pub modules_to_save: Vec<String>,
    /// Whether the scale is `alpha / √r` (Kalajdzievski 2023) instead of `alpha / r`.
    pub use_rslora: bool,
    /// Whether the base layer's weight lies as `[in, out]`, as GPT-2's do.
    pub fan_in_fan_out: bool,
    /// What the adapted model is for: `CAUSAL_LM` or `SEQ_CLS`.
    pub task_type: Option<String>,
    /// The model that the adapter was trained on.
    pub base_model_name_or_path: Option<String>,
}

// What changes how an adapter acts and must therefore be off: absent, null, false or empty.
const MUST_BE_OFF: [&str; 17] = [
    "use_dora",
    "use_qalora",
    "use_bdlora",
    "lora_bias",
    "rank_pattern",
    "alpha_pattern",
    "layers_to_transform",
    "exclude_modules",
    "layer_replication",
    "trainable_token_indices",
    "target_parameters",
    "alora_invocation_tokens",
    "megatron_config",
    "arrow_config",
    "kasa_config",
    "monteclora_config",
    "velora_config",
];
// PEFT's initialisations that change the base model's weights each time they are loaded.
const CHANGES_BASE: [&str; 5] = ["pissa", "olora", "corda", "loftq", "lora_ga"];
// PEFT lists both names for every sequence classifier; Llama-like models have `score`.
const SAVED_MODULES: [&str; 2] = ["score", "classifier"];

impl AdapterConfig {
    /// The settings of a causal model's adapter; `conv1d` where its layers are GPT-2's.
    pub fn new(
        base_model: &str,
        r: usize,
        lora_alpha: f64,
        lora_dropout: f64,
        mut target_modules: Vec<String>,
        conv1d: bool,
    ) -> Self {
        target_modules.sort();
        Self {
            r,
            lora_alpha,
            lora_dropout,
            target_modules,
            modules_to_save: Vec::new(),
            use_rslora: false,
            fan_in_fan_out: conv1d,
            task_type: Some("CAUSAL_LM".to_string()),
            base_model_name_or_path: Some(base_model.to_string()),
        }
    }

    /// The same for a reward model: its head is trained and saved whole.
    #[must_use]
    pub fn for_rewards(self) -> Self {
        Self {
            modules_to_save: SAVED_MODULES.map(str::to_string).to_vec(),
            task_type: Some("SEQ_CLS".to_string()),
            ..self
        }
    }

    /// Reads the file's text.
    ///
    /// # Errors
    /// Broken JSON, a missing or mistyped key, or a setting that we can't honour.
    pub fn from_json(file: &str, text: &[u8]) -> Result<Self, WeightsError> {
        let keys: Map<String, Value> = serde_json::from_slice(text)
            .map_err(|e| WeightsError::Json { file: file.to_string(), message: e.to_string() })?;
        let keys = Keys { file, keys };
        keys.check_supported()?;
        let r = keys.number("r", None)?;
        if r < 1.0 || r.fract() != 0.0 {
            return Err(keys.error("r", "a whole number of at least 1"));
        }
        let config = Self {
            r: r as usize,
            lora_alpha: keys.number("lora_alpha", None)?,
            lora_dropout: keys.number("lora_dropout", Some(0.0))?,
            target_modules: keys.names("target_modules")?,
            modules_to_save: keys.names("modules_to_save")?,
            use_rslora: keys.flag("use_rslora"),
            fan_in_fan_out: keys.flag("fan_in_fan_out"),
            task_type: keys.text("task_type"),
            base_model_name_or_path: keys.text("base_model_name_or_path"),
        };
        if config.target_modules.is_empty() {
            return Err(keys.error("target_modules", "a list of module names"));
        }
        match config.modules_to_save.iter().find(|name| !SAVED_MODULES.contains(&name.as_str())) {
            None => Ok(config),
            Some(_) => Err(keys.error("modules_to_save", "only \"score\" can be loaded")),
        }
    }

    /// What the product of the two matrices is multiplied with.
    pub fn scale(&self) -> f64 {
        let r = self.r as f64;
        if self.use_rslora { self.lora_alpha / r.sqrt() } else { self.lora_alpha / r }
    }
}

/// The file's text, as `peft.PeftModel.from_pretrained` reads it.
pub fn adapter_config_json(config: &AdapterConfig) -> String {
    let modules_to_save = match config.modules_to_save.is_empty() {
        true => Value::Null,
        false => json!(config.modules_to_save),
    };
    let keys = json!({
        "base_model_name_or_path": config.base_model_name_or_path,
        "bias": "none",
        "fan_in_fan_out": config.fan_in_fan_out,
        "inference_mode": true,
        "init_lora_weights": true,
        "lora_alpha": whole_where_whole(config.lora_alpha),
        "lora_dropout": config.lora_dropout,
        "modules_to_save": modules_to_save,
        "peft_type": "LORA",
        "r": config.r,
        "target_modules": config.target_modules,
        "task_type": config.task_type,
        "use_dora": false,
        "use_rslora": config.use_rslora,
    });
    format!("{keys:#}\n")
}

// PEFT declares alpha an integer; other readers of the file take it at its word.
fn whole_where_whole(value: f64) -> Value {
    if value.fract() == 0.0 && value.abs() < 1e15 { json!(value as i64) } else { json!(value) }
}

struct Keys<'a> {
    file: &'a str,
    keys: Map<String, Value>,
}

impl Keys<'_> {
    fn error(&self, key: &str, expected: &str) -> WeightsError {
        WeightsError::Adapter {
            file: self.file.to_string(),
            key: key.to_string(),
            value: self.keys.get(key).map_or_else(|| "(missing)".to_string(), Value::to_string),
            expected: expected.to_string(),
        }
    }

    fn check_supported(&self) -> Result<(), WeightsError> {
        if self.text("peft_type").as_deref() != Some("LORA") {
            return Err(self.error("peft_type", "only \"LORA\" can be loaded"));
        }
        if self.text("bias").is_some_and(|bias| bias != "none") {
            return Err(self.error("bias", "only \"none\" can be loaded"));
        }
        if let Some(key) = MUST_BE_OFF.iter().find(|key| self.is_on(key)) {
            return Err(self.error(key, "not supported: an adapter without it can be loaded"));
        }
        let init = self.text("init_lora_weights").unwrap_or_default().to_lowercase();
        if CHANGES_BASE.iter().any(|name| init.starts_with(name)) {
            let expected = "it changes the base model: convert it to a plain LoRA in PEFT first";
            return Err(self.error("init_lora_weights", expected));
        }
        Ok(())
    }

    fn is_on(&self, key: &str) -> bool {
        match self.keys.get(key) {
            None | Some(Value::Null | Value::Bool(false)) => false,
            Some(Value::Array(list)) => !list.is_empty(),
            Some(Value::Object(map)) => !map.is_empty(),
            Some(_) => true,
        }
    }

    fn number(&self, key: &str, default: Option<f64>) -> Result<f64, WeightsError> {
        match self.keys.get(key) {
            Some(value) => value
                .as_f64()
                .filter(|number| *number >= 0.0)
                .ok_or_else(|| self.error(key, "a number of at least 0")),
            None => default.ok_or_else(|| self.error(key, "a number")),
        }
    }

    /// A list of names, sorted, each once; empty where there is none.
    fn names(&self, key: &str) -> Result<Vec<String>, WeightsError> {
        let expected = "a list of module names (\"all-linear\" and patterns are not resolved)";
        let list = match self.keys.get(key) {
            None | Some(Value::Null) => return Ok(Vec::new()),
            Some(Value::Array(list)) => list,
            Some(_) => return Err(self.error(key, expected)),
        };
        let names: Option<BTreeSet<String>> =
            list.iter().map(|name| name.as_str().map(str::to_string)).collect();
        let names = names.ok_or_else(|| self.error(key, expected))?;
        Ok(names.into_iter().collect())
    }

    fn flag(&self, key: &str) -> bool {
        self.keys.get(key).and_then(Value::as_bool).unwrap_or(false)
    }

    fn text(&self, key: &str) -> Option<String> {
        self.keys.get(key).and_then(Value::as_str).map(str::to_string)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(change: &str) -> Result<AdapterConfig, String> {
        let text = format!(
            r#"{{"peft_type": "LORA", "r": 4, "lora_alpha": 8, "bias": "none",
                "target_modules": ["v_proj", "q_proj"], "rank_pattern": {{}}{change}}}"#
        );
        AdapterConfig::from_json("a.json", text.as_bytes()).map_err(|e| e.to_string())
    }

    #[test]
    fn the_scale_is_alpha_over_r_or_its_root() {
        assert_eq!(read("").unwrap().scale(), 2.0);
        assert_eq!(read(r#", "use_rslora": true"#).unwrap().scale(), 4.0);
        assert_eq!(read("").unwrap().target_modules, ["q_proj", "v_proj"]);
    }

    #[test]
    fn what_we_cannot_honour_is_named() {
        for (change, key) in [
            (r#", "use_dora": true"#, "use_dora = true"),
            (r#", "bias": "all""#, "bias = \"all\""),
            (r#", "rank_pattern": {"q_proj": 8}"#, "rank_pattern"),
            (r#", "layers_to_transform": [0]"#, "layers_to_transform"),
            (r#", "target_modules": "all-linear""#, "target_modules"),
            (r#", "peft_type": "IA3""#, "peft_type"),
            (r#", "init_lora_weights": "pissa_niter_4""#, "init_lora_weights"),
            (r#", "modules_to_save": ["lm_head"]"#, "modules_to_save"),
            (r#", "r": 0"#, "r = 0"),
        ] {
            let message = read(change).unwrap_err();
            assert!(message.contains("a.json") && message.contains(key), "{message}");
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let config = AdapterConfig { task_type: Some("SEQ_CLS".to_string()), ..read("").unwrap() };
        let text = adapter_config_json(&config);
        assert!(text.contains("\"lora_alpha\": 8,"), "{text}");
        assert_eq!(AdapterConfig::from_json("f", text.as_bytes()), Ok(config));
    }
}
