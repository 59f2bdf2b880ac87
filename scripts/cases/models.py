"""The notebook's models."""

import notebook
import torch
from torch import nn

from .helpers import layer, randn


def recurrent(compute):
    """The notebook's recurrent network: three calls, and a sequence with its gradients."""

    def run():
        network = notebook.RecurrentNetwork(4, 10, 5)
        result = {f"call.{i}": network(torch.ones(16, 4)) for i in range(3)}
        sequence = torch.randn(7, 16, 4).requires_grad_()
        (outputs, hidden), gradients = compute(network, sequence)
        (outputs * torch.randn_like(outputs)).sum().backward()
        result |= {"sequence": sequence, "sequence.grad": sequence.grad}
        result |= {"outputs": outputs, "hidden": hidden}
        result |= {f"{name}.grad": gradient() for name, gradient in gradients.items()}
        return result | network.state_dict()

    return run


def by_hand(network, sequence):
    parameters = dict(network.named_parameters())
    return network.read(sequence), {name: lambda p=p: p.grad for name, p in parameters.items()}


def by_nn_rnn(network, sequence):
    """The same by torch's own layers, which are given the network's weights."""
    with torch.random.fork_rng():
        rnn, linear = nn.RNN(4, 10), nn.Linear(10, 5)
    with torch.no_grad():
        rnn.weight_ih_l0.copy_(network.w_xh)
        rnn.weight_hh_l0.copy_(network.w_hh)
        rnn.bias_ih_l0.copy_(network.b_h)
        rnn.bias_hh_l0.zero_()
        linear.weight.copy_(network.w_hy)
        linear.bias.copy_(network.b_y)
    hidden, _last = rnn(sequence)
    return (linear(hidden), hidden), {
        "w_xh": lambda: rnn.weight_ih_l0.grad,
        "w_hh": lambda: rnn.weight_hh_l0.grad,
        "b_h": lambda: rnn.bias_ih_l0.grad,
        "w_hy": lambda: linear.weight.grad,
        "b_y": lambda: linear.bias.grad,
    }


CASES = {
    "my_conv2d": layer(lambda: notebook.MyConv2d(3, 1, 3), randn(1, 3, 24, 24)),
    "my_conv2d_all": layer(
        lambda: notebook.MyConv2d(3, 4, 3, dilation=2, padding=1, stride=3, bias=True),
        randn(5, 3, 13, 9),
    ),
    "my_conv2d_one_image": layer(lambda: notebook.MyConv2d(2, 3, 2), randn(2, 5, 6)),
    "recurrent_network": recurrent(by_hand),
    "recurrent_network_as_nn_rnn": recurrent(by_nn_rnn),
}
