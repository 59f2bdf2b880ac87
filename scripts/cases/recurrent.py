"""Recurrent layers and their cells."""

import torch
from torch import nn

from .helpers import described


def sequence_layer(build, *shape):
    """A recurrent layer: its output, its state, and all gradients, in training and evaluation."""

    def run():
        module = build()
        x = torch.randn(shape).requires_grad_()
        output, state = module(x)
        (output * torch.randn_like(output)).sum().backward()
        states = state if isinstance(state, tuple) else (state,)
        result = described(module, [x]) | {f"state.{i}": s for i, s in enumerate(states)}
        result["output"] = output
        module.eval()
        result["output in evaluation"] = module(x, state)[0]
        return result

    return run


def cell(build, *shape):
    """A recurrent cell: two steps, and all gradients."""

    def run():
        module = build()
        x = torch.randn(shape).requires_grad_()
        state = module(x, module(x))
        states = state if isinstance(state, tuple) else (state,)
        sum(s.sum() for s in states).backward()
        return described(module, [x]) | {f"state.{i}": s for i, s in enumerate(states)}

    return run


CASES = {
    "rnn": sequence_layer(lambda: nn.RNN(4, 6), 5, 3, 4),
    "rnn_layers": sequence_layer(lambda: nn.RNN(4, 6, num_layers=2, bidirectional=True), 5, 3, 4),
    "rnn_no_bias": sequence_layer(lambda: nn.RNN(4, 6, bias=False, batch_first=True), 3, 5, 4),
    "rnn_one_sequence": sequence_layer(lambda: nn.RNN(4, 6), 5, 4),
    "lstm": sequence_layer(lambda: nn.LSTM(4, 6), 5, 3, 4),
    "lstm_layers": sequence_layer(
        lambda: nn.LSTM(4, 6, num_layers=2, batch_first=True, dropout=0.5, bidirectional=True),
        3, 5, 4,
    ),
    "lstm_one_sequence": sequence_layer(lambda: nn.LSTM(4, 6, batch_first=True), 5, 4),
    "gru": sequence_layer(lambda: nn.GRU(4, 6), 5, 3, 4),
    "gru_layers": sequence_layer(lambda: nn.GRU(4, 6, num_layers=3, dropout=0.25), 5, 3, 4),
    "gru_no_bias": sequence_layer(lambda: nn.GRU(4, 6, bias=False, bidirectional=True), 5, 3, 4),
    "rnn_cell": cell(lambda: nn.RNNCell(4, 6), 3, 4),
    "lstm_cell": cell(lambda: nn.LSTMCell(4, 6), 3, 4),
    "lstm_cell_no_bias": cell(lambda: nn.LSTMCell(4, 6, bias=False), 3, 4),
    "gru_cell": cell(lambda: nn.GRUCell(4, 6), 3, 4),
    "gru_cell_one": cell(lambda: nn.GRUCell(4, 6), 4),
}
