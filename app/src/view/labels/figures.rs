//! How far a judge can be trusted, each number with what it means.

use leptos::prelude::*;

use crate::arena::Report;
use crate::controller::Controller;
use crate::format::{percent, plural};

/// One number.
#[derive(Clone, Copy)]
struct Figure {
    name: &'static str,
    testid: &'static str,
    meaning: &'static str,
    value: fn(&Report) -> String,
}

const FIGURES: [Figure; 5] = [
    Figure {
        name: "Agreement with the labels",
        testid: "judge-agreement",
        meaning: "How often the judge prefers what the data prefers; ties count half, and \
                  guessing gives 50 %.",
        value: |report| report.agreement.map_or_else(|| "no labels".into(), percent),
    },
    Figure {
        name: "Same position",
        testid: "judge-same-position",
        meaning: "How often it prefers the same place in both orders, whatever answer stands \
                  there; 0 % is best.",
        value: |report| answered(report, report.same_position),
    },
    Figure {
        name: "First position",
        testid: "judge-first-position",
        meaning: "How often it prefers what it reads first; 50 % is fair.",
        value: |report| answered(report, report.first_position),
    },
    Figure {
        name: "Abstained",
        testid: "judge-abstained",
        meaning: "Pairs left out as ties, or as too close by the threshold below.",
        value: |report| report.abstained.to_string(),
    },
    Figure {
        name: "Unanswered",
        testid: "judge-unanswered",
        meaning: "Pairs for which the judge said something else than 1 or 2, or which are longer \
                  than it takes.",
        value: |report| report.unanswered.to_string(),
    },
];

/// All of them.
#[component]
pub fn Figures(controller: Controller) -> impl IntoView {
    let judge = controller.arena.judge;
    let report = Memo::new(move |_| judge.report());
    let figures: Vec<_> = FIGURES
        .into_iter()
        .map(|Figure { name, testid, meaning, value }| {
            view! {
                <div class="arena-figure">
                    <dt class="field-name">{name}</dt>
                    <dd class="figures arena-value" data-testid=testid>
                        {move || report.with(value)}
                    </dd>
                    <dd class="field-help">{meaning}</dd>
                </div>
            }
        })
        .collect();
    view! {
        <p class="figures" role="status" data-testid="judge-total">
            {move || total(&report.get(), judge.left_out.get())}
        </p>
        <dl class="arena-figures">{figures}</dl>
    }
}

fn total(report: &Report, left_out: u32) -> String {
    let judged = plural(report.pairs, "pair judged", "pairs judged");
    match left_out {
        0 => format!("{judged}."),
        1 => format!("{judged}; 1 prompt gave two answers alike, or an empty one."),
        some => format!("{judged}; {some} prompts gave two answers alike, or an empty one."),
    }
}

/// A share of the answered pairs, of which there may be none.
fn answered(report: &Report, share: f64) -> String {
    if report.pairs == report.unanswered { "none answered".into() } else { percent(share) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_of_nothing_are_no_numbers() {
        let silent = Report { pairs: 3, unanswered: 3, ..Report::default() };
        let [agreement, same, ..] = FIGURES.map(|figure| (figure.value)(&silent));
        assert_eq!((agreement.as_str(), same.as_str()), ("no labels", "none answered"));
        let sure = Report { pairs: 3, agreement: Some(0.75), ..Report::default() };
        assert_eq!((FIGURES[0].value)(&sure), "75 %");
        assert!(total(&sure, 1).starts_with("3 pairs judged; 1 prompt gave"));
    }
}
