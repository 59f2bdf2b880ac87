//! [`Object`]: what Python keeps beside tensors, in the states of optimizers and in checkpoints.

mod key;
mod opaque;
mod state_dict;

pub(crate) use key::Twins;
pub use key::{Key, OtherKey};
pub use opaque::{Made, Opaque};
pub(crate) use state_dict::without_prefixes;

use std::fmt;
use std::ops::Index;
use std::sync::Arc;

use indexmap::{IndexMap, IndexSet};
use num_bigint::BigInt;
use tch::Tensor;

use crate::ffi::{self, Layout};
use crate::repr::{python_bool, python_float};
use crate::{Dtype, Error, Result};

/// A value as Python's state dictionaries and checkpoints hold it: a tensor, or what it stands
/// between.
///
/// ```
/// use flambeau::object::Object;
///
/// let group = Object::dict([("lr", 0.1.into()), ("betas", (0.9, 0.999).into())]);
/// assert_eq!(group.get("lr").and_then(Object::as_f64), Some(0.1));
/// assert_eq!(group.to_string(), "{'lr': 0.1, 'betas': (0.9, 0.999)}");
/// ```
///
/// A clone shares what it holds, and takes no memory. Where a list or a dictionary is written to, by
/// [`as_list_mut`](Self::as_list_mut), [`as_dict_mut`](Self::as_dict_mut) or [`Arc::make_mut`], that
/// one gets its own, and the others stay as they are:
///
/// ```
/// use flambeau::object::Object;
///
/// let first = Object::list([1.into(), 2.into()]);
/// let mut second = first.clone();
/// second.as_list_mut().unwrap().push(3.into());
/// assert_eq!((first.to_string(), second.to_string()), ("[1, 2]".into(), "[1, 2, 3]".into()));
/// ```
#[non_exhaustive]
pub enum Object {
    /// `None`.
    None,
    /// `True` or `False`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A whole number of more than 64 bits.
    BigInt(BigInt),
    /// A real number.
    Float(f64),
    /// A complex number: its real part, and its imaginary one.
    Complex(f64, f64),
    /// A text.
    Str(Arc<str>),
    /// `bytes`.
    Bytes(Arc<[u8]>),
    /// A `bytearray`.
    ByteArray(Arc<[u8]>),
    /// A kind of numbers, `torch.float32`.
    Dtype(Dtype),
    /// A device, as Python spells it: `cuda:0`.
    Device(Arc<str>),
    /// A tensor.
    Tensor(Tensor),
    /// `[a, b]`.
    List(Arc<Vec<Object>>),
    /// `(a, b)`.
    Tuple(Arc<Vec<Object>>),
    /// `{a, b}`.
    Set(Arc<IndexSet<Key>>),
    /// `{key: value}`, in the order of its making.
    Dict(Arc<Dict>),
    /// `collections.Counter({key: count})`, which is a dictionary too.
    Counter(Arc<Dict>),
    /// An object of a class that is not known here.
    Opaque(Arc<Opaque>),
    /// A list, a dictionary or an object once more, inside of itself: Python prints `...` there. In a
    /// file whose objects refer to each other in too many ways, other places too, of which
    /// [`pt::load`](crate::serialize::pt::load()) warns.
    Cycle,
}

/// What `{key: value}` holds.
pub type Dict = IndexMap<Key, Object>;

impl Object {
    /// A list of these values.
    pub fn list(values: impl IntoIterator<Item = Object>) -> Self {
        Self::List(Arc::new(values.into_iter().collect()))
    }

    /// A tuple of these values.
    pub fn tuple(values: impl IntoIterator<Item = Object>) -> Self {
        Self::Tuple(Arc::new(values.into_iter().collect()))
    }

    /// A set of these members.
    pub fn set<K: Into<Key>>(members: impl IntoIterator<Item = K>) -> Self {
        Self::Set(Arc::new(members.into_iter().map(Into::into).collect()))
    }

    /// A dictionary of these values.
    pub fn dict<K: Into<Key>>(entries: impl IntoIterator<Item = (K, Object)>) -> Self {
        Self::Dict(Arc::new(keyed(entries)))
    }

    /// A `collections.Counter` of these counts.
    pub fn counter<K: Into<Key>>(counts: impl IntoIterator<Item = (K, Object)>) -> Self {
        Self::Counter(Arc::new(keyed(counts)))
    }

