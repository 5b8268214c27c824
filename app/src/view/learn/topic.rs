//! One topic: its idea, formulas with a legend, what to watch, what to try, papers.

use leptos::prelude::*;

use super::deeds::{Deeds, Hint};
use crate::controller::Controller;
use crate::learn::{self, Formula, Paper, Symbol, Topic, notation};
use crate::route::{Page, Place};
use crate::view::prose::prose;

/// The whole topic, and the ways to those beside it.
#[component]
pub fn TopicView(controller: Controller, topic: &'static Topic) -> impl IntoView {
    let idea: Vec<_> = topic.idea.iter().map(|&text| view! { <p>{prose(text)}</p> }).collect();
    let watch: Vec<_> = topic.watch.iter().map(|&text| view! { <li>{prose(text)}</li> }).collect();
    view! {
        <article
            class="card lesson"
            data-testid="learn-topic"
            data-topic=topic.slug
            aria-labelledby="learn-title"
        >
            <h2 id="learn-title" tabindex="-1">
                {topic.title}
            </h2>
            <p class="lead">{topic.line}</p>
            {idea}
            <h3>{if topic.formulas.len() > 1 { "The formulas" } else { "The formula" }}</h3>
            {topic.formulas.iter().map(formula).collect::<Vec<_>>()}
            <dl class="symbol-legend">{topic.legend.iter().map(symbol).collect::<Vec<_>>()}</dl>
            <h3>"What to watch"</h3>
            <ul class="watch">{watch}</ul>
            <h3>"Try it"</h3>
            <Hint controller />
            <Deeds controller deeds=topic.deeds />
            <h3>"Papers"</h3>
            <ul class="papers">{topic.papers.iter().map(paper).collect::<Vec<_>>()}</ul>
        </article>
        <Beside topic />
    }
}

fn formula(formula: &'static Formula) -> impl IntoView {
    let caption = (!formula.caption.is_empty())
        .then(|| view! { <figcaption>{prose(formula.caption)}</figcaption> });
    view! {
        <figure class="formula">
            {caption} <div inner_html=notation::block(formula.source, formula.words)></div>
        </figure>
    }
}

fn symbol(symbol: &'static Symbol) -> impl IntoView {
    view! {
        <div>
            <dt inner_html=notation::inline(symbol.source, symbol.words)></dt>
            <dd>{prose(symbol.meaning)}</dd>
        </div>
    }
}

fn paper(paper: &'static Paper) -> impl IntoView {
    let link = paper.arxiv.map(|number| {
        view! {
            ". "
            <a href=format!("https://arxiv.org/abs/{number}") target="_blank" rel="noopener">
                {format!("arXiv:{number}")}
            </a>
        }
    });
    view! { <li>{paper.cited} {link}</li> }
}

#[component]
fn Beside(topic: &'static Topic) -> impl IntoView {
    let [before, after] = learn::beside(topic);
    let link = |topic: Option<&'static Topic>, word: &'static str, testid: &'static str| {
        topic.map(|topic| {
            view! {
                <a
                    class="beside-link"
                    data-testid=testid
                    href=Place::topic(Page::Learn, topic.slug).href()
                >
                    <span class="faint">{word}</span>
                    {topic.title}
                </a>
            }
        })
    };
    view! {
        <nav class="beside" aria-label="The topics before and after">
            {link(before, "Before", "learn-previous")} {link(after, "Next", "learn-next")}
        </nav>
    }
}
