//! Dropout: in training, some of what goes on is left out.

use tch::Tensor;

use super::{Forward, Module, Training, functional as F};
use crate::repr::python_bool;
use crate::torch::Number;

/// A layer that leaves out with probability p: what they all have in common.
macro_rules! dropout {
    ($(#[$docs:meta])* $type:ident / $options:ident, $function:expr $(, $without:ident)?) => {
        $(#[$docs])*
        #[derive(Debug, Module)]
        #[module(extra_repr = self.arguments())]
        pub struct $type {
            #[module(skip)]
            p: Number,
            #[module(skip)]
            inplace: bool,
            training: Training,
        }

        #[bon::bon]
        impl $type {
            /// A layer that sets to zero with probability `p`; `default()` has Python's 0.5.
            ///
            /// # Panics
            /// When `p` is not from 0 to 1.
            pub fn new(p: impl Into<Number>) -> Self {
                Self::options().p(p).build()
            }

            /// Begins a layer whose keyword arguments are set by name.
            #[builder(
                start_fn(name = options, vis = "pub"),
                finish_fn = build,
                builder_type(name = $options, vis = "pub")
            )]
            fn with(
                /// The probability with which something is left out.
                #[builder(default = Number::Float(0.5), into)]
                p: Number,
                /// Whether the input itself is overwritten: memory is saved, and nothing else may
                /// need it.
                #[builder(default)]
                inplace: bool,
            ) -> Self {
                assert!(
                    (0.0..=1.0).contains(&p.to_f64()),
                    "dropout probability has to be between 0 and 1, but got {p}"
                );
                Self { p, inplace, training: Training::default() }
            }

            /// What is printed between the brackets.
            fn arguments(&self) -> String {
                let Self { p, inplace, .. } = *self;
                format!("p={}, inplace={}", p, python_bool(inplace))
            }
        }

        impl Default for $type {
            fn default() -> Self {
                Self::options().build()
            }
        }

        impl Forward for $type {
            fn forward(&self, input: &Tensor) -> Tensor {
                let dropout = $function(input).p(self.p).training(self.training.get());
                dropout!(dropout, self.inplace $(, $without)?)
            }
        }
    };
    ($dropout:ident, $inplace:expr) => { $dropout.inplace($inplace).call() };
    // The argument is there and does nothing, as in PyTorch.
    ($dropout:ident, $inplace:expr, without_inplace) => { $dropout.call() };
}

dropout!(
    /// Sets each value to zero with probability p, in training: [`torch.nn.Dropout`].
    ///
    /// What is left is divided by 1 - p, so that the mean stays; evaluation changes nothing. See
    /// [Hinton et al., 2012](https://arxiv.org/abs/1207.0580).
    ///
    /// # Shapes
    /// Input any; output the same.
    ///
    /// ```
    /// use flambeau::prelude::*;
    ///
    /// let dropout = nn::Dropout::new(0.2);
    /// let input = torch::ones([100]);
    /// let output = dropout.forward(&input);
    /// assert!(Vec::<f32>::try_from(output).unwrap().iter().all(|&x| x == 0.0 || x == 1.25));
    /// dropout.eval();
    /// assert_eq!(dropout.forward(&input), input);
    /// assert_eq!(dropout.to_string(), "Dropout(p=0.2, inplace=False)");
    /// ```
    ///
    /// [`torch.nn.Dropout`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.Dropout.html
    Dropout / DropoutOptions, F::dropout_options
);

dropout!(
    /// Sets whole channels of signals to zero with probability p, in training:
    /// [`torch.nn.Dropout1d`]. What is left is divided by 1 - p.
    ///
    /// # Shapes
    /// Input (N, C, L) or (C, L); output the same.
    ///
    /// # Panics
    /// In `forward`, when the input is of another shape.
    ///
    /// ```
    /// use flambeau::prelude::*;
    ///
    /// let output = nn::Dropout1d::default().forward(&torch::ones([8, 3]));
    /// // Of each channel all or nothing.
    /// assert_eq!(output.select(1, 0), output.select(1, 2));
    /// ```
    ///
    /// [`torch.nn.Dropout1d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.Dropout1d.html
    Dropout1d / Dropout1dOptions, F::dropout1d_options
);

dropout!(
    /// Sets whole channels of images to zero with probability p, in training:
    /// [`torch.nn.Dropout2d`]. What is left is divided by 1 - p.
    ///
    /// An image's neighbours know much of each other: to leave out single pixels would change
    /// little. See [Tompson et al., 2014](https://arxiv.org/abs/1411.4280).
    ///
    /// # Shapes
    /// Input (N, C, H, W) (of three dimensions, (N, C, L), as in PyTorch); output the same.
    ///
    /// ```
    /// use flambeau::prelude::*;
    ///
    /// let images = torch::ones([20, 16, 4, 4]);
    /// let output = nn::Dropout2d::new(0.2).forward(&images);
    /// assert_eq!(output.select(3, 0), output.select(3, 3));
    /// ```
    ///
    /// [`torch.nn.Dropout2d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.Dropout2d.html
    Dropout2d / Dropout2dOptions, F::dropout2d_options
);

dropout!(
    /// Sets whole channels of volumes to zero with probability p, in training:
    /// [`torch.nn.Dropout3d`]. What is left is divided by 1 - p.
    ///
    /// # Shapes
    /// Input (N, C, D, H, W) or (C, D, H, W); output the same.
    ///
    /// ```
    /// use flambeau::prelude::*;
    ///
    /// let volumes = torch::ones([2, 16, 4, 3, 2]);
    /// assert_eq!(nn::Dropout3d::new(0.2).forward(&volumes).size(), volumes.size());
    /// ```
    ///
    /// [`torch.nn.Dropout3d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.Dropout3d.html
    Dropout3d / Dropout3dOptions, F::dropout3d_options
);

dropout!(
    /// Leaves out so that mean 0 and variance 1 stay, in training: [`torch.nn.AlphaDropout`].
    ///
    /// It belongs to [`SELU`](super::SELU): what is left out becomes the value that SELU comes near
    /// to far below 0, and all is scaled and moved back. See
    /// [Klambauer et al., 2017](https://arxiv.org/abs/1706.02515). As in PyTorch, `inplace` is printed
    /// and makes no difference.
    ///
    /// # Shapes
    /// Input any; output the same.
    ///
    /// ```
    /// use flambeau::prelude::*;
    ///
    /// let input = torch::randn([20, 16]);
    /// assert_eq!(nn::AlphaDropout::new(0.2).forward(&input).size(), input.size());
    /// ```
    ///
    /// [`torch.nn.AlphaDropout`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.AlphaDropout.html
    AlphaDropout / AlphaDropoutOptions, F::alpha_dropout_options, without_inplace
);

dropout!(
    /// [`AlphaDropout`] of whole channels, in training: [`torch.nn.FeatureAlphaDropout`]. As there,
    /// `inplace` is printed and makes no difference.
    ///
    /// # Shapes
    /// Input (N, C, ∗); output the same.
    ///
    /// ```
    /// use flambeau::prelude::*;
    ///
    /// let input = torch::randn([20, 16, 4, 4]);
    /// assert_eq!(nn::FeatureAlphaDropout::new(0.2).forward(&input).size(), input.size());
    /// ```
    ///
    /// [`torch.nn.FeatureAlphaDropout`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.FeatureAlphaDropout.html
    FeatureAlphaDropout / FeatureAlphaDropoutOptions, F::feature_alpha_dropout_options, without_inplace
);
