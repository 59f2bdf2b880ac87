//! What is put around an input.

use std::fmt;

use tch::Tensor;

use super::Forward;
use crate::nn::Module;
use crate::repr::python_tuple;
use crate::torch::{Integer, Number};

/// What padding holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PaddingMode {
    /// Zeros.
    #[default]
    Zeros,
    /// The input mirrored at its border, without the border itself.
    Reflect,
    /// The border's own values on and on.
    Replicate,
    /// The input's other end.
    Circular,
}

impl From<&str> for PaddingMode {
    fn from(name: &str) -> Self {
        match name {
            "zeros" => Self::Zeros,
            "reflect" => Self::Reflect,
            "replicate" => Self::Replicate,
            "circular" => Self::Circular,
            _ => panic!(
                "padding_mode must be one of {{'zeros', 'reflect', 'replicate', 'circular'}}, \
                 but got padding_mode='{name}'"
            ),
        }
    }
}

impl fmt::Display for PaddingMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Zeros => "zeros",
            Self::Reflect => "reflect",
            Self::Replicate => "replicate",
            Self::Circular => "circular",
        })
    }
}

impl PaddingMode {
    /// Pads the last sides of `input`, each by so many cells before it and behind it.
    pub(super) fn pad(self, input: &Tensor, around: &[(i64, i64)]) -> Tensor {
        // libtorch counts from the last side backwards.
        let cells: Vec<i64> = around.iter().rev().flat_map(|&(a, b)| [a, b]).collect();
        match self {
            Self::Zeros => input.pad(cells, "constant", None),
            other => input.pad(cells, &other.to_string(), None),
        }
    }
}

/// How many cells are put around an input of N sides: one number for all, or two a side, before and
/// behind, the last side first: left, right, top, bottom, front, back. Negative ones are cut off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Around<const N: usize>(Vec<i64>);

impl<const N: usize, I: Integer> From<I> for Around<N> {
    fn from(cells: I) -> Self {
        Self(vec![cells.to_i64(); 2 * N])
    }
}

macro_rules! around {
    ($($sides:literal, $n:literal: $($cells:ident)+;)+) => {
        $(
            #[allow(non_snake_case, reason = "a number and its type have one name")]
            impl<$($cells: Integer),+> From<($($cells),+)> for Around<$sides> {
                fn from(($($cells),+): ($($cells),+)) -> Self {
                    Self(vec![$($cells.to_i64()),+])
                }
            }

            impl<I: Integer> From<[I; $n]> for Around<$sides> {
                fn from(cells: [I; $n]) -> Self {
                    Self(cells.map(I::to_i64).to_vec())
                }
            }
        )+
    };
}
around! {
    1, 2: L R;
    2, 4: L R T B;
    3, 6: L R T B F E;
}

/// What [`ZeroPad1d`], [`ZeroPad2d`] and [`ZeroPad3d`] have in common: zeros around an input.
///
/// # Shapes
/// Input (N, C, ∗) or (C, ∗); output the same, each side longer by what is put before and behind
/// it.
///
/// # Panics
/// In `forward`, when a side would vanish, in libtorch's words.
#[derive(Debug, Module)]
#[module(class = ["ZeroPad1d", "ZeroPad2d", "ZeroPad3d"][N - 1], extra_repr = python_tuple(&self.padding.0))]
pub struct ZeroPad<const N: usize> {
    #[module(skip)]
    padding: Around<N>,
}

/// Puts zeros around a signal: [`torch.nn.ZeroPad1d`]. Shapes stand at [`ZeroPad`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let signal = torch::tensor([1.0, 2.0, 3.0]).view([1, 1, 3]);
/// let output = nn::ZeroPad1d::new([1, 2]).forward(&signal);
/// assert_eq!(output.flatten(0, -1), torch::tensor([0.0, 1.0, 2.0, 3.0, 0.0, 0.0]));
/// ```
///
/// [`torch.nn.ZeroPad1d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.ZeroPad1d.html
pub type ZeroPad1d = ZeroPad<1>;

