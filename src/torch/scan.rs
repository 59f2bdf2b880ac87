//! Along a dimension, each element with those before it or beside it.

use std::ffi::CStr;

use flambeau_derive::function;
use tch::{Kind, Tensor};

use super::number::Number;
use crate::ffi::op;

/// The sums of the elements up to each along a dimension: [`torch.cumsum`].
///
/// ```
/// use flambeau::prelude::*;
///
/// assert_eq!(torch::cumsum(&torch::tensor([1, 2, 3]), 0), torch::tensor([1, 3, 6]));
/// ```
///
/// [`torch.cumsum`]: https://docs.pytorch.org/docs/stable/generated/torch.cumsum.html
#[function]
pub fn cumsum(
    input: &Tensor,
    dim: i64,
    /// The kind to convert the input to first.
    dtype: Option<Kind>,
) -> Tensor {
    input.cumsum(dim, dtype)
}

/// The products of the elements up to each along a dimension: [`torch.cumprod`].
///
/// ```
/// use flambeau::prelude::*;
///
/// assert_eq!(torch::cumprod(&torch::tensor([1, 2, 3]), 0), torch::tensor([1, 2, 6]));
/// ```
///
/// [`torch.cumprod`]: https://docs.pytorch.org/docs/stable/generated/torch.cumprod.html
#[function]
pub fn cumprod(
    input: &Tensor,
    dim: i64,
    /// The kind to convert the input to first.
    dtype: Option<Kind>,
) -> Tensor {
    input.cumprod(dim, dtype)
}

/// exp(xᵢ) / Σⱼ exp(xⱼ) along a dimension: [`torch.softmax`].
///
/// ```
/// use flambeau::prelude::*;
///
/// assert_eq!(torch::softmax(&torch::tensor([0.0, 0.0]), -1), torch::tensor([0.5, 0.5]));
/// ```
///
/// [`torch.softmax`]: https://docs.pytorch.org/docs/stable/generated/torch.softmax.html
#[function]
pub fn softmax(
    input: &Tensor,
    dim: i64,
    /// The kind to convert the input to first.
    dtype: Option<Kind>,
) -> Tensor {
    input.softmax(dim, dtype)
}

/// log(exp(xᵢ) / Σⱼ exp(xⱼ)) along a dimension: [`torch.log_softmax`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::log_softmax(&torch::tensor([0.0, 0.0]), -1);
/// assert!(torch::allclose(&x.exp(), &torch::tensor([0.5, 0.5])));
/// ```
///
/// [`torch.log_softmax`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.log_softmax.html
#[function]
pub fn log_softmax(
    input: &Tensor,
    dim: i64,
    /// The kind to convert the input to first.
    dtype: Option<Kind>,
) -> Tensor {
    input.log_softmax(dim, dtype)
}

/// The differences of neighbours along a dimension, `n` times: [`torch.diff`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::tensor([1, 4, 9]);
/// assert_eq!(torch::diff(&x), torch::tensor([3, 5]));
/// assert_eq!(torch::diff_options(&x).n(2).call(), torch::tensor([2]));
/// ```
///
/// [`torch.diff`]: https://docs.pytorch.org/docs/stable/generated/torch.diff.html
#[function]
pub fn diff(
    input: &Tensor,
    /// How often.
    #[builder(default = 1)]
    n: i64,
    /// The dimension.
    #[builder(default = -1)]
    dim: i64,
    /// What stands before the input.
    prepend: Option<&Tensor>,
    /// What stands after it.
    append: Option<&Tensor>,
) -> Tensor {
    input.diff(n, dim, prepend, append)
}

/// The area under the lines between points along a dimension: [`torch.trapezoid`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let y = torch::tensor([1.0, 2.0, 3.0]);
/// assert_eq!(torch::trapezoid(&y).item(), 4.0);
/// assert_eq!(torch::trapezoid_options(&y).dx(2).call().item(), 8.0);
/// let x = torch::tensor([0.0, 1.0, 3.0]);
/// assert_eq!(torch::trapezoid_options(&y).x(&x).call().item(), 6.5);
/// ```
///
/// [`torch.trapezoid`]: https://docs.pytorch.org/docs/stable/generated/torch.trapezoid.html
#[function]
pub fn trapezoid(
    y: &Tensor,
    /// Where the points stand.
    x: Option<&Tensor>,
    /// How far each is from the next, where `x` is not given.
    #[builder(default = Number::Integer(1), into)]
    dx: Number,
    /// The dimension.
    #[builder(default = -1)]
    dim: i64,
) -> Tensor {
    by_trapezoids(c"aten::trapezoid", y, x, dx, dim)
}

/// The area under the lines from the first point to each of the others along a dimension, one less than
/// there are points: [`torch.cumulative_trapezoid`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let y = torch::tensor([1.0, 2.0, 3.0]);
/// assert_eq!(torch::cumulative_trapezoid(&y), torch::tensor([1.5, 4.0]));
/// let x = torch::tensor([0.0, 1.0, 3.0]);
/// assert_eq!(torch::cumulative_trapezoid_options(&y).x(&x).call(), torch::tensor([1.5, 6.5]));
/// ```
///
/// [`torch.cumulative_trapezoid`]: https://docs.pytorch.org/docs/stable/generated/torch.cumulative_trapezoid.html
#[function]
pub fn cumulative_trapezoid(
    y: &Tensor,
    /// Where the points stand.
    x: Option<&Tensor>,
    /// How far each is from the next, where `x` is not given.
    #[builder(default = Number::Integer(1), into)]
    dx: Number,
    /// The dimension.
    #[builder(default = -1)]
    dim: i64,
) -> Tensor {
    by_trapezoids(c"aten::cumulative_trapezoid", y, x, dx, dim)
}

#[track_caller]
fn by_trapezoids(name: &CStr, y: &Tensor, x: Option<&Tensor>, dx: Number, dim: i64) -> Tensor {
    let [area] = match x {
        Some(x) => op(name, c"x", &[y.into(), x.into(), dim.into()]),
        None => op(name, c"dx", &[y.into(), dx.into(), dim.into()]),
    };
    area
}
