//! Activations that keep numbers within bounds, or shrink them.

use super::{activation, in_place};
use crate::nn::functional as F;
use crate::torch::Number;

activation!(
    /// σ(x) = 1 / (1 + exp(-x)), element by element: [`torch.nn.Sigmoid`].
    ///
    /// # Shapes
    /// Input any; output the same.
    ///
    /// ```
    /// use flambeau::prelude::*;
    ///
    /// let output = nn::Sigmoid::new().forward(&torch::tensor([0.0, 2.0]));
    /// assert!(output.allclose(&torch::tensor([0.5, 0.8808]), 1e-4, 1e-4, false));
    /// ```
    ///
    /// [`torch.nn.Sigmoid`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.Sigmoid.html
    Sigmoid, F::sigmoid
);

activation!(
    /// 0 up to -3, 1 from 3 on, and x/6 + 1/2 between, element by element: [`torch.nn.Hardsigmoid`].
    ///
    /// # Shapes
    /// Input any; output the same.
    ///
    /// ```
    /// use flambeau::prelude::*;
    ///
    /// let output = nn::Hardsigmoid::new().forward(&torch::tensor([-4.0, 0.0, 4.0]));
    /// assert_eq!(output, torch::tensor([0.0, 0.5, 1.0]));
    /// ```
    ///
    /// [`torch.nn.Hardsigmoid`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.Hardsigmoid.html
    Hardsigmoid / HardsigmoidOptions {
        /// Whether the input itself is overwritten: memory is saved, and nothing else may need it.
        inplace: bool = false,
    }
    (x, input) String::new() => F::hardsigmoid_options(input).inplace(x.inplace).call()
);

activation!(
    /// log(1 / (1 + exp(-x))), element by element: [`torch.nn.LogSigmoid`].
    ///
    /// # Shapes
    /// Input any; output the same.
    ///
    /// ```
    /// use flambeau::prelude::*;
    ///
    /// let output = nn::LogSigmoid::new().forward(&torch::tensor([0.0, 2.0]));
    /// assert!(output.allclose(&torch::tensor([-0.6931, -0.1269]), 1e-4, 1e-4, false));
    /// ```
    ///
    /// [`torch.nn.LogSigmoid`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.LogSigmoid.html
    LogSigmoid, F::logsigmoid
);

activation!(
    /// (exp(x) - exp(-x)) / (exp(x) + exp(-x)), element by element: [`torch.nn.Tanh`].
    ///
    /// # Shapes
    /// Input any; output the same.
    ///
    /// ```
    /// use flambeau::prelude::*;
    ///
    /// let output = nn::Tanh::new().forward(&torch::tensor([0.0, 1.0]));
    /// assert!(output.allclose(&torch::tensor([0.0, 0.7616]), 1e-4, 1e-4, false));
    /// ```
    ///
    /// [`torch.nn.Tanh`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.Tanh.html
    Tanh, F::tanh
);

activation!(
    /// min(max(x, `min_val`), `max_val`), element by element: [`torch.nn.Hardtanh`].
    ///
    /// # Shapes
    /// Input any; output the same.
    ///
    /// # Panics
    /// When `max_val` is not larger than `min_val`.
    ///
    /// ```
    /// use flambeau::prelude::*;
    ///
    /// let output = nn::Hardtanh::options().min_val(-2.0).max_val(2.0).build().forward(&torch::tensor([-3.0, 0.5, 3.0]));
    /// assert_eq!(output, torch::tensor([-2.0, 0.5, 2.0]));
    /// ```
    ///
    /// [`torch.nn.Hardtanh`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.Hardtanh.html
    Hardtanh / HardtanhOptions {
        /// The least number that comes out.
        min_val: Number = -1.0,
        /// The largest number that comes out.
        max_val: Number = 1.0,
        /// Whether the input itself is overwritten: memory is saved, and nothing else may need it.
        inplace: bool = false,
    }
    new(min_val, max_val);
    where max_val > min_val, "max_val must be larger than min_val";
    (x, input) {
        let (min_val, max_val) = (x.min_val, x.max_val);
        format!("min_val={min_val}, max_val={max_val}{}", in_place(x.inplace, ", "))
    } => F::hardtanh_options(input)
        .min_val(x.min_val)
        .max_val(x.max_val)
        .inplace(x.inplace)
        .call()
);

activation!(
    /// x / (1 + |x|), element by element: [`torch.nn.Softsign`].
    ///
    /// # Shapes
    /// Input any; output the same.
    ///
    /// ```
    /// use flambeau::prelude::*;
    ///
    /// let output = nn::Softsign::new().forward(&torch::tensor([-1.0, 0.0, 3.0]));
    /// assert_eq!(output, torch::tensor([-0.5, 0.0, 0.75]));
    /// ```
    ///
    /// [`torch.nn.Softsign`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.Softsign.html
    Softsign, F::softsign
);

activation!(
    /// x - tanh(x), element by element: [`torch.nn.Tanhshrink`].
    ///
    /// # Shapes
    /// Input any; output the same.
    ///
    /// ```
    /// use flambeau::prelude::*;
    ///
    /// let output = nn::Tanhshrink::new().forward(&torch::tensor([0.0, 1.0]));
    /// assert!(output.allclose(&torch::tensor([0.0, 0.2384]), 1e-4, 1e-4, false));
    /// ```
    ///
    /// [`torch.nn.Tanhshrink`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.Tanhshrink.html
    Tanhshrink, F::tanhshrink
);

activation!(
    /// x where |x| > λ, else 0, element by element: [`torch.nn.Hardshrink`].
    ///
    /// # Shapes
    /// Input any; output the same.
    ///
    /// ```
    /// use flambeau::prelude::*;
    ///
    /// let output = nn::Hardshrink::default().forward(&torch::tensor([-1.0, 0.3, 2.0]));
    /// assert_eq!(output, torch::tensor([-1.0, 0.0, 2.0]));
    /// ```
    ///
    /// [`torch.nn.Hardshrink`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.Hardshrink.html
    Hardshrink / HardshrinkOptions {
        /// λ.
        lambd: Number = 0.5,
    }
    new(lambd);
    (x, input) x.lambd.to_string() => F::hardshrink_options(input).lambd(x.lambd).call()
);

activation!(
    /// x - λ above λ, x + λ below -λ, else 0, element by element: [`torch.nn.Softshrink`].
    ///
    /// # Shapes
    /// Input any; output the same.
    ///
    /// ```
    /// use flambeau::prelude::*;
    ///
    /// let output = nn::Softshrink::default().forward(&torch::tensor([-1.0, 0.3, 2.0]));
    /// assert_eq!(output, torch::tensor([-0.5, 0.0, 1.5]));
    /// ```
    ///
    /// [`torch.nn.Softshrink`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.Softshrink.html
    Softshrink / SoftshrinkOptions {
        /// λ.
        lambd: Number = 0.5,
    }
    new(lambd);
    (x, input) x.lambd.to_string() => F::softshrink_options(input).lambd(x.lambd).call()
);
