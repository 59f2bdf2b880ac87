//! [`Number`]: an option that takes `2` as well as `2.0`.

use std::fmt;

use super::repr::python_float;

/// A number that prints as it was given, as in Python: `2` and `2.0` are the same to compute with,
/// and `Threshold(threshold=2, value=0.5)` to print.
///
/// ```
/// use flambeau::nn::Number;
///
/// assert_eq!(Number::from(2).to_string(), "2");
/// assert_eq!(Number::from(2.0).to_string(), "2.0");
/// assert_eq!(Number::from(1e-5).to_string(), "1e-05");
/// assert_eq!(f64::from(Number::from(2)), 2.0);
/// ```
#[derive(Clone, Copy, Debug)]
pub enum Number {
    /// A whole number: Python's `int`.
    Int(i64),
    /// A real number: Python's `float`.
    Float(f64),
}

impl Number {
    /// The value.
    pub fn f64(self) -> f64 {
        match self {
            Self::Int(value) => value as f64,
            Self::Float(value) => value,
        }
    }
}

impl From<Number> for f64 {
    fn from(number: Number) -> Self {
        number.f64()
    }
}

impl From<f64> for Number {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}

impl From<f32> for Number {
    fn from(value: f32) -> Self {
        Self::Float(value.into())
    }
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<i32> for Number {
    fn from(value: i32) -> Self {
        Self::Int(value.into())
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        self.f64().partial_cmp(&other.f64())
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.f64() == other.f64()
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(value) => value.fmt(f),
            Self::Float(value) => f.write_str(&python_float(*value)),
        }
    }
}

/// A number, or `None`: an option of Python's that is `Optional[float]` and not `None` by default.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MaybeNumber(Option<Number>);

impl From<MaybeNumber> for Option<Number> {
    fn from(number: MaybeNumber) -> Self {
        number.0
    }
}

impl<N: Into<Number>> From<N> for MaybeNumber {
    fn from(number: N) -> Self {
        Self(Some(number.into()))
    }
}

impl From<Option<f64>> for MaybeNumber {
    fn from(number: Option<f64>) -> Self {
        Self(number.map(Number::Float))
    }
}
