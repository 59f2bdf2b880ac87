//! [`StateDict`]: the tensors of a module by name, and how they are taken over.

use std::fmt::Write;

use indexmap::IndexMap;
use tch::Tensor;

use crate::{Error, Result, torch};

/// Tensors by name, in order: what `state_dict()` gives in Python.
pub type StateDict = IndexMap<String, Tensor>;

/// Where a state dictionary and a module did not meet, when that was allowed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IncompatibleKeys {
    /// What the module has and the dictionary has not.
    pub missing_keys: Vec<String>,
    /// What the dictionary has and the module has not.
    pub unexpected_keys: Vec<String>,
}

/// Checks everything first, then copies; the report is in PyTorch's words and order. `modules`
/// are the paths of the modules inside the one whose own state is `own`.
pub(super) fn load(
    class_name: &str,
    modules: &[String],
    own: &StateDict,
    given: &StateDict,
    strict: bool,
) -> Result<IncompatibleKeys> {
    let keys = IncompatibleKeys {
        missing_keys: own.keys().filter(|key| is_missing(key, given)).cloned().collect(),
        unexpected_keys: unexpected(modules, own, given),
    };
    let mut report = String::new();
    let mut tell = |what, keys: &[String]| {
        if strict && !keys.is_empty() {
            let quoted: Vec<_> = keys.iter().map(|key| format!("\"{key}\"")).collect();
            let _ = write!(report, "\n\t{what} key(s) in state_dict: {}. ", quoted.join(", "));
        }
    };
    tell("Missing", &keys.missing_keys);
    tell("Unexpected", &keys.unexpected_keys);

    let mut copies = Vec::new();
    for (key, tensor) in own {
        let Some(new) = given.get(key) else { continue };
        let (size, new_size) = (tensor.size(), new.size());
        if size == new_size {
            copies.push((tensor, new.shallow_clone()));
        } else if size.is_empty() && new_size == [1] {
            // Before version 0.4, PyTorch wrote a number as a vector of one.
            copies.push((tensor, new.get(0)));
        } else {
            let _ = write!(
                report,
                "\n\tsize mismatch for {key}: copying a param with shape torch.Size({new_size:?}) \
                 from checkpoint, the shape in current model is torch.Size({size:?}).",
            );
        }
    }
    if !report.is_empty() {
        let report = format!("Error(s) in loading state_dict for {class_name}:{report}");
        return Err(Error::StateDict(report));
    }
    torch::no_grad(|| {
        for (tensor, new) in copies {
            tensor.shallow_clone().copy_(&new);
        }
    });
    Ok(keys)
}

/// The state with the keys that modules have now: each group of old ones that is there as a whole
/// goes by its new ones. None where no group is.
pub(super) fn renamed(given: &StateDict, groups: &[Vec<(String, String)>]) -> Option<StateDict> {
    let whole =
        |group: &&Vec<_>| group.iter().all(|(old, _): &(String, _)| given.contains_key(old));
    let groups: Vec<_> = groups.iter().filter(whole).collect();
    if groups.is_empty() {
        return None;
    }
    let mut state: StateDict =
        given.iter().map(|(key, tensor)| (key.clone(), tensor.shallow_clone())).collect();
    for (old, new) in groups.into_iter().flatten() {
        let tensor = state.shift_remove(old).expect("it is there");
        state.insert(new.clone(), tensor);
    }
    Some(state)
}

/// Normalisation counts its batches since its second version. Which version a dictionary comes from
/// stands in Python's metadata alone; without it, as here, Python takes it for the first.
fn is_missing(key: &str, given: &StateDict) -> bool {
    !given.contains_key(key) && key.rsplit('.').next() != Some("num_batches_tracked")
}

/// Each module finds, after the one around it, what no child of it could be meant by.
fn unexpected(modules: &[String], own: &StateDict, given: &StateDict) -> Vec<String> {
    let mut keys: Vec<_> = given.keys().filter(|key| !own.contains_key(*key)).cloned().collect();
    keys.sort_by_key(|key| modules.iter().rposition(|path| key.starts_with(path)));
    keys
}