    /// A dictionary's value of this name; an opaque object's entry or attribute.
    pub fn get(&self, key: impl Into<Key>) -> Option<&Object> {
        let key = key.into();
        match self {
            Self::Opaque(opaque) => {
                let attribute = || opaque.attribute(key.as_str()?);
                opaque.entries.get(&key).or_else(attribute)
            }
            _ => self.as_dict()?.get(&key),
        }
    }

    /// As [`get`](Self::get), for what has to be there.
    ///
    /// # Errors
    /// When it is not: the error names those keys that are.
    pub fn entry(&self, key: impl Into<Key>) -> Result<&Object> {
        let key = key.into();
        self.get(key.clone()).ok_or_else(|| Error::argument(&key, self.without()))
    }

    /// The count under this name.
    pub(crate) fn count(&self, name: &str) -> Result<usize> {
        let number = self.entry(name)?.as_i64().and_then(|number| usize::try_from(number).ok());
        number.ok_or_else(|| Error::argument(name, "is no count"))
    }

    /// Where that lies which handles of one list, set, dictionary or object share, and how many handles
    /// there are; none of what holds no others.
    pub(crate) fn shared(&self) -> Option<(*const (), usize)> {
        fn of<T>(held: &Arc<T>) -> Option<(*const (), usize)> {
            Some((Arc::as_ptr(held).cast(), Arc::strong_count(held)))
        }
        match self {
            Self::List(values) | Self::Tuple(values) => of(values),
            Self::Set(members) => of(members),
            Self::Dict(dict) | Self::Counter(dict) => of(dict),
            Self::Opaque(opaque) => of(opaque),
            _ => None,
        }
    }

    /// What is said of a key that is not there.
    fn without(&self) -> String {
        const SHOWN: usize = 20;
        let keys: Vec<&Key> = match self {
            Self::Opaque(opaque) => {
                let attributes = opaque.attributes().flat_map(IndexMap::keys);
                opaque.entries.keys().chain(attributes).collect()
            }
            _ => match self.as_dict() {
                Some(dict) => dict.keys().collect(),
                None => return format!("there are no keys in {}", self.what()),
            },
        };
        let shown: Vec<String> =
            keys.iter().take(SHOWN).map(|key| shortened(&key.to_string())).collect();
        match keys.len().saturating_sub(SHOWN) {
            0 if keys.is_empty() => "there are no keys".into(),
            0 => format!("is not among the keys, which are {}", shown.join(", ")),
            more => {
                format!("is not among the keys, which are {} and {more} more", shown.join(", "))
            }
        }
    }

    /// What it is, in a few words.
    fn what(&self) -> String {
        match self {
            Self::None => "None".into(),
            Self::Bool(_) => "a truth".into(),
            Self::Int(_) | Self::BigInt(_) => "a whole number".into(),
            Self::Float(_) => "a number".into(),
            Self::Complex(..) => "a complex number".into(),
            Self::Str(_) => "a text".into(),
            Self::Bytes(_) | Self::ByteArray(_) => "bytes".into(),
            Self::Dtype(_) => "a dtype".into(),
            Self::Device(_) => "a device".into(),
            Self::Tensor(_) => "a tensor".into(),
            Self::List(_) => "a list".into(),
            Self::Tuple(_) => "a tuple".into(),
            Self::Set(_) => "a set".into(),
            Self::Dict(_) | Self::Counter(_) => "a dictionary".into(),
            Self::Opaque(opaque) => format!("an object of {}", opaque.path()),
            Self::Cycle => "what it stands in".into(),
        }
    }

