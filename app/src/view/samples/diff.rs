//! Which words of two texts the other lacks: what is left over beside the longest sequence of words
//! that both have.

/// A stretch of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Its words, with the spaces after them.
    pub text: String,
    /// Whether the other text lacks them.
    pub changed: bool,
}

/// Longer texts than this, in words by words, are shown without marks.
const MOST: usize = 1_000_000;

/// Both texts in stretches, which put together are the texts again.
pub fn diff(before: &str, after: &str) -> [Vec<Piece>; 2] {
    let [old, new] = [before, after].map(words);
    if old.len() * new.len() > MOST {
        return [before, after].map(|text| vec![Piece { text: text.into(), changed: false }]);
    }
    let common = common(&old, &new);
    let (mut i, mut j) = (0, 0);
    let [mut gone, mut fresh] = [Vec::new(), Vec::new()];
    while i < old.len() || j < new.len() {
        let both = i < old.len() && j < new.len() && is_same(old[i], new[j]);
        let without_old = common.get(i + 1).and_then(|row| row.get(j)).copied();
        let without_new = common[i].get(j + 1).copied();
        if both {
            push(&mut gone, old[i], false);
            push(&mut fresh, new[j], false);
            (i, j) = (i + 1, j + 1);
        } else if i < old.len() && (j == new.len() || without_old >= without_new) {
            push(&mut gone, old[i], true);
            i += 1;
        } else {
            push(&mut fresh, new[j], true);
            j += 1;
        }
    }
    [gone, fresh]
}

/// Words with the spaces after them.
fn words(text: &str) -> Vec<&str> {
    text.split_inclusive(char::is_whitespace).collect()
}

fn is_same(a: &str, b: &str) -> bool {
    a.trim() == b.trim()
}

/// How many words the rest of both texts have in common, from each pair of places.
fn common(old: &[&str], new: &[&str]) -> Vec<Vec<u32>> {
    let mut table = vec![vec![0; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            table[i][j] = match is_same(old[i], new[j]) {
                true => table[i + 1][j + 1] + 1,
                false => table[i + 1][j].max(table[i][j + 1]),
            };
        }
    }
    table
}

/// Adds a word to the stretch that it goes on, or begins another.
fn push(pieces: &mut Vec<Piece>, word: &str, changed: bool) {
    match pieces.last_mut() {
        Some(last) if last.changed == changed => last.text.push_str(word),
        _ => pieces.push(Piece { text: word.into(), changed }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(pieces: &[Piece]) -> String {
        let piece =
            |it: &Piece| if it.changed { format!("[{}]", it.text) } else { it.text.clone() };
        pieces.iter().map(piece).collect()
    }

    #[test]
    fn only_words_that_the_other_lacks_are_marked() {
        let [before, after] = diff("The soup was cold and sad.", "The soup was warm and lovely.");
        assert_eq!(shown(&before), "The soup was [cold ]and [sad.]");
        assert_eq!(shown(&after), "The soup was [warm ]and [lovely.]");
    }

    #[test]
    fn words_that_come_or_go_leave_the_rest_unmarked() {
        let [before, after] = diff("We liked it.", "We really liked it.\nTwice.");
        assert_eq!(shown(&before), "We liked it.");
        assert_eq!(shown(&after), "We [really ]liked it.\n[Twice.]");
        let [before, after] = diff("", "new");
        assert_eq!((shown(&before).as_str(), shown(&after).as_str()), ("", "[new]"));
    }

    #[test]
    fn the_pieces_are_the_text() {
        let texts = ["  a  b\tc ", "b c\n\nd"];
        for (pieces, text) in diff(texts[0], texts[1]).iter().zip(texts) {
            assert_eq!(pieces.iter().map(|piece| piece.text.as_str()).collect::<String>(), text);
        }
    }
}
