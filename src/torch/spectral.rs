//! Short-time Fourier transforms and their windows.

use flambeau_derive::function;
use tch::{Device, Kind, Tensor};

use crate::ffi::op;
use crate::refusal::check;

/// The frequencies in a signal's windows, one after another: [`torch.stft`].
///
/// The input is a signal (L), or a batch of them (B, L); the output is (…, N, T), with N frequencies
/// and T windows, and two numbers for each where it is not complex.
///
/// # Panics
/// As in Python, when `return_complex` is not said for a real signal and window, and when libtorch
/// refuses the sizes.
///
/// ```
/// use flambeau::prelude::*;
///
/// let (signal, window) = (torch::randn([400]), torch::hann_window(64));
/// let spectrum = torch::stft_options(&signal, 64).window(&window).return_complex(true).call();
/// assert_eq!(spectrum.shape(), [33, 26]);
/// let again = torch::istft_options(&spectrum, 64).window(&window).length(400).call();
/// assert!(torch::allclose_options(&again, &signal).atol(1e-5).call());
/// ```
///
/// [`torch.stft`]: https://docs.pytorch.org/docs/stable/generated/torch.stft.html
#[function]
pub fn stft(
    input: &Tensor,
    n_fft: i64,
    /// How far it is from one window to the next; a quarter of `n_fft` if not given.
    hop_length: Option<i64>,
    /// The length of the window; `n_fft` if not given.
    win_length: Option<i64>,
    /// What each stretch is multiplied by; 1 if not given.
    window: Option<&Tensor>,
    /// Whether the signal is padded so that the first window has its first element in the middle.
    #[builder(default = true)]
    center: bool,
    /// What it is padded with, as in `F::pad`.
    #[builder(default = "reflect")]
    pad_mode: &str,
    /// Whether the output is divided by √`n_fft`.
    #[builder(default)]
    normalized: bool,
    /// Whether the half that the other mirrors is left out; so it is for real signals and windows if
    /// not given.
    onesided: Option<bool>,
    /// Whether the output is complex, or has two real numbers for each.
    return_complex: Option<bool>,
    /// Without `center`, whether the first window begins where the signal does.
    align_to_window: Option<bool>,
) -> Tensor {
    check!(
        !center || align_to_window.is_none(),
        "stft align_to_window should only be set when center = false"
    );
    let padded = if center { padded(input, n_fft / 2, pad_mode) } else { input.shallow_clone() };
    let arguments = [
        (&padded).into(),
        n_fft.into(),
        hop_length.into(),
        win_length.into(),
        window.into(),
        normalized.into(),
        onesided.into(),
        return_complex.into(),
        align_to_window.into(),
    ];
    let [spectrum] = op(c"aten::stft", c"", &arguments);
    spectrum
}

/// The signals with so much before and behind.
#[track_caller]
fn padded(input: &Tensor, pad: i64, mode: &str) -> Tensor {
    let size = input.size();
    let mut extended = vec![1; 3_usize.saturating_sub(size.len())];
    extended.extend(&size);
    let padded = input.view(extended.as_slice()).pad([pad, pad], mode, None);
    let longer = padded.size();
    padded.view(&longer[longer.len() - size.len()..])
}

/// The signal with these frequencies in its windows: [`torch.istft`].
///
/// The input is what [`stft`](fn@stft) gives with `return_complex`, and the keywords are to be the
/// same.
///
/// [`torch.istft`]: https://docs.pytorch.org/docs/stable/generated/torch.istft.html
#[function]
pub fn istft(
    input: &Tensor,
    n_fft: i64,
    /// How far it is from one window to the next; a quarter of `n_fft` if not given.
    hop_length: Option<i64>,
    /// The length of the window; `n_fft` if not given.
    win_length: Option<i64>,
    /// What each stretch was multiplied by; 1 if not given.
    window: Option<&Tensor>,
    /// Whether the signal had been padded.
    #[builder(default = true)]
    center: bool,
    /// Whether the input had been divided by √`n_fft`.
    #[builder(default)]
    normalized: bool,
    /// Whether the input is the half that the other mirrors; found by its size if not given.
    onesided: Option<bool>,
    /// How long the signal was; what the windows make it if not given.
    length: Option<i64>,
    /// Whether the signal is complex.
    #[builder(default)]
    return_complex: bool,
) -> Tensor {
    let arguments = [
        input.into(),
        n_fft.into(),
        hop_length.into(),
        win_length.into(),
        window.into(),
        center.into(),
        normalized.into(),
        onesided.into(),
        length.into(),
        return_complex.into(),
    ];
    let [signal] = op(c"aten::istft", c"", &arguments);
    signal
}

/// Makes the windows that are known by a name alone.
macro_rules! windows {
    ($($name:ident, $who:literal, $make:ident, $middle:literal;)+) => {
        $(
            #[doc = concat!(
                $who, " window of this length: [`torch.", stringify!($name), "`].\n\n",
                "```\nuse flambeau::prelude::*;\n\n",
                "let window = torch::", stringify!($name), "(4);\n",
                "assert!(torch::allclose(&window.i(2), &torch::tensor(", $middle, ")));\n```\n\n",
                "[`torch.", stringify!($name),
                "`]: https://docs.pytorch.org/docs/stable/generated/torch.", stringify!($name), ".html"
            )]
            #[function]
            pub fn $name(
                window_length: i64,
                /// Whether it goes on after the end as it began, as spectra want it; else it is
                /// symmetric, as filters do.
                #[builder(default = true)]
                periodic: bool,
                /// The kind of the tensor.
                #[builder(default = Kind::Float)]
                dtype: Kind,
                /// Where the tensor lies.
                #[builder(default = Device::Cpu)]
                device: Device,
            ) -> Tensor {
                Tensor::$make(window_length, periodic, (dtype, device))
            }
        )+
    };
}
windows! {
    hann_window, "Hann's", hann_window_periodic, "1.0";
    hamming_window, "Hamming's", hamming_window_periodic, "1.0";
    blackman_window, "Blackman's", blackman_window_periodic, "1.0";
    bartlett_window, "Bartlett's", bartlett_window_periodic, "1.0";
}
