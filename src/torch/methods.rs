//! What Python's tensors have and tch's lack, as methods.

use tch::{Device, Kind, Tensor};

use super::index::{Indices, TensorIndex};
use super::list::{self, List};
use super::number::TensorOrNumber;
use super::{Size, assign, item};
use crate::{ffi, refusal};

/// What [`torch.Tensor`] has and tch's [`Tensor`] lacks. The prelude brings it.
///
/// [`torch.Tensor`]: https://docs.pytorch.org/docs/stable/tensors.html
pub trait TensorExt {
    /// Python's `x[index]`, with Python's meaning.
    ///
    /// | Python | here |
    /// |---|---|
    /// | `x[0]`, `x[-1]` | `x.i(0)`, `x.i(-1)` |
    /// | `x[1:3]`, `x[-3:]`, `x[:99]` | `x.i(1..3)`, `x.i(-3..)`, `x.i(..99)` |
    /// | `x[:, :-1]` | `x.i((.., ..-1))` |
    /// | `x[1::2]`, `x[::2]` | `x.i((1..).step(2))`, `x.i((..).step(2))` |
    /// | `x[..., 0]` | `x.i((Ellipsis, 0))` |
    /// | `x[:, None]` | `x.i((.., None))` |
    /// | `x[[0, 2]]` | `x.i([0, 2])` |
    /// | `x[index]`, `x[rows, columns]` | `x.i(&index)`, `x.i((&rows, &columns))` |
    /// | `x[mask]`, `x[x > 0]` | `x.i(&mask)`, `x.i(x.gt(0))` |
    /// | `x[True]` | `x.i(true)` |
    ///
    /// Numbers, ranges, `None` and `Ellipsis` alone give a view of the same memory; a list, a
    /// tensor of numbers or a mask gives a copy. A range's ends may be negative, open or too
    /// large; `..=-2` takes the last but one as well.
    ///
    /// tch's `IndexOp` has a method of this name: a program that has both in scope is told that
    /// `i` is ambiguous.
    ///
    /// # Panics
    /// Where Python raises, in its words: `index 5 is out of bounds for dimension 0 with size 3`.
    ///
    /// ```
    /// use flambeau::prelude::*;
    ///
    /// let x = torch::arange(12).view([3, 4]);
    /// assert_eq!(x.i((-1, ..-1)), torch::tensor([8, 9, 10]));
    /// assert_eq!(x.i((.., (1..).step(2))).shape(), [3, 2]);
    /// assert_eq!(x.i(x.gt(9)), torch::tensor([10, 11]));
    /// ```
    #[track_caller]
    fn i(&self, index: impl Indices) -> Tensor;

