//! Kernels, and what they find in an image.

use tch::{Kind, Tensor};

use super::picture::{Anchor, FAINT, INK, Picture, TEXT};

/// Draws the kernels of a first layer, (N, 3, k, k), as small colour images: the colours that each
/// answers to most. One scale for all, from their smallest number, black, to their largest, white.
///
/// # Panics
/// When the kernels have not three channels.
pub fn filters(kernels: &Tensor) -> Picture {
    let (n, channels, height, width) = kernels.size4().expect("kernels are (N, 3, k, k)");
    assert!(channels == 3, "the kernels have {channels} channels, colours have 3");
    const TILE: f64 = 120.0;
    const GAP: f64 = 24.0;
    let columns = n.min(8);
    let rows = (n + columns - 1) / columns;
    let width_of_all = columns as f64 * (TILE + GAP) + GAP;
    let height_of_all = 64.0 + rows as f64 * (TILE + 44.0) + 24.0;
    let mut picture = Picture::new(width_of_all.max(560.0) as u32, height_of_all as u32);
    let title = format!("{n} kernels of {channels} × {height} × {width}, as colours");
    picture.text((GAP, 36.0), 1.2 * TEXT, Anchor::Start, INK, &title);
    let (bytes, [low, high]) = as_bytes(kernels);
    for i in 0..n {
        let x = GAP + (i % columns) as f64 * (TILE + GAP);
        let y = 56.0 + (i / columns) as f64 * (TILE + 44.0);
        let place = picture.image(&bytes.get(i), [x, y, TILE, TILE]);
        picture.frame(place);
        let below = (x + TILE / 2.0, y + TILE + 1.4 * TEXT);
        picture.text(below, TEXT, Anchor::Middle, INK, &format!("kernel {i}"));
    }
    picture.text((GAP, height_of_all - 14.0), TEXT, Anchor::Start, FAINT, &scale(low, high));
    picture
}

/// Draws an image, bytes (3, H, W), and under it a row of feature maps, (N, H, W), for each of
/// `layers`, whose name stands above it. Each map has its own scale, black for its smallest value
/// and white for its largest; one that is zero everywhere is black.
pub fn feature_maps(image: &Tensor, name: &str, layers: &[(&str, Tensor)]) -> Picture {
    const LEFT: f64 = 24.0;
    const GAP: f64 = 8.0;
    const WIDTH: f64 = 952.0;
    const A_ROW: i64 = 8;
    let tile = (WIDTH + GAP) / A_ROW as f64 - GAP;
    let rows = |n: i64| (n + A_ROW - 1) / A_ROW;
    let layer_height = |maps: &Tensor| 44.0 + rows(maps.size()[0]) as f64 * (tile + GAP);
    let all: f64 = layers.iter().map(|(_, maps)| layer_height(maps)).sum();
    let mut picture = Picture::new((LEFT + WIDTH + LEFT) as u32, (60.0 + tile + all + 16.0) as u32);
    let about = (LEFT + tile + 3.0 * GAP, 30.0 + 14.0 + tile / 2.0);
    let scale =
        "each map from black, its smallest value, to white; all black: it found nothing here";
    picture.text(about, TEXT, Anchor::Start, FAINT, scale);
    let mut title = |y: f64, text: &str| {
        picture.text((LEFT, y), 1.1 * TEXT, Anchor::Start, INK, text);
    };
    let mut y = 30.0;
    title(y, &format!("the image: {name}"));
    let mut tops = Vec::new();
    let mut below = y + 14.0 + tile;
    for (layer, maps) in layers {
        let size = maps.size();
        title(below + 32.0, &format!("{layer}: {} maps of {} × {}", size[0], size[1], size[2]));
        tops.push(below + 46.0);
        below += layer_height(maps);
    }
    y += 14.0;
    let place = picture.image(image, [LEFT, y, tile, tile]);
    picture.frame(place);
    for ((_, maps), top) in layers.iter().zip(tops) {
        for i in 0..maps.size()[0] {
            let x = LEFT + (i % A_ROW) as f64 * (tile + GAP);
            let y = top + (i / A_ROW) as f64 * (tile + GAP);
            let (bytes, _) = as_bytes(&maps.get(i).unsqueeze(0));
            let place = picture.image(&bytes, [x, y, tile, tile]);
            picture.frame(place);
        }
    }
    picture
}

