//! The largest and smallest elements, and where they stand.

use flambeau_derive::function;
use tch::Tensor;

use super::Dims;

/// The largest elements along a dimension, and their indices: [`torch.max`] with a `dim`.
///
/// Without one, `x.max()` is Python's, and so is `x.maximum(&y)` of two tensors.
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::tensor([[1.0, 3.0], [4.0, 2.0]]);
/// let (values, indices) = torch::max_dim(&x, 1); // torch.max(x, 1)
/// assert_eq!((values, indices), (torch::tensor([3.0, 4.0]), torch::tensor([1, 0])));
/// ```
///
/// [`torch.max`]: https://docs.pytorch.org/docs/stable/generated/torch.max.html
#[function]
pub fn max_dim(
    input: &Tensor,
    dim: i64,
    /// Whether that dimension stays, with a size of 1.
    #[builder(default)]
    keepdim: bool,
) -> (Tensor, Tensor) {
    input.max_dim(dim, keepdim)
}

/// The smallest elements along a dimension, and their indices: [`torch.min`] with a `dim`.
///
/// Without one, `x.min()` is Python's, and so is `x.minimum(&y)` of two tensors.
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::tensor([[1.0, 3.0], [4.0, 2.0]]);
/// let (values, indices) = torch::min_dim_options(&x, 1).keepdim(true).call();
/// assert_eq!((values, indices), (torch::tensor([[1.0], [2.0]]), torch::tensor([[0], [1]])));
/// ```
///
/// [`torch.min`]: https://docs.pytorch.org/docs/stable/generated/torch.min.html
#[function]
pub fn min_dim(
    input: &Tensor,
    dim: i64,
    /// Whether that dimension stays, with a size of 1.
    #[builder(default)]
    keepdim: bool,
) -> (Tensor, Tensor) {
    input.min_dim(dim, keepdim)
}

/// The index of the largest element, of all or along a dimension: [`torch.argmax`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::tensor([[1.0, 3.0], [4.0, 2.0]]);
/// assert_eq!(torch::argmax(&x), torch::tensor(2));
/// assert_eq!(torch::argmax_options(&x).dim(1).call(), torch::tensor([1, 0]));
/// ```
///
/// [`torch.argmax`]: https://docs.pytorch.org/docs/stable/generated/torch.argmax.html
#[function]
pub fn argmax(
    input: &Tensor,
    /// The dimension to look along; all elements in a row if not given.
    dim: Option<i64>,
    /// Whether that dimension stays, with a size of 1.
    #[builder(default)]
    keepdim: bool,
) -> Tensor {
    input.argmax(dim, keepdim)
}

/// The index of the smallest element, of all or along a dimension: [`torch.argmin`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::tensor([[1.0, 3.0], [4.0, 2.0]]);
/// assert_eq!(torch::argmin_options(&x).dim(0).call(), torch::tensor([0, 1]));
/// ```
///
/// [`torch.argmin`]: https://docs.pytorch.org/docs/stable/generated/torch.argmin.html
#[function]
pub fn argmin(
    input: &Tensor,
    /// The dimension to look along; all elements in a row if not given.
    dim: Option<i64>,
    /// Whether that dimension stays, with a size of 1.
    #[builder(default)]
    keepdim: bool,
) -> Tensor {
    input.argmin(dim, keepdim)
}

/// The largest element, of all or along some dimensions: [`torch.amax`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::tensor([[1.0, 3.0], [4.0, 2.0]]);
/// assert_eq!(torch::amax_options(&x).dim(0).call(), torch::tensor([4.0, 3.0]));
/// ```
///
/// [`torch.amax`]: https://docs.pytorch.org/docs/stable/generated/torch.amax.html
#[function]
pub fn amax(
    input: &Tensor,
    /// The dimensions to look along; all if not given.
    #[builder(into)]
    dim: Option<Dims>,
    /// Whether those dimensions stay, with a size of 1.
    #[builder(default)]
    keepdim: bool,
) -> Tensor {
    input.amax(dim.as_ref().map_or(&[][..], Dims::as_slice), keepdim)
}

