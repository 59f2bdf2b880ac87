//! What a model that is trained by several processes needs.

use std::any::Any;
use std::collections::BTreeMap;
use std::ffi::{CStr, CString, c_char, c_void};
use std::mem::ManuallyDrop;
use std::panic::{self, AssertUnwindSafe};
use std::ptr;

use tch::Tensor;
use torch_sys::C_tensor;

use super::distributed::{CGroup, CText, CWork, Group, Work, c_string, flambeau_explain};
use super::{Tensors, check, flambeau_free, pointers};
use crate::{Error, Result};

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

/// A `c10d::GradBucket`, which only C++ looks into.
#[repr(C)]
struct CBucket {
    _private: [u8; 0],
}

/// What a hook has begun, as `reducer.cpp` has it.
#[repr(C)]
struct CHooked {
    work: *mut CWork,
    finish: extern "C" fn(*mut c_void, *const c_char, *mut *mut C_tensor, *mut CText) -> bool,
    release: extern "C" fn(*mut c_void),
    context: *mut c_void,
}

/// A hook, likewise.
#[repr(C)]
struct CHook {
    run: extern "C" fn(*const c_void, *const CBucket, *mut CHooked, *mut CText) -> bool,
    release: extern "C" fn(*const c_void),
    context: *const c_void,
}

/// Gives the gradients when a collective is done, or has failed with these words.
pub(crate) type Finish = Box<dyn FnOnce(Option<&str>) -> Result<Tensor> + Send>;

/// What begins a collective on a bucket of gradients, or none, and says what makes them of it.
pub(crate) type Hook = Box<dyn Fn(&Bucket) -> Result<(Option<Work>, Finish)> + Send + Sync>;

/// `work`'s value; what goes wrong is told to C++, since neither an error nor a panic goes through it.
fn told<T>(problem: *mut CText, work: impl FnOnce() -> Result<T>) -> Option<T> {
    let text = match panic::catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(value)) => return Some(value),
        Ok(Err(error)) => error.to_string(),
        Err(panic) => words(&*panic),
    };
    // SAFETY: a string of C++'s for the length of the call.
    unsafe { flambeau_explain(problem, c_string(&text).as_ptr()) };
    None
}

fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("a hook panicked").to_string()
}

impl CHook {
    fn new(hook: Hook) -> Self {
        extern "C" fn run(
            context: *const c_void,
            bucket: *const CBucket,
            out: *mut CHooked,
            problem: *mut CText,
        ) -> bool {
            // SAFETY: the context is what `new` made, until `release`.
            let hook = unsafe { &*context.cast::<Hook>() };
            let Some((work, finish)) = told(problem, || hook(&Bucket(bucket))) else {
                return false;
            };
            let work = work.map_or(ptr::null_mut(), Work::into_raw);
            let context = Box::into_raw(Box::new(Some(finish))).cast();
            // SAFETY: a place of C++'s for the length of the call.
            unsafe { out.write(CHooked { work, finish: end, release: free, context }) };
            true
        }
        extern "C" fn end(
            context: *mut c_void,
            failed: *const c_char,
            out: *mut *mut C_tensor,
            problem: *mut CText,
        ) -> bool {
            // SAFETY: the context is what `run` made, until `free`; C++ asks from one thread.
            let finish = unsafe { &mut *context.cast::<Option<Finish>>() };
            let made = told(problem, || {
                let finish = finish.take().ok_or_else(|| {
                    Error::Torch("a hook's gradients have been asked for twice".into())
                })?;
                // SAFETY: C's text for the length of the call, or none.
                let failed = (!failed.is_null())
                    .then(|| unsafe { CStr::from_ptr(failed) }.to_string_lossy());
                finish(failed.as_deref())
            });
            let Some(tensor) = made else { return false };
            // SAFETY: a place of C++'s, which frees the tensor.
            unsafe { out.write(ManuallyDrop::new(tensor).as_ptr().cast_mut()) };
            true
        }
        extern "C" fn free(context: *mut c_void) {
            // SAFETY: C++ calls it once, as the last.
            drop(unsafe { Box::from_raw(context.cast::<Option<Finish>>()) });
        }
        extern "C" fn release(context: *const c_void) {
            // SAFETY: C++ calls it once, as the last.
            drop(unsafe { Box::from_raw(context.cast_mut().cast::<Hook>()) });
        }
        let context = Box::into_raw(Box::new(hook)).cast_const().cast();
        Self { run, release, context }
    }
}

