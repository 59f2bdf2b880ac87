"""Schedulers, each over a hundred steps, with a save and a load in the middle."""

import copy
import math
import re

import torch
from torch import optim
from torch.optim import lr_scheduler as lr
from torch.optim.swa_utils import SWALR

from .helpers import text


def flat(value, path=""):
    """All that a state holds, by the path to it."""
    if isinstance(value, dict):
        for key in sorted(value, key=str):
            yield from flat(value[key], f"{path}.{key}")
    elif isinstance(value, (list, tuple)):
        for i, item in enumerate(value):
            yield from flat(item, f"{path}.{i}")
    elif isinstance(value, str):
        yield f"{path}={value}", 0.0
    elif value in (math.inf, -math.inf):
        yield f"{path}={value}", 0.0
    else:
        yield path, -1.0 if value is None else float(value)


def sgd():
    first, second = (torch.zeros(1, requires_grad=True) for _ in range(2))
    return optim.SGD([{"params": [first]}, {"params": [second], "lr": 0.03}], lr=0.1, momentum=0.9)


def adam():
    first, second = (torch.zeros(1, requires_grad=True) for _ in range(2))
    return optim.Adam([{"params": [first]}, {"params": [second], "lr": 0.03}], lr=0.1)


def note(algorithm, rates):
    """What both groups go by at a step."""
    for group in algorithm.param_groups:
        momentum = group["momentum"] if "momentum" in group else group["betas"][0]
        rates += [group["lr"], momentum]


def noted(rates, scheduler):
    state = list(flat(scheduler.state_dict()))
    return {
        "rates": torch.tensor(rates, dtype=torch.float64),
        "last": torch.tensor(scheduler.get_last_lr(), dtype=torch.float64),
        "state.keys": text("\n".join(key for key, _ in state)),
        "state.values": torch.tensor([value for _, value in state], dtype=torch.float64),
    }


def schedule(build, optimizer=sgd, steps=100, metric=None):
    """The learning rates and momentums of both groups at every step, and the state at the end."""

    def run():
        algorithm = optimizer()
        scheduler = build(algorithm)
        rates = []
        for step in range(steps):
            if step == steps // 2:
                saved = copy.deepcopy((algorithm.state_dict(), scheduler.state_dict()))
                algorithm = optimizer()
                scheduler = build(algorithm)
                algorithm.load_state_dict(saved[0])
                scheduler.load_state_dict(saved[1])
            note(algorithm, rates)
            algorithm.step()
            scheduler.step(*([] if metric is None else [metric(step)]))
        return noted(rates, scheduler)

    return run


def continued(build, optimizer=sgd):
    """The same of a scheduler that is made anew in the middle, for the groups as they are."""

    def run():
        algorithm = optimizer()
        scheduler = build(algorithm, -1)
        rates = []
        for step in range(100):
            if step == 50:
                scheduler = build(algorithm, 49)
            note(algorithm, rates)
            algorithm.step()
            scheduler.step()
        return noted(rates, scheduler)

    return run


def refusal(work):
    """The words of the error that `work` ends in, without what they say of this one scheduler."""
    try:
        work()
    except Exception as error:
        words = f"KeyError: {error}" if isinstance(error, KeyError) else str(error)
        return re.split(r" \(|\. ", words)[0]
    return ""


def late(build, metric=None):
    """An optimizer that gets its second group after the scheduler was made: how the groups stand after
    each step, and the words where a step fails. In the middle the states go over to an optimizer and a
    scheduler that are made for two groups from the beginning."""

    def run():
        weight = lambda: torch.zeros(1, requires_grad=True)
        algorithm = optim.SGD([weight()], lr=0.1, momentum=0.9)
        scheduler = build(algorithm)
        rates, said = [], []
        for step in range(16):
            if step == 3:
                algorithm.add_param_group({"params": [weight()], "lr": 0.03})
            if step == 10:
                saved = copy.deepcopy((algorithm.state_dict(), scheduler.state_dict()))
                algorithm = optim.SGD([{"params": [weight()]}, {"params": [weight()]}], lr=0.1, momentum=0.9)
                scheduler = build(algorithm)
                algorithm.load_state_dict(saved[0])
                scheduler.load_state_dict(saved[1])
            algorithm.step()
            said.append(refusal(lambda: scheduler.step(*([] if metric is None else [metric(step)]))))
            note(algorithm, rates)
            rates += scheduler.get_last_lr()
        return noted(rates, scheduler) | {"said": text("\n".join(said))}

    return run


def each(algorithm):
    """A function for each group."""
    return [lambda step, i=i: 0.9 ** (step + i) for i in range(len(algorithm.param_groups))]


