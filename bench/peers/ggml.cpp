// ggml's product of low-bit weights and binary32 activations, which it quantises inside the call. One thread.
#include <ggml-alloc.h>
#include <ggml-backend.h>
#include <ggml-cpu.h>
#include <ggml.h>

#include <cstdio>
#include <cstring>
#include <sys/mman.h>
#include <vector>

#include "plan.h"

PEER_API const char* peer_version() {
    static char text[64];
    snprintf(text, sizeof text, "ggml %s", ggml_version());
    return text;
}

namespace {
ggml_type type_of(const char* name) {
    for (int i = 0; i < GGML_TYPE_COUNT; i++) {
        const char* known = ggml_type_name(static_cast<ggml_type>(i));
        if (known && strcmp(known, name) == 0) return static_cast<ggml_type>(i);
    }
    return GGML_TYPE_COUNT;
}

// The order of weights that the library makes for this processor, where it has one.
ggml_backend_buffer_type_t repacked() {
    ggml_backend_reg_t reg = ggml_backend_cpu_reg();
    auto extra = reinterpret_cast<ggml_backend_dev_get_extra_bufts_t>(ggml_backend_reg_get_proc_address(reg, "ggml_backend_dev_get_extra_bufts"));
    if (!extra) return nullptr;
    for (ggml_backend_buffer_type_t* type = extra(ggml_backend_reg_dev_get(reg, 0)); type && *type; type++)
        if (strstr(ggml_backend_buft_name(*type), "REPACK")) return *type;
    return nullptr;
}

// The library takes small pages, and weights from memory then cost a page walk for each 4 KB, which under some hypervisors takes longer than reading what is there. Ours lie on huge pages; asked for before the memory is written, the library's own do
// as well. A refusal is no error.
void on_huge_pages(void* start, size_t bytes) {
    const size_t page = 2 << 20;
    size_t first = (reinterpret_cast<size_t>(start) + page - 1) / page * page, last = (reinterpret_cast<size_t>(start) + bytes) / page * page;
    if (first < last) madvise(reinterpret_cast<void*>(first), last - first, MADV_HUGEPAGE);
}

struct Matvec final : Plan {
    ggml_backend_t backend = ggml_backend_cpu_init();
    std::vector<ggml_context*> contexts;
    std::vector<ggml_backend_buffer_t> buffers;
    std::vector<ggml_cgraph*> graphs;
    std::vector<ggml_tensor*> results;
    float* y;
    size_t bytes, next = 0;

    explicit Matvec(float* y, size_t bytes) : y(y), bytes(bytes) { ggml_backend_cpu_set_n_threads(backend, 1); }

    ggml_context* context(size_t size) {
        contexts.push_back(ggml_init({size, nullptr, true}));
        return contexts.back();
    }

    // All copies lie in one buffer: of one of its own each would have its first and last page small.
    bool prepare(ggml_type type, ggml_backend_buffer_type_t order, const void* packed, long rows, long depth, long tokens, long copies, const float* x) {
        ggml_context* all = context(copies * ggml_tensor_overhead());
        std::vector<ggml_tensor*> weights;
        for (long i = 0; i < copies; i++) weights.push_back(ggml_new_tensor_2d(all, type, depth, rows));
        ggml_backend_buffer_t buffer = ggml_backend_alloc_ctx_tensors_from_buft(all, order);
        if (!buffer) return false;
        buffers.push_back(buffer);
        on_huge_pages(ggml_backend_buffer_get_base(buffer), ggml_backend_buffer_get_size(buffer));
        for (ggml_tensor* w : weights) {
            ggml_backend_tensor_set(w, packed, 0, ggml_nbytes(w));
            if (!add(w, depth, tokens, x)) return false;
        }
        return true;
    }

    bool add(ggml_tensor* w, long depth, long tokens, const float* x) {
        ggml_context* rest = context(1 << 20);
        ggml_tensor* input = ggml_new_tensor_2d(rest, GGML_TYPE_F32, depth, tokens);
        ggml_tensor* product = ggml_mul_mat(rest, w, input);
        buffers.push_back(ggml_backend_alloc_ctx_tensors(rest, backend));
        ggml_backend_tensor_set(input, x, 0, ggml_nbytes(input));
        if (!ggml_backend_supports_op(backend, product)) return false;
        ggml_cgraph* graph = ggml_new_graph(rest);
        ggml_build_forward_expand(graph, product);
        graphs.push_back(graph);
        results.push_back(product);
        return true;
    }

    void run() override {
        ggml_backend_graph_compute(backend, graphs[next]);
        if (next == 0) memcpy(y, results[0]->data, bytes);
        next = (next + 1) % graphs.size();
    }

    ~Matvec() override {
        for (ggml_backend_buffer_t buffer : buffers) ggml_backend_buffer_free(buffer);
        for (ggml_context* context : contexts) ggml_free(context);
        ggml_backend_free(backend);
    }
};
}  // namespace

// Y (tokens x rows) = X (tokens x depth) * W' with W (rows x depth) in a format of ggml, in as many copies as are given, which take turns.
PEER_API Plan* low_bit_create(const char* format, int packed, long rows, long depth, long tokens, long copies, const float* w, const float* x, float* y) {
    ggml_log_set([](ggml_log_level, const char*, void*) {}, nullptr);
    ggml_type type = type_of(format);
    if (type == GGML_TYPE_COUNT || depth % ggml_blck_size(type) != 0) return nullptr;
    ggml_backend_buffer_type_t order = packed ? repacked() : ggml_backend_cpu_buffer_type();
    if (!order) return nullptr;
    std::vector<char> quantised(ggml_row_size(type, depth) * rows);
    ggml_quantize_chunk(type, w, quantised.data(), 0, rows, depth, nullptr);
    auto* plan = new Matvec(y, sizeof(float) * tokens * rows);
    if (plan->prepare(type, order, quantised.data(), rows, depth, tokens, copies, x)) return plan;
    delete plan;
    return nullptr;
}
