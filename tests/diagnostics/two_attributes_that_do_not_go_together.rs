//~ a skipped field takes no other attribute
//~ `copy_with` is for a skipped field
//~ a module derives from one other at most
use flambeau::prelude::*;

#[derive(Debug, Module)]
struct A {
    #[module(skip, name = "b")]
    layer: i64,
}

#[derive(Debug, Module)]
struct B {
    #[module(copy_with = copied)]
    layer: nn::Linear,
}

#[derive(Debug, Module)]
struct C {
    #[module(flatten)]
    first: nn::Linear,
    #[module(flatten)]
    second: nn::Linear,
}