/// Puts zeros around a image: [`torch.nn.ZeroPad2d`]. Shapes stand at [`ZeroPad`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let image = torch::randn([1, 3, 4, 5]);
/// let pad = nn::ZeroPad2d::new([1, 1, 2, 0]); // left, right, top, bottom
/// assert_eq!(pad.forward(&image).size(), [1, 3, 6, 7]);
/// assert_eq!(pad.to_string(), "ZeroPad2d((1, 1, 2, 0))");
/// ```
///
/// [`torch.nn.ZeroPad2d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.ZeroPad2d.html
pub type ZeroPad2d = ZeroPad<2>;

/// Puts zeros around a volume: [`torch.nn.ZeroPad3d`]. Shapes stand at [`ZeroPad`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let volume = torch::randn([1, 3, 4, 5, 6]);
/// assert_eq!(nn::ZeroPad3d::new(1).forward(&volume).size(), [1, 3, 6, 7, 8]);
/// ```
///
/// [`torch.nn.ZeroPad3d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.ZeroPad3d.html
pub type ZeroPad3d = ZeroPad<3>;

impl<const N: usize> ZeroPad<N> {
    /// A layer that puts so many cells around.
    pub fn new(padding: impl Into<Around<N>>) -> Self {
        Self { padding: padding.into() }
    }
}

impl<const N: usize> Forward for ZeroPad<N> {
    fn forward(&self, input: &Tensor) -> Tensor {
        input.pad(&self.padding.0[..], "constant", None)
    }
}

/// What [`ReflectionPad1d`], [`ReflectionPad2d`] and [`ReflectionPad3d`] have in common: the input mirrored at its border around an input.
///
/// # Shapes
/// Input (N, C, ∗) or (C, ∗); output the same, each side longer by what is put before and behind
/// it.
///
/// # Panics
/// In `forward`, when a side is not longer than what is put beside it, in libtorch's words.
#[derive(Debug, Module)]
#[module(class = ["ReflectionPad1d", "ReflectionPad2d", "ReflectionPad3d"][N - 1], extra_repr = python_tuple(&self.padding.0))]
pub struct ReflectionPad<const N: usize> {
    #[module(skip)]
    padding: Around<N>,
}

/// Puts the input mirrored at its border around a signal: [`torch.nn.ReflectionPad1d`]. Shapes stand at [`ReflectionPad`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let signal = torch::tensor([1.0, 2.0, 3.0]).view([1, 1, 3]);
/// let output = nn::ReflectionPad1d::new([1, 2]).forward(&signal);
/// assert_eq!(output.flatten(0, -1), torch::tensor([2.0, 1.0, 2.0, 3.0, 2.0, 1.0]));
/// ```
///
/// [`torch.nn.ReflectionPad1d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.ReflectionPad1d.html
pub type ReflectionPad1d = ReflectionPad<1>;

/// Puts the input mirrored at its border around a image: [`torch.nn.ReflectionPad2d`]. Shapes stand at [`ReflectionPad`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let image = torch::randn([1, 3, 4, 5]);
/// let pad = nn::ReflectionPad2d::new([1, 1, 2, 0]); // left, right, top, bottom
/// assert_eq!(pad.forward(&image).size(), [1, 3, 6, 7]);
/// assert_eq!(pad.to_string(), "ReflectionPad2d((1, 1, 2, 0))");
/// ```
///
/// [`torch.nn.ReflectionPad2d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.ReflectionPad2d.html
pub type ReflectionPad2d = ReflectionPad<2>;

/// Puts the input mirrored at its border around a volume: [`torch.nn.ReflectionPad3d`]. Shapes stand at [`ReflectionPad`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let volume = torch::randn([1, 3, 4, 5, 6]);
/// assert_eq!(nn::ReflectionPad3d::new(1).forward(&volume).size(), [1, 3, 6, 7, 8]);
/// ```
///
/// [`torch.nn.ReflectionPad3d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.ReflectionPad3d.html
pub type ReflectionPad3d = ReflectionPad<3>;

impl<const N: usize> ReflectionPad<N> {
    /// A layer that puts so many cells around.
    pub fn new(padding: impl Into<Around<N>>) -> Self {
        Self { padding: padding.into() }
    }
}

impl<const N: usize> Forward for ReflectionPad<N> {
    fn forward(&self, input: &Tensor) -> Tensor {
        input.pad(&self.padding.0[..], "reflect", None)
    }
}

