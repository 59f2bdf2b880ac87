//! A `.pt` file, written.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::mem;
use std::path::Path;
use std::sync::Arc;

use tch::{Device, Tensor};
use zip::CompressionMethod;
use zip::result::ZipError;
use zip::write::SimpleFileOptions;

use super::names;
use super::seal;
use super::storages::STORAGES;
use super::{DEPTH, deeper, place};
use crate::Dtype;
use crate::Error;
use crate::Result;
use crate::ffi::{Layout, identity, tensor_bytes};
use crate::file::write_whole_by;
use crate::object::{Dict, Key, Made, Object, Opaque};
use crate::serialize::place::Place;
use crate::serialize::source::retyped;

/// The archive's folder, and where in it PyTorch wants tensors to begin.
const FOLDER: &str = "archive";
const ALIGNMENT: u16 = 64;

/// Writes the archive of an object, with a digest over it if it is to be sealed.
pub(super) fn write(object: &Object, path: &Path, sealed: bool) -> Result<()> {
    let writer = Writer::of(object, path)?;
    write_whole_by(path, |file| {
        writer.archive(file, sealed)?;
        if sealed { seal::put(file) } else { Ok(()) }
    })
}

/// Writes the archive of an object into an open file, which errors name so.
pub(super) fn write_to(object: &Object, path: &Path, file: &mut File) -> Result<()> {
    let unwritable = |e| Error::file(path, format!("cannot be written: {e}"), "make room");
    Writer::of(object, path)?.archive(file, false).map_err(unwritable)
}

/// A file that, once a write to it has failed, takes all else without a word: an archive that is dropped
/// would try to write its end, and print that it cannot.
struct UntilItFails<'f> {
    file: &'f mut File,
    failed: bool,
}

impl Write for UntilItFails<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.failed {
            true => Ok(bytes.len()),
            false => self.file.write(bytes).inspect_err(|error| {
                self.failed = error.kind() != io::ErrorKind::Interrupted;
            }),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Seek for UntilItFails<'_> {
    fn seek(&mut self, place: SeekFrom) -> io::Result<u64> {
        self.file.seek(place)
    }
}

/// What the system said, where it was the system.
fn io_error(error: ZipError) -> io::Error {
    match error {
        ZipError::Io(error) => error,
        other => io::Error::other(other),
    }
}

/// The pickle as it grows, and the tensors that it names by their numbers.
struct Writer {
    pickle: Vec<u8>,
    /// On the CPU, each without gaps.
    storages: Vec<Tensor>,
    /// What was seen before: those that live as long as this, by how they lie in memory.
    known: HashMap<Place, (Tensor, usize)>,
    /// The lists, tensors and the like that were written, by where they lie: the numbers to recall them by.
    /// And how deep values stand in them.
    memo: HashMap<Shared, (u32, usize)>,
    /// How deep values stand in what is being written, as far as it is.
    height: usize,
    /// The way to what is being written: keys and numbers.
    trail: Vec<Key>,
}

impl Writer {
    /// The pickle of an object, for a file of this name.
    fn of(object: &Object, path: &Path) -> Result<Self> {
        let (storages, known, memo, trail) = (vec![], HashMap::new(), HashMap::new(), vec![]);
        let mut writer = Self { pickle: vec![0x80, 2], storages, known, memo, height: 0, trail };
        if let Err(problem) = writer.object(object, DEPTH) {
            // What is wrong, where, and what to do if that is known.
            let (problem, remedy) = problem.split_once("; ").unwrap_or((&problem, "save less"));
            let problem = match &place(writer.trail.iter().map(Key::name))[..] {
                "" => format!("cannot be written: {problem}"),
                place => format!("cannot be written: {problem}, at '{place}'"),
            };
            return Err(Error::file(path, problem, remedy));
        }
        writer.pickle.push(b'.');
        Ok(writer)
    }

