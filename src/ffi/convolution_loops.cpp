// What convolution.h says, with sums that stay in registers from the first product to the last.
// build.rs compiles it once for each namespace there; so nothing is included whose inline functions
// another file would share.

#include "convolution.h"

namespace FLAMBEAU_PROCESSOR {

namespace {

#ifdef __AVX512F__
constexpr int LANES = 16;
constexpr bool BIAS_FIRST = false;
constexpr int DOT_OUTS = 3;
#else
constexpr int LANES = 8;
constexpr bool BIAS_FIRST = true;
constexpr int DOT_OUTS = 2;
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
int64_t together(int64_t outs, int64_t most) {
  const int64_t blocks = (outs + most - 1) / most;
  return (outs + blocks - 1) / blocks;
}

template <int OUTS>
void correlate_some(int64_t taps, int64_t length, const float* in, const int64_t* shifts,
                    const float* weights, const float* bias, float* out) {
  for (int64_t j = 0; j < length; j += VECTORS * LANES) {
    Floats sums[OUTS][VECTORS] = {};
    if (BIAS_FIRST && bias != nullptr)
      for (int o = 0; o < OUTS; ++o)
        for (int v = 0; v < VECTORS; ++v) sums[o][v] = all(bias[o]);
    for (int64_t t = 0; t < taps; ++t) {
      const float* from = in + j + shifts[t];
      Floats x[VECTORS];
      for (int v = 0; v < VECTORS; ++v) x[v] = load(from + v * LANES);
      for (int o = 0; o < OUTS; ++o)
        for (int v = 0; v < VECTORS; ++v) sums[o][v] += all(weights[t * OUTS + o]) * x[v];
    }
    if (!BIAS_FIRST && bias != nullptr)
      for (int o = 0; o < OUTS; ++o)
        for (int v = 0; v < VECTORS; ++v) sums[o][v] += all(bias[o]);
    for (int o = 0; o < OUTS; ++o)
      for (int v = 0; v < VECTORS; ++v) store(out + o * length + j + v * LANES, sums[o][v]);
  }
}

void correlate(int64_t outs, int64_t taps, int64_t length, const float* in, const int64_t* shifts,
               const float* weights, const float* bias, float* out) {
  using Some = decltype(&correlate_some<1>);
  constexpr Some some[] = {correlate_some<1>, correlate_some<2>, correlate_some<3>,
                           correlate_some<4>, correlate_some<5>, correlate_some<6>};
  const int64_t step = together(outs, MOST_OUTS);
  for (int64_t o = 0; o < outs; o += step) {
    const int64_t count = least(step, outs - o);
    some[count - 1](taps, length, in, shifts, weights + o * taps,
                    bias == nullptr ? nullptr : bias + o, out + o * length);
  }
}

void pack(int64_t outs, int64_t taps, const float* weights, int64_t out_step, const int64_t* at,
          float* packed) {
  const int64_t step = together(outs, MOST_OUTS);
  for (int64_t o = 0; o < outs; o += step) {
    const int64_t count = least(step, outs - o);
    for (int64_t t = 0; t < taps; ++t)
      for (int64_t i = 0; i < count; ++i) *packed++ = weights[(o + i) * out_step + at[t]];
  }
}

// As many sums as registers hold: DOT_OUTS outputs times vectors of cells of the kernel.
constexpr int DOT_VECTORS = 5;

template <int OUTS, int COUNT>
void dot_some(int64_t images, int64_t height, int64_t width, const float* grads,
              int64_t grads_image, const float* in, int64_t in_image, int64_t pitch, int64_t step,
              const int64_t* offsets, float* sums, int64_t sums_step) {
  Floats all_sums[OUTS][COUNT] = {};
  for (int64_t n = 0; n < images; ++n) {
    for (int64_t y = 0; y < height; ++y) {
      const float* grad = grads + n * grads_image + y * width;
      const float* from = in + n * in_image + y * pitch;
      for (int64_t x = 0; x < width; ++x) {
        Floats cells[COUNT];
        for (int v = 0; v < COUNT; ++v) cells[v] = load(from + x * step + offsets[v]);
        for (int o = 0; o < OUTS; ++o) {
          const Floats one = all(grad[o * height * width + x]);
          for (int v = 0; v < COUNT; ++v) all_sums[o][v] += one * cells[v];
        }
      }
    }
  }
  for (int o = 0; o < OUTS; ++o)
    for (int v = 0; v < COUNT; ++v) store(sums + o * sums_step + v * LANES, all_sums[o][v]);
}

void dot(int64_t images, int64_t outs, int64_t height, int64_t width, const float* grads,
         int64_t grads_image, const float* in, int64_t in_image, int64_t pitch, int64_t step,
         int64_t vectors, const int64_t* offsets, float* sums) {
  using Some = decltype(&dot_some<1, 1>);
  constexpr Some some[][DOT_VECTORS] = {
      {dot_some<1, 1>, dot_some<1, 2>, dot_some<1, 3>, dot_some<1, 4>, dot_some<1, 5>},
      {dot_some<2, 1>, dot_some<2, 2>, dot_some<2, 3>, dot_some<2, 4>, dot_some<2, 5>},
      {dot_some<3, 1>, dot_some<3, 2>, dot_some<3, 3>, dot_some<3, 4>, dot_some<3, 5>}};
  static_assert(DOT_OUTS <= sizeof some / sizeof some[0]);
  const int64_t out_step = together(outs, DOT_OUTS), vector_step = together(vectors, DOT_VECTORS);
  for (int64_t v = 0; v < vectors; v += vector_step) {
    const int64_t count = least(vector_step, vectors - v);
    for (int64_t o = 0; o < outs; o += out_step) {
      const int64_t o_count = least(out_step, outs - o);
      some[o_count - 1][count - 1](images, height, width, grads + o * height * width, grads_image,
                                   in, in_image, pitch, step, offsets + v,
                                   sums + (o * vectors + v) * LANES, vectors * LANES);
    }
  }
}

// As many sums as hide that one has to wait for the other.
constexpr int TOTALS = 8;

void total(int64_t images, int64_t outs, int64_t length, const float* grads, int64_t grads_image,
           float* sums) {
  for (int64_t o = 0; o < outs; o += TOTALS) {
    const int64_t count = least(TOTALS, outs - o);
    float some[TOTALS] = {};
    for (int64_t n = 0; n < images; ++n) {
      // Where there are fewer outputs, the last one's is summed over and over.
      const float* rows[TOTALS];
      for (int i = 0; i < TOTALS; ++i)
        rows[i] = grads + n * grads_image + (o + least(i, count - 1)) * length;
      for (int64_t j = 0; j < length; ++j)
        for (int i = 0; i < TOTALS; ++i) some[i] += rows[i][j];
    }
    for (int i = 0; i < count; ++i) sums[o + i] = some[i];
  }
}

}  // namespace

const ConvolutionLoops loops = {LANES, correlate, pack, dot, total};

}  // namespace FLAMBEAU_PROCESSOR
