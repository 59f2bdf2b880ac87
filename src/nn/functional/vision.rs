//! What is done to images as wholes: sizes, borders, grids.

use flambeau_derive::function;
use tch::Tensor;

use super::{adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d};
use crate::nn::{InterpolateMode, PerSide};
use crate::refusal::{check, refuse};
use crate::repr::{python_float, python_tuple};
use crate::warning::warn;
use crate::{Dtype, torch};

/// Channels laid out as cells: (∗, C·r², H, W) → (∗, C, H·r, W·r), r = `upscale_factor`:
/// [`torch.nn.functional.pixel_shuffle`].
///
/// The layer is [`PixelShuffle`](crate::nn::PixelShuffle).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::randn([1, 9, 4, 4]);
/// assert_eq!(F::pixel_shuffle(&x, 3).size(), [1, 1, 12, 12]);
/// ```
///
/// [`torch.nn.functional.pixel_shuffle`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.pixel_shuffle.html
#[function]
pub fn pixel_shuffle(input: &Tensor, upscale_factor: i64) -> Tensor {
    input.pixel_shuffle(upscale_factor)
}

/// Cells gathered as channels: (∗, C, H·r, W·r) → (∗, C·r², H, W), r = `downscale_factor`:
/// [`torch.nn.functional.pixel_unshuffle`].
///
/// The layer is [`PixelUnshuffle`](crate::nn::PixelUnshuffle).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::randn([1, 1, 12, 12]);
/// assert_eq!(F::pixel_unshuffle(&x, 3).size(), [1, 9, 4, 4]);
/// ```
///
/// [`torch.nn.functional.pixel_unshuffle`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.pixel_unshuffle.html
#[function]
pub fn pixel_unshuffle(input: &Tensor, downscale_factor: i64) -> Tensor {
    input.pixel_unshuffle(downscale_factor)
}

/// The channels of `groups` groups dealt out in turn, one of each:
/// [`torch.nn.functional.channel_shuffle`].
///
/// The layer is [`ChannelShuffle`](crate::nn::ChannelShuffle).
///
/// ```
/// use flambeau::prelude::*;
///
/// let channels = torch::tensor([1.0, 2.0, 3.0, 4.0]).view([1, 4, 1]);
/// let output = F::channel_shuffle(&channels, 2).flatten(0, -1);
/// assert_eq!(output, torch::tensor([1.0, 3.0, 2.0, 4.0]));
/// ```
///
/// [`torch.nn.functional.channel_shuffle`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.ChannelShuffle.html
#[function]
pub fn channel_shuffle(input: &Tensor, groups: i64) -> Tensor {
    input.channel_shuffle(groups)
}

/// The input with cells put around its last sides: [`torch.nn.functional.pad`].
///
/// `pad` holds how many before and behind the last side, then before and behind the one before
/// it, and so on; a negative number takes cells away.
///
/// The layers are [`ConstantPad2d`](crate::nn::ConstantPad2d),
/// [`ReflectionPad2d`](crate::nn::ReflectionPad2d) and their like.
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::tensor([[1.0, 2.0]]);
/// assert_eq!(F::pad(&x, (1, 0)), torch::tensor([[0.0, 1.0, 2.0]]));
/// let output = F::pad_options(&x, (0, 2)).mode("replicate").call();
/// assert_eq!(output, torch::tensor([[1.0, 2.0, 2.0, 2.0]]));
/// ```
///
/// [`torch.nn.functional.pad`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.pad.html
#[function]
pub fn pad(
    input: &Tensor,
    #[builder(into)] pad: torch::Size,
    /// What the cells hold: `"constant"` one `value`, `"reflect"` the input mirrored, `"replicate"` its
    /// border, `"circular"` its other end.
    #[builder(default = "constant")]
    mode: &str,
    /// The number that constant cells hold; 0 if not given.
    value: Option<f64>,
) -> Tensor {
    input.pad(&pad[..], mode, value)
}

/// The input with other sides: [`torch.nn.functional.interpolate`].
///
/// The layer is [`Upsample`](crate::nn::Upsample).
///
/// One of `size` and `scale_factor` has to be given. Input (N, C, L), (N, C, H, W) or (N, C, D, H, W);
/// the modes stand at [`InterpolateMode`].
///
/// # Panics
/// When neither or both of `size` and `scale_factor` are given, or the mode is not for an input of
/// this many sides, in PyTorch's words.
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::tensor([1.0, 2.0]).view([1, 1, 2]);
/// let doubled = F::interpolate_options(&x).scale_factor(2).call();
/// assert_eq!(doubled, torch::tensor([1.0, 1.0, 2.0, 2.0]).view([1, 1, 4]));
/// let line = F::interpolate_options(&x).size(3).mode("linear").align_corners(true).call();
/// assert_eq!(line, torch::tensor([1.0, 1.5, 2.0]).view([1, 1, 3]));
/// ```
///
/// [`torch.nn.functional.interpolate`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.interpolate.html
#[function]
pub fn interpolate(
    input: &Tensor,
    /// The output's sides.
    #[builder(into)]
    size: Option<PerSide<i64>>,
    /// By how much the sides grow.
    #[builder(into)]
    scale_factor: Option<PerSide<f64>>,
    /// How cells between are made.
    #[builder(default = "nearest", into)]
    mode: InterpolateMode,
    /// Whether the middles of the corner cells stay where they are, rather than the corners; for the
    /// linear and cubic modes alone.
    align_corners: Option<bool>,
    /// Whether the scale is computed anew from the output's whole sides.
    #[builder(default)]
    recompute_scale_factor: bool,
    /// Whether cells that fall between are averaged when an image shrinks, as Pillow does; for the
    /// modes bilinear, bicubic and lanczos alone.
    #[builder(default)]
    antialias: bool,
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
            let size = size.of(sides.len()).unwrap_or_else(|size| {
                refuse(format!(
                    "Input and output must have the same number of spatial dimensions, but got input \
                     with spatial dimensions of {sides:?} and output size of {}. Please provide input \
                     tensor in (N, C, d1, d2, ...,dK) format and output size in (o1, o2, ...,oK) format.",
                    python_tuple(size)
                ))
            });
            (size, vec![None; sides.len()])
        }
        (None, Some(factor)) => {
            let factors = factor.of(sides.len()).unwrap_or_else(|factors| {
                let factors: Vec<_> = factors.iter().map(|factor| python_float(*factor)).collect();
                refuse(format!(
                    "Input and scale_factor must have the same number of spatial dimensions, but got \
                     input with spatial dimensions of {sides:?} and scale_factor of shape {}. Please \
                     provide input tensor in (N, C, d1, d2, ...,dK) format and scale_factor in (s1, \
                     s2, ...,sK) format.",
                    python_tuple(&factors)
                ))
            });
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
        (Lanczos, [h, w]) => {
            check!(!align, "Lanczos mode does not support align_corners=True");
            check!(antialias, "Lanczos mode requires antialias=True");
            input.internal_upsample_lanczos2d_aa(size, align, *h, *w)
        }
        _ => refuse(unfit(mode, input.dim())),
    }
}

