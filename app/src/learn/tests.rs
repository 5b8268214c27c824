//! What is taught can be done: every run of every topic and of the class starts.

use std::collections::BTreeSet;

use temper_protocol::config::options::{OptionKind, options};

use super::*;
use crate::form::{Facts, Values, key};

fn runs() -> impl Iterator<Item = Experiment> {
    let of_topics = TOPICS.iter().flat_map(|topic| topic.deeds);
    let of_class = tour::STEPS.iter().flat_map(|step| step.deeds);
    of_topics.chain(of_class).filter_map(|deed| match deed {
        Deed::Run(experiment) => Some(*experiment),
        Deed::Visit(_) | Deed::SwapLabels { .. } => None,
    })
}

#[test]
fn every_experiment_makes_a_run_that_resolves() {
    for Experiment { title, method, changes, .. } in runs() {
        let example = Values::of(method);
        let mut values = example.clone();
        for (key, value) in changes {
            values.set(key, value.to_string());
            assert_eq!(values.text(key), *value, "{title}: no field {key}");
        }
        for (key, value) in changes {
            assert!(values.is_read(key), "{title}: {key} is not read");
            assert_ne!(example.text(key), *value, "{title}: {key} is so by itself");
        }
        for own_data in [true, false] {
            let judge = Some("judge".into());
            let facts = Facts { heldout: true, own_data, reward_model: Some(7), judge };
            let config = values.config(&facts);
            let config = config.unwrap_or_else(|failure| panic!("{title}: {}", failure.message));
            assert_eq!(config.method, method);
            assert!(config.resolve().is_ok());
        }
    }
}

#[test]
fn every_method_is_taught_under_its_name_and_can_be_tried() {
    for method in Method::ALL {
        let topic = topic(method.name()).unwrap_or_else(|| panic!("{method:?} is not taught"));
        let tries = |deed: &Deed| matches!(deed, Deed::Run(run) if run.method == method);
        assert!(topic.deeds.iter().any(tries), "{method:?}");
    }
}

#[test]
fn every_loss_of_dpo_is_told_of() {
    let loss_type = options(Method::Dpo).into_iter().find(|spec| key(spec) == "dpo.loss_type");
    let OptionKind::Choices(losses) = loss_type.unwrap().kind else { panic!("one of several") };
    let told: String = topic("losses").unwrap().formulas.iter().map(|it| it.caption).collect();
    for loss in losses {
        let is_told = told.contains(&format!("`{}`", loss.value)) || loss.value == "ipo";
        assert!(is_told, "{}", loss.value);
    }
}

#[test]
fn topics_are_whole_and_differ() {
    let slugs: BTreeSet<&str> = TOPICS.iter().map(|topic| topic.slug).collect();
    assert_eq!(slugs.len(), TOPICS.len());
    assert!(!slugs.contains(tour::SLUG));
    for topic in TOPICS {
        let slug = topic.slug;
        assert!(!topic.idea.is_empty() && !topic.formulas.is_empty(), "{slug}");
        assert!((2..=5).contains(&topic.watch.len()), "{slug}");
        assert!((1..=4).contains(&topic.deeds.len()) && !topic.papers.is_empty(), "{slug}");
        assert!(topic.line.ends_with('.') && !topic.title.ends_with('.'), "{slug}");
    }
}

#[test]
fn links_lead_to_topics_that_are_there() {
    let of_class = tour::STEPS.iter().flat_map(|step| step.deeds);
    for deed in TOPICS.iter().flat_map(|topic| topic.deeds).chain(of_class) {
        if let Deed::Visit(Visit { topic: Some(slug), .. }) = deed {
            assert!(*slug == tour::SLUG || topic(slug).is_some(), "{slug}");
        }
    }
}

#[test]
fn code_is_closed_and_formulas_are_balanced() {
    for topic in TOPICS {
        let formulas = topic.formulas.iter().map(|it| (it.source, it.words));
        for (source, words) in formulas.chain(topic.legend.iter().map(|it| (it.source, it.words))) {
            for (open, close) in [('{', '}'), ('(', ')'), ('[', ']')] {
                let count = |sign| source.chars().filter(|&letter| letter == sign).count();
                assert_eq!(count(open), count(close), "{source}");
            }
            assert!(!words.is_empty() && !source.contains('-'), "{source}: a minus is −");
            let math = notation::block(source, words);
            assert!(!math.contains("<mi>frac</mi>"), "{math}");
        }
        let texts = topic.idea.iter().chain(topic.watch).copied();
        let captions = topic.formulas.iter().map(|it| it.caption);
        for text in texts.chain(captions).chain(topic.legend.iter().map(|it| it.meaning)) {
            assert_eq!(text.matches('`').count() % 2, 0, "{text}");
        }
    }
}

#[test]
fn papers_have_arxivs_numbers() {
    for paper in TOPICS.iter().flat_map(|topic| topic.papers) {
        let Some(number) = paper.arxiv else { continue };
        let (month, rest) = number.split_once('.').unwrap();
        let digits = |text: &str| text.chars().all(|letter| letter.is_ascii_digit());
        assert!(month.len() == 4 && rest.len() == 5 && digits(month) && digits(rest), "{number}");
    }
}

#[test]
fn topics_stand_in_a_row() {
    let [before, after] = beside(TOPICS[0]);
    assert_eq!((before, after.map(|topic| topic.slug)), (None, Some("sft")));
    let [before, after] = beside(TOPICS[TOPICS.len() - 1]);
    assert_eq!((before.map(|topic| topic.slug), after), (Some("kto"), None));
}
