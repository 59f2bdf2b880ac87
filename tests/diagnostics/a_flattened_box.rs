//~ `flatten` is for the module itself: hold it without the `Box`
//~ `flatten` is for a module, whose members become the struct's own, and `flambeau::nn::Parameter` is none
use flambeau::prelude::*;

#[derive(Debug, Module)]
struct A {
    #[module(flatten)]
    base: Box<nn::Linear>,
}

type Weight = nn::Parameter;

#[derive(Debug, Module)]
struct B {
    #[module(flatten)]
    weight: Weight,
}
