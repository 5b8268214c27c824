//! Options that must leave each other alone, and steps of uneven micro-batches.

use serde_json::json;
use temper_protocol::{Event, Warning};
use temper_tests::runs::{Job, config, first_lines, lines};
use temper_tests::{Recorder, assert_close, fixture};

/// No step changes the model.
const STILL: &str = "[optimizer]\nlearning_rate = 0.0\n[lora]\nr = 4\n";

fn run(method: &str, tables: &str, rows: String) -> Recorder {
    let config = config(method, &format!("order = \"file\"\n{tables}"));
    Job { config, model: fixture("trl/model"), rows, reward: None }.finish().recorder
}

fn rows(count: usize) -> String {
    first_lines(&fixture("trl/pairs.jsonl"), count)
}

/// The first loss of DPO on four pairs.
fn first_loss(options: &str) -> f64 {
    let tables = format!("[dpo]\n{options}\n{STILL}[loop]\nmax_steps = 1\nbatch_size = 4");
    run("dpo", &tables, rows(4)).metric("loss")[0]
}

/// The weights of WPO are of whole completions; before the first update each pair's loss is ln 2.
#[test]
fn ld_alpha_leaves_the_weights_of_pairs_alone() {
    let plain = first_loss("use_weighting = true");
    assert!(plain < 0.5, "{plain}");
    assert_close("loss", first_loss("use_weighting = true\nld_alpha = 0.5"), plain, 1e-6);
}

#[test]
fn ld_alpha_leaves_the_likelihood_alone() {
    let plain = first_loss("loss_type = [\"sft\"]");
    assert_close("loss", first_loss("loss_type = [\"sft\"]\nld_alpha = 0.0"), plain, 1e-6);
}

/// As in TRL a step's loss is the mean of its micro-batches' means, however few rows the last has.
#[test]
fn an_uneven_step_is_the_mean_of_its_micro_batches() {
    for method in ["cpo", "dpo"] {
        let metric = |accumulation: u32, key: &str| {
            let batches =
                format!("[loop]\nepochs = 1\nbatch_size = 4\naccumulation = {accumulation}");
            run(method, &format!("{STILL}{batches}"), rows(6)).metric(key)
        };
        for key in ["loss", "logps/chosen", "entropy"] {
            let (apart, at_once) = (metric(1, key), metric(2, key));
            assert_eq!((apart.len(), at_once.len()), (2, 1));
            assert_close(key, at_once[0], (apart[0] + apart[1]) / 2.0, 1e-4);
        }
    }
}

/// Three rows alike and one other, as three and one, pull as the two rows do side by side.
#[test]
fn an_uneven_step_pulls_as_the_mean_of_its_micro_batches() {
    let two = rows(2);
    let (first, second) = two.split_once('\n').expect("two rows");
    let norm = |method: &str, rows: String, batches: &str| {
        let recorder = run(method, &format!("{STILL}[loop]\nepochs = 1\n{batches}"), rows);
        recorder.metric("grad_norm")[0]
    };
    for method in ["cpo", "dpo"] {
        let uneven = [first, first, first, second].join("\n");
        let uneven = norm(method, uneven, "batch_size = 3\naccumulation = 2");
        let even = norm(method, two.clone(), "batch_size = 2");
        assert_close(method, uneven / even, 1.0, 1e-4);
        let more = norm(method, [first, first, first, second].join("\n"), "batch_size = 4");
        assert!((more / even - 1.0).abs() > 1e-2, "{method}: weighed by rows it is another");
    }
}

/// SFT's loss is of tokens: a step's is their mean, whichever micro-batch they are in.
#[test]
fn an_uneven_step_of_sft_is_the_mean_of_its_tokens() {
    let loss = |batches: &str| {
        let tables = format!("{STILL}[loop]\nepochs = 1\n{batches}");
        run("sft", &tables, rows(6)).metric("loss")[0]
    };
    let whole = loss("batch_size = 6");
    assert_close("loss", loss("batch_size = 4\naccumulation = 2"), whole, 1e-5);
}

/// What is logged is what is priced. A fresh adapter is the reference; the exact KL is a sum of
/// rounded terms.
#[test]
fn ppo_logs_the_kl_that_it_charges() {
    let estimators =
        [("k1", f64::NEG_INFINITY), ("k3", 0.0), ("abs", 0.0), ("mse", 0.0), ("full", -1e-6)];
    for (estimator, least) in estimators {
        let tables = format!(
            "[ppo]\nkl_estimator = \"{estimator}\"\nkl_coef = 0.5\nresponse_length = 8\n\
             [score]\nby = \"length\"\nlength = 5\n[optimizer]\nlearning_rate = 2e-2\n\
             [lora]\nr = 4\n[loop]\nmax_steps = 3\nbatch_size = 4"
        );
        let found = run("ppo", &tables, rows(8));
        let (kl, charged) =
            (found.metric("objective/kl"), found.metric("objective/non_score_reward"));
        assert_close(estimator, kl[0], 0.0, 1e-6);
        assert!(kl[2] != 0.0, "{estimator}: {kl:?}");
        for (kl, charged) in kl.iter().zip(charged) {
            assert_close(estimator, charged, -0.5 * kl, 1e-6 * kl.abs().max(1.0));
            assert!(*kl >= least, "{estimator}: {kl}");
        }
    }
}

/// Rows as ids with a mask begin where the mask does: their rounds are those of the same rows with
/// the prompt apart.
#[test]
fn spin_reads_masked_ids_as_prompt_and_answer() {
    let prompt = |i: u32| [5 + i, 6, 7];
    let answer = |i: u32| [40 + i, 50, 60, 70];
    let masked = |i: u32| {
        let ids = [&prompt(i)[..], &answer(i)].concat();
        json!({"input_ids": ids, "completion_mask": [0, 0, 0, 1, 1, 1, 1]})
    };
    let apart = |i: u32| json!({"prompt_ids": prompt(i), "completion_ids": answer(i)});
    let metrics = |rows: String| {
        let tables = "[spin]\niterations = 1\nmax_new_tokens = 6\n[lora]\nr = 4\n\
                      [optimizer]\nlearning_rate = 1e-2\n[loop]\nmax_steps = 2\nbatch_size = 4";
        let found = run("spin", tables, rows);
        ["loss", "logps/chosen", "logps/rejected", "rewards/real", "num_tokens"]
            .map(|key| found.metric(key))
    };
    assert_eq!(metrics(lines((0..4).map(masked))), metrics(lines((0..4).map(apart))));
}

/// `temper label --labels soft` writes them for reward models.
#[test]
fn a_soft_label_that_no_one_reads_is_told_of() {
    let row = |i: u32| {
        let (chosen, rejected) = ([7 + i, 8], [8, 7 + i]);
        json!({ "prompt_ids": [1, 5], "chosen_ids": chosen, "rejected_ids": rejected, "probability": 0.75 })
    };
    let warnings = |method| {
        let recorder =
            run(method, &format!("{STILL}[loop]\nmax_steps = 1"), lines((2..10).map(row)));
        let warnings = recorder.events.into_iter().filter_map(|event| match event {
            Event::Warning(warning) => Some(warning),
            _ => None,
        });
        warnings.collect::<Vec<_>>()
    };
    let unread = Warning::Unread { column: "probability".into(), rows: 8 };
    assert_eq!(warnings("dpo"), [unread]);
    assert_eq!(warnings("reward"), []);
}
