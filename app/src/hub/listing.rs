//! What the hub says of a repository: its files with their sizes, its licence, whether it is
//! gated, and what it says of the model inside.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use temper_protocol::Failure;

use super::id::RepoId;

/// A file of a repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoteFile {
    /// Its path in the repository.
    pub name: String,
    /// Its length.
    pub bytes: u64,
    /// The SHA-256 of its bytes, in hexadecimal: the hub tells it of large files.
    #[serde(default)]
    pub sha256: Option<String>,
}

impl RemoteFile {
    /// Its name without folders.
    pub fn base_name(&self) -> &str {
        base_name(&self.name)
    }
}

/// The last part of a path.
pub fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// A repository at a commit.
#[derive(Clone, Debug, PartialEq)]
pub struct Listing {
    /// `owner/name`, as the hub spells it.
    pub id: String,
    /// The hash that the revision stood for when it was looked up.
    pub commit: String,
    /// All files.
    pub files: Vec<RemoteFile>,
    /// The licence's short name.
    pub licence: Option<String>,
    /// Whether its authors want to know who reads it.
    pub gated: bool,
    /// What it is for: `text-generation`.
    pub task: Option<String>,
    /// Its `model_type`, or what stands for it.
    pub architecture: Option<String>,
    /// How its weights are quantised, where they are.
    pub quantised: Option<String>,
    /// How many weights.
    pub parameters: Option<f64>,
}

impl Listing {
    /// Reads the hub's answer about `id`.
    ///
    /// # Errors
    /// It isn't one.
    pub fn read(text: &str, id: &RepoId) -> Result<Self, Failure> {
        let json: Value = serde_json::from_str(text).map_err(|_| not_a_listing(id))?;
        let siblings = json.get("siblings").and_then(Value::as_array);
        let files = siblings.ok_or_else(|| not_a_listing(id))?.iter().filter_map(file).collect();
        Ok(Self {
            id: text_at(&json, "/id").unwrap_or_else(|| id.path()),
            commit: text_at(&json, "/sha").unwrap_or_else(|| id.revision.clone()),
            files,
            licence: licence(&json),
            gated: json.get("gated").is_some_and(is_gate),
            task: text_at(&json, "/pipeline_tag"),
            architecture: architecture(&json),
            quantised: text_at(&json, "/config/quantization_config/quant_method"),
            parameters: number_at(&json, "/safetensors/total")
                .or_else(|| number_at(&json, "/gguf/total")),
        })
    }

    /// The file of this path.
    pub fn find(&self, name: &str) -> Option<&RemoteFile> {
        self.files.iter().find(|file| file.name == name)
    }
}

fn not_a_listing(id: &RepoId) -> Failure {
    Failure::bad_input(format!("What the hub says of {} can't be read.", id.path()))
        .with_hint("Try again later; if it stays so, the hub may have changed.")
}

/// `false`, or how access is granted: `"auto"`, `"manual"`.
fn is_gate(gated: &Value) -> bool {
    gated.is_string() || gated.as_bool() == Some(true)
}

/// A path that leaves its folder is no file of a repository.
fn file(sibling: &Value) -> Option<RemoteFile> {
    let name = sibling.get("rfilename")?.as_str()?;
    if name.is_empty() || name.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return None;
    }
    let bytes = ["/size", "/lfs/size"].iter().find_map(|at| sibling.pointer(at)?.as_u64())?;
    let sha256 = text_at(sibling, "/lfs/sha256").filter(|hash| is_sha256(hash));
    Some(RemoteFile { name: name.to_string(), bytes, sha256 })
}

fn is_sha256(hash: &str) -> bool {
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    hash.len() == 64 && hash.bytes().all(is_digit)
}

/// From the model card, else from the tags; `other` has a name of its own.
fn licence(json: &Value) -> Option<String> {
    let card = json.pointer("/cardData/license").and_then(|licence| match licence {
        Value::Array(several) => several.first()?.as_str(),
        one => one.as_str(),
    });
    let tags = json.get("tags").and_then(Value::as_array).into_iter().flatten();
    let tag = tags.filter_map(Value::as_str).find_map(|tag| tag.strip_prefix("license:"));
    match card.or(tag) {
        Some("other") => text_at(json, "/cardData/license_name").or_else(|| Some("other".into())),
        found => found.map(str::to_string),
    }
}

fn architecture(json: &Value) -> Option<String> {
    let class = json.pointer("/config/architectures/0").and_then(Value::as_str);
    let by_class = || match class? {
        "LlamaForCausalLM" => Some("llama".to_string()),
        "MistralForCausalLM" => Some("mistral".to_string()),
        "Qwen2ForCausalLM" => Some("qwen2".to_string()),
        "Qwen3ForCausalLM" => Some("qwen3".to_string()),
        "GPT2LMHeadModel" => Some("gpt2".to_string()),
        other => Some(other.to_string()),
    };
    text_at(json, "/config/model_type")
        .or_else(by_class)
        .or_else(|| text_at(json, "/gguf/architecture"))
}

fn text_at(json: &Value, path: &str) -> Option<String> {
    let text = json.pointer(path)?.as_str()?;
    (!text.is_empty()).then(|| text.to_string())
}

