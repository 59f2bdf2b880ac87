//! What stands between the brackets of Python's `x[…]`.

use std::ops::{Range, RangeFrom, RangeFull, RangeInclusive, RangeTo, RangeToInclusive};

use tch::Tensor;

use super::number::Integer;
use crate::ffi::Index;

/// One part of an index: what Python allows between the brackets of `x[…]`.
///
/// It is made of what stands in the table at [`TensorExt::i`](super::TensorExt::i); by name it is
/// needed only where the number of parts is not known when the program is written.
///
/// ```
/// use flambeau::prelude::*;
/// use flambeau::torch::{IntoIndex, TensorIndex};
///
/// let x = torch::zeros([2, 3, 4]);
/// let mut index: Vec<TensorIndex> = (0..x.dim()).map(|_| (..).into_index()).collect();
/// index[1] = (-1).into_index();
/// assert_eq!(x.i(index).shape(), [2, 4]);
/// ```
#[derive(Debug)]
pub enum TensorIndex {
    /// `None`: a new dimension of size 1.
    None,
    /// `...`: as many whole dimensions as the other parts leave.
    Ellipsis,
    /// One entry of a dimension, which goes; a negative number counts from the end.
    Integer(i64),
    /// A new dimension of size 1, or of size 0 if false.
    Boolean(bool),
    /// Some entries of a dimension, one after another.
    Slice(Slice),
    /// The entries of a dimension with these numbers, or those that a mask selects.
    Tensor(Tensor),
}

/// Python's `slice(start, stop, step)`: from `start` on, before `stop`, every `step`th.
///
/// Negative ends count from the end, and those beyond it stand for it. A range is one; with a
/// step it is written `(1..).step(2)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slice {
    /// The first entry; none is the first of all.
    pub start: Option<i64>,
    /// The entry after the last; none is the end.
    pub stop: Option<i64>,
    /// How far it is from one entry to the next. Python and libtorch refuse a negative one.
    pub step: i64,
}

impl Slice {
    /// Python's `slice(start, stop)`, for ends that may be `None`.
    ///
    /// ```
    /// use flambeau::prelude::*;
    ///
    /// let x = torch::arange(10);
    /// for (start, stop, sum) in [(0, Some(-4), 15), (-4, None, 30)] {
    ///     assert_eq!(x.i(torch::Slice::new(start, stop)).sum(Kind::Int64).int64_value(&[]), sum);
    /// }
    /// ```
    pub fn new(start: impl Into<Option<i64>>, stop: impl Into<Option<i64>>) -> Self {
        Self { start: start.into(), stop: stop.into(), step: 1 }
    }
}

/// Python's `...` between brackets: as many whole dimensions as the other parts leave.
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::zeros([2, 3, 4]);
/// assert_eq!(x.i((Ellipsis, 0)).shape(), [2, 3]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ellipsis;

/// What a part of an index can be.
#[diagnostic::on_unimplemented(
    message = "a tensor cannot be indexed with `{Self}`",
    note = "a part of an index is a number, a range, `(1..).step(2)`, `Ellipsis`, `None`, a list of \
            numbers, a tensor of numbers or a mask"
)]
pub trait IntoIndex {
    /// The part of an index that it stands for.
    fn into_index(self) -> TensorIndex;
}

/// What can stand between the brackets: one part, or up to eight as a tuple.
#[diagnostic::on_unimplemented(
    message = "a tensor cannot be indexed with `{Self}`",
    note = "an index is a number, a range, `(1..).step(2)`, `Ellipsis`, `None`, a list of numbers, a \
            tensor of numbers or a mask, or a tuple of up to eight of these"
)]
pub trait Indices {
    /// The parts one after another.
    type Parts: AsRef<[TensorIndex]>;

    /// The parts one after another.
    fn into_parts(self) -> Self::Parts;
}

/// A range of which every `step`th is meant: Python's `x[1::2]` is `x.i((1..).step(2))`.
pub trait Step: IntoSlice + Sized {
    /// Every `step`th of the range.
    fn step(self, step: i64) -> Slice {
        Slice { step, ..self.into_slice() }
    }
}

impl<R: IntoSlice> Step for R {}

/// A range as Python's slice.
pub trait IntoSlice {
    /// The slice from the range's start to its end.
    fn into_slice(self) -> Slice;
}

impl TensorIndex {
    pub(super) fn as_ffi(&self) -> Index<'_> {
        match self {
            Self::None => Index::None,
            Self::Ellipsis => Index::Ellipsis,
            Self::Integer(index) => Index::Integer(*index),
            Self::Boolean(value) => Index::Boolean(*value),
            Self::Slice(Slice { start, stop, step }) => {
                Index::Slice(start.unwrap_or(0), stop.unwrap_or(i64::MAX), *step)
            }
            Self::Tensor(tensor) => Index::Tensor(tensor),
        }
    }
}

impl IntoSlice for Slice {
    fn into_slice(self) -> Slice {
        self
    }
}

impl IntoSlice for RangeFull {
    fn into_slice(self) -> Slice {
        Slice { start: None, stop: None, step: 1 }
    }
}

impl<T: Integer> IntoSlice for Range<T> {
    fn into_slice(self) -> Slice {
        Slice { start: Some(self.start.to_i64()), stop: Some(self.end.to_i64()), step: 1 }
    }
}

impl<T: Integer> IntoSlice for RangeFrom<T> {
    fn into_slice(self) -> Slice {
        Slice { start: Some(self.start.to_i64()), stop: None, step: 1 }
    }
}

