//! What the rows are like, in figures, with a sentence where one is remarkable.

use leptos::prelude::*;

use super::toolbar::counted;
use crate::sheet::{Fact, Sheet, facts};

/// The figures of a sheet.
#[component]
pub fn Statistics(sheet: Sheet) -> impl IntoView {
    Effect::new(move |_| {
        sheet.rows.track();
        sheet.measure();
    });
    let list = move || {
        let all = sheet.stats.with(|stats| stats.as_ref().map(facts)).unwrap_or_default();
        all.into_iter().map(line).collect::<Vec<_>>()
    };
    let part = move || {
        let (rows, measured) = sheet
            .stats
            .with(|stats| stats.as_ref().map(|it| (it.rows, it.measured)))
            .unwrap_or_default();
        (measured != rows).then(|| format!("Measured on the first {}.", counted(measured)))
    };
    view! {
        <section
            class="card"
            aria-labelledby="statistics-title"
            hidden=move || sheet.stats.with(Option::is_none)
        >
            <h2 id="statistics-title">"What the rows are like"</h2>
            {move || part().map(|words| view! { <p class="faint">{words}</p> })}
            <dl class="statistics" data-testid="rows-statistics">
                {list}
            </dl>
        </section>
    }
}

fn line(fact: Fact) -> impl IntoView {
    view! {
        <div class="statistic">
            <dt>{fact.name}</dt>
            <dd class="figures">{fact.value}</dd>
            {fact.remark.map(|words| view! { <dd class="remark">{words}</dd> })}
        </div>
    }
}
