//! What Python has under `torch.linalg`: matrices taken apart, inverted, solved and measured.
//!
//! A batch of matrices stands before the last two dimensions. Matrices are of floats or of complex
//! numbers. What libtorch cannot do, as to invert a singular matrix, it refuses in its words.

use std::borrow::Borrow;

use flambeau_derive::function;
use tch::{Kind, Tensor};

use super::Dims;
use super::number::Number;
use super::products::Order;
use super::reduce::list;
use crate::ffi::{Argument, op};

/// The norm of a vector or a matrix: [`torch.linalg.norm`].
///
/// Without `ord` it is √(Σ x²) of all elements, or along `dim`. With it, one dimension has a
/// [`vector_norm`](fn@vector_norm), two a [`matrix_norm`](fn@matrix_norm).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::tensor([[3.0, 4.0], [6.0, 8.0]]);
/// assert_eq!(torch::linalg::norm_options(&x).dim(1).call(), torch::tensor([5.0, 10.0]));
/// assert_eq!(torch::linalg::norm_options(&x).ord(1).call().item(), 12.0);
/// ```
///
/// [`torch.linalg.norm`]: https://docs.pytorch.org/docs/stable/generated/torch.linalg.norm.html
#[function]
pub fn norm(
    input: &Tensor,
    /// Which norm: a number, `"fro"` or `"nuc"`.
    #[builder(into)]
    ord: Option<Order>,
    /// The dimensions to take it along; all if not given.
    #[builder(into)]
    dim: Option<Dims>,
    /// Whether those dimensions stay, with a size of 1.
    #[builder(default)]
    keepdim: bool,
    /// The kind to convert the input to first.
    dtype: Option<Kind>,
) -> Tensor {
    let (overload, ord) = match ord {
        None => (c"", Argument::None),
        Some(ord) => ord.argument(c"ord_str"),
    };
    let arguments = [input.into(), ord, list(&dim).into(), keepdim.into(), dtype.into()];
    let [norm] = op(c"aten::linalg_norm", overload, &arguments);
    norm
}

/// (Σ |x|ᵖ)^(1/p) of all elements, or along some dimensions: [`torch.linalg.vector_norm`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::tensor([[3.0, 4.0], [-6.0, 8.0]]);
/// let sums = torch::linalg::vector_norm_options(&x).ord(1).dim(1).call();
/// assert_eq!(sums, torch::tensor([7.0, 14.0]));
/// ```
///
/// [`torch.linalg.vector_norm`]: https://docs.pytorch.org/docs/stable/generated/torch.linalg.vector_norm.html
#[function]
pub fn vector_norm(
    x: &Tensor,
    /// p: infinity for the largest |x|, 0 for the number of others than 0.
    #[builder(default = Number::Integer(2), into)]
    ord: Number,
    /// The dimensions to take it along; all if not given.
    #[builder(into)]
    dim: Option<Dims>,
    /// Whether those dimensions stay, with a size of 1.
    #[builder(default)]
    keepdim: bool,
    /// The kind to convert the input to first.
    dtype: Option<Kind>,
) -> Tensor {
    let arguments = [x.into(), ord.into(), list(&dim).into(), keepdim.into(), dtype.into()];
    let [norm] = op(c"aten::linalg_vector_norm", c"", &arguments);
    norm
}

/// The norm of matrices: [`torch.linalg.matrix_norm`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let a = torch::tensor([[3.0, 0.0], [0.0, 4.0]]);
/// assert_eq!(torch::linalg::matrix_norm(&a).item(), 5.0);
/// assert_eq!(torch::linalg::matrix_norm_options(&a).ord("nuc").call().item(), 7.0);
/// ```
///
/// [`torch.linalg.matrix_norm`]: https://docs.pytorch.org/docs/stable/generated/torch.linalg.matrix_norm.html
#[function]
pub fn matrix_norm(
    a: &Tensor,
    /// `"fro"`, √(Σ x²); `"nuc"`, the sum of the singular values; 2 and -2, the largest and the
    /// smallest of them; 1 and -1, of the columns' sums of |x|; infinity and minus infinity, of the
    /// rows'.
    #[builder(default = Order::Frobenius, into)]
    ord: Order,
    /// The dimensions of the matrices.
    #[builder(default = Dims::from((-2, -1)), into)]
    dim: Dims,
    /// Whether those dimensions stay, with a size of 1.
    #[builder(default)]
    keepdim: bool,
    /// The kind to convert the input to first.
    dtype: Option<Kind>,
) -> Tensor {
    let (overload, ord) = ord.argument(c"str_ord");
    let dims = Argument::Integers(dim.as_slice());
    let arguments = [a.into(), ord, dims, keepdim.into(), dtype.into()];
    let [norm] = op(c"aten::linalg_matrix_norm", overload, &arguments);
    norm
}

