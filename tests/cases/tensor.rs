//! The functions under `torch` whose names tch has with another signature, with all their keywords.

use super::*;

/// In the order of Python's table.
#[rustfmt::skip]
pub fn cases() -> Vec<(&'static str, Case)> {
    vec![
        ("torch_sum", of(|x| torch::sum(x), &[3, 4])),
        ("torch_sum_dim", of(|x| torch::sum_options(x).dim(1).call(), &[3, 4, 5])),
        ("torch_sum_dims", of(|x| torch::sum_options(x).dim((0, -1)).keepdim(true).call(), &[3, 4, 5])),
        ("torch_sum_no_dims", of(|x| torch::sum_options(x).dim(()).call(), &[3, 4])),
        ("torch_sum_dtype", of(|x| torch::sum_options(x).dim(0).dtype(Kind::Double).call(), &[3, 4])),
        ("torch_sum_keepdim", of(|x| torch::sum_options(x).keepdim(true).call(), &[3, 4])),
        ("torch_sum_of_bools", of(|x| torch::sum(&x.gt(0)), &[3, 4])),
        ("torch_mean", of(|x| torch::mean(x), &[3, 4])),
        ("torch_mean_dim", of(|x| torch::mean_options(x).dim(-1).keepdim(true).call(), &[3, 4, 5])),
        ("torch_mean_dims", of(|x| torch::mean_options(x).dim([1, 2]).call(), &[3, 4, 5])),
        ("torch_mean_no_dims", of(|x| torch::mean_options(x).dim(()).call(), &[3, 4])),
        ("torch_mean_dtype", of(|x| torch::mean_options(x).dtype(Kind::Double).call(), &[3, 4])),
        ("torch_mean_keepdim", of(|x| torch::mean_options(x).keepdim(true).call(), &[3, 4])),
        ("torch_nansum", of(|x| torch::nansum_options(&x.log()).dim(1).call(), &[3, 4])),
        ("torch_nanmean", of(|x| torch::nanmean(&x.log()), &[3, 4])),
        ("torch_prod", of(|x| torch::prod(x), &[3, 4])),
        ("torch_prod_dim", of(|x| torch::prod_options(x).dim(1).keepdim(true).call(), &[3, 4])),
        ("torch_prod_dtype", of(|x| torch::prod_options(x).dim(0).dtype(Kind::Double).call(), &[3, 4])),
        ("torch_var", of(|x| torch::var(x), &[3, 4])),
        ("torch_var_dim", of(|x| torch::var_options(x).dim(1).call(), &[3, 4, 5])),
        ("torch_var_correction", of(|x| torch::var_options(x).dim((0, 2)).correction(0).keepdim(true).call(), &[3, 4, 5])),
        ("torch_var_half", of(|x| torch::var_options(x).correction(0.5).call(), &[3, 4])),
        ("torch_var_biased", of(|x| torch::var_options(x).dim(1).unbiased(false).call(), &[3, 4])),
        ("torch_std", of(|x| torch::std(x), &[3, 4])),
        ("torch_std_dim", of(|x| torch::std_options(x).dim(-1).keepdim(true).call(), &[3, 4, 5])),
        ("torch_std_biased", of(|x| torch::std_options(x).unbiased(false).call(), &[3, 4])),
        ("torch_var_mean", of(|x| torch::var_mean_options(x).dim(1).call(), &[3, 4])),
        ("torch_std_mean", of(|x| torch::std_mean_options(x).correction(0).call(), &[3, 4])),
        ("torch_max_dim", of(|x| torch::max_dim(x, 1), &[3, 4])),
        ("torch_max_dim_keepdim", of(|x| torch::max_dim_options(x, 0).keepdim(true).call(), &[3, 4])),
        ("torch_min_dim", of(|x| torch::min_dim(x, -1), &[3, 4])),
        ("torch_argmax", of(|x| torch::argmax(x), &[3, 4])),
        ("torch_argmax_dim", of(|x| torch::argmax_options(x).dim(1).keepdim(true).call(), &[3, 4])),
        ("torch_argmin_dim", of(|x| torch::argmin_options(x).dim(0).call(), &[3, 4])),
        ("torch_amax", of(|x| torch::amax(x), &[3, 4])),
        ("torch_amax_dims", of(|x| torch::amax_options(x).dim((0, 2)).call(), &[3, 4, 5])),
        ("torch_amin_dim", of(|x| torch::amin_options(x).dim(1).keepdim(true).call(), &[3, 4])),
        ("torch_aminmax", of(|x| torch::aminmax_options(x).dim(1).call(), &[3, 4])),
        ("torch_median_dim", of(|x| torch::median_dim(x, 1), &[3, 4])),
        ("torch_nanmedian_dim", of(|x| torch::nanmedian_dim_options(&x.log(), 1).keepdim(true).call(), &[3, 4])),
        ("torch_kthvalue", of(|x| torch::kthvalue(x, 2), &[3, 4])),
        ("torch_kthvalue_dim", of(|x| torch::kthvalue_options(x, 2).dim(0).keepdim(true).call(), &[3, 4])),
        ("torch_mode", of(|x| torch::mode(&x.round()), &[3, 9])),
        ("torch_all", of(|x| torch::all(&x.gt(-1)), &[3, 4])),
        ("torch_all_dim", of(|x| torch::all_options(&x.gt(-1)).dim(1).call(), &[3, 4])),
        ("torch_all_dims", of(|x| torch::all_options(&x.gt(-1)).dim((0, 1)).keepdim(true).call(), &[3, 4, 5])),
        ("torch_any_dim", of(|x| torch::any_options(&x.gt(1)).dim(-1).keepdim(true).call(), &[3, 4])),
        ("torch_any_dims", of(|x| torch::any_options(&x.gt(1)).dim([1, 2]).call(), &[3, 4, 5])),
        ("torch_logsumexp", of(|x| torch::logsumexp(x, 1), &[3, 4])),
        ("torch_logsumexp_dims", of(|x| torch::logsumexp_options(x, (0, 2)).keepdim(true).call(), &[3, 4, 5])),
        ("torch_count_nonzero", of(|x| torch::count_nonzero(&x.gt(0)), &[3, 4])),
        ("torch_count_nonzero_dims", of(|x| torch::count_nonzero_options(&x.gt(0)).dim((0, 1)).call(), &[3, 4, 5])),
        ("torch_quantile", of(|x| torch::quantile(x, 0.3), &[3, 4])),
        ("torch_quantile_several", of(|x| torch::quantile_options(x, torch::tensor([0.25, 0.75])).dim(1).keepdim(true).call(), &[3, 4])),
        ("torch_quantile_nearest", of(|x| torch::quantile_options(x, 0.4).dim(0).interpolation("nearest").call(), &[3, 4])),
        ("torch_nanquantile", of(|x| torch::nanquantile_options(&x.log(), 0.5).dim(1).call(), &[3, 4])),
        ("torch_sort", of(|x| torch::sort(x), &[3, 4])),
        ("torch_sort_descending", of(|x| torch::sort_options(x).dim(0).descending(true).call(), &[3, 4])),
        ("torch_sort_stable", of(|x| torch::sort_options(&x.round()).stable(true).call(), &[3, 20])),
        ("torch_argsort", of(|x| torch::argsort(x), &[3, 4])),
        ("torch_argsort_stable", of(|x| torch::argsort_options(&x.round()).dim(1).descending(true).stable(true).call(), &[3, 20])),
        ("torch_topk", of(|x| torch::topk(x, 2), &[3, 6])),
        ("torch_topk_smallest", of(|x| torch::topk_options(x, 2).dim(0).largest(false).call(), &[3, 6])),
        ("torch_unique", of(|x| torch::unique(&x.detach().round()), &[3, 9])),
        ("torch_unique_dim", of(|x| torch::unique_options(&x.detach().round()).dim(0).call(), &[9, 1])),
        ("torch_unique_all", of(|x| torch::unique_all(&x.detach().round()), &[3, 9])),
        ("torch_unique_consecutive", of(|x| torch::unique_consecutive(&x.detach().round()), &[20])),
        ("torch_searchsorted", of(|x| torch::searchsorted(&torch::tensor([-1.0, 0.0, 1.0]), x.detach()), &[3, 4])),
        ("torch_searchsorted_right", of(|_| torch::searchsorted_options(&torch::arange(5), 2).right(true).out_int32(true).call(), &[3])),
        ("torch_searchsorted_side", of(|_| torch::searchsorted_options(&torch::arange(5), torch::tensor([1, 9])).side("right").call(), &[3])),
        ("torch_searchsorted_sorter", of(|x| torch::searchsorted_options(&x.detach(), torch::zeros(2)).sorter(&torch::argsort(x)).call(), &[6])),
        ("torch_bucketize", of(|x| torch::bucketize_options(x.detach(), &torch::tensor([-1.0, 0.0, 1.0])).right(true).call(), &[3, 4])),
        ("torch_bucketize_number", of(|_| torch::bucketize(0.5, &torch::arange(3)), &[3])),
        ("torch_cumsum", of(|x| torch::cumsum(x, 1), &[3, 4])),
        ("torch_cumsum_dtype", of(|x| torch::cumsum_options(x, 0).dtype(Kind::Double).call(), &[3, 4])),
        ("torch_cumprod", of(|x| torch::cumprod(x, -1), &[3, 4])),
        ("torch_softmax", of(|x| torch::softmax(x, -1), &[3, 4])),
        ("torch_softmax_dtype", of(|x| torch::softmax_options(x, 0).dtype(Kind::Double).call(), &[3, 4])),
        ("torch_log_softmax", of(|x| torch::log_softmax(x, 1), &[3, 4])),
        ("torch_diff", of(|x| torch::diff(x), &[3, 4])),
        ("torch_diff_all", of(|x| torch::diff_options(x).n(2).dim(0).prepend(&x.i(..1)).append(x).call(), &[3, 6])),
        ("torch_cat", of(|x| torch::cat(&[x, &(x * 2)]), &[3, 4])),
        ("torch_cat_dim", of(|x| torch::cat_options(&[x, &x.i((.., ..1))]).dim(-1).call(), &[3, 4])),
        ("torch_stack", of(|x| torch::stack(&[x, &(x * 2)]), &[3, 4])),
        ("torch_stack_dim", of(|x| torch::stack_options(&[x, x]).dim(1).call(), &[3, 4])),
        ("torch_split", of(|x| torch::split(x, 2), &[5, 2])),
        ("torch_split_tuple", of(|x| torch::split_options(x, (1_usize, 4)).dim(1).call(), &[2, 5])),
        ("torch_split_size", of(|x| torch::split(x, x.shape().len()), &[5, 2])),
        ("torch_tensor_split_tuple", of(|x| torch::tensor_split(x, (1, 3_usize)), &[5, 2])),
        ("torch_split_sizes", of(|x| torch::split_options(x, [1, 4]).dim(1).call(), &[2, 5])),
        ("torch_tensor_split", of(|x| torch::tensor_split(x, 3), &[5, 2])),
        ("torch_tensor_split_indices", of(|x| torch::tensor_split_options(x, [1, 3]).dim(-1).call(), &[2, 5])),
        ("torch_chunk", of(|x| torch::chunk(x, 2), &[5, 2])),
        ("torch_chunk_dim", of(|x| torch::chunk_options(x, 3).dim(1).call(), &[2, 6])),
        ("torch_unbind", of(|x| torch::unbind(x), &[3, 2])),
        ("torch_unbind_dim", of(|x| torch::unbind_options(x).dim(-1).call(), &[3, 2])),
        ("torch_squeeze", of(|x| torch::squeeze(x), &[1, 3, 1])),
        ("torch_squeeze_dim", of(|x| torch::squeeze_options(x).dim(0).call(), &[1, 3, 1])),
        ("torch_squeeze_dims", of(|x| torch::squeeze_options(x).dim((1, 2)).call(), &[1, 3, 1])),
        ("torch_flatten", of(|x| torch::flatten(x), &[2, 3, 4])),
        ("torch_flatten_start", of(|x| torch::flatten_options(x).start_dim(1).call(), &[2, 3, 4])),
        ("torch_flatten_end", of(|x| torch::flatten_options(x).end_dim(1).call(), &[2, 3, 4])),
        ("torch_roll", of(|x| torch::roll(x, 5), &[3, 4])),
        ("torch_roll_dims", of(|x| torch::roll_options(x, (1, -1)).dims((0, 1)).call(), &[3, 4])),
        ("torch_rot90", of(|x| torch::rot90(x), &[3, 4])),
        ("torch_rot90_all", of(|x| torch::rot90_options(x).k(-1).dims((1, 2)).call(), &[2, 3, 4])),
        ("torch_repeat_interleave", of(|x| torch::repeat_interleave(x, 2), &[3, 2])),
        ("torch_repeat_interleave_dim", of(|x| torch::repeat_interleave_options(x, torch::tensor([1, 0, 2])).dim(0).call(), &[3, 2])),
        ("torch_repeat_interleave_size", of(|x| torch::repeat_interleave_options(x, torch::tensor([1, 2])).dim(1).output_size(3).call(), &[3, 2])),
        ("torch_meshgrid", of(|x| torch::meshgrid(&[x, &x.i(..2)]), &[3])),
        ("torch_meshgrid_xy", of(|x| torch::meshgrid_options(&[x, &x.i(..2)]).indexing("xy").call(), &[3])),
        ("torch_tril", of(|x| torch::tril(x), &[4, 4])),
        ("torch_tril_diagonal", of(|x| torch::tril_options(x).diagonal(-1).call(), &[4, 4])),
        ("torch_triu_diagonal", of(|x| torch::triu_options(x).diagonal(2).call(), &[4, 5])),
        ("torch_diag", of(|x| torch::diag(x), &[4])),
        ("torch_diag_diagonal", of(|x| torch::diag_options(x).diagonal(1).call(), &[4, 4])),
        ("torch_diagonal", of(|x| torch::diagonal(x), &[3, 4])),
        ("torch_diagonal_all", of(|x| torch::diagonal_options(x).offset(1).dim1(0).dim2(2).call(), &[3, 4, 5])),
        ("torch_diag_embed", of(|x| torch::diag_embed_options(x).offset(1).dim1(0).call(), &[3, 4])),
        ("torch_combinations", of(|x| torch::combinations_options(x).r(3).with_replacement(true).call(), &[4])),
        ("torch_clone", of(|x| torch::clone(&x.tr()), &[3, 4])),
        ("torch_gather", of(|x| torch::gather(x, 1, &torch::tensor([[3, 0], [1, 1], [2, 2]])), &[3, 4])),
        ("torch_scatter", of(|x| torch::scatter(x, 1, &torch::tensor([[3], [1]]), x.i((..2, ..1)) * 2), &[3, 4])),
        ("torch_scatter_number", of(|x| torch::scatter(x, 0, &torch::tensor([[2, 0]]), 1.5), &[3, 4])),
        ("torch_scatter_add", of(|x| torch::scatter_options(&x.detach(), 0, &torch::tensor([[2, 0]]), 1.5).reduce("add").call(), &[3, 4])),
        ("torch_scatter_multiply", of(|x| torch::scatter_options(&x.detach(), 0, &torch::tensor([[2, 0]]), x.detach() * 3).reduce("multiply").call(), &[3, 4])),
        ("torch_index_add", of(|x| torch::index_add_options(x, 0, &torch::tensor([1, 1]), &(x.i(..2) * 2)).alpha(0.5).call(), &[3, 4])),
        ("torch_take_along_dim", of(|x| torch::take_along_dim_options(x, &torch::argsort_options(x).dim(1).call()).dim(1).call(), &[3, 4])),
        ("torch_take_along", of(|x| torch::take_along_dim(x, &torch::tensor([3, 7])), &[3, 4])),
        ("torch_bincount", of(|_| torch::bincount(&torch::tensor([1, 3, 3, 0])), &[4])),
        ("torch_bincount_all", of(|x| torch::bincount_options(&torch::tensor([1, 3, 3, 0])).weights(&x.detach()).minlength(6).call(), &[4])),
        ("torch_histc", of(|x| torch::histc(&x.detach()), &[50])),
        ("torch_histc_all", of(|x| torch::histc_options(&x.detach()).bins(5).min(-1).max(1).call(), &[50])),
        ("torch_multinomial", of(|x| torch::multinomial(&x.exp(), 2), &[3, 9])),
        ("torch_multinomial_replacement", of(|x| torch::multinomial_options(&x.exp(), 9).replacement(true).call(), &[4])),
        ("torch_eq", of(|x| torch::eq(&x.round(), 1), &[3, 9])),
        ("torch_ne_tensor", of(|x| torch::ne(&x.round(), x), &[3, 9])),
        ("torch_lt_tensor", of(|x| torch::lt(&x.round(), x), &[3, 9])),
        ("torch_le", of(|x| torch::le(&x.round(), 0), &[3, 9])),
        ("torch_gt", of(|x| torch::gt(x, 0.5), &[3, 9])),
        ("torch_ge_tensor", of(|x| torch::ge(x, x.round()), &[3, 9])),
        ("torch_isclose", of(|x| torch::isclose_options(x, &(x + 0.1)).rtol(0.1).atol(0.01).call(), &[3, 4])),
        ("torch_isclose_nan", of(|x| torch::isclose_options(&x.log(), &x.log()).equal_nan(true).call(), &[3, 4])),
        ("torch_isin", of(|x| torch::isin(&x.round(), torch::tensor([1.0, 0.0])), &[3, 9])),
        ("torch_isin_number", of(|x| torch::isin_options(&x.round(), 1).invert(true).call(), &[3, 9])),
        ("torch_where", of(|x| torch::where_(&x.gt(0), x, x * 2), &[3, 4])),
        ("torch_where_number", of(|x| torch::where_(&x.gt(0), x, 0.5), &[3, 4])),
        ("torch_where_number_first", of(|x| torch::where_(&x.gt(0), 1, x), &[3, 4])),
        ("torch_where_numbers", of(|x| torch::where_(&x.gt(0), 1.0, 0.0), &[3, 4])),
        ("torch_where_integers", of(|x| torch::where_(&x.gt(0), 1, 0), &[3, 4])),
        ("torch_clamp_min", of(|x| torch::clamp_options(x).min(0).call(), &[3, 4])),
        ("torch_clamp_max", of(|x| torch::clamp_options(x).max(0.5).call(), &[3, 4])),
        ("torch_clamp_both", of(|x| torch::clamp_options(x).min(-0.5).max(0.5).call(), &[3, 4])),
        ("torch_clamp_tensor", of(|x| torch::clamp_options(x).max(torch::zeros(4)).call(), &[3, 4])),
        ("torch_clamp_tensors", of(|x| torch::clamp_options(x).min(torch::full(4, -0.5)).max(x.i(0) * 2).call(), &[3, 4])),
        ("torch_clamp_integers", of(|_| torch::clamp_options(&torch::arange(4)).min(1.5).call(), &[4])),
        ("torch_round", of(|x| torch::round(&(x * 3)), &[3, 4])),
        ("torch_round_decimals", of(|x| torch::round_options(x).decimals(2).call(), &[3, 4])),
        ("torch_round_hundreds", of(|x| torch::round_options(&(x * 1000)).decimals(-2).call(), &[3, 4])),
        ("torch_nan_to_num", of(|x| torch::nan_to_num(&x.log()), &[3, 4])),
        ("torch_nan_to_num_all", of(|x| torch::nan_to_num_options(&(x / torch::tensor([0.0, 1.0, 0.0, 0.0]))).nan(1).posinf(2).neginf(-3).call(), &[4])),
        ("torch_add_alpha", of(|x| torch::add_options(x, x * x).alpha(0.3).call(), &[3, 4])),
        ("torch_add_number", of(|x| torch::add_options(x, 2).alpha(3).call(), &[3, 4])),
        ("torch_sub_alpha", of(|x| torch::sub_options(x, x.i(0)).alpha(2).call(), &[3, 4])),
        ("torch_rsub", of(|x| torch::rsub(&x.round(), 1), &[3, 4])),
        ("torch_rsub_float", of(|x| torch::rsub(x, 0.1), &[3, 4])),
        ("torch_rsub_of_integers", of(|_| torch::rsub(&torch::arange(3), 1), &[3])),
        ("torch_rsub_of_integers_float", of(|_| torch::rsub(&torch::arange(3), 1.0), &[3])),
        ("torch_div", of(|x| torch::div(x, 3), &[3, 4])),
        ("torch_div_tensor", of(|x| torch::div(x, x.i(0)), &[3, 4])),
        ("torch_div_floor", of(|x| torch::div_options(x, 0.3).rounding_mode("floor").call(), &[3, 4])),
        ("torch_div_trunc", of(|x| torch::div_options(x, x.i(0)).rounding_mode("trunc").call(), &[3, 4])),
        ("torch_floor_divide", of(|x| torch::floor_divide(&x.detach(), 0.7), &[3, 4])),
        ("torch_floor_divide_tensor", of(|_| torch::floor_divide(&torch::arange((-3, 3)), torch::tensor(2)), &[3])),
        ("torch_remainder", of(|x| torch::remainder(x, 0.7), &[3, 4])),
        ("torch_remainder_tensor", of(|x| torch::remainder(x, x.i(0)), &[3, 4])),
        ("torch_pow", of(|x| torch::pow(x, 3), &[3, 4])),
        ("torch_pow_float", of(|x| torch::pow(x.abs(), 1.7), &[3, 4])),
        ("torch_pow_tensor", of(|x| torch::pow(x.abs(), x), &[3, 4])),
        ("torch_pow_of_number", of(|x| torch::pow(2, x), &[3, 4])),
        ("torch_logit", of(|x| torch::logit(&x.sigmoid()), &[3, 4])),
        ("torch_logit_eps", of(|x| torch::logit_options(x).eps(0.1).call(), &[3, 4])),
        ("torch_addcmul", of(|x| torch::addcmul_options(x, &(x * 2), &x.i(0)).value(0.3).call(), &[3, 4])),
        ("torch_addcdiv", of(|x| torch::addcdiv_options(x, &(x * 2), &x.i(0)).value(3).call(), &[3, 4])),
        ("torch_einsum", of(|x| torch::einsum("ij,kj->ik", &[x, x]), &[3, 4])),
        ("torch_einsum_trace", of(|x| torch::einsum("ii", &[x]), &[4, 4])),
        ("torch_einsum_batch", of(|x| torch::einsum("b i d, b j d -> b i j", &[x, &(x * 2)]), &[2, 3, 4])),
        ("torch_einsum_ellipsis", of(|x| torch::einsum("...ij,jk->...ik", &[x, &x.i(0).tr()]), &[2, 3, 4])),
        ("torch_einsum_three", of(|x| torch::einsum("ij,kj,kl->il", &[x, x, x]), &[3, 4])),
        ("torch_tensordot", of(|x| torch::tensordot(x, &x.permute([1, 2, 0])), &[3, 4, 5])),
        ("torch_tensordot_count", of(|x| torch::tensordot_options(x, &x.i(0)).dims(1).call(), &[3, 4])),
        ("torch_tensordot_dims", of(|x| torch::tensordot_options(x, x).dims(([0, 2], [0, 2])).call(), &[3, 4, 5])),
        ("torch_cross", of(|x| torch::cross(x, &(x * x)), &[3, 4])),
        ("torch_cross_dim", of(|x| torch::cross_options(x, &(x * x)).dim(1).call(), &[2, 3])),
        ("torch_norm", of(|x| torch::norm(x), &[3, 4])),
        ("torch_norm_dim", of(|x| torch::norm_options(x).dim(1).keepdim(true).call(), &[3, 4])),
        ("torch_norm_dims", of(|x| torch::norm_options(x).dim((0, 2)).call(), &[3, 4, 5])),
        ("torch_norm_one", of(|x| torch::norm_options(x).p(1).call(), &[3, 4])),
        ("torch_norm_half", of(|x| torch::norm_options(x).p(0.5).dim(0).call(), &[3, 4])),
        ("torch_norm_single", of(|x| torch::norm_options(x).p(2.5_f32).dim(0).call(), &[3, 4])),
        ("torch_linalg_norm_single", of(|x| torch::linalg::norm_options(x).ord(2.5_f32).dim(0).call(), &[3, 4])),
        ("torch_norm_infinity", of(|x| torch::norm_options(x).p(f64::INFINITY).dim(1).call(), &[3, 4])),
        ("torch_norm_nuclear", of(|x| torch::norm_options(x).p("nuc").call(), &[3, 4])),
        ("torch_norm_frobenius", of(|x| torch::norm_options(x).p("fro").dim((0, 1)).dtype(Kind::Double).call(), &[3, 4])),
        ("torch_dist", of(|x| torch::dist(x, &(x * x)), &[3, 4])),
        ("torch_dist_p", of(|x| torch::dist_options(x, &(x * x)).p(3).call(), &[3, 4])),
        ("torch_cdist", of(|x| torch::cdist(x, &(x * x)), &[4, 3])),
        ("torch_cdist_p", of(|x| torch::cdist_options(x, &(x * x)).p(1).call(), &[4, 3])),
        ("torch_cdist_mode", of(|x| torch::cdist_options(x, &(x * x)).compute_mode("use_mm_for_euclid_dist").call(), &[4, 3])),
        ("torch_cov", of(|x| torch::cov(x), &[3, 4])),
        ("torch_cov_all", of(|x| torch::cov_options(x).correction(0).fweights(&torch::tensor([1, 2, 1, 3])).aweights(&x.detach().i(0).abs()).call(), &[3, 4])),
        ("torch_addmm", of(|x| torch::addmm_options(x, &(x * 2), x).beta(0.5).alpha(2).call(), &[3, 3])),
        ("torch_baddbmm", of(|x| torch::baddbmm_options(x, &(x * 2), x).beta(2).alpha(0.3).call(), &[2, 3, 3])),
        ("torch_stft", of(|x| torch::stft_options(x, 16).return_complex(true).call(), &[90])),
        ("torch_stft_batch", of(|x| torch::stft_options(x, 16).return_complex(true).call(), &[2, 90])),
        ("torch_stft_real", of(|x| torch::stft_options(x, 16).return_complex(false).call(), &[90])),
        ("torch_stft_odd", of(|x| torch::stft_options(x, 15).hop_length(4).return_complex(true).call(), &[91])),
        ("torch_stft_window", of(|x| torch::stft_options(x, 16).window(&torch::hann_window(16)).return_complex(true).call(), &[90])),
        ("torch_stft_short_window", of(|x| torch::stft_options(x, 16).hop_length(5).win_length(12).window(&torch::hamming_window(12)).return_complex(true).call(), &[90])),
        ("torch_stft_win_length", of(|x| torch::stft_options(x, 16).win_length(10).return_complex(true).call(), &[90])),
        ("torch_stft_not_centred", of(|x| torch::stft_options(x, 16).center(false).return_complex(true).call(), &[90])),
        ("torch_stft_aligned", of(|x| torch::stft_options(x, 16).win_length(10).center(false).align_to_window(true).return_complex(true).call(), &[90])),
        ("torch_stft_constant", of(|x| torch::stft_options(x, 16).pad_mode("constant").return_complex(true).call(), &[90])),
        ("torch_stft_replicate", of(|x| torch::stft_options(x, 16).pad_mode("replicate").return_complex(true).call(), &[2, 90])),
        ("torch_stft_normalized", of(|x| torch::stft_options(x, 16).normalized(true).return_complex(true).call(), &[90])),
        ("torch_stft_two_sided", of(|x| torch::stft_options(x, 16).onesided(false).return_complex(true).call(), &[90])),
        ("torch_stft_of_complex", of(|x| torch::stft(&Tensor::complex(x, &(x * 2)), 16), &[90])),
        ("torch_stft_complex_window", of(|x| torch::stft_options(x, 16).window(&Tensor::complex(&torch::hann_window(16), &torch::ones(16))).call(), &[90])),
        ("torch_istft", of(|x| torch::istft_options(&x.view_as_complex(), 16).window(&torch::hann_window(16)).call(), &[9, 20, 2])),
        ("torch_istft_plain", of(|x| torch::istft(&x.view_as_complex(), 16), &[9, 20, 2])),
        ("torch_istft_batch", of(|x| torch::istft_options(&x.view_as_complex(), 16).hop_length(5).win_length(12).window(&torch::hamming_window(12)).call(), &[2, 9, 20, 2])),
        ("torch_istft_length", of(|x| torch::istft_options(&x.view_as_complex(), 16).length(70).call(), &[9, 20, 2])),
        ("torch_istft_not_centred", of(|x| torch::istft_options(&x.view_as_complex(), 16).center(false).call(), &[9, 20, 2])),
        ("torch_istft_normalized", of(|x| torch::istft_options(&x.view_as_complex(), 16).normalized(true).call(), &[9, 20, 2])),
        ("torch_istft_two_sided", of(|x| torch::istft(&x.view_as_complex(), 16), &[16, 20, 2])),
        ("torch_istft_two_sided_said", of(|x| torch::istft_options(&x.view_as_complex(), 16).onesided(false).call(), &[16, 20, 2])),
        ("torch_istft_complex", of(|x| torch::istft_options(&x.view_as_complex(), 16).return_complex(true).call(), &[16, 20, 2])),
        ("torch_stft_there_and_back", of(|x| torch::istft_options(&torch::stft_options(x, 16).window(&torch::hann_window(16)).return_complex(true).call(), 16).window(&torch::hann_window(16)).length(90).call(), &[90])),
        ("torch_windows", of(|_| vec![torch::hann_window(9), torch::hamming_window(9), torch::blackman_window(9), torch::bartlett_window(9)], &[2])),
        ("torch_windows_symmetric", of(|_| (torch::hann_window_options(9).periodic(false).call(), torch::hamming_window_options(9).periodic(false).dtype(Kind::Double).call()), &[2])),
        ("torch_tensor_of_floats", of(|_| torch::tensor([[1.5, 0.1], [-2.0, 1e-9]]), &[2])),
        ("torch_tensor_of_integers", of(|_| torch::tensor([1, -2]), &[2])),
        ("torch_tensor_of_bools", of(|_| torch::tensor([[true], [false]]), &[2])),
        ("torch_tensor_of_number", of(|_| torch::tensor(3.25), &[2])),
        ("torch_tensor_of_nothing", of(|_| torch::tensor(Vec::<f64>::new()), &[2])),
        ("torch_tensor_double", of(|_| torch::tensor_options([0.1]).dtype(Kind::Double).call(), &[2])),
        ("torch_tensor_bfloat16", of(|_| torch::tensor_options([0.1, 3.0]).dtype(Kind::BFloat16).call(), &[2])),
        ("torch_tensor_half", of(|_| torch::tensor_options([0.1, 65000.1]).dtype(Kind::Half).call(), &[2])),
        ("torch_full", of(|_| vec![torch::full(2, 3), torch::full((), 0.1), torch::full([1, 2], true), torch::full_options(2, 3).dtype(Kind::Double).call()], &[2])),
        ("torch_filled", of(|_| vec![torch::zeros([2, 3]), torch::ones_options(2).dtype(Kind::Int64).call(), torch::eye(2), torch::eye_options(2).m(3).call()], &[2])),
        ("torch_drawn", of(|_| vec![torch::rand([2, 3]), torch::randn_options(4).dtype(Kind::Double).call(), torch::randint(9, 5), torch::randint_options(9, 5).low(3).call(), torch::randperm(7)], &[2])),
        ("torch_arange", of(|_| vec![torch::arange(4), torch::arange(4.5), torch::arange((1, 9, 3)), torch::arange((0.1, 1, 0.3)), torch::arange((5, 1, -1)), torch::arange_options(3).dtype(Kind::Double).call()], &[2])),
        ("torch_linspace", of(|_| vec![torch::linspace(0, 1, 7), torch::linspace_options(-0.3, 0.7, 4).dtype(Kind::Double).call()], &[2])),
        ("torch_new", of(|x| vec![torch::new_zeros(x, [2, 3]), torch::new_ones_options(x, 2).dtype(Kind::Int64).call(), torch::new_full(x, 2, 3), torch::new_full(&x.double(), (), 0.1), torch::new_empty(x, [2, 0])], &[2])),
        ("torch_drawn_in_place", of(|x| vec![torch::normal_(&torch::empty(9)), torch::normal_in_place_options(&torch::empty(20)).mean(2).std(0.5).call(), torch::uniform_(&torch::empty(3)), torch::uniform_options(&torch::empty_options(3).dtype(Kind::Double).call()).from(-1).to(2).call(), torch::exponential_(&torch::empty(3)), torch::exponential_options(&torch::empty(3)).lambd(2).call(), torch::cauchy_(&torch::empty(3)), torch::cauchy_options(&torch::empty(3)).median(1).sigma(0.5).call(), torch::log_normal_(&torch::empty(3)), torch::log_normal_options(&torch::empty(3)).mean(0).std(1).call(), torch::bernoulli_(&torch::empty(9)), torch::bernoulli_in_place_options(&torch::empty(9)).p(0.2).call(), torch::bernoulli_in_place_options(&torch::empty(2)).p(x.detach().sigmoid()).call()], &[2])),
        ("torch_drawn_by_generator", of(|_| { let generator = || { let generator = random::Generator::new(); generator.manual_seed(3); generator }; vec![torch::normal_in_place_options(&torch::empty(5)).generator(&generator()).call(), torch::uniform_options(&torch::empty(5)).generator(&generator()).call(), torch::rand_options(5).dtype(Kind::Double).generator(&generator()).call(), random::with_generator(&generator(), || torch::randn(17)), torch::randint_options(9, 5).low(2).generator(&generator()).call(), torch::randperm_options(7).dtype(Kind::Int).generator(&generator()).call()] }, &[2])),
        ("torch_drawn_like", of(|x| { let d = x.detach(); let generator = random::Generator::new(); generator.manual_seed(3); vec![torch::rand_like(&d), torch::randn_like(&d), torch::randint_like(&d, 9), torch::randint_like_options(&d, 9).low(3).dtype(Kind::Int64).call(), torch::randn_like_options(&d).dtype(Kind::Double).call(), torch::rand_like(&d.tr()), torch::randn_like(&d.tr()), torch::randint_like(&d.tr(), 9), torch::randn_like_options(&d).device(Device::Cpu).generator(&generator).call(), random::with_generator(&generator, || torch::rand_like(&d)), torch::randint_like_options(&d, 9).generator(&generator).call(), x + torch::randn_like_options(&d).requires_grad(true).call(), x * torch::randint_like(x, 9) + torch::randint_like_options(x, 9).low(2).call() + torch::randn_like(x) * torch::rand_like(x)] }, &[3, 7])),
        ("torch_drawn_kinds", of(|x| vec![x + torch::randint_options(3, 4).dtype(Kind::Float).requires_grad(true).call(), torch::randperm_options(5).dtype(Kind::Double).call()], &[4])),
        ("torch_expand", of(|x| vec![torch::expand(x, [3, 4]), torch::expand(x, [2, -1, 4])], &[1, 4])),
        ("torch_as_strided", of(|x| vec![torch::as_strided(x, [3, 2], [1, 2]), torch::as_strided_options(x, 2, 3).storage_offset(1).call()], &[9])),
        ("torch_diagflat", of(|x| vec![torch::diagflat(x), torch::diagflat_options(x).offset(-1).call()], &[2, 2])),
        ("torch_diagonal_scatter", of(|x| vec![torch::diagonal_scatter(x, &(x.i(0) * 2)), torch::diagonal_scatter_options(x, &x.i((0, ..2))).offset(1).dim1(1).dim2(0).call()], &[3, 3])),
        ("torch_slice_scatter", of(|x| vec![torch::slice_scatter(x, &(x * 2)), torch::slice_scatter_options(x, &(x.i((.., ..2)) * 3)).dim(1).start(-3).end(99).step(2).call()], &[3, 4])),
        ("torch_index_put", of(|x| vec![torch::index_put(x, &[torch::tensor([0, 2])], &(x.i(..2) * 2)), torch::index_put_options(x, &[torch::tensor([0, 0]), torch::tensor([1, 1])], &x.i((0, ..2))).accumulate(true).call(), torch::index_put_options(&(x * 1), &[x.gt(0)], &torch::tensor(0.5)).inplace(true).call()], &[3, 4])),
        ("torch_put", of(|x| vec![torch::put(x, &torch::tensor([1, -1]), &x.i((0, ..2))), torch::put_options(x, &torch::tensor([1, 1]), &x.i((0, ..2))).accumulate(true).call()], &[3, 4])),
        ("torch_index_reduce", of(|x| vec![torch::index_reduce(x, 0, &torch::tensor([0, 0]), &x.i(1..), "amax"), torch::index_reduce_options(x, 0, &torch::tensor([0, 0]), &x.i(1..), "mean").include_self(false).call()], &[3, 4])),
        ("torch_fill_diagonal", of(|x| vec![torch::fill_diagonal_(&(x * 1), 3), torch::fill_diagonal_options(&(x * 1), 0.5).wrap(true).call()], &[7, 3])),
        ("torch_clip", of(|x| vec![torch::clip_options(x).min(0).call(), torch::clip_options(x).max(x.detach() * 2).call(), torch::clip_options(&(x * 1)).min(-0.5).max(0.5).inplace(true).call()], &[3, 4])),
        ("torch_in_place", of(|x| vec![torch::add_options(&(x * 1), x).alpha(2).inplace(true).call(), torch::sub_options(&(x * 1), 1).alpha(0.5).inplace(true).call(), torch::addcmul_options(&(x * 1), x, x).value(0.1).inplace(true).call(), torch::addcdiv_options(&(x * 1), x, &x.exp()).value(3).inplace(true).call(), torch::clamp_options(&(x * 1)).min(0).inplace(true).call(), torch::div_options(&(x * 1), 0.3).rounding_mode("floor").inplace(true).call(), torch::div_options(&(x * 1), x.exp()).inplace(true).call()], &[3, 4])),
        ("torch_remainder_of_number", of(|x| vec![torch::remainder(7, torch::tensor([2, -4, 5])), torch::remainder(0.7, x.detach())], &[3])),
        ("torch_dim_none", of(|x| vec![torch::mean_options(x).dim(None).call(), torch::sum_options(x).dim(None).keepdim(true).call(), torch::var_options(x).dim(None).call()], &[3, 4])),
        ("torch_mul", of(|x| (torch::mul(x, 3), torch::mul(x, x.i(0)), torch::mul_options(&(x * 1), 0.3).inplace(true).call()), &[3, 4])),
        ("torch_truth_values", of(|x| vec![torch::add(&torch::tensor([3, 1]), true), torch::add(&torch::tensor([true, false]), true), torch::add_options(&torch::tensor([true, false]), true).alpha(true).call(), torch::mul(&torch::tensor([3, 1]), true), torch::mul(&torch::tensor([true, false]), true), torch::add(x, true), torch::addcmul_options(x, x, x).value(true).call(), torch::where_(&x.gt(0), true, false), torch::where_(&x.gt(0), 1, false), torch::where_(&x.gt(0), x.gt(1), false), torch::where_(&x.gt(0), true, 1.0), torch::pow(torch::tensor([true, false]), true), torch::pow(torch::tensor([true, false]), 1), torch::pow(true, torch::tensor([3, 1])), torch::remainder(true, torch::tensor([3, 1])), torch::remainder(torch::tensor([true, false]), 1), torch::floor_divide(&torch::tensor([3, 1]), true), torch::div(&torch::tensor([true, false]), true), torch::div_options(&torch::tensor([3, 1]), true).rounding_mode("floor").call()], &[3, 4])),
        ("torch_addmv", of(|x| torch::addmv_options(&x.i(0), x, &x.i(1)).beta(0.5).alpha(2).call(), &[3, 3])),
        ("torch_addr", of(|x| torch::addr_options(x, &x.i(0), &x.i(1)).beta(0.5).alpha(2).call(), &[3, 3])),
        ("torch_addbmm", of(|x| torch::addbmm_options(&x.i(0), x, &(x * 2)).beta(0.5).alpha(2).call(), &[2, 3, 3])),
        ("torch_products_in_place", of(|x| vec![torch::addmm_options(&(x * 1), x, x).inplace(true).call(), torch::addmv_options(&(x.i(0) * 1), x, &x.i(1)).inplace(true).call(), torch::addr_options(&(x * 1), &x.i(0), &x.i(1)).inplace(true).call(), torch::addbmm_options(&(x * 1), &x.i(None), &x.i(None)).inplace(true).call(), torch::baddbmm_options(&(x.i(None) * 1), &x.i(None), &x.i(None)).inplace(true).call()], &[3, 3])),
        ("torch_svd", of(|x| torch::svd(x), &[3, 4])),
        ("torch_svd_all", of(|x| torch::svd_options(&x.detach()).some(false).call(), &[3, 4])),
        ("torch_qr", of(|x| torch::qr(x), &[4, 3])),
        ("torch_qr_square", of(|x| torch::qr_options(&x.detach()).some(false).call(), &[4, 3])),
        ("torch_cholesky", of(|x| (torch::cholesky(&(x.matmul(&x.tr()) + torch::eye(3))), torch::cholesky_options(&(x.matmul(&x.tr()) + torch::eye(3))).upper(true).call()), &[3, 3])),
        ("torch_logspace", of(|_| vec![torch::logspace(0, 2, 5), torch::logspace_options(-1, 0.5, 4).base(2).dtype(Kind::Double).call()], &[2])),
        ("torch_triangles", of(|_| vec![torch::tril_indices(3, 4), torch::tril_indices_options(3, 4).offset(1).dtype(Kind::Int).call(), torch::triu_indices(3, 4), torch::triu_indices_options(3, 3).offset(-1).call()], &[2])),
        ("torch_scatter_reduce", of(|x| vec![torch::scatter_reduce(x, 0, &torch::tensor([[0, 0, 1, 2], [1, 1, 1, 1]]), &(x * 2).i(..2), "sum"), torch::scatter_reduce_options(x, 0, &torch::tensor([[0, 0, 1, 2], [1, 1, 1, 1]]), &(x * 2).i(..2), "amax").include_self(false).call(), torch::scatter_reduce_options(&(x * 1), 1, &torch::tensor([[0], [1], [3]]), &x.i((.., ..1)), "mean").inplace(true).call()], &[3, 4])),
        ("torch_index_add_in_place", of(|x| torch::index_add_options(&(x * 1), 0, &torch::tensor([1, 1]), &x.i(..2)).alpha(2).inplace(true).call(), &[3, 4])),
        ("torch_histogram", of(|x| { let (a, b) = torch::histogram(&x.detach(), 5); let (c, d) = torch::histogram_options(&x.detach(), 4).range((-1, 1.5)).weight(&x.detach().abs()).density(true).call(); vec![a, b, c, d] }, &[30])),
        ("torch_histogram_edges", of(|x| torch::histogram_options(&x.detach(), &torch::tensor([-1.0, 0.0, 0.5, 2.0])).density(true).call(), &[30])),
        ("torch_split_with_sizes", of(|x| torch::split_with_sizes_options(x, [1, 4]).dim(1).call(), &[2, 5])),
        ("torch_sparse", of(|x| vec![torch::to_dense(&torch::to_sparse(&x.relu())), torch::to_dense_options(&torch::to_sparse_options(&x.relu()).sparse_dim(1).call()).masked_grad(false).call(), torch::to_dense(&torch::to_sparse(&x.detach()))], &[3, 4])),
        ("torch_drawn_by_tensors", of(|x| vec![torch::bernoulli(&x.sigmoid()), torch::normal(x.detach(), 0.5), torch::normal(1, x.detach().exp()), torch::normal(x.detach(), x.detach().exp()), torch::poisson(&x.detach().exp()), torch::geometric_(&torch::empty(5), 0.3), torch::random_(&torch::empty(5)), torch::random_options(&torch::empty(5)).from(-3).to(4).call(), torch::random_options(&torch::empty_options(5).dtype(Kind::Int64).call()).to(9).call()], &[3, 4])),
        ("torch_drawn_by_generators", of(|x| { let g = || { let g = random::Generator::new(); g.manual_seed(3); g }; vec![torch::bernoulli_in_place_options(&torch::empty(9)).p(0.3).generator(&g()).call(), torch::bernoulli_in_place_options(&torch::empty(4)).p(x.detach().sigmoid()).generator(&g()).call(), torch::exponential_options(&torch::empty(9)).generator(&g()).call(), torch::cauchy_options(&torch::empty(9)).generator(&g()).call(), torch::log_normal_options(&torch::empty(9)).generator(&g()).call(), torch::geometric_options(&torch::empty(9), 0.4).generator(&g()).call(), torch::random_options(&torch::empty(9)).generator(&g()).call(), torch::multinomial_options(&x.detach().exp(), 3).generator(&g()).call(), torch::poisson_options(&x.detach().exp()).generator(&g()).call(), torch::bernoulli_options(&x.detach().sigmoid()).generator(&g()).call(), torch::normal_options(x.detach(), 1).generator(&g()).call(), random::with_generator(&g(), || torch::exponential_(&torch::empty(3)))] }, &[4])),
        ("linalg_norm", of(|x| vec![torch::linalg::norm(x), torch::linalg::norm_options(x).ord(1).call(), torch::linalg::norm_options(x).ord("nuc").dim((0, 1)).keepdim(true).call(), torch::linalg::norm_options(x).ord(3).dim(1).dtype(Kind::Double).call()], &[3, 4])),
        ("linalg_vector_norm", of(|x| vec![torch::linalg::vector_norm(x), torch::linalg::vector_norm_options(x).ord(f64::INFINITY).dim(1).keepdim(true).call(), torch::linalg::vector_norm_options(x).ord(0.5).dtype(Kind::Double).call()], &[3, 4])),
        ("linalg_matrix_norm", of(|x| vec![torch::linalg::matrix_norm(x), torch::linalg::matrix_norm_options(x).ord(-2).call(), torch::linalg::matrix_norm_options(x).ord("nuc").dim((0, 2)).keepdim(true).call(), torch::linalg::matrix_norm_options(x).ord(f64::INFINITY).dtype(Kind::Double).call()], &[2, 3, 4])),
        ("linalg_svd", of(|x| torch::linalg::svd_options(x).full_matrices(false).call(), &[3, 4])),
        ("linalg_svd_full", of(|x| torch::linalg::svd(&x.detach()), &[3, 4])),
        ("linalg_svdvals", of(|x| torch::linalg::svdvals(x), &[2, 3, 4])),
        ("linalg_solving", of(|x| vec![torch::linalg::inv(x), torch::linalg::det(x), torch::linalg::solve(x, &x.i((.., 0))), torch::linalg::solve_options(x, &(x * 2)).left(false).call(), torch::linalg::solve_triangular(x, &(x * 2), true), torch::linalg::solve_triangular_options(x, &(x * 2), false).left(false).unitriangular(true).call()], &[3, 3])),
        ("linalg_eigh", of(|x| torch::linalg::eigh(&(x + x.tr())), &[3, 3])),
        ("linalg_eigenvalues", of(|x| vec![torch::linalg::eigh_options(&x.detach()).uplo("U").call().1, torch::linalg::eigvalsh(x), torch::linalg::eigvalsh_options(x).uplo("U").call(), torch::linalg::eigvals(x).view_as_real()], &[3, 3])),
        ("linalg_eig", of(|x| torch::linalg::eig(&x.detach()), &[3, 3])),
        ("linalg_qr", of(|x| torch::linalg::qr(x), &[4, 3])),
        ("linalg_qr_complete", of(|x| torch::linalg::qr_options(&x.detach()).mode("complete").call(), &[4, 3])),
        ("linalg_lu", of(|x| torch::linalg::lu(x), &[3, 3])),
        ("linalg_slogdet", of(|x| torch::linalg::slogdet(x), &[3, 3])),
        ("linalg_cholesky", of(|x| (torch::linalg::cholesky(&(x.matmul(&x.tr()) + torch::eye(3))), torch::linalg::cholesky_options(&(x.matmul(&x.tr()) + torch::eye(3))).upper(true).call()), &[3, 3])),
        ("linalg_lstsq", of(|x| torch::linalg::lstsq_options(x, &(x * x)).driver("gels").call().0, &[4, 3])),
        ("linalg_lstsq_all", of(|x| { let (a, _, rank, s) = torch::linalg::lstsq_options(&x.detach(), &(x * x).detach()).rcond(0.01).driver("gelsd").call(); (a, rank, s) }, &[4, 3])),
        ("linalg_ranks", of(|x| vec![torch::linalg::pinv(x), torch::linalg::pinv_options(x).rtol(0.5).call(), torch::linalg::pinv_options(&x.matmul(&x.tr())).hermitian(true).atol(0.1).call(), torch::linalg::matrix_rank(x), torch::linalg::matrix_rank_options(x).atol(1).rtol(0.1).call()], &[3, 4])),
        ("linalg_powers", of(|x| vec![torch::linalg::matrix_power(x, 3), torch::linalg::matrix_power(x, -2), torch::linalg::matrix_exp(x), torch::linalg::multi_dot(&[x, &(x * 2), x]), torch::linalg::cross(x, &(x * x)), torch::linalg::cross_options(x, &(x * x)).dim(0).call(), torch::linalg::vecdot(x, &(x * x)), torch::linalg::vecdot_options(x, &(x * x)).dim(0).call()], &[3, 3])),
        ("torch_cumulative_trapezoid", of(|x| vec![torch::cumulative_trapezoid(x), torch::cumulative_trapezoid_options(x).dx(0.5).dim(0).call(), torch::cumulative_trapezoid_options(x).x(&x.exp().cumsum(-1, None)).call()], &[3, 4])),
        ("torch_tensordot_sizes", of(|x| torch::tensordot_options(x, &x.tr()).dims(((1,), vec![0_usize])).call(), &[3, 4])),
        ("torch_trapezoid", of(|x| vec![torch::trapezoid(x), torch::trapezoid_options(x).dx(0.5).dim(0).call(), torch::trapezoid_options(x).x(&x.exp().cumsum(-1, None)).call()], &[3, 4])),
        ("member_operators", Box::new(member_operators)),
    ]
}

