"""Initial values."""

import torch
from torch import nn


def drawn(fill, *shape):
    """Initial values."""

    def run():
        w = torch.empty(shape, requires_grad=True)
        fill(w)
        return {"weight": w}

    return run


def generated(fill, *shape):
    """Initial values from a generator of one's own, and what it draws next."""

    def run():
        generator = torch.Generator()
        generator.manual_seed(7)
        w = torch.empty(shape, requires_grad=True)
        fill(w, generator)
        return {"weight": w, "next": torch.randperm(8, generator=generator)}

    return run


CASES = {
    "init_uniform": drawn(lambda w: nn.init.uniform_(w, -0.5, 1.5), 4, 5),
    "init_normal": drawn(lambda w: nn.init.normal_(w, 1.0, 2.0), 4, 5),
    "init_trunc_normal": drawn(lambda w: nn.init.trunc_normal_(w, 0.0, 1.0, -1.0, 1.0), 20, 15),
    "init_trunc_normal_far": drawn(lambda w: nn.init.trunc_normal_(w, 0.0, 1.0, 1.0, 2.5), 20, 15),
    "init_constant": drawn(lambda w: nn.init.constant_(w, 0.3), 4, 5),
    "init_ones": drawn(lambda w: nn.init.ones_(w), 4, 5),
    "init_zeros": drawn(lambda w: nn.init.zeros_(w), 4, 5),
    "init_eye": drawn(lambda w: nn.init.eye_(w), 4, 5),
    "init_dirac": drawn(lambda w: nn.init.dirac_(w), 4, 3, 3, 5),
    "init_dirac_groups": drawn(lambda w: nn.init.dirac_(w, 2), 4, 3, 3),
    "init_xavier_uniform": drawn(lambda w: nn.init.xavier_uniform_(w), 4, 5),
    "init_xavier_uniform_gain": drawn(lambda w: nn.init.xavier_uniform_(w, nn.init.calculate_gain("tanh")), 4, 3, 2, 2),
    "init_xavier_normal": drawn(lambda w: nn.init.xavier_normal_(w), 4, 5),
    "init_xavier_normal_gain": drawn(lambda w: nn.init.xavier_normal_(w, nn.init.calculate_gain("selu")), 4, 3, 2),
    "init_kaiming_uniform": drawn(lambda w: nn.init.kaiming_uniform_(w), 4, 5),
    "init_kaiming_uniform_fan_out": drawn(lambda w: nn.init.kaiming_uniform_(w, a=0.2, mode="fan_out"), 4, 3, 2, 2),
    "init_kaiming_normal": drawn(lambda w: nn.init.kaiming_normal_(w), 4, 5),
    "init_kaiming_normal_fan_out": drawn(lambda w: nn.init.kaiming_normal_(w, mode="fan_out", nonlinearity="relu"), 4, 3, 2, 2),
    "init_orthogonal": drawn(lambda w: nn.init.orthogonal_(w), 5, 4),
    "init_orthogonal_wide": drawn(lambda w: nn.init.orthogonal_(w, 2.0), 3, 2, 5),
    "init_sparse": drawn(lambda w: nn.init.sparse_(w, 0.3), 7, 4),
    "init_sparse_std": drawn(lambda w: nn.init.sparse_(w, 0.5, 2.0), 4, 6),
    "init_uniform_generator": generated(lambda w, g: nn.init.uniform_(w, -0.5, 1.5, generator=g), 4, 5),
    "init_normal_generator": generated(lambda w, g: nn.init.normal_(w, 1.0, 2.0, generator=g), 4, 5),
    "init_trunc_normal_generator": generated(lambda w, g: nn.init.trunc_normal_(w, 0.0, 1.0, -1.0, 1.0, generator=g), 20, 15),
    "init_trunc_normal_far_generator": generated(lambda w, g: nn.init.trunc_normal_(w, 0.0, 1.0, 1.0, 2.5, generator=g), 20, 15),
    "init_xavier_uniform_generator": generated(lambda w, g: nn.init.xavier_uniform_(w, 1.5, generator=g), 4, 5),
    "init_xavier_normal_generator": generated(lambda w, g: nn.init.xavier_normal_(w, generator=g), 4, 5),
    "init_kaiming_uniform_generator": generated(lambda w, g: nn.init.kaiming_uniform_(w, generator=g), 4, 5),
    "init_kaiming_normal_generator": generated(lambda w, g: nn.init.kaiming_normal_(w, mode="fan_out", nonlinearity="relu", generator=g), 4, 3, 2, 2),
    "init_orthogonal_generator": generated(lambda w, g: nn.init.orthogonal_(w, 1.0, generator=g), 5, 4),
    "init_sparse_generator": generated(lambda w, g: nn.init.sparse_(w, 0.3, generator=g), 7, 4),
}
