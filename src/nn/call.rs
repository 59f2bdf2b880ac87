//! The one route of every call of a module, so that what goes wrong inside is told well.
//!
//! A shape that does not fit makes tch panic with libtorch's words, some twenty C++ frames behind
//! them, and not a word on which layer of the model it was. Here each thread keeps a list of the
//! modules that are being called. When such a panic passes, the innermost of them is looked up
//! among the outermost one's [`named_modules`](crate::nn::Module::named_modules), and the panic
//! goes on with its path and libtorch's first words alone. Names are looked up only then, so a
//! call that goes well pays for an address on a list, and for a look at the list of
//! [hooks](super::hooks), which is empty as a rule.

use std::any::{Any, TypeId};
use std::cell::RefCell;
use std::mem;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;
use std::thread;

use tch::Tensor;

use super::module::{itself, named_modules};
use super::{Forward, Module, hooks};

/// As `assert!`, for what the caller of a module did wrong: the message goes on with the module's
/// path, as libtorch's own do.
macro_rules! check {
    ($holds:expr, $($words:tt)+) => {
        if !$holds {
            $crate::nn::call::refuse(format!($($words)+))
        }
    };
}
pub(crate) use check;

/// Calls `module` on `input`. This is what a module's own `forward` and tch's `apply` do; call it
/// by name where only the trait is known, in generic code or behind a `dyn Forward`.
///
/// # Panics
/// When libtorch fails, say at a shape that does not fit: in its words, with the path of the
/// module in which it happened. So that this is printed once, and without libtorch's C++ frames,
/// the first call puts a panic hook before the one that is there.
#[track_caller]
pub fn call(module: &dyn Forward, input: &Tensor) -> Tensor {
    guarded(module, &[input], |replaced| Forward::forward(module, replaced.unwrap_or(input)))
}

/// Does `work`, which is a call of `module` on `inputs`: for a `forward` that does not map one
/// tensor to one. What the module is called on besides tensors is left out of `inputs`, which are
/// for its hooks. A pre-hook that gives another input has come to the wrong module: that panics.
#[track_caller]
pub fn guard<R: 'static>(module: &dyn Module, inputs: &[&Tensor], work: impl FnOnce() -> R) -> R {
    guarded(module, inputs, |replaced| {
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
fn guarded<R: 'static>(
    module: &dyn Module,
    inputs: &[&Tensor],
    work: impl FnOnce(Option<&Tensor>) -> R,
) -> R {
    let module = itself(module);
    let call = Call::enter(module);
    let work = || {
        let replaced = hooks::before(module, &call.called, inputs);
        let mut output = work(replaced.as_ref());
        // What was called is what the hooks after it are told.
        let replaced = replaced.as_ref().map(|input| [input]);
        let inputs = replaced.as_ref().map_or(inputs, |input| &input[..]);
        hooks::after(module, &call.called, inputs, &mut output);
        output
    };
    if !call.outermost {
        return work();
    }
    keep_quiet_about_what_is_told_again();
    match panic::catch_unwind(AssertUnwindSafe(work)) {
        Ok(output) => output,
        Err(payload) => match words(&*payload) {
            Some(words) => {
                let failed = CALLS.with_borrow_mut(|calls| mem::take(&mut calls.failed));
                let place = place(module, &failed);
                drop(call);
                panic!("in {place}: {words}")
            }
            None => panic::resume_unwind(payload),
        },
    }
}

/// Panics with these words, which the guard around the call completes.
#[track_caller]
pub(crate) fn refuse(words: String) -> ! {
    let told_again = cfg!(panic = "unwind") && CALLS.with_borrow(|calls| !calls.open.is_empty());
    if told_again { panic::panic_any(Refused(words)) } else { panic!("{words}") }
}

/// What [`refuse`] panics with inside a guard.
struct Refused(String);

thread_local! {
    static CALLS: RefCell<Calls> = RefCell::default();
}

/// The modules that this thread is calling, and those that it was calling when libtorch failed.
#[derive(Default)]
struct Calls {
    open: Vec<Called>,
    failed: Vec<Called>,
}

/// A module that is being called. Its type stands beside its address, since the first field of
/// a struct may share the struct's address.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Called {
    address: usize,
    type_id: TypeId,
    class_name: &'static str,
}

