//~ `persistent = false` is for buffers, and `Vec<flambeau::nn::Buffer>` is none
//~ each buffer of a list says so itself: `nn::Buffer::options(tensor).persistent(false).build()`
use flambeau::prelude::*;

#[derive(Debug, Module)]
struct Net {
    #[module(persistent = false)]
    masks: Vec<nn::Buffer>,
}
