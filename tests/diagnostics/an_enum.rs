//~ a module is a struct: an enum of modules is a struct with `Option` fields, or a `Box<dyn Forward>`
use flambeau::prelude::*;

#[derive(Debug, Module)]
enum Net {
    Linear(nn::Linear),
}
