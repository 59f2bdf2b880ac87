//! Initial values: [`torch.nn.init`]. Each fills a tensor in place, without a gradient, from the
//! default generator, or from one's own: its keyword `generator`, or [`with_generator`] around it.
//!
//! ```
//! use flambeau::prelude::*;
//!
//! let conv = nn::Conv2d::new(3, 64, 7);
//! nn::init::kaiming_normal_options(&conv.weight).mode("fan_out").nonlinearity("relu").call();
//! nn::init::zeros_(conv.bias.as_ref().expect("a bias"));
//! ```
//!
//! [`torch.nn.init`]: https://docs.pytorch.org/docs/stable/nn.init.html

use flambeau_derive::function;
use tch::{Device, Kind, Tensor};

pub use crate::random::with_generator;
use crate::random::{self, Generator};
use crate::refusal::{check, refuse};
use crate::warning::warn;
use crate::{ffi, torch};

/// Fills `tensor` from U(`a`, `b`): [`torch.nn.init.uniform_`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let w = torch::empty([3, 5]);
/// nn::init::uniform_options(&w).a(1).b(2).call();
/// assert!(w.min().item() >= 1.0 && w.max().item() < 2.0);
/// ```
///
/// [`torch.nn.init.uniform_`]: https://docs.pytorch.org/docs/stable/nn.init.html#torch.nn.init.uniform_
#[function]
pub fn uniform_(
    tensor: &Tensor,
    /// The least number.
    #[builder(default = 0.0)]
    a: f64,
    /// What no number reaches.
    #[builder(default = 1.0)]
    b: f64,
    /// What is drawn from; the default generator if not given.
    generator: Option<&Generator>,
) {
    let draw = || torch::no_grad(|| random::uniform_(tensor, a, b));
    let _ = drawn_from(generator, draw);
}

/// Fills `tensor` from N(`mean`, `std`²): [`torch.nn.init.normal_`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let w = torch::empty([100, 100]);
/// nn::init::normal_options(&w).mean(5).std(0.1).call();
/// assert!((torch::mean(&w).item() - 5.0).abs() < 0.01);
/// ```
///
/// [`torch.nn.init.normal_`]: https://docs.pytorch.org/docs/stable/nn.init.html#torch.nn.init.normal_
#[function]
pub fn normal_(
    tensor: &Tensor,
    /// The mean.
    #[builder(default = 0.0)]
    mean: f64,
    /// The standard deviation.
    #[builder(default = 1.0)]
    std: f64,
    /// What is drawn from; the default generator if not given.
    generator: Option<&Generator>,
) {
    let draw = || torch::no_grad(|| random::normal_(tensor, mean, std));
    let _ = drawn_from(generator, draw);
}

/// Fills `tensor` from N(`mean`, `std`²), cut off below `a` and above `b`: what falls outside is
/// drawn again: [`torch.nn.init.trunc_normal_`].
///
/// # Panics
/// When `std` is not above 0, or `b` not above `a`.
///
/// ```
/// use flambeau::prelude::*;
///
/// let w = torch::empty([100, 100]);
/// nn::init::trunc_normal_(&w);
/// assert!(w.abs().max().item() <= 2.0);
/// ```
///
/// [`torch.nn.init.trunc_normal_`]: https://docs.pytorch.org/docs/stable/nn.init.html#torch.nn.init.trunc_normal_
#[function]
pub fn trunc_normal_(
    tensor: &Tensor,
    /// The mean of the whole bell.
    #[builder(default = 0.0)]
    mean: f64,
    /// Its standard deviation.
    #[builder(default = 1.0)]
    std: f64,
    /// The least number.
    #[builder(default = -2.0)]
    a: f64,
    /// The largest number.
    #[builder(default = 2.0)]
    b: f64,
    /// What is drawn from; the default generator if not given.
    generator: Option<&Generator>,
) {
    check!(std > 0.0 && a < b, "std must be above 0 and a below b, but they are {std}, {a}, {b}");
    if mean < a - 2.0 * std || mean > b + 2.0 * std {
        warn(
            "mean is more than 2 std from [a, b] in nn.init.trunc_normal_. The distribution of values \
             may be incorrect.",
        );
    }
    // How much of the bell lies between the bounds.
    let cumulative = |x: f64| (1.0 + ffi::erf(x / 2.0_f64.sqrt())) / 2.0;
    let inside = cumulative((b - mean) / std) - cumulative((a - mean) / std);
    let mut tensor = tensor.shallow_clone();
    let draw = || match inside > 0.3 {
        true => redraw_outside(&mut tensor, mean, std, a, b),
        false => accept_under_the_bell(&mut tensor, mean, std, a, b),
    };
    drawn_from(generator, || torch::no_grad(draw));
}