    /// The number, whole or not.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Float(number) => Some(*number),
            Self::Int(number) => Some(*number as f64),
            _ => None,
        }
    }

    /// The whole number.
    pub fn as_i64(&self) -> Option<i64> {
        if let Self::Int(number) = self { Some(*number) } else { None }
    }

    /// Whether it is true.
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(truth) = self { Some(*truth) } else { None }
    }

    /// The text.
    pub fn as_str(&self) -> Option<&str> {
        if let Self::Str(text) = self { Some(text) } else { None }
    }

    /// The tensor.
    pub fn as_tensor(&self) -> Option<&Tensor> {
        if let Self::Tensor(tensor) = self { Some(tensor) } else { None }
    }

    /// The values of a list or a tuple, or of an opaque object that derives from `list`.
    pub fn as_slice(&self) -> Option<&[Object]> {
        match self {
            Self::List(values) | Self::Tuple(values) => Some(values),
            Self::Opaque(opaque) if !opaque.items.is_empty() => Some(&opaque.items),
            _ => None,
        }
    }

    /// The dictionary, or that of an opaque object that derives from `dict`.
    pub fn as_dict(&self) -> Option<&Dict> {
        match self {
            Self::Dict(dict) | Self::Counter(dict) => Some(dict),
            Self::Opaque(opaque) if !opaque.entries.is_empty() => Some(&opaque.entries),
            _ => None,
        }
    }

    /// The values of a list, to be written to. Where they were shared, they are its own from here on.
    pub fn as_list_mut(&mut self) -> Option<&mut Vec<Object>> {
        if let Self::List(values) = self { Some(Arc::make_mut(values)) } else { None }
    }

    /// The dictionary, to be written to. Where it was shared, it is this one's own from here on.
    pub fn as_dict_mut(&mut self) -> Option<&mut Dict> {
        match self {
            Self::Dict(dict) | Self::Counter(dict) => Some(Arc::make_mut(dict)),
            _ => None,
        }
    }

    /// The members of a set.
    pub fn as_set(&self) -> Option<&IndexSet<Key>> {
        if let Self::Set(members) = self { Some(members) } else { None }
    }

    /// The bytes.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        if let Self::Bytes(bytes) | Self::ByteArray(bytes) = self { Some(bytes) } else { None }
    }

    /// The kind of numbers.
    pub fn as_dtype(&self) -> Option<Dtype> {
        if let Self::Dtype(dtype) = self { Some(*dtype) } else { None }
    }

    /// The object of a class that is not known here.
    pub fn as_opaque(&self) -> Option<&Opaque> {
        if let Self::Opaque(opaque) = self { Some(opaque) } else { None }
    }
}

/// A handle: what it holds is shared, the tensors too.
impl Clone for Object {
    fn clone(&self) -> Self {
        match self {
            Self::None => Self::None,
            Self::Bool(truth) => Self::Bool(*truth),
            Self::Int(number) => Self::Int(*number),
            Self::BigInt(number) => Self::BigInt(number.clone()),
            Self::Float(number) => Self::Float(*number),
            Self::Complex(real, imaginary) => Self::Complex(*real, *imaginary),
            Self::Str(text) => Self::Str(text.clone()),
            Self::Bytes(bytes) => Self::Bytes(bytes.clone()),
            Self::ByteArray(bytes) => Self::ByteArray(bytes.clone()),
            Self::Dtype(dtype) => Self::Dtype(*dtype),
            Self::Device(device) => Self::Device(device.clone()),
            Self::Tensor(tensor) => Self::Tensor(tensor.shallow_clone()),
            Self::List(values) => Self::List(values.clone()),
            Self::Tuple(values) => Self::Tuple(values.clone()),
            Self::Set(members) => Self::Set(members.clone()),
            Self::Dict(dict) => Self::Dict(dict.clone()),
            Self::Counter(counts) => Self::Counter(counts.clone()),
            Self::Opaque(opaque) => Self::Opaque(opaque.clone()),
            Self::Cycle => Self::Cycle,
        }
    }
}

fn keyed<K: Into<Key>>(entries: impl IntoIterator<Item = (K, Object)>) -> Dict {
    entries.into_iter().map(|(key, value)| (key.into(), value)).collect()
}

/// Tensors are equal when their numbers are.
impl PartialEq for Object {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::None, Self::None) | (Self::Cycle, Self::Cycle) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Int(a), Self::Int(b)) => a == b,
            (Self::BigInt(a), Self::BigInt(b)) => a == b,
            (Self::Float(a), Self::Float(b)) => a == b,
            (Self::Complex(a, b), Self::Complex(c, d)) => a == c && b == d,
            (Self::Str(a), Self::Str(b)) | (Self::Device(a), Self::Device(b)) => a == b,
            (Self::Bytes(a), Self::Bytes(b)) | (Self::ByteArray(a), Self::ByteArray(b)) => a == b,
            (Self::Dtype(a), Self::Dtype(b)) => a == b,
            (Self::Tensor(a), Self::Tensor(b)) => equal(a, b),
            (Self::List(a), Self::List(b)) | (Self::Tuple(a), Self::Tuple(b)) => a == b,
            (Self::Set(a), Self::Set(b)) => a == b,
            (Self::Dict(a), Self::Dict(b)) | (Self::Counter(a), Self::Counter(b)) => a == b,
            (Self::Opaque(a), Self::Opaque(b)) => a == b,
            _ => false,
        }
    }
}

