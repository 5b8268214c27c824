//! One tensor in a file: where it lies, how it is stored, and reading it.

use std::rc::Rc;

use super::blocks::Encoding;
use super::error::WeightsError;
use super::source::{ByteSource, SourceError};

// Bytes read at a time: few reads, and never much beside the floats in memory.
const CHUNK: u64 = 8 << 20;

/// How a tensor's rows lie in the file, against Hugging Face's layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// The same.
    Same,
    /// Rows of each head are interleaved for llama.cpp's rotary embedding.
    Interleaved {
        /// How many heads the rows are of.
        heads: usize,
    },
    /// Stored `[out, in]`, where GPT-2's checkpoints have `[in, out]`.
    Transposed,
}

/// A tensor of a file.
pub(crate) struct StoredTensor {
    pub source: Rc<dyn ByteSource>,
    /// Its name in the file.
    pub name: String,
    /// Where its bytes begin in the file.
    pub offset: u64,
    /// The shape as stored, outermost first.
    pub shape: Vec<usize>,
    /// `Err` holds the name of an encoding that we don't read.
    pub encoding: Result<Encoding, String>,
    pub layout: Layout,
    /// The encodings that this format may have, for messages.
    pub readable: &'static str,
}

impl StoredTensor {
    /// The shape in Hugging Face's layout.
    pub fn hf_shape(&self) -> Vec<usize> {
        match self.layout {
            Layout::Transposed => self.shape.iter().rev().copied().collect(),
            Layout::Same | Layout::Interleaved { .. } => self.shape.clone(),
        }
    }

    /// All its numbers in Hugging Face's layout, row by row.
    pub async fn read(&self) -> Result<Vec<f32>, WeightsError> {
        let values = self.read_stored().await?;
        Ok(match self.layout {
            Layout::Same => values,
            Layout::Interleaved { heads } => deinterleave(&values, self.shape[0], heads),
            Layout::Transposed => transpose(&values, self.shape[0]),
        })
    }

    /// Whether another holds the same numbers; a piece of each in memory at a time.
    pub async fn is_same(&self, other: &Self) -> Result<bool, WeightsError> {
        if self.hf_shape() != other.hf_shape() {
            return Ok(false);
        }
        let encoding = match (&self.encoding, &other.encoding) {
            (Ok(one), Ok(two)) if one == two && self.layout == other.layout => *one,
            // Nobody writes the two in different types; then all numbers are needed.
            _ => return Ok(self.read().await? == other.read().await?),
        };
        let numbers: usize = self.shape.iter().product();
        let bytes = encoding.bytes(numbers as u64).ok_or_else(|| self.partial_blocks(encoding))?;
        let mut done = 0;
        while done < bytes {
            let len = CHUNK.min(bytes - done);
            let one = self.source.read(self.offset + done, len as usize).await?;
            let two = other.source.read(other.offset + done, len as usize).await?;
            if one.len() as u64 != len || two.len() as u64 != len {
                return Err(short_read(self.source.name(), len, one.len().min(two.len())).into());
            }
            if one != two {
                return Ok(false);
            }
            done += len;
        }
        Ok(true)
    }

    async fn read_stored(&self) -> Result<Vec<f32>, WeightsError> {
        let encoding = self.encoding.as_ref().map_err(|dtype| WeightsError::Dtype {
            file: self.source.name().to_string(),
            tensor: self.name.clone(),
            dtype: dtype.clone(),
            expected: self.readable,
        })?;
        let numbers: usize = self.shape.iter().product();
        let bytes = encoding.bytes(numbers as u64).ok_or_else(|| self.partial_blocks(*encoding))?;
        let block = encoding.block().1 as u64;
        let chunk = CHUNK / block * block;
        let mut values = Vec::with_capacity(numbers);
        let mut done = 0;
        while done < bytes {
            let len = chunk.min(bytes - done);
            let read = self.source.read(self.offset + done, len as usize).await?;
            // A source that gives too little would shift every number after it.
            if read.len() as u64 != len {
                return Err(short_read(self.source.name(), len, read.len()).into());
            }
            encoding.decode(&read, &mut values);
            done += len;
        }
        Ok(values)
    }

    fn partial_blocks(&self, encoding: Encoding) -> WeightsError {
        WeightsError::BadEntry {
            file: self.source.name().to_string(),
            tensor: self.name.clone(),
            why: format!("shape {:?} doesn't fill whole blocks of {encoding:?}", self.shape),
        }
    }
}

fn short_read(file: &str, wanted: u64, got: usize) -> SourceError {
    SourceError::io(file, format!("{got} bytes came where {wanted} were asked for"))
}

/// The number of elements, where it is one that memory could hold.
pub(crate) fn elements(shape: &[usize]) -> Option<usize> {
    shape.iter().try_fold(1usize, |product, &dim| product.checked_mul(dim))
}

/// Undoes what llama.cpp's converter does to query and key rows: it pairs row `j` of a head's
/// first half with row `j` of its second, so that its rotary embedding turns neighbours.
fn deinterleave(values: &[f32], rows: usize, heads: usize) -> Vec<f32> {
    let width = values.len() / rows.max(1);
    let mut out = Vec::with_capacity(values.len());
    for row in 0..rows {
        let stored = interleaved_row(row, rows, heads);
        out.extend_from_slice(&values[stored * width..(stored + 1) * width]);
    }
    out
}

/// Rows as llama.cpp's converter lays them.
pub(crate) fn interleave(values: &[f32], rows: usize, heads: usize) -> Vec<f32> {
    let width = values.len() / rows.max(1);
    let mut out = vec![0.0; values.len()];
    for row in 0..rows {
        let stored = interleaved_row(row, rows, heads);
        out[stored * width..(stored + 1) * width]
            .copy_from_slice(&values[row * width..(row + 1) * width]);
    }
    out
}

fn interleaved_row(row: usize, rows: usize, heads: usize) -> usize {
    let per_head = rows / heads;
    let (head, within, half) = (row / per_head, row % per_head, per_head / 2);
    head * per_head + 2 * (within % half) + within / half
}

fn transpose(values: &[f32], rows: usize) -> Vec<f32> {
    let columns = values.len() / rows.max(1);
    (0..columns).flat_map(|c| (0..rows).map(move |r| values[r * columns + c])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two heads of four rows, one column. The converter's
    /// `reshape(2, 2, 2).swapaxes(1, 2)` of 0..8 is 0 2 1 3 | 4 6 5 7.
    #[test]
    fn interleaved_rows_come_back_in_order() {
        let stored = [0.0, 2.0, 1.0, 3.0, 4.0, 6.0, 5.0, 7.0];
        let expected: Vec<f32> = (0..8u8).map(f32::from).collect();
        assert_eq!(deinterleave(&stored, 8, 2), expected);
        assert_eq!(interleave(&expected, 8, 2), stored);
    }

    #[test]
    fn transposing_swaps_rows_and_columns() {
        let stored = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        assert_eq!(transpose(&stored, 2), [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
    }
}
