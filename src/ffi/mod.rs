//! The safe face of the shim, the C++ beside this file: what libtorch can do and tch leaves out.
//!
//! All of the crate's `unsafe` is here. Two reasons cover every block: a tensor's pointer is
//! taken from a living [`Tensor`] and used within the call, and the lengths handed over are those
//! of the slices. What C++ throws comes back as [`Error::Torch`].

mod distributed;
mod index;
mod op;
mod reducer;
mod script;
mod tensor;

pub(crate) use distributed::{Call, Collective, Group, LONGEST_WAIT, Store, Work};
pub(crate) use index::{Index, get_item, set_item, set_item_number};
pub(crate) use op::{Argument, op, try_op};
pub(crate) use reducer::{Bucket, Finish, Norm, Reducer, ReducerOptions, sync_batch_norm};
pub(crate) use script::{Part, script_copy, script_is_training, script_parts};
pub use tensor::Layout;
pub(crate) use tensor::{
    copy_with_storage, filled_bytes, is_parameter, mark_parameter, scalar_type, storage,
    tensor_bytes,
};

use std::ffi::{CStr, c_char};
use std::ptr;

use tch::Tensor;
use torch_sys::C_tensor;

use crate::{Error, Result};

/// What Adam's step needs beside the tensors; laid out as in `shim.h`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct AdamOptions {
    pub lr: f64,
    pub beta1: f64,
    pub beta2: f64,
    pub eps: f64,
    pub weight_decay: f64,
    pub amsgrad: bool,
    pub maximize: bool,
    /// Whether the weights decay by themselves, as AdamW's.
    pub decoupled: bool,
}

/// What Adagrad's fused step needs beside the tensors; laid out as in `shim.cpp`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct AdagradOptions {
    pub lr: f64,
    pub lr_decay: f64,
    pub weight_decay: f64,
    pub eps: f64,
    pub maximize: bool,
}

/// What SGD's step needs beside the tensors; laid out as in `shim.cpp`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct SgdOptions {
    pub lr: f64,
    pub momentum: f64,
    pub dampening: f64,
    pub weight_decay: f64,
    pub nesterov: bool,
    pub maximize: bool,
}

/// What a fused kernel does beside its step: `optimizer.grad_scale` and `optimizer.found_inf` in
/// Python.
#[derive(Debug, Default)]
pub struct Scaling {
    /// What it divides the gradients by.
    pub grad_scale: Option<Tensor>,
    /// Not 0 where a gradient is not finite: then there is no step.
    pub found_inf: Option<Tensor>,
}

/// A [`Scaling`] as `shim.cpp` has it.
#[repr(C)]
struct CScaling {
    grad_scale: *const C_tensor,
    found_inf: *const C_tensor,
}

impl From<Option<&Scaling>> for CScaling {
    fn from(scaling: Option<&Scaling>) -> Self {
        let pointer = |tensor: Option<&Tensor>| tensor.map_or(ptr::null(), Tensor::as_ptr);
        Self {
            grad_scale: pointer(scaling.and_then(|scaling| scaling.grad_scale.as_ref())),
            found_inf: pointer(scaling.and_then(|scaling| scaling.found_inf.as_ref())),
        }
    }
}

/// An `at::Generator`, which only C++ looks into.
#[repr(C)]
struct CGenerator {
    _private: [u8; 0],
}

type Tensors = *const *mut C_tensor;

