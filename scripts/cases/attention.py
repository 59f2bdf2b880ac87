"""Attention and the transformer."""

import torch
from torch import nn

from .helpers import described, randn


def attended(build, call, *shapes):
    """A layer in training, in evaluation, and there without gradients, where kernels differ."""

    def run():
        module = build()
        xs = [randn(*shape)() for shape in shapes]
        outputs = call(module, *xs)
        sum((output * torch.randn_like(output)).sum() for output in outputs).backward()
        result = described(module, xs)
        result |= {f"output.{i}": output for i, output in enumerate(outputs)}
        module.eval()
        result |= {f"evaluated.{i}": output for i, output in enumerate(call(module, *xs))}
        with torch.no_grad():
            result |= {f"without gradients.{i}": x for i, x in enumerate(call(module, *xs))}
        return result

    return run


def itself(**options):
    """Self-attention."""
    return lambda attention, x: there(attention(x, x, x, **options))


def there(outputs):
    return [output for output in outputs if output is not None]


def encoded(**options):
    return lambda layer, x: [layer(x, **options)]


def causal(length):
    return torch.ones(length, length, dtype=torch.bool).triu(1)


def padding(*lengths):
    """Which of five places are behind each sequence's end."""
    return torch.arange(5) >= torch.tensor(lengths).unsqueeze(1)


def added(*shape):
    """A mask of real numbers."""
    return torch.arange(torch.Size(shape).numel()).view(shape).sin()


MHA, LAYER, ENCODER = nn.MultiheadAttention, nn.TransformerEncoderLayer, nn.TransformerEncoder
DECODER_LAYER, DECODER = nn.TransformerDecoderLayer, nn.TransformerDecoder


def transformer(encoder_layers=2, decoder_layers=2, **options):
    return nn.Transformer(8, 2, encoder_layers, decoder_layers, 16, **options)


def square_mask(*args, **options):
    return nn.Transformer.generate_square_subsequent_mask(*args, **options)


def decoded(**options):
    return lambda layer, x, y: [layer(x, y, **options)]


