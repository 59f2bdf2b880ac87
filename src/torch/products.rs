//! Products, norms and distances.

use std::borrow::Borrow;

use flambeau_derive::function;
use tch::{Kind, Tensor};

use super::number::{Integer, Number};
use super::reduce::list;
use super::{Dims, Size};
use crate::ffi::{Argument, op};
use crate::refusal::{check, refuse};

/// Products summed over indices, as an equation of letters says: [`torch.einsum`].
///
/// Python's takes another way for three tensors or more if its package `opt_einsum` is installed;
/// here they are multiplied from left to right, as without it.
///
/// ```
/// use flambeau::prelude::*;
///
/// let (a, b) = (torch::ones([2, 3]), torch::ones([3, 4]));
/// let c = torch::einsum("ij,jk->ik", &[&a, &b]);
/// assert_eq!(c, a.matmul(&b));
/// ```
///
/// [`torch.einsum`]: https://docs.pytorch.org/docs/stable/generated/torch.einsum.html
#[function]
pub fn einsum<T: Borrow<Tensor>>(equation: &str, operands: &[T]) -> Tensor {
    Tensor::einsum(equation, operands, None::<&[i64]>)
}

/// The dimensions that [`tensordot`](fn@tensordot) sums over: how many, or which of each tensor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Contraction {
    /// So many of the first tensor's last and the second's first.
    Count(i64),
    /// These of the first, and these of the second.
    Dims(Vec<i64>, Vec<i64>),
}

impl<I: Integer> From<I> for Contraction {
    fn from(count: I) -> Self {
        Self::Count(count.to_i64())
    }
}

/// The dimensions of each as a size is written: a tuple, an array, a slice or a `Vec`.
impl<A: Into<Size>, B: Into<Size>> From<(A, B)> for Contraction {
    fn from((first, second): (A, B)) -> Self {
        Self::Dims(first.into().to_vec(), second.into().to_vec())
    }
}

/// The products of two tensors summed over some dimensions of each: [`torch.tensordot`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let (a, b) = (torch::ones([2, 3, 4]), torch::ones([4, 3, 5]));
/// let c = torch::tensordot_options(&a, &b).dims(([1, 2], [1, 0])).call();
/// assert_eq!(c.shape(), [2, 5]);
/// ```
///
/// [`torch.tensordot`]: https://docs.pytorch.org/docs/stable/generated/torch.tensordot.html
#[function]
pub fn tensordot(
    a: &Tensor,
    b: &Tensor,
    /// How many dimensions, or a list of the first tensor's and one of the second's.
    #[builder(default = Contraction::Count(2), into)]
    dims: Contraction,
) -> Tensor {
    let (first, second) = match dims {
        Contraction::Dims(first, second) => (first, second),
        Contraction::Count(n) => {
            check!(n >= 0, "tensordot expects dims >= 0, but got dims={n}");
            let fits = n as usize <= a.dim().min(b.dim());
            check!(fits, "tensordot expects dims < ndim_a or ndim_b, but got dims={n}");
            ((-n..0).collect(), (0..n).collect())
        }
    };
    a.tensordot(b, first, second)
}

/// The cross product along a dimension of size 3: [`torch.cross`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let (x, y) = (torch::tensor([1.0, 0.0, 0.0]), torch::tensor([0.0, 1.0, 0.0]));
/// assert_eq!(torch::cross(&x, &y), torch::tensor([0.0, 0.0, 1.0]));
/// ```
///
/// [`torch.cross`]: https://docs.pytorch.org/docs/stable/generated/torch.cross.html
#[function]
pub fn cross(
    input: &Tensor,
    other: &Tensor,
    /// The dimension; the first of size 3 if not given.
    dim: Option<i64>,
) -> Tensor {
    input.cross(other, dim)
}

