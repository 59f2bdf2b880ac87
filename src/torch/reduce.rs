//! Sums, means, variances and other numbers that stand for many.

use flambeau_derive::function;
use tch::{Kind, Tensor};

use super::Dims;
use super::number::{Number, TensorOrNumber};
use crate::refusal::check;

/// The sum of all elements, or along some dimensions: [`torch.sum`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::tensor([[1.0, 2.0], [3.0, 4.0]]);
/// assert_eq!(torch::sum(&x), torch::tensor(10.0));
/// assert_eq!(torch::sum_options(&x).dim(1).call(), torch::tensor([3.0, 7.0]));
/// ```
///
/// [`torch.sum`]: https://docs.pytorch.org/docs/stable/generated/torch.sum.html
#[function]
pub fn sum(
    input: &Tensor,
    /// The dimensions to add up along; all if not given.
    #[builder(into)]
    dim: Option<Dims>,
    /// Whether those dimensions stay, with a size of 1.
    #[builder(default)]
    keepdim: bool,
    /// The kind to convert the input to first.
    dtype: Option<Kind>,
) -> Tensor {
    match list(&dim) {
        None if !keepdim => input.sum(dtype),
        dim => input.sum_dim_intlist(dim, keepdim, dtype),
    }
}

/// The mean of all elements, or along some dimensions: [`torch.mean`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::tensor([[1.0, 2.0], [3.0, 4.0]]);
/// assert_eq!(torch::mean(&x), torch::tensor(2.5));
/// let rows = torch::mean_options(&x).dim(1).keepdim(true).call();
/// assert_eq!(rows, torch::tensor([[1.5], [3.5]]));
/// ```
///
/// [`torch.mean`]: https://docs.pytorch.org/docs/stable/generated/torch.mean.html
#[function]
pub fn mean(
    input: &Tensor,
    /// The dimensions to take the mean along; all if not given.
    #[builder(into)]
    dim: Option<Dims>,
    /// Whether those dimensions stay, with a size of 1.
    #[builder(default)]
    keepdim: bool,
    /// The kind to convert the input to first.
    dtype: Option<Kind>,
) -> Tensor {
    match list(&dim) {
        None if !keepdim => input.mean(dtype),
        dim => input.mean_dim(dim, keepdim, dtype),
    }
}

/// The sum of the elements that are no NaN, of all or along some dimensions: [`torch.nansum`].
///
/// ```
/// use flambeau::prelude::*;
///
/// assert_eq!(torch::nansum(&torch::tensor([1.0, f64::NAN, 2.0])), torch::tensor(3.0));
/// ```
///
/// [`torch.nansum`]: https://docs.pytorch.org/docs/stable/generated/torch.nansum.html
#[function]
pub fn nansum(
    input: &Tensor,
    /// The dimensions to add up along; all if not given.
    #[builder(into)]
    dim: Option<Dims>,
    /// Whether those dimensions stay, with a size of 1.
    #[builder(default)]
    keepdim: bool,
    /// The kind to convert the input to first.
    dtype: Option<Kind>,
) -> Tensor {
    input.nansum(list(&dim), keepdim, dtype)
}

/// The mean of the elements that are no NaN, of all or along some dimensions: [`torch.nanmean`].
///
/// ```
/// use flambeau::prelude::*;
///
/// assert_eq!(torch::nanmean(&torch::tensor([1.0, f64::NAN, 2.0])), torch::tensor(1.5));
/// ```
///
/// [`torch.nanmean`]: https://docs.pytorch.org/docs/stable/generated/torch.nanmean.html
#[function]
pub fn nanmean(
    input: &Tensor,
    /// The dimensions to take the mean along; all if not given.
    #[builder(into)]
    dim: Option<Dims>,
    /// Whether those dimensions stay, with a size of 1.
    #[builder(default)]
    keepdim: bool,
    /// The kind to convert the input to first.
    dtype: Option<Kind>,
) -> Tensor {
    input.nanmean(list(&dim), keepdim, dtype)
}

/// The product of all elements, or along a dimension: [`torch.prod`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::tensor([[1, 2], [3, 4]]);
/// assert_eq!(torch::prod(&x), torch::tensor(24));
/// assert_eq!(torch::prod_options(&x).dim(0).call(), torch::tensor([3, 8]));
/// ```
///
/// [`torch.prod`]: https://docs.pytorch.org/docs/stable/generated/torch.prod.html
#[function]
pub fn prod(
    input: &Tensor,
    /// The dimension to multiply along; all if not given.
    dim: Option<i64>,
    /// Whether that dimension stays, with a size of 1.
    #[builder(default)]
    keepdim: bool,
    /// The kind to convert the input to first.
    dtype: Option<Kind>,
) -> Tensor {
    check!(dim.is_some() || !keepdim, "prod() takes keepdim with a dim alone");
    match dim {
        None => input.prod(dtype),
        Some(dim) => input.prod_dim_int(dim, keepdim, dtype),
    }
}