/// Draws from the bell, again where it fell outside.
fn redraw_outside(tensor: &mut Tensor, mean: f64, std: f64, a: f64, b: f64) {
    // The bounds as the tensor's kind has them.
    let [low, high] = [a, b].map(|bound| {
        Tensor::from(bound).to_kind(tensor.kind()).to_kind(Kind::Double).double_value(&[])
    });
    let mut result = random::normal_(tensor, mean, std);
    loop {
        let outside = result.lt(low).logical_or(&result.gt(high));
        if outside.any().int64_value(&[]) == 0 {
            break;
        }
        let again = random::normal_(&result.empty_like(), mean, std);
        result = again.where_self(&outside, &result);
    }
    tensor.copy_(&result);
}

/// Draws between the bounds alike, and keeps what lies under the bell: for bounds far from its
/// middle.
fn accept_under_the_bell(tensor: &mut Tensor, mean: f64, std: f64, a: f64, b: f64) {
    let peak = a.max(mean.min(b));
    let log_peak = -0.5 * ((peak - mean) / std).powi(2);
    // In place, as Python does it: the candidates become the logarithms of their densities.
    let weigh = |candidates: &Tensor| {
        let mut x = candidates.shallow_clone();
        let _ = x.g_sub_scalar_(mean).g_div_scalar_(std).pow_(2).g_mul_scalar_(-0.5);
        let _ = x.g_sub_scalar_(log_peak);
    };
    let mut candidates = tensor.empty_like();
    let accept = tensor.empty_like();
    candidates.copy_(&random::uniform_(tensor, a, b));
    weigh(&candidates);
    let mut pending = random::uniform_(&accept, 0.0, 1.0).log_().gt_tensor(&candidates);
    let mut result = tensor.shallow_clone();
    while pending.any().int64_value(&[]) != 0 {
        let _ = random::uniform_(&candidates, a, b);
        result = candidates.where_self(&pending, &result);
        weigh(&candidates);
        let next = random::uniform_(&accept, 0.0, 1.0).log_().gt_tensor(&candidates);
        pending = next.where_self(&pending, &pending);
    }
    tensor.copy_(&result);
}

/// Fills `tensor` with `val`: [`torch.nn.init.constant_`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let w = torch::empty([2, 2]);
/// nn::init::constant_(&w, 0.3);
/// assert_eq!(w, torch::full([2, 2], 0.3));
/// ```
///
/// [`torch.nn.init.constant_`]: https://docs.pytorch.org/docs/stable/nn.init.html#torch.nn.init.constant_
#[function]
pub fn constant_(tensor: &Tensor, val: f64) {
    torch::no_grad(|| {
        let _ = tensor.shallow_clone().fill_(val);
    });
}

/// Fills `tensor` with ones: [`torch.nn.init.ones_`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let w = torch::empty([2]);
/// nn::init::ones_(&w);
/// assert_eq!(w, torch::tensor([1.0, 1.0]));
/// ```
///
/// [`torch.nn.init.ones_`]: https://docs.pytorch.org/docs/stable/nn.init.html#torch.nn.init.ones_
#[function]
pub fn ones_(tensor: &Tensor) {
    constant_(tensor, 1.0);
}

/// Fills `tensor` with zeros: [`torch.nn.init.zeros_`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let w = torch::empty([2]);
/// nn::init::zeros_(&w);
/// assert_eq!(w, torch::tensor([0.0, 0.0]));
/// ```
///
/// [`torch.nn.init.zeros_`]: https://docs.pytorch.org/docs/stable/nn.init.html#torch.nn.init.zeros_
#[function]
pub fn zeros_(tensor: &Tensor) {
    constant_(tensor, 0.0);
}

