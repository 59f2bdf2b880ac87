//! The notebook's models.

use flambeau::models;

use super::*;

/// In the order of Python's table.
pub fn cases() -> Vec<(&'static str, Case)> {
    vec![
        ("my_conv2d", layer(|| models::MyConv2d::new(3, 1, 3), &[1, 3, 24, 24])),
        (
            "my_conv2d_all",
            layer(
                || {
                    let options = models::MyConv2d::options(3, 4, 3).dilation(2).padding(1);
                    options.stride(3).bias(true).build()
                },
                &[5, 3, 13, 9],
            ),
        ),
        ("my_conv2d_one_image", layer(|| models::MyConv2d::new(2, 3, 2), &[2, 5, 6])),
        ("recurrent_network", Box::new(recurrent)),
        // Python's side of this one is nn.RNN, with the same weights.
        ("recurrent_network_as_nn_rnn", Box::new(recurrent)),
    ]
}

/// The notebook's recurrent network: three calls, and a sequence with its gradients.
fn recurrent() -> StateDict {
    let network = models::RecurrentNetwork::new(4, 10, 5);
    let mut result = StateDict::new();
    for i in 0..3 {
        result.insert(format!("call.{i}"), network.forward(&ones(&[16, 4])).detach());
    }
    let sequence = randn(&[7, 16, 4]);
    let (outputs, hidden) = network.read(&sequence);
    outputs.backward_with(&outputs.randn_like());
    result.insert("sequence".into(), sequence.detach());
    result.insert("sequence.grad".into(), sequence.grad());
    result.insert("outputs".into(), outputs.detach());
    result.insert("hidden".into(), hidden.detach());
    for (name, parameter) in network.named_parameters() {
        result.insert(format!("{name}.grad"), parameter.grad());
    }
    result.extend(network.state_dict());
    result
}
