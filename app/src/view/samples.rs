//! The same prompt answered before and after: what the training did, to be read.

use leptos::prelude::*;
use temper_protocol::Sample;

use crate::state::State;

/// One prompt with its first and its latest answer.
#[derive(Clone, Debug, PartialEq)]
struct Pair {
    index: u32,
    prompt: String,
    before: Option<Sample>,
    after: Option<Sample>,
}

/// All sampled prompts, side by side.
#[component]
pub fn Samples(state: State) -> impl IntoView {
    let pairs = Memo::new(move |_| state.samples.with(|samples| pairs(samples)));
    let list =
        move || pairs.get().into_iter().map(|pair| view! { <PairView pair /> }).collect::<Vec<_>>();
    view! {
        <section class="card" aria-labelledby="samples-title">
            <h2 id="samples-title">"Before and after"</h2>
            <p class="lead">
                "The same prompt, answered by the model as it came and as it is now."
            </p>
            <div class="samples">
                {list}
                <Show when=move || pairs.with(Vec::is_empty)>
                    <p class="faint">"Answers appear here once training starts."</p>
                </Show>
            </div>
        </section>
    }
}

#[component]
fn PairView(pair: Pair) -> impl IntoView {
    let first = pair.index == 0;
    let after = pair.after.as_ref().map_or("After".into(), |it| format!("After {} steps", it.step));
    view! {
        <article class="sample">
            <p class="prompt">{pair.prompt}</p>
            <div class="sides">
                <div class="side">
                    <h3>"Before"</h3>
                    <p class="answer" data-testid=first.then_some("sample-before")>
                        {pair.before.map_or(String::new(), |it| it.completion)}
                    </p>
                </div>
                <div class="side new">
                    <h3>{after}</h3>
                    <p class="answer" data-testid=first.then_some("sample-after")>
                        {pair.after.map_or(String::new(), |it| it.completion)}
                    </p>
                </div>
            </div>
        </article>
    }
}

/// By prompt: the answer at step 0, and the latest one after it.
fn pairs(samples: &[Sample]) -> Vec<Pair> {
    let mut pairs: Vec<Pair> = Vec::new();
    for sample in samples {
        let at = pairs.iter().position(|pair| pair.index == sample.index);
        let at = at.unwrap_or_else(|| {
            let (index, prompt) = (sample.index, sample.prompt.clone());
            pairs.push(Pair { index, prompt, before: None, after: None });
            pairs.len() - 1
        });
        if sample.step == 0 {
            pairs[at].before = Some(sample.clone());
        } else if pairs[at].after.as_ref().is_none_or(|after| after.step <= sample.step) {
            pairs[at].after = Some(sample.clone());
        }
    }
    pairs.sort_by_key(|pair| pair.index);
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(step: u32, index: u32) -> Sample {
        let (prompt, completion) = (format!("prompt {index}"), format!("{index} at {step}"));
        Sample { step, index, prompt, completion }
    }

    #[test]
    fn each_prompt_shows_its_first_and_latest_answer() {
        let shown = pairs(&[sample(0, 1), sample(0, 0), sample(20, 0), sample(10, 0)]);
        assert_eq!(shown.len(), 2);
        assert_eq!(shown[0].before, Some(sample(0, 0)));
        assert_eq!(shown[0].after, Some(sample(20, 0)));
        assert_eq!((shown[1].prompt.as_str(), shown[1].after.clone()), ("prompt 1", None));
    }
}
