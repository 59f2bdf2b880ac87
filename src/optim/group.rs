//! What all optimizers have in common: groups of parameters, their states, and how these travel.

use std::collections::{HashMap, HashSet};
use std::fmt::Debug;

use indexmap::{IndexMap, IndexSet};
use tch::{Kind, Tensor};

use super::Optimizer;
use super::states::{Slots, States};
use crate::ffi::{self, Gradient, Scaling};
use crate::nn::StateDict;
use crate::object::{Dict, Key, Object};
use crate::{Error, Result, torch};

/// How one algorithm steps, and what it can be told: the options of a group of parameters.
pub trait Rule: Clone + Debug + Send + 'static {
    /// What is kept of all parameters together.
    #[doc(hidden)]
    type Shared: Shared;
    /// The optimizer's class in Python.
    #[doc(hidden)]
    const NAME: &'static str;
    /// Whether a parameter's state is there before its first gradient.
    #[doc(hidden)]
    const EAGER: bool = false;
    /// The learning rate.
    fn lr(&self) -> f64;
    /// Sets the learning rate of the steps to come.
    fn set_lr(&mut self, lr: f64);
    /// Panics where Python raises a ValueError.
    #[doc(hidden)]
    fn check(&self, params: &[Tensor]);
    /// Why no step could be made by these options, which may come from a file.
    #[doc(hidden)]
    fn unsound(&self) -> Option<String> {
        None
    }
    /// The options under Python's names.
    #[doc(hidden)]
    fn entries(&self) -> Vec<(&'static str, Object)>;
    /// Sets the option of this name: false, if there is none.
    #[doc(hidden)]
    fn set(&mut self, name: &str, value: &Object) -> Result<bool>;
    /// Is the step one kernel's, which counts where the parameters are?
    #[doc(hidden)]
    fn fused(&self) -> bool {
        false
    }
    /// What is kept of a parameter before its first step.
    #[doc(hidden)]
    fn begin(&self, param: &Tensor) -> StateDict;
    /// Why it makes no step by a gradient that `param` has, in PyTorch's words.
    #[doc(hidden)]
    fn refuses(&self, param: &Tensor, sparse: bool) -> Option<String>;
    /// Moves parameters that have a gradient.
    #[doc(hidden)]
    fn step(&self, slots: &mut Slots) -> Result<()>;
}

/// What an optimizer keeps of all its parameters together, which Python writes in the first one's
/// place: nothing, but for L-BFGS.
pub trait Shared: Default + Debug + Send {
    #[doc(hidden)]
    fn object(&self) -> Option<Object> {
        None
    }
    #[doc(hidden)]
    fn read(_state: &Object, _params: &[Tensor]) -> Result<Option<Self>> {
        Ok(None)
    }
}

impl Shared for () {}

/// An optimizer by this rule: what [`Adam`](super::Adam), [`SGD`](super::SGD) and the others have in
/// common.
#[derive(Debug)]
pub struct Optim<R: Rule> {
    pub(super) groups: Vec<ParamGroup<R>>,
    pub(super) shared: R::Shared,
    /// The options of a group that is added and says nothing else.
    defaults: R,
}

/// Parameters that share their options: an entry of `optimizer.param_groups` in Python.
#[derive(Debug)]
pub struct ParamGroup<R: Rule> {
    params: Vec<Tensor>,
    states: States,
    /// The learning rate and all else that the algorithm can be told.
    pub options: R,
    /// What others keep here, as a scheduler its `initial_lr`, and what a file says of Python's
    /// kernels, as `foreach`, which have no part in a step here.
    extra: IndexMap<String, Object>,
    /// The keys that a file had, in their order: they keep it when they are saved again.
    order: IndexSet<String>,
}

/// A [`ParamGroup`] of any optimizer, by Python's names.
pub trait Group {
    /// The parameters.
    fn params(&self) -> &[Tensor];
    /// What stands under this name: `group["lr"]` in Python.
    fn get(&self, name: &str) -> Option<Object>;
    /// Puts a value under this name.
    ///
    /// # Errors
    /// When it is the name of an option, and the value not of its kind.
    fn set(&mut self, name: &str, value: Object) -> Result<()>;
    /// The learning rate.
    fn lr(&self) -> f64;
    /// Sets the learning rate of the steps to come.
    fn set_lr(&mut self, lr: f64);
}

