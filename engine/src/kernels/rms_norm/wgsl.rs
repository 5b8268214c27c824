//! The norm's texts: eight threads share a token, four tokens a workgroup, one barrier.
//!
//! One thread a token is best on SwiftShader and leaves a GPU idle; 64 threads a token is the
//! usual choice on a GPU and costs SwiftShader fourteen times as much. Measured there, forward,
//! 512 tokens of 576: one thread 3.5 ms, eight 5 ms, 64 threads 49 ms.

use crate::kernels::gpu::{self, Wgsl};

/// Threads that share a token.
pub const THREADS: usize = 8;
/// Tokens of a workgroup.
pub const TOKENS: usize = 4;

/// A kernel in one of its forms. `info` is (tokens, values of `V` a token, ε).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kernel {
    /// X, \[Update,\] Weight, \[Sum,\] Normed
    Forward {
        /// Whether `V` is a vector.
        vectors: bool,
        /// Whether Update is added to X, into Sum.
        add: bool,
    },
    /// X, Weight, Grad, \[Direct,\] GradX, \[Products\]
    Backward {
        /// Whether `V` is a vector.
        vectors: bool,
        /// Whether Direct is added to the gradient.
        add: bool,
        /// Whether the tokens' parts of the weight's gradient are stored in Products.
        weight: bool,
    },
}

// A workgroup that reaches beyond the last token computes that one again and doesn't store it:
// a barrier wants all threads.
const START: &str = "@compute @workgroup_size(THREADS, TOKENS)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_id) local: vec3<u32>,
) {
  let tokens = info[0];
  let cells = info[1];
  let eps = bitcast<f32>(info[2]);
  let width = f32(cells * WIDTH);
  let token = (group.y * groups.x + group.x) * TOKENS + local.y;
  let stored = token < tokens;
  let start = min(token, tokens - 1u) * cells;
  let first = local.y * THREADS;
";

const FORWARD: &str = "  var squares = V(0.0);
  for (var i = local.x; i < cells; i += THREADS) {
    let x = LOADED;
    KEEP
    squares = fma(x, x, squares);
  }
  parts[first + local.x] = total(squares);
  workgroupBarrier();
  var square = 0.0;
  for (var k = 0u; k < THREADS; k += 1u) { square += parts[first + k]; }
  if (!stored) { return; }
  let scale = 1.0 / sqrt(square / width + eps);
  for (var i = local.x; i < cells; i += THREADS) {
    Normed[start + i] = KEPT * scale * Weight[i];
  }
}
";

const BACKWARD: &str = "  var squares = V(0.0);
  var products = V(0.0);
  for (var i = local.x; i < cells; i += THREADS) {
    let x = X[start + i];
    squares = fma(x, x, squares);
    products = fma(x, Grad[start + i] * Weight[i], products);
  }
  parts[first + local.x] = vec2<f32>(total(squares), total(products));
  workgroupBarrier();
  var sums = vec2<f32>(0.0);
  for (var k = 0u; k < THREADS; k += 1u) { sums += parts[first + k]; }
  if (!stored) { return; }
  let scale = 1.0 / sqrt(sums.x / width + eps);
  let along = scale * scale * scale * sums.y / width;
  for (var i = local.x; i < cells; i += THREADS) {
    let x = X[start + i];
    let grad = Grad[start + i];
    GradX[start + i] = grad * Weight[i] * scale - x * alongDIRECT;
    PRODUCTS
  }
}
";

impl Wgsl for Kernel {
    fn source(self) -> String {
        match self {
            Kernel::Forward { vectors, add } => forward(vectors, add),
            Kernel::Backward { vectors, add, weight } => backward(vectors, add, weight),
        }
    }
}

/// All but the buffers; `part` is the type of a thread's partial sums.
fn rest(part: &str, body: &str) -> String {
    format!(
        "const THREADS = {THREADS}u;
const TOKENS = {TOKENS}u;
var<workgroup> parts: array<{part}, THREADS * TOKENS>;
{START}{body}"
    )
}

fn forward(vectors: bool, add: bool) -> String {
    let mut buffers = vec![("X", "V"), ("Weight", "V"), ("Normed", "V")];
    let mut body = FORWARD.to_owned();
    if add {
        buffers.insert(1, ("Update", "V"));
        buffers.insert(3, ("Sum", "V"));
        body = body.replace("LOADED", "X[start + i] + Update[start + i]");
        body = body.replace("KEEP", "if (stored) { Sum[start + i] = x; }");
        body = body.replace("KEPT", "Sum[start + i]");
    }
    let body = body.replace("LOADED", "X[start + i]").replace("KEEP", "");
    gpu::text(vectors, &buffers, &rest("f32", &body.replace("KEPT", "X[start + i]")))
}

fn backward(vectors: bool, add: bool, weight: bool) -> String {
    let mut buffers = vec![("X", "V"), ("Weight", "V"), ("Grad", "V")];
    let mut body = BACKWARD.to_owned();
    if add {
        buffers.push(("Direct", "V"));
        body = body.replace("DIRECT", " + Direct[start + i]");
    }
    buffers.push(("GradX", "V"));
    if weight {
        buffers.push(("Products", "V"));
        body = body.replace("PRODUCTS", "Products[start + i] = grad * x * scale;");
    }
    let body = body.replace("DIRECT", "").replace("PRODUCTS", "");
    gpu::text(vectors, &buffers, &rest("vec2<f32>", &body))
}
