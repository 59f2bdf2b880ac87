"""Dropout."""

from torch import nn

from .helpers import both_modes, overwriting, randn

CASES = {
    "dropout": both_modes(lambda: nn.Dropout(), randn(8, 10)),
    "dropout_p": both_modes(lambda: nn.Dropout(0.2), randn(8, 10)),
    "dropout1d": both_modes(lambda: nn.Dropout1d(), randn(4, 8, 5)),
    "dropout1d_p": both_modes(lambda: nn.Dropout1d(0.2), randn(4, 8, 5)),
    "dropout2d": both_modes(lambda: nn.Dropout2d(), randn(4, 8, 3, 2)),
    "dropout2d_p": both_modes(lambda: nn.Dropout2d(0.2), randn(4, 8, 3, 2)),
    "dropout3d": both_modes(lambda: nn.Dropout3d(), randn(2, 8, 3, 2, 2)),
    "dropout3d_p": both_modes(lambda: nn.Dropout3d(0.2), randn(2, 8, 3, 2, 2)),
    "alpha_dropout": both_modes(lambda: nn.AlphaDropout(), randn(8, 10)),
    "alpha_dropout_p": both_modes(lambda: nn.AlphaDropout(0.2), randn(8, 10)),
    "feature_alpha_dropout": both_modes(lambda: nn.FeatureAlphaDropout(), randn(4, 8, 3)),
    "feature_alpha_dropout_p": both_modes(lambda: nn.FeatureAlphaDropout(0.2), randn(4, 8, 3)),
    "dropout_all": both_modes(lambda: nn.Dropout(1.0), randn(4, 5)),
    "dropout1d_one_signal": both_modes(lambda: nn.Dropout1d(0.4), randn(8, 5)),
    "dropout_inplace": overwriting(lambda: nn.Dropout(inplace=True), 8, 10),
    "dropout1d_inplace": overwriting(lambda: nn.Dropout1d(inplace=True), 4, 8, 5),
    "dropout2d_inplace": overwriting(lambda: nn.Dropout2d(inplace=True), 4, 8, 3, 2),
    "dropout3d_inplace": overwriting(lambda: nn.Dropout3d(inplace=True), 2, 8, 3, 2, 2),
    "alpha_dropout_inplace": overwriting(lambda: nn.AlphaDropout(inplace=True), 8, 10),
    "feature_alpha_dropout_inplace": overwriting(lambda: nn.FeatureAlphaDropout(inplace=True), 4, 8, 3),
    "dropout3d_one_volume": both_modes(lambda: nn.Dropout3d(0.4), randn(8, 3, 2, 2)),
    "dropout3d_of_three": both_modes(lambda: nn.Dropout3d(0.4), randn(8, 5, 2)),
}
