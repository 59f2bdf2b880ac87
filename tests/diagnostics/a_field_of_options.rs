//~ is neither a parameter, a buffer nor a module
//~ if it is a layer's `…Options`, end it with `.build()`
use flambeau::prelude::*;

#[derive(Debug, Module)]
struct Net {
    layer: Option<nn::LinearOptions>,
}
