//! What a model that is trained by several processes needs.

use std::ffi::{CString, c_char};
use std::ptr;

use tch::Tensor;
use torch_sys::C_tensor;

use super::distributed::{CGroup, Group, c_string};
use super::{Tensors, check, pointers};
use crate::Result;

/// How gradients are summed up over the ranks; laid out as in `reducer.cpp`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub(crate) struct ReducerOptions {
    pub bucket_bytes_cap: i64,
    pub first_bucket_bytes_cap: i64,
    pub find_unused_parameters: bool,
    pub gradient_as_bucket_view: bool,
    pub static_graph: bool,
    pub forward_sync_buffers: bool,
    pub has_sync_batch_norm: bool,
}

/// A `c10d::Reducer` with its log, which only C++ looks into.
#[repr(C)]
struct CReducer {
    _private: [u8; 0],
}

unsafe extern "C" {
    fn flambeau_reducer_new(
        group: *mut CGroup,
        tensors: Tensors,
        n: usize,
        sparse: *const bool,
        names: *const *const c_char,
        class_name: *const c_char,
        options: *const ReducerOptions,
        indices: *const usize,
        lengths: *const usize,
        n_buckets: usize,
        out: *mut *mut CReducer,
    ) -> *mut c_char;
    fn flambeau_reducer_free(reducer: *mut CReducer);
    fn flambeau_reducer_before_forward(reducer: *mut CReducer, syncs: bool) -> *mut c_char;
    fn flambeau_reducer_before_backward(
        reducer: *mut CReducer,
        outputs: Tensors,
        n: usize,
    ) -> *mut c_char;
    fn flambeau_reducer_has_delayed(reducer: *const CReducer) -> bool;
    fn flambeau_reducer_sink(
        reducer: *const CReducer,
        static_graph: bool,
        output: *const C_tensor,
        out: *mut *mut C_tensor,
    ) -> *mut c_char;
    fn flambeau_reducer_hook(reducer: *mut CReducer, which: i32) -> *mut c_char;
    fn flambeau_reducer_bucket_sizes(
        reducer: *const CReducer,
        out: *mut i64,
        n: usize,
        count: *mut usize,
    ) -> *mut c_char;
    fn flambeau_reducer_buckets(
        reducer: *const CReducer,
        indices: *mut usize,
        lengths: *mut usize,
        n: usize,
        n_buckets: *mut usize,
    ) -> *mut c_char;
    fn flambeau_sync_batch_norm(
        group: *mut CGroup,
        input: *const C_tensor,
        weight: *const C_tensor,
        bias: *const C_tensor,
        running_mean: *const C_tensor,
        running_var: *const C_tensor,
        momentum: f64,
        eps: f64,
        out: *mut *mut C_tensor,
    ) -> *mut c_char;
}

/// What sums up gradients over the ranks of a group, while the backward pass goes on.
pub(crate) struct Reducer {
    reducer: *mut CReducer,
    parameters: usize,
}

// SAFETY: it goes to another thread with the model that owns it. What autograd's threads do to it
// during a backward pass, it locks its own mutex for.
unsafe impl Send for Reducer {}

impl Reducer {
    /// For these parameters, each with its name and whether its gradient is sparse. `buckets` are those
    /// that another had; with none, they are found as Python does.
    pub fn new(
        group: &Group,
        parameters: &[(String, Tensor, bool)],
        class_name: &str,
        options: ReducerOptions,
        buckets: &[Vec<usize>],
    ) -> Result<Self> {
        let tensors = pointers(parameters.iter().map(|(_, parameter, _)| parameter));
        let sparse: Vec<bool> = parameters.iter().map(|(.., sparse)| *sparse).collect();
        let names: Vec<CString> = parameters.iter().map(|(name, ..)| c_string(name)).collect();
        let names: Vec<_> = names.iter().map(|name| name.as_ptr()).collect();
        let (indices, lengths) =
            (buckets.concat(), buckets.iter().map(Vec::len).collect::<Vec<_>>());
        let (class_name, mut reducer) = (c_string(class_name), ptr::null_mut());
        check(unsafe {
            flambeau_reducer_new(
                group.0,
                tensors.as_ptr(),
                tensors.len(),
                sparse.as_ptr(),
                names.as_ptr(),
                class_name.as_ptr(),
                &options,
                indices.as_ptr(),
                lengths.as_ptr(),
                lengths.len(),
                &mut reducer,
            )
        })?;
        Ok(Self { reducer, parameters: parameters.len() })
    }

