//! Attention and the transformer.

use super::*;

/// In the order of Python's table.
pub fn cases() -> Vec<(&'static str, Case)> {
    let mha = || nn::MultiheadAttention::options(8, 2);
    let encoder_layer = || nn::TransformerEncoderLayer::options(8, 2).dim_feedforward(16);
    let decoder_layer = || nn::TransformerDecoderLayer::options(8, 2).dim_feedforward(16);
    let transformer = |layers| {
        let transformer = nn::Transformer::options().d_model(8).nhead(2).dim_feedforward(16);
        transformer.num_encoder_layers(layers).num_decoder_layers(2)
    };
    vec![
        ("attention", attended(|| nn::MultiheadAttention::new(8, 2), itself, &[&[5, 3, 8]])),
        (
            "attention_to_another",
            attended(
                || nn::MultiheadAttention::new(8, 2),
                |a, x| there(a.forward(&x[0], &x[1], &x[1])),
                &[&[4, 3, 8], &[6, 3, 8]],
            ),
        ),
        (
            "attention_of_three",
            attended(
                || nn::MultiheadAttention::new(8, 4),
                |a, x| there(a.forward(&x[0], &x[1], &x[2])),
                &[&[4, 3, 8], &[6, 3, 8], &[6, 3, 8]],
            ),
        ),
        (
            "attention_widths",
            attended(
                move || mha().kdim(6).vdim(5).build(),
                |a, x| there(a.forward(&x[0], &x[1], &x[2])),
                &[&[4, 3, 8], &[6, 3, 6], &[6, 3, 5]],
            ),
        ),
        (
            "attention_widths_no_bias",
            attended(
                move || mha().kdim(6).bias(false).batch_first(true).build(),
                |a, x| there(a.forward(&x[0], &x[1], &x[0].narrow(1, 0, 2))),
                &[&[3, 4, 8], &[3, 2, 6]],
            ),
        ),
        ("attention_no_bias", attended(move || mha().bias(false).build(), itself, &[&[5, 3, 8]])),
        (
            "attention_bias_kv",
            attended(move || mha().add_bias_kv(true).build(), itself, &[&[5, 3, 8]]),
        ),
        (
            "attention_zero",
            attended(move || mha().add_zero_attn(true).build(), itself, &[&[5, 3, 8]]),
        ),
        (
            "attention_bias_kv_zero_masks",
            attended(
                move || mha().add_bias_kv(true).add_zero_attn(true).build(),
                |a, x| {
                    there(
                        a.forward_options(&x[0], &x[0], &x[0])
                            .attn_mask(&causal(5))
                            .key_padding_mask(&padding(&[3, 5, 4]))
                            .call(),
                    )
                },
                &[&[5, 3, 8]],
            ),
        ),
        (
            "attention_batch_first",
            attended(move || mha().batch_first(true).build(), itself, &[&[3, 5, 8]]),
        ),
        (
            "attention_odd_heads",
            attended(
                || nn::MultiheadAttention::options(9, 3).batch_first(true).build(),
                itself,
                &[&[3, 5, 9]],
            ),
        ),
        ("attention_dropout", attended(move || mha().dropout(0.4).build(), itself, &[&[5, 3, 8]])),
        (
            "attention_dropout_no_weights",
            attended(
                move || mha().dropout(0.4).batch_first(true).build(),
                |a, x| there(a.forward_options(&x[0], &x[0], &x[0]).need_weights(false).call()),
                &[&[3, 5, 8]],
            ),
        ),
        (
            "attention_no_weights",
            attended(
                || nn::MultiheadAttention::new(8, 2),
                |a, x| there(a.forward_options(&x[0], &x[0], &x[0]).need_weights(false).call()),
                &[&[5, 3, 8]],
            ),
        ),
        (
            "attention_each_head",
            attended(
                || nn::MultiheadAttention::new(8, 2),
                |a, x| {
                    there(a.forward_options(&x[0], &x[0], &x[0]).average_attn_weights(false).call())
                },
                &[&[5, 3, 8]],
            ),
        ),
        (
            "attention_each_head_batch_first",
            attended(
                || nn::MultiheadAttention::options(8, 4).batch_first(true).build(),
                |a, x| {
                    there(a.forward_options(&x[0], &x[0], &x[0]).average_attn_weights(false).call())
                },
                &[&[3, 5, 8]],
            ),
        ),
        (
            "attention_mask",
            attended(
                || nn::MultiheadAttention::new(8, 2),
                |a, x| there(a.forward_options(&x[0], &x[0], &x[0]).attn_mask(&causal(5)).call()),
                &[&[5, 3, 8]],
            ),
        ),
        (
            "attention_mask_batch_first",
            attended(
                move || mha().batch_first(true).build(),
                |a, x| there(a.forward_options(&x[0], &x[0], &x[0]).attn_mask(&causal(5)).call()),
                &[&[3, 5, 8]],
            ),
        ),
        (
            "attention_mask_added_batch_first",
            attended(
                move || mha().batch_first(true).build(),
                |a, x| {
                    let mask = added(&[5, 5]);
                    there(a.forward_options(&x[0], &x[0], &x[0]).attn_mask(&mask).call())
                },
                &[&[3, 5, 8]],
            ),
        ),
        (
            "attention_padding_added_batch_first",
            attended(
                move || mha().batch_first(true).build(),
                |a, x| {
                    let (mask, padding) =
                        (added(&[5, 5]), padding(&[3, 5, 4]).to_kind(Kind::Float));
                    let call = a.forward_options(&x[0], &x[0], &x[0]).attn_mask(&mask);
                    there(call.key_padding_mask(&padding).call())
                },
                &[&[3, 5, 8]],
            ),
        ),
        (
            "attention_mask_added",
            attended(
                || nn::MultiheadAttention::new(8, 2),
                |a, x| {
                    there(
                        a.forward_options(&x[0], &x[0], &x[0])
                            .attn_mask(&added(&[6, 5, 5]))
                            .need_weights(false)
                            .call(),
                    )
                },
                &[&[5, 3, 8]],
            ),
        ),
        (
            "attention_padding",
            attended(
                || nn::MultiheadAttention::new(8, 2),
                |a, x| {
                    there(
                        a.forward_options(&x[0], &x[0], &x[0])
                            .key_padding_mask(&padding(&[3, 5, 4]))
                            .call(),
                    )
                },
                &[&[5, 3, 8]],
            ),
        ),
        (
            "attention_padding_batch_first",
            attended(
                move || mha().batch_first(true).build(),
                |a, x| {
                    there(
                        a.forward_options(&x[0], &x[0], &x[0])
                            .key_padding_mask(&padding(&[3, 5, 4]))
                            .need_weights(false)
                            .call(),
                    )
                },
                &[&[3, 5, 8]],
            ),
        ),
        (
            "attention_both_masks",
            attended(
                move || mha().batch_first(true).build(),
                |a, x| {
                    there(
                        a.forward_options(&x[0], &x[0], &x[0])
                            .attn_mask(&causal(5))
                            .key_padding_mask(&padding(&[3, 5, 4]))
                            .call(),
                    )
                },
                &[&[3, 5, 8]],
            ),
        ),
        (
            "attention_both_masks_added",
            attended(
                || nn::MultiheadAttention::new(8, 2),
                |a, x| {
                    there(
                        a.forward_options(&x[0], &x[0], &x[0])
                            .attn_mask(&added(&[6, 5, 5]))
                            .key_padding_mask(&added(&[3, 5]))
                            .call(),
                    )
                },
                &[&[5, 3, 8]],
            ),
        ),
        (
            "attention_causal",
            attended(
                || nn::MultiheadAttention::new(8, 2),
                |a, x| {
                    there(
                        a.forward_options(&x[0], &x[0], &x[0])
                            .attn_mask(&causal(5))
                            .is_causal(true)
                            .need_weights(false)
                            .call(),
                    )
                },
                &[&[5, 3, 8]],
            ),
        ),
        (
            "attention_causal_weights",
            attended(
                || nn::MultiheadAttention::new(8, 2),
                |a, x| {
                    there(
                        a.forward_options(&x[0], &x[0], &x[0])
                            .attn_mask(&causal(5))
                            .is_causal(true)
                            .call(),
                    )
                },
                &[&[5, 3, 8]],
            ),
        ),
        (
            "attention_one_sequence",
            attended(|| nn::MultiheadAttention::new(8, 2), itself, &[&[5, 8]]),
        ),
        (
            "attention_one_sequence_masks",
            attended(
                move || mha().batch_first(true).build(),
                |a, x| {
                    there(
                        a.forward_options(&x[0], &x[0], &x[0])
                            .attn_mask(&added(&[2, 5, 5]))
                            .key_padding_mask(&padding(&[3]).get(0).to_kind(Kind::Float))
                            .call(),
                    )
                },
                &[&[5, 8]],
            ),
        ),
        (
            "encoder_layer",
            attended(move || encoder_layer().build(), |l, x| vec![l.forward(&x[0])], &[&[5, 3, 8]]),
        ),
        (
            "encoder_layer_gelu",
            attended(
                move || encoder_layer().dropout(0.3).activation("gelu").batch_first(true).build(),
                |l, x| vec![l.forward(&x[0])],
                &[&[3, 5, 8]],
            ),
        ),
        (
            "encoder_layer_function",
            attended(
                move || {
                    encoder_layer()
                        .activation((|x: &Tensor| x.tanh()) as fn(&Tensor) -> Tensor)
                        .batch_first(true)
                        .build()
                },
                |l, x| vec![l.forward(&x[0])],
                &[&[3, 5, 8]],
            ),
        ),
        (
            "encoder_layer_norm_first",
            attended(
                move || encoder_layer().norm_first(true).layer_norm_eps(1e-3).build(),
                |l, x| vec![l.forward(&x[0])],
                &[&[5, 3, 8]],
            ),
        ),
        (
            "encoder_layer_norm_first_batch_first",
            attended(
                move || encoder_layer().norm_first(true).batch_first(true).build(),
                |l, x| vec![l.forward(&x[0])],
                &[&[3, 5, 8]],
            ),
        ),
        (
            "encoder_layer_no_bias",
            attended(
                move || encoder_layer().bias(false).batch_first(true).build(),
                |l, x| vec![l.forward(&x[0])],
                &[&[3, 5, 8]],
            ),
        ),
        (
            "encoder_layer_wide",
            attended(
                move || nn::TransformerEncoderLayer::options(4, 1).dropout(0.0).build(),
                |l, x| vec![l.forward(&x[0])],
                &[&[3, 2, 4]],
            ),
        ),
        (
            "encoder_layer_mask",
            attended(
                move || encoder_layer().batch_first(true).build(),
                |l, x| vec![l.forward_options(&x[0]).src_mask(&causal(5)).call()],
                &[&[3, 5, 8]],
            ),
        ),
        (
            "encoder_layer_causal",
            attended(
                move || encoder_layer().build(),
                |l, x| vec![l.forward_options(&x[0]).src_mask(&causal(5)).is_causal(true).call()],
                &[&[5, 3, 8]],
            ),
        ),
        (
            "encoder_layer_padding",
            attended(
                move || encoder_layer().batch_first(true).build(),
                |l, x| {
                    vec![l.forward_options(&x[0]).src_key_padding_mask(&padding(&[3, 5, 4])).call()]
                },
                &[&[3, 5, 8]],
            ),
        ),
        (
            "encoder_layer_both_masks",
            attended(
                move || {
                    nn::TransformerEncoderLayer::options(8, 4)
                        .dim_feedforward(16)
                        .batch_first(true)
                        .build()
                },
                |l, x| {
                    vec![
                        l.forward_options(&x[0])
                            .src_mask(&causal(5))
                            .src_key_padding_mask(&padding(&[3, 5, 4]))
                            .call(),
                    ]
                },
                &[&[3, 5, 8]],
            ),
        ),
        (
            "encoder_layer_one_sequence",
            attended(move || encoder_layer().build(), |l, x| vec![l.forward(&x[0])], &[&[5, 8]]),
        ),
        (
            "encoder",
            attended(
                move || nn::TransformerEncoder::new(&encoder_layer().dropout(0.0).build(), 2),
                |l, x| vec![l.forward(&x[0])],
                &[&[5, 3, 8]],
            ),
        ),
        (
            "encoder_norm",
            attended(
                move || {
                    nn::TransformerEncoder::options(&encoder_layer().build(), 3)
                        .norm(nn::LayerNorm::new([8]))
                        .build()
                },
                |l, x| vec![l.forward(&x[0])],
                &[&[5, 3, 8]],
            ),
        ),
        (
            "encoder_padding",
            attended(
                move || {
                    nn::TransformerEncoder::options(&encoder_layer().batch_first(true).build(), 2)
                        .norm(nn::LayerNorm::new([8]))
                        .build()
                },
                |l, x| {
                    vec![l.forward_options(&x[0]).src_key_padding_mask(&padding(&[3, 5, 4])).call()]
                },
                &[&[3, 5, 8]],
            ),
        ),
        (
            "encoder_padding_not_nested",
            attended(
                move || {
                    nn::TransformerEncoder::options(&encoder_layer().batch_first(true).build(), 2)
                        .enable_nested_tensor(false)
                        .build()
                },
                |l, x| {
                    vec![l.forward_options(&x[0]).src_key_padding_mask(&padding(&[3, 5, 4])).call()]
                },
                &[&[3, 5, 8]],
            ),
        ),
        (
            "encoder_padding_in_front",
            attended(
                move || nn::TransformerEncoder::new(&encoder_layer().batch_first(true).build(), 2),
                |l, x| {
                    vec![
                        l.forward_options(&x[0])
                            .src_key_padding_mask(&padding(&[3, 5, 4]).flip([1]))
                            .call(),
                    ]
                },
                &[&[3, 5, 8]],
            ),
        ),
        (
            "encoder_causal",
            attended(
                move || nn::TransformerEncoder::new(&encoder_layer().build(), 2),
                |l, x| vec![l.forward_options(&x[0]).mask(&causal(5)).call()],
                &[&[5, 3, 8]],
            ),
        ),
        (
            "encoder_causal_not_told",
            attended(
                move || nn::TransformerEncoder::new(&encoder_layer().build(), 2),
                |l, x| vec![l.forward_options(&x[0]).mask(&causal(5)).is_causal(false).call()],
                &[&[5, 3, 8]],
            ),
        ),
        (
            "encoder_both_masks",
            attended(
                move || nn::TransformerEncoder::new(&encoder_layer().batch_first(true).build(), 2),
                |l, x| {
                    vec![
                        l.forward_options(&x[0])
                            .mask(&causal(5))
                            .src_key_padding_mask(&padding(&[3, 5, 4]))
                            .call(),
                    ]
                },
                &[&[3, 5, 8]],
            ),
        ),
        (
            "decoder_layer",
            attended(
                move || decoder_layer().build(),
                |l, x| vec![l.forward(&x[0], &x[1])],
                &[&[5, 3, 8], &[6, 3, 8]],
            ),
        ),
        (
            "decoder_layer_norm_first",
            attended(
                move || decoder_layer().norm_first(true).activation("gelu").dropout(0.3).build(),
                |l, x| vec![l.forward(&x[0], &x[1])],
                &[&[5, 3, 8], &[6, 3, 8]],
            ),
        ),
        (
            "decoder_layer_no_bias",
            attended(
                move || {
                    let layer = decoder_layer().bias(false).batch_first(true).layer_norm_eps(1e-3);
                    layer.activation(silu as fn(&Tensor) -> Tensor).build()
                },
                |l, x| vec![l.forward(&x[0], &x[1])],
                &[&[3, 5, 8], &[3, 6, 8]],
            ),
        ),
        (
            "decoder_layer_masks",
            attended(
                move || decoder_layer().batch_first(true).build(),
                |l, x| {
                    vec![
                        l.forward_options(&x[0], &x[1])
                            .tgt_mask(&causal(5))
                            .memory_mask(&added(&[5, 5]))
                            .tgt_key_padding_mask(&padding(&[3, 5, 4]))
                            .memory_key_padding_mask(&padding(&[5, 2, 3]))
                            .call(),
                    ]
                },
                &[&[3, 5, 8], &[3, 5, 8]],
            ),
        ),
        (
            "decoder_layer_causal",
            attended(
                move || decoder_layer().build(),
                |l, x| {
                    vec![
                        l.forward_options(&x[0], &x[1])
                            .tgt_mask(&causal(5))
                            .tgt_is_causal(true)
                            .memory_mask(&causal(5))
                            .memory_is_causal(true)
                            .call(),
                    ]
                },
                &[&[5, 3, 8], &[5, 3, 8]],
            ),
        ),
        (
            "decoder_layer_one_sequence",
            attended(
                move || decoder_layer().build(),
                |l, x| vec![l.forward(&x[0], &x[1])],
                &[&[5, 8], &[6, 8]],
            ),
        ),
        (
            "decoder",
            attended(
                move || nn::TransformerDecoder::new(&decoder_layer().build(), 2),
                |l, x| vec![l.forward(&x[0], &x[1])],
                &[&[5, 3, 8], &[6, 3, 8]],
            ),
        ),
        (
            "decoder_norm",
            attended(
                move || {
                    nn::TransformerDecoder::options(&decoder_layer().build(), 3)
                        .norm(nn::LayerNorm::new([8]))
                        .build()
                },
                |l, x| {
                    let mask = nn::Transformer::generate_square_subsequent_mask(5);
                    vec![l.forward_options(&x[0], &x[1]).tgt_mask(&mask).call()]
                },
                &[&[5, 3, 8], &[6, 3, 8]],
            ),
        ),
        (
            "decoder_causal",
            attended(
                move || nn::TransformerDecoder::new(&decoder_layer().batch_first(true).build(), 2),
                |l, x| {
                    let (mask, padding) = (causal(5), padding(&[3, 5, 4]));
                    let call = l.forward_options(&x[0], &x[1]).tgt_mask(&mask);
                    let padded = call.memory_key_padding_mask(&padding).call();
                    let call = l.forward_options(&x[0], &x[1]).tgt_mask(&mask);
                    let told = call.tgt_is_causal(false).memory_mask(&added(&[5, 5])).call();
                    vec![padded, told]
                },
                &[&[3, 5, 8], &[3, 5, 8]],
            ),
        ),
        (
            "transformer",
            attended(
                move || transformer(2).build(),
                |t, x| vec![t.forward(&x[0], &x[1])],
                &[&[6, 3, 8], &[5, 3, 8]],
            ),
        ),
        (
            "transformer_norm_first",
            attended(
                move || {
                    let transformer = transformer(2).norm_first(true).batch_first(true);
                    transformer.activation("gelu").bias(false).layer_norm_eps(1e-4).build()
                },
                |t, x| vec![t.forward(&x[0], &x[1])],
                &[&[3, 6, 8], &[3, 5, 8]],
            ),
        ),
        (
            "transformer_masks",
            attended(
                move || transformer(2).batch_first(true).build(),
                |t, x| {
                    vec![
                        t.forward_options(&x[0], &x[1])
                            .tgt_mask(&nn::Transformer::generate_square_subsequent_mask(4))
                            .src_key_padding_mask(&padding(&[3, 5, 4]))
                            .memory_key_padding_mask(&padding(&[3, 5, 4]))
                            .tgt_key_padding_mask(&padding(&[3, 4, 2]).narrow(1, 0, 4))
                            .call(),
                    ]
                },
                &[&[3, 5, 8], &[3, 4, 8]],
            ),
        ),
        (
            "transformer_causal",
            attended(
                move || transformer(1).build(),
                |t, x| {
                    vec![
                        t.forward_options(&x[0], &x[1])
                            .src_mask(&causal(5))
                            .src_is_causal(true)
                            .tgt_mask(&causal(5))
                            .memory_mask(&added(&[5, 5]))
                            .call(),
                    ]
                },
                &[&[5, 3, 8], &[5, 3, 8]],
            ),
        ),
        (
            "transformer_one_sequence",
            attended(
                move || transformer(2).build(),
                |t, x| vec![t.forward(&x[0], &x[1])],
                &[&[6, 8], &[5, 8]],
            ),
        ),
        (
            "transformer_custom",
            attended(
                move || {
                    let encoder = nn::TransformerEncoder::new(&encoder_layer().build(), 1);
                    let decoder = nn::TransformerDecoder::new(&decoder_layer().build(), 3);
                    transformer(2).custom_encoder(encoder).custom_decoder(decoder).build()
                },
                |t, x| vec![t.forward(&x[0], &x[1])],
                &[&[6, 3, 8], &[5, 3, 8]],
            ),
        ),
        (
            "square_subsequent_mask",
            Box::new(|| {
                let mask = |kind| {
                    let mask = nn::Transformer::generate_square_subsequent_mask_options(4);
                    mask.dtype(kind).call()
                };
                let masks = [
                    nn::Transformer::generate_square_subsequent_mask(3),
                    mask(Kind::Double),
                    mask(Kind::BFloat16),
                    mask(Kind::Bool),
                ];
                let name = |(i, mask): (usize, Tensor)| (format!("mask.{i}"), mask);
                masks.into_iter().enumerate().map(name).collect()
            }),
        ),
    ]
}

