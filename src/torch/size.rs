//! [`Size`]: what Python's `x.shape` is.

use std::fmt;
use std::ops::{
    Deref, Index, Range, RangeFrom, RangeFull, RangeInclusive, RangeTo, RangeToInclusive,
};

use super::index::{IntoSlice, Slice};
use super::number::Integer;
use super::unpack::Unpack as _;

/// A tensor's shape: Python's [`torch.Size`].
///
/// It is a list of numbers. Where a shape is asked for, a number stands for one dimension, and an array,
/// a tuple, a slice or a `Vec` for several. An index is an `i64`, as all of libtorch's, and may be negative; so may
/// the ends of a range.
///
/// ```
/// use flambeau::prelude::*;
///
/// let shape = torch::zeros([2, 3, 4]).shape();
/// assert_eq!(shape, [2, 3, 4]);
/// assert_eq!((shape[0], shape[-1], &shape[..-1]), (2, 4, &[2, 3][..]));
/// assert_eq!(shape.to_string(), "torch.Size([2, 3, 4])");
///
/// let [batch, time, channels] = shape.unpack(); // batch, time, channels = x.shape
/// assert_eq!(batch * time * channels, shape.numel());
/// ```
///
/// [`torch.Size`]: https://docs.pytorch.org/docs/stable/size.html
#[derive(Clone, Debug, Eq)]
pub struct Size(Vec<i64>);

impl Size {
    /// The sizes one by one: Python's `a, b, c = x.shape`.
    ///
    /// # Panics
    /// When there are more or fewer, in Python's words.
    #[track_caller]
    pub fn unpack<const N: usize>(&self) -> [i64; N] {
        self.0.as_slice().unpack()
    }

    /// What Python's slice takes of them.
    fn slice(&self, Slice { start, stop, .. }: Slice) -> &[i64] {
        let n = self.0.len() as i64;
        let place = |end: i64| (if end < 0 { end + n } else { end }).clamp(0, n) as usize;
        let (start, stop) = (place(start.unwrap_or(0)), place(stop.unwrap_or(n)));
        &self.0[start..stop.max(start)]
    }

    /// How many elements a tensor of this shape has.
    pub fn numel(&self) -> i64 {
        self.0.iter().product()
    }
}

impl<I: Integer> From<Vec<I>> for Size {
    fn from(sizes: Vec<I>) -> Self {
        sizes.as_slice().into()
    }
}

impl From<&Size> for Size {
    fn from(sizes: &Size) -> Self {
        sizes.clone()
    }
}

impl<I: Integer> From<I> for Size {
    fn from(length: I) -> Self {
        Self(vec![length.to_i64()])
    }
}

impl<I: Integer, const N: usize> From<[I; N]> for Size {
    fn from(sizes: [I; N]) -> Self {
        sizes.as_slice().into()
    }
}

impl<I: Integer, const N: usize> From<&[I; N]> for Size {
    fn from(sizes: &[I; N]) -> Self {
        sizes.as_slice().into()
    }
}

impl<I: Integer> From<&Vec<I>> for Size {
    fn from(sizes: &Vec<I>) -> Self {
        sizes.as_slice().into()
    }
}

impl<I: Integer> From<&[I]> for Size {
    fn from(sizes: &[I]) -> Self {
        Self(sizes.iter().map(|size| size.to_i64()).collect())
    }
}

macro_rules! tuples {
    ($($($size:ident)+;)+) => {
        $(
            #[allow(non_snake_case, reason = "a size and its type have one name")]
            impl<$($size: Integer),+> From<($($size,)+)> for Size {
                fn from(($($size,)+): ($($size,)+)) -> Self {
                    Self(vec![$($size.to_i64()),+])
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

impl From<()> for Size {
    fn from((): ()) -> Self {
        Self(Vec::new())
    }
}

impl Deref for Size {
    type Target = [i64];

    fn deref(&self) -> &[i64] {
        &self.0
    }
}

impl AsRef<[i64]> for Size {
    fn as_ref(&self) -> &[i64] {
        self
    }
}

impl IntoIterator for Size {
    type Item = i64;
    type IntoIter = std::vec::IntoIter<i64>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Size {
    type Item = &'a i64;
    type IntoIter = std::slice::Iter<'a, i64>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl Index<i64> for Size {
    type Output = i64;

    #[track_caller]
    fn index(&self, index: i64) -> &i64 {
        let n = self.0.len() as i64;
        let from_start = if index < 0 { index + n } else { index };
        let found = usize::try_from(from_start).ok().and_then(|i| self.0.get(i));
        found.unwrap_or_else(|| panic!("index {index} is out of range for {self}"))
    }
}

macro_rules! ranges {
    ($($range:ty),+) => {
        $(impl Index<$range> for Size {
            type Output = [i64];

            fn index(&self, range: $range) -> &[i64] {
                self.slice(range.into_slice())
            }
        })+
    };
}
ranges! {
    RangeFull, Range<i64>, RangeFrom<i64>, RangeTo<i64>, RangeInclusive<i64>, RangeToInclusive<i64>
}

impl<T: AsRef<[i64]> + ?Sized> PartialEq<T> for Size {
    fn eq(&self, other: &T) -> bool {
        self.0 == other.as_ref()
    }
}

/// As Python prints it.
impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "torch.Size({:?})", self.0)
    }
}

macro_rules! lists {
    ($($size:ty),+) => {
        $(
            /// A size wherever tch takes a list: `Tensor::zeros(x.shape(), …)`.
            impl torch_sys::IntList for $size {
                fn as_ptr(&self) -> *const i64 {
                    self.0.as_ptr()
                }

                fn len_i32(&self) -> i32 {
                    self.0.len() as i32
                }
            }

            impl tch::Shape for $size {
                fn to_shape(&self) -> Box<[i64]> {
                    self.0.as_slice().into()
                }
            }
        )+
    };
}
lists!(Size, &Size);
