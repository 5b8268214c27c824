//! What is made once for each method, when first asked for: an opening page has better to do.

use std::sync::OnceLock;

use temper_protocol::Method;

/// A value for each method, which never changes once it is made.
pub struct PerMethod<T>([OnceLock<T>; Method::ALL.len()]);

impl<T> PerMethod<T> {
    /// None of them yet.
    pub const fn new() -> Self {
        Self([const { OnceLock::new() }; Method::ALL.len()])
    }

    /// That of a method.
    pub fn get(&self, method: Method, make: impl FnOnce(Method) -> T) -> &T {
        self.0[method as usize].get_or_init(|| make(method))
    }
}
