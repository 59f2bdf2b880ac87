//! [`Number`]: an argument that takes `2` as well as `2.0`.

use std::cmp::Ordering;
use std::fmt;

use tch::{Kind, Scalar, Tensor};

use crate::ffi::Argument;
use crate::refusal::refuse;
use crate::repr::{python_bool, python_float};

/// A number as it was given. `2` and `2.0` are equal, but not the same, as in Python: an integer
/// tensor stays one beside `2`, and becomes a float tensor beside `2.0`; a layer prints
/// `threshold=2` or `threshold=2.0`.
///
/// ```
/// use flambeau::torch::Number;
///
/// assert_eq!(Number::from(2), Number::from(2.0));
/// assert_eq!(Number::from(2).to_string(), "2");
/// assert_eq!(Number::from(2.0).to_string(), "2.0");
/// assert_eq!(Number::from(1e-5).to_string(), "1e-05");
/// assert_eq!(f64::from(Number::from(2)), 2.0);
/// ```
#[derive(Clone, Copy, Debug)]
pub enum Number {
    /// `true` or `false`.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// Any other.
    Float(f64),
}

/// What PyTorch calls "Tensor or Number": `torch::gt(&x, 0)`, `torch::gt(&x, &y)`.
#[derive(Debug)]
pub enum TensorOrNumber<'a> {
    /// A tensor that somebody else holds.
    Tensor(&'a Tensor),
    /// A tensor that is handed over, as one that was just computed.
    Owned(Tensor),
    /// A number.
    Number(Number),
}

/// A number, or `None`: an option that is `Optional[float]` in Python and not `None` by default.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MaybeNumber(Option<Number>);

/// The integers that count and index.
pub trait Integer: Copy {
    /// As libtorch's integers; the largest of them where it is larger, as in a Python slice.
    fn to_i64(self) -> i64;
}

macro_rules! integers {
    ($($integer:ty),+) => {
        $(impl Integer for $integer {
            fn to_i64(self) -> i64 {
                i64::try_from(self).unwrap_or(i64::MAX)
            }
        })+
    };
}
integers!(i32, i64, isize, u32, usize);

macro_rules! numbers {
    ($($number:ty => $variant:ident($as:ty)),+ $(,)?) => {
        $(
            impl From<$number> for Number {
                fn from(number: $number) -> Self {
                    Self::$variant(<$as>::from(number))
                }
            }

            impl From<$number> for TensorOrNumber<'_> {
                fn from(number: $number) -> Self {
                    Self::Number(number.into())
                }
            }
        )+
    };
}
numbers! {
    bool => Boolean(bool),
    u8 => Integer(i64),
    i32 => Integer(i64),
    u32 => Integer(i64),
    i64 => Integer(i64),
    f32 => Float(f64),
    f64 => Float(f64),
}

impl Number {
    /// The kind that Python gives a tensor of such a number.
    pub(super) fn kind(self) -> Kind {
        match self {
            Self::Boolean(_) => Kind::Bool,
            Self::Integer(_) => Kind::Int64,
            Self::Float(_) => Kind::Float,
        }
    }

    /// As a number that need not be whole.
    pub fn to_f64(self) -> f64 {
        match self {
            Self::Boolean(value) => f64::from(u8::from(value)),
            Self::Integer(number) => number as f64,
            Self::Float(number) => number,
        }
    }

    /// As a whole number, for the argument of that name.
    #[track_caller]
    pub(super) fn to_i64(self, name: &str) -> i64 {
        match self {
            Self::Boolean(value) => value.into(),
            Self::Integer(number) => number,
            Self::Float(number) => refuse(format!("{name} must be int, not float ({number})")),
        }
    }
}

impl From<Number> for f64 {
    fn from(number: Number) -> Self {
        number.to_f64()
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.to_f64() == other.to_f64()
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.to_f64().partial_cmp(&other.to_f64())
    }
}

/// As Python prints it.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Boolean(value) => f.write_str(python_bool(*value)),
            Self::Integer(number) => number.fmt(f),
            Self::Float(number) => f.write_str(&python_float(*number)),
        }
    }
}

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

/// Panics where it does not fit an `i64`, in Python's words.
impl From<usize> for Number {
    #[track_caller]
    fn from(number: usize) -> Self {
        Self::Integer(i64::try_from(number).expect("Overflow when unpacking long long"))
    }
}

impl From<usize> for TensorOrNumber<'_> {
    fn from(number: usize) -> Self {
        Self::Number(number.into())
    }
}

impl From<Number> for Scalar {
    fn from(number: Number) -> Self {
        match number {
            Number::Boolean(value) => Scalar::int(value.into()),
            Number::Integer(number) => Scalar::int(number),
            Number::Float(number) => Scalar::float(number),
        }
    }
}

impl From<Number> for Argument<'_> {
    fn from(number: Number) -> Self {
        match number {
            Number::Boolean(value) => Argument::Boolean(value),
            Number::Integer(number) => Argument::Integer(number),
            Number::Float(number) => Argument::Number(number),
        }
    }
}

impl From<Number> for TensorOrNumber<'_> {
    fn from(number: Number) -> Self {
        Self::Number(number)
    }
}

impl<'a> From<&'a Tensor> for TensorOrNumber<'a> {
    fn from(tensor: &'a Tensor) -> Self {
        Self::Tensor(tensor)
    }
}

impl From<Tensor> for TensorOrNumber<'_> {
    fn from(tensor: Tensor) -> Self {
        Self::Owned(tensor)
    }
}

impl TensorOrNumber<'_> {
    /// The tensor, or the number.
    pub(super) fn told_apart(&self) -> Result<&Tensor, Number> {
        match self {
            Self::Tensor(tensor) => Ok(tensor),
            Self::Owned(tensor) => Ok(tensor),
            Self::Number(number) => Err(*number),
        }
    }
}

impl<'a> From<&'a TensorOrNumber<'_>> for Argument<'a> {
    fn from(value: &'a TensorOrNumber<'_>) -> Self {
        match value.told_apart() {
            Ok(tensor) => Argument::Tensor(tensor),
            Err(number) => number.into(),
        }
    }
}
