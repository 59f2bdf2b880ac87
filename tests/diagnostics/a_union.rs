//~ a module is a struct
use flambeau::prelude::*;

#[derive(Module)]
union Net {
    linear: std::mem::ManuallyDrop<nn::Linear>,
}
