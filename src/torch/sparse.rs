//! Tensors that hold only what is not 0, and back.

use flambeau_derive::function;
use tch::{Kind, Tensor};

use crate::ffi::{Argument, op};

/// The tensor with all its zeros: [`torch.Tensor.to_dense`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::eye(3);
/// assert_eq!(torch::to_dense(&torch::to_sparse(&x)), x);
/// ```
///
/// [`torch.Tensor.to_dense`]: https://docs.pytorch.org/docs/stable/generated/torch.Tensor.to_dense.html
#[function]
pub fn to_dense(
    input: &Tensor,
    /// The kind to convert it to.
    dtype: Option<Kind>,
    /// Whether the gradient is only where the input holds something; so it is if not given.
    masked_grad: Option<bool>,
) -> Tensor {
    let [dense] = op(c"aten::to_dense", c"", &[input.into(), dtype.into(), masked_grad.into()]);
    dense
}

/// The tensor without its zeros, by their coordinates: [`torch.Tensor.to_sparse`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::to_sparse(&torch::tensor([0.0, 2.0, 0.0]));
/// assert_eq!(x.coalesce().values(), torch::tensor([2.0]));
/// assert_eq!(x.coalesce().indices(), torch::tensor([[1]]));
/// ```
///
/// [`torch.Tensor.to_sparse`]: https://docs.pytorch.org/docs/stable/generated/torch.Tensor.to_sparse.html
#[function]
pub fn to_sparse(
    input: &Tensor,
    /// How many dimensions have coordinates; all if not given. What stands behind them is whole.
    sparse_dim: Option<i64>,
) -> Tensor {
    let [sparse] = match sparse_dim {
        Some(dims) => op(c"aten::to_sparse", c"sparse_dim", &[input.into(), dims.into()]),
        None => op(c"aten::to_sparse", c"", &[Argument::Tensor(input)]),
    };
    sparse
}
