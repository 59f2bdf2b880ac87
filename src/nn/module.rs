//! [`Module`]: what a layer or a model is made of, and everything that follows from it.
//!
//! A module tells three things about itself: its class's name, what stands between the brackets
//! when it is printed, and its [members](Module::members) by name and in order. Parameters, state
//! dictionaries, printing, modes and moves to another device all follow from the members, by one
//! recursion. `#[derive(Module)]` finds the members:
//!
//! ```
//! use flambeau::prelude::*;
//!
//! #[derive(Debug, Module)]
//! struct Mlp { hidden: nn::Linear, output: nn::Linear }
//!
//! impl Forward for Mlp {
//!     fn forward(&self, x: &Tensor) -> Tensor {
//!         self.output.forward(&F::relu(&self.hidden.forward(x)))
//!     }
//! }
//!
//! let mlp = Mlp { hidden: nn::Linear::new(4, 8), output: nn::Linear::new(8, 2) };
//! assert_eq!(mlp.forward(&torch::zeros([3, 4])).size(), [3, 2]);
//! assert_eq!(
//!     mlp.state_dict().keys().collect::<Vec<_>>(),
//!     ["hidden.weight", "hidden.bias", "output.weight", "output.bias"],
//! );
//! ```

use std::any::Any;
use std::collections::HashSet;
use std::fmt;

use tch::{Device, Kind, Tensor};

use super::call::address;
use super::field::{BoxedModule, Field, Member};
use super::hooks::{self, HookHandle};
use super::state_dict::{self, IncompatibleKeys, StateDict};
use super::summary;
use crate::{Error, MemoryFormat, Result, device, ffi};

/// A layer, a loss or a model: [`torch.nn.Module`].
///
/// `#[derive(Module)]` writes it for a struct: see [there](derive@crate::nn::Module). By hand it is
/// written only where the members' names are made while the program runs, as in
/// [`ModuleDict`](crate::nn::ModuleDict); [`Field`] shows how. A name is the path from the module that
/// is asked: `conv1.weight`.
///
/// [`torch.nn.Module`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a module",
    label = "not a module",
    note = "write `#[derive(Debug, Module)]` above the struct",
    note = "if it is a layer's `…Options`, end it with `.build()`"
)]
pub trait Module: Field + BoxedModule {
    /// The name of the class, as Python prints it.
    fn class_name(&self) -> &'static str;

    /// What is printed between the brackets, Python's `extra_repr`.
    fn extra_repr(&self) -> String {
        String::new()
    }

