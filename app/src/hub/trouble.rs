//! What can go wrong between the hub, the network and the browser's storage, in words.

use temper_protocol::{Failure, FailureKind};
use wasm_bindgen::JsValue;

use crate::js::{self, is_named};

/// How a download ends early.
#[derive(Clone, Debug, PartialEq)]
pub enum Trouble {
    /// Somebody paused or cancelled it.
    Stopped,
    /// The network or the server broke off: another try may do.
    Broken(Failure),
    /// No other try will do better.
    Final(Failure),
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Self::Final(failure)
    }
}

impl Trouble {
    /// What a fetch, or the reading of its body, threw.
    pub fn of_network(thrown: &JsValue) -> Self {
        match is_named(thrown, "AbortError") {
            true => Self::Stopped,
            false => Self::Broken(no_answer(thrown)),
        }
    }

    /// What the browser's storage threw.
    pub fn of_storage(thrown: &JsValue) -> Self {
        Self::Final(storage(thrown))
    }

    /// An answer that isn't the file.
    pub fn of_answer(answer: &Answer<'_>) -> Self {
        match answer.status {
            408 | 429 | 500.. => Self::Broken(refused(answer)),
            _ => Self::Final(refused(answer)),
        }
    }
}

/// An answer of the hub that isn't what was asked for.
#[derive(Clone, Debug)]
pub struct Answer<'a> {
    /// HTTP's number.
    pub status: u16,
    /// The hub's own word, where it is told: `GatedRepo`, `RevisionNotFound`.
    pub code: Option<String>,
    /// The repository.
    pub id: &'a str,
    /// Whether an access token was sent.
    pub token: bool,
}

/// Why the hub refuses. It answers 401 both for what is gated and for what isn't there, so as not
/// to tell of what is private.
pub fn refused(answer: &Answer<'_>) -> Failure {
    let Answer { status, code, id, token } = answer;
    let (message, hint) = match (*status, code.as_deref()) {
        (401 | 403, Some("GatedRepo")) if !token => gated(id),
        (401 | 403, _) if !token => (
            format!("The hub shows no model {id}: it isn't there, is private, or is gated."),
            "Check the spelling. For a private or gated one, give an access token.",
        ),
        (401, _) => (
            "The hub doesn't accept this access token.".to_string(),
            "Check that it is whole and hasn't expired.",
        ),
        (403, _) => (
            format!("This access token may not read {id}."),
            "Accept the model's terms on its page at the hub, and let the token read gated \
             repositories.",
        ),
        (404, Some("RevisionNotFound")) => (
            format!("{id} has no such revision."),
            "Leave out what follows the @, or check its spelling.",
        ),
        (404, Some("EntryNotFound")) => {
            (format!("A file of {id} is gone from the hub."), "Look the model up once more.")
        }
        (404, _) => (format!("There is no model {id} on the hub."), "Check the spelling."),
        (429, _) => ("The hub wants fewer requests.".to_string(), "Try again in a few minutes."),
        _ => (
            format!("The hub can't answer now: it says {status}."),
            "Try again later; what is here already stays.",
        ),
    };
    Failure::bad_input(message).with_hint(hint)
}

fn gated(id: &str) -> (String, &'static str) {
    (
        format!("{id} is gated: its authors want to know who uses it."),
        "Accept its terms on its page at the hub, then give an access token.",
    )
}

/// What was thrown in place of an answer.
pub fn no_answer(thrown: &JsValue) -> Failure {
    Failure::bad_input(format!("The hub can't be reached: {}.", js::words(thrown)))
        .with_hint("Check the connection and try again; what is here already stays.")
}

/// A body that ended before the file did.
pub fn cut_short(file: &str) -> Failure {
    Failure::bad_input(format!("The hub broke off in the middle of {file}."))
        .with_hint("Try again; what is here already stays.")
}

/// A file of the right length whose bytes aren't the hub's.
pub fn damaged(file: &str) -> Failure {
    Failure::bad_input(format!(
        "{file} came damaged: its SHA-256 isn't the one that the hub tells."
    ))
    .with_hint("Resume fetches it anew; what else is here stays.")
}

/// A body that goes on where the file should end.
pub fn too_long(file: &str) -> Failure {
    Failure::bad_input(format!("{file} is longer than the hub said."))
        .with_hint("Look the model up once more: it may have changed.")
}

/// What the browser's storage threw, in words.
pub fn storage(thrown: &JsValue) -> Failure {
    if is_named(thrown, "QuotaExceededError") {
        let message = "The browser has no more room for this page's files.";
        return Failure::new(FailureKind::Storage, message)
            .with_hint("Remove a model below, or make room on the disk; what is here stays.");
    }
    let message = format!("The browser's storage can't be used: {}.", js::words(thrown));
    Failure::new(FailureKind::Storage, message)
        .with_hint("A private window may have none; or bring the model as files.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, code: Option<&str>, token: bool) -> Trouble {
        Trouble::of_answer(&Answer { status, code: code.map(Into::into), id: "a/b", token })
    }

    fn words(status: u16, code: Option<&str>, token: bool) -> String {
        refused(&Answer { status, code: code.map(Into::into), id: "a/b", token }).to_string()
    }

    #[test]
    fn refusals_say_what_to_do() {
        assert!(words(401, Some("GatedRepo"), false).contains("Accept its terms"));
        assert!(words(401, Some("RepoNotFound"), false).contains("isn't there, is private"));
        assert!(words(401, None, true).contains("doesn't accept this access token"));
        assert!(words(403, Some("GatedRepo"), true).contains("may not read a/b"));
        assert!(words(404, None, false).contains("no model a/b"));
        assert!(words(404, Some("RevisionNotFound"), false).contains("no such revision"));
    }

    #[test]
    fn a_busy_hub_is_asked_again_and_a_closed_door_is_not() {
        for status in [408, 429, 500, 503] {
            assert!(matches!(answer(status, None, false), Trouble::Broken(_)), "{status}");
        }
        for status in [401, 403, 404, 410] {
            assert!(matches!(answer(status, None, false), Trouble::Final(_)), "{status}");
        }
    }
}
