//! L-BFGS.

mod number;
mod strong_wolfe;

use tch::Tensor;

use self::number::Number;
use self::strong_wolfe::{Point, strong_wolfe};
use super::group::{Entry, Group, Shared, optimizer, read, told_by_name};
use super::states::Slots;
use super::{Rule, not_negative, real};
use crate::nn::StateDict;
use crate::object::Object;
use crate::{Error, Result, ffi, torch};

optimizer!(
    /// L-BFGS, for losses without noise: each step goes where the gradients of the last steps say the
    /// loss is lowest, as Newton's would with the second derivatives: [`torch.optim.LBFGS`]
    /// ([Liu and Nocedal, 1989](https://doi.org/10.1007/BF01589116)).
    ///
    /// With y the change of the gradient g over each of the last `history_size` iterations and s that
    /// of all parameters θ, H is the inverse of the second derivatives that they tell of:
    ///
    /// - d ← -H·g
    /// - θ ← θ + t·d, with t = `lr`, in the first iteration of all no longer than 1/Σ|g|, or found along
    ///   d by `line_search_fn` `"strong_wolfe"`
    ///
    /// A step is up to `max_iter` such iterations. It evaluates the loss many times, by a closure:
    /// [`step`](LBFGS::step). There is one group only. The state holds all that the next iteration
    /// needs, in that of the first parameter.
    ///
    /// # Panics
    /// When an option is outside its range, in PyTorch's words.
    ///
    /// ```
    /// use flambeau::prelude::*;
    ///
    /// let model = nn::Linear::new(2, 1);
    /// let (x, y) = (torch::eye(2), torch::tensor([[1.0], [2.0]]));
    /// let mut optimizer =
    ///     optim::LBFGS::options(model.parameters()).line_search_fn("strong_wolfe").build();
    /// let closure = || {
    ///     model.zero_grad();
    ///     let loss = nn::MSELoss::new().forward(&model.forward(&x), &y);
    ///     loss.backward();
    ///     loss
    /// };
    /// let first = optimizer.step(closure);
    /// assert!(closure().item() < 1e-6 * first);
    /// ```
    ///
    /// [`torch.optim.LBFGS`]: https://docs.pytorch.org/docs/stable/generated/torch.optim.LBFGS.html
    LBFGS / LBFGSRule / LBFGSOptions {
        /// The learning rate, how much of the way each iteration goes.
        lr: f64 = 1.0,
        /// How many iterations a step has at most.
        max_iter: i64 = 20,
        /// How many evaluations a step has at most: 5/4 of the iterations, if not given.
        max_eval: i64 = max_iter.saturating_mul(5).div_euclid(4),
        /// The step ends where no derivative is larger.
        tolerance_grad: f64 = 1e-7,
        /// The step ends where neither loss nor parameters change more.
        tolerance_change: f64 = 1e-9,
        /// How many iterations are remembered.
        history_size: i64 = 100,
        /// How a step's length is found: `"strong_wolfe"`, or `lr` if not given.
        line_search_fn: Option<String>,
    }
    group {
        lr,
        max_iter,
        max_eval,
        tolerance_grad,
        tolerance_change,
        history_size,
        line_search_fn,
    }
);

impl Rule for LBFGSRule {
    told_by_name!(LBFGS, Memory);

    fn check(&self, _params: &[Tensor]) {
        not_negative!(self.lr => "Invalid learning rate");
        if let Some(problem) = self.unsound() {
            panic!("{problem}");
        }
    }

    fn unsound(&self) -> Option<String> {
        if self.history_size < 1 {
            return Some("history_size must be positive".into());
        }
        let known = matches!(self.line_search_fn.as_deref(), None | Some("strong_wolfe"));
        (!known).then(|| "only 'strong_wolfe' is supported".into())
    }

    fn begin(&self, _param: &Tensor) -> StateDict {
        StateDict::new()
    }

    fn refuses(&self, _param: &Tensor, _sparse: bool) -> Option<String> {
        None
    }

    fn step(&self, _slots: &mut Slots) -> Result<()> {
        let problem = "LBFGS.step() missing 1 required positional argument: 'closure'";
        Err(Error::argument("closure", problem))
    }
}

/// What an error is about.
const STATE: &str = "optimizer state";

/// What is kept of all parameters together.
#[derive(Debug, Default)]
pub struct Memory {
    func_evals: i64,
    n_iter: i64,
    last: Option<Iteration>,
}

/// What an iteration leaves to the next, under Python's names.
#[derive(Debug)]
struct Iteration {
    d: Tensor,
    t: Number,
    /// How the gradient has changed, and the parameters by how much.
    old_dirs: Vec<Tensor>,
    old_stps: Vec<Tensor>,
    ro: Vec<Number>,
    h_diag: Number,
    prev_flat_grad: Tensor,
    prev_loss: f64,
}