/// A layer in training, in evaluation, and there without gradients, where kernels differ.
fn attended<M: Module + std::fmt::Display>(
    build: impl Fn() -> M + 'static,
    call: impl Fn(&M, &[Tensor]) -> Vec<Tensor> + 'static,
    shapes: &'static [&'static [i64]],
) -> Case {
    Box::new(move || {
        let module = build();
        let inputs: Vec<_> = shapes.iter().map(|shape| randn(shape)).collect();
        let outputs = call(&module, &inputs);
        let sums = outputs.iter().map(|output| (output * output.randn_like()).sum(Kind::Float));
        sums.reduce(|a, b| a + b).expect("an output").backward();
        let mut result = described(&module, &module.to_string(), &inputs, StateDict::new());
        let mut tell = |what: &str, outputs: Vec<Tensor>| {
            for (i, output) in outputs.into_iter().enumerate() {
                result.insert(format!("{what}.{i}"), output.detach());
            }
        };
        tell("output", outputs);
        module.eval();
        tell("evaluated", call(&module, &inputs));
        tell("without gradients", no_grad(|| call(&module, &inputs)));
        result
    })
}

fn silu(x: &Tensor) -> Tensor {
    F::silu(x)
}

/// Self-attention.
fn itself(attention: &nn::MultiheadAttention, x: &[Tensor]) -> Vec<Tensor> {
    there(attention.forward(&x[0], &x[0], &x[0]))
}

fn there((output, weights): (Tensor, Option<Tensor>)) -> Vec<Tensor> {
    [output].into_iter().chain(weights).collect()
}

fn causal(length: i64) -> Tensor {
    Tensor::ones([length, length], (Kind::Bool, Device::Cpu)).triu(1)
}

/// Which of five places are behind each sequence's end.
fn padding(lengths: &[i64]) -> Tensor {
    let places = Tensor::arange(5, (Kind::Int64, Device::Cpu));
    places.ge_tensor(&Tensor::from_slice(lengths).unsqueeze(1))
}

/// A mask of real numbers.
fn added(shape: &[i64]) -> Tensor {
    Tensor::arange(shape.iter().product::<i64>(), (Kind::Int64, Device::Cpu)).view(shape).sin()
}
