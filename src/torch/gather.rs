//! Elements by their indices: gathered, scattered, counted.

use std::borrow::Borrow;

use flambeau_derive::function;
use tch::Tensor;

use super::draws::drawn;
use super::number::{Integer, Number, TensorOrNumber};
use crate::ffi::{Argument, op};
use crate::random::Generator;
use crate::refusal::check;

/// Along a dimension the elements with the indices in `index`: [`torch.gather`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::tensor([[1, 2], [3, 4]]);
/// let y = torch::gather(&x, 1, &torch::tensor([[0], [1]]));
/// assert_eq!(y, torch::tensor([[1], [4]]));
/// ```
///
/// [`torch.gather`]: https://docs.pytorch.org/docs/stable/generated/torch.gather.html
#[function]
pub fn gather(
    input: &Tensor,
    dim: i64,
    index: &Tensor,
    /// Whether the gradient of the input is a sparse tensor.
    #[builder(default)]
    sparse_grad: bool,
) -> Tensor {
    input.gather(dim, index, sparse_grad)
}

/// A copy in which the elements with the indices in `index` are those of `src`, a tensor or a
/// number: [`torch.scatter`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let labels = torch::tensor([[0], [2]]);
/// let one_hot = torch::scatter(&torch::zeros([2, 3]), 1, &labels, 1.0);
/// assert_eq!(one_hot, torch::tensor([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]));
/// ```
///
/// [`torch.scatter`]: https://docs.pytorch.org/docs/stable/generated/torch.scatter.html
#[function]
pub fn scatter<'a>(
    input: &Tensor,
    dim: i64,
    index: &Tensor,
    #[builder(into)] src: TensorOrNumber<'a>,
    /// `"add"` or `"multiply"`: what is done with the element that is there, instead of replacing it.
    reduce: Option<&str>,
) -> Tensor {
    match (src.told_apart(), reduce) {
        (Ok(src), None) => input.scatter(dim, index, src),
        (Ok(src), Some(reduce)) => input.scatter_reduce(dim, index, src, reduce),
        (Err(value), None) => input.scatter_value(dim, index, value),
        (Err(value), Some(reduce)) => input.scatter_value_reduce(dim, index, value, reduce),
    }
}

/// A copy to whose slices with the indices in `index` those of `source` are added:
/// [`torch.index_add`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let (x, index) = (torch::ones([3]), torch::tensor([0, 0]));
/// let y = torch::index_add_options(&x, 0, &index, &torch::ones([2])).alpha(2).call();
/// assert_eq!(y, torch::tensor([5.0, 1.0, 1.0]));
/// ```
///
/// [`torch.index_add`]: https://docs.pytorch.org/docs/stable/generated/torch.index_add.html
#[function]
pub fn index_add(
    input: &Tensor,
    dim: i64,
    index: &Tensor,
    source: &Tensor,
    /// What the source is multiplied by.
    #[builder(default = Number::Integer(1), into)]
    alpha: Number,
    /// Whether the input itself is written to: Python's `index_add_`.
    #[builder(default)]
    inplace: bool,
) -> Tensor {
    let arguments = [
        Argument::Tensor(input),
        Argument::Integer(dim),
        Argument::Tensor(index),
        Argument::Tensor(source),
        alpha.into(),
    ];
    let name = if inplace { c"aten::index_add_" } else { c"aten::index_add" };
    let [sum] = op(name, c"", &arguments);
    sum
}

/// A copy in which the elements with the indices in `index` are reduced with those of `src`:
/// [`torch.scatter_reduce`].
///
/// `reduce` is `"sum"`, `"prod"`, `"mean"`, `"amax"` or `"amin"`.
///
/// ```
/// use flambeau::prelude::*;
///
/// let (x, index) = (torch::ones([2]), torch::tensor([0, 0, 1]));
/// let src = torch::tensor([2.0, 3.0, 4.0]);
/// let y = torch::scatter_reduce(&x, 0, &index, &src, "sum");
/// assert_eq!(y, torch::tensor([6.0, 5.0]));
/// let y = torch::scatter_reduce_options(&x, 0, &index, &src, "sum").include_self(false).call();
/// assert_eq!(y, torch::tensor([5.0, 4.0]));
/// ```
///
/// [`torch.scatter_reduce`]: https://docs.pytorch.org/docs/stable/generated/torch.scatter_reduce.html
#[function]
pub fn scatter_reduce(
    input: &Tensor,
    dim: i64,
    index: &Tensor,
    src: &Tensor,
    reduce: &str,
    /// Whether the elements that are there count too.
    #[builder(default = true)]
    include_self: bool,
    /// Whether the input itself is written to: Python's `scatter_reduce_`.
    #[builder(default)]
    inplace: bool,
) -> Tensor {
    let arguments =
        [input.into(), dim.into(), index.into(), src.into(), reduce.into(), include_self.into()];
    let name = if inplace { c"aten::scatter_reduce_" } else { c"aten::scatter_reduce" };
    let [reduced] = op(name, c"two", &arguments);
    reduced
}

