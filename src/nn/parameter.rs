//! [`Parameter`] and [`Buffer`]: the tensors of a module. [`Training`]: its mode.

use std::cell::Cell;
use std::ops::Deref;

use tch::{Device, Kind, Tensor};

use crate::ffi;
use crate::refusal::check;

/// A tensor that is learned: [`torch.nn.Parameter`]. It asks for a gradient, and it reads as the
/// [`Tensor`] that it is.
///
/// One parameter can stand in two modules. `decoder.weight = embedding.weight` in Python is
/// [`tie`](Self::tie) here:
///
/// ```
/// use flambeau::prelude::*;
///
/// let embedding = nn::Embedding::new(10, 4);
/// let mut decoder = nn::Linear::options(4, 10).bias(false).build();
/// decoder.weight = embedding.weight.tie();
/// let logits = decoder.forward(&embedding.forward(&torch::tensor([3])));
/// torch::sum(&logits).backward();
/// assert_eq!(decoder.weight.grad(), embedding.weight.grad());
/// ```
///
/// A parameter has no `Clone`, which could mean either: a copy with memory of its own is
/// [`nn::deepcopy`](crate::nn::deepcopy)'s.
///
/// [`torch.nn.Parameter`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.parameter.Parameter.html
#[derive(Debug)]
pub struct Parameter(Tensor);

impl Parameter {
    /// Makes a parameter of `data`, whose memory it shares.
    ///
    /// When `data` is a parameter already, frozen or not, the new one is [tied](Self::tie) to it, and
    /// so it is when `data` asks for a gradient and no operation computed it. For a parameter of its
    /// own that begins with the same values, give a copy: `Parameter::new(other.detach().copy())`.
    ///
    /// # Panics
    /// When `data` holds whole numbers or truth values, which have no gradient.
    #[track_caller]
    pub fn new(data: Tensor) -> Self {
        if ffi::is_parameter(&data) || (data.requires_grad() && data.is_leaf()) {
            return Self::marked(data);
        }
        check!(
            data.is_floating_point() || data.is_complex(),
            "Only Tensors of floating point and complex dtype can require gradients"
        );
        Self::marked(data.detach().set_requires_grad(true))
    }

    /// This tensor as a parameter, whose further handles `new` knows again.
    pub(super) fn marked(tensor: Tensor) -> Self {
        ffi::mark_parameter(&tensor);
        Self(tensor)
    }

    /// The same parameter for a second place: one tensor with one gradient, which an optimizer steps
    /// once, under both names in the state dictionary.
    pub fn tie(&self) -> Self {
        Self(self.0.shallow_clone())
    }

    /// There is none, since it could mean either: [`tie`](Self::tie) makes a second handle of the
    /// same parameter, [`nn::deepcopy`](crate::nn::deepcopy) copies a module.
    #[doc(hidden)]
    #[allow(clippy::should_implement_trait)]
    pub fn clone(&self) -> Self
    where
        for<'a> Self: ParameterClone,
    {
        unreachable!("nothing is a ParameterClone")
    }

    /// A tensor that was computed, in a parameter's place for one call.
    pub(super) fn computed(tensor: Tensor) -> Self {
        Self(tensor)
    }

    /// A parameter whose values are still to be drawn.
    pub(crate) fn empty(size: &[i64]) -> Self {
        if let Some(negative) = size.iter().find(|&&size| size < 0) {
            panic!("Trying to create tensor with negative dimension {negative}: {size:?}");
        }
        Self::new(Tensor::empty(size, (Kind::Float, Device::Cpu)))
    }
}

/// What nothing is: its words are told where a parameter is cloned.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a parameter has no `clone`, which could mean either",
    label = "not cloned",
    note = "the same parameter for a second place is `tie()`: `decoder.weight = embedding.weight.tie()`",
    note = "a copy with memory of its own is `nn::deepcopy(&module)`, or \
            `nn::Parameter::new(parameter.detach().copy())`"
)]
pub trait ParameterClone {}

impl Deref for Parameter {
    type Target = Tensor;
    fn deref(&self) -> &Tensor {
        &self.0
    }
}

/// A tensor that belongs to a module's state but is not learned: [`torch.nn.Buffer`].
///
/// Python's `persistent=False` is an attribute of the field,
/// `#[module(persistent = false)] mask: Buffer`, or the buffer's own:
///
/// ```
/// use flambeau::prelude::*;
///
/// #[derive(Debug, Module)]
/// struct Masks(Vec<nn::Buffer>);
///
/// let mask = nn::Buffer::options(torch::ones([2, 2])).persistent(false).build();
/// let masks = Masks(vec![mask, nn::Buffer::new(torch::zeros(2))]);
/// assert_eq!(masks.state_dict().keys().collect::<Vec<_>>(), ["0.1"]);
/// ```
///
/// [`torch.nn.Buffer`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.parameter.Buffer.html
#[derive(Debug)]
pub struct Buffer {
    tensor: Tensor,
    persistent: bool,
}

#[bon::bon]
impl Buffer {
    /// Makes a buffer of `data`, which it shares.
    pub fn new(data: Tensor) -> Self {
        Self::options(data).build()
    }

    /// Begins a buffer whose keyword argument is set by name.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = BufferOptions, vis = "pub")
    )]
    fn with(
        #[builder(start_fn)] data: Tensor,
        /// Whether the state dictionary holds it.
        #[builder(default = true)]
        persistent: bool,
    ) -> Self {
        Self { tensor: data, persistent }
    }

    /// The same buffer for a second place.
    pub fn tie(&self) -> Self {
        self.of(self.tensor.shallow_clone())
    }

    /// Whether the state dictionary holds it.
    pub(super) fn is_persistent(&self) -> bool {
        self.persistent
    }

    /// A buffer as this one, of another tensor.
    pub(super) fn of(&self, tensor: Tensor) -> Self {
        Self { tensor, persistent: self.persistent }
    }
}

impl Deref for Buffer {
    type Target = Tensor;
    fn deref(&self) -> &Tensor {
        &self.tensor
    }
}

/// Whether a module is being trained: `self.training`. A member of those modules that act
/// differently in evaluation; [`Module::train`](crate::nn::Module::train) and
/// [`Module::eval`](crate::nn::Module::eval) set it. It begins as true.
#[derive(Debug)]
pub struct Training(Cell<bool>);

impl Training {
    /// Is the module being trained?
    pub fn get(&self) -> bool {
        self.0.get()
    }

    pub(crate) fn set(&self, training: bool) {
        self.0.set(training);
    }
}

impl Default for Training {
    fn default() -> Self {
        Self(Cell::new(true))
    }
}
