//! Tensors put together, cut up and laid otherwise.

use std::borrow::Borrow;

use flambeau_derive::function;
use tch::Tensor;

use super::number::{Integer, TensorOrNumber};
use super::reduce::list;
use super::{Dims, Size};

/// The tensors one after another along a dimension: [`torch.cat`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let (x, y) = (torch::zeros([2, 3]), torch::ones([2, 1]));
/// assert_eq!(torch::cat(&[&x, &x]).shape(), [4, 3]);
/// assert_eq!(torch::cat_options(&[&x, &y]).dim(1).call().shape(), [2, 4]);
/// ```
///
/// [`torch.cat`]: https://docs.pytorch.org/docs/stable/generated/torch.cat.html
#[function]
pub fn cat<T: Borrow<Tensor>>(
    tensors: &[T],
    /// The dimension along which they stand.
    #[builder(default)]
    dim: i64,
) -> Tensor {
    Tensor::cat(tensors, dim)
}

/// The tensors one after another along a new dimension: [`torch.stack`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::zeros([2, 3]);
/// assert_eq!(torch::stack(&[&x, &x]).shape(), [2, 2, 3]);
/// assert_eq!(torch::stack_options(&[&x, &x]).dim(-1).call().shape(), [2, 3, 2]);
/// ```
///
/// [`torch.stack`]: https://docs.pytorch.org/docs/stable/generated/torch.stack.html
#[function]
pub fn stack<T: Borrow<Tensor>>(
    tensors: &[T],
    /// Where the new dimension stands.
    #[builder(default)]
    dim: i64,
) -> Tensor {
    Tensor::stack(tensors, dim)
}

/// Pieces of these sizes along a dimension, views of the tensor's memory:
/// `torch.split_with_sizes`, which [`split`](fn@split) is for a list of sizes.
///
/// ```
/// use flambeau::prelude::*;
///
/// let parts = torch::split_with_sizes(&torch::arange(5), [1, 4]);
/// assert_eq!(parts[1], torch::tensor([1, 2, 3, 4]));
/// ```
#[function]
pub fn split_with_sizes(
    input: &Tensor,
    #[builder(into)] split_sizes: Size,
    /// The dimension that is cut.
    #[builder(default)]
    dim: i64,
) -> Vec<Tensor> {
    input.split_with_sizes(&split_sizes[..], dim)
}

/// Pieces of a tensor, views of its memory: [`torch.split`].
///
/// `split_size_or_sections` is the size of each, of which the last may be smaller, or a list of
/// sizes.
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::arange(5);
/// assert_eq!(torch::split(&x, 2)[2], torch::tensor([4]));
/// let [a, b] = &torch::split(&x, (1, 4))[..] else { panic!() };
/// assert_eq!((a.numel(), b.numel()), (1, 4));
/// ```
///
/// [`torch.split`]: https://docs.pytorch.org/docs/stable/generated/torch.split.html
#[function]
pub fn split(
    tensor: &Tensor,
    #[builder(into)] split_size_or_sections: Sections,
    /// The dimension that is cut.
    #[builder(default)]
    dim: i64,
) -> Vec<Tensor> {
    match split_size_or_sections {
        Sections::One(size) => tensor.split(size, dim),
        Sections::Each(sizes) => tensor.split_with_sizes(sizes, dim),
    }
}

/// So many pieces of a tensor, views of its memory: [`torch.tensor_split`].
///
/// `indices_or_sections` is their number, or a list of where each but the first begins.
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::arange(5);
/// assert_eq!(torch::tensor_split(&x, 2)[1], torch::tensor([3, 4]));
/// assert_eq!(torch::tensor_split(&x, [1, 3])[1], torch::tensor([1, 2]));
/// ```
///
/// [`torch.tensor_split`]: https://docs.pytorch.org/docs/stable/generated/torch.tensor_split.html
#[function]
pub fn tensor_split(
    input: &Tensor,
    #[builder(into)] indices_or_sections: Sections,
    /// The dimension that is cut.
    #[builder(default)]
    dim: i64,
) -> Vec<Tensor> {
    match indices_or_sections {
        Sections::One(sections) => input.tensor_split(sections, dim),
        Sections::Each(indices) => input.tensor_split_indices(indices, dim),
    }
}

