//! State dictionaries, wherever in an object they stand.

use std::collections::HashMap;

use indexmap::IndexMap;
use tch::Tensor;

use super::{Dict, Key, Object, Opaque, shortened};
use crate::{Error, Result};

/// What programs call the entry of a checkpoint that is the state dictionary, the usual first.
const NAMES: [&str; 12] = [
    "state_dict",
    "model_state_dict",
    "model_state",
    "model",
    "module",
    "net",
    "network",
    "net_state_dict",
    "weights",
    "params_ema",
    "params",
    "model_dict",
];

/// How deep a state dictionary is looked for, and how deep a module's tree may be.
const DEPTH: usize = 100;

/// How many are named that one may choose from.
const SHOWN: usize = 3;

type StateDict = IndexMap<String, Tensor>;

impl Object {
    /// The state dictionary, wherever it stands: what
    /// [`load_state_dict`](crate::nn::Module::load_state_dict) takes.
    ///
    /// That is a dictionary of nothing but tensors by name. What goes by `_extra_state` and is no
    /// tensor does not count, and is left out. It is looked for here, and if this is none
    ///
    /// 1. behind the usual names, in this order: `state_dict`, `model_state_dict`, `model_state`,
    ///    `model`, `module`, `net`, `network`, `net_state_dict`, `weights`, `params_ema`, `params`,
    ///    `model_dict`. Those that hold no tensor are passed over. Where several of them hold one, as
    ///    the weights and their averages, the first is taken; a warning names the others, unless they
    ///    hold the same. One before it that holds as many tensors, and something else beside them, is an
    ///    error. So is one before it that holds several state dictionaries, as those of a generator and
    ///    a discriminator: what is meant may be one of them. And so is one that holds tensors beside
    ///    something else where no usual name leads to a state dictionary.
    /// 2. behind all other names, and in lists and tuples: the only one there is, or several that hold
    ///    the same. Where tensors stand beside it, it has to have more of them, and so it has to where others
    ///    stand beside something else.
    ///
    /// Of a module that was saved whole it is what its `state_dict()` gives in Python.
    ///
    /// What `torch.compile` and DistributedDataParallel put into the keys is taken away: `_orig_mod.`
    /// wherever it stands, and `module.` where every key begins with it. A `module.` further in, of a
    /// part that was wrapped, stays: it may be a name like others.
    ///
    /// ```
    /// use flambeau::object::Object;
    /// use flambeau::prelude::*;
    ///
    /// let weight = || Object::from(Tensor::from(1.5));
    /// let state = Object::dict([("module.weight", weight()), ("module.bias", weight())]);
    /// let checkpoint = Object::dict([("epoch", 3.into()), ("state_dict", state)]);
    /// let keys: Vec<_> = checkpoint.state_dict()?.into_keys().collect();
    /// assert_eq!(keys, ["weight", "bias"]);
    /// # Ok::<(), flambeau::Error>(())
    /// ```
    ///
    /// # Errors
    /// When there is none, or there are several of which none is the first; and when it holds something
    /// else beside tensors, as in Python: the error says where, and what. [`tensors`](Self::tensors)
    /// gives those of any object.
    pub fn state_dict(&self) -> Result<IndexMap<String, Tensor>> {
        self.state_dict_with_prefixes().map(without_prefixes)
    }

    /// [`state_dict`](Self::state_dict) with the keys as they stand there.
    pub(crate) fn state_dict_with_prefixes(&self) -> Result<IndexMap<String, Tensor>> {
        let wrong = |problem: String| Error::argument("state dictionary", problem);
        let Some(place) = Search::default().find(self, "", DEPTH).map_err(wrong)? else {
            return Err(wrong(self.why_none()));
        };
        let others: Vec<String> = place.others.iter().map(|path| format!("'{path}'")).collect();
        if !others.is_empty() {
            let (path, others) = (&place.path, others.join(" and "));
            log::warn!("the state dictionary is taken from '{path}'; there is another in {others}");
        }
        place.found.tensors().map_err(wrong)
    }

    /// Every tensor in it, with the path that leads there: keys and numbers with dots between.
    pub fn tensors(&self) -> Vec<(String, Tensor)> {
        let mut found = vec![];
        walk(self, String::new(), &mut found);
        found
    }

    /// What there is instead of a state dictionary.
    fn why_none(&self) -> String {
        match (Search::default().mixed(self, "", DEPTH), self.as_dict()) {
            (Some((path, dict)), _) => odd_in(&path, dict),
            (None, Some(dict)) => odd_in("", dict),
            (None, None) => format!("is no dictionary, but {}", self.what()),
        }
    }
}

