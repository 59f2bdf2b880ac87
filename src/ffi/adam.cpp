// torch.optim.Adam and AdamW, as Python's loop steps: the same bits, in fewer passes.
//
// The loop makes ten operations a parameter, and each goes through memory and the dispatcher. Here
// two passes do, which round where the operations round. That they do so on this processor is not
// taken on trust: the first step compares them with the operations, and where a bit differs the
// operations are what steps.

#include "shim.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>

using at::Tensor;

namespace {

// A parameter, and what is kept of it.
struct Slot {
  Tensor param, grad, exp_avg, exp_avg_sq, max_exp_avg_sq;
};

// _single_tensor_adam: operation for operation what Python's loop does, and in doubles what
// Python does in floats.
void by_operations(const Slot& slot, double step, const AdamOptions& o) {
  auto real = [](const Tensor& t) { return t.is_complex() ? at::view_as_real(t) : t; };
  Tensor grad = o.maximize ? slot.grad.neg() : slot.grad;
  if (o.weight_decay != 0) {
    if (o.decoupled) slot.param.mul_(1 - o.lr * o.weight_decay);
    else grad = grad.add(slot.param, o.weight_decay);
  }
  grad = real(grad);
  Tensor param = real(slot.param), exp_avg = real(slot.exp_avg);
  Tensor exp_avg_sq = real(slot.exp_avg_sq);

  exp_avg.lerp_(grad, 1 - o.beta1);
  exp_avg_sq.mul_(o.beta2).addcmul_(grad, grad, 1 - o.beta2);

  double bias_correction1 = 1 - std::pow(o.beta1, step);
  double bias_correction2 = 1 - std::pow(o.beta2, step);
  double step_size = o.lr / bias_correction1;
  double bias_correction2_sqrt = std::pow(bias_correction2, 0.5);
  Tensor second = exp_avg_sq;
  if (o.amsgrad) {
    second = real(slot.max_exp_avg_sq);
    at::maximum_out(second, second, exp_avg_sq);
  }
  Tensor denom = second.sqrt().div(bias_correction2_sqrt).add_(o.eps);
  param.addcdiv_(exp_avg, denom, -step_size);
}

// What the two passes need to know, as the operations see it: in single precision.
//
// Where a gradient has become zero for good, as behind a dead ReLU, both averages shrink until they
// are denormal, and then stay so: each operation on such a number costs a hundred others. They are
// recognised, and either scaled as whole numbers, which gives the same bits, or left out where what
// they are added to is too large to notice.
struct Numbers {
  float gradient_sign, l2, decay;
  float weight1, beta2, weight2, correction2, eps, minus_step_size;
  bool weight1_is_coarse;
  // An average of squares below this one adds nothing to eps; an average below `faint` moves no
  // parameter that is above `unmoved`.
  float negligible, faint, unmoved;