/// One number for all pieces of a tensor, or one for each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sections {
    /// One for all.
    One(i64),
    /// One for each.
    Each(Vec<i64>),
}

impl<I: Integer> From<I> for Sections {
    fn from(number: I) -> Self {
        Self::One(number.to_i64())
    }
}

macro_rules! sections {
    ($([$($generics:tt)+] $list:ty;)+) => {
        $(impl<$($generics)+> From<$list> for Sections {
            fn from(numbers: $list) -> Self {
                Self::Each(Size::from(numbers).to_vec())
            }
        })+
    };
}
sections! {
    [I: Integer, const N: usize] [I; N];
    [I: Integer, const N: usize] &[I; N];
    [I: Integer] &[I];
    [I: Integer] Vec<I>;
    [A: Integer] (A,);
    [A: Integer, B: Integer] (A, B);
    [A: Integer, B: Integer, C: Integer] (A, B, C);
    [A: Integer, B: Integer, C: Integer, D: Integer] (A, B, C, D);
}

/// At most so many pieces of a tensor of one size, views of its memory: [`torch.chunk`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let [q, k, v] = &torch::chunk_options(&torch::zeros([2, 9]), 3).dim(-1).call()[..] else {
///     panic!("three pieces")
/// };
/// assert_eq!((q.shape(), k.shape()), (v.shape(), v.shape()));
/// ```
///
/// [`torch.chunk`]: https://docs.pytorch.org/docs/stable/generated/torch.chunk.html
#[function]
pub fn chunk(
    input: &Tensor,
    chunks: i64,
    /// The dimension that is cut.
    #[builder(default)]
    dim: i64,
) -> Vec<Tensor> {
    input.chunk(chunks, dim)
}

/// What stands along a dimension, one by one, as views: [`torch.unbind`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let rows = torch::unbind(&torch::tensor([[1, 2], [3, 4]]));
/// assert_eq!(rows[1], torch::tensor([3, 4]));
/// ```
///
/// [`torch.unbind`]: https://docs.pytorch.org/docs/stable/generated/torch.unbind.html
#[function]
pub fn unbind(
    input: &Tensor,
    /// The dimension that goes.
    #[builder(default)]
    dim: i64,
) -> Vec<Tensor> {
    input.unbind(dim)
}

/// Without the dimensions of size 1, or without some of them: [`torch.squeeze`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::zeros([1, 2, 1]);
/// assert_eq!(torch::squeeze(&x).shape(), [2]);
/// assert_eq!(torch::squeeze_options(&x).dim(-1).call().shape(), [1, 2]);
/// ```
///
/// [`torch.squeeze`]: https://docs.pytorch.org/docs/stable/generated/torch.squeeze.html
#[function]
pub fn squeeze(
    input: &Tensor,
    /// The dimensions that may go; all if not given.
    #[builder(into)]
    dim: Option<Dims>,
) -> Tensor {
    match list(&dim) {
        None => input.squeeze(),
        Some(dims) => input.squeeze_dims(dims),
    }
}

/// The tensor as one of a larger shape, without a copy: what has a size of 1 stands there as often
/// as asked: [`torch.Tensor.expand`]. -1 leaves a size as it is.
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::tensor([1, 2]);
/// assert_eq!(torch::expand(&x, [2, -1]), torch::tensor([[1, 2], [1, 2]]));
/// ```
///
/// [`torch.Tensor.expand`]: https://docs.pytorch.org/docs/stable/generated/torch.Tensor.expand.html
#[function]
pub fn expand(input: &Tensor, #[builder(into)] size: Size) -> Tensor {
    input.expand(size, false)
}

