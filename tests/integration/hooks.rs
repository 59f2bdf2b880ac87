//! Forward hooks: who is told of which calls, and for how long.

use std::cell::RefCell;
use std::rc::Rc;

use flambeau::nn::utils::rnn::pack_sequence;
use flambeau::prelude::*;

use crate::panic_of;

fn zeros(size: &[i64]) -> Tensor {
    Tensor::zeros(size, (Kind::Float, Device::Cpu))
}

/// A list that a hook can write to while the test reads it.
type Notes<T> = Rc<RefCell<Vec<T>>>;

fn notes<T>() -> (Notes<T>, Notes<T>) {
    let notes = Notes::default();
    (notes.clone(), notes)
}

#[test]
fn a_hook_is_told_of_its_modules_calls_alone_until_it_is_removed() {
    let _generator = crate::seeded(0);
    let model = models::Cnn::new();
    let (seen, notes) = notes();
    let handle = model.pool1.register_forward_hook(move |module, inputs, outputs| {
        notes.borrow_mut().push((module.class_name(), inputs[0].size(), outputs[0].size()));
        None
    });
    let _ = model.forward(&zeros(&[2, 3, 32, 32]));
    assert_eq!(*seen.borrow(), [("MaxPool2d", vec![2, 6, 28, 28], vec![2, 6, 14, 14])]);
    handle.remove();
    let _ = model.forward(&zeros(&[2, 3, 32, 32]));
    assert_eq!(seen.borrow().len(), 1);
}

#[test]
fn a_module_inside_a_list_is_told_from_its_like() {
    let _generator = crate::seeded(0);
    let model = nn::sequential!(nn::ReLU::new(), nn::Flatten::new(), nn::ReLU::new());
    let (seen, notes) = notes();
    let handle = nn::register_forward_hook(&model[2], move |_, inputs, _| {
        notes.borrow_mut().push(inputs[0].size());
        None
    });
    let _ = model.forward(&zeros(&[4, 2, 3]));
    let _ = nn::ReLU::new().forward(&zeros(&[7]));
    assert_eq!(*seen.borrow(), [[4, 6]]);
    drop(handle);
}

/// However it is called: from a list of any type, out of a box, and by `call`.
#[test]
fn a_module_of_any_type_is_called_once() {
    #[derive(Debug, Module)]
    struct Net {
        list: nn::ModuleList<dyn Forward>,
        boxes: Vec<Box<dyn Forward>>,
        shared: nn::Shared<Box<dyn Forward>>,
    }

    impl Forward for Net {
        fn forward(&self, x: &Tensor) -> Tensor {
            let mut x = x.shallow_clone();
            for module in &self.list {
                x = module.forward(&x);
            }
            x = nn::call(&self.list[0], &x);
            for module in &self.boxes {
                x = nn::call(module, &module.forward(&x));
            }
            self.shared.forward(&x)
        }
    }

    let _generator = crate::seeded(0);
    let linear = || -> Box<dyn Forward> { Box::new(nn::Linear::new(2, 2)) };
    let net = Net {
        list: nn::ModuleList::new(vec![linear(), Box::new(nn::ReLU::new())]),
        boxes: vec![linear()],
        shared: nn::Shared::new(linear()),
    };
    let (seen, notes) = notes();
    let modules = net.named_modules().into_iter().filter(|(path, _)| path != "list.1");
    let handles: Vec<_> = modules
        .map(|(path, module)| {
            let notes = notes.clone();
            nn::register_forward_hook(module, move |_, _, _| {
                notes.borrow_mut().push(path.clone());
                None
            })
        })
        .collect();
    let _ = net.forward(&zeros(&[3, 2]));
    drop(handles);
    assert_eq!(*seen.borrow(), ["list.0", "list.0", "boxes.0", "boxes.0", "shared", ""]);
    assert_eq!(net.summary([3, 2]).multiply_adds(), 5 * 12);

    let refused =
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| net.forward(&zeros(&[5]))));
    let words = *refused.unwrap_err().downcast::<String>().unwrap();
    assert!(words.starts_with("in list.0, a Linear(in_features=2"), "{words}");
}

