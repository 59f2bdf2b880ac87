//! Forward hooks: what is done at every call of a module, from outside it.
//!
//! Python hangs a hook on the module. Here a module is a plain struct with no place for one, so
//! each thread keeps a list, and every call asks it. A module is known by its address and type,
//! which hold while its [`HookHandle`] borrows it.

use std::any::Any;
use std::cell::RefCell;
use std::marker::PhantomData;
use std::rc::Rc;

use tch::Tensor;

use super::Module;
use super::call::called;
use super::module::{itself, named_modules};
use super::utils::rnn::PackedSequence;
use crate::Result;
use crate::refusal::Called;

type Before = dyn FnMut(&dyn Module, &[&Tensor]) -> Option<Tensor>;
type After = dyn FnMut(&dyn Module, &[&Tensor], &[&Tensor]) -> Option<Tensor>;

/// A hook is called outside the list's borrow, since it may call modules itself.
#[derive(Clone)]
enum Hook {
    Before(Rc<RefCell<Before>>),
    After(Rc<RefCell<After>>),
}

struct Entry {
    id: u64,
    /// The module that it waits for; all, if none.
    target: Option<Called>,
    hook: Hook,
}

#[derive(Default)]
struct Hooks {
    entries: Vec<Entry>,
    next_id: u64,
}

thread_local! {
    static HOOKS: RefCell<Hooks> = RefCell::default();
}

/// A hook that stands; dropped, it is taken away: Python's `RemovableHandle`. While it is there the
/// module cannot be moved.
#[derive(Debug)]
#[must_use = "the hook goes when its handle is dropped"]
pub struct HookHandle<'m> {
    id: u64,
    /// The list is this thread's alone.
    module: PhantomData<(&'m dyn Module, *const ())>,
}

impl HookHandle<'_> {
    /// Takes the hook away: what dropping the handle does.
    pub fn remove(self) {}
}

impl Drop for HookHandle<'_> {
    fn drop(&mut self) {
        // At a thread's end the list may be gone before the handle.
        let _ = HOOKS.try_with(|hooks| {
            let mut hooks = hooks.borrow_mut();
            let place = hooks.entries.iter().position(|entry| entry.id == self.id);
            place.map(|place| hooks.entries.remove(place))
        });
    }
}

/// Has `hook` called after every call of `module` on this thread: [`torch.nn.Module`'s
/// `register_forward_hook`][page], for a module behind a reference. See
/// [`Module::register_forward_hook`].
///
/// [page]: https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.register_forward_hook
///
/// # Panics
/// When the module has no fields, for then it cannot be told from others of its type.
#[track_caller]
pub fn register_forward_hook<'m>(
    module: &'m dyn Module,
    hook: impl FnMut(&dyn Module, &[&Tensor], &[&Tensor]) -> Option<Tensor> + 'static,
) -> HookHandle<'m> {
    register(Some(module), Hook::After(Rc::new(RefCell::new(hook))))
}

/// Has `hook` called before every call of `module` on this thread, with the module and its inputs:
/// [`torch.nn.Module`'s `register_forward_pre_hook`][page]. What it returns takes the input's
/// place, where the module maps one tensor to one ([`Forward`](crate::nn::Forward)).
///
/// ```
/// use flambeau::prelude::*;
///
/// let flatten = nn::Flatten::new();
/// let handle = nn::register_forward_pre_hook(&flatten, |_, inputs| Some(inputs[0] * 2));
/// assert_eq!(flatten.forward(&torch::tensor([[1.0, 2.0]])), torch::tensor([[2.0, 4.0]]));
/// handle.remove();
/// ```
///
/// [page]: https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.register_forward_pre_hook
///
/// # Panics
/// When the module has no fields, for then it cannot be told from others of its type.
#[track_caller]
pub fn register_forward_pre_hook<'m>(
    module: &'m dyn Module,
    hook: impl FnMut(&dyn Module, &[&Tensor]) -> Option<Tensor> + 'static,
) -> HookHandle<'m> {
    register(Some(module), Hook::Before(Rc::new(RefCell::new(hook))))
}