impl<R: Rule> Group for ParamGroup<R> {
    fn params(&self) -> &[Tensor] {
        &self.params
    }

    fn get(&self, name: &str) -> Option<Object> {
        let option = || self.options.entries().into_iter().find(|(known, _)| *known == name);
        self.extra.get(name).cloned().or_else(|| option().map(|(_, value)| value))
    }

    fn set(&mut self, name: &str, value: Object) -> Result<()> {
        if !self.options.set(name, &value)? {
            self.extra.insert(name.to_string(), value);
        }
        Ok(())
    }

    fn lr(&self) -> f64 {
        self.options.lr()
    }

    fn set_lr(&mut self, lr: f64) {
        self.options.set_lr(lr);
    }
}

/// What a file holds of a group: its options, what else stands in it, and its states, which are empty
/// yet.
type Loaded<R> = (R, IndexMap<String, Object>, IndexSet<String>, Vec<StateDict>);

impl<R: Rule> ParamGroup<R> {
    /// The group in Python's layout, whose states go by these numbers.
    fn packed(&self, numbers: &[i64]) -> Object {
        let params = self.states.places().iter().map(|&place| Object::Int(numbers[place]));
        let params: Vec<_> = params.collect();
        // None leaves the choice of the kernel to Python, which `false` would forbid.
        let chosen = |name, value| match (name, &value) {
            ("fused", Object::Bool(false)) => Object::None,
            _ => value,
        };
        let options = self.options.entries().into_iter();
        let mut entries: Dict =
            options.map(|(name, value)| (Key::from(name), chosen(name, value))).collect();
        let extra = self.extra.iter();
        entries.extend(extra.map(|(name, value)| (Key::from(name.as_str()), value.clone())));
        // What no file had comes behind what one had, in its own order.
        let place = |key: &Key| self.order.get_index_of(key.as_str()?);
        entries.sort_by_cached_key(|key, _| place(key).unwrap_or(usize::MAX));
        entries.insert("params".into(), params.into());
        entries.into()
    }

    /// Reads what a file has for this group.
    fn read(&self, saved: &Object) -> Result<Loaded<R>> {
        if indices(saved).len() != self.params.len() {
            return Err(wrong(
                "loaded state dict contains a parameter group that doesn't match the size of \
                 optimizer's group",
            ));
        }
        let mut options = self.options.clone();
        let mut extra = IndexMap::new();
        for (key, value) in saved.as_dict().into_iter().flatten() {
            let Some(name) = key.as_str() else { continue };
            if name != "params" && !options.set(name, value)? {
                extra.insert(name.to_string(), value.clone());
            }
        }
        if let Some(problem) = options.unsound() {
            return Err(wrong(problem));
        }
        let states = self.states.each().iter().map(|_| StateDict::new()).collect();
        let keys = saved.as_dict().into_iter().flatten().filter_map(|(key, _)| key.as_str());
        Ok((options, extra, keys.map(String::from).collect(), states))
    }
}

/// The numbers that a file's group has for its parameters.
fn indices(saved: &Object) -> &[Object] {
    saved.get("params").and_then(Object::as_slice).unwrap_or_default()
}

fn wrong(problem: impl ToString) -> Error {
    Error::argument("optimizer state", problem)
}

impl<R: Rule> Optim<R> {
    #[track_caller]
    pub(super) fn of(params: Vec<Tensor>, options: R) -> Self {
        assert!(!params.is_empty(), "optimizer got an empty parameter list");
        let shared = R::Shared::default();
        let mut optimizer = Self { groups: vec![], shared, defaults: options };
        optimizer.add_param_group(params, |_| {});
        optimizer
    }

