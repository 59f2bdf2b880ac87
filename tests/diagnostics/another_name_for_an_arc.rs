//~ a module cannot hold a member by `Arc<flambeau::nn::Linear>`
//~ a module that stands at two places is an `nn::Shared`
use std::sync::Arc;

use flambeau::prelude::*;

type Layer = Arc<nn::Linear>;

#[derive(Debug, Module)]
struct Net {
    linear: Layer,
}
