//! Tensors as Python has them: what is refused and in which words, the page "From Python to Rust",
//! and slices against Python's rule.

use std::fs;

use flambeau::prelude::*;
use flambeau::torch::{IntoIndex, TensorIndex, TensorOrNumber};
use flambeau_cases as cases;
use proptest::prelude::*;

use crate::panic_of;

/// What a statement panics with, without the place that is told before it.
macro_rules! refusal {
    ($statement:expr) => {{
        let words = panic_of(|| _ = $statement);
        let (place, words) = words.split_once(": ").expect("a place and words");
        assert!(place.starts_with("in torch.") || place.starts_with("in Tensor."), "{place}");
        words.to_string()
    }};
}

fn x() -> Tensor {
    torch::zeros([3, 4])
}

#[test]
fn an_index_is_refused_in_pythons_words() {
    let zero_to_two = || [0, 1, 2];
    let out_of_bounds =
        |i, dim, size| format!("index {i} is out of bounds for dimension {dim} with size {size}");
    assert_eq!(refusal!(x().i(5)), out_of_bounds(5, 0, 3));
    assert_eq!(refusal!(x().i(-4)), out_of_bounds(-4, 0, 3));
    assert_eq!(refusal!(x().i((0, -5))), out_of_bounds(-5, 1, 4));
    assert_eq!(refusal!(x().i([0, 7])), out_of_bounds(7, 0, 3));
    assert_eq!(refusal!(x().i((0, 0, 0))), "too many indices for tensor of dimension 2");
    assert_eq!(
        refusal!(torch::tensor(1.0).i(0)),
        "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ \
         to convert a 0-dim tensor to a number"
    );
    assert_eq!(refusal!(x().i((..).step(0))), "slice step cannot be zero");
    assert_eq!(refusal!(x().i((..).step(-1))), "step must be greater than zero");
    for (at, mask) in [(0, x().i((..2, 0)).eq(0)), (1, x().i((0, ..2)).eq(0))] {
        let refusal = if at == 0 { refusal!(x().i(&mask)) } else { refusal!(x().i((.., &mask))) };
        let shapes =
            "The shape of the mask [2] at index 0 does not match the shape of the indexed tensor";
        assert_eq!(refusal, format!("{shapes} [3, 4] at index {at}"));
    }
    assert_eq!(
        refusal!(x().i(([0, 1], zero_to_two()))),
        "shape mismatch: indexing tensors could not be broadcast together with shapes [2], [3]"
    );
    assert_eq!(
        refusal!(x().i(torch::tensor([0.5]))),
        "tensors used as indices must be long, int, byte or bool tensors"
    );
}

#[test]
fn an_assignment_is_refused_in_pythons_words() {
    assert_eq!(
        refusal!(x().set_i(0, torch::zeros(3))),
        "The expanded size of the tensor (4) must match the existing size (3) at non-singleton \
         dimension 0.  Target sizes: [4].  Tensor sizes: [3]"
    );
    assert_eq!(
        refusal!(x().set_i([0, 1], torch::zeros(3))),
        "shape mismatch: value tensor of shape [3] cannot be broadcast to indexing result of shape \
         [2, 4]"
    );
    assert_eq!(refusal!(x().set_i((0, 0, 0), 1)), "too many indices for tensor of dimension 2");
    let bytes = torch::zeros_options(2).dtype(Kind::Uint8).call();
    let overflow = "value cannot be converted to type uint8_t without overflow";
    assert_eq!(refusal!(bytes.set_i(0, 300)), overflow);
    assert_eq!(
        refusal!(torch::zeros(1).expand([3], false).set_i(.., torch::arange(3))),
        "unsupported operation: more than one element of the written-to tensor refers to a single \
         memory location. Please clone() the tensor before performing the operation."
    );
}

