#![doc = include_str!("moving_a_model.md")]