/// What is out of place in a dictionary that is none of tensors by name.
fn odd_in(path: &str, dict: &Dict) -> String {
    let what = match dict.iter().find(|(key, value)| !belongs(key, value)) {
        Some((Key::Str(name), value)) => format!("'{name}' is no tensor, but {}", value.what()),
        Some((key, _)) => format!("the key {} is no text", shortened(&key.to_string())),
        None => "is empty".into(),
    };
    if path.is_empty() { what } else { format!("in '{path}', {what}") }
}

/// A state dictionary.
#[derive(Clone, Copy)]
enum Found<'a> {
    Dict(&'a Dict),
    Module(&'a Opaque),
}

impl Found<'_> {
    fn tensors(self) -> Result<StateDict, String> {
        let mut state = StateDict::new();
        match self {
            Self::Dict(dict) => state.extend(dict.iter().filter_map(|(key, value)| {
                Some((key.as_str()?.to_string(), value.as_tensor()?.shallow_clone()))
            })),
            Self::Module(module) => collect(module, "", DEPTH, &mut state)?,
        }
        Ok(state)
    }

    /// How many tensors it holds; of a module, which may hold none, more than any.
    fn len(self) -> usize {
        match self {
            Self::Dict(dict) => tensor_count(dict.values()),
            Self::Module(_) => usize::MAX,
        }
    }

    /// Whether the other holds the same tensors by the same names.
    fn is_same(self, other: Self) -> bool {
        match (self, other) {
            (Self::Dict(one), Self::Dict(other)) if std::ptr::eq(one, other) => return true,
            (Self::Module(one), Self::Module(other)) if std::ptr::eq(one, other) => return true,
            _ => {}
        }
        let (Ok(one), Ok(other)) = (self.tensors(), other.tensors()) else { return false };
        let has = |(name, tensor)| other.get(name).is_some_and(|other| super::equal(tensor, other));
        one.len() == other.len() && one.iter().all(has)
    }
}

/// A state dictionary, and where it stands.
#[derive(Clone)]
struct Place<'a> {
    found: Found<'a>,
    path: String,
    /// Where there are others that it goes before.
    others: Vec<String>,
}

/// Whether an entry is one of a state dictionary.
fn belongs(key: &Key, value: &Object) -> bool {
    let Key::Str(name) = key else { return false };
    matches!(value, Object::Tensor(_)) || is_extra(name)
}

/// Whether a module may keep under this name whatever it likes.
fn is_extra(name: &str) -> bool {
    name.rsplit('.').next() == Some("_extra_state")
}

fn tensor_count<'a>(values: impl IntoIterator<Item = &'a Object>) -> usize {
    values.into_iter().filter(|value| value.as_tensor().is_some()).count()
}

fn below(path: &str, name: &str) -> String {
    if path.is_empty() { name.into() } else { format!("{path}.{name}") }
}

/// The dictionaries and the like in a dictionary by name, or in a list by number; the averages of an
/// optimizer, which go by numbers in a dictionary, are no model's.
fn inside(object: &Object) -> Vec<(String, &Object)> {
    let holds = |value: &Object| {
        value.as_dict().is_some()
            || value.as_slice().is_some()
            || matches!(value, Object::Opaque(_))
    };
    if let Some(dict) = object.as_dict() {
        let named = dict.iter().filter_map(|(key, value)| Some((key.as_str()?, value)));
        let named = named.filter(|(name, value)| holds(value) && !is_extra(name));
        return named.map(|(name, value)| (name.into(), value)).collect();
    }
    let values = object.as_slice().unwrap_or_default().iter().enumerate();
    let values = values.filter(|(_, value)| holds(value));
    values.map(|(i, value)| (i.to_string(), value)).collect()
}

/// What is asked again of an object that stands at many places: it is looked through once at each depth.
#[derive(Default)]
struct Search<'a> {
    found: HashMap<(usize, usize), Result<Option<Place<'a>>, String>>,
    mixed: HashMap<(usize, usize), Option<Mixed<'a>>>,
}

/// Where an object lies that may stand at several places.
fn shared(object: &Object) -> Option<usize> {
    object.shared().filter(|(_, handles)| *handles > 1).map(|(place, _)| place as usize)
}

