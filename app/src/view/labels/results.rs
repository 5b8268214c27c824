//! What the judge said, to be read and to be kept.

use leptos::prelude::*;
use temper_protocol::Failure;

use crate::arena::{Judged, Task};
use crate::controller::Controller;
use crate::download;
use crate::view::arena::switch::SwitchField;
use crate::view::failure::Refused;

/// More rows than this nobody reads.
const SHOWN: usize = 50;

/// How rows are made of verdicts.
#[component]
pub fn Making(controller: Controller) -> impl IntoView {
    view! {
        <div class="fields">
            <AbstainField controller />
            <SwitchField
                value=controller.arena.judge.soft
                title="Soft labels"
                help="Each pair also says how probable its preference is, from 0.5 to 1."
                testid="judge-soft"
            />
        </div>
    }
}

#[component]
fn AbstainField(controller: Controller) -> impl IntoView {
    let abstain = controller.arena.judge.abstain;
    let set = move |event: web_sys::Event| {
        if let Ok(distance) = event_target_value(&event).parse() {
            abstain.set(distance);
        }
    };
    view! {
        <label class="field">
            <span class="field-name">
                "Leave out what is this close to ½: "
                <span class="figures">{move || format!("{:.2}", abstain.get())}</span>
            </span>
            <input
                type="range"
                min="0"
                max="0.45"
                step="0.05"
                data-testid="judge-abstain"
                prop:value=move || abstain.get().to_string()
                on:input=set
            />
            <span class="field-help">
                "A judge that gives 0.55 hardly knows; sure pairs teach more."
            </span>
        </label>
    }
}

/// Where the judge sees it otherwise; without labels, all that it decides.
#[component]
pub fn Remarkable(controller: Controller) -> impl IntoView {
    let judge = controller.arena.judge;
    let found = Memo::new(move |_| judge.remarkable(SHOWN));
    let title = move || match judge.of.get() {
        Task::Open => "Where the judge disagrees with the label",
        Task::Sampled => "What the judge prefers",
    };
    let count = move || {
        found.with(|(shown, all)| match *all {
            0 => "None.".to_string(),
            all if all > shown.len() => format!("The first {} of {all}.", shown.len()),
            all => format!("{all} in all."),
        })
    };
    view! {
        <h3 id="judge-remarkable">{title}</h3>
        <p class="faint figures" data-testid="judge-disagreement-count">
            {count}
        </p>
        <div
            class="scroll"
            tabindex="0"
            role="region"
            aria-labelledby="judge-remarkable"
            hidden=move || found.with(|(shown, _)| shown.is_empty())
        >
            <Rows found />
        </div>
    }
}

#[component]
fn Rows(found: Memo<(Vec<Judged>, usize)>) -> impl IntoView {
    let rows = move || found.with(|(shown, _)| shown.iter().map(row).collect::<Vec<_>>());
    view! {
        <table class="arena-table" data-testid="judge-disagreements">
            <thead>
                <tr>
                    <th scope="col">"Prompt"</th>
                    <th scope="col">"The judge prefers"</th>
                    <th scope="col">"to"</th>
                    <th scope="col">"Probability"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
}

fn row(judged: &Judged) -> impl IntoView + use<> {
    let [better, other] = judged.ranked().map(str::to_string);
    view! {
        <tr>
            <td>{judged.comparison.prompt.clone()}</td>
            <td>{better}</td>
            <td>{other}</td>
            <td class="figures">{format!("{:.2}", judged.probability())}</td>
        </tr>
    }
}

/// Adds, replaces, exports.
#[component]
pub fn Take(controller: Controller) -> impl IntoView {
    let judge = controller.arena.judge;
    let decided = Memo::new(move |_| judge.decided());
    let cannot = move || decided.get() == 0 || judge.progress.with(Option::is_some);
    let unsaved = RwSignal::new(None::<Failure>);
    let export = move |_| {
        unsaved.set(download::save_text(judge.file_name(), judge.jsonl(controller)).err());
    };
    view! {
        <div class="buttons">
            <AddButton controller decided />
            <button
                type="button"
                data-testid="judge-alone"
                title="These take the place of the open rows"
                disabled=cannot
                on:click=move |_| judge.learn_alone(controller)
            >
                {move || format!("Learn from these {} alone", decided.get())}
            </button>
            <button
                type="button"
                data-testid="judge-export"
                disabled=cannot
                on:click=export
            >
                "Export as JSONL"
            </button>
        </div>
        <Refused failure=unsaved />
    }
}

/// Adds the pairs to the open rows, which only new ones should be: the open pairs, judged, would
/// be there twice.
#[component]
fn AddButton(controller: Controller, decided: Memo<usize>) -> impl IntoView {
    let judge = controller.arena.judge;
    let fits = Memo::new(move |_| judge.fits(controller));
    let cannot = move || {
        let idle = judge.progress.with(Option::is_none);
        decided.get() == 0 || !idle || !fits.get() || judge.added.get()
    };
    let label = move || match (judge.added.get(), decided.get()) {
        (true, _) => "Added to the open rows".to_string(),
        (false, 1) => "Add 1 pair to the open rows".to_string(),
        (false, count) => format!("Add {count} pairs to the open rows"),
    };
    view! {
        <button
            type="button"
            data-testid="judge-add"
            hidden=move || judge.of.get() == Task::Open
            disabled=cannot
            on:click=move |_| judge.add(controller)
        >
            {label}
        </button>
    }
}
