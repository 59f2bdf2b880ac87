//! [`Dims`]: Python's `dim=`.

use std::convert::Infallible;

use super::number::Integer;

/// The dimensions that a function works along: a number, or a list of them. Negative ones count
/// from the last.
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::ones([2, 3, 4]);
/// assert_eq!(torch::sum_options(&x).dim(-1).call().shape(), [2, 3]);
/// assert_eq!(torch::sum_options(&x).dim([0, 2]).call().shape(), [3]);
/// assert_eq!(torch::sum_options(&x).dim(None).call().shape(), []);
/// assert_eq!(torch::sum_options(&x).dim((0, 2)).keepdim(true).call().shape(), [1, 3, 1]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dims(Option<Vec<i64>>);

impl Dims {
    /// None where it is Python's `None`, whose gradients libtorch computes otherwise than those of an
    /// empty list.
    pub(super) fn given(&self) -> Option<&[i64]> {
        self.0.as_deref()
    }

    pub(super) fn as_slice(&self) -> &[i64] {
        self.given().unwrap_or_default()
    }
}

impl<I: Integer> From<I> for Dims {
    fn from(dim: I) -> Self {
        Self(Some(vec![dim.to_i64()]))
    }
}

/// No dimension, which Python takes for all.
impl From<()> for Dims {
    fn from((): ()) -> Self {
        Self(Some(Vec::new()))
    }
}

/// `None`, which is all of them as well.
impl From<Option<Infallible>> for Dims {
    fn from(_none: Option<Infallible>) -> Self {
        Self(None)
    }
}

impl<I: Integer, const N: usize> From<[I; N]> for Dims {
    fn from(dims: [I; N]) -> Self {
        dims.as_slice().into()
    }
}

impl<A: Integer, B: Integer> From<(A, B)> for Dims {
    fn from((first, second): (A, B)) -> Self {
        Self(Some(vec![first.to_i64(), second.to_i64()]))
    }
}

impl<A: Integer, B: Integer, C: Integer> From<(A, B, C)> for Dims {
    fn from((first, second, third): (A, B, C)) -> Self {
        Self(Some(vec![first.to_i64(), second.to_i64(), third.to_i64()]))
    }
}

impl<I: Integer> From<&[I]> for Dims {
    fn from(dims: &[I]) -> Self {
        Self(Some(dims.iter().map(|dim| dim.to_i64()).collect()))
    }
}

impl<I: Integer> From<Vec<I>> for Dims {
    fn from(dims: Vec<I>) -> Self {
        dims.as_slice().into()
    }
}
