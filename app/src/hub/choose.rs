//! Which of a repository's files make a model that the engine opens: a folder with safetensors, or
//! one of its GGUFs. Pickled weights, ONNX and all else stays where it is.

use serde::{Deserialize, Serialize};
use temper_protocol::Failure;

use super::listing::{Listing, RemoteFile, base_name};
use super::shape::Shape;
use crate::fit::Size;

/// What a folder can't do without.
const NEEDED: [&str; 2] = ["config.json", "tokenizer.json"];
/// What it may have beside.
const BESIDE: [&str; 5] = [
    "generation_config.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "chat_template.jinja",
    "chat_template.json",
];
const SINGLE: &str = "model.safetensors";
const INDEX: &str = "model.safetensors.index.json";
const ARCHITECTURES: [&str; 5] = ["llama", "mistral", "qwen2", "qwen3", "gpt2"];
/// The same for people.
const READ: &str = "Temper computes Llama (also SmolLM2), Mistral, Qwen2 (also Qwen2.5), Qwen3 and \
                    GPT-2.";
/// How the names of quantisations begin that the engine doesn't read.
const UNREAD: [&str; 4] = ["IQ", "TQ", "MXFP", "Q4_0_"];

/// The files of one model, which are downloaded together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Package {
    /// The repository.
    pub id: String,
    /// Its commit.
    pub commit: String,
    /// The GGUF's path in it; `None` for a folder.
    pub gguf: Option<String>,
    /// In the order of downloading: the weights last.
    pub files: Vec<RemoteFile>,
    /// The licence's short name.
    pub licence: Option<String>,
    /// How large the model is, where that is known.
    pub size: Option<Size>,
}

impl Package {
    /// All files together.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }

    /// For people.
    pub fn title(&self) -> String {
        match &self.gguf {
            Some(file) => format!("{} · {}", self.id, base_name(file)),
            None => self.id.clone(),
        }
    }

    /// Where it is kept, below the hub's folder: owner, name, version.
    pub fn folder(&self) -> [String; 3] {
        let (owner, name) = self.id.split_once('/').unwrap_or(("", &self.id));
        let commit = self.commit.replace('/', "_");
        let version = match &self.gguf {
            Some(file) => format!("{commit}+{}", base_name(file)),
            None => commit,
        };
        // Empty is no name of a folder.
        let owner = if owner.is_empty() { "_" } else { owner };
        [owner.to_string(), name.to_string(), version]
    }
}

/// All models of a repository: its folder first, then its GGUFs by name.
///
/// # Errors
/// There is none that the engine opens; the reason is told.
pub fn packages(listing: &Listing, shape: Option<&Shape>) -> Result<Vec<Package>, Failure> {
    check_architecture(listing, shape)?;
    let package = |gguf: Option<&RemoteFile>, files: Vec<RemoteFile>| Package {
        id: listing.id.clone(),
        commit: listing.commit.clone(),
        gguf: gguf.map(|file| file.name.clone()),
        files,
        licence: listing.licence.clone(),
        size: match shape {
            Some(shape) => shape.size(listing.parameters),
            None => listing.parameters.map(|parameters| Size { parameters, widths: None }),
        },
    };
    let ggufs = ggufs(listing).into_iter().map(|file| package(Some(file), vec![file.clone()]));
    let ggufs: Vec<Package> = ggufs.collect();
    match folder(listing, shape) {
        Ok(files) => Ok([package(None, files)].into_iter().chain(ggufs).collect()),
        Err(failure) if ggufs.is_empty() => Err(failure),
        Err(_) => Ok(ggufs),
    }
}

fn check_architecture(listing: &Listing, shape: Option<&Shape>) -> Result<(), Failure> {
    let told = shape.map(|shape| &shape.architecture).or(listing.architecture.as_ref());
    match told {
        Some(name) if !ARCHITECTURES.contains(&name.as_str()) => {
            let message = format!("{} is a “{name}” model, which Temper can't open.", listing.id);
            Err(Failure::bad_input(message).with_hint(READ))
        }
        _ => Ok(()),
    }
}

