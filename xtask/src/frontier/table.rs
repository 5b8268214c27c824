//! The points of the frontier: every method, from a loose hold on the reference to a tight one.
//!
//! A family's first settings are those of its file in `examples/`; what varies is the option by
//! which the method itself says how far it goes: β, the price of KL, the margin, or the steps.

use Kind::{GivenPairs, Imitation, NoReference, OwnReviews, SelfPlay};

/// The name of the model as it was, among the methods.
pub const BASE: &str = "base";

/// For every run: nothing is watched and nothing kept while it trains.
const ALWAYS: [&str; 3] = ["loop.eval_every=0", "loop.sample_every=0", "loop.checkpoint_every=0"];

/// Every method and its strengths, from the quickest kind to the slowest.
#[rustfmt::skip]
pub const FAMILIES: &[Family] = &[
    row("sft",        "SFT",        Imitation,   "sft",        "loop.max_steps",    &["10", "30", "60", "120"]),
    row("dpo",        "DPO",        GivenPairs,  "dpo",        "dpo.beta",          &["0.1", "0.3", "1", "3"]),
    row("ipo",        "IPO",        GivenPairs,  "dpo",        "dpo.beta",          &["0.3", "1", "3", "10"]).with(&[r#"dpo.loss_type=["ipo"]"#]),
    row("kto",        "KTO",        GivenPairs,  "kto",        "kto.beta",          &["0.1", "0.3", "1"]),
    row("simpo",      "SimPO",      NoReference, "simpo",      "simpo.beta",        &["2", "10"]),
    row("orpo",       "ORPO",       NoReference, "orpo",       "orpo.beta",         &["0.2", "1"]),
    row("cpo",        "CPO",        NoReference, "cpo",        "cpo.beta",          &["0.1", "1"]),
    row("slic",       "SLiC",       NoReference, "slic",       "slic.delta",        &["2", "10"]),
    row("spin",       "SPIN",       SelfPlay,    "spin",       "spin.beta",         &["[0.1]", "[1.0]"]),
    row("sppo",       "SPPO",       SelfPlay,    "sppo",       "sppo.beta",         &["0.02", "0.05", "0.2"]),
    row("rloo",       "RLOO",       OwnReviews,  "rloo",       "rloo.beta",         &["0.01", "0.05", "0.2"]),
    row("online_dpo", "online DPO", OwnReviews,  "online_dpo", "online_dpo.beta",   &["0.1", "0.3", "1"]),
    row("ppo",        "PPO",        OwnReviews,  "ppo",        "ppo.kl_coef",       &["0.01", "0.05", "0.2", "0.5"]),
];

/// What a method learns from; its colour in the plot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Reviews to imitate.
    Imitation,
    /// Which of two given reviews is better, held to a reference.
    GivenPairs,
    /// The same, held to none.
    NoReference,
    /// Scores of reviews that it writes in every step.
    OwnReviews,
    /// Reviews that it wrote at the start of a round.
    SelfPlay,
}

impl Kind {
    /// All of them, as the legend lists them.
    pub const ALL: [Self; 5] = [Imitation, GivenPairs, NoReference, OwnReviews, SelfPlay];

    /// The legend's words.
    pub const fn title(self) -> &'static str {
        match self {
            Imitation => "imitation",
            GivenPairs => "given reviews",
            NoReference => "without a reference",
            OwnReviews => "own reviews, scored",
            SelfPlay => "self-play",
        }
    }
}

/// One method at several strengths.
#[derive(Clone, Copy, Debug)]
pub struct Family {
    /// As `--only` and `frontier.json` have it.
    pub name: &'static str,
    /// As the plot has it.
    pub label: &'static str,
    /// What it learns from.
    pub kind: Kind,
    /// `examples/….toml`
    example: &'static str,
    /// The option that says how strong.
    varies: &'static str,
    /// Its values, in TOML.
    values: &'static [&'static str],
    /// What else differs from the example.
    also: &'static [&'static str],
}

const fn row(
    name: &'static str,
    label: &'static str,
    kind: Kind,
    example: &'static str,
    varies: &'static str,
    values: &'static [&'static str],
) -> Family {
    Family { name, label, kind, example, varies, values, also: &[] }
}

