//! [`Subset`]: some of a dataset's samples, and [`random_split`], which makes several.

use flambeau_derive::function;
use std::sync::Arc;

use super::Dataset;
use crate::random::{self, Generator};
use crate::{Error, Result};

/// The samples of these numbers, in this order: [`torch.utils.data.Subset`].
///
/// ```
/// use flambeau::prelude::*;
/// use flambeau::data::{Subset, TensorDataset};
///
/// let dataset = TensorDataset::new(torch::arange(10))?;
/// let subset = Subset::new(dataset, [7, 1]);
/// assert_eq!(subset.get_batch(&[0, 1])?, torch::tensor([7, 1]));
/// # Ok::<(), flambeau::Error>(())
/// ```
///
/// [`torch.utils.data.Subset`]: https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.Subset
#[derive(Clone, Debug)]
pub struct Subset<D> {
    dataset: D,
    indices: Vec<usize>,
}

impl<D: Dataset> Subset<D> {
    /// Of `dataset`, the samples `indices`.
    ///
    /// # Panics
    /// When one of them is not there.
    pub fn new(dataset: D, indices: impl IntoIterator<Item = usize>) -> Self {
        let indices: Vec<_> = indices.into_iter().collect();
        let len = dataset.len();
        if let Some(index) = indices.iter().find(|&&index| index >= len) {
            panic!("there is no sample {index}: the dataset has {len}");
        }
        Self { dataset, indices }
    }

    /// The whole dataset.
    pub fn dataset(&self) -> &D {
        &self.dataset
    }

    /// The numbers that its samples have in the whole dataset.
    pub fn indices(&self) -> &[usize] {
        &self.indices
    }
}

impl<D: Dataset> Dataset for Subset<D> {
    type Sample = D::Sample;

    fn len(&self) -> usize {
        self.indices.len()
    }

    fn get(&self, index: usize) -> Result<D::Sample> {
        self.dataset.get(self.indices[index])
    }

    fn get_batch(&self, indices: &[usize]) -> Result<D::Sample> {
        let indices: Vec<_> = indices.iter().map(|&index| self.indices[index]).collect();
        self.dataset.get_batch(&indices)
    }

    fn is_uniform(&self) -> bool {
        self.dataset.is_uniform()
    }
}

/// How large the parts of [`random_split`] are.
#[derive(Clone, Debug, PartialEq)]
pub enum Lengths {
    /// So many samples each; together as many as the dataset has.
    Counts(Vec<usize>),
    /// Such a part of the dataset each; together 1. What rounding down leaves over goes to the parts
    /// in turn, one sample each.
    Fractions(Vec<f64>),
}

impl<const N: usize> From<[usize; N]> for Lengths {
    fn from(counts: [usize; N]) -> Self {
        Self::Counts(counts.into())
    }
}

impl<const N: usize> From<[f64; N]> for Lengths {
    fn from(fractions: [f64; N]) -> Self {
        Self::Fractions(fractions.into())
    }
}

impl From<Vec<usize>> for Lengths {
    fn from(counts: Vec<usize>) -> Self {
        Self::Counts(counts)
    }
}

impl From<Vec<f64>> for Lengths {
    fn from(fractions: Vec<f64>) -> Self {
        Self::Fractions(fractions)
    }
}

impl Lengths {
    /// In samples, of a dataset of `n`.
    fn counts(self, n: usize) -> Result<Vec<usize>> {
        let wrong = |problem: String| Err(Error::argument("lengths", problem));
        let counts = match self {
            Self::Counts(counts) => counts,
            Self::Fractions(fractions) => {
                if let Some(i) = fractions.iter().position(|part| !(0.0..=1.0).contains(part)) {
                    return wrong(format!("Fraction at index {i} is not between 0 and 1"));
                }
                let sum: f64 = fractions.iter().sum();
                // Python's math.isclose.
                if sum > 1.0 || 1.0 - sum > 1e-9 {
                    return wrong(format!("the fractions should sum up to 1, but sum up to {sum}"));
                }
                let floors = fractions.iter().map(|part| (n as f64 * part).floor() as usize);
                let mut counts: Vec<usize> = floors.collect();
                let (parts, left) = (counts.len(), n - counts.iter().sum::<usize>());
                (0..left).for_each(|i| counts[i % parts] += 1);
                counts
            }
        };
        let sum = counts.iter().try_fold(0_usize, |sum, &count| sum.checked_add(count));
        if sum != Some(n) {
            return wrong(format!(
                "Sum of input lengths does not equal the length of the input dataset: {counts:?}, {n}"
            ));
        }
        Ok(counts)
    }
}

/// Splits a dataset at random into parts of these lengths, counts or fractions:
/// [`torch.utils.data.random_split`].
///
/// One permutation is drawn.
///
/// ```
/// use flambeau::prelude::*;
/// use flambeau::data::{TensorDataset, random_split_options};
/// use flambeau::random::Generator;
///
/// let dataset = TensorDataset::new(torch::arange(10))?;
/// let generator = Generator::new();
/// generator.manual_seed(42);
/// let parts = random_split_options(dataset, [0.7, 0.3]).generator(&generator).call()?;
/// assert_eq!(parts[0].indices(), [2, 6, 1, 8, 4, 5, 0]); // as in Python
/// assert_eq!(parts[1].len(), 3);
/// # Ok::<(), flambeau::Error>(())
/// ```
///
/// # Errors
/// When the counts do not sum up to the dataset's length, or the fractions not to 1.
///
/// [`torch.utils.data.random_split`]: https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.random_split
#[function]
pub fn random_split<D: Dataset>(
    dataset: D,
    #[builder(into)] lengths: Lengths,
    /// What the permutation is drawn from; the default generator if not given.
    generator: Option<&Generator>,
) -> Result<Vec<Subset<Arc<D>>>> {
    let counts = lengths.counts(dataset.len())?;
    let order = random::permutation(generator, dataset.len());
    let mut order = order.into_iter();
    let dataset = Arc::new(dataset);
    let part = |count| Subset::new(dataset.clone(), order.by_ref().take(count));
    Ok(counts.into_iter().map(part).collect())
}