/// A view with any sizes and steps through the memory: [`torch.as_strided`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let windows = torch::as_strided(&torch::arange(4), [3, 2], [1, 1]);
/// assert_eq!(windows, torch::tensor([[0, 1], [1, 2], [2, 3]]));
/// ```
///
/// [`torch.as_strided`]: https://docs.pytorch.org/docs/stable/generated/torch.as_strided.html
#[function]
pub fn as_strided(
    input: &Tensor,
    #[builder(into)] size: Size,
    #[builder(into)] stride: Size,
    /// Where in memory the view begins; where the input does if not given.
    storage_offset: Option<i64>,
) -> Tensor {
    input.as_strided(size, stride, storage_offset)
}

/// All dimensions as one, or those from one to another: [`torch.flatten`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::zeros([2, 3, 4]);
/// assert_eq!(torch::flatten(&x).shape(), [24]);
/// assert_eq!(torch::flatten_options(&x).start_dim(1).call().shape(), [2, 12]);
/// ```
///
/// [`torch.flatten`]: https://docs.pytorch.org/docs/stable/generated/torch.flatten.html
#[function]
pub fn flatten(
    input: &Tensor,
    /// The first of these dimensions.
    #[builder(default)]
    start_dim: i64,
    /// The last of them.
    #[builder(default = -1)]
    end_dim: i64,
) -> Tensor {
    input.flatten(start_dim, end_dim)
}

/// The elements moved along dimensions, the last ones to the front: [`torch.roll`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::tensor([[1, 2], [3, 4]]);
/// assert_eq!(torch::roll(&x, 1), torch::tensor([[4, 1], [2, 3]]));
/// assert_eq!(torch::roll_options(&x, 1).dims(0).call(), torch::tensor([[3, 4], [1, 2]]));
/// ```
///
/// [`torch.roll`]: https://docs.pytorch.org/docs/stable/generated/torch.roll.html
#[function]
pub fn roll(
    input: &Tensor,
    #[builder(into)] shifts: Dims,
    /// The dimension of each shift; if not given, all elements move as one row.
    #[builder(into)]
    dims: Option<Dims>,
) -> Tensor {
    input.roll(shifts.as_slice(), list(&dims).unwrap_or_default())
}

/// The tensor turned by so many times 90 degrees: [`torch.rot90`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::tensor([[1, 2], [3, 4]]);
/// assert_eq!(torch::rot90(&x), torch::tensor([[2, 4], [1, 3]]));
/// ```
///
/// [`torch.rot90`]: https://docs.pytorch.org/docs/stable/generated/torch.rot90.html
#[function]
pub fn rot90(
    input: &Tensor,
    /// How often; negative numbers turn the other way.
    #[builder(default = 1)]
    k: i64,
    /// The plane: from the first of these dimensions towards the second.
    #[builder(default = Dims::from([0, 1]), into)]
    dims: Dims,
) -> Tensor {
    input.rot90(k, dims.as_slice())
}

/// Each element several times: [`torch.repeat_interleave`].
///
/// `repeats` is a number, or a tensor with one for each element.
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::tensor([[1, 2], [3, 4]]);
/// assert_eq!(torch::repeat_interleave(&x, 2).shape(), [8]);
/// let repeats = torch::tensor([1, 2]);
/// let rows = torch::repeat_interleave_options(&x, &repeats).dim(0).call();
/// assert_eq!(rows, torch::tensor([[1, 2], [3, 4], [3, 4]]));
/// ```
///
/// [`torch.repeat_interleave`]: https://docs.pytorch.org/docs/stable/generated/torch.repeat_interleave.html
#[function]
pub fn repeat_interleave<'a>(
    input: &Tensor,
    #[builder(into)] repeats: TensorOrNumber<'a>,
    /// The dimension along which they repeat; all elements as one row if not given.
    dim: Option<i64>,
    /// The size of that dimension in the output, where it is known.
    output_size: Option<i64>,
) -> Tensor {
    match repeats.told_apart() {
        Ok(repeats) => input.repeat_interleave_self_tensor(repeats, dim, output_size),
        Err(repeats) => {
            let repeats = repeats.to_i64("repeat_interleave: repeats");
            input.repeat_interleave_self_int(repeats, dim, output_size)
        }
    }
}

