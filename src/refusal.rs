//! Panics told in words: what a call did wrong, in PyTorch's words, and in which call it was.
//!
//! A shape that does not fit makes tch panic with libtorch's words, some twenty C++ frames behind
//! them, and not a word on which call it was. Here each thread keeps a list of what is being called:
//! modules, and functions such as `F::linear` that are called outside of a module. When such a panic
//! passes, the outermost call goes on with it, with the place and libtorch's first words alone: the
//! path of the innermost module, or the function's name. Each call that the panic comes through notes
//! the list if none inside has; the place is looked up at the end, so a call that goes well pays for a
//! look at the list.

use std::any::{Any, TypeId};
use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;
use std::thread;

/// As `assert!`, for what the caller did wrong: the message goes on with the place, as libtorch's
/// own do.
macro_rules! check {
    ($holds:expr, $($words:tt)+) => {
        // A match, since clippy would have a negated comparison of numbers written otherwise.
        match $holds {
            true => {}
            false => $crate::refusal::refuse(format!($($words)+)),
        }
    };
}
pub(crate) use check;

/// Panics with these words, which the guard around the call completes.
#[track_caller]
pub(crate) fn refuse(words: String) -> ! {
    if cfg!(panic = "unwind") && is_guarded() {
        REFUSED.set(Some(words.clone()));
        CALLS.with_borrow_mut(|calls| calls.failed = None);
        // Past the hook, which hears of it from the guard.
        panic::resume_unwind(Box::new(words))
    } else {
        panic!("{words}")
    }
}

thread_local! {
    /// What [`refuse`] panicked with last inside a guard.
    static REFUSED: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// What is being called. A module is known by its address and its type, since the first field of a
/// struct may share the struct's address.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Called {
    pub(crate) address: usize,
    pub(crate) type_id: TypeId,
    pub(crate) name: &'static str,
}

thread_local! {
    static CALLS: RefCell<Calls> = RefCell::default();
}

/// What this thread is calling; and of the last panic that is told again, its words and what was being
/// called where it began.
#[derive(Default)]
struct Calls {
    open: Vec<Called>,
    failed: Option<(String, Vec<Called>)>,
}

impl Calls {
    /// Notes a panic with these words that has come as far as the innermost open call. It stays as it
    /// is noted while it comes through the calls around: the words tell it from one that was caught on
    /// the way.
    fn note(&mut self, words: &str) {
        if self.failed.as_ref().is_none_or(|(noted, _)| noted != words) {
            self.failed = Some((words.to_string(), self.open.clone()));
        }
    }
}

fn is_guarded() -> bool {
    CALLS.with_borrow(|calls| !calls.open.is_empty())
}

/// A call in progress: on the list from `enter` until it is dropped.
struct Open {
    outermost: bool,
}

impl Open {
    fn enter(called: Called) -> Self {
        CALLS.with_borrow_mut(|calls| {
            calls.open.push(called);
            Self { outermost: calls.open.len() == 1 }
        })
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        CALLS.with_borrow_mut(|calls| calls.open.pop());
    }
}

/// Does `work`, the function at this path (its module's, with its own name behind it). What goes
/// wrong inside is told as `in F.linear: …`; inside another call that one tells it.
///
/// [`function`](flambeau_derive::function) writes this around a function's body.
#[track_caller]
pub(crate) fn function<R>(path: &'static str, work: impl FnOnce() -> R) -> R {
    if is_guarded() {
        return work();
    }
    let called = Called { address: 0, type_id: TypeId::of::<Calls>(), name: path };
    guarded(called, |_| python_name(path), work)
}

/// Does `work`, a call of what `called` says. What goes wrong inside is told again by the outermost
/// call, with the `place` of the calls that were open then.
#[track_caller]
pub(crate) fn guarded<R>(
    called: Called,
    place: impl FnOnce(&[Called]) -> String,
    work: impl FnOnce() -> R,
) -> R {
    let open = Open::enter(called);
    if open.outermost {
        keep_quiet_about_what_is_told_again();
    }
    let payload = match panic::catch_unwind(AssertUnwindSafe(work)) {
        Ok(output) => return output,
        Err(payload) => payload,
    };
    let Some(words) = words(&*payload) else { panic::resume_unwind(payload) };
    CALLS.with_borrow_mut(|calls| calls.note(&words));
    if !open.outermost {
        panic::resume_unwind(payload)
    }
    let failed = CALLS.with_borrow_mut(|calls| calls.failed.take());
    let place = place(&failed.map(|(_, calls)| calls).unwrap_or_default());
    drop(open);
    panic!("in {place}: {words}")
}

/// The name that a function has in Python: `F.linear` of `flambeau::nn::functional::linear::linear`.
fn python_name(path: &str) -> String {
    let path = path.strip_prefix("flambeau::").unwrap_or(path);
    let (module, name) = path.rsplit_once("::").unwrap_or(("", path));
    // These are folders, whose files the public path passes over.
    for (folder, python) in [
        ("nn::functional", "F"),
        ("nn::attention", "F"),
        ("torch::linalg", "torch.linalg"),
        ("torch", "torch"),
    ] {
        if module.starts_with(folder) {
            return format!("{python}.{name}");
        }
    }
    format!("{}.{name}", module.replace("::", "."))
}

/// What a panic says that a guard tells again: one of [`refuse`]'s, or one of libtorch's.
fn words(payload: &(dyn Any + Send)) -> Option<String> {
    let text = payload.downcast_ref::<String>()?;
    // A hook asks too, which must not panic whatever state the thread is in.
    let is_refused =
        REFUSED.try_with(|last| last.try_borrow().is_ok_and(|last| last.as_ref() == Some(text)));
    if is_refused == Ok(true) { Some(text.clone()) } else { libtorchs_words(text) }
}

/// The message of a panic that tch raised for libtorch, up to where the C++ frames begin.
fn libtorchs_words(text: &str) -> Option<String> {
    // Such a panic is an `unwrap` or an `expect` of TchError::Torch, whose text is escaped there.
    let (before, escaped) = text.split_once(": Torch(\"")?;
    let end = escaped.find("\\nException raised from").or_else(|| escaped.rfind("\")"))?;
    let words = escaped[..end].replace("\\n", "\n").replace("\\\"", "\"").replace("\\'", "'");
    match before {
        "called `Result::unwrap()` on an `Err` value" => Some(words),
        expected => Some(format!("{expected}: {words}")),
    }
}

/// The panic that a guard tells again, in better words, need not be printed in tch's. A program that
/// sets a hook of its own later has it printed in both.
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
                    calls.failed = None;
                }
                told_again
            });
            if told_again != Ok(true) {
                previous(info);
            }
        }));
    });
}
