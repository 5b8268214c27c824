//! A number and its slope by one other number, so that the gradient that is shown is that of the
//! very formula that is shown.

use std::ops::{Add, Div, Mul, Neg, Sub};

/// Exponents beyond this are held there, as the engine holds them.
const LARGEST_EXPONENT: f64 = 80.0;
/// A log-probability nearer to 0 counts as this one, as in the engine: odds have no bound there.
const CERTAIN: f64 = 1e-6;

/// A value, and how fast it changes with whatever is looked at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dual {
    /// The value.
    pub value: f64,
    /// Its change for a change of 1.
    pub slope: f64,
}

impl Dual {
    /// What stays as it is.
    pub const fn fixed(value: f64) -> Self {
        Self { value, slope: 0.0 }
    }

    /// What is moved.
    pub const fn moving(value: f64) -> Self {
        Self { value, slope: 1.0 }
    }

    /// `x²`
    pub fn square(self) -> Self {
        self.through(self.value * self.value, 2.0 * self.value)
    }

    /// `e^x`, finite.
    pub fn exp(self) -> Self {
        let value = self.value.clamp(f64::NEG_INFINITY, LARGEST_EXPONENT).exp();
        self.through(value, if self.value > LARGEST_EXPONENT { 0.0 } else { value })
    }

    /// `log x`
    pub fn log(self) -> Self {
        self.through(self.value.ln(), self.value.recip())
    }

    /// `σ(x)`
    pub fn sigma(self) -> Self {
        let value = logistic(self.value);
        self.through(value, value * logistic(-self.value))
    }

    /// `log σ(x)`
    pub fn log_sigma(self) -> Self {
        let x = self.value;
        self.through(x.min(0.0) - (-x.abs()).exp().ln_1p(), logistic(-x))
    }

    /// `log(1 − e^x)` of a log-probability.
    pub fn log_rest(self) -> Self {
        let x = self.value.clamp(f64::NEG_INFINITY, -CERTAIN);
        self.through((-x.exp_m1()).ln(), -(-x).exp_m1().recip())
    }

    /// The smaller of two; of equal ones the first.
    pub fn least(self, other: Self) -> Self {
        if other.value < self.value { other } else { self }
    }

    /// The larger of two; of equal ones the first.
    pub fn most(self, other: Self) -> Self {
        if other.value > self.value { other } else { self }
    }

    /// By the chain rule, from a function's value and derivative.
    fn through(self, value: f64, derivative: f64) -> Self {
        // What doesn't move has no slope, not even where the derivative has no bound.
        let slope = if self.slope == 0.0 { 0.0 } else { derivative * self.slope };
        Self { value, slope }
    }
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

impl Add for Dual {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { value: self.value + other.value, slope: self.slope + other.slope }
    }
}

impl Sub for Dual {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self { value: self.value - other.value, slope: self.slope - other.slope }
    }
}

impl Mul for Dual {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        let slope = self.slope * other.value + self.value * other.slope;
        Self { value: self.value * other.value, slope }
    }
}

impl Div for Dual {
    type Output = Self;

    fn div(self, other: Self) -> Self {
        let value = self.value / other.value;
        Self { value, slope: (self.slope - value * other.slope) / other.value }
    }
}

impl Neg for Dual {
    type Output = Self;

    fn neg(self) -> Self {
        Self { value: -self.value, slope: -self.slope }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn close(found: Dual, value: f64, slope: f64) {
        let near = |a: f64, b: f64| (a - b).abs() < 1e-9;
        assert!(near(found.value, value) && near(found.slope, slope), "{found:?}");
    }

    /// At x = 0.3: σ = 0.574442517, σ(1−σ) = 0.244458312; log σ = −0.554355244, 1 − σ.
    /// At x = −0.5: 1 − e^−0.5 = 0.393469340, its log −0.932752130, slope −1/(e^0.5 − 1).
    #[test]
    fn slopes_by_hand() {
        close(Dual::moving(0.3).sigma(), 0.574_442_517, 0.244_458_312);
        close(Dual::moving(0.3).log_sigma(), -0.554_355_244, 0.425_557_483);
        close(Dual::moving(-0.5).log_rest(), -0.932_752_130, -1.541_494_083);
        close(Dual::moving(3.0).square() / Dual::fixed(2.0), 4.5, 3.0);
        close(Dual::fixed(1.0) / Dual::moving(4.0), 0.25, -0.0625);
    }

    #[test]
    fn extremes_stay_finite() {
        for x in [-1e4, 1e4] {
            for dual in
                [Dual::moving(x).exp(), Dual::moving(x).log_sigma(), Dual::moving(x).sigma()]
            {
                assert!(dual.value.is_finite() && dual.slope.is_finite(), "{x}: {dual:?}");
            }
        }
        assert!(Dual::moving(0.0).log_rest().value.is_finite());
        assert!(Dual::fixed(f64::NAN).exp().value.is_nan());
    }
}