impl<'a> Search<'a> {
    fn find(
        &mut self,
        object: &'a Object,
        path: &str,
        depth: usize,
    ) -> Result<Option<Place<'a>>, String> {
        let Some(depth) = depth.checked_sub(1) else { return Ok(None) };
        let Some(place) = shared(object) else { return self.find_anew(object, path, depth) };
        if let Some(found) = self.found.get(&(place, depth)) {
            return found.clone();
        }
        let found = self.find_anew(object, path, depth);
        self.found.insert((place, depth), found.clone());
        found
    }

    fn find_anew(
        &mut self,
        object: &'a Object,
        path: &str,
        depth: usize,
    ) -> Result<Option<Place<'a>>, String> {
        let here = |found| Ok(Some(Place { found, path: path.into(), others: vec![] }));
        if let Object::Opaque(opaque) = object {
            if let Some(inner) = compiled(opaque) {
                return self.find(inner, &below(path, "_orig_mod"), depth);
            }
            if opaque.own_attribute("_modules").is_some() {
                return here(Found::Module(opaque));
            }
        }
        let dict = object.as_dict();
        if let Some(dict) = dict.filter(|dict| dict.iter().all(|(key, value)| belongs(key, value)))
        {
            return here(Found::Dict(dict));
        }
        let mut nothing = None;
        let mut first: Option<Place> = None;
        let mut spoiled: Option<Mixed> = None;
        for name in NAMES {
            let Some(value) = dict.and_then(|dict| dict.get(&Key::from(name))) else { continue };
            let path = below(path, name);
            let found = self.find(value, &path, depth);
            match &mut first {
                None => match found? {
                    Some(found) if found.found.len() > 0 => first = Some(found),
                    found => {
                        nothing = nothing.or(found);
                        spoiled = larger(spoiled, self.mixed(value, &path, depth));
                    }
                },
                Some(first) => {
                    if let Ok(Some(other)) = found
                        && other.found.len() > 0
                        && !other.found.is_same(first.found)
                    {
                        first.others.push(other.path);
                    }
                }
            }
        }
        if let Some(first) = first {
            return unless_spoiled(first, spoiled).map(Some);
        }
        // Behind no other name is what a usual one promises.
        if let Some((path, dict)) = spoiled {
            return Err(odd_in(&path, dict));
        }
        // What fewer tensors are in than stand beside it belongs to those.
        let beside = match dict {
            Some(dict) => tensor_count(dict.values()),
            None => tensor_count(object.as_slice().unwrap_or_default()),
        };
        let mut others: Vec<Place> = Vec::new();
        for (name, value) in inside(object) {
            // The usual names have been looked behind.
            if dict.is_some() && NAMES.contains(&&*name) {
                continue;
            }
            let path = below(path, &name);
            let Some(other) = self.find(value, &path, depth)? else {
                spoiled = larger(spoiled, self.mixed(value, &path, depth));
                continue;
            };
            if other.found.len() > beside
                && !others.first().is_some_and(|first| first.found.is_same(other.found))
            {
                others.push(other);
                if others.len() > SHOWN {
                    break;
                }
            }
        }
        if others.len() > 1 {
            let shown = others.iter().take(SHOWN).map(|other| format!("'{}'", other.path));
            let more = (others.len() > SHOWN).then(|| "others".into());
            let paths: Vec<String> = shown.chain(more).collect();
            return Err(format!("may be {}: take one of them", paths.join(" or ")));
        }
        match others.pop() {
            Some(other) => unless_spoiled(other, spoiled).map(Some),
            None => Ok(nothing),
        }
    }

    /// The dictionary of those that hold tensors beside something else that holds the most of them, the
    /// first of several.
    fn mixed(&mut self, object: &'a Object, path: &str, depth: usize) -> Option<Mixed<'a>> {
        let depth = depth.checked_sub(1)?;
        let place = shared(object);
        if let Some(mixed) = place.and_then(|place| self.mixed.get(&(place, depth))) {
            return mixed.clone();
        }
        let found = match object.as_dict().filter(|dict| tensor_count(dict.values()) > 0) {
            Some(dict) => Some((path.to_string(), dict)),
            None => {
                let inner = inside(object).into_iter();
                inner.fold(None, |first, (name, value)| {
                    larger(first, self.mixed(value, &below(path, &name), depth))
                })
            }
        };
        if let Some(place) = place {
            self.mixed.insert((place, depth), found.clone());
        }
        found
    }
}

/// A dictionary that holds tensors beside something else, and where it stands.
type Mixed<'a> = (String, &'a Dict);

fn larger<'a>(first: Option<Mixed<'a>>, other: Option<Mixed<'a>>) -> Option<Mixed<'a>> {
    let count = |mixed: &Option<Mixed>| mixed.as_ref().map(|(_, dict)| tensor_count(dict.values()));
    if count(&other) > count(&first) { other } else { first }
}

/// The place that was found, unless what else there is would be the state dictionary if it held tensors
/// alone: then something else in it is to be told, and not passed over.
fn unless_spoiled<'a>(place: Place<'a>, spoiled: Option<Mixed>) -> Result<Place<'a>, String> {
    match spoiled {
        Some((path, dict)) if tensor_count(dict.values()) >= place.found.len() => {
            Err(odd_in(&path, dict))
        }
        _ => Ok(place),
    }
}

