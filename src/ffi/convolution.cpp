// torch.nn.functional.conv2d of few channels, as a sum over shifts of the image: no windows are laid
// out and nothing is brought into blocks, which for small batches takes libtorch longer than the
// products do. It is done where the sums come to libtorch's bits, and nowhere else.

#include "convolution.h"

#include "shim.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/TracerMode.h>
#include <ATen/autocast_mode.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

namespace {

// The loops for this processor, or for the lesser one that oneDNN is told to take it for; null where
// there are none.
const ConvolutionLoops* loops() {
#if defined(__x86_64__)
  static const ConvolutionLoops* const chosen = [] {
    const char* told = std::getenv("ONEDNN_MAX_CPU_ISA");
    const bool less = told != nullptr && std::string_view(told) == "AVX2";
    if (!less && __builtin_cpu_supports("avx512f")) return &avx512::loops;
    const bool has = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    return has ? &avx2::loops : nullptr;
  }();
  return chosen;
#else
  return nullptr;
#endif
}

// So many products are worth a thread.
constexpr int64_t GRAIN = 1 << 20;

// With more of them a trial would be noticed: it takes some ten times as long as the convolution.
constexpr int64_t MOST_PRODUCTS = 1 << 27;

struct Sides {
  int64_t height, width;
};

// How an image's planes are laid out: so many zeros above and left of each, rows so far apart, planes
// so far apart.
struct Layout {
  Sides before;
  int64_t pitch, plane;
};

// The order in which oneDNN sums over channels and the cells of a kernel: a block of channels at each
// cell, cell by cell, then the next block.
template <class Each>
void in_order(int64_t channels, Sides kernel, const Each& each) {
  const int64_t block = loops()->lanes;
  for (int64_t first = 0; first < channels; first += block)
    for (int64_t y = 0; y < kernel.height; ++y)
      for (int64_t x = 0; x < kernel.width; ++x)
        for (int64_t c = first; c < std::min(first + block, channels); ++c) each(c, y, x);
}

// The numbers of `rows` rows, up to where all processors' vectors end.
int64_t whole_length(int64_t rows, int64_t pitch) {
  return (rows * pitch + LENGTH_STEP - 1) / LENGTH_STEP * LENGTH_STEP;
}

// The products that are summed: how far each one's numbers lie from the first's, in an image and in
// the weights.
struct Taps {
  std::vector<int64_t> shifts, weights;
};

// `out_step` lies between the weights of two outputs.
Tensor correlate(const Tensor& x, const Layout& layout, const Taps& taps, const Tensor& weight,
                 int64_t out_step, const float* bias, int64_t outs, Sides size) {
  const int64_t images = x.size(0), channels = x.size(1), height = x.size(2), width = x.size(3);
  const int64_t count = taps.shifts.size(), length = whole_length(size.height, layout.pitch);
  std::vector<float> packed(outs * count);
  loops()->pack(outs, count, weight.const_data_ptr<float>(), out_step, taps.weights.data(),
                packed.data());

  Tensor out = at::empty({images, outs, size.height, size.width}, x.options());
  float* to = out.mutable_data_ptr<float>();
  in_parallel(images, 1 + GRAIN / (outs * count * length), [&](int64_t begin, int64_t end) {
    // What lies around an image stays zero when the next takes its place.
    std::vector<float> image(channels * layout.plane + LENGTH_STEP + layout.pitch);
    std::vector<float> rows(outs * length);
    const int64_t first = layout.before.height * layout.pitch + layout.before.width;
    const float* from = x.const_data_ptr<float>() + begin * channels * height * width;
    for (int64_t n = begin; n < end; ++n) {
      for (int64_t c = 0; c < channels; ++c) {
        for (int64_t y = 0; y < height; ++y, from += width) {
          std::copy_n(from, width, image.data() + first + c * layout.plane + y * layout.pitch);
        }
      }
      loops()->correlate(outs, count, length, image.data(), taps.shifts.data(), packed.data(), bias,
                         rows.data());
      for (int64_t o = 0; o < outs; ++o) {
        for (int64_t y = 0; y < size.height; ++y) {
          const int64_t row = ((n * outs + o) * size.height + y) * size.width;
          std::copy_n(rows.data() + o * length + y * layout.pitch, size.width, to + row);
        }
      }
    }
  });
  return out;
}

Tensor convolve(const Tensor& x, const Tensor& weight, const Tensor& bias, Sides padding) {
  const int64_t outs = weight.size(0), channels = weight.size(1);
  const Sides kernel{weight.size(2), weight.size(3)};
  const int64_t rows = x.size(2) + 2 * padding.height, pitch = x.size(3) + 2 * padding.width;
  const int64_t plane = rows * pitch, cells = kernel.height * kernel.width;
  Taps taps;
  in_order(channels, kernel, [&](int64_t c, int64_t y, int64_t x) {
    taps.shifts.push_back(c * plane + y * pitch + x);
    taps.weights.push_back(c * cells + y * kernel.width + x);
  });
  return correlate(x, {padding, pitch, plane}, taps, weight, channels * cells,
                   bias.defined() ? bias.const_data_ptr<float>() : nullptr, outs,
                   {rows - kernel.height + 1, pitch - kernel.width + 1});
}

// Each weight meets the gradients of all outputs: the correlation of these with the kernels turned
// about.
Tensor input_gradient(const Tensor& grad, const Tensor& x, const Tensor& weight, Sides padding) {
  const int64_t outs = weight.size(0), channels = weight.size(1);
  const Sides kernel{weight.size(2), weight.size(3)}, size{x.size(2), x.size(3)};
  const Sides before{kernel.height - 1 - padding.height, kernel.width - 1 - padding.width};
  const int64_t pitch = size.width + kernel.width - 1, cells = kernel.height * kernel.width;
  const int64_t plane = (size.height + kernel.height - 1) * pitch;
  Taps taps;
  in_order(outs, kernel, [&](int64_t o, int64_t y, int64_t x) {
    const int64_t row = kernel.height - 1 - y, column = kernel.width - 1 - x;
    taps.shifts.push_back(o * plane + row * pitch + column);
    taps.weights.push_back(o * channels * cells + y * kernel.width + x);
  });
  return correlate(grad, {before, pitch, plane}, taps, weight, cells, nullptr, channels, size);
}

// Of the weights and, if there is one, of the bias. The images are summed in so many parts, as by
// threads that take a part each, and the parts then in their order.
std::pair<Tensor, Tensor> parameter_gradients(const Tensor& grad, const Tensor& x,
                                              const Tensor& weight, bool biased, Sides padding,
                                              int64_t parts) {
  const int64_t images = x.size(0), channels = x.size(1), height = x.size(2), width = x.size(3);
  const int64_t outs = weight.size(0), rows = grad.size(2), columns = grad.size(3);
  const Sides kernel{weight.size(2), weight.size(3)};
  const int64_t lanes = loops()->lanes;

  // The channels of a pixel side by side, so that a row of the kernel meets numbers in a row.
  const int64_t pitch = (width + 2 * padding.width) * channels;
  const int64_t image = (height + 2 * padding.height) * pitch;
  std::vector<float> in(images * image + lanes);
  in_parallel(images, 1 + GRAIN / (channels * height * width), [&](int64_t begin, int64_t end) {
    const float* from = x.const_data_ptr<float>() + begin * channels * height * width;
    for (int64_t n = begin; n < end; ++n)
      for (int64_t c = 0; c < channels; ++c)
        for (int64_t y = 0; y < height; ++y) {
          float* to = in.data() + n * image + (y + padding.height) * pitch;
          to += padding.width * channels + c;
          for (int64_t i = 0; i < width; ++i) to[i * channels] = *from++;
        }
  });

  const int64_t across = (kernel.width * channels + lanes - 1) / lanes;
  std::vector<int64_t> offsets;
  for (int64_t y = 0; y < kernel.height; ++y)
    for (int64_t v = 0; v < across; ++v) offsets.push_back(y * pitch + v * lanes);

  const int64_t vectors = offsets.size(), plane = rows * columns, count = outs * vectors * lanes;
  const int64_t part = images / parts, larger = images % parts;
  std::vector<float> all(parts * (count + outs));
  const auto sum = [&](int64_t i, int64_t begin, int64_t end) {
    const int64_t first = i * part + std::min(i, larger), some = part + (i < larger);
    const float* grads = grad.const_data_ptr<float>() + (first * outs + begin) * plane;
    float* to = all.data() + i * (count + outs);
    loops()->dot(some, end - begin, rows, columns, grads, outs * plane, in.data() + first * image,
                 image, pitch, channels, vectors, offsets.data(), to + begin * vectors * lanes);
    if (biased) {
      loops()->total(some, end - begin, plane, grads, outs * plane, to + count + begin);
    }
  };
  if (parts == 1) {
    const int64_t grain = 1 + GRAIN / (images * plane * vectors * lanes);
    in_parallel(outs, grain, [&](int64_t begin, int64_t end) { sum(0, begin, end); });
  } else {
    in_parallel(parts, 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) sum(i, 0, outs);
    });
  }
  const auto sums = all.begin();
  for (int64_t i = 1; i < parts; ++i) {
    std::transform(sums, sums + count + outs, sums + i * (count + outs), sums, std::plus<float>());
  }
  Tensor weights = at::empty(weight.sizes(), weight.options());
  float* to = weights.mutable_data_ptr<float>();
  for (int64_t o = 0; o < outs; ++o)
    for (int64_t c = 0; c < channels; ++c)
      for (int64_t y = 0; y < kernel.height; ++y)
        for (int64_t x = 0; x < kernel.width; ++x)
          *to++ = sums[(o * kernel.height + y) * across * lanes + x * channels + c];
  if (!biased) return {weights, Tensor()};

  Tensor biases = at::empty({outs}, weight.options());
  std::copy_n(sums + count, outs, biases.mutable_data_ptr<float>());
  return {weights, biases};
}

