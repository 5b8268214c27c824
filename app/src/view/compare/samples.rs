//! What the chosen runs wrote on the same prompts, at their last step.

use leptos::prelude::*;

use super::{Picked, swatch};
use crate::compare::{PromptRow, by_prompt};
use crate::records::RunRecord;

/// All prompts that any of them sampled.
#[component]
pub fn SamplesCard(chosen: Memo<Picked>) -> impl IntoView {
    let rows = Memo::new(move |_| {
        chosen.with(|chosen| {
            let samples: Vec<_> = chosen.iter().map(|(_, run)| run.samples.as_slice()).collect();
            by_prompt(&samples)
        })
    });
    let articles = move || {
        rows.with(|rows| {
            chosen.with(|chosen| rows.iter().map(|row| article(row, chosen)).collect::<Vec<_>>())
        })
    };
    view! {
        <section class="card" aria-labelledby="compare-samples-title">
            <h2 id="compare-samples-title">"The same prompts"</h2>
            <p class="lead">"What each of the chosen runs wrote when it was sampled last."</p>
            <div class="samples" data-testid="compare-samples">
                {articles}
                <Show when=move || rows.with(Vec::is_empty)>
                    <p class="faint">
                        "The chosen runs have no samples. A run writes some every "
                        <code>"loop.sample_every"</code>
                        " steps."
                    </p>
                </Show>
            </div>
        </section>
    }
}

fn article(row: &PromptRow, chosen: &[(usize, RunRecord)]) -> impl IntoView + use<> {
    let before = row.before.clone().map(|text| {
        view! {
            <div class="side">
                <h3>"As it came"</h3>
                <p class="answer">{text}</p>
            </div>
        }
    });
    let sides: Vec<_> = chosen
        .iter()
        .zip(&row.after)
        .map(|((slot, run), sample)| {
            let (name, text) = match sample {
                Some(it) => (format!("{}, step {}", run.name, it.step), it.completion.clone()),
                None => (run.name.clone(), "It wasn't asked this.".into()),
            };
            view! {
                <div class="side" class:faint=sample.is_none()>
                    <h3>
                        {swatch(*slot)}
                        {name}
                    </h3>
                    <p class="answer">{text}</p>
                </div>
            }
        })
        .collect();
    view! {
        <article class="sample">
            <p class="prompt">{row.prompt.clone()}</p>
            <div class="sides">{before} {sides}</div>
        </article>
    }
}
