//! Finds libtorch when it is started by itself, by the build script beside it.

use downstream::Mlp;

fn main() {
    let mlp = Mlp::new();
    println!("{mlp}");
    println!("output {:?}", mlp.size());
}
