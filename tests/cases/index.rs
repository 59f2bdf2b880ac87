//! Indexing: what is read and what is written between Python's brackets.

use super::*;

/// In the order of Python's table.
#[rustfmt::skip]
pub fn cases() -> Vec<(&'static str, Case)> {
    vec![
        ("index_one", read(|x| x.i(1))),
        ("index_last", read(|x| x.i(-1))),
        ("index_first_of_all", read(|x| x.i(-3))),
        ("index_several", read(|x| x.i((1, 2)))),
        ("index_all_three", read(|x| x.i((1, -2, 3)))),
        ("index_from", read(|x| x.i(1..))),
        ("index_until", read(|x| x.i(..2))),
        ("index_between", read(|x| x.i(1..2))),
        ("index_from_end", read(|x| x.i(-2..))),
        ("index_until_end", read(|x| x.i((.., ..-1)))),
        ("index_too_large_end", read(|x| x.i(..99))),
        ("index_too_early_start", read(|x| x.i(-99..2))),
        ("index_past_the_end", read(|x| x.i((.., 7..9)))),
        ("index_backwards_is_empty", read(|x| x.i(2..1))),
        ("index_both_negative", read(|x| x.i((Ellipsis, -4..-1)))),
        ("index_inclusive", read(|x| x.i(1..=2))),
        ("index_inclusive_last", read(|x| x.i((.., 1..=-1)))),
        ("index_inclusive_from_end", read(|x| x.i((.., ..=-2)))),
        ("index_whole", read(|x| x.i(..))),
        ("index_whole_twice", read(|x| x.i((.., ..)))),
        ("index_nothing", read(|x| x.i(()))),
        ("index_ellipsis", read(|x| x.i(Ellipsis))),
        ("index_ellipsis_number", read(|x| x.i((Ellipsis, 0)))),
        ("index_number_ellipsis", read(|x| x.i((0, Ellipsis)))),
        ("index_number_ellipsis_number", read(|x| x.i((1, Ellipsis, -1)))),
        ("index_ellipsis_of_none", read(|x| x.i((0, 1, Ellipsis, 2)))),
        ("index_step", read(|x| x.i((.., (..).step(2))))),
        ("index_step_from", read(|x| x.i((.., (1..).step(2))))),
        ("index_step_between", read(|x| x.i((Ellipsis, (0..-1).step(3))))),
        ("index_step_until", read(|x| x.i((.., (..3).step(2))))),
        ("index_step_too_large", read(|x| x.i((..).step(99)))),
        ("index_new_axis", read(|x| x.i(None))),
        ("index_new_axis_behind", read(|x| x.i((Ellipsis, None)))),
        ("index_new_axes", read(|x| x.i((.., None, .., None)))),
        ("index_new_axis_number", read(|x| x.i((None, 0, .., None, 1)))),
        ("index_true", read(|x| x.i(true))),
        ("index_false", read(|x| x.i(false))),
        ("index_true_between", read(|x| x.i((.., true, 1..)))),
        ("index_list", read(|x| x.i([2, 0]))),
        ("index_list_negative", read(|x| x.i([-1, 0, -1]))),
        ("index_list_empty", read(|x| x.i(Vec::<i64>::new()))),
        ("index_list_behind", read(|x| x.i((.., [0, 3, 3])))),
        ("index_list_of_bools", read(|x| x.i([true, false, true]))),
        ("index_lists", read(|x| x.i(([0, 2], [1, 3])))),
        ("index_vector", read(|x| x.i(i()))),
        ("index_vector_negative", read(|x| x.i(-i() - 1))),
        ("index_vector_of_int32", read(|x| x.i(i().int()))),
        ("index_matrix", read(|x| x.i(square()))),
        ("index_matrix_behind", read(|x| x.i((.., square())))),
        ("index_tensor_number", read(|x| x.i(i().i(0)))),
        ("index_two_vectors", read(|x| x.i((i(), j())))),
        ("index_two_vectors_broadcast", read(|x| x.i((i().i((.., None)), j())))),
        ("index_three_vectors", read(|x| x.i((i(), j(), i())))),
        ("index_vectors_behind", read(|x| x.i((.., i(), j())))),
        ("index_vectors_apart", read(|x| x.i((i(), .., j())))),
        ("index_vector_and_number", read(|x| x.i((i(), 1)))),
        ("index_number_and_vector", read(|x| x.i((1, .., j())))),
        ("index_vector_number_apart", read(|x| x.i((i(), .., -1)))),
        ("index_vector_and_range", read(|x| x.i((i(), 1..3)))),
        ("index_range_and_vector", read(|x| x.i((1.., (..).step(2), j())))),
        ("index_vector_new_axis", read(|x| x.i((i(), None, j())))),
        ("index_new_axis_vectors", read(|x| x.i((None, i(), j())))),
        ("index_ellipsis_vector", read(|x| x.i((Ellipsis, j())))),
        ("index_vector_ellipsis_vector", read(|x| x.i((i(), Ellipsis, j())))),
        ("index_matrix_and_vector", read(|x| x.i((square(), j())))),
        ("index_mask", read(|x| x.i(x.gt(0)))),
        ("index_mask_of_rows", read(|x| x.i(rows()))),
        ("index_mask_of_two", read(|x| x.i(pairs()))),
        ("index_mask_behind", read(|x| x.i((.., columns())))),
        ("index_mask_and_number", read(|x| x.i((rows(), 1)))),
        ("index_mask_of_two_and_number", read(|x| x.i((pairs(), 0)))),
        ("index_mask_of_two_and_range", read(|x| x.i((pairs(), 1..3)))),
        ("index_mask_and_vector", read(|x| x.i((rows(), j())))),
        ("index_mask_apart_from_vector", read(|x| x.i((rows(), .., j())))),
        ("index_mask_of_bytes", read(|x| x.i(rows().byte()))),
        ("index_mask_of_none", read(|x| x.i(rows().logical_and(&torch::tensor(false))))),
        ("index_mask_number", read(|x| x.i(rows().i(0)))),
        ("index_twice", read(|x| x.i(1..).i((.., 2)))),
        ("index_six", read(|x| x.i((None, 0, .., None, 1.., Ellipsis)))),
        ("index_turned", read(|x| x.transpose(0, 2).i((1.., i())))),
        ("assign_number", write(|x, _| x.set_i(1, 7))),
        ("assign_number_of_float", write(|x, _| x.set_i((1, 2), 0.1))),
        ("assign_truth", write(|x, _| x.set_i(0, true))),
        ("assign_all", write(|x, _| x.set_i(.., 2))),
        ("assign_all_by_ellipsis", write(|x, _| x.set_i(Ellipsis, 2.5))),
        ("assign_range", write(|x, _| x.set_i(1.., 3.5))),
        ("assign_range_from_end", write(|x, _| x.set_i((.., -2..), -1))),
        ("assign_step", write(|x, _| x.set_i((.., (..).step(2)), 4))),
        ("assign_tensor", write(|x, w| x.set_i(0, part(w, [4, 5])))),
        ("assign_tensor_broadcast", write(|x, w| x.set_i(1.., part(w, [5])))),
        ("assign_tensor_broadcast_column", write(|x, w| x.set_i((.., 1..3), part(w, [2, 1])))),
        ("assign_tensor_of_more_ones", write(|x, w| x.set_i(0, part(w, [1, 1, 4, 5])))),
        ("assign_tensor_without_dims", write(|x, w| x.set_i((Ellipsis, 0), part(w, ())))),
        ("assign_tensor_of_doubles", write(|x, w| x.set_i(0, part(w, [5]).double()))),
        ("assign_tensor_of_integers", write(|x, _| x.set_i(2, torch::arange(5)))),
        ("assign_new_axis", write(|x, _| x.set_i((None, 1), 6))),
        ("assign_nothing", write(|x, _| x.set_i((), 1))),
        ("assign_true", write(|x, _| x.set_i(true, 5))),
        ("assign_false", write(|x, _| x.set_i(false, 5))),
        ("assign_list", write(|x, _| x.set_i([0, 2], 8))),
        ("assign_list_tensor", write(|x, w| x.set_i([0, 2], part(w, [4, 5])))),
        ("assign_vector", write(|x, w| x.set_i(i(), part(w, [2, 4, 5])))),
        ("assign_vectors", write(|x, w| x.set_i((i(), j()), part(w, [2, 5])))),
        ("assign_vectors_number", write(|x, _| x.set_i((i(), j(), i()), 9.5))),
        ("assign_vectors_apart", write(|x, w| x.set_i((i(), .., j()), part(w, [2, 4])))),
        ("assign_vectors_broadcast", write(|x, w| x.set_i((i().i((.., None)), j()), part(w, [5])))),
        ("assign_vector_and_range", write(|x, w| x.set_i((i(), 1..3), part(w, [2, 5])))),
        ("assign_mask_number", write(|x, _| x.set_i(x.gt(0), 0))),
        ("assign_mask_minus_infinity", write(|x, _| x.set_i(x.lt(0), f64::NEG_INFINITY))),
        ("assign_mask_tensor", write(|x, w| x.set_i(rows(), part(w, [4, 5])))),
        ("assign_mask_of_two", write(|x, w| x.set_i(pairs(), part(w, [5])))),
        ("assign_mask_without_dims", write(|x, w| x.set_i(pairs(), part(w, ())))),
        ("assign_mask_behind", write(|x, _| x.set_i((.., columns()), 1.5))),
        ("assign_mask_of_two_and_number", write(|x, _| x.set_i((pairs(), 0), 3))),
        ("assign_view_of_a_view", write(|x, _| x.i(1).set_i(2, 0))),
        ("assign_added", write(|x, _| x.set_i(1, x.i(1) + 1))),
        ("assign_added_vector", write(|x, w| x.set_i(i(), x.i(i()) + part(w, [5])))),
        ("assign_turned", write(|x, w| x.transpose(0, 2).set_i(0, part(w, [3])))),
        ("assign_int_of_float", kind(Kind::Int64, |x| x.set_i(0, 1.9))),
        ("assign_int_of_tensor", kind(Kind::Int64, |x| x.set_i(1, torch::tensor([1.5, -2.5, 3.0])))),
        ("assign_bool_of_number", kind(Kind::Bool, |x| x.set_i(0, 2))),
        ("assign_bool_of_truth", kind(Kind::Bool, |x| x.set_i((.., 1), false))),
        ("assign_half_of_number", kind(Kind::Half, |x| x.set_i(0, 0.1))),
        ("assign_bfloat16_of_tensor", kind(Kind::BFloat16, |x| x.set_i(1, torch::tensor([0.1, 0.2, 0.3])))),
        ("assign_byte_of_number", kind(Kind::Uint8, |x| x.set_i(0, 255))),
        ("assign_double_of_number", kind(Kind::Double, |x| x.set_i(0, 0.1))),
        ("assign_double_mask", kind(Kind::Double, |x| x.set_i(x.eq(0), 0.1))),
        ("assign_int_mask", kind(Kind::Int64, |x| x.set_i(x.eq(0), -3))),
    ]
}