/// Matrices taken apart by singular values, A = U · diag(S) · Vᴴ: U, S and Vᴴ,
/// [`torch.linalg.svd`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let a = torch::randn([5, 3]);
/// let (u, s, vh) = torch::linalg::svd_options(&a).full_matrices(false).call();
/// assert_eq!(u.shape(), [5, 3]);
/// assert!(torch::allclose_options(&(u * s).matmul(&vh), &a).atol(1e-5).call());
/// ```
///
/// [`torch.linalg.svd`]: https://docs.pytorch.org/docs/stable/generated/torch.linalg.svd.html
#[function]
pub fn svd(
    a: &Tensor,
    /// Whether U and Vᴴ are square.
    #[builder(default = true)]
    full_matrices: bool,
    /// cuSOLVER's way, for matrices on a GPU: `"gesvd"`, `"gesvdj"` or `"gesvda"`.
    driver: Option<&str>,
) -> (Tensor, Tensor, Tensor) {
    let [u, s, vh] = op(c"aten::linalg_svd", c"", &[a.into(), full_matrices.into(), driver.into()]);
    (u, s, vh)
}

/// The singular values of matrices, the largest first: [`torch.linalg.svdvals`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let s = torch::linalg::svdvals(&torch::tensor([[3.0, 0.0], [0.0, 4.0]]));
/// assert_eq!(s, torch::tensor([4.0, 3.0]));
/// ```
///
/// [`torch.linalg.svdvals`]: https://docs.pytorch.org/docs/stable/generated/torch.linalg.svdvals.html
#[function]
pub fn svdvals(
    a: &Tensor,
    /// cuSOLVER's way, for matrices on a GPU: `"gesvd"`, `"gesvdj"` or `"gesvda"`.
    driver: Option<&str>,
) -> Tensor {
    let [s] = op(c"aten::linalg_svdvals", c"", &[a.into(), driver.into()]);
    s
}

/// The inverse of square matrices: [`torch.linalg.inv`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let inverse = torch::linalg::inv(&torch::tensor([[2.0, 0.0], [0.0, 4.0]]));
/// assert_eq!(inverse, torch::tensor([[0.5, 0.0], [0.0, 0.25]]));
/// ```
///
/// [`torch.linalg.inv`]: https://docs.pytorch.org/docs/stable/generated/torch.linalg.inv.html
#[function]
pub fn inv(a: &Tensor) -> Tensor {
    Tensor::linalg_inv(a)
}

/// The X of A · X = B for square A: [`torch.linalg.solve`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let a = torch::tensor([[2.0, 0.0], [0.0, 4.0]]);
/// let x = torch::linalg::solve(&a, &torch::tensor([2.0, 2.0]));
/// assert_eq!(x, torch::tensor([1.0, 0.5]));
/// ```
///
/// [`torch.linalg.solve`]: https://docs.pytorch.org/docs/stable/generated/torch.linalg.solve.html
#[function]
pub fn solve(
    a: &Tensor,
    b: &Tensor,
    /// Whether A stands at the left; if not, it is the X of X · A = B.
    #[builder(default = true)]
    left: bool,
) -> Tensor {
    let [x] = op(c"aten::linalg_solve", c"", &[a.into(), b.into(), left.into()]);
    x
}

/// The X of A · X = B for a triangular A, of which half is read:
/// [`torch.linalg.solve_triangular`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let a = torch::tensor([[2.0, 2.0], [0.0, 4.0]]);
/// let x = torch::linalg::solve_triangular(&a, &torch::tensor([[4.0], [4.0]]), true);
/// assert_eq!(x, torch::tensor([[1.0], [1.0]]));
/// ```
///
/// [`torch.linalg.solve_triangular`]: https://docs.pytorch.org/docs/stable/generated/torch.linalg.solve_triangular.html
#[function]
pub fn solve_triangular(
    a: &Tensor,
    b: &Tensor,
    upper: bool,
    /// Whether A stands at the left; if not, it is the X of X · A = B.
    #[builder(default = true)]
    left: bool,
    /// Whether the diagonal is taken for ones, and not read.
    #[builder(default)]
    unitriangular: bool,
) -> Tensor {
    let arguments = [a.into(), b.into(), upper.into(), left.into(), unitriangular.into()];
    let [x] = op(c"aten::linalg_solve_triangular", c"", &arguments);
    x
}