/// The variance of all elements, or along some dimensions: [`torch.var`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::tensor([1.0, 3.0]);
/// assert_eq!(torch::var(&x), torch::tensor(2.0));
/// assert_eq!(torch::var_options(&x).correction(0).call(), torch::tensor(1.0));
/// ```
///
/// [`torch.var`]: https://docs.pytorch.org/docs/stable/generated/torch.var.html
#[function]
pub fn var(
    input: &Tensor,
    /// The dimensions to take the variance along; all if not given.
    #[builder(into)]
    dim: Option<Dims>,
    /// What is taken from the number of elements before it divides; 1 if not given.
    #[builder(into)]
    correction: Option<Number>,
    /// Python's older word: a correction of 1, or of 0 if false.
    unbiased: Option<bool>,
    /// Whether those dimensions stay, with a size of 1.
    #[builder(default)]
    keepdim: bool,
) -> Tensor {
    input.var_correction(list(&dim), corrected("var", correction, unbiased), keepdim)
}

/// The standard deviation of all elements, or along some dimensions: [`torch.std`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::tensor([[1.0, 3.0], [1.0, 5.0]]);
/// let deviations = torch::std_options(&x).dim(-1).unbiased(false).call();
/// assert_eq!(deviations, torch::tensor([1.0, 2.0]));
/// ```
///
/// [`torch.std`]: https://docs.pytorch.org/docs/stable/generated/torch.std.html
#[function]
pub fn std(
    input: &Tensor,
    /// The dimensions to take the deviation along; all if not given.
    #[builder(into)]
    dim: Option<Dims>,
    /// What is taken from the number of elements before it divides; 1 if not given.
    #[builder(into)]
    correction: Option<Number>,
    /// Python's older word: a correction of 1, or of 0 if false.
    unbiased: Option<bool>,
    /// Whether those dimensions stay, with a size of 1.
    #[builder(default)]
    keepdim: bool,
) -> Tensor {
    input.std_correction(list(&dim), corrected("std", correction, unbiased), keepdim)
}

/// The variance and the mean of all elements, or along some dimensions: [`torch.var_mean`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let (var, mean) = torch::var_mean(&torch::tensor([1.0, 3.0]));
/// assert_eq!((var.item(), mean.item()), (2.0, 2.0));
/// ```
///
/// [`torch.var_mean`]: https://docs.pytorch.org/docs/stable/generated/torch.var_mean.html
#[function]
pub fn var_mean(
    input: &Tensor,
    /// The dimensions to take both along; all if not given.
    #[builder(into)]
    dim: Option<Dims>,
    /// What is taken from the number of elements before it divides; 1 if not given.
    #[builder(into)]
    correction: Option<Number>,
    /// Python's older word: a correction of 1, or of 0 if false.
    unbiased: Option<bool>,
    /// Whether those dimensions stay, with a size of 1.
    #[builder(default)]
    keepdim: bool,
) -> (Tensor, Tensor) {
    input.var_mean_correction(list(&dim), corrected("var_mean", correction, unbiased), keepdim)
}

/// The standard deviation and the mean of all elements, or along some dimensions:
/// [`torch.std_mean`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let (std, mean) = torch::std_mean_options(&torch::tensor([1.0, 3.0])).correction(0).call();
/// assert_eq!((std.item(), mean.item()), (1.0, 2.0));
/// ```
///
/// [`torch.std_mean`]: https://docs.pytorch.org/docs/stable/generated/torch.std_mean.html
#[function]
pub fn std_mean(
    input: &Tensor,
    /// The dimensions to take both along; all if not given.
    #[builder(into)]
    dim: Option<Dims>,
    /// What is taken from the number of elements before it divides; 1 if not given.
    #[builder(into)]
    correction: Option<Number>,
    /// Python's older word: a correction of 1, or of 0 if false.
    unbiased: Option<bool>,
    /// Whether those dimensions stay, with a size of 1.
    #[builder(default)]
    keepdim: bool,
) -> (Tensor, Tensor) {
    input.std_mean_correction(list(&dim), corrected("std_mean", correction, unbiased), keepdim)
}

/// The number of elements that are not 0, of all or along some dimensions:
/// [`torch.count_nonzero`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::tensor([[0, 1], [2, 3]]);
/// assert_eq!(torch::count_nonzero(&x), torch::tensor(3));
/// assert_eq!(torch::count_nonzero_options(&x).dim(1).call(), torch::tensor([1, 2]));
/// ```
///
/// [`torch.count_nonzero`]: https://docs.pytorch.org/docs/stable/generated/torch.count_nonzero.html
#[function]
pub fn count_nonzero(
    input: &Tensor,
    /// The dimensions to count along; all if not given.
    #[builder(into)]
    dim: Option<Dims>,
) -> Tensor {
    match dim {
        None => input.count_nonzero(None),
        Some(dims) => input.count_nonzero_dim_intlist(dims.as_slice()),
    }
}