/// A copy with `values` in the places that the tensors of indices name: [`torch.Tensor.index_put`].
///
/// `x.set_i((&rows, &columns), values)` writes to the tensor itself, as does `inplace(true)`: Python's
/// `index_put_`.
///
/// ```
/// use flambeau::prelude::*;
///
/// let (x, index) = (torch::zeros(3), torch::tensor([0, 0]));
/// let values = torch::tensor([1.0, 2.0]);
/// let y = torch::index_put_options(&x, &[&index], &values).accumulate(true).call();
/// assert_eq!(y, torch::tensor([3.0, 0.0, 0.0]));
/// ```
///
/// [`torch.Tensor.index_put`]: https://docs.pytorch.org/docs/stable/generated/torch.Tensor.index_put.html
#[function]
pub fn index_put<T: Borrow<Tensor>>(
    input: &Tensor,
    indices: &[T],
    values: &Tensor,
    /// Whether the values are added to what is there.
    #[builder(default)]
    accumulate: bool,
    /// Whether the input itself is written to.
    #[builder(default)]
    inplace: bool,
) -> Tensor {
    let indices: Vec<Option<&Tensor>> = indices.iter().map(|index| Some(index.borrow())).collect();
    match inplace {
        false => input.index_put(&indices, values, accumulate),
        true => input.shallow_clone().index_put_(&indices, values, accumulate),
    }
}

/// A copy with `source` in these places of the elements as one row: [`torch.Tensor.put`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::put(&torch::zeros([2, 2]), &torch::tensor([3]), &torch::tensor([1.0]));
/// assert_eq!(x, torch::tensor([[0.0, 0.0], [0.0, 1.0]]));
/// ```
///
/// [`torch.Tensor.put`]: https://docs.pytorch.org/docs/stable/generated/torch.Tensor.put.html
#[function]
pub fn put(
    input: &Tensor,
    index: &Tensor,
    source: &Tensor,
    /// Whether the source is added to what is there.
    #[builder(default)]
    accumulate: bool,
) -> Tensor {
    input.put(index, source, accumulate)
}

/// A copy whose slices with the indices in `index` are reduced together with those of `source`, by
/// `"prod"`, `"mean"`, `"amax"` or `"amin"`: [`torch.Tensor.index_reduce`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let (x, index) = (torch::zeros(2), torch::tensor([0, 0]));
/// let y = torch::index_reduce(&x, 0, &index, &torch::tensor([3.0, 5.0]), "amax");
/// assert_eq!(y, torch::tensor([5.0, 0.0]));
/// ```
///
/// [`torch.Tensor.index_reduce`]: https://docs.pytorch.org/docs/stable/generated/torch.Tensor.index_reduce_.html
#[function]
pub fn index_reduce(
    input: &Tensor,
    dim: i64,
    index: &Tensor,
    source: &Tensor,
    reduce: &str,
    /// Whether what is there is reduced with the rest.
    #[builder(default = true)]
    include_self: bool,
) -> Tensor {
    input.index_reduce(dim, index, source, reduce, include_self)
}

/// Along a dimension the elements with the indices in `indices`, which are broadcast with the
/// input: [`torch.take_along_dim`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::tensor([[10, 30, 20], [60, 40, 50]]);
/// let order = torch::argsort(&x);
/// let sorted = torch::take_along_dim_options(&x, &order).dim(1).call();
/// assert_eq!(sorted, torch::tensor([[10, 20, 30], [40, 50, 60]]));
/// ```
///
/// [`torch.take_along_dim`]: https://docs.pytorch.org/docs/stable/generated/torch.take_along_dim.html
#[function]
pub fn take_along_dim(
    input: &Tensor,
    indices: &Tensor,
    /// The dimension; all elements as one row if not given.
    dim: Option<i64>,
) -> Tensor {
    input.take_along_dim(indices, dim)
}

/// How often each number stands in a vector of whole numbers: [`torch.bincount`].
///
/// ```
/// use flambeau::prelude::*;
///
/// assert_eq!(torch::bincount(&torch::tensor([0, 2, 2])), torch::tensor([1, 0, 2]));
/// ```
///
/// [`torch.bincount`]: https://docs.pytorch.org/docs/stable/generated/torch.bincount.html
#[function]
pub fn bincount(
    input: &Tensor,
    /// What each element counts; 1 if not given.
    weights: Option<&Tensor>,
    /// How many numbers are told of at least.
    #[builder(default)]
    minlength: i64,
) -> Tensor {
    input.bincount(weights, minlength)
}

