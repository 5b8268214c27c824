//! What each token's distance from the reference takes off the reward of PPO and RLOO.

use leptos::prelude::*;

use crate::format::short;
use crate::glass::{Priced, Reading};

/// One line a token, where a completion was looked at.
#[component]
pub fn Tokens(reading: Memo<Reading>) -> impl IntoView {
    let is_empty = move || reading.with(|reading| reading.tokens.is_empty());
    let rows = move || {
        let tokens = reading.with(|reading| reading.tokens.clone());
        let row = |token: Priced| {
            view! {
                <tr>
                    <th scope="row">
                        <code>{token.text}</code>
                    </th>
                    <td>{short(token.kl)}</td>
                    <td>{short(token.reward)}</td>
                </tr>
            }
        };
        tokens.into_iter().map(row).collect::<Vec<_>>()
    };
    view! {
        <div
            class="scroll"
            tabindex="0"
            role="region"
            aria-label="Price of each token"
            data-testid="glass-tokens"
            hidden=is_empty
        >
            <table>
                <thead>
                    <tr>
                        <th scope="col">"Token"</th>
                        <th scope="col">"KL, nats"</th>
                        <th scope="col">"Adds to the reward"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}
