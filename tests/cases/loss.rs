//! Losses.

use flambeau::nn::Reduction;

use super::*;

/// In the order of Python's table.
pub fn cases() -> Vec<(&'static str, Case)> {
    let weights = || Tensor::from_slice(&[0.5_f32, 1.0, 2.0]);
    vec![
        ("cross_entropy", loss(nn::CrossEntropyLoss::new, &[8, 10])),
        (
            "cross_entropy_sum",
            loss(|| nn::CrossEntropyLoss::options().reduction(Reduction::Sum).build(), &[8, 10]),
        ),
        (
            "cross_entropy_none",
            loss(|| nn::CrossEntropyLoss::options().reduction(Reduction::None).build(), &[8, 10]),
        ),
        (
            "cross_entropy_weight",
            loss(move || nn::CrossEntropyLoss::options().weight(weights()).build(), &[8, 3]),
        ),
        (
            "cross_entropy_ignore_index",
            loss(|| nn::CrossEntropyLoss::options().ignore_index(1).build(), &[8, 3]),
        ),
        (
            "cross_entropy_label_smoothing",
            loss(|| nn::CrossEntropyLoss::options().label_smoothing(0.1).build(), &[8, 10]),
        ),
        ("cross_entropy_images", loss(nn::CrossEntropyLoss::new, &[2, 5, 3, 4])),
        (
            "cross_entropy_probabilities",
            loss_of(nn::CrossEntropyLoss::new, &[8, 10], || {
                Tensor::rand([8, 10], (Kind::Float, Device::Cpu)).softmax(1, None)
            }),
        ),
        (
            "cross_entropy_weight_smoothing",
            loss(
                move || {
                    let options = nn::CrossEntropyLoss::options().weight(weights());
                    options.label_smoothing(0.2).build()
                },
                &[8, 3],
            ),
        ),
        ("l1_loss", function_of(nn::L1Loss::new, |l, x| l.forward(x, &x.detach().sin()), &[4, 5])),
        (
            "l1_loss_none",
            function_of(
                move || nn::L1Loss::options().reduction(Reduction::None).build(),
                |l, x| l.forward(x, &x.detach().sin()),
                &[4, 5],
            ),
        ),
        (
            "mse_loss",
            function_of(nn::MSELoss::new, |l, x| l.forward(x, &x.detach().sin()), &[4, 5]),
        ),
        (
            "mse_loss_none",
            function_of(
                move || nn::MSELoss::options().reduction(Reduction::None).build(),
                |l, x| l.forward(x, &x.detach().sin()),
                &[4, 5],
            ),
        ),
        (
            "smooth_l1_loss",
            function_of(nn::SmoothL1Loss::new, |l, x| l.forward(x, &x.detach().sin()), &[4, 5]),
        ),
        (
            "smooth_l1_loss_none",
            function_of(
                move || nn::SmoothL1Loss::options().reduction(Reduction::None).build(),
                |l, x| l.forward(x, &x.detach().sin()),
                &[4, 5],
            ),
        ),
        (
            "huber_loss",
            function_of(nn::HuberLoss::new, |l, x| l.forward(x, &x.detach().sin()), &[4, 5]),
        ),
        (
            "huber_loss_none",
            function_of(
                move || nn::HuberLoss::options().reduction(Reduction::None).build(),
                |l, x| l.forward(x, &x.detach().sin()),
                &[4, 5],
            ),
        ),
        (
            "l1_loss_sum",
            function_of(
                move || nn::L1Loss::options().reduction(Reduction::Sum).build(),
                |l, x| l.forward(x, &x.detach().sin()),
                &[4, 5],
            ),
        ),
        (
            "smooth_l1_loss_beta",
            function_of(
                move || nn::SmoothL1Loss::options().beta(0.25).build(),
                |l, x| l.forward(x, &x.detach().sin()),
                &[4, 5],
            ),
        ),
        (
            "smooth_l1_loss_zero",
            function_of(
                move || nn::SmoothL1Loss::options().beta(0.0).build(),
                |l, x| l.forward(x, &x.detach().sin()),
                &[4, 5],
            ),
        ),
        (
            "huber_loss_delta",
            function_of(
                move || nn::HuberLoss::options().delta(0.25).build(),
                |l, x| l.forward(x, &x.detach().sin()),
                &[4, 5],
            ),
        ),
        (
            "poisson_nll_loss",
            function_of(
                nn::PoissonNLLLoss::new,
                |l, x| l.forward(x, &x.detach().abs().ceil()),
                &[4, 5],
            ),
        ),
        (
            "poisson_nll_loss_all",
            function_of(
                move || {
                    nn::PoissonNLLLoss::options()
                        .log_input(false)
                        .full(true)
                        .eps(1e-4)
                        .reduction(Reduction::Sum)
                        .build()
                },
                |l, x| l.forward(&x.exp(), &x.detach().abs().ceil()),
                &[4, 5],
            ),
        ),
        (
            "gaussian_nll_loss",
            function_of(
                nn::GaussianNLLLoss::new,
                |l, x| l.forward(x, &x.detach().sin(), &x.exp()),
                &[4, 5],
            ),
        ),
        (
            "gaussian_nll_loss_all",
            function_of(
                move || {
                    nn::GaussianNLLLoss::options()
                        .full(true)
                        .eps(0.5)
                        .reduction(Reduction::None)
                        .build()
                },
                |l, x| l.forward(x, &x.detach().sin(), &x.select(1, 0).exp()),
                &[4, 5],
            ),
        ),
        (
            "kl_div_loss",
            function_of(
                nn::KLDivLoss::new,
                |l, x| l.forward(&x.log_softmax(1, None), &x.detach().cos().softmax(1, None)),
                &[4, 5],
            ),
        ),
        (
            "kl_div_loss_batch_mean",
            function_of(
                move || nn::KLDivLoss::options().reduction("batchmean").build(),
                |l, x| l.forward(&x.log_softmax(1, None), &x.detach().cos().softmax(1, None)),
                &[4, 5],
            ),
        ),
        (
            "kl_div_loss_log_target",
            function_of(
                move || nn::KLDivLoss::options().log_target(true).reduction(Reduction::Sum).build(),
                |l, x| l.forward(&x.log_softmax(1, None), &x.detach().cos().log_softmax(1, None)),
                &[4, 5],
            ),
        ),
        (
            "nll_loss",
            function_of(
                nn::NLLLoss::new,
                |l, x| l.forward(&x.log_softmax(1, None), &Tensor::from_slice(&[1_i64, 0, 2, 1])),
                &[4, 3],
            ),
        ),
        (
            "nll_loss_all",
            function_of(
                move || {
                    nn::NLLLoss::options()
                        .weight(weights())
                        .ignore_index(0)
                        .reduction(Reduction::Sum)
                        .build()
                },
                |l, x| l.forward(&x.log_softmax(1, None), &Tensor::from_slice(&[1_i64, 0, 2, 1])),
                &[4, 3],
            ),
        ),
        (
            "nll_loss_images",
            function_of(
                move || nn::NLLLoss::options().weight(weights()).build(),
                |l, x| {
                    l.forward(
                        &x.log_softmax(1, None),
                        &Tensor::arange(12, (Kind::Int64, Device::Cpu))
                            .remainder(3)
                            .view([2, 2, 3]),
                    )
                },
                &[2, 3, 2, 3],
            ),
        ),
        (
            "bce_loss",
            function_of(
                nn::BCELoss::new,
                |l, x| l.forward(&x.sigmoid(), &x.detach().cos().abs()),
                &[4, 3],
            ),
        ),
        (
            "bce_loss_weight",
            function_of(
                move || nn::BCELoss::options().weight(weights()).reduction(Reduction::None).build(),
                |l, x| l.forward(&x.sigmoid(), &x.detach().cos().abs()),
                &[4, 3],
            ),
        ),
        (
            "bce_with_logits_loss",
            function_of(
                nn::BCEWithLogitsLoss::new,
                |l, x| l.forward(x, &x.detach().cos().abs()),
                &[4, 3],
            ),
        ),
        (
            "bce_with_logits_loss_all",
            function_of(
                move || {
                    nn::BCEWithLogitsLoss::options()
                        .weight(weights())
                        .pos_weight(weights() * 2)
                        .reduction(Reduction::Sum)
                        .build()
                },
                |l, x| l.forward(x, &x.detach().cos().abs()),
                &[4, 3],
            ),
        ),
        (
            "soft_margin_loss",
            function_of(
                nn::SoftMarginLoss::new,
                |l, x| l.forward(x, &(-x.detach()).sign()),
                &[4, 3],
            ),
        ),
        (
            "soft_margin_loss_sum",
            function_of(
                move || nn::SoftMarginLoss::options().reduction(Reduction::Sum).build(),
                |l, x| l.forward(x, &(-x.detach()).sign()),
                &[4, 3],
            ),
        ),
        (
            "multi_label_margin_loss",
            function_of(
                nn::MultiLabelMarginLoss::new,
                |l, x| {
                    l.forward(x, &Tensor::from_slice(&[2_i64, 0, -1, 1, 1, -1, 0, 2]).view([2, 4]))
                },
                &[2, 4],
            ),
        ),
        (
            "multi_label_margin_loss_none",
            function_of(
                move || nn::MultiLabelMarginLoss::options().reduction(Reduction::None).build(),
                |l, x| {
                    l.forward(x, &Tensor::from_slice(&[2_i64, 0, -1, 1, 1, -1, 0, 2]).view([2, 4]))
                },
                &[2, 4],
            ),
        ),
        (
            "multi_label_soft_margin_loss",
            function_of(
                nn::MultiLabelSoftMarginLoss::new,
                |l, x| l.forward(x, &x.detach().cos().gt(0.5).to_kind(Kind::Float)),
                &[4, 3],
            ),
        ),
        (
            "multi_label_soft_margin_loss_all",
            function_of(
                move || {
                    nn::MultiLabelSoftMarginLoss::options()
                        .weight(weights())
                        .reduction(Reduction::None)
                        .build()
                },
                |l, x| l.forward(x, &x.detach().cos().gt(0.5).to_kind(Kind::Float)),
                &[4, 3],
            ),
        ),
        (
            "multi_margin_loss",
            function_of(
                nn::MultiMarginLoss::new,
                |l, x| l.forward(x, &Tensor::from_slice(&[1_i64, 0, 2, 1])),
                &[4, 3],
            ),
        ),
        (
            "multi_margin_loss_all",
            function_of(
                move || {
                    nn::MultiMarginLoss::options()
                        .p(2)
                        .margin(0.5)
                        .weight(weights())
                        .reduction(Reduction::Sum)
                        .build()
                },
                |l, x| l.forward(x, &Tensor::from_slice(&[1_i64, 0, 2, 1])),
                &[4, 3],
            ),
        ),
        (
            "margin_ranking_loss",
            function_of(
                nn::MarginRankingLoss::new,
                |l, x| l.forward(x, &x.cos(), &x.detach().sin().sign()),
                &[8],
            ),
        ),
        (
            "margin_ranking_loss_all",
            function_of(
                move || {
                    nn::MarginRankingLoss::options().margin(0.5).reduction(Reduction::None).build()
                },
                |l, x| l.forward(x, &x.cos(), &x.detach().sin().sign()),
                &[8],
            ),
        ),
        (
            "hinge_embedding_loss",
            function_of(
                nn::HingeEmbeddingLoss::new,
                |l, x| l.forward(x, &x.detach().sin().sign()),
                &[4, 3],
            ),
        ),
        (
            "hinge_embedding_loss_all",
            function_of(
                move || {
                    nn::HingeEmbeddingLoss::options().margin(0.5).reduction(Reduction::Sum).build()
                },
                |l, x| l.forward(x, &x.detach().sin().sign()),
                &[4, 3],
            ),
        ),
        (
            "cosine_embedding_loss",
            function_of(
                nn::CosineEmbeddingLoss::new,
                |l, x| l.forward(x, &x.cos(), &Tensor::from_slice(&[1.0_f32, -1.0, 1.0, -1.0])),
                &[4, 3],
            ),
        ),
        (
            "cosine_embedding_loss_all",
            function_of(
                move || {
                    nn::CosineEmbeddingLoss::options()
                        .margin(0.2)
                        .reduction(Reduction::None)
                        .build()
                },
                |l, x| l.forward(x, &x.cos(), &Tensor::from_slice(&[1.0_f32, -1.0, 1.0, -1.0])),
                &[4, 3],
            ),
        ),
        (
            "triplet_margin_loss",
            function_of(
                nn::TripletMarginLoss::new,
                |l, x| l.forward(x, &x.cos(), &x.sin()),
                &[4, 3],
            ),
        ),
        (
            "triplet_margin_loss_all",
            function_of(
                move || {
                    nn::TripletMarginLoss::options()
                        .margin(0.5)
                        .p(1.0)
                        .eps(1e-3)
                        .swap(true)
                        .reduction(Reduction::None)
                        .build()
                },
                |l, x| l.forward(x, &x.cos(), &x.sin()),
                &[4, 3],
            ),
        ),
        (
            "triplet_margin_with_distance_loss",
            function_of(
                nn::TripletMarginWithDistanceLoss::new,
                |l, x| l.forward(x, &x.cos(), &x.sin()),
                &[4, 3],
            ),
        ),
        (
            "triplet_margin_with_distance_loss_all",
            function_of(
                move || {
                    nn::TripletMarginWithDistanceLoss::options()
                        .distance_function(|a, b| (a - b).abs().sum_dim_intlist(1, false, None))
                        .margin(2.0)
                        .swap(true)
                        .reduction(Reduction::Sum)
                        .build()
                },
                |l, x| l.forward(x, &x.cos(), &x.sin()),
                &[4, 3],
            ),
        ),
        (
            "ctc_loss",
            function_of(
                nn::CTCLoss::new,
                |l, x| {
                    l.forward(
                        &x.log_softmax(2, None),
                        &Tensor::from_slice(&[1_i64, 2, 2, 4, 3, 1, 4, 0]).view([2, 4]),
                        &Tensor::from_slice(&[12_i64, 10]),
                        &Tensor::from_slice(&[4_i64, 3]),
                    )
                },
                &[12, 2, 5],
            ),
        ),
        (
            "ctc_loss_all",
            function_of(
                move || {
                    nn::CTCLoss::options()
                        .blank(0)
                        .zero_infinity(true)
                        .reduction(Reduction::Sum)
                        .build()
                },
                |l, x| {
                    l.forward(
                        &x.log_softmax(2, None),
                        &Tensor::from_slice(&[1_i64, 2, 2, 4, 3, 1, 4, 0]).view([2, 4]),
                        &Tensor::from_slice(&[12_i64, 3]),
                        &Tensor::from_slice(&[4_i64, 3]),
                    )
                },
                &[12, 2, 5],
            ),
        ),
        (
            "linear_cross_entropy",
            loss_with(|| nn::LinearCrossEntropyLoss::new(6, 4), &[5, 6], 4, &[5]),
        ),
        (
            "linear_cross_entropy_all",
            loss_with(
                || {
                    let weight = Tensor::from_slice(&[0.5_f32, 1.0, 2.0]);
                    let loss = nn::LinearCrossEntropyLoss::options(6, 3).bias(true).weight(weight);
                    let loss = loss.reduction(nn::Reduction::Sum).ignore_index(1);
                    loss.label_smoothing(0.1).build()
                },
                &[8, 6],
                3,
                &[8],
            ),
        ),
        (
            "linear_cross_entropy_sides",
            loss_with(
                || {
                    let loss = nn::LinearCrossEntropyLoss::options(6, 3).out_features([2, 4]);
                    loss.bias(true).reduction(nn::Reduction::None).build()
                },
                &[5, 6],
                3,
                &[5, 2, 4],
            ),
        ),
        (
            "adaptive_log_softmax",
            adaptive(|| nn::AdaptiveLogSoftmaxWithLoss::new(16, 12, [3, 7]), 10),
        ),
        (
            "adaptive_log_softmax_all",
            adaptive(
                || {
                    let softmax = nn::AdaptiveLogSoftmaxWithLoss::options(16, 12, [2, 4, 5]);
                    softmax.div_value(2.0).head_bias(true).build()
                },
                10,
            ),
        ),
        (
            "adaptive_log_softmax_one_row",
            adaptive(|| nn::AdaptiveLogSoftmaxWithLoss::new(16, 12, [10]), 1),
        ),
    ]
}

