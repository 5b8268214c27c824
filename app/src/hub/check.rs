//! Whether a file that came is the one that the hub has, by its SHA-256.

use js_sys::{ArrayBuffer, Uint8Array};
use sha2::{Digest, Sha256};
use wasm_bindgen::JsValue;
use web_sys::{AbortSignal, File};

use super::disk::Folder;
use super::listing::RemoteFile;
use super::trouble::Trouble;
use crate::js::settle;

/// Bytes hashed at once: so few that the page isn't held up.
const AT_ONCE: f64 = 1_048_576.0;

/// Whether a file that is all there has the hash that the hub tells, where it tells one. It is
/// read once: that it was right is noted.
///
/// # Errors
/// It was stopped, or can't be read.
pub async fn is_the_hubs(
    folder: &Folder,
    file: &RemoteFile,
    signal: &AbortSignal,
) -> Result<bool, Trouble> {
    let of_storage = |thrown: JsValue| Trouble::of_storage(&thrown);
    let Some(expected) = &file.sha256 else { return Ok(true) };
    if folder.is_checked(file).await.map_err(of_storage)? {
        return Ok(true);
    }
    let whole = folder.whole(file).await?;
    let mut hasher = Sha256::new();
    let mut at = 0.0;
    while at < whole.size() {
        if signal.aborted() {
            return Err(Trouble::Stopped);
        }
        let end = (at + AT_ONCE).min(whole.size());
        hasher.update(read(&whole, at, end).await.map_err(of_storage)?);
        at = end;
    }
    let right = hexadecimal(&hasher.finalize()) == *expected;
    if right {
        folder.note_checked(file).await.map_err(of_storage)?;
    }
    Ok(right)
}

async fn read(file: &File, start: f64, end: f64) -> Result<Vec<u8>, JsValue> {
    let slice = file.slice_with_f64_and_f64(start, end)?;
    let buffer: ArrayBuffer = settle(slice.array_buffer()).await?;
    Ok(Uint8Array::new(buffer.as_ref()).to_vec())
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of FIPS 180-2.
    #[test]
    fn a_hash_is_spelled_as_the_hub_spells_it() {
        assert_eq!(
            hexadecimal(&Sha256::digest(b"abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(hexadecimal(&[0x00, 0x0f, 0xf0]), "000ff0");
    }
}
