//! resnet18: its names and sizes. That it computes what torchvision's does is `scripts/parity`'s.

use flambeau::prelude::*;

use crate::panic_of;
use crate::resnet::resnet18;

#[test]
fn it_has_torchvisions_keys_and_numbers() {
    let _generator = crate::seeded(0);
    let model = resnet18(1000);
    let state = model.state_dict();
    assert_eq!(state.len(), 122);
    let keys: Vec<_> = state.keys().map(String::as_str).collect();
    assert_eq!(keys[0], "conv1.weight");
    assert_eq!(keys[5], "bn1.num_batches_tracked");
    assert!(keys.contains(&"layer2.0.downsample.1.running_var"));
    assert_eq!(keys[121], "fc.bias");
    let summary = model.summary([1, 3, 224, 224]);
    assert_eq!(summary.parameters, 11_689_512);
    assert_eq!(summary.multiply_adds(), 1_814_073_344);
    assert_eq!(summary.rows[0].outputs, [[1, 1000]]);
}

#[test]
fn a_step_moves_all_weights_and_the_running_statistics() {
    let _generator = crate::seeded(0);
    let model = resnet18(10);
    let before: Vec<_> = model.state_dict().values().map(Tensor::copy).collect();
    let mut optimizer = optim::SGD::options(model.parameters()).lr(0.1).momentum(0.9).build();
    let images = Tensor::randn([2, 3, 64, 64], (Kind::Float, Device::Cpu));
    let labels = Tensor::from_slice(&[1_i64, 7]);
    nn::CrossEntropyLoss::new().forward(&model.forward(&images), &labels).backward();
    optimizer.step();
    for ((name, after), before) in model.state_dict().iter().zip(&before) {
        assert_ne!(after, before, "{name}");
    }
}

#[test]
fn a_wrong_shape_deep_inside_is_named_by_its_path() {
    let _generator = crate::seeded(0);
    let model = resnet18(10);
    let images = Tensor::zeros([1, 4, 32, 32], (Kind::Float, Device::Cpu));
    let message = panic_of(|| drop(model.forward(&images)));
    assert!(message.starts_with("in conv1, a Conv2d(3, 64, kernel_size=(7, 7)"), "{message}");
    assert!(message.contains(" of ResNet: Given groups=1"), "{message}");
}
