//! What somebody types or pastes for a repository: `owner/name`, or the address of its page, and
//! where wanted a revision.

use temper_protocol::Failure;

const HOSTS: [&str; 2] = ["huggingface.co/", "hf.co/"];
/// The branch that is meant where none is named.
const MAIN: &str = "main";
/// Longer than any name or revision of the hub.
const LONGEST: usize = 128;

/// A repository of the hub at a revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepoId {
    /// Whose.
    pub owner: String,
    /// Its name.
    pub name: String,
    /// A branch, a tag or a commit.
    pub revision: String,
}

impl RepoId {
    /// Reads what was typed.
    ///
    /// # Errors
    /// It isn't a model's id or address.
    pub fn parse(text: &str) -> Result<Self, Failure> {
        let text = text.trim();
        let path = without_host(text)?.split(['?', '#']).next().unwrap_or_default();
        let (path, tagged) = match path.split_once('@') {
            Some((path, revision)) => (path, Some(revision.to_string())),
            None => (path, None),
        };
        let mut parts = path.split('/').filter(|part| !part.is_empty());
        let owner = parts.next().unwrap_or_default();
        if matches!(owner, "datasets" | "spaces") {
            return Err(Failure::bad_input(format!("{text} is one of the hub's {owner}."))
                .with_hint("Give the id of a model."));
        }
        let name = parts.next().unwrap_or_default();
        let viewed = match parts.next() {
            Some("tree" | "blob" | "resolve" | "commit") => parts.next(),
            Some(_) => return Err(malformed(text)),
            None => None,
        };
        let viewed = viewed.map(|revision| revision.replace("%2F", "/"));
        let revision = tagged.or(viewed).unwrap_or_else(|| MAIN.to_string());
        if !is_name(owner) || !is_name(name) || !is_revision(&revision) {
            return Err(malformed(text));
        }
        Ok(Self { owner: owner.to_string(), name: name.to_string(), revision })
    }

    /// As the hub writes it, without the revision.
    pub fn path(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }
}

fn without_host(text: &str) -> Result<&str, Failure> {
    let bare = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let rest = bare.unwrap_or(text);
    let rest = rest.strip_prefix("www.").unwrap_or(rest);
    let path = HOSTS.iter().find_map(|host| rest.strip_prefix(*host));
    match (path, bare) {
        (Some(path), _) => Ok(path),
        (None, None) => Ok(text),
        (None, Some(_)) => {
            Err(Failure::bad_input(format!("{text} isn't an address of Hugging Face's hub."))
                .with_hint("Give a model's id, such as HuggingFaceTB/SmolLM2-135M-Instruct."))
        }
    }
}

fn malformed(text: &str) -> Failure {
    let message = match text.is_empty() {
        true => "There is no id yet.".to_string(),
        false => format!("“{text}” isn't the id of a model."),
    };
    Failure::bad_input(message)
        .with_hint("An id has an owner and a name: HuggingFaceTB/SmolLM2-135M-Instruct.")
}

fn is_name(part: &str) -> bool {
    is_plain(part, "-_.") && !part.starts_with(['.', '-'])
}

fn is_revision(text: &str) -> bool {
    is_plain(text, "-_./") && !text.starts_with(['.', '/'])
}

fn is_plain(text: &str, marks: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || marks.contains(c);
    (1..=LONGEST).contains(&text.len()) && text.chars().all(allowed) && !text.contains("..")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Option<(String, String)> {
        RepoId::parse(text).ok().map(|id| (id.path(), id.revision))
    }

    #[test]
    fn ids_and_addresses_are_read() {
        let smol = "HuggingFaceTB/SmolLM2-135M-Instruct";
        for (text, revision) in [
            (smol.to_string(), "main"),
            (format!("  {smol}/ "), "main"),
            (format!("{smol}@v1.0"), "v1.0"),
            (format!("{smol}@refs/pr/3"), "refs/pr/3"),
            (format!("https://huggingface.co/{smol}"), "main"),
            (format!("http://www.huggingface.co/{smol}?library=transformers"), "main"),
            (format!("hf.co/{smol}#usage"), "main"),
            (format!("https://huggingface.co/{smol}/tree/refs%2Fpr%2F3"), "refs/pr/3"),
            (format!("https://hf.co/{smol}/blob/12fd25f/config.json"), "12fd25f"),
        ] {
            assert_eq!(parsed(&text), Some((smol.to_string(), revision.to_string())), "{text}");
        }
    }

    #[test]
    fn what_is_no_model_is_refused_in_words() {
        for text in ["", "gpt2", "a/..", "a/b c", "../b", "a/b@", "a/b@../x", "a/b/c", "ä/b"] {
            assert_eq!(parsed(text), None, "{text}");
        }
        let words = |text: &str| RepoId::parse(text).unwrap_err().message;
        assert!(words("https://example.com/a/b").contains("isn't an address"));
        assert!(words("https://huggingface.co/datasets/a/b").contains("datasets"));
    }
}
