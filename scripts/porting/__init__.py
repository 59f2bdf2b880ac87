"""From a PyTorch module to Rust on this crate: `scripts/port MODULE:FACTORY --input SHAPE --out model.rs`.

`record` runs the model and notes how each module was made and of what kind each expression was;
`construction` lays the instances of a class over each other, for its struct and its `new`;
`expressions`, `calls` and `functions` translate the source by the recorded kinds; `program` puts the
file together; `reference` writes what Python computes, and `check` compares.
"""