impl Family {
    const fn with(self, also: &'static [&'static str]) -> Self {
        Self { also, ..self }
    }

    fn plan(&self, value: &str) -> Plan {
        let option = self.varies.rsplit('.').next().unwrap_or(self.varies);
        let bare = value.trim_matches(['[', ']']);
        let mut settings: Vec<String> =
            ALWAYS.iter().chain(self.also).map(ToString::to_string).collect();
        settings.push(format!("{}={value}", self.varies));
        Plan {
            name: format!("{}-{bare}", self.name),
            method: self.name,
            setting: format!("{option} = {bare}"),
            example: Some(self.example),
            settings,
        }
    }
}

/// One point to make.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// A folder's name of its own.
    pub name: String,
    /// The family's name.
    pub method: &'static str,
    /// How strong, for people.
    pub setting: String,
    /// `examples/….toml`; none for the model as it was.
    pub example: Option<&'static str>,
    /// What differs from the example, as `--set` takes it.
    pub settings: Vec<String>,
}

impl Plan {
    /// Whether to make it where only some methods are asked for; none means all.
    pub fn is_wanted(&self, only: &[String]) -> bool {
        only.is_empty() || self.method == BASE || only.iter().any(|name| name == self.method)
    }
}

/// The model as it was, then every method at every strength.
pub fn plans() -> Vec<Plan> {
    let base = Plan {
        name: BASE.into(),
        method: BASE,
        setting: String::new(),
        example: None,
        settings: Vec::new(),
    };
    let runs = FAMILIES.iter().flat_map(|family| {
        let plan = |value: &&'static str| family.plan(value);
        family.values.iter().map(plan).collect::<Vec<Plan>>()
    });
    std::iter::once(base).chain(runs).collect()
}

/// Reads one method of `--only`.
pub fn family_name(text: &str) -> Result<String, String> {
    if FAMILIES.iter().any(|family| family.name == text) {
        return Ok(text.to_owned());
    }
    let known: Vec<&str> = FAMILIES.iter().map(|family| family.name).collect();
    Err(format!("expected one of {}", known.join(", ")))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    #[test]
    fn every_point_has_a_folder_and_settings_of_its_own() {
        let plans = plans();
        let names: BTreeSet<&str> = plans.iter().map(|plan| plan.name.as_str()).collect();
        assert_eq!(names.len(), plans.len());
        assert!(names.iter().all(|name| !name.contains(['/', '[', ' '])), "{names:?}");
        let settings: BTreeSet<_> =
            plans.iter().map(|plan| (plan.method, &plan.settings)).collect();
        assert_eq!(settings.len(), plans.len());
    }

    #[test]
    fn every_example_is_there() {
        let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
        for family in FAMILIES {
            let file = examples.join(format!("{}.toml", family.example));
            assert!(file.is_file(), "{}", file.display());
        }
    }

    #[test]
    fn a_plan_says_how_it_differs_from_its_example() {
        let plans = plans();
        let plan = plans.iter().find(|plan| plan.name == "ipo-3").expect("IPO with β = 3");
        assert_eq!(plan.example, Some("dpo"));
        assert_eq!(plan.setting, "beta = 3");
        assert_eq!(plan.settings[3..], [r#"dpo.loss_type=["ipo"]"#, "dpo.beta=3"]);
    }

    #[test]
    fn only_takes_known_methods_and_the_base_is_always_wanted() {
        assert_eq!(family_name("ppo"), Ok("ppo".to_string()));
        assert!(family_name("grpo").is_err_and(|message| message.contains("online_dpo")));
        let only = ["ppo".to_string()];
        let wanted: Vec<String> = plans()
            .into_iter()
            .filter(|plan| plan.is_wanted(&only))
            .map(|plan| plan.name)
            .collect();
        assert_eq!(wanted, ["base", "ppo-0.01", "ppo-0.05", "ppo-0.2", "ppo-0.5"]);
        assert!(plans().iter().all(|plan| plan.is_wanted(&[])));
    }
}
