//! A number for each param group.

use crate::optim::Optimizer;

/// One number for all param groups, or a list with one for each: `0.1` or `[0.1, 0.01]`.
#[derive(Clone, Debug, PartialEq)]
pub enum PerGroup {
    /// The same for all.
    All(f64),
    /// As many as there are groups.
    Each(Vec<f64>),
}

impl PerGroup {
    /// One for each group.
    ///
    /// # Panics
    /// When a list is not as long as there are groups, in PyTorch's words.
    #[track_caller]
    pub(super) fn list(self, optimizer: &dyn Optimizer, name: &str) -> Vec<f64> {
        let groups = optimizer.param_groups().len();
        match self {
            Self::All(number) => vec![number; groups],
            Self::Each(numbers) => {
                assert!(
                    numbers.len() == groups,
                    "{name} must have the same length as optimizer.param_groups. {name} has {} \
                     values, param_groups has {groups}.",
                    numbers.len()
                );
                numbers
            }
        }
    }
}

impl From<f64> for PerGroup {
    fn from(number: f64) -> Self {
        Self::All(number)
    }
}

impl From<f32> for PerGroup {
    fn from(number: f32) -> Self {
        Self::All(number.into())
    }
}

impl From<i32> for PerGroup {
    fn from(number: i32) -> Self {
        Self::All(number.into())
    }
}

impl<N: Into<f64>> From<Vec<N>> for PerGroup {
    fn from(numbers: Vec<N>) -> Self {
        Self::Each(numbers.into_iter().map(N::into).collect())
    }
}

impl<N: Into<f64> + Copy> From<&[N]> for PerGroup {
    fn from(numbers: &[N]) -> Self {
        Self::Each(numbers.iter().map(|&number| number.into()).collect())
    }
}

impl<N: Into<f64>, const LENGTH: usize> From<[N; LENGTH]> for PerGroup {
    fn from(numbers: [N; LENGTH]) -> Self {
        Self::Each(numbers.into_iter().map(N::into).collect())
    }
}