#[test]
fn a_leaf_is_not_written_to_while_gradients_are_recorded() {
    let leaf = x().set_requires_grad(true);
    let used = "requires grad is being used in an in-place operation.";
    assert_eq!(refusal!(leaf.set_i(0, 1)), format!("a view of a leaf Variable that {used}"));
    assert_eq!(refusal!(leaf.set_i(.., 1)), format!("a leaf Variable that {used}"));
    assert_eq!(refusal!(leaf.set_i(leaf.eq(0), 1)), format!("a leaf Variable that {used}"));
    no_grad(|| leaf.set_i(0, 1));
    assert_eq!(torch::sum(&leaf).item(), 4.0);
}

#[test]
fn functions_refuse_in_pythons_words() {
    let signal = torch::zeros(20);
    let frames = |n: i64| torch::zeros([n, 4, 2]).view_as_complex();
    assert_eq!(refusal!(x().item()), "a Tensor with 12 elements cannot be converted to Scalar");
    assert_eq!(
        refusal!(torch::clamp(&x())),
        "torch.clamp: At least one of 'min' or 'max' must not be None"
    );
    assert_eq!(
        refusal!(torch::mean(&torch::arange(3))),
        "mean(): could not infer output dtype. Input dtype must be either a floating point or complex \
         dtype. Got: Long"
    );
    assert_eq!(
        refusal!(torch::sum_options(&x()).dim(2).call()),
        "Dimension out of range (expected to be in range of [-2, 1], but got 2)"
    );
    assert_eq!(
        refusal!(torch::stft(&signal, 16)),
        "stft requires the return_complex parameter be given for real inputs, and will further \
         require that return_complex=True in a future PyTorch release."
    );
    assert_eq!(
        refusal!(torch::stft_options(&signal, 16).align_to_window(true).call()),
        "stft align_to_window should only be set when center = false"
    );
    assert_eq!(
        refusal!(torch::stft_options(&signal, 64).return_complex(true).call()),
        "Argument #4: Padding size should be less than the corresponding input dimension, but got: \
         padding (32, 32) at dimension 2 of input [1, 1, 20]"
    );
    // Python writes torch.FloatTensor for what libtorch calls the input here.
    assert!(
        refusal!(torch::stft_options(&signal, 64).center(false).return_complex(true).call())
            .ends_with(": expected 0 < n_fft < 20, but got n_fft=64")
    );
    assert_eq!(
        refusal!(torch::stft_options(&Tensor::complex(&signal, &signal), 16).onesided(true).call()),
        "Cannot have onesided output if window or input is complex"
    );
    assert_eq!(
        refusal!(torch::istft(&signal.view([10, 2]), 16)),
        "istft requires a complex-valued input tensor matching the output from stft with \
         return_complex=True."
    );
    assert!(
        refusal!(torch::istft_options(&frames(9), 16).window(&torch::zeros(16)).call())
            .contains("window overlap add min: 1")
    );
    assert!(refusal!(torch::istft(&frames(7), 16)).ends_with(
        "expected the frequency dimension (3rd to the last) of the input tensor to match n_fft / 2 + \
         1 when onesided=True, but got 7"
    ));
    assert_eq!(
        refusal!(torch::einsum("ij,jk->ik", &[x(), x()])),
        "einsum(): subscript j has size 3 for operand 1 which does not broadcast with previously \
         seen size 4"
    );
    let dot = |n: i64| torch::tensordot_options(&x(), &x()).dims(n).call();
    assert_eq!(refusal!(dot(-1)), "tensordot expects dims >= 0, but got dims=-1");
    assert_eq!(refusal!(dot(3)), "tensordot expects dims < ndim_a or ndim_b, but got dims=3");
    assert_eq!(
        refusal!(torch::cdist_options(&x(), &x()).compute_mode("x").call()),
        "x is not a valid value for compute_mode"
    );
    assert_eq!(
        refusal!(torch::norm_options(&torch::zeros([2, 3, 4])).p("nuc").call()),
        "linalg.matrix_norm: dim must be a 2-tuple. Got 0 1 2"
    );
    assert_eq!(
        refusal!(torch::searchsorted_options(&torch::arange(3), 1).right(true).side("left").call()),
        "torch.searchsorted(): side and right can't be set to opposites, got side of left while \
         right was True"
    );
    assert_eq!(
        refusal!(torch::tensor(vec![vec![1, 2], vec![3]])),
        "expected sequence of length 2 at dim 1 (got 1)"
    );
    assert_eq!(
        refusal!(torch::div_options(&x(), 2).rounding_mode("up").call()),
        "div expected rounding_mode to be one of None, 'trunc', or 'floor' but found 'up'"
    );
}