unsafe extern "C" {
    #[cfg(feature = "cli")]
    fn flambeau_end_when_output_closes();
    #[cfg(feature = "cli")]
    fn flambeau_mute_output();
    fn flambeau_bear_file_size_limit();
    fn flambeau_exit_now(code: i32) -> !;
    fn flambeau_exit_untidily();
    /// C's own, as Python's `math.erf` is.
    #[link_name = "erf"]
    fn c_erf(x: f64) -> f64;
    fn flambeau_free(text: *mut c_char);
    fn flambeau_get_rng_state(generator: *const CGenerator, out: *mut *mut C_tensor)
    -> *mut c_char;
    fn flambeau_set_rng_state(generator: *const CGenerator, state: *const C_tensor) -> *mut c_char;
    fn flambeau_generator_new(seed: u64, out: *mut *mut CGenerator) -> *mut c_char;
    fn flambeau_generator_free(generator: *mut CGenerator);
    fn flambeau_generator_clone(
        generator: *const CGenerator,
        out: *mut *mut CGenerator,
    ) -> *mut c_char;
    fn flambeau_generator_same(
        generator: *const CGenerator,
        copy: *const CGenerator,
        out: *mut bool,
    ) -> *mut c_char;
    fn flambeau_generator_seed(generator: *mut CGenerator, seed: u64) -> *mut c_char;
    fn flambeau_random_int64(generator: *const CGenerator, out: *mut i64) -> *mut c_char;
    fn flambeau_randperm(generator: *const CGenerator, n: i64, out: *mut i64) -> *mut c_char;
    fn flambeau_uniform(
        generator: *const CGenerator,
        tensor: *const C_tensor,
        from: f64,
        to: f64,
    ) -> *mut c_char;
    fn flambeau_normal(
        generator: *const CGenerator,
        tensor: *const C_tensor,
        mean: f64,
        std: f64,
    ) -> *mut c_char;
    fn flambeau_random_between(
        generator: *const CGenerator,
        tensor: *const C_tensor,
        from: i64,
        to: i64,
    ) -> *mut c_char;
    fn flambeau_multinomial(
        generator: *const CGenerator,
        weights: *const C_tensor,
        n: i64,
        replacement: bool,
        out: *mut i64,
    ) -> *mut c_char;
    fn flambeau_draw_uniform(
        generator: *const CGenerator,
        from: f64,
        to: f64,
        out: *mut f32,
    ) -> *mut c_char;
    fn flambeau_draw_below(generator: *const CGenerator, high: i64, out: *mut i64) -> *mut c_char;
    fn flambeau_bytes(tensor: *const C_tensor) -> *const u8;
    fn flambeau_look_up(
        channels: i64,
        plane: i64,
        images: i64,
        bytes: *const u8,
        table: *const f32,
        output: *const C_tensor,
        first: i64,
    ) -> *mut c_char;
    fn flambeau_torch_version() -> *const c_char;
    fn flambeau_generator_cuda(index: i32, out: *mut *mut CGenerator) -> *mut c_char;
    fn flambeau_compute_alone() -> *mut c_char;
    fn flambeau_clear_grads(n: usize, tensors: Tensors) -> *mut c_char;
    fn flambeau_set_grad(tensor: *const C_tensor, grad: *const C_tensor) -> *mut c_char;
    fn flambeau_gradients(n: usize, tensors: Tensors, out: *mut u8) -> *mut c_char;
    fn flambeau_grad_is_enabled() -> bool;
    fn flambeau_max_pool_2x2(x: *const C_tensor, out: *mut *mut C_tensor) -> *mut c_char;
    fn flambeau_direct_conv2d(
        x: *const C_tensor,
        weight: *const C_tensor,
        bias: *const C_tensor,
        padding_height: i64,
        padding_width: i64,
        out: *mut *mut C_tensor,
    ) -> *mut c_char;
    fn flambeau_nested_from_mask(
        x: *const C_tensor,
        mask: *const C_tensor,
        out: *mut *mut C_tensor,
    ) -> *mut c_char;
    fn flambeau_is_left_aligned(
        x: *const C_tensor,
        mask: *const C_tensor,
        out: *mut bool,
    ) -> *mut c_char;
    fn flambeau_identity(tensor: *const C_tensor) -> *const std::ffi::c_void;
    fn flambeau_activation(
        which: i32,
        x: *const C_tensor,
        a: f64,
        b: f64,
        training: bool,
        in_place: bool,
        out: *mut *mut C_tensor,
    ) -> *mut c_char;
    fn flambeau_multi_margin_loss(
        x: *const C_tensor,
        target: *const C_tensor,
        p: i64,
        margin: f64,
        weight: *const C_tensor,
        reduction: i64,
        out: *mut *mut C_tensor,
    ) -> *mut c_char;
    fn flambeau_adam(
        n: usize,
        params: Tensors,
        exp_avgs: Tensors,
        exp_avg_sqs: Tensors,
        max_exp_avg_sqs: Tensors,
        steps: Tensors,
        options: *const AdamOptions,
    ) -> *mut c_char;
    fn flambeau_fused_adam(
        n: usize,
        params: Tensors,
        exp_avgs: Tensors,
        exp_avg_sqs: Tensors,
        max_exp_avg_sqs: Tensors,
        steps: Tensors,
        options: *const AdamOptions,
        scaling: CScaling,
    ) -> *mut c_char;
    fn flambeau_fused_adagrad(
        n: usize,
        params: Tensors,
        sums: Tensors,
        steps: Tensors,
        options: *const AdagradOptions,
        scaling: CScaling,
    ) -> *mut c_char;
    fn flambeau_add(
        x: *const C_tensor,
        other: *const C_tensor,
        alpha: f64,
        in_place: bool,
        out: *mut *mut C_tensor,
    ) -> *mut c_char;
    fn flambeau_addc(
        divide: bool,
        x: *const C_tensor,
        a: *const C_tensor,
        b: *const C_tensor,
        value: f64,
        in_place: bool,
        out: *mut *mut C_tensor,
    ) -> *mut c_char;
    fn flambeau_addmm(
        x: *const C_tensor,
        a: *const C_tensor,
        b: *const C_tensor,
        beta: f64,
        alpha: f64,
        out: *mut *mut C_tensor,
    ) -> *mut c_char;
    fn flambeau_sgd(
        n: usize,
        params: Tensors,
        buffers: Tensors,
        options: *const SgdOptions,
    ) -> *mut c_char;
    fn flambeau_fused_sgd(
        n: usize,
        params: Tensors,
        buffers: Tensors,
        options: *const SgdOptions,
        scaling: CScaling,
    ) -> *mut c_char;
    fn flambeau_unscale(
        n: usize,
        grads: Tensors,
        found_inf: *const C_tensor,
        inv_scale: *const C_tensor,
    ) -> *mut c_char;
}