/// Which norm: the order of a vector norm, `"fro"` or `"nuc"`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Order {
    /// (Σ |x|ᵖ)^(1/p); the largest |x| for infinity, the number of others than 0 for 0.
    P(Number),
    /// √(Σ x²).
    Frobenius,
    /// The sum of a matrix's singular values.
    Nuclear,
}

impl<P: Into<Number>> From<P> for Order {
    fn from(p: P) -> Self {
        Self::P(p.into())
    }
}

/// `"fro"` and `"nuc"`, as in Python; another name panics.
impl From<&str> for Order {
    #[track_caller]
    fn from(name: &str) -> Self {
        match name {
            "fro" => Self::Frobenius,
            "nuc" => Self::Nuclear,
            other => refuse(format!("linalg.matrix_norm: Order {other} not supported.")),
        }
    }
}

/// The norm of all elements, or along some dimensions: [`torch.norm`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::tensor([[3.0, 4.0], [6.0, 8.0]]);
/// assert_eq!(torch::norm_options(&x).dim(1).call(), torch::tensor([5.0, 10.0]));
/// assert_eq!(torch::norm_options(&x).p(1).call().item(), 21.0);
/// ```
///
/// [`torch.norm`]: https://docs.pytorch.org/docs/stable/generated/torch.norm.html
#[function]
pub fn norm(
    input: &Tensor,
    /// Which norm: a number, `"fro"` or `"nuc"`.
    #[builder(default = Order::Frobenius, into)]
    p: Order,
    /// The dimensions to take it along; all if not given.
    #[builder(into)]
    dim: Option<Dims>,
    /// Whether those dimensions stay, with a size of 1.
    #[builder(default)]
    keepdim: bool,
    /// The kind to convert the input to first.
    dtype: Option<Kind>,
) -> Tensor {
    let dims = list(&dim);
    let p = match p {
        Order::P(p) => p,
        Order::Frobenius if dims.is_none_or(|dims| dims.len() <= 2) => Number::Integer(2),
        Order::Frobenius => return matrix_norm(input, "fro", dims, keepdim, dtype),
        Order::Nuclear => return matrix_norm(input, "nuc", dims, keepdim, dtype),
    };
    let arguments = [input.into(), p.into(), dims.into(), keepdim.into(), dtype.into()];
    let [norm] = op(c"aten::linalg_vector_norm", c"", &arguments);
    norm
}

#[track_caller]
fn matrix_norm(
    input: &Tensor,
    order: &str,
    dims: Option<&[i64]>,
    keepdim: bool,
    dtype: Option<Kind>,
) -> Tensor {
    let all: Vec<_> = (0..input.dim() as i64).collect();
    let dims = Argument::Integers(dims.unwrap_or(&all));
    let arguments = [input.into(), order.into(), dims, keepdim.into(), dtype.into()];
    let [norm] = op(c"aten::linalg_matrix_norm", c"str_ord", &arguments);
    norm
}

/// The norm of the difference of two tensors: [`torch.dist`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let (x, y) = (torch::tensor([0.0, 0.0]), torch::tensor([3.0, 4.0]));
/// assert_eq!(torch::dist(&x, &y).item(), 5.0);
/// assert_eq!(torch::dist_options(&x, &y).p(1).call().item(), 7.0);
/// ```
///
/// [`torch.dist`]: https://docs.pytorch.org/docs/stable/generated/torch.dist.html
#[function]
pub fn dist(
    input: &Tensor,
    other: &Tensor,
    /// The norm's order.
    #[builder(default = Number::Integer(2), into)]
    p: Number,
) -> Tensor {
    let [distance] = op(c"aten::dist", c"", &[input.into(), other.into(), p.into()]);
    distance
}

