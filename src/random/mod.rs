//! Random numbers: the seed, the state, and generators of one's own.
//!
//! As in PyTorch, everything that draws without being told otherwise draws from one default
//! generator: initial weights, shuffles, dropout. After the same [`manual_seed`] the same calls
//! draw the same bits here and in Python.
//!
//! [`torch::rand`](crate::torch::rand) and all that draws in [`torch`](crate::torch) draw as torch's
//! functions of the same names do, and can be told where from: by their keyword `generator`, or by
//! [`with_generator`]. In a [`DataLoader`](crate::data::DataLoader)'s worker they draw from the
//! worker's generator, as in one of Python's worker processes.
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

pub mod cuda;

use std::cell::RefCell;

use tch::{Device, Kind, Tensor};

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

/// While it lives, what is drawn from the default generators of the CPU and of every CUDA device is
/// drawn aside: at the end they are as they were, also after a panic. [`torch.random.fork_rng`].
///
/// ```
/// use flambeau::random;
/// # use flambeau::prelude::*;
///
/// random::manual_seed(0);
/// let state = random::get_rng_state();
/// {
///     let _fork = random::fork_rng();
///     torch::rand([2]);
/// }
/// assert_eq!(random::get_rng_state(), state);
/// ```
///
/// [`torch.random.fork_rng`]: https://docs.pytorch.org/docs/stable/random.html#torch.random.fork_rng
#[must_use = "the generators are put back when it is dropped"]
pub fn fork_rng() -> ForkRng {
    // A device that cannot be asked has gone away.
    let cuda = (0..cuda::device_count()).map(|index| cuda::get_rng_state(index).ok()).collect();
    ForkRng { cpu: get_rng_state(), cuda }
}

/// What [`fork_rng`] gives.
#[derive(Debug)]
pub struct ForkRng {
    cpu: Tensor,
    cuda: Vec<Option<Tensor>>,
}

impl Drop for ForkRng {
    fn drop(&mut self) {
        set_rng_state(&self.cpu).expect("it is the generator's own state");
        for (index, state) in self.cuda.iter().enumerate() {
            let _ = state.as_ref().map(|state| cuda::set_rng_state(state, index));
        }
    }
}