/// Takes the exception's text over from C++, if there is one.
fn check(exception: *mut c_char) -> Result<()> {
    if exception.is_null() {
        return Ok(());
    }
    // SAFETY: not null, so it is a C string that the shim made for us to free.
    let text = unsafe { CStr::from_ptr(exception).to_string_lossy().into_owned() };
    unsafe { flambeau_free(exception) };
    Err(Error::Torch(text))
}

/// A message of libtorch's up to where it goes on with C++ frames, and without what tch begins it
/// with.
pub(crate) fn without_frames(text: &str) -> String {
    let text = text.strip_prefix("Internal torch error: ").unwrap_or(text);
    text.split("\nException raised from").next().unwrap_or(text).to_string()
}

/// The first line that says something.
pub(crate) fn first_line(text: &str) -> &str {
    text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or(text)
}

fn pointers<'a>(tensors: impl IntoIterator<Item = &'a Tensor>) -> Vec<*mut C_tensor> {
    tensors.into_iter().map(|t| t.as_ptr().cast_mut()).collect()
}

/// Ends the process when it prints to an output that was closed, as `program | head` does.
#[cfg(feature = "cli")]
pub(crate) fn end_when_output_closes() {
    // SAFETY: the handler that it sets is the system's own.
    unsafe { flambeau_end_when_output_closes() }
}

/// What the process prints from now on goes nowhere.
#[cfg(feature = "cli")]
pub(crate) fn mute_output() {
    // SAFETY: it changes where standard output leads, and nothing in memory.
    unsafe { flambeau_mute_output() }
}

/// From now on a file that would become longer than the system allows is an error, and no end of the process.
pub(crate) fn bear_file_size_limit() {
    // SAFETY: the handler that it sets is the system's own.
    unsafe { flambeau_bear_file_size_limit() }
}

/// Ends the process at once, while other threads may be computing. An ordinary exit would take
/// libtorch down under them.
pub(crate) fn exit_now(code: u8) -> ! {
    // SAFETY: it does not return, and touches nothing.
    unsafe { flambeau_exit_now(code.into()) }
}

/// Has the process leave libtorch as it is when it ends, since a thread may then be inside.
pub(crate) fn exit_untidily() {
    // SAFETY: it sets what is done at the end, and nothing else.
    unsafe { flambeau_exit_untidily() }
}

/// A source of random numbers on the CPU: `torch.Generator`.
pub(crate) struct Generator(*mut CGenerator);

// SAFETY: an at::Generator is a counted pointer to a generator with a mutex, which libtorch locks
// to draw and the shim locks for all else.
unsafe impl Send for Generator {}
unsafe impl Sync for Generator {}

// SAFETY: all that an Object holds is Sync, but for its tensors. A tensor is a counted handle, and
// handles of one tensor may be in several threads as it is: a handle is Send, and `shallow_clone`
// makes another. A handle that several threads read is no more than that: what tch does by `&Tensor`
// leaves the handle as it is.
unsafe impl Sync for crate::object::Object {}

impl Generator {
    /// Where the counted pointer stands.
    fn as_ptr(&self) -> *const CGenerator {
        self.0
    }

    pub fn new(seed: u64) -> Self {
        let mut generator = ptr::null_mut();
        check(unsafe { flambeau_generator_new(seed, &mut generator) })
            .expect("a CPU generator needs nothing that could be missing");
        Self(generator)
    }

    /// The default generator of a CUDA device.
    pub fn of_cuda(index: usize) -> Result<Self> {
        let mut generator = ptr::null_mut();
        let index = i32::try_from(index).unwrap_or(i32::MAX);
        check(unsafe { flambeau_generator_cuda(index, &mut generator) })?;
        Ok(Self(generator))
    }

    pub fn seed(&self, seed: u64) {
        check(unsafe { flambeau_generator_seed(self.0, seed) }).expect("any seed will do");
    }
}

impl Drop for Generator {
    fn drop(&mut self) {
        unsafe { flambeau_generator_free(self.0) }
    }
}

/// The generator, or null for libtorch's default one.
fn or_default(generator: Option<&Generator>) -> *const CGenerator {
    generator.map_or(ptr::null(), |g| g.0.cast_const())
}

/// A generator of its own that will draw the same.
pub(crate) fn clone_generator(generator: Option<&Generator>) -> Generator {
    let mut clone = ptr::null_mut();
    check(unsafe { flambeau_generator_clone(or_default(generator), &mut clone) })
        .expect("a generator can be copied");
    Generator(clone)
}

/// Whether both will draw the same.
pub(crate) fn is_same_generator(generator: Option<&Generator>, copy: &Generator) -> bool {
    let mut same = false;
    check(unsafe { flambeau_generator_same(or_default(generator), copy.0, &mut same) })
        .expect("generators on the CPU can be compared");
    same
}

pub(crate) fn get_rng_state(generator: Option<&Generator>) -> Tensor {
    let mut state = ptr::null_mut();
    check(unsafe { flambeau_get_rng_state(or_default(generator), &mut state) })
        .expect("a generator has a state");
    // SAFETY: the shim made this tensor for us.
    unsafe { Tensor::from_ptr(state) }
}

pub(crate) fn set_rng_state(generator: Option<&Generator>, state: &Tensor) -> Result<()> {
    check(unsafe { flambeau_set_rng_state(or_default(generator), state.as_ptr()) })
}

