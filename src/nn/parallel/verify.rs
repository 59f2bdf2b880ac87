//! Whether all ranks have the same model.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use tch::Tensor;

use crate::distributed::{
    self as dist, ProcessGroup, all_gather_object_options, broadcast_object_list_options,
};
use crate::{Dtype, Error, Result};

/// A parameter's name, and what has to be the same on all ranks.
type Described = (String, String);

fn described(parameters: &[(String, Tensor, bool)]) -> Vec<Described> {
    let one = |(name, parameter, _): &(String, Tensor, bool)| {
        let (kind, size) = (Dtype::from(parameter.kind()), parameter.size());
        (name.clone(), format!("{kind} of size {size:?} and stride {:?}", parameter.stride()))
    };
    parameters.iter().map(one).collect()
}

/// Fails on all ranks where one has other parameters than the first. libtorch's own
/// `verify_params_across_processes` fails on the others alone, and knows no names.
pub(super) fn verify(group: &ProcessGroup, parameters: &[(String, Tensor, bool)]) -> Result<()> {
    let own = described(parameters);
    // Names may differ, as in Python.
    let mut hasher = DefaultHasher::new();
    own.iter().for_each(|(_, what)| what.hash(&mut hasher));
    let digests = all_gather_object_options(&hasher.finish()).group(group).call()?;
    if digests.iter().all(|digest| *digest == digests[0]) {
        return Ok(());
    }
    let mut first = [own.clone()];
    broadcast_object_list_options(&mut first, group.ranks()[0]).group(group).call()?;
    let problem = difference(&first[0], &own);
    let problems = all_gather_object_options(&problem).group(group).call()?;
    let told = problems.iter().zip(group.ranks()).filter_map(|(problem, rank)| {
        Some(format!(
            "rank {rank} has another model than rank {}: {}",
            group.ranks()[0],
            problem.as_ref()?
        ))
    });
    let told = told.take(3).collect::<Vec<_>>().join("; ");
    // All have read it before the rank with the store ends.
    dist::barrier_options().group(group).call()?;
    Err(Error::Distributed(format!("DistributedDataParallel: {told}")))
}

/// Where `own` parameters begin to differ from those of the first rank.
fn difference(first: &[Described], own: &[Described]) -> Option<String> {
    let pairs = first.iter().zip(own).find(|((_, theirs), (_, mine))| theirs != mine);
    if let Some(((their_name, theirs), (name, mine))) = pairs {
        let theirs = if their_name == name { theirs } else { &format!("{their_name}, {theirs}") };
        return Some(format!("{name} is {mine}, not {theirs}"));
    }
    (first.len() != own.len())
        .then(|| format!("it has {} parameters, not {}", own.len(), first.len()))
}