/// The coordinates of a grid, one tensor for each of the vectors: [`torch.meshgrid`].
///
/// Python warns where `indexing` is not given; it is `"ij"` then.
///
/// ```
/// use flambeau::prelude::*;
///
/// let (x, y) = (torch::arange(2), torch::arange(3));
/// assert_eq!(torch::meshgrid(&[&x, &y])[0].shape(), [2, 3]);
/// assert_eq!(torch::meshgrid_options(&[&x, &y]).indexing("xy").call()[0].shape(), [3, 2]);
/// ```
///
/// [`torch.meshgrid`]: https://docs.pytorch.org/docs/stable/generated/torch.meshgrid.html
#[function]
pub fn meshgrid<T: Borrow<Tensor>>(
    tensors: &[T],
    /// `"ij"`, the first vector along the first dimension, or `"xy"`, along the second.
    #[builder(default = "ij")]
    indexing: &str,
) -> Vec<Tensor> {
    Tensor::meshgrid_indexing(tensors, indexing)
}

/// The part on and below a diagonal; the rest is 0: [`torch.tril`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let mask = torch::tril(&torch::ones([2, 2]));
/// assert_eq!(mask, torch::tensor([[1.0, 0.0], [1.0, 1.0]]));
/// ```
///
/// [`torch.tril`]: https://docs.pytorch.org/docs/stable/generated/torch.tril.html
#[function]
pub fn tril(
    input: &Tensor,
    /// Which diagonal: 1 is the one above the main, -1 the one below.
    #[builder(default)]
    diagonal: i64,
) -> Tensor {
    input.tril(diagonal)
}

/// The part on and above a diagonal; the rest is 0: [`torch.triu`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let mask = torch::triu_options(&torch::ones([2, 2])).diagonal(1).call();
/// assert_eq!(mask, torch::tensor([[0.0, 1.0], [0.0, 0.0]]));
/// ```
///
/// [`torch.triu`]: https://docs.pytorch.org/docs/stable/generated/torch.triu.html
#[function]
pub fn triu(
    input: &Tensor,
    /// Which diagonal: 1 is the one above the main, -1 the one below.
    #[builder(default)]
    diagonal: i64,
) -> Tensor {
    input.triu(diagonal)
}

/// The diagonal of a matrix, or a matrix with a vector as its diagonal: [`torch.diag`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::diag(&torch::tensor([1, 2]));
/// assert_eq!(x, torch::tensor([[1, 0], [0, 2]]));
/// assert_eq!(torch::diag(&x), torch::tensor([1, 2]));
/// ```
///
/// [`torch.diag`]: https://docs.pytorch.org/docs/stable/generated/torch.diag.html
#[function]
pub fn diag(
    input: &Tensor,
    /// Which diagonal: 1 is the one above the main, -1 the one below.
    #[builder(default)]
    diagonal: i64,
) -> Tensor {
    input.diag(diagonal)
}

/// A view of the diagonal of two dimensions, which becomes the last one: [`torch.diagonal`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::tensor([[1, 2], [3, 4]]);
/// assert_eq!(torch::diagonal(&x), torch::tensor([1, 4]));
/// assert_eq!(torch::diagonal_options(&x).offset(1).call(), torch::tensor([2]));
/// ```
///
/// [`torch.diagonal`]: https://docs.pytorch.org/docs/stable/generated/torch.diagonal.html
#[function]
pub fn diagonal(
    input: &Tensor,
    /// Which diagonal: 1 is the one above the main, -1 the one below.
    #[builder(default)]
    offset: i64,
    /// The dimension of the rows.
    #[builder(default)]
    dim1: i64,
    /// The dimension of the columns.
    #[builder(default = 1)]
    dim2: i64,
) -> Tensor {
    input.diagonal(offset, dim1, dim2)
}

/// Matrices with the last dimension as their diagonals: [`torch.diag_embed`].
///
/// ```
/// use flambeau::prelude::*;
///
/// assert_eq!(torch::diag_embed(&torch::ones([5, 3])).shape(), [5, 3, 3]);
/// ```
///
/// [`torch.diag_embed`]: https://docs.pytorch.org/docs/stable/generated/torch.diag_embed.html
#[function]
pub fn diag_embed(
    input: &Tensor,
    /// Which diagonal: 1 is the one above the main, -1 the one below.
    #[builder(default)]
    offset: i64,
    /// Where the dimension of the rows stands.
    #[builder(default = -2)]
    dim1: i64,
    /// Where the dimension of the columns stands.
    #[builder(default = -1)]
    dim2: i64,
) -> Tensor {
    input.diag_embed(offset, dim1, dim2)
}