/// Whether two tensors hold the same numbers, also where libtorch does not compare them.
fn equal(a: &Tensor, b: &Tensor) -> bool {
    let dense = |tensor: &Tensor| match Layout::of(tensor) {
        Layout::Sparse(_) => tensor.f_to_dense(None::<tch::Kind>, false),
        Layout::Quantized => tensor.f_dequantize(),
        Layout::Nested => tensor.f_to_padded_tensor(f64::NAN, None::<&[i64]>),
        _ => Ok(tensor.shallow_clone()),
    };
    if Dtype::of(a) != Dtype::of(b) && (is_rare(a) || is_rare(b)) || Layout::of(a) != Layout::of(b)
    {
        return false;
    }
    match Layout::of(a) {
        Layout::Strided if is_rare(a) => {
            let (a, b) = (a.f_contiguous(), b.f_contiguous());
            let (Ok(a), Ok(b)) = (a, b) else { return false };
            a.size() == b.size() && ffi::tensor_bytes(&a) == ffi::tensor_bytes(&b)
        }
        Layout::Strided => a == b,
        Layout::Meta => a.size() == b.size(),
        Layout::Nested => match (dense(a), dense(b)) {
            (Ok(a), Ok(b)) => a.size() == b.size() && a.allclose(&b, 0.0, 0.0, true),
            _ => false,
        },
        _ => matches!((dense(a), dense(b)), (Ok(a), Ok(b)) if a == b),
    }
}

/// Whether libtorch has no arithmetic for a tensor's kind of numbers.
fn is_rare(tensor: &Tensor) -> bool {
    Dtype::of(tensor).is_none_or(|dtype| match dtype.kind() {
        None => true,
        Some(_) => dtype.name().starts_with("float8") || dtype == Dtype::ComplexHalf,
    })
}

/// A text as Python prints it in a list.
fn quoted(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut quoted = String::from(quote);
    for letter in text.chars() {
        match letter {
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\\' => quoted.push_str("\\\\"),
            letter if letter == quote => quoted.extend(['\\', letter]),
            letter if letter.is_control() => quoted.push_str(&format!("\\x{:02x}", letter as u32)),
            letter => quoted.push(letter),
        }
    }
    quoted.push(quote);
    quoted
}

/// `bytes` as Python prints them.
fn quoted_bytes(bytes: &[u8]) -> String {
    let quote = if bytes.contains(&b'\'') && !bytes.contains(&b'"') { '"' } else { '\'' };
    let escaped = bytes.escape_ascii().to_string().replace("\\\"", "\"");
    let escaped = if quote == '"' { escaped.replace("\\'", "'") } else { escaped };
    format!("b{quote}{escaped}{quote}")
}

/// As Python prints it; a tensor by its kind and size.
impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Bool(truth) => f.write_str(python_bool(*truth)),
            Self::Int(number) => write!(f, "{number}"),
            Self::BigInt(number) => write!(f, "{number}"),
            Self::Float(number) => f.write_str(&python_float(*number)),
            Self::Complex(real, imaginary) => write!(f, "({real}{imaginary:+}j)"),
            Self::Str(text) => f.write_str(&quoted(text)),
            Self::Bytes(bytes) => f.write_str(&quoted_bytes(bytes)),
            Self::ByteArray(bytes) => write!(f, "bytearray({})", quoted_bytes(bytes)),
            Self::Dtype(dtype) => write!(f, "{dtype}"),
            Self::Device(device) => write!(f, "device({})", quoted(device)),
            Self::Tensor(tensor) => tensor_words(f, tensor),
            Self::List(values) => listed(f, "[", &**values, "]"),
            Self::Tuple(values) if values.len() == 1 => write!(f, "({},)", values[0]),
            Self::Tuple(values) => listed(f, "(", &**values, ")"),
            Self::Set(members) if members.is_empty() => f.write_str("set()"),
            Self::Set(members) => listed(f, "{", &**members, "}"),
            Self::Dict(dict) => entries(f, "{", dict, "}"),
            Self::Counter(counts) => entries(f, "Counter({", counts, "})"),
            Self::Opaque(opaque) => write!(f, "{opaque}"),
            Self::Cycle => f.write_str("..."),
        }
    }
}

