//! What the command line, its bench and the tests that cross crates share: files and folders on
//! disk, and threads.

pub mod data_file;
pub mod files;
pub mod folder_store;
mod parquet;
pub mod pool;
mod table;

/// Keeps the memory of a step for the next one. glibc's allocator hands the large tensors back to
/// the system each time, and every page of them is faulted in anew.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
