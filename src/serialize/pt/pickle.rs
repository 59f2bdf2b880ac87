//! The stack machine that reads a `.pt` file's pickle.
//!
//! It knows the few objects that `torch.save` writes of tensors, numbers, texts, lists and
//! dictionaries. It never calls anything: the functions that a file names are recognised and
//! imitated, and any other is refused by its name. Whatever the bytes are, the answer is an object
//! or a sentence that says what is wrong: lengths are held against the bytes that are left before
//! memory is taken, the numbers of steps and of values are bounded, and values refer to one another
//! by number, so that no circle can be followed for ever.

use std::collections::HashMap;

use tch::Tensor;

use super::{DEPTH, STORAGES};
use crate::object::{Dict, Key, Object};

/// What may come out for each byte of a file: values and letters, counted once more each time that
/// they are shared. So a handful of bytes cannot ask for all memory.
const EXPANSION: usize = 4;

/// What a value is to the machine; those inside it are named by their numbers.
#[derive(Clone)]
enum Value {
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    Str(String),
    Global(Global),
    List(Vec<usize>),
    Tuple(Vec<usize>),
    Dict(Vec<(usize, usize)>),
    Counter(Vec<(usize, usize)>),
    /// A storage: its kind, its key in the archive, and how many numbers it holds.
    Storage(tch::Kind, String, usize),
    Tensor(usize),
}

/// What a file may name.
#[derive(Clone, Copy)]
enum Global {
    /// `collections.OrderedDict`.
    Dict,
    /// `collections.Counter`.
    Counter,
    /// `torch._utils._rebuild_tensor_v2`.
    RebuildTensor,
    /// `torch._utils._rebuild_parameter`.
    RebuildParameter,
    /// `torch._tensor._rebuild_from_type_v2`, for a buffer that is saved by itself.
    RebuildFromType,
    /// `torch.Tensor`, as a class.
    Class,
    /// `torch.Size`.
    Size,
    /// `torch.FloatStorage` and so on.
    Storage(tch::Kind),
}

impl Global {
    fn named(module: &str, name: &str) -> Result<Self, String> {
        let storage = STORAGES.iter().find(|(_, known)| *known == name);
        match (module, name, storage) {
            ("collections", "OrderedDict", _) => Ok(Self::Dict),
            ("collections", "Counter", _) => Ok(Self::Counter),
            ("torch._utils", "_rebuild_tensor_v2", _) => Ok(Self::RebuildTensor),
            ("torch._utils", "_rebuild_parameter", _) => Ok(Self::RebuildParameter),
            ("torch._tensor", "_rebuild_from_type_v2", _) => Ok(Self::RebuildFromType),
            ("torch", "Tensor", _) | ("torch.nn.parameter", "Buffer" | "Parameter", _) => {
                Ok(Self::Class)
            }
            ("torch", "Size", _) => Ok(Self::Size),
            ("torch", _, Some((kind, _))) => Ok(Self::Storage(*kind)),
            _ => Err(format!("names {module}.{name}, which is not executed")),
        }
    }
}

/// Where the machine gets a storage's numbers from, as a tensor of one dimension.
pub(super) trait Storages {
    fn storage(&mut self, key: &str, kind: tch::Kind, numel: usize) -> Result<Tensor, String>;
}

/// Reads the object that a pickle leaves.
pub(super) fn read(bytes: &[u8], storages: &mut dyn Storages) -> Result<Object, String> {
    let mut machine = Machine {
        bytes,
        at: 0,
        values: vec![],
        stack: vec![],
        marks: vec![],
        memo: HashMap::new(),
        tensors: vec![],
        left: Left(bytes.len().saturating_mul(EXPANSION).saturating_add(4096)),
        storages,
    };
    let result = machine.run()?;
    let mut left = Left(machine.left.0);
    machine.object(result, DEPTH, &mut left)
}

struct Machine<'a> {
    bytes: &'a [u8],
    at: usize,
    values: Vec<Value>,
    stack: Vec<usize>,
    /// How high the stack was at each mark.
    marks: Vec<usize>,
    memo: HashMap<u32, usize>,
    tensors: Vec<Tensor>,
    left: Left,
    storages: &'a mut dyn Storages,
}

/// How much may still be copied.
struct Left(usize);

