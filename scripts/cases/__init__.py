"""The cases that this crate is compared with PyTorch in, by family; the twin of `tests/cases`.

A family's `CASES` is a table: a case's name, what to build and what to feed it. The Rust side has
the same names in a file of the same name.
"""

from . import (
    activation,
    amp,
    attention,
    container,
    convolution,
    data,
    distance,
    dropout,
    embedding,
    functional,
    init,
    linear,
    loss,
    models,
    norm,
    optimizer,
    padding,
    pooling,
    recurrent,
    scheduler,
    shape,
    swa,
    transforms,
    utils,
)

FAMILIES = {
    "linear layers": linear.CASES,
    "convolutions": convolution.CASES,
    "pooling": pooling.CASES,
    "activations": activation.CASES,
    "normalisation": norm.CASES,
    "dropout": dropout.CASES,
    "padding": padding.CASES,
    "shapes": shape.CASES,
    "embeddings": embedding.CASES,
    "containers": container.CASES,
    "losses": loss.CASES,
    "distances": distance.CASES,
    "recurrent layers": recurrent.CASES,
    "attention and transformers": attention.CASES,
    "initial values": init.CASES,
    "functions": functional.CASES,
    "models": models.CASES,
    "optimizers": optimizer.CASES,
    "schedulers": scheduler.CASES,
    "averaged models": swa.CASES,
    "utilities": utils.CASES,
    "samplers and loaders": data.CASES,
    "transforms": transforms.CASES,
    "bf16 and channels last": amp.CASES,
}
