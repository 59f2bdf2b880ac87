// What convolution.h says, with sums that stay in registers from the first cell of a kernel to its
// last. build.rs compiles it once for each namespace there; so nothing is included whose inline
// functions another file would share.

#include "convolution.h"

namespace FLAMBEAU_PROCESSOR {

namespace {

#ifdef __AVX512F__
constexpr int LANES = 16;
#else
constexpr int LANES = 8;
#endif
typedef float Floats __attribute__((vector_size(4 * LANES)));

inline Floats load(const float* from) {
  Floats x;
  __builtin_memcpy(&x, from, sizeof x);
  return x;
}

inline void store(float* to, Floats x) { __builtin_memcpy(to, &x, sizeof x); }

// std::min would be an inline function that others share.
inline int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

inline Floats all(float x) { return x - Floats{}; }

// As many sums as registers hold: outputs side by side times vectors of one output.
constexpr int MOST_OUTS = 6;
constexpr int VECTORS = 2;
static_assert(LENGTH_STEP % (VECTORS * LANES) == 0);

// How many outputs are computed together, so that the last ones are not far fewer.
int64_t together(int64_t outs) {
  const int64_t blocks = (outs + MOST_OUTS - 1) / MOST_OUTS;
  return (outs + blocks - 1) / blocks;
}

template <int OUTS>
void correlate_some(int64_t taps, int64_t length, const float* in, const int64_t* shifts,
                    const float* weights, const float* bias, float* out) {
  for (int64_t j = 0; j < length; j += VECTORS * LANES) {
    Floats sums[OUTS][VECTORS];
    for (int o = 0; o < OUTS; ++o)
      for (int v = 0; v < VECTORS; ++v) sums[o][v] = all(bias[o]);
    for (int64_t t = 0; t < taps; ++t) {
      const float* from = in + j + shifts[t];
      Floats x[VECTORS];
      for (int v = 0; v < VECTORS; ++v) x[v] = load(from + v * LANES);
      for (int o = 0; o < OUTS; ++o)
        for (int v = 0; v < VECTORS; ++v) sums[o][v] += all(weights[t * OUTS + o]) * x[v];
    }
    for (int o = 0; o < OUTS; ++o)
      for (int v = 0; v < VECTORS; ++v) store(out + o * length + j + v * LANES, sums[o][v]);
  }
}

void correlate(int64_t outs, int64_t taps, int64_t length, const float* in, const int64_t* shifts,
               const float* weights, const float* bias, float* out) {
  using Some = decltype(&correlate_some<1>);
  constexpr Some some[] = {correlate_some<1>, correlate_some<2>, correlate_some<3>,
                           correlate_some<4>, correlate_some<5>, correlate_some<6>};
  const int64_t step = together(outs);
  for (int64_t o = 0; o < outs; o += step) {
    const int64_t count = least(step, outs - o);
    some[count - 1](taps, length, in, shifts, weights + o * taps, bias + o, out + o * length);
  }
}

void pack(int64_t outs, int64_t taps, const float* weights, float* packed) {
  const int64_t step = together(outs);
  for (int64_t o = 0; o < outs; o += step) {
    const int64_t count = least(step, outs - o);
    for (int64_t t = 0; t < taps; ++t)
      for (int64_t i = 0; i < count; ++i) *packed++ = weights[(o + i) * taps + t];
  }
}

// As many products of an output's gradient and a tap's input as registers hold sums.
constexpr int DOT_OUTS = 2;
constexpr int DOT_TAPS = 5;

template <int OUTS, int TAPS>
void dot_some(int64_t images, int64_t taps, int64_t length, const float* grads, int64_t grads_image,
              const float* in, int64_t in_image, const int64_t* shifts, float* sums) {
  Floats all_sums[OUTS][TAPS] = {};
  for (int64_t n = 0; n < images; ++n) {
    for (int64_t j = 0; j < length; j += LANES) {
      Floats grad[OUTS];
      for (int o = 0; o < OUTS; ++o) grad[o] = load(grads + n * grads_image + o * length + j);
      for (int t = 0; t < TAPS; ++t) {
        const Floats x = load(in + n * in_image + shifts[t] + j);
        for (int o = 0; o < OUTS; ++o) all_sums[o][t] += grad[o] * x;
      }
    }
  }
  for (int o = 0; o < OUTS; ++o) {
    for (int t = 0; t < TAPS; ++t) {
      float sum = 0;
      for (int lane = 0; lane < LANES; ++lane) sum += all_sums[o][t][lane];
      sums[o * taps + t] = sum;
    }
  }
}

void dot(int64_t images, int64_t outs, int64_t taps, int64_t length, const float* grads,
         int64_t grads_image, const float* in, int64_t in_image, const int64_t* shifts,
         float* sums) {
  using Some = decltype(&dot_some<1, 1>);
  constexpr Some some[DOT_OUTS][DOT_TAPS] = {
      {dot_some<1, 1>, dot_some<1, 2>, dot_some<1, 3>, dot_some<1, 4>, dot_some<1, 5>},
      {dot_some<2, 1>, dot_some<2, 2>, dot_some<2, 3>, dot_some<2, 4>, dot_some<2, 5>}};
  for (int64_t o = 0; o < outs; o += DOT_OUTS) {
    const int64_t o_count = least(DOT_OUTS, outs - o);
    for (int64_t t = 0; t < taps; t += DOT_TAPS) {
      const int64_t t_count = least(DOT_TAPS, taps - t);
      some[o_count - 1][t_count - 1](images, taps, length, grads + o * length, grads_image, in,
                                     in_image, shifts + t, sums + o * taps + t);
    }
  }
}

}  // namespace

const ConvolutionLoops loops = {correlate, dot, pack};

}  // namespace FLAMBEAU_PROCESSOR