impl Left {
    fn spend(&mut self, cost: usize) -> Result<(), String> {
        let problem = "holds more than a file of its size can mean";
        self.0 = self.0.checked_sub(cost).ok_or(problem)?;
        Ok(())
    }
}

impl Machine<'_> {
    fn run(&mut self) -> Result<usize, String> {
        loop {
            let at = self.at;
            match self.byte()? {
                b'.' => return self.pop(),
                opcode => self.step(opcode, at)?,
            }
        }
    }

    fn step(&mut self, opcode: u8, at: usize) -> Result<(), String> {
        match opcode {
            0x80 => match self.byte()? {
                2..=5 => {}
                other => return Err(format!("is of pickle protocol {other}; 2 to 5 can be read")),
            },
            0x95 => drop(self.take(8)?), // a frame: only a hint for reading ahead
            b'(' => self.marks.push(self.stack.len()),
            b'N' => self.push(Value::None),
            0x88 => self.push(Value::Bool(true)),
            0x89 => self.push(Value::Bool(false)),
            b'K' => {
                let number = self.byte()?;
                self.push(Value::Int(number.into()));
            }
            b'M' => {
                let number = u16::from_le_bytes(self.array()?);
                self.push(Value::Int(number.into()));
            }
            b'J' => {
                let number = i32::from_le_bytes(self.array()?);
                self.push(Value::Int(number.into()));
            }
            0x8a => {
                let length = self.byte()?.into();
                let number = long(self.take(length)?)?;
                self.push(Value::Int(number));
            }
            b'G' => {
                let number = f64::from_be_bytes(self.array()?);
                self.push(Value::Float(number));
            }
            0x8c => {
                let length = self.byte()?.into();
                self.text(length)?;
            }
            b'X' => {
                let length = u32::from_le_bytes(self.array()?) as usize;
                self.text(length)?;
            }
            0x8d => {
                let length = u64::from_le_bytes(self.array()?);
                self.text(usize::try_from(length).map_err(|_| "holds a text without end")?)?;
            }
            b']' => self.push(Value::List(vec![])),
            b'}' => self.push(Value::Dict(vec![])),
            b')' => self.push(Value::Tuple(vec![])),
            b'a' => {
                let item = self.pop()?;
                self.append(vec![item])?;
            }
            b'e' => {
                let items = self.pop_marked()?;
                self.append(items)?;
            }
            b's' => {
                let (value, key) = (self.pop()?, self.pop()?);
                self.insert(vec![key, value])?;
            }
            b'u' => {
                let entries = self.pop_marked()?;
                self.insert(entries)?;
            }
            b't' => {
                let items = self.pop_marked()?;
                self.push(Value::Tuple(items));
            }
            0x85..=0x87 => {
                let mut items = vec![];
                for _ in 0..=opcode - 0x85 {
                    items.insert(0, self.pop()?);
                }
                self.push(Value::Tuple(items));
            }
            b'0' => drop(self.pop()?),
            b'q' => {
                let number = self.byte()?.into();
                self.remember(number)?;
            }
            b'r' => {
                let number = u32::from_le_bytes(self.array()?);
                self.remember(number)?;
            }
            0x94 => {
                let number = u32::try_from(self.memo.len()).map_err(|_| "remembers too much")?;
                self.remember(number)?;
            }
            b'h' => {
                let number = self.byte()?.into();
                self.recall(number)?;
            }
            b'j' => {
                let number = u32::from_le_bytes(self.array()?);
                self.recall(number)?;
            }
            b'c' => {
                let (module, name) = (self.line()?, self.line()?);
                self.push(Value::Global(Global::named(&module, &name)?));
            }
            0x93 => {
                let (name, module) = (self.pop()?, self.pop()?);
                let (Value::Str(module), Value::Str(name)) = (self.value(module), self.value(name))
                else {
                    return Err("names a function by no text".into());
                };
                self.push(Value::Global(Global::named(module, name)?));
            }
            b'Q' => {
                let storage = self.pop()?;
                let storage = self.persistent(storage)?;
                self.push(storage);
            }
            b'R' => {
                let (arguments, function) = (self.pop()?, self.pop()?);
                let result = self.call(function, arguments)?;
                self.push(result);
            }
            b'b' => {
                // The attributes of a state dictionary: its versions, which nothing here asks for.
                let (attributes, object) = (self.pop()?, self.top()?);
                let (Value::Dict(_), Value::Dict(_)) = (self.value(attributes), self.value(object))
                else {
                    return Err("sets the state of an object that is no dictionary".into());
                };
            }
            other => return Err(format!("has an instruction {other:#04x} at byte {at}")),
        }
        Ok(())
    }

    // ---- what is read ----

    fn take(&mut self, length: usize) -> Result<&[u8], String> {
        let left = self.bytes.len() - self.at;
        if length > left {
            return Err(format!("ends at byte {} in the middle of a value", self.bytes.len()));
        }
        self.at += length;
        Ok(&self.bytes[self.at - length..self.at])
    }

    fn byte(&mut self) -> Result<u8, String> {
        Ok(self.take(1)?[0])
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let bytes = self.take(N)?;
        Ok(std::array::from_fn(|i| bytes[i]))
    }

    fn text(&mut self, length: usize) -> Result<(), String> {
        let bytes = self.take(length)?;
        let text = std::str::from_utf8(bytes).map_err(|_| "holds a text that is not UTF-8")?;
        let text = text.to_string();
        self.push(Value::Str(text));
        Ok(())
    }

    fn line(&mut self) -> Result<String, String> {
        let rest = &self.bytes[self.at..];
        let end =
            rest.iter().position(|&byte| byte == b'\n').ok_or("ends in the middle of a name")?;
        let line = std::str::from_utf8(&rest[..end]).map_err(|_| "holds a name that is no text")?;
        let line = line.to_string();
        self.at += end + 1;
        Ok(line)
    }

    // ---- the stack ----

    fn value(&self, id: usize) -> &Value {
        &self.values[id]
    }

    /// Each value comes from a byte of the file at least, which bounds them.
    fn push(&mut self, value: Value) {
        self.values.push(value);
        self.stack.push(self.values.len() - 1);
    }

    fn top(&self) -> Result<usize, String> {
        let floor = self.marks.last().copied().unwrap_or(0);
        let top = self.stack.last().filter(|_| self.stack.len() > floor);
        top.copied().ok_or("takes from an empty stack".into())
    }

    fn pop(&mut self) -> Result<usize, String> {
        let top = self.top()?;
        self.stack.pop();
        Ok(top)
    }

    fn pop_marked(&mut self) -> Result<Vec<usize>, String> {
        let mark = self.marks.pop().ok_or("has no mark where one is asked for")?;
        Ok(self.stack.split_off(mark))
    }

    fn remember(&mut self, number: u32) -> Result<(), String> {
        let top = self.top()?;
        self.memo.insert(number, top);
        Ok(())
    }

    fn recall(&mut self, number: u32) -> Result<(), String> {
        let value = self.memo.get(&number).ok_or("recalls what it did not remember")?;
        self.stack.push(*value);
        Ok(())
    }

    fn append(&mut self, items: Vec<usize>) -> Result<(), String> {
        let list = self.top()?;
        match &mut self.values[list] {
            Value::List(list) => list.extend(items),
            _ => return Err("appends to what is no list".into()),
        }
        Ok(())
    }

    fn insert(&mut self, entries: Vec<usize>) -> Result<(), String> {
        let dict = self.top()?;
        if !entries.len().is_multiple_of(2) {
            return Err("sets a key without a value".into());
        }
        match &mut self.values[dict] {
            Value::Dict(dict) => dict.extend(entries.chunks(2).map(|entry| (entry[0], entry[1]))),
            _ => return Err("sets an entry of what is no dictionary".into()),
        }
        Ok(())
    }

    // ---- what is imitated ----

    fn items(&self, id: usize) -> Result<&[usize], String> {
        match self.value(id) {
            Value::Tuple(items) | Value::List(items) => Ok(items),
            _ => Err("has something else where a tuple should be".into()),
        }
    }

    fn copied(&mut self, id: usize) -> Result<Vec<usize>, String> {
        self.left.spend(self.items(id)?.len())?;
        Ok(self.items(id)?.to_vec())
    }

    fn int(&self, id: usize) -> Result<i64, String> {
        match self.value(id) {
            Value::Int(number) => Ok(*number),
            _ => Err("has something else where a whole number should be".into()),
        }
    }

    fn ints(&self, id: usize) -> Result<Vec<i64>, String> {
        self.items(id)?.iter().map(|&item| self.int(item)).collect()
    }

    /// `("storage", torch.FloatStorage, "0", "cpu", 4)`.
    fn persistent(&mut self, id: usize) -> Result<Value, String> {
        let [tag, storage, key, _device, numel] = *self.items(id)? else {
            return Err("names a storage in an unknown form".into());
        };
        let (Value::Str(tag), Value::Global(Global::Storage(kind)), Value::Str(key)) =
            (self.value(tag), self.value(storage), self.value(key))
        else {
            return Err("names a storage in an unknown form".into());
        };
        if tag != "storage" {
            return Err(format!("names something outside of it, a '{tag}'"));
        }
        let numel = usize::try_from(self.int(numel)?).map_err(|_| "has a storage of no size")?;
        let (kind, key) = (*kind, key.clone());
        self.left.spend(key.len())?;
        Ok(Value::Storage(kind, key, numel))
    }

    fn call(&mut self, function: usize, arguments: usize) -> Result<Value, String> {
        let Value::Global(function) = *self.value(function) else {
            return Err("calls what is no function".into());
        };
        let arguments = self.copied(arguments)?;
        match (function, &arguments[..]) {
            (Global::Dict, []) => Ok(Value::Dict(vec![])),
            (Global::Dict, [given]) => match &self.values[*given] {
                // A list of pairs, as Python 2 wrote it, or another dictionary.
                Value::Dict(entries) => {
                    self.left.spend(entries.len())?;
                    Ok(Value::Dict(entries.clone()))
                }
                Value::List(pairs) => {
                    self.left.spend(pairs.len())?;
                    let pair = |&pair: &usize| match *self.items(pair)? {
                        [key, value] => Ok((key, value)),
                        _ => Err("makes a dictionary of what are no pairs".to_string()),
                    };
                    Ok(Value::Dict(pairs.iter().map(pair).collect::<Result<_, _>>()?))
                }
                _ => Err("makes a dictionary of something else".into()),
            },
            (Global::Counter, [given]) => match &self.values[*given] {
                Value::Dict(counts) => {
                    self.left.spend(counts.len())?;
                    Ok(Value::Counter(counts.clone()))
                }
                _ => Err("counts something else than a dictionary's entries".into()),
            },
            (Global::Size, [sides]) => Ok(Value::Tuple(self.copied(*sides)?)),
            (Global::RebuildTensor, [storage, offset, size, stride, requires_grad, ..]) => {
                let Value::Storage(kind, key, numel) = self.value(*storage).clone() else {
                    return Err("makes a tensor without a storage".into());
                };
                for sides in [size, stride] {
                    if self.items(*sides)?.len() > 64 {
                        return Err("has a tensor of more than 64 dimensions".into());
                    }
                }
                let (offset, size, stride) =
                    (self.int(*offset)?, self.ints(*size)?, self.ints(*stride)?);
                check_view(numel, offset, &size, &stride)?;
                let flat = self.storages.storage(&key, kind, numel)?;
                let tensor = flat
                    .f_as_strided(&size[..], &stride[..], offset)
                    .map_err(|_| "has a tensor of an impossible form")?;
                // The hooks come before what else is to be known.
                let tensor = match arguments.get(6) {
                    Some(metadata) => self.turned(tensor, *metadata)?,
                    None => tensor,
                };
                self.keep(tensor, *requires_grad)
            }
            (Global::RebuildFromType, [function, class, arguments, _state]) => {
                let (function, arguments) = (*function, *arguments);
                match (self.value(function), self.value(*class)) {
                    // By way of itself it would have no end.
                    (Value::Global(Global::RebuildTensor), Value::Global(Global::Class)) => {
                        self.call(function, arguments)
                    }
                    _ => Err("makes a tensor of an unknown class".into()),
                }
            }
            (Global::RebuildParameter, [tensor, requires_grad, ..]) => match self.value(*tensor) {
                Value::Tensor(number) => {
                    let tensor = self.tensors[*number].shallow_clone();
                    self.keep(tensor, *requires_grad)
                }
                _ => Err("makes a parameter of what is no tensor".into()),
            },
            _ => Err("calls a function with other arguments than it takes".into()),
        }
    }

    /// A view whose numbers are the conjugates or negatives of those in its storage.
    fn turned(&self, mut tensor: Tensor, metadata: usize) -> Result<Tensor, String> {
        let Value::Dict(entries) = self.value(metadata) else {
            return Err("has a tensor with unknown metadata".into());
        };
        for (key, value) in entries {
            match (self.value(*key), self.value(*value)) {
                (Value::Str(name), Value::Bool(true)) if name == "conj" => {
                    tensor = tensor.f_conj_physical().map_err(|_| "has a wrong conjugate")?;
                }
                (Value::Str(name), Value::Bool(true)) if name == "neg" => {
                    tensor = tensor.f_neg().map_err(|_| "has a wrong negative")?;
                }
                (Value::Str(_), Value::Bool(false)) => {}
                _ => return Err("has a tensor with unknown metadata".into()),
            }
        }
        Ok(tensor)
    }

    fn keep(&mut self, tensor: Tensor, requires_grad: usize) -> Result<Value, String> {
        let learned = matches!(self.value(requires_grad), Value::Bool(true));
        if learned && (tensor.is_floating_point() || tensor.is_complex()) {
            let _ = tensor.set_requires_grad(true);
        }
        self.tensors.push(tensor);
        Ok(Value::Tensor(self.tensors.len() - 1))
    }

    // ---- what comes out ----

    fn object(&self, id: usize, depth: usize, left: &mut Left) -> Result<Object, String> {
        let inner = depth.checked_sub(1).ok_or(format!("is nested deeper than {DEPTH} times"))?;
        left.spend(1)?;
        Ok(match self.value(id) {
            Value::None => Object::None,
            Value::Bool(truth) => Object::Bool(*truth),
            Value::Int(number) => Object::Int(*number),
            Value::Float(number) => Object::Float(*number),
            Value::Str(text) => {
                left.spend(text.len() / 4)?;
                Object::Str(text.clone())
            }
            Value::Tensor(number) => Object::Tensor(self.tensors[*number].shallow_clone()),
            Value::List(items) => Object::List(self.objects(items, inner, left)?),
            Value::Tuple(items) => Object::Tuple(self.objects(items, inner, left)?),
            value @ (Value::Dict(entries) | Value::Counter(entries)) => {
                let mut dict = Dict::new();
                for (key, value) in entries {
                    let key = match self.value(*key) {
                        Value::Str(text) => {
                            left.spend(text.len() / 4)?;
                            Key::Str(text.clone())
                        }
                        Value::Int(number) => Key::Int(*number),
                        _ => return Err("has a key that is no text and no whole number".into()),
                    };
                    dict.insert(key, self.object(*value, inner, left)?);
                }
                match value {
                    Value::Counter(_) => Object::Counter(dict),
                    _ => Object::Dict(dict),
                }
            }
            Value::Global(_) => return Err("holds a class or a function".into()),
            Value::Storage(..) => return Err("holds a storage without a tensor".into()),
        })
    }

    fn objects(
        &self,
        items: &[usize],
        depth: usize,
        left: &mut Left,
    ) -> Result<Vec<Object>, String> {
        items.iter().map(|&item| self.object(item, depth, left)).collect()
    }
}

