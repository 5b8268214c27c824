//! The hub's addresses: what it says of a repository, and the repository's files.

use super::id::RepoId;

/// Where the hub is, unless the page's address names another.
pub const HUB: &str = "https://huggingface.co";

/// What the hub says of a repository, the sizes of its files included.
pub fn listing(base: &str, id: &RepoId) -> String {
    let revision = encoded(&id.revision).replace('/', "%2F");
    format!("{base}/api/models/{}/revision/{revision}?blobs=true", id.path())
}

/// A file of a repository as of a commit.
pub fn file(base: &str, id: &str, commit: &str, file: &str) -> String {
    format!("{base}/{id}/resolve/{}/{}", encoded(commit).replace('/', "%2F"), encoded(file))
}

/// The page of a model, for people.
pub fn page(base: &str, id: &str) -> String {
    format!("{base}/{id}")
}

/// The host of an address, for people.
pub fn host(base: &str) -> &str {
    let rest = base.split_once("://").map_or(base, |(_, rest)| rest);
    rest.split('/').next().unwrap_or(rest)
}

/// A path with all characters escaped that mean something else in an address.
fn encoded(path: &str) -> String {
    let mut out = String::new();
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out += &format!("%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_the_hubs() {
        let id = RepoId::parse("Qwen/Qwen3-0.6B@refs/pr/3").unwrap();
        assert_eq!(
            listing(HUB, &id),
            "https://huggingface.co/api/models/Qwen/Qwen3-0.6B/revision/refs%2Fpr%2F3?blobs=true"
        );
        assert_eq!(
            file("http://127.0.0.1:8080/hub", "a/b", "12fd25f", "q8/my model#1.gguf"),
            "http://127.0.0.1:8080/hub/a/b/resolve/12fd25f/q8/my%20model%231.gguf"
        );
        assert_eq!(page(HUB, "a/b"), "https://huggingface.co/a/b");
        assert_eq!(host("http://127.0.0.1:8080/hub"), "127.0.0.1:8080");
    }
}
