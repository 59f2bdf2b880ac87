//! Elements in order, and where a number would stand among them.

use flambeau_derive::function;
use tch::Tensor;

use super::number::TensorOrNumber;

/// The elements along a dimension from the smallest to the largest, and their indices:
/// [`torch.sort`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let (values, indices) = torch::sort(&torch::tensor([3.0, 1.0, 2.0]));
/// assert_eq!((values, indices), (torch::tensor([1.0, 2.0, 3.0]), torch::tensor([1, 2, 0])));
/// ```
///
/// [`torch.sort`]: https://docs.pytorch.org/docs/stable/generated/torch.sort.html
#[function]
pub fn sort(
    input: &Tensor,
    /// The dimension to sort along.
    #[builder(default = -1)]
    dim: i64,
    /// Whether the largest comes first.
    #[builder(default)]
    descending: bool,
    /// Whether equal elements keep their order.
    #[builder(default)]
    stable: bool,
) -> (Tensor, Tensor) {
    input.sort_stable(stable, dim, descending)
}

/// The indices that would sort a tensor along a dimension: [`torch.argsort`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let order = torch::argsort_options(&torch::tensor([3.0, 1.0, 2.0])).descending(true).call();
/// assert_eq!(order, torch::tensor([0, 2, 1]));
/// ```
///
/// [`torch.argsort`]: https://docs.pytorch.org/docs/stable/generated/torch.argsort.html
#[function]
pub fn argsort(
    input: &Tensor,
    /// The dimension to sort along.
    #[builder(default = -1)]
    dim: i64,
    /// Whether the largest comes first.
    #[builder(default)]
    descending: bool,
    /// Whether equal elements keep their order.
    #[builder(default)]
    stable: bool,
) -> Tensor {
    match stable {
        true => input.argsort_stable(true, dim, descending),
        false => input.argsort(dim, descending),
    }
}

/// The `k` largest elements along a dimension, and their indices: [`torch.topk`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let (values, indices) = torch::topk(&torch::tensor([3.0, 1.0, 2.0]), 2);
/// assert_eq!((values, indices), (torch::tensor([3.0, 2.0]), torch::tensor([0, 2])));
/// ```
///
/// [`torch.topk`]: https://docs.pytorch.org/docs/stable/generated/torch.topk.html
#[function]
pub fn topk(
    input: &Tensor,
    k: i64,
    /// The dimension to look along.
    #[builder(default = -1)]
    dim: i64,
    /// Whether the largest are wanted, or the smallest.
    #[builder(default = true)]
    largest: bool,
    /// Whether they come in order.
    #[builder(default = true)]
    sorted: bool,
) -> (Tensor, Tensor) {
    input.topk(k, dim, largest, sorted)
}

/// The different elements: [`torch.unique`].
///
/// For what Python gives with `return_inverse` and `return_counts` there is
/// [`unique_all`](fn@unique_all).
///
/// ```
/// use flambeau::prelude::*;
///
/// assert_eq!(torch::unique(&torch::tensor([3, 1, 3])), torch::tensor([1, 3]));
/// ```
///
/// [`torch.unique`]: https://docs.pytorch.org/docs/stable/generated/torch.unique.html
#[function]
pub fn unique(
    input: &Tensor,
    /// Whether they come in order; on a CPU they do in any case.
    #[builder(default = true)]
    sorted: bool,
    /// The dimension whose slices are compared; the single elements if not given.
    dim: Option<i64>,
) -> Tensor {
    match dim {
        None => input.internal_unique2(sorted, false, false).0,
        Some(dim) => input.unique_dim(dim, sorted, false, false).0,
    }
}

