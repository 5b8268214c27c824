//! Each method's options as data: name, help, kind and default, from the config's own structs.
//!
//! A doc comment says once what an option is; the page's form reads it here.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::Value;

use super::{
    CpoConfig, DataConfig, DpoConfig, KtoConfig, LoopConfig, LoraConfig, Method, OnlineDpoConfig,
    OptimizerConfig, OrpoConfig, PpoConfig, RewardConfig, RlooConfig, ScheduleConfig, ScoreConfig,
    SftConfig, SimpoConfig, SlicConfig, SpinConfig, SppoConfig, default_seed,
};

/// One option of a method.
#[derive(Clone, Debug, PartialEq)]
pub struct OptionSpec {
    /// The table of `RUN.toml` that it is in; empty where it stands before all tables.
    pub table: &'static str,
    /// Its key there.
    pub key: String,
    /// What it does, in a sentence or two.
    pub help: String,
    /// What can be given.
    pub kind: OptionKind,
    /// What holds where it isn't given, in TOML; `None` where that depends on other options.
    pub default: Option<String>,
}

/// What an option takes.
#[derive(Clone, Debug, PartialEq)]
pub enum OptionKind {
    /// A number.
    Number,
    /// A whole number.
    Integer,
    /// `true` or `false`.
    Switch,
    /// Text.
    Text,
    /// One of these.
    Choice(Vec<Choice>),
    /// Some of these, in order.
    Choices(Vec<Choice>),
    /// A list of numbers.
    Numbers,
    /// A list of texts.
    Texts,
}

/// One value of an option.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// As `RUN.toml` spells it.
    pub value: String,
    /// What it means, in a sentence.
    pub help: String,
}

/// What every method has and forms show like a method's own, by table and key; the others they ask
/// for first, or set themselves.
const SHARED: [(&str, &str); 13] = [
    ("lora", "r"),
    ("lora", "alpha"),
    ("lora", "dropout"),
    ("lora", "targets"),
    ("data", "max_length"),
    ("data", "order"),
    ("optimizer", "weight_decay"),
    ("optimizer", "max_grad_norm"),
    ("schedule", "kind"),
    ("schedule", "warmup_steps"),
    ("loop", "accumulation"),
    ("loop", "gradient_checkpointing"),
    ("", "seed"),
];

/// The options of a method's own table, then of `[score]` where the method reads it, then what
/// every method has.
pub fn options(method: Method) -> Vec<OptionSpec> {
    let name = method.name();
    let mut all = match method {
        Method::Sft => table::<SftConfig>(name),
        Method::Reward => table::<RewardConfig>(name),
        Method::Ppo => table::<PpoConfig>(name),
        Method::Rloo => table::<RlooConfig>(name),
        Method::OnlineDpo => table::<OnlineDpoConfig>(name),
        Method::Dpo => table::<DpoConfig>(name),
        Method::Cpo => table::<CpoConfig>(name),
        Method::Simpo => table::<SimpoConfig>(name),
        Method::Orpo => table::<OrpoConfig>(name),
        Method::Slic => table::<SlicConfig>(name),
        Method::Spin => table::<SpinConfig>(name),
        Method::Sppo => table::<SppoConfig>(name),
        Method::Kto => table::<KtoConfig>(name),
    };
    if method.is_scored() {
        all.extend(table::<ScoreConfig>("score"));
    }
    all.extend(shared());
    all
}

fn shared() -> impl Iterator<Item = OptionSpec> {
    let all = [
        table::<LoraConfig>("lora"),
        table::<DataConfig>("data"),
        table::<OptimizerConfig>("optimizer"),
        table::<ScheduleConfig>("schedule"),
        table::<LoopConfig>("loop"),
        vec![seed()],
    ];
    let is_shared = |option: &OptionSpec| SHARED.contains(&(option.table, &*option.key));
    all.into_iter().flatten().filter(is_shared)
}

/// The one of them that is in no table.
fn seed() -> OptionSpec {
    OptionSpec {
        table: "",
        key: "seed".into(),
        help: "The same seed gives the same order of rows, the same new adapter and the same \
               samples."
            .into(),
        kind: OptionKind::Integer,
        default: Some(default_seed().to_string()),
    }
}

