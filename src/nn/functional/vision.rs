//! What is done to images as wholes: sizes, borders, grids.

use tch::Tensor;

use super::pooling::{adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d};
use crate::nn::call::{check, refuse};
use crate::nn::{Forward, InterpolateMode, PerSide, PixelShuffle, PixelUnshuffle};

/// Channels laid out as cells: (∗, C·r², H, W) → (∗, C, H·r, W·r), r = `upscale_factor`:
/// [`torch.nn.functional.pixel_shuffle`].
///
/// The layer is [`PixelShuffle`](crate::nn::PixelShuffle).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = Tensor::randn([1, 9, 4, 4], (Kind::Float, Device::Cpu));
/// assert_eq!(F::pixel_shuffle(&x, 3).size(), [1, 1, 12, 12]);
/// ```
///
/// [`torch.nn.functional.pixel_shuffle`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.pixel_shuffle.html
#[track_caller]
pub fn pixel_shuffle(input: &Tensor, upscale_factor: i64) -> Tensor {
    Forward::forward(&PixelShuffle::new(upscale_factor), input)
}

/// Cells gathered as channels: (∗, C, H·r, W·r) → (∗, C·r², H, W), r = `downscale_factor`:
/// [`torch.nn.functional.pixel_unshuffle`].
///
/// The layer is [`PixelUnshuffle`](crate::nn::PixelUnshuffle).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = Tensor::randn([1, 1, 12, 12], (Kind::Float, Device::Cpu));
/// assert_eq!(F::pixel_unshuffle(&x, 3).size(), [1, 9, 4, 4]);
/// ```
///
/// [`torch.nn.functional.pixel_unshuffle`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.pixel_unshuffle.html
#[track_caller]
pub fn pixel_unshuffle(input: &Tensor, downscale_factor: i64) -> Tensor {
    Forward::forward(&PixelUnshuffle::new(downscale_factor), input)
}

/// The channels of `groups` groups dealt out in turn, one of each:
/// [`torch.nn.functional.channel_shuffle`].
///
/// The layer is [`ChannelShuffle`](crate::nn::ChannelShuffle).
///
/// ```
/// use flambeau::prelude::*;
///
/// let channels = Tensor::from_slice(&[1.0, 2.0, 3.0, 4.0]).view([1, 4, 1]);
/// let output = F::channel_shuffle(&channels, 2).flatten(0, -1);
/// assert_eq!(output, Tensor::from_slice(&[1.0, 3.0, 2.0, 4.0]));
/// ```
///
/// [`torch.nn.functional.channel_shuffle`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.ChannelShuffle.html
#[track_caller]
pub fn channel_shuffle(input: &Tensor, groups: i64) -> Tensor {
    input.channel_shuffle(groups)
}

/// The input with cells put around its last sides: [`torch.nn.functional.pad`].
///
/// `pad` holds how many before and behind the last side, then before and behind the one before
/// it, and so on; `mode` is `"constant"`, Python's default, which puts `value` there, or 0, or
/// `"reflect"`, `"replicate"` or `"circular"`.
///
/// The layers are [`ConstantPad2d`](crate::nn::ConstantPad2d),
/// [`ReflectionPad2d`](crate::nn::ReflectionPad2d) and their like.
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = Tensor::from_slice2(&[[1.0, 2.0]]);
/// assert_eq!(F::pad(&x, &[1, 0], "constant", Some(9.0)), Tensor::from_slice2(&[[9.0, 1.0, 2.0]]));
/// assert_eq!(F::pad(&x, &[0, 2], "replicate", None), Tensor::from_slice2(&[[1.0, 2.0, 2.0, 2.0]]));
/// ```
///
/// [`torch.nn.functional.pad`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.pad.html
#[track_caller]
pub fn pad(input: &Tensor, pad: &[i64], mode: &str, value: Option<f64>) -> Tensor {
    input.pad(pad, mode, value)
}

