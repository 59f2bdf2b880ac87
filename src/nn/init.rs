//! Initial values: [`torch.nn.init`]. Each fills a tensor in place, without a gradient, from the
//! default generator.
//!
//! [`torch.nn.init`]: https://docs.pytorch.org/docs/stable/nn.init.html

use tch::Tensor;

/// Fills `tensor` from U(`a`, `b`).
pub fn uniform_(tensor: &Tensor, a: f64, b: f64) {
    tch::no_grad(|| {
        let _ = tensor.shallow_clone().uniform_(a, b);
    });
}

/// Fills `tensor` from N(`mean`, `std`²).
pub fn normal_(tensor: &Tensor, mean: f64, std: f64) {
    tch::no_grad(|| {
        let _ = tensor.shallow_clone().normal_(mean, std);
    });
}

/// Fills `tensor` from U(-bound, bound), bound = √3 · √(2 / (1 + `a`²)) / √fan_in: He's
/// initial values for leaky ReLUs of slope `a` ([He et al., 2015]). What PyTorch's layers begin
/// with is `a` = √5, that is bound = 1/√fan_in.
///
/// # Panics
/// When `tensor` has fewer than two dimensions, which leaves its fan_in open.
///
/// [He et al., 2015]: https://arxiv.org/abs/1502.01852
pub fn kaiming_uniform_(tensor: &Tensor, a: f64) {
    if tensor.numel() == 0 {
        return;
    }
    // The same operations in the same order as in Python: the last bit depends on it.
    let gain = (2.0 / (1.0 + a * a)).sqrt();
    let std = gain / (fan_in(tensor) as f64).sqrt();
    let bound = 3.0_f64.sqrt() * std;
    uniform_(tensor, -bound, bound);
}

/// How many inputs each output of a layer with this `weight` sums up.
///
/// # Panics
/// When `weight` has fewer than two dimensions.
pub(crate) fn fan_in(weight: &Tensor) -> i64 {
    let size = weight.size();
    assert!(
        size.len() >= 2,
        "Fan in and fan out can not be computed for tensor with fewer than 2 dimensions"
    );
    size[1..].iter().product()
}

/// What Linear and the convolutions begin with: weight, then bias, each from U(±1/√fan_in).
pub(crate) fn weight_then_bias(weight: &Tensor, bias: Option<&Tensor>) {
    kaiming_uniform_(weight, 5.0_f64.sqrt());
    if let Some(bias) = bias {
        let fan_in = fan_in(weight);
        let bound = if fan_in > 0 { 1.0 / (fan_in as f64).sqrt() } else { 0.0 };
        uniform_(bias, -bound, bound);
    }
}
