//! The layers as functions: [`torch.nn.functional`], `F` in the prelude.
//!
//! Arguments have PyTorch's names and order; what is deprecated is left out, and for `inplace=True`
//! there are names with an underscore, as `relu_`. Rust has
//! no default values, so:
//!
//! - What Python requires is always an argument. Where the others are few, all are:
//!   `F::leaky_relu(&x, 0.01)`, `F::layer_norm(&x, &[6], None, None, 1e-5)`.
//! - Where they are many and tensors among them, they are set by name and `call()` computes:
//!   `F::interpolate(&x).scale_factor(2).mode("bilinear").call()`, and so [`embedding`](fn@embedding),
//!   [`embedding_bag`](fn@embedding_bag), [`batch_norm`](fn@batch_norm),
//!   [`instance_norm`](fn@instance_norm) and attention.
//! - Pools and losses stand here with their usual numbers; with others they are built as layers, which
//!   hold nothing else: `nn::AvgPool2d::options(3).stride(2).build().forward(&x)` for
//!   `F.avg_pool2d(x, 3, stride=2)`, `nn::CrossEntropyLoss::options().label_smoothing(0.1).build()`
//!   for `F.cross_entropy`'s keywords.
//!
//! - What one line says by itself is left out: for `dtype=…`, convert the input; for `weight=…` of
//!   `mse_loss` and its like, weigh the losses that a reduction of none leaves.
//!
//! Shapes, formulas and references in full stand at the layers. Where libtorch fails, in a shape that
//! does not fit, a function panics with its words; called inside a module's `forward`, the panic
//! names the module.
//!
//! [`torch.nn.functional`]: https://docs.pytorch.org/docs/stable/nn.functional.html

mod activation;
mod attention;
mod convolution;
mod distance;
mod dropout;
mod in_place;
mod linear;
mod loss;
mod norm;
mod pooling;
mod sparse;
mod vision;

pub use activation::*;
pub use attention::*;
pub(in crate::nn) use convolution::{conv, conv_transpose};
pub use convolution::{
    conv_transpose1d, conv_transpose2d, conv_transpose3d, conv1d, conv2d, conv3d, fold, unfold,
};
pub use distance::*;
pub use dropout::*;
pub use in_place::*;
pub use linear::*;
pub use loss::*;
pub use norm::*;
pub use pooling::*;
pub use sparse::*;
pub use vision::*;
