//! The table of all quantities, in the order in which they are computed.

use leptos::prelude::*;

use crate::format::short;
use crate::glass::{Glass, Reading, Symbol, definition, sign};

/// One line a quantity.
#[component]
pub fn Terms(glass: Glass, reading: Memo<Reading>) -> impl IntoView {
    view! {
        <table class="glass-terms">
            <caption class="unseen">"Quantities in the order in which they are computed"</caption>
            <thead>
                <tr>
                    <th scope="col">"Symbol"</th>
                    <th scope="col">"Value"</th>
                    <th scope="col">"What it is"</th>
                </tr>
            </thead>
            <tbody>
                <For
                    each=move || reading.with(Reading::symbols)
                    key=|symbol| symbol.key
                    children=move |symbol| view! { <Line glass reading symbol /> }
                />
            </tbody>
        </table>
    }
}

#[component]
fn Line(glass: Glass, reading: Memo<Reading>, symbol: Symbol) -> impl IntoView {
    let key = symbol.key;
    let is_lit = move || glass.lit.with(|lit| lit.as_deref() == Some(key));
    let value = move || reading.with(|reading| short(reading.value(symbol)));
    let computed = Memo::new(move |_| {
        reading.with(|reading| {
            let body = reading.definition(symbol);
            body.map(|body| definition(reading, body)).unwrap_or_default()
        })
    });
    let words = move || reading.with(|reading| reading.term(symbol).map(|term| term.words.clone()));
    let unit = move || reading.with(|reading| reading.term(symbol).map(|term| term.unit.word()));
    view! {
        <tr
            class="glass-term"
            class:lit=is_lit
            tabindex="0"
            data-term=key
            data-testid=format!("glass-term-{key}")
        >
            <th scope="row" class=symbol.tone.class() inner_html=sign(symbol)></th>
            <td>
                <span class="glass-value">{value}</span>" "
                <span class="faint">{unit}</span>
            </td>
            <td>
                <span class="glass-name">{symbol.name}</span>
                <span class="glass-made" inner_html=move || computed.get()></span>
                <span class="glass-words">{words}</span>
            </td>
        </tr>
    }
}
