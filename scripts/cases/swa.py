"""Averaged models, each over twenty steps of the one that is trained."""

import copy

import torch
from torch import nn, optim
from torch.optim import swa_utils
from torch.optim.swa_utils import AveragedModel

from .helpers import text


class Network(nn.Module):
    def __init__(self, momentum=0.1):
        super().__init__()
        self.hidden = nn.Linear(6, 5)
        self.norm = nn.BatchNorm1d(5, momentum=momentum)
        self.dropout = nn.Dropout(0.2)
        self.output = nn.Linear(5, 3)

    def forward(self, x):
        return self.output(self.dropout(torch.relu(self.norm(self.hidden(x)))))


def batch():
    return torch.randn(8, 6)


def train(model, after):
    """Twenty steps, the last ten of which are averaged."""
    sgd = optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    for step in range(20):
        sgd.zero_grad()
        model(batch()).square().mean().backward()
        sgd.step()
        if step >= 10:
            after(step)


def averages(averaged):
    state = dict(averaged.state_dict())
    result = state | {"keys": text("\n".join(state)), "print": text(str(averaged))}
    averaged.eval()
    return result | {"evaluated": averaged(batch())}


def averaged(holders=1, **options):
    """The averages, which as many models hold, one after the other, by way of their state."""

    def run():
        model = Network()
        averaged = AveragedModel(model, **options)
        begun = averaged(batch()).detach()

        def after(step):
            nonlocal averaged
            if holders == 2 and step == 15:
                state = copy.deepcopy(averaged.state_dict())
                averaged = AveragedModel(model, **options)
                averaged.load_state_dict(state)
            averaged.update_parameters(model)

        train(model, after)
        return {"begun": begun} | averages(averaged)

    return run


def sequential():
    hidden, output = nn.Linear(6, 5), nn.Linear(5, 3)
    model = nn.Sequential(hidden, nn.BatchNorm1d(5), output)
    averaged = AveragedModel(model)
    begun = averaged(batch()).detach()
    train(model, lambda step: averaged.update_parameters(model))
    return averages(averaged) | {"begun": begun}


def updated(momentum=0.1, training=True):
    """The averages with statistics taken anew, and what the model does with them after that."""

    def run():
        model = Network(momentum)
        averaged = AveragedModel(model)
        train(model, lambda step: averaged.update_parameters(model))
        averaged.train(training)
        batches = [batch()[:n] for n in [8, 8, 5]]
        swa_utils.update_bn(batches, averaged)
        result = {f"statistics.{i}": b.clone() for i, b in enumerate(averaged.buffers())}
        result["after"] = averaged(batch())
        return result | averages(averaged)

    return run


CASES = {
    "averaged_model": averaged(),
    "averaged_model_buffers": averaged(use_buffers=True),
    "averaged_model_multi": averaged(multi_avg_fn=swa_utils.get_swa_multi_avg_fn()),
    "averaged_model_ema": averaged(avg_fn=swa_utils.get_ema_avg_fn(0.9)),
    "averaged_model_ema_buffers": averaged(avg_fn=swa_utils.get_ema_avg_fn(0.9), use_buffers=True),
    "averaged_model_ema_multi": averaged(multi_avg_fn=swa_utils.get_ema_multi_avg_fn()),
    "averaged_model_ema_multi_buffers": averaged(
        multi_avg_fn=swa_utils.get_ema_multi_avg_fn(0.7), use_buffers=True
    ),
    "averaged_model_function": averaged(avg_fn=lambda a, b, n: (a * n + b) / (n + 2)),
    "averaged_model_resumed": averaged(holders=2),
    "averaged_model_sequential": sequential,
    "update_bn": updated(),
    "update_bn_in_evaluation": updated(0.3, training=False),
    "update_bn_cumulative": updated(None),
}