/// The distances between the rows of two matrices: [`torch.cdist`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let (x, y) = (torch::zeros([5, 3]), torch::ones([4, 3]));
/// assert_eq!(torch::cdist_options(&x, &y).p(1).call(), torch::full([5, 4], 3.0));
/// ```
///
/// [`torch.cdist`]: https://docs.pytorch.org/docs/stable/generated/torch.cdist.html
#[function]
pub fn cdist(
    x1: &Tensor,
    x2: &Tensor,
    /// The norm's order.
    #[builder(default = 2.0)]
    p: f64,
    /// Whether a matrix product computes them where p is 2:
    /// `"use_mm_for_euclid_dist_if_necessary"`, `"use_mm_for_euclid_dist"` or
    /// `"donot_use_mm_for_euclid_dist"`.
    #[builder(default = "use_mm_for_euclid_dist_if_necessary")]
    compute_mode: &str,
) -> Tensor {
    let mode = match compute_mode {
        "use_mm_for_euclid_dist_if_necessary" => None,
        "use_mm_for_euclid_dist" => Some(1),
        "donot_use_mm_for_euclid_dist" => Some(2),
        other => refuse(format!("{other} is not a valid value for compute_mode")),
    };
    Tensor::cdist(x1, x2, p, mode)
}

/// The covariances of some variables, one a row: [`torch.cov`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::tensor([[0.0, 1.0, 2.0], [2.0, 1.0, 0.0]]);
/// assert_eq!(torch::cov(&x), torch::tensor([[1.0, -1.0], [-1.0, 1.0]]));
/// ```
///
/// [`torch.cov`]: https://docs.pytorch.org/docs/stable/generated/torch.cov.html
#[function]
pub fn cov(
    input: &Tensor,
    /// What is taken from the number of observations before it divides.
    #[builder(default = 1)]
    correction: i64,
    /// How often each observation counts, as whole numbers.
    fweights: Option<&Tensor>,
    /// How much each observation weighs.
    aweights: Option<&Tensor>,
) -> Tensor {
    input.cov(correction, fweights, aweights)
}

/// Makes the sums of a tensor and a product, which differ in what is multiplied.
macro_rules! sums_with_a_product {
    ($($name:ident($first:ident, $second:ident), $fresh:literal, $over:literal, $title:literal, $example:literal;)+) => {
        $(
            #[doc = concat!(
                $title, ": [`torch.", stringify!($name), "`].\n\n",
                "```\nuse flambeau::prelude::*;\n\n", $example, "\n```\n\n",
                "[`torch.", stringify!($name), "`]: https://docs.pytorch.org/docs/stable/generated/torch.",
                stringify!($name), ".html"
            )]
            #[function]
            pub fn $name(
                input: &Tensor,
                $first: &Tensor,
                $second: &Tensor,
                /// What the input is multiplied by.
                #[builder(default = Number::Integer(1), into)]
                beta: Number,
                /// What the product is multiplied by.
                #[builder(default = Number::Integer(1), into)]
                alpha: Number,
                /// Whether the input itself is written to, as Python's function of that name with a
                /// `_` does.
                #[builder(default)]
                inplace: bool,
            ) -> Tensor {
                let arguments =
                    [input.into(), $first.into(), $second.into(), beta.into(), alpha.into()];
                let [sum] = op(if inplace { $over } else { $fresh }, c"", &arguments);
                sum
            }
        )+
    };
}
sums_with_a_product! {
    addmm(mat1, mat2), c"aten::addmm", c"aten::addmm_",
    "`beta` · `input` + `alpha` · `mat1` @ `mat2`",
    "let (x, one) = (torch::ones([2, 2]), torch::eye(2));
let y = torch::addmm_options(&x, &one, &one).beta(2).alpha(0.5).call();
assert_eq!(y, torch::tensor([[2.5, 2.0], [2.0, 2.5]]));";

    addmv(mat, vec), c"aten::addmv", c"aten::addmv_",
    "`beta` · `input` + `alpha` · `mat` @ `vec`, a matrix and a vector",
    "let (x, a) = (torch::ones(2), torch::tensor([[1.0, 2.0], [3.0, 4.0]]));
assert_eq!(torch::addmv(&x, &a, &x), torch::tensor([4.0, 8.0]));";

    addr(vec1, vec2), c"aten::addr", c"aten::addr_",
    "`beta` · `input` + `alpha` · `vec1` ⊗ `vec2`, the products of each two elements",
    "let (x, v) = (torch::zeros([2, 2]), torch::tensor([1.0, 2.0]));
assert_eq!(torch::addr(&x, &v, &v), torch::tensor([[1.0, 2.0], [2.0, 4.0]]));";

    baddbmm(batch1, batch2), c"aten::baddbmm", c"aten::baddbmm_",
    "`beta` · `input` + `alpha` · `batch1` @ `batch2`, matrix by matrix",
    "let x = torch::ones([1, 2, 2]);
let y = torch::baddbmm_options(&x, &x, &x).beta(0).call();
assert_eq!(y, torch::full([1, 2, 2], 2.0));";

    addbmm(batch1, batch2), c"aten::addbmm", c"aten::addbmm_",
    "`beta` · `input` + `alpha` · Σ `batch1` @ `batch2`, the sum over the matrices of a batch",
    "let x = torch::ones([3, 2, 2]);
assert_eq!(torch::addbmm(&torch::zeros([2, 2]), &x, &x), torch::full([2, 2], 6.0));";
}