/// Gradients that go at once, during a hook's call.
pub(crate) struct Bucket(*const CBucket);

impl Bucket {
    /// Which it is, and whether it is the last.
    pub fn about(&self) -> (usize, bool) {
        let (mut index, mut is_last) = (0, false);
        unsafe { flambeau_bucket_about(self.0, &mut index, &mut is_last) };
        (index, is_last)
    }

    /// 0: its buffer; 1: the gradients in it; 2: their parameters.
    pub fn tensors(&self, which: i32) -> Result<Vec<Tensor>> {
        let mut tensors = vec![ptr::null_mut(); 1];
        loop {
            let (mut count, room) = (0, tensors.len());
            check(unsafe {
                let out = tensors.as_mut_ptr();
                flambeau_bucket_tensors(self.0, which, out, room, &mut count)
            })?;
            if count <= room {
                tensors.truncate(count);
                // SAFETY: the shim made these tensors for us.
                return Ok(tensors.iter().map(|t| unsafe { Tensor::from_ptr(*t) }).collect());
            }
            tensors.resize(count, ptr::null_mut());
        }
    }
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
    fn flambeau_reducer_before_forward(reducer: *mut CReducer) -> *mut c_char;
    fn flambeau_reducer_rebuild_buckets(reducer: *mut CReducer) -> *mut c_char;
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
    fn flambeau_reducer_hook_closure(reducer: *mut CReducer, hook: *const CHook) -> *mut c_char;
    fn flambeau_bucket_about(bucket: *const CBucket, index: *mut usize, is_last: *mut bool);
    fn flambeau_bucket_tensors(
        bucket: *const CBucket,
        which: i32,
        out: *mut *mut C_tensor,
        n: usize,
        count: *mut usize,
    ) -> *mut c_char;
    fn flambeau_reducer_expect(
        reducer: *mut CReducer,
        work: *const CWork,
        by_all: bool,
    ) -> *mut c_char;
    fn flambeau_reducer_joins(reducer: *mut CReducer) -> *mut c_char;
    fn flambeau_reducer_shadow(reducer: *mut CReducer, find_unused_parameters: bool)
    -> *mut c_char;
    fn flambeau_reducer_sample(reducer: *mut CReducer, rate: i32) -> *mut c_char;
    fn flambeau_reducer_log(reducer: *mut CReducer, out: *mut *mut c_char) -> *mut c_char;
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

    /// Before a forward pass with gradients, where a backward pass that syncs may follow.
    pub fn before_forward(&self) -> Result<()> {
        check(unsafe { flambeau_reducer_before_forward(self.reducer) })
    }

    /// Before any forward pass with gradients.
    pub fn rebuild_buckets(&self) -> Result<()> {
        check(unsafe { flambeau_reducer_rebuild_buckets(self.reducer) })
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

    /// Has `hook` send something in the gradients' place.
    pub fn hook_closure(&self, hook: Hook) -> Result<()> {
        check(unsafe { flambeau_reducer_hook_closure(self.reducer, &CHook::new(hook)) })
    }

    /// This rank is one of those that still have inputs, the number of which `work` sums up.
    pub fn expect(&self, work: &Work, by_all: bool) -> Result<()> {
        check(unsafe { flambeau_reducer_expect(self.reducer, work.0, by_all) })
    }

    /// Notes that ranks may have different numbers of inputs.
    pub fn joins(&self) -> Result<()> {
        check(unsafe { flambeau_reducer_joins(self.reducer) })
    }

    /// Takes part in the others' backward pass, with zeros.
    pub fn shadow(&self, find_unused_parameters: bool) -> Result<()> {
        check(unsafe { flambeau_reducer_shadow(self.reducer, find_unused_parameters) })
    }

    /// Of which steps the log keeps times: of the first ten and each `rate`th.
    pub fn sample(&self, rate: i32) -> Result<()> {
        check(unsafe { flambeau_reducer_sample(self.reducer, rate) })
    }

    /// The numbers in c10d's log, by their names.
    pub fn log(&self) -> Result<BTreeMap<String, i64>> {
        let mut text = ptr::null_mut();
        check(unsafe { flambeau_reducer_log(self.reducer, &mut text) })?;
        // SAFETY: a C string that the shim made for us to free.
        let lines = unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned();
        unsafe { flambeau_free(text) };
        let entry = |line: &str| {
            let (name, number) = line.rsplit_once(' ')?;
            Some((name.to_string(), number.parse().ok()?))
        };
        Ok(lines.lines().filter_map(entry).collect())
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
