// torch.nn.functional.conv2d of few channels, as a sum over shifts of the image: no windows are laid
// out and nothing is brought into blocks, which for small batches takes libtorch longer than the
// products do. The sums are in another order than oneDNN's, so it is done where it is asked for only.

#include "convolution.h"

#include "shim.h"

#include <ATen/ATen.h>
#include <ATen/TracerMode.h>
#include <ATen/autocast_mode.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

namespace {

// The loops for this processor; null where there are none.
const ConvolutionLoops* loops() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) return &avx512::loops;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return &avx2::loops;
#endif
  return nullptr;
}

// So many products are worth a thread.
constexpr int64_t GRAIN = 1 << 20;

// With more of them oneDNN is as fast, on AVX2 and 16 channels to 16 at least.
constexpr int64_t MOST_PRODUCTS = 1 << 23;

struct Sides {
  int64_t height, width;
};

// Images whose planes have zeros around them, and behind the last one.
struct Padded {
  int64_t images, channels, pitch, plane;
  std::vector<float> numbers;

  Padded(const Tensor& x, Sides before, int64_t pitch, int64_t plane)
      : images(x.size(0)), channels(x.size(1)), pitch(pitch), plane(plane) {
    const int64_t height = x.size(2), width = x.size(3), planes = images * channels;
    numbers.resize(planes * plane + LENGTH_STEP + pitch);
    const float* from = x.const_data_ptr<float>();
    float* to = numbers.data() + before.height * pitch + before.width;
    for (int64_t i = 0; i < planes; ++i) {
      for (int64_t y = 0; y < height; ++y) {
        std::copy_n(from + (i * height + y) * width, width, to + i * plane + y * pitch);
      }
    }
  }

  int64_t image() const { return channels * plane; }

  // How far each cell of a kernel lies from its first one.
  std::vector<int64_t> shifts(Sides kernel) const {
    std::vector<int64_t> shifts;
    for (int64_t c = 0; c < channels; ++c)
      for (int64_t y = 0; y < kernel.height; ++y)
        for (int64_t x = 0; x < kernel.width; ++x) shifts.push_back(c * plane + y * pitch + x);
    return shifts;
  }
};

// The numbers of `rows` rows, up to where all processors' vectors end.
int64_t whole_length(int64_t rows, int64_t pitch) {
  return (rows * pitch + LENGTH_STEP - 1) / LENGTH_STEP * LENGTH_STEP;
}

Padded pad_input(const Tensor& x, Sides padding) {
  const int64_t pitch = x.size(3) + 2 * padding.width;
  return Padded(x, padding, pitch, (x.size(2) + 2 * padding.height) * pitch);
}

// The weights are (outs, channels of `in`, kernel).
Tensor correlate(const Padded& in, const float* weights, const float* bias, int64_t outs,
                 Sides kernel, Sides size, const at::TensorOptions& options) {
  const std::vector<int64_t> shifts = in.shifts(kernel);
  const int64_t taps = shifts.size(), length = whole_length(size.height, in.pitch);
  std::vector<float> packed(outs * taps);
  loops()->pack(outs, taps, weights, packed.data());

  Tensor out = at::empty({in.images, outs, size.height, size.width}, options);
  float* to = out.mutable_data_ptr<float>();
  in_parallel(in.images, 1 + GRAIN / (outs * taps * length), [&](int64_t begin, int64_t end) {
    std::vector<float> rows(outs * length);
    for (int64_t n = begin; n < end; ++n) {
      loops()->correlate(outs, taps, length, in.numbers.data() + n * in.image(), shifts.data(),
                         packed.data(), bias, rows.data());
      for (int64_t o = 0; o < outs; ++o) {
        for (int64_t y = 0; y < size.height; ++y) {
          const int64_t row = ((n * outs + o) * size.height + y) * size.width;
          std::copy_n(rows.data() + o * length + y * in.pitch, size.width, to + row);
        }
      }
    }
  });
  return out;
}

Tensor convolve(const Tensor& x, const Tensor& weight, const Tensor& bias, Sides padding) {
  const int64_t outs = weight.size(0);
  const Sides kernel{weight.size(2), weight.size(3)};
  const Sides size{x.size(2) + 2 * padding.height - kernel.height + 1,
                   x.size(3) + 2 * padding.width - kernel.width + 1};
  const std::vector<float> zeros(bias.defined() ? 0 : outs);
  const float* add = bias.defined() ? bias.const_data_ptr<float>() : zeros.data();
  return correlate(pad_input(x, padding), weight.const_data_ptr<float>(), add, outs, kernel, size,
                   x.options());
}