/// The class, what it would be made with, and what would be set in it.
impl fmt::Display for Opaque {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}", self.path())?;
        match &self.made {
            Made::Named => {}
            Made::New(arguments, keywords) if arguments.is_empty() && keywords.is_empty() => {}
            Made::Called(arguments) => listed(f, "(", arguments, ")")?,
            Made::New(arguments, keywords) => {
                listed(f, "(", arguments, ")")?;
                entries(f, " {", keywords, "}")?;
            }
        }
        if let Some(state) = &self.state {
            write!(f, " {state}")?;
        }
        if !self.items.is_empty() {
            listed(f, " [", &self.items, "]")?;
        }
        if !self.entries.is_empty() {
            entries(f, " {", &self.entries, "}")?;
        }
        f.write_str(">")
    }
}

fn listed<T: fmt::Display>(
    f: &mut fmt::Formatter<'_>,
    begin: &str,
    values: impl IntoIterator<Item = T>,
    end: &str,
) -> fmt::Result {
    f.write_str(begin)?;
    for (i, value) in values.into_iter().enumerate() {
        write!(f, "{}{value}", if i > 0 { ", " } else { "" })?;
    }
    f.write_str(end)
}

fn entries(f: &mut fmt::Formatter<'_>, begin: &str, dict: &Dict, end: &str) -> fmt::Result {
    f.write_str(begin)?;
    for (i, (key, value)) in dict.iter().enumerate() {
        write!(f, "{}{key}: {value}", if i > 0 { ", " } else { "" })?;
    }
    f.write_str(end)
}

fn tensor_words(f: &mut fmt::Formatter<'_>, tensor: &Tensor) -> fmt::Result {
    let Some(dtype) = Dtype::of(tensor) else { return f.write_str("undefined tensor") };
    match dtype.kind() {
        Some(kind) => write!(f, "tensor of {kind:?}")?,
        None => write!(f, "tensor of {}", dtype.name())?,
    }
    // libtorch has no one size for tensors of several.
    if Layout::of(tensor) == Layout::Nested {
        return f.write_str(", nested");
    }
    write!(f, " {:?}", tensor.size())?;
    match Layout::of(tensor) {
        Layout::Sparse(layout) => write!(f, ", {layout}"),
        Layout::Meta => f.write_str(", meta"),
        _ => Ok(()),
    }
}

/// As [`Display`](fmt::Display): tch's own of a tensor may panic.
impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A dictionary's value of this name; an opaque object's entry or attribute.
///
/// # Panics
/// When there is none, with the keys that there are: [`get`](Object::get) and
/// [`entry`](Object::entry) are for that.
impl Index<&str> for Object {
    type Output = Object;

    #[track_caller]
    fn index(&self, name: &str) -> &Object {
        self.get(name).unwrap_or_else(|| panic!("'{name}': {}", self.without()))
    }
}

/// A handle: what it holds is shared.
impl From<&Object> for Object {
    fn from(object: &Object) -> Self {
        object.clone()
    }
}

/// A state dictionary.
impl From<IndexMap<String, Tensor>> for Object {
    fn from(state: IndexMap<String, Tensor>) -> Self {
        Self::from(&state)
    }
}

impl From<&IndexMap<String, Tensor>> for Object {
    fn from(state: &IndexMap<String, Tensor>) -> Self {
        Self::dict(
            state.iter().map(|(name, tensor)| (name.as_str(), tensor.shallow_clone().into())),
        )
    }
}

/// A value of Rust as Python's.
macro_rules! from {
    ($($kind:ty, $value:ident => $object:expr;)*) => {
        $(impl From<$kind> for Object {
            fn from($value: $kind) -> Self {
                $object
            }
        })*
    };
}

from! {
    bool, truth => Self::Bool(truth);
    i64, number => Self::Int(number);
    f64, number => Self::Float(number);
    &str, text => Self::Str(text.into());
    String, text => Self::Str(text.into());
    Tensor, tensor => Self::Tensor(tensor);
    (f64, f64), pair => Self::tuple([pair.0.into(), pair.1.into()]);
    (f64, f64, f64), three => Self::tuple([three.0.into(), three.1.into(), three.2.into()]);
    Vec<Object>, values => Self::List(Arc::new(values));
    Dict, dict => Self::Dict(Arc::new(dict));
}

/// The beginning of a long text, for an error.
fn shortened(text: &str) -> String {
    const MOST: usize = 200;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into(),
    }
}
