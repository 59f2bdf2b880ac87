//! Hue, saturation and value, in floats: as torchvision's tensors.

use tch::{Kind, Tensor};

pub(super) fn to_hsv(image: &Tensor) -> (Tensor, Tensor, Tensor) {
    let [r, g, b] = [0, 1, 2].map(|channel| image.get(channel));
    let (most, _) = image.max_dim(0, false);
    let (least, _) = image.min_dim(0, false);
    let grey = most.eq_tensor(&least);
    let ones = most.ones_like();
    let range = &most - &least;
    let saturation = &range / ones.where_self(&grey, &most);
    let divisor = ones.where_self(&grey, &range);
    let [rc, gc, bc] = [&r, &g, &b].map(|color| (&most - color) / &divisor);
    let (is_red, is_green) = (most.eq_tensor(&r), most.eq_tensor(&g));
    let not_red = is_red.logical_not();
    let in_red = &is_red * (&bc - &gc);
    let in_green = is_green.logical_and(&not_red) * (2.0 + &rc - &bc);
    let in_blue = is_green.logical_not().logical_and(&not_red) * (4.0 + &gc - &rc);
    let hue: Tensor = (in_red + in_green + in_blue) / 6.0 + 1.0;
    (hue.fmod(1.0), saturation, most)
}

pub(super) fn to_rgb(hue: &Tensor, saturation: &Tensor, value: &Tensor) -> Tensor {
    let sixth = (hue * 6.0).floor();
    let part = hue * 6.0 - &sixth;
    // tch's `1.0 - x` is -(x - 1.0), whose zero has another sign.
    let faded = |by: &Tensor| (value * by.rsub_scalar(1.0)).clamp(0.0, 1.0);
    let p = faded(saturation);
    let q = faded(&(saturation * &part));
    let t = faded(&(saturation * part.rsub_scalar(1.0)));
    let sixth = sixth.to_kind(Kind::Int).remainder(6).to_kind(Kind::Int64).unsqueeze(0);
    let v = value;
    let color = |by_sixth: [&Tensor; 6]| Tensor::stack(&by_sixth, 0).gather(0, &sixth, false);
    Tensor::cat(
        &[
            color([v, &q, &p, &p, &t, v]),
            color([&t, v, v, &q, &p, &p]),
            color([&p, &p, &t, v, v, &q]),
        ],
        0,
    )
}