/// The smallest element, of all or along some dimensions: [`torch.amin`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::tensor([[1.0, 3.0], [4.0, 2.0]]);
/// assert_eq!(torch::amin_options(&x).dim([0, 1]).call(), torch::tensor(1.0));
/// ```
///
/// [`torch.amin`]: https://docs.pytorch.org/docs/stable/generated/torch.amin.html
#[function]
pub fn amin(
    input: &Tensor,
    /// The dimensions to look along; all if not given.
    #[builder(into)]
    dim: Option<Dims>,
    /// Whether those dimensions stay, with a size of 1.
    #[builder(default)]
    keepdim: bool,
) -> Tensor {
    input.amin(dim.as_ref().map_or(&[][..], Dims::as_slice), keepdim)
}

/// The smallest and the largest element, of all or along a dimension: [`torch.aminmax`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let (min, max) = torch::aminmax(&torch::tensor([2.0, 1.0, 3.0]));
/// assert_eq!((min.item(), max.item()), (1.0, 3.0));
/// ```
///
/// [`torch.aminmax`]: https://docs.pytorch.org/docs/stable/generated/torch.aminmax.html
#[function]
pub fn aminmax(
    input: &Tensor,
    /// The dimension to look along; all elements if not given.
    dim: Option<i64>,
    /// Whether that dimension stays, with a size of 1.
    #[builder(default)]
    keepdim: bool,
) -> (Tensor, Tensor) {
    input.aminmax(dim, keepdim)
}

/// The elements in the middle along a dimension, and their indices: [`torch.median`] with a `dim`.
///
/// Without one, `x.median()` is Python's.
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::tensor([[1.0, 5.0, 3.0]]);
/// let (values, indices) = torch::median_dim(&x, 1); // torch.median(x, 1)
/// assert_eq!((values, indices), (torch::tensor([3.0]), torch::tensor([2])));
/// ```
///
/// [`torch.median`]: https://docs.pytorch.org/docs/stable/generated/torch.median.html
#[function]
pub fn median_dim(
    input: &Tensor,
    dim: i64,
    /// Whether that dimension stays, with a size of 1.
    #[builder(default)]
    keepdim: bool,
) -> (Tensor, Tensor) {
    input.median_dim(dim, keepdim)
}

/// The elements in the middle of those that are no NaN along a dimension, and their indices:
/// [`torch.nanmedian`] with a `dim`.
///
/// Without one, `x.nanmedian()` is Python's.
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::tensor([[1.0, 5.0, 3.0, f64::NAN]]);
/// assert_eq!(torch::nanmedian_dim(&x, 1).0, torch::tensor([3.0]));
/// ```
///
/// [`torch.nanmedian`]: https://docs.pytorch.org/docs/stable/generated/torch.nanmedian.html
#[function]
pub fn nanmedian_dim(
    input: &Tensor,
    dim: i64,
    /// Whether that dimension stays, with a size of 1.
    #[builder(default)]
    keepdim: bool,
) -> (Tensor, Tensor) {
    input.nanmedian_dim(dim, keepdim)
}

/// The `k`th smallest elements along a dimension, and their indices: [`torch.kthvalue`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let (value, index) = torch::kthvalue(&torch::tensor([5.0, 1.0, 3.0]), 2);
/// assert_eq!((value.item(), index.item()), (3.0, 2.0));
/// ```
///
/// [`torch.kthvalue`]: https://docs.pytorch.org/docs/stable/generated/torch.kthvalue.html
#[function]
pub fn kthvalue(
    input: &Tensor,
    k: i64,
    /// The dimension to look along.
    #[builder(default = -1)]
    dim: i64,
    /// Whether that dimension stays, with a size of 1.
    #[builder(default)]
    keepdim: bool,
) -> (Tensor, Tensor) {
    input.kthvalue(k, dim, keepdim)
}

/// The elements that come most often along a dimension, and an index of each: [`torch.mode`].
///
/// ```
/// use flambeau::prelude::*;
///
/// assert_eq!(torch::mode(&torch::tensor([1, 2, 2, 3])).0, torch::tensor(2));
/// ```
///
/// [`torch.mode`]: https://docs.pytorch.org/docs/stable/generated/torch.mode.html
#[function]
pub fn mode(
    input: &Tensor,
    /// The dimension to look along.
    #[builder(default = -1)]
    dim: i64,
    /// Whether that dimension stays, with a size of 1.
    #[builder(default)]
    keepdim: bool,
) -> (Tensor, Tensor) {
    input.mode(dim, keepdim)
}
