//! Modules made of modules.

use std::fmt;

use tch::Tensor;

use super::{Forward, Member, Module, call};

/// Runs modules one after the other: [`torch.nn.Sequential`]. Their names are their numbers.
///
/// ```
/// use flambeau::prelude::*;
///
/// let model = nn::sequential!(nn::Linear::new(2, 3), nn::ReLU::new());
/// assert_eq!(model.forward(&Tensor::zeros([1, 2], (Kind::Float, Device::Cpu))).size(), [1, 3]);
/// assert_eq!(model.to_string(), "\
/// Sequential(
///   (0): Linear(in_features=2, out_features=3, bias=True)
///   (1): ReLU()
/// )");
/// ```
///
/// [`torch.nn.Sequential`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.Sequential.html
#[derive(Debug, Default)]
pub struct Sequential {
    modules: Vec<Box<dyn Forward>>,
}

impl Sequential {
    /// A chain of these modules; [`sequential!`](crate::nn::sequential!) boxes them.
    pub fn new(modules: Vec<Box<dyn Forward>>) -> Self {
        Self { modules }
    }

    /// Adds a module at the end: Python's `append`.
    pub fn append(mut self, module: impl Forward + 'static) -> Self {
        self.modules.push(Box::new(module));
        self
    }

    /// Runs the modules on `input`, one after the other.
    #[track_caller]
    pub fn forward(&self, input: &Tensor) -> Tensor {
        call(self, input)
    }
}

/// By hand, since the members' names are numbers.
impl Module for Sequential {
    fn class_name(&self) -> &'static str {
        "Sequential"
    }

    fn members(&self) -> Vec<(String, Member<'_>)> {
        let numbered = self.modules.iter().enumerate();
        numbered.map(|(i, module)| (i.to_string(), Member::Child(&**module))).collect()
    }
}

impl Forward for Sequential {
    fn forward(&self, input: &Tensor) -> Tensor {
        let mut output = input.shallow_clone();
        for module in &self.modules {
            output = call(&**module, &output);
        }
        output
    }
}

impl tch::nn::Module for Sequential {
    fn forward(&self, input: &Tensor) -> Tensor {
        call(self, input)
    }
}

impl fmt::Display for Sequential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        super::print(self, f)
    }
}

/// `nn.Sequential(a, b, …)`: a [`Sequential`](crate::nn::Sequential) of modules of any type.
#[macro_export]
#[doc(hidden)]
macro_rules! __sequential {
    ($($module:expr),* $(,)?) => {
        $crate::nn::Sequential::new(::std::vec![$(::std::boxed::Box::new($module)),*])
    };
}
