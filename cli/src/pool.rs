//! The threads that products on the CPU are shared among.

/// As much as the main thread has on Linux.
const STACK_BYTES: usize = 8 << 20;

/// Runs on one of them, so that none waits for a hand-over. For once in a process.
pub fn run<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    match rayon::ThreadPoolBuilder::new().stack_size(STACK_BYTES).build_global() {
        Ok(()) => rayon::scope(|_| work()),
        Err(_) => work(),
    }
}
