//! What a function that is called outside of a module says when it fails: its name, and PyTorch's
//! words without C++ frames. The words were taken from Python.

use std::collections::BTreeSet;
use std::fs;
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;

use flambeau::nn::init;
use flambeau::nn::utils::{self, parametrizations, rnn};
use flambeau::prelude::*;

use crate::panic_of;

/// A function's name, what Python says (nothing where Python has no such mistake), and a call.
type Case = (&'static str, Option<&'static str>, fn());

/// Each function once at least.
const CASES: &[Case] = &[
    ("F.relu", Some("Boolean inputs not supported for relu"), || {
        let _ = F::relu(&bools(&[2]));
    }),
    ("F.relu6", Some("Bool inputs not supported for hardtanh"), || {
        let _ = F::relu6(&bools(&[2]));
    }),
    ("F.hardswish", Some("\"hardswish_cpu\" not implemented for 'Bool'"), || {
        let _ = F::hardswish(&bools(&[2]));
    }),
    ("F.hardsigmoid", Some("\"hardsigmoid_cpu\" not implemented for 'Bool'"), || {
        let _ = F::hardsigmoid(&bools(&[2]));
    }),
    ("F.silu", Some("\"silu_cpu\" not implemented for 'Bool'"), || {
        let _ = F::silu(&bools(&[2]));
    }),
    ("F.mish", Some("\"mish_cpu\" not implemented for 'Bool'"), || {
        let _ = F::mish(&bools(&[2]));
    }),
    ("F.selu", Some("\"elu_cpu\" not implemented for 'Bool'"), || {
        let _ = F::selu(&bools(&[2]));
    }),
    ("F.logsigmoid", Some("\"log_sigmoid_cpu\" not implemented for 'Bool'"), || {
        let _ = F::logsigmoid(&bools(&[2]));
    }),
    ("F.elu", Some("\"elu_cpu\" not implemented for 'Bool'"), || {
        let _ = F::elu(&bools(&[2]));
    }),
    ("F.celu", Some("\"elu_cpu\" not implemented for 'Bool'"), || {
        let _ = F::celu(&bools(&[2]));
    }),
    ("F.leaky_relu", Some("\"leaky_relu_cpu\" not implemented for 'Bool'"), || {
        let _ = F::leaky_relu(&bools(&[2]));
    }),
    ("F.hardtanh", Some("Bool inputs not supported for hardtanh"), || {
        let _ = F::hardtanh(&bools(&[2]));
    }),
    ("F.softplus", Some("\"softplus_cpu\" not implemented for 'Bool'"), || {
        let _ = F::softplus(&bools(&[2]));
    }),
    (
        "F.tanhshrink",
        Some(
            "Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to invert a mask, use the `~` or `logical_not()` operator instead.",
        ),
        || {
            let _ = F::tanhshrink(&bools(&[2]));
        },
    ),
    ("F.gelu", Some("\"GeluKernelImpl\" not implemented for 'Bool'"), || {
        let _ = F::gelu(&bools(&[2]));
    }),
    ("F.threshold", Some("\"threshold_cpu\" not implemented for 'Bool'"), || {
        let _ = F::threshold(&bools(&[2]), 1, 2);
    }),
    (
        "F.relu_",
        Some("a leaf Variable that requires grad is being used in an in-place operation."),
        || {
            let _ = F::relu_(&leaf(&[2]));
        },
    ),
    (
        "F.selu_",
        Some("a leaf Variable that requires grad is being used in an in-place operation."),
        || {
            let _ = F::selu_(&leaf(&[2]));
        },
    ),
    (
        "F.elu_",
        Some("a leaf Variable that requires grad is being used in an in-place operation."),
        || {
            let _ = F::elu_(&leaf(&[2]));
        },
    ),
    (
        "F.celu_",
        Some("a leaf Variable that requires grad is being used in an in-place operation."),
        || {
            let _ = F::celu_(&leaf(&[2]));
        },
    ),
    (
        "F.leaky_relu_",
        Some("a leaf Variable that requires grad is being used in an in-place operation."),
        || {
            let _ = F::leaky_relu_(&leaf(&[2]));
        },
    ),
    (
        "F.hardtanh_",
        Some("a leaf Variable that requires grad is being used in an in-place operation."),
        || {
            let _ = F::hardtanh_(&leaf(&[2]));
        },
    ),
    (
        "F.rrelu_",
        Some("a leaf Variable that requires grad is being used in an in-place operation."),
        || {
            let _ = F::rrelu_(&leaf(&[2]));
        },
    ),
    (
        "F.threshold_",
        Some("a leaf Variable that requires grad is being used in an in-place operation."),
        || {
            let _ = F::threshold_(&leaf(&[2]), 1, 2);
        },
    ),
    ("F.hardtanh", Some("min_val cannot be greater than max_val"), || {
        let _ = F::hardtanh_options(&ones(&[2])).min_val(0.5).max_val(-0.5).call();
    }),
    ("F.rrelu", Some("\"leaky_relu_cpu\" not implemented for 'Bool'"), || {
        let _ = F::rrelu(&bools(&[2]));
    }),
    (
        "F.prelu",
        Some(
            "Mismatch of parameter numbers and input channel size. Found parameter numbers = 4 and channel size = 3.",
        ),
        || {
            let _ = F::prelu(&ones(&[2, 3]), &ones(&[4]));
        },
    ),
    ("F.glu", Some("Halving dimension must be even, but dimension 0 is size 3"), || {
        let _ = F::glu(&ones(&[3]));
    }),
    ("F.glu", Some("glu does not support scalars because halving size must be even"), || {
        let _ = F::glu(&ones(&[]));
    }),
    ("F.gelu", Some("approximate argument must be either none or tanh."), || {
        let _ = F::gelu_options(&ones(&[2])).approximate("tan").call();
    }),
    ("F.hardshrink", Some("\"hardshrink_cpu\" not implemented for 'Bool'"), || {
        let _ = F::hardshrink(&bools(&[2]));
    }),
    (
        "F.softshrink",
        Some("lambda must be in range [0, 3.40282e+38] for input dtype Float, but found -1"),
        || {
            let _ = F::softshrink_options(&ones(&[2])).lambd(-1).call();
        },
    ),
    (
        "F.softmax",
        Some("Dimension out of range (expected to be in range of [-2, 1], but got 2)"),
        || {
            let _ = F::softmax(&ones(&[2, 3]), 2);
        },
    ),
    (
        "F.softmin",
        Some("Dimension out of range (expected to be in range of [-2, 1], but got 2)"),
        || {
            let _ = F::softmin(&ones(&[2, 3]), 2);
        },
    ),
    (
        "F.log_softmax",
        Some("Dimension out of range (expected to be in range of [-2, 1], but got 2)"),
        || {
            let _ = F::log_softmax(&ones(&[2, 3]), 2);
        },
    ),
    (
        "F.gumbel_softmax",
        Some("Dimension out of range (expected to be in range of [-1, 0], but got 1)"),
        || {
            let _ = F::gumbel_softmax_options(&ones(&[2])).dim(1).call();
        },
    ),
    ("F.softsign", None, || {
        let _ = F::softsign(&Tensor::new());
    }),
    ("F.tanh", None, || {
        let _ = F::tanh(&Tensor::new());
    }),
    ("F.sigmoid", None, || {
        let _ = F::sigmoid(&Tensor::new());
    }),
    ("F.linear", Some("mat1 and mat2 shapes cannot be multiplied (2x3 and 5x4)"), || {
        let _ = F::linear(&ones(&[2, 3]), &ones(&[4, 5]));
    }),
    (
        "F.linear",
        Some(
            "The expanded size of the tensor (4) must match the existing size (5) at non-singleton dimension 1.  Target sizes: [2, 4].  Tensor sizes: [5]",
        ),
        || {
            let _ = F::linear_options(&ones(&[2, 3]), &ones(&[4, 3])).bias(&ones(&[5])).call();
        },
    ),
    (
        "F.bilinear",
        Some("bilinear(): input2 size does not match weight size: got 4 but expected 3"),
        || {
            let _ = F::bilinear(&ones(&[2, 3]), &ones(&[2, 4]), &ones(&[5, 3, 3]));
        },
    ),
    (
        "F.pairwise_distance",
        Some(
            "The size of tensor a (3) must match the size of tensor b (4) at non-singleton dimension 1",
        ),
        || {
            let _ = F::pairwise_distance(&ones(&[2, 3]), &ones(&[2, 4]));
        },
    ),
    (
        "F.cosine_similarity",
        Some(
            "The size of tensor a (3) must match the size of tensor b (4) at non-singleton dimension 1",
        ),
        || {
            let _ = F::cosine_similarity(&ones(&[2, 3]), &ones(&[2, 4]));
        },
    ),
    ("F.pdist", Some("pdist only supports 2D tensors, got: 1D"), || {
        let _ = F::pdist(&ones(&[2]));
    }),
    ("F.dropout", Some("dropout probability has to be between 0 and 1, but got 1.5"), || {
        let _ = F::dropout_options(&ones(&[2, 3])).p(1.5).call();
    }),
    ("F.dropout1d", Some("dropout probability has to be between 0 and 1, but got 1.5"), || {
        let _ = F::dropout1d_options(&ones(&[2, 3])).p(1.5).call();
    }),
    ("F.dropout2d", Some("dropout probability has to be between 0 and 1, but got 1.5"), || {
        let _ = F::dropout2d_options(&ones(&[2, 3])).p(1.5).call();
    }),
    ("F.dropout3d", Some("dropout probability has to be between 0 and 1, but got 1.5"), || {
        let _ = F::dropout3d_options(&ones(&[2, 3])).p(1.5).call();
    }),
    ("F.alpha_dropout", Some("dropout probability has to be between 0 and 1, but got 1.5"), || {
        let _ = F::alpha_dropout_options(&ones(&[2, 3])).p(1.5).call();
    }),
    (
        "F.feature_alpha_dropout",
        Some("dropout probability has to be between 0 and 1, but got 1.5"),
        || {
            let _ = F::feature_alpha_dropout_options(&ones(&[2, 3])).p(1.5).call();
        },
    ),
    (
        "F.dropout1d",
        Some(
            "dropout1d: Expected 2D or 3D input, but received a 1D input. Note that dropout1d exists to provide channel-wise dropout on inputs with 1 spatial dimension, a channel dimension, and an optional batch dimension (i.e. 2D or 3D inputs).",
        ),
        || {
            let _ = F::dropout1d(&ones(&[2]));
        },
    ),
    (
        "F.conv1d",
        Some(
            "Given groups=1, weight of size [4, 2, 3], expected input[2, 3, 8] to have 2 channels, but got 3 channels instead",
        ),
        || {
            let _ = F::conv1d(&ones(&[2, 3, 8]), &ones(&[4, 2, 3]));
        },
    ),
    (
        "F.conv_transpose1d",
        Some(
            "Given transposed=1, weight of size [4, 2, 3], expected input[2, 3, 8] to have 4 channels, but got 3 channels instead",
        ),
        || {
            let _ = F::conv_transpose1d(&ones(&[2, 3, 8]), &ones(&[4, 2, 3]));
        },
    ),
    (
        "F.conv2d",
        Some(
            "Given groups=1, weight of size [4, 2, 3, 3], expected input[2, 3, 8, 8] to have 2 channels, but got 3 channels instead",
        ),
        || {
            let _ = F::conv2d(&ones(&[2, 3, 8, 8]), &ones(&[4, 2, 3, 3]));
        },
    ),
    (
        "F.conv_transpose2d",
        Some(
            "Given transposed=1, weight of size [4, 2, 3, 3], expected input[2, 3, 8, 8] to have 4 channels, but got 3 channels instead",
        ),
        || {
            let _ = F::conv_transpose2d(&ones(&[2, 3, 8, 8]), &ones(&[4, 2, 3, 3]));
        },
    ),
    (
        "F.conv3d",
        Some(
            "Given groups=1, weight of size [4, 2, 3, 3, 3], expected input[2, 3, 8, 8, 8] to have 2 channels, but got 3 channels instead",
        ),
        || {
            let _ = F::conv3d(&ones(&[2, 3, 8, 8, 8]), &ones(&[4, 2, 3, 3, 3]));
        },
    ),
    (
        "F.conv_transpose3d",
        Some(
            "Given transposed=1, weight of size [4, 2, 3, 3, 3], expected input[2, 3, 8, 8, 8] to have 4 channels, but got 3 channels instead",
        ),
        || {
            let _ = F::conv_transpose3d(&ones(&[2, 3, 8, 8, 8]), &ones(&[4, 2, 3, 3, 3]));
        },
    ),
    ("F.conv2d", Some("padding='same' is not supported for strided convolutions"), || {
        let _ = F::conv2d_options(&ones(&[2, 3, 8, 8]), &ones(&[4, 3, 3, 3]))
            .stride(2)
            .padding("same")
            .call();
    }),
    (
        "F.conv2d",
        Some(
            "Given groups=2, weight of size [4, 3, 3, 3], expected input[2, 3, 8, 8] to have 6 channels, but got 3 channels instead",
        ),
        || {
            let _ = F::conv2d_options(&ones(&[2, 3, 8, 8]), &ones(&[4, 3, 3, 3])).groups(2).call();
        },
    ),
    ("F.conv_tbc", Some("Input must have 3 dims: time, batch, in_channel"), || {
        let _ = F::conv_tbc(&ones(&[2, 3]), &ones(&[3, 3, 2]), &ones(&[2]));
    }),
    (
        "F.unfold",
        Some("Dimension out of range (expected to be in range of [-2, 1], but got 2)"),
        || {
            let _ = F::unfold(&ones(&[2, 3]), 2);
        },
    ),
    (
        "F.fold",
        Some(
            "Expected size of input's dimension 1 to be divisible by the product of kernel_size, but got input.size(1)=5 and kernel_size=(2, 2).",
        ),
        || {
            let _ = F::fold(&ones(&[2, 5, 12]), (4, 5), 2);
        },
    ),
    (
        "F.avg_pool1d",
        Some(
            "Given input size: (3x1x4). Calculated output size: (3x1x0). Output size is too small",
        ),
        || {
            let _ = F::avg_pool1d(&ones(&[2, 3, 4]), 5);
        },
    ),
    ("F.max_pool1d", Some("max_pool1d() Invalid computed output size: 0"), || {
        let _ = F::max_pool1d(&ones(&[2, 3, 4]), 5);
    }),
    (
        "F.max_pool1d_with_indices",
        Some(
            "Given input size: (3x1x4). Calculated output size: (3x1x0). Output size is too small",
        ),
        || {
            let _ = F::max_pool1d_with_indices(&ones(&[2, 3, 4]), 5);
        },
    ),
    (
        "F.max_pool1d",
        Some(
            "max_pool1d() padding should be at most half of kernel size, but got padding=2 and kernel_size=2",
        ),
        || {
            let _ = F::max_pool1d_options(&ones(&[2, 3, 4]), 2).padding(2).call();
        },
    ),
    (
        "F.lp_pool1d",
        Some(
            "Given input size: (3x1x4). Calculated output size: (3x1x0). Output size is too small",
        ),
        || {
            let _ = F::lp_pool1d(&ones(&[2, 3, 4]), 2, 5);
        },
    ),
    (
        "F.max_unpool1d",
        Some("invalid output_size \"(20,)\" (dim 0 must be between 6 and 10)"),
        || {
            let _ = F::max_unpool1d_options(&ones(&[2, 3, 4]), &whole(&[2, 3, 4]), 2)
                .output_size([20; 1])
                .call();
        },
    ),
    (
        "F.max_unpool1d",
        Some(
            "output_size should be a sequence containing 1 or 3 elements, but it has a length of '6'",
        ),
        || {
            let _ = F::max_unpool1d_options(&ones(&[2, 3, 4]), &whole(&[2, 3, 4]), 2)
                .output_size([1, 2, 3, 4, 5, 6])
                .call();
        },
    ),
    (
        "F.adaptive_avg_pool1d",
        Some(
            "Expected 2 to 3 dimensions, but got 1-dimensional tensor for argument #1 'self' (while checking arguments for adaptive_avg_pool1d)",
        ),
        || {
            let _ = F::adaptive_avg_pool1d(&ones(&[4]), 2);
        },
    ),
    (
        "F.adaptive_max_pool1d",
        Some(
            "Expected 2 to 3 dimensions, but got 1-dimensional tensor for argument #1 'self' (while checking arguments for adaptive_max_pool1d)",
        ),
        || {
            let _ = F::adaptive_max_pool1d(&ones(&[4]), 2);
        },
    ),
    (
        "F.adaptive_max_pool1d_with_indices",
        Some(
            "Expected 2 to 3 dimensions, but got 1-dimensional tensor for argument #1 'self' (while checking arguments for adaptive_max_pool1d)",
        ),
        || {
            let _ = F::adaptive_max_pool1d_with_indices(&ones(&[4]), 2);
        },
    ),
    (
        "F.avg_pool2d",
        Some(
            "Given input size: (3x4x4). Calculated output size: (3x0x0). Output size is too small",
        ),
        || {
            let _ = F::avg_pool2d(&ones(&[2, 3, 4, 4]), 5);
        },
    ),
    (
        "F.max_pool2d",
        Some(
            "Given input size: (3x4x4). Calculated output size: (3x0x0). Output size is too small",
        ),
        || {
            let _ = F::max_pool2d(&ones(&[2, 3, 4, 4]), 5);
        },
    ),
    (
        "F.max_pool2d_with_indices",
        Some(
            "Given input size: (3x4x4). Calculated output size: (3x0x0). Output size is too small",
        ),
        || {
            let _ = F::max_pool2d_with_indices(&ones(&[2, 3, 4, 4]), 5);
        },
    ),
    (
        "F.max_pool2d",
        Some(
            "pad should be at most half of effective kernel size, but got pad=2, kernel_size=2 and dilation=1",
        ),
        || {
            let _ = F::max_pool2d_options(&ones(&[2, 3, 4, 4]), 2).padding(2).call();
        },
    ),
    (
        "F.lp_pool2d",
        Some(
            "Given input size: (3x4x4). Calculated output size: (3x0x0). Output size is too small",
        ),
        || {
            let _ = F::lp_pool2d(&ones(&[2, 3, 4, 4]), 2, 5);
        },
    ),
    (
        "F.max_unpool2d",
        Some("invalid output_size \"(20, 20)\" (dim 0 must be between 6 and 10)"),
        || {
            let _ = F::max_unpool2d_options(&ones(&[2, 3, 4, 4]), &whole(&[2, 3, 4, 4]), 2)
                .output_size([20; 2])
                .call();
        },
    ),
    (
        "F.max_unpool2d",
        Some(
            "output_size should be a sequence containing 2 or 4 elements, but it has a length of '6'",
        ),
        || {
            let _ = F::max_unpool2d_options(&ones(&[2, 3, 4, 4]), &whole(&[2, 3, 4, 4]), 2)
                .output_size([1, 2, 3, 4, 5, 6])
                .call();
        },
    ),
    (
        "F.adaptive_avg_pool2d",
        Some("adaptive_avg_pool2d(): Expected 3D or 4D tensor, but got [4]"),
        || {
            let _ = F::adaptive_avg_pool2d(&ones(&[4]), 2);
        },
    ),
    (
        "F.adaptive_max_pool2d",
        Some("adaptive_max_pool2d(): Expected 3D or 4D tensor, but got: [4]"),
        || {
            let _ = F::adaptive_max_pool2d(&ones(&[4]), 2);
        },
    ),
    (
        "F.adaptive_max_pool2d_with_indices",
        Some("adaptive_max_pool2d(): Expected 3D or 4D tensor, but got: [4]"),
        || {
            let _ = F::adaptive_max_pool2d_with_indices(&ones(&[4]), 2);
        },
    ),
    (
        "F.avg_pool3d",
        Some("input image (T: 4 H: 4 W: 4) smaller than kernel size (kT: 5 kH: 5 kW: 5)"),
        || {
            let _ = F::avg_pool3d(&ones(&[2, 3, 4, 4, 4]), 5);
        },
    ),
    (
        "F.max_pool3d",
        Some(
            "Given input size: (3x4x4x4). Calculated output size: (3x0x0x0). Output size is too small",
        ),
        || {
            let _ = F::max_pool3d(&ones(&[2, 3, 4, 4, 4]), 5);
        },
    ),
    (
        "F.max_pool3d_with_indices",
        Some(
            "Given input size: (3x4x4x4). Calculated output size: (3x0x0x0). Output size is too small",
        ),
        || {
            let _ = F::max_pool3d_with_indices(&ones(&[2, 3, 4, 4, 4]), 5);
        },
    ),
    (
        "F.max_pool3d",
        Some(
            "pad should be at most half of effective kernel size, but got pad=2, kernel_size=2 and dilation=1",
        ),
        || {
            let _ = F::max_pool3d_options(&ones(&[2, 3, 4, 4, 4]), 2).padding(2).call();
        },
    ),
    (
        "F.lp_pool3d",
        Some("input image (T: 4 H: 4 W: 4) smaller than kernel size (kT: 5 kH: 5 kW: 5)"),
        || {
            let _ = F::lp_pool3d(&ones(&[2, 3, 4, 4, 4]), 2, 5);
        },
    ),
    (
        "F.max_unpool3d",
        Some("invalid output_size \"(20, 20, 20)\" (dim 0 must be between 6 and 10)"),
        || {
            let _ = F::max_unpool3d_options(&ones(&[2, 3, 4, 4, 4]), &whole(&[2, 3, 4, 4, 4]), 2)
                .output_size([20; 3])
                .call();
        },
    ),
    (
        "F.max_unpool3d",
        Some(
            "output_size should be a sequence containing 3 or 5 elements, but it has a length of '6'",
        ),
        || {
            let _ = F::max_unpool3d_options(&ones(&[2, 3, 4, 4, 4]), &whole(&[2, 3, 4, 4, 4]), 2)
                .output_size([1, 2, 3, 4, 5, 6])
                .call();
        },
    ),
    (
        "F.adaptive_avg_pool3d",
        Some("adaptive_avg_pool3d(): Expected 4D or 5D tensor, but got [4]"),
        || {
            let _ = F::adaptive_avg_pool3d(&ones(&[4]), 2);
        },
    ),
    (
        "F.adaptive_max_pool3d",
        Some("adaptive_max_pool3d(): Expected 4D or 5D tensor, but got: [4]"),
        || {
            let _ = F::adaptive_max_pool3d(&ones(&[4]), 2);
        },
    ),
    (
        "F.adaptive_max_pool3d_with_indices",
        Some("adaptive_max_pool3d(): Expected 4D or 5D tensor, but got: [4]"),
        || {
            let _ = F::adaptive_max_pool3d_with_indices(&ones(&[4]), 2);
        },
    ),
    ("F.adaptive_avg_pool2d", Some("Input dimension should be at least 3"), || {
        let _ = F::adaptive_avg_pool2d(&ones(&[4]), (2, None));
    }),
    (
        "F.fractional_max_pool2d",
        Some("fractional_max_pool2d requires specifying either an output_size or an output_ratio"),
        || {
            let _ = F::fractional_max_pool2d(&ones(&[2, 3, 4, 4]), 2);
        },
    ),
    (
        "F.fractional_max_pool2d_with_indices",
        Some("fractional_max_pool2d(): pool height 2 too large relative to input height 4"),
        || {
            let _ = F::fractional_max_pool2d_with_indices_options(&ones(&[2, 3, 4, 4]), 2)
                .output_size(4)
                .call();
        },
    ),
    (
        "F.fractional_max_pool3d",
        Some("fractional_max_pool3d requires specifying either an output_size or an output_ratio"),
        || {
            let _ = F::fractional_max_pool3d(&ones(&[2, 3, 4, 4, 4]), 2);
        },
    ),
    (
        "F.fractional_max_pool3d_with_indices",
        Some("fractional_max_pool3d_out(): pool time 2 too large relative to input time 4"),
        || {
            let _ = F::fractional_max_pool3d_with_indices_options(&ones(&[2, 3, 4, 4, 4]), 2)
                .output_size(4)
                .call();
        },
    ),
    (
        "F.batch_norm",
        Some(
            "Expected more than 1 value per channel when training, got input size torch.Size([1, 3])",
        ),
        || {
            let _ = F::batch_norm_options(&ones(&[1, 3]), None, None).training(true).call();
        },
    ),
    ("F.batch_norm", Some("batch_norm eps must be positive during training, but got 0.0"), || {
        let _ = F::batch_norm_options(&ones(&[2, 3]), None, None).training(true).eps(0).call();
    }),
    ("F.batch_norm", Some("batch_norm eps must be non-negative, but got -1e-05"), || {
        let _ = F::batch_norm_options(&ones(&[2, 3]), Some(&ones(&[3])), Some(&ones(&[3])))
            .eps(-1e-5)
            .call();
    }),
    ("F.batch_norm", Some("running_mean should contain 3 elements not 4"), || {
        let _ = F::batch_norm(&ones(&[2, 3]), Some(&ones(&[4])), Some(&ones(&[4])));
    }),
    (
        "F.instance_norm",
        Some(
            "Expected more than 1 spatial element when training, got input size torch.Size([2, 3, 1])",
        ),
        || {
            let _ = F::instance_norm(&ones(&[2, 3, 1]));
        },
    ),
    (
        "F.layer_norm",
        Some(
            "Given normalized_shape=[4], expected input with shape [*, 4], but got input of size[2, 3]",
        ),
        || {
            let _ = F::layer_norm(&ones(&[2, 3]), 4);
        },
    ),
    (
        "F.group_norm",
        Some(
            "Expected number of channels in input to be divisible by num_groups, but got input of shape [2, 4, 3] and num_groups=3",
        ),
        || {
            let _ = F::group_norm(&ones(&[2, 4, 3]), 3);
        },
    ),
    (
        "F.group_norm",
        Some("Expected at least 2 dimensions for input tensor but received 1"),
        || {
            let _ = F::group_norm(&ones(&[4]), 2);
        },
    ),
    (
        "F.rms_norm",
        Some(
            "Given normalized_shape=[4], expected input with shape [*4], but got input of size[2, 3]",
        ),
        || {
            let _ = F::rms_norm(&ones(&[2, 3]), 4);
        },
    ),
    (
        "F.local_response_norm",
        Some(
            "Expected 3D or higher dimensionality                          input (got 2 dimensions)",
        ),
        || {
            let _ = F::local_response_norm(&ones(&[2, 3]), 2);
        },
    ),
    (
        "F.normalize",
        Some("Dimension out of range (expected to be in range of [-2, 1], but got 2)"),
        || {
            let _ = F::normalize_options(&ones(&[2, 3])).dim(2).call();
        },
    ),
    ("F.embedding", None, || {
        let _ = F::embedding(&ones(&[2]), &ones(&[3, 4]));
    }),
    ("F.embedding", Some("index out of range in self"), || {
        let _ = F::embedding(&Tensor::from_slice(&[5_i64]), &ones(&[3, 4]));
    }),
    ("F.embedding", Some("Padding_idx must be within num_embeddings"), || {
        let _ = F::embedding_options(&Tensor::from_slice(&[1_i64]), &ones(&[3, 4]))
            .padding_idx(3)
            .call();
    }),
    ("F.embedding_bag", Some("offsets has to be a 1D Tensor but got None"), || {
        let _ = F::embedding_bag(&whole(&[2]), &ones(&[3, 4]));
    }),
    (
        "F.embedding_bag",
        Some(
            "if input is 2D, then offsets has to be None, as input is treated is a mini-batch of fixed length sequences. However, found offsets of type <class 'torch.Tensor'>",
        ),
        || {
            let _ = F::embedding_bag_options(&whole(&[2, 3]), &ones(&[3, 4]))
                .offsets(&whole(&[1]))
                .call();
        },
    ),
    (
        "F.embedding_bag",
        Some(
            "embedding_bag: If per_sample_weights (torch.Size([2, 2])) is not None, then it must have the same shape as the input (torch.Size([2, 3]))",
        ),
        || {
            let _ = F::embedding_bag_options(&whole(&[2, 3]), &ones(&[3, 4]))
                .per_sample_weights(&ones(&[2, 2]))
                .call();
        },
    ),
    (
        "F.embedding_bag",
        Some(
            "embedding_bag: per_sample_weights was not None. per_sample_weights is only supported for mode='sum' (got mode='mean'). Please open a feature request on GitHub.",
        ),
        || {
            let _ = F::embedding_bag_options(&whole(&[2, 3]), &ones(&[3, 4]))
                .per_sample_weights(&ones(&[2, 3]))
                .call();
        },
    ),
    ("F.embedding_bag", Some("max mode does not support sparse weights"), || {
        let _ = F::embedding_bag_options(&whole(&[2, 3]), &ones(&[3, 4]))
            .mode("max")
            .sparse(true)
            .call();
    }),
    ("F.one_hot", Some("Class values must be smaller than num_classes."), || {
        let _ = F::one_hot_options(&Tensor::from_slice(&[3_i64])).num_classes(2).call();
    }),
    (
        "F.pixel_shuffle",
        Some(
            "pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of upscale_factor, but input.size(-3)=3 is not divisible by 4",
        ),
        || {
            let _ = F::pixel_shuffle(&ones(&[1, 3, 2, 2]), 2);
        },
    ),
    (
        "F.pixel_unshuffle",
        Some(
            "pixel_unshuffle expects height to be divisible by downscale_factor, but input.size(-2)=3 is not divisible by 2",
        ),
        || {
            let _ = F::pixel_unshuffle(&ones(&[1, 3, 3, 2]), 2);
        },
    ),
    (
        "F.channel_shuffle",
        Some("Number of channels must be divisible by groups. Got 3 channels and 2 groups."),
        || {
            let _ = F::channel_shuffle(&ones(&[1, 3, 2]), 2);
        },
    ),
    ("F.pad", Some("Padding length must be divisible by 2"), || {
        let _ = F::pad(&ones(&[2, 3]), (1, 1, 1));
    }),
    (
        "F.pad",
        Some(
            "Argument #4: Padding size should be less than the corresponding input dimension, but got: padding (4, 4) at dimension 1 of input [2, 3]",
        ),
        || {
            let _ = F::pad_options(&ones(&[2, 3]), (4, 4)).mode("reflect").call();
        },
    ),
    ("F.pad", Some("Unrecognised padding mode mirror"), || {
        let _ = F::pad_options(&ones(&[2, 3]), (1, 1)).mode("mirror").call();
    }),
    ("F.interpolate", Some("either size or scale_factor should be defined"), || {
        let _ = F::interpolate(&ones(&[1, 2, 3, 3]));
    }),
    ("F.interpolate", Some("only one of size or scale_factor should be defined"), || {
        let _ = F::interpolate_options(&ones(&[1, 2, 3, 3])).size(2).scale_factor(2).call();
    }),
    (
        "F.interpolate",
        Some(
            "Input and output must have the same number of spatial dimensions, but got input with spatial dimensions of [3, 3] and output size of (2, 2, 2). Please provide input tensor in (N, C, d1, d2, ...,dK) format and output size in (o1, o2, ...,oK) format.",
        ),
        || {
            let _ = F::interpolate_options(&ones(&[1, 2, 3, 3])).size((2, 2, 2)).call();
        },
    ),
    (
        "F.interpolate",
        Some(
            "Input and scale_factor must have the same number of spatial dimensions, but got input with spatial dimensions of [3, 3] and scale_factor of shape (2.0,). Please provide input tensor in (N, C, d1, d2, ...,dK) format and scale_factor in (s1, s2, ...,sK) format.",
        ),
        || {
            let _ = F::interpolate_options(&ones(&[1, 2, 3, 3])).scale_factor([2.0]).call();
        },
    ),
    (
        "F.interpolate",
        Some(
            "align_corners option can only be set with the interpolating modes: linear | bilinear | bicubic | trilinear",
        ),
        || {
            let _ = F::interpolate_options(&ones(&[1, 2, 3, 3])).size(2).align_corners(true).call();
        },
    ),
    (
        "F.interpolate",
        Some("recompute_scale_factor is not meaningful with an explicit size."),
        || {
            let _ = F::interpolate_options(&ones(&[1, 2, 3, 3]))
                .size(2)
                .recompute_scale_factor(true)
                .call();
        },
    ),
    (
        "F.interpolate",
        Some(
            "Anti-alias option is restricted to bilinear, bicubic, and lanczos modes and requires a 4-D tensor as input",
        ),
        || {
            let _ = F::interpolate_options(&ones(&[1, 2, 3, 3])).size(2).antialias(true).call();
        },
    ),
    ("F.interpolate", Some("Got 4D input, but linear mode needs 3D input"), || {
        let _ = F::interpolate_options(&ones(&[1, 2, 3, 3])).size(2).mode("linear").call();
    }),
    ("F.interpolate", Some("Got 3D input, but bilinear mode needs 4D input"), || {
        let _ = F::interpolate_options(&ones(&[1, 2, 3])).size(2).mode("bilinear").call();
    }),
    (
        "F.interpolate",
        Some(
            "Input Error: Only 3D, 4D and 5D input Tensors supported (got 2D) for the modes: nearest | linear | bilinear | bicubic | trilinear | lanczos | area | nearest-exact (got nearest)",
        ),
        || {
            let _ = F::interpolate_options(&ones(&[2, 3])).size(2).call();
        },
    ),
    ("F.interpolate", Some("Lanczos mode requires antialias=True"), || {
        let _ = F::interpolate_options(&ones(&[1, 2, 3, 3])).size(2).mode("lanczos").call();
    }),
    ("F.interpolate", Some("Lanczos mode does not support align_corners=True"), || {
        let _ = F::interpolate_options(&ones(&[1, 2, 3, 3]))
            .size(2)
            .mode("lanczos")
            .antialias(true)
            .align_corners(true)
            .call();
    }),
    (
        "F.grid_sample",
        Some(
            "nn.functional.grid_sample(): expected mode to be 'bilinear', 'nearest' or 'bicubic', but got: 'cubic'",
        ),
        || {
            let _ = F::grid_sample_options(&ones(&[1, 2, 3, 3]), &ones(&[1, 2, 2, 2]))
                .mode("cubic")
                .call();
        },
    ),
    (
        "F.grid_sample",
        Some(
            "nn.functional.grid_sample(): expected padding_mode to be 'zeros', 'border', or 'reflection', but got: 'none'",
        ),
        || {
            let _ = F::grid_sample_options(&ones(&[1, 2, 3, 3]), &ones(&[1, 2, 2, 2]))
                .padding_mode("none")
                .call();
        },
    ),
    (
        "F.grid_sample",
        Some(
            "grid_sampler(): expected grid and input to have same batch size, but got input with sizes [1, 2, 3, 3] and grid with sizes [2, 2, 2]",
        ),
        || {
            let _ = F::grid_sample(&ones(&[1, 2, 3, 3]), &ones(&[2, 2, 2]));
        },
    ),
    (
        "F.affine_grid",
        Some(
            "Expected a batch of 2D affine matrices of shape Nx2x3 for size (1, 2, 3, 3). Got torch.Size([1, 2, 2]).",
        ),
        || {
            let _ = F::affine_grid(&ones(&[1, 2, 2]), (1, 2, 3, 3));
        },
    ),
    (
        "F.affine_grid",
        Some(
            "affine_grid only supports 4D and 5D sizes, for 2D and 3D affine transforms, respectively. Got size (1, 2, 3).",
        ),
        || {
            let _ = F::affine_grid(&ones(&[1, 2, 3]), (1, 2, 3));
        },
    ),
    ("F.affine_grid", Some("Expected non-zero, positive output size. Got (1, 2, 3, 0)"), || {
        let _ = F::affine_grid(&ones(&[1, 2, 3]), (1, 2, 3, 0));
    }),
    (
        "F.affine_grid",
        Some("Expected theta to have floating point type, but got torch.int32"),
        || {
            let _ = F::affine_grid(&ones(&[1, 2, 3]).to_kind(Kind::Int), (1, 2, 3, 3));
        },
    ),
    (
        "F.scaled_dot_product_attention",
        Some(
            "Expected size for first two dimensions of batch2 tensor to be: [2, 4] but got: [2, 5].",
        ),
        || {
            let _ = F::scaled_dot_product_attention(
                &ones(&[2, 3, 4]),
                &ones(&[2, 3, 5]),
                &ones(&[2, 3, 4]),
            );
        },
    ),
    (
        "F.multi_head_attention_forward",
        Some("use_separate_proj_weight is False but in_proj_weight is None"),
        || {
            let _ = F::multi_head_attention_forward(
                &ones(&[5, 3, 4]),
                &ones(&[5, 3, 4]),
                &ones(&[5, 3, 4]),
                4,
                2,
                None,
                None,
                None,
                None,
                false,
                0.0,
                &ones(&[4, 4]),
                None,
            );
        },
    ),
    (
        "F.multi_head_attention_forward",
        Some("was expecting embedding dimension of 4, but got 6"),
        || {
            let _ = F::multi_head_attention_forward(
                &ones(&[5, 3, 6]),
                &ones(&[5, 3, 6]),
                &ones(&[5, 3, 6]),
                4,
                2,
                Some(&ones(&[12, 4])),
                None,
                None,
                None,
                false,
                0.0,
                &ones(&[4, 4]),
                None,
            );
        },
    ),
    (
        "F.multi_head_attention_forward",
        Some("query should be unbatched 2D or batched 3D tensor but received 1-D query tensor"),
        || {
            let _ = F::multi_head_attention_forward(
                &ones(&[5]),
                &ones(&[5]),
                &ones(&[5]),
                4,
                2,
                Some(&ones(&[12, 4])),
                None,
                None,
                None,
                false,
                0.0,
                &ones(&[4, 4]),
                None,
            );
        },
    ),
    (
        "F.multi_head_attention_forward",
        Some(
            "For batched (3-D) `query`, expected `key` and `value` to be 3-D but found 2-D and 2-D tensors respectively",
        ),
        || {
            let _ = F::multi_head_attention_forward(
                &ones(&[5, 3, 4]),
                &ones(&[5, 4]),
                &ones(&[5, 4]),
                4,
                2,
                Some(&ones(&[12, 4])),
                None,
                None,
                None,
                false,
                0.0,
                &ones(&[4, 4]),
                None,
            );
        },
    ),
    (
        "F.multi_head_attention_forward",
        Some("The shape of the 2D attn_mask is torch.Size([4, 4]), but should be (5, 5)."),
        || {
            let _ = F::multi_head_attention_forward_options(
                &ones(&[5, 3, 4]),
                &ones(&[5, 3, 4]),
                &ones(&[5, 3, 4]),
                4,
                2,
                Some(&ones(&[12, 4])),
                None,
                None,
                None,
                false,
                0.0,
                &ones(&[4, 4]),
                None,
            )
            .attn_mask(&ones(&[4, 4]))
            .call();
        },
    ),
    (
        "F.multi_head_attention_forward",
        Some(
            "For batched (3-D) `query`, expected `attn_mask` to be `None`, 2-D or 3-D but found 1-D tensor instead",
        ),
        || {
            let _ = F::multi_head_attention_forward_options(
                &ones(&[5, 3, 4]),
                &ones(&[5, 3, 4]),
                &ones(&[5, 3, 4]),
                4,
                2,
                Some(&ones(&[12, 4])),
                None,
                None,
                None,
                false,
                0.0,
                &ones(&[4, 4]),
                None,
            )
            .attn_mask(&ones(&[4]))
            .call();
        },
    ),
    (
        "F.multi_head_attention_forward",
        Some(
            "For batched (3-D) `query`, expected `key_padding_mask` to be `None` or 2-D but found 1-D tensor instead",
        ),
        || {
            let _ = F::multi_head_attention_forward_options(
                &ones(&[5, 3, 4]),
                &ones(&[5, 3, 4]),
                &ones(&[5, 3, 4]),
                4,
                2,
                Some(&ones(&[12, 4])),
                None,
                None,
                None,
                false,
                0.0,
                &ones(&[4, 4]),
                None,
            )
            .key_padding_mask(&ones(&[5]))
            .call();
        },
    ),
    (
        "F.multi_head_attention_forward",
        Some("Expected key_padded_mask.shape[0] to be 3, but got 2"),
        || {
            let _ = F::multi_head_attention_forward_options(
                &ones(&[5, 3, 4]),
                &ones(&[5, 3, 4]),
                &ones(&[5, 3, 4]),
                4,
                2,
                Some(&ones(&[12, 4])),
                None,
                None,
                None,
                false,
                0.0,
                &ones(&[4, 4]),
                None,
            )
            .key_padding_mask(&ones(&[2, 5]))
            .call();
        },
    ),
    (
        "F.multi_head_attention_forward",
        Some(
            "Need attn_mask if specifying the is_causal hint. You may use the Transformer module method `generate_square_subsequent_mask` to create this mask.",
        ),
        || {
            let _ = F::multi_head_attention_forward_options(
                &ones(&[5, 3, 4]),
                &ones(&[5, 3, 4]),
                &ones(&[5, 3, 4]),
                4,
                2,
                Some(&ones(&[12, 4])),
                None,
                None,
                None,
                false,
                0.0,
                &ones(&[4, 4]),
                None,
            )
            .is_causal(true)
            .call();
        },
    ),
    (
        "F.multi_head_attention_forward",
        Some("use_separate_proj_weight is True but q_proj_weight is None"),
        || {
            let _ = F::multi_head_attention_forward_options(
                &ones(&[5, 3, 4]),
                &ones(&[5, 3, 4]),
                &ones(&[5, 3, 4]),
                4,
                2,
                None,
                None,
                None,
                None,
                false,
                0.0,
                &ones(&[4, 4]),
                None,
            )
            .use_separate_proj_weight(true)
            .call();
        },
    ),
    (
        "F.multi_head_attention_forward",
        Some("expecting key weights shape of (4, 4), but got torch.Size([4, 3])"),
        || {
            let _ = F::multi_head_attention_forward_options(
                &ones(&[5, 3, 4]),
                &ones(&[5, 3, 4]),
                &ones(&[5, 3, 4]),
                4,
                2,
                None,
                None,
                None,
                None,
                false,
                0.0,
                &ones(&[4, 4]),
                None,
            )
            .use_separate_proj_weight(true)
            .q_proj_weight(&ones(&[4, 4]))
            .k_proj_weight(&ones(&[4, 3]))
            .v_proj_weight(&ones(&[4, 4]))
            .call();
        },
    ),
    ("F.multi_head_attention_forward", Some("expecting static_k.size(0) of 6, but got 5"), || {
        let _ = F::multi_head_attention_forward_options(
            &ones(&[5, 3, 4]),
            &ones(&[5, 3, 4]),
            &ones(&[5, 3, 4]),
            4,
            2,
            Some(&ones(&[12, 4])),
            None,
            None,
            None,
            false,
            0.0,
            &ones(&[4, 4]),
            None,
        )
        .static_k(&ones(&[5, 2, 2]))
        .call();
    }),
    (
        "F.binary_cross_entropy",
        Some(
            "Using a target size (torch.Size([2, 4])) that is different to the input size (torch.Size([2, 3])) is deprecated. Please ensure they have the same size.",
        ),
        || {
            let _ = F::binary_cross_entropy(&ones(&[2, 3]), &ones(&[2, 4]));
        },
    ),
    ("F.binary_cross_entropy", Some("all elements of input should be between 0 and 1"), || {
        let _ = F::binary_cross_entropy(&(ones(&[2, 3]) * 2), &ones(&[2, 3]));
    }),
    (
        "F.binary_cross_entropy_with_logits",
        Some(
            "Target size (torch.Size([2, 4])) must be the same as input size (torch.Size([2, 3]))",
        ),
        || {
            let _ = F::binary_cross_entropy_with_logits(&ones(&[2, 3]), &ones(&[2, 4]));
        },
    ),
    (
        "F.poisson_nll_loss",
        Some(
            "The size of tensor a (4) must match the size of tensor b (3) at non-singleton dimension 1",
        ),
        || {
            let _ = F::poisson_nll_loss(&ones(&[2, 3]), &ones(&[2, 4]));
        },
    ),
    ("F.poisson_nll_loss", Some("batchmean is not a valid value for reduction"), || {
        let _ = F::poisson_nll_loss_options(&ones(&[2, 3]), &ones(&[2, 3]))
            .reduction("batchmean")
            .call();
    }),
    (
        "F.hinge_embedding_loss",
        Some(
            "The size of tensor a (4) must match the size of tensor b (3) at non-singleton dimension 1",
        ),
        || {
            let _ = F::hinge_embedding_loss(&ones(&[2, 3]), &ones(&[2, 4]));
        },
    ),
    ("F.hinge_embedding_loss", Some("batchmean is not a valid value for reduction"), || {
        let _ = F::hinge_embedding_loss_options(&ones(&[2, 3]), &ones(&[2, 3]))
            .reduction("batchmean")
            .call();
    }),
    (
        "F.kl_div",
        Some(
            "The size of tensor a (4) must match the size of tensor b (3) at non-singleton dimension 1",
        ),
        || {
            let _ = F::kl_div(&ones(&[2, 3]), &ones(&[2, 4]));
        },
    ),
    (
        "F.l1_loss",
        Some(
            "The size of tensor a (3) must match the size of tensor b (4) at non-singleton dimension 1",
        ),
        || {
            let _ = F::l1_loss(&ones(&[2, 3]), &ones(&[2, 4]));
        },
    ),
    ("F.l1_loss", Some("batchmean is not a valid value for reduction"), || {
        let _ = F::l1_loss_options(&ones(&[2, 3]), &ones(&[2, 3])).reduction("batchmean").call();
    }),
    (
        "F.mse_loss",
        Some(
            "The size of tensor a (3) must match the size of tensor b (4) at non-singleton dimension 1",
        ),
        || {
            let _ = F::mse_loss(&ones(&[2, 3]), &ones(&[2, 4]));
        },
    ),
    ("F.mse_loss", Some("batchmean is not a valid value for reduction"), || {
        let _ = F::mse_loss_options(&ones(&[2, 3]), &ones(&[2, 3])).reduction("batchmean").call();
    }),
    (
        "F.huber_loss",
        Some(
            "The size of tensor a (3) must match the size of tensor b (4) at non-singleton dimension 1",
        ),
        || {
            let _ = F::huber_loss(&ones(&[2, 3]), &ones(&[2, 4]));
        },
    ),
    ("F.huber_loss", Some("batchmean is not a valid value for reduction"), || {
        let _ = F::huber_loss_options(&ones(&[2, 3]), &ones(&[2, 3])).reduction("batchmean").call();
    }),
    (
        "F.smooth_l1_loss",
        Some(
            "The size of tensor a (3) must match the size of tensor b (4) at non-singleton dimension 1",
        ),
        || {
            let _ = F::smooth_l1_loss(&ones(&[2, 3]), &ones(&[2, 4]));
        },
    ),
    ("F.smooth_l1_loss", Some("batchmean is not a valid value for reduction"), || {
        let _ =
            F::smooth_l1_loss_options(&ones(&[2, 3]), &ones(&[2, 3])).reduction("batchmean").call();
    }),
    (
        "F.soft_margin_loss",
        Some(
            "The size of tensor a (3) must match the size of tensor b (4) at non-singleton dimension 1",
        ),
        || {
            let _ = F::soft_margin_loss(&ones(&[2, 3]), &ones(&[2, 4]));
        },
    ),
    ("F.soft_margin_loss", Some("batchmean is not a valid value for reduction"), || {
        let _ = F::soft_margin_loss_options(&ones(&[2, 3]), &ones(&[2, 3]))
            .reduction("batchmean")
            .call();
    }),
    (
        "F.multilabel_soft_margin_loss",
        Some(
            "The size of tensor a (4) must match the size of tensor b (3) at non-singleton dimension 1",
        ),
        || {
            let _ = F::multilabel_soft_margin_loss(&ones(&[2, 3]), &ones(&[2, 4]));
        },
    ),
    ("F.multilabel_soft_margin_loss", Some("batchmean is not valid"), || {
        let _ = F::multilabel_soft_margin_loss_options(&ones(&[2, 3]), &ones(&[2, 3]))
            .reduction("batchmean")
            .call();
    }),
    ("F.huber_loss", Some("huber_loss does not support non-positive values for delta."), || {
        let _ = F::huber_loss_options(&ones(&[2, 3]), &ones(&[2, 3])).delta(0).call();
    }),
    ("F.smooth_l1_loss", Some("smooth_l1_loss does not support negative values for beta."), || {
        let _ = F::smooth_l1_loss_options(&ones(&[2, 3]), &ones(&[2, 3])).beta(-1).call();
    }),
    ("F.l1_loss", Some("Weights and input must have the same size."), || {
        let _ = F::l1_loss_options(&ones(&[2, 3]), &ones(&[2, 3])).weight(&ones(&[3])).call();
    }),
    (
        "F.l1_loss",
        Some("Invalid reduction mode: batchmean. Expected one of 'none', 'mean', 'sum'."),
        || {
            let _ = F::l1_loss_options(&ones(&[2, 3]), &ones(&[2, 3]))
                .weight(&ones(&[2, 3]))
                .reduction("batchmean")
                .call();
        },
    ),
    ("F.mse_loss", Some("Weights and input must have the same size."), || {
        let _ = F::mse_loss_options(&ones(&[2, 3]), &ones(&[2, 3])).weight(&ones(&[3])).call();
    }),
    (
        "F.mse_loss",
        Some("Invalid reduction mode: batchmean. Expected one of 'none', 'mean', 'sum'."),
        || {
            let _ = F::mse_loss_options(&ones(&[2, 3]), &ones(&[2, 3]))
                .weight(&ones(&[2, 3]))
                .reduction("batchmean")
                .call();
        },
    ),
    ("F.huber_loss", Some("Weights and input must have the same size."), || {
        let _ = F::huber_loss_options(&ones(&[2, 3]), &ones(&[2, 3])).weight(&ones(&[3])).call();
    }),
    (
        "F.huber_loss",
        Some("Invalid reduction mode: batchmean. Expected one of 'none', 'mean', 'sum'."),
        || {
            let _ = F::huber_loss_options(&ones(&[2, 3]), &ones(&[2, 3]))
                .weight(&ones(&[2, 3]))
                .reduction("batchmean")
                .call();
        },
    ),
    (
        "F.cosine_embedding_loss",
        Some(
            "The size of tensor a (3) must match the size of tensor b (4) at non-singleton dimension 1",
        ),
        || {
            let _ = F::cosine_embedding_loss(&ones(&[2, 3]), &ones(&[2, 4]), &ones(&[2]));
        },
    ),
    (
        "F.cross_entropy",
        Some("Expected input batch_size (2) to match target batch_size (4)."),
        || {
            let _ = F::cross_entropy(&ones(&[2, 3]), &whole(&[4]));
        },
    ),
    ("F.cross_entropy", Some("Target 3 is out of bounds."), || {
        let _ = F::cross_entropy(&ones(&[2, 3]), &Tensor::from_slice(&[0_i64, 3]));
    }),
    (
        "F.cross_entropy",
        Some(
            "weight tensor should be defined either for all 3 classes or no classes but got weight tensor of shape: [2]",
        ),
        || {
            let _ = F::cross_entropy_options(&ones(&[2, 3]), &Tensor::from_slice(&[0_i64, 1]))
                .weight(&ones(&[2]))
                .call();
        },
    ),
    ("F.cross_entropy", Some("label_smoothing must be between 0.0 and 1.0. Got: 2"), || {
        let _ = F::cross_entropy_options(&ones(&[2, 3]), &Tensor::from_slice(&[0_i64, 1]))
            .label_smoothing(2)
            .call();
    }),
    ("F.cross_entropy", Some("batchmean is not a valid value for reduction"), || {
        let _ = F::cross_entropy_options(&ones(&[2, 3]), &Tensor::from_slice(&[0_i64, 1]))
            .reduction("batchmean")
            .call();
    }),
    ("F.nll_loss", Some("Expected input batch_size (2) to match target batch_size (4)."), || {
        let _ = F::nll_loss(&ones(&[2, 3]), &whole(&[4]));
    }),
    (
        "F.ctc_loss",
        Some(
            "Expected input_lengths to have value at most 5, but got value 6 (while checking arguments for ctc_loss_allocate_outputs)",
        ),
        || {
            let _ = F::ctc_loss(
                &ones(&[5, 2, 3]),
                &whole(&[2, 2]),
                &Tensor::from_slice(&[6_i64, 5]),
                &Tensor::from_slice(&[2_i64, 2]),
            );
        },
    ),
    ("F.gaussian_nll_loss", Some("var has negative entry/entries"), || {
        let _ = F::gaussian_nll_loss(&ones(&[2, 3]), &ones(&[2, 3]), &-ones(&[2, 3]));
    }),
    ("F.gaussian_nll_loss", Some("var has negative entry/entries"), || {
        let _ = F::gaussian_nll_loss(&ones(&[2, 3]), &ones(&[2, 3]), -1.0);
    }),
    ("F.gaussian_nll_loss", Some("var is of incorrect size"), || {
        let _ = F::gaussian_nll_loss(&ones(&[2, 3]), &ones(&[2, 3]), &ones(&[4]));
    }),
    ("F.gaussian_nll_loss", Some("batchmean is not valid"), || {
        let _ = F::gaussian_nll_loss_options(&ones(&[2, 3]), &ones(&[2, 3]), &ones(&[2, 3]))
            .reduction("batchmean")
            .call();
    }),
    (
        "F.margin_ranking_loss",
        Some(
            "margin_ranking_loss : All input tensors should have same dimension but got sizes: input1: torch.Size([2, 3]), input2: torch.Size([3]), target: torch.Size([2, 3]) ",
        ),
        || {
            let _ = F::margin_ranking_loss(&ones(&[2, 3]), &ones(&[3]), &ones(&[2, 3]));
        },
    ),
    (
        "F.multilabel_margin_loss",
        Some("inconsistent target size: [4] for input of size: [2, 3]"),
        || {
            let _ = F::multilabel_margin_loss(&ones(&[2, 3]), &whole(&[4]));
        },
    ),
    (
        "F.multi_margin_loss",
        Some(
            "multi_margin_loss: target tensor should be 1-D with size equal to the number of input samples (batch size). Expected target size [2], but got [4]. Input has shape [2, 3].",
        ),
        || {
            let _ = F::multi_margin_loss(&ones(&[2, 3]), &whole(&[4]));
        },
    ),
    ("F.multi_margin_loss", Some("only p == 1 and p == 2 supported"), || {
        let _ = F::multi_margin_loss_options(&ones(&[2, 3]), &Tensor::from_slice(&[0_i64, 1]))
            .p(3)
            .call();
    }),
    ("F.multi_margin_loss", Some("weight must be one-dimensional"), || {
        let _ = F::multi_margin_loss_options(&ones(&[2, 3]), &Tensor::from_slice(&[0_i64, 1]))
            .weight(&ones(&[1, 3]))
            .call();
    }),
    ("F.triplet_margin_loss", Some("margin must be greater than 0, got 0.0"), || {
        let _ = F::triplet_margin_loss_options(&ones(&[2, 3]), &ones(&[2, 3]), &ones(&[2, 3]))
            .margin(0)
            .call();
    }),
    (
        "F.triplet_margin_loss",
        Some(
            "The anchor, positive, and negative tensors are expected to have the same number of dimensions, but got: anchor 2D, positive 2D, and negative 1D inputs",
        ),
        || {
            let _ = F::triplet_margin_loss(&ones(&[2, 3]), &ones(&[2, 3]), &ones(&[3]));
        },
    ),
    ("F.triplet_margin_with_distance_loss", Some("margin must be greater than 0, got 0.0"), || {
        let _ = F::triplet_margin_with_distance_loss_options(
            &ones(&[2, 3]),
            &ones(&[2, 3]),
            &ones(&[2, 3]),
        )
        .margin(0)
        .call();
    }),
    (
        "F.triplet_margin_with_distance_loss",
        Some(
            "The anchor, positive, and negative tensors are expected to have the same number of dimensions, but got: anchor 2D, positive 2D, and negative 1D inputs",
        ),
        || {
            let _ =
                F::triplet_margin_with_distance_loss(&ones(&[2, 3]), &ones(&[2, 3]), &ones(&[3]));
        },
    ),
    (
        "F.linear_cross_entropy",
        Some(
            "expected equal input and linear_weight last dimensions (in_features), got 3 and 4, respectively",
        ),
        || {
            let _ = F::linear_cross_entropy(&ones(&[2, 3]), &ones(&[4, 4]), &whole(&[2]));
        },
    ),
    (
        "F.linear_cross_entropy",
        Some("ignore_index cannot be specified when target contains probabilities"),
        || {
            let _ = F::linear_cross_entropy_options(&ones(&[2, 3]), &ones(&[4, 3]), &ones(&[2, 4]))
                .ignore_index(1)
                .call();
        },
    ),
    (
        "nn.init.uniform_",
        Some("uniform_ expects to return a [from, to) range, but found from=2 > to=1"),
        || {
            init::uniform_options(&ones(&[2])).a(2).b(1).call();
        },
    ),
    ("nn.init.normal_", Some("normal expects std >= 0.0, but found std -1"), || {
        init::normal_options(&ones(&[2])).std(-1).call();
    }),
    ("nn.init.trunc_normal_", None, || {
        init::trunc_normal_options(&ones(&[2])).std(-1).call();
    }),
    ("nn.init.constant_", None, || {
        init::constant_(&Tensor::new(), 1);
    }),
    ("nn.init.ones_", None, || {
        init::ones_(&Tensor::new());
    }),
    ("nn.init.zeros_", None, || {
        init::zeros_(&Tensor::new());
    }),
    ("nn.init.eye_", Some("Only tensors with 2 dimensions are supported"), || {
        init::eye_(&ones(&[2]));
    }),
    ("nn.init.dirac_", Some("Only tensors with 3, 4, or 5 dimensions are supported"), || {
        init::dirac_(&ones(&[2]));
    }),
    ("nn.init.dirac_", Some("dim 0 must be divisible by groups"), || {
        init::dirac_options(&ones(&[3, 2, 2])).groups(2).call();
    }),
    (
        "nn.init.xavier_uniform_",
        Some("Fan in and fan out can not be computed for tensor with fewer than 2 dimensions"),
        || {
            init::xavier_uniform_(&ones(&[2]));
        },
    ),
    (
        "nn.init.xavier_normal_",
        Some("Fan in and fan out can not be computed for tensor with fewer than 2 dimensions"),
        || {
            init::xavier_normal_(&ones(&[2]));
        },
    ),
    (
        "nn.init.kaiming_uniform_",
        Some("Fan in and fan out can not be computed for tensor with fewer than 2 dimensions"),
        || {
            init::kaiming_uniform_(&ones(&[2]));
        },
    ),
    (
        "nn.init.kaiming_normal_",
        Some("Fan in and fan out can not be computed for tensor with fewer than 2 dimensions"),
        || {
            init::kaiming_normal_(&ones(&[2]));
        },
    ),
    ("nn.init.orthogonal_", Some("Only tensors with 2 or more dimensions are supported"), || {
        init::orthogonal_(&ones(&[2]));
    }),
    ("nn.init.sparse_", Some("Only tensors with 2 dimensions are supported"), || {
        init::sparse_(&ones(&[2]), 0.5);
    }),
    (
        "nn.utils.get_total_norm",
        Some(
            "The total norm of order 2.0 for gradients from `parameters` is non-finite, so it cannot be clipped. To disable this error and scale the gradients by the non-finite norm anyway, set `error_if_nonfinite=False`",
        ),
        || {
            let _ = utils::get_total_norm_options(&[Tensor::from_slice(&[f32::NAN])])
                .error_if_nonfinite(true)
                .call();
        },
    ),
    (
        "nn.utils.parameters_to_vector",
        Some("torch.cat(): expected a non-empty list of Tensors"),
        || {
            let _ = utils::parameters_to_vector(&[]);
        },
    ),
    ("nn.utils.vector_to_parameters", Some("shape '[2]' is invalid for input of size 1"), || {
        utils::vector_to_parameters(&ones(&[1]), &[ones(&[2])])
    }),
    (
        "nn.utils.clip_grad_norm_",
        Some(
            "The total norm of order 2.0 for gradients from `parameters` is non-finite, so it cannot be clipped. To disable this error and scale the gradients by the non-finite norm anyway, set `error_if_nonfinite=False`",
        ),
        || {
            let _ = utils::clip_grad_norm_options(&[diverged()], 1).error_if_nonfinite(true).call();
        },
    ),
    (
        "nn.utils.rnn.pack_padded_sequence",
        Some(
            "`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. You can pass `enforce_sorted=False` to pack_padded_sequence and/or pack_sequence to sidestep this requirement if you do not need ONNX exportability.",
        ),
        || {
            let _ = rnn::pack_padded_sequence(&ones(&[3, 2]), [1, 2]);
        },
    ),
    (
        "nn.utils.rnn.pad_packed_sequence",
        Some(
            "Expected total_length to be at least the length of the longest sequence in input, but got total_length=2 and max sequence length being 3",
        ),
        || {
            let _ = rnn::pad_packed_sequence_options(&rnn::pack_sequence(&[ones(&[3])]))
                .total_length(2)
                .call();
        },
    ),
    ("nn.utils.rnn.pad_sequence", Some("received an empty list of sequences"), || {
        let _ = rnn::pad_sequence(&[]);
    }),
    (
        "nn.utils.rnn.pad_sequence",
        Some("Expected padding_side to be one of left or right, but got up."),
        || {
            let _ = rnn::pad_sequence_options(&[ones(&[3])]).padding_side("up").call();
        },
    ),
    (
        "nn.utils.rnn.pack_sequence",
        Some(
            "`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. You can pass `enforce_sorted=False` to pack_padded_sequence and/or pack_sequence to sidestep this requirement if you do not need ONNX exportability.",
        ),
        || {
            let _ = rnn::pack_sequence(&[ones(&[2]), ones(&[3])]);
        },
    ),
    ("nn.utils.rnn.unpad_sequence", None, || {
        let _ = rnn::unpad_sequence(&ones(&[3, 2]), &whole(&[3]));
    }),
    (
        "nn.utils.parametrizations.spectral_norm",
        Some("Expected n_power_iterations to be positive, but got n_power_iterations=0"),
        || {
            let _ = parametrizations::spectral_norm_options(nn::Linear::new(2, 3))
                .n_power_iterations(0)
                .call();
        },
    ),
    (
        "nn.utils.parametrizations.spectral_norm",
        Some("Dimension out of range (expected to be in range of [-2, 1] but got 2)"),
        || {
            let _ = parametrizations::spectral_norm_options(nn::Linear::new(2, 3)).dim(2).call();
        },
    ),
    (
        "nn.utils.parametrizations.spectral_norm",
        Some(
            "Module 'Linear(in_features=2, out_features=3, bias=True)' has no parameter or buffer with name 'foo'",
        ),
        || {
            let linear = nn::Linear::new(2, 3);
            let _ = parametrizations::spectral_norm_options(linear).name("foo").call();
        },
    ),
    (
        "nn.utils.parametrizations.weight_norm",
        Some(
            "Module 'Embedding(3, 2)' does not have a parameter, a buffer, or a parametrized element with name 'bias'",
        ),
        || {
            let embedding = nn::Embedding::new(3, 2);
            let _ = parametrizations::weight_norm_options(embedding).name("bias").call();
        },
    ),
    ("nn.utils.weight_norm", Some("'Embedding' object has no attribute 'bias'"), || {
        let _ = utils::weight_norm_options(nn::Embedding::new(3, 2)).name("bias").call();
    }),
];