/// Matrices taken apart by singular values, A = U · diag(S) · Vᴴ: U, S and V, [`torch.svd`].
///
/// PyTorch would have [`torch::linalg::svd`](fn@super::linalg::svd) in its place, which gives Vᴴ.
///
/// ```
/// use flambeau::prelude::*;
///
/// let (u, s, v) = torch::svd(&torch::tensor([[3.0, 0.0], [0.0, 4.0]]));
/// assert_eq!(s, torch::tensor([4.0, 3.0]));
/// assert_eq!((u.size(), v.size()), (vec![2, 2], vec![2, 2]));
/// ```
///
/// [`torch.svd`]: https://docs.pytorch.org/docs/stable/generated/torch.svd.html
#[function]
pub fn svd(
    input: &Tensor,
    /// Whether U and V have as many columns as there are singular values.
    #[builder(default = true)]
    some: bool,
    /// Whether U and V are computed, which are zeros if not.
    #[builder(default = true)]
    compute_uv: bool,
) -> (Tensor, Tensor, Tensor) {
    input.svd(some, compute_uv)
}

/// Matrices as A = Q · R, of orthonormal columns and an upper triangle: [`torch.qr`].
///
/// PyTorch would have [`torch::linalg::qr`](fn@super::linalg::qr) in its place.
///
/// ```
/// use flambeau::prelude::*;
///
/// let (q, r) = torch::qr(&torch::randn([5, 3]));
/// assert_eq!((q.size(), r.size()), (vec![5, 3], vec![3, 3]));
/// ```
///
/// [`torch.qr`]: https://docs.pytorch.org/docs/stable/generated/torch.qr.html
#[function]
pub fn qr(
    input: &Tensor,
    /// Whether Q has as many columns as the matrix; if not, it is square.
    #[builder(default = true)]
    some: bool,
) -> (Tensor, Tensor) {
    input.qr(some)
}

/// The lower triangle L with A = L · Lᴴ of positive definite matrices: [`torch.cholesky`].
///
/// PyTorch would have [`torch::linalg::cholesky`](fn@super::linalg::cholesky) in its place.
///
/// ```
/// use flambeau::prelude::*;
///
/// let a = torch::tensor([[4.0, 2.0], [2.0, 2.0]]);
/// assert_eq!(torch::cholesky(&a), torch::tensor([[2.0, 0.0], [1.0, 1.0]]));
/// ```
///
/// [`torch.cholesky`]: https://docs.pytorch.org/docs/stable/generated/torch.cholesky.html
#[function]
pub fn cholesky(
    input: &Tensor,
    /// Whether it is the upper triangle Lᴴ.
    #[builder(default)]
    upper: bool,
) -> Tensor {
    input.cholesky(upper)
}