    /// Parameters, buffers and children by name, in the order of their making.
    fn members(&self) -> Vec<(String, Member<'_>)>;

    /// The module as Python prints it, its `__repr__`. A struct has one of its own by
    /// `#[module(repr = …)]`, and so have containers that print their modules in another way, as
    /// [`ModuleList`](crate::nn::ModuleList).
    fn repr(&self) -> String {
        let children = named_children(self.members());
        let child = |(name, child): (String, &dyn Module)| format!("({name}): {}", child.repr());
        let lines: Vec<_> = children.into_iter().map(child).collect();
        written(self.class_name(), &self.extra_repr(), &lines)
    }

    /// How many products of a weight and a value are added up in a call, for
    /// [`Summary`](crate::nn::Summary). By itself it takes the module's own weights of two and more
    /// dimensions for those of a linear layer or a convolution.
    fn multiply_adds(&self, inputs: &[&Tensor], outputs: &[&Tensor]) -> i64 {
        summary::of_weights(self.class_name(), &self.members(), inputs, outputs)
    }

    /// The modules right inside this one, by name, each once however often it stands there.
    fn named_children(&self) -> Vec<(String, &dyn Module)> {
        let mut seen = Seen::default();
        let mut children = named_children(self.members());
        children.retain(|(_, child)| seen.first(*child));
        children
    }

    /// The modules right inside this one.
    fn children(&self) -> Vec<&dyn Module> {
        self.named_children().into_iter().map(|(_, child)| child).collect()
    }

    /// This module under the name "", and all modules inside it, each before its children, and once
    /// however often it stands there.
    fn named_modules(&self) -> Vec<(String, &dyn Module)> {
        named_modules(self.as_module())
    }

    /// This module and all modules inside it, each before its children.
    fn modules(&self) -> Vec<&dyn Module> {
        self.named_modules().into_iter().map(|(_, module)| module).collect()
    }

    /// Does `work` to all modules inside this one and then to itself, each after its children: the
    /// way to initial values of one's own.
    ///
    /// ```
    /// use flambeau::prelude::*;
    ///
    /// let model = nn::sequential!(nn::Linear::new(2, 3), nn::ReLU::new(), nn::Linear::new(3, 1));
    /// model.apply(|module| {
    ///     if let Some(linear) = module.downcast_ref::<nn::Linear>() {
    ///         nn::init::ones_(&linear.weight);
    ///     }
    /// });
    /// assert_eq!(torch::sum(&model.parameters()[0]).item(), 6.0);
    /// ```
    fn apply(&self, mut work: impl FnMut(&dyn Module))
    where
        Self: Sized,
    {
        apply(self, &mut work);
    }

    /// All parameters by name, each once however often it is shared.
    fn named_parameters(&self) -> Vec<(String, Tensor)> {
        once_each(state(self.members(), "", &|m| matches!(m, Member::Parameter(_))))
    }

    /// All parameters, as an optimizer takes them: handles that share the module's tensors.
    fn parameters(&self) -> Vec<Tensor> {
        self.named_parameters().into_iter().map(|(_, parameter)| parameter).collect()
    }

    /// All buffers by name, each once however often it is shared.
    fn named_buffers(&self) -> Vec<(String, Tensor)> {
        once_each(state(self.members(), "", &|m| matches!(m, Member::Buffer { .. })))
    }

    /// All buffers.
    fn buffers(&self) -> Vec<Tensor> {
        self.named_buffers().into_iter().map(|(_, buffer)| buffer).collect()
    }

    /// All parameters and buffers by name, in Python's order, but for buffers that are not
    /// persistent. The tensors share the module's memory, as Python's do: what trains on changes
    /// them.
    fn state_dict(&self) -> StateDict {
        let saved = |m: &Member| !matches!(m, Member::Buffer { persistent: false, .. });
        let named = state(self.members(), "", &saved).into_iter();
        named.map(|(name, tensor)| (name, tensor.detach())).collect()
    }

    /// Copies `state` into the parameters and buffers of the same names, which have to be all that
    /// there are: [`torch.nn.Module.load_state_dict`].
    ///
    /// # Errors
    /// Every entry that is missing, unexpected or of another shape is named, in PyTorch's words. On
    /// an error nothing has been changed.
    ///
    /// [`torch.nn.Module.load_state_dict`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.load_state_dict
    fn load_state_dict(&self, state: &StateDict) -> Result<IncompatibleKeys> {
        self.load_state_dict_strictly(state, true)
    }

    /// [`load_state_dict`](Self::load_state_dict) with a keyword, which is set before `.call()`:
    /// `strict`.
    ///
    /// ```
    /// use flambeau::prelude::*;
    ///
    /// let (model, mut state) = (nn::Linear::new(2, 3), nn::Linear::new(2, 3).state_dict());
    /// state.shift_remove("bias");
    /// assert!(model.load_state_dict(&state).is_err());
    /// let keys = model.load_state_dict_options(&state).strict(false).call()?;
    /// assert_eq!(keys.missing_keys, ["bias"]);
    /// # Ok::<(), flambeau::Error>(())
    /// ```
    fn load_state_dict_options<'a>(&'a self, state: &'a StateDict) -> LoadStateDictCall<'a> {
        LoadStateDictCall { module: self.as_module(), state, strict: true }
    }

    #[doc(hidden)]
    fn load_state_dict_strictly(
        &self,
        state: &StateDict,
        strict: bool,
    ) -> Result<IncompatibleKeys> {
        let modules = module_paths(self.members(), "");
        let renamed = state_dict::renamed(state, &old_keys(&self.old_keys(), self.members(), ""));
        let state = renamed.as_ref().unwrap_or(state);
        state_dict::load(self.class_name(), &modules, &self.state_dict(), state, strict)
    }

    /// Keys of its own that it had once, and what they are now: where a state dictionary has all of
    /// the former, they are taken for the latter.
    #[doc(hidden)]
    fn old_keys(&self) -> Vec<(String, String)> {
        Vec::new()
    }

    /// Sets this module and all inside it to training.
    fn train(&self) {
        set_training(self.members(), true);
    }

    /// Sets this module and all inside it to evaluation.
    fn eval(&self) {
        set_training(self.members(), false);
    }

    /// Moves parameters, their gradients and buffers to a device, gives those that hold real
    /// numbers another kind, or does both: `model.to(device)`, `model.to(Kind::Double)`,
    /// `model.to((device, Kind::Double))`. Or it lays those of four and five dimensions in another
    /// order, `model.to(MemoryFormat::ChannelsLast)`. The tensors stay the same ones, so an
    /// optimizer that holds them goes on holding them; what it has kept of them since its first step
    /// stays as it is, in Python as here.
    ///
    /// # Errors
    /// When the device is not there or has not enough memory, the kind is one of whole numbers, or
    /// a tensor cannot lie in the order; nothing has moved then.
    fn to(&self, destination: impl Into<Destination>) -> Result<()>
    where
        Self: Sized,
    {
        self.move_to(destination.into())
    }

    /// As [`to`](Self::to), for a module behind a reference.
    ///
    /// # Errors
    /// As `to`.
    fn move_to(&self, destination: Destination) -> Result<()> {
        let destination = destination.checked()?;
        let mut moves = Vec::new();
        for (_, tensor) in once_each(state(self.members(), "", &|_| true)) {
            let grad = Some(tensor.grad()).filter(Tensor::defined);
            let grad = grad.as_ref().map(|grad| destination.of(grad)).transpose()?;
            moves.push((destination.of(&tensor.detach())?, grad, tensor));
        }
        for (data, grad, mut tensor) in moves {
            tensor.set_data(&data);
            if let Some(grad) = grad {
                ffi::set_grad(&tensor, &grad).expect("it has moved as its tensor has");
            }
        }
        Ok(())
    }

    /// Says whether the parameters ask for gradients: `false` freezes them.
    fn requires_grad_(&self, requires_grad: bool) {
        for parameter in self.parameters() {
            let _ = parameter.set_requires_grad(requires_grad);
        }
    }

    /// Sets the gradient of every parameter to none.
    fn zero_grad(&self) {
        ffi::clear_grads(&self.parameters());
    }

    /// Has `hook` called after every call of this module, with the module, its inputs and its
    /// outputs, until the handle is dropped. What the hook returns takes the output's place, where
    /// the module's output is one tensor. See also
    /// [`register_forward_hook`](crate::nn::register_forward_hook) for a module behind a reference.
    ///
    /// # Panics
    /// When the module has no fields, for then it cannot be told from others of its type.
    ///
    /// ```
    /// use std::{cell::RefCell, rc::Rc};
    ///
    /// use flambeau::prelude::*;
    ///
    /// let model = models::Cnn::new();
    /// let images = torch::zeros([4, 3, 32, 32]);
    ///
    /// let features = Rc::new(RefCell::new(Vec::new()));
    /// let seen = features.clone();
    /// let handle = model.conv1.register_forward_hook(move |_conv1, _inputs, outputs| {
    ///     seen.borrow_mut().push(outputs[0].size());
    ///     None
    /// });
    /// model.forward(&images);
    /// handle.remove();
    /// model.forward(&images);
    /// assert_eq!(*features.borrow(), [[4, 6, 28, 28]]);
    /// ```
    #[track_caller]
    fn register_forward_hook(
        &self,
        hook: impl FnMut(&dyn Module, &[&Tensor], &[&Tensor]) -> Option<Tensor> + 'static,
    ) -> HookHandle<'_>
    where
        Self: Sized,
    {
        hooks::register_forward_hook(self, hook)
    }

    /// Has `hook` called before every call of this module, with the module and its inputs. See
    /// [`register_forward_pre_hook`](crate::nn::register_forward_pre_hook).
    #[track_caller]
    fn register_forward_pre_hook(
        &self,
        hook: impl FnMut(&dyn Module, &[&Tensor]) -> Option<Tensor> + 'static,
    ) -> HookHandle<'_>
    where
        Self: Sized,
    {
        hooks::register_forward_pre_hook(self, hook)
    }
}

impl dyn Module {
    /// This module as one of type `M`, if it is one.
    pub fn downcast_ref<M: Module>(&self) -> Option<&M> {
        (itself(self) as &dyn Any).downcast_ref()
    }
}

/// The keyword of [`Module::load_state_dict`], which `call` ends.
#[must_use = "it is done by `call()`"]
pub struct LoadStateDictCall<'a> {
    module: &'a dyn Module,
    state: &'a StateDict,
    strict: bool,
}