    fn archive(&self, file: &mut File, sealed: bool) -> io::Result<()> {
        let mut file = UntilItFails { file, failed: false };
        let mut archive = zip::ZipWriter::new(BufWriter::new(&mut file));
        if sealed {
            archive.set_raw_comment(seal::comment().into()).map_err(io_error)?;
        }
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .with_alignment(ALIGNMENT)
            .large_file(true);
        let mut add = |name: &str, bytes: &[u8]| -> io::Result<()> {
            archive.start_file(format!("{FOLDER}/{name}"), options).map_err(io_error)?;
            archive.write_all(bytes)
        };
        add("data.pkl", &self.pickle)?;
        add("byteorder", b"little")?;
        for (i, storage) in self.storages.iter().enumerate() {
            add(&format!("data/{i}"), tensor_bytes(storage).unwrap_or_default())?;
        }
        add("version", b"3\n")?;
        archive.finish().map_err(io_error)?.flush()
    }

    /// Writes a value, and what is shared only once.
    fn object(&mut self, object: &Object, depth: usize) -> Result<(), String> {
        let too_deep = || format!("it is nested deeper than {DEPTH} times");
        let level = usize::from(object.shared().is_some());
        let inner = depth.checked_sub(level).ok_or_else(too_deep)?;
        let Some(shared) = shared(object) else {
            return self.anew(object, inner);
        };
        if let Some((number, height)) = self.memo.get(&shared).copied() {
            if height > depth {
                return Err(too_deep());
            }
            self.height = self.height.max(height);
            self.memoized([b'h', b'j'], number);
            return Ok(());
        }
        let outer = mem::take(&mut self.height);
        deeper(|| self.anew(object, inner))?;
        let height = self.height + level;
        self.height = outer.max(height);
        let number = u32::try_from(self.memo.len()).map_err(|_| "it holds too many lists")?;
        self.memo.insert(shared, (number, height));
        self.memoized([b'q', b'r'], number);
        Ok(())
    }

    /// To remember or to recall under a number, short or long.
    fn memoized(&mut self, opcodes: [u8; 2], number: u32) {
        match u8::try_from(number) {
            Ok(short) => self.pickle.extend([opcodes[0], short]),
            Err(_) => {
                self.pickle.push(opcodes[1]);
                self.pickle.extend(number.to_le_bytes());
            }
        }
    }

    fn anew(&mut self, object: &Object, inner: usize) -> Result<(), String> {
        match object {
            Object::None => self.pickle.push(b'N'),
            Object::Bool(truth) => self.pickle.push(if *truth { 0x88 } else { 0x89 }),
            Object::Int(number) => self.int(*number),
            Object::BigInt(number) => {
                let bytes = number.to_signed_bytes_le();
                match u8::try_from(bytes.len()) {
                    Ok(length) => self.pickle.extend([0x8a, length]),
                    Err(_) => {
                        let length = u32::try_from(bytes.len());
                        let length = length.map_err(|_| "a number is too large")?;
                        self.pickle.push(0x8b);
                        self.pickle.extend(length.to_le_bytes());
                    }
                }
                self.pickle.extend(bytes);
            }
            Object::Float(number) => self.float(*number),
            Object::Complex(real, imaginary) => {
                self.global("__builtin__", "complex")?;
                self.float(*real);
                self.float(*imaginary);
                self.pickle.extend(b"\x86R");
            }
            Object::Str(text) => self.text(text)?,
            Object::Bytes(bytes) => self.bytes(bytes)?,
            Object::ByteArray(bytes) => {
                self.global("__builtin__", "bytearray")?;
                self.latin1(bytes)?;
                self.pickle.extend(b"\x86R");
            }
            Object::Dtype(dtype) => self.global("torch", dtype.name())?,
            Object::Device(device) => {
                self.global("torch", "device")?;
                self.text(device)?;
                self.pickle.extend(b"\x85R");
            }
            Object::Tensor(tensor) => self.tensor(tensor)?,
            Object::List(values) => self.list(values, inner)?,
            Object::Tuple(values) => self.tuple(values, inner)?,
            Object::Set(members) => {
                self.global("__builtin__", "set")?;
                self.pickle.extend(b"](");
                for member in members.iter() {
                    self.object(&member.to_object(), inner)?;
                }
                self.pickle.extend(b"e\x85R");
            }
            Object::Dict(dict) => {
                self.pickle.push(b'}');
                self.entries(dict, inner)?;
            }
            Object::Counter(counts) => {
                self.global("collections", "Counter")?;
                self.pickle.push(b'}');
                self.entries(counts, inner)?;
                self.pickle.extend(b"\x85R");
            }
            Object::Opaque(opaque) => self.opaque(opaque, inner)?,
            Object::Cycle => {
                return Err(
                    "it holds `...`, for what stands there once more inside of itself; put \
                            something else there"
                        .into(),
                );
            }
        }
        Ok(())
    }

