//! Modules made of modules.

use std::fmt::{self, Debug};
use std::ops::{Index, IndexMut};

use indexmap::IndexMap;
use tch::Tensor;

use super::module::written;
use super::{Copies, Field, Forward, Member, Module, call};

/// A module of any type. Its `forward` is a call of the module, as [`call`](crate::nn::call) makes it.
type Any = Box<dyn Forward>;

/// Runs modules one after the other: [`torch.nn.Sequential`]. Their names are their numbers, or
/// those given.
///
/// ```
/// use flambeau::prelude::*;
///
/// let model = nn::sequential!(nn::Linear::new(2, 3), nn::ReLU::new());
/// assert_eq!(model.forward(&torch::zeros([1, 2])).size(), [1, 3]);
/// assert_eq!(model.to_string(), "\
/// Sequential(
///   (0): Linear(in_features=2, out_features=3, bias=True)
///   (1): ReLU()
/// )");
///
/// // nn.Sequential(OrderedDict([("fc", nn.Linear(2, 3)), ("act", nn.ReLU())])) in Python
/// let model = nn::sequential!("fc" => nn::Linear::new(2, 3), "act" => nn::ReLU::new());
/// assert_eq!(model.state_dict().keys().collect::<Vec<_>>(), ["fc.weight", "fc.bias"]);
/// ```
///
/// [`torch.nn.Sequential`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.Sequential.html
#[derive(Debug, Default)]
pub struct Sequential {
    modules: IndexMap<String, Box<dyn Forward>>,
}

impl Sequential {
    /// A chain of these modules; [`sequential!`](crate::nn::sequential!) boxes them.
    pub fn new(modules: Vec<Box<dyn Forward>>) -> Self {
        Self { modules: numbered(modules) }
    }

    /// A chain of modules with names. Of two with the same name the second takes the first's
    /// place, as in Python.
    ///
    /// # Panics
    /// When a name is empty or has a dot in it.
    #[track_caller]
    pub fn named(modules: Vec<(&str, Box<dyn Forward>)>) -> Self {
        let mut named = IndexMap::new();
        for (name, module) in modules {
            named.insert(checked(name), module);
        }
        Self { modules: named }
    }

    /// Adds a module at the end: Python's `append`.
    pub fn append(mut self, module: impl Forward + 'static) -> Self {
        self.modules.insert(self.modules.len().to_string(), Box::new(module));
        self
    }

    /// Adds a module of this name at the end, or in the place of the one that has it: Python's
    /// `add_module`.
    ///
    /// ```
    /// use flambeau::prelude::*;
    ///
    /// let mut blocks = nn::Sequential::default();
    /// for i in 0..2 {
    ///     blocks = blocks.add_module(format!("block{i}"), nn::Linear::new(2, 2));
    /// }
    /// assert_eq!(blocks.state_dict().keys().nth(2).unwrap(), "block1.weight");
    /// ```
    ///
    /// # Panics
    /// When the name is empty or has a dot in it.
    #[track_caller]
    pub fn add_module(mut self, name: impl AsRef<str>, module: impl Forward + 'static) -> Self {
        self.modules.insert(checked(name.as_ref()), Box::new(module));
        self
    }

    /// How many modules there are.
    pub fn len(&self) -> usize {
        self.modules.len()
    }

    /// Is there no module?
    pub fn is_empty(&self) -> bool {
        self.modules.is_empty()
    }

    /// The modules in their order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Any> {
        self.modules.values()
    }

    /// Runs the modules on `input`, one after the other.
    #[track_caller]
    pub fn forward(&self, input: &Tensor) -> Tensor {
        call(self, input)
    }
}

impl Index<usize> for Sequential {
    type Output = Any;

    /// The module at this place.
    fn index(&self, place: usize) -> &Any {
        &self.modules[place]
    }
}

impl Field for Sequential {
    fn member(&self) -> Option<Member<'_>> {
        Some(Member::Child(self))
    }

    fn deepcopy(&self, copies: &mut Copies) -> Self {
        Self { modules: copied(&self.modules, copies) }
    }
}

/// By hand, since the members' names are numbers.
impl Module for Sequential {
    fn class_name(&self) -> &'static str {
        "Sequential"
    }

    fn members(&self) -> Vec<(String, Member<'_>)> {
        children(&self.modules)
    }
}