impl LoadStateDictCall<'_> {
    /// Whether the keys have to be all that there are, usually true. If not, what is missing or
    /// unexpected is returned.
    pub fn strict(self, strict: bool) -> Self {
        Self { strict, ..self }
    }

    /// Copies the state.
    ///
    /// # Errors
    /// As [`Module::load_state_dict`]; where it need not be strict, only for an entry of another shape.
    pub fn call(self) -> Result<IncompatibleKeys> {
        self.module.load_state_dict_strictly(self.state, self.strict)
    }
}

impl fmt::Debug for LoadStateDictCall<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoadStateDictCall").field("strict", &self.strict).finish_non_exhaustive()
    }
}

/// Where a module's tensors go to, and what they become: what [`Module::to`] takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Destination {
    device: Option<Device>,
    kind: Option<Kind>,
    memory_format: Option<MemoryFormat>,
}

impl From<Device> for Destination {
    fn from(device: Device) -> Self {
        Self { device: Some(device), ..Self::default() }
    }
}

impl From<Kind> for Destination {
    fn from(kind: Kind) -> Self {
        Self { kind: Some(kind), ..Self::default() }
    }
}

impl From<(Device, Kind)> for Destination {
    fn from((device, kind): (Device, Kind)) -> Self {
        Self { device: Some(device), kind: Some(kind), ..Self::default() }
    }
}

