//! What a page does with links and with the other tabs of its browser.

use serde_json::json;

use super::assert_logs_each_step_once;
use super::visit::{Visit, assert_says, figure, number, text};

/// More than are done before both tabs have seen what they are to see.
const STEPS: u32 = 300;

/// One tab sees the run of another, takes it up when that one is closed, and ends it.
fn takes_up_what_another_tab_left(browser: &'static str) {
    let seen = Visit::clicks(browser, "tabs", STEPS).run();
    let expected = [
        ("/told/elsewhere", "DPO 1 is going on in another tab."),
        ("/during/state", "going on in another tab"),
        ("/during/name", "renamed elsewhere"),
        ("/after/words", "renamed elsewhere was interrupted"),
        ("/end/name", "renamed elsewhere"),
    ];
    assert_says(&seen, &expected);
    assert_eq!(text(&seen, "/told/interrupted"), "", "what goes on elsewhere isn't offered");
    assert_eq!(text(&seen, "/after/elsewhere"), "", "what was left goes on nowhere");
    assert_eq!(seen["during"]["canForget"], false);
    let [before, later] = ["0", "1"].map(|at| figure(&seen, &format!("/during/steps/{at}")));
    let checkpoint = figure(&seen, "/after/checkpoint");
    println!("  seen at step {before} and at {later}, gone on with from step {checkpoint}");
    assert!(before < later, "the other tab's steps come without a reload");
    assert!(checkpoint >= 1.0 && checkpoint < f64::from(STEPS), "it was closed in the middle");
    let stopped = number(&seen, "step");
    assert!(stopped as f64 > checkpoint, "stopped at {stopped}");
    assert_logs_each_step_once(&seen, stopped);
    assert_eq!(seen["end"]["rows"], 1, "it is the same run");
}

#[test]
#[ignore = "needs the built page: cargo xtask test"]
fn chromium_takes_up_what_another_tab_left() {
    takes_up_what_another_tab_left("chromium");
}

#[test]
#[ignore = "needs the built page: cargo xtask test"]
fn firefox_takes_up_what_another_tab_left() {
    takes_up_what_another_tab_left("firefox");
}

#[test]
#[ignore = "needs the built page: cargo xtask test"]
fn a_link_holds_the_settings() {
    let seen = Visit::clicks("chromium", "settings-link", 2).run();
    let expected = [
        ("/link", "dpo.beta=0.25"),
        ("/differs", "dpo.beta"),
        ("/pasted/hash", "dpo.beta=0.5&loop.max_steps=3"),
        ("/rows/rows", "ratings"),
        ("/rows/hash", "method=kto&kto.beta=0.2"),
        ("/told/0", "dpo.beta: \"a lot\" is not a number"),
        ("/told/1", "method=grpo, dpo.gamma=1"),
        ("/waited/words", "They wait: a run goes on."),
    ];
    assert_says(&seen, &expected);
    assert_eq!(seen["fields"], json!({"beta": "0.25", "steps": "2"}));
    assert_eq!(seen["plain"], json!({"first": "1", "hash": "#/train"}), "gone back to no settings");
    assert_eq!(number(&seen, "step"), 2);
    let pasted = ["steps", "back", "status"].map(|key| seen["pasted"][key].clone());
    assert_eq!(pasted, ["3", "2", "ready"], "pasted, and gone back");
    assert_eq!(seen["rows"]["method"], "kto");
    assert_eq!(seen["told"], seen["again"], "told alike of a pasted link and of an opened one");
    let untouched = json!({"beta": "1", "steps": "400"});
    for when in ["during", "after"] {
        assert_eq!(seen["waited"][when], untouched, "{when} the run");
    }
    assert_eq!((text(&seen, "/waited/taken"), text(&seen, "/waited/status")), ("2", "done"));
}