#[test]
fn keywords_that_exclude_each_other_are_refused() {
    let x = x();
    let both = torch::var_options(&x).correction(1).unbiased(true);
    assert_eq!(refusal!(both.call()), "var() takes correction or unbiased, not both");
    let bounds = torch::clamp_options(&x).min(0).max(&x);
    let words = "clamp(): min and max are two numbers or two tensors";
    assert_eq!(refusal!(bounds.call()), words);
    let keepdim = torch::prod_options(&x).keepdim(true);
    assert_eq!(refusal!(keepdim.call()), "prod() takes keepdim with a dim alone");
    assert_eq!(refusal!(torch::pow(2, 3)), "pow() takes a tensor and a number, or two tensors");
}

#[test]
fn inside_a_module_an_index_is_refused_with_the_modules_path() {
    #[derive(Debug, Module)]
    struct First {
        linear: nn::Linear,
    }
    impl Forward for First {
        fn forward(&self, x: &Tensor) -> Tensor {
            x.i((.., 9))
        }
    }
    let model = nn::sequential!(First { linear: nn::Linear::new(1, 1) });
    let words = panic_of(|| drop(model.forward(&x())));
    assert!(words.starts_with("in 0, a First() of Sequential: index 9 is out"), "{words}");
}

#[test]
fn an_item_is_a_number_that_an_f64_holds() {
    let largest = 1_i64 << 53;
    assert_eq!(torch::tensor(largest).item(), largest as f64);
    assert_eq!(torch::tensor(0.1).item(), f64::from(0.1_f32));
    assert_eq!((torch::tensor(true).item(), torch::tensor([[7]]).item()), (1.0, 7.0));
    let more = torch::tensor(largest + 1);
    assert_eq!(
        refusal!(more.item()),
        "9007199254740993 does not fit an f64: let n: i64 = x.tolist()"
    );
    assert_eq!(more.tolist::<i64>(), largest + 1);
    let complex = Tensor::complex(&torch::ones(1), &torch::ones(1));
    assert!(refusal!(complex.item()).contains("take x.real() or x.imag()"));
}

#[test]
fn a_list_has_the_tensors_dimensions_and_numbers() {
    let x = torch::arange((0, 6)).view([3, 2]);
    assert_eq!(x.tr().tolist::<Vec<Vec<i64>>>(), [[0, 2, 4], [1, 3, 5]]);
    assert_eq!(x.i(..0).tolist::<Vec<Vec<i64>>>(), [[0; 2]; 0]);
    assert_eq!(x.i((.., ..0)).tolist::<Vec<Vec<i64>>>(), [[0; 0]; 3]);
    assert_eq!(x.float().i(1).tolist::<Vec<f64>>(), [2.0, 3.0]);
    assert_eq!(x.half().i(1).tolist::<Vec<f64>>(), [2.0, 3.0]);
    assert_eq!(x.gt(2).i(1).tolist::<Vec<bool>>(), [false, true]);
    assert_eq!(
        refusal!(x.tolist::<Vec<i64>>()),
        "tolist: a tensor of 2 dimensions is no list of 1"
    );
    assert!(refusal!(x.tolist::<Vec<Vec<f64>>>()).contains("Int64 does not hold f64"));
}

