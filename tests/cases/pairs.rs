//! The pairs of the page `src/torch/from_python.md`, in its order.
//!
//! Python's side reads the page itself. The Rust that is compiled here is held to the page's by
//! `tests/integration/tensors.rs`: by its text, blanks aside.

use super::*;

/// What the Rust of each pair comes to.
pub fn cases() -> Vec<(&'static str, Case)> {
    let pairs = table().1.into_iter().enumerate();
    pairs.map(|(n, (_text, case))| (&*format!("pair_{n:03}").leak(), case)).collect()
}

/// The Rust of the page: what stands before the tables, and what stands in them.
#[allow(dead_code, reason = "the tests alone ask")]
pub fn texts() -> (&'static str, Vec<&'static str>) {
    let (given, pairs) = table();
    (given, pairs.into_iter().map(|(text, _case)| text).collect())
}

/// A text, and a pair's texts and cases.
type Table = (&'static str, Vec<(&'static str, Case)>);

macro_rules! pairs {
    (given $given:tt written $written:tt $($pair:expr;)+) => {
        (stringify!($given), vec![$((stringify!($pair), case!($given $written $pair))),+])
    };
}

macro_rules! case {
    ({ $($given:tt)* } { $($written:ident)+ } $pair:expr) => {
        Box::new(|| {
            $($given)*
            let values = Outcome::values($pair);
            told(values, [$((stringify!($written), &$written)),+])
        }) as Case
    };
}

