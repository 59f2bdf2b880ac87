//! Which kernels compute: [`torch.backends`].
//!
//! By default all is computed by libtorch, or as it computes: the bits are Python's. What is chosen
//! here is faster and rounds otherwise.
//!
//! [`torch.backends`]: https://docs.pytorch.org/docs/stable/backends.html

use std::cell::Cell;

thread_local! {
    static DIRECT_CONV2D: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread computes convolutions of images directly, as [`set_direct_conv2d`] says;
/// false at first.
pub fn direct_conv2d() -> bool {
    DIRECT_CONV2D.get()
}

/// From now on this thread computes convolutions of images directly: what
/// [`Conv2d`](crate::nn::Conv2d) and [`conv2d`](crate::nn::functional::conv2d) give is the same up
/// to rounding, and for small batches and few channels comes in a fraction of the time.
///
/// `out[o, y, x] = bias[o] + Σ_{c, i, j} weight[o, c, i, j] · input[c, y + i, x + j]` is summed as it
/// stands, by shifts of whole planes; the gradients likewise. oneDNN, which computes for libtorch,
/// first brings images and weights into an order of its own, which takes longer than the sums where
/// these are short. The sums are in another order than oneDNN's, so the last bits differ from
/// Python's; they do not depend on the number of threads, but on whether the processor has AVX-512.
/// A number that is infinite or NaN reaches
/// more of the weights' gradients than by oneDNN.
///
/// It is for single precision on an x86-64 processor with AVX2 or AVX-512, stride and dilation 1, one
/// group, zeros around the images, fewer of them than the kernel is wide, and images (N, C, H, W)
/// that lie contiguously; and for up to 2²³ products in a call, some 8 million: with more of them
/// oneDNN is as fast. All else goes to libtorch, as does what [`amp::autocast`](mod@crate::amp)
/// computes in bf16, and gradients that are to have gradients of their own. Unlike
/// `torch.backends.mkldnn.enabled` it is each thread's own.
///
/// ```
/// use flambeau::backends;
/// use flambeau::prelude::*;
///
/// let conv = nn::Conv2d::new(3, 6, 5);
/// let images = Tensor::randn([4, 3, 32, 32], (Kind::Float, Device::Cpu));
/// let theirs = conv.forward(&images);
/// backends::set_direct_conv2d(true);
/// assert!(conv.forward(&images).allclose(&theirs, 1e-4, 1e-5, false));
/// # backends::set_direct_conv2d(false);
/// ```
pub fn set_direct_conv2d(enabled: bool) {
    DIRECT_CONV2D.set(enabled);
}