impl LBFGS {
    /// Moves the parameters to where the loss is smaller. `closure` clears the gradients, computes the
    /// loss and its gradients, and gives the loss back; what comes back here is the first one.
    ///
    /// In the closure it is [`model.zero_grad()`](crate::nn::Module::zero_grad) that clears them, for
    /// the optimizer is busy. By way of [`Optimizer`](super::Optimizer), which has no closure, there
    /// is no step: that panics.
    ///
    /// # Panics
    /// When there is more than one group.
    #[track_caller]
    pub fn step(&mut self, mut closure: impl FnMut() -> Tensor) -> f64 {
        let [group] = &self.groups[..] else {
            panic!("Expected exactly one param_group, but got {}", self.groups.len());
        };
        let mut objective = Objective { params: group.params(), closure: &mut closure };
        torch::no_grad(|| group.options.minimise(&mut objective, &mut self.shared))
    }
}

impl LBFGSRule {
    fn minimise(&self, objective: &mut Objective, memory: &mut Memory) -> f64 {
        let flat_enough =
            |grad: &Tensor| Number::from(grad.abs().max()) <= self.tolerance_grad.into();
        let (first_loss, mut flat_grad) = objective.evaluate();
        let (mut loss, mut evals) = (first_loss, 1);
        memory.func_evals += 1;
        if flat_enough(&flat_grad) {
            return first_loss;
        }
        for n_iter in 1..=self.max_iter {
            memory.n_iter += 1;
            let last = match memory.last.take() {
                Some(last) => last.next(&flat_grad, loss, self),
                None => Iteration::first(&flat_grad, loss, self),
            };
            let last = memory.last.insert(last);
            let slope = Number::from(flat_grad.dot(&last.d));
            if slope > (-self.tolerance_change).into() {
                break;
            }
            let more_evals = if self.line_search_fn.is_some() {
                let start = Point { t: 0.0.into(), loss, grad: flat_grad, slope };
                let largest = last.d.abs().max().into();
                let max_ls = self.max_eval - evals;
                let look = |t| objective.look(t, &last.d);
                let (found, looks) =
                    strong_wolfe(&start, last.t, largest, self.tolerance_change, max_ls, look);
                (last.t, loss, flat_grad) = (found.t, found.loss, found.grad);
                objective.go(last.t, &last.d);
                looks
            } else {
                objective.go(last.t, &last.d);
                // What the last iteration leads to is seen by the next step.
                if n_iter == self.max_iter {
                    break;
                }
                (loss, flat_grad) = objective.evaluate();
                1
            };
            evals += more_evals;
            memory.func_evals += more_evals;
            let moved = Number::from((&last.d * last.t.value).abs().max());
            if evals >= self.max_eval
                || flat_enough(&flat_grad)
                || moved <= self.tolerance_change.into()
                || (loss - last.prev_loss).abs() < self.tolerance_change
            {
                break;
            }
        }
        first_loss
    }
}

impl Iteration {
    /// Down the gradient.
    fn first(flat_grad: &Tensor, loss: f64, options: &LBFGSRule) -> Self {
        let t = Number::from(1.0) / flat_grad.abs().sum(None).into();
        Self {
            d: flat_grad.neg(),
            t: Number::from(1.0).min(t) * options.lr,
            old_dirs: vec![],
            old_stps: vec![],
            ro: vec![],
            h_diag: 1.0.into(),
            prev_flat_grad: flat_grad.shallow_clone(),
            prev_loss: loss,
        }
    }

    /// By what was seen on the way: -H·g, by the recursion of two loops.
    fn next(mut self, flat_grad: &Tensor, loss: f64, options: &LBFGSRule) -> Self {
        let y = flat_grad - &self.prev_flat_grad;
        let s = &self.d * self.t.value;
        let ys = Number::from(y.dot(&s));
        if ys > 1e-10.into() {
            if self.old_dirs.len() as i64 == options.history_size {
                drop(self.old_dirs.remove(0));
                drop(self.old_stps.remove(0));
                self.ro.remove(0);
            }
            self.ro.push(Number::from(1.0) / ys);
            self.h_diag = ys / y.dot(&y).into();
            self.old_dirs.push(y);
            self.old_stps.push(s);
        }
        let seen = || self.old_dirs.iter().zip(&self.old_stps).zip(&self.ro);
        let q = flat_grad.neg();
        let mut al = vec![];
        for ((y, s), ro) in seen().rev() {
            al.push(Number::from(s.dot(&q)) * *ro);
            ffi::add_(&q, y, -al[al.len() - 1].value);
        }
        let r = q * self.h_diag.value;
        for (((y, s), ro), al) in seen().zip(al.into_iter().rev()) {
            let be = Number::from(y.dot(&r)) * *ro;
            ffi::add_(&r, s, (al - be).value);
        }
        let prev_flat_grad = flat_grad.shallow_clone();
        Self { d: r, t: options.lr.into(), prev_flat_grad, prev_loss: loss, ..self }
    }
}

