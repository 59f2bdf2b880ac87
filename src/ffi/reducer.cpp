// What a model that is trained by several processes needs: the Reducer of torch.distributed, and
// functions of autograd that reach across processes.

#include "distributed.h"

#include <torch/csrc/autograd/custom_function.h>
#include <torch/csrc/autograd/engine.h>
#include <torch/csrc/distributed/c10d/logger.hpp>
#include <torch/csrc/distributed/c10d/reducer.hpp>

#include <algorithm>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <unordered_map>

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// As in reducer.rs.
struct ReducerOptions {
  int64_t bucket_bytes_cap, first_bucket_bytes_cap;
  bool find_unused_parameters, gradient_as_bucket_view, static_graph;
  // For the log alone.
  bool forward_sync_buffers, has_sync_batch_norm;
};

struct Reducer {
  c10::intrusive_ptr<c10d::ProcessGroup> group;
  std::shared_ptr<c10d::Reducer> reducer;
  // It goes before the reducer, of which it asks a last question.
  std::shared_ptr<c10d::Logger> logger;
  // Whether the first backward pass of a static graph has begun.
  std::shared_ptr<bool> delayed = std::make_shared<bool>(false);
};

namespace {

// Gradients as numbers of 16 bits on their way: Python's bf16_compress_hook, as c10d has the one
// for fp16.
struct Bf16Compress : c10d::CppCommHookInterface<c10::intrusive_ptr<c10d::ProcessGroup>> {
  using CppCommHookInterface::CppCommHookInterface;

  c10::intrusive_ptr<c10::ivalue::Future> runHook(c10d::GradBucket& bucket) override {
    Tensor buffer = bucket.getBuffer();
    // Divided first, which keeps the sum from growing too large.
    std::vector<Tensor> compressed{buffer.to(at::kBFloat16).div_(state_->getSize())};
    auto sum = state_->allreduce(compressed)->getFuture();
    auto decompress = [buffer](c10::ivalue::Future& sum) {
      auto value = sum.value();
      Tensor result = value.isTensorList() ? value.toTensorVector().at(0) : value.toTensor();
      buffer.copy_(result);
      return c10::IValue(buffer);
    };
    return sum->then(decompress, c10::TensorType::get());
  }
};

// What a hook written in Rust has begun: a collective, or none, and what makes the gradients of it.
struct Hooked {
  c10::intrusive_ptr<c10d::Work>* work;
  // Gives a new tensor, or false and what went wrong, also where the collective did, with these words.
  bool (*finish)(void* context, const char* failed, Tensor** out, std::string* problem);
  void (*release)(void* context);
  void* context;
};

struct Hook {
  bool (*run)(const void* context, const c10d::GradBucket* bucket, Hooked* out, std::string* problem);
  void (*release)(const void* context);
  const void* context;
};

// Frees a context once nobody asks for it any more.
template <class T>
std::shared_ptr<T> owned(const T& with) {
  return {new T(with), [](T* held) {
            held->release(held->context);
            delete held;
          }};
}

struct Closure : c10d::CppCommHookInterface<std::shared_ptr<Hook>> {
  using CppCommHookInterface::CppCommHookInterface;

  c10::intrusive_ptr<c10::ivalue::Future> runHook(c10d::GradBucket& bucket) override {
    Hooked begun{};
    std::string problem;
    if (!state_->run(state_->context, &bucket, &begun, &problem)) throw std::runtime_error(problem);
    auto hooked = owned(begun);
    auto finish = [hooked](const char* failed) -> c10::IValue {
      Tensor* made = nullptr;
      std::string problem;
      if (!hooked->finish(hooked->context, failed, &made, &problem)) throw std::runtime_error(problem);
      return *std::unique_ptr<Tensor>(made);
    };
    if (begun.work) {
      std::unique_ptr<c10::intrusive_ptr<c10d::Work>> work(begun.work);
      auto then = [finish](c10::ivalue::Future& done) {
        return done.hasError() ? finish(done.tryRetrieveErrorMessage().c_str()) : finish(nullptr);
      };
      return (*work)->getFuture()->then(then, c10::TensorType::get());
    }
    std::vector<c10::Device> devices;
    if (bucket.getBuffer().is_cuda()) devices.push_back(bucket.getBuffer().device());
    auto done = c10::make_intrusive<c10::ivalue::Future>(c10::TensorType::get(), devices);
    done->markCompleted(finish(nullptr));
    return done;
  }
};

// The identity, which has the reducer wait to the end of the backward pass where it does not know
// the graph yet: Python's _DDPSink.
struct Sink : torch::autograd::Function<Sink> {
  // The reducer is held weakly, since a graph may outlive it.
  struct State : torch::CustomClassHolder {
    std::weak_ptr<c10d::Reducer> reducer;
    std::shared_ptr<bool> delayed;
    bool static_graph = false;
  };