    fn list(&mut self, values: &[Object], depth: usize) -> Result<(), String> {
        self.pickle.push(b']');
        self.items(values, depth)
    }

    fn items(&mut self, values: &[Object], depth: usize) -> Result<(), String> {
        self.pickle.push(b'(');
        self.numbered(values, depth)?;
        self.pickle.push(b'e');
        Ok(())
    }

    fn numbered(&mut self, values: &[Object], depth: usize) -> Result<(), String> {
        for (i, value) in values.iter().enumerate() {
            self.trail.push(Key::Int(i as i64));
            self.object(value, depth)?;
            self.trail.pop();
        }
        Ok(())
    }

    fn tuple(&mut self, values: &[Object], depth: usize) -> Result<(), String> {
        self.pickle.push(b'(');
        self.numbered(values, depth)?;
        self.pickle.push(b't');
        Ok(())
    }

    fn entries(&mut self, dict: &Dict, depth: usize) -> Result<(), String> {
        self.pickle.push(b'(');
        for (key, value) in dict {
            self.object(&key.to_object(), depth)?;
            self.trail.push(key.clone());
            self.object(value, depth)?;
            self.trail.pop();
        }
        self.pickle.push(b'u');
        Ok(())
    }

    fn opaque(&mut self, opaque: &Opaque, depth: usize) -> Result<(), String> {
        // What another call returns is called by that one.
        match (opaque.module.is_empty(), opaque.entries.first()) {
            (true, Some((_, function))) => self.object(function, depth)?,
            _ => {
                let (module, name) = names::in_protocol_2(&opaque.module, &opaque.name);
                self.global(module, name)?;
            }
        }
        match &opaque.made {
            Made::Named => return Ok(()),
            Made::Called(arguments) => {
                self.tuple(arguments, depth)?;
                self.pickle.push(b'R');
            }
            Made::New(arguments, keywords) => {
                self.tuple(arguments, depth)?;
                if keywords.is_empty() {
                    self.pickle.push(0x81);
                } else {
                    self.pickle.push(b'}');
                    self.entries(keywords, depth)?;
                    self.pickle.push(0x92);
                }
            }
        }
        if !opaque.items.is_empty() {
            self.items(&opaque.items, depth)?;
        }
        if !opaque.entries.is_empty() && !opaque.module.is_empty() {
            self.entries(&opaque.entries, depth)?;
        }
        if let Some(state) = &opaque.state {
            self.object(state, depth)?;
            self.pickle.push(b'b');
        }
        Ok(())
    }

    fn global(&mut self, module: &str, name: &str) -> Result<(), String> {
        if module.contains('\n') || name.contains('\n') || name.is_empty() {
            return Err(format!("an object of {module:?}.{name:?}, which names no class"));
        }
        self.pickle.extend(format!("c{module}\n{name}\n").as_bytes());
        Ok(())
    }

    fn int(&mut self, number: i64) {
        match i32::try_from(number) {
            Ok(short) => {
                self.pickle.push(b'J');
                self.pickle.extend(short.to_le_bytes());
            }
            Err(_) => {
                self.pickle.extend([0x8a, 8]);
                self.pickle.extend(number.to_le_bytes());
            }
        }
    }

    fn float(&mut self, number: f64) {
        self.pickle.push(b'G');
        self.pickle.extend(number.to_be_bytes());
    }

    fn text(&mut self, text: &str) -> Result<(), String> {
        let length = u32::try_from(text.len()).map_err(|_| "a text is longer than 4 GiB")?;
        self.pickle.push(b'X');
        self.pickle.extend(length.to_le_bytes());
        self.pickle.extend(text.as_bytes());
        Ok(())
    }

