//~ a module owns its members, so it has no lifetimes: a module that stands at two places is an `nn::Shared`, a tensor there is tied (`Parameter::tie`)
use flambeau::prelude::*;

#[derive(Debug, Module)]
struct Net<'a> {
    linear: &'a nn::Linear,
}