FLAMBEAU_CLONES bool finite(const float* numbers, int64_t n) {
  constexpr uint32_t EXPONENT = 0x7f800000;
  uint32_t found = 0;
  for (int64_t i = 0; i < n; ++i) {
    uint32_t bits;
    std::memcpy(&bits, numbers + i, sizeof bits);
    found |= (bits & EXPONENT) == EXPONENT;
  }
  return found == 0;
}

bool finite(const Tensor& x) { return finite(x.const_data_ptr<float>(), x.numel()); }

std::tuple<Tensor, Tensor, Tensor> libtorchs_gradients(const Tensor& grad, const Tensor& x,
                                                       const Tensor& weight, bool biased,
                                                       Sides padding, std::array<bool, 3> wanted) {
  const int64_t outs = weight.size(0);
  at::OptionalIntArrayRef bias_size;
  if (biased) bias_size = at::IntArrayRef(outs);
  return at::convolution_backward(grad, x, weight, bias_size, {1, 1},
                                  {padding.height, padding.width}, {1, 1}, false, {0, 0}, 1,
                                  wanted);
}

// ---- Where it is done --------------------------------------------------------------------------

enum class Pass : int64_t { FORWARD, INPUT, PARAMETERS };

// Whether the zeros around the images count for nothing: oneDNN leaves them out, here they are
// multiplied. `grad` is for the parameters alone.
bool zeros_are_nothing(Pass pass, const Tensor& weight, const Tensor& grad, Sides padding) {
  if (pass == Pass::INPUT) return finite(weight);
  if (padding.height == 0 && padding.width == 0) return true;
  return finite(pass == Pass::FORWARD ? weight : grad);
}