fn table<T: JsonSchema>(table: &'static str) -> Vec<OptionSpec> {
    let settings = SchemaSettings::default().with(|settings| settings.inline_subschemas = true);
    let schema = settings.into_generator().into_root_schema_for::<T>().to_value();
    let Some(properties) = schema["properties"].as_object() else { return Vec::new() };
    let option = |(key, schema): (&String, &Value)| OptionSpec {
        table,
        key: key.clone(),
        help: sentence(schema),
        kind: kind(schema),
        default: schema.get("default").filter(|value| !value.is_null()).map(Value::to_string),
    };
    properties.iter().map(option).collect()
}

/// A doc comment without its line breaks.
fn sentence(schema: &Value) -> String {
    let text = schema["description"].as_str().unwrap_or_default();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn kind(schema: &Value) -> OptionKind {
    // An option that may be left out is `["number", "null"]`.
    let types: Vec<&str> = match &schema["type"] {
        Value::String(only) => vec![only],
        Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let is = |name: &str| types.contains(&name);
    let items = &schema["items"];
    if is("array") {
        match choices(items) {
            Some(choices) => OptionKind::Choices(choices),
            None if items["type"] == "string" => OptionKind::Texts,
            None => OptionKind::Numbers,
        }
    } else if let Some(choices) = choices(schema) {
        OptionKind::Choice(choices)
    } else if is("boolean") {
        OptionKind::Switch
    } else if is("integer") {
        OptionKind::Integer
    } else if is("number") {
        OptionKind::Number
    } else {
        OptionKind::Text
    }
}

/// The variants of an enum, which schemars writes as constants with a description each.
fn choices(schema: &Value) -> Option<Vec<Choice>> {
    let variants = schema["oneOf"].as_array()?;
    let choice = |variant: &Value| {
        let value = variant["const"].as_str()?.to_owned();
        Some(Choice { value, help: sentence(variant) })
    };
    variants.iter().map(choice).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(method: Method, key: &str) -> OptionSpec {
        options(method).into_iter().find(|option| option.key == key).unwrap()
    }

    #[test]
    fn every_option_of_every_method_has_help_and_every_choice_too() {
        for method in Method::ALL {
            let options = options(method);
            assert!(!options.is_empty(), "{method:?}");
            for option in options {
                assert!(option.help.ends_with('.'), "{option:?}");
                if let OptionKind::Choice(choices) | OptionKind::Choices(choices) = option.kind {
                    assert!(choices.iter().all(|choice| choice.help.ends_with('.')));
                }
            }
        }
    }

    #[test]
    fn kinds_and_defaults_are_the_structs() {
        let beta = find(Method::Dpo, "beta");
        assert_eq!((beta.kind, beta.default.as_deref()), (OptionKind::Number, Some("0.1")));
        let OptionKind::Choices(losses) = find(Method::Dpo, "loss_type").kind else { panic!() };
        assert_eq!(losses.len(), 15);
        assert_eq!(losses[0].value, "sigmoid");
        assert_eq!(find(Method::Dpo, "use_weighting").kind, OptionKind::Switch);
        assert_eq!(find(Method::Dpo, "ld_alpha").default, None);
        let recompute = find(Method::Sft, "gradient_checkpointing");
        assert_eq!((recompute.table, recompute.kind), ("loop", OptionKind::Switch));
        assert_eq!(recompute.default.as_deref(), Some("false"));
        let rank = find(Method::Orpo, "r");
        assert_eq!((rank.table, rank.default.as_deref()), ("lora", Some("8")));
        let OptionKind::Choices(layers) = find(Method::Kto, "targets").kind else { panic!() };
        assert_eq!(layers.len(), 7);
        for (table, key) in SHARED {
            assert_eq!(find(Method::Ppo, key).table, table, "{key}");
        }
        assert_eq!(find(Method::Spin, "beta").kind, OptionKind::Numbers);
        assert_eq!(find(Method::Ppo, "words").kind, OptionKind::Texts);
        assert!(matches!(find(Method::Ppo, "by").kind, OptionKind::Choice(_)));
    }
}
