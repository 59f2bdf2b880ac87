//! Values as they are printed, most of them as Python prints them.

use std::fmt;

/// A `bool`.
pub(crate) fn python_bool(value: bool) -> &'static str {
    if value { "True" } else { "False" }
}

/// A number as Python prints a `float`: as few digits as tell it from its neighbours, with an
/// exponent below 10⁻⁴ and from 10¹⁶ on. For a module's `extra_repr`.
///
/// ```
/// use flambeau::prelude::*;
///
/// assert_eq!(nn::python_float(1e-6), "1e-06");
/// assert_eq!(nn::python_float(2.0), "2.0");
/// ```
pub fn python_float(value: f64) -> String {
    let text = format!("{value:e}");
    let Some((digits, exponent)) = text.split_once('e') else {
        return text.to_lowercase(); // inf and nan
    };
    let exponent: i32 = exponent.parse().expect("an exponent is a number");
    if value == 0.0 || (-4..16).contains(&exponent) {
        return format!("{value:?}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}

/// Numbers as Python prints a `tuple`. For a module's `extra_repr`.
///
/// ```
/// use flambeau::prelude::*;
///
/// assert_eq!(nn::python_tuple(&[3, 5]), "(3, 5)");
/// assert_eq!(nn::python_tuple(&[3]), "(3,)");
/// ```
pub fn python_tuple(numbers: &[impl fmt::Display]) -> String {
    match numbers {
        [one] => format!("({one},)"),
        _ => {
            format!("({})", numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
        }
    }
}

/// 1234567 as 1,234,567.
pub fn thousands(n: usize) -> String {
    let digits = n.to_string();
    let mut written = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            written.push(',');
        }
        written.push(digit);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::python_float;

    #[test]
    fn a_float_is_printed_as_python_prints_it() {
        for (value, printed) in [
            (0.0, "0.0"),
            (1.0, "1.0"),
            (1e-5, "1e-05"),
            (2.5e-7, "2.5e-07"),
            (1e-4, "0.0001"),
            (0.1, "0.1"),
            (1e15, "1000000000000000.0"),
            (1e16, "1e+16"),
            (1.25e100, "1.25e+100"),
            (-3.5, "-3.5"),
            (f64::INFINITY, "inf"),
            (f64::NAN, "nan"),
        ] {
            assert_eq!(python_float(value), printed);
        }
    }
}