impl Forward for Sequential {
    fn forward(&self, input: &Tensor) -> Tensor {
        let mut output = input.shallow_clone();
        for module in self.iter() {
            output = call(module, &output);
        }
        output
    }
}

impl tch::nn::Module for Sequential {
    fn forward(&self, input: &Tensor) -> Tensor {
        call(self, input)
    }
}

impl fmt::Display for Sequential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        super::print(self, f)
    }
}

/// `nn.Sequential(a, b, …)`: a [`Sequential`](crate::nn::Sequential) of modules of any type, whose
/// names are given (`"name" => module, …`) or are their numbers.
#[macro_export]
#[doc(hidden)]
macro_rules! __sequential {
    ($($name:literal => $module:expr),+ $(,)?) => {
        $crate::nn::Sequential::named(
            ::std::vec![$(($name, ::std::boxed::Box::new($module))),+]
        )
    };
    ($($module:expr),* $(,)?) => {
        $crate::nn::Sequential::new(::std::vec![$(::std::boxed::Box::new($module)),*])
    };
}

/// What [`ModuleList`] and [`ModuleDict`] can hold: modules of one type, or of any type behind
/// `dyn Forward` or `dyn Module`.
pub trait Item: Module {
    /// What a list gives for a module: the module; for a `dyn Forward` its box, whose `forward` is a
    /// call of the module.
    type Given: ?Sized;

    #[doc(hidden)]
    #[expect(clippy::borrowed_box, reason = "the box itself is given of a dyn Forward")]
    fn given(boxed: &Box<Self>) -> &Self::Given;

    #[doc(hidden)]
    fn given_mut(boxed: &mut Box<Self>) -> &mut Self::Given;

    /// A boxed copy.
    #[doc(hidden)]
    fn boxed(&self, copies: &mut Copies) -> Box<Self>;
}

impl<M: Module> Item for M {
    type Given = Self;

    fn given(boxed: &Box<Self>) -> &Self {
        boxed
    }

    fn given_mut(boxed: &mut Box<Self>) -> &mut Self {
        boxed
    }

    fn boxed(&self, copies: &mut Copies) -> Box<Self> {
        Box::new(self.deepcopy(copies))
    }
}

impl Item for dyn Forward {
    type Given = Box<Self>;

    fn given(boxed: &Box<Self>) -> &Box<Self> {
        boxed
    }

    fn given_mut(boxed: &mut Box<Self>) -> &mut Box<Self> {
        boxed
    }

    fn boxed(&self, copies: &mut Copies) -> Box<Self> {
        self.boxed_forward(copies)
    }
}

impl Item for dyn Module {
    type Given = Self;

    fn given(boxed: &Box<Self>) -> &Self {
        &**boxed
    }

    fn given_mut(boxed: &mut Box<Self>) -> &mut Self {
        &mut **boxed
    }

    fn boxed(&self, copies: &mut Copies) -> Box<Self> {
        self.boxed_module(copies)
    }
}

/// Modules in a list, whose names are their numbers: [`torch.nn.ModuleList`].
///
/// All of one type, or of any type as `ModuleList<dyn Forward>`. It runs nothing by itself: the
/// module that holds it goes through it.
///
/// ```
/// use flambeau::prelude::*;
///
/// #[derive(Debug, Module)]
/// struct Residual { blocks: nn::ModuleList<nn::Linear> }
///
/// impl Forward for Residual {
///     fn forward(&self, x: &Tensor) -> Tensor {
///         let mut x = x.shallow_clone();
///         for block in &self.blocks {
///             x = &x + F::relu(&block.forward(&x));
///         }
///         x
///     }
/// }
///
/// let model = Residual { blocks: (0..3).map(|_| nn::Linear::new(4, 4)).collect() };
/// assert_eq!(model.forward(&torch::zeros([2, 4])).size(), [2, 4]);
/// assert_eq!(model.to_string(), "\
/// Residual(
///   (blocks): ModuleList(
///     (0-2): 3 x Linear(in_features=4, out_features=4, bias=True)
///   )
/// )");
///
/// let any: nn::ModuleList<dyn Forward> =
///     nn::ModuleList::new(vec![Box::new(nn::Linear::new(4, 8)), Box::new(nn::GELU::new())]);
/// assert_eq!(any[0].forward(&torch::zeros([2, 4])).size(), [2, 8]);
/// ```
///
/// [`torch.nn.ModuleList`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.ModuleList.html
#[derive(Debug)]
pub struct ModuleList<M: Item + ?Sized> {
    modules: IndexMap<String, Box<M>>,
}

