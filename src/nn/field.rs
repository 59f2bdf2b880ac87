//! [`Field`]: what a field of a module is to the module.

use std::any::Any;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::{Debug, Write};
use std::rc::Rc;
use std::sync::Arc;

use tch::{Device, Tensor};

use super::container::counted;
use super::{Buffer, Copies, Forward, Module, Parameter, Training};
use crate::Dtype;
use crate::torch::no_grad;

/// One of the things that a module is made of.
#[derive(Clone, Copy)]
pub enum Member<'a> {
    /// A tensor that is learned.
    Parameter(&'a Tensor),
    /// A tensor of the state that is not learned.
    Buffer {
        /// The tensor.
        tensor: &'a Tensor,
        /// Whether the state dictionary holds it.
        persistent: bool,
    },
    /// A module inside this one.
    Child(&'a dyn Module),
    /// The module's own mode.
    Training(&'a Training),
}

/// What a field of a struct with `#[derive(Module)]` can be: a [`Parameter`], a [`Buffer`], a
/// [`Training`], a module; an `Option` of these, or a `Vec`, an array or a `Box`. All else is marked
/// with `#[module(skip)]`.
///
/// The derive writes it for a module; by hand, it is as short as this:
///
/// ```
/// use flambeau::nn::{Copies, Field, Member};
/// use flambeau::prelude::*;
///
/// #[derive(Debug)]
/// struct Pair(nn::Linear, nn::Linear);
///
/// impl Field for Pair {
///     fn member(&self) -> Option<Member<'_>> {
///         Some(Member::Child(self))
///     }
///
///     fn deepcopy(&self, copies: &mut Copies) -> Self {
///         Self(self.0.deepcopy(copies), self.1.deepcopy(copies))
///     }
/// }
///
/// impl Module for Pair {
///     fn class_name(&self) -> &'static str {
///         "Pair"
///     }
///
///     fn members(&self) -> Vec<(String, Member<'_>)> {
///         vec![("a".into(), Member::Child(&self.0)), ("b".into(), Member::Child(&self.1))]
///     }
/// }
/// ```
///
/// Modules behind a trait of one's own are a field once their box is one:
///
/// ```
/// use flambeau::nn::{Copies, Field, Member};
/// use flambeau::prelude::*;
///
/// trait Block: Module {
///     fn forward(&self, x: &Tensor, skip: &Tensor) -> Tensor;
///     fn boxed(&self, copies: &mut Copies) -> Box<dyn Block>;
/// }
///
/// impl Field for Box<dyn Block> {
///     fn member(&self) -> Option<Member<'_>> {
///         (**self).member()
///     }
///
///     fn deepcopy(&self, copies: &mut Copies) -> Self {
///         (**self).boxed(copies)
///     }
/// }
///
/// #[derive(Debug, Module)]
/// struct Up(nn::Linear);
///
/// impl Block for Up {
///     fn forward(&self, x: &Tensor, skip: &Tensor) -> Tensor {
///         self.0.forward(x) + skip
///     }
///
///     fn boxed(&self, copies: &mut Copies) -> Box<dyn Block> {
///         Box::new(self.deepcopy(copies))
///     }
/// }
///
/// #[derive(Debug, Module)]
/// struct Decoder {
///     blocks: Vec<Box<dyn Block>>,
/// }
///
/// let decoder = Decoder { blocks: vec![Box::new(Up(nn::Linear::new(2, 2)))] };
/// assert_eq!(nn::deepcopy(&decoder).state_dict().len(), 2);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither a parameter, a buffer nor a module",
    label = "this cannot be a member of a module",
    note = "if it is no part of the model's state, write `#[module(skip)]` above the field",
    note = "if it is a tensor, make it an `nn::Parameter` or an `nn::Buffer`",
    note = "if it is a struct of layers, write `#[derive(Debug, Module)]` above the struct",
    note = "if it is a layer's `…Options`, end it with `.build()`"
)]
pub trait Field: Any + Debug + Send {
    /// The member that this field is, if there is one.
    fn member(&self) -> Option<Member<'_>>;

    /// The field's part of [`nn::deepcopy`](crate::nn::deepcopy).
    fn deepcopy(&self, copies: &mut Copies) -> Self
    where
        Self: Sized;

    /// The class that Python prints for a list of such fields.
    #[doc(hidden)]
    fn list_name() -> &'static str
    where
        Self: Sized,
    {
        "ModuleList"
    }
}

impl Field for Parameter {
    fn member(&self) -> Option<Member<'_>> {
        Some(Member::Parameter(self))
    }

    fn deepcopy(&self, copies: &mut Copies) -> Self {
        Self::marked(copies.tensor(self, |_| no_grad(|| self.copy())))
    }

    fn list_name() -> &'static str {
        "ParameterList"
    }
}

impl Field for Buffer {
    fn member(&self) -> Option<Member<'_>> {
        Some(Member::Buffer { tensor: self, persistent: self.is_persistent() })
    }

    fn deepcopy(&self, copies: &mut Copies) -> Self {
        self.of(copies.tensor(self, |copies| copies.with_storage(self)))
    }

    fn list_name() -> &'static str {
        "BufferList"
    }
}

