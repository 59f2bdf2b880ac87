//! Where the crate goes a shorter way than libtorch's operations, it comes to the same bits.

use flambeau::nn::StateDict;
use flambeau::prelude::*;
use flambeau::tch::CModule;

/// The bits, which tell -0 from 0 and know of no NaN.
pub fn bits(tensor: &Tensor) -> Vec<u32> {
    let floats: Vec<f32> = Vec::try_from(tensor.detach().contiguous().view([-1])).unwrap();
    floats.into_iter().map(f32::to_bits).collect()
}

#[test]
fn a_pool_of_two_by_two_is_libtorchs() {
    let _generator = crate::seeded(0);
    let normal = |size: &[i64]| Tensor::randn(size, (Kind::Float, Device::Cpu));
    // Whole numbers meet their like, and a zero the other zero; nothing but NaNs, and but infinities.
    let odd = Tensor::from_slice(&[f32::NAN, 1.0, f32::NEG_INFINITY, 0.0, -0.0, f32::INFINITY]);
    let odd = odd.index_select(0, &torch::randint(6, [2 * 3 * 64]));
    let images = [
        normal(&[4, 6, 28, 28]),
        normal(&[4, 16, 10, 10]),
        normal(&[3, 5, 7]),
        normal(&[2, 3, 2, 33]),
        normal(&[64, 16, 40, 41]),
        normal(&[2, 3, 8, 8]).round(),
        normal(&[2, 3, 8, 8]).transpose(2, 3),
        odd.view([2, 3, 8, 8]),
        Tensor::full([1, 1, 4, 4], f64::NAN, (Kind::Float, Device::Cpu)),
        Tensor::full([1, 1, 4, 4], f64::NEG_INFINITY, (Kind::Float, Device::Cpu)),
    ];
    for x in images {
        let size = x.size();
        let libtorchs = |x: &Tensor| x.max_pool2d([2, 2], [2, 2], [0, 0], [1, 1], false);
        assert_eq!(bits(&F::max_pool2d(&x, 2)), bits(&libtorchs(&x)), "{size:?}");
        let gradient = |pool: &dyn Fn(&Tensor) -> Tensor| {
            let x = x.copy().set_requires_grad(true);
            let y = pool(&x);
            let weights = Tensor::arange(y.numel() as i64, (Kind::Float, Device::Cpu)) + 1.0;
            (y.view([-1]) * weights).sum(Kind::Float).backward();
            (bits(&y), bits(&x.grad()))
        };
        let mine = gradient(&|x| F::max_pool2d(x, 2));
        assert_eq!(mine, gradient(&libtorchs), "{size:?}, gradient");
    }
}

#[test]
fn what_is_traced_to_torchscript_is_libtorchs() {
    let _generator = crate::seeded(0);
    let random = |size: &[i64]| Tensor::randn(size, (Kind::Float, Device::Cpu));
    let (weight, first, other) =
        (random(&[6, 3, 5, 5]), random(&[4, 3, 32, 32]), random(&[4, 3, 32, 32]));
    let forward = |x: &Tensor| F::max_pool2d(&F::conv2d(x, &weight), 2);
    let trace = |inputs: &[Tensor]| vec![forward(&inputs[0])];
    let module = CModule::create_by_tracing("m", "forward", &[first.copy()], &mut { trace });
    assert_eq!(module.unwrap().forward_ts(&[&other]).unwrap(), forward(&other));
}

#[test]
fn a_pool_can_be_differentiated_twice() {
    let x = Tensor::from_slice(&[1.0_f32, 2.0, 4.0, 3.0]).view([1, 1, 2, 2]);
    let x = x.set_requires_grad(true);
    let cube = F::max_pool2d(&x, 2).pow_tensor_scalar(3).sum(Kind::Float);
    let first = Tensor::run_backward(&[&cube], &[&x], true, true);
    let second = Tensor::run_backward(&[&first[0].sum(Kind::Float)], &[&x], false, false);
    let expected = Tensor::from_slice(&[0.0_f32, 0.0, 24.0, 0.0]).view([1, 1, 2, 2]);
    assert_eq!(second[0], expected);
}

/// Python's loop, operation by operation.
fn adam_by_operations(param: &mut Tensor, grad: &Tensor, state: &mut [Tensor; 2], step: i32) {
    let (lr, beta1, beta2, eps) = (1e-3, 0.9, 0.999, 1e-8);
    let [first, second] = state;
    let _ = first.lerp_(grad, 1.0 - beta1);
    let _ = second.g_mul_scalar_(beta2);
    *second = Tensor::addcmul(second, grad, &(grad * (1.0 - beta2)));
    let corrections = [beta1, beta2].map(|beta: f64| 1.0 - beta.powi(step));
    let denominator = (second.sqrt() / corrections[1].sqrt()) + eps;
    *param = &*param - (&*first / denominator) * (lr / corrections[0]);
}

#[test]
fn adam_moves_parameters_behind_a_dead_relu_as_all_others() {
    let _generator = crate::seeded(0);
    let options = (Kind::Float, Device::Cpu);
    // The last is long enough to be shared among threads.
    for (n, steps) in [(1, 1200), (65, 1200), (1000, 1200), (40_000, 30)] {
        let start = Tensor::randn([n], options);
        let param = start.copy().set_requires_grad(true);
        let mut adam = optim::Adam::new(vec![param.shallow_clone()], 1e-3);
        let mut mine = start.copy();
        let mut state = [0, 1].map(|_| Tensor::zeros([n], options));
        for step in 1..=steps {
            // Every second one gets no gradient any more: its averages become denormal.
            let alive = Tensor::arange(n, options).remainder(2.0);
            let grad =
                Tensor::randn([n], options) * if step > 20 { alive } else { alive.ones_like() };
            adam.zero_grad();
            (&param * &grad).sum(Kind::Float).backward();
            adam.step();
            adam_by_operations(&mut mine, &grad, &mut state, step);
            // Near enough is enough here; that the bits are Python's, scripts/parity shows.
            if step % 400 == 0 || step == steps {
                let kept: &StateDict = adam.state()[0];
                for (name, theirs) in [("exp_avg", &state[0]), ("exp_avg_sq", &state[1])] {
                    let gap = (&kept[name] - theirs).abs().max().double_value(&[]);
                    assert!(gap <= 1e-6, "{n} parameters, step {step}, {name}: {gap}");
                }
                let gap = (&param - &mine).abs().max().double_value(&[]);
                assert!(gap <= 1e-5, "{n} parameters, step {step}: {gap}");
            }
        }
        let smallest = adam.state()[0]["exp_avg"].abs();
        let denormal = smallest.gt(0.0) * smallest.lt(f64::from(f32::MIN_POSITIVE));
        assert!(
            n == 1 || steps < 1200 || denormal.any().int64_value(&[]) == 1,
            "nothing became denormal"
        );
    }
}

#[test]
fn a_step_of_adam_between_forward_and_backward_is_noticed() {
    let _generator = crate::seeded(0);
    let model = nn::Linear::new(3, 1);
    let mut adam = optim::Adam::new(model.parameters(), 1e-3);
    let x = Tensor::ones([2, 3], (Kind::Float, Device::Cpu)).set_requires_grad(true);
    model.forward(&x).sum(Kind::Float).backward();
    let loss = model.forward(&x).sum(Kind::Float);
    adam.step();
    let message = loss.f_backward().unwrap_err().to_string();
    assert!(message.contains("modified by an inplace operation"), "{message}");
}
