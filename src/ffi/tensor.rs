//! What tensors are made of, where tch would not say or would panic.

use std::ffi::{c_char, c_void};
use std::{fmt, ptr, slice};

use tch::Tensor;
use torch_sys::C_tensor;

use super::check;

unsafe extern "C" {
    fn flambeau_mark_parameter(tensor: *mut C_tensor) -> *mut c_char;
    fn flambeau_is_parameter(tensor: *const C_tensor) -> bool;
    fn flambeau_scalar_type(tensor: *const C_tensor) -> i32;
    fn flambeau_layout(tensor: *const C_tensor) -> i32;
    fn flambeau_tensor_bytes(tensor: *const C_tensor, length: *mut usize) -> *mut u8;
    fn flambeau_storage(tensor: *const C_tensor) -> *const c_void;
    fn flambeau_copy_with_storage(
        tensor: *const C_tensor,
        beside: *const C_tensor,
        out: *mut *mut C_tensor,
    ) -> *mut c_char;
    fn flambeau_empty_bytes(length: i64, out: *mut *mut C_tensor) -> *mut c_char;
}

/// The same for two views of one memory, different for two memories; none for a tensor that lies in no
/// such memory, as a sparse one.
pub(crate) fn storage(tensor: &Tensor) -> Option<usize> {
    let address = unsafe { flambeau_storage(tensor.as_ptr()) };
    (!address.is_null()).then_some(address as usize)
}

/// A tensor that lies in a copy of its whole [`storage`] as this one does in its own; in the memory of
/// `beside`, where that is such a copy.
pub(crate) fn copy_with_storage(tensor: &Tensor, beside: Option<&Tensor>) -> Tensor {
    let mut out = ptr::null_mut();
    let beside = beside.map_or(ptr::null(), Tensor::as_ptr);
    check(unsafe { flambeau_copy_with_storage(tensor.as_ptr(), beside, &mut out) })
        .expect("memory can be copied, and laid out as it was");
    // SAFETY: the shim made this tensor for us.
    unsafe { Tensor::from_ptr(out) }
}

/// Marks a tensor, and all handles of it, as a parameter.
pub(crate) fn mark_parameter(tensor: &Tensor) {
    check(unsafe { flambeau_mark_parameter(tensor.as_ptr().cast_mut()) })
        .expect("a tensor takes a name");
}

/// Is this tensor marked as a parameter?
pub(crate) fn is_parameter(tensor: &Tensor) -> bool {
    unsafe { flambeau_is_parameter(tensor.as_ptr()) }
}

/// The kind of a tensor's numbers as `at::ScalarType` counts it, also where tch has no name for it.
pub(crate) fn scalar_type(tensor: &Tensor) -> Option<u8> {
    u8::try_from(unsafe { flambeau_scalar_type(tensor.as_ptr()) }).ok()
}

/// How a tensor's numbers lie: what can be done with them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Layout {
    /// It has none: tch calls it undefined, Python `None`.
    Undefined,
    /// In memory, at steps that its strides tell.
    Strided,
    /// On the device `meta`, where there are no numbers.
    Meta,
    /// As whole numbers, with a scale.
    Quantized,
    /// As tensors of several sizes.
    Nested,
    /// Sparse in one of the five ways, that Python calls so.
    Sparse(&'static str),
    /// Known to one library alone.
    Opaque,
}

impl Layout {
    /// How those of this tensor lie.
    pub fn of(tensor: &Tensor) -> Self {
        match unsafe { flambeau_layout(tensor.as_ptr()) } {
            -1 => Self::Undefined,
            0 => Self::Strided,
            1 => Self::Meta,
            2 => Self::Quantized,
            3 => Self::Nested,
            17 => Self::Sparse("torch.sparse_coo"),
            18 => Self::Sparse("torch.sparse_csr"),
            20 => Self::Sparse("torch.sparse_csc"),
            21 => Self::Sparse("torch.sparse_bsr"),
            22 => Self::Sparse("torch.sparse_bsc"),
            _ => Self::Opaque,
        }
    }
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Undefined => "undefined",
            Self::Strided => "torch.strided",
            Self::Meta => "on the device meta",
            Self::Quantized => "quantized",
            Self::Nested => "nested",
            Self::Sparse(name) => name,
            Self::Opaque => "opaque",
        })
    }
}

/// The bytes of a tensor's numbers, whatever their kind, if they lie one after another in the CPU's
/// memory. They must not be written while they are looked at.
pub(crate) fn tensor_bytes(tensor: &Tensor) -> Option<&[u8]> {
    let mut length = 0;
    // SAFETY: not null, it points to so many bytes of the tensor, which is borrowed.
    unsafe {
        let bytes = flambeau_tensor_bytes(tensor.as_ptr(), &mut length);
        (!bytes.is_null()).then(|| slice::from_raw_parts(bytes, length))
    }
}

/// A tensor of so many bytes, which `fill` writes.
pub(crate) fn filled_bytes(
    length: usize,
    fill: impl FnOnce(&mut [u8]) -> Result<(), String>,
) -> Result<Tensor, String> {
    let mut out = ptr::null_mut();
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    check(unsafe { flambeau_empty_bytes(length, &mut out) }).map_err(|e| e.to_string())?;
    // SAFETY: the shim made this tensor for us.
    let tensor = unsafe { Tensor::from_ptr(out) };
    let mut length = 0;
    // SAFETY: not null, it points to so many bytes of a tensor that nobody else has yet.
    unsafe {
        let bytes = flambeau_tensor_bytes(tensor.as_ptr(), &mut length);
        if !bytes.is_null() {
            fill(slice::from_raw_parts_mut(bytes, length))?;
        }
    }
    Ok(tensor)
}