fn number_at(json: &Value, path: &str) -> Option<f64> {
    json.pointer(path)?.as_f64().filter(|number| *number > 0.0)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// As the hub answers, shortened.
    pub const SMOL: &str = r#"{
        "_id": "6723884218e2a4ddd0a5a5fa", "id": "HuggingFaceTB/SmolLM2-135M-Instruct",
        "private": false, "pipeline_tag": "text-generation", "library_name": "transformers",
        "tags": ["transformers", "safetensors", "llama", "license:apache-2.0", "region:us"],
        "downloads": 402133, "modelId": "HuggingFaceTB/SmolLM2-135M-Instruct",
        "author": "HuggingFaceTB", "sha": "12fd25f77366fa6b3b4b768ec3050bf629380bac",
        "gated": false, "disabled": false,
        "config": {"architectures": ["LlamaForCausalLM"], "model_type": "llama",
            "tokenizer_config": {"bos_token": "<|im_start|>"}},
        "cardData": {"library_name": "transformers", "license": "apache-2.0", "language": ["en"]},
        "siblings": [
            {"rfilename": ".gitattributes", "size": 1519, "blobId": "a6344aac"},
            {"rfilename": "README.md", "size": 4903, "blobId": "55a3fe26"},
            {"rfilename": "config.json", "size": 861, "blobId": "2c9c4a7e"},
            {"rfilename": "generation_config.json", "size": 132, "blobId": "c5e9f7e1"},
            {"rfilename": "merges.txt", "size": 466391, "blobId": "3b6f1b0b"},
            {"rfilename": "model.safetensors", "size": 269060552, "blobId": "a4f1c7b0",
                "lfs": {"sha256":
                "5af571cbf074e6d21a03528d2330792e532ca608f24ac70a143f6b369968ab8c", "size": 269060552, "pointerSize": 134}},
            {"rfilename": "onnx/config.json", "size": 900, "blobId": "77aa11bb"},
            {"rfilename": "onnx/model_q4.onnx", "size": 181000000, "blobId": "88bb22cc"},
            {"rfilename": "special_tokens_map.json", "size": 655, "blobId": "a1a2a3a4"},
            {"rfilename": "tokenizer.json", "size": 2104556, "blobId": "b1b2b3b4"},
            {"rfilename": "tokenizer_config.json", "size": 3764, "blobId": "c1c2c3c4"},
            {"rfilename": "../escape.json", "size": 1, "blobId": "d1d2d3d4"}
        ],
        "safetensors": {"parameters": {"BF16": 134515008}, "total": 134515008},
        "usedStorage": 1403000000
    }"#;

    /// A listing of these files and no more.
    pub fn listing(files: &[(&str, u64)]) -> Listing {
        let file =
            |&(name, bytes): &(&str, u64)| RemoteFile { name: name.into(), bytes, sha256: None };
        Listing {
            id: "owner/name".into(),
            commit: "c0ffee".into(),
            files: files.iter().map(file).collect(),
            licence: None,
            gated: false,
            task: None,
            architecture: Some("llama".into()),
            quantised: None,
            parameters: None,
        }
    }

    fn read(text: &str) -> Listing {
        Listing::read(text, &RepoId::parse("owner/name").unwrap()).unwrap()
    }

    #[test]
    fn the_hubs_answer_is_read() {
        let found = read(SMOL);
        assert_eq!(found.id, "HuggingFaceTB/SmolLM2-135M-Instruct");
        assert_eq!(found.commit, "12fd25f77366fa6b3b4b768ec3050bf629380bac");
        assert_eq!(found.licence.as_deref(), Some("apache-2.0"));
        assert_eq!(found.architecture.as_deref(), Some("llama"));
        assert_eq!(found.parameters, Some(134_515_008.0));
        assert_eq!(found.find("model.safetensors").map(|file| file.bytes), Some(269_060_552));
        assert!(!found.gated && found.files.len() == 11);
        let hash = |name| found.find(name).and_then(|file| file.sha256.as_deref());
        let of_weights = "5af571cbf074e6d21a03528d2330792e532ca608f24ac70a143f6b369968ab8c";
        assert_eq!((hash("model.safetensors"), hash("config.json")), (Some(of_weights), None));
        assert!(!is_sha256("5af571cb") && !is_sha256(&of_weights.to_uppercase()));
    }

    #[test]
    fn gates_licences_and_ggufs_are_seen() {
        let gated = read(
            r#"{"siblings": [], "gated": "manual", "tags": ["license:llama3.2"],
                "gguf": {"total": 1235814432, "architecture": "llama"}}"#,
        );
        assert!(gated.gated);
        assert_eq!(gated.licence.as_deref(), Some("llama3.2"));
        assert_eq!(gated.architecture.as_deref(), Some("llama"));
        assert_eq!(gated.parameters, Some(1_235_814_432.0));
        assert_eq!((gated.id.as_str(), gated.commit.as_str()), ("owner/name", "main"));
        let card = r#"{"license": "other", "license_name": "qwen-research"}"#;
        let other = read(&format!(r#"{{"siblings": [], "cardData": {card}}}"#));
        assert_eq!(other.licence.as_deref(), Some("qwen-research"));
        let id = RepoId::parse("a/b").unwrap();
        assert!(Listing::read("<html>", &id).is_err() && Listing::read("{}", &id).is_err());
    }
}