impl<M: Item + ?Sized> ModuleList<M> {
    /// A list of boxed modules; of modules of one type, it is `collect()`ed.
    pub fn new(modules: Vec<Box<M>>) -> Self {
        Self { modules: numbered(modules) }
    }

    /// Adds a module at the end.
    pub fn append(&mut self, module: Box<M>) {
        self.modules.insert(self.modules.len().to_string(), module);
    }

    /// How many modules there are.
    pub fn len(&self) -> usize {
        self.modules.len()
    }

    /// Is there no module?
    pub fn is_empty(&self) -> bool {
        self.modules.is_empty()
    }

    /// The modules in their order.
    pub fn iter(&self) -> Iter<'_, M> {
        self.into_iter()
    }
}

impl<M: Module> FromIterator<M> for ModuleList<M> {
    fn from_iter<I: IntoIterator<Item = M>>(modules: I) -> Self {
        Self::new(modules.into_iter().map(Box::new).collect())
    }
}

impl<M: Item + ?Sized> Index<usize> for ModuleList<M> {
    type Output = M::Given;

    /// The module at this place.
    fn index(&self, place: usize) -> &M::Given {
        M::given(&self.modules[place])
    }
}

impl<M: Item + ?Sized> IndexMut<usize> for ModuleList<M> {
    /// The module at this place, say to tie a parameter of its.
    fn index_mut(&mut self, place: usize) -> &mut M::Given {
        M::given_mut(&mut self.modules[place])
    }
}

impl<'a, M: Item + ?Sized> IntoIterator for &'a ModuleList<M> {
    type Item = &'a M::Given;
    type IntoIter = Iter<'a, M>;

    fn into_iter(self) -> Iter<'a, M> {
        Iter(self.modules.values())
    }
}

/// The modules of a [`ModuleList`].
#[derive(Debug)]
pub struct Iter<'a, M: ?Sized>(indexmap::map::Values<'a, String, Box<M>>);

impl<'a, M: Item + ?Sized> Iterator for Iter<'a, M> {
    type Item = &'a M::Given;

    fn next(&mut self) -> Option<&'a M::Given> {
        self.0.next().map(M::given)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl<M: Item + ?Sized> DoubleEndedIterator for Iter<'_, M> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.0.next_back().map(M::given)
    }
}

impl<M: Item + ?Sized> ExactSizeIterator for Iter<'_, M> {}

impl<M: Item + ?Sized> Field for ModuleList<M> {
    fn member(&self) -> Option<Member<'_>> {
        Some(Member::Child(self))
    }

    fn deepcopy(&self, copies: &mut Copies) -> Self {
        Self { modules: copied(&self.modules, copies) }
    }
}

/// By hand, since the members' names are numbers.
impl<M: Item + ?Sized> Module for ModuleList<M> {
    fn class_name(&self) -> &'static str {
        "ModuleList"
    }

    fn members(&self) -> Vec<(String, Member<'_>)> {
        children(&self.modules)
    }

    fn repr(&self) -> String {
        let modules = self.members().into_iter().filter_map(|(name, member)| match member {
            Member::Child(module) => Some((name, module.repr())),
            _ => None,
        });
        counted(self, modules)
    }
}

impl<M: Item + ?Sized> fmt::Display for ModuleList<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        super::print(self, f)
    }
}

/// Modules by name, in the order of their adding: [`torch.nn.ModuleDict`]. All of one type, or of
/// any type as `ModuleDict<dyn Forward>`.
///
/// ```
/// use flambeau::prelude::*;
///
/// let activations: nn::ModuleDict<dyn Forward> = nn::ModuleDict::new(vec![
///     ("lrelu", Box::new(nn::LeakyReLU::default())),
///     ("prelu", Box::new(nn::PReLU::default())),
/// ]);
/// let x = torch::tensor([-1.0]);
/// assert_eq!(activations["prelu"].forward(&x), torch::tensor([-0.25]));
/// assert_eq!(activations.state_dict().keys().collect::<Vec<_>>(), ["prelu.weight"]);
/// ```
///
/// [`torch.nn.ModuleDict`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.ModuleDict.html
#[derive(Debug)]
pub struct ModuleDict<M: Item + ?Sized> {
    modules: IndexMap<String, Box<M>>,
}