/// The different elements, for each element which of them it is, and how often each comes:
/// [`torch.unique`] with `return_inverse=True` and `return_counts=True`.
///
/// ```
/// use flambeau::prelude::*;
///
/// let (values, inverse, counts) = torch::unique_all(&torch::tensor([3, 1, 3]));
/// assert_eq!(values, torch::tensor([1, 3]));
/// assert_eq!((inverse, counts), (torch::tensor([1, 0, 1]), torch::tensor([1, 2])));
/// ```
///
/// [`torch.unique`]: https://docs.pytorch.org/docs/stable/generated/torch.unique.html
#[function]
pub fn unique_all(
    input: &Tensor,
    /// Whether they come in order; on a CPU they do in any case.
    #[builder(default = true)]
    sorted: bool,
    /// The dimension whose slices are compared; the single elements if not given.
    dim: Option<i64>,
) -> (Tensor, Tensor, Tensor) {
    match dim {
        None => input.internal_unique2(sorted, true, true),
        Some(dim) => input.unique_dim(dim, sorted, true, true),
    }
}

/// The elements without those that equal the one before: [`torch.unique_consecutive`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::tensor([1, 1, 2, 1]);
/// assert_eq!(torch::unique_consecutive(&x), torch::tensor([1, 2, 1]));
/// ```
///
/// [`torch.unique_consecutive`]: https://docs.pytorch.org/docs/stable/generated/torch.unique_consecutive.html
#[function]
pub fn unique_consecutive(
    input: &Tensor,
    /// The dimension whose slices are compared; the single elements if not given.
    dim: Option<i64>,
) -> Tensor {
    input.unique_consecutive(false, false, dim).0
}

/// Where each of `values` would stand in a sorted sequence: [`torch.searchsorted`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let sorted = torch::tensor([1, 3, 5]);
/// assert_eq!(torch::searchsorted(&sorted, &torch::tensor([3, 6])), torch::tensor([1, 3]));
/// assert_eq!(torch::searchsorted_options(&sorted, 3).right(true).call(), torch::tensor(2));
/// ```
///
/// [`torch.searchsorted`]: https://docs.pytorch.org/docs/stable/generated/torch.searchsorted.html
#[function]
pub fn searchsorted<'a>(
    sorted_sequence: &Tensor,
    #[builder(into)] values: TensorOrNumber<'a>,
    /// Whether the answer is of [`Kind::Int`](crate::Kind::Int).
    #[builder(default)]
    out_int32: bool,
    /// Whether an equal element stands before it, or after.
    #[builder(default)]
    right: bool,
    /// The same in words, `"left"` or `"right"`.
    side: Option<&str>,
    /// The indices that sort a sequence that is not.
    sorter: Option<&Tensor>,
) -> Tensor {
    // libtorch takes "left" for what was not given, and refuses it beside `right`.
    let side = side.unwrap_or(if right { "right" } else { "left" });
    match values.told_apart() {
        Ok(values) => values.searchsorted(sorted_sequence, out_int32, right, side, sorter),
        Err(value) => {
            Tensor::searchsorted_scalar(sorted_sequence, value, out_int32, right, side, sorter)
        }
    }
}

/// The number of the bucket, between two of the `boundaries`, that each element falls in:
/// [`torch.bucketize`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let boundaries = torch::tensor([1.0, 3.0]);
/// let x = torch::tensor([0.0, 1.0, 2.0, 4.0]);
/// assert_eq!(torch::bucketize(&x, &boundaries), torch::tensor([0, 0, 1, 2]));
/// ```
///
/// [`torch.bucketize`]: https://docs.pytorch.org/docs/stable/generated/torch.bucketize.html
#[function]
pub fn bucketize<'a>(
    #[builder(into)] input: TensorOrNumber<'a>,
    boundaries: &Tensor,
    /// Whether the answer is of [`Kind::Int`](crate::Kind::Int).
    #[builder(default)]
    out_int32: bool,
    /// Whether an element that equals a boundary falls in the bucket after it.
    #[builder(default)]
    right: bool,
) -> Tensor {
    match input.told_apart() {
        Ok(input) => input.bucketize(boundaries, out_int32, right),
        Err(number) => Tensor::bucketize_scalar(number, boundaries, out_int32, right),
    }
}