/// `torch.empty((), dtype=torch.int64).random_(generator=generator).item()`.
pub(crate) fn random_int64(generator: Option<&Generator>) -> i64 {
    let mut value = 0;
    check(unsafe { flambeau_random_int64(or_default(generator), &mut value) })
        .expect("one number can be drawn");
    value
}

/// `torch.randperm(n, generator=generator)`.
pub(crate) fn randperm(generator: Option<&Generator>, n: usize) -> Vec<i64> {
    let mut order = vec![0; n];
    check(unsafe { flambeau_randperm(or_default(generator), n as i64, order.as_mut_ptr()) })
        .expect("a permutation can be drawn");
    order
}

/// `tensor.uniform_(from, to, generator=generator)`.
///
/// # Panics
/// Where libtorch does, in its words.
#[track_caller]
pub(crate) fn uniform_(generator: &Generator, tensor: &Tensor, from: f64, to: f64) -> Tensor {
    told(check(unsafe { flambeau_uniform(generator.0, tensor.as_ptr(), from, to) }));
    tensor.shallow_clone()
}

/// `tensor.normal_(mean, std, generator=generator)`.
///
/// # Panics
/// Where libtorch does, in its words.
#[track_caller]
pub(crate) fn normal_(generator: &Generator, tensor: &Tensor, mean: f64, std: f64) -> Tensor {
    told(check(unsafe { flambeau_normal(generator.0, tensor.as_ptr(), mean, std) }));
    tensor.shallow_clone()
}

/// `tensor.random_(from, to, generator=generator)`.
///
/// # Panics
/// Where libtorch does, in its words.
#[track_caller]
pub(crate) fn random_between(generator: Option<&Generator>, tensor: &Tensor, from: i64, to: i64) {
    told(check(unsafe {
        flambeau_random_between(or_default(generator), tensor.as_ptr(), from, to)
    }));
}

/// `torch.multinomial(weights, n, replacement, generator=generator)`, of weights in one dimension on
/// the CPU.
pub(crate) fn multinomial(
    generator: Option<&Generator>,
    weights: &Tensor,
    n: usize,
    replacement: bool,
) -> Result<Vec<i64>> {
    let mut chosen = vec![0; n];
    check(unsafe {
        flambeau_multinomial(
            or_default(generator),
            weights.as_ptr(),
            n as i64,
            replacement,
            chosen.as_mut_ptr(),
        )
    })?;
    Ok(chosen)
}

/// One number as `uniform_` draws it, without a tensor around it.
pub(crate) fn draw_uniform(generator: Option<&Generator>, from: f64, to: f64) -> f32 {
    let mut number = 0.0;
    check(unsafe { flambeau_draw_uniform(or_default(generator), from, to, &mut number) })
        .expect("one number can be drawn");
    number
}

/// One whole number from 0 to `high` - 1 as `random_` draws it, without a tensor around it.
pub(crate) fn draw_below(generator: Option<&Generator>, high: i64) -> i64 {
    let mut number = 0;
    check(unsafe { flambeau_draw_below(or_default(generator), high, &mut number) })
        .expect("one number can be drawn");
    number
}

/// The bytes of a tensor that has them in the processor's memory, one after another. Nothing may
/// write to the tensor while they are looked at.
pub(crate) fn bytes(tensor: &Tensor) -> Option<&[u8]> {
    // SAFETY: not null, it points to as many bytes as the tensor, which is borrowed, has elements.
    unsafe {
        let bytes = flambeau_bytes(tensor.as_ptr());
        (!bytes.is_null()).then(|| std::slice::from_raw_parts(bytes, tensor.numel()))
    }
}

/// Bytes one after another, as a tensor of this size: one copy.
pub(crate) fn concatenated(parts: &[&[u8]], size: &[i64]) -> Tensor {
    let tensor = Tensor::empty(size, (tch::Kind::Uint8, tch::Device::Cpu));
    let length = parts.iter().map(|part| part.len()).sum::<usize>();
    assert!(length == tensor.numel());
    if length > 0 {
        // SAFETY: not null, it points to so many bytes of a tensor that nobody else has yet.
        let mut to = unsafe {
            std::slice::from_raw_parts_mut(flambeau_bytes(tensor.as_ptr()).cast_mut(), length)
        };
        for part in parts {
            to.split_off_mut(..part.len()).expect("so long in all").copy_from_slice(part);
        }
    }
    tensor
}

/// Writes what each byte of some images, (C, H, W), stands for in its channel's 256 floats of
/// `table` to `output`, floats (N, C, H, W), from image `first` on.
pub(crate) fn look_up(bytes: &[u8], table: &[f32], output: &Tensor, first: usize) {
    let size = output.size();
    let &[n, channels, height, width] = size.as_slice() else { panic!("(N, C, H, W)") };
    let (plane, channels_of_table) = (height * width, (table.len() / 256) as i64);
    let images = bytes.len() as i64 / (channels * plane).max(1);
    assert!(output.kind() == tch::Kind::Float && output.is_contiguous());
    assert!(channels == channels_of_table && bytes.len() as i64 == images * channels * plane);
    assert!(first as i64 + images <= n);
    let (bytes, table, output) = (bytes.as_ptr(), table.as_ptr(), output.as_ptr());
    check(unsafe { flambeau_look_up(channels, plane, images, bytes, table, output, first as i64) })
        .expect("the sizes were checked");
}