CASES = {
    "attention": attended(lambda: MHA(8, 2), itself(), (5, 3, 8)),
    "attention_to_another": attended(
        lambda: MHA(8, 2), lambda a, x, y: there(a(x, y, y)), (4, 3, 8), (6, 3, 8)
    ),
    "attention_of_three": attended(
        lambda: MHA(8, 4), lambda a, x, y, z: there(a(x, y, z)), (4, 3, 8), (6, 3, 8), (6, 3, 8)
    ),
    "attention_widths": attended(
        lambda: MHA(8, 2, kdim=6, vdim=5), lambda a, x, y, z: there(a(x, y, z)),
        (4, 3, 8), (6, 3, 6), (6, 3, 5),
    ),
    "attention_widths_no_bias": attended(
        lambda: MHA(8, 2, kdim=6, bias=False, batch_first=True),
        lambda a, x, y: there(a(x, y, x[:, :2])), (3, 4, 8), (3, 2, 6),
    ),
    "attention_no_bias": attended(lambda: MHA(8, 2, bias=False), itself(), (5, 3, 8)),
    "attention_bias_kv": attended(lambda: MHA(8, 2, add_bias_kv=True), itself(), (5, 3, 8)),
    "attention_zero": attended(lambda: MHA(8, 2, add_zero_attn=True), itself(), (5, 3, 8)),
    "attention_bias_kv_zero_masks": attended(
        lambda: MHA(8, 2, add_bias_kv=True, add_zero_attn=True),
        itself(attn_mask=causal(5), key_padding_mask=padding(3, 5, 4)), (5, 3, 8),
    ),
    "attention_batch_first": attended(lambda: MHA(8, 2, batch_first=True), itself(), (3, 5, 8)),
    "attention_odd_heads": attended(lambda: MHA(9, 3, batch_first=True), itself(), (3, 5, 9)),
    "attention_dropout": attended(lambda: MHA(8, 2, dropout=0.4), itself(), (5, 3, 8)),
    "attention_dropout_no_weights": attended(
        lambda: MHA(8, 2, dropout=0.4, batch_first=True), itself(need_weights=False), (3, 5, 8)
    ),
    "attention_no_weights": attended(lambda: MHA(8, 2), itself(need_weights=False), (5, 3, 8)),
    "attention_each_head": attended(
        lambda: MHA(8, 2), itself(average_attn_weights=False), (5, 3, 8)
    ),
    "attention_each_head_batch_first": attended(
        lambda: MHA(8, 4, batch_first=True), itself(average_attn_weights=False), (3, 5, 8)
    ),
    "attention_mask": attended(lambda: MHA(8, 2), itself(attn_mask=causal(5)), (5, 3, 8)),
    "attention_mask_batch_first": attended(
        lambda: MHA(8, 2, batch_first=True), itself(attn_mask=causal(5)), (3, 5, 8)
    ),
    "attention_mask_added_batch_first": attended(
        lambda: MHA(8, 2, batch_first=True), itself(attn_mask=added(5, 5)), (3, 5, 8)
    ),
    "attention_padding_added_batch_first": attended(
        lambda: MHA(8, 2, batch_first=True),
        itself(attn_mask=added(5, 5), key_padding_mask=padding(3, 5, 4).float()), (3, 5, 8),
    ),
    "attention_mask_added": attended(
        lambda: MHA(8, 2), itself(attn_mask=added(6, 5, 5), need_weights=False), (5, 3, 8)
    ),
    "attention_padding": attended(
        lambda: MHA(8, 2), itself(key_padding_mask=padding(3, 5, 4)), (5, 3, 8)
    ),
    "attention_padding_batch_first": attended(
        lambda: MHA(8, 2, batch_first=True),
        itself(key_padding_mask=padding(3, 5, 4), need_weights=False), (3, 5, 8),
    ),
    "attention_both_masks": attended(
        lambda: MHA(8, 2, batch_first=True),
        itself(attn_mask=causal(5), key_padding_mask=padding(3, 5, 4)), (3, 5, 8),
    ),
    "attention_both_masks_added": attended(
        lambda: MHA(8, 2), itself(attn_mask=added(6, 5, 5), key_padding_mask=added(3, 5)), (5, 3, 8)
    ),
    "attention_causal": attended(
        lambda: MHA(8, 2),
        itself(attn_mask=causal(5), is_causal=True, need_weights=False), (5, 3, 8),
    ),
    "attention_causal_weights": attended(
        lambda: MHA(8, 2), itself(attn_mask=causal(5), is_causal=True), (5, 3, 8)
    ),
    "attention_one_sequence": attended(lambda: MHA(8, 2), itself(), (5, 8)),
    "attention_one_sequence_masks": attended(
        lambda: MHA(8, 2, batch_first=True),
        itself(attn_mask=added(2, 5, 5), key_padding_mask=padding(3)[0].float()), (5, 8),
    ),
    "encoder_layer": attended(lambda: LAYER(8, 2, 16), encoded(), (5, 3, 8)),
    "encoder_layer_gelu": attended(
        lambda: LAYER(8, 2, 16, dropout=0.3, activation="gelu", batch_first=True), encoded(), (3, 5, 8)
    ),
    "encoder_layer_function": attended(
        lambda: LAYER(8, 2, 16, activation=torch.tanh, batch_first=True), encoded(), (3, 5, 8)
    ),
    "encoder_layer_norm_first": attended(
        lambda: LAYER(8, 2, 16, norm_first=True, layer_norm_eps=1e-3), encoded(), (5, 3, 8)
    ),
    "encoder_layer_norm_first_batch_first": attended(
        lambda: LAYER(8, 2, 16, norm_first=True, batch_first=True), encoded(), (3, 5, 8)
    ),
    "encoder_layer_no_bias": attended(
        lambda: LAYER(8, 2, 16, bias=False, batch_first=True), encoded(), (3, 5, 8)
    ),
    "encoder_layer_wide": attended(lambda: LAYER(4, 1, dropout=0.0), encoded(), (3, 2, 4)),
    "encoder_layer_mask": attended(
        lambda: LAYER(8, 2, 16, batch_first=True), encoded(src_mask=causal(5)), (3, 5, 8)
    ),
    "encoder_layer_causal": attended(
        lambda: LAYER(8, 2, 16), encoded(src_mask=causal(5), is_causal=True), (5, 3, 8)
    ),
    "encoder_layer_padding": attended(
        lambda: LAYER(8, 2, 16, batch_first=True),
        encoded(src_key_padding_mask=padding(3, 5, 4)), (3, 5, 8),
    ),
    "encoder_layer_both_masks": attended(
        lambda: LAYER(8, 4, 16, batch_first=True),
        encoded(src_mask=causal(5), src_key_padding_mask=padding(3, 5, 4)), (3, 5, 8),
    ),
    "encoder_layer_one_sequence": attended(lambda: LAYER(8, 2, 16), encoded(), (5, 8)),
    "encoder": attended(lambda: ENCODER(LAYER(8, 2, 16, 0.0), 2), encoded(), (5, 3, 8)),
    "encoder_norm": attended(
        lambda: ENCODER(LAYER(8, 2, 16), 3, norm=nn.LayerNorm(8)), encoded(), (5, 3, 8)
    ),
    "encoder_padding": attended(
        lambda: ENCODER(LAYER(8, 2, 16, batch_first=True), 2, norm=nn.LayerNorm(8)),
        encoded(src_key_padding_mask=padding(3, 5, 4)), (3, 5, 8),
    ),
    "encoder_padding_not_nested": attended(
        lambda: ENCODER(LAYER(8, 2, 16, batch_first=True), 2, enable_nested_tensor=False),
        encoded(src_key_padding_mask=padding(3, 5, 4)), (3, 5, 8),
    ),
    "encoder_padding_in_front": attended(
        lambda: ENCODER(LAYER(8, 2, 16, batch_first=True), 2),
        encoded(src_key_padding_mask=padding(3, 5, 4).flip(1)), (3, 5, 8),
    ),
    "encoder_causal": attended(
        lambda: ENCODER(LAYER(8, 2, 16), 2), encoded(mask=causal(5)), (5, 3, 8)
    ),
    "encoder_causal_not_told": attended(
        lambda: ENCODER(LAYER(8, 2, 16), 2), encoded(mask=causal(5), is_causal=False), (5, 3, 8)
    ),
    "encoder_both_masks": attended(
        lambda: ENCODER(LAYER(8, 2, 16, batch_first=True), 2),
        encoded(mask=causal(5), src_key_padding_mask=padding(3, 5, 4)), (3, 5, 8),
    ),
    "decoder_layer": attended(
        lambda: DECODER_LAYER(8, 2, 16), decoded(), (5, 3, 8), (6, 3, 8)
    ),
    "decoder_layer_norm_first": attended(
        lambda: DECODER_LAYER(8, 2, 16, 0.3, "gelu", norm_first=True), decoded(),
        (5, 3, 8), (6, 3, 8),
    ),
    "decoder_layer_no_bias": attended(
        lambda: DECODER_LAYER(8, 2, 16, 0.1, nn.functional.silu, 1e-3, batch_first=True, bias=False),
        decoded(), (3, 5, 8), (3, 6, 8),
    ),
    "decoder_layer_masks": attended(
        lambda: DECODER_LAYER(8, 2, 16, batch_first=True),
        decoded(
            tgt_mask=causal(5), memory_mask=added(5, 5),
            tgt_key_padding_mask=padding(3, 5, 4), memory_key_padding_mask=padding(5, 2, 3),
        ),
        (3, 5, 8), (3, 5, 8),
    ),
    "decoder_layer_causal": attended(
        lambda: DECODER_LAYER(8, 2, 16),
        decoded(
            tgt_mask=causal(5), tgt_is_causal=True, memory_mask=causal(5), memory_is_causal=True
        ),
        (5, 3, 8), (5, 3, 8),
    ),
    "decoder_layer_one_sequence": attended(
        lambda: DECODER_LAYER(8, 2, 16), decoded(), (5, 8), (6, 8)
    ),
    "decoder": attended(
        lambda: DECODER(DECODER_LAYER(8, 2, 16), 2), decoded(), (5, 3, 8), (6, 3, 8)
    ),
    "decoder_norm": attended(
        lambda: DECODER(DECODER_LAYER(8, 2, 16), 3, norm=nn.LayerNorm(8)),
        decoded(tgt_mask=square_mask(5)), (5, 3, 8), (6, 3, 8),
    ),
    "decoder_causal": attended(
        lambda: DECODER(DECODER_LAYER(8, 2, 16, batch_first=True), 2),
        lambda d, x, y: [
            d(x, y, tgt_mask=causal(5), memory_key_padding_mask=padding(3, 5, 4)),
            d(x, y, tgt_mask=causal(5), tgt_is_causal=False, memory_mask=added(5, 5)),
        ],
        (3, 5, 8), (3, 5, 8),
    ),
    "transformer": attended(transformer, decoded(), (6, 3, 8), (5, 3, 8)),
    "transformer_norm_first": attended(
        lambda: transformer(
            norm_first=True, batch_first=True, activation="gelu", bias=False, layer_norm_eps=1e-4
        ),
        decoded(), (3, 6, 8), (3, 5, 8),
    ),
    "transformer_masks": attended(
        lambda: transformer(batch_first=True),
        decoded(
            tgt_mask=square_mask(4), src_key_padding_mask=padding(3, 5, 4),
            memory_key_padding_mask=padding(3, 5, 4),
            tgt_key_padding_mask=padding(3, 4, 2)[:, :4],
        ),
        (3, 5, 8), (3, 4, 8),
    ),
    "transformer_causal": attended(
        lambda: transformer(encoder_layers=1),
        decoded(
            src_mask=causal(5), src_is_causal=True, tgt_mask=causal(5), memory_mask=added(5, 5)
        ),
        (5, 3, 8), (5, 3, 8),
    ),
    "transformer_one_sequence": attended(transformer, decoded(), (6, 8), (5, 8)),
    "transformer_custom": attended(
        lambda: transformer(
            custom_encoder=ENCODER(LAYER(8, 2, 16), 1),
            custom_decoder=DECODER(DECODER_LAYER(8, 2, 16), 3),
        ),
        decoded(), (6, 3, 8), (5, 3, 8),
    ),
    "square_subsequent_mask": lambda: {
        "mask.0": square_mask(3),
        "mask.1": square_mask(4, dtype=torch.float64),
        "mask.2": square_mask(4, dtype=torch.bfloat16),
        "mask.3": square_mask(4, dtype=torch.bool),
    },
}
