//! A wrong shape in any family of layers names the path of the layer, without C++ frames.

use flambeau::nn::utils::rnn::pack_sequence;
use flambeau::prelude::*;

use crate::panic_of;

/// What the layer says, as the second of three, to an input of this size.
fn told(layer: impl Forward + 'static, size: &[i64]) -> String {
    let model = nn::sequential!(nn::Identity::new(), layer, nn::Identity::new());
    let input = Tensor::zeros(size, (Kind::Float, Device::Cpu));
    panic_of(move || drop(model.forward(&input)))
}

/// Those of the messages that do not say in which layer it was, or go on with C++ frames.
fn wrong<'m>(messages: &'m [String], place: &str, model: &str) -> Vec<&'m String> {
    let right = |message: &&String| {
        message.starts_with(place)
            && message.contains(model)
            && !message.contains("frame #")
            && !message.contains("Exception raised")
    };
    messages.iter().filter(|message| !right(message)).collect()
}

#[test]
fn layers_of_one_input() {
    let _generator = crate::seeded(0);
    let told = [
        told(nn::Linear::new(4, 5), &[2, 3]),
        told(nn::Conv1d::new(3, 6, 3), &[2, 4, 9]),
        told(nn::Conv2d::new(3, 6, 3), &[2, 4, 9, 9]),
        told(
            nn::Conv2d::options(3, 6, 3).padding(1).padding_mode("circular").build(),
            &[2, 4, 9, 9],
        ),
        told(nn::Conv3d::new(3, 6, 3), &[2, 4, 9, 9, 9]),
        told(nn::ConvTranspose2d::new(3, 6, 3), &[2, 4, 9, 9]),
        told(nn::MaxPool2d::new(5), &[2, 3, 4, 4]),
        told(nn::AvgPool2d::new(5), &[2, 3, 4, 4]),
        told(nn::AdaptiveAvgPool2d::new(2), &[4]),
        told(nn::AdaptiveMaxPool2d::new(2), &[4]),
        told(nn::LPPool2d::new(2.0, 5), &[2, 3, 4, 4]),
        told(nn::BatchNorm1d::new(3), &[2, 4]),
        told(nn::BatchNorm2d::new(3), &[2, 3]),
        told(nn::BatchNorm2d::new(3), &[1, 3, 1, 1]),
        told(nn::InstanceNorm2d::new(3), &[2, 3]),
        told(nn::LayerNorm::new([3]), &[2, 4]),
        told(nn::GroupNorm::new(2, 4), &[2, 5]),
        told(nn::RMSNorm::new([3]), &[2, 4]),
        told(nn::LocalResponseNorm::new(2), &[2, 3]),
        told(nn::Dropout1d::default(), &[2]),
        told(nn::Dropout3d::default(), &[]),
        told(nn::PReLU::new(3), &[2, 4]),
        told(nn::GLU::default(), &[2, 5]),
        told(nn::Softmax::new(3), &[2, 5]),
        told(nn::Softmax2d::new(), &[2, 5]),
        told(nn::ReflectionPad2d::new(4), &[2, 3, 3, 3]),
        told(nn::ReplicationPad2d::new(4), &[2]),
        told(nn::CircularPad2d::new(4), &[2, 3, 3, 3]),
        told(nn::ZeroPad2d::new(1), &[2]),
        told(nn::Flatten::options().start_dim(2).end_dim(3).build(), &[2, 3]),
        told(nn::Unflatten::new(1, [2, 2]), &[2, 3]),
        told(nn::Unfold::new(3), &[2, 3]),
        told(nn::Fold::new((4, 5), 2), &[2, 5, 12]),
        told(nn::PixelShuffle::new(2), &[2, 3, 4, 4]),
        told(nn::Upsample::new((3, 4)), &[2, 3, 4]),
        told(nn::Upsample::options().scale_factor(2).mode("bilinear").build(), &[2, 3, 4]),
        told(nn::PixelUnshuffle::new(2), &[2, 3, 3, 4]),
        told(nn::Embedding::new(10, 3), &[2, 3]),
        told(nn::TransformerEncoderLayer::new(8, 2), &[2, 3, 7]),
    ];
    assert_eq!(wrong(&told, "in 1", " of Sequential: "), Vec::<&String>::new());
}

#[derive(Debug, Module)]
struct Holder<M: Module> {
    inner: M,
}

