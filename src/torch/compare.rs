//! Elements compared, with a number's or another tensor's.

use flambeau_derive::function;
use tch::Tensor;

use super::number::TensorOrNumber;
use crate::ffi::op;

/// Makes the comparisons, each of which tch has twice, for a number and for a tensor.
macro_rules! comparisons {
    ($($name:ident, $tensor:ident, $python:literal, $words:literal, $example:literal;)+) => {
        $(
            #[doc = concat!(
                "Whether each element ", $words, " `other`, a tensor or a number: [`torch.",
                stringify!($name), "`], Python's `x ", $python, " y`.\n\n",
                "```\nuse flambeau::prelude::*;\n\n",
                "let x = torch::tensor([1, 2, 3]);\n",
                "assert_eq!(torch::", stringify!($name), "(&x, 2), torch::tensor(", $example, "));\n",
                "assert_eq!(torch::", stringify!($name), "(&x, &torch::tensor([2, 2, 2])), torch::",
                stringify!($name), "(&x, 2));\n```\n\n",
                "[`torch.", stringify!($name),
                "`]: https://docs.pytorch.org/docs/stable/generated/torch.", stringify!($name), ".html"
            )]
            #[function]
            pub fn $name<'a>(input: &Tensor, #[builder(into)] other: TensorOrNumber<'a>) -> Tensor {
                match other.told_apart() {
                    Ok(other) => input.$tensor(other),
                    Err(number) => input.$name(number),
                }
            }
        )+
    };
}
comparisons! {
    eq, eq_tensor, "==", "equals", "[false, true, false]";
    ne, ne_tensor, "!=", "differs from", "[true, false, true]";
    lt, lt_tensor, "<", "is less than", "[true, false, false]";
    le, le_tensor, "<=", "is at most", "[true, true, false]";
    gt, gt_tensor, ">", "is more than", "[false, false, true]";
    ge, ge_tensor, ">=", "is at least", "[false, true, true]";
}

/// Whether all elements of two tensors are close: [`torch.allclose`].
///
/// They are where |x - y| ≤ `atol` + `rtol`·|y|.
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::tensor([1.0, 2.0]);
/// assert!(torch::allclose(&x, &(&x + 1e-7)));
/// assert!(torch::allclose_options(&x, &(&x + 0.1)).atol(0.2).call());
/// ```
///
/// [`torch.allclose`]: https://docs.pytorch.org/docs/stable/generated/torch.allclose.html
#[function]
pub fn allclose(
    input: &Tensor,
    other: &Tensor,
    /// How far they may be apart, as a part of `other`.
    #[builder(default = 1e-5)]
    rtol: f64,
    /// How far they may be apart besides.
    #[builder(default = 1e-8)]
    atol: f64,
    /// Whether two NaNs are close.
    #[builder(default)]
    equal_nan: bool,
) -> bool {
    input.allclose(other, rtol, atol, equal_nan)
}

/// Whether each element is close to the one of another tensor: [`torch.isclose`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let close = torch::isclose(&torch::tensor([1.0, 2.0]), &torch::tensor([1.0, 3.0]));
/// assert_eq!(close, torch::tensor([true, false]));
/// ```
///
/// [`torch.isclose`]: https://docs.pytorch.org/docs/stable/generated/torch.isclose.html
#[function]
pub fn isclose(
    input: &Tensor,
    other: &Tensor,
    /// How far they may be apart, as a part of `other`.
    #[builder(default = 1e-5)]
    rtol: f64,
    /// How far they may be apart besides.
    #[builder(default = 1e-8)]
    atol: f64,
    /// Whether two NaNs are close.
    #[builder(default)]
    equal_nan: bool,
) -> Tensor {
    input.isclose(other, rtol, atol, equal_nan)
}

/// Whether each element is one of `test_elements`, a tensor or a number: [`torch.isin`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let found = torch::isin(&torch::tensor([1, 2, 3]), &torch::tensor([3, 1]));
/// assert_eq!(found, torch::tensor([true, false, true]));
/// ```
///
/// [`torch.isin`]: https://docs.pytorch.org/docs/stable/generated/torch.isin.html
#[function]
pub fn isin<'a>(
    elements: &Tensor,
    #[builder(into)] test_elements: TensorOrNumber<'a>,
    /// Whether no element comes twice in either, which is faster.
    #[builder(default)]
    assume_unique: bool,
    /// Whether each is none of them.
    #[builder(default)]
    invert: bool,
) -> Tensor {
    match test_elements.told_apart() {
        Ok(tests) => Tensor::isin(elements, tests, assume_unique, invert),
        Err(test) => Tensor::isin_tensor_scalar(elements, test, assume_unique, invert),
    }
}

/// The elements of `input` where the condition holds, else those of `other`: [`torch.where`].
///
/// Both are tensors or numbers. `where` is a word of Rust's, hence the underscore.
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::tensor([-1.0, 2.0]);
/// assert_eq!(torch::where_(&x.gt(0), &x, 0.0), torch::tensor([0.0, 2.0]));
/// ```
///
/// [`torch.where`]: https://docs.pytorch.org/docs/stable/generated/torch.where.html
#[function]
pub fn where_<'a>(
    condition: &Tensor,
    #[builder(into)] input: TensorOrNumber<'a>,
    #[builder(into)] other: TensorOrNumber<'a>,
) -> Tensor {
    let overload = match (input.told_apart().is_ok(), other.told_apart().is_ok()) {
        (true, true) => c"self",
        (true, false) => c"ScalarOther",
        (false, true) => c"ScalarSelf",
        (false, false) => c"Scalar",
    };
    let arguments = [condition.into(), (&input).into(), (&other).into()];
    let [chosen] = op(c"aten::where", overload, &arguments);
    chosen
}
