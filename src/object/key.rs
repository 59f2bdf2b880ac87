//! [`Key`]: what a value of a dictionary is found by.

use std::fmt::{self, Write};
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

    /// The key that an object is, if what tells it from others takes no more than so many bytes.
    pub(crate) fn within(object: Object, limit: usize) -> Option<Self> {
        if let Object::Int(_) | Object::Str(_) = object {
            return Some(object.into());
        }
        let mut spelled = Limited { text: String::new(), left: limit };
        write!(spelled, "{object}").ok()?;
        // Tensors are told apart by which they are, as in Python.
        if let Object::Tensor(tensor) = &object {
            write!(spelled, " at {:p}", tensor.as_ptr()).ok()?;
        }
        Some(Self::Other(OtherKey { object: Box::new(object), spelled: spelled.text }))
    }

    /// How many bytes it takes beside the object that it is.
    pub(crate) fn size(&self) -> usize {
        if let Self::Other(other) = self { other.spelled.len() } else { 0 }
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
            object => Self::within(object, usize::MAX).expect("no limit"),
        }
    }
}

/// Text up to a limit.
struct Limited {
    text: String,
    left: usize,
}

impl fmt::Write for Limited {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.left = self.left.checked_sub(text.len()).ok_or(fmt::Error)?;
        self.text.push_str(text);
        Ok(())
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
