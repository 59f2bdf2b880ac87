//! [`Evaluating`]: a model that is evaluated in the midst of something else.

use tch::Tensor;

use super::module::named_modules;
use super::{Member, Module, Training};
use crate::random;

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
/// so is the default generator, whatever was drawn.
pub(crate) struct Evaluating<'m> {
    _modes: Modes<'m>,
    generator: Tensor,
}

impl<'m> Evaluating<'m> {
    pub fn begin(model: &'m dyn Module) -> Self {
        let modes = Modes::of(model);
        modes.0.iter().for_each(|(training, _)| training.set(false));
        Self { _modes: modes, generator: random::get_rng_state() }
    }
}

impl Drop for Evaluating<'_> {
    fn drop(&mut self) {
        random::set_rng_state(&self.generator).expect("it is the generator's own state");
    }
}
