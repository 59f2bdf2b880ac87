//~ a module owns its members, so it has no lifetimes: a module that stands at two places is an `nn::Shared`, a tensor there is tied (`Parameter::tie`)
use flambeau::prelude::*;

#[derive(Debug, Module)]
struct A {
    linear: &'static nn::Linear,
}

#[derive(Debug, Module)]
struct B {
    linears: Vec<&'static nn::Linear>,
}
