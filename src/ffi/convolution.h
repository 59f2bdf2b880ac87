// The loops of convolution.cpp, which are compiled for each kind of processor. They sum in the order
// in which oneDNN does on such a processor, so that they come to the same bits.

#pragma once

#include <cstdint>

struct ConvolutionLoops {
  // How many numbers the processor computes with at once, and how many channels oneDNN takes with all
  // cells of the kernel before it takes the next ones.
  int64_t lanes;

  // out[o][j] = bias[o] + Σ_t weights[o][t] · in[j + shifts[t]], in the order of t; the weights as
  // pack() leaves them, `bias` null for none. Planes are laid out row by row with what pads them, so
  // a cell of the kernel is one shift for all outputs: a row's last outputs, which no one wants, run
  // into the next row. `length` is a multiple of LENGTH_STEP, and behind the planes lies room for the
  // last shift.
  void (*correlate)(int64_t outs, int64_t taps, int64_t length, const float* in,
                    const int64_t* shifts, const float* weights, const float* bias, float* out);

  // Lays the weights of the outputs that are computed together together: those of output o and tap t
  // are at o · out_step + at[t].
  void (*pack)(int64_t outs, int64_t taps, const float* weights, int64_t out_step,
               const int64_t* at, float* packed);

  // sums[o][v][lane] = Σ_n Σ_y Σ_x grads[n][o][y][x] · in[n][y · pitch + x · step + offsets[v] + lane],
  // in the order of n, y, x.
  void (*dot)(int64_t images, int64_t outs, int64_t height, int64_t width, const float* grads,
              int64_t grads_image, const float* in, int64_t in_image, int64_t pitch, int64_t step,
              int64_t vectors, const int64_t* offsets, float* sums);

  // sums[o] = Σ_n Σ_j grads[n][o][j], in the order of n, j.
  void (*total)(int64_t images, int64_t outs, int64_t length, const float* grads,
                int64_t grads_image, float* sums);
};

constexpr int64_t LENGTH_STEP = 32;

namespace avx2 {
extern const ConvolutionLoops loops;
}
namespace avx512 {
extern const ConvolutionLoops loops;
}
