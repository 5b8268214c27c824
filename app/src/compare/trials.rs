//! Has players write, and has what they wrote judged or measured. Weights are changed once a
//! player, and put back at the end as they were.

use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::json;
use temper_protocol::{
    Comparison, Failure, FailureKind, GenerateRequest, Generated, InspectedCompletion, Referee,
    RunId,
};

use super::bench::Panel;
use super::blind::Trial;
use super::player::Player;
use super::tally::Tally;
use crate::controller::Controller;
use crate::records::{Measured, find};
use crate::sheet::spelled;

/// Prompts that are answered at once: enough to be quick, few enough to be stopped.
const PROMPTS: usize = 10;
/// Comparisons that a referee is asked at once.
const COMPARISONS: usize = 4;

/// What is asked of each player.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// One user turn each.
    pub prompts: Vec<String>,
    /// At most so many tokens each.
    pub max_new_tokens: u32,
    /// 0 is greedy.
    pub temperature: f64,
    /// The same seed draws the same answers.
    pub seed: u32,
}

/// Does a piece of work that changes the open model's weights, unless another goes on. Its result
/// is told in the words that it ends with, where there are any.
pub fn start(
    controller: Controller,
    panel: Panel,
    total: usize,
    work: impl Future<Output = Result<String, Failure>> + 'static,
) {
    let (bench, worn) = (controller.runs.bench, controller.runs.worn);
    if !bench.begin(panel, total as u32) {
        return;
    }
    spawn_local(async move {
        let open = || untrack(|| controller.open_name());
        let (before, model) = (worn.get_untracked(), open());
        let ended = work.await;
        // What was on another model isn't put on this one.
        let before = before.filter(|_| open() == model);
        bench.say("Putting the model back as it was…");
        // Weights that are gone, or don't fit the model that is open by now.
        if controller.wear(before).await.is_err() {
            _ = controller.wear(None).await;
        }
        bench.end(panel, ended);
    });
}

/// Whether to go on. A run that was started meanwhile has the model's weights for itself.
fn check(controller: Controller) -> Result<(), Failure> {
    if controller.runs.bench.is_stopped() {
        return Err(Failure::new(FailureKind::Cancelled, "Stopped."));
    }
    if controller.state.status.get_untracked().is_running() {
        let message = "A run was started meanwhile, so the comparison was broken off.";
        return Err(Failure::bad_input(message).with_hint("Start it again after the run."));
    }
    Ok(())
}

/// A run's weights belong on the model that it learnt on.
fn check_model(controller: Controller, player: Player) -> Result<(), Failure> {
    let model = controller.runs.all.with_untracked(|all| {
        let run = find(all, player.run()?)?;
        Some(run.model.clone()).filter(|model| !model.is_empty())
    });
    match model.filter(|model| !untrack(|| controller.has_open(model))) {
        None => Ok(()),
        Some(model) => {
            let message = format!("This run learnt on {model}, which isn't open.");
            Err(Failure::bad_input(message).with_hint("Open that model first."))
        }
    }
}

/// A player's answers to all prompts.
async fn write(
    controller: Controller,
    player: Player,
    asked: &Asked,
) -> Result<Vec<Generated>, Failure> {
    let bench = controller.runs.bench;
    let name = controller.runs.all.with_untracked(|all| player.name(all));
    check(controller)?;
    check_model(controller, player)?;
    bench.say(&format!("Answers of {name}…"));
    controller.wear(player.run()).await?;
    let mut written = Vec::new();
    for (at, prompts) in asked.prompts.chunks(PROMPTS).enumerate() {
        check(controller)?;
        let request = GenerateRequest {
            prompts: prompts.to_vec(),
            max_new_tokens: asked.max_new_tokens,
            temperature: asked.temperature,
            top_k: 0,
            top_p: 1.0,
            seed: asked.seed.wrapping_add(at as u32),
            reference: player == Player::AsItCame,
        };
        written.extend(controller.generate(request).await?);
        bench.advance(prompts.len());
    }
    // Else the last of them may be another model's.
    check(controller)?;
    Ok(written)
}

/// Each prompt with both players' answers.
async fn both(
    controller: Controller,
    players: [Player; 2],
    asked: &Asked,
) -> Result<Vec<(String, [String; 2])>, Failure> {
    let first = write(controller, players[0], asked).await?;
    let second = write(controller, players[1], asked).await?;
    let texts = first.into_iter().zip(second).map(|(first, second)| [first.text, second.text]);
    Ok(asked.prompts.iter().cloned().zip(texts).collect())
}

/// How often the first player's answers are found better than the second's.
///
/// # Errors
/// The engine's, or that it was stopped.
pub async fn win_rate(
    controller: Controller,
    players: [Player; 2],
    by: Referee,
    asked: &Asked,
) -> Result<Tally, Failure> {
    let bench = controller.runs.bench;
    let answers = both(controller, players, asked).await?;
    let comparison =
        |(prompt, [first, second]): (String, [String; 2])| Comparison { prompt, first, second };
    let comparisons: Vec<Comparison> = answers.into_iter().map(comparison).collect();
    bench.say("Judging…");
    let mut said = Vec::new();
    for some in comparisons.chunks(COMPARISONS) {
        check(controller)?;
        said.extend(controller.compare(by, some.to_vec()).await?);
        bench.advance(some.len());
    }
    Ok(Tally::of(&said))
}

