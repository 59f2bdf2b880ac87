//! Padding.

use super::*;

/// In the order of Python's table.
pub fn cases() -> Vec<(&'static str, Case)> {
    vec![
        ("zero_pad1d", layer(|| nn::ZeroPad1d::new(2), &[2, 3, 5])),
        ("zero_pad1d_each_side", layer(|| nn::ZeroPad1d::new([1, 3]), &[2, 3, 5])),
        ("zero_pad2d", layer(|| nn::ZeroPad2d::new(2), &[2, 3, 5, 6])),
        ("zero_pad2d_each_side", layer(|| nn::ZeroPad2d::new([1, 0, 2, 3]), &[2, 3, 5, 6])),
        ("zero_pad3d", layer(|| nn::ZeroPad3d::new(2), &[2, 3, 4, 5, 6])),
        (
            "zero_pad3d_each_side",
            layer(|| nn::ZeroPad3d::new([1, 0, 2, 1, 0, 3]), &[2, 3, 4, 5, 6]),
        ),
        ("reflection_pad1d", layer(|| nn::ReflectionPad1d::new(2), &[2, 3, 5])),
        ("reflection_pad1d_each_side", layer(|| nn::ReflectionPad1d::new([1, 3]), &[2, 3, 5])),
        ("reflection_pad2d", layer(|| nn::ReflectionPad2d::new(2), &[2, 3, 5, 6])),
        (
            "reflection_pad2d_each_side",
            layer(|| nn::ReflectionPad2d::new([1, 0, 2, 3]), &[2, 3, 5, 6]),
        ),
        ("reflection_pad3d", layer(|| nn::ReflectionPad3d::new(2), &[2, 3, 4, 5, 6])),
        (
            "reflection_pad3d_each_side",
            layer(|| nn::ReflectionPad3d::new([1, 0, 2, 1, 0, 3]), &[2, 3, 4, 5, 6]),
        ),
        ("replication_pad1d", layer(|| nn::ReplicationPad1d::new(2), &[2, 3, 5])),
        ("replication_pad1d_each_side", layer(|| nn::ReplicationPad1d::new([1, 3]), &[2, 3, 5])),
        ("replication_pad2d", layer(|| nn::ReplicationPad2d::new(2), &[2, 3, 5, 6])),
        (
            "replication_pad2d_each_side",
            layer(|| nn::ReplicationPad2d::new([1, 0, 2, 3]), &[2, 3, 5, 6]),
        ),
        ("replication_pad3d", layer(|| nn::ReplicationPad3d::new(2), &[2, 3, 4, 5, 6])),
        (
            "replication_pad3d_each_side",
            layer(|| nn::ReplicationPad3d::new([1, 0, 2, 1, 0, 3]), &[2, 3, 4, 5, 6]),
        ),
        ("circular_pad1d", layer(|| nn::CircularPad1d::new(2), &[2, 3, 5])),
        ("circular_pad1d_each_side", layer(|| nn::CircularPad1d::new([1, 3]), &[2, 3, 5])),
        ("circular_pad2d", layer(|| nn::CircularPad2d::new(2), &[2, 3, 5, 6])),
        ("circular_pad2d_each_side", layer(|| nn::CircularPad2d::new([1, 0, 2, 3]), &[2, 3, 5, 6])),
        ("circular_pad3d", layer(|| nn::CircularPad3d::new(2), &[2, 3, 4, 5, 6])),
        (
            "circular_pad3d_each_side",
            layer(|| nn::CircularPad3d::new([1, 0, 2, 1, 0, 3]), &[2, 3, 4, 5, 6]),
        ),
        ("constant_pad1d", layer(|| nn::ConstantPad1d::new(2, 3.5), &[2, 3, 5])),
        ("constant_pad1d_cuts", layer(|| nn::ConstantPad1d::new([-1, 2], -0.5), &[2, 3, 5])),
        ("constant_pad2d", layer(|| nn::ConstantPad2d::new(2, 3.5), &[2, 3, 5, 6])),
        (
            "constant_pad2d_cuts",
            layer(|| nn::ConstantPad2d::new([-1, 2, 0, -2], -0.5), &[2, 3, 5, 6]),
        ),
        ("constant_pad3d", layer(|| nn::ConstantPad3d::new(2, 3.5), &[2, 3, 4, 5, 6])),
        (
            "constant_pad3d_cuts",
            layer(|| nn::ConstantPad3d::new([-1, 2, 0, -2, 1, 0], -0.5), &[2, 3, 4, 5, 6]),
        ),
    ]
}