    /// Adds parameters with options of their own, which begin as those the optimizer was made with:
    /// `add_param_group({"params": …, "lr": …})` in Python.
    ///
    /// A parameter that is in the group twice is moved twice at each step and has one state, as in
    /// Python, which warns of it. The warning goes to the `log` crate.
    ///
    /// # Panics
    /// When an option is outside its range, a parameter is in a group already, or is the output of
    /// an operation, in PyTorch's words.
    ///
    /// ```
    /// use flambeau::prelude::*;
    ///
    /// let (body, head) = (nn::Linear::new(4, 8), nn::Linear::new(8, 2));
    /// let mut optimizer = optim::SGD::options(body.parameters()).lr(1e-3).momentum(0.9).build();
    /// optimizer.add_param_group(head.parameters(), |group| group.lr = 1e-2);
    /// assert_eq!(optimizer.groups()[1].options.momentum, 0.9);
    /// ```
    #[track_caller]
    pub fn add_param_group(&mut self, params: Vec<Tensor>, set: impl FnOnce(&mut R)) {
        let mut options = self.defaults.clone();
        set(&mut options);
        options.check(&params);
        for param in &params {
            assert!(param.is_leaf(), "can't optimize a non-leaf Tensor");
        }
        let known: HashSet<_> =
            self.groups.iter().flat_map(|group| &group.params).map(ffi::identity).collect();
        assert!(
            params.iter().all(|param| !known.contains(&ffi::identity(param))),
            "some parameters appear in more than one parameter group"
        );
        let begin = |param: &Tensor| if R::EAGER { options.begin(param) } else { StateDict::new() };
        let states = States::new(&params, begin);
        if states.has_duplicates() {
            log::warn!(
                "optimizer contains a parameter group with duplicate parameters; in future, this \
                 will cause an error; see github.com/pytorch/pytorch/issues/40967 for more \
                 information"
            );
        }
        self.groups.push(ParamGroup {
            params,
            states,
            options,
            extra: IndexMap::new(),
            order: IndexSet::new(),
        });
    }

    /// The groups, with their options.
    pub fn groups(&self) -> &[ParamGroup<R>] {
        &self.groups
    }

    /// The groups, to set their options.
    pub fn groups_mut(&mut self) -> &mut [ParamGroup<R>] {
        &mut self.groups
    }

    /// What is kept of each parameter, in the order they were given, under Python's names: empty
    /// before the first gradient. A parameter that was given twice has the same state twice here.
    pub fn state(&self) -> Vec<&StateDict> {
        self.groups.iter().flat_map(|group| group.states.of_params()).collect()
    }

    /// Whose the states in a file are, by the numbers that its groups have for the parameters: which
    /// group's, and which of its states. As in Python, the last of two that go by one number holds it.
    fn holders(&self, saved: &[Object]) -> Result<HashMap<Key, (usize, usize)>> {
        let mut holders = HashMap::new();
        for (i, (group, saved)) in self.groups.iter().zip(saved).enumerate() {
            for (number, &place) in indices(saved).iter().zip(group.states.places()) {
                let number =
                    number.as_i64().ok_or_else(|| wrong("names a parameter by no number"))?;
                holders.insert(Key::Int(number), (i, place));
            }
        }
        Ok(holders)
    }

    /// Panics where a gradient is refused, in PyTorch's words.
    #[track_caller]
    fn check_gradients(&self, gradients: &[Vec<Gradient>]) {
        for (group, gradients) in self.groups.iter().zip(gradients) {
            for (param, gradient) in group.params.iter().zip(gradients) {
                let sparse = match gradient {
                    Gradient::None => continue,
                    Gradient::Dense => false,
                    Gradient::Sparse => true,
                };
                if let Some(words) = group.options.refuses(param, sparse) {
                    panic!("{words}");
                }
            }
        }
    }
}

impl<R: Rule> Optim<R> {
    #[track_caller]
    fn step_with(&mut self, scaling: Option<&Scaling>) {
        let gradients: Vec<_> =
            self.groups.iter().map(|group| ffi::gradients(&group.params)).collect();
        // Before anything is moved, so that a step that is refused has changed nothing.
        self.check_gradients(&gradients);
        for (group, gradients) in self.groups.iter_mut().zip(gradients) {
            let ParamGroup { params, states, options, .. } = group;
            let begin = |param: &Tensor| options.begin(param);
            let mut slots = states.slots(params, &gradients, begin, scaling);
            torch::no_grad(|| options.step(&mut slots))
                .unwrap_or_else(|error| panic!("{}: {error}", R::NAME));
        }
    }
}