impl Called {
    pub(super) fn new(module: &dyn Module) -> Self {
        let (address, type_id) = address(module);
        Self { address, type_id, class_name: module.class_name() }
    }
}

/// What tells a module from others: where it stands, and of which type it is.
pub(super) fn address(module: &dyn Module) -> (usize, TypeId) {
    let address = (module as *const dyn Module).cast::<()>() as usize;
    (address, (module as &dyn Any).type_id())
}

/// A call in progress: on the list from `enter` until it is dropped.
struct Call {
    called: Called,
    outermost: bool,
}

impl Call {
    fn enter(module: &dyn Module) -> Self {
        let called = Called::new(module);
        CALLS.with_borrow_mut(|calls| {
            calls.open.push(called.clone());
            Self { called, outermost: calls.open.len() == 1 }
        })
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        CALLS.with_borrow_mut(|calls| calls.open.pop());
    }
}

/// Where it happened: `features.3, a Linear(in_features=…) of Net`.
fn place(root: &dyn Module, failed: &[Called]) -> String {
    let class = root.class_name();
    let Some(innermost) = failed.last().filter(|innermost| **innermost != Called::new(root)) else {
        return class.to_string();
    };
    let mut named = named_modules(root);
    named.retain(|(_, module)| Called::new(*module) == *innermost);
    let Some((_, module)) = named.first() else {
        // Made on the way, as `nn::Flatten::new().forward(&x)` in the notebook's `forward`.
        return format!("a {} of {class}", innermost.class_name);
    };
    // Modules without a field have no address of their own: all that it may be are named.
    let paths: Vec<_> = named.iter().map(|(path, _)| path.as_str()).collect();
    // A model that holds layers is named by its class alone: its print fills a screen.
    let leaf = module.named_children().is_empty();
    let extra = if leaf { module.extra_repr() } else { String::new() };
    format!("{}, a {}({extra}) of {class}", paths.join(" or "), module.class_name())
}

/// What a panic says that [`guard`] tells again: one of [`refuse`]'s, or one of libtorch's.
fn words(payload: &(dyn Any + Send)) -> Option<String> {
    match payload.downcast_ref::<Refused>() {
        Some(Refused(words)) => Some(words.clone()),
        None => libtorchs_words(payload),
    }
}

/// The message of a panic that tch raised for libtorch, up to where the C++ frames begin.
fn libtorchs_words(payload: &(dyn Any + Send)) -> Option<String> {
    let text = payload.downcast_ref::<String>()?;
    // Such a panic is an `unwrap` or an `expect` of TchError::Torch, whose text is escaped there.
    let (before, escaped) = text.split_once(": Torch(\"")?;
    let end = escaped.find("\\nException raised from").or_else(|| escaped.rfind("\")"))?;
    let words = escaped[..end].replace("\\n", "\n").replace("\\\"", "\"").replace("\\'", "'");
    match before {
        "called `Result::unwrap()` on an `Err` value" => Some(words),
        expected => Some(format!("{expected}: {words}")),
    }
}

/// The panic that [`guard`] tells again, in better words, need not be printed in tch's. What was
/// being called is noted here, where the panic begins: later it may be caught, or come further.
fn keep_quiet_about_what_is_told_again() {
    static ONCE: Once = Once::new();
    // Without unwinding there is no second telling; and a panicking thread must not change hooks.
    if cfg!(not(panic = "unwind")) || thread::panicking() {
        return;
    }
    ONCE.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            // A hook must not panic itself, whatever state the thread is in.
            let told_again = CALLS.try_with(|calls| {
                let Ok(mut calls) = calls.try_borrow_mut() else { return false };
                let told_again = !calls.open.is_empty() && words(info.payload()).is_some();
                if told_again {
                    calls.failed = calls.open.clone();
                }
                told_again
            });
            if told_again != Ok(true) {
                previous(info);
            }
        }));
    });
}
