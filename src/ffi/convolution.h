// The loops of convolution.cpp, which are compiled for each kind of processor.

#pragma once

#include <cstdint>

// Planes are laid out row by row with what pads them, so a cell of the kernel is one shift for all
// outputs: a row's last outputs, which no one wants, run into the next row. All lengths are multiples
// of LENGTH_STEP, and behind the planes lies room for the last shift.
struct ConvolutionLoops {
  // out[o][j] = bias[o] + Σ_t weights[o][t] · in[j + shifts[t]]; the weights as pack() leaves them.
  void (*correlate)(int64_t outs, int64_t taps, int64_t length, const float* in,
                    const int64_t* shifts, const float* weights, const float* bias, float* out);

  // sums[o][t] = Σ_n Σ_j grads[n][o][j] · in[n][j + shifts[t]]
  void (*dot)(int64_t images, int64_t outs, int64_t taps, int64_t length, const float* grads,
              int64_t grads_image, const float* in, int64_t in_image, const int64_t* shifts,
              float* sums);

  // The weights of the outputs that are computed together lie together.
  void (*pack)(int64_t outs, int64_t taps, const float* weights, float* packed);
};

constexpr int64_t LENGTH_STEP = 32;

namespace avx2 {
extern const ConvolutionLoops loops;
}
namespace avx512 {
extern const ConvolutionLoops loops;
}
