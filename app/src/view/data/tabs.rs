//! Four ways to work on the rows. Which one is open is part of the address, so that it can be
//! linked to and the browser's own back leads from one to the other.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;

use super::rows::RowsPanel;
use crate::controller::Controller;
use crate::route::{Page, Place};
use crate::view::arena::ArenaPanel;
use crate::view::focus::focus;
use crate::view::labels::LabelPanel;
use crate::view::rate::RatePanel;

/// The tabs, in their order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Tab {
    #[default]
    Table,
    Arena,
    Rate,
    Judge,
}

impl Tab {
    const ALL: [Self; 4] = [Self::Table, Self::Arena, Self::Rate, Self::Judge];

    /// Its name in the address.
    fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Arena => "arena",
            Self::Rate => "rate",
            Self::Judge => "judge",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Table => "Table",
            Self::Arena => "Arena",
            Self::Rate => "Rate",
            Self::Judge => "AI judge",
        }
    }

    /// Of the address; what is no tab is the first.
    fn named(name: Option<&str>) -> Self {
        Self::ALL.into_iter().find(|tab| name == Some(tab.name())).unwrap_or_default()
    }

    fn id(self) -> String {
        format!("data-tab-{}", self.name())
    }

    /// Where a key leads to.
    fn beside(self, key: &str) -> Option<Self> {
        let (at, count) = (self as usize, Self::ALL.len());
        let to = match key {
            "ArrowRight" => (at + 1) % count,
            "ArrowLeft" => (at + count - 1) % count,
            "Home" => 0,
            "End" => count - 1,
            _ => return None,
        };
        Some(Self::ALL[to])
    }
}

/// The tabs with the panel of the open one.
#[component]
pub fn Tabs(controller: Controller) -> impl IntoView {
    let route = controller.route;
    // On the way to another page the tab stays what it was.
    let tab = Memo::new(move |before: Option<&Tab>| match route.page() {
        Page::Data => Tab::named(route.topic().as_deref()),
        _ => before.copied().unwrap_or_default(),
    });
    let buttons: Vec<_> =
        Tab::ALL.into_iter().map(|this| view! { <TabButton controller tab this /> }).collect();
    let panel = move || match tab.get() {
        Tab::Table => view! { <RowsPanel controller /> }.into_any(),
        Tab::Arena => view! { <ArenaPanel controller /> }.into_any(),
        Tab::Rate => view! { <RatePanel controller /> }.into_any(),
        Tab::Judge => view! { <LabelPanel controller /> }.into_any(),
    };
    view! {
        <div class="tabs" role="tablist" aria-label="Ways to work on the rows">
            {buttons}
        </div>
        <div
            class="tab-panel"
            id="data-panel"
            role="tabpanel"
            aria-labelledby=move || tab.get().id()
        >
            {panel}
        </div>
    }
}

#[component]
fn TabButton(controller: Controller, tab: Memo<Tab>, this: Tab) -> impl IntoView {
    let is_open = move || tab.get() == this;
    let on_key = move |event: KeyboardEvent| {
        if let Some(other) = this.beside(&event.key()) {
            event.prevent_default();
            open(controller, other);
            focus(&other.id());
        }
    };
    view! {
        <button
            type="button"
            class="tab"
            role="tab"
            id=this.id()
            data-testid=this.id()
            aria-controls="data-panel"
            aria-selected=move || is_open().to_string()
            tabindex=move || if is_open() { "0" } else { "-1" }
            on:click=move |_| open(controller, this)
            on:keydown=on_key
        >
            {this.title()}
        </button>
    }
}

fn open(controller: Controller, tab: Tab) {
    let place = match tab {
        Tab::Table => Place::of(Page::Data),
        other => Place::topic(Page::Data, other.name()),
    };
    controller.route.go(place);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_go_round_and_names_lead_back() {
        assert_eq!(Tab::Judge.beside("ArrowRight"), Some(Tab::Table));
        assert_eq!(Tab::Table.beside("ArrowLeft"), Some(Tab::Judge));
        assert_eq!(Tab::Rate.beside("Home"), Some(Tab::Table));
        assert_eq!(Tab::Rate.beside("a"), None);
        for tab in Tab::ALL {
            assert_eq!(Tab::named(Some(tab.name())), tab);
        }
        assert_eq!(Tab::named(None), Tab::Table);
    }
}
