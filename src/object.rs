//! [`Object`]: what Python keeps beside tensors, in the states of optimizers and in checkpoints.

use std::fmt;
use std::ops::Index;

use indexmap::IndexMap;
use tch::Tensor;

use crate::{Error, Result};

/// A value as Python's state dictionaries hold it: a tensor, or what it stands between.
///
/// ```
/// use flambeau::object::Object;
///
/// let group = Object::dict([("lr", 0.1.into()), ("betas", (0.9, 0.999).into())]);
/// assert_eq!(group.get("lr").and_then(Object::as_f64), Some(0.1));
/// assert_eq!(group.to_string(), "{'lr': 0.1, 'betas': (0.9, 0.999)}");
/// ```
#[derive(Debug, PartialEq)]
pub enum Object {
    /// `None`.
    None,
    /// `True` or `False`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A real number.
    Float(f64),
    /// A text.
    Str(String),
    /// A tensor.
    Tensor(Tensor),
    /// `[a, b]`.
    List(Vec<Object>),
    /// `(a, b)`.
    Tuple(Vec<Object>),
    /// `{key: value}`, in the order of its making.
    Dict(Dict),
    /// `collections.Counter({key: count})`, which is a dictionary too.
    Counter(Dict),
}

/// What `{key: value}` holds.
pub type Dict = IndexMap<Key, Object>;

/// What a value of a dictionary is found by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// A whole number.
    Int(i64),
    /// A text.
    Str(String),
}

impl Object {
    /// A dictionary of these values.
    pub fn dict<K: Into<Key>>(entries: impl IntoIterator<Item = (K, Object)>) -> Self {
        Self::Dict(entries.into_iter().map(|(key, value)| (key.into(), value)).collect())
    }

    /// A dictionary's value of this name.
    pub fn get(&self, key: impl Into<Key>) -> Option<&Object> {
        self.as_dict()?.get(&key.into())
    }

    /// The tensors of a dictionary that holds nothing else, by name: what
    /// [`load_state_dict`](crate::nn::Module::load_state_dict) takes.
    ///
    /// # Errors
    /// When it is no dictionary, or a key is no text, or a value no tensor.
    pub fn state_dict(&self) -> Result<IndexMap<String, Tensor>> {
        let wrong = |problem: String| Error::argument("state dictionary", problem);
        let dict = self.as_dict().ok_or_else(|| wrong("is no dictionary".into()))?;
        let entry = |(key, value): (&Key, &Object)| match (key, value) {
            (Key::Str(name), Object::Tensor(tensor)) => Ok((name.clone(), tensor.shallow_clone())),
            (Key::Str(name), _) => Err(wrong(format!("'{name}' is no tensor"))),
            (key, _) => Err(wrong(format!("the key {key} is no text"))),
        };
        dict.iter().map(entry).collect()
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

    /// The values of a list or a tuple.
    pub fn as_slice(&self) -> Option<&[Object]> {
        match self {
            Self::List(values) | Self::Tuple(values) => Some(values),
            _ => None,
        }
    }

    /// The dictionary.
    pub fn as_dict(&self) -> Option<&Dict> {
        match self {
            Self::Dict(dict) | Self::Counter(dict) => Some(dict),
            _ => None,
        }
    }
}

/// A copy that shares its tensors, as Python's `copy.copy` does all the way down.
impl Clone for Object {
    fn clone(&self) -> Self {
        match self {
            Self::None => Self::None,
            Self::Bool(truth) => Self::Bool(*truth),
            Self::Int(number) => Self::Int(*number),
            Self::Float(number) => Self::Float(*number),
            Self::Str(text) => Self::Str(text.clone()),
            Self::Tensor(tensor) => Self::Tensor(tensor.shallow_clone()),
            Self::List(values) => Self::List(values.clone()),
            Self::Tuple(values) => Self::Tuple(values.clone()),
            Self::Dict(dict) => Self::Dict(dict.clone()),
            Self::Counter(counts) => Self::Counter(counts.clone()),
        }
    }
}

/// As Python prints it; a tensor by its kind and size.
impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |values: &[Object]| {
            values.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
        };
        let entries = |dict: &Dict| {
            let entries = dict.iter().map(|(key, value)| format!("{key}: {value}"));
            entries.collect::<Vec<_>>().join(", ")
        };
        match self {
            Self::None => f.write_str("None"),
            Self::Bool(truth) => f.write_str(if *truth { "True" } else { "False" }),
            Self::Int(number) => write!(f, "{number}"),
            Self::Float(number) => write!(f, "{number:?}"),
            Self::Str(text) => write!(f, "'{text}'"),
            Self::Tensor(tensor) => write!(f, "tensor of {:?} {:?}", tensor.kind(), tensor.size()),
            Self::List(values) => write!(f, "[{}]", list(values)),
            Self::Tuple(values) if values.len() == 1 => write!(f, "({},)", values[0]),
            Self::Tuple(values) => write!(f, "({})", list(values)),
            Self::Dict(dict) => write!(f, "{{{}}}", entries(dict)),
            Self::Counter(counts) => write!(f, "Counter({{{}}})", entries(counts)),
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(number) => write!(f, "{number}"),
            Self::Str(text) => write!(f, "'{text}'"),
        }
    }
}

impl From<&str> for Key {
    fn from(text: &str) -> Self {
        Self::Str(text.into())
    }
}

impl From<String> for Key {
    fn from(text: String) -> Self {
        Self::Str(text)
    }
}

impl From<i64> for Key {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

/// A dictionary's value of this name.
///
/// # Panics
/// When there is none: [`get`](Object::get) is for that.
impl Index<&str> for Object {
    type Output = Object;

    #[track_caller]
    fn index(&self, name: &str) -> &Object {
        self.get(name).unwrap_or_else(|| panic!("there is no '{name}'"))
    }
}

/// A state dictionary.
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
    String, text => Self::Str(text);
    Tensor, tensor => Self::Tensor(tensor);
    (f64, f64), pair => Self::Tuple(vec![pair.0.into(), pair.1.into()]);
    (f64, f64, f64), three => Self::Tuple(vec![three.0.into(), three.1.into(), three.2.into()]);
    Vec<Object>, values => Self::List(values);
    Dict, dict => Self::Dict(dict);
}