/// The files of a folder in Hugging Face's layout.
fn folder(listing: &Listing, shape: Option<&Shape>) -> Result<Vec<RemoteFile>, Failure> {
    let weights = weights(listing)?;
    let missing: Vec<&str> =
        NEEDED.into_iter().filter(|name| listing.find(name).is_none()).collect();
    if !missing.is_empty() {
        return Err(incomplete(listing, &missing.join(" and ")));
    }
    if listing.quantised.is_some() || shape.is_some_and(|shape| shape.quantised) {
        let how = listing.quantised.as_deref().unwrap_or("see its config.json");
        let message = format!("The weights of {} are quantised ({how}).", listing.id);
        return Err(Failure::bad_input(message)
            .with_hint("Look for the model that it was made from, or for a GGUF of it."));
    }
    let small = NEEDED.iter().chain(&BESIDE).filter_map(|name| listing.find(name));
    Ok(small.chain(weights).cloned().collect())
}

/// The one file, or the shards with their index.
fn weights(listing: &Listing) -> Result<Vec<&RemoteFile>, Failure> {
    if let Some(single) = listing.find(SINGLE) {
        return Ok(vec![single]);
    }
    let index = listing.find(INDEX).ok_or_else(|| no_weights(listing))?;
    let mut shards: Vec<(u32, u32, &RemoteFile)> = Vec::new();
    for file in &listing.files {
        shards.extend(shard(&file.name).map(|(number, of)| (number, of, file)));
    }
    let of = shards.iter().map(|&(_, of, _)| of).max().unwrap_or(0);
    shards.retain(|&(_, all, _)| all == of);
    let lost = (1..=of).find(|at| !shards.iter().any(|(number, _, _)| number == at));
    match lost {
        None if of == 0 => Err(incomplete(listing, "the shards of its weights")),
        Some(number) => Err(incomplete(listing, &format!("shard {number} of {of}"))),
        None => {
            Ok([index].into_iter().chain(shards.into_iter().map(|(_, _, file)| file)).collect())
        }
    }
}

/// Number and count of `model-00001-of-00003.safetensors`.
fn shard(name: &str) -> Option<(u32, u32)> {
    let middle = name.strip_prefix("model-")?.strip_suffix(".safetensors")?;
    let (number, of) = middle.split_once("-of-")?;
    Some((number.parse().ok()?, of.parse().ok()?))
}