/// A source of random numbers of one's own, on the CPU: [`torch.Generator`].
///
/// [`DataLoader`](crate::data::DataLoader) and its samplers take one; initial values and random
/// transforms draw from it in [`with_generator`]. As in PyTorch, dropout takes none: it draws from the
/// default generator. Two handles made by `clone` draw from the same source, as two
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

    /// As an operator takes it.
    pub(crate) fn argument(&self) -> ffi::Argument<'_> {
        ffi::Argument::Generator(&self.0)
    }

    /// `size` whole numbers from 0 to `high` - 1: `torch.randint(high, (size,), generator=self)`.
    pub(crate) fn randint(&self, high: usize, size: usize) -> Vec<usize> {
        let numbers = Tensor::empty([size as i64], (Kind::Int64, Device::Cpu));
        ffi::random_between(Some(&self.0), &numbers, 0, high as i64);
        crate::random::numbers(Vec::try_from(numbers).expect("whole numbers in one dimension"))
    }

    /// Fills `tensor` with whole numbers: `tensor.random_(from, to, generator=self)`.
    ///
    /// # Panics
    /// When `to` is not above `from`, in libtorch's words.
    #[track_caller]
    pub(crate) fn random_(&self, tensor: &Tensor, from: i64, to: i64) -> Tensor {
        ffi::random_between(Some(&self.0), tensor, from, to);
        tensor.shallow_clone()
    }

    /// Fills `tensor` from U(`from`, `to`): `tensor.uniform_(from, to, generator=self)`.
    ///
    /// # Panics
    /// When `tensor` is not on the CPU, in libtorch's words.
    #[track_caller]
    pub(crate) fn uniform_(&self, tensor: &Tensor, from: f64, to: f64) -> Tensor {
        ffi::uniform_(&self.0, tensor, from, to)
    }

    /// Fills `tensor` from N(`mean`, `std`²): `tensor.normal_(mean, std, generator=self)`.
    ///
    /// # Panics
    /// When `tensor` is not on the CPU, in libtorch's words.
    #[track_caller]
    pub(crate) fn normal_(&self, tensor: &Tensor, mean: f64, std: f64) -> Tensor {
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

thread_local! {
    /// What this thread draws from, if not from the default generator.
    static GENERATOR: RefCell<Option<Generator>> = const { RefCell::new(None) };
}

/// Does `work`, in which this module's functions, initial values and the layers that begin with them,
/// and random transforms draw from `generator`: what `generator=…` is for in Python, where neither a
/// layer nor a transform can be told.
///
/// Only the calling thread is concerned. The generator draws on the CPU, so a tensor elsewhere is
/// refused, in libtorch's words. As in Python,
/// [`init::sparse_`](crate::nn::init::sparse_) chooses its zeros by the default generator.
///
/// ```
/// use flambeau::prelude::*;
/// use flambeau::random::Generator;
///
/// let generator = Generator::new();
/// let draw = || {
///     generator.manual_seed(0);
///     random::with_generator(&generator, || nn::Linear::new(3, 2))
/// };
/// let (state, first) = (random::get_rng_state(), draw());
/// assert_eq!(*draw().weight, *first.weight);
/// assert_eq!(random::get_rng_state(), state);
/// ```
pub fn with_generator<R>(generator: &Generator, work: impl FnOnce() -> R) -> R {
    /// Puts back what was there, also when the work panics.
    struct Before(Option<Generator>);
    impl Drop for Before {
        fn drop(&mut self) {
            GENERATOR.set(self.0.take());
        }
    }
    let _before = Before(GENERATOR.replace(Some(generator.clone())));
    work()
}

/// The generator of [`with_generator`], if this is within one.
fn current() -> Option<Generator> {
    GENERATOR.with_borrow(Option::clone)
}

/// What a tensor on this device is filled from, if not from the default generator: the one that was
/// `given`, or that of [`with_generator`], which is on the CPU.
pub(crate) fn source(given: Option<&Generator>, device: Device) -> Option<Generator> {
    given.cloned().or_else(|| current().filter(|_| device == Device::Cpu))
}

/// The numbers from 0 to `n` - 1 in a random order: [`torch.randperm`].
///
/// [`torch.randperm`]: https://docs.pytorch.org/docs/stable/generated/torch.randperm.html
pub fn randperm(n: usize) -> Vec<i64> {
    ffi::randperm(current().as_ref().map(|g| &*g.0), n)
}

/// Fills `tensor` from U(`from`, `to`): [`torch.Tensor.uniform_`].
///
/// [`torch.Tensor.uniform_`]: https://docs.pytorch.org/docs/stable/generated/torch.Tensor.uniform_.html
#[track_caller]
pub(crate) fn uniform_(tensor: &Tensor, from: f64, to: f64) -> Tensor {
    match current() {
        Some(generator) => generator.uniform_(tensor, from, to),
        None => tensor.shallow_clone().uniform_(from, to),
    }
}

/// Fills `tensor` from N(`mean`, `std`²): [`torch.Tensor.normal_`].
///
/// [`torch.Tensor.normal_`]: https://docs.pytorch.org/docs/stable/generated/torch.Tensor.normal_.html
#[track_caller]
pub(crate) fn normal_(tensor: &Tensor, mean: f64, std: f64) -> Tensor {
    match current() {
        Some(generator) => generator.normal_(tensor, mean, std),
        None => tensor.shallow_clone().normal_(mean, std),
    }
}

/// A number from U(`from`, `to`): `torch.empty(1).uniform_(from, to).item()`.
pub(crate) fn uniform(from: f64, to: f64) -> f32 {
    ffi::draw_uniform(current().as_ref().map(|g| &*g.0), from, to)
}

/// A whole number from 0 to `high` - 1: `torch.randint(high, (1,)).item()`.
pub(crate) fn below(high: i64) -> i64 {
    ffi::draw_below(current().as_ref().map(|g| &*g.0), high)
}

/// The numbers from 0 to `n` - 1 in a random order, from `generator` or the default one.
pub(crate) fn permutation(generator: Option<&Generator>, n: usize) -> Vec<usize> {
    numbers(ffi::randperm(generator.map(|g| &*g.0), n))
}

/// `n` of the numbers below `weights`' length, each as likely as its weight: `torch.multinomial`.
pub(crate) fn multinomial(
    generator: Option<&Generator>,
    weights: &Tensor,
    n: usize,
    replacement: bool,
) -> Result<Vec<usize>> {
    ffi::multinomial(generator.map(|g| &*g.0), weights, n, replacement).map(numbers)
}

/// Drawn numbers as the indices that they are.
fn numbers(drawn: Vec<i64>) -> Vec<usize> {
    drawn.into_iter().map(|number| number as usize).collect()
}

/// A generator of its own that will draw what `generator`, or the default one, will: as a mark, it is
/// to be had in a tenth of a state's time.
pub(crate) fn copy_of(generator: Option<&Generator>) -> Generator {
    Generator(std::sync::Arc::new(ffi::clone_generator(generator.map(|g| &*g.0))))
}

/// Whether `generator`, or the default one, will draw what this copy will.
pub(crate) fn is_same(generator: Option<&Generator>, copy: &Generator) -> bool {
    ffi::is_same_generator(generator.map(|g| &*g.0), &copy.0)
}

/// Puts `generator`, or the default one, back into a state.
pub(crate) fn set_state_of(generator: Option<&Generator>, state: &Tensor) -> Result<()> {
    ffi::set_rng_state(generator.map(|g| &*g.0), state)
}

/// One draw of 63 bits, which PyTorch's loaders and samplers take as a seed.
pub(crate) fn random_seed(generator: Option<&Generator>) -> i64 {
    ffi::random_int64(generator.map(|g| &*g.0))
}
