"""How a case is written: what to build, what to feed it, and what is told of it."""

import torch


def text(string):
    """A string as a tensor of its bytes, so that a case's result is tensors alone."""
    return torch.tensor(list(string.encode()), dtype=torch.uint8)


def randn(*shape):
    """An input drawn from the normal distribution, whose gradient is compared too."""
    return lambda: torch.randn(shape).requires_grad_()


def described(module, inputs):
    """A module after a backward pass: its inputs, weights, all gradients, print and keys."""
    result = {f"input.{i}": x for i, x in enumerate(inputs)}
    result |= {f"input.{i}.grad": x.grad for i, x in enumerate(inputs) if x.requires_grad}
    result |= {f"{name}.grad": p.grad.to_dense() for name, p in module.named_parameters()}
    result |= {"print": text(str(module)), "keys": text("\n".join(module.state_dict()))}
    return result | module.state_dict()


def layer(build, *inputs):
    """A layer or a loss: its initial weights, print, keys, output and all gradients."""

    def run():
        module = build()
        xs = [draw() for draw in inputs]
        output = module(*xs)
        output.backward(torch.randn_like(output))
        return described(module, xs) | {"output": output}

    return run


def both_modes(build, *inputs):
    """A layer that acts otherwise in evaluation: what `layer` tells, and its output there."""

    def run():
        module = build()
        xs = [draw() for draw in inputs]
        output = module(*xs)
        output.backward(torch.randn_like(output))
        result = described(module, xs) | {"output": output}
        module.eval()
        return result | {"evaluated": module(*xs)}

    return run


def function(compute, *shape):
    """A function of torch.nn.functional: its output and its gradient."""

    def run():
        x = randn(*shape)()
        output = compute(x)
        output.backward(torch.randn_like(output))
        return {"input.0": x, "input.0.grad": x.grad, "output": output}

    return run


def function_of(build, compute, *shape):
    """A layer or a loss that is called in a way of its own: the same of it."""

    def run():
        module = build()
        x = randn(*shape)()
        output = compute(module, x)
        output.backward(torch.randn_like(output))
        return described(module, [x]) | {"output": output}

    return run


def overwriting(build, *shape):
    """A layer that overwrites its input: what `layer` tells, of an input that it has overwritten."""

    def compute(module, x):
        y = x * 2
        module(y)
        return y

    return function_of(build, compute, *shape)


def double(build, *shape):
    """A layer without options, on numbers of twice the length."""
    return layer(build, lambda: torch.randn(shape, dtype=torch.float64).requires_grad_())
