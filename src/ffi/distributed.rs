//! Stores and groups of processes, on c10d, which is torch.distributed's own.

use std::ffi::{CStr, CString, c_char, c_void};
use std::mem::ManuallyDrop;
use std::net::TcpListener;
use std::os::fd::IntoRawFd;
use std::path::Path;
use std::ptr;
use std::time::Duration;

use tch::Tensor;

use super::{Tensors, check, flambeau_free, pointers};
use crate::{Error, Result};

macro_rules! opaque {
    ($($(#[$doc:meta])* $name:ident),+) => {
        $($(#[$doc])*
        #[repr(C)]
        pub(super) struct $name {
            _private: [u8; 0],
        })+
    };
}
opaque!(
    /// A counted pointer to a `c10d::Store`, which only C++ looks into.
    CStore,
    /// A group, likewise.
    CGroup,
    /// A counted pointer to a `c10d::Work`, likewise.
    CWork,
    /// A `std::string`.
    CText
);

/// What is to be said of a call that has failed, after what libtorch said.
pub(crate) type Explain = Box<dyn Fn(&str) -> String + Send + Sync>;

/// An [`Explain`] as `distributed.h` has it.
#[repr(C)]
struct CExplain {
    explain: extern "C" fn(*const c_void, *const c_char, *mut CText),
    release: extern "C" fn(*const c_void),
    context: *const c_void,
}

impl CExplain {
    fn new(explain: Explain) -> Self {
        extern "C" fn call(context: *const c_void, text: *const c_char, out: *mut CText) {
            // SAFETY: the context is what `new` made, until `release`; the text is C's, and the
            // string C++'s, for the length of the call.
            unsafe {
                let explain = &*context.cast::<Explain>();
                let said = explain(&CStr::from_ptr(text).to_string_lossy());
                flambeau_explain(out, c_string(&said).as_ptr());
            }
        }
        extern "C" fn release(context: *const c_void) {
            // SAFETY: C++ calls it once, as the last.
            drop(unsafe { Box::from_raw(context.cast_mut().cast::<Explain>()) });
        }
        let context = Box::into_raw(Box::new(explain)).cast_const().cast();
        Self { explain: call, release, context }
    }
}

unsafe extern "C" {
    fn flambeau_store_tcp(
        host: *const c_char,
        port: u16,
        listener: i32,
        world_size: usize,
        timeout: i64,
        out: *mut *mut CStore,
    ) -> *mut c_char;
    fn flambeau_store_file(
        path: *const c_char,
        world_size: i32,
        timeout: i64,
        out: *mut *mut CStore,
    ) -> *mut c_char;
    fn flambeau_store_prefix(
        prefix: *const c_char,
        store: *const CStore,
        out: *mut *mut CStore,
    ) -> *mut c_char;
    fn flambeau_store_clone(
        store: *const CStore,
        timeout: i64,
        out: *mut *mut CStore,
    ) -> *mut c_char;
    fn flambeau_store_free(store: *mut CStore);
    fn flambeau_store_set(
        store: *const CStore,
        key: *const c_char,
        value: *const c_char,
    ) -> *mut c_char;
    fn flambeau_store_get(
        store: *const CStore,
        key: *const c_char,
        out: *mut *mut c_char,
    ) -> *mut c_char;
    fn flambeau_store_add(
        store: *const CStore,
        key: *const c_char,
        amount: i64,
        out: *mut i64,
    ) -> *mut c_char;
    fn flambeau_store_check(
        store: *const CStore,
        key: *const c_char,
        out: *mut bool,
    ) -> *mut c_char;
    fn flambeau_group_gloo(
        store: *const CStore,
        name: *const c_char,
        rank: i32,
        size: i32,
        timeout: i64,
        explain: *const CExplain,
        out: *mut *mut CGroup,
    ) -> *mut c_char;
    pub(super) fn flambeau_explain(out: *mut CText, text: *const c_char);
    fn flambeau_group_free(group: *mut CGroup);
    #[cfg(feature = "nccl")]
    fn flambeau_group_add_nccl(
        group: *mut CGroup,
        store: *const CStore,
        name: *const c_char,
        timeout: i64,
    ) -> *mut c_char;
    #[cfg(feature = "nccl")]
    fn flambeau_group_shut_down(group: *mut CGroup) -> *mut c_char;
    fn flambeau_collective(
        group: *mut CGroup,
        which: i32,
        outputs: Tensors,
        n_outputs: usize,
        inputs: Tensors,
        n_inputs: usize,
        op: i32,
        root: i64,
        tag: i32,
        output_splits: *const i64,
        n_output_splits: usize,
        input_splits: *const i64,
        n_input_splits: usize,
        out: *mut *mut CWork,
    ) -> *mut c_char;
    fn flambeau_monitored_barrier(
        group: *mut CGroup,
        timeout: i64,
        wait_all_ranks: bool,
    ) -> *mut c_char;
    fn flambeau_broadcast_coalesced(
        group: *mut CGroup,
        tensors: Tensors,
        n: usize,
        size: i64,
        source: i32,
    ) -> *mut c_char;
    fn flambeau_work_wait(work: *const CWork) -> *mut c_char;
    fn flambeau_work_is_completed(work: *const CWork, out: *mut bool) -> *mut c_char;
    fn flambeau_work_source(work: *const CWork, out: *mut i32) -> *mut c_char;
    fn flambeau_work_free(work: *mut CWork);
}

/// Of timeouts, with which no sum overflows.
pub(crate) const LONGEST_WAIT: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

fn milliseconds(timeout: Duration) -> i64 {
    timeout.min(LONGEST_WAIT).as_millis() as i64
}

/// A text as C has it; one with a zero byte ends there.
pub(super) fn c_string(text: &str) -> CString {
    let text = text.split('\0').next().unwrap_or_default();
    CString::new(text).expect("no zero byte is left")
}

/// Texts under keys, which all processes see.
pub(crate) struct Store(*mut CStore);

// SAFETY: a counted pointer, the count of which is atomic, to a store that locks a mutex for each of
// its operations.
unsafe impl Send for Store {}
unsafe impl Sync for Store {}

impl Store {
    /// The store at this address: with a socket that listens there, this process has it.
    pub fn tcp(
        host: &str,
        port: u16,
        listener: Option<TcpListener>,
        world_size: usize,
        timeout: Duration,
    ) -> Result<Self> {
        let listener = listener.map_or(-1, IntoRawFd::into_raw_fd);
        let (host, timeout) = (c_string(host), milliseconds(timeout));
        Self::made(|out| unsafe {
            flambeau_store_tcp(host.as_ptr(), port, listener, world_size, timeout, out)
        })
    }

    /// The store in a file that all processes reach.
    pub fn file(path: &Path, world_size: usize, timeout: Duration) -> Result<Self> {
        let path = c_string(&path.to_string_lossy());
        let (size, timeout) = (world_size as i32, milliseconds(timeout));
        Self::made(|out| unsafe { flambeau_store_file(path.as_ptr(), size, timeout, out) })
    }

    /// The part of this store whose keys begin with `prefix`.
    pub fn prefixed(&self, prefix: &str) -> Result<Self> {
        let prefix = c_string(prefix);
        Self::made(|out| unsafe { flambeau_store_prefix(prefix.as_ptr(), self.0, out) })
    }

    /// Another connection to the same store, so that one does not wait for the other.
    pub fn connected_anew(&self, timeout: Duration) -> Result<Self> {
        let timeout = milliseconds(timeout);
        Self::made(|out| unsafe { flambeau_store_clone(self.0, timeout, out) })
    }

    fn made(make: impl FnOnce(*mut *mut CStore) -> *mut c_char) -> Result<Self> {
        let mut store = ptr::null_mut();
        check(make(&mut store))?;
        Ok(Self(store))
    }

    pub fn set(&self, key: &str, value: &str) -> Result<()> {
        let (key, value) = (c_string(key), c_string(value));
        check(unsafe { flambeau_store_set(self.0, key.as_ptr(), value.as_ptr()) })
    }

    /// The text under a key, once it is there.
    pub fn get(&self, key: &str) -> Result<String> {
        let (key, mut text) = (c_string(key), ptr::null_mut());
        check(unsafe { flambeau_store_get(self.0, key.as_ptr(), &mut text) })?;
        // SAFETY: a C string that the shim made for us to free.
        let copy = unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned();
        unsafe { flambeau_free(text) };
        Ok(copy)
    }

    /// Adds to the number under a key, which begins at 0, and returns it.
    pub fn add(&self, key: &str, amount: i64) -> Result<i64> {
        let (key, mut sum) = (c_string(key), 0);
        check(unsafe { flambeau_store_add(self.0, key.as_ptr(), amount, &mut sum) })?;
        Ok(sum)
    }

    /// Is there a text under this key?
    pub fn has(&self, key: &str) -> Result<bool> {
        let (key, mut has) = (c_string(key), false);
        check(unsafe { flambeau_store_check(self.0, key.as_ptr(), &mut has) })?;
        Ok(has)
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        unsafe { flambeau_store_free(self.0) }
    }
}

/// What a group does together; counted as in `distributed.cpp`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Collective {
    Broadcast = 0,
    AllReduce = 1,
    Reduce = 2,
    AllGather = 3,
    Gather = 4,
    Scatter = 5,
    ReduceScatter = 6,
    AllToAll = 7,
    Send = 8,
    Recv = 9,
    RecvAnySource = 10,
    Barrier = 11,
    AllGatherSingle = 12,
    ReduceScatterSingle = 13,
    AllToAllSingle = 14,
}

/// A collective with all that it is called on.
#[derive(Clone, Copy)]
pub(crate) struct Call<'a> {
    pub which: Collective,
    pub outputs: &'a [Tensor],
    pub inputs: &'a [Tensor],
    /// A `c10d::ReduceOp`.
    pub op: i32,
    /// The rank within the group that it goes out from or to.
    pub root: usize,
    pub tag: i32,
    /// How much of one tensor comes from each rank, and goes to each; none where it is the same.
    pub output_splits: &'a [i64],
    pub input_splits: &'a [i64],
}

/// A group of processes, as one of them has it.
pub(crate) struct Group(pub(super) *mut CGroup);

// SAFETY: the group's mutex is locked where a collective begins; afterwards Gloo's own threads do the
// work.
unsafe impl Send for Group {}
unsafe impl Sync for Group {}

impl Group {
    /// A group on Gloo, whose members find each other in the store. What `explain` makes of an error is
    /// said where autograd waits for a sum.
    pub fn gloo(
        store: &Store,
        name: &str,
        rank: usize,
        size: usize,
        timeout: Duration,
        explain: Explain,
    ) -> Result<Self> {
        let (name, timeout) = (c_string(name), milliseconds(timeout));
        let (rank, size, mut group) = (rank as i32, size as i32, ptr::null_mut());
        let explain = CExplain::new(explain);
        check(unsafe {
            flambeau_group_gloo(store.0, name.as_ptr(), rank, size, timeout, &explain, &mut group)
        })?;
        Ok(Self(group))
    }

    /// Has NCCL carry the tensors that are on a GPU.
    #[cfg(feature = "nccl")]
    pub fn add_nccl(&self, store: &Store, name: &str, timeout: Duration) -> Result<()> {
        let (name, timeout) = (c_string(name), milliseconds(timeout));
        check(unsafe { flambeau_group_add_nccl(self.0, store.0, name.as_ptr(), timeout) })
    }

    /// Begins a collective.
    pub fn begin(&self, call: Call<'_>) -> Result<Work> {
        if !call.outputs.iter().chain(call.inputs).all(Tensor::defined) {
            return Err(Error::argument("tensor", "one that is not defined has no numbers"));
        }
        let (outputs, inputs) = (pointers(call.outputs), pointers(call.inputs));
        let mut work = ptr::null_mut();
        check(unsafe {
            flambeau_collective(
                self.0,
                call.which as i32,
                outputs.as_ptr(),
                outputs.len(),
                inputs.as_ptr(),
                inputs.len(),
                call.op,
                call.root as i64,
                call.tag,
                call.output_splits.as_ptr(),
                call.output_splits.len(),
                call.input_splits.as_ptr(),
                call.input_splits.len(),
                &mut work,
            )
        })?;
        Ok(Work(work))
    }

    /// Waits for all ranks, of which the first finds out who has not come.
    pub fn monitored_barrier(&self, timeout: Option<Duration>, wait_all_ranks: bool) -> Result<()> {
        let timeout = timeout.map_or(-1, milliseconds);
        check(unsafe { flambeau_monitored_barrier(self.0, timeout, wait_all_ranks) })
    }

    /// Copies the values of rank `source` into all these tensors, in pieces of `size` bytes.
    pub fn broadcast_coalesced(&self, tensors: &[Tensor], size: i64, source: usize) -> Result<()> {
        let tensors = pointers(tensors);
        check(unsafe {
            let (n, source) = (tensors.len(), source as i32);
            flambeau_broadcast_coalesced(self.0, tensors.as_ptr(), n, size, source)
        })
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // What goes wrong at the end is in NCCL's own log.
        #[cfg(feature = "nccl")]
        let _ = check(unsafe { flambeau_group_shut_down(self.0) });
        unsafe { flambeau_group_free(self.0) }
    }
}

/// A collective that has begun.
pub(crate) struct Work(pub(super) *mut CWork);

// SAFETY: a counted pointer, the count of which is atomic, to what has a mutex of its own.
unsafe impl Send for Work {}
unsafe impl Sync for Work {}

impl Work {
    pub fn wait(&self) -> Result<()> {
        check(unsafe { flambeau_work_wait(self.0) })
    }

    pub fn is_completed(&self) -> Result<bool> {
        let mut completed = false;
        check(unsafe { flambeau_work_is_completed(self.0, &mut completed) })?;
        Ok(completed)
    }

    /// The pointer, which C++ frees.
    pub(super) fn into_raw(self) -> *mut CWork {
        ManuallyDrop::new(self).0
    }

    /// The rank that was received from, after the wait.
    pub fn source(&self) -> Result<usize> {
        let mut source = 0;
        check(unsafe { flambeau_work_source(self.0, &mut source) })?;
        Ok(usize::try_from(source).unwrap_or_default())
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        unsafe { flambeau_work_free(self.0) }
    }
}
