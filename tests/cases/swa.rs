//! Averaged models, each over twenty steps of the one that is trained.

use flambeau::optim::swa_utils::*;
use flambeau::optim::{Optimizer, SGD};

use super::*;

/// In the order of Python's table.
pub fn cases() -> Vec<(&'static str, Case)> {
    vec![
        ("averaged_model", averaged(AveragedModel::new, 1)),
        ("averaged_model_buffers", averaged(|m| with(m, get_swa_avg_fn(), true), 1)),
        ("averaged_model_multi", averaged(|m| with(m, get_swa_multi_avg_fn(), false), 1)),
        (
            "averaged_model_ema",
            averaged(|m| with(m, get_ema_avg_fn_options().decay(0.9).call(), false), 1),
        ),
        (
            "averaged_model_ema_buffers",
            averaged(|m| with(m, get_ema_avg_fn_options().decay(0.9).call(), true), 1),
        ),
        ("averaged_model_ema_multi", averaged(|m| with(m, get_ema_multi_avg_fn(), false), 1)),
        (
            "averaged_model_ema_multi_buffers",
            averaged(|m| with(m, get_ema_multi_avg_fn_options().decay(0.7).call(), true), 1),
        ),
        (
            "averaged_model_function",
            averaged(|m| with(m, |a, b, n| (a * n as f64 + b) / (n + 2) as f64, false), 1),
        ),
        ("averaged_model_resumed", averaged(AveragedModel::new, 2)),
        ("averaged_model_sequential", sequential()),
        ("update_bn", updated(|| Network::new(Some(0.1)), true)),
        ("update_bn_in_evaluation", updated(|| Network::new(Some(0.3)), false)),
        ("update_bn_cumulative", updated(|| Network::new(None), true)),
    ]
}

#[derive(Debug, Module)]
struct Network {
    hidden: nn::Linear,
    norm: nn::BatchNorm1d,
    dropout: nn::Dropout,
    output: nn::Linear,
}

impl Network {
    fn new(momentum: Option<f64>) -> Self {
        Self {
            hidden: nn::Linear::new(6, 5),
            norm: nn::BatchNorm1d::options(5).momentum(momentum).build(),
            dropout: nn::Dropout::options().p(0.2).build(),
            output: nn::Linear::new(5, 3),
        }
    }
}

impl Forward for Network {
    fn forward(&self, x: &Tensor) -> Tensor {
        let x = self.norm.forward(&self.hidden.forward(x)).relu();
        self.output.forward(&self.dropout.forward(&x))
    }
}

fn with(
    model: &Network,
    avg_fn: impl Fn(&Tensor, &Tensor, i64) -> Tensor + Send + Sync + 'static,
    use_buffers: bool,
) -> AveragedModel<Network> {
    AveragedModel::options(model).avg_fn(avg_fn).use_buffers(use_buffers).build()
}

fn batch() -> Tensor {
    Tensor::randn([8, 6], (Kind::Float, Device::Cpu))
}

/// Twenty steps, the last ten of which are averaged.
fn train(model: &dyn Forward, parameters: Vec<Tensor>, mut after: impl FnMut(usize)) {
    let mut sgd = SGD::options(parameters).lr(0.1).momentum(0.9).build();
    for step in 0..20 {
        sgd.zero_grad();
        nn::call(model, &batch()).square().mean(None).backward();
        sgd.step();
        if step >= 10 {
            after(step);
        }
    }
}

fn averages<M: Forward>(averaged: &AveragedModel<M>) -> StateDict {
    let mut result = averaged.state_dict();
    let keys: Vec<_> = result.keys().map(String::as_str).collect();
    let keys = text(&keys.join("\n"));
    result.extend([("keys".into(), keys), ("print".into(), text(&averaged.to_string()))]);
    averaged.eval();
    result.insert("evaluated".into(), averaged.forward(&batch()).detach());
    result
}

/// The averages, which as many models hold, one after the other, by way of their state.
fn averaged(build: impl Fn(&Network) -> AveragedModel<Network> + 'static, holders: usize) -> Case {
    Box::new(move || {
        let model = Network::new(Some(0.1));
        let mut averaged = build(&model);
        let mut result = StateDict::from([("begun".to_string(), averaged.forward(&batch()))]);
        train(&model, model.parameters(), |step| {
            if holders == 2 && step == 15 {
                let state = averaged.state_dict();
                averaged = build(&model);
                averaged.load_state_dict(&state).expect("the same model's");
            }
            averaged.update_parameters(&model);
        });
        result.insert("begun".into(), result["begun"].detach());
        result.extend(averages(&averaged));
        result
    })
}

/// A model whose layers stand behind `dyn Forward`.
fn sequential() -> Case {
    Box::new(|| {
        let (hidden, output) = (nn::Linear::new(6, 5), nn::Linear::new(5, 3));
        let model = nn::sequential!(hidden, nn::BatchNorm1d::new(5), output);
        let averaged = AveragedModel::new(&model);
        let begun = averaged.forward(&batch()).detach();
        train(&model, model.parameters(), |_| averaged.update_parameters(&model));
        let mut result = averages(&averaged);
        result.insert("begun".into(), begun);
        result
    })
}

/// The averages with statistics taken anew, and what the model does with them after that.
fn updated(build: impl Fn() -> Network + 'static, training: bool) -> Case {
    Box::new(move || {
        let model = build();
        let averaged = AveragedModel::new(&model);
        train(&model, model.parameters(), |_| averaged.update_parameters(&model));
        if !training {
            averaged.eval();
        }
        let batches: Vec<_> = [8, 8, 5].map(|n| Ok(batch().narrow(0, 0, n))).into();
        update_bn(batches, &averaged).expect("no batch failed");
        let mut result: StateDict = averaged
            .buffers()
            .into_iter()
            .enumerate()
            .map(|(i, buffer)| (format!("statistics.{i}"), buffer.copy()))
            .collect();
        result.insert("after".into(), averaged.forward(&batch()).detach());
        result.extend(averages(&averaged));
        result
    })
}
