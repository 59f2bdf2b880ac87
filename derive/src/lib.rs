//! The macros of flambeau, which re-exports them.

mod function;
mod module;