/// The X for which A · X is nearest to B, with the squared distances, A's rank and its singular
/// values, of which a driver may compute none: [`torch.linalg.lstsq`].
///
/// `"gelsy"`, the default on the CPU, may differ in its last bits from call to call, in Python too: libtorch
/// gives LAPACK a list of pivots that it has not filled. The other drivers give the same each time.
///
/// ```
/// use flambeau::prelude::*;
///
/// let a = torch::tensor([[1.0], [1.0]]);
/// let (x, _, _, _) = torch::linalg::lstsq(&a, &torch::tensor([[1.0], [3.0]]));
/// assert!((x.item() - 2.0).abs() < 1e-6);
/// ```
///
/// [`torch.linalg.lstsq`]: https://docs.pytorch.org/docs/stable/generated/torch.linalg.lstsq.html
#[function]
pub fn lstsq(
    a: &Tensor,
    b: &Tensor,
    /// Singular values below this share of the largest count as 0.
    rcond: Option<f64>,
    /// LAPACK's way: `"gels"`, `"gelsy"`, `"gelsd"` or `"gelss"`.
    driver: Option<&str>,
) -> (Tensor, Tensor, Tensor, Tensor) {
    let rcond = rcond.map_or(Argument::None, Argument::Number);
    let [x, residuals, rank, s] =
        op(c"aten::linalg_lstsq", c"", &[a.into(), b.into(), rcond, driver.into()]);
    (x, residuals, rank, s)
}

/// The eigenvalues, in ascending order, and the eigenvectors of symmetric or Hermitian matrices:
/// [`torch.linalg.eigh`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let a = torch::tensor([[2.0, 0.0], [0.0, 1.0]]);
/// let (values, vectors) = torch::linalg::eigh(&a);
/// assert_eq!(values, torch::tensor([1.0, 2.0]));
/// assert_eq!(vectors.abs(), torch::tensor([[0.0, 1.0], [1.0, 0.0]]));
/// ```
///
/// [`torch.linalg.eigh`]: https://docs.pytorch.org/docs/stable/generated/torch.linalg.eigh.html
#[function]
pub fn eigh(
    a: &Tensor,
    /// Which half is read: `"L"`, the lower, or `"U"`.
    #[builder(default = "L")]
    uplo: &str,
) -> (Tensor, Tensor) {
    a.linalg_eigh(uplo)
}

/// The eigenvalues of symmetric or Hermitian matrices, in ascending order:
/// [`torch.linalg.eigvalsh`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let a = torch::tensor([[2.0, 0.0], [0.0, 1.0]]);
/// assert_eq!(torch::linalg::eigvalsh(&a), torch::tensor([1.0, 2.0]));
/// ```
///
/// [`torch.linalg.eigvalsh`]: https://docs.pytorch.org/docs/stable/generated/torch.linalg.eigvalsh.html
#[function]
pub fn eigvalsh(
    a: &Tensor,
    /// Which half is read: `"L"`, the lower, or `"U"`.
    #[builder(default = "L")]
    uplo: &str,
) -> Tensor {
    a.linalg_eigvalsh(uplo)
}

/// The eigenvalues and eigenvectors of square matrices, which are complex: [`torch.linalg.eig`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let (values, _) = torch::linalg::eig(&torch::tensor([[0.0, 1.0], [-1.0, 0.0]]));
/// assert_eq!(values.real(), torch::tensor([0.0, 0.0])); // i and -i
/// ```
///
/// [`torch.linalg.eig`]: https://docs.pytorch.org/docs/stable/generated/torch.linalg.eig.html
#[function]
pub fn eig(a: &Tensor) -> (Tensor, Tensor) {
    a.linalg_eig()
}

/// The eigenvalues of square matrices, which are complex: [`torch.linalg.eigvals`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let values = torch::linalg::eigvals(&torch::tensor([[0.0, 1.0], [-1.0, 0.0]]));
/// assert_eq!(values.real(), torch::tensor([0.0, 0.0])); // i and -i
/// ```
///
/// [`torch.linalg.eigvals`]: https://docs.pytorch.org/docs/stable/generated/torch.linalg.eigvals.html
#[function]
pub fn eigvals(a: &Tensor) -> Tensor {
    a.linalg_eigvals()
}

