//! A run that begins with another run's weights: the form's settings from a checkpoint on.

use leptos::prelude::*;
use temper_protocol::Branch;

use super::button::SteadyButton;
use crate::controller::Controller;
use crate::records::{RunRecord, Standing};

/// The checkpoints of one run.
#[derive(Clone, Debug, PartialEq)]
struct Checkpoints {
    name: String,
    /// Latest first.
    branches: Vec<Branch>,
}

/// The runs that left checkpoints, in their order.
#[derive(Clone, Debug, Default, PartialEq)]
struct Left {
    free: Vec<Checkpoints>,
    /// The names of those that go on in other tabs, which may still change their files.
    elsewhere: Vec<String>,
}

/// Chooses a checkpoint of any run and starts from it.
#[component]
pub fn BranchLine(controller: Controller) -> impl IntoView {
    let runs = controller.runs;
    let left = Memo::new(move |_| {
        let is_elsewhere =
            |record: &RunRecord| runs.standing(record.id, record.outcome) == Standing::Elsewhere;
        runs.all.with(|all| left(all, is_elsewhere))
    });
    let all = Memo::new(move |_| left.with(|left| left.free.clone()));
    let picked = RwSignal::new(None::<Branch>);
    let branch = Memo::new(move |_| {
        all.with(|all| {
            let known = |branch: &Branch| all.iter().any(|it| it.branches.contains(branch));
            let first = || all.first().and_then(|it| it.branches.first()).copied();
            picked.get().filter(known).or_else(first)
        })
    });
    let none = move || branch.get().is_none();
    let any = move || left.with(|left| *left != Left::default());
    let waiting = move || left.with(|left| waiting(&left.elsewhere));
    view! {
        <details class="more" data-testid="branches">
            <summary>"Begin with another run's weights"</summary>
            <p class="field-help" hidden=none>
                "A run with the settings above whose weights are those of a checkpoint, and nothing else of it: its steps count from 0."
            </p>
            <p class="field-help" hidden=any>
                "No run has left a checkpoint yet."
            </p>
            <p
                class="field-help"
                data-testid="branches-elsewhere"
                hidden=move || waiting().is_none()
            >
                {waiting}
            </p>
            <div class="ask-tools" hidden=none>
                <Pick all picked branch />
                <Start controller branch />
            </div>
        </details>
    }
}

#[component]
fn Pick(
    all: Memo<Vec<Checkpoints>>,
    picked: RwSignal<Option<Branch>>,
    branch: Memo<Option<Branch>>,
) -> impl IntoView {
    let groups = move || all.get().into_iter().map(|it| group(it, branch)).collect::<Vec<_>>();
    let pick = move |event: web_sys::Event| picked.set(read(&event_target_value(&event)));
    view! {
        <label class="inline-field">
            <span class="unseen">"Checkpoint"</span>
            <select data-testid="branch-from" on:change=pick>
                {groups}
            </select>
        </label>
    }
}

#[component]
fn Start(controller: Controller, branch: Memo<Option<Branch>>) -> impl IntoView {
    let state = controller.state;
    let can = Signal::derive(move || !state.status.get().is_busy() && state.has_all());
    let label = move || {
        let step = branch.get().map_or(0, |branch| branch.step);
        format!("Branch from step {step}")
    };
    let start = move || {
        if let Some(branch) = branch.get_untracked() {
            controller.start_branch(branch);
        }
    };
    view! {
        <SteadyButton testid="branch" can act=start>
            {label}
        </SteadyButton>
    }
}

fn group(checkpoints: Checkpoints, picked: Memo<Option<Branch>>) -> impl IntoView {
    let option = |&branch: &Branch| {
        let is_picked = move || picked.get() == Some(branch);
        view! {
            <option value=spelled(branch) prop:selected=is_picked>
                {format!("{}, step {}", checkpoints.name, branch.step)}
            </option>
        }
    };
    let options: Vec<_> = checkpoints.branches.iter().map(option).collect();
    view! { <optgroup label=checkpoints.name>{options}</optgroup> }
}

fn left(runs: &[RunRecord], is_elsewhere: impl Fn(&RunRecord) -> bool) -> Left {
    let mut left = Left::default();
    for record in runs.iter().filter(|record| !record.checkpoints.is_empty()) {
        match is_elsewhere(record) {
            true => left.elsewhere.push(record.name.clone()),
            false => left.free.push(checkpoints(record)),
        }
    }
    left
}

fn checkpoints(record: &RunRecord) -> Checkpoints {
    let steps = record.checkpoints.iter().rev();
    let branches = steps.map(|&step| Branch { run: record.id, step }).collect();
    Checkpoints { name: record.name.clone(), branches }
}

/// Why some checkpoints aren't offered; none where all are.
fn waiting(elsewhere: &[String]) -> Option<String> {
    let names = elsewhere.join(", ");
    (!elsewhere.is_empty()).then(|| format!("Not offered while another tab has them: {names}."))
}

fn spelled(branch: Branch) -> String {
    format!("{}:{}", branch.run, branch.step)
}

fn read(spelled: &str) -> Option<Branch> {
    let (run, step) = spelled.split_once(':')?;
    Some(Branch { run: run.parse().ok()?, step: step.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use temper_protocol::Method;

    use super::*;

    #[test]
    fn checkpoints_of_a_run_in_another_tab_are_told_and_not_offered() {
        let record = |id, checkpoints: &[u32]| RunRecord {
            id,
            name: format!("DPO {id}"),
            checkpoints: checkpoints.into(),
            ..RunRecord::empty(Method::Dpo)
        };
        let all = [record(3, &[20]), record(2, &[]), record(1, &[10, 20])];
        let left = left(&all, |record| record.id != 1);
        let branches = [20, 10].map(|step| Branch { run: 1, step });
        let name = "DPO 1".to_string();
        assert_eq!(left.free, [Checkpoints { name, branches: branches.into() }]);
        let words = waiting(&left.elsewhere).unwrap();
        assert_eq!(words, "Not offered while another tab has them: DPO 3.");
        assert_eq!(waiting(&[]), None);
    }

    #[test]
    fn a_branch_is_read_as_it_is_spelled() {
        let branch = Branch { run: 4_000_000_000, step: 20 };
        assert_eq!(read(&spelled(branch)), Some(branch));
        assert_eq!(read("20"), None);
        assert_eq!(read("a:20"), None);
    }
}
