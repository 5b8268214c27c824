//! Parquet, in which data sets are published, as the JSON lines that page and engine read.

use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, FileReader, SerializedFileReader};
use serde_json::Value;

/// What every Parquet file begins with.
pub const MAGIC: &[u8] = b"PAR1";

/// Why a file isn't read.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// Its columns are compressed by what isn't built in.
    #[error("it is compressed by {0}, which isn't read here")]
    Compressed(&'static str),
    /// Its rows are more text than is wanted, bytes.
    #[error("its rows are more than {} MB of text", .0 >> 20)]
    TooLong(usize),
    /// It isn't the Parquet that it says it is.
    #[error("{}", words(.0))]
    Broken(#[from] ParquetError),
}

/// The rows of a file as JSON, a line each.
///
/// # Errors
/// It is broken, compressed by what isn't built in, or more text than `most_bytes`.
pub fn lines(file: impl ChunkReader + 'static, most_bytes: usize) -> Result<Vec<u8>, Unreadable> {
    let reader = SerializedFileReader::new(file)?;
    let mut columns = reader.metadata().row_groups().iter().flat_map(|group| group.columns());
    if let Some(name) = columns.find_map(|column| unread(column.compression())) {
        return Err(Unreadable::Compressed(name));
    }
    let mut lines = Vec::new();
    for row in reader.get_row_iter(None)? {
        let mut row = row?.to_json_value();
        without_nulls(&mut row);
        lines.extend(row.to_string().into_bytes());
        lines.push(b'\n');
        if lines.len() > most_bytes {
            return Err(Unreadable::TooLong(most_bytes));
        }
    }
    Ok(lines)
}

/// The name of a compression that isn't built in.
fn unread(compression: Compression) -> Option<&'static str> {
    match compression {
        Compression::UNCOMPRESSED | Compression::SNAPPY | Compression::GZIP(_) => None,
        Compression::ZSTD(_) => (!cfg!(feature = "zstd")).then_some("zstd"),
        Compression::BROTLI(_) => Some("brotli"),
        Compression::LZ4 | Compression::LZ4_RAW => Some("lz4"),
        Compression::LZO => Some("lzo"),
    }
}

/// A column of structs has every key in every row, null where the row had none.
fn without_nulls(value: &mut Value) {
    match value {
        Value::Object(keys) => {
            keys.retain(|_, value| !value.is_null());
            keys.values_mut().for_each(without_nulls);
        }
        Value::Array(values) => values.iter_mut().for_each(without_nulls),
        _ => {}
    }
}

fn words(error: &ParquetError) -> String {
    error.to_string().trim_start_matches("Parquet error: ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    /// `pairs.parquet` was written by pyarrow with the rows of `pairs.jsonl`, in snappy;
    /// `zstd.parquet` with the first three of them.
    fn fixture(name: &str) -> Vec<u8> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/trl/");
        std::fs::read(format!("{folder}{name}")).expect("the fixture")
    }

    fn rows(lines: &[u8]) -> Vec<Value> {
        let lines = std::str::from_utf8(lines).expect("UTF-8").lines();
        lines.map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }

    fn read(file: Vec<u8>) -> Result<Vec<Value>, String> {
        let lines = lines(Bytes::from(file), usize::MAX);
        lines.map(|lines| rows(&lines)).map_err(|unreadable| unreadable.to_string())
    }

    #[test]
    fn rows_in_parquet_are_the_rows() {
        let found = read(fixture("pairs.parquet")).expect("Parquet");
        assert_eq!(found.len(), 32);
        assert_eq!(found, rows(&fixture("pairs.jsonl")));
    }

    #[test]
    fn what_is_broken_is_an_error() {
        assert!(read(b"PAR1 and no more".to_vec()).is_err());
        let whole = fixture("pairs.parquet");
        assert!(read(whole[..whole.len() / 2].to_vec()).is_err());
    }

    #[test]
    fn a_compression_that_is_not_built_in_is_named() {
        let found = read(fixture("zstd.parquet"));
        match cfg!(feature = "zstd") {
            true => assert_eq!(found.expect("zstd"), rows(&fixture("pairs.jsonl"))[..3]),
            false => assert!(found.is_err_and(|words| words.contains("zstd"))),
        }
        assert_eq!(unread(Compression::LZ4_RAW), Some("lz4"));
        assert_eq!(unread(Compression::SNAPPY), None);
    }

    #[test]
    fn more_text_than_is_wanted_is_not_held() {
        let file = Bytes::from(fixture("pairs.parquet"));
        let unreadable = lines(file, 1 << 10).expect_err("32 rows are longer");
        assert!(matches!(unreadable, Unreadable::TooLong(1024)), "{unreadable}");
    }

    #[test]
    fn keys_without_a_value_are_left_out() {
        let mut row = serde_json::json!({"a": null, "b": [{"c": null, "d": 1}, null], "e": ""});
        without_nulls(&mut row);
        assert_eq!(row, serde_json::json!({"b": [{"d": 1}, null], "e": ""}));
    }
}