/// Makes a matrix the identity: as much of the input as can be goes through a Linear unchanged: [`torch.nn.init.eye_`].
///
/// # Panics
/// When `tensor` has not two dimensions.
///
/// ```
/// use flambeau::prelude::*;
///
/// let w = torch::empty([2, 3]);
/// nn::init::eye_(&w);
/// assert_eq!(w, torch::tensor([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]));
/// ```
///
/// [`torch.nn.init.eye_`]: https://docs.pytorch.org/docs/stable/nn.init.html#torch.nn.init.eye_
#[function]
pub fn eye_(tensor: &Tensor) {
    let [rows, columns] = tensor.size()[..] else {
        refuse("Only tensors with 2 dimensions are supported".into())
    };
    let (rows, columns) = (rows.max(0), columns.max(0));
    torch::no_grad(|| {
        let options = (tensor.kind(), tensor.device());
        tensor.shallow_clone().copy_(&Tensor::eye_m(rows, columns, options));
    });
}

/// Makes the kernels of a convolution Dirac's δ: as many channels as can be go through unchanged, in
/// each of `groups`: [`torch.nn.init.dirac_`].
///
/// # Panics
/// When `tensor` is no weight of a convolution, or `groups` does not divide its first size.
///
/// ```
/// use flambeau::prelude::*;
///
/// let conv = nn::Conv2d::options(3, 3, 3).padding(1).bias(false).build();
/// nn::init::dirac_(&conv.weight);
/// let x = torch::randn([2, 3, 8, 8]);
/// assert_eq!(conv.forward(&x), x);
/// ```
///
/// [`torch.nn.init.dirac_`]: https://docs.pytorch.org/docs/stable/nn.init.html#torch.nn.init.dirac_
#[function]
pub fn dirac_(
    tensor: &Tensor,
    /// Into how many groups the output channels are split, each the identity.
    #[builder(default = 1)]
    groups: i64,
) {
    let size = tensor.size();
    check!((3..=5).contains(&size.len()), "Only tensors with 3, 4, or 5 dimensions are supported");
    check!(groups > 0 && size[0] % groups == 0, "dim 0 must be divisible by groups");
    let outputs = size[0] / groups;
    torch::no_grad(|| {
        let _ = tensor.shallow_clone().zero_();
        for group in 0..groups {
            for channel in 0..outputs.min(size[1]) {
                let kernel = tensor.get(group * outputs + channel).get(channel);
                let middle = |cell: Tensor, side: &i64| cell.get(side / 2);
                let _ = size[2..].iter().fold(kernel, middle).fill_(1.0);
            }
        }
    });
}

/// What follows a layer whose weights are drawn: it decides their [gain](calculate_gain). Each has
/// Python's name too, `"leaky_relu"` and so on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Nonlinearity {
    /// None: a linear layer or a convolution.
    Linear,
    /// 1 / (1 + exp(-x)).
    Sigmoid,
    /// tanh(x).
    Tanh,
    /// max(0, x).
    Relu,
    /// max(0, x) and a slope below 0.
    #[default]
    LeakyRelu,
    /// The self-normalising activation.
    Selu,
}

impl From<&str> for Nonlinearity {
    /// # Panics
    /// When there is no such name.
    fn from(name: &str) -> Self {
        match name {
            "linear" => Self::Linear,
            "sigmoid" => Self::Sigmoid,
            "tanh" => Self::Tanh,
            "relu" => Self::Relu,
            "leaky_relu" => Self::LeakyRelu,
            "selu" => Self::Selu,
            "conv1d" | "conv2d" | "conv3d" => Self::Linear,
            "conv_transpose1d" | "conv_transpose2d" | "conv_transpose3d" => Self::Linear,
            _ => refuse(format!("Unsupported nonlinearity {name}")),
        }
    }
}

/// By how much weights are to be larger, so that what follows keeps the variance:
/// [`torch.nn.init.calculate_gain`].
///
/// 1 for Linear and Sigmoid, 5/3 for Tanh, √2 for ReLU, √(2 / (1 + slope²)) for LeakyRelu and 3/4
/// for Selu.
///
/// ```
/// use flambeau::prelude::*;
///
/// assert_eq!(nn::init::calculate_gain("tanh"), 5.0 / 3.0);
/// assert_eq!(nn::init::calculate_gain_options("leaky_relu").param(1).call(), 1.0);
/// ```
///
/// [`torch.nn.init.calculate_gain`]: https://docs.pytorch.org/docs/stable/nn.init.html#torch.nn.init.calculate_gain
#[function]
pub fn calculate_gain(
    #[builder(into)] nonlinearity: Nonlinearity,
    /// The slope of a leaky ReLU; 0.01 if not given.
    param: Option<f64>,
) -> f64 {
    match nonlinearity {
        Nonlinearity::Linear | Nonlinearity::Sigmoid => 1.0,
        Nonlinearity::Tanh => 5.0 / 3.0,
        Nonlinearity::Relu => 2.0_f64.sqrt(),
        Nonlinearity::LeakyRelu => {
            let slope = param.unwrap_or(0.01);
            (2.0 / (1.0 + slope * slope)).sqrt()
        }
        Nonlinearity::Selu => 3.0 / 4.0,
    }
}