/// Matrices as A = Q · R, of orthonormal columns and an upper triangle: [`torch.linalg.qr`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let a = torch::randn([5, 3]);
/// let (q, r) = torch::linalg::qr(&a);
/// assert_eq!((q.size(), r.size()), (vec![5, 3], vec![3, 3]));
/// let (q, r) = torch::linalg::qr_options(&a).mode("complete").call();
/// assert_eq!((q.size(), r.size()), (vec![5, 5], vec![5, 3]));
/// ```
///
/// [`torch.linalg.qr`]: https://docs.pytorch.org/docs/stable/generated/torch.linalg.qr.html
#[function]
pub fn qr(
    a: &Tensor,
    /// `"reduced"`, `"complete"` for a square Q, or `"r"` for R alone.
    #[builder(default = "reduced")]
    mode: &str,
) -> (Tensor, Tensor) {
    Tensor::linalg_qr(a, mode)
}

/// Square matrices as A = P · L · U, a permutation, a lower and an upper triangle:
/// [`torch.linalg.lu`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let a = torch::tensor([[0.0, 1.0], [2.0, 0.0]]);
/// let (p, l, u) = torch::linalg::lu(&a);
/// assert_eq!(p.matmul(&l).matmul(&u), a);
/// ```
///
/// [`torch.linalg.lu`]: https://docs.pytorch.org/docs/stable/generated/torch.linalg.lu.html
#[function]
pub fn lu(
    a: &Tensor,
    /// Whether rows are permuted; without, on a GPU alone.
    #[builder(default = true)]
    pivot: bool,
) -> (Tensor, Tensor, Tensor) {
    Tensor::linalg_lu(a, pivot)
}

/// The determinant of square matrices: [`torch.linalg.det`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let a = torch::tensor([[2.0, 0.0], [0.0, 4.0]]);
/// assert_eq!(torch::linalg::det(&a).item(), 8.0);
/// ```
///
/// [`torch.linalg.det`]: https://docs.pytorch.org/docs/stable/generated/torch.linalg.det.html
#[function]
pub fn det(a: &Tensor) -> Tensor {
    Tensor::linalg_det(a)
}

/// The determinant's sign, and the logarithm of its absolute value: [`torch.linalg.slogdet`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let (sign, log) = torch::linalg::slogdet(&torch::tensor([[0.0, 1.0], [1.0, 0.0]]));
/// assert_eq!((sign.item(), log.item()), (-1.0, 0.0));
/// ```
///
/// [`torch.linalg.slogdet`]: https://docs.pytorch.org/docs/stable/generated/torch.linalg.slogdet.html
#[function]
pub fn slogdet(a: &Tensor) -> (Tensor, Tensor) {
    Tensor::linalg_slogdet(a)
}

/// The lower triangle L with A = L · Lᴴ of positive definite matrices: [`torch.linalg.cholesky`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let a = torch::tensor([[4.0, 2.0], [2.0, 2.0]]);
/// assert_eq!(torch::linalg::cholesky(&a), torch::tensor([[2.0, 0.0], [1.0, 1.0]]));
/// ```
///
/// [`torch.linalg.cholesky`]: https://docs.pytorch.org/docs/stable/generated/torch.linalg.cholesky.html
#[function]
pub fn cholesky(
    a: &Tensor,
    /// Whether it is the upper triangle Lᴴ.
    #[builder(default)]
    upper: bool,
) -> Tensor {
    a.linalg_cholesky(upper)
}

/// The pseudoinverse of matrices: [`torch.linalg.pinv`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let inverse = torch::linalg::pinv(&torch::tensor([[2.0, 0.0], [0.0, 0.0]]));
/// assert_eq!(inverse, torch::tensor([[0.5, 0.0], [0.0, 0.0]]));
/// ```
///
/// [`torch.linalg.pinv`]: https://docs.pytorch.org/docs/stable/generated/torch.linalg.pinv.html
#[function]
pub fn pinv(
    a: &Tensor,
    /// Singular values up to this count as 0.
    atol: Option<f64>,
    /// So do those up to this share of the largest; if neither is given, the longer side of a matrix
    /// times its kind's smallest step.
    rtol: Option<f64>,
    /// Whether the matrices are Hermitian, which are taken apart by eigenvalues.
    #[builder(default)]
    hermitian: bool,
) -> Tensor {
    a.linalg_pinv_atol_rtol_float(atol, rtol, hermitian)
}

