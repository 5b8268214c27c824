//! Samples on show, one after the other, and what is said of them.
//!
//! While somebody reads a draw the next one is sampled, so that a choice shows it at once.

mod order;
mod rows;

use std::collections::VecDeque;

use leptos::prelude::*;
use leptos::task::spawn_local;
use temper_protocol::Failure;

use super::draw::{Draw, Verdict};
use super::ledger::{Entry, Ledger, Tally};
use super::row::Kind;
use super::sampling::{Recipe, Sampling};
use crate::controller::Controller;
use order::Order;
pub use rows::fits;

/// The signals; a copy is as good as the original.
#[derive(Clone, Copy)]
pub struct Collector {
    /// What is read now; nothing while it is sampled.
    pub shown: RwSignal<Option<Draw>>,
    /// Why sampling stopped.
    pub failure: RwSignal<Option<Failure>>,
    /// Whether there is nothing to ask.
    pub no_prompt: RwSignal<bool>,
    /// The counts of what was said.
    pub tally: Memo<Tally>,
    /// Whether a choice adds its row to the open ones.
    pub into_sheet: RwSignal<bool>,
    kind: Kind,
    sampling: Sampling,
    ledger: RwSignal<Ledger>,
    drawing: RwSignal<bool>,
    /// What is sampled ahead.
    next: StoredValue<VecDeque<Draw>>,
    recipe: StoredValue<Option<Recipe>>,
    /// A prompt to be answered anew.
    again: StoredValue<Option<String>>,
}

impl Collector {
    /// Nothing said yet.
    pub fn new(kind: Kind, sampling: Sampling) -> Self {
        let ledger = RwSignal::new(Ledger::default());
        Self {
            shown: RwSignal::new(None),
            failure: RwSignal::new(None),
            no_prompt: RwSignal::new(false),
            tally: Memo::new(move |_| ledger.with(Ledger::tally)),
            into_sheet: RwSignal::new(true),
            kind,
            sampling,
            ledger,
            drawing: RwSignal::new(false),
            next: StoredValue::new(VecDeque::new()),
            recipe: StoredValue::new(None),
            again: StoredValue::new(None),
        }
    }

    /// What its rows are.
    pub fn kind(self) -> Kind {
        self.kind
    }

    /// Whether answers are being sampled.
    pub fn is_drawing(self) -> bool {
        self.drawing.get()
    }

    /// Whether there is something to take back.
    pub fn can_undo(self) -> bool {
        self.ledger.with(|ledger| !ledger.is_empty())
    }

    /// Keeps samples on show as long as a panel is mounted, anew where the model, the settings or
    /// the prompts change.
    pub fn watch(self, controller: Controller) {
        let compares = self.kind == Kind::Pairs;
        Effect::new(move |_| {
            controller.state.train.track();
            if let Some(recipe) = self.sampling.recipe(controller, compares) {
                self.follow(controller, recipe);
            }
        });
    }

    fn follow(self, controller: Controller, recipe: Recipe) {
        self.sampling.read_prompts(controller);
        let before = self.recipe.get_value();
        let asked = self.shown_prompt().or_else(|| self.again.get_value());
        let is_open = |prompt: &String| match &recipe.typed {
            Some(typed) => typed == prompt,
            None => self.sampling.has_prompt(prompt),
        };
        let gone = asked.as_ref().is_some_and(|prompt| !is_open(prompt));
        if gone || before.as_ref() != Some(&recipe) {
            if before.is_some_and(|before| before.weights != recipe.weights) {
                self.ledger.update(Ledger::start_match);
            }
            self.again.set_value(asked.filter(is_open));
            self.recipe.set_value(Some(recipe));
            self.next.set_value(VecDeque::new());
            self.shown.set(None);
            self.failure.set(None);
        }
        self.fill(controller);
    }

    /// Other answers to the same prompt.
    pub fn renew(self, controller: Controller) {
        if let Some(prompt) = self.shown_prompt() {
            self.again.set_value(Some(prompt));
            self.shown.set(None);
            self.retry(controller);
        }
    }

    /// Goes on after a failure.
    pub fn retry(self, controller: Controller) {
        self.failure.set(None);
        self.fill(controller);
    }

    /// Takes in what is said of the draw on show, and shows the next.
    pub fn give(self, controller: Controller, verdict: Verdict) {
        let Some(draw) = self.shown.get_untracked() else { return };
        // Of a draw with a flaw nothing can be said.
        if verdict != Verdict::Skipped && draw.flaw().is_some() {
            return;
        }
        let row = draw.row(verdict, controller.is_chat());
        let into_sheet = self.into_sheet.get_untracked() && untrack(|| self.fits(controller));
        let mut added = false;
        if into_sheet && let Some(row) = &row {
            controller.sheet.add(vec![row.clone()]);
            added = true;
        }
        self.ledger.update(|ledger| ledger.push(Entry { draw, verdict, row, added }));
        self.shown.set(self.next.try_update_value(VecDeque::pop_front).flatten());
        self.fill(controller);
    }

    /// Takes the last verdict back; its draw is on show again.
    pub fn undo(self, controller: Controller) {
        let Some(entry) = self.ledger.try_update(Ledger::pop).flatten() else { return };
        if let Some(row) = entry.row.filter(|_| entry.added) {
            rows::take_back(controller, &row);
        }
        if let Some(shown) = self.shown.get_untracked() {
            self.next.update_value(|next| next.push_front(shown));
        }
        self.again.set_value(None);
        self.shown.set(Some(entry.draw));
    }

    /// Samples until there is a draw on show and one ahead.
    fn fill(self, controller: Controller) {
        if self.drawing.get_untracked() || self.failure.with_untracked(Option::is_some) {
            return;
        }
        self.drawing.set(true);
        spawn_local(async move {
            while let Some(order) = self.order() {
                match order.draw(controller, self.sampling, self.kind).await {
                    // What was asked of another model, or otherwise, is of no use.
                    _ if self.is_stale(&order) => {}
                    Ok(draw) => self.place(&order, draw),
                    Err(failure) => {
                        // Whoever tries once more gets another prompt: this one may be the cause.
                        self.again.set_value(None);
                        self.failure.set(Some(failure));
                        break;
                    }
                }
            }
            self.drawing.set(false);
        });
    }

    /// What is to be sampled next, if anything.
    fn order(self) -> Option<Order> {
        let recipe = self.recipe.get_value()?;
        if let Some(prompt) = self.again.get_value() {
            return Some(Order { recipe, prompt, again: true });
        }
        let is_full = self.shown.with_untracked(Option::is_some)
            && self.next.with_value(|next| !next.is_empty());
        if is_full {
            return None;
        }
        let prompt = recipe.typed.clone().or_else(|| self.sampling.next_prompt());
        self.no_prompt.set(prompt.is_none());
        prompt.map(|prompt| Order { recipe, prompt, again: false })
    }

    fn shown_prompt(self) -> Option<String> {
        self.shown.with_untracked(|draw| draw.as_ref().map(|draw| draw.prompt.clone()))
    }

    fn is_stale(self, order: &Order) -> bool {
        self.recipe.with_value(|now| now.as_ref() != Some(&order.recipe))
    }

    fn place(self, order: &Order, draw: Draw) {
        let awaited = self.again.with_value(Option::is_some);
        let is_ahead = match awaited {
            true => !order.again,
            false => self.shown.with_untracked(Option::is_some),
        };
        if is_ahead {
            self.next.update_value(|next| next.push_back(draw));
        } else {
            self.again.set_value(None);
            self.shown.set(Some(draw));
        }
    }
}
