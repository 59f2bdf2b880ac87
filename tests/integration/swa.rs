//! What averaged models do beside computing (which `reference` compares).

use flambeau::optim::swa_utils::{self, AveragedModel};
use flambeau::prelude::*;

use crate::panic_of;

fn network() -> nn::Sequential {
    nn::sequential!(nn::Linear::new(4, 3), nn::BatchNorm1d::new(3), nn::Dropout::default())
}

#[test]
fn an_average_shares_no_tensor_with_its_model() {
    let _generator = crate::seeded(0);
    let model = nn::Linear::new(4, 3);
    let averaged = AveragedModel::new(&model);
    let before = averaged.module.weight.copy();
    let _ = no_grad(|| model.weight.shallow_clone().fill_(7.0));
    assert_eq!(averaged.module.weight.detach(), before.detach());
    averaged.update_parameters(&model);
    assert_eq!(averaged.module.weight.detach(), model.weight.detach());
    assert!(averaged.module.weight.requires_grad() && averaged.module.weight.is_leaf());
}

#[test]
fn models_that_are_not_built_alike_are_refused() {
    let _generator = crate::seeded(0);
    let (model, other) = (network(), nn::sequential!(nn::Linear::new(4, 3)));
    let averaged = AveragedModel::new(&model);
    let words = panic_of(|| averaged.update_parameters(&other));
    assert!(words.starts_with("the model has not the parameters"), "{words}");
    assert_eq!(averaged.n_averaged.int64_value(&[]), 0);
    let words = panic_of(|| drop(swa_utils::get_ema_avg_fn_options().decay(1.5).call()));
    assert!(
        words.starts_with("in optim.swa_utils.get_ema_avg_fn: Invalid decay value 1.5 provided."),
        "{words}"
    );
}

#[test]
fn update_bn_leaves_modes_and_momenta_as_they_were() {
    let _generator = crate::seeded(0);
    let model = network();
    let norm = || (&model[1] as &dyn Module).downcast_ref::<nn::BatchNorm1d>().unwrap();
    let mean = || norm().running_mean.as_ref().unwrap().copy();
    (&model[2] as &dyn Module).eval();
    let x = Tensor::randn([8, 4], (Kind::Float, Device::Cpu));
    // A loader that fails after its first batch.
    let failed = Err(Error::argument("batch", "is lost"));
    let error = swa_utils::update_bn([Ok(x.shallow_clone()), failed], &model).unwrap_err();
    assert_eq!(error.to_string(), "batch: is lost");
    assert_eq!(norm().momentum.get(), Some(0.1.into()));
    let hidden = nn::call(&model[0], &x).detach();
    assert!(mean().allclose(&hidden.mean_dim(0, false, None), 1e-5, 1e-6, false));
    // Dropout is still in evaluation, and the norm in training.
    let kept = mean();
    let output = model.forward(&x);
    assert_ne!(mean(), kept);
    assert!(output.eq(0.0).any().int64_value(&[]) == 0);
}

#[test]
fn averages_and_batches_go_to_a_device() {
    let _generator = crate::seeded(0);
    let model = network();
    let averaged = AveragedModel::options(&model).device(Device::Cpu).build();
    averaged.update_parameters(&model);
    assert_eq!(averaged.n_averaged.device(), Device::Cpu);
    let x = Tensor::randn([8, 4], (Kind::Float, Device::Cpu));
    swa_utils::update_bn_options([Ok(x)], &averaged).device(Device::Cpu).call().unwrap();
    if !flambeau::tch::Cuda::is_available() {
        let words = panic_of(|| {
            drop(AveragedModel::options(&model).device(Device::Cuda(0)).build());
        });
        assert!(words.contains("CUDA device"), "{words}");
    }
}

#[test]
fn update_bn_does_not_call_a_model_without_statistics() {
    let _generator = crate::seeded(0);
    let model = nn::Linear::new(4, 3);
    let batches = std::iter::once_with(|| panic!("no batch is asked for"));
    swa_utils::update_bn(batches, &model).unwrap();
}

#[test]
fn a_caught_panic_does_no_lasting_harm() {
    let _generator = crate::seeded(0);
    let x = Tensor::ones([2, 4], (Kind::Float, Device::Cpu)).set_requires_grad(true);
    let model = nn::Linear::new(4, 3);
    let failing = |_: &Tensor, _: &Tensor, _| panic!("no average");
    let averaged = AveragedModel::options(&model).avg_fn(failing).build();
    averaged.update_parameters(&model);
    assert_eq!(panic_of(|| averaged.update_parameters(&model)), "no average");
    assert!((&x * 1).requires_grad());

    let norm = nn::BatchNorm1d::options(4).momentum(0.5).build();
    norm.eval();
    let wide = Tensor::ones([2, 7], (Kind::Float, Device::Cpu));
    assert!(panic_of(|| swa_utils::update_bn([Ok(wide)], &norm).unwrap()).contains("running_mean"));
    assert!((&x * 1).requires_grad());
    // One value a channel would be refused in training.
    let _ = norm.forward(&Tensor::ones([1, 4], (Kind::Float, Device::Cpu)));
    assert_eq!(norm.momentum.get(), Some(0.5.into()));
}

#[test]
fn a_model_of_other_shapes_is_refused_and_nothing_is_averaged() {
    let _generator = crate::seeded(0);
    let averaged = AveragedModel::new(&nn::Linear::new(4, 3));
    let before = averaged.module.weight.copy();
    for other in [nn::Linear::new(5, 3), nn::Linear::new(4, 1), nn::Linear::new(1, 3)] {
        let words = panic_of(|| averaged.update_parameters(&other));
        let size = other.weight.size();
        assert_eq!(
            words,
            format!(
                "the model's tensors have not the shapes of those that are averaged: {size:?}, not \
                 [3, 4]"
            )
        );
    }
    assert_eq!(averaged.module.weight.detach(), before.detach());
    assert_eq!(averaged.n_averaged.int64_value(&[]), 0);
}

#[test]
fn a_norm_of_all_ranks_is_taken_anew_too() {
    let _generator = crate::seeded(0);
    let alone = nn::BatchNorm2d::new(3);
    let ours = [
        nn::sequential!(nn::SyncBatchNorm::new(3)),
        nn::SyncBatchNorm::convert_sync_batchnorm(nn::sequential!(nn::BatchNorm2d::new(3))),
    ];
    let batches: Vec<_> = (0..3).map(|_| torch::randn([4, 3, 2, 2])).collect();
    let loader = || batches.iter().map(|batch| Ok(batch.shallow_clone()));
    swa_utils::update_bn(loader(), &alone).unwrap();
    for model in &ours {
        assert!(model.to_string().contains("(0): SyncBatchNorm(3, eps=1e-05, momentum=0.1"));
        // Something to be forgotten.
        let _ = model.forward(&torch::full([2, 3, 2, 2], 9.0));
        swa_utils::update_bn(loader(), model).unwrap();
        for (alone, buffer) in alone.buffers().iter().zip(model.buffers()) {
            assert_eq!(*alone, buffer);
        }
    }
}
