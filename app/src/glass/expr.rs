//! A formula, said once: what is shown, what is computed and what is differentiated are the same.

use std::ops::{Add, Div, Mul, Neg, Sub};

use super::dual::Dual;
use super::symbol::Symbol;

/// A formula over a reading's terms.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// A term.
    Term(Symbol),
    /// A number that belongs to the formula itself.
    Number(f64),
    /// `a + b`
    Add(Box<Expr>, Box<Expr>),
    /// `a − b`
    Sub(Box<Expr>, Box<Expr>),
    /// `a · b`
    Mul(Box<Expr>, Box<Expr>),
    /// `a / b`
    Div(Box<Expr>, Box<Expr>),
    /// `−a`
    Neg(Box<Expr>),
    /// A function of one formula.
    Apply(Function, Box<Expr>),
    /// The smaller of two.
    Least(Box<Expr>, Box<Expr>),
    /// The larger of two.
    Most(Box<Expr>, Box<Expr>),
    /// The first, held between the other two.
    Clip(Box<[Expr; 3]>),
}

/// Functions of one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// `x²`
    Square,
    /// `e^x`
    Exp,
    /// `log x`
    Log,
    /// `σ(x)`
    Sigma,
    /// `log σ(x)`
    LogSigma,
    /// `log(1 − e^x)`
    LogRest,
}

impl Expr {
    /// Its value and slope, given those of the terms.
    pub fn dual(&self, of: &dyn Fn(Symbol) -> Dual) -> Dual {
        match self {
            Self::Term(symbol) => of(*symbol),
            Self::Number(value) => Dual::fixed(*value),
            Self::Add(a, b) => a.dual(of) + b.dual(of),
            Self::Sub(a, b) => a.dual(of) - b.dual(of),
            Self::Mul(a, b) => a.dual(of) * b.dual(of),
            Self::Div(a, b) => a.dual(of) / b.dual(of),
            Self::Neg(a) => -a.dual(of),
            Self::Apply(function, a) => function.dual(a.dual(of)),
            Self::Least(a, b) => a.dual(of).least(b.dual(of)),
            Self::Most(a, b) => a.dual(of).most(b.dual(of)),
            Self::Clip(all) => {
                let [x, low, high] = &**all;
                x.dual(of).most(low.dual(of)).least(high.dual(of))
            }
        }
    }
}

impl Function {
    fn dual(self, x: Dual) -> Dual {
        match self {
            Self::Square => x.square(),
            Self::Exp => x.exp(),
            Self::Log => x.log(),
            Self::Sigma => x.sigma(),
            Self::LogSigma => x.log_sigma(),
            Self::LogRest => x.log_rest(),
        }
    }
}

impl From<Symbol> for Expr {
    fn from(symbol: Symbol) -> Self {
        Self::Term(symbol)
    }
}

impl From<f64> for Expr {
    fn from(value: f64) -> Self {
        Self::Number(value)
    }
}

/// `x²`
pub fn square(x: impl Into<Expr>) -> Expr {
    apply(Function::Square, x)
}

/// `e^x`
pub fn exp(x: impl Into<Expr>) -> Expr {
    apply(Function::Exp, x)
}

/// `log x`
pub fn log(x: impl Into<Expr>) -> Expr {
    apply(Function::Log, x)
}

/// `σ(x)`
pub fn sigma(x: impl Into<Expr>) -> Expr {
    apply(Function::Sigma, x)
}

/// `log σ(x)`
pub fn log_sigma(x: impl Into<Expr>) -> Expr {
    apply(Function::LogSigma, x)
}

/// `log(1 − e^x)`
pub fn log_rest(x: impl Into<Expr>) -> Expr {
    apply(Function::LogRest, x)
}

/// The smaller of two.
pub fn least(a: impl Into<Expr>, b: impl Into<Expr>) -> Expr {
    Expr::Least(Box::new(a.into()), Box::new(b.into()))
}

/// The larger of two.
pub fn most(a: impl Into<Expr>, b: impl Into<Expr>) -> Expr {
    Expr::Most(Box::new(a.into()), Box::new(b.into()))
}

/// `x`, held between two ends.
pub fn clip(x: impl Into<Expr>, low: impl Into<Expr>, high: impl Into<Expr>) -> Expr {
    Expr::Clip(Box::new([x.into(), low.into(), high.into()]))
}

fn apply(function: Function, x: impl Into<Expr>) -> Expr {
    Expr::Apply(function, Box::new(x.into()))
}

/// So that formulas are written as they are read.
macro_rules! operators {
    ($($operator:ident $method:ident),*) => {$(
        impl<T: Into<Expr>> $operator<T> for Expr {
            type Output = Expr;

            fn $method(self, other: T) -> Expr {
                Expr::$operator(Box::new(self), Box::new(other.into()))
            }
        }

        impl<T: Into<Expr>> $operator<T> for Symbol {
            type Output = Expr;

            fn $method(self, other: T) -> Expr {
                Expr::$operator(Box::new(self.into()), Box::new(other.into()))
            }
        }

        impl $operator<Expr> for f64 {
            type Output = Expr;

            fn $method(self, other: Expr) -> Expr {
                Expr::$operator(Box::new(self.into()), Box::new(other))
            }
        }

        impl $operator<Symbol> for f64 {
            type Output = Expr;

            fn $method(self, other: Symbol) -> Expr {
                Expr::$operator(Box::new(self.into()), Box::new(other.into()))
            }
        }
    )*};
}

operators!(Add add, Sub sub, Mul mul, Div div);

impl Neg for Expr {
    type Output = Expr;

    fn neg(self) -> Expr {
        Expr::Neg(Box::new(self))
    }
}

impl Neg for Symbol {
    type Output = Expr;

    fn neg(self) -> Expr {
        Expr::Neg(Box::new(self.into()))
    }
}
