//! Models of TorchScript as members of others: [`torch.jit`].
//!
//! Where a model's Python is not at hand, or is not translated, `torch.jit.save` in Python writes
//! what [`load`] reads here: a program that libtorch runs, with its weights.
//!
//! [`torch.jit`]: https://docs.pytorch.org/docs/stable/jit.html

use std::cell::{Cell, RefCell};
use std::fmt;
use std::iter::Peekable;
use std::path::Path;

use tch::{CModule, Device, IValue, TchError, Tensor};

use crate::ffi::{self, Part};
use crate::nn::{self, Buffer, Copies, Field, Forward, Member, Module, Parameter, Training};
use crate::{Error, Result};

/// Reads what Python's `torch.jit.save` wrote: [`torch.jit.load`]. The model is on the CPU.
///
/// It is a program, which is run when it is called. Load no file that you do not trust.
///
/// # Errors
/// When the file cannot be read, or is no TorchScript.
///
/// ```
/// use flambeau::jit;
/// use flambeau::prelude::*;
///
/// #[derive(Debug, Module)]
/// struct Net {
///     features: jit::ScriptModule,
///     fc: nn::Linear,
/// }
///
/// impl Forward for Net {
///     fn forward(&self, x: &Tensor) -> Tensor {
///         self.fc.forward(&self.features.forward(x))
///     }
/// }
///
/// let features = jit::load("tests/fixtures/scripted.pt")?;
/// let net = Net { features, fc: nn::Linear::new(4, 2) };
/// assert_eq!(net.forward(&torch::ones([5, 3])).size(), [5, 2]);
/// assert_eq!(net.state_dict().keys().next().unwrap(), "features.scale");
/// # Ok::<(), flambeau::Error>(())
/// ```
///
/// [`torch.jit.load`]: https://docs.pytorch.org/docs/stable/generated/torch.jit.load.html
pub fn load(path: impl AsRef<Path>) -> Result<ScriptModule> {
    let path = path.as_ref();
    let refused = |problem: String| {
        Error::file(path, problem, "write it in Python with torch.jit.save, after torch.jit.script")
    };
    // What libtorch says of a missing file speaks of its C++.
    std::fs::File::open(path).map_err(|error| refused(error.to_string()))?;
    // It may have been written on a machine with another device.
    let script =
        CModule::load_on_device(path, Device::Cpu).map_err(|error| refused(words(&error)))?;
    ScriptModule::new(script)
}

/// The first line of what libtorch says.
fn words(error: &TchError) -> String {
    ffi::first_line(&ffi::without_frames(&error.to_string())).to_string()
}

/// A model of TorchScript, as [`load`] gives it: `torch.jit.ScriptModule`.
///
/// Its parameters and buffers are those of the model that holds it: they have Python's names in
/// [`state_dict`](Module::state_dict), they are trained, loaded and moved with the others. It prints as
/// in Python, and `train` and `eval` set its mode.
///
/// One with a `forward` of one tensor is called as any layer is; for others there are
/// [`forward_ts`](Self::forward_ts) and [`forward_is`](Self::forward_is), by tch's names. What a script
/// keeps between two calls in attributes that are no buffers is not seen from here; its own methods set
/// it: [`method_is`](Self::method_is). A [`deepcopy`](nn::deepcopy) has a state of its own.
pub struct ScriptModule {
    script: RefCell<CModule>,
    /// The mode that the script is in, which follows the module's own.
    mode: Cell<bool>,
    top: Inner,
}

impl ScriptModule {
    fn new(script: CModule) -> Result<Self> {
        let mode = ffi::script_is_training(&script)?;
        let top = Inner::new(&mut ffi::script_parts(&script)?.into_iter().peekable());
        top.training.set(mode);
        Ok(Self { script: RefCell::new(script), mode: Cell::new(mode), top })
    }

    /// Runs `forward` on tensors, which returns one.
    ///
    /// # Panics
    /// In PyTorch's words, when the inputs do not fit, or it returns anything else.
    #[track_caller]
    pub fn forward_ts(&self, inputs: &[&Tensor]) -> Tensor {
        nn::guard(self, inputs, || self.run(|script| script.forward_ts(inputs)))
    }

    /// Runs `forward` on values of any kind: numbers, tuples, dictionaries.
    ///
    /// # Panics
    /// In PyTorch's words, when the inputs do not fit.
    #[track_caller]
    pub fn forward_is(&self, inputs: &[IValue]) -> IValue {
        nn::guard(self, &[None], || self.run(|script| script.forward_is(inputs)))
    }

