//! The one route of every call of a module, so that what goes wrong inside is told well.
//!
//! [`refusal`](crate::refusal) tells it, with the place that is found here: the innermost of the
//! modules that were being called is looked up among the outermost one's
//! [`named_modules`](crate::nn::Module::named_modules). A call that goes well pays for an address on
//! a list, and for a look at the list of [hooks](super::hooks), which is empty as a rule.

use std::any::{Any, TypeId};

use tch::Tensor;

use super::module::{itself, named_modules};
use super::{Forward, Module, hooks};
use crate::refusal::{self, Called};
pub(crate) use crate::refusal::{check, refuse};

/// Calls `module` on `input`. This is what a module's own `forward` and tch's `apply` do; call it
/// by name where only the trait is known, of an `M: Forward` or behind a `&dyn Forward`.
///
/// # Panics
/// When libtorch fails, say at a shape that does not fit: in its words, with the path of the
/// module in which it happened. So that this is printed once, and without libtorch's C++ frames,
/// the first call puts a panic hook before the one that is there.
#[track_caller]
pub fn call(module: &dyn Forward, input: &Tensor) -> Tensor {
    // A box's `forward` is a call already.
    if (module as &dyn Any).is::<Box<dyn Forward>>() {
        return Forward::forward(module, input);
    }
    guarded(module, &[input], |replaced| Forward::forward(module, replaced.unwrap_or(input)))
}

/// Does `work`, which is a call of `module` on `inputs`: for a `forward` that does not map one
/// tensor to one.
///
/// Such a `forward` is a method of the struct's own, which nothing sees but its body. One line around
/// it, `nn::guard(self, &[…], || { … })`, makes it a module's call: an error then names the path of
/// the layer in which it happened, and the module's hooks are called. Without it all is computed as
/// well; an error of a layer inside names that layer alone, as `in Linear(in_features=4, …)`, one of
/// the struct's own says libtorch's words, and the struct's hooks are not called.
///
/// ```
/// use flambeau::prelude::*;
///
/// #[derive(Debug, Module)]
/// struct Attention {
///     query: nn::Linear,
///     key: nn::Linear,
/// }
///
/// impl Attention {
///     fn forward(&self, x: &Tensor, y: &Tensor) -> (Tensor, Tensor) {
///         nn::guard(self, &[x, y], || {
///             let scores = self.query.forward(x).matmul(&self.key.forward(y).mt());
///             (torch::softmax(&scores, -1), scores)
///         })
///     }
/// }
///
/// let attention = Attention { query: nn::Linear::new(4, 8), key: nn::Linear::new(4, 8) };
/// let handle = attention.register_forward_hook(|_, inputs, outputs| {
///     assert_eq!((inputs.len(), outputs.len()), (2, 2));
///     None
/// });
/// attention.forward(&torch::zeros([3, 4]), &torch::zeros([5, 4]));
/// handle.remove();
/// ```
///
/// `inputs` are for the module's hooks. Where some of them may be missing, all are options, as in
/// `&[Some(x), mask]`; what the module is called on besides tensors is left out.
///
/// # Panics
/// As [`call`] does, in libtorch's words. And when a pre-hook gives another input, which has come to
/// the wrong module.
#[track_caller]
pub fn guard<'a, I, R>(module: &dyn Module, inputs: &[I], work: impl FnOnce() -> R) -> R
where
    I: Into<Option<&'a Tensor>> + Copy,
    R: 'static,
{
    let inputs: Vec<&Tensor> = inputs.iter().filter_map(|&input| input.into()).collect();
    guarded(module, &inputs, |replaced| {
        let class = module.class_name();
        check!(
            replaced.is_none(),
            "a pre-hook gave another input, which only a module of one tensor can be called on, not \
             this {class}"
        );
        work()
    })
}

/// `work` is handed the tensor that a hook put in the input's place, if one did.
#[track_caller]
pub(crate) fn guarded<R: 'static>(
    module: &dyn Module,
    inputs: &[&Tensor],
    work: impl FnOnce(Option<&Tensor>) -> R,
) -> R {
    let module = itself(module);
    let called = called(module);
    let work = || {
        let replaced = hooks::before(module, &called, inputs);
        let mut output = work(replaced.as_ref());
        // What was called is what the hooks after it are told.
        let replaced = replaced.as_ref().map(|input| [input]);
        let inputs = replaced.as_ref().map_or(inputs, |input| &input[..]);
        hooks::after(module, &called, inputs, &mut output);
        output
    };
    refusal::guarded(called.clone(), |failed| place(module, failed), work)
}

/// What stands for this module on the list of calls.
pub(crate) fn called(module: &dyn Module) -> Called {
    let (address, type_id) = address(module);
    Called { address, type_id, name: module.class_name() }
}

/// What tells a module from others: where it stands, and of which type it is.
pub(super) fn address(module: &dyn Module) -> (usize, TypeId) {
    let address = (module as *const dyn Module).cast::<()>() as usize;
    (address, (module as &dyn Any).type_id())
}

/// Where it happened: `features.3, a Linear(in_features=…) of Net`.
pub(crate) fn place(root: &dyn Module, failed: &[Called]) -> String {
    let class = root.class_name();
    // A model that holds layers is named by its class alone: its print fills a screen.
    let arguments = |module: &dyn Module| match module.named_children().is_empty() {
        true => module.extra_repr(),
        false => String::new(),
    };
    let Some(innermost) = failed.last().filter(|innermost| **innermost != called(root)) else {
        let arguments = arguments(root);
        return if arguments.is_empty() { class.into() } else { format!("{class}({arguments})") };
    };
    let mut named = named_modules(root);
    named.retain(|(_, module)| called(*module) == *innermost);
    let Some((_, module)) = named.first() else {
        // Made on the way, as `nn::Flatten::new().forward(&x)` in the notebook's `forward`.
        return format!("a {} of {class}", innermost.name);
    };
    // Modules without a field have no address of their own: all that it may be are named.
    let paths: Vec<_> = named.iter().map(|(path, _)| path.as_str()).collect();
    let (path, arguments) = (paths.join(" or "), arguments(*module));
    format!("{path}, a {}({arguments}) of {class}", module.class_name())
}