// Each weight meets the gradients of all outputs: the correlation of these with the kernels turned
// about.
Tensor input_gradient(const Tensor& grad, const Tensor& x, const Tensor& weight, Sides padding) {
  const int64_t outs = weight.size(0), channels = weight.size(1);
  const Sides kernel{weight.size(2), weight.size(3)}, size{x.size(2), x.size(3)};
  const int64_t cells = kernel.height * kernel.width;
  const float* from = weight.const_data_ptr<float>();
  std::vector<float> turned(outs * channels * cells);
  for (int64_t o = 0; o < outs; ++o)
    for (int64_t c = 0; c < channels; ++c)
      std::reverse_copy(from + (o * channels + c) * cells, from + (o * channels + c + 1) * cells,
                        turned.begin() + (c * outs + o) * cells);

  const Sides before{kernel.height - 1 - padding.height, kernel.width - 1 - padding.width};
  const int64_t pitch = size.width + kernel.width - 1;
  const Padded in(grad, before, pitch, (size.height + kernel.height - 1) * pitch);
  const std::vector<float> zeros(channels);
  return correlate(in, turned.data(), zeros.data(), channels, kernel, size, x.options());
}

// Of the weights and, if there is one, of the bias.
std::pair<Tensor, Tensor> parameter_gradients(const Tensor& grad, const Tensor& x,
                                              const Tensor& weight, const Tensor& bias,
                                              Sides padding) {
  const int64_t outs = weight.size(0);
  const Padded in = pad_input(x, padding);
  const std::vector<int64_t> shifts = in.shifts({weight.size(2), weight.size(3)});
  // Zeros where the input has outputs that no one wants, so that these count for nothing.
  const int64_t taps = shifts.size(), length = whole_length(grad.size(2), in.pitch);
  const Padded grads(grad, {0, 0}, in.pitch, length);

  Tensor sums = at::empty(weight.sizes(), weight.options());
  float* to = sums.mutable_data_ptr<float>();
  in_parallel(outs, 1 + GRAIN / (in.images * taps * length), [&](int64_t begin, int64_t end) {
    loops()->dot(in.images, end - begin, taps, length, grads.numbers.data() + begin * length,
                 grads.image(), in.numbers.data(), in.image(), shifts.data(), to + begin * taps);
  });
  if (!bias.defined()) return {sums, Tensor()};

  const std::vector<float> ones(length, 1);
  const int64_t there = 0;
  Tensor bias_sums = at::empty(bias.sizes(), bias.options());
  loops()->dot(in.images, outs, 1, length, grads.numbers.data(), grads.image(), ones.data(), 0,
               &there, bias_sums.mutable_data_ptr<float>());
  return {sums, bias_sums};
}

struct DirectConv2d : torch::autograd::Function<DirectConv2d> {
  static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor& weight,
                        const std::optional<Tensor>& bias, int64_t padding_height,
                        int64_t padding_width) {
    const Tensor add = bias.value_or(Tensor());
    context->save_for_backward({x, weight, add});
    context->saved_data["padding"] = std::vector<int64_t>{padding_height, padding_width};
    return convolve(x, weight, add, {padding_height, padding_width});
  }

  static variable_list backward(AutogradContext* context, variable_list grads) {
    const auto saved = context->get_saved_variables();
    const Tensor &x = saved[0], &weight = saved[1], &bias = saved[2];
    const auto padding = context->saved_data["padding"].toIntVector();
    const bool for_input = context->needs_input_grad(0);
    const bool for_parameters =
        context->needs_input_grad(1) || (bias.defined() && context->needs_input_grad(2));
    variable_list all(5);
    if (at::GradMode::is_enabled()) {
      // Someone will ask for the gradients' own gradients, which libtorch knows.
      at::OptionalIntArrayRef bias_size;
      if (bias.defined()) bias_size = bias.sizes();
      std::tie(all[0], all[1], all[2]) = at::convolution_backward(
          grads[0], x, weight, bias_size, {1, 1}, padding, {1, 1}, false, {0, 0}, 1,
          {for_input, for_parameters, for_parameters && bias.defined()});
      return all;
    }
    const Tensor grad = grads[0].contiguous();
    const Sides sides{padding[0], padding[1]};
    if (for_input) all[0] = input_gradient(grad, x, weight, sides);
    if (for_parameters) {
      std::tie(all[1], all[2]) = parameter_gradients(grad, x, weight, bias, sides);
    }
    return all;
  }
};

bool plain(const Tensor& x) {
  return x.is_cpu() && x.scalar_type() == at::kFloat && x.layout() == at::kStrided &&
         x.is_contiguous() && !x.is_neg() && x.numel() > 0;
}

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
    if (x->size(0) * rows * columns * weight->numel() > MOST_PRODUCTS) return;
    const bool recorded = at::GradMode::is_enabled() &&
                          (x->requires_grad() || weight->requires_grad() ||
                           (add.defined() && add.requires_grad()));
    *out = new Tensor(recorded
                          ? DirectConv2d::apply(*x, *weight, given, padding_height, padding_width)
                          : convolve(*x, *weight, add, {padding_height, padding_width}));
  });
}