#[rustfmt::skip]
#[allow(unused_mut, unused_variables, reason = "what is given is given to every pair")]
fn table() -> Table {
    pairs! {
        given {
            let mut x = torch::linspace(-2, 2, 12).view([3, 4]);
            let y = torch::arange(12.0).view([3, 4]) / 7 - 1;
            let w = torch::tensor_options([0.5, -1.0, 2.0, 0.25]).requires_grad(true).call();
            let p = nn::Parameter::new(torch::tensor([1.0, 0.0, -0.5, 3.0]));
            let (b, n) = (nn::Buffer::new(torch::zeros(4)), nn::Buffer::new(torch::tensor(0)));
            let v = torch::tensor([3, 1, 2, 1]);
            let (rows, columns) = (torch::tensor([2, 0]), torch::tensor([1, 3]));
            let mask = x.gt(0);
            let images = torch::linspace(-1, 1, 96).view([2, 3, 4, 4]);
            let signal = torch::linspace(0, 9, 100).sin();
        }
        written { x w p b n }
        torch::tensor([1.0, 2.0]);
        torch::tensor([[1, 2], [3, 4]]);
        torch::tensor([true, false]);
        torch::tensor_options(0.1).dtype(Kind::Double).call();
        torch::zeros([2, 3]);
        torch::ones_options(3).dtype(Kind::Int64).call();
        torch::full([2, 2], 7);
        torch::eye(3);
        torch::arange(5);
        torch::arange((1, 7, 2));
        torch::arange((0, 1, 0.25));
        torch::linspace(0, 1, 5);
        torch::logspace(0, 2, 3);
        torch::tril_indices(3, 3);
        x.zeros_like();
        x.full_like(3);
        torch::new_zeros(&x, [2, 3]);
        torch::new_ones_options(&v, 2).dtype(Kind::Double).call();
        torch::new_full(&v, [2, 2], 7);
        torch::randn([2, 3]);
        torch::rand(x.shape());
        torch::randint(10, [4]);
        torch::randint_options(10, [4]).low(2).call();
        torch::randn_like(&x);
        torch::rand_like_options(&x).dtype(Kind::Double).call();
        torch::randint_like_options(&x, 10).low(2).call();
        torch::randperm(6);
        torch::normal_(&torch::empty(4));
        torch::uniform_options(&torch::empty([2, 3])).from(-1).to(1).call();
        torch::bernoulli(&x.sigmoid());
        torch::normal(&x, 0.5);
        torch::geometric_(&torch::empty(4), 0.3);
        torch::bernoulli_in_place_options(&torch::empty(4)).p(0.3).generator(&random::Generator::new()).call();
        random::manual_seed(3);
        x.shape();
        x.shape()[-1];
        x.shape()[0];
        &images.shape()[1..];
        images.shape().unpack::<4>();
        x.dim();
        x.numel();
        x.is_contiguous();
        x.i((1, 2)).item();
        v.tolist::<Vec<i64>>();
        x.tolist::<Vec<Vec<f64>>>();
        x.double();
        x.half();
        x.bfloat16();
        x.long();
        x.to_kind(Kind::Double);
        mask.float();
        v.bool();
        x.to(Device::Cpu);
        torch::to_options(&x, Device::Cpu).non_blocking(true).call();
        x.cpu();
        torch::clone(&x);
        x.detach();
        x.i(0);
        x.i(-1);
        x.i((1, 2));
        x.i(1..);
        x.i(-2..);
        x.i(..99);
        x.i((.., 1));
        x.i((.., ..-1));
        x.i((.., (..).step(2)));
        x.i((0, (1..).step(2)));
        images.i((Ellipsis, 0));
        images.i((.., .., 1..3, 1..-1));
        x.i(None);
        x.i((.., None));
        x.i([2, 0]);
        x.i(&rows);
        x.i((&rows, &columns));
        x.i((rows.i((.., None)), &columns));
        x.i((.., &columns));
        x.i((torch::arange(3), v.i(..3)));
        x.i(&mask);
        x.i(x.gt(1));
        x.i(x.i((.., 0)).lt(0));
        x.i(1).i(2);
        x.set_i(0, 1);
        x.set_i((.., -1), 0.5);
        x.set_i((1.., (..).step(2)), y.i((1.., (..).step(2))));
        x.set_i(Ellipsis, y.i(0));
        x.set_i(&mask, 0);
        x.set_i(x.lt(0), -f64::INFINITY);
        x.set_i(&rows, y.i(..2));
        x.set_i((&rows, &columns), 9);
        x.set_i(0, x.i(0) + 1);
        x.set_i((&rows, &columns), x.i((&rows, &columns)) * 2);
        x.i(1).fill_(4);
        torch::fill_diagonal_(&x, 5);
        torch::index_put(&x, &[&rows, &columns], &y.i((0, ..2)));
        torch::index_put_options(&x, &[&rows], &y.i(..2)).accumulate(true).inplace(true).call();
        &x + &y;
        &x - 1;
        2 * &x;
        -&x;
        &x / &y;
        torch::rsub(&x, 1);
        torch::rsub(&x, 1.0);
        x.reciprocal();
        x.reciprocal() * 3;
        torch::floor_divide(&x, 0.3);
        torch::remainder(&v, 2);
        torch::remainder(7, &v);
        torch::pow(&x, 2);
        torch::pow(2, &x);
        x.matmul(&y.tr());
        x += &y;
        x *= 2;
        torch::add_options(&x, &y).alpha(2).call();
        torch::add_options(&x, &y).alpha(2).inplace(true).call();
        torch::sub_options(&x, &y).alpha(0.5).inplace(true).call();
        torch::clamp_options(&x).min(0).inplace(true).call();
        x.abs().sqrt();
        x.exp();
        x.clamp(-1, 1);
        torch::clip_options(&x).min(0).call();
        torch::clamp_options(&x).min(0).call();
        torch::round_options(&x).decimals(1).call();
        torch::add_options(&x, &y).alpha(2).call();
        torch::mul(&x, true);
        torch::add(&v, true);
        torch::nan_to_num(&x.log());
        torch::cumsum(&x, 1);
        torch::softmax(&x, -1);
        x.gt(0);
        torch::le(&x, &y);
        torch::eq(&v, 1);
        mask.logical_and(&y.lt(0));
        mask.logical_or(&y.lt(0));
        mask.logical_not();
        torch::where_(&mask, &x, 0.0);
        torch::where_(&x.gt_tensor(&y), &x, &y);
        x.masked_fill(&mask, f64::NEG_INFINITY);
        x.maximum(&y);
        torch::allclose(&x, &y);
        torch::allclose_options(&x, &y).atol(5).call();
        x.equal(&x);
        mask.nonzero();
        torch::isin(&v, torch::tensor([1, 9]));
        torch::sum(&x);
        torch::sum_options(&x).dim(1).call();
        torch::mean_options(&images).dim((2, 3)).call();
        torch::mean_options(&x).dim(-1).keepdim(true).call();
        torch::sum_options(&x).dtype(Kind::Double).call();
        torch::var_options(&x).dim(1).unbiased(false).call();
        torch::std_options(&x).dim(1).correction(0).call();
        torch::var_mean_options(&x).dim(0).call();
        x.max();
        torch::max_dim(&x, 1);
        torch::max_dim(&x, 1).0;
        torch::argmax_options(&x).dim(1).call();
        torch::amax_options(&x).dim((0, 1)).call();
        torch::norm(&x);
        torch::norm_options(&x).p(1).dim(1).call();
        mask.all();
        torch::any_options(&mask).dim(1).call();
        torch::sum(&v.eq(1)).item();
        torch::logsumexp(&x, 1);
        torch::quantile(&x, 0.75);
        torch::topk(&x, 2);
        torch::sort_options(&x).descending(true).call();
        torch::argsort(&v);
        torch::unique(&v);
        torch::bincount(&v);
        x.view([2, 6]);
        x.reshape([-1]);
        images.view([images.shape()[0], -1]);
        torch::flatten_options(&images).start_dim(1).call();
        x.tr();
        images.mt();
        x.transpose(0, 1);
        images.permute([0, 2, 3, 1]);
        x.unsqueeze(0);
        torch::squeeze(&x.i(None));
        torch::squeeze_options(&x.i(None)).dim(0).call();
        torch::expand(&v, [3, 4]);
        v.repeat([2, 1]);
        torch::cat(&[&x, &y]);
        torch::cat_options(&[&x, &y]).dim(1).call();
        torch::stack(&[&x, &y]);
        torch::split(&x, 2);
        torch::split_options(&x, [1, 3]).dim(1).call();
        torch::chunk_options(&x, 2).dim(-1).call();
        torch::unbind(&x);
        x.flip([1]);
        torch::roll_options(&x, 1).dims(0).call();
        torch::repeat_interleave(&v, 2);
        torch::tril(&torch::ones([3, 3]));
        torch::triu_options(&x).diagonal(1).call();
        torch::meshgrid_options(&[&v, &rows]).indexing("ij").call();
        torch::gather(&x, 1, &v.i((..3, None)));
        torch::scatter(&x, 1, &v.i((..3, None)), 1.0);
        torch::scatter_reduce(&x, 1, &v.i((..3, None)), &y.i((.., ..1)), "sum");
        x.index_select(1, &rows);
        torch::slice_scatter_options(&x, &y.i(..1)).end(1).call();
        torch::diagflat(&v);
        torch::einsum("ij,kj->ik", &[&x, &y]);
        torch::einsum("bchw->bc", &[&images]);
        torch::tensordot_options(&x, &y.tr()).dims(1).call();
        v.outer(&rows);
        torch::cdist(&x, &y);
        torch::addr(&x, &v.i(..3), &v);
        torch::linalg::norm_options(&x).dim(1).call();
        torch::linalg::svd_options(&x).full_matrices(false).call();
        torch::linalg::inv(&(x.i((.., ..3)) + torch::eye(3)));
        torch::linalg::solve(&(x.i((.., ..3)) + torch::eye(3)), &y);
        torch::linalg::qr(&x);
        torch::linalg::eigh(&x.matmul(&x.tr()));
        torch::stft_options(&signal, 16).return_complex(true).call().abs();
        torch::istft(&torch::stft_options(&signal, 16).return_complex(true).call(), 16);
        torch::hann_window(16);
        &x * &p;
        &p * &x;
        -&p;
        1.0 - &p;
        3 / &p;
        (&p * 2).exp();
        &p + &p;
        x += &p;
        torch::add(&x, &p);
        torch::where_(&mask, &p, 0.0);
        x.matmul(&p);
        p.i(1..);
        torch::cat(&[&p, &p]);
        torch::cat(&[&*p, &w]);
        torch::sum(&(&x * &p)).backward();
        n.set_i(Ellipsis, &n + 1);
        torch::add_options(&n, 1).inplace(true).call();
        b.set_i(.., x.i(0));
        b.set_i(.., 0.9 * &b + 0.1 * torch::mean_options(&x).dim(0).call());
        torch::add_options(&torch::mul_options(&b, 0.9).inplace(true).call(), torch::mean_options(&x).dim(0).call()).alpha(0.1).inplace(true).call();
        torch::sum(&(&x * &w)).backward();
        torch::sum(&(&x * &w * &y)).backward();
        Tensor::run_backward(&[torch::sum(&(&x * &w))], &[&w], false, false);
        no_grad(|| w.set_i(.., &w * 2));
        w.requires_grad();
        torch::requires_grad_(&y).requires_grad();
        (&w * 2).detach().requires_grad();
    }
}