// A convolution of numbers that are like no one's data, so that sums in another order come to other
// bits.
struct Trial {
  Tensor x, weight, bias, grad;
  Sides padding;

  Trial(at::IntArrayRef x_size, at::IntArrayRef weight_size, bool biased, Sides padding,
        uint32_t& state)
      : padding(padding) {
    const auto numbers = [&](at::IntArrayRef size) {
      Tensor tensor = at::empty(size, at::TensorOptions(at::kCPU).dtype(at::kFloat));
      float* to = tensor.mutable_data_ptr<float>();
      for (int64_t i = 0; i < tensor.numel(); ++i) {
        state = state * 1664525 + 1013904223;
        to[i] = static_cast<float>(static_cast<int32_t>(state)) / (1u << 31);
      }
      return tensor;
    };
    x = numbers(x_size), weight = numbers(weight_size);
    if (biased) bias = numbers({weight_size[0]});
    grad = numbers({x_size[0], weight_size[0],
                    x_size[2] + 2 * padding.height - weight_size[2] + 1,
                    x_size[3] + 2 * padding.width - weight_size[3] + 1});
  }

  std::pair<Tensor, Tensor> ours(Pass pass, int64_t parts) const {
    switch (pass) {
      case Pass::FORWARD: return {convolve(x, weight, bias, padding), Tensor()};
      case Pass::INPUT: return {input_gradient(grad, x, weight, padding), Tensor()};
      default: return parameter_gradients(grad, x, weight, bias.defined(), padding, parts);
    }
  }

