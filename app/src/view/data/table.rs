//! All rows as a list of which only the part in sight is in the document, so that a hundred
//! thousand scroll as six do. Every row is equally high, by which a place is found by division.

use leptos::ev::KeyboardEvent;
use leptos::html::Div;
use leptos::prelude::*;
use web_sys::HtmlDivElement;

use super::choice::Choice;
use crate::format::clipped;
use crate::sheet::{Field, Row, Shape};
use crate::view::focus::focus;

/// Height of a row, CSS pixels.
const ROW: f64 = 52.0;
/// Rows above and below those in sight, so that scrolling finds them there.
const SPARE: usize = 6;
/// Characters of a text; two lines show no more.
const SHOWN: usize = 240;
/// The list's own name, by which it is given the focus.
pub const LIST: &str = "rows-table";

/// The list, with its headings.
#[component]
pub fn Table(choice: Choice) -> impl IntoView {
    let list = NodeRef::<Div>::new();
    // How far it is scrolled and how high it is, until it says otherwise.
    let sight = RwSignal::new((0.0, 600.0));
    let look = move || {
        if let Some(list) = list.get_untracked() {
            sight.set((f64::from(list.scroll_top()), f64::from(list.client_height())));
        }
    };
    Effect::new(move |_| reveal(choice, list));
    let active = move || choice.selected.get().map(row_id);
    view! {
        <div
            class="sheet"
            role="grid"
            tabindex="0"
            id=LIST
            data-testid=LIST
            aria-label="Rows"
            aria-rowcount=move || (choice.sheet.len() + 1).to_string()
            aria-activedescendant=active
            style=format!("--row: {ROW}px")
            node_ref=list
            on:scroll=move |_| look()
            on:keydown=move |event| on_key(&event, choice, sight.get_untracked().1)
        >
            <Heads choice />
            <Body choice sight />
        </div>
    }
}

/// As high as all rows, with those in sight where they belong.
#[component]
fn Body(choice: Choice, sight: RwSignal<(f64, f64)>) -> impl IntoView {
    let (sheet, finder) = (choice.sheet, choice.sheet.finder);
    let shown = Memo::new(move |_| finder.shown(sheet.len()));
    let span = Memo::new(move |_| in_sight(sight.get(), shown.get()));
    let rows = move || {
        let (from, to) = span.get();
        (from..to).filter_map(|place| finder.at(place)).collect::<Vec<_>>()
    };
    let height = move || format!("{}px", shown.get() as f64 * ROW);
    let offset = move || format!("translateY({}px)", span.get().0 as f64 * ROW);
    view! {
        <div class="sheet-body" role="rowgroup" style:height=height>
            <div class="sheet-window" role="presentation" style:transform=offset>
                <For
                    each=rows
                    key=|index| *index
                    children=move |index| view! { <Line choice index /> }
                />
            </div>
        </div>
    }
}

/// The columns' names, those of the first row's shape.
#[component]
fn Heads(choice: Choice) -> impl IntoView {
    let shape = Memo::new(move |_| {
        choice.sheet.rows.with(|rows| rows.first().map_or(Shape::Pair, Row::shape))
    });
    let heads = move || {
        let names = match shape.get() {
            Shape::Pair => ["Prompt", "Chosen", "Rejected"],
            Shape::Completion => ["Prompt", "Completion", "Label"],
            Shape::Prompt | Shape::Other => ["Prompt", "", ""],
        };
        names
            .map(|name| view! { <span role="columnheader">{name}</span> })
            .into_iter()
            .collect::<Vec<_>>()
    };
    view! {
        <div class="sheet-row sheet-head" role="row" aria-rowindex="1">
            <span role="columnheader">"Row"</span>
            {heads}
        </div>
    }
}

#[component]
fn Line(choice: Choice, index: usize) -> impl IntoView {
    let rows = choice.sheet.rows;
    let is_selected = move || choice.selected.get() == Some(index);
    let is_troubled =
        move || rows.with(|rows| rows.get(index).is_some_and(|row| row.problem.is_some()));
    let cells = move || rows.with(|rows| rows.get(index).map(cells));
    view! {
        <div
            class="sheet-row"
            class:selected=is_selected
            class:troubled=is_troubled
            role="row"
            id=row_id(index)
            data-testid="row"
            aria-rowindex=(index + 2).to_string()
            aria-selected=move || is_selected().to_string()
            on:click=move |_| choice.open(index)
        >
            <span class="figures faint" role="rowheader">
                {index + 1}
            </span>
            {cells}
        </div>
    }
}

/// A row's three cells; what is wrong with it stands in the first.
fn cells(row: &Row) -> impl IntoView + use<> {
    let mut problem = row.problem.clone();
    let cell = |text: String| {
        let problem = problem.take().map(|words| view! { <span class="trouble">{words}</span> });
        view! {
            <span class="cell" role="gridcell">
                {problem}
                <span class="cell-text">{text}</span>
            </span>
        }
    };
    texts(row).map(cell).into_iter().collect::<Vec<_>>()
}