def made_late():
    """Schedulers that are made when some were made already, for fewer groups."""
    weight = lambda: torch.zeros(1, requires_grad=True)
    algorithm = optim.SGD([weight()], lr=0.1, momentum=0.9)
    schedulers = [lr.ExponentialLR(algorithm, 0.9), lr.LinearLR(algorithm)]
    algorithm.add_param_group({"params": [weight()], "lr": 0.03})
    rates = []
    note(algorithm, rates)
    said = refusal(lambda: lr.SequentialLR(algorithm, schedulers, [2]))
    note(algorithm, rates)
    decay = lr.ExponentialLR(algorithm, 0.9)
    algorithm.step()
    decay.step()
    note(algorithm, rates)
    return noted(rates, decay) | {"said": text(said)}


def falling(step):
    """A loss that falls, slower and slower, and wavers."""
    return 1.0 / (1 + step) + 0.05 * (step % 3)


def nested(o):
    chain = lr.ChainedScheduler([lr.LinearLR(o, 0.1, total_iters=10), lr.StepLR(o, 7, 0.9)])
    return lr.SequentialLR(o, [chain, lr.ExponentialLR(o, 0.97)], [20])


CASES = {
    "step_lr": schedule(lambda o: lr.StepLR(o, 30)),
    "step_lr_gamma": schedule(lambda o: lr.StepLR(o, 7, gamma=0.9)),
    "multi_step_lr": schedule(lambda o: lr.MultiStepLR(o, [30, 80])),
    "multi_step_lr_twice": schedule(lambda o: lr.MultiStepLR(o, [5, 40, 40, 60], gamma=0.7)),
    "constant_lr": schedule(lambda o: lr.ConstantLR(o)),
    "constant_lr_all": schedule(lambda o: lr.ConstantLR(o, factor=0.7, total_iters=60)),
    "linear_lr": schedule(lambda o: lr.LinearLR(o)),
    "linear_lr_all": schedule(lambda o: lr.LinearLR(o, 0.9, 0.1, total_iters=77)),
    "exponential_lr": schedule(lambda o: lr.ExponentialLR(o, 0.95)),
    "exponential_lr_slow": schedule(lambda o: lr.ExponentialLR(o, gamma=0.999)),
    "polynomial_lr": schedule(lambda o: lr.PolynomialLR(o)),
    "polynomial_lr_all": schedule(lambda o: lr.PolynomialLR(o, total_iters=90, power=0.9)),
    "cosine_annealing_lr": schedule(lambda o: lr.CosineAnnealingLR(o, 100)),
    "cosine_annealing_lr_rounds": schedule(lambda o: lr.CosineAnnealingLR(o, 13, eta_min=0.001)),
    "warm_restarts": schedule(lambda o: lr.CosineAnnealingWarmRestarts(o, 30)),
    "warm_restarts_all": schedule(
        lambda o: lr.CosineAnnealingWarmRestarts(o, 7, T_mult=2, eta_min=0.001)
    ),
    "lambda_lr": schedule(lambda o: lr.LambdaLR(o, lambda step: 0.95**step)),
    "lambda_lr_each": schedule(
        lambda o: lr.LambdaLR(o, [lambda step: 1 / (1 + step), lambda step: min(1.0, step / 10)])
    ),
    "multiplicative_lr": schedule(lambda o: lr.MultiplicativeLR(o, lambda step: 0.97)),
    "multiplicative_lr_each": schedule(
        lambda o: lr.MultiplicativeLR(o, [lambda step: 0.99, lambda step: 1 - 1 / (2 + step)])
    ),
    "sequential_lr": schedule(
        lambda o: lr.SequentialLR(o, [lr.LinearLR(o, 0.1), lr.CosineAnnealingLR(o, 95)], [5])
    ),
    "sequential_lr_three": schedule(
        lambda o: lr.SequentialLR(
            o,
            [lr.ConstantLR(o, 0.1, 20), lr.ExponentialLR(o, 0.9), lr.CosineAnnealingWarmRestarts(o, 9)],
            [20, 60],
        )
    ),
    "sequential_lr_nested": schedule(nested),
    "chained_scheduler": schedule(
        lambda o: lr.ChainedScheduler([lr.ConstantLR(o, 0.1, 20), lr.ExponentialLR(o, 0.9)])
    ),
    "chained_scheduler_three": schedule(
        lambda o: lr.ChainedScheduler(
            [lr.LinearLR(o), lr.MultiStepLR(o, [30]), lr.PolynomialLR(o, 120, 2.0)]
        )
    ),
    "cyclic_lr": schedule(lambda o: lr.CyclicLR(o, 0.01, 0.1, step_size_up=20)),
    "cyclic_lr_down": schedule(
        lambda o: lr.CyclicLR(o, [0.01, 0.02], [0.1, 0.3], step_size_up=10, step_size_down=7)
    ),
    "cyclic_lr_triangular2": schedule(
        lambda o: lr.CyclicLR(
            o, 0.01, 0.1, step_size_up=9, mode="triangular2", base_momentum=0.7, max_momentum=0.95
        )
    ),
    "cyclic_lr_exp_range": schedule(
        lambda o: lr.CyclicLR(
            o, 0.01, 0.1, step_size_up=9, mode="exp_range", gamma=0.99, cycle_momentum=False
        )
    ),
    "cyclic_lr_adam": schedule(lambda o: lr.CyclicLR(o, 0.01, 0.1, step_size_up=20), adam),
    "cyclic_lr_function": schedule(
        lambda o: lr.CyclicLR(o, 0.01, 0.1, step_size_up=9, mode="exp_range", scale_fn=lambda x: 1 / (x + 0.5))
    ),
    "cyclic_lr_function_of_steps": schedule(
        lambda o: lr.CyclicLR(
            o, 0.01, 0.1, step_size_up=9, scale_fn=lambda x: math.sqrt(x) / 10, scale_mode="iterations"
        )
    ),
    "one_cycle_lr": schedule(lambda o: lr.OneCycleLR(o, 0.1, total_steps=100)),
    "one_cycle_lr_linear": schedule(
        lambda o: lr.OneCycleLR(
            o, [0.1, 0.2], total_steps=120, pct_start=0.4, anneal_strategy="linear", div_factor=10.0,
            final_div_factor=100.0,
        )
    ),
    "one_cycle_lr_three_phase": schedule(
        lambda o: lr.OneCycleLR(o, 0.1, total_steps=100, three_phase=True, cycle_momentum=False)
    ),
    "one_cycle_lr_adam": schedule(
        lambda o: lr.OneCycleLR(
            o, 0.1, epochs=10, steps_per_epoch=11, base_momentum=0.8, max_momentum=0.9
        ),
        adam,
    ),
    "reduce_lr_on_plateau": schedule(lambda o: lr.ReduceLROnPlateau(o), metric=falling),
    "reduce_lr_on_plateau_all": schedule(
        lambda o: lr.ReduceLROnPlateau(
            o, "min", factor=0.5, patience=3, threshold=0.01, threshold_mode="abs", cooldown=2,
            min_lr=[0.001, 0.002], eps=1e-4,
        ),
        metric=falling,
    ),
    "reduce_lr_on_plateau_max": schedule(
        lambda o: lr.ReduceLROnPlateau(o, "max", patience=4, threshold=0.1),
        metric=lambda step: math.sqrt(step),
    ),
    "reduce_lr_on_plateau_max_abs": schedule(
        lambda o: lr.ReduceLROnPlateau(o, "max", patience=4, threshold=0.1, threshold_mode="abs"),
        metric=lambda step: -falling(step),
    ),
    "swalr": schedule(lambda o: SWALR(o, 0.05)),
    "swalr_linear": schedule(
        lambda o: SWALR(o, [0.2, 0.01], anneal_epochs=70, anneal_strategy="linear")
    ),
    "swalr_cos": schedule(lambda o: SWALR(o, 0.001, anneal_epochs=60, anneal_strategy="cos"), adam),
    "swalr_at_once": schedule(lambda o: SWALR(o, 0.05, anneal_epochs=0)),
    "step_lr_continued": continued(lambda o, last: lr.StepLR(o, 30, last_epoch=last)),
    "cyclic_lr_continued": continued(
        lambda o, last: lr.CyclicLR(o, 0.01, 0.1, step_size_up=20, last_epoch=last)
    ),
    "one_cycle_lr_continued": continued(
        lambda o, last: lr.OneCycleLR(o, 0.1, total_steps=100, last_epoch=last), adam
    ),
    "swalr_continued": continued(lambda o, last: SWALR(o, 0.05, 70, last_epoch=last)),
    "swalr_after_another": schedule(
        lambda o: lr.SequentialLR(o, [lr.ExponentialLR(o, 0.97), SWALR(o, 0.2, 30)], [40])
    ),
    "lambda_lr_continued": continued(lambda o, last: lr.LambdaLR(o, lambda step: 0.95**step, last_epoch=last)),
    "multiplicative_lr_continued": continued(
        lambda o, last: lr.MultiplicativeLR(o, [lambda step: 0.97, lambda step: 0.99], last_epoch=last)
    ),
    "one_cycle_lr_momentums": schedule(
        lambda o: lr.OneCycleLR(
            o, [0.1, 0.2], total_steps=100, base_momentum=[0.7, 0.8], max_momentum=[0.9, 1.0]
        )
    ),
    "cyclic_lr_momentums": schedule(
        lambda o: lr.CyclicLR(
            o, 0.01, 1, step_size_up=20, base_momentum=[0.7, 0.8], max_momentum=[0.9, 1.0]
        )
    ),
    "late_step_lr": late(lambda o: lr.StepLR(o, 3, 0.5)),
    "late_multi_step_lr": late(lambda o: lr.MultiStepLR(o, [2, 5, 5, 9], 0.7)),
    "late_constant_lr": late(lambda o: lr.ConstantLR(o, 0.7, 6)),
    "late_linear_lr": late(lambda o: lr.LinearLR(o, 0.1, total_iters=8)),
    "late_exponential_lr": late(lambda o: lr.ExponentialLR(o, 0.9)),
    "late_polynomial_lr": late(lambda o: lr.PolynomialLR(o, 10, 0.9)),
    "late_cosine_annealing_lr": late(lambda o: lr.CosineAnnealingLR(o, 6, 0.001)),
    "late_warm_restarts": late(lambda o: lr.CosineAnnealingWarmRestarts(o, 3, 2)),
    "late_lambda_lr": late(lambda o: lr.LambdaLR(o, lambda step: 0.95**step)),
    "late_lambda_lr_each": late(lambda o: lr.LambdaLR(o, each(o))),
    "late_multiplicative_lr": late(lambda o: lr.MultiplicativeLR(o, lambda step: 0.97)),
    "late_multiplicative_lr_each": late(lambda o: lr.MultiplicativeLR(o, each(o))),
    "late_cyclic_lr": late(lambda o: lr.CyclicLR(o, 0.01, 0.1, 4)),
    "late_cyclic_lr_without_momentum": late(
        lambda o: lr.CyclicLR(o, 0.01, 0.1, 4, mode="exp_range", gamma=0.9, cycle_momentum=False)
    ),
    "late_one_cycle_lr": late(lambda o: lr.OneCycleLR(o, 0.1, 12)),
    "late_one_cycle_lr_early": late(lambda o: lr.OneCycleLR(o, 0.1, 30, pct_start=0.9)),
    "late_one_cycle_lr_without_momentum": late(
        lambda o: lr.OneCycleLR(o, 0.1, 14, three_phase=True, cycle_momentum=False)
    ),
    "late_swalr": late(lambda o: SWALR(o, 0.05, 6)),
    "late_sequential_lr": late(
        lambda o: lr.SequentialLR(o, [lr.LinearLR(o, 0.1), lr.CosineAnnealingLR(o, 6)], [5])
    ),
    "late_sequential_lr_three": late(
        lambda o: lr.SequentialLR(
            o,
            [
                lr.ConstantLR(o, 0.1, 3), lr.LambdaLR(o, lambda step: 0.9**step),
                lr.MultiplicativeLR(o, lambda step: 0.9),
            ],
            [4, 7],
        )
    ),
    "late_sequential_lr_cycles": late(
        lambda o: lr.SequentialLR(
            o,
            [lr.CosineAnnealingWarmRestarts(o, 3), lr.CyclicLR(o, 0.01, 0.1, 3), lr.ExponentialLR(o, 0.9)],
            [5, 9],
        )
    ),
    "late_chained_scheduler": late(
        lambda o: lr.ChainedScheduler([lr.ConstantLR(o, 0.1, 6), lr.ExponentialLR(o, 0.9)])
    ),
    "late_chained_scheduler_that_fails": late(
        lambda o: lr.ChainedScheduler(
            [lr.ExponentialLR(o, 0.9), lr.LambdaLR(o, lambda step: 0.9**step), lr.StepLR(o, 4)]
        )
    ),
    "late_reduce_lr_on_plateau": late(
        lambda o: lr.ReduceLROnPlateau(o, factor=0.5, patience=1), metric=falling
    ),
    "late_reduce_lr_on_plateau_min": late(
        lambda o: lr.ReduceLROnPlateau(o, patience=1, min_lr=0.02), metric=falling
    ),
    "late_reduce_lr_on_plateau_list": late(
        lambda o: lr.ReduceLROnPlateau(o, patience=1, min_lr=[0.02] * len(o.param_groups)), metric=falling
    ),
    "late_making": made_late,
}
