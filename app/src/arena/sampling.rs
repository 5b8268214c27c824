//! How answers are sampled: which prompts, how freely, how long.

use leptos::prelude::*;
use temper_protocol::{Failure, GenerateRequest, ModelInfo, RunId};

use crate::controller::Controller;
use crate::state::Status;

/// What the default model's reviews need, and enough to tell two answers of others apart.
const TOKENS: u32 = 64;

/// The settings; a copy is as good as the original.
#[derive(Clone, Copy)]
pub struct Sampling {
    /// 0 is greedy.
    pub temperature: RwSignal<f64>,
    /// What somebody typed; without it, what suits the model.
    pub max_tokens: RwSignal<Option<u32>>,
    /// A prompt to use in place of the open rows'; empty: none.
    pub typed: RwSignal<String>,
    /// Whether a policy's answer is compared with one of the reference.
    pub against: RwSignal<bool>,
    prompts: StoredValue<Vec<String>>,
    turn: StoredValue<usize>,
    seed: StoredValue<u32>,
}

/// What samples depend on; those of another recipe are stale.
#[derive(Clone, Debug, PartialEq)]
pub struct Recipe {
    /// Whose.
    pub weights: Weights,
    /// Asked in place of the open rows' prompts.
    pub typed: Option<String>,
    /// Whether one of two answers is the reference's.
    pub against: bool,
    /// 0 is greedy.
    pub temperature: f64,
    max_new_tokens: u32,
}

/// Tells a model from what it becomes.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    model: ModelInfo,
    kept: Option<RunId>,
    worn: Option<RunId>,
    running: bool,
}

impl Sampling {
    /// The defaults.
    pub fn new() -> Self {
        Self {
            temperature: RwSignal::new(1.0),
            max_tokens: RwSignal::new(None),
            typed: RwSignal::new(String::new()),
            against: RwSignal::new(false),
            prompts: StoredValue::new(Vec::new()),
            turn: StoredValue::new(0),
            seed: StoredValue::new(0),
        }
    }

    /// At most this many tokens an answer.
    pub fn max_new_tokens(self) -> u32 {
        self.max_tokens.get().unwrap_or(TOKENS)
    }

    /// How to sample now, as far as a model is there. `against`: where both models can be asked.
    pub fn recipe(self, controller: Controller, against: bool) -> Option<Recipe> {
        let state = controller.state;
        let status = state.status.get();
        let model = state.model.get().filter(|_| status != Status::Loading)?;
        let weights = Weights {
            model,
            kept: state.kept.get(),
            worn: controller.runs.worn.get(),
            running: status.is_running(),
        };
        let typed = self.typed.with(|typed| typed.trim().to_string());
        Some(Recipe {
            weights,
            typed: (!typed.is_empty()).then_some(typed),
            against: against && self.against.get(),
            temperature: self.temperature.get(),
            max_new_tokens: self.max_new_tokens(),
        })
    }

    /// Takes in the open rows' prompts.
    pub fn read_prompts(self, controller: Controller) {
        self.prompts.set_value(untrack(|| controller.sheet.prompts()));
    }

    /// Whether it is one of the open rows' prompts.
    pub fn has_prompt(self, prompt: &str) -> bool {
        self.prompts.with_value(|prompts| prompts.iter().any(|known| known == prompt))
    }

    /// The next of the open rows' prompts; after the last comes the first.
    pub fn next_prompt(self) -> Option<String> {
        let turn = self.turn.get_value();
        let prompt = self.prompts.with_value(|prompts| {
            let at = turn % prompts.len().max(1);
            prompts.get(at).cloned()
        })?;
        self.turn.set_value(turn.wrapping_add(1));
        Some(prompt)
    }

    /// A seed that wasn't used before.
    pub fn next_seed(self) -> u32 {
        let seed = self.seed.get_value();
        self.seed.set_value(seed.wrapping_add(1));
        seed
    }
}

impl Recipe {
    /// Samples an answer to each prompt.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn ask(
        &self,
        controller: Controller,
        prompts: Vec<String>,
        seed: u32,
        reference: bool,
    ) -> Result<Vec<String>, Failure> {
        let request = GenerateRequest {
            prompts,
            max_new_tokens: self.max_new_tokens,
            temperature: self.temperature,
            top_k: 0,
            top_p: 1.0,
            seed,
            reference,
        };
        let answers = controller.generate(request).await?;
        Ok(answers.into_iter().map(|answer| answer.text).collect())
    }
}
