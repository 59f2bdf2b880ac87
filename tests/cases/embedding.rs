//! Embeddings.

use super::*;

/// In the order of Python's table.
pub fn cases() -> Vec<(&'static str, Case)> {
    vec![
        ("embedding", looked_up(|| nn::Embedding::new(10, 3), 10, &[4, 5])),
        (
            "embedding_padding",
            looked_up(
                || nn::Embedding::options(10, 3).padding_idx(-1).scale_grad_by_freq(true).build(),
                10,
                &[4, 5],
            ),
        ),
        (
            "embedding_max_norm",
            looked_up(
                || nn::Embedding::options(10, 3).max_norm(1.5).norm_type(1.0).build(),
                10,
                &[4, 5],
            ),
        ),
        (
            "embedding_sparse",
            looked_up(|| nn::Embedding::options(10, 3).sparse(true).build(), 10, &[4, 5]),
        ),
        ("embedding_bag", looked_up(|| nn::EmbeddingBag::new(10, 3), 10, &[4, 5])),
        (
            "embedding_bag_sum",
            looked_up(
                || {
                    nn::EmbeddingBag::options(10, 3)
                        .mode("sum")
                        .padding_idx(2)
                        .scale_grad_by_freq(true)
                        .build()
                },
                10,
                &[4, 5],
            ),
        ),
        (
            "embedding_bag_max",
            looked_up(
                || nn::EmbeddingBag::options(10, 3).mode("max").max_norm(1.0).build(),
                10,
                &[4, 5],
            ),
        ),
        (
            "embedding_bag_offsets",
            function_of(
                || nn::EmbeddingBag::options(6, 3).mode("sum").build(),
                |bag, x| {
                    let words = Tensor::from_slice(&[1_i64, 2, 4, 5, 4, 3]);
                    bag.forward_options(&words)
                        .offsets(&Tensor::from_slice(&[0_i64, 2]))
                        .per_sample_weights(x)
                        .call()
                },
                &[6],
            ),
        ),
        (
            "embedding_bag_last_offset",
            function_of(
                || nn::EmbeddingBag::options(6, 3).include_last_offset(true).build(),
                |bag, x| {
                    let words = Tensor::from_slice(&[1_i64, 2, 4, 5, 4, 3]);
                    bag.forward_options(&words).offsets(&Tensor::from_slice(&[0_i64, 2, 6])).call()
                        * x
                },
                &[2, 3],
            ),
        ),
        (
            "embedding_bag_weights_of_rows",
            function_of(
                || nn::EmbeddingBag::options(6, 3).mode("sum").build(),
                |bag, x| {
                    let words = Tensor::from_slice(&[1_i64, 2, 4, 5, 4, 3]).view([2, 3]);
                    bag.forward_options(&words).per_sample_weights(x).call()
                },
                &[2, 3],
            ),
        ),
        (
            "embedding_from_pretrained",
            looked_up(
                || {
                    let vectors = Tensor::randn([10, 3], (Kind::Float, Device::Cpu));
                    let embedding = nn::Embedding::from_pretrained_options(&vectors).freeze(false);
                    embedding.padding_idx(1).build()
                },
                10,
                &[4, 5],
            ),
        ),
        (
            "embedding_bag_from_pretrained",
            looked_up(
                || {
                    let vectors = Tensor::randn([10, 3], (Kind::Float, Device::Cpu));
                    nn::EmbeddingBag::from_pretrained_options(&vectors)
                        .freeze(false)
                        .mode("sum")
                        .build()
                },
                10,
                &[4, 5],
            ),
        ),
    ]
}

/// A layer of whole numbers below n: its weights, print, keys, output and gradients.
fn looked_up<M: Forward + std::fmt::Display>(
    build: impl Fn() -> M + 'static,
    n: i64,
    shape: &'static [i64],
) -> Case {
    Box::new(move || {
        let module = build();
        let inputs = [Tensor::randint(n, shape, (Kind::Int64, Device::Cpu))];
        let output = nn::call(&module, &inputs[0]);
        let mut result = results(&module, &module.to_string(), &inputs, output);
        for (name, parameter) in module.named_parameters() {
            result.insert(format!("{name}.grad"), parameter.grad().to_dense(None::<Kind>, false));
        }
        result
    })
}
