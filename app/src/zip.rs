//! A zip archive without compression: weights don't compress, and this needs no dependency.
//!
//! Layout: for each file a local header and its bytes, then the central directory, then its end
//! record (PKWARE's APPNOTE.TXT, sections 4.3.7, 4.3.12 and 4.3.16).

/// The size and checksum of a file, which its headers need before its bytes.
pub struct Entry<'a> {
    /// Its name in the archive.
    pub name: &'a str,
    /// Its length, bytes.
    pub size: u32,
    /// Its CRC-32.
    pub crc: u32,
}

const LOCAL: u32 = 0x0403_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
/// Version 2.0 of the format, which is all that stored files need.
const VERSION: u16 = 20;
/// 1 January 1980, midnight: the format's earliest date, so that archives don't differ by it.
const DATE: u32 = 0x0021_0000;

/// What stands before a file's bytes.
pub fn local_header(entry: &Entry<'_>) -> Vec<u8> {
    let mut out = LOCAL.to_le_bytes().to_vec();
    common(&mut out, entry);
    out.extend(entry.name.as_bytes());
    out
}

/// What stands after the last file's bytes.
pub fn directory(entries: &[Entry<'_>]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut offset = 0_u32;
    for entry in entries {
        out.extend(CENTRAL.to_le_bytes());
        out.extend(VERSION.to_le_bytes());
        common(&mut out, entry);
        // Comment length, disk, internal and external attributes: none.
        out.extend([0; 10]);
        out.extend(offset.to_le_bytes());
        out.extend(entry.name.as_bytes());
        offset += local_header(entry).len() as u32 + entry.size;
    }
    let size = out.len() as u32;
    let count = entries.len() as u16;
    out.extend(END.to_le_bytes());
    out.extend([0; 4]);
    out.extend(count.to_le_bytes());
    out.extend(count.to_le_bytes());
    out.extend(size.to_le_bytes());
    out.extend(offset.to_le_bytes());
    out.extend([0; 2]);
    out
}

/// The fields that both headers share, from version to the lengths of name and extra.
fn common(out: &mut Vec<u8>, entry: &Entry<'_>) {
    out.extend(VERSION.to_le_bytes());
    // Flags and method: none, stored.
    out.extend([0; 4]);
    out.extend(DATE.to_le_bytes());
    out.extend(entry.crc.to_le_bytes());
    out.extend(entry.size.to_le_bytes());
    out.extend(entry.size.to_le_bytes());
    out.extend((entry.name.len() as u16).to_le_bytes());
    out.extend([0; 2]);
}

/// CRC-32 (IEEE 802.3), to be fed in pieces.
#[derive(Clone, Copy)]
pub struct Crc(u32);

impl Crc {
    /// Of nothing yet.
    pub fn new() -> Self {
        Self(!0)
    }

    /// Takes in the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            let index = (self.0 ^ u32::from(byte)) & 0xff;
            self.0 = TABLE[index as usize] ^ (self.0 >> 8);
        }
    }

    /// Of all taken in so far.
    pub fn value(self) -> u32 {
        !self.0
    }
}

const TABLE: [u32; 256] = table();

const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        let mut value = index as u32;
        let mut bit = 0;
        while bit < 8 {
            value = if value & 1 == 1 { 0xedb8_8320 ^ (value >> 1) } else { value >> 1 };
            bit += 1;
        }
        table[index] = value;
        index += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crc_is_the_standard_one_however_it_is_cut() {
        // The check value of CRC-32/ISO-HDLC.
        let mut crc = Crc::new();
        crc.update(b"1234");
        crc.update(b"56789");
        assert_eq!(crc.value(), 0xcbf4_3926);
    }

    /// Python's `zipfile` reads this layout back and finds the same two files.
    #[test]
    fn offsets_point_at_the_local_headers() {
        let first = Entry { name: "a.json", size: 2, crc: 0x1234 };
        let second = Entry { name: "bb", size: 5, crc: 0 };
        let header = local_header(&first).len();
        assert_eq!(header, 30 + 6);
        let directory = directory(&[first, second]);
        assert_eq!(directory.len(), 46 + 6 + 46 + 2 + 22);
        let second_offset = &directory[46 + 6 + 42..46 + 6 + 46];
        assert_eq!(second_offset, (header as u32 + 2).to_le_bytes());
        let start = &directory[directory.len() - 6..directory.len() - 2];
        assert_eq!(start, (header as u32 + 2 + 30 + 2 + 5).to_le_bytes());
    }
}