#[test]
fn a_module_behind_a_handle_reads_the_keys_that_it_had_once() {
    let _generator = crate::seeded(0);
    let normed = || nn::utils::parametrizations::weight_norm(nn::Linear::new(2, 3));
    let old = nn::utils::weight_norm(nn::Linear::new(2, 3)).state_dict();
    assert!(old.contains_key("weight_g"));
    let boxed: Box<dyn Forward> = Box::new(normed());
    let shared = nn::Shared::new(normed());
    normed().load_state_dict(&old).unwrap();
    boxed.load_state_dict(&old).unwrap();
    shared.load_state_dict(&old).unwrap();
    let found = boxed.state_dict().values().zip(shared.state_dict().values()).all(|(a, b)| a == b);
    assert!(found && boxed.state_dict().values().any(|weight| *weight == old["weight_g"]));
}

#[test]
fn what_a_hook_returns_takes_the_outputs_place_and_the_next_hook_sees_it() {
    let model = nn::Flatten::new();
    let first = model.register_forward_hook(|_, _, outputs| Some(outputs[0] + 1));
    let second = model.register_forward_hook(|_, _, outputs| Some(outputs[0] * 10));
    assert_eq!(model.forward(&zeros(&[1, 2])), zeros(&[1, 2]) + 10);
    drop(first);
    assert_eq!(model.forward(&(zeros(&[1, 2]) + 2)), zeros(&[1, 2]) + 20);
    drop(second);
    assert_eq!(model.forward(&zeros(&[1, 2])), zeros(&[1, 2]));
}

#[test]
fn a_pre_hook_changes_the_input() {
    let model = nn::Flatten::new();
    let handle = model.register_forward_pre_hook(|_, inputs| Some(inputs[0] + 3));
    assert_eq!(model.forward(&zeros(&[1, 2])), zeros(&[1, 2]) + 3);
    handle.remove();
}

#[test]
fn gradients_flow_through_what_a_hook_returns() {
    let _generator = crate::seeded(0);
    let linear = nn::Linear::new(2, 1);
    let handle = linear.register_forward_hook(|_, _, outputs| Some(outputs[0] * 2));
    linear.forward(&Tensor::from_slice(&[1.0_f32, 3.0])).sum(None).backward();
    assert_eq!(linear.weight.grad(), Tensor::from_slice2(&[[2.0_f32, 6.0]]));
    drop(handle);
}

#[test]
fn layers_of_several_outputs_and_losses_are_told_too() {
    let _generator = crate::seeded(0);
    let (seen, notes) = notes();
    let handle = nn::register_module_forward_hook(move |module, inputs, outputs| {
        let sizes = |tensors: &[&Tensor]| tensors.iter().map(|t| t.size()).collect::<Vec<_>>();
        notes.borrow_mut().push((module.class_name(), sizes(inputs), sizes(outputs)));
        None
    });
    let lstm = nn::LSTM::new(2, 3);
    let (_, state) = lstm.forward(&zeros(&[5, 4, 2]));
    let packed = pack_sequence(&[zeros(&[3, 2]), zeros(&[2, 2])]);
    let _ = lstm.forward(&packed);
    let _ = lstm.forward_options(&zeros(&[5, 4, 2])).hx(&state).call();
    let _ = nn::MSELoss::new().forward(&zeros(&[2]), &zeros(&[2]));
    let x = zeros(&[5, 4, 2]);
    let _ = nn::MultiheadAttention::new(2, 1).forward(&x, &x, &x);
    handle.remove();
    let [lstm, packed, from, loss, attention] = &seen.borrow()[..] else { panic!("{seen:?}") };
    assert_eq!(lstm.0, "LSTM");
    assert_eq!(lstm.1, [[5, 4, 2]]);
    assert_eq!(from.1, [[5, 4, 2], [1, 4, 3], [1, 4, 3]]);
    assert_eq!((&packed.1[0], &packed.2[0]), (&vec![5, 2], &vec![5, 3]));
    assert_eq!(lstm.2, [vec![5, 4, 3], vec![1, 4, 3], vec![1, 4, 3]]);
    assert_eq!(*loss, ("MSELoss", vec![vec![2], vec![2]], vec![vec![]]));
    assert_eq!((attention.0, attention.2.len()), ("MultiheadAttention", 2));
}

