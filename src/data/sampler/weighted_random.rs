//! [`WeightedRandomSampler`]: samples as likely as their weights.

use std::sync::Arc;

use tch::Tensor;

use super::{Indices, Sampler, check_num_samples, when_asked};
use crate::random::{Generator, multinomial};
use crate::{Error, Result};

/// Numbers from 0 to the number of weights - 1, each as likely as its weight:
/// [`torch.utils.data.WeightedRandomSampler`]. For classes that are not equally frequent.
///
/// ```
/// use flambeau::prelude::*;
/// use flambeau::data::{Sampler, WeightedRandomSampler};
///
/// random::manual_seed(0);
/// let sampler = WeightedRandomSampler::new([0.1, 0.9, 0.4, 0.7, 3.0, 0.6], 5)?;
/// assert_eq!(sampler.iter().collect::<Vec<_>>(), [5, 4, 4, 5, 4]); // as in Python
/// # Ok::<(), flambeau::Error>(())
/// ```
///
/// [`torch.utils.data.WeightedRandomSampler`]: https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.WeightedRandomSampler
#[derive(Clone, Debug)]
pub struct WeightedRandomSampler {
    weights: Arc<[f64]>,
    num_samples: usize,
    replacement: bool,
    generator: Option<Generator>,
}

/// How likely each sample is, whole numbers or others; they need not add up to 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights(Vec<f64>);

impl<W: Into<f64>> From<Vec<W>> for Weights {
    fn from(weights: Vec<W>) -> Self {
        Self(weights.into_iter().map(Into::into).collect())
    }
}

impl<W: Into<f64>, const N: usize> From<[W; N]> for Weights {
    fn from(weights: [W; N]) -> Self {
        Self(weights.map(Into::into).into())
    }
}

impl<W: Into<f64> + Copy> From<&[W]> for Weights {
    fn from(weights: &[W]) -> Self {
        Self(weights.iter().map(|&weight| weight.into()).collect())
    }
}

#[bon::bon]
impl WeightedRandomSampler {
    /// Draws `num_samples` an epoch, with replacement. The weights need not sum up to 1.
    ///
    /// # Errors
    /// As [`options`](Self::options).
    pub fn new(weights: impl Into<Weights>, num_samples: usize) -> Result<Self> {
        Self::options(weights, num_samples).build()
    }

    /// Begins a sampler whose keyword arguments are set by name.
    ///
    /// # Errors
    /// `build()` fails when `num_samples` is 0, a weight is negative or no number, all weights are 0,
    /// or without replacement more samples are asked for than there are.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = WeightedRandomSamplerOptions, vis = "pub")
    )]
    fn with(
        #[builder(start_fn, into)] weights: Weights,
        #[builder(start_fn)] num_samples: usize,
        /// Whether a sample may come more than once.
        #[builder(default = true)]
        replacement: bool,
        /// What to draw from instead of the default generator.
        generator: Option<Generator>,
    ) -> Result<Self> {
        let Weights(weights) = weights;
        check_num_samples(num_samples)?;
        // What libtorch would say of the weights as it draws, it says of a first draw now.
        draw(Some(&Generator::new()), &weights, num_samples, replacement)
            .map_err(|error| Error::argument("weights", error))?;
        Ok(Self { weights: weights.into(), num_samples, replacement, generator })
    }
}

fn draw(
    generator: Option<&Generator>,
    weights: &[f64],
    num_samples: usize,
    replacement: bool,
) -> Result<Vec<usize>> {
    multinomial(generator, &Tensor::from_slice(weights), num_samples, replacement)
}

impl Sampler for WeightedRandomSampler {
    fn len(&self) -> usize {
        self.num_samples
    }

    fn iter(&self) -> Indices {
        let Self { weights, num_samples, replacement, generator } = self.clone();
        when_asked(move || {
            let drawn = draw(generator.as_ref(), &weights, num_samples, replacement);
            drawn.expect("weights that could be drawn from can be again").into_iter()
        })
    }

    fn generators(&self) -> Vec<Generator> {
        self.generator.iter().cloned().collect()
    }
}
