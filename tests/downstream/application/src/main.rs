//! Uses a library that uses flambeau; cargo's `run` and `test` let it find libtorch.

use downstream::Mlp;

fn main() {
    println!("output {:?}", Mlp::new().size());
}

#[test]
fn libtorch_is_found() {
    assert_eq!(Mlp::new().size(), [3, 2]);
}