    /// Before a forward pass with gradients; `syncs` where a backward pass that does may follow.
    pub fn before_forward(&self, syncs: bool) -> Result<()> {
        check(unsafe { flambeau_reducer_before_forward(self.reducer, syncs) })
    }

    /// Before a backward pass that syncs. Parameters that `outputs` do not depend on are not waited
    /// for; no outputs stand for all parameters.
    pub fn before_backward(&self, outputs: &[&Tensor]) -> Result<()> {
        let outputs = pointers(outputs.iter().copied());
        check(unsafe {
            flambeau_reducer_before_backward(self.reducer, outputs.as_ptr(), outputs.len())
        })
    }

    /// Has the first backward pass of a static graph begun?
    pub fn has_delayed(&self) -> bool {
        unsafe { flambeau_reducer_has_delayed(self.reducer) }
    }

    /// The same values, on whose backward pass the reducer counts.
    pub fn sink(&self, static_graph: bool, output: &Tensor) -> Result<Tensor> {
        let mut out = ptr::null_mut();
        check(unsafe {
            flambeau_reducer_sink(self.reducer, static_graph, output.as_ptr(), &mut out)
        })?;
        // SAFETY: the shim made this tensor for us.
        Ok(unsafe { Tensor::from_ptr(out) })
    }

    /// Has gradients summed up in another way: 0 as ever, 1 as fp16, 2 as bf16.
    pub fn hook(&self, which: i32) -> Result<()> {
        check(unsafe { flambeau_reducer_hook(self.reducer, which) })
    }

    /// How many bytes of gradients go at once.
    pub fn bucket_sizes(&self) -> Result<Vec<i64>> {
        let mut sizes = Vec::new();
        loop {
            let mut count = 0;
            let (out, room) = (sizes.as_mut_ptr(), sizes.len());
            check(unsafe { flambeau_reducer_bucket_sizes(self.reducer, out, room, &mut count) })?;
            if count <= room {
                sizes.truncate(count);
                return Ok(sizes);
            }
            sizes.resize(count, 0);
        }
    }
}

impl Reducer {
    /// The numbers of the parameters whose gradients go at once, in the order in which they do from the
    /// second step on. All ranks call it.
    pub fn buckets(&self) -> Result<Vec<Vec<usize>>> {
        let (mut indices, mut lengths) = (vec![0; self.parameters], vec![0; self.parameters]);
        let mut count = 0;
        check(unsafe {
            flambeau_reducer_buckets(
                self.reducer,
                indices.as_mut_ptr(),
                lengths.as_mut_ptr(),
                self.parameters,
                &mut count,
            )
        })?;
        let mut rest = indices.into_iter();
        Ok(lengths[..count].iter().map(|length| rest.by_ref().take(*length).collect()).collect())
    }
}

impl Drop for Reducer {
    fn drop(&mut self) {
        unsafe { flambeau_reducer_free(self.reducer) }
    }
}

/// The parameters and running statistics of batch normalisation, so far as there are any.
#[derive(Clone, Copy)]
pub(crate) struct Norm<'a> {
    pub weight: Option<&'a Tensor>,
    pub bias: Option<&'a Tensor>,
    pub running_mean: Option<&'a Tensor>,
    pub running_var: Option<&'a Tensor>,
    pub momentum: f64,
    pub eps: f64,
}

/// Batch normalisation in training over the batches of all ranks.
pub(crate) fn sync_batch_norm(group: &Group, input: &Tensor, norm: Norm<'_>) -> Result<Tensor> {
    let pointer = |tensor: Option<&Tensor>| tensor.map_or(ptr::null(), Tensor::as_ptr);
    let mut out = ptr::null_mut();
    check(unsafe {
        flambeau_sync_batch_norm(
            group.0,
            input.as_ptr(),
            pointer(norm.weight),
            pointer(norm.bias),
            pointer(norm.running_mean),
            pointer(norm.running_var),
            norm.momentum,
            norm.eps,
            &mut out,
        )
    })?;
    // SAFETY: the shim made this tensor for us.
    Ok(unsafe { Tensor::from_ptr(out) })
}