/// What a layer of another kind says inside a model.
fn told_inside<M: nn::Module, R: 'static>(inner: M, call: impl FnOnce(&M) -> R) -> String {
    let model = Holder { inner };
    panic_of(|| drop(nn::guard(&model, &[None], || call(&model.inner))))
}

#[test]
fn layers_of_other_forms() {
    let _generator = crate::seeded(0);
    let zeros = |size: &[i64]| Tensor::zeros(size, (Kind::Float, Device::Cpu));
    let whole = |size: &[i64]| Tensor::zeros(size, (Kind::Int64, Device::Cpu));
    let told = [
        told_inside(nn::RNN::new(4, 6), |rnn| rnn.forward(&zeros(&[5, 3, 7]))),
        told_inside(nn::LSTM::new(4, 6), |lstm| lstm.forward(&zeros(&[5]))),
        told_inside(nn::GRU::new(4, 6), |gru| {
            gru.forward_options(&zeros(&[5, 3, 4])).hx(&zeros(&[1, 2, 6])).call()
        }),
        told_inside(nn::LSTM::new(4, 6), |lstm| {
            let c = zeros(&[1, 3, 5]);
            lstm.forward_options(&zeros(&[5, 3, 4])).hx(&(zeros(&[1, 3, 6]), c)).call()
        }),
        told_inside(nn::LSTM::new(4, 6), |lstm| lstm.forward(&pack_sequence(&[zeros(&[5])]))),
        told_inside(nn::LSTMCell::new(4, 6), |cell| cell.forward(&zeros(&[3, 5]))),
        told_inside(nn::RNNCell::new(4, 6), |cell| cell.forward(&zeros(&[2, 3, 4]))),
        told_inside(nn::GRUCell::new(4, 6), |cell| {
            cell.forward_options(&zeros(&[3, 4])).hx(&zeros(&[1, 3, 6])).call()
        }),
        told_inside(nn::MultiheadAttention::new(8, 2), |attention| {
            attention.forward(&zeros(&[5, 3, 8]), &zeros(&[6, 3, 8]), &zeros(&[7, 3, 8]))
        }),
        told_inside(nn::MultiheadAttention::new(8, 2), |attention| {
            let x = zeros(&[5, 3, 8]);
            attention.forward_options(&x, &x, &x).attn_mask(&zeros(&[4, 4])).call()
        }),
        told_inside(nn::Bilinear::new(3, 4, 5), |b| b.forward(&zeros(&[2, 3]), &zeros(&[2, 3]))),
        told_inside(nn::EmbeddingBag::new(5, 2), |bag| {
            bag.forward_options(&whole(&[2, 2])).offsets(&whole(&[1])).call()
        }),
        told_inside(nn::MaxUnpool2d::new(2), |unpool| {
            unpool.forward(&zeros(&[1, 2, 2]), &whole(&[1, 2, 3]))
        }),
        told_inside(nn::ConvTranspose2d::options(2, 2, 3).stride(2).build(), |up| {
            up.forward_options(&zeros(&[1, 2, 4, 4])).output_size([20, 20]).call()
        }),
        told_inside(nn::CrossEntropyLoss::new(), |loss| {
            loss.forward(&zeros(&[2, 3]), &whole(&[4]))
        }),
        told_inside(nn::NLLLoss::new(), |loss| loss.forward(&zeros(&[2, 3]), &whole(&[4]))),
        told_inside(nn::MSELoss::new(), |loss| loss.forward(&zeros(&[2, 3]), &zeros(&[2, 4]))),
        told_inside(nn::BCELoss::new(), |loss| loss.forward(&zeros(&[2, 3]), &zeros(&[2, 4]))),
        told_inside(nn::LinearCrossEntropyLoss::new(3, 4), |loss| {
            loss.forward(&zeros(&[2, 3]), &whole(&[5]))
        }),
        told_inside(nn::AdaptiveLogSoftmaxWithLoss::new(16, 8, [2]), |softmax| {
            softmax.forward(&zeros(&[2, 16]), &whole(&[3]))
        }),
        told_inside(nn::PairwiseDistance::default(), |d| {
            d.forward(&zeros(&[2, 3]), &zeros(&[2, 4]))
        }),
        told_inside(nn::CosineSimilarity::default(), |d| {
            d.forward(&zeros(&[2, 3]), &zeros(&[2, 4]))
        }),
    ];
    assert_eq!(wrong(&told, "in inner, a ", " of Holder: "), Vec::<&String>::new());
}
