//! The optimizers: Muon turns the filters, SGD does the rest.

use flambeau::prelude::*;

use super::Net;

/// The learning rates at the beginning: of the filters by Muon, of biases and head by SGD, whose
/// loss is the sum over the batch. All go down to 0 in a straight line.
const MATRIX_LR: f64 = 0.205;
const BIAS_LR: f64 = 0.0573;
const HEAD_LR: f64 = 0.5415;
/// The whitening layer's bias is learned in so many epochs, and asks for no gradient after.
const WHITEN_BIAS_EPOCHS: f64 = 0.2;
/// By how much a weight shrinks in a step of SGD at first.
const WEIGHT_DECAY: f64 = 0.0016;

/// How many steps it takes until the filters get their norms back; in between they grow by little.
const NORM_EVERY: usize = 8;

pub struct Optimizers {
    matrices: Vec<Tensor>,
    whiten_bias: Tensor,
    muon: optim::Muon,
    sgd: optim::SGD,
    steps: usize,
}

impl Optimizers {
    pub fn new(net: &Net) -> Self {
        let muon = optim::Muon::options(net.matrices())
            .lr(MATRIX_LR)
            .momentum(0.655)
            .weight_decay(0.0)
            .ns_coefficients((3.4576, -4.7391, 2.0843))
            .ns_steps(3)
            .build();
        let (whiten_bias, head) =
            (net.whiten_bias().shallow_clone(), net.head.weight.shallow_clone());
        let sgd = optim::SGD::options(vec![whiten_bias.shallow_clone()]).lr(BIAS_LR);
        let sgd = sgd.momentum(0.825).nesterov(true).weight_decay(WEIGHT_DECAY / BIAS_LR);
        let mut sgd = sgd.build();
        sgd.add_param_group(net.biases(), |_| {});
        sgd.add_param_group(vec![head], |group| {
            (group.lr, group.weight_decay) = (HEAD_LR, WEIGHT_DECAY / HEAD_LR);
        });
        Self { matrices: net.matrices(), whiten_bias, muon, sgd, steps: 0 }
    }

    /// Sets the learning rates for when so many of the epochs are done. Says whether something that was learned
    /// is learned no more.
    pub fn schedule(&mut self, done: f64, epochs: usize) -> bool {
        let left = 1.0 - done / epochs as f64;
        let whiten_bias_lr = BIAS_LR * (1.0 - done / WHITEN_BIAS_EPOCHS).max(0.0);
        self.muon.set_lr(MATRIX_LR * left);
        let rates = [whiten_bias_lr, BIAS_LR * left, HEAD_LR * left];
        for (group, lr) in self.sgd.param_groups_mut().into_iter().zip(rates) {
            group.set_lr(lr);
        }
        let was_learned = self.whiten_bias.requires_grad();
        let _ = self.whiten_bias.set_requires_grad(whiten_bias_lr > 0.0);
        was_learned && whiten_bias_lr <= 0.0
    }

    pub fn zero_grad(&mut self) {
        self.muon.zero_grad();
        self.sgd.zero_grad();
    }

    pub fn step(&mut self) {
        self.steps += 1;
        if self.steps.is_multiple_of(NORM_EVERY) {
            no_grad(|| self.matrices.iter_mut().for_each(keep_norm));
        }
        self.muon.step();
        self.sgd.step();
    }
}

/// Gives the rows of a matrix the norm 1 on average. Only where they point matters to a batch norm, so
/// with their norms kept near 1 the learning rate alone says how far they turn.
fn keep_norm(matrix: &mut Tensor) {
    let rows = matrix.size()[0] as f64;
    let _ = matrix.g_mul_(&(matrix.norm().reciprocal() * rows.sqrt()));
}
