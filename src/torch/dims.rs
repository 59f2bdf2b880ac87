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

impl From<i64> for Dims {
    fn from(dim: i64) -> Self {
        Self(Some(vec![dim]))
    }
}

impl From<i32> for Dims {
    fn from(dim: i32) -> Self {
        Self(Some(vec![dim.into()]))
    }
}

impl From<usize> for Dims {
    fn from(dim: usize) -> Self {
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

impl<const N: usize> From<[i64; N]> for Dims {
    fn from(dims: [i64; N]) -> Self {
        Self(Some(dims.into()))
    }
}

impl From<(i64, i64)> for Dims {
    fn from((first, second): (i64, i64)) -> Self {
        Self(Some(vec![first, second]))
    }
}

impl From<(i64, i64, i64)> for Dims {
    fn from((first, second, third): (i64, i64, i64)) -> Self {
        Self(Some(vec![first, second, third]))
    }
}

impl From<&[i64]> for Dims {
    fn from(dims: &[i64]) -> Self {
        Self(Some(dims.into()))
    }
}

impl From<Vec<i64>> for Dims {
    fn from(dims: Vec<i64>) -> Self {
        Self(Some(dims))
    }
}
