//! State dictionaries, wherever in an object they stand.

use indexmap::IndexMap;
use tch::Tensor;

use super::{Dict, Key, Object, Opaque};
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

/// What DistributedDataParallel and `torch.compile` put before each key.
const PREFIXES: [&str; 2] = ["module.", "_orig_mod."];

/// How deep a state dictionary is looked for, and how deep a module's tree may be.
const DEPTH: usize = 100;

type StateDict = IndexMap<String, Tensor>;

impl Object {
    /// The state dictionary, wherever it stands: what
    /// [`load_state_dict`](crate::nn::Module::load_state_dict) takes.
    ///
    /// That is a dictionary of nothing but tensors, this one, or one inside of it that goes by a
    /// usual name (`state_dict`, `model_state_dict`, `model`, …), or the only one there is. Of a
    /// module that was saved whole it is what its `state_dict()` gives in Python. Where every key
    /// begins with `module.` or `_orig_mod.`, which DistributedDataParallel and `torch.compile` put
    /// there, it is taken away.
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
    /// When there is none, or more than one, or it holds something else than tensors by name.
    pub fn state_dict(&self) -> Result<IndexMap<String, Tensor>> {
        self.state_dict_with_prefixes().map(without_prefixes)
    }

    /// [`state_dict`](Self::state_dict) with the keys as they stand there.
    pub(crate) fn state_dict_with_prefixes(&self) -> Result<IndexMap<String, Tensor>> {
        let wrong = |problem: String| Error::argument("state dictionary", problem);
        match find(self, DEPTH).map_err(wrong)? {
            Some(Found::Dict(dict)) => Ok(tensors(dict).collect()),
            Some(Found::Module(module)) => {
                let mut state = StateDict::new();
                collect(module, "", DEPTH, &mut state).map_err(wrong)?;
                Ok(state)
            }
            None => Err(wrong(self.why_none())),
        }
    }

    /// Every tensor in it, with the path that leads there: keys and numbers with dots between.
    pub fn tensors(&self) -> Vec<(String, Tensor)> {
        let mut found = vec![];
        walk(self, String::new(), &mut found);
        found
    }

    /// What there is instead of a state dictionary.
    fn why_none(&self) -> String {
        let Some(dict) = self.as_dict() else {
            return format!("is no dictionary, but {}", self.what());
        };
        // The first that is out of place where there are tensors, or where there is little.
        let odd = dict.iter().find_map(|(key, value)| match (key, value) {
            (Key::Str(_), Object::Tensor(_)) => None,
            (Key::Str(name), value) => Some(format!("'{name}' is no tensor, but {}", value.what())),
            (key, _) => Some(format!("the key {key} is no text")),
        });
        odd.unwrap_or_else(|| "is empty".into())
    }
}

enum Found<'a> {
    Dict(&'a Dict),
    Module(&'a Opaque),
}

/// Whether it is a dictionary of tensors by name, and of nothing else.
fn is_state_dict(dict: &Dict) -> bool {
    dict.iter().all(|entry| matches!(entry, (Key::Str(_), Object::Tensor(_))))
}

fn tensors(dict: &Dict) -> impl Iterator<Item = (String, Tensor)> {
    dict.iter().filter_map(|(key, value)| {
        Some((key.as_str()?.to_string(), value.as_tensor()?.shallow_clone()))
    })
}

fn find(object: &Object, depth: usize) -> Result<Option<Found<'_>>, String> {
    let Some(depth) = depth.checked_sub(1) else { return Ok(None) };
    if let Object::Opaque(opaque) = object
        && opaque.own_attribute("_modules").is_some()
    {
        return Ok(Some(Found::Module(opaque)));
    }
    let Some(dict) = object.as_dict() else { return Ok(None) };
    if is_state_dict(dict) {
        return Ok(Some(Found::Dict(dict)));
    }
    for name in NAMES {
        if let Some(value) = dict.get(&Key::from(name))
            && let Some(found) = find(value, depth)?
        {
            return Ok(Some(found));
        }
    }
    // Among tensors, what else there is belongs to them.
    if dict.values().any(|value| value.as_tensor().is_some()) {
        return Ok(None);
    }
    // An empty one says nothing, and the averages of an optimizer go by numbers.
    let mut others = Vec::new();
    for (key, value) in dict {
        let Key::Str(name) = key else { continue };
        match find(value, depth)? {
            Some(Found::Dict(dict)) if dict.is_empty() => {}
            Some(found) => others.push((name, found)),
            None => {}
        }
    }
    if others.len() > 1 {
        let names: Vec<String> = others.iter().map(|(name, _)| format!("'{name}'")).collect();
        return Err(format!("may be {}: take one of them", names.join(" or ")));
    }
    Ok(others.pop().map(|(_, found)| found))
}

/// What `module.state_dict()` gives in Python: its parameters, its buffers, its modules' own.
fn collect(
    module: &Opaque,
    prefix: &str,
    depth: usize,
    state: &mut StateDict,
) -> Result<(), String> {
    let depth = depth.checked_sub(1).ok_or("has modules nested too deep")?;
    let group =
        |name: &str| module.own_attribute(name).and_then(Object::as_dict).into_iter().flatten();
    let passing = module.own_attribute("_non_persistent_buffers_set");
    let passes =
        |key: &Key| passing.and_then(Object::as_set).is_some_and(|passing| passing.contains(key));
    for (key, value) in
        group("_parameters").chain(group("_buffers").filter(|(key, _)| !passes(key)))
    {
        if let (Key::Str(name), Object::Tensor(tensor)) = (key, value) {
            state.insert(format!("{prefix}{name}"), tensor.shallow_clone());
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

/// Takes away what stands before every key.
pub(crate) fn without_prefixes(mut state: StateDict) -> StateDict {
    while let Some(prefix) = PREFIXES
        .iter()
        .find(|prefix| !state.is_empty() && state.keys().all(|key| key.starts_with(**prefix)))
    {
        state = state.into_iter().map(|(key, value)| (key[prefix.len()..].into(), value)).collect();
    }
    state
}

fn walk(object: &Object, path: String, found: &mut Vec<(String, Tensor)>) {
    let below = |name: String| if path.is_empty() { name } else { format!("{path}.{name}") };
    let entries = |dict: &Dict, found: &mut Vec<(String, Tensor)>| {
        for (key, value) in dict {
            let name = key.as_str().map_or_else(|| key.to_string(), String::from);
            walk(value, below(name), found);
        }
    };
    let list = |values: &[Object], found: &mut Vec<(String, Tensor)>| {
        for (i, value) in values.iter().enumerate() {
            walk(value, below(i.to_string()), found);
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