  static Tensor forward(AutogradContext* context, const Tensor& output,
                        const c10::intrusive_ptr<State>& state) {
    context->set_materialize_grads(false);
    context->saved_data["state"] = c10::IValue::make_capsule(state);
    return output.clone();
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    auto capsule = context->saved_data["state"].toCapsule();
    auto& state = static_cast<State&>(*capsule);
    if (state.static_graph && !*state.delayed) {
      auto reducer = state.reducer.lock();
      TORCH_CHECK(reducer, "the DistributedDataParallel that this was computed by is gone");
      torch::autograd::Engine::get_default_engine().queue_callback(
          [reducer] { reducer->delay_all_reduce(); });
      *state.delayed = true;
    }
    return {gradients[0], Tensor()};
  }
};

// All ranks' tensors, one below the other.
Tensor gathered(const c10::intrusive_ptr<c10d::ProcessGroup>& group, const Tensor& tensor) {
  std::vector<std::vector<Tensor>> lists(1);
  for (int rank = 0; rank < group->getSize(); ++rank) lists[0].push_back(at::empty_like(tensor));
  std::vector<Tensor> own{tensor};
  group->allgather(lists, own)->wait();
  return at::stack(lists[0]);
}

std::vector<int64_t> all_but_channels(const Tensor& input) {
  std::vector<int64_t> dims{0};
  for (int64_t dim = 2; dim < input.dim(); ++dim) dims.push_back(dim);
  return dims;
}

// One number a channel, beside an input's numbers.
Tensor beside(const Tensor& channels, const Tensor& input) {
  std::vector<int64_t> sizes(input.dim(), 1);
  sizes[1] = -1;
  return channels.view(sizes);
}

bool is_channels_last(const Tensor& tensor) {
  return tensor.is_contiguous(at::MemoryFormat::ChannelsLast) ||
         tensor.is_contiguous(at::MemoryFormat::ChannelsLast3d);
}

// The kind that sums over many numbers are had in.
at::ScalarType wide(const Tensor& tensor) {
  bool half = tensor.scalar_type() == at::kHalf || tensor.scalar_type() == at::kBFloat16;
  return half ? at::kFloat : tensor.scalar_type();
}

// Batch normalisation by statistics of all ranks' batches: Python's _functions.SyncBatchNorm. On a
// GPU it calls the kernels that Python calls; they are not there for the CPU, where the same formulas
// are written out.
struct SyncBatchNorm : torch::autograd::Function<SyncBatchNorm> {
  struct State : torch::CustomClassHolder {
    c10::intrusive_ptr<c10d::ProcessGroup> group;
    Tensor mean, invstd, counts;
    double eps = 0;
  };

