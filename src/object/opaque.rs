//! [`Opaque`]: an object of a class that is not known here.

use std::sync::Arc;

use super::{Dict, Key, Object};

/// An object of a class that is not known here, or what a function would have returned: what a
/// file says of it. Nothing is imported, made or called.
///
/// ```
/// use flambeau::object::{Object, Opaque};
///
/// // argparse.Namespace(lr=0.1)
/// let mut arguments = Opaque::new("argparse", "Namespace");
/// arguments.state = Some(Object::dict([("lr", 0.1.into())]));
/// let arguments = Object::from(arguments);
/// assert_eq!(arguments.get("lr").and_then(Object::as_f64), Some(0.1));
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Opaque {
    /// The module of its class or function, `argparse`.
    pub module: String,
    /// The name of its class or function in there, `Namespace`.
    pub name: String,
    /// How it would be made.
    pub made: Made,
    /// What `__setstate__` would get, or its `__dict__` would become.
    pub state: Option<Object>,
    /// The values of a class that derives from `list`.
    pub items: Vec<Object>,
    /// The values of a class that derives from `dict`.
    pub entries: Dict,
}

/// How an [`Opaque`] object would be made.
#[derive(Clone, Debug, PartialEq)]
pub enum Made {
    /// Not at all: it is the class or the function itself.
    Named,
    /// By a call with these arguments.
    Called(Vec<Object>),
    /// By `__new__` with these arguments, and these by keyword.
    New(Vec<Object>, Dict),
}

impl Opaque {
    /// An object of this class, made by `__new__` without arguments.
    pub fn new(module: &str, name: &str) -> Self {
        Self {
            module: module.into(),
            name: name.into(),
            made: Made::New(vec![], Dict::new()),
            state: None,
            items: vec![],
            entries: Dict::new(),
        }
    }

    /// The arguments that it would be made with.
    pub fn arguments(&self) -> &[Object] {
        match &self.made {
            Made::Named => &[],
            Made::Called(arguments) | Made::New(arguments, _) => arguments,
        }
    }

    /// Its attribute of this name: in its state, or in that of its slots; a module's parameters,
    /// buffers and modules too.
    pub fn attribute(&self, name: &str) -> Option<&Object> {
        self.own_attribute(name).or_else(|| {
            let groups = ["_parameters", "_buffers", "_modules"];
            groups.iter().find_map(|group| self.own_attribute(group)?.get(name))
        })
    }

    /// Its attribute of this name, where a module's parameters do not count.
    pub(super) fn own_attribute(&self, name: &str) -> Option<&Object> {
        self.attributes().find_map(|attributes| attributes.get(&Key::from(name)))
    }

    /// The dictionaries that its attributes are in.
    pub(super) fn attributes(&self) -> impl Iterator<Item = &Dict> {
        let parts: &[Object] = match &self.state {
            Some(Object::Tuple(parts)) => parts,
            Some(state) => std::slice::from_ref(state),
            None => &[],
        };
        parts.iter().filter_map(Object::as_dict)
    }

    /// `argparse.Namespace`.
    pub(crate) fn path(&self) -> String {
        format!("{}.{}", self.module, self.name)
    }
}

impl From<Opaque> for Object {
    fn from(opaque: Opaque) -> Self {
        Self::Opaque(Arc::new(opaque))
    }
}
