//! What the command line, its bench and the tests that cross crates share: files and folders on
//! disk, and threads.

pub mod files;
pub mod folder_store;
pub mod pool;
