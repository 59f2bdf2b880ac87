//! A tensor's one number.

use tch::{Kind, Tensor};

use crate::refusal::{check, refuse};

#[track_caller]
pub(super) fn item(tensor: &Tensor) -> f64 {
    let n = tensor.numel();
    check!(n == 1, "a Tensor with {n} elements cannot be converted to Scalar");
    match tensor.kind() {
        Kind::Uint8 | Kind::Int8 | Kind::Int16 | Kind::Int | Kind::Int64 | Kind::Bool => {
            whole(tensor.int64_value(&[]))
        }
        kind @ (Kind::ComplexHalf | Kind::ComplexFloat | Kind::ComplexDouble) => refuse(format!(
            "a tensor of {kind:?} has no number of one part: take x.real() or x.imag()"
        )),
        _ => tensor.double_value(&[]),
    }
}

/// The same number, where an f64 holds it.
#[track_caller]
fn whole(number: i64) -> f64 {
    const LARGEST: u64 = 1 << f64::MANTISSA_DIGITS;
    let held = number.unsigned_abs() <= LARGEST;
    check!(held, "{number} does not fit an f64: let n: i64 = x.tolist()");
    number as f64
}