  std::pair<Tensor, Tensor> libtorchs(Pass pass) const {
    if (pass == Pass::FORWARD) {
      return {at::conv2d(x, weight, bias, {1, 1}, {padding.height, padding.width}), Tensor()};
    }
    const bool input = pass == Pass::INPUT;
    const bool biased = bias.defined();
    const auto [inputs, weights, biases] = libtorchs_gradients(grad, x, weight, biased, padding,
                                                               {input, !input, !input && biased});
    return input ? std::pair{inputs, Tensor()} : std::pair{weights, biases};
  }
};

bool same_bits(const Tensor& one, const Tensor& other) {
  if (!one.defined()) return !other.defined();
  return one.sizes() == other.sizes() &&
         std::memcmp(one.const_data_ptr(), other.const_data_ptr(), one.nbytes()) == 0;
}

struct Outcome {
  bool same, sooner;
};

// Whether we come to libtorch's bits, and whether sooner.
Outcome compare(Pass pass, at::IntArrayRef x_size, at::IntArrayRef weight_size, bool biased,
                Sides padding, int64_t parts) {
  using Clock = std::chrono::steady_clock;
  // A few sums may be equal by chance, so many are not; and the first time takes longer.
  constexpr int64_t ENOUGH = 256, ROUNDS = 4;
  at::NoGradGuard guard;
  Clock::duration ours = Clock::duration::max(), libtorchs = ours;
  uint32_t state = 1;
  for (int64_t seen = 0, round = 0; seen < ENOUGH || round < ROUNDS; ++round) {
    const Trial trial(x_size, weight_size, biased, padding, state);
    const auto began = Clock::now();
    const auto theirs = trial.libtorchs(pass);
    const auto between = Clock::now();
    if (!zeros_are_nothing(pass, trial.weight, trial.grad, padding)) return {false, false};
    const auto mine = trial.ours(pass, parts);
    const auto ended = Clock::now();
    if (!same_bits(mine.first, theirs.first) || !same_bits(mine.second, theirs.second)) {
      return {false, false};
    }
    seen += mine.second.defined() ? mine.second.numel() : mine.first.numel();
    libtorchs = std::min(libtorchs, between - began);
    ours = std::min(ours, ended - between);
    if (seen >= ENOUGH && round > 0 && ours > 2 * libtorchs) break;
  }
  return {true, ours < libtorchs};
}

