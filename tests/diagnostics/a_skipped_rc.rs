//~ a module goes from thread to thread, which an `Rc` cannot: hold it by an `Arc`
use std::rc::Rc;

use flambeau::prelude::*;

#[derive(Debug, Module)]
struct Net {
    #[module(skip)]
    names: Rc<[String]>,
}
