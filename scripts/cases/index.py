"""Indexing: what is read and what is written between Python's brackets."""

import torch

# Of x (3, 4, 5): vectors, a matrix and masks that it is indexed with.
i, j = torch.tensor([2, 0]), torch.tensor([1, 3])
square = torch.tensor([[0, 2], [1, 1]])
rows, columns = torch.tensor([True, False, True]), torch.tensor([True, False, True, True])
pairs = torch.arange(12).view(3, 4) % 5 == 1


def part(w, *shape):
    """The first elements of w in this shape."""
    n = torch.Size(shape).numel()
    return w[:n].view(shape)


def read(index):
    """What an index reads of x, how it lies, the gradient through it, and x when what was read is
    overwritten, which tells a view from a copy."""

    def run():
        x = torch.randn(3, 4, 5).requires_grad_()
        y = index(x)
        y.backward(torch.randn_like(y))
        result = {"x": x.detach().clone(), "y": y, "x.grad": x.grad}
        result["layout"] = torch.tensor([y.storage_offset(), *y.stride()])
        z = x.detach().clone()
        index(z).fill_(7)
        return result | {"written": z}

    return run


def write(statement):
    """What a statement makes of x, of which w are the values, and both gradients."""

    def run():
        leaf, w = torch.randn(3, 4, 5).requires_grad_(), torch.randn(40).requires_grad_()
        x = leaf * 2
        exec(statement, globals(), {"x": x, "w": w})
        x.backward(torch.randn_like(x))
        w_grad = torch.zeros(()) if w.grad is None else w.grad
        return {"x": x, "leaf.grad": leaf.grad, "w.grad": w_grad}

    return run


def kind(dtype, statement):
    """What a statement makes of zeros of this kind."""

    def run():
        x = torch.zeros(2, 3, dtype=dtype)
        exec(statement, globals(), {"x": x})
        return {"x": x}

    return run


