"""Recurrent layers and their cells."""

import torch
from torch import nn
from torch.nn.utils.rnn import (
    pack_padded_sequence,
    pack_sequence,
    pad_packed_sequence,
    pad_sequence,
    unpack_sequence,
    unpad_sequence,
)

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


def packed(build, pack):
    """A recurrent layer on packed sequences, from the state zero and from the one that it gave."""

    def run():
        module = build()
        x = torch.randn(5, 3, 4).requires_grad_()
        sequences = pack(x)
        output, state = module(sequences)
        again, _ = module(sequences, state)
        padded, lengths = pad_packed_sequence(again, padding_value=-1.0, total_length=6)
        (output.data * torch.randn_like(output.data)).sum().backward()
        states = state if isinstance(state, tuple) else (state,)
        result = described(module, [x]) | {f"state.{i}": s for i, s in enumerate(states)}
        return result | {"output": output.data, "padded": padded, "lengths": lengths}

    return run


def pack(lengths, **options):
    return lambda x: pack_padded_sequence(x, torch.tensor(lengths), **options)


def unpadded():
    """Sequences padded on the left, packed and unpacked, padded and taken apart again."""
    sequences = [torch.randn(length, 2) for length in (2, 4, 1)]
    left = pad_sequence(sequences, padding_value=0.5, padding_side="left")
    packed = pack_sequence(sequences, enforce_sorted=False)
    result = {f"unpacked.{i}": s for i, s in enumerate(unpack_sequence(packed))}
    padded, lengths = pad_packed_sequence(packed, batch_first=True)
    result |= {f"unpadded.{i}": s for i, s in enumerate(unpad_sequence(padded, lengths, True))}
    result |= {"left": left, "data": packed.data, "batch_sizes": packed.batch_sizes}
    return result | {"sorted": packed.sorted_indices, "unsorted": packed.unsorted_indices}


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
    "rnn_relu": sequence_layer(lambda: nn.RNN(4, 6, nonlinearity="relu"), 5, 3, 4),
    "rnn_relu_layers": sequence_layer(
        lambda: nn.RNN(4, 6, 2, "relu", batch_first=True, dropout=0.5, bidirectional=True), 3, 5, 4
    ),
    "rnn_packed": packed(lambda: nn.RNN(4, 6), pack([5, 3, 2])),
    "rnn_relu_packed": packed(
        lambda: nn.RNN(4, 6, nonlinearity="relu", num_layers=2), pack([2, 5, 3], enforce_sorted=False)
    ),
    "lstm_projection": sequence_layer(lambda: nn.LSTM(4, 6, proj_size=3), 5, 3, 4),
    "lstm_projection_layers": sequence_layer(
        lambda: nn.LSTM(4, 6, num_layers=2, bias=False, bidirectional=True, proj_size=2), 5, 3, 4
    ),
    "lstm_packed": packed(lambda: nn.LSTM(4, 6), pack([5, 5, 1])),
    "lstm_packed_layers": packed(
        lambda: nn.LSTM(4, 6, num_layers=2, dropout=0.5, bidirectional=True),
        pack([1, 4, 5], enforce_sorted=False),
    ),
    "lstm_packed_projection": packed(
        lambda: nn.LSTM(4, 6, proj_size=3), pack([3, 4, 5], enforce_sorted=False)
    ),
    "gru_batch_first": sequence_layer(lambda: nn.GRU(4, 6, batch_first=True), 3, 5, 4),
    "gru_packed": packed(lambda: nn.GRU(4, 6), pack([4, 3, 1])),
    "gru_packed_layers": packed(
        lambda: nn.GRU(4, 6, num_layers=2, bias=False, bidirectional=True),
        pack([2, 5, 5], enforce_sorted=False),
    ),
    "rnn_cell_relu": cell(lambda: nn.RNNCell(4, 6, nonlinearity="relu"), 3, 4),
    "rnn_cell_no_bias": cell(lambda: nn.RNNCell(4, 6, bias=False), 4),
    "gru_cell_no_bias": cell(lambda: nn.GRUCell(4, 6, bias=False), 3, 4),
    "padded_and_packed": unpadded,
}