fn ones(size: &[i64]) -> Tensor {
    Tensor::ones(size, (Kind::Float, Device::Cpu))
}

fn whole(size: &[i64]) -> Tensor {
    Tensor::zeros(size, (Kind::Int64, Device::Cpu))
}

fn bools(size: &[i64]) -> Tensor {
    Tensor::ones(size, (Kind::Bool, Device::Cpu))
}

/// One that asks for a gradient, and may not be overwritten.
fn leaf(size: &[i64]) -> Tensor {
    ones(size).set_requires_grad(true)
}

/// A parameter whose gradient is not a number.
fn diverged() -> Tensor {
    let weight = leaf(&[1]);
    (&weight * f64::NAN).sum(None).backward();
    weight
}

#[test]
fn a_failing_function_says_its_name_and_pythons_words() {
    let _generator = crate::seeded(0);
    let mut wrong = Vec::new();
    for (i, (name, words, call)) in CASES.iter().enumerate() {
        let Err(payload) = panic::catch_unwind(AssertUnwindSafe(call)) else {
            wrong.push(format!("{i}: {name} did not fail; Python: {words:?}"));
            continue;
        };
        let told = payload.downcast_ref::<String>().cloned().unwrap_or_default();
        let right = match words {
            // Python breaks some of its lines by blanks.
            Some(words) => {
                by_single_blanks(&told) == by_single_blanks(&format!("in {name}: {words}"))
            }
            None => {
                told.starts_with(&format!("in {name}: "))
                    && !told.contains("frame #")
                    && !told.contains("Exception raised")
            }
        };
        if !right {
            wrong.push(format!("{i}: {name}\n  here: {told}\n  Python: {words:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), CASES.len(), wrong.join("\n"));
}

fn by_single_blanks(words: &str) -> String {
    words.split("  ").map(str::trim).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// What `#[function]` stands on in these files, as Python calls it.
fn functions(folder: &Path, prefix: &str) -> Vec<String> {
    let mut names = Vec::new();
    let files = match folder.is_dir() {
        true => fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect(),
        false => vec![folder.to_path_buf()],
    };
    for file in files {
        let text = fs::read_to_string(file).unwrap();
        for (at, _) in text.match_indices("#[function]\npub fn ") {
            let name = &text[at + "#[function]\npub fn ".len()..];
            let end = name.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap();
            names.push(format!("{prefix}.{}", &name[..end]));
        }
    }
    names
}

#[test]
fn each_function_of_nn_is_among_them() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/nn");
    let known: BTreeSet<_> = CASES.iter().map(|(name, ..)| name.to_string()).collect();
    let mut missing = Vec::new();
    for (file, prefix) in [
        ("functional", "F"),
        ("attention.rs", "F"),
        ("init.rs", "nn.init"),
        ("utils/mod.rs", "nn.utils"),
        ("utils/rnn.rs", "nn.utils.rnn"),
        ("utils/parametrizations.rs", "nn.utils.parametrizations"),
    ] {
        missing.extend(functions(&src.join(file), prefix));
    }
    assert!(missing.len() > 150, "{missing:?}");
    missing.retain(|name| !known.contains(name) && !CANNOT_FAIL.contains(&name.as_str()));
    assert_eq!(missing, Vec::<String>::new());
}

/// What fails for no arguments that have its types.
const CANNOT_FAIL: [&str; 6] = [
    "nn.init.calculate_gain",
    "nn.utils.clip_grads_with_norm_",
    "nn.utils.clip_grad_value_",
    "nn.utils.rnn.invert_permutation",
    "nn.utils.rnn.unpack_sequence",
    "nn.init.zeros_",
];

#[test]
fn inside_a_module_it_is_the_module_that_is_named() {
    #[derive(Debug, Module)]
    struct Model {
        layer: nn::Linear,
    }
    impl Forward for Model {
        fn forward(&self, x: &Tensor) -> Tensor {
            F::max_pool1d(&self.layer.forward(x), 9)
        }
    }
    let model = Model { layer: nn::Linear::new(2, 3) };
    let told = panic_of(|| drop(model.forward(&ones(&[4, 2]))));
    assert!(told.starts_with("in Model: max_pool1d"), "{told}");
    let told = panic_of(|| drop(model.forward(&ones(&[4, 3]))));
    assert!(told.starts_with("in layer, a Linear("), "{told}");
}

#[test]
fn a_keyword_that_is_none_is_told_with_the_function() {
    let (x, y) = (ones(&[2, 3]), Tensor::from_slice(&[0_i64, 1]));
    let told = [
        panic_of(|| drop(F::cross_entropy_options(&x, &y).reduction("avg").call())),
        panic_of(|| drop(F::l1_loss_options(&x, &x).reduction("avg").call())),
        panic_of(|| drop(torch::norm_options(&x).p("all").call())),
        panic_of(|| drop(torch::linalg::matrix_norm_options(&x).ord("all").call())),
    ];
    assert_eq!(
        told,
        [
            "in F.cross_entropy: avg is not a valid value for reduction",
            "in F.l1_loss: avg is not a valid value for reduction",
            "in torch.norm: linalg.matrix_norm: Order all not supported.",
            "in torch.linalg.matrix_norm: linalg.matrix_norm: Order all not supported.",
        ]
    );
}

#[test]
fn what_the_twins_refuse_is_told_with_python_s_name() {
    let x = ones(&[2, 3]);
    let bins = torch::tensor([1.0, 2.0]);
    let told = [
        panic_of(|| drop(torch::histogram_options(&x, &bins).range((0, 1)).call())),
        panic_of(|| drop(torch::normal(1, 2.5))),
        panic_of(|| drop(torch::linalg::inv(&x))),
        panic_of(|| drop(torch::add_options(&x, true).alpha(true).call())),
        panic_of(|| drop(&nn::Buffer::new(ones(&[2, 3])) * &ones(&[2, 4]))),
        panic_of(|| drop(torch::sub(&torch::tensor([3, 1]), true))),
    ];
    assert_eq!(
        told,
        [
            "in torch.histogram: histogram() takes a range beside a number of bins alone",
            "in torch.normal: normal() of two numbers needs a size: write \
             torch::normal_in_place_options(&torch::empty(size)).mean(1).std(2.5).call()",
            "in torch.linalg.inv: linalg.inv: A must be batches of square matrices, but they are 2 by \
             3 matrices",
            "in torch.add: Boolean alpha only supported for Boolean results.",
            "in torch.mul: The size of tensor a (3) must match the size of tensor b (4) at \
             non-singleton dimension 1",
            "in torch.sub: Subtraction, the `-` operator, with a bool tensor is not supported. If you \
             are trying to invert a mask, use the `~` or `logical_not()` operator instead.",
        ]
    );
}

/// Fails in three ways, and catches two; run by the test below.
#[test]
#[ignore = "its output is looked at by another test"]
fn fails_aloud() {
    let _ = panic::catch_unwind(|| F::linear(&ones(&[2]), &ones(&[3, 3])));
    let _ = panic::catch_unwind(|| F::max_pool2d_options(&ones(&[1, 2, 2]), 2).padding(2).call());
    let _ = panic::catch_unwind(|| nn::Linear::new(2, 3).forward(&ones(&[4])));
}

#[test]
fn a_failure_is_printed_once_with_the_callers_line() {
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "refusals::fails_aloud", "--ignored", "--nocapture"])
        .env_remove("RUST_BACKTRACE")
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stderr);
    assert_eq!(printed.matches("panicked at ").count(), 3, "{printed}");
    assert_eq!(
        printed.matches("panicked at tests/integration/refusals.rs").count(),
        3,
        "{printed}"
    );
    for told in [
        "in F.linear: ",
        "in F.max_pool2d: ",
        "in Linear(in_features=2, out_features=3, bias=True): ",
    ] {
        assert_eq!(printed.matches(told).count(), 1, "{printed}");
    }
    assert!(!printed.contains("frame #") && !printed.contains("Exception raised"), "{printed}");
}

/// Sets a hook after the first call, as a program may; run by the test below.
#[test]
#[ignore = "the hook is the process's"]
fn fails_after_another_hook_was_set() {
    #[derive(Debug, Module)]
    struct Net {
        body: nn::Sequential,
        caught: nn::Linear,
    }

    impl Forward for Net {
        fn forward(&self, x: &Tensor) -> Tensor {
            let _ = panic::catch_unwind(AssertUnwindSafe(|| self.caught.forward(x)));
            match x.dim() {
                1 => x.view([-1, 7]),
                _ => self.body.forward(x),
            }
        }
    }
    let net = Net {
        body: nn::sequential!(nn::Linear::new(4, 4), nn::Linear::new(3, 2)),
        caught: nn::Linear::new(9, 9),
    };
    let told = || {
        [
            panic_of(|| drop(nn::call(&net, &ones(&[2, 4])))),
            panic_of(|| drop(nn::call(&net, &ones(&[4])))),
            panic_of(|| drop(F::linear(&ones(&[2]), &ones(&[3, 3])))),
            panic_of(|| drop(F::hardtanh_options(&ones(&[2])).min_val(1).max_val(0).call())),
        ]
    };
    let before = told();
    panic::set_hook(Box::new(|_| {}));
    assert_eq!(told(), before);
    assert!(before[0].starts_with("in body.1, a Linear(in_features=3, "), "{before:?}");
    assert_eq!(before[1], "in Net: shape '[-1, 7]' is invalid for input of size 4");
    assert!(before[2].starts_with("in F.linear: "), "{before:?}");
    assert_eq!(before[3], "in F.hardtanh: min_val cannot be greater than max_val");
}

#[test]
fn the_path_is_told_whatever_the_hook() {
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "refusals::fails_after_another_hook_was_set", "--ignored"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

#[test]
fn a_side_that_stays_is_an_images() {
    let words = "argument 'output_size' (position 2) must be tuple of ints, but found element of type \
                 NoneType at pos 0";
    let x = ones(&[1, 3, 9]);
    assert_eq!(
        [
            panic_of(|| drop(nn::AdaptiveAvgPool1d::new((None,)).forward(&x))),
            panic_of(|| drop(F::adaptive_max_pool1d(&x, [None]))),
        ],
        [
            format!("in AdaptiveAvgPool1d(output_size=(None,)): {words}"),
            format!("in F.adaptive_max_pool1d: {words}"),
        ]
    );
}

/// One that catches a refusal inside of a module's forward reads its words.
#[test]
fn a_refusal_that_is_caught_inside_is_a_text() {
    #[derive(Debug, Module)]
    struct Catches {}

    impl Forward for Catches {
        fn forward(&self, x: &Tensor) -> Tensor {
            let refused = || F::hardtanh_options(x).min_val(0.5).max_val(-0.5).call();
            let payload = std::panic::catch_unwind(std::panic::AssertUnwindSafe(refused));
            let words = *payload.unwrap_err().downcast::<String>().unwrap();
            assert_eq!(words, "min_val cannot be greater than max_val");
            x.shallow_clone()
        }
    }
    let _ = Catches {}.forward(&Tensor::zeros([2], (Kind::Float, Device::Cpu)));
}
