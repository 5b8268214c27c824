//! What a formula speaks of: a quantity with its sign, its name, its unit, and a sentence.

/// What a value counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Nothing.
    None,
    /// Natural logarithms.
    Nats,
    /// The same, a token.
    NatsPerToken,
    /// Tokens.
    Tokens,
}

impl Unit {
    /// Behind a number.
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Nats => "nats",
            Self::NatsPerToken => "nats/token",
            Self::Tokens => "tokens",
        }
    }
}

/// What a symbol's colour says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Belongs to the better completion.
    Chosen,
    /// Belongs to the other one.
    Rejected,
    /// A setting.
    Setting,
    /// Computed from both.
    Derived,
    /// What is descended.
    Loss,
}

impl Tone {
    /// The class that colours it.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Chosen => "tone-chosen",
            Self::Rejected => "tone-rejected",
            Self::Setting => "tone-setting",
            Self::Derived => "tone-derived",
            Self::Loss => "tone-loss",
        }
    }
}

/// One quantity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Symbol {
    /// Tells it from the others, also in the page's `data-term`.
    pub key: &'static str,
    /// Its sign in MathML.
    pub math: &'static str,
    /// Its name.
    pub name: &'static str,
    /// What it counts.
    pub unit: Unit,
    /// Its colour.
    pub tone: Tone,
    /// What it means.
    pub words: &'static str,
    /// Whether a loss shows what it is made of in its place.
    pub inline: bool,
}

impl Symbol {
    /// A quantity without a sentence.
    pub const fn new(
        key: &'static str,
        math: &'static str,
        name: &'static str,
        unit: Unit,
        tone: Tone,
    ) -> Self {
        Self { key, math, name, unit, tone, words: "", inline: false }
    }

    /// With a sentence.
    pub const fn says(self, words: &'static str) -> Self {
        Self { words, ..self }
    }

    /// Shown in a loss as what it is made of.
    pub const fn inlined(self) -> Self {
        Self { inline: true, ..self }
    }
}