/// The loss as a function of all parameters in a row.
struct Objective<'a> {
    params: &'a [Tensor],
    closure: &'a mut dyn FnMut() -> Tensor,
}

impl Objective<'_> {
    /// The loss and the gradient where the parameters are.
    fn evaluate(&mut self) -> (f64, Tensor) {
        let loss = tch::with_grad(|| (self.closure)().double_value(&[]));
        let flat = |param: &Tensor| {
            let grad = param.grad();
            let grad = if !grad.defined() {
                param.zeros_like()
            } else if grad.is_sparse() {
                grad.to_dense(None, false)
            } else {
                grad
            };
            real(&grad).reshape([-1])
        };
        (loss, Tensor::cat(&self.params.iter().map(flat).collect::<Vec<_>>(), 0))
    }

    /// Takes a step.
    fn go(&self, t: Number, d: &Tensor) {
        let mut offset = 0;
        for param in self.params {
            let param = real(param);
            let numel = param.numel() as i64;
            ffi::add_(&param, &d.narrow(0, offset, numel).view_as(&param), t.value);
            offset += numel;
        }
    }

    /// Looks at where a step leads to, and comes back.
    fn look(&mut self, t: Number, d: &Tensor) -> Point {
        let start: Vec<_> = self.params.iter().map(Tensor::copy).collect();
        self.go(t, d);
        let (loss, grad) = self.evaluate();
        for (param, start) in self.params.iter().zip(start) {
            param.shallow_clone().copy_(&start);
        }
        Point { t, loss, slope: grad.dot(d).into(), grad }
    }
}

impl Shared for Memory {
    /// Python's `al` is left out: it is scratch, which Python makes where there is none.
    fn object(&self) -> Option<Object> {
        let mut entries =
            vec![("func_evals", self.func_evals.object()), ("n_iter", self.n_iter.object())];
        if let Some(last) = &self.last {
            entries.extend([
                ("d", last.d.object()),
                ("t", last.t.object()),
                ("old_dirs", last.old_dirs.object()),
                ("old_stps", last.old_stps.object()),
                ("ro", last.ro.object()),
                ("H_diag", last.h_diag.object()),
                ("prev_flat_grad", last.prev_flat_grad.object()),
                ("prev_loss", last.prev_loss.object()),
            ]);
        }
        (self.func_evals > 0).then(|| Object::dict(entries))
    }

    fn read(state: &Object, params: &[Tensor]) -> Result<Option<Self>> {
        // Where the first gradient was 0, there was no iteration.
        let last = state.get("d").map(|_| Iteration::read(state, params)).transpose()?;
        let (func_evals, n_iter) =
            (read(STATE, state, "func_evals")?, read(STATE, state, "n_iter")?);
        Ok(Some(Self { func_evals, n_iter, last }))
    }
}

impl Iteration {
    fn read(state: &Object, params: &[Tensor]) -> Result<Self> {
        let wrong = |problem: String| Error::argument(STATE, problem);
        let (device, kind) = (params[0].device(), real(&params[0]).kind());
        let numel: usize = params.iter().map(|param| real(param).numel()).sum();
        let row = |tensor: Tensor| {
            let size = tensor.size();
            if size != [numel as i64] {
                return Err(wrong(format!("holds {size:?} values of {numel} parameters")));
            }
            Ok(tensor.detach().to_device(device).to_kind(kind).copy())
        };
        let rows = |name| {
            let tensors: Vec<Tensor> = read(STATE, state, name)?;
            tensors.into_iter().map(row).collect::<Result<Vec<_>>>()
        };
        let last = Self {
            d: row(read(STATE, state, "d")?)?,
            t: read(STATE, state, "t")?,
            old_dirs: rows("old_dirs")?,
            old_stps: rows("old_stps")?,
            ro: read(STATE, state, "ro")?,
            h_diag: read(STATE, state, "H_diag")?,
            prev_flat_grad: row(read(STATE, state, "prev_flat_grad")?)?,
            prev_loss: read(STATE, state, "prev_loss")?,
        };
        let seen = last.ro.len();
        if [last.old_dirs.len(), last.old_stps.len()] != [seen, seen] {
            return Err(wrong("has not as many 'old_dirs' as 'old_stps' and 'ro'".into()));
        }
        Ok(last)
    }
}
