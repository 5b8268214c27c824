//! safetensors: a JSON header that says where each tensor lies, then the tensors.
//!
//! Only the header is read when a file is opened, and every offset in it is checked against
//! the file's length before any tensor is believed.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::blocks::{Encoding, SAFETENSORS_ENCODINGS};
use super::error::WeightsError;
use super::source::{ByteSource, ModelFiles, base_name};
use super::tensor::{Layout, StoredTensor, elements};

/// The name of a model in one file.
pub(crate) const SINGLE: &str = "model.safetensors";
/// The name of the list of a model's shards.
pub(crate) const INDEX: &str = "model.safetensors.index.json";

// The format's own limit.
const LONGEST_HEADER: u64 = 100_000_000;

#[derive(Deserialize)]
struct Entry {
    dtype: String,
    shape: Vec<usize>,
    data_offsets: (u64, u64),
}

#[derive(Deserialize)]
struct Index {
    weight_map: BTreeMap<String, String>,
}

/// The tensors of one file, by name.
pub(crate) async fn open(
    source: &Rc<dyn ByteSource>,
) -> Result<BTreeMap<String, StoredTensor>, WeightsError> {
    let file = source.name();
    let header_len = header_len(&**source).await?;
    let header = source.read(8, header_len as usize).await?;
    let header: Map<String, Value> = serde_json::from_slice(&header)
        .map_err(|e| format_error(file, format!("its header isn't JSON: {e}")))?;
    let mut tensors = BTreeMap::new();
    for (name, entry) in header {
        if name == "__metadata__" {
            continue;
        }
        let entry: Entry = serde_json::from_value(entry)
            .map_err(|e| bad_entry(file, &name, format!("its entry can't be read: {e}")))?;
        let tensor = stored(source, &name, entry, 8 + header_len)?;
        tensors.insert(name, tensor);
    }
    Ok(tensors)
}

async fn header_len(source: &dyn ByteSource) -> Result<u64, WeightsError> {
    let (file, len) = (source.name(), source.len());
    if len == 0 {
        return Err(WeightsError::Empty { file: file.to_string() });
    }
    if len < 8 {
        return Err(format_error(file, format!("it has only {len} bytes")));
    }
    let prefix = source.read(0, 8).await?;
    let prefix: [u8; 8] = prefix
        .try_into()
        .map_err(|_| format_error(file, "its first bytes can't be read".to_string()))?;
    if &prefix == b"version " {
        let why = "it is Git LFS's pointer to one: download the file itself".to_string();
        return Err(format_error(file, why));
    }
    let header = u64::from_le_bytes(prefix);
    if !(2..=LONGEST_HEADER).contains(&header) {
        return Err(format_error(file, format!("its header would have {header} bytes")));
    }
    if source.read(8, usize::from(len > 8)).await? != b"{" {
        return Err(format_error(file, "its header doesn't begin with {".to_string()));
    }
    if 8 + header > len {
        let what = "its header".to_string();
        return Err(WeightsError::Truncated { file: file.to_string(), what, end: 8 + header, len });
    }
    Ok(header)
}

fn stored(
    source: &Rc<dyn ByteSource>,
    name: &str,
    entry: Entry,
    data: u64,
) -> Result<StoredTensor, WeightsError> {
    let (file, (begin, end)) = (source.name(), entry.data_offsets);
    let encoding = Encoding::from_safetensors(&entry.dtype).ok_or(entry.dtype);
    if begin > end {
        return Err(bad_entry(file, name, format!("it begins at {begin} and ends at {end}")));
    }
    let last = data.saturating_add(end);
    if last > source.len() {
        let (file, what) = (file.to_string(), format!("tensor {name}"));
        return Err(WeightsError::Truncated { file, what, end: last, len: source.len() });
    }
    if let Ok(encoding) = &encoding {
        let wanted = elements(&entry.shape).and_then(|n| encoding.bytes(n as u64));
        if wanted != Some(end - begin) {
            let why = format!("{} bytes for shape {:?} of {encoding:?}", end - begin, entry.shape);
            return Err(bad_entry(file, name, why));
        }
    }
    Ok(StoredTensor {
        source: Rc::clone(source),
        name: name.to_string(),
        offset: data + begin,
        shape: entry.shape,
        encoding,
        layout: Layout::Same,
        readable: SAFETENSORS_ENCODINGS,
    })
}

/// The tensors of a model in shards, which its index lists.
pub(crate) async fn open_sharded(
    files: &ModelFiles,
    index_source: &Rc<dyn ByteSource>,
) -> Result<BTreeMap<String, StoredTensor>, WeightsError> {
    let index = index_source.name();
    let text = files.read_all(base_name(index)).await?.unwrap_or_default();
    let Index { weight_map } = serde_json::from_slice(&text).map_err(|e| WeightsError::Json {
        file: index.to_string(),
        message: format!("not an index of shards: {e}"),
    })?;
    let mut shards: BTreeMap<&String, Vec<&String>> = BTreeMap::new();
    for (name, shard) in &weight_map {
        shards.entry(shard).or_default().push(name);
    }
    let mut tensors = BTreeMap::new();
    for (shard, names) in shards {
        let source = files.find(base_name(shard)).ok_or_else(|| WeightsError::MissingShard {
            index: index.to_string(),
            shard: shard.clone(),
            tensor: names.first().map_or_else(String::new, |name| (*name).clone()),
        })?;
        let mut found = open(source).await?;
        for name in names {
            let tensor = found.remove(name).ok_or_else(|| WeightsError::MissingTensor {
                file: source.name().to_string(),
                tensor: name.clone(),
            })?;
            tensors.insert(name.clone(), tensor);
        }
    }
    Ok(tensors)
}

fn format_error(file: &str, why: String) -> WeightsError {
    WeightsError::Format { file: file.to_string(), format: "safetensors", why }
}

fn bad_entry(file: &str, tensor: &str, why: String) -> WeightsError {
    WeightsError::BadEntry { file: file.to_string(), tensor: tensor.to_string(), why }
}
