//~ `flatten` is for a module, whose members become the struct's own
use flambeau::prelude::*;

#[derive(Debug, Module)]
struct Net {
    #[module(flatten)]
    weight: nn::Parameter,
}