/// How many singular values of matrices are not 0: [`torch.linalg.matrix_rank`].
///
/// ```
/// use flambeau::prelude::*;
///
/// assert_eq!(torch::linalg::matrix_rank(&torch::ones([3, 3])).item(), 1.0);
/// ```
///
/// [`torch.linalg.matrix_rank`]: https://docs.pytorch.org/docs/stable/generated/torch.linalg.matrix_rank.html
#[function]
pub fn matrix_rank(
    a: &Tensor,
    /// Singular values up to this count as 0.
    atol: Option<f64>,
    /// So do those up to this share of the largest; if neither is given, the longer side of a matrix
    /// times its kind's smallest step.
    rtol: Option<f64>,
    /// Whether the matrices are Hermitian, which are taken apart by eigenvalues.
    #[builder(default)]
    hermitian: bool,
) -> Tensor {
    a.linalg_matrix_rank_atol_rtol_float(atol, rtol, hermitian)
}

/// Square matrices to the power of n, of their inverses where it is negative:
/// [`torch.linalg.matrix_power`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let a = torch::tensor([[1.0, 1.0], [0.0, 1.0]]);
/// assert_eq!(torch::linalg::matrix_power(&a, 3), torch::tensor([[1.0, 3.0], [0.0, 1.0]]));
/// ```
///
/// [`torch.linalg.matrix_power`]: https://docs.pytorch.org/docs/stable/generated/torch.linalg.matrix_power.html
#[function]
pub fn matrix_power(a: &Tensor, n: i64) -> Tensor {
    a.linalg_matrix_power(n)
}

/// Σ Aᵏ / k! of square matrices: [`torch.linalg.matrix_exp`].
///
/// ```
/// use flambeau::prelude::*;
///
/// assert_eq!(torch::linalg::matrix_exp(&torch::zeros([2, 2])), torch::eye(2));
/// ```
///
/// [`torch.linalg.matrix_exp`]: https://docs.pytorch.org/docs/stable/generated/torch.linalg.matrix_exp.html
#[function]
pub fn matrix_exp(a: &Tensor) -> Tensor {
    a.linalg_matrix_exp()
}

/// The product of two or more matrices, in the order that takes the fewest multiplications:
/// [`torch.linalg.multi_dot`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let (a, b, c) = (torch::ones([2, 3]), torch::ones([3, 4]), torch::ones([4, 5]));
/// assert_eq!(torch::linalg::multi_dot(&[&a, &b, &c]), torch::full([2, 5], 12.0));
/// ```
///
/// [`torch.linalg.multi_dot`]: https://docs.pytorch.org/docs/stable/generated/torch.linalg.multi_dot.html
#[function]
pub fn multi_dot<T: Borrow<Tensor>>(tensors: &[T]) -> Tensor {
    Tensor::linalg_multi_dot(tensors)
}

/// The cross product along a dimension of size 3: [`torch.linalg.cross`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let (x, y) = (torch::tensor([1.0, 0.0, 0.0]), torch::tensor([0.0, 1.0, 0.0]));
/// assert_eq!(torch::linalg::cross(&x, &y), torch::tensor([0.0, 0.0, 1.0]));
/// ```
///
/// [`torch.linalg.cross`]: https://docs.pytorch.org/docs/stable/generated/torch.linalg.cross.html
#[function]
pub fn cross(
    input: &Tensor,
    other: &Tensor,
    /// The dimension.
    #[builder(default = -1)]
    dim: i64,
) -> Tensor {
    input.linalg_cross(other, dim)
}

/// The dot products along a dimension: [`torch.linalg.vecdot`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::tensor([[1.0, 2.0], [3.0, 4.0]]);
/// assert_eq!(torch::linalg::vecdot(&x, &x), torch::tensor([5.0, 25.0]));
/// ```
///
/// [`torch.linalg.vecdot`]: https://docs.pytorch.org/docs/stable/generated/torch.linalg.vecdot.html
#[function]
pub fn vecdot(
    x: &Tensor,
    y: &Tensor,
    /// The dimension.
    #[builder(default = -1)]
    dim: i64,
) -> Tensor {
    Tensor::linalg_vecdot(x, y, dim)
}

impl Order {
    /// As an operator of `torch.linalg` takes it: by which overload, and which argument. `text` is the
    /// one that takes a name.
    fn argument(
        self,
        text: &'static std::ffi::CStr,
    ) -> (&'static std::ffi::CStr, Argument<'static>) {
        match self {
            Self::P(p) => (c"", p.into()),
            Self::Frobenius => (text, "fro".into()),
            Self::Nuclear => (text, "nuc".into()),
        }
    }
}
