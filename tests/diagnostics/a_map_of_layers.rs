//~ a module cannot hold its members in a `HashMap<std::string::String, flambeau::nn::Linear>`
//~ a module's members have an order
//~ a map of modules is an `nn::ModuleDict`
use std::collections::HashMap;

use flambeau::prelude::*;

#[derive(Debug, Module)]
pub struct Heads {
    heads: HashMap<String, nn::Linear>,
}