    /// `_codecs.encode(text, "latin1")`, as protocol 2 has no bytes.
    fn bytes(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.global("_codecs", "encode")?;
        self.latin1(bytes)?;
        self.pickle.extend(b"\x86R");
        Ok(())
    }

    fn latin1(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.text(&bytes.iter().map(|&byte| char::from(byte)).collect::<String>())?;
        self.text("latin1")
    }

    fn ints(&mut self, numbers: &[i64]) {
        self.pickle.push(b'(');
        numbers.iter().for_each(|number| self.int(*number));
        self.pickle.push(b't');
    }

    fn tensor(&mut self, tensor: &Tensor) -> Result<(), String> {
        match Layout::of(tensor) {
            Layout::Strided => self.strided(tensor),
            Layout::Sparse("torch.sparse_coo") => self.sparse(tensor),
            Layout::Undefined => Err("it holds a tensor that is not defined; leave it out".into()),
            Layout::Meta => self.meta(tensor),
            Layout::Quantized => {
                let what = Dtype::of(tensor).map_or("a quantized kind".into(), |of| of.to_string());
                let remedy = "save what `dequantize` makes of it, or its `int_repr` and its scales";
                Err(format!("it holds a tensor of {what}; {remedy}"))
            }
            Layout::Nested => {
                Err("it holds a nested tensor; save its parts, which `unbind` gives, \
                                   or what `to_padded_tensor` makes of it"
                    .into())
            }
            Layout::Sparse(layout) => {
                Err(format!("it holds a tensor of {layout}; save what `to_dense` makes of it"))
            }
            Layout::Opaque => {
                Err("it holds a tensor of another layout; save what `to_dense` makes of it".into())
            }
        }
    }

    /// `torch._utils._rebuild_tensor_v2(storage, 0, size, stride, False, OrderedDict())`, or, where
    /// no class of storages has the kind, `_rebuild_tensor_v3`.
    fn strided(&mut self, tensor: &Tensor) -> Result<(), String> {
        let dtype = Dtype::of(tensor).ok_or("a tensor that is not defined")?;
        let stride = strides(tensor);
        let number = self.storage(tensor, dtype)?;
        let length = tensor_bytes(&self.storages[number]).map_or(0, <[u8]>::len);
        let class = STORAGES.iter().find(|(known, _)| *known == dtype).map(|(_, class)| class);
        let function = if class.is_some() { "_rebuild_tensor_v2" } else { "_rebuild_tensor_v3" };
        self.global("torch._utils", function)?;
        self.pickle.extend(b"((");
        self.text("storage")?;
        match class {
            Some(class) => self.global("torch", class)?,
            None => self.global("torch.storage", "UntypedStorage")?,
        }
        self.text(&number.to_string())?;
        self.text("cpu")?;
        self.int((length / class.map_or(1, |_| dtype.itemsize())) as i64);
        self.pickle.extend(b"tQ");
        self.int(0);
        self.ints(&tensor.size());
        self.ints(&stride);
        self.pickle.extend(b"\x89ccollections\nOrderedDict\n)R");
        if class.is_none() {
            self.global("torch", dtype.name())?;
        }
        self.pickle.extend(b"tR");
        Ok(())
    }

    /// The number of the storage that a tensor's numbers are written to.
    fn storage(&mut self, tensor: &Tensor, dtype: Dtype) -> Result<usize, String> {
        let place = Place::of(tensor);
        if let Some((_, number)) = place.as_ref().and_then(|place| self.known.get(place)) {
            return Ok(*number);
        }
        let packed = packed(tensor, dtype).map_err(|e| e.to_string())?;
        self.storages.push(packed);
        let number = self.storages.len() - 1;
        self.known.extend(place.map(|place| (place, (tensor.shallow_clone(), number))));
        Ok(number)
    }

