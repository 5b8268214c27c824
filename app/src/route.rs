//! Where in the page somebody is, held in the address's fragment: `#/learn/dpo`,
//! `#/train?method=kto&loop.max_steps=40`. The browser's own back, links and bookmarks then work.

use js_sys::{decode_uri_component, encode_uri_component};
use leptos::{ev, prelude::*};
use wasm_bindgen::JsValue;

/// The pages, in the order of the navigation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Page {
    /// The first minute.
    #[default]
    Start,
    /// Which model is tuned.
    Model,
    /// What it learns from.
    Data,
    /// How it learns, and what comes of it.
    Train,
    /// Runs beside one another.
    Compare,
    /// The methods explained.
    Learn,
}

impl Page {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Start, Self::Model, Self::Data, Self::Train, Self::Compare, Self::Learn];

    /// Its name in the address; the start has none.
    pub fn name(self) -> &'static str {
        match self {
            Self::Start => "",
            Self::Model => "model",
            Self::Data => "data",
            Self::Train => "train",
            Self::Compare => "compare",
            Self::Learn => "learn",
        }
    }

    /// Its name for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::Start => "Start",
            Self::Model => "Model",
            Self::Data => "Data",
            Self::Train => "Train",
            Self::Compare => "Compare",
            Self::Learn => "Learn",
        }
    }
}

/// Settings as an address holds them: keys and values, in their order.
pub type Query = Vec<(String, String)>;

/// A page, what is shown on it, and settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The page.
    pub page: Page,
    /// A part of it.
    pub topic: Option<String>,
    /// Settings.
    pub query: Query,
}

impl Place {
    /// A page without more.
    pub fn of(page: Page) -> Self {
        Self { page, ..Self::default() }
    }

    /// A part of a page.
    pub fn topic(page: Page, topic: &str) -> Self {
        Self { page, topic: Some(topic.to_string()), query: Vec::new() }
    }

    /// For a link.
    pub fn href(&self) -> String {
        self.spelled(|text| String::from(encode_uri_component(text)))
    }

    fn spelled(&self, encode: impl Fn(&str) -> String) -> String {
        let topic = self.topic.as_ref().map(|topic| format!("/{}", encode(topic)));
        let query: Vec<String> = self
            .query
            .iter()
            .map(|(key, value)| format!("{}={}", encode(key), encode(value)))
            .collect();
        let mark = if query.is_empty() { "" } else { "?" };
        let (page, topic) = (self.page.name(), topic.unwrap_or_default());
        format!("#/{page}{topic}{mark}{}", query.join("&"))
    }

    /// Of an address's fragment; what is no page is the start.
    fn parse(fragment: &str, decode: impl Fn(&str) -> String) -> Self {
        let path = fragment.trim_start_matches(['#', '/']);
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let (name, topic) = path.split_once('/').unwrap_or((path, ""));
        let pair = |pair: &str| {
            let (key, value) = pair.split_once('=')?;
            Some((decode(key), decode(value)))
        };
        Self {
            page: Page::ALL.into_iter().find(|page| page.name() == name).unwrap_or_default(),
            topic: (!topic.is_empty()).then(|| decode(topic)),
            query: query.split('&').filter_map(pair).collect(),
        }
    }
}

/// The place as a signal; a copy is as good as the original.
#[derive(Clone, Copy)]
pub struct Route {
    /// Where somebody is.
    pub place: RwSignal<Place>,
    /// Settings that the address brought, at opening, by a link or by going back, and that nobody
    /// has heeded yet; an empty list asks for the first form. While there are, nothing is written
    /// there.
    pub asked: RwSignal<Option<Query>>,
    /// Whether they wait for somebody to decide, for they came while a run went on.
    pub waits: RwSignal<bool>,
}

impl Route {
    /// Follows the address.
    pub fn new() -> Self {
        let opened = of_address();
        let asked = RwSignal::new(asked_at_opening());
        let (place, waits) = (RwSignal::new(opened), RwSignal::new(false));
        window_event_listener(ev::hashchange, move |_| {
            let now = of_address();
            // The page's own notes raise no such event, so each is a person's doing.
            if place.with_untracked(|before| *before == now) {
                return;
            }
            if let Some(query) = asks(&now, is_noted()) {
                waits.set(false);
                asked.set(Some(query));
            }
            place.set(now);
        });
        Self { place, asked, waits }
    }