/// What a run writes, by the rule's mean score and by how far it is from the model as it came. All
/// of it is drawn at temperature 1, for which alone the mean log-ratio estimates the KL.
///
/// # Errors
/// The engine's, or that it was stopped.
pub async fn measure(
    controller: Controller,
    run: RunId,
    asked: &Asked,
) -> Result<Measured, Failure> {
    let asked = &Asked { temperature: 1.0, ..asked.clone() };
    let before = write(controller, Player::AsItCame, asked).await?;
    let after = write(controller, Player::Run(run), asked).await?;
    let (kl, kl_stderr) = distance(controller, &asked.prompts, &after).await?;
    Ok(Measured {
        prompts: asked.prompts.len() as u32,
        before: score(controller, &asked.prompts, &before).await?,
        after: score(controller, &asked.prompts, &after).await?,
        kl,
        kl_stderr,
        at: js_sys::Date::now(),
    })
}

/// Mean log-ratio of completions, and its standard error. The run's weights are on.
async fn distance(
    controller: Controller,
    prompts: &[String],
    written: &[Generated],
) -> Result<(f64, f64), Failure> {
    let bench = controller.runs.bench;
    let chat = controller.is_chat();
    bench.say("Measuring the distance…");
    let mut ratios = Vec::new();
    for (prompt, answer) in prompts.iter().zip(written) {
        check(controller)?;
        // A row without a completion is none.
        if !answer.text.trim().is_empty() {
            let found = controller.inspect(row(prompt, &answer.text, chat)).await?;
            ratios.extend(found.first().map(|found| log_ratio(found, answer.ids.len())));
        }
        bench.advance(1);
    }
    mean(&ratios).ok_or_else(|| {
        let message = "None of the answers has any text, so there is no distance to measure.";
        Failure::bad_input(message)
    })
}

async fn score(
    controller: Controller,
    prompts: &[String],
    written: &[Generated],
) -> Result<f64, Failure> {
    check(controller)?;
    let items = prompts.iter().zip(written).map(|(prompt, it)| [prompt.clone(), it.text.clone()]);
    let scores = controller.score(items.collect()).await?;
    let scores: Vec<f64> = scores.into_iter().map(|score| (score + 1.0) / 2.0).collect();
    Ok(mean(&scores).map_or(0.5, |(mean, _)| mean))
}

/// Texts of both players for a blind comparison, with the sides dealt at random.
///
/// # Errors
/// The engine's, or that it was stopped.
pub async fn blind_batch(
    controller: Controller,
    players: [Player; 2],
    asked: &Asked,
) -> Result<Vec<Trial>, Failure> {
    let answers = both(controller, players, asked).await?;
    let trial = |(prompt, texts): (String, [String; 2])| Trial {
        prompt,
        texts,
        swapped: js_sys::Math::random() < 0.5,
        choice: None,
    };
    Ok(answers.into_iter().map(trial).collect())
}

/// One JSON row with the completion, in the shape in which its prompt was asked.
fn row(prompt: &str, completion: &str, chat: bool) -> String {
    spelled(json!({ "prompt": prompt, "completion": completion }), chat).to_string()
}

/// `log π − log π_ref` of the tokens that were drawn: a row ends with an end of text, which an
/// answer that was cut off doesn't have.
fn log_ratio(completion: &InspectedCompletion, drawn: usize) -> f64 {
    completion.tokens.iter().take(drawn).map(|token| token.policy - token.reference).sum()
}

/// Mean and its standard error; none of nothing.
fn mean(values: &[f64]) -> Option<(f64, f64)> {
    if values.is_empty() {
        return None;
    }
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    let variance = if count > 1.0 { squares / (count - 1.0) } else { 0.0 };
    Some((mean, (variance / count).sqrt()))
}

#[cfg(test)]
mod tests {
    use temper_protocol::InspectedToken;

    use super::*;

    /// Of 1, 2, 3, 6: mean 3, squares 4 + 1 + 0 + 9, variance 14/3, standard error √(14/12).
    #[test]
    fn means_have_their_error() {
        let (middle, error) = mean(&[1.0, 2.0, 3.0, 6.0]).unwrap();
        assert!((middle - 3.0).abs() < 1e-12 && (error - 1.080_123).abs() < 1e-6);
        assert_eq!(mean(&[2.0]), Some((2.0, 0.0)));
        assert_eq!(mean(&[]), None);
    }

    #[test]
    fn an_end_that_was_not_drawn_does_not_count() {
        let token = |policy: f64, reference: f64| {
            let text = String::new();
            InspectedToken { text, policy, reference, kl: 0.0 }
        };
        let tokens = vec![token(-1.0, -2.0), token(-0.5, -1.0), token(-9.0, -1.0)];
        let completion = InspectedCompletion { tokens };
        assert_eq!(log_ratio(&completion, 2), 1.5);
        assert_eq!(log_ratio(&completion, 3), -6.5);
    }

    #[test]
    fn a_row_has_the_shape_of_its_prompt() {
        assert_eq!(row("p", "c", false), r#"{"prompt":"p","completion":"c"}"#);
        assert_eq!(
            row("p", "c", true),
            r#"{"prompt":[{"role":"user","content":"p"}],"completion":[{"role":"assistant","content":"c"}]}"#
        );
    }
}