impl Field for Training {
    fn member(&self) -> Option<Member<'_>> {
        Some(Member::Training(self))
    }

    fn deepcopy(&self, _copies: &mut Copies) -> Self {
        let copy = Self::default();
        copy.set(self.get());
        copy
    }
}

impl<F: Field> Field for Option<F> {
    fn member(&self) -> Option<Member<'_>> {
        self.as_ref().and_then(F::member)
    }

    fn deepcopy(&self, copies: &mut Copies) -> Self {
        self.as_ref().map(|field| field.deepcopy(copies))
    }

    fn list_name() -> &'static str {
        F::list_name()
    }
}

impl<F: ?Sized + OfOneType> Field for Box<F> {
    fn member(&self) -> Option<Member<'_>> {
        (**self).member()
    }

    fn deepcopy(&self, copies: &mut Copies) -> Self {
        (**self).boxed(copies)
    }

    fn list_name() -> &'static str {
        F::list_name_of_boxes()
    }
}

/// What nothing is: its words are told where a module holds a member that others hold too, in an
/// `Option` or under another name for the type as well.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a module cannot hold a member by `{Pointer}`",
    label = "a module owns its members",
    note = "a module that stands at two places is an `nn::Shared`, a parameter there is tied \
            (`Parameter::tie`)",
    note = "if it is no part of the model's state, write `#[module(skip)]` above the field"
)]
pub trait Owned<Pointer> {}

macro_rules! held_by_others {
    ($($pointer:ty),+) => {
        $(impl<T: ?Sized + 'static> Field for $pointer
        where
            $pointer: Debug + Send,
            // Of T, since the compiler tells of the pointer itself in the words of `Field`.
            T: Owned<$pointer>,
        {
            fn member(&self) -> Option<Member<'_>> {
                unreachable!("nothing is Owned")
            }

            fn deepcopy(&self, _copies: &mut Copies) -> Self {
                unreachable!("nothing is Owned")
            }
        })+
    };
}
held_by_others!(Rc<T>, Arc<T>, &'static T);

/// What a box holds whose type is known: its words are told where a module holds a box of a trait.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a box of `{Self}` cannot be copied, so it is no member of a module yet",
    label = "a trait of your own",
    note = "if all that is called is `forward` of one tensor, make it a `Box<dyn Forward>`",
    note = "otherwise write `impl Field for Box<{Self}>`, as the docs of `nn::Field` show",
    note = "if it is no part of the model's state, write `#[module(skip)]` above the field"
)]
pub trait OfOneType: Field {
    fn boxed(&self, copies: &mut Copies) -> Box<Self>;
    fn list_name_of_boxes() -> &'static str;
}

#[diagnostic::do_not_recommend]
impl<F: Field> OfOneType for F {
    fn boxed(&self, copies: &mut Copies) -> Box<Self> {
        Box::new(self.deepcopy(copies))
    }

    fn list_name_of_boxes() -> &'static str {
        F::list_name()
    }
}

/// What nothing is: its words are told where a module holds its members in a map of Rust's.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a module cannot hold its members in a `{Map}`",
    label = "a module's members have an order",
    note = "a map of modules is an `nn::ModuleDict`",
    note = "if it is no part of the model's state, write `#[module(skip)]` above the field"
)]
pub trait Ordered<Map> {}

macro_rules! maps {
    ($($map:ty),+) => {
        $(impl<K: 'static, V: 'static> Field for $map
        where
            $map: Debug + Send,
            V: Ordered<$map>,
        {
            fn member(&self) -> Option<Member<'_>> {
                unreachable!("nothing is Ordered")
            }

            fn deepcopy(&self, _copies: &mut Copies) -> Self {
                unreachable!("nothing is Ordered")
            }
        })+
    };
}
maps!(HashMap<K, V>, BTreeMap<K, V>);

impl Field for Box<dyn Module> {
    fn member(&self) -> Option<Member<'_>> {
        (**self).member()
    }

    fn deepcopy(&self, copies: &mut Copies) -> Self {
        (**self).boxed_module(copies)
    }
}

/// What every module has by itself, and needs behind a `dyn Module`: its copy, and itself as one.
#[doc(hidden)]
pub trait BoxedModule {
    fn as_module(&self) -> &dyn Module;
    fn boxed_module(&self, copies: &mut Copies) -> Box<dyn Module>;
}

impl<M: Module> BoxedModule for M {
    fn as_module(&self) -> &dyn Module {
        self
    }

    fn boxed_module(&self, copies: &mut Copies) -> Box<dyn Module> {
        Box::new(self.deepcopy(copies))
    }
}

/// The copies that are made behind a `dyn Forward`, for every such module by itself.
#[doc(hidden)]
pub trait BoxedForward {
    fn boxed_forward(&self, copies: &mut Copies) -> Box<dyn Forward>;
}

impl<M: Forward> BoxedForward for M {
    fn boxed_forward(&self, copies: &mut Copies) -> Box<dyn Forward> {
        Box::new(self.deepcopy(copies))
    }
}

