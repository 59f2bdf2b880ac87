//! Images of bytes turned, moved, scaled and sheared.

use super::Image;
use super::resample::Filter;

/// Where a pixel of the new image comes from: x = a·x' + b·y' + c, y = d·x' + e·y' + f, for the
/// middles of pixels.
pub type Matrix = [f64; 6];

fn at([a, b, c, d, e, f]: Matrix, x: f64, y: f64) -> (f64, f64) {
    (a * x + b * y + c, d * x + e * y + f)
}

/// The image turned counterclockwise by `angle` degrees about `center`, an x and a y from the upper
/// left corner (its middle without one): `image.rotate(angle, filter, expand, center, fillcolor)`.
///
/// `fill` is a byte a channel, for where the old image does not reach.
pub fn rotate(
    image: Image,
    angle: f64,
    filter: Filter,
    expand: bool,
    center: Option<[f64; 2]>,
    fill: &[u8],
) -> Image {
    let angle = angle.rem_euclid(360.0);
    let (height, width) = (image.height, image.width);
    if center.is_none() {
        let quarter = expand || width == height;
        match angle {
            0.0 => return image,
            180.0 => return moved(&image, [height, width], |x, y| (width - 1 - x, height - 1 - y)),
            90.0 if quarter => return moved(&image, [width, height], |x, y| (width - 1 - y, x)),
            270.0 if quarter => return moved(&image, [width, height], |x, y| (y, height - 1 - x)),
            _ => {}
        }
    }
    let [w, h] = [width as f64, height as f64];
    let [center_x, center_y] = center.unwrap_or([w / 2.0, h / 2.0]);
    let (sin, cos) = (-angle.to_radians()).sin_cos();
    let (sin, cos) = (to_15_digits(sin), to_15_digits(cos));
    let mut matrix = [cos, sin, 0.0, -sin, cos, 0.0];
    (matrix[2], matrix[5]) = at(matrix, -center_x, -center_y);
    matrix[2] += center_x;
    matrix[5] += center_y;
    let mut size = [height, width];
    if expand {
        let corners = [(0.0, 0.0), (w, 0.0), (w, h), (0.0, h)].map(|(x, y)| at(matrix, x, y));
        let extent = |side: fn((f64, f64)) -> f64| {
            let sides = corners.map(side);
            let most = sides.into_iter().fold(f64::NEG_INFINITY, f64::max);
            let least = sides.into_iter().fold(f64::INFINITY, f64::min);
            most.ceil() - least.floor()
        };
        let (new_w, new_h) = (extent(|corner| corner.0), extent(|corner| corner.1));
        (matrix[2], matrix[5]) = at(matrix, -(new_w - w) / 2.0, -(new_h - h) / 2.0);
        size = [new_h as usize, new_w as usize];
    }
    transform(image, size, matrix, filter, fill)
}

/// An image of this height and width, whose pixels come from where the matrix says:
/// `image.transform(size, Image.AFFINE, matrix, filter, fillcolor)`.
pub fn transform(
    image: Image,
    size: [usize; 2],
    matrix: Matrix,
    filter: Filter,
    fill: &[u8],
) -> Image {
    match filter {
        Filter::Bilinear | Filter::Bicubic => image.premultiplied(|image| {
            interpolated(&image, size, matrix, fill, filter == Filter::Bicubic)
        }),
        _ => nearest(&image, size, matrix, fill),
    }
}

/// Rounded to 15 digits behind the point, as Python's `round` does it.
fn to_15_digits(number: f64) -> f64 {
    format!("{number:.15}").parse().unwrap_or(number)
}

/// The image whose pixel (x, y) is the old one's `from(x, y)`.
fn moved(image: &Image, size: [usize; 2], from: impl Fn(usize, usize) -> (usize, usize)) -> Image {
    image.each_plane(size, |_, plane| {
        let pixel = |(x, y): (usize, usize)| plane[y * image.width + x];
        let row = |y| (0..size[1]).map(move |x| (x, y));
        (0..size[0]).flat_map(row).map(|(x, y)| pixel(from(x, y))).collect()
    })
}

/// Each new pixel is the old one that its middle comes from.
///
/// Pillow has 16 digits behind the binary point for that, where all lies within 32,768 pixels.
fn nearest(image: &Image, size: [usize; 2], matrix: Matrix, fill: &[u8]) -> Image {
    let [a, b, c, d, e, f] = matrix;
    if b == 0.0 && d == 0.0 {
        return scaled(image, size, matrix, fill);
    }
    let [h, w] = size.map(|side| side as f64);
    let corners = [(0.0, 0.0), (w, h), (0.0, h), (w, 0.0)].map(|(x, y)| at(matrix, x, y));
    if !corners.iter().all(|(x, y)| x.abs() < 32768.0 && y.abs() < 32768.0) {
        return far(image, size, matrix, fill);
    }
    let fixed = |number: f64| (number * 65536.0 + 0.5).floor() as i64;
    let origin = (fixed(c + a * 0.5 + b * 0.5), fixed(f + d * 0.5 + e * 0.5));
    let [a, b, d, e] = [a, b, d, e].map(fixed);
    let from =
        |x: i64, y: i64| ((origin.0 + b * y + a * x) >> 16, (origin.1 + e * y + d * x) >> 16);
    image.each_plane(size, |channel, plane| {
        let pixel = |(x, y): (i64, i64)| {
            let inside =
                (0..image.width as i64).contains(&x) && (0..image.height as i64).contains(&y);
            if inside { plane[y as usize * image.width + x as usize] } else { fill[channel] }
        };
        let row = |y| (0..size[1] as i64).map(move |x| (x, y));
        (0..size[0] as i64).flat_map(row).map(|(x, y)| pixel(from(x, y))).collect()
    })
}

