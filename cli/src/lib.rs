//! What the command line, its bench and the tests that cross crates share: files and folders on
//! disk, threads, and memory.

pub mod data_file;
pub mod files;
pub mod folder_store;
pub mod memory;
mod parquet;
pub mod pool;
mod table;
