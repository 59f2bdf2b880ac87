//~ module name can't contain ".", got: a.b
//~ module name can't be empty string ""
//~ two members have the name `layer`
use flambeau::prelude::*;

#[derive(Debug, Module)]
struct A {
    #[module(name = "a.b")]
    layer: nn::Linear,
}

#[derive(Debug, Module)]
struct B {
    #[module(name = "")]
    layer: nn::Linear,
}

#[derive(Debug, Module)]
struct C {
    layer: nn::Linear,
    #[module(name = "layer")]
    second: nn::Linear,
}
