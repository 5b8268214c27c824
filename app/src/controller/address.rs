//! Settings in the address: taken over at opening, from every link that comes later and by going
//! back, in one way, and kept there. What comes while a run goes on changes nothing before somebody
//! says so.

use leptos::prelude::*;
use temper_protocol::{Failure, Method};

use super::Controller;
use super::files::lacks_rows;
use crate::form::Values;
use crate::route::{Page, Query};
use crate::settings::Settings;
use crate::{disk, methods, route};

/// The method's place among the settings.
const METHOD: &str = "method";
/// Where the browser keeps the last ones.
const LAST: &str = "temper-settings";
/// The longest part of a link that is told of as it came.
const LONGEST_TOLD: usize = 60;

impl Controller {
    /// Takes over the settings that the page is opened with; those of the fragment overrule the
    /// wishes before it.
    pub(super) fn open_address(self, wishes: Query) {
        let (settings, is_bare) = opening(self.route.asked.get_untracked(), wishes);
        if !settings.is_empty() {
            self.follow(settings);
        }
        if is_bare {
            // Nobody asked for what another version of the page has forgotten.
            self.form.wrong.set(None);
        }
    }

    /// Heeds links, and keeps the address's settings those of the form while the Train page is
    /// shown.
    pub(super) fn keep_address(self) {
        Effect::new(move |_| self.heed_address());
        Effect::new(move |before: Option<()>| {
            let settings = self.form.values.with(in_address);
            let is_heeded = self.route.asked.with(Option::is_none);
            // The first form isn't anybody's doing.
            if before.is_some() {
                remember_settings(&settings);
            }
            if self.route.page() == Page::Train && is_heeded {
                self.route.note(settings);
            }
        });
    }

    /// Takes over what a link brought as soon as nothing else goes on; while a run does, it waits.
    fn heed_address(self) {
        let Some(asked) = self.route.asked.get() else { return };
        let (status, waits) = (self.state.status.get(), self.route.waits.get());
        let has_them = self.form.values.with_untracked(|values| in_address(values) == asked);
        if has_them {
            self.route.answer(&Some(asked));
        } else if status.is_running() && !waits {
            self.route.waits.set(true);
        } else if !status.is_busy() && !waits {
            untrack(|| self.follow(asked));
        }
    }

    /// Takes over the settings that waited for a run's end.
    pub fn take_link(self) {
        if !self.state.status.get_untracked().is_busy() {
            self.route.waits.set(false);
        }
    }

    /// Keeps the form as it is, whatever the address brought.
    pub fn leave_link(self) {
        self.route.answer(&self.route.asked.get_untracked());
    }

    /// Fills the form from settings; from none it is as at first. Rows that are open already are
    /// read anew where the method wants others of them; where they can't be, all stays as it was.
    fn follow(self, query: Query) {
        let asked = self.route.asked.get_untracked();
        let (method, changes) = wanted(&query);
        let is_open = [self.state.train, self.state.heldout]
            .iter()
            .any(|report| report.with_untracked(Option::is_some));
        if !is_open || self.form.method.get_untracked().row_kind() == method.row_kind() {
            self.form.restore(Values::with(method, &changes));
            self.tell_unknown(&query);
            return self.route.answer(&asked);
        }
        self.while_loading("Reading the data for this method…", async move {
            let filled = self.fill(Values::with(method, &changes)).await;
            if filled.is_ok() {
                self.tell_unknown(&query);
                self.read_refused().await;
            }
            self.route.answer(&asked);
            filled.map_err(|failure| lacks_rows(failure, method, "the link"))
        });
    }

    /// Says what of a link is no setting here: it may be of another version of the page.
    fn tell_unknown(self, query: &[(String, String)]) {
        let unknown = self.form.values.with_untracked(|values| unknown(query, values));
        if !unknown.is_empty() {
            let message = format!("The address asks for what isn't here: {}.", unknown.join(", "));
            self.form.wrong.set(Some(Failure::bad_input(message)));
        }
    }
}