    /// Runs another method, which Python marked with `@torch.jit.export`.
    ///
    /// # Panics
    /// In PyTorch's words, when there is none of this name, or the inputs do not fit.
    #[track_caller]
    pub fn method_is(&self, method: &str, inputs: &[IValue]) -> IValue {
        self.run(|script| script.method_is(method, inputs))
    }

    #[track_caller]
    fn run<T>(&self, work: impl FnOnce(&CModule) -> Result<T, TchError>) -> T {
        if self.mode.get() != self.top.training.get() {
            self.mode.set(self.top.training.get());
            let mut script = self.script.borrow_mut();
            if self.mode.get() { script.set_train() } else { script.set_eval() }
        }
        work(&self.script.borrow()).unwrap()
    }
}

impl Forward for ScriptModule {
    fn forward(&self, input: &Tensor) -> Tensor {
        self.run(|script| script.forward_ts(&[input]))
    }
}

impl ScriptModule {
    /// Runs `forward` on a tensor, which returns one.
    #[track_caller]
    pub fn forward(&self, input: &Tensor) -> Tensor {
        nn::call(self, input)
    }
}

impl tch::nn::Module for ScriptModule {
    fn forward(&self, input: &Tensor) -> Tensor {
        nn::call(self, input)
    }
}

impl Field for ScriptModule {
    fn member(&self) -> Option<Member<'_>> {
        Some(Member::Child(self))
    }

    fn deepcopy(&self, _copies: &mut Copies) -> Self {
        let copy = ffi::script_copy(&self.script.borrow()).and_then(Self::new).unwrap();
        copy.top.training.set(self.top.training.get());
        copy
    }
}

/// What stands at the top.
impl Module for ScriptModule {
    fn class_name(&self) -> &'static str {
        self.top.class_name()
    }

    fn extra_repr(&self) -> String {
        self.top.extra_repr()
    }

    fn members(&self) -> Vec<(String, Member<'_>)> {
        self.top.members()
    }
}

impl fmt::Debug for ScriptModule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.top.fmt(f)
    }
}

impl fmt::Display for ScriptModule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        nn::print(self, f)
    }
}

/// A module of a script, by what it holds.
#[derive(Debug)]
struct Inner {
    original_name: String,
    parameters: Vec<(String, Parameter)>,
    buffers: Vec<(String, Buffer)>,
    children: Vec<(String, Inner)>,
    /// That of the whole script counts.
    training: Training,
}

impl Inner {
    /// The module that comes next, with all that stands under its path.
    fn new(parts: &mut Peekable<impl Iterator<Item = (String, Part)>>) -> Self {
        let Some((path, Part::Module(original_name))) = parts.next() else {
            unreachable!("a module is told before what it holds")
        };
        let (mut parameters, mut buffers, mut children) = (vec![], vec![], vec![]);
        let prefix = if path.is_empty() { path } else { path + "." };
        while let Some(name) = parts.peek().and_then(|(path, _)| path.strip_prefix(&prefix)) {
            let name = name.to_string();
            if matches!(parts.peek(), Some((_, Part::Module(_)))) {
                children.push((name, Self::new(parts)));
                continue;
            }
            match parts.next() {
                Some((_, Part::Parameter(tensor))) => {
                    parameters.push((name, Parameter::new(tensor)));
                }
                Some((_, Part::Buffer(tensor))) => buffers.push((name, Buffer::new(tensor))),
                _ => unreachable!("there is one, and it is no module"),
            }
        }
        Self { original_name, parameters, buffers, children, training: Training::default() }
    }
}

impl Field for Inner {
    fn member(&self) -> Option<Member<'_>> {
        Some(Member::Child(self))
    }

    fn deepcopy(&self, _copies: &mut Copies) -> Self {
        unreachable!("a script is copied as a whole")
    }
}

impl Module for Inner {
    fn class_name(&self) -> &'static str {
        "RecursiveScriptModule"
    }

    fn extra_repr(&self) -> String {
        format!("original_name={}", self.original_name)
    }

    fn members(&self) -> Vec<(String, Member<'_>)> {
        let parameters = self.parameters.iter().map(|(name, field)| (name, field.member()));
        let buffers = self.buffers.iter().map(|(name, field)| (name, field.member()));
        let children = self.children.iter().map(|(name, field)| (name, field.member()));
        let all = parameters.chain(buffers).chain(children);
        let training = ("training".to_string(), Member::Training(&self.training));
        all.filter_map(|(name, member)| Some((name.clone(), member?))).chain([training]).collect()
    }
}