/// The input with other sides: [`torch.nn.functional.interpolate`].
///
/// The layer is [`Upsample`](crate::nn::Upsample).
///
/// The keyword arguments are set by name, and `call()` computes: one of `size`, the output's sides,
/// and `scale_factor`, by which they grow, has to be given. Input (N, C, L), (N, C, H, W) or
/// (N, C, D, H, W); the modes stand at [`InterpolateMode`].
///
/// - `align_corners`: whether the middles of the corner cells stay where they are, rather than the
///   corners; false if not given. For the linear and cubic modes alone.
/// - `recompute_scale_factor`: whether the scale is computed anew from the output's whole sides.
/// - `antialias`: whether cells that fall between are averaged when an image shrinks, as Pillow does;
///   for the modes bilinear, bicubic and lanczos alone.
///
/// # Panics
/// When neither or both of `size` and `scale_factor` are given, or the mode is not for an input of
/// this many sides, in PyTorch's words.
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = Tensor::from_slice(&[1.0, 2.0]).view([1, 1, 2]);
/// let doubled = F::interpolate(&x).scale_factor(2).call();
/// assert_eq!(doubled, Tensor::from_slice(&[1.0, 1.0, 2.0, 2.0]).view([1, 1, 4]));
/// let line = F::interpolate(&x).size(3).mode("linear").align_corners(true).call();
/// assert_eq!(line, Tensor::from_slice(&[1.0, 1.5, 2.0]).view([1, 1, 3]));
/// ```
///
/// [`torch.nn.functional.interpolate`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.interpolate.html
#[bon::builder(finish_fn = call)]
#[track_caller]
pub fn interpolate(
    #[builder(start_fn)] input: &Tensor,
    #[builder(into)] size: Option<PerSide<i64>>,
    #[builder(into)] scale_factor: Option<PerSide<f64>>,
    #[builder(default, into)] mode: InterpolateMode,
    align_corners: Option<bool>,
    #[builder(default)] recompute_scale_factor: bool,
    #[builder(default)] antialias: bool,
) -> Tensor {
    use InterpolateMode::*;

    let whole = matches!(mode, Nearest | NearestExact | Area);
    check!(
        !whole || align_corners.is_none(),
        "align_corners option can only be set with the interpolating modes: linear | bilinear | \
         bicubic | trilinear"
    );
    let align = align_corners.unwrap_or(false);
    let sides = input.size().get(2..).unwrap_or_default().to_vec();
    // Both forms of the kernels' arguments: the output's sides, and the scales, if these are to count.
    let (size, scales) = match (size, scale_factor) {
        (Some(_), Some(_)) => refuse("only one of size or scale_factor should be defined".into()),
        (None, None) => refuse("either size or scale_factor should be defined".into()),
        (Some(size), None) => {
            check!(
                !recompute_scale_factor,
                "recompute_scale_factor is not meaningful with an explicit size."
            );
            (size.of(&sides, "output size"), vec![None; sides.len()])
        }
        (None, Some(factor)) => {
            let factors = factor.of(&sides, "scale_factor");
            let sides = sides.iter().zip(&factors).map(|(side, f)| (*side as f64 * f) as i64);
            let keep = !(recompute_scale_factor || mode == Area);
            (sides.collect(), factors.iter().map(|f| keep.then_some(*f)).collect())
        }
    };
    check!(
        !antialias || (matches!(mode, Bilinear | Bicubic | Lanczos) && sides.len() == 2),
        "Anti-alias option is restricted to bilinear, bicubic, and lanczos modes and requires a \
         4-D tensor as input"
    );
    check!(mode != Lanczos || antialias, "Lanczos mode requires antialias=True");
    check!(mode != Lanczos || !align, "Lanczos mode does not support align_corners=True");

    let size = &size[..];
    match (mode, &scales[..]) {
        (Nearest, [w]) => input.upsample_nearest1d(size, *w),
        (Nearest, [h, w]) => input.upsample_nearest2d(size, *h, *w),
        (Nearest, [d, h, w]) => input.upsample_nearest3d(size, *d, *h, *w),
        (NearestExact, [w]) => input.internal_upsample_nearest_exact1d(size, *w),
        (NearestExact, [h, w]) => input.internal_upsample_nearest_exact2d(size, *h, *w),
        (NearestExact, [d, h, w]) => input.internal_upsample_nearest_exact3d(size, *d, *h, *w),
        (Area, [_]) => adaptive_avg_pool1d(input, [size[0]]),
        (Area, [_, _]) => adaptive_avg_pool2d(input, [size[0], size[1]]),
        (Area, [_, _, _]) => adaptive_avg_pool3d(input, [size[0], size[1], size[2]]),
        (Linear, [w]) => input.upsample_linear1d(size, align, *w),
        (Bilinear, [h, w]) if antialias => {
            input.internal_upsample_bilinear2d_aa(size, align, *h, *w)
        }
        (Bilinear, [h, w]) => input.upsample_bilinear2d(size, align, *h, *w),
        (Trilinear, [d, h, w]) => input.upsample_trilinear3d(size, align, *d, *h, *w),
        (Bicubic, [h, w]) if antialias => input.internal_upsample_bicubic2d_aa(size, align, *h, *w),
        (Bicubic, [h, w]) => input.upsample_bicubic2d(size, align, *h, *w),
        (Lanczos, [h, w]) => input.internal_upsample_lanczos2d_aa(size, align, *h, *w),
        _ => refuse(format!(
            "Input Error: Only 3D, 4D and 5D input Tensors supported (got {}D) for the modes: \
             nearest | nearest-exact | area, 3D for linear, 4D for bilinear | bicubic | lanczos, 5D \
             for trilinear (got {mode})",
            input.dim()
        )),
    }
}

