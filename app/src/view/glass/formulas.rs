//! Formulas: once in symbols, beneath in this row's numbers.

use leptos::prelude::*;

use crate::glass::{Formula, Reading, Symbol, in_symbols, numbers};

/// All formulas of a reading.
#[component]
pub fn Formulas(reading: Memo<Reading>) -> impl IntoView {
    let lines = move || {
        reading.with(|reading| {
            let mut lines: Vec<(Symbol, String)> = Vec::new();
            for formula in &reading.formulas {
                if lines.iter().all(|(of, _)| *of != formula.of) {
                    lines.push((formula.of, formula.title.clone()));
                }
            }
            lines
        })
    };
    view! {
        <div class="glass-formulas" data-testid="glass-formula">
            <For
                each=lines
                key=|(of, title)| (of.key, title.clone())
                children=move |(of, title)| view! { <Line reading of title /> }
            />
        </div>
    }
}

/// What stands in symbols is set anew only when it changes, or the focus in it would be lost.
#[component]
fn Line(reading: Memo<Reading>, of: Symbol, title: String) -> impl IntoView {
    let written = move |write: fn(&Reading, &Formula) -> String| {
        reading.with(|reading| {
            let formula = reading.formulas.iter().find(|formula| formula.of == of);
            formula.map(|formula| write(reading, formula)).unwrap_or_default()
        })
    };
    let symbols = Memo::new(move |_| written(in_symbols));
    let numbers = Memo::new(move |_| written(in_numbers));
    view! {
        <div class="glass-formula">
            <p class="glass-title">{title}</p>
            <div class="glass-math" inner_html=move || symbols.get()></div>
            <div class="glass-math figures" inner_html=move || numbers.get()></div>
        </div>
    }
}

fn in_numbers(reading: &Reading, formula: &Formula) -> String {
    numbers(reading, formula).unwrap_or_default()
}