/// From now on the calling thread does its tensor operations alone, whatever
/// `tch::set_num_threads` has said: `torch.set_num_threads(1)` in one of Python's workers.
pub(crate) fn compute_alone() {
    check(unsafe { flambeau_compute_alone() }).expect("a thread can work alone");
}

/// libtorch's version: `torch.__version__`.
pub fn torch_version() -> &'static str {
    // SAFETY: it is a constant of the shim's.
    unsafe { CStr::from_ptr(flambeau_torch_version()) }.to_str().unwrap_or_default()
}

/// `tensor.grad = None` for each.
pub(crate) fn clear_grads(tensors: &[Tensor]) {
    let tensors = pointers(tensors);
    check(unsafe { flambeau_clear_grads(tensors.len(), tensors.as_ptr()) })
        .expect("a gradient can be let go");
}

/// `tensor.grad = grad`.
pub(crate) fn set_grad(tensor: &Tensor, grad: &Tensor) -> Result<()> {
    check(unsafe { flambeau_set_grad(tensor.as_ptr(), grad.as_ptr()) })
}

/// What gradient a tensor has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gradient {
    None,
    Dense,
    Sparse,
}

/// For each tensor, what gradient it has.
pub(crate) fn gradients(tensors: &[Tensor]) -> Vec<Gradient> {
    let tensors = pointers(tensors);
    let mut gradients = vec![0; tensors.len()];
    check(unsafe { flambeau_gradients(tensors.len(), tensors.as_ptr(), gradients.as_mut_ptr()) })
        .expect("a gradient is there or not");
    let named = |number| match number {
        0 => Gradient::None,
        1 => Gradient::Dense,
        _ => Gradient::Sparse,
    };
    gradients.into_iter().map(named).collect()
}

/// The same for two handles of one tensor, different for two tensors: Python's `id`.
pub(crate) fn identity(tensor: &Tensor) -> usize {
    unsafe { flambeau_identity(tensor.as_ptr()) as usize }
}

/// Are operations recorded for a backward pass on this thread? `torch.is_grad_enabled()`.
pub(crate) fn grad_is_enabled() -> bool {
    // SAFETY: it reads a flag of this thread.
    unsafe { flambeau_grad_is_enabled() }
}

/// `F.max_pool2d(x, 2)`, where there is a shorter way to its bits.
///
/// # Panics
/// Where libtorch does, in its words.
#[track_caller]
pub(crate) fn max_pool_2x2(x: &Tensor) -> Option<Tensor> {
    let mut output = ptr::null_mut();
    told(check(unsafe { flambeau_max_pool_2x2(x.as_ptr(), &mut output) }));
    // SAFETY: where it is not null, the shim made this tensor for us.
    (!output.is_null()).then(|| unsafe { Tensor::from_ptr(output) })
}

/// `F.conv2d(x, weight, bias, padding=padding)` by sums over shifts of the images; none where that is
/// not faster, or comes to other bits than libtorch's, or where such sizes are met for the first time.
///
/// # Panics
/// Where libtorch does, in its words.
#[track_caller]
pub(crate) fn direct_conv2d(
    x: &Tensor,
    weight: &Tensor,
    bias: Option<&Tensor>,
    [height, width]: [i64; 2],
) -> Option<Tensor> {
    let mut output = ptr::null_mut();
    let bias = bias.map_or(ptr::null(), Tensor::as_ptr);
    told(check(unsafe {
        let (x, weight) = (x.as_ptr(), weight.as_ptr());
        flambeau_direct_conv2d(x, weight, bias, height, width, &mut output)
    }));
    // SAFETY: where it is not null, the shim made this tensor for us.
    (!output.is_null()).then(|| unsafe { Tensor::from_ptr(output) })
}

/// `torch._nested_tensor_from_mask(x, mask, mask_check=False)`: the sequences of (N, L, E), each of
/// a length of its own.
///
/// # Panics
/// Where libtorch does, in its words.
#[track_caller]
pub(crate) fn nested_from_mask(x: &Tensor, mask: &Tensor) -> Tensor {
    let mut output = ptr::null_mut();
    told(check(unsafe { flambeau_nested_from_mask(x.as_ptr(), mask.as_ptr(), &mut output) }));
    // SAFETY: the shim made this tensor for us.
    unsafe { Tensor::from_ptr(output) }
}

/// Does the mask (N, L) keep the beginning of each sequence?
///
/// # Panics
/// Where libtorch does, in its words.
#[track_caller]
pub(crate) fn is_left_aligned(x: &Tensor, mask: &Tensor) -> bool {
    let mut aligned = false;
    told(check(unsafe { flambeau_is_left_aligned(x.as_ptr(), mask.as_ptr(), &mut aligned) }));
    aligned
}

/// Panics as tch does where libtorch fails, so that it is told as those panics are.
#[track_caller]
fn told(done: Result<()>) {
    done.map_err(|error| tch::TchError::Torch(error.to_string())).unwrap();
}