/// Whether all elements are true, or all along some dimensions: [`torch.all`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::tensor([[true, false], [true, true]]);
/// assert_eq!(torch::all_options(&x).dim(1).call(), torch::tensor([false, true]));
/// ```
///
/// [`torch.all`]: https://docs.pytorch.org/docs/stable/generated/torch.all.html
#[function]
pub fn all(
    input: &Tensor,
    /// The dimensions to look along; all if not given.
    #[builder(into)]
    dim: Option<Dims>,
    /// Whether those dimensions stay, with a size of 1.
    #[builder(default)]
    keepdim: bool,
) -> Tensor {
    match list(&dim) {
        None if !keepdim => input.all(),
        dim => input.all_dims(dim, keepdim),
    }
}

/// Whether any element is true, or any along some dimensions: [`torch.any`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::tensor([[false, false], [true, false]]);
/// assert_eq!(torch::any_options(&x).dim(1).call(), torch::tensor([false, true]));
/// ```
///
/// [`torch.any`]: https://docs.pytorch.org/docs/stable/generated/torch.any.html
#[function]
pub fn any(
    input: &Tensor,
    /// The dimensions to look along; all if not given.
    #[builder(into)]
    dim: Option<Dims>,
    /// Whether those dimensions stay, with a size of 1.
    #[builder(default)]
    keepdim: bool,
) -> Tensor {
    match list(&dim) {
        None if !keepdim => input.any(),
        dim => input.any_dims(dim, keepdim),
    }
}

/// log Σ exp(x) along some dimensions: [`torch.logsumexp`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::tensor([[0.0, 0.0], [1000.0, 0.0]]);
/// let sums = torch::logsumexp(&x, 1);
/// assert!(torch::allclose(&sums, &torch::tensor([2.0_f64.ln(), 1000.0])));
/// ```
///
/// [`torch.logsumexp`]: https://docs.pytorch.org/docs/stable/generated/torch.logsumexp.html
#[function]
pub fn logsumexp(
    input: &Tensor,
    #[builder(into)] dim: Dims,
    /// Whether those dimensions stay, with a size of 1.
    #[builder(default)]
    keepdim: bool,
) -> Tensor {
    input.logsumexp(dim.as_slice(), keepdim)
}

/// The number below which a part `q` of the elements lies: [`torch.quantile`].
///
/// `q` is a number from 0 to 1, or a tensor of them, whose answers stand along a new first
/// dimension.
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::tensor([0.0, 1.0, 2.0, 3.0]);
/// assert_eq!(torch::quantile(&x, 0.5).item(), 1.5);
/// assert_eq!(torch::quantile_options(&x, 0.5).interpolation("lower").call().item(), 1.0);
/// ```
///
/// [`torch.quantile`]: https://docs.pytorch.org/docs/stable/generated/torch.quantile.html
#[function]
pub fn quantile<'a>(
    input: &Tensor,
    #[builder(into)] q: TensorOrNumber<'a>,
    /// The dimension to look along; all elements together if not given.
    dim: Option<i64>,
    /// Whether that dimension stays, with a size of 1.
    #[builder(default)]
    keepdim: bool,
    /// What is taken between two elements: `"linear"`, `"lower"`, `"higher"`, `"midpoint"` or
    /// `"nearest"`.
    #[builder(default = "linear")]
    interpolation: &str,
) -> Tensor {
    match q.told_apart() {
        Ok(q) => input.quantile(q, dim, keepdim, interpolation),
        Err(q) => input.quantile_scalar(q.to_f64(), dim, keepdim, interpolation),
    }
}

/// [`quantile`](fn@quantile) of the elements that are no NaN: [`torch.nanquantile`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::tensor([0.0, f64::NAN, 2.0]);
/// assert_eq!(torch::nanquantile(&x, 0.5).item(), 1.0);
/// ```
///
/// [`torch.nanquantile`]: https://docs.pytorch.org/docs/stable/generated/torch.nanquantile.html
#[function]
pub fn nanquantile<'a>(
    input: &Tensor,
    #[builder(into)] q: TensorOrNumber<'a>,
    /// The dimension to look along; all elements together if not given.
    dim: Option<i64>,
    /// Whether that dimension stays, with a size of 1.
    #[builder(default)]
    keepdim: bool,
    /// What is taken between two elements: `"linear"`, `"lower"`, `"higher"`, `"midpoint"` or
    /// `"nearest"`.
    #[builder(default = "linear")]
    interpolation: &str,
) -> Tensor {
    match q.told_apart() {
        Ok(q) => input.nanquantile(q, dim, keepdim, interpolation),
        Err(q) => input.nanquantile_scalar(q.to_f64(), dim, keepdim, interpolation),
    }
}

/// The dimensions as tch takes them.
pub(super) fn list(dim: &Option<Dims>) -> Option<&[i64]> {
    dim.as_ref().and_then(Dims::given)
}

/// What is taken from the number of elements, by whichever word it was said.
fn corrected(name: &str, correction: Option<Number>, unbiased: Option<bool>) -> Number {
    check!(
        correction.is_none() || unbiased.is_none(),
        "{name}() takes correction or unbiased, not both"
    );
    correction
        .or(unbiased.map(|unbiased| Number::Integer(unbiased.into())))
        .unwrap_or(Number::Integer(1))
}