// In how many parts a pass over tensors of these sizes comes to libtorch's bits, 0 where in none, and
// whether that is sooner. oneDNN's threads may share the images; what else they share leaves the sums
// as they are.
std::pair<int64_t, bool> attempt(Pass pass, at::IntArrayRef x_size, at::IntArrayRef weight_size,
                                 bool biased, Sides padding) {
  const int64_t shared = std::min<int64_t>(at::get_num_threads(), x_size[0]);
  const int64_t most = pass == Pass::PARAMETERS ? shared : 1;
  for (const int64_t parts : std::set<int64_t>{1, most}) {
    const Outcome outcome = compare(pass, x_size, weight_size, biased, padding, parts);
    if (outcome.same) return {parts, outcome.sooner};
  }
  return {0, false};
}

// In how many parts we are to compute a pass over tensors of these sizes; 0 to leave it to libtorch.
// The bits that come from libtorch hang on the processor, on its version and on the number of threads,
// and so does what is faster: it is tried, once for each, when they are met for the second time, for
// images of ever new sizes would be trials and little else. Which of the two it comes to changes no bit.
int64_t choose(Pass pass, const Tensor& x, const Tensor& weight, bool biased, Sides padding) {
  using Case = std::array<int64_t, 13>;
  static std::mutex mutex;
  static std::map<Case, std::optional<int64_t>> known;
  constexpr size_t MANY = 4096;
  const Case key{static_cast<int64_t>(pass), x.size(0), x.size(1), x.size(2), x.size(3),
                 weight.size(0), weight.size(2), weight.size(3), padding.height, padding.width,
                 biased, at::get_num_threads(), at::globalContext().userEnabledMkldnn()};
  const std::lock_guard lock(mutex);
  if (known.size() == MANY && known.count(key) == 0) known.clear();
  const auto [place, first] = known.try_emplace(key);
  if (first) return 0;
  if (!place->second) {
    place->second = 0;  // so it stays if the trial throws
    const auto [parts, sooner] = attempt(pass, x.sizes(), weight.sizes(), biased, padding);
    place->second = sooner ? parts : 0;
  }
  return *place->second;
}

// Sides of 1 count for nothing in is_contiguous(), but may have strides by which libtorch takes the
// channels for the last in memory.
bool plain(const Tensor& x) {
  return x.is_cpu() && x.scalar_type() == at::kFloat && x.layout() == at::kStrided &&
         x.is_contiguous() && x.suggest_memory_format() == at::MemoryFormat::Contiguous &&
         !x.is_neg() && !x._is_zerotensor() && x.numel() > 0;
}

// ---- The operation ----------------------------------------------------------------------------

struct DirectConv2d : torch::autograd::Function<DirectConv2d> {
  static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor& weight,
                        const std::optional<Tensor>& bias, int64_t padding_height,
                        int64_t padding_width) {
    context->save_for_backward({x, weight});
    // The bias itself may change before the gradients are asked for.
    context->saved_data["biased"] = bias.has_value();
    context->saved_data["padding"] = std::vector<int64_t>{padding_height, padding_width};
    context->set_materialize_grads(false);
    return convolve(x, weight, bias.value_or(Tensor()), {padding_height, padding_width});
  }

  static variable_list backward(AutogradContext* context, variable_list grads) {
    const auto saved = context->get_saved_variables();
    const Tensor &x = saved[0], &weight = saved[1];
    const bool biased = context->saved_data["biased"].toBool();
    const auto padding = context->saved_data["padding"].toIntVector();
    const bool for_input = context->needs_input_grad(0);
    const bool for_parameters =
        context->needs_input_grad(1) || (biased && context->needs_input_grad(2));
    variable_list all(5);
    if (!grads[0].defined()) return all;
    const Sides sides{padding[0], padding[1]};
    const Tensor& grad = grads[0];
    // Someone may ask for the gradients' own gradients, which libtorch knows. And where `grad` does not
    // lie row by row, libtorch sums the bias's in the order in which it lies.
    const bool known = !at::GradMode::is_enabled() && plain(grad);
    const auto parts = [&](Pass pass) {
      const int64_t parts = known ? choose(pass, x, weight, biased, sides) : 0;
      return parts > 0 && zeros_are_nothing(pass, weight, grad, sides) ? parts : 0;
    };
    const int64_t input = for_input ? parts(Pass::INPUT) : 0;
    const int64_t parameters = for_parameters ? parts(Pass::PARAMETERS) : 0;
    const bool rest = for_parameters && parameters == 0;
    const std::array wanted{for_input && input == 0, rest, rest && biased};
    if (wanted[0] || wanted[1]) {
      std::tie(all[0], all[1], all[2]) =
          libtorchs_gradients(grad, x, weight, biased, sides, wanted);
    }
    if (input > 0) all[0] = input_gradient(grad, x, weight, sides);
    if (parameters > 0) {
      std::tie(all[1], all[2]) = parameter_gradients(grad, x, weight, biased, sides, parameters);
    }
    return all;
  }
};

}  // namespace

