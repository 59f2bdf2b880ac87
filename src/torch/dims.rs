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
/// assert_eq!(torch::sum_options(&x).dim(&vec![0, 1]).call().shape(), [4]);
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

#[diagnostic::do_not_recommend]
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

/// A list, in each of its forms.
macro_rules! lists {
    ($([$($generics:tt)*] $list:ty;)+) => {
        $(impl<I: Integer, $($generics)*> From<$list> for Dims {
            fn from(dims: $list) -> Self {
                Self(Some(dims.iter().map(|dim| dim.to_i64()).collect()))
            }
        })+
    };
}
lists! {
    [const N: usize] [I; N];
    [const N: usize] &[I; N];
    [] &[I];
    [] Vec<I>;
    [] &Vec<I>;
}

macro_rules! tuples {
    ($($($dim:ident)+;)+) => {
        $(
            #[allow(non_snake_case, reason = "a dimension and its type have one name")]
            impl<$($dim: Integer),+> From<($($dim,)+)> for Dims {
                fn from(($($dim,)+): ($($dim,)+)) -> Self {
                    Self(Some(vec![$($dim.to_i64()),+]))
                }
            }
        )+
    };
}
tuples! {
    A;
    A B;
    A B C;
    A B C D;
    A B C D E;
    A B C D E F;
}