/// What [`ReplicationPad1d`], [`ReplicationPad2d`] and [`ReplicationPad3d`] have in common: the border's own values around an input.
///
/// # Shapes
/// Input (N, C, ∗) or (C, ∗); output the same, each side longer by what is put before and behind
/// it.
///
/// # Panics
/// In `forward`, when a side would vanish, in libtorch's words.
#[derive(Debug, Module)]
#[module(class = ["ReplicationPad1d", "ReplicationPad2d", "ReplicationPad3d"][N - 1], extra_repr = python_tuple(&self.padding.0))]
pub struct ReplicationPad<const N: usize> {
    #[module(skip)]
    padding: Around<N>,
}

/// Puts the border's own values around a signal: [`torch.nn.ReplicationPad1d`]. Shapes stand at [`ReplicationPad`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let signal = torch::tensor([1.0, 2.0, 3.0]).view([1, 1, 3]);
/// let output = nn::ReplicationPad1d::new([1, 2]).forward(&signal);
/// assert_eq!(output.flatten(0, -1), torch::tensor([1.0, 1.0, 2.0, 3.0, 3.0, 3.0]));
/// ```
///
/// [`torch.nn.ReplicationPad1d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.ReplicationPad1d.html
pub type ReplicationPad1d = ReplicationPad<1>;

/// Puts the border's own values around a image: [`torch.nn.ReplicationPad2d`]. Shapes stand at [`ReplicationPad`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let image = torch::randn([1, 3, 4, 5]);
/// let pad = nn::ReplicationPad2d::new([1, 1, 2, 0]); // left, right, top, bottom
/// assert_eq!(pad.forward(&image).size(), [1, 3, 6, 7]);
/// assert_eq!(pad.to_string(), "ReplicationPad2d((1, 1, 2, 0))");
/// ```
///
/// [`torch.nn.ReplicationPad2d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.ReplicationPad2d.html
pub type ReplicationPad2d = ReplicationPad<2>;

/// Puts the border's own values around a volume: [`torch.nn.ReplicationPad3d`]. Shapes stand at [`ReplicationPad`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let volume = torch::randn([1, 3, 4, 5, 6]);
/// assert_eq!(nn::ReplicationPad3d::new(1).forward(&volume).size(), [1, 3, 6, 7, 8]);
/// ```
///
/// [`torch.nn.ReplicationPad3d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.ReplicationPad3d.html
pub type ReplicationPad3d = ReplicationPad<3>;

impl<const N: usize> ReplicationPad<N> {
    /// A layer that puts so many cells around.
    pub fn new(padding: impl Into<Around<N>>) -> Self {
        Self { padding: padding.into() }
    }
}

impl<const N: usize> Forward for ReplicationPad<N> {
    fn forward(&self, input: &Tensor) -> Tensor {
        input.pad(&self.padding.0[..], "replicate", None)
    }
}

/// What [`CircularPad1d`], [`CircularPad2d`] and [`CircularPad3d`] have in common: the input's other end around an input.
///
/// # Shapes
/// Input (N, C, ∗) or (C, ∗); output the same, each side longer by what is put before and behind
/// it.
///
/// # Panics
/// In `forward`, when a side is shorter than what is put beside it, in libtorch's words.
#[derive(Debug, Module)]
#[module(class = ["CircularPad1d", "CircularPad2d", "CircularPad3d"][N - 1], extra_repr = python_tuple(&self.padding.0))]
pub struct CircularPad<const N: usize> {
    #[module(skip)]
    padding: Around<N>,
}

/// Puts the input's other end around a signal: [`torch.nn.CircularPad1d`]. Shapes stand at [`CircularPad`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let signal = torch::tensor([1.0, 2.0, 3.0]).view([1, 1, 3]);
/// let output = nn::CircularPad1d::new([1, 2]).forward(&signal);
/// assert_eq!(output.flatten(0, -1), torch::tensor([3.0, 1.0, 2.0, 3.0, 1.0, 2.0]));
/// ```
///
/// [`torch.nn.CircularPad1d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.CircularPad1d.html
pub type CircularPad1d = CircularPad<1>;

