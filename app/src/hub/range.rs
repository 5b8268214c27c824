//! Going on with a download: which bytes to ask for, what an answer gives, and where to cut.
//!
//! A file lies in pieces that are named by where they begin, for the browser writes a file
//! atomically: until it is closed nothing of it is there. So a page that goes away loses one piece
//! at most, and going on copies nothing.

/// The shortest and the longest piece.
const SHORTEST: u64 = 256 << 10;
const LONGEST: u64 = 32 << 20;
/// Of what is there, as much may be lost.
const SHARE: u64 = 8;

/// The value of `Range` that asks for the rest, where something is there already.
pub fn rest_from(have: u64) -> Option<String> {
    (have > 0).then(|| format!("bytes={have}-"))
}

/// How an answer's body goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    /// Where what is there ends.
    Rest,
    /// From the file's first byte: the server doesn't know of ranges.
    Whole,
    /// Elsewhere, or nowhere: what is there is of no use.
    Useless,
    /// Not at all.
    Refused,
}

/// What an answer to such a request gives. A server of another origin may hide `Content-Range`.
pub fn body(status: u16, have: u64, content_range: Option<&str>) -> Body {
    match status {
        200 => Body::Whole,
        206 => match content_range.map(first_byte) {
            None => Body::Rest,
            Some(first) if first == Some(have) => Body::Rest,
            Some(_) => Body::Useless,
        },
        416 => Body::Useless,
        _ => Body::Refused,
    }
}

/// Of `bytes 100-199/200`.
fn first_byte(content_range: &str) -> Option<u64> {
    let range = content_range.trim().strip_prefix("bytes")?.trim_start();
    range.split('-').next()?.trim().parse().ok()
}

/// How long the piece that begins at this byte should become.
pub fn piece_length(begin: u64) -> u64 {
    (begin / SHARE).clamp(SHORTEST, LONGEST)
}

/// The name of the piece of a file that begins at this byte.
pub fn piece_name(file: &str, begin: u64) -> String {
    format!("{file}.part-{begin:012}")
}

/// Where the piece of this name begins, if it is one of this file.
pub fn piece_begin(file: &str, name: &str) -> Option<u64> {
    let digits = name.strip_prefix(file)?.strip_prefix(".part-")?;
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}

/// The pieces that follow one another from the first byte on: their places in the list. Others are
/// left over from a download that was cut elsewhere.
pub fn chain(pieces: &[(u64, u64)]) -> Vec<usize> {
    let mut end = 0;
    let mut found = Vec::new();
    let next = |end: u64| pieces.iter().position(|&(begin, len)| begin == end && len > 0);
    while let Some(at) = next(end) {
        end += pieces[at].1;
        found.push(at);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rest_is_asked_for() {
        assert_eq!(rest_from(0), None);
        assert_eq!(rest_from(262_144).as_deref(), Some("bytes=262144-"));
    }

    #[test]
    fn answers_say_where_they_begin() {
        assert_eq!(body(206, 100, Some("bytes 100-199/200")), Body::Rest);
        assert_eq!(body(206, 100, None), Body::Rest);
        assert_eq!(body(206, 100, Some("bytes 0-199/200")), Body::Useless);
        assert_eq!(body(200, 100, None), Body::Whole);
        assert_eq!(body(416, 300, Some("bytes */200")), Body::Useless);
        assert_eq!(body(403, 0, None), Body::Refused);
    }

    /// 2 MiB / 8 = 256 KiB; 256 MiB / 8 = 32 MiB.
    #[test]
    fn pieces_grow_with_the_file() {
        assert_eq!(piece_length(0), 262_144);
        assert_eq!(piece_length(16 << 20), 2 << 20);
        assert_eq!(piece_length(1 << 30), 32 << 20);
        let (mut end, mut pieces) = (0, 0);
        while end < 1_000_000_000 {
            end += piece_length(end);
            pieces += 1;
        }
        assert!(pieces < 90, "{pieces}");
    }

    #[test]
    fn pieces_are_named_by_where_they_begin() {
        let name = piece_name("model.safetensors", 262_144);
        assert_eq!(name, "model.safetensors.part-000000262144");
        assert_eq!(piece_begin("model.safetensors", &name), Some(262_144));
        assert_eq!(piece_begin("model", &name), None);
        assert_eq!(piece_begin("model.safetensors", "model.safetensors.part-+1"), None);
    }

    #[test]
    fn a_gap_ends_the_chain() {
        assert_eq!(chain(&[(30, 5), (0, 10), (10, 20), (12, 3), (40, 2)]), [1, 2, 0]);
        assert_eq!(chain(&[(5, 5), (0, 0)]), [0; 0]);
    }
}
