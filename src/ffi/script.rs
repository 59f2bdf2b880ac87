//! TorchScript's modules, as far as tch leaves them out.

use std::ffi::{CStr, c_char, c_void};
use std::mem;

use tch::{CModule, Tensor};
use torch_sys::C_tensor;

use super::check;
use crate::Result;

/// A `torch::jit::Module`, which only C++ looks into.
#[repr(C)]
struct CScript {
    _private: [u8; 0],
}

type Told = extern "C" fn(*mut c_void, i32, *const c_char, *const c_char, tensor: *const C_tensor);

unsafe extern "C" {
    fn flambeau_script_tell(module: *const CScript, told: Told, to: *mut c_void) -> *mut c_char;
    fn flambeau_script_is_training(module: *const CScript, out: *mut bool) -> *mut c_char;
    fn flambeau_script_copy(module: *const CScript, out: *mut *mut CScript) -> *mut c_char;
    fn flambeau_script_handle(tensor: *const C_tensor) -> *mut C_tensor;
}

// A CModule is the pointer and nothing else; tch keeps it to itself.
const _: () = assert!(mem::size_of::<CModule>() == mem::size_of::<*mut CScript>());

fn pointer(module: &CModule) -> *const CScript {
    // SAFETY: by the assertion above, what is read is the one field, a pointer.
    unsafe { *std::ptr::from_ref(module).cast::<*const CScript>() }
}

/// What stands in a script, by its path.
pub(crate) enum Part {
    Module(String),
    Parameter(Tensor),
    Buffer(Tensor),
}

/// The modules, parameters and buffers of a script, in Python's order.
pub(crate) fn script_parts(module: &CModule) -> Result<Vec<(String, Part)>> {
    extern "C" fn keep(
        to: *mut c_void,
        what: i32,
        name: *const c_char,
        text: *const c_char,
        tensor: *const C_tensor,
    ) {
        // SAFETY: the shim hands back `to`, C strings, and a tensor where it tells of one.
        unsafe {
            let parts = &mut *to.cast::<Vec<(String, Part)>>();
            let string = |text| CStr::from_ptr(text).to_string_lossy().into_owned();
            let handle = || Tensor::from_ptr(flambeau_script_handle(tensor));
            let part = match what {
                0 => Part::Module(string(text)),
                1 => Part::Parameter(handle()),
                _ => Part::Buffer(handle()),
            };
            parts.push((string(name), part));
        }
    }
    let mut parts = vec![];
    let to = (&raw mut parts).cast();
    check(unsafe { flambeau_script_tell(pointer(module), keep, to) })?;
    Ok(parts)
}

/// Whether a script is in training mode; one that was frozen knows none, and is.
pub(crate) fn script_is_training(module: &CModule) -> Result<bool> {
    let mut training = false;
    check(unsafe { flambeau_script_is_training(pointer(module), &mut training) })?;
    Ok(training)
}

/// A copy of a script with tensors of its own.
pub(crate) fn script_copy(module: &CModule) -> Result<CModule> {
    let mut copy = std::ptr::null_mut();
    check(unsafe { flambeau_script_copy(pointer(module), &mut copy) })?;
    // SAFETY: a CModule is the pointer that it was given, which it frees.
    Ok(unsafe { mem::transmute::<*mut CScript, CModule>(copy) })
}