/// Puts the input's other end around a image: [`torch.nn.CircularPad2d`]. Shapes stand at [`CircularPad`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let image = torch::randn([1, 3, 4, 5]);
/// let pad = nn::CircularPad2d::new([1, 1, 2, 0]); // left, right, top, bottom
/// assert_eq!(pad.forward(&image).size(), [1, 3, 6, 7]);
/// assert_eq!(pad.to_string(), "CircularPad2d((1, 1, 2, 0))");
/// ```
///
/// [`torch.nn.CircularPad2d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.CircularPad2d.html
pub type CircularPad2d = CircularPad<2>;

/// Puts the input's other end around a volume: [`torch.nn.CircularPad3d`]. Shapes stand at [`CircularPad`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let volume = torch::randn([1, 3, 4, 5, 6]);
/// assert_eq!(nn::CircularPad3d::new(1).forward(&volume).size(), [1, 3, 6, 7, 8]);
/// ```
///
/// [`torch.nn.CircularPad3d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.CircularPad3d.html
pub type CircularPad3d = CircularPad<3>;

impl<const N: usize> CircularPad<N> {
    /// A layer that puts so many cells around.
    pub fn new(padding: impl Into<Around<N>>) -> Self {
        Self { padding: padding.into() }
    }
}

impl<const N: usize> Forward for CircularPad<N> {
    fn forward(&self, input: &Tensor) -> Tensor {
        input.pad(&self.padding.0[..], "circular", None)
    }
}

/// What [`ConstantPad1d`], [`ConstantPad2d`] and [`ConstantPad3d`] have in common: one number around
/// an input.
///
/// # Shapes
/// Input (N, C, ∗) or (C, ∗); output the same, each side longer by what is put before and behind
/// it.
///
/// # Panics
/// In `forward`, when a side would vanish, in libtorch's words.
#[derive(Debug, Module)]
#[module(class = ["ConstantPad1d", "ConstantPad2d", "ConstantPad3d"][N - 1], extra_repr = self.arguments())]
pub struct ConstantPad<const N: usize> {
    #[module(skip)]
    padding: Around<N>,
    #[module(skip)]
    value: Number,
}

/// Puts one number around a signal: [`torch.nn.ConstantPad1d`]. Shapes stand at [`ConstantPad`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let signal = torch::tensor([1.0, 2.0]).view([1, 1, 2]);
/// let output = nn::ConstantPad1d::new([1, 0], 3.5).forward(&signal);
/// assert_eq!(output.flatten(0, -1), torch::tensor([3.5, 1.0, 2.0]));
/// ```
///
/// [`torch.nn.ConstantPad1d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.ConstantPad1d.html
pub type ConstantPad1d = ConstantPad<1>;

/// Puts one number around a image: [`torch.nn.ConstantPad2d`]. Shapes stand at [`ConstantPad`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let image = torch::randn([1, 3, 4, 5]);
/// let pad = nn::ConstantPad2d::new(2, 3.5);
/// assert_eq!(pad.forward(&image).size(), [1, 3, 8, 9]);
/// assert_eq!(pad.to_string(), "ConstantPad2d(padding=(2, 2, 2, 2), value=3.5)");
/// ```
///
/// [`torch.nn.ConstantPad2d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.ConstantPad2d.html
pub type ConstantPad2d = ConstantPad<2>;

/// Puts one number around a volume: [`torch.nn.ConstantPad3d`]. Shapes stand at [`ConstantPad`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let volume = torch::randn([1, 3, 4, 5, 6]);
/// let output = nn::ConstantPad3d::new([0, 0, 0, 0, 1, 2], 3.5).forward(&volume);
/// assert_eq!(output.size(), [1, 3, 7, 5, 6]);
/// ```
///
/// [`torch.nn.ConstantPad3d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.ConstantPad3d.html
pub type ConstantPad3d = ConstantPad<3>;

impl<const N: usize> ConstantPad<N> {
    /// A layer that puts so many cells of this value around.
    pub fn new(padding: impl Into<Around<N>>, value: impl Into<Number>) -> Self {
        Self { padding: padding.into(), value: value.into() }
    }

    /// What is printed between the brackets.
    fn arguments(&self) -> String {
        format!("padding={}, value={}", python_tuple(&self.padding.0), self.value)
    }
}

impl<const N: usize> Forward for ConstantPad<N> {
    fn forward(&self, input: &Tensor) -> Tensor {
        input.pad(&self.padding.0[..], "constant", self.value.to_f64())
    }
}