/// Makes what the form of the page's first method needs, which takes a while: a task of its own,
/// before the page is made.
pub fn read_ahead(settings: Settings) {
    let (query, _) = opening(route::asked_at_opening(), settings.wishes());
    let (method, _) = wanted(&query);
    Values::of(method).read_ahead();
}

/// The settings that the page is opened with, and whether nobody asked for any: they are the last
/// ones then.
fn opening(asked: Option<Query>, wishes: Query) -> (Query, bool) {
    let is_bare = asked.is_none() && wishes.is_empty();
    let asked = asked.unwrap_or_else(|| if is_bare { last_settings() } else { Query::new() });
    (wishes.into_iter().chain(asked).collect(), is_bare)
}

/// The settings that this browser's page had last: a reload on another page than Train keeps them.
fn last_settings() -> Query {
    let text = disk::recall(LAST).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}

fn remember_settings(settings: &Query) {
    if let Ok(text) = serde_json::to_string(settings) {
        disk::remember(LAST, &text);
    }
}

/// What a link needs to give the same form: the method, where it isn't the first, and changes.
fn in_address(values: &Values) -> Query {
    let method = values.method();
    let named = (method != methods::DEFAULT).then(|| (METHOD.into(), method.name().into()));
    named.into_iter().chain(values.changes()).collect()
}

/// The method of settings, the one named last, and the changes to its example.
fn wanted(query: &[(String, String)]) -> (Method, Query) {
    let settings = query.iter().cloned();
    let (named, changes): (Query, Query) = settings.partition(|(key, _)| key == METHOD);
    let method = named.last().and_then(|(_, name)| methods::by_name(name));
    (method.unwrap_or(methods::DEFAULT), changes)
}

/// What of the settings a form that took them over didn't understand, as the address has it.
fn unknown(query: &[(String, String)], values: &Values) -> Vec<String> {
    let is_unknown = |(key, value): &&(String, String)| match key.as_str() {
        METHOD => methods::by_name(value).is_none(),
        // A field that there is would hold something now.
        key => !value.is_empty() && values.text(key).is_empty(),
    };
    query.iter().filter(is_unknown).map(|(key, value)| clipped(&format!("{key}={value}"))).collect()
}

/// Whole, or its beginning.
fn clipped(text: &str) -> String {
    match text.char_indices().nth(LONGEST_TOLD) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(pairs: &[(&str, &str)]) -> Query {
        pairs.iter().map(|(key, value)| ((*key).to_string(), (*value).to_string())).collect()
    }

    fn filled(query: &[(String, String)]) -> Values {
        let (method, changes) = wanted(query);
        Values::with(method, &changes)
    }

    #[test]
    fn a_form_is_filled_as_it_was_written_into_the_address() {
        for pairs in [
            &[("dpo.beta", "0.25"), ("loop.max_steps", "2")][..],
            &[("method", "kto"), ("kto.beta", "0.2")],
            &[("method", "sft")],
            &[("dpo.beta", "a lot")],
            &[],
        ] {
            let written = query(pairs);
            let values = filled(&written);
            assert_eq!(in_address(&values), written);
            assert_eq!(unknown(&written, &values), [""; 0]);
        }
    }

    #[test]
    fn the_method_that_is_named_last_holds() {
        let both = query(&[("method", "kto"), ("kto.beta", "0.2"), ("method", "sft")]);
        assert_eq!(wanted(&both), (Method::Sft, query(&[("kto.beta", "0.2")])));
        assert_eq!(wanted(&query(&[("dpo.beta", "0.2")])).0, methods::DEFAULT);
    }

    #[test]
    fn what_is_no_setting_is_told_as_it_came() {
        let link = query(&[("method", "grpo"), ("dpo.beta", "0.5"), ("dpo.gamma", "1")]);
        let values = filled(&link);
        assert_eq!(unknown(&link, &values), ["method=grpo", "dpo.gamma=1"]);
        let long = query(&[(&"x".repeat(20_000), "1")]);
        assert_eq!(unknown(&long, &values), [format!("{}…", "x".repeat(60))]);
        assert_eq!((values.method(), values.text("dpo.beta")), (methods::DEFAULT, "0.5"));
    }
}