/// `Vec` and arrays, which print as Python's `nn.ModuleList` or `nn.ParameterList` and have numbers
/// for names.
macro_rules! list {
    ([$($generics:tt)*] $type:ty, $copied:expr) => {
        impl<F: Field, $($generics)*> Field for $type {
            fn member(&self) -> Option<Member<'_>> {
                Some(Member::Child(self))
            }

            fn deepcopy(&self, copies: &mut Copies) -> Self {
                let copied: fn(&Self, &mut Copies) -> Self = $copied;
                copied(self, copies)
            }
        }

        impl<F: Field, $($generics)*> Module for $type {
            fn class_name(&self) -> &'static str {
                F::list_name()
            }

            fn extra_repr(&self) -> String {
                described(self)
            }

            fn members(&self) -> Vec<(String, Member<'_>)> {
                numbered(self)
            }

            fn repr(&self) -> String {
                let entries = self.iter().enumerate().filter_map(|(place, field)| {
                    let repr = match field.member() {
                        Some(Member::Child(module)) => module.repr(),
                        None if F::list_name() == "ModuleList" => "None".into(),
                        _ => return None,
                    };
                    Some((place.to_string(), repr))
                });
                counted(self, entries)
            }
        }
    };
}

list!([] Vec<F>, |list, copies| list.iter().map(|field| field.deepcopy(copies)).collect());
list!([const N: usize] [F; N], |list, copies| list.each_ref().map(|field| field.deepcopy(copies)));

fn numbered<F: Field>(list: &[F]) -> Vec<(String, Member<'_>)> {
    let members = list.iter().enumerate();
    members.filter_map(|(place, field)| Some((place.to_string(), field.member()?))).collect()
}

/// A line for each tensor of a list, as Python's `ParameterList` prints it.
fn described<F: Field>(list: &[F]) -> String {
    let mut lines = String::new();
    for (place, field) in list.iter().enumerate() {
        let (class, tensor) = match field.member() {
            Some(Member::Parameter(tensor)) => ("Parameter", tensor),
            Some(Member::Buffer { tensor, .. }) => ("Buffer", tensor),
            _ => continue,
        };
        let size: Vec<_> = tensor.size().iter().map(i64::to_string).collect();
        let device = match tensor.device() {
            Device::Cuda(index) => format!(" (GPU {index})"),
            _ => String::new(),
        };
        let _ = writeln!(
            lines,
            "  ({place}): {class} containing: [{} of size {}{device}]",
            Dtype::from(tensor.kind()),
            size.join("x")
        );
    }
    lines
}

/// Refuses two members of one name, of which one would be lost: a flattened field's and the struct's
/// own.
#[doc(hidden)]
#[track_caller]
pub fn check_names(class: &str, members: &[(String, Member<'_>)]) {
    let mut names = HashSet::new();
    // Several may be told of training, under a name that nobody reads.
    let named = members.iter().filter(|(_, member)| !matches!(member, Member::Training(_)));
    for (name, _) in named {
        assert!(
            names.insert(name),
            "{class} has two members named '{name}': its own, and one of the flattened field's. \
             Give its own another name, by `#[module(name = \"…\")]` or in Rust"
        );
    }
}

/// A field under `#[module(persistent = false)]`.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`persistent = false` is for buffers, and `{Self}` is none",
    label = "expected `nn::Buffer` or `Option<nn::Buffer>`",
    note = "each buffer of a list says so itself: `nn::Buffer::options(tensor).persistent(false).build()`"
)]
pub trait BufferField {
    fn not_persistent(&self) -> Option<Member<'_>>;
}

impl BufferField for Buffer {
    fn not_persistent(&self) -> Option<Member<'_>> {
        Some(Member::Buffer { tensor: self, persistent: false })
    }
}

impl BufferField for Option<Buffer> {
    fn not_persistent(&self) -> Option<Member<'_>> {
        self.as_ref().and_then(Buffer::not_persistent)
    }
}

/// A field under `#[module(flatten)]`.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`flatten` is for a module, whose members become the struct's own, and `{Self}` is none",
    label = "not a module"
)]
pub trait FlattenedField {
    fn flattened(&self) -> Vec<(String, Member<'_>)>;
}

impl<M: Module> FlattenedField for M {
    fn flattened(&self) -> Vec<(String, Member<'_>)> {
        self.members()
    }
}

/// A field under `#[module(skip)]`.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "the skipped field's type `{Self}` is not `Clone`, so `nn::deepcopy` cannot copy it",
    label = "needs `Clone`",
    note = "name a function that copies it: `#[module(skip, copy_with = path)]`",
    note = "a tensor that moves with the model is an `nn::Buffer`: \
            `#[module(persistent = false)]` keeps it out of the state dictionary"
)]
pub trait SkippedField: Sized {
    fn copied(&self) -> Self;
}

#[diagnostic::do_not_recommend]
impl<T: Clone> SkippedField for T {
    fn copied(&self) -> Self {
        self.clone()
    }
}
