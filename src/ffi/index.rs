//! Python's `x[index]` and `x[index] = value`.

use std::ffi::c_char;
use std::ptr;

use tch::Tensor;
use torch_sys::C_tensor;

use super::{check, told};

/// One part of what stands between the brackets.
#[derive(Clone, Copy)]
pub(crate) enum Index<'a> {
    None,
    Ellipsis,
    Integer(i64),
    Boolean(bool),
    /// Start, stop and step.
    Slice(i64, i64, i64),
    Tensor(&'a Tensor),
}

/// An [`Index`] as `index.cpp` has it.
#[repr(C)]
struct CIndex {
    which: i32,
    a: i64,
    b: i64,
    c: i64,
    tensor: *const C_tensor,
}

impl From<Index<'_>> for CIndex {
    fn from(index: Index<'_>) -> Self {
        let of = |which, a, b, c| Self { which, a, b, c, tensor: ptr::null() };
        match index {
            Index::None => of(0, 0, 0, 0),
            Index::Ellipsis => of(1, 0, 0, 0),
            Index::Integer(index) => of(2, index, 0, 0),
            Index::Boolean(value) => of(3, value.into(), 0, 0),
            Index::Slice(start, stop, step) => of(4, start, stop, step),
            Index::Tensor(tensor) => Self { tensor: tensor.as_ptr(), ..of(5, 0, 0, 0) },
        }
    }
}

unsafe extern "C" {
    fn flambeau_get_item(
        x: *const C_tensor,
        indices: *const CIndex,
        n: usize,
        out: *mut *mut C_tensor,
    ) -> *mut c_char;
    fn flambeau_set_item(
        x: *const C_tensor,
        indices: *const CIndex,
        n: usize,
        value: *const C_tensor,
    ) -> *mut c_char;
    fn flambeau_set_item_number(
        x: *const C_tensor,
        indices: *const CIndex,
        n: usize,
        is_integer: bool,
        integer: i64,
        number: f64,
    ) -> *mut c_char;
}

/// Hands the parts over, mostly from the stack: an index has seldom more than four.
fn with_parts<'a, R>(
    indices: impl ExactSizeIterator<Item = Index<'a>>,
    work: impl FnOnce(*const CIndex, usize) -> R,
) -> R {
    const FEW: usize = 4;
    let n = indices.len();
    if n > FEW {
        let parts: Vec<CIndex> = indices.map(CIndex::from).collect();
        return work(parts.as_ptr(), n);
    }
    let mut parts: [CIndex; FEW] = std::array::from_fn(|_| CIndex::from(Index::None));
    parts.iter_mut().zip(indices).for_each(|(part, index)| *part = index.into());
    work(parts.as_ptr(), n)
}

/// `x[indices]`.
///
/// # Panics
/// Where Python raises, in its words, as all that follow.
#[track_caller]
pub(crate) fn get_item<'a>(
    x: &Tensor,
    indices: impl ExactSizeIterator<Item = Index<'a>>,
) -> Tensor {
    let mut output = ptr::null_mut();
    told(check(with_parts(indices, |parts, n| unsafe {
        flambeau_get_item(x.as_ptr(), parts, n, &mut output)
    })));
    // SAFETY: the shim made this tensor for us.
    unsafe { Tensor::from_ptr(output) }
}

/// `x[indices] = value`.
#[track_caller]
pub(crate) fn set_item<'a>(
    x: &Tensor,
    indices: impl ExactSizeIterator<Item = Index<'a>>,
    value: &Tensor,
) {
    told(check(with_parts(indices, |parts, n| unsafe {
        flambeau_set_item(x.as_ptr(), parts, n, value.as_ptr())
    })));
}

/// `x[indices] = value` of a number, whole or not.
#[track_caller]
pub(crate) fn set_item_number<'a>(
    x: &Tensor,
    indices: impl ExactSizeIterator<Item = Index<'a>>,
    value: Result<i64, f64>,
) {
    let (is_integer, integer) = (value.is_ok(), value.unwrap_or_default());
    let number = value.err().unwrap_or_default();
    told(check(with_parts(indices, |parts, n| unsafe {
        flambeau_set_item_number(x.as_ptr(), parts, n, is_integer, integer, number)
    })));
}