CASES = {
    "index_one": read(lambda x: x[1]),
    "index_last": read(lambda x: x[-1]),
    "index_first_of_all": read(lambda x: x[-3]),
    "index_several": read(lambda x: x[1, 2]),
    "index_all_three": read(lambda x: x[1, -2, 3]),
    "index_from": read(lambda x: x[1:]),
    "index_until": read(lambda x: x[:2]),
    "index_between": read(lambda x: x[1:2]),
    "index_from_end": read(lambda x: x[-2:]),
    "index_until_end": read(lambda x: x[:, :-1]),
    "index_too_large_end": read(lambda x: x[:99]),
    "index_too_early_start": read(lambda x: x[-99:2]),
    "index_past_the_end": read(lambda x: x[:, 7:9]),
    "index_backwards_is_empty": read(lambda x: x[2:1]),
    "index_both_negative": read(lambda x: x[..., -4:-1]),
    "index_inclusive": read(lambda x: x[1:3]),
    "index_inclusive_last": read(lambda x: x[:, 1:]),
    "index_inclusive_from_end": read(lambda x: x[:, :-1]),
    "index_whole": read(lambda x: x[:]),
    "index_whole_twice": read(lambda x: x[:, :]),
    "index_nothing": read(lambda x: x[()]),
    "index_ellipsis": read(lambda x: x[...]),
    "index_ellipsis_number": read(lambda x: x[..., 0]),
    "index_number_ellipsis": read(lambda x: x[0, ...]),
    "index_number_ellipsis_number": read(lambda x: x[1, ..., -1]),
    "index_ellipsis_of_none": read(lambda x: x[0, 1, ..., 2]),
    "index_step": read(lambda x: x[:, ::2]),
    "index_step_from": read(lambda x: x[:, 1::2]),
    "index_step_between": read(lambda x: x[..., 0:-1:3]),
    "index_step_until": read(lambda x: x[:, :3:2]),
    "index_step_too_large": read(lambda x: x[::99]),
    "index_new_axis": read(lambda x: x[None]),
    "index_new_axis_behind": read(lambda x: x[..., None]),
    "index_new_axes": read(lambda x: x[:, None, :, None]),
    "index_new_axis_number": read(lambda x: x[None, 0, :, None, 1]),
    "index_true": read(lambda x: x[True]),
    "index_false": read(lambda x: x[False]),
    "index_true_between": read(lambda x: x[:, True, 1:]),
    "index_list": read(lambda x: x[[2, 0]]),
    "index_list_negative": read(lambda x: x[[-1, 0, -1]]),
    "index_list_empty": read(lambda x: x[[]]),
    "index_list_behind": read(lambda x: x[:, [0, 3, 3]]),
    "index_list_of_bools": read(lambda x: x[[True, False, True]]),
    "index_lists": read(lambda x: x[[0, 2], [1, 3]]),
    "index_vector": read(lambda x: x[i]),
    "index_vector_negative": read(lambda x: x[-i - 1]),
    "index_vector_of_int32": read(lambda x: x[i.int()]),
    "index_matrix": read(lambda x: x[square]),
    "index_matrix_behind": read(lambda x: x[:, square]),
    "index_tensor_number": read(lambda x: x[i[0]]),
    "index_two_vectors": read(lambda x: x[i, j]),
    "index_two_vectors_broadcast": read(lambda x: x[i[:, None], j]),
    "index_three_vectors": read(lambda x: x[i, j, i]),
    "index_vectors_behind": read(lambda x: x[:, i, j]),
    "index_vectors_apart": read(lambda x: x[i, :, j]),
    "index_vector_and_number": read(lambda x: x[i, 1]),
    "index_number_and_vector": read(lambda x: x[1, :, j]),
    "index_vector_number_apart": read(lambda x: x[i, :, -1]),
    "index_vector_and_range": read(lambda x: x[i, 1:3]),
    "index_range_and_vector": read(lambda x: x[1:, ::2, j]),
    "index_vector_new_axis": read(lambda x: x[i, None, j]),
    "index_new_axis_vectors": read(lambda x: x[None, i, j]),
    "index_ellipsis_vector": read(lambda x: x[..., j]),
    "index_vector_ellipsis_vector": read(lambda x: x[i, ..., j]),
    "index_matrix_and_vector": read(lambda x: x[square, j]),
    "index_mask": read(lambda x: x[x > 0]),
    "index_mask_of_rows": read(lambda x: x[rows]),
    "index_mask_of_two": read(lambda x: x[pairs]),
    "index_mask_behind": read(lambda x: x[:, columns]),
    "index_mask_and_number": read(lambda x: x[rows, 1]),
    "index_mask_of_two_and_number": read(lambda x: x[pairs, 0]),
    "index_mask_of_two_and_range": read(lambda x: x[pairs, 1:3]),
    "index_mask_and_vector": read(lambda x: x[rows, j]),
    "index_mask_apart_from_vector": read(lambda x: x[rows, :, j]),
    "index_mask_of_bytes": read(lambda x: x[rows.byte()]),
    "index_mask_of_none": read(lambda x: x[rows & False]),
    "index_mask_number": read(lambda x: x[rows[0]]),
    "index_twice": read(lambda x: x[1:][:, 2]),
    "index_six": read(lambda x: x[None, 0, :, None, 1:, ...]),
    "index_turned": read(lambda x: x.transpose(0, 2)[1:, i]),
    "assign_number": write("x[1] = 7"),
    "assign_number_of_float": write("x[1, 2] = 0.1"),
    "assign_truth": write("x[0] = True"),
    "assign_all": write("x[:] = 2"),
    "assign_all_by_ellipsis": write("x[...] = 2.5"),
    "assign_range": write("x[1:] = 3.5"),
    "assign_range_from_end": write("x[:, -2:] = -1"),
    "assign_step": write("x[:, ::2] = 4"),
    "assign_tensor": write("x[0] = part(w, 4, 5)"),
    "assign_tensor_broadcast": write("x[1:] = part(w, 5)"),
    "assign_tensor_broadcast_column": write("x[:, 1:3] = part(w, 2, 1)"),
    "assign_tensor_of_more_ones": write("x[0] = part(w, 1, 1, 4, 5)"),
    "assign_tensor_without_dims": write("x[..., 0] = part(w)"),
    "assign_tensor_of_doubles": write("x[0] = part(w, 5).double()"),
    "assign_tensor_of_integers": write("x[2] = torch.arange(5)"),
    "assign_new_axis": write("x[None, 1] = 6"),
    "assign_nothing": write("x[()] = 1"),
    "assign_true": write("x[True] = 5"),
    "assign_false": write("x[False] = 5"),
    "assign_list": write("x[[0, 2]] = 8"),
    "assign_list_tensor": write("x[[0, 2]] = part(w, 4, 5)"),
    "assign_vector": write("x[i] = part(w, 2, 4, 5)"),
    "assign_vectors": write("x[i, j] = part(w, 2, 5)"),
    "assign_vectors_number": write("x[i, j, i] = 9.5"),
    "assign_vectors_apart": write("x[i, :, j] = part(w, 2, 4)"),
    "assign_vectors_broadcast": write("x[i[:, None], j] = part(w, 5)"),
    "assign_vector_and_range": write("x[i, 1:3] = part(w, 2, 5)"),
    "assign_mask_number": write("x[x > 0] = 0"),
    "assign_mask_minus_infinity": write('x[x < 0] = float("-inf")'),
    "assign_mask_tensor": write("x[rows] = part(w, 4, 5)"),
    "assign_mask_of_two": write("x[pairs] = part(w, 5)"),
    "assign_mask_without_dims": write("x[pairs] = part(w)"),
    "assign_mask_behind": write("x[:, columns] = 1.5"),
    "assign_mask_of_two_and_number": write("x[pairs, 0] = 3"),
    "assign_view_of_a_view": write("x[1][2] = 0"),
    "assign_added": write("x[1] += 1"),
    "assign_added_vector": write("x[i] += part(w, 5)"),
    "assign_turned": write("x.transpose(0, 2)[0] = part(w, 3)"),
    "assign_int_of_float": kind(torch.int64, "x[0] = 1.9"),
    "assign_int_of_tensor": kind(torch.int64, "x[1] = torch.tensor([1.5, -2.5, 3.0])"),
    "assign_bool_of_number": kind(torch.bool, "x[0] = 2"),
    "assign_bool_of_truth": kind(torch.bool, "x[:, 1] = False"),
    "assign_half_of_number": kind(torch.float16, "x[0] = 0.1"),
    "assign_bfloat16_of_tensor": kind(torch.bfloat16, "x[1] = torch.tensor([0.1, 0.2, 0.3])"),
    "assign_byte_of_number": kind(torch.uint8, "x[0] = 255"),
    "assign_double_of_number": kind(torch.float64, "x[0] = 0.1"),
    "assign_double_mask": kind(torch.float64, "x[x == 0] = 0.1"),
    "assign_int_mask": kind(torch.int64, "x[x == 0] = -3"),
}