/// What a function gives of x, drawn in this shape, and the gradient that comes back.
fn of<T: Outputs>(compute: impl Fn(&Tensor) -> T + 'static, shape: &'static [i64]) -> Case {
    Box::new(move || {
        let x = randn(shape);
        let real = |y: Tensor| if y.is_complex() { y.view_as_real() } else { y };
        let outputs: Vec<_> = compute(&x).list().into_iter().map(real).collect();
        let mut result = StateDict::from([("x".to_string(), x.detach())]);
        for (n, y) in outputs.iter().enumerate() {
            result.insert(format!("output.{n}"), y.detach());
        }
        let losses = outputs.iter().filter(|y| y.requires_grad());
        let losses = losses.map(|y| torch::sum(&(y * y.randn_like())));
        if let Some(loss) = losses.reduce(|sum, loss| sum + loss) {
            loss.backward();
            result.insert("x.grad".into(), x.grad());
        }
        result
    })
}

/// What a function gives.
trait Outputs {
    fn list(self) -> Vec<Tensor>;
}

impl Outputs for Tensor {
    fn list(self) -> Vec<Tensor> {
        vec![self]
    }
}

impl Outputs for (Tensor, Tensor) {
    fn list(self) -> Vec<Tensor> {
        vec![self.0, self.1]
    }
}