impl<T: Integer> IntoSlice for RangeTo<T> {
    fn into_slice(self) -> Slice {
        Slice { start: None, stop: Some(self.end.to_i64()), step: 1 }
    }
}

impl<T: Integer> IntoSlice for RangeInclusive<T> {
    fn into_slice(self) -> Slice {
        let (start, end) = self.into_inner();
        Slice { start: Some(start.to_i64()), stop: after(end), step: 1 }
    }
}

impl<T: Integer> IntoSlice for RangeToInclusive<T> {
    fn into_slice(self) -> Slice {
        Slice { start: None, stop: after(self.end), step: 1 }
    }
}

/// The stop that takes in `end`: after the last entry, -1, there is none.
fn after(end: impl Integer) -> Option<i64> {
    end.to_i64().checked_add(1).filter(|&stop| stop != 0)
}

macro_rules! slices {
    ($($range:ty),+) => {
        $(impl<T: Integer> IntoIndex for $range {
            fn into_index(self) -> TensorIndex {
                TensorIndex::Slice(self.into_slice())
            }
        })+
    };
}
slices!(Range<T>, RangeFrom<T>, RangeTo<T>, RangeInclusive<T>, RangeToInclusive<T>);

impl IntoIndex for RangeFull {
    fn into_index(self) -> TensorIndex {
        TensorIndex::Slice(self.into_slice())
    }
}

impl IntoIndex for Slice {
    fn into_index(self) -> TensorIndex {
        TensorIndex::Slice(self)
    }
}

impl IntoIndex for TensorIndex {
    fn into_index(self) -> TensorIndex {
        self
    }
}

impl IntoIndex for Ellipsis {
    fn into_index(self) -> TensorIndex {
        TensorIndex::Ellipsis
    }
}

/// `None` alone; the type is one that has no values.
impl IntoIndex for Option<std::convert::Infallible> {
    fn into_index(self) -> TensorIndex {
        TensorIndex::None
    }
}

impl IntoIndex for bool {
    fn into_index(self) -> TensorIndex {
        TensorIndex::Boolean(self)
    }
}

impl IntoIndex for Tensor {
    fn into_index(self) -> TensorIndex {
        TensorIndex::Tensor(self)
    }
}

impl IntoIndex for &Tensor {
    fn into_index(self) -> TensorIndex {
        TensorIndex::Tensor(self.shallow_clone())
    }
}

macro_rules! integers {
    ($($integer:ty),+) => {
        $(impl IntoIndex for $integer {
            fn into_index(self) -> TensorIndex {
                TensorIndex::Integer(self.to_i64())
            }
        })+
    };
}
integers!(i32, i64, isize, u32, usize);

/// What a list between brackets holds: numbers of entries, or whether each is taken.
pub trait ListItem: Copy {
    /// The list as the tensor that Python makes of it.
    fn list(items: &[Self]) -> Tensor;
}

impl ListItem for bool {
    fn list(items: &[Self]) -> Tensor {
        Tensor::from_slice(items)
    }
}

macro_rules! list_items {
    ($($integer:ty),+) => {
        $(impl ListItem for $integer {
            fn list(items: &[Self]) -> Tensor {
                Tensor::from_slice(&items.iter().map(|i| i.to_i64()).collect::<Vec<_>>())
            }
        })+
    };
}
list_items!(i32, i64, isize, u32, usize);

impl<T: ListItem> IntoIndex for &[T] {
    fn into_index(self) -> TensorIndex {
        TensorIndex::Tensor(T::list(self))
    }
}

impl<T: ListItem, const N: usize> IntoIndex for [T; N] {
    fn into_index(self) -> TensorIndex {
        self.as_slice().into_index()
    }
}

impl<T: ListItem, const N: usize> IntoIndex for &[T; N] {
    fn into_index(self) -> TensorIndex {
        self.as_slice().into_index()
    }
}

impl<T: ListItem> IntoIndex for Vec<T> {
    fn into_index(self) -> TensorIndex {
        self.as_slice().into_index()
    }
}

impl<T: ListItem> IntoIndex for &Vec<T> {
    fn into_index(self) -> TensorIndex {
        self.as_slice().into_index()
    }
}

impl<T: IntoIndex> Indices for T {
    type Parts = [TensorIndex; 1];

    fn into_parts(self) -> Self::Parts {
        [self.into_index()]
    }
}

impl Indices for Vec<TensorIndex> {
    type Parts = Self;

    fn into_parts(self) -> Self {
        self
    }
}

impl<'a> Indices for &'a [TensorIndex] {
    type Parts = Self;

    fn into_parts(self) -> &'a [TensorIndex] {
        self
    }
}

impl Indices for () {
    type Parts = [TensorIndex; 0];

    fn into_parts(self) -> Self::Parts {
        []
    }
}

macro_rules! tuples {
    ($($n:literal: $($part:ident)+;)+) => {
        $(impl<$($part: IntoIndex),+> Indices for ($($part,)+) {
            type Parts = [TensorIndex; $n];

            #[allow(non_snake_case, reason = "a part and its type have one name")]
            fn into_parts(self) -> Self::Parts {
                let ($($part,)+) = self;
                [$($part.into_index()),+]
            }
        })+
    };
}
tuples! {
    1: A;
    2: A B;
    3: A B C;
    4: A B C D;
    5: A B C D E;
    6: A B C D E F;
    7: A B C D E F G;
    8: A B C D E F G H;
}
