//! A `.pt` file's bytes.

use std::collections::HashMap;
use std::io::{Cursor, Write};

use tch::{Device, Tensor};
use zip::CompressionMethod;
use zip::write::SimpleFileOptions;

use super::{DEPTH, STORAGES};
use crate::object::{Dict, Key, Object};

/// The archive's folder, and where in it PyTorch wants tensors to begin.
const FOLDER: &str = "archive";
const ALIGNMENT: u16 = 64;

/// The archive of an object.
pub(super) fn write(object: &Object) -> Result<Vec<u8>, String> {
    let mut writer = Writer { pickle: vec![0x80, 2], storages: vec![], known: HashMap::new() };
    writer.object(object, DEPTH)?;
    writer.pickle.push(b'.');

    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .with_alignment(ALIGNMENT)
        .large_file(true);
    let mut add = |name: &str, bytes: &[u8]| {
        archive.start_file(format!("{FOLDER}/{name}"), options).map_err(|e| e.to_string())?;
        archive.write_all(bytes).map_err(|e| e.to_string())
    };
    add("data.pkl", &writer.pickle)?;
    add("byteorder", b"little")?;
    for (i, tensor) in writer.storages.iter().enumerate() {
        let size = tensor.kind().elt_size_in_bytes();
        let mut bytes = vec![0; tensor.numel() * size];
        tensor.copy_data_u8(&mut bytes, tensor.numel());
        add(&format!("data/{i}"), &bytes)?;
    }
    add("version", b"3\n")?;
    let archive = archive.finish().map_err(|e| e.to_string())?;
    Ok(archive.into_inner())
}

/// The pickle as it grows, and the tensors that it names by their numbers.
struct Writer {
    pickle: Vec<u8>,
    /// On the CPU, each without gaps.
    storages: Vec<Tensor>,
    /// The number of a tensor that was seen before, by its memory, kind and size.
    known: HashMap<(usize, tch::Kind, usize), usize>,
}

impl Writer {
    fn object(&mut self, object: &Object, depth: usize) -> Result<(), String> {
        let inner =
            depth.checked_sub(1).ok_or(format!("it is nested deeper than {DEPTH} times"))?;
        match object {
            Object::None => self.pickle.push(b'N'),
            Object::Bool(truth) => self.pickle.push(if *truth { 0x88 } else { 0x89 }),
            Object::Int(number) => self.int(*number),
            Object::Float(number) => {
                self.pickle.push(b'G');
                self.pickle.extend(number.to_be_bytes());
            }
            Object::Str(text) => self.text(text)?,
            Object::Tensor(tensor) => self.tensor(tensor)?,
            Object::List(values) => {
                self.pickle.extend(b"](");
                for value in values {
                    self.object(value, inner)?;
                }
                self.pickle.push(b'e');
            }
            Object::Tuple(values) => {
                self.pickle.push(b'(');
                for value in values {
                    self.object(value, inner)?;
                }
                self.pickle.push(b't');
            }
            Object::Dict(dict) => self.dict(dict, inner)?,
            Object::Counter(counts) => {
                self.pickle.extend(b"ccollections\nCounter\n");
                self.dict(counts, inner)?;
                self.pickle.extend(b"\x85R");
            }
        }
        Ok(())
    }

    fn dict(&mut self, dict: &Dict, depth: usize) -> Result<(), String> {
        self.pickle.extend(b"}(");
        for (key, value) in dict {
            match key {
                Key::Int(number) => self.int(*number),
                Key::Str(text) => self.text(text)?,
            }
            self.object(value, depth)?;
        }
        self.pickle.push(b'u');
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

    fn text(&mut self, text: &str) -> Result<(), String> {
        let length = u32::try_from(text.len()).map_err(|_| "a text is longer than 4 GiB")?;
        self.pickle.push(b'X');
        self.pickle.extend(length.to_le_bytes());
        self.pickle.extend(text.as_bytes());
        Ok(())
    }

    fn ints(&mut self, numbers: &[i64]) {
        self.pickle.push(b'(');
        numbers.iter().for_each(|number| self.int(*number));
        self.pickle.push(b't');
    }

    /// `torch._utils._rebuild_tensor_v2(storage, 0, size, stride, False, OrderedDict())`.
    fn tensor(&mut self, tensor: &Tensor) -> Result<(), String> {
        if !tensor.defined() {
            return Err("a tensor that is not defined".into());
        }
        let kind = tensor.kind();
        let storage = STORAGES.iter().find(|(known, _)| *known == kind);
        let (_, storage) = storage.ok_or(format!("there is no storage of kind {kind:?}"))?;
        if tensor.is_sparse() || tensor.is_mkldnn() {
            return Err("a sparse tensor: make it dense".into());
        }
        // `data_ptr` of a tensor with gaps is its first element's, so only those without are shared.
        // A conjugate or a negative may be a view that is turned as it is read.
        let whole = tensor.detach().to_device(Device::Cpu).resolve_conj().resolve_neg();
        let whole =
            whole.f_contiguous().map_err(|_| "a tensor of another layout: make it dense")?;
        let place = (whole.data_ptr() as usize, kind, whole.numel());
        let number = match self.known.get(&place) {
            Some(number) if whole.numel() > 0 => *number,
            _ => {
                self.storages.push(whole.shallow_clone());
                self.known.insert(place, self.storages.len() - 1);
                self.storages.len() - 1
            }
        };
        self.pickle.extend(b"ctorch._utils\n_rebuild_tensor_v2\n((");
        self.text("storage")?;
        self.pickle.extend(format!("ctorch\n{storage}\n").as_bytes());
        self.text(&number.to_string())?;
        self.text("cpu")?;
        self.int(whole.numel() as i64);
        self.pickle.extend(b"tQ");
        self.int(0);
        self.ints(&whole.size());
        self.ints(&whole.stride());
        self.pickle.extend(b"\x89ccollections\nOrderedDict\n)RtR");
        Ok(())
    }
}
