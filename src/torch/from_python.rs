#![doc = include_str!("from_python.md")]
