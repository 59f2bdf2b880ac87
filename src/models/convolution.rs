//! The notebook's convolution, in plain loops: what the formula says and what a network computes.

use ndarray::{Array3, ArrayView3, s};

/// Slides a kernel over an image, as the notebook's NumPy cell does.
///
/// `y[0, h, w] = Σ x̂[c, h·stride + i, w·stride + j] · weight[c, i, j]` over all c, i and j, with x̂
/// the image between `pad` rows and columns of zeros on each side. It equals
/// [`conv2d`](crate::nn::functional::conv2d): like it, and unlike [`convolve`], it does not flip
/// the kernel.
///
/// # Shapes
/// x (C, H, W) and weight (C, kH, kW) to (1, H′, W′), H′ = ⌊(H + 2·pad - kH) / stride⌋ + 1 and W′
/// likewise.
///
/// # Panics
/// When `stride` is 0, the channels of the two differ, or the kernel is empty or larger than the
/// padded image.
///
/// ```
/// use flambeau::models::convolution::slide;
/// use ndarray::array;
///
/// let x = array![[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]];
/// let weight = array![[[1.0, 10.0]]];
/// assert_eq!(slide(&x, &weight, 0, 1), array![[[21.0, 32.0], [54.0, 65.0]]]);
/// ```
pub fn slide(x: &Array3<f64>, weight: &Array3<f64>, pad: usize, stride: usize) -> Array3<f64> {
    let (channels, x_h, x_w) = x.dim();
    let (weight_channels, height, width) = weight.dim();
    assert!(stride > 0, "stride must be at least 1, but is 0");
    assert!(channels == weight_channels, "x has {channels} channels, weight has {weight_channels}");
    assert!(
        (1..=x_h + 2 * pad).contains(&height) && (1..=x_w + 2 * pad).contains(&width),
        "weight is {height} × {width}, the padded image {} × {}",
        x_h + 2 * pad,
        x_w + 2 * pad
    );
    // Padding the original image.
    let mut x_pad = Array3::zeros((channels, x_h + 2 * pad, x_w + 2 * pad));
    x_pad.slice_mut(s![.., pad..pad + x_h, pad..pad + x_w]).assign(x);
    // We can expect the output size to be:
    let h_out = 1 + (x_h + 2 * pad - height) / stride;
    let w_out = 1 + (x_w + 2 * pad - width) / stride;
    // So we will store our result in:
    let mut y = Array3::zeros((1, h_out, w_out));

    // Sliding the kernel across the matrix.
    for h in 0..h_out {
        for w in 0..w_out {
            let (i, j) = (h * stride, w * stride);
            let window: ArrayView3<f64> = x_pad.slice(s![.., i..i + height, j..j + width]);
            let conv_sum = (&window * weight).sum();
            y[[0, h, w]] = conv_sum;
        }
    }
    y
}

/// The convolution of two signals, `(f ⋆ g)[n] = Σ f[n-m]·g[m]`, m from -M to M.
///
/// `g` has 2M + 1 values, from `g[-M]` to `g[M]`; the result is as long as `f`, which is zero
/// outside. It is `numpy.convolve(f, g, "same")` where `f` is the longer.
///
/// The minus in `f[n-m]` flips `g`: its first value meets what comes after n, its last what comes
/// before. What networks call a convolution leaves the flip out, and is a [`cross_correlate`]. To
/// a learned kernel it makes no difference, nor to a symmetric one.
///
/// # Panics
/// When `g` has an even number of values, and so no middle.
///
/// ```
/// use flambeau::models::convolution::{convolve, cross_correlate};
///
/// let (f, g) = ([0.0, 1.0, 0.0, 0.0], [1.0, 2.0, 3.0]);
/// assert_eq!(convolve(&f, &g), [1.0, 2.0, 3.0, 0.0]); // an impulse gives g itself
/// assert_eq!(cross_correlate(&f, &g), [3.0, 2.0, 1.0, 0.0]); // and here g flipped
/// ```
pub fn convolve(f: &[f64], g: &[f64]) -> Vec<f64> {
    sum_around(f, g, |n, m| n - m)
}

/// The cross-correlation of two signals, `Σ f[n+m]·g[m]`, m from -M to M: [`convolve`] without the
/// flip, and what `conv1d` and `conv2d` compute.
///
/// # Panics
/// When `g` has an even number of values, and so no middle.
pub fn cross_correlate(f: &[f64], g: &[f64]) -> Vec<f64> {
    sum_around(f, g, |n, m| n + m)
}

/// Σ_m f[at(n, m)]·g[m] for each n of f.
fn sum_around(f: &[f64], g: &[f64], at: impl Fn(i64, i64) -> i64) -> Vec<f64> {
    assert!(g.len() % 2 == 1, "g has {} values: an even number has no middle", g.len());
    let reach = (g.len() / 2) as i64; // M
    let f_at = |i: i64| usize::try_from(i).ok().and_then(|i| f.get(i)).copied().unwrap_or(0.0);
    let mut y = vec![0.0; f.len()];
    for n in 0..f.len() as i64 {
        for m in -reach..=reach {
            y[n as usize] += f_at(at(n, m)) * g[(m + reach) as usize];
        }
    }
    y
}