    /// `torch._utils._rebuild_sparse_tensor(torch.sparse_coo, (indices, values, size, coalesced))`.
    fn sparse(&mut self, tensor: &Tensor) -> Result<(), String> {
        let tensor = tensor.detach();
        let parts = (tensor.f_internal_indices(), tensor.f_internal_values());
        let (Ok(indices), Ok(values)) = parts else {
            return Err("a sparse tensor of no parts".into());
        };
        self.global("torch._utils", "_rebuild_sparse_tensor")?;
        self.global("torch.serialization", "_get_layout")?;
        self.text("torch.sparse_coo")?;
        self.pickle.extend(b"\x85R(");
        self.strided(&indices)?;
        self.strided(&values)?;
        self.global("torch", "Size")?;
        self.ints(&tensor.size());
        self.pickle.extend(b"\x85R");
        let coalesced = tensor.f_is_coalesced().unwrap_or(false);
        self.pickle.push(if coalesced { 0x88 } else { 0x89 });
        self.pickle.extend(b"t\x86R");
        Ok(())
    }

    /// `torch._utils._rebuild_meta_tensor_no_storage(dtype, size, stride, False)`.
    fn meta(&mut self, tensor: &Tensor) -> Result<(), String> {
        let dtype = Dtype::of(tensor).ok_or("a tensor that is not defined")?;
        self.global("torch._utils", "_rebuild_meta_tensor_no_storage")?;
        self.pickle.push(b'(');
        self.global("torch", dtype.name())?;
        self.ints(&tensor.size());
        self.ints(&tensor.stride());
        self.pickle.extend(b"\x89tR");
        Ok(())
    }
}

/// Which kind it is, since a list may lie where a tuple does, and where.
type Shared = (mem::Discriminant<Object>, *const ());

/// Where that lies which handles of one list, dictionary, object or tensor share.
fn shared(object: &Object) -> Option<Shared> {
    let place: *const () = match object {
        Object::Bytes(bytes) | Object::ByteArray(bytes) => Arc::as_ptr(bytes).cast(),
        Object::Tensor(tensor) => identity(tensor) as *const (),
        holds_others => holds_others.shared()?.0,
    };
    Some((mem::discriminant(object), place))
}

/// The dimensions of a tensor from the one with the largest stride to the one with the smallest.
fn dims_in_memory(tensor: &Tensor) -> Vec<usize> {
    let stride = tensor.stride();
    let mut dims: Vec<usize> = (0..stride.len()).collect();
    dims.sort_by_key(|&dim| std::cmp::Reverse(stride[dim]));
    dims
}

/// The strides that a tensor has without gaps: in the order that it has, and none where it was
/// expanded.
fn strides(tensor: &Tensor) -> Vec<i64> {
    let (size, old) = (tensor.size(), tensor.stride());
    let mut stride = vec![0; size.len()];
    if size.contains(&0) || tensor.is_contiguous() {
        return old;
    }
    let mut step = 1;
    for dim in dims_in_memory(tensor).into_iter().rev() {
        if old[dim] != 0 || size[dim] == 1 {
            stride[dim] = step;
            step *= size[dim];
        }
    }
    stride
}

/// The numbers that [`strides`] are of, without gaps, as bytes on the CPU.
fn packed(tensor: &Tensor, dtype: Dtype) -> Result<Tensor> {
    let said = |e: tch::TchError| Error::Torch(crate::ffi::without_frames(&e.to_string()));
    let mut packed = tensor.detach();
    if !packed.is_contiguous() && packed.numel() > 0 {
        for (dim, stride) in packed.stride().into_iter().enumerate() {
            if stride == 0 && packed.size()[dim] > 1 {
                packed = packed.f_narrow(dim as i64, 0, 1).map_err(said)?;
            }
        }
        let dims: Vec<i64> = dims_in_memory(tensor).into_iter().map(|dim| dim as i64).collect();
        packed = packed.f_permute(&dims[..]).map_err(said)?;
    }
    // A conjugate or a negative may be a view that is turned as it is read.
    let packed = packed.f_to_device(Device::Cpu).map_err(said)?;
    let packed = packed.f_resolve_conj().and_then(|packed| packed.f_resolve_neg()).map_err(said)?;
    let packed = packed.f_contiguous().map_err(said)?;
    match packed.numel() {
        0 => Ok(Tensor::empty([0], (tch::Kind::Uint8, Device::Cpu))),
        _ if dtype == Dtype::Uint8 => Ok(packed),
        // A single number is without gaps whatever its strides, which a change of type looks at.
        n => retyped(&packed.f_as_strided([n as i64], [1], None).map_err(said)?, Dtype::Uint8),
    }
}