/// What a pair came to, and what it has written to.
fn told(values: Vec<Tensor>, written: [(&str, &Tensor); 5]) -> StateDict {
    let real = |y: Tensor| if y.is_complex() { y.view_as_real() } else { y };
    let values = values.into_iter().map(real).enumerate();
    let mut result: StateDict =
        values.map(|(n, value)| (format!("value.{n}"), value.detach())).collect();
    for (name, tensor) in written {
        result.insert(name.to_string(), tensor.detach());
        if tensor.is_leaf() && tensor.grad().defined() {
            result.insert(format!("{name}.grad"), tensor.grad());
        }
    }
    result
}

/// What a pair can come to.
trait Outcome {
    fn values(self) -> Vec<Tensor>;
}

macro_rules! outcomes {
    ($($outcome:ty: |$value:ident| $values:expr;)+) => {
        $(impl Outcome for $outcome {
            fn values(self) -> Vec<Tensor> {
                let $value = self;
                $values
            }
        })+
    };
}
outcomes! {
    (): |_nothing| vec![];
    Tensor: |tensor| vec![tensor];
    (Tensor, Tensor): |pair| vec![pair.0, pair.1];
    (Tensor, Tensor, Tensor): |three| vec![three.0, three.1, three.2];
    Vec<Tensor>: |tensors| tensors;
    bool: |truth| vec![torch::tensor(truth)];
    usize: |number| vec![doubles(number as f64)];
    i64: |number| vec![doubles(number as f64)];
    f64: |number| vec![doubles(number)];
    Vec<i64>: |numbers| vec![torch::tensor(numbers).double()];
    &[i64]: |numbers| vec![torch::tensor(numbers).double()];
    [i64; 4]: |numbers| vec![torch::tensor(numbers).double()];
    torch::Size: |size| vec![torch::tensor(&size[..]).double()];
    Vec<Vec<f64>>: |rows| vec![doubles(rows)];
}

fn doubles(data: impl torch::Data) -> Tensor {
    torch::tensor_options(data).dtype(Kind::Double).call()
}
