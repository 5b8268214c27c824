//! What the chosen runs wrote on the same prompts, at their last step.

use leptos::prelude::*;

use temper_protocol::{Method, Sample};

use super::{Picked, swatch};
use crate::compare::{Before, PromptRow, by_prompt, origin};
use crate::records::{RunRecord, Runs};

/// All prompts that any of them sampled.
#[component]
pub fn SamplesCard(runs: Runs, chosen: Memo<Picked>) -> impl IntoView {
    let rows = Memo::new(move |_| {
        chosen.with(|chosen| {
            let runs: Vec<&RunRecord> = chosen.iter().map(|(_, run)| run).collect();
            by_prompt(&runs)
        })
    });
    let articles = move || {
        rows.with(|rows| {
            chosen.with(|chosen| {
                let article = |row| runs.all.with(|all| article(row, chosen, all));
                rows.iter().map(article).collect::<Vec<_>>()
            })
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

fn article(
    row: &PromptRow,
    chosen: &[(usize, RunRecord)],
    all: &[RunRecord],
) -> impl IntoView + use<> {
    let began = |before: &Before| {
        view! {
            <div class="side">
                <h3>{title(before, chosen, all)}</h3>
                <p class="answer" dir="auto">
                    {before.text.clone()}
                </p>
            </div>
        }
    };
    let before: Vec<_> = row.before.iter().map(began).collect();
    let sides = chosen.iter().zip(&row.after);
    let sides: Vec<_> = sides.map(|(chosen, sample)| side(chosen, sample.as_ref())).collect();
    view! {
        <article class="sample">
            <p class="prompt" dir="auto">
                {row.prompt.clone()}
            </p>
            <div class="sides">{before} {sides}</div>
        </article>
    }
}

/// What a run wrote last.
fn side((slot, run): &(usize, RunRecord), sample: Option<&Sample>) -> impl IntoView + use<> {
    let (name, text) = match sample {
        Some(it) => (format!("{}, step {}", run.name, it.step), it.completion.clone()),
        None if run.config.method == Method::Reward => {
            (run.name.clone(), "A reward model: it gives marks and doesn't write.".into())
        }
        None => (run.name.clone(), "It wasn't asked this.".into()),
    };
    let unasked = sample.is_none();
    view! {
        <div class="side" class:faint=unasked>
            <h3>
                {swatch(*slot)}
                {name}
            </h3>
            <p class="answer" dir="auto">
                {text}
            </p>
        </div>
    }
}

/// Whose text it is that was written before any step.
fn title(before: &Before, chosen: &[(usize, RunRecord)], all: &[RunRecord]) -> String {
    let Some((at, from)) = before.branch else { return "As it came".into() };
    let name = chosen.get(at).map_or("this run", |(_, run)| run.name.as_str());
    format!("Before {name} ({})", origin(from, all))
}

#[cfg(test)]
mod tests {
    use temper_protocol::Branch;

    use super::*;

    #[test]
    fn a_branch_is_told_from_the_model_as_it_came() {
        let run =
            |id, name: &str| RunRecord { id, name: name.into(), ..RunRecord::empty(Method::Dpo) };
        let text = String::new();
        let before = Before { text, branch: Some((1, Branch { run: 7, step: 14 })) };
        let all = [run(7, "DPO 1"), run(8, "DPO 2")];
        let chosen = [run(9, "KTO 1"), run(8, "DPO 2")].map(|run| (0, run));
        assert_eq!(title(&before, &chosen, &all), "Before DPO 2 (DPO 1, step 14)");
        let forgotten = "Before DPO 2 (a run that was forgotten, step 14)";
        assert_eq!(title(&before, &chosen, &all[1..]), forgotten);
        assert_eq!(title(&Before { branch: None, ..before }, &chosen, &all), "As it came");
    }
}