/// Has `hook` called after every call of any module on this thread:
/// [`torch.nn.modules.module.register_module_forward_hook`][page].
///
/// ```
/// use flambeau::prelude::*;
///
/// let handle = nn::register_module_forward_hook(|module, _inputs, outputs| {
///     println!("{}: {:?}", module.class_name(), outputs[0].size());
///     None
/// });
/// nn::Linear::new(2, 3).forward(&torch::zeros([4, 2]));
/// handle.remove();
/// ```
///
/// [page]: https://docs.pytorch.org/docs/stable/generated/torch.nn.modules.module.register_module_forward_hook.html
pub fn register_module_forward_hook(
    hook: impl FnMut(&dyn Module, &[&Tensor], &[&Tensor]) -> Option<Tensor> + 'static,
) -> HookHandle<'static> {
    register(None, Hook::After(Rc::new(RefCell::new(hook))))
}

#[track_caller]
fn register<'m>(module: Option<&'m dyn Module>, hook: Hook) -> HookHandle<'m> {
    let module = module.map(itself);
    if let Some(module) = module {
        assert!(
            size_of_val(module) > 0,
            "{} has no fields, so this one cannot be told from others: give it one, say an \
             nn::Training",
            module.class_name()
        );
    }
    let target = module.map(called);
    let id = HOOKS.with_borrow_mut(|hooks| {
        hooks.next_id += 1;
        hooks.entries.push(Entry { id: hooks.next_id, target, hook });
        hooks.next_id
    });
    HookHandle { id, module: PhantomData }
}

/// Those that wait for this module, if any.
fn of(called: &Called) -> Vec<Hook> {
    HOOKS.with_borrow(|hooks| {
        let waits = |entry: &&Entry| entry.target.as_ref().is_none_or(|target| target == called);
        hooks.entries.iter().filter(waits).map(|entry| entry.hook.clone()).collect()
    })
}

/// Would a call of `module` or of one inside it be told to a hook?
pub(super) fn wait_inside(module: &dyn Module) -> bool {
    if HOOKS.with_borrow(|hooks| hooks.entries.is_empty()) {
        return false;
    }
    named_modules(module).iter().any(|(_, module)| !of(&called(*module)).is_empty())
}

/// Calls the hooks that come before a call; gives the input that takes the first one's place.
pub(super) fn before(module: &dyn Module, called: &Called, inputs: &[&Tensor]) -> Option<Tensor> {
    let mut replaced: Option<Tensor> = None;
    for hook in of(called) {
        let Hook::Before(hook) = hook else { continue };
        // A hook is not called from inside itself.
        let Ok(mut hook) = hook.try_borrow_mut() else { continue };
        let output = match &replaced {
            Some(input) => hook(module, &[input]),
            None => hook(module, inputs),
        };
        replaced = output.or(replaced);
    }
    replaced
}

/// Calls the hooks that come after a call, which may put another output in the place of `output`.
pub(super) fn after(
    module: &dyn Module,
    called: &Called,
    inputs: &[&Tensor],
    output: &mut dyn Any,
) {
    if let Some(outcome) = output.downcast_mut::<Result<Tensor>>() {
        // As in Python, they are not called where the call has failed.
        if let Ok(output) = outcome {
            after(module, called, inputs, output);
        }
        return;
    }
    for hook in of(called) {
        let Hook::After(hook) = hook else { continue };
        let Ok(mut hook) = hook.try_borrow_mut() else { continue };
        let replacement = hook(module, inputs, &tensors(output));
        if let (Some(replacement), Some(output)) = (replacement, output.downcast_mut::<Tensor>()) {
            *output = replacement;
        }
    }
}

/// The tensors of what a module may give.
fn tensors(output: &dyn Any) -> Vec<&Tensor> {
    type Pair = (Tensor, Tensor);
    if let Some(tensor) = output.downcast_ref::<Tensor>() {
        vec![tensor]
    } else if let Some((a, b)) = output.downcast_ref::<Pair>() {
        vec![a, b]
    } else if let Some((a, (b, c))) = output.downcast_ref::<(Tensor, Pair)>() {
        vec![a, b, c]
    } else if let Some((a, b)) = output.downcast_ref::<(PackedSequence, Tensor)>() {
        vec![a.data(), b]
    } else if let Some((a, (b, c))) = output.downcast_ref::<(PackedSequence, Pair)>() {
        vec![a.data(), b, c]
    } else if let Some((a, b)) = output.downcast_ref::<(Tensor, Option<Tensor>)>() {
        [a].into_iter().chain(b).collect()
    } else {
        vec![]
    }
}