impl<M: Item + ?Sized> ModuleDict<M> {
    /// A dictionary of boxed modules; of modules of one type, it is `collect()`ed.
    ///
    /// # Panics
    /// When a name is empty or has a dot in it.
    #[track_caller]
    pub fn new(modules: Vec<(&str, Box<M>)>) -> Self {
        let mut dict = Self { modules: IndexMap::new() };
        for (name, module) in modules {
            dict.insert(name, module);
        }
        dict
    }

    /// Adds a module, in the place of the one of this name if there is one.
    ///
    /// # Panics
    /// When the name is empty or has a dot in it.
    #[track_caller]
    pub fn insert(&mut self, name: &str, module: Box<M>) {
        self.modules.insert(checked(name), module);
    }

    /// The module of this name.
    pub fn get(&self, name: &str) -> Option<&M::Given> {
        self.modules.get(name).map(M::given)
    }

    /// The names in their order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.modules.keys().map(String::as_str)
    }

    /// Names and modules in their order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&str, &M::Given)> {
        self.modules.iter().map(|(name, module)| (name.as_str(), M::given(module)))
    }

    /// How many modules there are.
    pub fn len(&self) -> usize {
        self.modules.len()
    }

    /// Is there no module?
    pub fn is_empty(&self) -> bool {
        self.modules.is_empty()
    }
}

impl<M: Module, N: AsRef<str>> FromIterator<(N, M)> for ModuleDict<M> {
    fn from_iter<I: IntoIterator<Item = (N, M)>>(modules: I) -> Self {
        let boxed = |(name, module): (N, M)| (checked(name.as_ref()), Box::new(module));
        Self { modules: modules.into_iter().map(boxed).collect() }
    }
}

impl<M: Item + ?Sized> Index<&str> for ModuleDict<M> {
    type Output = M::Given;

    /// The module of this name.
    fn index(&self, name: &str) -> &M::Given {
        M::given(&self.modules[name])
    }
}

impl<M: Item + ?Sized> Field for ModuleDict<M> {
    fn member(&self) -> Option<Member<'_>> {
        Some(Member::Child(self))
    }

    fn deepcopy(&self, copies: &mut Copies) -> Self {
        Self { modules: copied(&self.modules, copies) }
    }
}

/// By hand, since the members' names are the keys.
impl<M: Item + ?Sized> Module for ModuleDict<M> {
    fn class_name(&self) -> &'static str {
        "ModuleDict"
    }

    fn members(&self) -> Vec<(String, Member<'_>)> {
        children(&self.modules)
    }
}

impl<M: Item + ?Sized> fmt::Display for ModuleDict<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        super::print(self, f)
    }
}

fn numbered<M: ?Sized>(modules: Vec<Box<M>>) -> IndexMap<String, Box<M>> {
    modules.into_iter().enumerate().map(|(i, module)| (i.to_string(), module)).collect()
}

fn children<M: Item + ?Sized>(modules: &IndexMap<String, Box<M>>) -> Vec<(String, Member<'_>)> {
    let modules = modules.iter();
    modules.filter_map(|(name, module)| Some((name.clone(), module.member()?))).collect()
}

fn copied<M: Item + ?Sized>(
    modules: &IndexMap<String, Box<M>>,
    copies: &mut Copies,
) -> IndexMap<String, Box<M>> {
    modules.iter().map(|(name, module)| (name.clone(), module.boxed(copies))).collect()
}

/// The print of a list with these names and prints: neighbours that print alike share a line that
/// counts them.
pub(super) fn counted(
    list: &dyn Module,
    entries: impl Iterator<Item = (String, String)>,
) -> String {
    let mut runs: Vec<(String, String, usize, String)> = Vec::new();
    for (name, repr) in entries {
        match runs.last_mut() {
            Some((_, last, count, like)) if *like == repr => (*last, *count) = (name, *count + 1),
            _ => runs.push((name.clone(), name, 1, repr)),
        }
    }
    let line = |(first, last, count, repr): &(String, String, usize, String)| match count {
        1 => format!("({first}): {repr}"),
        _ => format!("({first}-{last}): {count} x {repr}"),
    };
    let lines: Vec<_> = runs.iter().map(line).collect();
    written(list.class_name(), &list.extra_repr(), &lines)
}

/// A name that can be a part of a path.
#[track_caller]
fn checked(name: &str) -> String {
    assert!(!name.is_empty(), "module name can't be empty string \"\"");
    assert!(!name.contains('.'), "module name can't contain \".\", got: {name}");
    name.to_string()
}
