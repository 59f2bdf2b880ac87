//! [`Key`]: what a value of a dictionary is found by.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use super::Object;

/// What a value of a dictionary is found by, or a member of a set.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// A whole number.
    Int(i64),
    /// A text.
    Str(Arc<str>),
    /// Anything else: `None`, a tuple, a member of an enum.
    Other(OtherKey),
}

/// A key that is neither a whole number nor a text.
#[derive(Clone)]
pub struct OtherKey {
    object: Box<Object>,
    /// What tells it from others.
    spelled: String,
}

impl OtherKey {
    /// The value that serves as the key.
    pub fn object(&self) -> &Object {
        &self.object
    }
}

impl PartialEq for OtherKey {
    fn eq(&self, other: &Self) -> bool {
        self.spelled == other.spelled
    }
}

impl Eq for OtherKey {}

impl Hash for OtherKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.spelled.hash(state);
    }
}

impl fmt::Debug for OtherKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.spelled)
    }
}

impl Key {
    /// The text.
    pub fn as_str(&self) -> Option<&str> {
        if let Self::Str(text) = self { Some(text) } else { None }
    }

    /// The value that the key is.
    pub fn to_object(&self) -> Object {
        match self {
            Self::Int(number) => Object::Int(*number),
            Self::Str(text) => Object::Str(text.clone()),
            Self::Other(other) => other.object.as_ref().clone(),
        }
    }
}

impl From<Object> for Key {
    fn from(object: Object) -> Self {
        match object {
            Object::Int(number) => Self::Int(number),
            Object::Str(text) => Self::Str(text),
            object => {
                // Tensors are told apart by which they are, as in Python.
                let spelled = match &object {
                    Object::Tensor(tensor) => format!("{object} at {:p}", tensor.as_ptr()),
                    _ => object.to_string(),
                };
                Self::Other(OtherKey { object: Box::new(object), spelled })
            }
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
        Self::Str(text.into())
    }
}

impl From<i64> for Key {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(number) => write!(f, "{number}"),
            Self::Str(text) => f.write_str(&super::quoted(text)),
            Self::Other(other) => write!(f, "{}", other.object),
        }
    }
}
