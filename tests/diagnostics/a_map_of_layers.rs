//~ a module cannot hold its members in a `HashMap<String, flambeau::nn::Linear>`
//~ a map of modules is an `nn::ModuleDict`
use std::collections::HashMap;

use flambeau::prelude::*;

#[derive(Debug, Module)]
pub struct Heads {
    heads: HashMap<String, nn::Linear>,
}