#[test]
fn a_shape_is_read_as_in_python() {
    let shape = torch::zeros([2, 3, 4]).shape();
    let [a, b, c] = shape.unpack();
    assert_eq!((a, b, c, shape[-1], shape.len()), (2, 3, 4, 4, 3));
    assert_eq!((&shape[1..], &shape[..-1], &shape[-9..9]), (&[3, 4][..], &[2, 3][..], &shape[..]));
    assert_eq!(shape.iter().sum::<i64>(), 9);
    assert_eq!(Tensor::zeros(&shape, (Kind::Int, Device::Cpu)).view(&shape).shape(), shape);
    assert_eq!(panic_of(|| _ = shape.unpack::<2>()), "too many values to unpack (expected 2)");
    assert_eq!(
        panic_of(|| _ = shape.unpack::<4>()),
        "not enough values to unpack (expected 4, got 3)"
    );
    assert_eq!(panic_of(|| _ = shape[3]), "index 3 is out of range for torch.Size([2, 3, 4])");
}

#[test]
fn kinds_are_converted_by_name() {
    let x = torch::tensor([0.0, 1.5]);
    let kinds = [x.float(), x.double(), x.half(), x.bfloat16(), x.long(), x.int(), x.short()];
    let kinds = kinds.map(|x| x.kind());
    use Kind::*;
    assert_eq!(kinds, [Float, Double, Half, BFloat16, Int64, Int, Int16]);
    assert_eq!((x.byte().kind(), x.bool()), (Uint8, torch::tensor([false, true])));
    assert_eq!(x.cpu().device(), Device::Cpu);
}

#[test]
fn an_index_can_be_put_together_while_the_program_runs() {
    let x = torch::arange(24).view([2, 3, 4]);
    let mut index: Vec<TensorIndex> = (0..3).map(|_| (..).into_index()).collect();
    index[2] = 1.into_index();
    assert_eq!(x.i(&index[..]), x.i((.., .., 1)));
    x.set_i(index, TensorOrNumber::from(0));
    assert_eq!(torch::sum(&x.i((.., .., 1))).item(), 0.0);
}

#[test]
fn five_to_eight_parts_are_one_index() {
    let x = torch::arange(256).reshape([2; 8]);
    let (y, z) = (x.i((1, 0, 1, 0, 1)), x.i((1, 0, 1, 0, 1, 0, 1, 0)));
    assert_eq!((y.shape().numel(), z.item()), (8, 170.0));
}

/// The page's text.
fn page() -> String {
    fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/src/torch/from_python.md")).unwrap()
}

#[test]
fn the_page_from_python_to_rust_is_what_is_compiled() {
    let page = page();
    let bare = |text: &str| text.replace("\\|", "|").split_whitespace().collect::<String>();
    let (given, pairs) = cases::pairs::texts();

    let block = page.split("```rust\n").nth(1).unwrap().split("```").next().unwrap();
    let block = block.lines().filter(|line| !line.starts_with('#')).collect::<String>();
    assert_eq!(bare(&format!("{{{block}}}")), bare(given));

    let rows = page.lines().filter(|line| line.starts_with("| `"));
    let rust = rows.map(|row| {
        let (_python, rust) = row.split_once("` | `").expect("two columns");
        bare(rust.strip_suffix("` |").expect("a row's end"))
    });
    let (rust, compiled): (Vec<_>, Vec<_>) =
        (rust.collect(), pairs.into_iter().map(bare).collect());
    assert_eq!(rust, compiled);
    assert!(rust.len() >= 80);
}

/// What Python's slice takes of so many entries: `range(n)[start:stop:step]`.
fn python_slice(n: i64, start: Option<i64>, stop: Option<i64>, step: i64) -> Vec<i64> {
    let end = |end: i64| if end < 0 { (end + n).max(0) } else { end.min(n) };
    let (mut at, stop) = (end(start.unwrap_or(0)), end(stop.unwrap_or(n)));
    let mut taken = Vec::new();
    while at < stop {
        taken.push(at);
        at += step;
    }
    taken
}