/// An activation with numbers of its own, in the order of the shim's `switch`.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Activation {
    Hardtanh { min_val: f64, max_val: f64 },
    Elu { alpha: f64 },
    Celu { alpha: f64 },
    Hardshrink { lambd: f64 },
    Softshrink { lambd: f64 },
    LeakyRelu { negative_slope: f64 },
    Softplus { beta: f64, threshold: f64 },
    Rrelu { lower: f64, upper: f64, training: bool },
}

/// Applies it, element by element.
///
/// # Panics
/// Where libtorch does, in its words.
#[track_caller]
pub(crate) fn activation(x: &Tensor, activation: Activation) -> Tensor {
    activate(x, activation, false)
}

/// Applies it to `x` itself: those that PyTorch has in place.
///
/// # Panics
/// Where libtorch does, in its words.
#[track_caller]
pub(crate) fn activation_(x: &Tensor, activation: Activation) -> Tensor {
    activate(x, activation, true)
}

#[track_caller]
fn activate(x: &Tensor, activation: Activation, in_place: bool) -> Tensor {
    let (which, a, b, training) = match activation {
        Activation::Hardtanh { min_val, max_val } => (0, min_val, max_val, false),
        Activation::Elu { alpha } => (1, alpha, 0.0, false),
        Activation::Celu { alpha } => (2, alpha, 0.0, false),
        Activation::Hardshrink { lambd } => (3, lambd, 0.0, false),
        Activation::Softshrink { lambd } => (4, lambd, 0.0, false),
        Activation::LeakyRelu { negative_slope } => (5, negative_slope, 0.0, false),
        Activation::Softplus { beta, threshold } => (6, beta, threshold, false),
        Activation::Rrelu { lower, upper, training } => (7, lower, upper, training),
    };
    let mut output = ptr::null_mut();
    told(check(unsafe {
        flambeau_activation(which, x.as_ptr(), a, b, training, in_place, &mut output)
    }));
    // SAFETY: the shim made this tensor for us.
    unsafe { Tensor::from_ptr(output) }
}

/// `at::multi_margin_loss`.
///
/// # Panics
/// Where libtorch does, in its words.
#[track_caller]
pub(crate) fn multi_margin_loss(
    x: &Tensor,
    target: &Tensor,
    p: i64,
    margin: f64,
    weight: Option<&Tensor>,
    reduction: tch::Reduction,
) -> Tensor {
    let weight = weight.map_or(ptr::null(), Tensor::as_ptr);
    let (target, reduction) = (target.as_ptr(), reduction.to_int());
    let mut output = ptr::null_mut();
    told(check(unsafe {
        flambeau_multi_margin_loss(x.as_ptr(), target, p, margin, weight, reduction, &mut output)
    }));
    // SAFETY: the shim made this tensor for us.
    unsafe { Tensor::from_ptr(output) }
}

/// 2/√π · ∫₀ˣ exp(-t²) dt: Python's `math.erf`.
pub(crate) fn erf(x: f64) -> f64 {
    // SAFETY: a function of C's that only computes.
    unsafe { c_erf(x) }
}

/// Adam's tensors, one of each a parameter; `max_exp_avg_sqs` is empty without amsgrad.
#[derive(Default)]
pub(crate) struct AdamTensors<'a> {
    pub params: Vec<&'a Tensor>,
    pub exp_avgs: Vec<&'a Tensor>,
    pub exp_avg_sqs: Vec<&'a Tensor>,
    pub max_exp_avg_sqs: Vec<&'a Tensor>,
    pub steps: Vec<&'a Tensor>,
}

/// One step of Adam: Python's for-loop, or its fused kernel, which alone goes by `scaling`.
pub(crate) fn adam(
    tensors: AdamTensors,
    options: &AdamOptions,
    fused: bool,
    scaling: Option<&Scaling>,
) -> Result<()> {
    let n = tensors.params.len();
    let params = pointers(tensors.params);
    let exp_avgs = pointers(tensors.exp_avgs);
    let exp_avg_sqs = pointers(tensors.exp_avg_sqs);
    let max_exp_avg_sqs = pointers(tensors.max_exp_avg_sqs);
    let steps = pointers(tensors.steps);
    assert!([&exp_avgs, &exp_avg_sqs, &steps].iter().all(|list| list.len() == n));
    assert!(!options.amsgrad || max_exp_avg_sqs.len() == n);
    let [params, exp_avgs, exp_avg_sqs, max, steps] =
        [&params, &exp_avgs, &exp_avg_sqs, &max_exp_avg_sqs, &steps].map(|list| list.as_ptr());
    check(unsafe {
        if fused {
            let scaling = scaling.into();
            flambeau_fused_adam(n, params, exp_avgs, exp_avg_sqs, max, steps, options, scaling)
        } else {
            flambeau_adam(n, params, exp_avgs, exp_avg_sqs, max, steps, options)
        }
    })
}