/// A loss of scores of this shape, whose second size is the number of classes.
fn loss(build: impl Fn() -> nn::CrossEntropyLoss + 'static, shape: &'static [i64]) -> Case {
    loss_of(build, shape, || {
        let of_targets: Vec<i64> = [&shape[..1], &shape[2..]].concat();
        Tensor::randint(shape[1], of_targets, (Kind::Int64, Device::Cpu))
    })
}

/// The same, with targets of another kind.
fn loss_of(
    build: impl Fn() -> nn::CrossEntropyLoss + 'static,
    shape: &'static [i64],
    targets: impl Fn() -> Tensor + 'static,
) -> Case {
    Box::new(move || {
        let module = build();
        let (scores, targets) = (randn(shape), targets());
        let output = module.forward(&scores, &targets);
        results(&module, &module.to_string(), &[scores, targets], output)
    })
}

/// A linear layer with its loss, of class numbers below n.
fn loss_with(
    build: impl Fn() -> nn::LinearCrossEntropyLoss + 'static,
    shape: &'static [i64],
    n: i64,
    target: &'static [i64],
) -> Case {
    Box::new(move || {
        let module = build();
        let inputs = [randn(shape), Tensor::randint(n, target, (Kind::Int64, Device::Cpu))];
        let output = module.forward(&inputs[0], &inputs[1]);
        results(&module, &module.to_string(), &inputs, output)
    })
}

/// An adaptive softmax: its output and loss, all log probabilities, and its predictions.
fn adaptive(build: impl Fn() -> nn::AdaptiveLogSoftmaxWithLoss + 'static, n: i64) -> Case {
    Box::new(move || {
        let module = build();
        let x = randn(&[n, 16]);
        let target = Tensor::randint(12, [n], (Kind::Int64, Device::Cpu));
        let (output, loss) = module.forward(&x, &target);
        // Clusters without a target have no gradient from the loss.
        let all_classes = module.log_prob(&x);
        (&loss + all_classes.square().mean(None)).backward();
        let predicted = module.predict(&x);
        let result = StateDict::from([
            ("output".to_string(), output.detach()),
            ("loss".to_string(), loss.detach()),
            ("log_prob".to_string(), all_classes.detach()),
            ("predicted".to_string(), predicted),
        ]);
        described(&module, &module.to_string(), &[x], result)
    })
}