/// Ends of a slice: small ones of either sign, and now and then the largest.
fn ends() -> impl Strategy<Value = i64> {
    prop_oneof![9 => -12_i64..12, 1 => Just(i64::MAX), 1 => Just(i64::MIN)]
}

proptest! {
    #[test]
    fn slices_take_what_pythons_do(
        n in 0_i64..9, start in ends(), stop in ends(), step in 1_i64..5, dim in 0..2,
    ) {
        let row = torch::arange(n);
        let x = if dim == 0 { row.shallow_clone() } else { torch::stack(&[&row, &row]) };
        let taken = |part: TensorIndex| -> Vec<i64> {
            if dim == 0 { x.i(part).tolist() } else { x.i((.., part)).i(-1).tolist() }
        };
        let (first, last) = (Some(start), Some(stop));
        prop_assert_eq!(taken((start..stop).into_index()), python_slice(n, first, last, 1));
        prop_assert_eq!(taken((start..).into_index()), python_slice(n, first, None, 1));
        prop_assert_eq!(taken((..stop).into_index()), python_slice(n, None, last, 1));
        prop_assert_eq!(taken((..).into_index()), python_slice(n, None, None, 1));
        let stepped = (start..stop).step(step);
        prop_assert_eq!(taken(stepped.into_index()), python_slice(n, first, last, step));
        let after = stop.checked_add(1).filter(|&stop| stop != 0);
        prop_assert_eq!(taken((start..=stop).into_index()), python_slice(n, first, after, 1));
        prop_assert_eq!(taken((..=stop).into_index()), python_slice(n, None, after, 1));
    }

    #[test]
    fn what_is_written_is_what_is_read(
        n in 0_i64..9, start in ends(), stop in ends(), step in 1_i64..5,
    ) {
        let x = torch::arange(n);
        x.set_i((start..stop).step(step), -1);
        let taken = python_slice(n, Some(start), Some(stop), step);
        let wanted: Vec<_> = (0..n).map(|i| if taken.contains(&i) { -1 } else { i }).collect();
        prop_assert_eq!(x.tolist::<Vec<i64>>(), wanted);
    }
}

#[test]
fn a_size_may_be_a_part_of_a_shape_and_a_number_before_a_member_computes_on() {
    let _generator = crate::seeded(0);
    let (x, skip) = (torch::randn([1, 2, 4, 4]), torch::zeros([1, 2, 8, 6]));
    let grown = F::interpolate_options(&x).size(&skip.shape()[2..]).call();
    assert_eq!(grown.size(), [1, 2, 8, 6]);
    assert_eq!(F::adaptive_avg_pool2d(&skip, &x.shape()[2..]).size(), [1, 2, 4, 4]);
    let words = crate::panic_of(|| _ = nn::AdaptiveAvgPool2d::new(&x.shape()[1..]));
    assert!(words.contains("an output size of 2 sides was given 3"), "{words}");

    let w = nn::Parameter::new(torch::ones(3));
    let computed = (1.0 - &w).exp() + (2 * &w).relu() * 3 + (1.0 - &w) * &w / 3;
    assert_eq!(computed, torch::ones(3) * 7);

    let (mut count, mut mean) = (nn::Buffer::new(torch::zeros(2)), nn::Buffer::new(torch::ones(2)));
    let memory = count.data_ptr();
    count += 3;
    count -= &mean;
    mean *= 0.5;
    mean /= &count;
    assert_eq!((&*count, &*mean), (&(torch::ones(2) * 2), &(torch::ones(2) / 4)));
    assert_eq!(count.data_ptr(), memory);

    // What is drawn by its own probabilities leaves them as they are.
    let p = torch::tensor([0.0, 1.0, 0.0, 1.0]);
    let drawn = torch::bernoulli_options(&p).generator(&random::Generator::new()).call();
    assert_eq!((drawn, p.sum(Kind::Float).item()), (p.shallow_clone(), 2.0));
}