/// One step of SGD: Python's for-loop, or its fused kernel, which alone goes by `scaling`. With
/// momentum, an undefined buffer is one that this step begins, in its place; without, there are none.
pub(crate) fn sgd(
    params: &[&Tensor],
    buffers: &[Tensor],
    options: &SgdOptions,
    fused: bool,
    scaling: Option<&Scaling>,
) -> Result<()> {
    assert!(options.momentum == 0.0 || buffers.len() == params.len());
    let n = params.len();
    let (params, buffers) = (pointers(params.iter().copied()), pointers(buffers));
    let (params, buffers) = (params.as_ptr(), buffers.as_ptr());
    check(unsafe {
        if fused {
            flambeau_fused_sgd(n, params, buffers, options, scaling.into())
        } else {
            flambeau_sgd(n, params, buffers, options)
        }
    })
}

/// One step of Adagrad's fused kernel.
pub(crate) fn fused_adagrad(
    params: &[&Tensor],
    sums: &[&Tensor],
    steps: &[&Tensor],
    options: &AdagradOptions,
    scaling: Option<&Scaling>,
) -> Result<()> {
    assert!(sums.len() == params.len() && steps.len() == params.len());
    let [params, sums, steps] =
        [params, sums, steps].map(|tensors| pointers(tensors.iter().copied()));
    check(unsafe {
        let (n, scaling) = (params.len(), scaling.into());
        flambeau_fused_adagrad(n, params.as_ptr(), sums.as_ptr(), steps.as_ptr(), options, scaling)
    })
}

/// Multiplies gradients, of one device and kind, by `inv_scale`, and sets `found_inf` to 1 where a
/// number in them is not finite.
///
/// # Panics
/// Where libtorch does, in its words.
#[track_caller]
pub(crate) fn unscale_(grads: &[Tensor], found_inf: &Tensor, inv_scale: &Tensor) {
    let grads = pointers(grads);
    told(check(unsafe {
        flambeau_unscale(grads.len(), grads.as_ptr(), found_inf.as_ptr(), inv_scale.as_ptr())
    }));
}

/// `x + alpha * other`.
///
/// # Panics
/// Where libtorch does, in its words, as all that follow.
#[track_caller]
pub(crate) fn add(x: &Tensor, other: &Tensor, alpha: f64) -> Tensor {
    add_to(x, other, alpha, false)
}

/// `x += alpha * other`.
#[track_caller]
pub(crate) fn add_(x: &Tensor, other: &Tensor, alpha: f64) {
    let _ = add_to(x, other, alpha, true);
}

#[track_caller]
fn add_to(x: &Tensor, other: &Tensor, alpha: f64, in_place: bool) -> Tensor {
    let mut output = ptr::null_mut();
    told(check(unsafe { flambeau_add(x.as_ptr(), other.as_ptr(), alpha, in_place, &mut output) }));
    // SAFETY: the shim made this tensor for us.
    unsafe { Tensor::from_ptr(output) }
}

/// `x + value * a * b`.
#[track_caller]
pub(crate) fn addcmul(x: &Tensor, a: &Tensor, b: &Tensor, value: f64) -> Tensor {
    addc(false, x, a, b, value, false)
}

/// `x += value * a * b`.
#[track_caller]
pub(crate) fn addcmul_(x: &Tensor, a: &Tensor, b: &Tensor, value: f64) {
    let _ = addc(false, x, a, b, value, true);
}

/// `x += value * a / b`.
#[track_caller]
pub(crate) fn addcdiv_(x: &Tensor, a: &Tensor, b: &Tensor, value: f64) {
    let _ = addc(true, x, a, b, value, true);
}

#[track_caller]
fn addc(divide: bool, x: &Tensor, a: &Tensor, b: &Tensor, value: f64, in_place: bool) -> Tensor {
    let (a, b, mut output) = (a.as_ptr(), b.as_ptr(), ptr::null_mut());
    told(check(unsafe { flambeau_addc(divide, x.as_ptr(), a, b, value, in_place, &mut output) }));
    // SAFETY: the shim made this tensor for us.
    unsafe { Tensor::from_ptr(output) }
}

/// `beta * x + alpha * a @ b`.
#[track_caller]
pub(crate) fn addmm(x: &Tensor, a: &Tensor, b: &Tensor, beta: f64, alpha: f64) -> Tensor {
    let (a, b, mut output) = (a.as_ptr(), b.as_ptr(), ptr::null_mut());
    told(check(unsafe { flambeau_addmm(x.as_ptr(), a, b, beta, alpha, &mut output) }));
    // SAFETY: the shim made this tensor for us.
    unsafe { Tensor::from_ptr(output) }
}

/// What is in force of `torch.autocast` for a type of device on this thread; laid out as in
/// `shim.cpp`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Autocast {
    /// An `at::DeviceType`.
    pub device: i32,
    /// An `at::ScalarType`.
    pub kind: i32,
    pub enabled: bool,
    pub cache_enabled: bool,
}

unsafe extern "C" {
    fn flambeau_autocast_state(device: i32, out: *mut Autocast) -> *mut c_char;
    fn flambeau_autocast_set(state: *const Autocast, enter: bool) -> *mut c_char;
    fn flambeau_to_memory_format(
        x: *const C_tensor,
        format: i32,
        out: *mut *mut C_tensor,
    ) -> *mut c_char;
    fn flambeau_is_contiguous(x: *const C_tensor, format: i32, out: *mut bool) -> *mut c_char;
    fn flambeau_keep_memory();
}

