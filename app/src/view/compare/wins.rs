//! Win rates: how often a run's answers to held-out prompts are found better than another's.

use leptos::prelude::*;
use temper_protocol::{Referee, RunId};
use web_sys::Event;

use super::asking::{Asking, CountField, LengthField, PlayerField, TemperatureField, players};
use super::when;
use super::work::{WorkBar, is_busy};
use crate::compare::{Asked, Panel, Player, Tally, measure, start, win_rate};
use crate::controller::Controller;
use crate::format::plural;
use crate::records::{Change, Measured, RunRecord, WinRate};
use crate::view::button::SteadyButton;

/// Prompts at first.
const PROMPTS: u32 = 20;
/// Standard errors of half a 95 % interval, of a mean of many.
const HALF_WIDTH: f64 = 1.96;

/// Who decides.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Rule,
    Judge,
    /// Nobody: the rule's mean score, before and after.
    Score,
}

impl By {
    const ALL: [Self; 3] = [Self::Rule, Self::Judge, Self::Score];

    fn value(self) -> &'static str {
        match self {
            Self::Rule => "gold",
            Self::Judge => "judge",
            Self::Score => "score",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Rule => "The lesson's rule: the more pleased review",
            Self::Judge => "The AI judge",
            Self::Score => "Nobody: the rule's mean score before and after",
        }
    }

    fn help(self) -> &'static str {
        match self {
            Self::Rule => {
                "The rule that the default model's reviews were written by. It knows nothing of \
                 other texts."
            }
            Self::Judge => {
                "The second model that is opened on the Data page, under AI judge. It is shown \
                 both orders."
            }
            Self::Score => {
                "How pleased the reviews are on average, from 0 to 1, and how far the run is from \
                 the model as it came."
            }
        }
    }
}

/// The fields, what is going on, and all that was found so far.
#[component]
pub fn WinsCard(controller: Controller) -> impl IntoView {
    view! {
        <section class="card" aria-labelledby="wins-title">
            <h2 id="wins-title">"Win rate"</h2>
            <p class="lead">
                "Both answer the same held-out prompts, and somebody says which answer is better. "
                "The interval holds the true rate 95 times in 100; few prompts make it wide."
            </p>
            <Fields controller />
            <WorkBar controller panel=Panel::Wins result_testid="win-result" />
            <Found controller />
        </section>
    }
}

#[component]
fn Fields(controller: Controller) -> impl IntoView {
    let [first, second] = players(controller);
    let asking = Asking::new(PROMPTS);
    let is_default = untrack(|| controller.is_default_model());
    let by = RwSignal::new(if is_default { By::Rule } else { By::Judge });
    let can = Signal::derive(move || {
        let alike = by.get() != By::Score && first.get() == second.get();
        !is_busy(controller) && first.get().run().is_some() && !alike
    });
    let Asking { count, length, temperature } = asking;
    let compare = move || {
        let players = [first.get_untracked(), second.get_untracked()];
        begin(controller, players, by.get_untracked(), asking);
    };
    view! {
        <div class="fields roomy">
            <PlayerField controller label="Run" testid="win-first" player=first />
            <Show when=move || by.get() != By::Score>
                <PlayerField controller label="Against" testid="win-second" player=second />
            </Show>
            <ByField by />
            <CountField testid="win-count" value=count />
            <LengthField testid="win-length" value=length />
            <Show when=move || by.get() != By::Score>
                <TemperatureField testid="win-temperature" value=temperature />
            </Show>
        </div>
        <div class="buttons">
            <SteadyButton testid="win-start" look="main" can act=compare>
                "Compare"
            </SteadyButton>
        </div>
    }
}

#[component]
fn ByField(by: RwSignal<By>) -> impl IntoView {
    let option = |this: By| {
        view! {
            <option value=this.value() prop:selected=move || by.get() == this>
                {this.title()}
            </option>
        }
    };
    let options = By::ALL.map(option).into_iter().collect::<Vec<_>>();
    let choose = move |event: Event| {
        let value = event_target_value(&event);
        by.set(By::ALL.into_iter().find(|by| by.value() == value).unwrap_or(By::Rule));
    };
    view! {
        <div class="field">
            <label class="field-name" for="win-by">
                "Who decides"
            </label>
            <select
                id="win-by"
                data-testid="win-by"
                aria-describedby="win-by-help"
                on:change=choose
            >
                {options}
            </select>
            <p class="field-help" id="win-by-help">
                {move || by.get().help()}
            </p>
        </div>
    }
}

fn begin(controller: Controller, players: [Player; 2], by: By, asking: Asking) {
    let Some(run) = players[0].run() else { return };
    let asked = match asking.asked(controller) {
        Ok(asked) => asked,
        Err(failure) => return controller.runs.bench.failure.set(Some((Panel::Wins, failure))),
    };
    match by {
        By::Rule => decide(controller, run, players, Referee::Gold, asked),
        By::Judge => decide(controller, run, players, Referee::Judge, asked),
        By::Score => weigh(controller, run, Panel::Wins, asked),
    }
}