impl Outputs for (Tensor, Tensor, Tensor) {
    fn list(self) -> Vec<Tensor> {
        vec![self.0, self.1, self.2]
    }
}

impl Outputs for Vec<Tensor> {
    fn list(self) -> Vec<Tensor> {
        self
    }
}

/// Every operator between a parameter or a buffer and what may stand at its other side, and the places
/// of a tensor where one stands.
fn member_operators() -> StateDict {
    let randn = |size: [i64; 2]| Tensor::randn(size, (Kind::Float, Device::Cpu));
    let x = randn([2, 3]).set_requires_grad(true);
    let w = nn::Parameter::new(randn([2, 3]));
    let b = nn::Buffer::new(randn([2, 3]).abs() + 0.5);
    let rows = nn::Buffer::new(torch::tensor([1, 0]));
    let mut outputs = Vec::new();
    macro_rules! with_all {
        ($member:ident: $($operator:tt)+) => {
            $(outputs.extend([
                x.shallow_clone() $operator &$member,
                &x $operator &$member,
                &$member $operator x.shallow_clone(),
                &$member $operator &x,
                &$member $operator &w,
                &$member $operator &b,
                &$member $operator 3,
                &$member $operator 3_i64,
                &$member $operator 3_usize,
                &$member $operator 0.3,
                &$member $operator 0.3_f32,
                3 $operator &$member,
                3_i64 $operator &$member,
                (1 + 2) $operator &$member,
                0.3 $operator &$member,
                f64::from(0.3_f32) $operator &$member,
            ]);)+
            outputs.extend([-&$member, &$member + true, &$member * true]);
        };
    }
    with_all!(w: + - * /);
    with_all!(b: + - * /);
    let mut y = &x * 1;
    y += &w;
    y *= &b;
    y -= &b;
    y /= &w;
    let z = &x * 1;
    z.set_i(0, w.i(0));
    z.set_i((1, ..), b.i(1));
    z.set_i(.., &w);
    outputs.extend([
        y,
        z,
        x.i(&rows),
        w.i((&rows, 0)),
        torch::cat(&[&w, &w]),
        torch::stack(&[&*w, &x]),
        torch::where_(&x.gt(0), &w, &b),
        torch::where_(&x.gt(0), &w, 1),
        torch::add(&x, &w),
        torch::sub_options(&w, &b).alpha(2).call(),
        torch::pow(&b, &w),
        torch::clamp_options(&x).max(&b).call(),
        (&w * 2).exp(),
        x.matmul(&w.tr()),
        F::linear_options(&x, &w).bias(&b.i((.., 0))).call(),
    ]);
    outputs.iter().map(|y| torch::sum(&(y * y.randn_like()))).sum::<Tensor>().backward();
    let mut result =
        StateDict::from([("x.grad".to_string(), x.grad()), ("w.grad".to_string(), w.grad())]);
    result
        .extend(outputs.into_iter().enumerate().map(|(n, y)| (format!("output.{n}"), y.detach())));
    result
}