/// A whole number of any length, if it fits.
fn long(bytes: &[u8]) -> Result<i64, String> {
    if bytes.len() > 8 {
        return Err("holds a whole number of more than 64 bits".into());
    }
    let filler = if bytes.last().is_some_and(|byte| byte & 0x80 != 0) { 0xff } else { 0 };
    let mut number = [filler; 8];
    number[..bytes.len()].copy_from_slice(bytes);
    Ok(i64::from_le_bytes(number))
}

/// A tensor of this form lies within a storage of so many numbers.
fn check_view(numel: usize, offset: i64, size: &[i64], stride: &[i64]) -> Result<(), String> {
    let outside = || format!("has a tensor {size:?} that does not lie in its storage of {numel}");
    if size.len() != stride.len() || offset < 0 {
        return Err(outside());
    }
    if size.iter().chain(stride).any(|&number| number < 0) {
        return Err(outside());
    }
    // The sides have to be countable even where one of them is 0.
    let count = size.iter().try_fold(1_i64, |count, &side| count.checked_mul(side.max(1)));
    let last = size.iter().zip(stride).try_fold(offset, |last, (&side, &stride)| {
        last.checked_add((side - 1).max(0).checked_mul(stride)?)
    });
    let (Some(_), Some(last)) = (count, last) else { return Err(outside()) };
    let empty = size.contains(&0);
    let within = if empty { offset <= numel as i64 } else { last < numel as i64 };
    if within { Ok(()) } else { Err(outside()) }
}
