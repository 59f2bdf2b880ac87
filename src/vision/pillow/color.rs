//! Images of bytes in other colours. They have one channel, grey, or three, red, green and blue.

use super::Image;

/// The three planes of a coloured image; none of a grey one.
fn colors(image: &Image) -> Option<[&[u8]; 3]> {
    let plane = image.height * image.width;
    (image.channels == 3).then(|| {
        let (red, rest) = image.bytes.split_at(plane);
        let (green, blue) = rest.split_at(plane);
        [red, green, blue]
    })
}

/// How bright each pixel is: `image.convert("L")`, 0.299 R + 0.587 G + 0.114 B.
pub fn grey(image: &Image) -> Vec<u8> {
    let Some([red, green, blue]) = colors(image) else { return image.bytes.clone() };
    let weighed = |((&r, &g), &b): ((&u8, &u8), &u8)| {
        let [r, g, b] = [r, g, b].map(u32::from);
        ((r * 19595 + g * 38470 + b * 7471 + 0x8000) >> 16) as u8
    };
    red.iter().zip(green).zip(blue).map(weighed).collect()
}

/// The image blended with another: `Image.blend(other, image, factor)`. `other` gives its byte for a
/// pixel's number within its plane.
fn blend(image: &mut Image, other: impl Fn(usize) -> u8, factor: f64) {
    let factor = factor as f32;
    let plane = image.height * image.width;
    for (i, byte) in image.bytes.iter_mut().enumerate() {
        let from = i32::from(other(i % plane));
        let mixed = from as f32 + factor * (i32::from(*byte) - from) as f32;
        *byte = mixed.clamp(0.0, 255.0) as u8;
    }
}

/// Brighter or darker: blended with black.
pub fn brightness(mut image: Image, factor: f64) -> Image {
    blend(&mut image, |_| 0, factor);
    image
}

/// More or less contrast: blended with the mean of its greys.
pub fn contrast(mut image: Image, factor: f64) -> Image {
    let grey = grey(&image);
    let sum: u64 = grey.iter().map(|&byte| u64::from(byte)).sum();
    let mean = (sum as f64 / grey.len() as f64 + 0.5) as u8;
    blend(&mut image, |_| mean, factor);
    image
}

/// More or less colourful: blended with its greys.
pub fn saturation(mut image: Image, factor: f64) -> Image {
    let grey = grey(&image);
    blend(&mut image, |i| grey[i], factor);
    image
}

/// Other hues: turned by `factor`, from -0.5 to 0.5 of the circle. A grey image has none.
pub fn hue(mut image: Image, factor: f64) -> Image {
    let Some([red, green, blue]) = colors(&image) else { return image };
    // A hue is a byte; what is cut off behind the point is cut off towards 0.
    let shift = (factor * 255.0) as i32 as u8;
    let turned = |((&r, &g), &b): ((&u8, &u8), &u8)| {
        let [h, s, v] = to_hsv([r, g, b]);
        to_rgb([h.wrapping_add(shift), s, v])
    };
    let pixels: Vec<[u8; 3]> = red.iter().zip(green).zip(blue).map(turned).collect();
    let plane = |channel: usize| pixels.iter().map(move |pixel| pixel[channel]);
    image.bytes = (0..3).flat_map(plane).collect();
    image
}

/// Hue, saturation and value, as `convert("HSV")` has them.
fn to_hsv([r, g, b]: [u8; 3]) -> [u8; 3] {
    let (most, least) = (r.max(g).max(b), r.min(g).min(b));
    if most == least {
        return [0, 0, most];
    }
    let range = f32::from(most - least);
    let saturation = range / f32::from(most);
    let [red, green, blue] = [r, g, b].map(|color| f32::from(most - color) / range);
    // In single precision, but for the sums that begin with a whole number, which C adds in double.
    let sixths = if r == most {
        blue - green
    } else if g == most {
        (2.0 + f64::from(red) - f64::from(blue)) as f32
    } else {
        (4.0 + f64::from(green) - f64::from(red)) as f32
    };
    let hue = ((f64::from(sixths) / 6.0 + 1.0) % 1.0) as f32;
    let byte = |part: f32| (f64::from(part) * 255.0).clamp(0.0, 255.0) as u8;
    [byte(hue), byte(saturation), most]
}

/// Red, green and blue of what `to_hsv` gives.
fn to_rgb([h, s, v]: [u8; 3]) -> [u8; 3] {
    if s == 0 {
        return [v, v, v];
    }
    let hue = (f64::from(h) * 6.0 / 255.0) as f32;
    let saturation = (f64::from(s) / 255.0) as f32;
    let sixth = hue.floor();
    let (part, saturation) = (f64::from(hue - sixth), f64::from(saturation));
    let byte = |factor: f64| ((f64::from(v) * factor) as f32).round().clamp(0.0, 255.0) as u8;
    let p = byte(1.0 - saturation);
    let q = byte(1.0 - saturation * part);
    let t = byte(1.0 - saturation * (1.0 - part));
    match sixth as u8 % 6 {
        0 => [v, t, p],
        1 => [q, v, p],
        2 => [p, v, t],
        3 => [p, q, v],
        4 => [t, p, v],
        _ => [v, p, q],
    }
}
