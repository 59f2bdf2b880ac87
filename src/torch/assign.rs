//! Python's `x[index] = value`.

use tch::Tensor;

use super::index::TensorIndex;
use super::number::{Number, TensorOrNumber};
use crate::ffi;

#[track_caller]
pub(super) fn set_item(x: &Tensor, index: &[TensorIndex], value: TensorOrNumber<'_>) {
    let parts = index.iter().map(|part| part.as_ffi());
    match value.told_apart() {
        Ok(tensor) => ffi::set_item(x, parts, tensor),
        Err(Number::Boolean(value)) => ffi::set_item_number(x, parts, Ok(value.into())),
        Err(Number::Integer(number)) => ffi::set_item_number(x, parts, Ok(number)),
        Err(Number::Float(number)) => ffi::set_item_number(x, parts, Err(number)),
    }
}