/// Draws an input, what slides over it and the response side by side, each (C, H, W), with its
/// own scale: black for its smallest value and white for its largest. Bytes are shown as they are,
/// and alpha, the second of two channels or the fourth of four, is left away. Of several kernels
/// each stands under the last.
pub fn response(input: &Tensor, kernels: &[Tensor], response: &Tensor) -> Picture {
    const SIDE: f64 = 288.0;
    const LEFT: f64 = 24.0;
    const TOP: f64 = 52.0;
    const STEP: f64 = SIDE + 44.0;
    // A kernel is drawn small, so that it is seen to be one.
    const KERNEL: f64 = 136.0;
    let mut picture = Picture::new((2.0 * LEFT + 2.0 * STEP + SIDE) as u32, 400);
    let inputs = [colours(input)];
    let responses = [colours(response)];
    let panels =
        [("input", &inputs[..], SIDE), ("kernel", kernels, KERNEL), ("response", &responses, SIDE)];
    for (i, (name, images, side)) in panels.into_iter().enumerate() {
        let (bytes, [low, high]) = as_bytes(&Tensor::stack(images, 0));
        let middle = LEFT + i as f64 * STEP + SIDE / 2.0;
        let height = images.len() as f64 * (side + 12.0) - 12.0;
        for n in 0..images.len() {
            let y = TOP + (SIDE - height) / 2.0 + n as f64 * (side + 12.0);
            let place = picture.image(&bytes.get(n as i64), [middle - side / 2.0, y, side, side]);
            picture.frame(place);
        }
        let title = match images.len() {
            1 => format!("{name}, {}", size(&images[0])),
            n => format!("{n} {name}s, {}", size(&images[0])),
        };
        picture.text((middle, 34.0), 1.1 * TEXT, Anchor::Middle, INK, &title);
        picture.text((middle, 372.0), TEXT, Anchor::Middle, FAINT, &scale(low, high));
    }
    for (i, sign) in ["⋆", "→"].into_iter().enumerate() {
        let x = LEFT + i as f64 * STEP + SIDE + 22.0;
        picture.text((x, TOP + SIDE / 2.0 + 10.0), 2.4 * TEXT, Anchor::Middle, INK, sign);
    }
    picture
}

/// Draws an image, bytes (3, H, W), and beside each of its rows what a recurrent model remembers once it
/// has read that row, (H, values).
///
/// # Panics
/// When there are not as many rows of values as the image has.
pub fn hidden_values(image: &Tensor, name: &str, hidden: &Tensor) -> Picture {
    const SIDE: f64 = 320.0;
    const WIDTH: f64 = 580.0;
    const LEFT: f64 = 24.0;
    let (rows, values) = hidden.size2().expect("hidden values are (rows, values)");
    assert!(image.size()[1] == rows, "{rows} rows of values for {} of the image", image.size()[1]);
    let mut picture = Picture::new((3.0 * LEFT + SIDE + WIDTH) as u32, 420);
    let (bytes, [low, high]) = as_bytes(hidden);
    // Square for square, whatever its proportions.
    let wide = bytes.unsqueeze(0);
    let place = picture.image(image, [LEFT, 56.0, SIDE, SIDE]);
    picture.frame(place);
    let place = picture.stretched(&wide, [2.0 * LEFT + SIDE, 56.0, WIDTH, SIDE]);
    picture.frame(place);
    picture.text((LEFT, 36.0), 1.1 * TEXT, Anchor::Start, INK, "the image, read from above");
    picture.text((LEFT, 402.0), TEXT, Anchor::Start, FAINT, name);
    let title = format!("{values} hidden values after each row");
    picture.text((2.0 * LEFT + SIDE, 36.0), 1.1 * TEXT, Anchor::Start, INK, &title);
    picture.text((2.0 * LEFT + SIDE, 402.0), TEXT, Anchor::Start, FAINT, &scale(low, high));
    picture
}

/// What black and white stand for.
fn scale(low: f64, high: f64) -> String {
    let number = |value: f64| {
        let plain = value == 0.0 || (0.01..1e5).contains(&value.abs());
        let text = match value.fract() == 0.0 {
            true if plain => format!("{value:.0}"),
            _ if plain => format!("{value:.2}"),
            _ => format!("{value:.1e}"),
        };
        text.replace('-', "−")
    };
    format!("black {}, white {}", number(low), number(high))
}

/// An image without its alpha, which is the second of two channels or the fourth of four.
fn colours(image: &Tensor) -> Tensor {
    let channels = image.size()[0];
    image.narrow(0, 0, if channels % 2 == 0 { channels - 1 } else { channels })
}

/// The sides of an image, and how many channels if there are several.
fn size(image: &Tensor) -> String {
    let size = image.size();
    let sides = if size[0] == 1 { &size[1..] } else { &size[..] };
    sides.iter().map(ToString::to_string).collect::<Vec<_>>().join(" × ")
}

/// Numbers as bytes, from their smallest, 0, to their largest, 255, and these two. Bytes stay as
/// they are; all alike become grey.
fn as_bytes(values: &Tensor) -> (Tensor, [f64; 2]) {
    if values.kind() == Kind::Uint8 {
        return (values.shallow_clone(), [0.0, 255.0]);
    }
    let values = values.detach().to_kind(Kind::Double);
    let [low, high] = [values.min(), values.max()].map(|v| v.double_value(&[]));
    let bytes = match high > low {
        true => ((values - low) * (255.0 / (high - low))).round(),
        // All alike: nothing is black, anything else grey.
        false => values.full_like(if low == 0.0 { 0.0 } else { 128.0 }),
    };
    (bytes.to_kind(Kind::Uint8), [low, high])
}
