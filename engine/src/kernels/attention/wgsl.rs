//! Which kernels there are and how their texts are completed: an invocation computes a few rows of
//! one head in registers.
//!
//! No workgroup memory and no barrier. A workgroup's invocations own neighbouring rows of one head
//! and walk the same other rows together, so that each of those is one address for all of them;
//! what they own lies side by side in memory, since [`Kind::Prepare`] has laid the vectors out as
//! `[rows, heads, width / 4, time]`, rotated.
//!
//! In the texts `%x` … `%end` is repeated for each value of x, which `$x` stands for: `i` a row
//! that an invocation owns, `j` one of the rows that it walks at a time, `h` a vector of four
//! numbers in half `g` of a head. `info` holds rows, time, heads, key heads, window, and where in
//! `work` keys, values and the output's gradients start (queries start at 0); then two numbers a
//! row, where its prompt ends and its second completion begins. Conditions are joined by `&`:
//! `&&` branches, and SwiftShader takes minutes to compile so many branches.

use crate::kernels::gpu::{self, Wgsl};

/// How the kernels that attend begin, and how those of them go on that own queries.
const SHARED: [(&str, &str); 2] =
    [("ENTRY\n", include_str!("entry.wgsl")), ("OWN_QUERIES\n", include_str!("own_queries.wgsl"))];
const PREPARE: &str = include_str!("prepare.wgsl");
const FORWARD: &str = include_str!("forward.wgsl");
const QUERIES: &str = include_str!("queries.wgsl");
const KEYS_VALUES: &str = include_str!("keys_values.wgsl");

/// One of the kernels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Lays out queries and keys for the forward pass.
    Prepare,
    /// Lays out queries, keys, values and the output's gradients for the backward pass.
    PrepareBackward,
    /// The output, and each query's log-sum-exp in base two.
    Forward,
    /// Gradients of queries.
    Queries,
    /// Gradients of keys and values.
    KeysValues,
}

/// A kernel, in one of its forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Kernel {
    /// Which.
    pub kind: Kind,
    /// Numbers of a head; a multiple of eight.
    pub width: usize,
    /// Whether queries and keys are rotated.
    pub rotary: bool,
    /// For an adapter that emulates a GPU: its registers are memory anyway, and its loads are
    /// dear, so an invocation owns more rows. On SwiftShader that takes 0.4 times as long.
    pub emulated: bool,
}

impl Kernel {
    /// Positions of a workgroup.
    pub fn tile(self) -> usize {
        if self.emulated { 32 } else { 64 }
    }

    /// Invocations of a workgroup.
    pub fn lanes(self) -> usize {
        match self.kind {
            Kind::Prepare | Kind::PrepareBackward => self.tile(),
            Kind::Forward | Kind::Queries | Kind::KeysValues => self.tile() / self.own(),
        }
    }

    /// Rows that an invocation owns. A GPU holds some 128 numbers an invocation in registers.
    fn own(self) -> usize {
        match (self.emulated, self.width) {
            (true, _) => 4,
            (false, ..=32) => 2,
            (false, _) => 1,
        }
    }

    /// Rows that it walks at a time.
    fn walk(self) -> usize {
        if self.emulated { 4 } else { 8 / self.own() }
    }

    /// What is bound, without `info`.
    fn buffers(self) -> Vec<(&'static str, &'static str)> {
        let mut buffers = match self.kind {
            Kind::Prepare => vec![("queries", "V"), ("keys", "V"), ("work", "V")],
            Kind::PrepareBackward => {
                vec![
                    ("queries", "V"),
                    ("keys", "V"),
                    ("values", "V"),
                    ("grads", "V"),
                    ("work", "V"),
                ]
            }
            Kind::Forward => {
                return vec![("work", "V"), ("values", "V"), ("out", "V"), ("log_sums", "f32")];
            }
            Kind::Queries => vec![
                ("work", "V"),
                ("log_sums", "f32"),
                ("deltas", "f32"),
                ("out", "V"),
                ("grad_queries", "V"),
            ],
            Kind::KeysValues => vec![
                ("work", "V"),
                ("log_sums", "f32"),
                ("deltas", "f32"),
                ("grad_keys", "V"),
                ("grad_values", "V"),
            ],
        };
        if self.rotary {
            buffers.push(("table", "V"));
        }
        buffers
    }