/// A vector of indices.
fn i() -> Tensor {
    torch::tensor([2, 0])
}

/// Another.
fn j() -> Tensor {
    torch::tensor([1, 3])
}

/// A matrix of indices.
fn square() -> Tensor {
    torch::tensor([[0, 2], [1, 1]])
}

/// A mask of the first dimension.
fn rows() -> Tensor {
    torch::tensor([true, false, true])
}

/// A mask of the second dimension.
fn columns() -> Tensor {
    torch::tensor([true, false, true, true])
}

/// A mask of the first two dimensions.
fn pairs() -> Tensor {
    torch::eq(&torch::remainder(torch::arange(12).view([3, 4]), 5), 1)
}

/// The first elements of `w` in this shape.
fn part(w: &Tensor, shape: impl Into<torch::Size>) -> Tensor {
    let shape = shape.into();
    w.i(..shape.numel()).view(shape)
}

/// What an index reads of x, how it lies, the gradient through it, and x when what was read is
/// overwritten, which tells a view from a copy.
fn read(index: impl Fn(&Tensor) -> Tensor + 'static) -> Case {
    Box::new(move || {
        let x = randn(&[3, 4, 5]);
        let y = index(&x);
        y.backward_with(&y.randn_like());
        let layout = [vec![y.storage_offset()], y.stride()].concat();
        let z = torch::clone(&x.detach());
        let _ = index(&z).fill_(7);
        StateDict::from([
            ("x".to_string(), x.detach()),
            ("y".to_string(), y.detach()),
            ("x.grad".to_string(), x.grad()),
            ("layout".to_string(), torch::tensor(layout)),
            ("written".to_string(), z),
        ])
    })
}

/// What a statement makes of x, of which w are the values, and both gradients.
fn write(statement: impl Fn(&Tensor, &Tensor) + 'static) -> Case {
    Box::new(move || {
        let (leaf, w) = (randn(&[3, 4, 5]), randn(&[40]));
        let x = &leaf * 2;
        statement(&x, &w);
        x.backward_with(&x.randn_like());
        let w_grad = if w.grad().defined() { w.grad() } else { torch::zeros(()) };
        StateDict::from([
            ("x".to_string(), x.detach()),
            ("leaf.grad".to_string(), leaf.grad()),
            ("w.grad".to_string(), w_grad),
        ])
    })
}

/// What a statement makes of zeros of this kind.
fn kind(kind: Kind, statement: impl Fn(&Tensor) + 'static) -> Case {
    Box::new(move || {
        let x = torch::zeros_options([2, 3]).dtype(kind).call();
        statement(&x);
        StateDict::from([("x".to_string(), x)])
    })
}