fn decide(controller: Controller, run: RunId, players: [Player; 2], by: Referee, asked: Asked) {
    let runs = controller.runs;
    // Two write, and each pair is judged.
    let total = asked.prompts.len() * 3;
    start(controller, Panel::Wins, total, async move {
        let tally = win_rate(controller, players, by, &asked).await?;
        let (against, at) = (players[1].run(), js_sys::Date::now());
        runs.change(run, Change::Won(WinRate { against, by, tally, at }));
        Ok(runs.all.with_untracked(|all| sentence(all, players, by, &tally)))
    });
}

/// Measures what a run writes, and keeps it.
pub fn weigh(controller: Controller, run: RunId, panel: Panel, asked: Asked) {
    let runs = controller.runs;
    // Two write, and what the run wrote is measured.
    let total = asked.prompts.len() * 3;
    start(controller, panel, total, async move {
        let measured = measure(controller, run, &asked).await?;
        runs.change(run, Change::Measured(measured));
        let name = runs.all.with_untracked(|all| Player::Run(run).name(all));
        Ok(weight(&name, &measured))
    });
}

fn sentence(all: &[RunRecord], [first, second]: [Player; 2], by: Referee, tally: &Tally) -> String {
    let who = match by {
        Referee::Gold => "the lesson's rule",
        Referee::Judge => "the AI judge",
    };
    let (first, second) = (first.name(all), second.name(all));
    format!("{first} against {second}: {}. Decided by {who}.", tally.words())
}

fn weight(name: &str, measured: &Measured) -> String {
    let Measured { prompts, before, after, kl, kl_stderr, .. } = measured;
    let prompts = plural(*prompts, "prompt", "prompts");
    // One answer alone has no spread.
    let spread = match *kl_stderr > 0.0 {
        true => format!(" ± {:.2} (95 %)", HALF_WIDTH * kl_stderr),
        false => String::new(),
    };
    format!(
        "{name}: mean score {before:.2} before and {after:.2} after, of 1, at {kl:.2}{spread} \
         nats from the model as it came, on {prompts}."
    )
}

/// What was found before, the latest first.
#[component]
fn Found(controller: Controller) -> impl IntoView {
    let lines = move || {
        controller.runs.all.with(|all| {
            let mut found: Vec<(f64, String)> =
                all.iter().flat_map(|run| of_run(all, run)).collect();
            found.sort_by(|a, b| b.0.total_cmp(&a.0));
            let line = |(at, words): (f64, String)| {
                view! {
                    <li>
                        {words}
                        " "
                        <span class="faint figures">{when(at)}</span>
                    </li>
                }
            };
            found.into_iter().map(line).collect::<Vec<_>>()
        })
    };
    let any = move || {
        let has = |run: &RunRecord| run.measured.is_some() || !run.win_rates.is_empty();
        controller.runs.all.with(|all| all.iter().any(has))
    };
    view! {
        <Show when=any>
            <details>
                <summary>"All results"</summary>
                <ul data-testid="win-results">{lines}</ul>
            </details>
        </Show>
    }
}

fn of_run(all: &[RunRecord], run: &RunRecord) -> Vec<(f64, String)> {
    let rate = |rate: &WinRate| {
        let players = [Player::Run(run.id), rate.against.map_or(Player::AsItCame, Player::Run)];
        (rate.at, sentence(all, players, rate.by, &rate.tally))
    };
    let measured = run.measured.iter().map(|it| (it.at, weight(&run.name, it)));
    run.win_rates.iter().map(rate).chain(measured).collect()
}

#[cfg(test)]
mod tests {
    use temper_protocol::Method;

    use super::*;

    #[test]
    fn results_are_sentences() {
        let run = RunRecord { id: 7, name: "DPO 1".into(), ..RunRecord::empty(Method::Dpo) };
        let tally = Tally { wins: 17, losses: 3, ..Tally::default() };
        let players = [Player::Run(7), Player::AsItCame];
        assert_eq!(
            sentence(&[run], players, Referee::Gold, &tally),
            "DPO 1 against the model as it came: wins 85 % of 20 (64–95 %), with 17 won, 3 lost. \
             Decided by the lesson's rule."
        );
        let measured =
            Measured { prompts: 20, before: 0.5, after: 0.95, kl: 3.25, kl_stderr: 0.5, at: 0.0 };
        let words = weight("DPO 1", &measured);
        let expected = "0.50 before and 0.95 after, of 1, at 3.25 ± 0.98 (95 %) nats from";
        assert!(words.contains(expected) && words.ends_with("on 20 prompts."), "{words}");
        let words = weight("DPO 1", &Measured { prompts: 1, kl_stderr: 0.0, ..measured });
        assert!(words.contains("at 3.25 nats from") && words.ends_with("1 prompt."), "{words}");
    }
}