/// How many elements fall in each of some bins of one width: [`torch.histc`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::tensor([1.0, 2.0, 1.0]);
/// let counts = torch::histc_options(&x).bins(4).max(3).call();
/// assert_eq!(counts, torch::tensor([0.0, 2.0, 1.0, 0.0]));
/// ```
///
/// [`torch.histc`]: https://docs.pytorch.org/docs/stable/generated/torch.histc.html
#[function]
pub fn histc(
    input: &Tensor,
    /// How many bins.
    #[builder(default = 100)]
    bins: i64,
    /// Where the first begins; with `max` the same, the smallest and the largest element are
    /// taken.
    #[builder(default = Number::Integer(0), into)]
    min: Number,
    /// Where the last ends.
    #[builder(default = Number::Integer(0), into)]
    max: Number,
) -> Tensor {
    let arguments = [Argument::Tensor(input), Argument::Integer(bins), min.into(), max.into()];
    let [counts] = op(c"aten::histc", c"", &arguments);
    counts
}

/// What the bins of a [`histogram`](fn@histogram) are: how many, or their edges.
#[derive(Debug)]
pub enum Bins<'a> {
    /// So many of one width.
    Count(i64),
    /// Between each two of these, which ascend.
    Edges(&'a Tensor),
}

impl<I: Integer> From<I> for Bins<'_> {
    fn from(count: I) -> Self {
        Self::Count(count.to_i64())
    }
}

impl<'a> From<&'a Tensor> for Bins<'a> {
    fn from(edges: &'a Tensor) -> Self {
        Self::Edges(edges)
    }
}

/// How many elements fall in each of some bins, and the bins' edges: [`torch.histogram`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::tensor([1.0, 2.0, 1.0]);
/// let (counts, edges) = torch::histogram_options(&x, 2).range((0, 4)).call();
/// assert_eq!(counts, torch::tensor([2.0, 1.0]));
/// assert_eq!(edges, torch::tensor([0.0, 2.0, 4.0]));
/// ```
///
/// # Panics
/// When a range is given beside edges, in Python's words.
///
/// [`torch.histogram`]: https://docs.pytorch.org/docs/stable/generated/torch.histogram.html
#[function]
pub fn histogram<'a>(
    input: &Tensor,
    #[builder(into)] bins: Bins<'a>,
    /// Where the first bin begins and the last ends; the smallest and the largest element if not
    /// given.
    #[builder(into)]
    range: Option<Range>,
    /// What each element counts; 1 if not given.
    weight: Option<&Tensor>,
    /// Whether the counts are divided by their sum and the bins' widths.
    #[builder(default)]
    density: bool,
) -> (Tensor, Tensor) {
    let ends = range.map(|Range(ends)| ends);
    let [counts, edges] = match bins {
        Bins::Count(count) => {
            let range = ends.as_ref().map_or(Argument::None, |ends| Argument::Numbers(ends));
            let arguments = [input.into(), count.into(), range, weight.into(), density.into()];
            op(c"aten::histogram", c"bin_ct", &arguments)
        }
        Bins::Edges(edges) => {
            check!(ends.is_none(), "histogram() takes a range beside a number of bins alone");
            let arguments = [input.into(), edges.into(), weight.into(), density.into()];
            op(c"aten::histogram", c"bins_tensor", &arguments)
        }
    };
    (counts, edges)
}

/// Where the bins of a [`histogram`](fn@histogram) begin and end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range([f64; 2]);

impl<A: Into<Number>, B: Into<Number>> From<(A, B)> for Range {
    fn from((begin, end): (A, B)) -> Self {
        Self([begin.into().to_f64(), end.into().to_f64()])
    }
}

/// Draws of indices, each as likely as its weight: [`torch.multinomial`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let weights = torch::tensor([0.0, 1.0, 0.0]);
/// assert_eq!(torch::multinomial(&weights, 1), torch::tensor([1]));
/// ```
///
/// [`torch.multinomial`]: https://docs.pytorch.org/docs/stable/generated/torch.multinomial.html
#[function]
pub fn multinomial(
    input: &Tensor,
    num_samples: i64,
    /// Whether one may be drawn again.
    #[builder(default)]
    replacement: bool,
    /// What to draw from instead of the default generator.
    generator: Option<&Generator>,
) -> Tensor {
    let arguments = [input.into(), num_samples.into(), replacement.into()];
    drawn(c"aten::multinomial", c"", input, &arguments, generator)
}