/// Which side of a layer keeps its variance: `"fan_in"` or `"fan_out"`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FanMode {
    /// The forward pass: the number of inputs counts.
    #[default]
    FanIn,
    /// The backward pass: the number of outputs counts.
    FanOut,
}

impl From<&str> for FanMode {
    /// # Panics
    /// When there is no such name.
    fn from(name: &str) -> Self {
        match name {
            "fan_in" => Self::FanIn,
            "fan_out" => Self::FanOut,
            _ => refuse(format!(
                "Mode {name} not supported, please use one of ['fan_in', 'fan_out']"
            )),
        }
    }
}

/// Fills `tensor` from U(-bound, bound), bound = `gain` · √(6 / (fan_in + fan_out)):
/// [Glorot and Bengio, 2010](https://proceedings.mlr.press/v9/glorot10a.html): [`torch.nn.init.xavier_uniform_`].
///
/// # Panics
/// When `tensor` has fewer than two dimensions, which leaves its fans open.
///
/// ```
/// use flambeau::prelude::*;
///
/// let w = torch::empty([3, 5]);
/// nn::init::xavier_uniform_(&w);
/// assert!(w.abs().max().item() <= (6.0_f64 / 8.0).sqrt());
/// ```
///
/// [`torch.nn.init.xavier_uniform_`]: https://docs.pytorch.org/docs/stable/nn.init.html#torch.nn.init.xavier_uniform_
#[function]
pub fn xavier_uniform_(
    tensor: &Tensor,
    /// By how much all is larger.
    #[builder(default = 1.0)]
    gain: f64,
    /// What is drawn from; the default generator if not given.
    generator: Option<&Generator>,
) {
    let bound = 3.0_f64.sqrt() * xavier_std(tensor, gain);
    uniform_options(tensor).a(-bound).b(bound).maybe_generator(generator).call();
}

/// Fills `tensor` from N(0, std²), std = `gain` · √(2 / (fan_in + fan_out)):
/// [Glorot and Bengio, 2010](https://proceedings.mlr.press/v9/glorot10a.html): [`torch.nn.init.xavier_normal_`].
///
/// # Panics
/// When `tensor` has fewer than two dimensions, which leaves its fans open.
///
/// ```
/// use flambeau::prelude::*;
///
/// let w = torch::empty([200, 300]);
/// nn::init::xavier_normal_(&w);
/// assert!((torch::std(&w).item() - (2.0_f64 / 500.0).sqrt()).abs() < 1e-3);
/// ```
///
/// [`torch.nn.init.xavier_normal_`]: https://docs.pytorch.org/docs/stable/nn.init.html#torch.nn.init.xavier_normal_
#[function]
pub fn xavier_normal_(
    tensor: &Tensor,
    /// By how much all is larger.
    #[builder(default = 1.0)]
    gain: f64,
    /// What is drawn from; the default generator if not given.
    generator: Option<&Generator>,
) {
    let std = xavier_std(tensor, gain);
    normal_options(tensor).std(std).maybe_generator(generator).call();
}

fn xavier_std(tensor: &Tensor, gain: f64) -> f64 {
    gain * (2.0 / (fan_in(tensor) + fan_out(tensor)) as f64).sqrt()
}

