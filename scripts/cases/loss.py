"""Losses."""

import torch
from torch import nn

from .helpers import described, function_of, layer, randn


def classes(n, *shape):
    """An input of class numbers below n."""
    return lambda: torch.randint(n, shape)


def probabilities(*shape):
    """Targets that are a distribution over the classes."""
    return lambda: torch.rand(shape).softmax(1)


def adaptive(build, n):
    """An adaptive softmax: its output and loss, all log probabilities, and its predictions."""

    def run():
        module = build()
        x, target = torch.randn(n, 16).requires_grad_(), torch.randint(12, (n,))
        output, loss = module(x, target)
        # Clusters without a target have no gradient from the loss.
        all_classes = module.log_prob(x)
        (loss + all_classes.square().mean()).backward()
        result = described(module, [x]) | {"output": output, "loss": loss}
        return result | {"log_prob": all_classes, "predicted": module.predict(x)}

    return run


CASES = {
    "cross_entropy": layer(lambda: nn.CrossEntropyLoss(), randn(8, 10), classes(10, 8)),
    "cross_entropy_sum": layer(
        lambda: nn.CrossEntropyLoss(reduction="sum"), randn(8, 10), classes(10, 8)
    ),
    "cross_entropy_none": layer(
        lambda: nn.CrossEntropyLoss(reduction="none"), randn(8, 10), classes(10, 8)
    ),
    "cross_entropy_weight": layer(
        lambda: nn.CrossEntropyLoss(weight=torch.tensor([0.5, 1.0, 2.0])),
        randn(8, 3),
        classes(3, 8),
    ),
    "cross_entropy_ignore_index": layer(
        lambda: nn.CrossEntropyLoss(ignore_index=1), randn(8, 3), classes(3, 8)
    ),
    "cross_entropy_label_smoothing": layer(
        lambda: nn.CrossEntropyLoss(label_smoothing=0.1), randn(8, 10), classes(10, 8)
    ),
    "cross_entropy_images": layer(
        lambda: nn.CrossEntropyLoss(), randn(2, 5, 3, 4), classes(5, 2, 3, 4)
    ),
    "cross_entropy_probabilities": layer(
        lambda: nn.CrossEntropyLoss(), randn(8, 10), probabilities(8, 10)
    ),
    "cross_entropy_weight_smoothing": layer(
        lambda: nn.CrossEntropyLoss(weight=torch.tensor([0.5, 1.0, 2.0]), label_smoothing=0.2),
        randn(8, 3),
        classes(3, 8),
    ),
    "l1_loss": function_of(
        lambda: nn.L1Loss(), lambda l, x: l(x, x.detach().sin()), 4, 5
    ),
    "l1_loss_none": function_of(
        lambda: nn.L1Loss(reduction="none"), lambda l, x: l(x, x.detach().sin()), 4, 5
    ),
    "mse_loss": function_of(
        lambda: nn.MSELoss(), lambda l, x: l(x, x.detach().sin()), 4, 5
    ),
    "mse_loss_none": function_of(
        lambda: nn.MSELoss(reduction="none"), lambda l, x: l(x, x.detach().sin()), 4, 5
    ),
    "smooth_l1_loss": function_of(
        lambda: nn.SmoothL1Loss(), lambda l, x: l(x, x.detach().sin()), 4, 5
    ),
    "smooth_l1_loss_none": function_of(
        lambda: nn.SmoothL1Loss(reduction="none"), lambda l, x: l(x, x.detach().sin()), 4, 5
    ),
    "huber_loss": function_of(
        lambda: nn.HuberLoss(), lambda l, x: l(x, x.detach().sin()), 4, 5
    ),
    "huber_loss_none": function_of(
        lambda: nn.HuberLoss(reduction="none"), lambda l, x: l(x, x.detach().sin()), 4, 5
    ),
    "l1_loss_sum": function_of(
        lambda: nn.L1Loss(reduction="sum"), lambda l, x: l(x, x.detach().sin()), 4, 5
    ),
    "smooth_l1_loss_beta": function_of(
        lambda: nn.SmoothL1Loss(beta=0.25), lambda l, x: l(x, x.detach().sin()), 4, 5
    ),
    "smooth_l1_loss_zero": function_of(
        lambda: nn.SmoothL1Loss(beta=0.0), lambda l, x: l(x, x.detach().sin()), 4, 5
    ),
    "huber_loss_delta": function_of(
        lambda: nn.HuberLoss(delta=0.25), lambda l, x: l(x, x.detach().sin()), 4, 5
    ),
    "poisson_nll_loss": function_of(
        lambda: nn.PoissonNLLLoss(), lambda l, x: l(x, x.detach().abs().ceil()), 4, 5
    ),
    "poisson_nll_loss_all": function_of(
        lambda: nn.PoissonNLLLoss(log_input=False, full=True, eps=1e-4, reduction="sum"), lambda l, x: l(x.exp(), x.detach().abs().ceil()), 4, 5
    ),
    "gaussian_nll_loss": function_of(
        lambda: nn.GaussianNLLLoss(), lambda l, x: l(x, x.detach().sin(), x.exp()), 4, 5
    ),
    "gaussian_nll_loss_all": function_of(
        lambda: nn.GaussianNLLLoss(full=True, eps=0.5, reduction="none"), lambda l, x: l(x, x.detach().sin(), x[:, 0].exp()), 4, 5
    ),
    "kl_div_loss": function_of(
        lambda: nn.KLDivLoss(), lambda l, x: l(x.log_softmax(1), x.detach().cos().softmax(1)), 4, 5
    ),
    "kl_div_loss_batch_mean": function_of(
        lambda: nn.KLDivLoss(reduction="batchmean"), lambda l, x: l(x.log_softmax(1), x.detach().cos().softmax(1)), 4, 5
    ),
    "kl_div_loss_log_target": function_of(
        lambda: nn.KLDivLoss(log_target=True, reduction="sum"), lambda l, x: l(x.log_softmax(1), x.detach().cos().log_softmax(1)), 4, 5
    ),
    "nll_loss": function_of(
        lambda: nn.NLLLoss(), lambda l, x: l(x.log_softmax(1), torch.tensor([1, 0, 2, 1])), 4, 3
    ),
    "nll_loss_all": function_of(
        lambda: nn.NLLLoss(weight=torch.tensor([0.5, 1.0, 2.0]), ignore_index=0, reduction="sum"), lambda l, x: l(x.log_softmax(1), torch.tensor([1, 0, 2, 1])), 4, 3
    ),
    "nll_loss_images": function_of(
        lambda: nn.NLLLoss(weight=torch.tensor([0.5, 1.0, 2.0])), lambda l, x: l(x.log_softmax(1), torch.arange(12).remainder(3).view(2, 2, 3)), 2, 3, 2, 3
    ),
    "bce_loss": function_of(
        lambda: nn.BCELoss(), lambda l, x: l(x.sigmoid(), x.detach().cos().abs()), 4, 3
    ),
    "bce_loss_weight": function_of(
        lambda: nn.BCELoss(weight=torch.tensor([0.5, 1.0, 2.0]), reduction="none"), lambda l, x: l(x.sigmoid(), x.detach().cos().abs()), 4, 3
    ),
    "bce_with_logits_loss": function_of(
        lambda: nn.BCEWithLogitsLoss(), lambda l, x: l(x, x.detach().cos().abs()), 4, 3
    ),
    "bce_with_logits_loss_all": function_of(
        lambda: nn.BCEWithLogitsLoss(
            weight=torch.tensor([0.5, 1.0, 2.0]), pos_weight=torch.tensor([1.0, 2.0, 4.0]), reduction="sum"
        ), lambda l, x: l(x, x.detach().cos().abs()), 4, 3
    ),
    "soft_margin_loss": function_of(
        lambda: nn.SoftMarginLoss(), lambda l, x: l(x, (-x.detach()).sign()), 4, 3
    ),
    "soft_margin_loss_sum": function_of(
        lambda: nn.SoftMarginLoss(reduction="sum"), lambda l, x: l(x, (-x.detach()).sign()), 4, 3
    ),
    "multi_label_margin_loss": function_of(
        lambda: nn.MultiLabelMarginLoss(), lambda l, x: l(x, torch.tensor([[2, 0, -1, 1], [1, -1, 0, 2]])), 2, 4
    ),
    "multi_label_margin_loss_none": function_of(
        lambda: nn.MultiLabelMarginLoss(reduction="none"), lambda l, x: l(x, torch.tensor([[2, 0, -1, 1], [1, -1, 0, 2]])), 2, 4
    ),
    "multi_label_soft_margin_loss": function_of(
        lambda: nn.MultiLabelSoftMarginLoss(), lambda l, x: l(x, x.detach().cos().gt(0.5).float()), 4, 3
    ),
    "multi_label_soft_margin_loss_all": function_of(
        lambda: nn.MultiLabelSoftMarginLoss(weight=torch.tensor([0.5, 1.0, 2.0]), reduction="none"), lambda l, x: l(x, x.detach().cos().gt(0.5).float()), 4, 3
    ),
    "multi_margin_loss": function_of(
        lambda: nn.MultiMarginLoss(), lambda l, x: l(x, torch.tensor([1, 0, 2, 1])), 4, 3
    ),
    "multi_margin_loss_all": function_of(
        lambda: nn.MultiMarginLoss(
            p=2, margin=0.5, weight=torch.tensor([0.5, 1.0, 2.0]), reduction="sum"
        ), lambda l, x: l(x, torch.tensor([1, 0, 2, 1])), 4, 3
    ),
    "margin_ranking_loss": function_of(
        lambda: nn.MarginRankingLoss(), lambda l, x: l(x, x.cos(), x.detach().sin().sign()), 8
    ),
    "margin_ranking_loss_all": function_of(
        lambda: nn.MarginRankingLoss(margin=0.5, reduction="none"), lambda l, x: l(x, x.cos(), x.detach().sin().sign()), 8
    ),
    "hinge_embedding_loss": function_of(
        lambda: nn.HingeEmbeddingLoss(), lambda l, x: l(x, x.detach().sin().sign()), 4, 3
    ),
    "hinge_embedding_loss_all": function_of(
        lambda: nn.HingeEmbeddingLoss(margin=0.5, reduction="sum"), lambda l, x: l(x, x.detach().sin().sign()), 4, 3
    ),
    "cosine_embedding_loss": function_of(
        lambda: nn.CosineEmbeddingLoss(), lambda l, x: l(x, x.cos(), torch.tensor([1.0, -1.0, 1.0, -1.0])), 4, 3
    ),
    "cosine_embedding_loss_all": function_of(
        lambda: nn.CosineEmbeddingLoss(margin=0.2, reduction="none"), lambda l, x: l(x, x.cos(), torch.tensor([1.0, -1.0, 1.0, -1.0])), 4, 3
    ),
    "triplet_margin_loss": function_of(
        lambda: nn.TripletMarginLoss(), lambda l, x: l(x, x.cos(), x.sin()), 4, 3
    ),
    "triplet_margin_loss_all": function_of(
        lambda: nn.TripletMarginLoss(margin=0.5, p=1.0, eps=1e-3, swap=True, reduction="none"), lambda l, x: l(x, x.cos(), x.sin()), 4, 3
    ),
    "triplet_margin_with_distance_loss": function_of(
        lambda: nn.TripletMarginWithDistanceLoss(), lambda l, x: l(x, x.cos(), x.sin()), 4, 3
    ),
    "triplet_margin_with_distance_loss_all": function_of(
        lambda: nn.TripletMarginWithDistanceLoss(
            distance_function=lambda a, b: (a - b).abs().sum(1), margin=2.0, swap=True, reduction="sum"
        ), lambda l, x: l(x, x.cos(), x.sin()), 4, 3
    ),
    "ctc_loss": function_of(
        lambda: nn.CTCLoss(), lambda l, x: l(
            x.log_softmax(2),
            torch.tensor([[1, 2, 2, 4], [3, 1, 4, 0]]),
            torch.tensor([12, 10]),
            torch.tensor([4, 3]),
        ), 12, 2, 5
    ),
    "ctc_loss_all": function_of(
        lambda: nn.CTCLoss(blank=0, zero_infinity=True, reduction="sum"), lambda l, x: l(
            x.log_softmax(2),
            torch.tensor([[1, 2, 2, 4], [3, 1, 4, 0]]),
            torch.tensor([12, 3]),
            torch.tensor([4, 3]),
        ), 12, 2, 5
    ),
    "linear_cross_entropy": layer(
        lambda: nn.LinearCrossEntropyLoss(6, 4), randn(5, 6), classes(4, 5)
    ),
    "linear_cross_entropy_all": layer(
        lambda: nn.LinearCrossEntropyLoss(
            6, 3, bias=True, reduction="sum", weight=torch.tensor([0.5, 1.0, 2.0]), ignore_index=1,
            label_smoothing=0.1,
        ),
        randn(8, 6),
        classes(3, 8),
    ),
    "linear_cross_entropy_sides": layer(
        lambda: nn.LinearCrossEntropyLoss(6, 3, out_features=(2, 4), bias=True, reduction="none"),
        randn(5, 6),
        classes(3, 5, 2, 4),
    ),
    "adaptive_log_softmax": adaptive(lambda: nn.AdaptiveLogSoftmaxWithLoss(16, 12, [3, 7]), 10),
    "adaptive_log_softmax_all": adaptive(
        lambda: nn.AdaptiveLogSoftmaxWithLoss(16, 12, [2, 4, 5], div_value=2.0, head_bias=True), 10
    ),
    "adaptive_log_softmax_one_row": adaptive(
        lambda: nn.AdaptiveLogSoftmaxWithLoss(16, 12, [10]), 1
    ),
}
