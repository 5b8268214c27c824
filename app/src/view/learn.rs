//! The Learn page: contents at the side, and beside them a topic, the class, or the overview.

mod deeds;
mod topic;
mod tour;

use leptos::prelude::*;

use super::focus::focus;
use crate::controller::Controller;
use crate::learn::{self, TOPICS};
use crate::route::{Page, Place};

use topic::TopicView;
use tour::TourView;

/// The page; which topic is the address's to say.
#[component]
pub fn LearnPage(controller: Controller) -> impl IntoView {
    let here = Memo::new(move |_| controller.route.topic().unwrap_or_default());
    // Whoever goes to another topic begins at its top, wherever the link was.
    Effect::new(move |before: Option<String>| {
        let now = here.get();
        if before.is_some_and(|before| before != now) {
            request_animation_frame(to_the_top);
        }
        now
    });
    let shown = move || show(controller, &here.get());
    view! {
        <div class="learn">
            <Contents controller here />
            <div class="learn-body">{shown}</div>
        </div>
    }
}

fn show(controller: Controller, slug: &str) -> AnyView {
    match (slug, learn::topic(slug)) {
        ("", _) => view! { <Overview /> }.into_any(),
        (learn::tour::SLUG, _) => view! { <TourView controller /> }.into_any(),
        (_, Some(topic)) => view! { <TopicView controller topic /> }.into_any(),
        (_, None) => view! { <Unknown slug=slug.to_string() /> }.into_any(),
    }
}

/// A list at the side, where there is room for one, and else a select.
#[component]
fn Contents(controller: Controller, here: Memo<String>) -> impl IntoView {
    let link = |(slug, title): (&'static str, &'static str)| {
        let is_here = move || (here.get() == slug).then_some("page");
        view! {
            <li>
                <a href=place(slug).href() aria-current=is_here>
                    {title}
                </a>
            </li>
        }
    };
    let option = |(slug, title): (&'static str, &'static str)| {
        let is_here = move || here.get() == slug;
        view! {
            <option value=slug prop:selected=is_here>
                {title}
            </option>
        }
    };
    let choose = move |event: web_sys::Event| {
        controller.route.go(place(&event_target_value(&event)));
    };
    view! {
        <nav class="learn-contents" data-testid="learn-contents" aria-label="Topics">
            <ol>{entries().map(link).collect::<Vec<_>>()}</ol>
        </nav>
        <div class="learn-select field">
            <label class="field-name" for="learn-select">
                "Topic"
            </label>
            <select id="learn-select" data-testid="learn-select" on:change=choose>
                {entries().map(option).collect::<Vec<_>>()}
            </select>
        </div>
    }
}

/// All that the contents list: name in the address, and heading.
fn entries() -> impl Iterator<Item = (&'static str, &'static str)> {
    let front = [("", "Overview"), (learn::tour::SLUG, learn::tour::TITLE)];
    front.into_iter().chain(TOPICS.iter().map(|topic| (topic.slug, topic.title)))
}

fn place(slug: &str) -> Place {
    match slug {
        "" => Place::of(Page::Learn),
        slug => Place::topic(Page::Learn, slug),
    }
}

#[component]
fn Overview() -> impl IntoView {
    let lead = format!(
        "{} short topics, each building on those before: the idea, the formula, what to watch, and \
         runs to try right here.",
        TOPICS.len()
    );
    view! {
        <section class="card lesson" data-testid="learn-overview" aria-labelledby="learn-title">
            <h2 id="learn-title" tabindex="-1">
                "Learn the field"
            </h2>
            <p class="lead">{lead}</p>
            <Path />
        </section>
    }
}

#[component]
fn Unknown(slug: String) -> impl IntoView {
    view! {
        <section class="card lesson" aria-labelledby="learn-title">
            <h2 id="learn-title" tabindex="-1">
                "No such topic"
            </h2>
            <p data-testid="learn-unknown">
                {format!("There is no topic called “{slug}”. These are all of them:")}
            </p>
            <Path />
        </section>
    }
}

/// The class, and all topics in their order, a line each.
#[component]
fn Path() -> impl IntoView {
    let card = |slug: &'static str, title: &'static str, line: &'static str| {
        view! {
            <a href=place(slug).href()>
                <strong>{title}</strong>
                <span class="faint">{line}</span>
            </a>
        }
    };
    let topics = TOPICS.iter().map(|topic| {
        view! { <li>{card(topic.slug, topic.title, topic.line)}</li> }
    });
    view! {
        <p class="path-class">
            {card(learn::tour::SLUG, learn::tour::TITLE, learn::tour::LINE)}
        </p>
        <ol class="path">{topics.collect::<Vec<_>>()}</ol>
    }
}

fn to_the_top() {
    if let Some(title) = document().get_element_by_id("learn-title") {
        title.scroll_into_view();
    }
    focus("learn-title");
}
