"""Measures the vendor's libraries through PyTorch. Reads lines 'operation format rows depth columns', answers seconds of one call, or 'none' and why."""
import statistics
import sys

try:
    import torch
    assert torch.cuda.is_available(), "PyTorch sees no CUDA device"
except Exception as problem:  # said to whoever started this, who goes on without
    print("none", problem, flush=True)
    sys.exit(0)

TYPES = {"f16": torch.float16, "bf16": torch.bfloat16, "s8": torch.int8}
print("ready", "torch", torch.__version__, "CUDA", torch.version.cuda, flush=True)


def draw(format, *shape):
    if format == "s8":
        return torch.randint(-128, 127, shape, dtype=torch.int8, device="cuda")
    return torch.randn(shape, dtype=torch.float32, device="cuda").to(TYPES[format])


def gemm(format, rows, depth, columns):
    weights, x = draw(format, rows, depth), draw(format, columns, depth)
    if format == "s8":
        return lambda: torch._int_mm(x, weights.t())
    return lambda: torch.matmul(x, weights.t())


def sparse24(format, rows, depth, columns):
    from torch.sparse import to_sparse_semi_structured
    weights, x = draw(format, rows, depth), draw(format, columns, depth)
    mask = torch.tensor([1, 1, 0, 0], device="cuda", dtype=torch.bool).tile((rows, depth // 4))
    compressed = to_sparse_semi_structured(weights * mask if format != "s8" else weights.masked_fill(~mask, 0))
    return lambda: torch.mm(compressed, x.t().contiguous()) if format != "s8" else torch._cslt_sparse_mm(compressed.packed, x.t())


def measure(call):
    for _ in range(5):
        call()
    times = []
    for _ in range(21):
        start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        start.record()
        for _ in range(10):
            call()
        end.record()
        end.synchronize()
        times.append(start.elapsed_time(end) / 1e4)
    return statistics.median(times)


for line in sys.stdin:
    try:
        operation, format, *sizes = line.split()
        print(measure({"gemm": gemm, "sparse24": sparse24}[operation](format, *map(int, sizes))), flush=True)
    except Exception as problem:
        print("none", str(problem).replace("\n", " "), flush=True)
