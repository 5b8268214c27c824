//! The other runs in the charts: which are drawn, each in a pattern and a colour of its own, and
//! the smoothing of all lines.

use std::collections::BTreeSet;

use leptos::prelude::*;
use temper_protocol::RunId;

use crate::compare::Chosen;
use crate::records::Runs;
use crate::smooth;

/// Runs that are offered, newest first, beside those drawn.
const OFFERED: usize = 6;

/// The other runs that are drawn; one keeps its pattern while others come and go.
pub fn overlays(runs: Runs) -> Memo<Chosen> {
    Memo::new(move |before: Option<&Chosen>| {
        let (shown, current) = (runs.shown.get(), runs.current.get());
        let wanted: Vec<RunId> = runs.all.with(|all| {
            let others = all.iter().map(|record| record.id).filter(|id| Some(*id) != current);
            others.filter(|id| shown.contains(id)).collect()
        });
        assigned(before.copied().unwrap_or_default(), &wanted)
    })
}

fn assigned(before: Chosen, wanted: &[RunId]) -> Chosen {
    let mut chosen = before;
    for (_, run) in before.iter() {
        if !wanted.contains(&run) {
            chosen.leave(run);
        }
    }
    for &run in wanted {
        chosen.choose(run);
    }
    chosen
}

/// The class that draws a run in the pattern of its place; the second line of a figure has the same
/// dashes further apart.
pub fn pattern(slot: usize, line: usize) -> String {
    let second = if line > 0 { " second" } else { "" };
    format!("run run-{}{second}", slot + 1)
}

/// A short piece of one of a run's lines.
pub fn swatch(slot: usize, line: usize) -> impl IntoView + use<> {
    view! {
        <svg class="run-swatch" viewBox="0 0 28 8" aria-hidden="true">
            <path class=pattern(slot, line) d="M0 4h28"></path>
        </svg>
    }
}

/// Smooths the lines of all charts.
#[component]
pub fn Smoothing(smoothing: RwSignal<f64>) -> impl IntoView {
    let set = move |event: web_sys::Event| {
        let typed = event_target_value(&event).parse::<f64>().unwrap_or_default();
        smoothing.set(typed.clamp(0.0, smooth::MOST));
    };
    view! {
        <label class="inline-field smoothing">
            <span>"Smoothing"</span>
            <input
                type="range"
                min="0"
                max=smooth::MOST.to_string()
                step="0.05"
                data-testid="smoothing"
                prop:value=move || smoothing.get().to_string()
                on:input=set
            />
            <span class="figures">{move || format!("{:.2}", smoothing.get())}</span>
        </label>
    }
}

/// The legend of the other runs, each of which can be drawn or not.
#[component]
pub fn Beside(runs: Runs, others: Memo<Chosen>) -> impl IntoView {
    let listed = Memo::new(move |_| {
        let (shown, current) = (runs.shown.get(), runs.current.get());
        runs.all.with(|all| {
            let others = all.iter().filter(|record| Some(record.id) != current).enumerate();
            let listed = others.filter(|(at, it)| *at < OFFERED || shown.contains(&it.id));
            listed.map(|(_, record)| (record.id, record.name.clone())).collect::<Vec<_>>()
        })
    });
    move || {
        let listed = listed.get();
        (!listed.is_empty()).then(|| {
            let entries: Vec<_> = listed
                .into_iter()
                .map(|(run, name)| view! { <Entry runs others run name /> })
                .collect();
            view! {
                <fieldset class="run-legend" data-testid="run-legend">
                    <legend class="unseen">"Other runs in the charts, four at most"</legend>
                    <span aria-hidden="true">"Beside it"</span>
                    {entries}
                </fieldset>
            }
        })
    }
}

#[component]
fn Entry(runs: Runs, others: Memo<Chosen>, run: RunId, name: String) -> impl IntoView {
    let slot = Memo::new(move |_| others.with(|all| all.slot(run)));
    let is_shown = move || slot.get().is_some();
    let is_full = move || !is_shown() && others.with(Chosen::is_full);
    let set = move |event: web_sys::Event| {
        let on = event_target_checked(&event);
        runs.shown.update(|shown| toggle(shown, run, on));
    };
    view! {
        <label class="switch">
            <input
                type="checkbox"
                data-testid=format!("overlay-{run}")
                prop:checked=is_shown
                disabled=is_full
                on:change=set
            />
            {move || slot.get().map(|slot| swatch(slot, 0))}
            <span>{name}</span>
        </label>
    }
}

fn toggle(shown: &mut BTreeSet<RunId>, run: RunId, on: bool) {
    if on {
        shown.insert(run);
    } else {
        shown.remove(&run);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_keeps_its_pattern_while_others_come_and_go() {
        let slots = |all: Chosen| all.iter().collect::<Vec<_>>();
        let three = assigned(Chosen::default(), &[70, 50, 60]);
        assert_eq!(slots(three), [(0, 70), (1, 50), (2, 60)]);
        let without = assigned(three, &[50, 60]);
        assert_eq!(slots(without), [(1, 50), (2, 60)]);
        assert_eq!(slots(assigned(without, &[80, 50, 60])), [(0, 80), (1, 50), (2, 60)]);
        assert_eq!([pattern(0, 0), pattern(3, 1)], ["run run-1", "run run-4 second"]);
    }

    #[test]
    fn four_are_drawn_at_most() {
        assert_eq!(assigned(Chosen::default(), &[1, 2, 3, 4, 5]).iter().count(), 4);
    }
}
