//! torchvision's [resnet18](https://docs.pytorch.org/vision/stable/models/generated/torchvision.models.resnet18.html),
//! written with this crate's layers: the same names, the same initial values. See
//! [He et al., 2015](https://arxiv.org/abs/1512.03385).

use flambeau::nn::init;
use flambeau::prelude::*;

/// Two convolutions, and what went in added to what comes out.
#[derive(Debug, Module)]
struct BasicBlock {
    conv1: nn::Conv2d,
    bn1: nn::BatchNorm2d,
    relu: nn::ReLU,
    conv2: nn::Conv2d,
    bn2: nn::BatchNorm2d,
    /// Where sides or channels change, what goes around changes too.
    downsample: Option<nn::Sequential>,
}

impl BasicBlock {
    fn new(inplanes: i64, planes: i64, stride: i64) -> Self {
        let conv3x3 = |inplanes, stride| {
            let options = nn::Conv2d::options(inplanes, planes, 3);
            options.stride(stride).padding(1).bias(false).build()
        };
        let changes = stride != 1 || inplanes != planes;
        // Drawn before the rest, as it is there.
        let downsample = changes.then(|| {
            nn::sequential!(
                nn::Conv2d::options(inplanes, planes, 1).stride(stride).bias(false).build(),
                nn::BatchNorm2d::new(planes)
            )
        });
        Self {
            conv1: conv3x3(inplanes, stride),
            bn1: nn::BatchNorm2d::new(planes),
            relu: nn::ReLU::options().inplace(true).build(),
            conv2: conv3x3(planes, 1),
            bn2: nn::BatchNorm2d::new(planes),
            downsample,
        }
    }
}

impl Forward for BasicBlock {
    fn forward(&self, x: &Tensor) -> Tensor {
        let out = self.relu.forward(&self.bn1.forward(&self.conv1.forward(x)));
        let out = self.bn2.forward(&self.conv2.forward(&out));
        let identity = match &self.downsample {
            Some(downsample) => downsample.forward(x),
            None => x.shallow_clone(),
        };
        self.relu.forward(&(out + identity))
    }
}

/// The network of eighteen layers.
#[derive(Debug, Module)]
pub struct ResNet {
    conv1: nn::Conv2d,
    bn1: nn::BatchNorm2d,
    relu: nn::ReLU,
    maxpool: nn::MaxPool2d,
    layer1: nn::Sequential,
    layer2: nn::Sequential,
    layer3: nn::Sequential,
    layer4: nn::Sequential,
    avgpool: nn::AdaptiveAvgPool2d,
    fc: nn::Linear,
}

/// `torchvision.models.resnet18(num_classes=…)`.
pub fn resnet18(num_classes: i64) -> ResNet {
    let layer = |inplanes, planes, stride| {
        nn::sequential!(
            BasicBlock::new(inplanes, planes, stride),
            BasicBlock::new(planes, planes, 1)
        )
    };
    let model = ResNet {
        conv1: nn::Conv2d::options(3, 64, 7).stride(2).padding(3).bias(false).build(),
        bn1: nn::BatchNorm2d::new(64),
        relu: nn::ReLU::options().inplace(true).build(),
        maxpool: nn::MaxPool2d::options(3).stride(2).padding(1).build(),
        layer1: layer(64, 64, 1),
        layer2: layer(64, 128, 2),
        layer3: layer(128, 256, 2),
        layer4: layer(256, 512, 2),
        avgpool: nn::AdaptiveAvgPool2d::new((1, 1)),
        fc: nn::Linear::new(512, num_classes),
    };
    for module in model.modules() {
        if let Some(conv) = module.downcast_ref::<nn::Conv2d>() {
            init::kaiming_normal_options(&conv.weight).mode("fan_out").nonlinearity("relu").call();
        }
    }
    model
}

impl Forward for ResNet {
    fn forward(&self, x: &Tensor) -> Tensor {
        let x = self.relu.forward(&self.bn1.forward(&self.conv1.forward(x)));
        let x = self.maxpool.forward(&x);
        let x = self.layer1.forward(&x);
        let x = self.layer2.forward(&x);
        let x = self.layer3.forward(&x);
        let x = self.layer4.forward(&x);
        let x = self.avgpool.forward(&x);
        self.fc.forward(&x.flatten(1, -1))
    }
}