/// Fills `tensor` from U(-bound, bound), bound = √3 · gain / √fan, the gain that of
/// `nonlinearity`, with the slope `a`, and the fan that of `mode`: [He et al., 2015]. What PyTorch's
/// layers begin with is a leaky ReLU's of slope √5, that is bound = 1/√fan_in: [`torch.nn.init.kaiming_uniform_`].
///
/// # Panics
/// When `tensor` has fewer than two dimensions, which leaves its fans open.
///
/// ```
/// use flambeau::prelude::*;
///
/// let w = torch::empty([3, 6]);
/// nn::init::kaiming_uniform_options(&w).nonlinearity("relu").call();
/// assert!(w.abs().max().item() <= 1.0); // √3·√2 / √6
/// ```
///
/// [He et al., 2015]: https://arxiv.org/abs/1502.01852
/// [`torch.nn.init.kaiming_uniform_`]: https://docs.pytorch.org/docs/stable/nn.init.html#torch.nn.init.kaiming_uniform_
#[function]
pub fn kaiming_uniform_(
    tensor: &Tensor,
    /// The slope of the leaky ReLU that follows.
    #[builder(default = 0.0)]
    a: f64,
    /// `"fan_in"` keeps the variance in the forward pass, `"fan_out"` in the backward pass.
    #[builder(default = "fan_in", into)]
    mode: FanMode,
    /// What follows the layer.
    #[builder(default = "leaky_relu", into)]
    nonlinearity: Nonlinearity,
    /// What is drawn from; the default generator if not given.
    generator: Option<&Generator>,
) {
    if let Some(std) = kaiming_std(tensor, a, mode, nonlinearity) {
        // The same operations in the same order as in Python: the last bit depends on it.
        let bound = 3.0_f64.sqrt() * std;
        uniform_options(tensor).a(-bound).b(bound).maybe_generator(generator).call();
    }
}

/// Fills `tensor` from N(0, std²), std = gain / √fan, as [`kaiming_uniform_`] takes them: [`torch.nn.init.kaiming_normal_`].
///
/// # Panics
/// When `tensor` has fewer than two dimensions, which leaves its fans open.
///
/// ```
/// use flambeau::prelude::*;
///
/// let w = torch::empty([200, 300]);
/// nn::init::kaiming_normal_options(&w).mode("fan_out").nonlinearity("relu").call();
/// assert!((torch::std(&w).item() - 0.1).abs() < 5e-3); // √2 / √200
/// ```
///
/// [`torch.nn.init.kaiming_normal_`]: https://docs.pytorch.org/docs/stable/nn.init.html#torch.nn.init.kaiming_normal_
#[function]
pub fn kaiming_normal_(
    tensor: &Tensor,
    /// The slope of the leaky ReLU that follows.
    #[builder(default = 0.0)]
    a: f64,
    /// `"fan_in"` keeps the variance in the forward pass, `"fan_out"` in the backward pass.
    #[builder(default = "fan_in", into)]
    mode: FanMode,
    /// What follows the layer.
    #[builder(default = "leaky_relu", into)]
    nonlinearity: Nonlinearity,
    /// What is drawn from; the default generator if not given.
    generator: Option<&Generator>,
) {
    if let Some(std) = kaiming_std(tensor, a, mode, nonlinearity) {
        normal_options(tensor).std(std).maybe_generator(generator).call();
    }
}

/// None for a tensor without numbers.
fn kaiming_std(tensor: &Tensor, a: f64, mode: FanMode, nonlinearity: Nonlinearity) -> Option<f64> {
    if tensor.size().contains(&0) {
        warn("Initializing zero-element tensors is a no-op");
        return None;
    }
    let fan = match mode {
        FanMode::FanIn => fan_in(tensor),
        FanMode::FanOut => fan_out(tensor),
    };
    let gain = calculate_gain_options(nonlinearity).param(a).call();
    Some(gain / (fan as f64).sqrt())
}

/// Does `work`, which draws from this generator, if there is one.
fn drawn_from<R>(generator: Option<&Generator>, work: impl FnOnce() -> R) -> R {
    match generator {
        Some(generator) => with_generator(generator, work),
        None => work(),
    }
}