    /// Python's `x[index] = value`: writes to the tensor itself.
    ///
    /// The index is as for [`i`](Self::i); the value is a number or a tensor, which is broadcast
    /// and converted to this tensor's kind.
    ///
    /// # Panics
    /// Where Python raises, in its words: when the shapes do not fit, and when this tensor is a
    /// leaf that requires gradients and they are being recorded.
    ///
    /// ```
    /// use flambeau::prelude::*;
    ///
    /// let x = torch::zeros([2, 3]);
    /// x.set_i((.., 0), 7); // x[:, 0] = 7
    /// x.set_i(1, &torch::tensor([1.0, 2.0, 3.0])); // x[1] = torch.tensor([1., 2., 3.])
    /// assert_eq!(x, torch::tensor([[7.0, 0.0, 0.0], [1.0, 2.0, 3.0]]));
    /// ```
    #[track_caller]
    fn set_i<'a>(&self, index: impl Indices, value: impl Into<TensorOrNumber<'a>>);

    /// The number in a tensor of one element: Python's [`x.item()`].
    ///
    /// It is an f64, which holds every float, and every integer up to 2⁵³; `true` is 1. Where a
    /// number has to be of another type, [`tolist`](Self::tolist) gives it.
    ///
    /// # Panics
    /// When there are more elements or none, in Python's words; when the number is complex, or an
    /// integer that an f64 does not hold.
    ///
    /// ```
    /// use flambeau::prelude::*;
    ///
    /// let mut running_loss = 0.0;
    /// running_loss += torch::tensor([[0.5]]).item();
    /// assert_eq!(running_loss, 0.5);
    /// ```
    ///
    /// [`x.item()`]: https://docs.pytorch.org/docs/stable/generated/torch.Tensor.item.html
    #[track_caller]
    fn item(&self) -> f64;

    /// The elements in as many `Vec`s in one another as there are dimensions: Python's
    /// [`x.tolist()`].
    ///
    /// # Panics
    /// When the tensor has another number of dimensions, or its elements are of another kind: floats
    /// come as `f64`, integers as `i64`, or each as its own type.
    ///
    /// ```
    /// use flambeau::prelude::*;
    ///
    /// let x = torch::tensor([[1, 2], [3, 4]]);
    /// let rows: Vec<Vec<i64>> = x.tolist();
    /// assert_eq!(rows, [[1, 2], [3, 4]]);
    /// let last: i64 = x.i((-1, -1)).tolist();
    /// assert_eq!(last, 4);
    /// ```
    ///
    /// [`x.tolist()`]: https://docs.pytorch.org/docs/stable/generated/torch.Tensor.tolist.html
    #[track_caller]
    fn tolist<L: List>(&self) -> L;

    /// The sizes of its dimensions: Python's `x.shape`.
    ///
    /// ```
    /// use flambeau::prelude::*;
    ///
    /// let x = torch::zeros([2, 3]);
    /// assert_eq!(x.shape()[-1], 3);
    /// assert_eq!(torch::ones(x.shape()).shape(), x.shape());
    /// ```
    fn shape(&self) -> Size;

    /// The same numbers as [`Kind::Float`]: `x.float()`. Itself if it is of that kind, as all that
    /// follow.
    fn float(&self) -> Tensor;

    /// The same numbers as [`Kind::Double`]: `x.double()`.
    fn double(&self) -> Tensor;

    /// The same numbers as [`Kind::Half`]: `x.half()`.
    fn half(&self) -> Tensor;

    /// The same numbers as [`Kind::BFloat16`]: `x.bfloat16()`.
    fn bfloat16(&self) -> Tensor;

    /// The same numbers as [`Kind::Int64`]: `x.long()`.
    fn long(&self) -> Tensor;

    /// The same numbers as [`Kind::Int`]: `x.int()`.
    fn int(&self) -> Tensor;

    /// The same numbers as [`Kind::Int16`]: `x.short()`.
    fn short(&self) -> Tensor;

    /// The same numbers as [`Kind::Uint8`]: `x.byte()`.
    fn byte(&self) -> Tensor;

    /// Whether each number is not 0: `x.bool()`.
    fn bool(&self) -> Tensor;

    /// The same in the processor's memory: `x.cpu()`.
    fn cpu(&self) -> Tensor;

    /// The same in the memory of the first GPU: `x.cuda()`. For another, write
    /// `x.to(Device::Cuda(1))`.
    fn cuda(&self) -> Tensor;
}

impl TensorExt for Tensor {
    fn i(&self, index: impl Indices) -> Tensor {
        let parts = index.into_parts();
        let parts = parts.as_ref().iter().map(TensorIndex::as_ffi);
        refusal::function("Tensor::i", || ffi::get_item(self, parts))
    }

    fn set_i<'a>(&self, index: impl Indices, value: impl Into<TensorOrNumber<'a>>) {
        let (parts, value) = (index.into_parts(), value.into());
        refusal::function("Tensor::set_i", || assign::set_item(self, parts.as_ref(), value));
    }

    fn item(&self) -> f64 {
        refusal::function("Tensor::item", || item::item(self))
    }

    fn tolist<L: List>(&self) -> L {
        refusal::function("Tensor::tolist", || list::tolist(self))
    }

    fn shape(&self) -> Size {
        self.size().into()
    }

    fn float(&self) -> Tensor {
        self.to_kind(Kind::Float)
    }

    fn double(&self) -> Tensor {
        self.to_kind(Kind::Double)
    }

    fn half(&self) -> Tensor {
        self.to_kind(Kind::Half)
    }

    fn bfloat16(&self) -> Tensor {
        self.to_kind(Kind::BFloat16)
    }

    fn long(&self) -> Tensor {
        self.to_kind(Kind::Int64)
    }

    fn int(&self) -> Tensor {
        self.to_kind(Kind::Int)
    }

    fn short(&self) -> Tensor {
        self.to_kind(Kind::Int16)
    }

    fn byte(&self) -> Tensor {
        self.to_kind(Kind::Uint8)
    }

    fn bool(&self) -> Tensor {
        self.to_kind(Kind::Bool)
    }

    fn cpu(&self) -> Tensor {
        self.to(Device::Cpu)
    }

    fn cuda(&self) -> Tensor {
        self.to(Device::Cuda(0))
    }
}
