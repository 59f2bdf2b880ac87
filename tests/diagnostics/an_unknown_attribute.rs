//~ expected `skip`, `name`, `flatten`, `persistent = false` or `copy_with`
//~ expected `class`, `extra_repr`, `repr`, `multiply_adds` or `bound`
//~ `class` belongs to the struct
//~ `skip` belongs to a field
use flambeau::prelude::*;

#[derive(Debug, Module)]
struct A {
    #[module(ignore)]
    layer: nn::Linear,
}

#[derive(Debug, Module)]
#[module(print = "B")]
struct B {
    layer: nn::Linear,
}

#[derive(Debug, Module)]
struct C {
    #[module(class = "C")]
    layer: nn::Linear,
}

#[derive(Debug, Module)]
#[module(skip)]
struct D {
    layer: nn::Linear,
}
