//! [`Key`]: what a value of a dictionary is found by.

use std::collections::HashMap;
use std::fmt::{self, Write};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use super::{Made, Object};
use crate::ffi;

/// What a value of a dictionary is found by, or a member of a set.
///
/// Keys are equal where they are in Python: `1`, `1.0` and `True` are one key, as are tuples of such.
/// Tensors are told apart by which they are. So are the opaque objects among the keys of one dictionary
/// of a file: two that say the same are two keys. A key that is made here of such an object, or that
/// comes from another dictionary, finds one of them by how many of them come before it.
///
/// ```
/// use flambeau::object::{Key, Object};
///
/// let dict = Object::dict([(1, "one".into())]);
/// assert_eq!(dict.get(Object::Bool(true)), dict.get(1));
/// assert_ne!(Key::from("1"), Key::from(1));
/// ```
#[derive(Clone, Debug)]
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
    told: Told,
}

/// What tells a key from others.
#[derive(Clone)]
enum Told {
    /// The whole number that it is equal to.
    Int(i64),
    /// How it is spelled, and which it is of those keys of one dictionary that are spelled alike and
    /// are not equal for that.
    Spelled(Arc<str>, u32),
}

impl OtherKey {
    /// The value that serves as the key.
    pub fn object(&self) -> &Object {
        &self.object
    }
}

impl PartialEq for OtherKey {
    fn eq(&self, other: &Self) -> bool {
        self.told.plain() == other.told.plain()
    }
}

impl Eq for OtherKey {}

impl Hash for OtherKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.told.plain().hash(state);
    }
}

impl fmt::Debug for OtherKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.object)
    }
}

/// What keys of all kinds are compared by.
#[derive(PartialEq, Eq, Hash)]
enum Plain<'a> {
    Int(i64),
    Str(&'a str),
    Spelled(&'a str, u32),
}

impl Told {
    fn plain(&self) -> Plain<'_> {
        match self {
            Self::Int(number) => Plain::Int(*number),
            Self::Spelled(text, number) => Plain::Spelled(text, *number),
        }
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.plain() == other.plain()
    }
}

impl Eq for Key {}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.plain().hash(state);
    }
}

impl Key {
    fn plain(&self) -> Plain<'_> {
        match self {
            Self::Int(number) => Plain::Int(*number),
            Self::Str(text) => Plain::Str(text),
            Self::Other(other) => other.told.plain(),
        }
    }

    /// The text.
    pub fn as_str(&self) -> Option<&str> {
        if let Self::Str(text) = self { Some(text) } else { None }
    }

    /// The key that an object is, if what tells it from others takes no more than so many bytes.
    pub(crate) fn within(object: Object, limit: usize) -> Option<Self> {
        let told = match (&object, whole(&object)) {
            (Object::Int(number), _) => return Some(Self::Int(*number)),
            (Object::Str(text), _) => return Some(Self::Str(text.clone())),
            (_, Some(number)) => Told::Int(number),
            (_, None) => {
                let mut spelled = Limited { text: String::new(), left: limit };
                spell(&object, &mut spelled).ok()?;
                Told::Spelled(spelled.text.into(), 0)
            }
        };
        Some(Self::Other(OtherKey { object: Box::new(object), told }))
    }

    /// A step on the way to a value, as [`Object::tensors`] spells it: a text without its quotes.
    pub(crate) fn name(&self) -> String {
        self.as_str().map_or_else(|| self.to_string(), String::from)
    }

    /// Whether another of its spelling may be another key: Python asks what an object is, or its class,
    /// which is not known here.
    pub(crate) fn may_have_twins(&self) -> bool {
        matches!(self, Self::Other(OtherKey { object, told: Told::Spelled(..) }) if tells_more(object))
    }

    /// How many bytes it takes beside the object that it is.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::Other(OtherKey { told: Told::Spelled(text, _), .. }) => text.len(),
            _ => 0,
        }
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

/// The keys of one dictionary that are spelled alike and may be different for that.
#[derive(Default)]
pub(crate) struct Twins {
    /// By what tells which they are, where they are named again.
    numbers: HashMap<u32, u32>,
    counts: HashMap<Arc<str>, u32>,
}

impl Twins {
    /// What an entry takes in both tables.
    pub const COST: usize = 4 * (size_of::<(u32, u32)>() + size_of::<(Arc<str>, u32)>() + 2);

    /// Makes a key that may have twins the one that this is the number of, or else one of its own.
    pub fn tell(&mut self, key: &mut Key, id: Option<u32>) {
        let Key::Other(OtherKey { told: Told::Spelled(spelled, number), .. }) = key else { return };
        if let Some(known) = id.and_then(|id| self.numbers.get(&id)) {
            *number = *known;
            return;
        }
        let count = self.counts.entry(spelled.clone()).or_default();
        *number = *count;
        *count += 1;
        self.numbers.extend(id.map(|id| (id, *number)));
    }
}

/// The whole number that an object is equal to.
fn whole(object: &Object) -> Option<i64> {
    match object {
        Object::Bool(truth) => Some((*truth).into()),
        Object::Int(number) => Some(*number),
        Object::BigInt(number) => number.try_into().ok(),
        Object::Complex(real, 0.0) => whole(&Object::Float(*real)),
        // 2^63, which is one too many, is the first that a cast would change.
        Object::Float(number) if number.fract() == 0.0 && (-TOP..TOP).contains(number) => {
            Some(*number as i64)
        }
        _ => None,
    }
}

const TOP: f64 = (1_u64 << 63) as f64;

/// Spells an object so that those that are equal are spelled alike.
fn spell(object: &Object, to: &mut Limited) -> fmt::Result {
    if let Some(number) = whole(object) {
        return write!(to, "{number}");
    }
    match object {
        // As a whole number of more than 64 bits, all digits of it.
        Object::Float(number) | Object::Complex(number, 0.0) if number.fract() == 0.0 => {
            write!(to, "{number:.0}")
        }
        Object::Complex(real, 0.0) => spell(&Object::Float(*real), to),
        // Without the sign of a zero.
        Object::Complex(real, imaginary) => write!(to, "({} {}j)", real + 0.0, imaginary + 0.0),
        Object::Tuple(values) => {
            to.write_str("(")?;
            for value in values.iter() {
                spell(value, to)?;
                to.write_str(",")?;
            }
            to.write_str(")")
        }
        object => {
            write!(to, "{object}")?;
            // Which they are: what they hold is no part of it, and may change.
            for (_, tensor) in object.tensors() {
                write!(to, " at {:x}", ffi::identity(&tensor))?;
            }
            Ok(())
        }
    }
}

/// Whether how an object is spelled does not say if it is equal to another.
fn tells_more(object: &Object) -> bool {
    match object {
        Object::Tuple(values) => values.iter().any(tells_more),
        Object::Opaque(opaque) => opaque.made != Made::Named,
        Object::Float(number) => number.is_nan(),
        Object::Complex(real, imaginary) => real.is_nan() || imaginary.is_nan(),
        _ => false,
    }
}

impl From<Object> for Key {
    fn from(object: Object) -> Self {
        Self::within(object, usize::MAX).expect("no limit")
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