  static Tensor forward(AutogradContext* context, const Tensor& input,
                        const std::optional<Tensor>& weight, const std::optional<Tensor>& bias,
                        const c10::intrusive_ptr<State>& state) {
    context->save_for_backward({input, weight.value_or(Tensor())});
    context->saved_data["state"] = c10::IValue::make_capsule(state);
    context->saved_data["bias"] = bias.has_value();
    if (input.numel() == 0) return at::empty_like(input);
    if (input.is_cuda()) {
      return at::batch_norm_elemt(input, weight, bias, state->mean, state->invstd, state->eps);
    }
    auto output = (input.to(wide(input)) - beside(state->mean, input)) * beside(state->invstd, input);
    if (weight) output = output * beside(*weight, input);
    if (bias) output = output + beside(*bias, input);
    return output.to(input.scalar_type());
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    auto saved = context->get_saved_variables();
    auto capsule = context->saved_data["state"].toCapsule();
    auto& state = static_cast<State&>(*capsule);
    const auto &input = saved[0], &weight = saved[1];
    auto gradient = is_channels_last(gradients[0]) ? gradients[0] : gradients[0].contiguous();
    auto channels = state.mean.numel();
    auto sum_dy = at::zeros_like(state.mean), sum_dy_xmu = at::zeros_like(state.mean);
    Tensor grad_weight, grad_bias;
    if (input.numel() > 0 && input.is_cuda()) {
      std::tie(sum_dy, sum_dy_xmu, grad_weight, grad_bias) = at::batch_norm_backward_reduce(
          gradient, input, state.mean, state.invstd, weight, true, weight.defined(), weight.defined());
    } else if (input.numel() > 0) {
      auto dy = gradient.to(wide(input));
      auto xmu = input.to(wide(input)) - beside(state.mean, input);
      sum_dy = dy.sum(all_but_channels(input));
      sum_dy_xmu = (dy * xmu).sum(all_but_channels(input));
      grad_weight = sum_dy_xmu * state.invstd;
      grad_bias = sum_dy;
    }
    // All ranks take part, one with an empty batch too.
    std::vector<Tensor> combined{at::cat({sum_dy, sum_dy_xmu})};
    state.group->allreduce(combined)->wait();
    auto sums = combined[0].split(channels);
    Tensor grad_input;
    if (input.numel() > 0 && input.is_cuda()) {
      auto wider = weight.defined() ? weight.to(state.mean.scalar_type()) : weight;
      grad_input = at::batch_norm_backward_elemt(gradient, input, state.mean, state.invstd, wider,
                                                 sums[0], sums[1], state.counts.to(at::kInt));
    } else if (input.numel() > 0) {
      auto n = state.counts.sum();
      auto dy = gradient.to(wide(input)) - beside(sums[0] / n, input);
      auto xmu = input.to(wide(input)) - beside(state.mean, input);
      grad_input = dy - xmu * beside(state.invstd.square() * sums[1] / n, input);
      grad_input = grad_input * beside(state.invstd, input);
      if (weight.defined()) grad_input = grad_input * beside(weight, input);
      grad_input = grad_input.to(input.scalar_type());
    }
    if (!weight.defined()) grad_weight = Tensor();
    if (!context->saved_data["bias"].toBool()) grad_bias = Tensor();
    if (grad_weight.defined()) grad_weight = grad_weight.to(weight.scalar_type());
    if (grad_bias.defined()) grad_bias = grad_bias.to(weight.scalar_type());
    return {grad_input, grad_weight, grad_bias, Tensor()};
  }
};

}  // namespace