impl<R: Rule> Optimizer for Optim<R> {
    #[track_caller]
    fn step(&mut self) {
        self.step_with(None);
    }

    /// What Python goes by is how the optimizer was made, not what its groups were told since; but a
    /// group that is not fused could not do it.
    fn step_supports_amp_scaling(&self) -> bool {
        self.defaults.fused() && self.groups.iter().all(|group| group.options.fused())
    }

    #[track_caller]
    fn step_scaled(&mut self, scaling: &Scaling) {
        self.step_with(Some(scaling));
    }

    fn zero_grad(&mut self) {
        for group in &self.groups {
            ffi::clear_grads(&group.params);
        }
    }

    fn param_groups(&self) -> Vec<&dyn Group> {
        self.groups.iter().map(|group| group as &dyn Group).collect()
    }

    fn param_groups_mut(&mut self) -> Vec<&mut dyn Group> {
        self.groups.iter_mut().map(|group| group as &mut dyn Group).collect()
    }

    fn state_dict(&self) -> Object {
        let mut states = Dict::new();
        if let Some(shared) = self.shared.object() {
            // It is the first parameter's, which goes by its last number.
            states.insert(Key::Int(self.groups[0].states.numbers(0)[0]), shared);
        }
        let (mut groups, mut first) = (vec![], 0);
        for group in &self.groups {
            let numbers = group.states.numbers(first);
            for (number, state) in numbers.iter().zip(group.states.each()) {
                if !state.is_empty() {
                    let tensors = state.iter().map(|(k, v)| (k.clone(), v.shallow_clone().into()));
                    states.insert(Key::Int(*number), Object::dict(tensors));
                }
            }
            groups.push(group.packed(&numbers));
            first += group.params.len() as i64;
        }
        Object::dict([("state", states.into()), ("param_groups", groups.into())])
    }

    fn load_state_dict(&mut self, state: &Object) -> Result<()> {
        let states = state.get("state").and_then(Object::as_dict);
        let groups = state.get("param_groups").and_then(Object::as_slice);
        let (Some(states), Some(saved)) = (states, groups) else {
            return Err(wrong("is no dictionary of 'state' and 'param_groups'"));
        };
        if saved.len() != self.groups.len() {
            return Err(wrong("loaded state dict has a different number of parameter groups"));
        }
        // All is read before anything is changed.
        let mut loaded = Vec::new();
        for (group, saved) in self.groups.iter().zip(saved) {
            loaded.push(group.read(saved)?);
        }
        let holders = self.holders(saved)?;
        let of_first = |key: &Key| holders.get(key) == Some(&(0, 0));
        let shared = match states.iter().rfind(|(key, _)| of_first(key)) {
            Some((_, state)) => R::Shared::read(state, &self.groups[0].params)?,
            None => None,
        };
        let params: Vec<_> =
            self.groups.iter().map(|group| group.states.distinct(&group.params)).collect();
        if shared.is_none() {
            for (key, state) in states {
                if let Some(&(group, place)) = holders.get(key) {
                    let (options, _, _, kept) = &mut loaded[group];
                    kept[place] = self::kept(state, params[group][place], options, key)?;
                }
            }
        }
        for (group, (options, extra, order, kept)) in self.groups.iter_mut().zip(loaded) {
            (group.options, group.extra, group.order) = (options, extra, order);
            group.states.replace(kept);
        }
        self.shared = shared.unwrap_or_default();
        Ok(())
    }
}

