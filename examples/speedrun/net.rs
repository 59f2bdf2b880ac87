//! The network: a whitening layer, three blocks of two convolutions, a linear layer.

use flambeau::nn::Parameter;
use flambeau::prelude::*;

/// A convolution 3x3 whose filters are the rows of a matrix, which is what Muon turns, with `padding`
/// zeros on each side.
#[derive(Debug, Module)]
pub struct MatrixConv {
    #[module(skip)]
    channels: i64,
    #[module(skip)]
    filters: i64,
    #[module(skip)]
    padding: i64,
    pub weight: Parameter,
}

impl MatrixConv {
    pub fn new(channels: i64, filters: i64, padding: i64) -> Self {
        let weight = Tensor::empty([filters, 9 * channels], (Kind::Float, Device::Cpu));
        let conv = Self { channels, filters, padding, weight: Parameter::new(weight) };
        nn::init::kaiming_uniform_options(&conv.weight).a(5_f64.sqrt()).call();
        // As many filters as there are channels let one each through.
        no_grad(|| nn::init::dirac_(&conv.kernels().narrow(0, 0, channels)));
        conv
    }

    /// The rows as kernels (filters, channels, 3, 3), whose channels lie last in memory.
    fn kernels(&self) -> Tensor {
        self.weight.view([self.filters, 3, 3, self.channels]).permute([0, 3, 1, 2])
    }
}

impl Forward for MatrixConv {
    fn forward(&self, x: &Tensor) -> Tensor {
        x.conv2d(&self.kernels(), None::<&Tensor>, 1, self.padding, 1, 1)
    }
}

/// A batch norm that forgets fast and scales nothing: the next convolution does that.
fn batch_norm(channels: i64) -> nn::BatchNorm2d {
    let norm = nn::BatchNorm2d::options(channels).eps(1e-12).momentum(0.44).build();
    let _ = norm.weight.as_ref().expect("it has one").set_requires_grad(false);
    norm
}

#[derive(Debug, Module)]
pub struct Block {
    pub conv1: MatrixConv,
    pool: nn::MaxPool2d,
    pub norm1: nn::BatchNorm2d,
    pub conv2: MatrixConv,
    pub norm2: nn::BatchNorm2d,
}

impl Block {
    pub fn new(channels: i64, filters: i64) -> Self {
        Self {
            conv1: MatrixConv::new(channels, filters, 0),
            pool: nn::MaxPool2d::new(2),
            norm1: batch_norm(filters),
            conv2: MatrixConv::new(filters, filters, 1),
            norm2: batch_norm(filters),
        }
    }
}

impl Forward for Block {
    fn forward(&self, x: &Tensor) -> Tensor {
        // The sides are odd, 31, 15 and 7, and the pool takes no window from their last row and
        // column: without zeros below and on the right these are not computed.
        debug_assert!(x.size()[2..].iter().all(|side| side % 2 == 1), "{:?}", x.size());
        let x = F::pad(x, (1, 0, 1, 0)).apply(&self.conv1);
        let x = x.apply(&self.pool).apply(&self.norm1).silu();
        x.apply(&self.conv2).apply(&self.norm2).silu()
    }
}

/// How many filters the whitening layer has: the 12 numbers of a window, and their negatives.
const WHITENED: i64 = 24;

#[derive(Debug, Module)]
pub struct Net {
    pub whiten: nn::Conv2d,
    block1: Block,
    block2: Block,
    block3: Block,
    pool: nn::MaxPool2d,
    pub head: nn::Linear,
}

impl Net {
    #[allow(clippy::new_without_default)] // As in Python, a model is made by its `new`.
    pub fn new() -> Self {
        let net = Self {
            whiten: nn::Conv2d::new(3, WHITENED, 2),
            block1: Block::new(WHITENED, 64),
            block2: Block::new(64, 256),
            block3: Block::new(256, 256),
            pool: nn::MaxPool2d::new(3),
            head: nn::Linear::options(256, 10).bias(false).build(),
        };
        let _ = net.whiten.weight.set_requires_grad(false);
        nn::init::zeros_(net.whiten_bias());
        let _ = no_grad(|| net.head.weight.shallow_clone().g_div_(&net.head.weight.std(true)));
        net
    }

    pub fn whiten_bias(&self) -> &Tensor {
        self.whiten.bias.as_ref().expect("it has one")
    }

    fn blocks(&self) -> [&Block; 3] {
        [&self.block1, &self.block2, &self.block3]
    }

    /// The convolutions' filters, a matrix each.
    pub fn matrices(&self) -> Vec<Tensor> {
        let both = |block: &Block| {
            [block.conv1.weight.shallow_clone(), block.conv2.weight.shallow_clone()]
        };
        self.blocks().into_iter().flat_map(both).collect()
    }

    /// The biases of the batch norms.
    pub fn biases(&self) -> Vec<Tensor> {
        let bias = |norm: &nn::BatchNorm2d| norm.bias.as_ref().expect("it has one").shallow_clone();
        self.blocks()
            .into_iter()
            .flat_map(|block| [bias(&block.norm1), bias(&block.norm2)])
            .collect()
    }
}

impl Forward for Net {
    fn forward(&self, x: &Tensor) -> Tensor {
        let x = x.apply(&self.whiten).silu();
        let x = x.apply(&self.block1).apply(&self.block2).apply(&self.block3).apply(&self.pool);
        x.flatten(1, -1).apply(&self.head) / 256.0
    }
}

/// Filters (24, 3, 2, 2) that make the numbers of the images' 2x2 windows uncorrelated and of
/// variance 1: the eigenvectors of their covariance, each over the root of its eigenvalue, then the
/// same negated. What hardly varies is not blown up: `eps` is added to the eigenvalues.
pub fn whitening(images: &Tensor, eps: f64) -> Tensor {
    let images = images.permute([0, 3, 1, 2]).to_kind(Kind::Float);
    let windows = F::unfold(&images, 2).transpose(1, 2).reshape([-1, 12]);
    let (values, vectors) = windows.tr().cov(1, None::<&Tensor>, None::<&Tensor>).linalg_eigh("L");
    let filters = (vectors / (values + eps).sqrt()).tr().reshape([12, 3, 2, 2]);
    Tensor::cat(&[&filters, &-&filters], 0)
}