// Null in `out` where this is no case for it; `bias` may be null.
extern "C" char* flambeau_direct_conv2d(const Tensor* x, const Tensor* weight, const Tensor* bias,
                                        int64_t padding_height, int64_t padding_width,
                                        Tensor** out) {
  return guarded([&] {
    *out = nullptr;
    if (at::tracer::impl::is_dispatch_enabled()) return;
    // One that is not there must not stand among the recorded inputs as an undefined tensor.
    std::optional<Tensor> given;
    if (bias != nullptr) given = *bias;
    const Tensor add = given.value_or(Tensor());
    if (loops() == nullptr || at::autocast::is_autocast_enabled(at::kCPU)) return;
    if (x->dim() != 4 || weight->dim() != 4 || !plain(*x) || !plain(*weight)) return;
    if (add.defined() && (!plain(add) || add.dim() != 1 || add.size(0) != weight->size(0))) return;
    if (x->size(1) != weight->size(1)) return;
    // Less than the kernel, so that the gradient of the input has its zeros outside, not inside.
    const int64_t height = weight->size(2), width = weight->size(3);
    if (std::min(padding_height, padding_width) < 0) return;
    if (padding_height >= height || padding_width >= width) return;
    const int64_t rows = x->size(2) + 2 * padding_height - height + 1;
    const int64_t columns = x->size(3) + 2 * padding_width - width + 1;
    if (rows < 1 || columns < 1) return;
    // As many as our loops compute at most, with the zeros around the images.
    const int64_t tallest = std::max(rows, x->size(2));
    const int64_t widest = x->size(3) + std::max(2 * padding_width, width - 1);
    if (x->size(0) * tallest * widest * weight->numel() > MOST_PRODUCTS) return;
    const Sides padding{padding_height, padding_width};
    if (choose(Pass::FORWARD, *x, *weight, add.defined(), padding) == 0) return;
    if (!zeros_are_nothing(Pass::FORWARD, *weight, Tensor(), padding)) return;
    const bool recorded = at::GradMode::is_enabled() &&
                          (x->requires_grad() || weight->requires_grad() ||
                           (add.defined() && add.requires_grad()));
    *out = new Tensor(recorded
                          ? DirectConv2d::apply(*x, *weight, given, padding_height, padding_width)
                          : convolve(*x, *weight, add, padding));
  });
}

// For the tests: whether each pass comes to libtorch's bits, however long it takes. `sizes` are four
// of the images, four of the weights, and the padding.
extern "C" char* flambeau_direct_conv2d_agrees(const int64_t* sizes, bool biased, bool* passes) {
  return guarded([&] {
    const at::IntArrayRef x(sizes, 4), weight(sizes + 4, 4);
    for (const Pass pass : {Pass::FORWARD, Pass::INPUT, Pass::PARAMETERS}) {
      *passes++ = attempt(pass, x, weight, biased, {sizes[8], sizes[9]}).first > 0;
    }
  });
}