/// Makes `tensor`, as a matrix of its first dimension by all others, (semi-)orthogonal and times
/// `gain`: [Saxe et al., 2013](https://arxiv.org/abs/1312.6120): [`torch.nn.init.orthogonal_`].
///
/// # Panics
/// When `tensor` has fewer than two dimensions.
///
/// ```
/// use flambeau::prelude::*;
///
/// let w = torch::empty([3, 5]);
/// nn::init::orthogonal_(&w);
/// assert!(w.matmul(&w.tr()).allclose(&torch::eye(3), 1e-5, 1e-5, false));
/// ```
///
/// [`torch.nn.init.orthogonal_`]: https://docs.pytorch.org/docs/stable/nn.init.html#torch.nn.init.orthogonal_
#[function]
pub fn orthogonal_(
    tensor: &Tensor,
    /// By how much all is larger.
    #[builder(default = 1.0)]
    gain: f64,
    /// What is drawn from; the default generator if not given.
    generator: Option<&Generator>,
) {
    check!(tensor.dim() >= 2, "Only tensors with 2 or more dimensions are supported");
    if tensor.numel() == 0 {
        return;
    }
    torch::no_grad(|| {
        let rows = tensor.size()[0];
        let columns = tensor.numel() as i64 / rows;
        let options = (tensor.kind(), tensor.device());
        let matrix = Tensor::empty([rows, columns], options);
        let mut matrix = drawn_from(generator, || random::normal_(&matrix, 0.0, 1.0));
        if rows < columns {
            matrix = matrix.tr();
        }
        let (q, r) = Tensor::linalg_qr(&matrix, "reduced");
        // Without the signs of R's diagonal, some Q would come more often than others.
        let mut q = q * r.diag(0).sign();
        if rows < columns {
            q = q.tr();
        }
        let mut tensor = tensor.shallow_clone();
        tensor.view_as(&q).copy_(&q);
        let _ = tensor.g_mul_scalar_(gain);
    });
}

/// Fills a matrix from N(0, `std`²), and the share `sparsity` of each column with zeros:
/// [Martens, 2010](https://www.cs.toronto.edu/~jmartens/docs/Deep_HessianFree.pdf): [`torch.nn.init.sparse_`].
///
/// # Panics
/// When `tensor` has not two dimensions.
///
/// ```
/// use flambeau::prelude::*;
///
/// let w = torch::empty([10, 3]);
/// nn::init::sparse_(&w, 0.3);
/// assert_eq!(torch::count_nonzero(&w).item(), 21.0);
/// ```
///
/// [`torch.nn.init.sparse_`]: https://docs.pytorch.org/docs/stable/nn.init.html#torch.nn.init.sparse_
#[function]
pub fn sparse_(
    tensor: &Tensor,
    sparsity: f64,
    /// The standard deviation of what is not zero.
    #[builder(default = 0.01)]
    std: f64,
    /// What is drawn from; the default generator if not given.
    generator: Option<&Generator>,
) {
    let [rows, columns] = tensor.size()[..] else {
        refuse("Only tensors with 2 dimensions are supported".into())
    };
    let zeros = (sparsity * rows as f64).ceil() as i64;
    torch::no_grad(|| {
        let _ = drawn_from(generator, || random::normal_(tensor, 0.0, std));
        for column in 0..columns {
            let order = Tensor::randperm(rows, (Kind::Int64, Device::Cpu));
            let chosen = order.narrow(0, 0, zeros.clamp(0, rows)).to_device(tensor.device());
            let _ = tensor.select(1, column).index_fill_(0, &chosen, 0.0);
        }
    });
}

/// How many inputs each output of a layer with this `weight` sums up.
///
/// # Panics
/// When `weight` has fewer than two dimensions.
pub(crate) fn fan_in(weight: &Tensor) -> i64 {
    fans(weight)[1..].iter().product()
}

/// How many outputs each input of a layer with this `weight` goes to.
fn fan_out(weight: &Tensor) -> i64 {
    let size = fans(weight);
    size[0] * size[2..].iter().product::<i64>()
}

fn fans(weight: &Tensor) -> Vec<i64> {
    let size = weight.size();
    check!(
        size.len() >= 2,
        "Fan in and fan out can not be computed for tensor with fewer than 2 dimensions"
    );
    size
}

/// What Linear and the convolutions begin with: weight, then bias, each from U(±1/√fan_in).
pub(crate) fn weight_then_bias(weight: &Tensor, bias: Option<&Tensor>) {
    // One without numbers, of a layer without inputs, is left alone without a word.
    if weight.numel() > 0 {
        kaiming_uniform_options(weight).a(5.0_f64.sqrt()).call();
    }
    if let Some(bias) = bias {
        let fan_in = fan_in(weight);
        let bound = if fan_in > 0 { 1.0 / (fan_in as f64).sqrt() } else { 0.0 };
        uniform_options(bias).a(-bound).b(bound).call();
    }
}
