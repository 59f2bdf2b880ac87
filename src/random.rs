//! Random numbers: the seed, the state, and generators of one's own.
//!
//! As in PyTorch, everything that draws without being told otherwise draws from one default
//! generator: initial weights, shuffles, dropout. After the same [`manual_seed`] the same calls
//! draw the same bits here and in Python.
//!
//! ```
//! use flambeau::random;
//!
//! random::manual_seed(0);
//! let state = random::get_rng_state();
//! let first = tch::Tensor::rand([2], (tch::Kind::Float, tch::Device::Cpu));
//! random::set_rng_state(&state)?;
//! let again = tch::Tensor::rand([2], (tch::Kind::Float, tch::Device::Cpu));
//! assert_eq!(first, again);
//! # Ok::<(), flambeau::Error>(())
//! ```

use tch::Tensor;

use crate::{Result, ffi};

/// Seeds the default generator of every device: [`torch.manual_seed`].
///
/// [`torch.manual_seed`]: https://docs.pytorch.org/docs/stable/generated/torch.manual_seed.html
pub fn manual_seed(seed: i64) {
    tch::manual_seed(seed);
}

/// The state of the CPU's default generator, a tensor of bytes: [`torch.get_rng_state`].
///
/// [`torch.get_rng_state`]: https://docs.pytorch.org/docs/stable/generated/torch.get_rng_state.html
pub fn get_rng_state() -> Tensor {
    ffi::get_rng_state(None)
}

/// Puts the CPU's default generator back into a state that [`get_rng_state`] gave, here or in
/// Python: [`torch.set_rng_state`].
///
/// # Errors
/// When `state` is no such tensor of bytes; the generator then stays as it is.
///
/// [`torch.set_rng_state`]: https://docs.pytorch.org/docs/stable/generated/torch.set_rng_state.html
pub fn set_rng_state(state: &Tensor) -> Result<()> {
    ffi::set_rng_state(None, state)
}

/// A source of random numbers of one's own, on the CPU: [`torch.Generator`].
///
/// [`DataLoader`](crate::data::DataLoader) and its samplers take one, and so do initial values, by
/// [`init::with_generator`](crate::nn::init::with_generator). As in PyTorch, dropout takes none: it
/// draws from the default generator. Two handles made by `clone` draw from the same source, as two
/// Python names would.
///
/// ```
/// use flambeau::random::Generator;
///
/// let generator = Generator::new();
/// generator.manual_seed(0);
/// assert_eq!(generator.randperm(4), [0, 1, 3, 2]); // torch.randperm(4, generator=generator)
/// ```
///
/// [`torch.Generator`]: https://docs.pytorch.org/docs/stable/generated/torch.Generator.html
#[derive(Clone)]
pub struct Generator(std::sync::Arc<ffi::Generator>);

/// What a generator of PyTorch's is seeded with until someone seeds it.
const DEFAULT_SEED: u64 = 67_280_421_310_721;

impl Generator {
    /// A generator with PyTorch's default seed.
    pub fn new() -> Self {
        Self(std::sync::Arc::new(ffi::Generator::new(DEFAULT_SEED)))
    }

    /// Seeds it.
    pub fn manual_seed(&self, seed: i64) {
        // Python takes negative seeds as the 64 bits that they are, and so does this cast.
        self.0.seed(seed as u64);
    }

    /// Its state, a tensor of bytes.
    pub fn get_state(&self) -> Tensor {
        ffi::get_rng_state(Some(&self.0))
    }

    /// Puts it back into a state that [`get_state`](Self::get_state) gave.
    ///
    /// # Errors
    /// When `state` is no such tensor of bytes; the generator then stays as it is.
    pub fn set_state(&self, state: &Tensor) -> Result<()> {
        ffi::set_rng_state(Some(&self.0), state)
    }

    /// The numbers from 0 to `n` - 1 in a random order: `torch.randperm(n, generator=self)`.
    pub fn randperm(&self, n: usize) -> Vec<i64> {
        ffi::randperm(Some(&self.0), n)
    }

    /// Fills `tensor` from U(`from`, `to`): `tensor.uniform_(from, to, generator=self)`.
    ///
    /// # Panics
    /// When `tensor` is not on the CPU, in libtorch's words.
    #[track_caller]
    pub fn uniform_(&self, tensor: &Tensor, from: f64, to: f64) -> Tensor {
        ffi::uniform_(&self.0, tensor, from, to)
    }

    /// Fills `tensor` from N(`mean`, `std`²): `tensor.normal_(mean, std, generator=self)`.
    ///
    /// # Panics
    /// When `tensor` is not on the CPU, in libtorch's words.
    #[track_caller]
    pub fn normal_(&self, tensor: &Tensor, mean: f64, std: f64) -> Tensor {
        ffi::normal_(&self.0, tensor, mean, std)
    }
}

impl Default for Generator {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Generator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Generator(cpu)")
    }
}

/// One draw of 63 bits, which PyTorch's loaders and samplers take as a seed.
pub(crate) fn random_seed(generator: Option<&Generator>) -> i64 {
    ffi::random_int64(generator.map(|g| &*g.0))
}