/// What the three columns show.
fn texts(row: &Row) -> [String; 3] {
    let text = |field: Field| {
        let text = row.cell(field).map_or_else(|| "–".to_string(), |cell| cell.text);
        clipped(&text, SHOWN)
    };
    match row.shape() {
        Shape::Pair => [text(Field::Prompt), text(Field::Chosen), text(Field::Rejected)],
        Shape::Completion => {
            let label = match row.label() {
                Some(true) => "liked",
                Some(false) => "not liked",
                None => "–",
            };
            [text(Field::Prompt), text(Field::Completion), label.to_string()]
        }
        Shape::Prompt => [text(Field::Prompt), String::new(), String::new()],
        Shape::Other => [clipped(&row.shown(), SHOWN), String::new(), String::new()],
    }
}

fn row_id(index: usize) -> String {
    format!("sheet-row-{index}")
}

/// The places that are in the document, given how far the list is scrolled and how high it is.
fn in_sight((top, height): (f64, f64), rows: usize) -> (usize, usize) {
    let first = (top / ROW) as usize;
    let count = (height / ROW).ceil() as usize + 1;
    let from = first.saturating_sub(SPARE).min(rows);
    (from, (first + count + SPARE).min(rows))
}

/// Where to scroll so that a place is in sight, below the headings; `None` where it is.
fn scrolled(place: usize, (top, height): (f64, f64)) -> Option<f64> {
    // The headings lie over the first row's height of what is in sight.
    let (above, below) = (place as f64 * ROW, (place as f64 + 2.0) * ROW - height);
    if above < top {
        Some(above)
    } else if below > top {
        Some(below)
    } else {
        None
    }
}

/// Scrolls to the selected row, once the list is as long as it will be.
fn reveal(choice: Choice, list: NodeRef<Div>) {
    let Some(index) = choice.selected.get() else { return };
    request_animation_frame(move || {
        let place = untrack(|| choice.sheet.finder.place_of(index));
        if let (Some(place), Some(list)) = (place, list.try_get_untracked().flatten()) {
            show(&list, place);
        }
    });
}

fn show(list: &HtmlDivElement, place: usize) {
    let sight = (f64::from(list.scroll_top()), f64::from(list.client_height()));
    if let Some(top) = scrolled(place, sight) {
        list.set_scroll_top(top as i32);
    }
}

fn on_key(event: &KeyboardEvent, choice: Choice, height: f64) {
    let page = (height / ROW) as isize - 2;
    match event.key().as_str() {
        "ArrowDown" => choice.step(1),
        "ArrowUp" => choice.step(-1),
        "PageDown" => choice.step(page.max(1)),
        "PageUp" => choice.step(-page.max(1)),
        "Home" => choice.step(isize::MIN),
        "End" => choice.step(isize::MAX),
        "Delete" => choice.leave_out(),
        "Escape" => _ = choice.escape(),
        "Enter" => match choice.selected.get_untracked() {
            Some(index) => {
                choice.open(index);
                // The editor is there with the next frame.
                request_animation_frame(|| focus("row-first"));
            }
            None => choice.step(1),
        },
        _ => return,
    }
    event.prevent_default();
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_rows_in_sight_are_in_the_document() {
        // 520 px hold ten rows, and one that is cut at each end.
        assert_eq!(in_sight((0.0, 520.0), 100_000), (0, 17));
        assert_eq!(in_sight((52_000.0, 520.0), 100_000), (994, 1_017));
        assert_eq!(in_sight((0.0, 520.0), 3), (0, 3));
        // Scrolled further than there are rows, as after a search.
        assert_eq!(in_sight((52_000.0, 520.0), 3), (3, 3));
    }

    #[test]
    fn a_row_out_of_sight_is_scrolled_to() {
        assert_eq!(scrolled(0, (0.0, 520.0)), None);
        // Nine rows fit below the headings.
        assert_eq!(scrolled(8, (0.0, 520.0)), None);
        assert_eq!(scrolled(9, (0.0, 520.0)), Some(52.0));
        assert_eq!(scrolled(2, (520.0, 520.0)), Some(104.0));
    }

    #[test]
    fn columns_show_what_the_row_holds() {
        let of = |row| texts(&Row::new(row));
        let pair = json!({"prompt": "p", "chosen": "c", "rejected": "r"});
        assert_eq!(of(pair), ["p", "c", "r"]);
        let rated = json!({"prompt": "p", "completion": "c", "label": false});
        assert_eq!(of(rated), ["p", "c", "not liked"]);
        assert_eq!(of(json!({"chosen": "c"})), ["{\"chosen\":\"c\"}", "", ""]);
        let long = "é".repeat(300);
        assert_eq!(of(json!({"prompt": long}))[0].chars().count(), 241);
    }
}
