//! A value of a GGUF's metadata.

/// What a key of the metadata holds. Widths are dropped: nobody asks for them.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// An unsigned integer of any width.
    Unsigned(u64),
    /// A signed integer of any width.
    Signed(i64),
    /// A float of either width.
    Float(f64),
    /// A truth value.
    Bool(bool),
    /// Text.
    String(String),
    /// A list of strings.
    Strings(Vec<String>),
    /// A list of integers.
    Integers(Vec<i64>),
    /// A list of floats.
    Floats(Vec<f32>),
    /// A list of truth values.
    Bools(Vec<bool>),
    /// A list of lists.
    Lists(Vec<Value>),
}

impl Value {
    /// The integer, where it is one and not negative.
    pub fn as_u64(&self) -> Option<u64> {
        match self {
            Self::Unsigned(value) => Some(*value),
            Self::Signed(value) => u64::try_from(*value).ok(),
            _ => None,
        }
    }

    /// The number, whole or not.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Float(value) => Some(*value),
            Self::Unsigned(value) => Some(*value as f64),
            Self::Signed(value) => Some(*value as f64),
            _ => None,
        }
    }

    /// The truth value.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The text.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(value) => Some(value),
            _ => None,
        }
    }

    /// The strings.
    pub fn as_strings(&self) -> Option<&[String]> {
        match self {
            Self::Strings(values) => Some(values),
            _ => None,
        }
    }

    /// The integers.
    pub fn as_integers(&self) -> Option<&[i64]> {
        match self {
            Self::Integers(values) => Some(values),
            _ => None,
        }
    }

    /// The floats.
    pub fn as_floats(&self) -> Option<&[f32]> {
        match self {
            Self::Floats(values) => Some(values),
            _ => None,
        }
    }
}

/// For messages: a list says how long it is, not what is in it.
impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (kind, len) = match self {
            Self::Unsigned(value) => return write!(f, "{value}"),
            Self::Signed(value) => return write!(f, "{value}"),
            Self::Float(value) => return write!(f, "{value}"),
            Self::Bool(value) => return write!(f, "{value}"),
            Self::String(value) => return write!(f, "{value:?}"),
            Self::Strings(values) => ("strings", values.len()),
            Self::Integers(values) => ("integers", values.len()),
            Self::Floats(values) => ("floats", values.len()),
            Self::Bools(values) => ("truth values", values.len()),
            Self::Lists(values) => ("lists", values.len()),
        };
        write!(f, "(a list of {len} {kind})")
    }
}
