//! [`tensor`]: a tensor of numbers that stand in the program.

use flambeau_derive::function;
use tch::{Device, Kind, Tensor};

use crate::refusal::check;

/// What [`tensor`] is made of: a number, or lists of them in one another.
pub trait Data {
    /// What the lists hold in the end.
    type Item: Item;

    /// The length of each list on the way to the first number.
    fn lengths(&self, lengths: &mut Vec<i64>);

    /// Adds the numbers to `items`, of lists of these lengths, which are told from `dim` on.
    fn collect(&self, lengths: &[i64], dim: usize, items: &mut Vec<Self::Item>);
}

/// A number in [`Data`].
pub trait Item: Copy {
    /// The kind that Python gives a tensor of such numbers.
    const KIND: Kind;

    /// The numbers in a tensor that holds them exactly.
    fn exactly(items: &[Self]) -> Tensor;
}

macro_rules! items {
    ($($number:ty => $kind:ident, $exactly:expr;)+) => {
        $(
            impl Item for $number {
                const KIND: Kind = Kind::$kind;

                fn exactly(items: &[Self]) -> Tensor {
                    Tensor::from_slice(&items.iter().map($exactly).collect::<Vec<_>>())
                }
            }

            impl Data for $number {
                type Item = Self;

                fn lengths(&self, _lengths: &mut Vec<i64>) {}

                fn collect(&self, _lengths: &[i64], _dim: usize, items: &mut Vec<Self>) {
                    items.push(*self);
                }
            }
        )+
    };
}
items! {
    f64 => Float, |number| *number;
    f32 => Float, |number| *number;
    i32 => Int64, |number| i64::from(*number);
    i64 => Int64, |number| *number;
    usize => Int64, |number| i64::try_from(*number).expect("Overflow when unpacking long long");
    u8 => Int64, |number| i64::from(*number);
    bool => Bool, |value| *value;
}

impl<T: Data> Data for [T] {
    type Item = T::Item;

    fn lengths(&self, lengths: &mut Vec<i64>) {
        lengths.push(self.len() as i64);
        if let Some(first) = self.first() {
            first.lengths(lengths);
        }
    }

    fn collect(&self, lengths: &[i64], dim: usize, items: &mut Vec<T::Item>) {
        let (length, own) = (lengths[dim], self.len() as i64);
        check!(length == own, "expected sequence of length {length} at dim {dim} (got {own})");
        self.iter().for_each(|list| list.collect(lengths, dim + 1, items));
    }
}

impl<T: Data, const N: usize> Data for [T; N] {
    type Item = T::Item;

    fn lengths(&self, lengths: &mut Vec<i64>) {
        self.as_slice().lengths(lengths);
    }

    fn collect(&self, lengths: &[i64], dim: usize, items: &mut Vec<T::Item>) {
        self.as_slice().collect(lengths, dim, items);
    }
}

impl<T: Data> Data for Vec<T> {
    type Item = T::Item;

    fn lengths(&self, lengths: &mut Vec<i64>) {
        self.as_slice().lengths(lengths);
    }

    fn collect(&self, lengths: &[i64], dim: usize, items: &mut Vec<T::Item>) {
        self.as_slice().collect(lengths, dim, items);
    }
}

impl<T: Data + ?Sized> Data for &T {
    type Item = T::Item;

    fn lengths(&self, lengths: &mut Vec<i64>) {
        (**self).lengths(lengths);
    }

    fn collect(&self, lengths: &[i64], dim: usize, items: &mut Vec<T::Item>) {
        (**self).collect(lengths, dim, items);
    }
}

/// A tensor of the numbers in `data`: [`torch.tensor`].
///
/// `data` is a number, or arrays, slices and `Vec`s of them in one another. As in Python whole
/// numbers make a tensor of [`Kind::Int64`], others one of [`Kind::Float`], and `true` and `false`
/// one of [`Kind::Bool`]; tch's `Tensor::from_slice(&[1.0, 2.0])` is one of [`Kind::Double`].
///
/// # Panics
/// When lists beside one another have different lengths.
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::tensor([[1.0, 2.0], [3.0, 4.0]]);
/// assert_eq!((x.shape().to_string(), x.kind()), ("torch.Size([2, 2])".into(), Kind::Float));
/// assert_eq!(torch::tensor([1, 2]).kind(), Kind::Int64);
///
/// let exact = torch::tensor_options([0.1]).dtype(Kind::Double).requires_grad(true).call();
/// assert_eq!(exact.item(), 0.1);
/// ```
///
/// [`torch.tensor`]: https://docs.pytorch.org/docs/stable/generated/torch.tensor.html
#[function]
pub fn tensor<D: Data>(
    data: D,
    /// The kind of the tensor; if not given, what the numbers make it.
    dtype: Option<Kind>,
    /// Where the tensor lies.
    #[builder(default = Device::Cpu)]
    device: Device,
    /// Whether gradients are computed for it.
    #[builder(default)]
    requires_grad: bool,
) -> Tensor {
    let (mut lengths, mut items) = (Vec::new(), Vec::new());
    data.lengths(&mut lengths);
    data.collect(&lengths, 0, &mut items);
    let exact = D::Item::exactly(&items).reshape(&lengths);
    let kind = match items.is_empty() {
        true => Kind::Float,
        false => D::Item::KIND,
    };
    exact.to_kind(dtype.unwrap_or(kind)).to(device).set_requires_grad(requires_grad)
}