impl From<MemoryFormat> for Destination {
    fn from(memory_format: MemoryFormat) -> Self {
        Self { memory_format: Some(memory_format), ..Self::default() }
    }
}

impl Destination {
    fn checked(self) -> Result<Self> {
        if let Some(device) = self.device {
            device::check(device)?;
        }
        if let Some(kind) = self.kind.filter(|&kind| !is_real(kind)) {
            let problem = format!("a module's weights hold real numbers, and cannot be {kind:?}");
            return Err(Error::argument("kind", problem));
        }
        Ok(self)
    }

    /// The tensor, moved. Whole numbers, as a count of batches, keep their kind.
    fn of(self, tensor: &Tensor) -> Result<Tensor> {
        let device = self.device.unwrap_or(tensor.device());
        let kind = self.kind.filter(|_| is_real(tensor.kind())).unwrap_or(tensor.kind());
        let moved = tensor.f_to_device_(device, kind, false, false);
        let moved = moved.map_err(|error| Error::Torch(ffi::without_frames(&error.to_string())))?;
        match self.memory_format {
            Some(format) if matches!(moved.dim(), 4 | 5) => format.try_to(&moved),
            _ => Ok(moved),
        }
    }
}

fn is_real(kind: Kind) -> bool {
    matches!(kind, Kind::Half | Kind::BFloat16 | Kind::Float | Kind::Double)
}

/// The module that stands behind a handle, as [`Shared`](super::Shared)'s; any other is itself.
pub(super) fn itself(module: &dyn Module) -> &dyn Module {
    match module.member() {
        Some(Member::Child(module)) => module,
        _ => module,
    }
}

/// [`Module`] for a handle, which gives the answers of the module behind it.
macro_rules! stands_for_its_module {
    ([$($generics:tt)*] $handle:ty) => {
        impl<$($generics)*> Module for $handle {
            fn class_name(&self) -> &'static str {
                (**self).class_name()
            }

            fn extra_repr(&self) -> String {
                (**self).extra_repr()
            }

            fn members(&self) -> Vec<(String, Member<'_>)> {
                (**self).members()
            }

            fn repr(&self) -> String {
                (**self).repr()
            }

            fn multiply_adds(&self, inputs: &[&Tensor], outputs: &[&Tensor]) -> i64 {
                (**self).multiply_adds(inputs, outputs)
            }

            fn old_keys(&self) -> Vec<(String, String)> {
                (**self).old_keys()
            }
        }
    };
}
pub(super) use stands_for_its_module;

/// The modules that were met.
#[derive(Default)]
struct Seen(HashSet<(usize, std::any::TypeId)>);

impl Seen {
    /// Is this module met for the first time? One without fields has no address of its own, so it
    /// is taken for a new one.
    fn first(&mut self, module: &dyn Module) -> bool {
        size_of_val(module) == 0 || self.0.insert(address(module))
    }
}

fn named_children<'m>(members: Vec<(String, Member<'m>)>) -> Vec<(String, &'m dyn Module)> {
    let child = |(name, member)| match member {
        Member::Child(child) => Some((name, child)),
        _ => None,
    };
    members.into_iter().filter_map(child).collect()
}