extern "C" {

char* flambeau_reducer_new(Group* group, Tensor* const* parameters, size_t n, const bool* sparse,
                           const char* const* names, const char* class_name,
                           const ReducerOptions* options, const size_t* indices,
                           const size_t* lengths, size_t n_buckets, Reducer** out) {
  return guarded([&] {
    std::vector<Tensor> list;
    std::unordered_map<size_t, std::string> named;
    for (size_t i = 0; i < n; ++i) {
      list.push_back(*parameters[i]);
      named[i] = names[i];
    }
    std::vector<bool> expect_sparse(sparse, sparse + n);
    // As Python does: where the order of the gradients is found out by the first step, all are in
    // one bucket until then.
    std::vector<size_t> limits{static_cast<size_t>(INT64_MAX)};
    if (options->find_unused_parameters && !options->static_graph) {
      limits = {static_cast<size_t>(options->bucket_bytes_cap)};
      if (options->first_bucket_bytes_cap < options->bucket_bytes_cap) {
        limits.insert(limits.begin(), static_cast<size_t>(options->first_bucket_bytes_cap));
      }
    }
    std::vector<std::vector<size_t>> buckets;
    for (size_t i = 0; i < n_buckets; indices += lengths[i], ++i) {
      buckets.emplace_back(indices, indices + lengths[i]);
    }
    if (buckets.empty()) {
      buckets = std::get<0>(c10d::compute_bucket_assignment_by_size(list, limits, expect_sparse));
      // Gradients come in about the reverse order of the parameters.
      std::reverse(buckets.begin(), buckets.end());
    }
    auto made = std::make_unique<Reducer>();
    made->group = group->group;
    made->reducer = std::make_shared<c10d::Reducer>(
        list, buckets, group->group, expect_sparse, options->bucket_bytes_cap,
        options->find_unused_parameters, options->gradient_as_bucket_view, named,
        options->first_bucket_bytes_cap, /*skip_all_reduce_unused_params=*/false,
        /*use_python_reducer=*/false, std::vector<int64_t>{});
    made->logger = std::make_shared<c10d::Logger>(made->reducer);
    made->reducer->set_logger(made->logger);
    made->logger->set_construction_data_and_log(class_name, {}, -1, options->forward_sync_buffers,
                                                options->has_sync_batch_norm, options->static_graph);
    if (options->static_graph) {
      made->reducer->set_static_graph();
      made->logger->set_static_graph();
    }
    *out = made.release();
  });
}

void flambeau_reducer_free(Reducer* reducer) { delete reducer; }

// Before a forward pass with gradients, after which there may be a backward pass that syncs.
char* flambeau_reducer_before_forward(Reducer* reducer) {
  return guarded([&] {
    reducer->logger->set_runtime_stats_and_log();
    reducer->reducer->prepare_for_forward();
  });
}

// Before any forward pass with gradients.
char* flambeau_reducer_rebuild_buckets(Reducer* reducer) {
  return guarded([&] { reducer->reducer->rebuild_buckets(); });
}

// After a forward pass whose backward pass syncs: the graph is searched from `outputs`.
char* flambeau_reducer_before_backward(Reducer* reducer, Tensor* const* outputs, size_t n) {
  return guarded([&] {
    std::vector<Tensor> list;
    for (size_t i = 0; i < n; ++i) list.push_back(*outputs[i]);
    reducer->reducer->prepare_for_backward(list);
  });
}

bool flambeau_reducer_has_delayed(const Reducer* reducer) { return *reducer->delayed; }

char* flambeau_reducer_sink(const Reducer* reducer, bool static_graph, const Tensor* output,
                            Tensor** out) {
  return guarded([&] {
    auto state = c10::make_intrusive<Sink::State>();
    state->reducer = reducer->reducer;
    state->delayed = reducer->delayed;
    state->static_graph = static_graph;
    *out = new Tensor(Sink::apply(*output, state));
  });
}

// 0 all_reduce, 1 fp16, 2 bf16.
char* flambeau_reducer_hook(Reducer* reducer, int32_t which) {
  return guarded([&] {
    const char* names[] = {"ALLREDUCE", "FP16_COMPRESS", "bf16_compress_hook"};
    reducer->logger->set_comm_hook(names[which]);
    if (which == 2) {
      reducer->reducer->register_comm_hook(std::make_unique<Bf16Compress>(reducer->group));
    } else {
      reducer->reducer->register_builtin_comm_hook(which == 1
                                                       ? c10d::BuiltinCommHookType::FP16_COMPRESS
                                                       : c10d::BuiltinCommHookType::ALLREDUCE);
    }
  });
}

// Has a function of Rust's send something in the gradients' place.
char* flambeau_reducer_hook_closure(Reducer* reducer, const Hook* hook) {
  return guarded([&] {
    auto held = owned(*hook);
    reducer->logger->set_comm_hook("closure");
    reducer->reducer->register_comm_hook(std::make_unique<Closure>(held));
  });
}

void flambeau_bucket_about(const c10d::GradBucket* bucket, size_t* index, bool* is_last) {
  *index = bucket->getIndex();
  *is_last = bucket->isLast();
}

// A bucket's tensors: 0 its buffer, 1 the gradients in it, 2 their parameters. At most `n` are written,
// and how many there are.
char* flambeau_bucket_tensors(const c10d::GradBucket* bucket, int32_t which, Tensor** out, size_t n,
                              size_t* count) {
  return guarded([&] {
    std::vector<Tensor> tensors = which == 0   ? std::vector{bucket->getBuffer()}
                                  : which == 1 ? bucket->getGradients()
                                               : bucket->getParameters();
    *count = tensors.size();
    if (tensors.size() > n) return;
    for (size_t i = 0; i < tensors.size(); ++i) out[i] = new Tensor(tensors[i]);
  });
}

// This rank is one of those that still have inputs: `work` sums up their number. Gradients are divided by
// it, or by the number of all ranks.
char* flambeau_reducer_expect(Reducer* reducer, const c10::intrusive_ptr<c10d::Work>* work,
                              bool by_all) {
  return guarded([&] { reducer->reducer->set_forward_pass_work_handle(*work, by_all); });
}

char* flambeau_reducer_joins(Reducer* reducer) {
  return guarded([&] { reducer->logger->set_uneven_input_join(); });
}

// What a backward pass of the others needs of a rank that has no inputs left: zeros for each bucket.
char* flambeau_reducer_shadow(Reducer* reducer, bool find_unused_parameters) {
  return guarded([&] {
    std::vector<c10::intrusive_ptr<c10::ivalue::Future>> begun;
    for (auto& bucket : reducer->reducer->get_grad_buckets(/*return_zero_tensors=*/true)) {
      begun.push_back(reducer->reducer->run_comm_hook(bucket));
    }
    for (auto& future : begun) {
      future->wait();
      if (future->hasError()) std::rethrow_exception(future->exception_ptr());
    }
    if (find_unused_parameters) {
      std::vector<Tensor> used{reducer->reducer->get_local_used_map_on_device()};
      reducer->group->allreduce(used)->wait();
    }
    reducer->reducer->push_rebuilt_params_for_all_indices();
  });
}

// Of which steps the log keeps times: of the first ten and each `rate`th.
char* flambeau_reducer_sample(Reducer* reducer, int rate) {
  return guarded([&] { reducer->reducer->set_ddp_runtime_logging_sample_rate(rate); });
}

// The numbers in c10d's log, as lines of a name and a number; the text is the caller's to free.
char* flambeau_reducer_log(Reducer* reducer, char** out) {
  return guarded([&] {
    std::string lines;
    for (auto& [name, number] : reducer->logger->get_ddp_logging_data().ints_map) {
      lines += name + ' ' + std::to_string(number) + '\n';
    }
    *out = strdup(lines.c_str());
  });
}

// The bytes of each bucket, at most `n`, and how many buckets there are.
char* flambeau_reducer_bucket_sizes(const Reducer* reducer, int64_t* out, size_t n, size_t* count) {
  return guarded([&] {
    auto sizes = reducer->logger->get_bucket_sizes();
    *count = sizes.size();
    std::copy_n(sizes.begin(), std::min(n, sizes.size()), out);
  });
}

// The numbers of the parameters in each bucket, one bucket after the other, and how many are in each. All
// ranks call it: where the first step has told another order, it is taken over now, and not before the
// next step.
char* flambeau_reducer_buckets(const Reducer* reducer, size_t* indices, size_t* lengths, size_t n,
                               size_t* n_buckets) {
  return guarded([&] {
    reducer->reducer->rebuild_buckets();
    auto buckets = reducer->logger->get_per_bucket_variable_indices();
    *n_buckets = buckets.size();
    for (const auto& bucket : buckets) {
      TORCH_INTERNAL_ASSERT(bucket.size() <= n);
      n -= bucket.size();
      indices = std::copy(bucket.begin(), bucket.end(), indices);
      *lengths++ = bucket.size();
    }
  });
}

// Batch normalisation in training over all ranks' batches. The running statistics may be null.
char* flambeau_sync_batch_norm(Group* group, const Tensor* input, const Tensor* weight,
                               const Tensor* bias, Tensor* running_mean, Tensor* running_var,
                               double momentum, double eps, Tensor** out) {
  return guarded([&] {
    auto state = c10::make_intrusive<SyncBatchNorm::State>();
    state->group = group->group;
    state->eps = eps;
    auto x = is_channels_last(*input) ? *input : input->contiguous();
    auto channels = x.size(1);
    {
      at::NoGradGuard no_grad;
      auto values = x.detach();
      auto kind = values.options().dtype(wide(values));
      auto own = at::zeros({2 * channels + 1}, kind);
      if (values.numel() > 0) {
        auto count = at::full({1}, values.numel() / channels, kind);
        if (values.is_cuda()) {
          auto [mean, invstd] = at::batch_norm_stats(values, eps);
          own = at::cat({mean, invstd, count});
        } else {
          auto [var, mean] = at::var_mean(values.to(wide(values)), all_but_channels(values), /*correction=*/at::Scalar(0));
          own = at::cat({mean, var, count});
        }
      }
      auto all = gathered(group->group, own);
      // Empty batches have no statistics.
      all = all.index({std::optional<Tensor>(all.select(1, 2 * channels) >= 1)});
      auto means = all.narrow(1, 0, channels), spreads = all.narrow(1, channels, channels);
      state->counts = all.select(1, 2 * channels);
      auto total = state->counts.sum();
      TORCH_CHECK(total.item<double>() > 1,
                  "Expected more than 1 value per channel when training, got input size ", x.sizes());
      if (values.is_cuda()) {
        auto counts = running_mean ? state->counts.to(running_mean->scalar_type()) : state->counts;
        std::tie(state->mean, state->invstd) = at::batch_norm_gather_stats_with_counts(
            values, means, spreads, running_mean ? std::optional(*running_mean) : std::nullopt,
            running_var ? std::optional(*running_var) : std::nullopt, momentum, eps, counts);
      } else {
        auto shares = (state->counts / total).unsqueeze(1);
        state->mean = (means * shares).sum(0);
        auto var = ((spreads + (means - state->mean).square()) * shares).sum(0);
        state->invstd = (var + eps).rsqrt();
        if (running_mean) running_mean->mul_(1 - momentum).add_(state->mean, momentum);
        if (running_var) running_var->mul_(1 - momentum).add_(var * (total / (total - 1)), momentum);
      }
    }
    auto given = [](const Tensor* tensor) {
      return tensor ? std::optional<Tensor>(*tensor) : std::nullopt;
    };
    *out = new Tensor(SyncBatchNorm::apply(x, given(weight), given(bias), state));
  });
}
}
