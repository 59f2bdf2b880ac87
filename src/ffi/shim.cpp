// The entry points of libtorch that tch leaves out, as plain C functions.
//
// Each returns null when all went well, else the text of the C++ exception, which the caller
// frees with flambeau_free: exceptions must not cross into Rust. A tensor is what tch hands
// around, a pointer to an at::Tensor; one that is returned belongs to the caller.

#include "shim.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/DistributionsHelper.h>
#include <ATen/Parallel.h>
#include <ATen/autocast_mode.h>
#include <ATen/core/grad_mode.h>
#include <c10/util/Logging.h>
#include <torch/version.h>

#include <dlfcn.h>
#include <fcntl.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <unistd.h>

#include <cmath>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <initializer_list>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using at::Tensor;

namespace {

// CUDA lives in a library of its own. The linker drops it from our programs, since none of its
// symbols is used by name, so it is opened here when the machine has an NVIDIA driver; without
// one it would cost every start 0.1 s and 400 MB. libtorch remembers the first answer to "is
// there CUDA?", therefore this runs before main.
__attribute__((constructor)) void load_cuda_where_there_is_a_driver() {
  if (!dlopen("libcuda.so.1", RTLD_LAZY)) return;
  Dl_info torch_cpu;
  if (!dladdr(reinterpret_cast<void*>(&at::detail::getDefaultCPUGenerator), &torch_cpu)) return;
  std::string path = torch_cpu.dli_fname;
  path.replace(path.rfind('/') + 1, std::string::npos, "libtorch_cuda.so");
  dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL);
}

// An error of libtorch's is told by its message, as in Python: without the C++ calls that led to it,
// unless they are asked for by the variable that Python reads.
__attribute__((constructor)) void leave_out_cpp_calls() {
  const char* shown = std::getenv("TORCH_SHOW_CPP_STACKTRACES");
  if (shown && std::strcmp(shown, "1") == 0) return;
  c10::SetStackTraceFetcher([]() -> std::string { return {}; });
}

at::Generator generator_or_default(const at::Generator* generator) {
  return generator ? *generator : at::detail::getDefaultCPUGenerator();
}

FLAMBEAU_CLONES
void look_up(int64_t n, const uint8_t* __restrict bytes, const float* __restrict table,
             float* __restrict out) {
  for (int64_t i = 0; i < n; ++i) out[i] = table[bytes[i]];
}

// Tensors of one device and kind, which is what a fused kernel takes at a time.
struct Group {
  std::vector<Tensor> params, grads, first, second, max_second, steps;
};

// The fused kernels do not look at sizes: where one were smaller, they would write past its end.
void check_sizes(const Group& group) {
  for (auto* list : {&group.grads, &group.first, &group.second, &group.max_second}) {
    for (size_t i = 0; i < list->size(); ++i) {
      auto size = (*list)[i].sizes(), expected = group.params[i].sizes();
      TORCH_CHECK(size == expected, "the parameter is of size ", expected,
                  ", but what is kept of it, or its gradient, is of size ", size);
    }
  }
}

std::vector<Group> group_by_device_and_kind(size_t n, Tensor** params,
                                            const std::function<void(Group&, size_t)>& add) {
  std::vector<std::pair<std::pair<at::Device, at::ScalarType>, Group>> groups;
  for (size_t i = 0; i < n; ++i) {
    std::pair<at::Device, at::ScalarType> key{params[i]->device(), params[i]->scalar_type()};
    size_t k = 0;
    while (k < groups.size() && groups[k].first != key) ++k;
    if (k == groups.size()) groups.push_back({key, {}});
    add(groups[k].second, i);
  }
  std::vector<Group> result;
  for (auto& group : groups) {
    check_sizes(group.second);
    result.push_back(std::move(group.second));
  }
  return result;
}

}  // namespace