/// As [`Module::named_modules`], for a module behind a reference.
pub fn named_modules(root: &dyn Module) -> Vec<(String, &dyn Module)> {
    fn collect<'m>(
        path: String,
        module: &'m dyn Module,
        seen: &mut Seen,
        all: &mut Vec<(String, &'m dyn Module)>,
    ) {
        if !seen.first(module) {
            return;
        }
        let dot = if path.is_empty() { "" } else { "." };
        let children = named_children(module.members());
        all.push((path.clone(), module));
        for (name, child) in children {
            collect(format!("{path}{dot}{name}"), child, seen, all);
        }
    }
    let mut all = Vec::new();
    collect(String::new(), itself(root), &mut Seen::default(), &mut all);
    all
}

/// As [`Module::apply`], for a module behind a reference.
fn apply(root: &dyn Module, work: &mut dyn FnMut(&dyn Module)) {
    for child in root.children() {
        apply(child, work);
    }
    work(root);
}

/// The tensors that `wanted` picks, by path: own parameters, own buffers, then the children's.
fn state(
    members: Vec<(String, Member<'_>)>,
    prefix: &str,
    wanted: &dyn Fn(&Member) -> bool,
) -> Vec<(String, Tensor)> {
    let mut parameters = Vec::new();
    let mut buffers = Vec::new();
    let mut below = Vec::new();
    for (name, member) in members {
        let path = format!("{prefix}{name}");
        match member {
            Member::Parameter(t) if wanted(&member) => parameters.push((path, t.shallow_clone())),
            Member::Buffer { tensor, .. } if wanted(&member) => {
                buffers.push((path, tensor.shallow_clone()));
            }
            Member::Child(child) => {
                below.extend(state(child.members(), &format!("{path}."), wanted))
            }
            _ => {}
        }
    }
    parameters.into_iter().chain(buffers).chain(below).collect()
}

fn once_each(mut named: Vec<(String, Tensor)>) -> Vec<(String, Tensor)> {
    let mut seen = HashSet::new();
    named.retain(|(_, tensor)| seen.insert(ffi::identity(tensor)));
    named
}

/// The paths of all modules below, each with a dot at its end and before its children's.
fn module_paths(members: Vec<(String, Member<'_>)>, prefix: &str) -> Vec<String> {
    let mut paths = Vec::new();
    for (name, member) in members {
        if let Member::Child(child) = member {
            let path = format!("{prefix}{name}.");
            paths.push(path.clone());
            paths.extend(module_paths(child.members(), &path));
        }
    }
    paths
}

/// What [`Module::old_keys`] says of a module and of all inside it: the keys of each with its path.
fn old_keys(
    own: &[(String, String)],
    members: Vec<(String, Member<'_>)>,
    prefix: &str,
) -> Vec<Vec<(String, String)>> {
    let full = |(old, new): &(String, String)| (format!("{prefix}{old}"), format!("{prefix}{new}"));
    let mut keys = vec![own.iter().map(full).collect()];
    for (name, member) in members {
        if let Member::Child(child) = member {
            keys.extend(old_keys(&child.old_keys(), child.members(), &format!("{prefix}{name}.")));
        }
    }
    keys.retain(|keys: &Vec<_>| !keys.is_empty());
    keys
}

fn set_training(members: Vec<(String, Member<'_>)>, mode: bool) {
    for (_, member) in members {
        match member {
            Member::Training(training) => training.set(mode),
            Member::Child(child) => set_training(child.members(), mode),
            Member::Parameter(_) | Member::Buffer { .. } => {}
        }
    }
}

impl fmt::Display for dyn Module + '_ {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        print(self, f)
    }
}

impl fmt::Display for dyn super::Forward + '_ {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        print(self, f)
    }
}

/// Prints a module as Python does: the `Display` of one whose [`Module`] is written by hand.
pub fn print(module: &dyn Module, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str(&module.repr())
}

/// A class with what stands between its brackets, on one line if there is no more than `extra`.
pub(super) fn written(class: &str, extra: &str, children: &[String]) -> String {
    if children.is_empty() && !extra.contains('\n') {
        return format!("{class}({extra})");
    }
    let lines = extra.lines().chain(children.iter().flat_map(|child| child.lines()));
    let body: String = lines.map(|line| format!("\n  {line}")).collect();
    format!("{class}({body}\n)")
}
