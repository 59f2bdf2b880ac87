//! [`Evaluating`]: a model that is evaluated in the midst of something else.

use super::module::named_modules;
use super::{Member, Module, Training};
use crate::random::{self, ForkRng};

/// Which modules inside a model are in training. It is so again at the end, also after a panic.
pub(crate) struct Modes<'m>(Vec<(&'m Training, bool)>);

impl<'m> Modes<'m> {
    pub fn of(model: &'m dyn Module) -> Self {
        let members = named_modules(model).into_iter().flat_map(|(_, module)| module.members());
        let modes = members.filter_map(|(_, member)| match member {
            Member::Training(training) => Some((training, training.get())),
            _ => None,
        });
        Self(modes.collect())
    }
}

impl Drop for Modes<'_> {
    fn drop(&mut self) {
        self.0.iter().for_each(|(training, before)| training.set(*before));
    }
}

/// While it lives, all modules inside a model are in evaluation. At the end they are as before, and
/// so are the default generators, whatever was drawn.
pub(crate) struct Evaluating<'m> {
    _modes: Modes<'m>,
    _fork: ForkRng,
}

impl<'m> Evaluating<'m> {
    pub fn begin(model: &'m dyn Module) -> Self {
        let modes = Modes::of(model);
        modes.0.iter().for_each(|(training, _)| training.set(false));
        Self { _modes: modes, _fork: random::fork_rng() }
    }
}