  Numbers(double step, const AdamOptions& o) {
    double correction1 = 1 - std::pow(o.beta1, step);
    double root = std::pow(1 - std::pow(o.beta2, step), 0.5);
    gradient_sign = o.maximize ? -1 : 1;
    l2 = o.decoupled ? 0 : o.weight_decay;
    decay = o.decoupled && o.weight_decay != 0 ? 1 - o.lr * o.weight_decay : 1;
    weight1 = 1 - o.beta1;
    beta2 = o.beta2;
    weight2 = 1 - o.beta2;
    correction2 = root;
    eps = o.eps;
    minus_step_size = -(o.lr / correction1);
    weight1_is_coarse = weight1 >= 1.0f / 32;
    // Half a unit in the last place is 2^-25 of a number or more; these keep well below.
    double ratio = o.eps * root * 0x1p-28;
    negligible = ratio * ratio;
    faint = 0x1p-100f;
    unmoved = std::abs(o.lr / correction1) * faint / o.eps * 0x1p28;
  }
};

uint32_t magnitude(float x) { return std::bit_cast<uint32_t>(x) & 0x7fffffff; }

// Below 2^-125 a float is a whole number of 2^-149, and that number is its bits.
constexpr uint32_t TINY = 1 << 24;
bool is_tiny(float x) { return magnitude(x) - 1 < TINY - 1; }
double units(float x) { return static_cast<int32_t>(magnitude(x)); }
float of_units(double units, float sign) {
  uint32_t rounded = static_cast<int32_t>(std::rint(units));
  return std::bit_cast<float>((std::bit_cast<uint32_t>(sign) & 0x80000000) | rounded);
}

// So many elements are copied to the stack at a time: loops of a known length over memory of their
// own are what compilers vectorise.
constexpr int CHUNK = 64;
struct Chunk {
  alignas(64) float x[CHUNK];
  Chunk() = default;
  Chunk(const float* from, int64_t n) {
    if (n < CHUNK) std::fill(x, x + CHUNK, 0.0f);
    n == CHUNK ? copy(x, from, CHUNK) : copy(x, from, n);
  }
  void write(float* to, int64_t n) const { n == CHUNK ? copy(to, x, CHUNK) : copy(to, x, n); }
  // The compiler forgets what it knows of the numbers. It would compute with those that were taken
  // out all the same, since nobody looks at the results.
  void hide() { __asm__ volatile("" : : "r"(x) : "memory"); }
  static void copy(float* to, const float* from, int64_t n) { std::memcpy(to, from, 4 * n); }
};

// lerp_, mul_ and addcmul_; what the root will be taken of goes to `roots`.
FLAMBEAU_CLONES
void averages(int64_t n, const float* param, const float* grad, float* exp_avg, float* exp_avg_sq,
              float* roots, const Numbers& numbers) {
  const Numbers k = numbers;
  for (int64_t at = 0; at < n; at += CHUNK) {
    const int64_t here = std::min<int64_t>(n - at, CHUNK);
    Chunk g(grad + at, here), m(exp_avg + at, here), v(exp_avg_sq + at, here), root;
    for (int i = 0; i < CHUNK; ++i) g.x[i] *= k.gradient_sign;
    if (k.l2 != 0) {
      const Chunk p(param + at, here);
      for (int i = 0; i < CHUNK; ++i) g.x[i] = std::fma(p.x[i], k.l2, g.x[i]);
    }
    uint32_t tiny = 0;
    for (int i = 0; i < CHUNK; ++i) tiny |= is_tiny(m.x[i]) | is_tiny(v.x[i]);
    if (!tiny || !k.weight1_is_coarse) {
      for (int i = 0; i < CHUNK; ++i) {
        m.x[i] = std::fma(k.weight1, g.x[i] - m.x[i], m.x[i]);
        v.x[i] = std::fma(k.weight2 * g.x[i], g.x[i], v.x[i] * k.beta2);
      }
    } else {
      // The tiny ones are taken out, scaled, and put back.
      Chunk m_scaled, v_scaled, m_rest, v_rest;
      for (int i = 0; i < CHUNK; ++i) {
        const double m_units = units(m.x[i]), v_units = units(v.x[i]);
        m_scaled.x[i] = of_units(std::fma(-double(k.weight1), m_units, m_units), m.x[i]);
        v_scaled.x[i] = of_units(double(k.beta2) * v_units, v.x[i]);
      }
      for (int i = 0; i < CHUNK; ++i) {
        m_rest.x[i] = (g.x[i] == 0) & is_tiny(m.x[i]) ? 0 : m.x[i];
        v_rest.x[i] = (g.x[i] == 0) & is_tiny(v.x[i]) ? 0 : v.x[i];
      }
      m_rest.hide();
      v_rest.hide();
      for (int i = 0; i < CHUNK; ++i) {
        const float m_next = std::fma(k.weight1, g.x[i] - m_rest.x[i], m_rest.x[i]);
        const float v_next = std::fma(k.weight2 * g.x[i], g.x[i], v_rest.x[i] * k.beta2);
        m.x[i] = (g.x[i] == 0) & is_tiny(m.x[i]) ? m_scaled.x[i] : m_next;
        v.x[i] = (g.x[i] == 0) & is_tiny(v.x[i]) ? v_scaled.x[i] : v_next;
      }
    }
    for (int i = 0; i < CHUNK; ++i) root.x[i] = v.x[i] < k.negligible ? k.negligible : v.x[i];
    m.write(exp_avg + at, here);
    v.write(exp_avg_sq + at, here);
    root.write(roots + at, here);
  }
}

// div, add_ and addcdiv_.
FLAMBEAU_CLONES
void move(int64_t n, float* __restrict param, const float* __restrict exp_avg,
          const float* __restrict roots, const Numbers& numbers) {
  const Numbers k = numbers;
  for (int64_t i = 0; i < n; ++i) {
    const float denom = roots[i] / k.correction2 + k.eps;
    const float p = param[i] * k.decay;
    const bool stays = (std::abs(exp_avg[i]) < k.faint) & (std::abs(p) > k.unmoved);
    param[i] = p + k.minus_step_size * (stays ? 0 : exp_avg[i]) / denom;
  }
}

// Whether the passes do what these options say: the largest v is not theirs, and from a weight of a
// half on lerp_ has another formula.
bool are_for_the_passes(const AdamOptions& o) {
  return !o.amsgrad && static_cast<float>(1 - o.beta1) < 0.5f;
}

// Whether the passes can go through these tensors as through flat memory.
bool are_flat_floats(const Slot& slot) {
  const Tensor& param = slot.param;
  for (const Tensor* t : {&slot.param, &slot.grad, &slot.exp_avg, &slot.exp_avg_sq}) {
    if (!t->is_cpu() || t->scalar_type() != at::kFloat || t->layout() != at::kStrided) return false;
    if (t->sizes() != param.sizes() || t->strides() != param.strides()) return false;
    if (t->is_neg() || !t->is_non_overlapping_and_dense()) return false;
  }
  return true;
}

// On as many threads as libtorch would take.
void in_two_passes(const Slot& slot, double step, const AdamOptions& o) {
  const Numbers numbers(step, o);
  float* param = slot.param.mutable_data_ptr<float>();
  const float* grad = slot.grad.const_data_ptr<float>();
  float* exp_avg = slot.exp_avg.mutable_data_ptr<float>();
  float* exp_avg_sq = slot.exp_avg_sq.mutable_data_ptr<float>();
  Tensor roots = at::empty({slot.param.numel()}, slot.param.options());
  float* root = roots.mutable_data_ptr<float>();
  in_parallel(roots.numel(), at::internal::GRAIN_SIZE, [&](int64_t i, int64_t end) {
    averages(end - i, param + i, grad + i, exp_avg + i, exp_avg_sq + i, root + i, numbers);
  });
  // libtorch's own root, which now and then is not the nearest float.
  roots.sqrt_();
  in_parallel(roots.numel(), at::internal::GRAIN_SIZE, [&](int64_t i, int64_t end) {
    move(end - i, param + i, exp_avg + i, root + i, numbers);
  });
  // As operations in place do: a graph that has saved one of these refuses to go back over it.
  for (const Tensor* t : {&slot.param, &slot.exp_avg, &slot.exp_avg_sq}) {
    t->unsafeGetTensorImpl()->bump_version();
  }
}

bool same_bits(const Tensor& a, const Tensor& b) {
  return std::memcmp(a.const_data_ptr(), b.const_data_ptr(), a.nbytes()) == 0;
}

// Whether the passes leave the bits of the operations, tried on numbers of all sizes.
bool passes_are_exact() {
  static const bool exact = [] {
    // Not drawn: nobody's random numbers may change by it. Every third has no gradient.
    Tensor x = at::arange(1, 1004, at::kFloat);
    Tensor grad = x.sin() * x.cos().mul(40).exp2() * x.remainder(3).sign();
    Tensor average = (x * 3).sin() * (x * 2).cos().mul(140).exp2();
    for (int variant = 0; variant < 4; ++variant) {
      AdamOptions o{1e-3, 0.9, 0.999, 1e-8, variant ? 1e-2 : 0, false, variant == 1, variant == 2};
      Slot mine{x.cos(), grad, average.clone(), average.abs(), {}};
      Slot theirs{x.cos(), grad, average.clone(), average.abs(), {}};
      for (int step = 1; step <= 3; ++step) {
        in_two_passes(mine, step, o);
        by_operations(theirs, step, o);
      }
      if (!same_bits(mine.param, theirs.param) || !same_bits(mine.exp_avg, theirs.exp_avg) ||
          !same_bits(mine.exp_avg_sq, theirs.exp_avg_sq)) {
        return false;
      }
    }
    return true;
  }();
  return exact;
}

}  // namespace

extern "C" {

char* flambeau_adam(size_t n, Tensor** params, Tensor** exp_avgs, Tensor** exp_avg_sqs,
                    Tensor** max_exp_avg_sqs, Tensor** steps, const AdamOptions* o) {
  return guarded([&] {
    at::NoGradGuard no_grad;
    for (size_t i = 0; i < n; ++i) {
      Slot slot{*params[i], params[i]->grad(), *exp_avgs[i], *exp_avg_sqs[i],
                o->amsgrad ? *max_exp_avg_sqs[i] : Tensor()};
      steps[i]->add_(1);
      double step = steps[i]->item<double>();
      bool passes = are_for_the_passes(*o) && are_flat_floats(slot) && passes_are_exact();
      (passes ? in_two_passes : by_operations)(slot, step, *o);
    }
  });
}

}  // extern "C"
