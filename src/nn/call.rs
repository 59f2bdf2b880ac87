//! The one route of every call of a module, so that what goes wrong inside is told well.
//!
//! A shape that does not fit makes tch panic with libtorch's words, some twenty C++ frames behind
//! them, and not a word on which layer of the model it was. Here each thread keeps a list of the
//! modules that are being called. When such a panic passes, the innermost of them is looked up
//! among the outermost one's [`named_modules`](crate::nn::Module::named_modules), and the panic
//! goes on with its path and libtorch's first words alone. Names are looked up only then, so a
//! call that goes well pays for an address on a list.

use std::any::Any;
use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;
use std::thread;

use tch::Tensor;

use super::module::named_modules;
use super::{Forward, Module};

/// Calls `module` on `input`. This is what a module's own `forward` and tch's `apply` do; to be
/// named where a module is behind a reference.
///
/// # Panics
/// When libtorch fails, say at a shape that does not fit: in its words, with the path of the
/// module in which it happened. So that this is printed once, and without libtorch's C++ frames,
/// the first call puts a panic hook before the one that is there.
#[track_caller]
pub fn call(module: &dyn Forward, input: &Tensor) -> Tensor {
    guard(module, || Forward::forward(module, input))
}

/// Does `work`, which is a call of `module`: for a `forward` that does not map one tensor to one.
#[track_caller]
pub fn guard<R>(module: &dyn Module, work: impl FnOnce() -> R) -> R {
    let call = Call::enter(module);
    if !call.outermost {
        return work();
    }
    keep_quiet_about_what_is_told_again();
    match panic::catch_unwind(AssertUnwindSafe(work)) {
        Ok(output) => output,
        Err(payload) => match libtorchs_words(&*payload) {
            Some(words) => {
                let place = place(module, &CALLS.with_borrow_mut(|calls| calls.failed.take()));
                drop(call);
                panic!("in {place}: {words}")
            }
            None => panic::resume_unwind(payload),
        },
    }
}

thread_local! {
    static CALLS: RefCell<Calls> = RefCell::default();
}

/// The modules that this thread is calling, and those that it was calling when a panic began.
#[derive(Default)]
struct Calls {
    open: Vec<Called>,
    failed: Option<Vec<Called>>,
}

/// A module that is being called. Its class stands beside its address, since the first field of
/// a struct may share the struct's address.
#[derive(Clone, PartialEq)]
struct Called {
    address: usize,
    class_name: &'static str,
}

impl Called {
    fn new(module: &dyn Module) -> Self {
        let address = (module as *const dyn Module).cast::<()>() as usize;
        Self { address, class_name: module.class_name() }
    }
}

/// A call in progress: on the list from `enter` until it is dropped.
struct Call {
    outermost: bool,
}

impl Call {
    fn enter(module: &dyn Module) -> Self {
        CALLS.with_borrow_mut(|calls| {
            // What failed before this call was caught, and is no longer of interest.
            calls.failed = None;
            let outermost = calls.open.is_empty();
            calls.open.push(Called::new(module));
            Self { outermost }
        })
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        CALLS.with_borrow_mut(|calls| {
            if thread::panicking() && calls.failed.is_none() && !self.outermost {
                calls.failed = Some(calls.open.clone());
            }
            calls.open.pop();
        });
    }
}

/// Where it happened: `features.3, a Linear(in_features=…) of Net`.
fn place(root: &dyn Module, failed: &Option<Vec<Called>>) -> String {
    let Some(innermost) = failed.as_deref().and_then(<[Called]>::last) else {
        return root.class_name().to_string();
    };
    let mut named = named_modules(root);
    named.retain(|(_, module)| Called::new(*module) == *innermost);
    let Some((_, module)) = named.first() else {
        // Made on the way, as `nn::Flatten::new().forward(&x)` in the notebook's `forward`.
        return format!("a {} of {}", innermost.class_name, root.class_name());
    };
    // Modules without a field have no address of their own: all that it may be are named.
    let paths: Vec<_> = named.iter().map(|(path, _)| path.as_str()).collect();
    // A model that holds layers is named by its class alone: its print fills a screen.
    let leaf = module.named_children().is_empty();
    let extra = if leaf { module.extra_repr() } else { String::new() };
    format!("{}, a {}({extra}) of {}", paths.join(" or "), module.class_name(), root.class_name())
}

/// The message of a panic that tch raised for libtorch, up to where the C++ frames begin.
fn libtorchs_words(payload: &(dyn Any + Send)) -> Option<String> {
    let text = payload.downcast_ref::<String>()?;
    // tch's panics are an `unwrap` of TchError::Torch, whose text Rust prints escaped.
    let (_, escaped) = text.split_once("` on an `Err` value: Torch(\"")?;
    let end = escaped.find("\\nException raised from").or_else(|| escaped.rfind("\")"))?;
    Some(escaped[..end].replace("\\n", "\n").replace("\\\"", "\"").replace("\\'", "'"))
}

/// The panic that [`guard`] tells again, in better words, need not be printed in tch's.
fn keep_quiet_about_what_is_told_again() {
    static ONCE: Once = Once::new();
    // Without unwinding there is no second telling; and a panicking thread must not change hooks.
    if cfg!(not(panic = "unwind")) || thread::panicking() {
        return;
    }
    ONCE.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let inside = CALLS.with_borrow(|calls| !calls.open.is_empty());
            if !(inside && libtorchs_words(info.payload()).is_some()) {
                previous(info);
            }
        }));
    });
}