/// A parameter's state, copied to where the parameter is and to its kind; counts stay as they are.
fn kept<R: Rule>(state: &Object, param: &Tensor, options: &R, key: &Key) -> Result<StateDict> {
    let entries = state.as_dict().ok_or_else(|| wrong("holds a state that is none"))?;
    let mut kept = StateDict::new();
    for (key, value) in entries {
        let name = key.as_str().ok_or_else(|| wrong(format!("names a tensor {key}")))?;
        let tensor = match value {
            // A buffer that has not begun.
            Object::None => continue,
            Object::Tensor(tensor) => tensor.shallow_clone(),
            // Before PyTorch 1.12, steps were counted by numbers.
            Object::Int(_) | Object::Float(_) => {
                Tensor::from(value.as_f64().unwrap_or_default() as f32)
            }
            _ => return Err(wrong(format!("'{name}' is {value}, which is no tensor"))),
        };
        // The kernels go by the parameter's size: what is kept of it has to be as large.
        let size = tensor.size();
        let (counts, expected) = (["step", "mu_product"].contains(&name), param.size());
        if if counts { tensor.numel() != 1 } else { size != expected } {
            let expected = if counts { vec![] } else { expected };
            return Err(wrong(format!(
                "'{name}' is of size {size:?}, but has to be of {expected:?}"
            )));
        }
        let tensor = if counts { tensor.reshape([0_i64; 0]) } else { tensor };
        let place = if name == "step" {
            if options.fused() {
                (param.device(), Kind::Float)
            } else {
                (tensor.device(), tensor.kind())
            }
        } else if param.is_floating_point() {
            (param.device(), param.kind())
        } else {
            (param.device(), tensor.kind())
        };
        kept.insert(name.to_string(), tensor.detach().to_device(place.0).to_kind(place.1).copy());
    }
    let needed = torch::no_grad(|| options.begin(param));
    let missing = needed.keys().find(|name| !kept.contains_key(*name));
    if let (Some(name), false) = (missing, kept.is_empty()) {
        return Err(wrong(format!("has no '{name}' of parameter {key}")));
    }
    Ok(kept)
}

/// A value of Python's that sets an option.
pub trait Entry: Sized {
    #[doc(hidden)]
    fn object(&self) -> Object;
    #[doc(hidden)]
    fn read(object: &Object) -> Option<Self>;
}

impl Entry for f64 {
    fn object(&self) -> Object {
        (*self).into()
    }

    fn read(object: &Object) -> Option<Self> {
        // A learning rate may be a tensor of one number.
        let number = object.as_tensor();
        let number = number.filter(|tensor| tensor.numel() == 1 && !tensor.is_complex());
        object.as_f64().or_else(|| Some(number?.double_value(&vec![0; number?.dim()])))
    }
}

impl Entry for i64 {
    fn object(&self) -> Object {
        (*self).into()
    }

    fn read(object: &Object) -> Option<Self> {
        object.as_i64()
    }
}

impl Entry for bool {
    fn object(&self) -> Object {
        (*self).into()
    }

    fn read(object: &Object) -> Option<Self> {
        // Python's `fused=None` chooses: on the CPU it chooses the loop.
        if *object == Object::None { Some(false) } else { object.as_bool() }
    }
}

impl Entry for (f64, f64) {
    fn object(&self) -> Object {
        (*self).into()
    }

    fn read(object: &Object) -> Option<Self> {
        let [a, b] = object.as_slice()? else { return None };
        Some((f64::read(a)?, f64::read(b)?))
    }
}

impl Entry for (f64, f64, f64) {
    fn object(&self) -> Object {
        (*self).into()
    }

    fn read(object: &Object) -> Option<Self> {
        let [a, b, c] = object.as_slice()? else { return None };
        Some((f64::read(a)?, f64::read(b)?, f64::read(c)?))
    }
}

impl Entry for String {
    fn object(&self) -> Object {
        self.as_str().into()
    }

    fn read(object: &Object) -> Option<Self> {
        object.as_str().map(String::from)
    }
}

impl Entry for Tensor {
    fn object(&self) -> Object {
        self.shallow_clone().into()
    }

    fn read(object: &Object) -> Option<Self> {
        object.as_tensor().map(Tensor::shallow_clone)
    }
}

impl<T: Entry> Entry for Vec<T> {
    fn object(&self) -> Object {
        Object::list(self.iter().map(T::object))
    }

    fn read(object: &Object) -> Option<Self> {
        object.as_slice()?.iter().map(T::read).collect()
    }
}