/// What `module.state_dict()` gives in Python: its parameters, its buffers, its modules' own.
fn collect(
    module: &Opaque,
    prefix: &str,
    depth: usize,
    state: &mut StateDict,
) -> Result<(), String> {
    let depth = depth.checked_sub(1).ok_or("has modules nested too deep")?;
    if let Some(Object::Opaque(inner)) = compiled(module) {
        return collect(inner, prefix, depth, state);
    }
    let class = format!("{}.{}", module.module, module.name);
    let at = |what: &str| match prefix.strip_suffix('.') {
        Some(path) => format!("'{path}' is of {class}, {what}"),
        None => format!("is of {class}, {what}"),
    };
    if keeps_more(module) {
        return Err(at("and its quantized numbers are for Python alone: save its state_dict()"));
    }
    if module.own_attribute("_parameters").and_then(Object::as_dict).is_none() {
        return Err(at("and no module whose parameters are told"));
    }
    let group =
        |name: &str| module.own_attribute(name).and_then(Object::as_dict).into_iter().flatten();
    let passing = module.own_attribute("_non_persistent_buffers_set");
    let passes =
        |key: &Key| passing.and_then(Object::as_set).is_some_and(|passing| passing.contains(key));
    for (key, value) in
        group("_parameters").chain(group("_buffers").filter(|(key, _)| !passes(key)))
    {
        match (key, value) {
            (Key::Str(name), Object::Tensor(tensor)) => {
                state.insert(format!("{prefix}{name}"), tensor.shallow_clone());
            }
            (_, Object::None) => {}
            (Key::Str(name), value) => {
                return Err(format!("'{prefix}{name}' is no tensor, but {}", value.what()));
            }
            (key, _) => return Err(format!("the key {} is no text", shortened(&key.to_string()))),
        }
    }
    for (key, value) in group("_modules") {
        match (key, value) {
            (Key::Str(name), Object::Opaque(inner)) => {
                collect(inner, &format!("{prefix}{name}."), depth, state)?;
            }
            (_, Object::None) => {}
            (key, value) => return Err(format!("has {} for a module {key}", value.what())),
        }
    }
    Ok(())
}

/// Whether a module of PyTorch's has numbers in its `state_dict()` that are no parameters or buffers.
fn keeps_more(module: &Opaque) -> bool {
    const PACKED: [&str; 8] =
        ["Conv", "Embedding", "GRU", "LSTM", "Linear", "PackedParameter", "QFunctional", "RNN"];
    module.module.starts_with("torch.")
        && module.module.contains(".quantized.")
        && PACKED.iter().any(|name| module.name.starts_with(name))
}

/// The module inside of what `torch.compile` makes of it.
fn compiled(object: &Opaque) -> Option<&Object> {
    let is = object.module == "torch._dynamo.eval_frame" && object.name == "OptimizedModule";
    object.arguments().first().filter(|_| is)
}

/// Takes away what `torch.compile` puts before the names of what it is given, and
/// DistributedDataParallel before every key.
pub(crate) fn without_prefixes(state: StateDict) -> StateDict {
    // What stands last is the tensor's own name.
    let plain = |key: &str| {
        let mut parts: Vec<&str> = key.split('.').collect();
        let name = parts.pop();
        parts.retain(|part| *part != "_orig_mod");
        parts.into_iter().chain(name).collect::<Vec<_>>().join(".")
    };
    let is_inside =
        |name: &String| name.strip_prefix("module.").is_some_and(|name| !name.is_empty());
    let count = state.len();
    let mut names: Vec<String> = state.keys().map(|key| plain(key)).collect();
    while count > 0 && names.iter().all(is_inside) {
        names.iter_mut().for_each(|name| drop(name.drain(.."module.".len())));
    }
    let named: StateDict =
        names.into_iter().zip(state.values().map(Tensor::shallow_clone)).collect();
    // Two that would be one stay as they are.
    if named.len() == count { named } else { state }
}

fn walk(object: &Object, path: String, found: &mut Vec<(String, Tensor)>) {
    let entries = |dict: &Dict, found: &mut Vec<(String, Tensor)>| {
        for (key, value) in dict {
            let name = key.name();
            walk(value, below(&path, &name), found);
        }
    };
    let list = |values: &[Object], found: &mut Vec<(String, Tensor)>| {
        for (i, value) in values.iter().enumerate() {
            walk(value, below(&path, &i.to_string()), found);
        }
    };
    match object {
        Object::Tensor(tensor) => found.push((path, tensor.shallow_clone())),
        Object::List(values) | Object::Tuple(values) => list(values, found),
        Object::Dict(dict) | Object::Counter(dict) => entries(dict, found),
        Object::Opaque(opaque) => {
            list(opaque.arguments(), found);
            if let super::Made::New(_, keywords) = &opaque.made {
                entries(keywords, found);
            }
            if let Some(state) = &opaque.state {
                walk(state, path.clone(), found);
            }
            list(&opaque.items, found);
            entries(&opaque.entries, found);
        }
        _ => {}
    }
}
