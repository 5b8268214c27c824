//! What was collected, in plain words.

use temper_protocol::{Method, RowKind};

use super::ledger::Tally;
use super::row::Kind;
use crate::format::{percent, plural};
use crate::interval::wilson;
use crate::methods::{self, short};

/// The most that one kind of rating may outnumber the other.
const LOPSIDED: u32 = 4;

/// `12 pairs collected, 3 ties`.
pub fn counts(kind: Kind, tally: Tally) -> String {
    let mut parts = match kind {
        Kind::Pairs => vec![
            format!("{} collected", plural(tally.rows, "pair", "pairs")),
            plural(tally.ties, "tie", "ties"),
        ],
        Kind::Ratings => vec![
            format!("{} collected", plural(tally.rows, "rating", "ratings")),
            format!("{} liked", tally.liked),
            format!("{} not liked", tally.disliked),
        ],
    };
    if tally.skipped > 0 {
        parts.push(format!("{} skipped", tally.skipped));
    }
    parts.join(", ")
}

/// Why rows of a kind don't go among open rows of another.
pub fn apart(kind: Kind) -> String {
    let (_, these) = methods::rows(wanted(kind));
    format!(
        "The open rows are no {these}, and one file holds rows of one kind. What you say here is \
         kept apart: export it, or learn from it alone.",
    )
}

/// What is wrong with a set of ratings, if anything.
pub fn balance(liked: u32, disliked: u32) -> Option<String> {
    let missing = |word: &str| {
        format!(
            "No answer is marked as {word} yet. KTO learns from the difference, so it needs both."
        )
    };
    match (liked, disliked) {
        (0, 0) => None,
        (_, 0) => Some(missing("not liked")),
        (0, _) => Some(missing("liked")),
        _ if liked > LOPSIDED * disliked || disliked > LOPSIDED * liked => Some(format!(
            "{liked} liked and {disliked} not: more than {LOPSIDED} to one. Rate some more of the \
             rarer kind, or weigh it up by KTO's desirable_weight or undesirable_weight.",
        )),
        _ => None,
    }
}

/// How often the policy beat the reference, and what that says. A tie counts half, as where runs
/// are compared.
pub fn wins(won: u32, drawn: u32, lost: u32) -> String {
    let of = won.saturating_add(drawn).saturating_add(lost);
    let points = f64::from(won) + f64::from(drawn) / 2.0;
    let Some([low, high]) = wilson(points, of) else {
        return "Nothing compared yet. One of the two sides is the model as it came; which one is \
                hidden and changes."
            .into();
    };
    let share = percent(points / f64::from(of));
    let ties = match drawn {
        0 => String::new(),
        1 => ", 1 tie counts half".into(),
        ties => format!(", {ties} ties count half each"),
    };
    let meaning = if low > 0.5 {
        "You prefer the trained model."
    } else if high < 0.5 {
        "You prefer the model as it came."
    } else {
        "That is too few, or too even, to tell the two apart."
    };
    format!(
        "The trained model won {won} of {of}{ties}: {share}, between {} and {} with 95 % \
         confidence. {meaning}",
        percent(low),
        percent(high)
    )
}

/// What a method makes of rows of a kind.
pub fn use_of(kind: Kind, method: Method) -> String {
    let name = short(method);
    match (kind, method.row_kind()) {
        (Kind::Pairs, RowKind::Pairs) => {
            format!("{name}, which is chosen now, learns from pairs like these.")
        }
        (Kind::Pairs, RowKind::Rated) => format!(
            "{name}, which is chosen now, reads each pair as a liked and a disliked answer."
        ),
        (Kind::Pairs, RowKind::Completions) => format!(
            "{name}, which is chosen now, reads only the better answer of each pair. To learn \
             from both, choose {}.",
            readers(RowKind::Pairs)
        ),
        (_, RowKind::Prompts) => format!(
            "{name}, which is chosen now, reads only the prompts of these. To learn from what \
             you say of the answers, choose {}.",
            readers(wanted(kind))
        ),
        (Kind::Ratings, RowKind::Rated) => {
            format!("{name}, which is chosen now, learns from ratings like these.")
        }
        (Kind::Ratings, RowKind::Completions) => format!(
            "{name}, which is chosen now, would imitate every answer, liked or not. Choose {} \
             before you learn from these.",
            readers(RowKind::Rated)
        ),
        (Kind::Ratings, RowKind::Pairs) => format!(
            "{name}, which is chosen now, can't read ratings. Choose {} before you learn from \
             these.",
            readers(RowKind::Rated)
        ),
    }
}

/// The rows of a kind, as methods name them.
pub fn wanted(kind: Kind) -> RowKind {
    match kind {
        Kind::Pairs => RowKind::Pairs,
        Kind::Ratings => RowKind::Rated,
    }
}

/// The methods that read rows of a kind: `DPO, CPO or ORPO`.
fn readers(rows: RowKind) -> String {
    let names: Vec<&str> =
        Method::ALL.into_iter().filter(|method| method.row_kind() == rows).map(short).collect();
    match names.split_last() {
        Some((last, [])) => (*last).to_string(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_name_what_there_is() {
        let tally = Tally { rows: 12, ties: 3, ..Tally::default() };
        assert_eq!(counts(Kind::Pairs, tally), "12 pairs collected, 3 ties");
        let tally = Tally { rows: 1, liked: 1, skipped: 2, ..Tally::default() };
        assert_eq!(
            counts(Kind::Ratings, tally),
            "1 rating collected, 1 liked, 0 not liked, 2 skipped"
        );
    }

    #[test]
    fn ratings_should_be_of_both_kinds_and_at_most_four_to_one() {
        assert_eq!(balance(0, 0), None);
        assert!(balance(3, 0).unwrap().contains("not liked"));
        assert!(balance(0, 1).unwrap().contains("marked as liked"));
        assert_eq!((balance(4, 1), balance(2, 8)), (None, None));
        assert!(balance(5, 1).is_some() && balance(1, 5).is_some());
    }

    /// 7 of 10 lies between 40 % and 89 %, 10 of 10 above 72 %; two ties are a win and a loss.
    #[test]
    fn wins_say_how_sure_they_are() {
        let words = wins(7, 0, 3);
        assert!(words.contains("7 of 10: 70 %, between 40 % and 89 %"), "{words}");
        assert!(words.contains("too few"), "{words}");
        assert!(wins(10, 0, 0).contains("prefer the trained model"));
        assert!(wins(0, 0, 10).contains("as it came"));
        assert!(wins(0, 0, 0).starts_with("Nothing compared yet"));
        let words = wins(6, 2, 2);
        let tied = "won 6 of 10, 2 ties count half each: 70 %, between 40 % and 89 %";
        assert!(words.contains(tied), "{words}");
        assert!(wins(0, 1, 0).contains("won 0 of 1, 1 tie counts half: 50 %"));
    }

    #[test]
    fn what_a_method_makes_of_rows_is_told_for_each() {
        for method in Method::ALL {
            for kind in [Kind::Pairs, Kind::Ratings] {
                let words = use_of(kind, method);
                assert!(words.starts_with(short(method)) && words.ends_with('.'), "{words}");
            }
        }
        assert!(use_of(Kind::Ratings, Method::Dpo).contains("Choose KTO before"));
        assert!(use_of(Kind::Pairs, Method::Sft).contains("or SLiC"));
    }
}
