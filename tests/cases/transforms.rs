//! Transforms of images.

use flambeau::vision::transforms;

use super::*;

/// In the order of Python's table.
pub fn cases() -> Vec<(&'static str, Case)> {
    vec![
        ("resize_down", resized([3, 75, 100], [32, 32])),
        ("resize_up", resized([3, 8, 11], [32, 32])),
        ("resize_tall", resized([3, 90, 40], [32, 32])),
        ("resize_nearly_tall", resized([3, 64, 48], [32, 32])),
        ("resize_grey", resized([1, 40, 21], [17, 33])),
        ("resize_one_pixel", resized([3, 1, 1], [32, 32])),
        ("resize_strip", resized([3, 1, 1000], [32, 32])),
    ]
}

/// An image of random bytes, brought to another size.
fn resized(image: [i64; 3], size: [usize; 2]) -> Case {
    Box::new(move || {
        let pixels = Tensor::randint(256, image, (Kind::Uint8, Device::Cpu));
        let output = transforms::Resize::new(size).apply(&pixels);
        StateDict::from([("input.0".into(), pixels), ("output".into(), output)])
    })
}
