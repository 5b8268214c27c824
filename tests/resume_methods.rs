//! Whatever the method: a run that was killed after a checkpoint and resumed logs the very same
//! numbers, to the last bit, and leaves the very same weights.

use std::fs;
use std::path::Path;

use temper_protocol::{Event, StepMetrics};
use temper_tests::fixture;
use temper_tests::runs::{Job, Outcome, config, first_lines, reward};

/// Steps between two checkpoints. A line is logged every other step, so that after an odd one
/// half of the next line's numbers lie in the checkpoint.
const EVERY: u32 = 3;
/// The run's last step, or its first round's.
const STEPS: u32 = 6;

const LORA: &str = "[lora]\nr = 4\n";

/// On the fixture's model and pairs; scores follow from the words alone, and differ.
fn job(method: &str, tables: &str) -> Job {
    let tables = format!(
        "{tables}[optimizer]\nlearning_rate = 5e-3\n\
         [loop]\nmax_steps = {STEPS}\nbatch_size = 4\nlog_every = 2"
    );
    Job {
        config: config(method, &tables),
        model: fixture("trl/model"),
        rows: first_lines(&fixture("trl/pairs.jsonl"), 32),
        reward: reward(|scored| {
            let ids = &scored.sequence.ids[scored.sequence.prompt_len..];
            ids.iter().map(|id| f64::from(id % 7)).sum::<f64>() / 6.0
        }),
    }
}

fn lines_after(outcome: &Outcome, step: u32) -> Vec<&StepMetrics> {
    let lines = outcome.recorder.events.iter().filter_map(|event| match event {
        Event::Step(metrics) if metrics.step > step => Some(metrics),
        _ => None,
    });
    lines.collect()
}

/// The adapter, or all weights.
fn weights(out: &Path) -> Vec<u8> {
    let files = ["adapter/adapter_model.safetensors", "model/model.safetensors"];
    let file = files.iter().map(|name| out.join(name)).find(|path| path.is_file());
    fs::read(file.expect("the run wrote its weights")).expect("readable")
}

/// As if killed right after a checkpoint.
fn kill(out: &Path, step: u32) {
    for entry in fs::read_dir(out.join("checkpoints")).expect("checkpoints") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let at: u32 = name.trim_start_matches("step-").parse().expect("a step");
        if at > step {
            fs::remove_dir_all(&path).expect("removed");
        }
    }
    for folder in ["adapter", "model"] {
        if out.join(folder).exists() {
            fs::remove_dir_all(out.join(folder)).expect("removed");
        }
    }
}

/// Kills and resumes after every checkpoint but the last; gives the unbroken run.
fn check(method: &str, tables: &str) -> Outcome {
    let folder = tempfile::tempdir().expect("a folder");
    let job = job(method, tables);
    let whole = job.run(&folder.path().join("whole"), false);
    let steps = whole.steps();
    let expected = weights(&folder.path().join("whole"));
    assert_eq!(lines_after(&whole, 0).len(), steps as usize / 2, "{method}");

    let mut checked = job.clone();
    checked.config.run_loop.checkpoint_every = EVERY;
    let out = folder.path().join("parts");
    let unbroken = checked.run(&out, false);
    assert_eq!(
        lines_after(&unbroken, 0),
        lines_after(&whole, 0),
        "{method}: checkpoints change it"
    );
    for step in (1..steps / EVERY).rev().map(|count| count * EVERY) {
        kill(&out, step);
        let rest = checked.run(&out, true);
        let what = format!("{method} with {tables:?}, after step {step}");
        assert_eq!(rest.steps(), steps, "{what}");
        assert_eq!(lines_after(&rest, 0), lines_after(&whole, step), "{what}");
        assert!(weights(&out) == expected, "{what}: other weights");
    }
    whole
}

/// Of an adapter, and of all weights.
fn check_both(method: &str, tables: &str) {
    for lora in [LORA, ""] {
        check(method, &format!("{lora}{tables}"));
    }
}

/// With a price of KL that moves.
#[test]
fn ppo() {
    let tables = "[ppo]\nresponse_length = 6\nnum_mini_batches = 2\nuse_score_scaling = true\n\
                  adap_kl_ctrl = true\ntarget = 0.05\nhorizon = 20.0\n";
    for lora in [LORA, ""] {
        let whole = check("ppo", &format!("{lora}{tables}"));
        let prices = whole.recorder.metric("objective/kl_coef");
        assert!(prices.windows(2).all(|two| two[0] != two[1]), "{prices:?}");
    }
}

#[test]
fn rloo() {
    check_both("rloo", "[rloo]\nmax_completion_length = 6\nnum_iterations = 2\n");
}

#[test]
fn online_dpo() {
    check_both("online_dpo", "[online_dpo]\nmax_new_tokens = 6\n");
}

/// Killed in its second round, at the end of its first, and in its first.
#[test]
fn spin() {
    check_both("spin", "[spin]\niterations = 2\nmax_new_tokens = 6\nstop_accuracy = 0.0\n");
}

#[test]
fn sppo() {
    let tables = "[sppo]\niterations = 2\nnum_generations = 3\nmax_new_tokens = 6\nbeta = 0.05\n";
    check_both("sppo", tables);
}

#[test]
fn kto() {
    check_both("kto", "");
}

#[test]
fn reward_models() {
    check_both("reward", "[reward]\ncenter_rewards_coefficient = 0.01\n");
}

/// Killed between two syncs, of which one comes before the checkpoint and two after.
#[test]
fn dpo_with_a_reference_that_follows() {
    let tables = "[dpo]\nsync_ref_model = true\nref_model_sync_steps = 2\n\
                  ref_model_mixup_alpha = 0.5\n";
    check("dpo", tables);
}
