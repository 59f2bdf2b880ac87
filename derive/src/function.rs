//! `#[function]`.