/// What is in force for this type of device.
///
/// # Errors
/// When libtorch has no autocast for it.
pub(crate) fn autocast_state(device: i32) -> Result<Autocast> {
    let mut state = Autocast { device, kind: 0, enabled: false, cache_enabled: false };
    check(unsafe { flambeau_autocast_state(device, &mut state) })?;
    Ok(state)
}

/// Autocast as `state` says, while this lives; then again as it was.
pub(crate) struct AutocastGuard(Autocast);

impl AutocastGuard {
    pub fn enter(state: Autocast) -> Result<Self> {
        let before = autocast_state(state.device)?;
        check(unsafe { flambeau_autocast_set(&state, true) })?;
        Ok(Self(before))
    }
}

impl Drop for AutocastGuard {
    fn drop(&mut self) {
        // What was in force before can be in force again; a panic here could be a second one.
        let _ = check(unsafe { flambeau_autocast_set(&self.0, false) });
    }
}

/// `x.to(memory_format=format)`, of an `at::MemoryFormat`.
pub(crate) fn to_memory_format(x: &Tensor, format: i32) -> Result<Tensor> {
    let mut output = ptr::null_mut();
    check(unsafe { flambeau_to_memory_format(x.as_ptr(), format, &mut output) })?;
    // SAFETY: the shim made this tensor for us.
    Ok(unsafe { Tensor::from_ptr(output) })
}

/// `x.is_contiguous(memory_format=format)`.
pub(crate) fn is_contiguous(x: &Tensor, format: i32) -> bool {
    let mut contiguous = false;
    check(unsafe { flambeau_is_contiguous(x.as_ptr(), format, &mut contiguous) })
        .expect("a tensor lies so or not");
    contiguous
}

/// From now on freed memory stays with the process, for its next step.
pub(crate) fn keep_memory() {
    // SAFETY: it sets numbers of the allocators'.
    unsafe { flambeau_keep_memory() }
}

#[cfg(test)]
#[cfg(target_arch = "x86_64")]
mod tests {
    use super::*;

    unsafe extern "C" {
        fn flambeau_direct_conv2d_agrees(
            sizes: *const i64,
            biased: bool,
            passes: *mut bool,
        ) -> *mut c_char;
    }

    /// Whether output, gradient of the images, and gradients of weights and bias are libtorch's.
    fn agrees(sizes: [i64; 10], biased: bool) -> [bool; 3] {
        let mut passes = [false; 3];
        // SAFETY: the shim reads ten sizes, and writes three answers.
        told(check(unsafe {
            flambeau_direct_conv2d_agrees(sizes.as_ptr(), biased, passes.as_mut_ptr())
        }));
        passes
    }

    fn has_loops() -> bool {
        is_x86_feature_detected!("avx512f")
            || is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")
    }

    /// Where this or the next fails, oneDNN sums in another order than convolution.cpp on this
    /// processor: all is right still, but slower.
    #[test]
    fn the_notebooks_first_convolution_takes_our_kernels() {
        // The first time only makes a size known, with as many threads as there are then.
        let takes = |images: [i64; 4], kernels: [i64; 4]| {
            let [x, weight] = [images, kernels].map(|size| Tensor::ones(size, FLOAT));
            (0..4).any(|_| direct_conv2d(&x, &weight, None, [0, 0]).is_some())
        };
        assert_eq!(takes([4, 3, 32, 32], [6, 3, 5, 5]), has_loops());
        assert!(!takes([64, 40, 32, 32], [9, 40, 5, 5]));
        let [x, weight] = [[4, 3, 31, 29], [6, 3, 5, 5]].map(|size| Tensor::ones(size, FLOAT));
        assert!(direct_conv2d(&x, &weight, None, [0, 0]).is_none(), "met for the first time");
    }

    /// Of which kernels a convolution takes, the bits tell nothing: so these ask our own.
    #[test]
    fn our_kernels_come_to_libtorchs_bits() {
        if !has_loops() {
            return;
        }
        let before = tch::get_num_threads();
        let layers = [[4, 3, 32, 32, 6, 3, 5, 5, 0, 0], [4, 6, 14, 14, 16, 6, 5, 5, 0, 0]];
        // How the threads share these is oneDNN's affair.
        let others = [[5, 3, 12, 13, 6, 3, 5, 4, 2, 1], [64, 3, 32, 32, 6, 3, 5, 5, 0, 0]];
        for (threads, sizes) in [(1, &[layers, others].concat()[..]), (2, &layers)] {
            tch::set_num_threads(threads);
            for (&sizes, biased) in sizes.iter().flat_map(|sizes| [(sizes, false), (sizes, true)]) {
                let passes = agrees(sizes, biased);
                assert_eq!(passes, [true; 3], "{sizes:?}, {biased}, {threads} threads");
            }
        }
        tch::set_num_threads(before);
        assert!(!agrees([4, 40, 8, 8, 40, 40, 4, 4, 1, 1], false)[1], "another order");
    }

    const FLOAT: (tch::Kind, tch::Device) = (tch::Kind::Float, tch::Device::Cpu);
}