/// The same where it is too far for that, added up as Pillow does.
fn far(image: &Image, size: [usize; 2], [a, b, c, d, e, f]: Matrix, fill: &[u8]) -> Image {
    let steps = |first: (f64, f64), step: (f64, f64)| {
        std::iter::successors(Some(first), move |(x, y)| Some((x + step.0, y + step.1)))
    };
    image.each_plane(size, |channel, plane| {
        let pixel = |(x, y): (f64, f64)| {
            let inside = x >= 0.0 && y >= 0.0;
            let (x, y) = (x as usize, y as usize);
            if inside && x < image.width && y < image.height {
                plane[y * image.width + x]
            } else {
                fill[channel]
            }
        };
        let rows = steps((c + a * 0.5 + b * 0.5, f + d * 0.5 + e * 0.5), (b, e)).take(size[0]);
        rows.flat_map(|row| steps(row, (a, d)).take(size[1])).map(pixel).collect()
    })
}

/// The same where rows stay rows: the image upside down about a center that was given, or moved.
fn scaled(image: &Image, size: [usize; 2], matrix: Matrix, fill: &[u8]) -> Image {
    let [a, _, c, _, e, f] = matrix;
    let places = |new: usize, old: usize, offset: f64, scale: f64| -> Vec<Option<usize>> {
        // Added up as Pillow does, step by step.
        let middles = std::iter::successors(Some(offset + scale * 0.5), |m| Some(m + scale));
        let place = |middle: f64| (middle >= 0.0).then_some(middle as usize).filter(|&at| at < old);
        middles.take(new).map(place).collect()
    };
    let xs = places(size[1], image.width, c, a);
    let ys = places(size[0], image.height, f, e);
    image.each_plane(size, |channel, plane| {
        let pixel = |x: Option<usize>, y: Option<usize>| {
            x.zip(y).map_or(fill[channel], |(x, y)| plane[y * image.width + x])
        };
        ys.iter().flat_map(|&y| xs.iter().map(move |&x| (x, y))).map(|(x, y)| pixel(x, y)).collect()
    })
}

/// Each new pixel lies between four old ones, or sixteen (`cubic`).
fn interpolated(
    image: &Image,
    size: [usize; 2],
    matrix: Matrix,
    fill: &[u8],
    cubic: bool,
) -> Image {
    let [w, h] = [image.width as f64, image.height as f64];
    let between = |plane: &[u8], x: f64, y: f64| {
        let (x, y) = (x - 0.5, y - 0.5);
        let (left, top) = (x.floor(), y.floor());
        let (dx, dy) = (x - left, y - top);
        let (left, top) = (left as i64, top as i64);
        let pixel = |x: i64, y: i64| {
            let x = x.clamp(0, image.width as i64 - 1) as usize;
            f64::from(plane[y as usize * image.width + x])
        };
        let row = |y: i64| {
            if cubic {
                cubic_between([-1, 0, 1, 2].map(|step| pixel(left + step, y)), dx)
            } else {
                linear_between([pixel(left, y), pixel(left + 1, y)], dx)
            }
        };
        // Of rows outside, the first is the image's own, the others are the one before.
        let first = if cubic { top - 1 } else { top };
        let mut before = row(first.clamp(0, image.height as i64 - 1));
        let mut next = |y: i64| {
            if (0..image.height as i64).contains(&y) {
                before = row(y);
            }
            before
        };
        if cubic {
            let rows = [next(first), next(top), next(top + 1), next(top + 2)];
            cubic_between(rows, dy).clamp(0.0, 255.0) as u8
        } else {
            let rows = [next(first), next(top + 1)];
            linear_between(rows, dy) as u8
        }
    };
    image.each_plane(size, |channel, plane| {
        let row = |y| (0..size[1]).map(move |x| (x, y));
        let pixel = |(x, y): (usize, usize)| {
            let (x, y) = at(matrix, x as f64 + 0.5, y as f64 + 0.5);
            let inside = (0.0..w).contains(&x) && (0.0..h).contains(&y);
            if inside { between(plane, x, y) } else { fill[channel] }
        };
        (0..size[0]).flat_map(row).map(pixel).collect()
    })
}

fn linear_between([a, b]: [f64; 2], d: f64) -> f64 {
    a + (b - a) * d
}

fn cubic_between([v1, v2, v3, v4]: [f64; 4], d: f64) -> f64 {
    let (p1, p2) = (v2, -v1 + v3);
    let (p3, p4) = (2.0 * (v1 - v2) + v3 - v4, -v1 + v2 - v3 + v4);
    p1 + d * (p2 + d * (p3 + d * p4))
}