/// The matrix with these numbers, as one row, on a diagonal: [`torch.diagflat`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::diagflat_options(&torch::tensor([[7]])).offset(1).call();
/// assert_eq!(x, torch::tensor([[0, 7], [0, 0]]));
/// ```
///
/// [`torch.diagflat`]: https://docs.pytorch.org/docs/stable/generated/torch.diagflat.html
#[function]
pub fn diagflat(
    input: &Tensor,
    /// Which diagonal: above the main one, or below if negative.
    #[builder(default)]
    offset: i64,
) -> Tensor {
    input.diagflat(offset)
}

/// A copy with `src` on a diagonal: [`torch.diagonal_scatter`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::diagonal_scatter(&torch::zeros([2, 2]), &torch::ones(2));
/// assert_eq!(x, torch::eye(2));
/// ```
///
/// [`torch.diagonal_scatter`]: https://docs.pytorch.org/docs/stable/generated/torch.diagonal_scatter.html
#[function]
pub fn diagonal_scatter(
    input: &Tensor,
    src: &Tensor,
    /// Which diagonal: above the main one, or below if negative.
    #[builder(default)]
    offset: i64,
    /// The dimension of the diagonal's rows.
    #[builder(default)]
    dim1: i64,
    /// The dimension of its columns.
    #[builder(default = 1)]
    dim2: i64,
) -> Tensor {
    input.diagonal_scatter(src, offset, dim1, dim2)
}

/// A copy with `src` in the place of a slice: [`torch.slice_scatter`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::slice_scatter_options(&torch::zeros(4), &torch::ones(2)).step(2).call();
/// assert_eq!(x, torch::tensor([1.0, 0.0, 1.0, 0.0]));
/// ```
///
/// [`torch.slice_scatter`]: https://docs.pytorch.org/docs/stable/generated/torch.slice_scatter.html
#[function]
pub fn slice_scatter(
    input: &Tensor,
    src: &Tensor,
    /// The dimension of the slice.
    #[builder(default)]
    dim: i64,
    /// Where the slice begins; at the beginning if not given.
    start: Option<i64>,
    /// What the slice ends before; at the end if not given.
    end: Option<i64>,
    /// How far it is from one place to the next.
    #[builder(default = 1)]
    step: i64,
) -> Tensor {
    input.slice_scatter(src, dim, start, end, step)
}

/// The same numbers in memory of their own: [`torch.clone`].
///
/// Gradients flow through it. tch's `x.copy()` has the same numbers; its inherent `clone` takes an
/// argument, which is why this is a function.
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::zeros([2]);
/// let y = torch::clone(&x);
/// y.set_i(0, 1);
/// assert_eq!(x, torch::zeros([2]));
/// ```
///
/// [`torch.clone`]: https://docs.pytorch.org/docs/stable/generated/torch.clone.html
#[function]
pub fn clone(input: &Tensor) -> Tensor {
    let [copy] = crate::ffi::op(c"aten::clone", c"", &[crate::ffi::Argument::Tensor(input)]);
    copy
}

/// All ways to take `r` of a vector's elements: [`torch.combinations`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let pairs = torch::combinations(&torch::tensor([1, 2, 3]));
/// assert_eq!(pairs, torch::tensor([[1, 2], [1, 3], [2, 3]]));
/// ```
///
/// [`torch.combinations`]: https://docs.pytorch.org/docs/stable/generated/torch.combinations.html
#[function]
pub fn combinations(
    input: &Tensor,
    /// How many are taken.
    #[builder(default = 2)]
    r: i64,
    /// Whether one may be taken again.
    #[builder(default)]
    with_replacement: bool,
) -> Tensor {
    input.combinations(r, with_replacement)
}