/// What Python says of an input that has not the number of sides that the mode is for.
fn unfit(mode: InterpolateMode, dim: usize) -> String {
    let needed = match mode {
        InterpolateMode::Linear => Some(3),
        InterpolateMode::Bilinear => Some(4),
        InterpolateMode::Trilinear => Some(5),
        _ => None,
    };
    match needed {
        Some(needed) if (3..=5).contains(&dim) => {
            format!("Got {dim}D input, but {mode} mode needs {needed}D input")
        }
        _ => format!(
            "Input Error: Only 3D, 4D and 5D input Tensors supported (got {dim}D) for the modes: \
             nearest | linear | bilinear | bicubic | trilinear | lanczos | area | nearest-exact (got \
             {mode})"
        ),
    }
}

/// The values of images (N, C, H, W) at the places of a `grid` (N, H′, W′, 2), (N, C, H′, W′);
/// or of volumes, with a grid (N, D′, H′, W′, 3): [`torch.nn.functional.grid_sample`].
///
/// Places are (x, y), from -1 at the left and upper border to 1. Without `align_corners` Python warns
/// that its default has changed; here it is false without a word.
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::randn([1, 3, 4, 4]);
/// let identity = torch::tensor([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]).unsqueeze(0);
/// let grid = F::affine_grid(&identity, (1, 3, 4, 4));
/// let same = F::grid_sample(&x, &grid);
/// assert!(same.allclose(&x, 1e-5, 1e-5, false));
/// ```
///
/// [`torch.nn.functional.grid_sample`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.grid_sample.html
#[function]
pub fn grid_sample(
    input: &Tensor,
    grid: &Tensor,
    /// How values between cells are made: `"bilinear"`, `"nearest"` or `"bicubic"`.
    #[builder(default = "bilinear")]
    mode: &str,
    /// What lies outside: `"zeros"`, the `"border"`, or its `"reflection"`.
    #[builder(default = "zeros")]
    padding_mode: &str,
    /// Whether -1 and 1 are the middles of the corner cells, rather than the image's corners.
    #[builder(default)]
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
/// ```
/// use flambeau::prelude::*;
///
/// let flip = torch::tensor([[-1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]).unsqueeze(0);
/// assert_eq!(F::affine_grid(&flip, (1, 3, 4, 5)).size(), [1, 4, 5, 2]);
/// ```
///
/// [`torch.nn.functional.affine_grid`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.affine_grid.html
#[function]
pub fn affine_grid(
    theta: &Tensor,
    #[builder(into)] size: torch::Size,
    /// Whether -1 and 1 are the middles of the corner cells, rather than the image's corners.
    #[builder(default)]
    align_corners: bool,
) -> Tensor {
    check!(
        theta.is_floating_point(),
        "Expected theta to have floating point type, but got {}",
        Dtype::from(theta.kind())
    );
    let sides = match size.len() {
        4 => 2,
        5 => 3,
        _ => refuse(format!(
            "affine_grid only supports 4D and 5D sizes, for 2D and 3D affine transforms, \
             respectively. Got size {}.",
            python_tuple(&size)
        )),
    };
    let maps = theta.size();
    check!(
        matches!(maps[..], [_, rows, columns] if rows == sides && columns == sides + 1),
        "Expected a batch of {sides}D affine matrices of shape Nx{sides}x{} for size {}. Got \
         torch.Size({maps:?}).",
        sides + 1,
        python_tuple(&size)
    );
    if align_corners && size[2..].contains(&1) && size[2..].iter().all(|side| *side > 0) {
        warn(
            "Since version 1.3.0, affine_grid behavior has changed for unit-size grids when \
             align_corners=True. This is not an intended use case of affine_grid. See the \
             documentation of affine_grid for details.",
        );
    }
    check!(
        size.iter().all(|side| *side > 0),
        "Expected non-zero, positive output size. Got {}",
        python_tuple(&size)
    );
    Tensor::affine_grid_generator(theta, &size[..], align_corners)
}