extern "C" {

void flambeau_free(char* text) { free(text); }

// A program whose output is closed (`… | head`) ends, as all others do; Rust's default is an error
// at the next print.
void flambeau_end_when_output_closes() { signal(SIGPIPE, SIG_DFL); }

// What the process prints from now on goes nowhere.
void flambeau_mute_output() {
  int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (nowhere >= 0) {
    dup2(nowhere, STDOUT_FILENO);
    close(nowhere);
  }
}

// A file that becomes longer than `ulimit -f` allows is an error like a full disk, as in Python, and does
// not end the process.
void flambeau_bear_file_size_limit() {
  struct sigaction action;
  if (sigaction(SIGXFSZ, nullptr, &action) == 0 && action.sa_handler == SIG_DFL) {
    signal(SIGXFSZ, SIG_IGN);
  }
}

// libtorch's version, as torch.__version__ begins.
const char* flambeau_torch_version() { return TORCH_VERSION; }

// Ends the process without tidying up: what libtorch would tear down may still be computing.
void flambeau_exit_now(int code) { _exit(code); }

// Has an ordinary exit end the process so too, before anything that was there at this call is torn down.
void flambeau_exit_untidily() {
#ifdef __GLIBC__
  static std::once_flag once;
  std::call_once(once, [] {
    on_exit(
        [](int code, void*) {
          fflush(nullptr);
          _exit(code);
        },
        nullptr);
  });
#endif
}

// ---- Random numbers ------------------------------------------------------------------------
// libtorch locks a generator when it draws; to read or set its state is the caller's to lock.

// The default generator of a CUDA device.
char* flambeau_generator_cuda(int32_t index, at::Generator** out) {
  return guarded([&] {
    at::Device device(at::kCUDA, static_cast<at::DeviceIndex>(index));
    *out = new at::Generator(at::globalContext().defaultGenerator(device));
  });
}

char* flambeau_get_rng_state(const at::Generator* generator, Tensor** out) {
  return guarded([&] {
    at::Generator source = generator_or_default(generator);
    std::lock_guard<std::mutex> lock(source.mutex());
    *out = new Tensor(source.get_state());
  });
}

char* flambeau_set_rng_state(const at::Generator* generator, const Tensor* state) {
  return guarded([&] {
    at::Generator source = generator_or_default(generator);
    std::lock_guard<std::mutex> lock(source.mutex());
    source.set_state(*state);
  });
}

char* flambeau_generator_new(uint64_t seed, at::Generator** out) {
  return guarded([&] {
    *out = new at::Generator(at::make_generator<at::CPUGeneratorImpl>(seed));
  });
}

// A generator of its own that will draw the same.
char* flambeau_generator_clone(const at::Generator* generator, at::Generator** out) {
  return guarded([&] {
    at::Generator source = generator_or_default(generator);
    std::lock_guard<std::mutex> lock(source.mutex());
    *out = new at::Generator(source.clone());
  });
}

// Whether both will draw the same. It tells in a tenth of the time that a state takes to be had.
char* flambeau_generator_same(const at::Generator* generator, const at::Generator* copy, bool* out) {
  return guarded([&] {
    at::Generator source = generator_or_default(generator);
    std::lock_guard<std::mutex> lock(source.mutex());
    auto* a = at::check_generator<at::CPUGeneratorImpl>(source);
    auto* b = at::check_generator<at::CPUGeneratorImpl>(*copy);
    auto one = a->engine().data(), other = b->engine().data();
    *out = one.seed_ == other.seed_ && one.left_ == other.left_ && one.seeded_ == other.seeded_ &&
           one.next_ == other.next_ && one.state_ == other.state_ &&
           a->next_float_normal_sample() == b->next_float_normal_sample() &&
           a->next_double_normal_sample() == b->next_double_normal_sample();
  });
}

void flambeau_generator_free(at::Generator* generator) { delete generator; }

char* flambeau_generator_seed(at::Generator* generator, uint64_t seed) {
  return guarded([&] {
    std::lock_guard<std::mutex> lock(generator->mutex());
    generator->set_current_seed(seed);
  });
}

// torch.empty((), dtype=torch.int64).random_(generator=…).item()
char* flambeau_random_int64(const at::Generator* generator, int64_t* out) {
  return guarded([&] {
    *out = at::empty({}, at::kLong).random_(generator_or_default(generator)).item<int64_t>();
  });
}

// torch.randperm(n, generator=…), written to out[0..n]
char* flambeau_randperm(const at::Generator* generator, int64_t n, int64_t* out) {
  return guarded([&] {
    Tensor order = at::from_blob(out, {n}, at::kLong);
    at::randperm_out(order, n, generator_or_default(generator));
  });
}

char* flambeau_uniform(const at::Generator* generator, const Tensor* tensor, double from, double to) {
  return guarded([&] {
    Tensor same = *tensor;
    same.uniform_(from, to, generator_or_default(generator));
  });
}

char* flambeau_normal(const at::Generator* generator, const Tensor* tensor, double mean, double std) {
  return guarded([&] {
    Tensor same = *tensor;
    same.normal_(mean, std, generator_or_default(generator));
  });
}

// torch.randint(from, to, sizes, generator=…), into a tensor of whole numbers
char* flambeau_random_between(const at::Generator* generator, const Tensor* tensor, int64_t from, int64_t to) {
  return guarded([&] {
    Tensor same = *tensor;
    same.random_(from, to, generator_or_default(generator));
  });
}

// torch.multinomial(weights, n, replacement, generator=…), written to out[0..n]
char* flambeau_multinomial(const at::Generator* generator, const Tensor* weights, int64_t n, bool replacement, int64_t* out) {
  return guarded([&] {
    Tensor chosen = at::multinomial(*weights, n, replacement, generator_or_default(generator));
    std::memcpy(out, chosen.const_data_ptr<int64_t>(), n * sizeof(int64_t));
  });
}

// torch.empty(1).uniform_(from, to).item(). From 0 to 1 nothing is rounded after the draw, which is
// then done here; to another range libtorch's kernel brings the number, with its own rounding.
char* flambeau_draw_uniform(const at::Generator* generator, double from, double to, float* out) {
  return guarded([&] {
    if (from != 0 || to != 1) {
      *out = at::empty({1}).uniform_(from, to, generator_or_default(generator)).item<float>();
      return;
    }
    auto source = at::check_generator<at::CPUGeneratorImpl>(generator_or_default(generator));
    std::lock_guard<std::mutex> lock(source->mutex_);
    *out = at::uniform_real_distribution<float>(0, 1)(source);
  });
}

// torch.randint(high, (1,)).item(), likewise
char* flambeau_draw_below(const at::Generator* generator, int64_t high, int64_t* out) {
  return guarded([&] {
    auto source = at::check_generator<at::CPUGeneratorImpl>(generator_or_default(generator));
    std::lock_guard<std::mutex> lock(source->mutex_);
    at::uniform_int_from_to_distribution<int64_t> below(high, 0);
    *out = below(source);
  });
}

// ---- Images of bytes -----------------------------------------------------------------------

// Where the bytes lie, if they lie one after another on the CPU; else null.
const uint8_t* flambeau_bytes(const Tensor* tensor) {
  bool lie = tensor->is_cpu() && tensor->scalar_type() == at::kByte &&
             tensor->layout() == at::kStrided && tensor->is_contiguous() && tensor->numel() > 0;
  return lie ? static_cast<const uint8_t*>(tensor->const_data_ptr()) : nullptr;
}

char* flambeau_look_up(int64_t channels, int64_t plane, int64_t images, const uint8_t* bytes,
                       const float* table, const Tensor* output, int64_t first) {
  return guarded([&] {
    float* out = static_cast<float*>(output->mutable_data_ptr()) + first * channels * plane;
    for (int64_t i = 0; i < images * channels; ++i) {
      look_up(plane, bytes + i * plane, table + i % channels * 256, out + i * plane);
    }
  });
}

// ---- Threads -------------------------------------------------------------------------------

// From now on the calling thread computes alone. libtorch's own set_num_threads would set the
// number for the threads that start later as well; OpenMP's is for this thread only, once libtorch
// has done its first setting.
char* flambeau_compute_alone() {
  return guarded([] {
    at::get_num_threads();
    auto set = reinterpret_cast<void (*)(int)>(dlsym(RTLD_DEFAULT, "omp_set_num_threads"));
    if (set) set(1);
  });
}

// ---- Gradients and identity ----------------------------------------------------------------

char* flambeau_clear_grads(size_t n, Tensor** tensors) {
  return guarded([&] {
    for (size_t i = 0; i < n; ++i) tensors[i]->mutable_grad().reset();
  });
}

char* flambeau_set_grad(Tensor* tensor, const Tensor* grad) {
  return guarded([&] { tensor->mutable_grad() = *grad; });
}

// 0 where there is no gradient, 1 where it is dense, 2 where it is sparse.
char* flambeau_gradients(size_t n, Tensor** tensors, uint8_t* out) {
  return guarded([&] {
    for (size_t i = 0; i < n; ++i) {
      const Tensor& grad = tensors[i]->grad();
      out[i] = !grad.defined() ? 0 : grad.is_sparse() ? 2 : 1;
    }
  });
}

// Two handles of one tensor share this address.
const void* flambeau_identity(const Tensor* tensor) { return tensor->unsafeGetTensorImpl(); }

bool flambeau_grad_is_enabled() { return at::GradMode::is_enabled(); }

// ---- Sequences of different lengths --------------------------------------------------------

char* flambeau_nested_from_mask(const Tensor* x, const Tensor* mask, Tensor** out) {
  return guarded([&] { *out = new Tensor(at::_nested_tensor_from_mask(*x, *mask, false)); });
}

char* flambeau_is_left_aligned(const Tensor* x, const Tensor* mask, bool* out) {
  return guarded([&] { *out = at::_nested_tensor_from_mask_left_aligned(*x, *mask); });
}

// ---- Functions whose numbers tch leaves out ----------------------------------------------

// `which` is the place in the Rust side's enum.
char* flambeau_activation(int which, const Tensor* x, double a, double b, bool training,
                          bool in_place, Tensor** out) {
  return guarded([&] {
    *out = new Tensor([&]() -> Tensor {
      Tensor same = *x;
      if (in_place) switch (which) {
        case 0: return at::hardtanh_(same, a, b);
        case 1: return at::elu_(same, a);
        case 2: return at::celu_(same, a);
        case 5: return at::leaky_relu_(same, a);
        case 7: return at::rrelu_(same, a, b, training);
        default: throw std::invalid_argument("no such activation in place");
      }
      switch (which) {
        case 0: return at::hardtanh(*x, a, b);
        case 1: return at::elu(*x, a);
        case 2: return at::celu(*x, a);
        case 3: return at::hardshrink(*x, a);
        case 4: return at::softshrink(*x, a);
        case 5: return at::leaky_relu(*x, a);
        case 6: return at::softplus(*x, a, b);
        case 7: return at::rrelu(*x, a, b, training);
        default: throw std::invalid_argument("no such activation");
      }
    }());
  });
}

char* flambeau_multi_margin_loss(const Tensor* x, const Tensor* target, int64_t p, double margin,
                                 const Tensor* weight, int64_t reduction, Tensor** out) {
  return guarded([&] {
    std::optional<Tensor> weights = weight ? std::optional<Tensor>(*weight) : std::nullopt;
    *out = new Tensor(at::multi_margin_loss(*x, *target, p, margin, weights, reduction));
  });
}

// ---- torch.optim.Adam, AdamW and Adagrad, fused --------------------------------------------

// What torch.amp.GradScaler hands to a fused kernel, which then divides the gradients by the scale,
// and does nothing where one was found that is not finite. Each may be null.
struct Scaling {
  const Tensor *grad_scale, *found_inf;

  static std::optional<Tensor> on(at::Device device, const Tensor* tensor) {
    return tensor ? std::optional(tensor->to(device, tensor->scalar_type(), true)) : std::nullopt;
  }
};

// A step that was none is not counted.
void count_back(const std::vector<Tensor>& steps, const std::optional<Tensor>& found_inf) {
  if (found_inf) at::_foreach_sub_(steps, std::vector<Tensor>(steps.size(), *found_inf));
}

struct AdagradOptions {
  double lr, lr_decay, weight_decay, eps;
  bool maximize;
};

char* flambeau_fused_adam(size_t n, Tensor** params, Tensor** exp_avgs, Tensor** exp_avg_sqs,
                          Tensor** max_exp_avg_sqs, Tensor** steps, const AdamOptions* o,
                          Scaling scaling) {
  return guarded([&] {
    at::NoGradGuard no_grad;
    auto groups = group_by_device_and_kind(n, params, [&](Group& group, size_t i) {
      group.params.push_back(*params[i]);
      group.grads.push_back(params[i]->grad());
      group.first.push_back(*exp_avgs[i]);
      group.second.push_back(*exp_avg_sqs[i]);
      if (o->amsgrad) group.max_second.push_back(*max_exp_avg_sqs[i]);
      group.steps.push_back(*steps[i]);
    });
    for (auto& g : groups) {
      auto grad_scale = Scaling::on(g.params[0].device(), scaling.grad_scale);
      auto found_inf = Scaling::on(g.params[0].device(), scaling.found_inf);
      at::_foreach_add_(g.steps, 1);
      auto step = [&](auto kernel) {
        kernel(g.params, g.grads, g.first, g.second, g.max_second, g.steps, o->lr, o->beta1,
               o->beta2, o->weight_decay, o->eps, o->amsgrad, o->maximize, grad_scale, found_inf);
      };
      using Kernel = void (*)(at::TensorList, at::TensorList, at::TensorList, at::TensorList,
                              at::TensorList, at::TensorList, double, double, double, double,
                              double, bool, bool, const std::optional<Tensor>&,
                              const std::optional<Tensor>&);
      step(o->decoupled ? Kernel(at::_fused_adamw_) : Kernel(at::_fused_adam_));
      count_back(g.steps, found_inf);
    }
  });
}

char* flambeau_fused_adagrad(size_t n, Tensor** params, Tensor** sums, Tensor** steps,
                             const AdagradOptions* o, Scaling scaling) {
  return guarded([&] {
    at::NoGradGuard no_grad;
    auto groups = group_by_device_and_kind(n, params, [&](Group& group, size_t i) {
      group.params.push_back(*params[i]);
      group.grads.push_back(params[i]->grad());
      group.first.push_back(*sums[i]);
      group.steps.push_back(*steps[i]);
    });
    for (auto& g : groups) {
      auto grad_scale = Scaling::on(g.params[0].device(), scaling.grad_scale);
      auto found_inf = Scaling::on(g.params[0].device(), scaling.found_inf);
      at::_foreach_add_(g.steps, 1);
      at::_fused_adagrad_(g.params, g.grads, g.first, g.steps, o->lr, o->lr_decay,
                          o->weight_decay, o->eps, o->maximize, grad_scale, found_inf);
      count_back(g.steps, found_inf);
    }
  });
}

char* flambeau_add(const Tensor* x, const Tensor* other, double alpha, bool in_place,
                   Tensor** out) {
  return guarded([&] {
    Tensor same = *x;
    *out = new Tensor(in_place ? same.add_(*other, alpha) : same.add(*other, alpha));
  });
}

char* flambeau_addc(bool divide, const Tensor* x, const Tensor* a, const Tensor* b, double value,
                    bool in_place, Tensor** out) {
  return guarded([&] {
    Tensor same = *x;
    if (divide) {
      *out = new Tensor(in_place ? same.addcdiv_(*a, *b, value) : same.addcdiv(*a, *b, value));
    } else {
      *out = new Tensor(in_place ? same.addcmul_(*a, *b, value) : same.addcmul(*a, *b, value));
    }
  });
}

char* flambeau_addmm(const Tensor* x, const Tensor* a, const Tensor* b, double beta, double alpha,
                     Tensor** out) {
  return guarded([&] { *out = new Tensor(at::addmm(*x, *a, *b, beta, alpha)); });
}

// ---- torch.optim.SGD -----------------------------------------------------------------------

struct SgdOptions {
  double lr, momentum, dampening, weight_decay;
  bool nesterov, maximize;
};

// _single_tensor_sgd. With momentum, an undefined buffer is one that has not begun yet: it
// becomes the gradient.
char* flambeau_sgd(size_t n, Tensor** params, Tensor** buffers, const SgdOptions* o) {
  return guarded([&] {
    at::NoGradGuard no_grad;
    for (size_t i = 0; i < n; ++i) {
      Tensor grad = o->maximize ? params[i]->grad().neg() : params[i]->grad();
      if (o->weight_decay != 0) grad = grad.add(*params[i], o->weight_decay);
      if (o->momentum != 0) {
        if (buffers[i]->defined()) {
          buffers[i]->mul_(o->momentum).add_(grad, 1 - o->dampening);
        } else {
          *buffers[i] = grad.detach().clone();
        }
        grad = o->nesterov ? grad.add(*buffers[i], o->momentum) : *buffers[i];
      }
      params[i]->add_(grad, -o->lr);
    }
  });
}

// The kernel takes buffers that have all begun, or none: those that begin now go by themselves.
char* flambeau_fused_sgd(size_t n, Tensor** params, Tensor** buffers, const SgdOptions* o,
                         Scaling scaling) {
  return guarded([&] {
    at::NoGradGuard no_grad;
    std::vector<bool> begins(n);
    for (size_t i = 0; i < n; ++i) begins[i] = o->momentum != 0 && !buffers[i]->defined();
    for (bool first_step : {true, false}) {
      auto groups = group_by_device_and_kind(n, params, [&](Group& group, size_t i) {
        if (begins[i] != first_step) return;
        group.params.push_back(*params[i]);
        group.grads.push_back(params[i]->grad());
        if (o->momentum == 0) return;
        if (first_step) *buffers[i] = at::empty_like(params[i]->grad());
        group.first.push_back(*buffers[i]);
      });
      for (auto& g : groups) {
        if (g.params.empty()) continue;
        at::_fused_sgd_(g.params, g.grads, g.first, o->weight_decay, o->momentum, o->lr,
                        o->dampening, o->nesterov, o->maximize, first_step,
                        Scaling::on(g.params[0].device(), scaling.grad_scale),
                        Scaling::on(g.params[0].device(), scaling.found_inf));
      }
    }
  });
}

// ---- torch.amp.GradScaler ------------------------------------------------------------------

// Multiplies the gradients, of one device and kind, by `inv_scale`, and sets `found_inf` to 1 where
// a number in them is not finite.
char* flambeau_unscale(size_t n, Tensor** grads, Tensor* found_inf, const Tensor* inv_scale) {
  return guarded([&] {
    std::vector<Tensor> list;
    for (size_t i = 0; i < n; ++i) list.push_back(*grads[i]);
    at::_amp_foreach_non_finite_check_and_unscale_(list, *found_inf, *inv_scale);
  });
}

// ---- torch.autocast ------------------------------------------------------------------------
// All of it is the calling thread's own.

struct Autocast {
  int device, kind;
  bool enabled, cache_enabled;
};

char* flambeau_autocast_state(int device, Autocast* out) {
  return guarded([&] {
    auto type = static_cast<at::DeviceType>(device);
    *out = {device, static_cast<int>(at::autocast::get_autocast_dtype(type)),
            at::autocast::is_autocast_enabled(type), at::autocast::is_autocast_cache_enabled()};
  });
}

// autocast.__enter__ and __exit__: the cache of cast weights is dropped as the outermost one ends.
char* flambeau_autocast_set(const Autocast* state, bool enter) {
  return guarded([&] {
    auto type = static_cast<at::DeviceType>(state->device);
    if (enter) at::autocast::increment_nesting();
    else if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
    at::autocast::set_autocast_enabled(type, state->enabled);
    at::autocast::set_autocast_dtype(type, static_cast<at::ScalarType>(state->kind));
    at::autocast::set_autocast_cache_enabled(state->cache_enabled);
  });
}

// ---- torch.memory_format -------------------------------------------------------------------

char* flambeau_to_memory_format(const Tensor* x, int format, Tensor** out) {
  return guarded([&] {
    *out = new Tensor(x->to(x->options(), false, false, static_cast<at::MemoryFormat>(format)));
  });
}

char* flambeau_is_contiguous(const Tensor* x, int format, bool* out) {
  return guarded([&] { *out = x->is_contiguous(static_cast<at::MemoryFormat>(format)); });
}

// ---- Memory --------------------------------------------------------------------------------

// glibc gives large blocks back to the system when they are freed, and mimalloc does after a pause.
// The next step's then come as pages that the kernel has to find and to clear.

#ifdef __ELF__
// mimalloc's, where the program has it; option 15 is in how many milliseconds it gives memory back.
extern __attribute__((weak)) void mi_option_set(int option, long value);
#endif

void flambeau_keep_memory() {
#ifdef __GLIBC__
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, -1);
#endif
#ifdef __ELF__
  constexpr int mi_option_purge_delay = 15;
  if (mi_option_set) mi_option_set(mi_option_purge_delay, -1);
#endif
}

}  // extern "C"
