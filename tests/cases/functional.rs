//! Functions of `nn::functional` called by name.

use super::*;

/// In the order of Python's table.
pub fn cases() -> Vec<(&'static str, Case)> {
    vec![
        ("functional_relu", function(F::relu, &[4, 10])),
        ("functional_softmax", function(|x| F::softmax(x, 1), &[4, 10])),
        (
            "functional_linear",
            function(|x| F::linear(x, &ones(&[3, 5]), Some(&ones(&[3]))), &[4, 5]),
        ),
        (
            "functional_conv2d",
            function(|x| F::conv2d(x, &ones(&[2, 3, 3, 3]), None, 2, 1, 1, 1), &[2, 3, 7, 7]),
        ),
        ("functional_max_pool2d", function(|x| F::max_pool2d(x, (2, 3)), &[2, 3, 7, 7])),
        (
            "functional_cross_entropy",
            function(
                |x| F::cross_entropy(x, &Tensor::arange(4, (Kind::Int64, Device::Cpu))),
                &[4, 10],
            ),
        ),
    ]
}