    fn constants(self) -> String {
        format!(
            "const WIDTH4 = {}u;
const HALF4 = {}u;
const LANES = {}u;
const TILE = {}u;
const WALK = {}u;
const ROOT = {:?}f;
const LOG2_E = 1.442695f;
const LN_2 = 0.6931472f;
const LOWEST = -1e30f;
const NONE = 0xffffffffu;
",
            self.width / 4,
            self.width / 8,
            self.lanes(),
            self.tile(),
            self.walk(),
            1.0 / (self.width as f32).sqrt(),
        )
    }

    /// How often each block of a text is repeated.
    fn repeats(self) -> [(&'static str, usize); 7] {
        [
            ("i", self.own()),
            ("j", self.walk()),
            ("g", 2),
            ("h", self.width / 8),
            ("rotary", usize::from(self.rotary)),
            ("plain", usize::from(!self.rotary)),
            ("backward", usize::from(self.kind == Kind::PrepareBackward)),
        ]
    }
}

impl Wgsl for Kernel {
    fn source(self) -> String {
        let text = match self.kind {
            Kind::Prepare | Kind::PrepareBackward => PREPARE,
            Kind::Forward => FORWARD,
            Kind::Queries => QUERIES,
            Kind::KeysValues => KEYS_VALUES,
        };
        let text =
            SHARED.iter().fold(text.to_owned(), |text, (name, part)| text.replace(name, part));
        let lines: Vec<&str> = text.lines().collect();
        let rest = self.constants() + &expand(&lines, &self.repeats());
        gpu::text(true, &self.buffers(), &rest)
    }
}

/// Repeats what stands between `%x` and its `%end`, with `$x` replaced.
fn expand(lines: &[&str], repeats: &[(&'static str, usize)]) -> String {
    let mut out = String::new();
    let mut at = 0;
    while at < lines.len() {
        if let Some(name) = lines[at].strip_prefix('%') {
            let end = at + 1 + block(&lines[at + 1..]);
            let inner = expand(&lines[at + 1..end], repeats);
            let times = repeats.iter().find(|(known, _)| *known == name).map_or(0, |found| found.1);
            for value in 0..times {
                out += &inner.replace(&format!("${name}"), &value.to_string());
            }
            at = end + 1;
        } else {
            out += lines[at];
            out.push('\n');
            at += 1;
        }
    }
    out
}

/// Lines before the `%end` of a block that has just begun.
fn block(lines: &[&str]) -> usize {
    let mut depth = 1;
    for (at, line) in lines.iter().enumerate() {
        match line.strip_prefix('%') {
            Some("end") => depth -= 1,
            Some(_) => depth += 1,
            None => {}
        }
        if depth == 0 {
            return at;
        }
    }
    lines.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KINDS: [Kind; 5] =
        [Kind::Prepare, Kind::PrepareBackward, Kind::Forward, Kind::Queries, Kind::KeysValues];

    #[test]
    fn no_template_is_left_in_a_text() {
        for kind in KINDS {
            for (width, rotary, emulated) in [(8, true, true), (64, false, false)] {
                let source = Kernel { kind, width, rotary, emulated }.source();
                assert!(!source.contains('$') && !source.contains("%end"), "{kind:?}");
                assert!(SHARED.iter().all(|(name, _)| !source.contains(name)), "{kind:?}");
                // Those would be placeholders to burn's own templates.
                assert!(!source.contains("{{") && !source.contains("}}"), "{kind:?}");
            }
        }
    }

    #[test]
    fn blocks_repeat_inside_blocks() {
        let lines = ["%i", "a$i", "%j", "b$i_$j", "%end", "%end", "c"];
        let repeats = [("i", 2), ("j", 2)];
        assert_eq!(expand(&lines, &repeats), "a0\nb0_0\nb0_1\na1\nb1_0\nb1_1\nc\n");
    }
}