#[test]
fn a_hook_may_call_modules_and_add_hooks() {
    let model = nn::Flatten::new();
    let (seen, notes) = notes();
    let handle = model.register_forward_hook(move |_, _, outputs| {
        notes.borrow_mut().push(());
        // The same type elsewhere, and this module itself through another hook's doing.
        Some(nn::Flatten::new().forward(outputs[0]))
    });
    let _ = model.forward(&zeros(&[2, 3, 4]));
    assert_eq!(seen.borrow().len(), 1);
    drop(handle);
}

#[test]
fn a_hook_on_a_module_without_fields_is_refused() {
    #[derive(Debug, Module)]
    struct Bare;

    impl Forward for Bare {
        fn forward(&self, x: &Tensor) -> Tensor {
            x.shallow_clone()
        }
    }
    let message = panic_of(|| drop(Bare.register_forward_hook(|_, _, _| None)));
    assert!(message.starts_with("Bare has no fields"), "{message}");
}

#[test]
fn a_hook_is_told_of_the_inputs_that_are_there() {
    #[derive(Debug, Module)]
    struct Masked {
        relu: nn::ReLU,
    }

    impl Masked {
        fn forward(&self, x: &Tensor, mask: Option<&Tensor>) -> Tensor {
            nn::guard(self, &[Some(x), mask], || {
                let x = self.relu.forward(x);
                mask.map_or(x.shallow_clone(), |mask| &x * mask)
            })
        }
    }
    let model = Masked { relu: nn::ReLU::new() };
    let (seen, notes) = notes();
    let handle = model.register_forward_hook(move |_, inputs, _| {
        notes.borrow_mut().push(inputs.len());
        None
    });
    let x = zeros(&[2]);
    let _ = (model.forward(&x, None), model.forward(&x, Some(&x)));
    drop(handle);
    assert_eq!(*seen.borrow(), [1, 2]);
}

#[test]
fn a_hook_is_gone_after_a_call_that_failed() {
    let _generator = crate::seeded(0);
    let linear = nn::Linear::new(2, 1);
    let (seen, notes) = notes();
    let handle = linear.register_forward_hook(move |_, _, _| {
        notes.borrow_mut().push(());
        None
    });
    let _ = panic_of(|| drop(linear.forward(&zeros(&[3]))));
    drop(handle);
    let _ = linear.forward(&zeros(&[2]));
    assert!(seen.borrow().is_empty());
}

#[test]
fn a_hook_after_the_call_is_told_what_was_called() {
    let model = nn::Identity::new();
    let before = model.register_forward_pre_hook(|_, inputs| Some(inputs[0] * 2));
    let (seen, notes) = notes();
    let after = model.register_forward_hook(move |_, inputs, _| {
        notes.borrow_mut().push(inputs[0].double_value(&[]));
        None
    });
    let _ = model.forward(&Tensor::from(3.0));
    drop((before, after));
    assert_eq!(*seen.borrow(), [6.0]);
}

#[test]
fn an_input_from_a_hook_that_cannot_be_used_is_refused() {
    let _generator = crate::seeded(0);
    let rnn = nn::RNN::new(2, 3);
    let handle = rnn.register_forward_pre_hook(|_, inputs| Some(inputs[0] * 2));
    let said = crate::panic_of(|| drop(rnn.forward(&zeros(&[5, 4, 2]))));
    assert!(said.starts_with("in RNN(2, 3): a pre-hook gave another input"), "{said}");
    drop(handle);
}
