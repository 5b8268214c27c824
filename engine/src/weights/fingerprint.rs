//! Which weights a model's files hold, told without reading them all.

use sha2::{Digest, Sha256};

use super::source::{ModelFiles, SourceError};

/// Pieces of a file that are read, from its beginning to its end.
const PIECES: u64 = 64;
/// Bytes of a piece.
const PIECE: u64 = 4096;

/// A hash of the lengths of a model's weight files and of pieces all over them: another model, or
/// the same trained further, has another.
///
/// # Errors
/// A file that can't be read.
pub async fn fingerprint(files: &ModelFiles) -> Result<String, SourceError> {
    let mut hasher = Sha256::new();
    for file in files.with_extension(".safetensors").chain(files.with_extension(".gguf")) {
        let length = file.len();
        hasher.update(length.to_le_bytes());
        let piece = PIECE.min(length);
        for at in 0..PIECES {
            let offset = (length - piece) / (PIECES - 1) * at;
            hasher.update(file.read(offset, piece as usize).await?);
        }
    }
    Ok(hasher.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::*;
    use crate::weights::{ByteSource, MemorySource};

    fn of(bytes: Vec<u8>) -> String {
        let file: Rc<dyn ByteSource> = Rc::new(MemorySource::new("model.safetensors", bytes));
        pollster::block_on(fingerprint(&ModelFiles::new("model", vec![file]))).unwrap()
    }

    #[test]
    fn other_bytes_have_another_one() {
        let bytes: Vec<u8> = (0..1 << 20).map(|i: u32| (i % 251) as u8).collect();
        let mut changed = bytes.clone();
        changed[400_000..430_000].fill(0);
        assert_eq!(of(bytes.clone()), of(bytes.clone()));
        assert_ne!(of(bytes.clone()), of(changed));
        assert_ne!(of(bytes.clone()), of(bytes[1..].to_vec()));
        assert_ne!(of(vec![1]), of(vec![2]), "shorter than a piece");
        assert_ne!(of(Vec::new()), of(vec![0]));
    }
}