impl<T: Entry> Entry for Option<T> {
    fn object(&self) -> Object {
        self.as_ref().map_or(Object::None, T::object)
    }

    fn read(object: &Object) -> Option<Self> {
        if *object == Object::None { Some(None) } else { T::read(object).map(Some) }
    }
}

/// What stands under this name in a state of this kind.
pub(super) fn read<T: Entry>(kind: &str, state: &Object, name: &str) -> Result<T> {
    let value = state.get(name);
    value.and_then(T::read).ok_or_else(|| match value {
        Some(value) => Error::argument(kind, format!("'{name}' cannot be {value}")),
        None => Error::argument(kind, format!("has no '{name}'")),
    })
}

/// An optimizer: its options with their defaults, which are a group's; and what a group is written
/// as, in Python's order, with what only Python's kernels know.
macro_rules! optimizer {
    (
        $(#[$docs:meta])*
        $optimizer:ident / $rule:ident / $builder:ident {
            $($(#[$about:meta])* $field:ident: $kind:ty $(= $default:expr)?,)*
        }
        group { $($name:ident $(= $value:expr)?,)* }
    ) => {
        $(#[$docs])*
        pub type $optimizer = $crate::optim::Optim<$rule>;

        #[doc = concat!("The options of a group of [`", stringify!($optimizer), "`]'s parameters.")]
        #[derive(Clone, Debug, PartialEq)]
        pub struct $rule {
            $($(#[$about])* pub $field: $kind,)*
        }

        #[bon::bon]
        impl $optimizer {
            #[doc = concat!(
                stringify!($optimizer), " with the learning rate `lr` and all else by default."
            )]
            #[track_caller]
            pub fn new(params: Vec<tch::Tensor>, lr: impl Into<f64>) -> Self {
                Self::options(params).lr(lr).build()
            }

            /// Begins an optimizer whose keyword arguments are set by name.
            #[builder(
                start_fn(name = options, vis = "pub"),
                finish_fn = build,
                builder_type(name = $builder, vis = "pub"),
                on(String, into),
                on(f64, into)
            )]
            fn with(
                #[builder(start_fn)] params: Vec<tch::Tensor>,
                $($(#[$about])* $(#[builder(default = $default)])? $field: $kind,)*
            ) -> Self {
                Self::of(params, $rule { $($field),* })
            }
        }

        impl $rule {
            fn python_entries(&self) -> Vec<(&'static str, $crate::object::Object)> {
                use $crate::optim::group::Entry;
                vec![$((
                    stringify!($name),
                    $crate::optim::group::entry!(self, $name $(= $value)?),
                ),)*]
            }

            fn set_entry(
                &mut self,
                name: &str,
                value: &$crate::object::Object,
            ) -> $crate::Result<bool> {
                use $crate::optim::group::Entry;
                match name {
                    $(stringify!($field) => {
                        self.$field = <$kind>::read(value).ok_or_else(|| {
                            $crate::Error::argument(name, format!("cannot be {value}"))
                        })?;
                    })*
                    _ => return Ok(false),
                }
                Ok(true)
            }
        }
    };
}
pub(super) use optimizer;

/// The value of an option, or of what is none here.
macro_rules! entry {
    ($options:expr, $name:ident) => {
        $options.$name.object()
    };
    ($options:expr, $name:ident = $value:expr) => {
        $value
    };
}
pub(super) use entry;

/// What every rule says in the same way.
macro_rules! told_by_name {
    ($optimizer:ident) => {
        $crate::optim::group::told_by_name!($optimizer, ());
    };
    ($optimizer:ident, $shared:ty) => {
        type Shared = $shared;
        const NAME: &'static str = stringify!($optimizer);

        fn lr(&self) -> f64 {
            self.lr
        }

        fn set_lr(&mut self, lr: f64) {
            self.lr = lr;
        }

        fn entries(&self) -> Vec<(&'static str, $crate::object::Object)> {
            self.python_entries()
        }

        fn set(&mut self, name: &str, value: &$crate::object::Object) -> $crate::Result<bool> {
            self.set_entry(name, value)
        }
    };
}
pub(super) use told_by_name;
