//! [`Source`]: a file that tensors are read from, or lie in.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::{io, mem};

use tch::{Device, Kind, Tensor};

use crate::ffi::{Argument, filled_bytes, try_op};
use crate::{Dtype, Error, Result};

/// A file that is open, and mapped where its tensors are to stay in it.
pub(super) struct Source {
    pub file: File,
    /// How many bytes it has.
    pub length: u64,
    /// All of them.
    map: Option<Tensor>,
}

impl Source {
    /// # Errors
    /// When the file cannot be read or mapped, or is no ordinary file.
    pub fn open(path: &Path, mmap: bool) -> Result<Self> {
        let unreadable = |e| Error::file(path, e, "check the path and that it may be read");
        // Before it is opened: a named pipe would be waited for.
        let about = fs::metadata(path).map_err(unreadable)?;
        if !about.is_file() {
            let what = if about.is_dir() { "is a folder" } else { "is no ordinary file" };
            return Err(Error::file(path, what, "name a file of tensors"));
        }
        let file = File::open(path).map_err(unreadable)?;
        let length = file.metadata().map_err(unreadable)?.len();
        // Nothing cannot be mapped.
        let map = (mmap && length > 0).then(|| map(path, length)).transpose()?;
        Ok(Self { file, length, map })
    }

    /// The first bytes, so many or as many as there are.
    pub fn head(&self, length: usize) -> io::Result<Vec<u8>> {
        let length = usize::try_from(self.length).unwrap_or(usize::MAX).min(length);
        let mut head = vec![0; length];
        self.file.read_exact_at(&mut head, 0)?;
        Ok(head)
    }

    pub fn is_mapped(&self) -> bool {
        self.map.is_some()
    }

    /// The bytes from here on, so many: in the file where it is mapped, else a copy.
    pub fn bytes(&self, at: u64, length: u64) -> Result<Tensor, String> {
        let end = at.checked_add(length);
        if end.is_none_or(|end| end > self.length) {
            return Err(format!(
                "ends at byte {}, {length} bytes from {at} on are missing",
                self.length
            ));
        }
        if let Some(map) = &self.map {
            return map.f_narrow(0, at as i64, length as i64).map_err(|e| e.to_string());
        }
        filled_bytes(length as usize, |bytes| {
            self.file.read_exact_at(bytes, at).map_err(|e| e.to_string())
        })
    }
}

/// The whole file as bytes that come when they are looked at.
fn map(path: &Path, length: u64) -> Result<Tensor> {
    let unmapped = |problem: String| {
        Error::file(path, format!("cannot be mapped ({problem})"), "load it without `mmap`")
    };
    let name = path.to_str().ok_or_else(|| unmapped("its name is not UTF-8".into()))?;
    let (length, options) = (i64::try_from(length).ok(), (Kind::Uint8, Device::Cpu));
    Tensor::f_from_file(name, false, length, options)
        .map_err(|e| unmapped(crate::ffi::without_frames(&e.to_string())))
}

/// Bytes as numbers of another kind: in the same memory, or in a copy where they lie at a place at
/// which no such number can.
pub(super) fn retyped(bytes: &Tensor, dtype: Dtype) -> Result<Tensor> {
    viewed(bytes, dtype).or_else(|_| viewed(&bytes.copy(), dtype))
}

fn viewed(bytes: &Tensor, dtype: Dtype) -> Result<Tensor> {
    let arguments = [Argument::Tensor(bytes), Argument::Integer(dtype as i64)];
    let [numbers] = try_op(c"aten::view", c"dtype", &arguments)?;
    // A view of one dimension keeps its place in memory, which processors want to be a multiple.
    match numbers.data_ptr() as usize % dtype.itemsize().min(mem::align_of::<u64>()) {
        0 => Ok(numbers),
        _ => Err(Error::Torch("lies at an odd place".into())),
    }
}