/// Whole GGUFs that are stored in a way that the engine reads, by name.
fn ggufs(listing: &Listing) -> Vec<&RemoteFile> {
    let is_read = |file: &&RemoteFile| {
        let name = file.base_name().to_lowercase();
        let Some(stem) = name.strip_suffix(".gguf") else { return false };
        let tag = stem.rsplit(['-', '.']).next().unwrap_or_default().to_uppercase();
        !stem.contains("mmproj")
            && !stem.contains("-of-")
            && !UNREAD.iter().any(|unread| tag.starts_with(unread))
    };
    let mut found: Vec<&RemoteFile> = listing.files.iter().filter(is_read).collect();
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

/// Which of a repository's models is offered first: a folder, else a GGUF that lost little and is
/// not too large.
pub fn first_choice(packages: &[Package]) -> usize {
    let is = |package: &Package, tag: &str| {
        package.gguf.as_ref().is_some_and(|file| file.to_lowercase().contains(tag))
    };
    let folder = packages.iter().position(|package| package.gguf.is_none());
    let preferred =
        || ["q8_0", "f16"].into_iter().find_map(|tag| packages.iter().position(|it| is(it, tag)));
    folder.or_else(preferred).unwrap_or(0)
}

fn incomplete(listing: &Listing, what: &str) -> Failure {
    Failure::bad_input(format!("{} isn't complete: {what} is missing.", listing.id))
        .with_hint("Look for another copy of the model, or another revision.")
}

fn no_weights(listing: &Listing) -> Failure {
    let any = |end: &str| listing.files.iter().any(|file| file.name.ends_with(end));
    let (what, hint) = if listing.find("adapter_config.json").is_some() {
        ("is an adapter without its model", "Give the id of the model that it was made for.")
    } else if any(".gguf") {
        (
            "has only GGUFs that are split, or quantised in ways that Temper doesn't read",
            "F32, F16, BF16, Q4_0 to Q8_0 and Q2_K to Q6_K are read.",
        )
    } else if any(".bin") || any(".pt") || any(".pth") {
        (
            "has pickled weights only, which can hide programs",
            "Look for a copy with safetensors or a GGUF.",
        )
    } else {
        ("has no weights that Temper reads", "It reads safetensors and GGUF.")
    };
    Failure::bad_input(format!("{} {what}.", listing.id)).with_hint(hint)
}

#[cfg(test)]
mod tests {
    use super::super::id::RepoId;
    use super::super::listing::tests::{SMOL, listing};
    use super::*;

    fn names(package: &Package) -> Vec<&str> {
        package.files.iter().map(|file| file.name.as_str()).collect()
    }

    fn refusal(files: &[(&str, u64)]) -> String {
        packages(&listing(files), None).unwrap_err().to_string()
    }

    const SMALL: [(&str, u64); 2] = [("config.json", 1), ("tokenizer.json", 2)];

    /// 861 + 2104556 + 132 + 3764 + 655 + 269060552 bytes.
    #[test]
    fn a_folder_takes_what_the_engine_reads() {
        let smol = Listing::read(SMOL, &RepoId::parse("a/b").unwrap()).unwrap();
        let found = packages(&smol, None).unwrap();
        let expected = [
            "config.json",
            "tokenizer.json",
            "generation_config.json",
            "tokenizer_config.json",
            "special_tokens_map.json",
            "model.safetensors",
        ];
        assert_eq!((found.len(), names(&found[0])), (1, expected.to_vec()));
        assert_eq!(found[0].bytes(), 271_170_520);
        assert_eq!(found[0].title(), "HuggingFaceTB/SmolLM2-135M-Instruct");
        assert_eq!(found[0].size.map(|size| size.parameters), Some(134_515_008.0));
    }

    #[test]
    fn shards_come_with_their_index_or_not_at_all() {
        let mut files = SMALL.to_vec();
        files.extend([
            ("model.safetensors.index.json", 5),
            ("model-00001-of-00002.safetensors", 10),
            ("pytorch_model.bin", 99),
        ]);
        assert!(refusal(&files).contains("shard 2 of 2 is missing"));
        files.push(("model-00002-of-00002.safetensors", 20));
        let found = packages(&listing(&files), None).unwrap();
        assert_eq!(found[0].bytes(), 38);
        assert_eq!(names(&found[0])[2], "model.safetensors.index.json");
    }

    #[test]
    fn whole_readable_ggufs_are_offered() {
        let files = [
            ("Smol-135M-Q8_0.gguf", 145),
            ("Smol-135M-IQ4_XS.gguf", 90),
            ("f16/Smol-135M-f16-00001-of-00002.gguf", 135),
            ("Smol-135M-Q4_K_M.gguf", 105),
            ("mmproj-f16.gguf", 9),
        ];
        let found = packages(&listing(&files), None).unwrap();
        let titles: Vec<String> = found.iter().map(Package::title).collect();
        assert_eq!(
            titles,
            ["owner/name · Smol-135M-Q4_K_M.gguf", "owner/name · Smol-135M-Q8_0.gguf"]
        );
        assert_eq!(first_choice(&found), 1);
        assert_eq!(found[1].folder(), ["owner", "name", "c0ffee+Smol-135M-Q8_0.gguf"]);
    }

    #[test]
    fn what_cannot_be_opened_is_told_why() {
        let bert = Listing { architecture: Some("bert".into()), ..listing(&SMALL) };
        let words = packages(&bert, None).unwrap_err().to_string();
        assert!(words.contains("“bert”") && words.contains("SmolLM2"), "{words}");
        let whole = [("model.safetensors", 9), ("config.json", 1)];
        assert!(refusal(&whole).contains("tokenizer.json is missing"));
        let pickled = [SMALL[0], SMALL[1], ("pytorch_model.bin", 9)];
        assert!(refusal(&pickled).contains("pickled"));
        assert!(refusal(&[("adapter_config.json", 1)]).contains("an adapter without its model"));
        assert!(refusal(&[("m-IQ2_M.gguf", 1)]).contains("GGUFs"));
        let awq = Listing {
            quantised: Some("awq".into()),
            ..listing(&[SMALL[0], SMALL[1], ("model.safetensors", 9)])
        };
        assert!(packages(&awq, None).unwrap_err().message.contains("quantised (awq)"));
    }
}
