//~ the keywords of `CrossEntropyCall<'_>` are set, but it is not called
//~ write `.call()` before this
//~ the keywords of `MeanCall<'_>` are set, but it is not called
//~ the keywords of `flambeau::nn::functional::SoftmaxCall<'_>` are set, but it is not called
//~ the keywords of `AvgPool2dCall<'_>` are set, but it is not called
//~ the keywords of `flambeau::nn::functional::PadCall<'_>` are set, but it is not called
//~ the keywords of `VarCall<'_>` are set, but it is not called
use flambeau::prelude::*;

pub fn step(x: &Tensor, y: &Tensor) {
    F::cross_entropy_options(x, y).label_smoothing(0.1).backward();
}

pub fn mean(x: &Tensor) -> f64 {
    torch::mean_options(x).dim(1).item()
}

pub fn softmax(x: &Tensor) -> Tensor {
    F::softmax_options(x, 1).dtype(Kind::Double).log()
}

pub fn pool(x: &Tensor) -> Tensor {
    F::avg_pool2d_options(x, 2).stride(1).view([-1, 4])
}

pub fn pad(x: &Tensor) -> Tensor {
    F::pad_options(x, [1, 1]).value(2).transpose(0, 1)
}

pub fn var(x: &Tensor) -> Tensor {
    torch::var_options(x).dim(1).keepdim(true).sqrt()
}