    /// Goes there; the browser remembers the way back.
    pub fn go(self, place: Place) {
        // The listener above hears of it.
        if location().set_hash(&place.href()).is_err() {
            self.place.set(place);
        }
    }

    /// The page shown.
    pub fn page(self) -> Page {
        self.place.with(|place| place.page)
    }

    /// The part of it.
    pub fn topic(self) -> Option<String> {
        self.place.with(|place| place.topic.clone())
    }

    /// Puts settings into the address, without a step of the browser's history. The history's entry
    /// is marked: should somebody come back to it, even no settings say how the form was.
    pub fn note(self, query: Query) {
        let changed = self.place.with_untracked(|place| place.query != query);
        if !changed && is_noted() {
            return;
        }
        let place = Place { query, ..self.place.get_untracked() };
        let history = window().history();
        let noted = history.and_then(|history| {
            history.replace_state_with_url(&JsValue::TRUE, "", Some(&place.href()))
        });
        if noted.is_ok() {
            self.place.update_untracked(|here| *here = place);
        }
    }

    /// What the address brought has been heeded, or won't be; what it brought since then stays.
    pub fn answer(self, heeded: &Option<Query>) {
        if self.asked.with_untracked(|asked| asked == heeded) {
            self.waits.set(false);
            self.asked.set(None);
        }
    }
}

/// The settings that the page is opened with.
pub fn asked_at_opening() -> Option<Query> {
    asks(&of_address(), false)
}

/// The settings of a place that has some, or whose entry in the history was noted with none. Any
/// other place without settings is merely another part of the page, and leaves the form as it is.
fn asks(place: &Place, is_noted: bool) -> Option<Query> {
    (is_noted || !place.query.is_empty()).then(|| place.query.clone())
}

/// Whether the history's entry where somebody is now bears [`Route::note`]'s mark. One that a link
/// has just made doesn't.
fn is_noted() -> bool {
    let mark = window().history().and_then(|history| history.state());
    mark.is_ok_and(|mark| mark.as_bool() == Some(true))
}

fn of_address() -> Place {
    let fragment = location().hash().unwrap_or_default();
    Place::parse(&fragment, |text| match decode_uri_component(text) {
        Ok(decoded) => String::from(decoded),
        Err(_) => text.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(fragment: &str) -> Place {
        Place::parse(fragment, str::to_string)
    }

    #[test]
    fn a_place_is_read_as_it_is_written() {
        let query = vec![("method".to_string(), "kto".to_string())];
        for place in [
            Place::default(),
            Place::of(Page::Data),
            Place::topic(Page::Learn, "dpo"),
            Place { page: Page::Train, topic: None, query },
        ] {
            assert_eq!(parsed(&place.spelled(str::to_string)), place);
        }
        assert_eq!(Place::topic(Page::Learn, "dpo").spelled(str::to_string), "#/learn/dpo");
    }

    #[test]
    fn only_an_address_with_settings_asks_for_some() {
        assert_eq!(asks(&parsed("#/train"), false), None);
        assert_eq!(asks(&parsed("#/train?"), false), None);
        let beta = vec![("dpo.beta".to_string(), "0.25".to_string())];
        for is_noted in [false, true] {
            assert_eq!(asks(&parsed("#/train?dpo.beta=0.25"), is_noted), Some(beta.clone()));
        }
    }

    #[test]
    fn an_address_that_was_noted_without_settings_asks_for_the_first_form() {
        assert_eq!(asks(&parsed("#/train"), true), Some(Query::new()));
        assert_eq!(asks(&parsed("#/data"), false), None, "merely another part");
    }

    #[test]
    fn what_is_no_page_is_the_start() {
        for fragment in ["", "#", "#/", "#/nowhere", "#train-title-x"] {
            assert_eq!(parsed(fragment).page, Page::Start, "{fragment}");
        }
    }
}