/// The values of images (N, C, H, W) at the places of a `grid` (N, H′, W′, 2), (N, C, H′, W′);
/// or of volumes, with a grid (N, D′, H′, W′, 3): [`torch.nn.functional.grid_sample`].
///
/// Places are (x, y), from -1 at the left and upper border to 1. `mode` is `"bilinear"`,
/// Python's default, `"nearest"` or `"bicubic"`; what lies outside is, by `padding_mode`,
/// `"zeros"`, Python's default, the `"border"`, or its `"reflection"`. In Python
/// `align_corners` is false if not given.
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = Tensor::randn([1, 3, 4, 4], (Kind::Float, Device::Cpu));
/// let identity = Tensor::from_slice2(&[[1.0_f32, 0.0, 0.0], [0.0, 1.0, 0.0]]).unsqueeze(0);
/// let grid = F::affine_grid(&identity, &[1, 3, 4, 4], false);
/// let same = F::grid_sample(&x, &grid, "bilinear", "zeros", false);
/// assert!(same.allclose(&x, 1e-5, 1e-5, false));
/// ```
///
/// [`torch.nn.functional.grid_sample`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.grid_sample.html
#[track_caller]
pub fn grid_sample(
    input: &Tensor,
    grid: &Tensor,
    mode: &str,
    padding_mode: &str,
    align_corners: bool,
) -> Tensor {
    let mode = match mode {
        "bilinear" => 0,
        "nearest" => 1,
        "bicubic" => 2,
        _ => refuse(format!(
            "nn.functional.grid_sample(): expected mode to be 'bilinear', 'nearest' or 'bicubic', but \
             got: '{mode}'"
        )),
    };
    let padding_mode = match padding_mode {
        "zeros" => 0,
        "border" => 1,
        "reflection" => 2,
        _ => refuse(format!(
            "nn.functional.grid_sample(): expected padding_mode to be 'zeros', 'border', or \
             'reflection', but got: '{padding_mode}'"
        )),
    };
    input.grid_sampler(grid, mode, padding_mode, align_corners)
}

/// Where the cells of an output of this `size`, (N, C, H, W), lie in the input, after the
/// affine maps `theta`, (N, 2, 3): a grid for [`grid_sample`]; or for a volume, (N, C, D, H,
/// W), after maps (N, 3, 4): [`torch.nn.functional.affine_grid`].
///
/// In Python `align_corners` is false if not given.
///
/// ```
/// use flambeau::prelude::*;
///
/// let flip = Tensor::from_slice2(&[[-1.0_f32, 0.0, 0.0], [0.0, 1.0, 0.0]]).unsqueeze(0);
/// assert_eq!(F::affine_grid(&flip, &[1, 3, 4, 5], false).size(), [1, 4, 5, 2]);
/// ```
///
/// [`torch.nn.functional.affine_grid`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.affine_grid.html
pub fn affine_grid(theta: &Tensor, size: &[i64], align_corners: bool) -> Tensor {
    Tensor::affine_grid_generator(theta, size, align_corners)
}
