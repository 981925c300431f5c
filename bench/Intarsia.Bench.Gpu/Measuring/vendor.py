"""Measures the vendor's libraries through PyTorch. Reads lines 'operation format [parameter] rows depth columns'; answers seconds of one call, with a remark behind them where something was done otherwise than asked, or 'none' and why."""
import collections
import statistics
import sys

try:
    import torch
    assert torch.cuda.is_available(), "PyTorch sees no CUDA device"
except Exception as problem:  # said to whoever started this, who goes on without
    print("none", str(problem).replace("\n", " "), flush=True)
    sys.exit(0)

TYPES = {"f32": torch.float32, "f16": torch.float16, "bf16": torch.bfloat16, "s8": torch.int8}
# Calls of a graph; requests whose operands are kept, because each comes once a round.
CALLS, KEPT = 10, 6
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


def csr(format, sparsity, rows, depth, columns):
    weights, x = draw(format, rows, depth), draw(format, depth, columns)
    weights = (weights * (torch.rand(rows, depth, device="cuda") >= sparsity)).to_sparse_csr()
    return lambda: torch.sparse.mm(weights, x)


def bsr(format, sparsity, block, rows, depth, columns):
    """Blocks of block×block; the dense product where the library has no kernel for them, which the remark says."""
    try:
        weights, x = draw(format, rows, depth), draw(format, depth, columns)
        kept = (torch.rand(rows // block, depth // block, device="cuda") >= sparsity).repeat_interleave(block, 0).repeat_interleave(block, 1)
        weights = weights.masked_fill(~kept, 0).to_sparse_bsr((block, block))
        call = lambda: weights @ x
        call()
        torch.cuda.synchronize()
        return call
    except Exception:
        call = gemm(format, rows, depth, columns)
        call.remark = "dense"
        return call


def stream(format, size, rows, depth, columns):
    """A product with each of so many matrices that they take `size` bytes, replayed as one graph: none of them is in a cache."""
    x = draw(format, columns, depth)
    matrices = [draw(format, rows, depth) for _ in range(-(-size // (rows * depth * x.element_size())))]
    outputs = [torch.matmul(x, w.t()) for w in matrices]
    torch.cuda.synchronize()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        for w, y in zip(matrices, outputs):
            torch.matmul(x, w.t(), out=y)
    return Replay(graph, len(matrices), (x, matrices, outputs))


def softmax(format, rows, depth, columns):
    x = draw(format, rows, columns)
    return lambda: torch.softmax(x, dim=1)


def layernorm(format, rows, depth, columns):
    x, gamma, beta = draw(format, rows, columns), draw(format, columns), draw(format, columns)
    return lambda: torch.nn.functional.layer_norm(x, (columns,), gamma, beta)


def rmsnorm(format, rows, depth, columns):
    x, gamma = draw(format, rows, columns), draw(format, columns)
    return lambda: torch.nn.functional.rms_norm(x, (columns,), gamma, 1e-5)


def chain(format, rows, depth, columns):
    """Bias, GELU and residual on X token by token, of `rows` elements each: a call for each step, as a program without a compiler of its own makes them; the residual is f32, as Intarsia's is."""
    x, bias, residual = draw(format, columns, rows), draw(format, rows), draw("f32", columns, rows)
    return lambda: (torch.nn.functional.gelu(x + bias) + residual).to(TYPES[format])


class Replay:
    """Calls in a graph, so that what Python takes for a launch is not measured; with what the graph reads and writes."""

    def __init__(self, graph, calls, operands, remark=""):
        self.graph, self.calls, self.operands, self.remark = graph, calls, operands, remark

    def __call__(self):
        self.graph.replay()


class Plain:
    """The same calls one by one, of a library that cannot be captured."""

    def __init__(self, call, remark):
        self.call, self.calls, self.remark = call, CALLS, remark

    def __call__(self):
        for _ in range(CALLS):
            self.call()


def captured(call):
    if isinstance(call, Replay):
        return call
    remark = getattr(call, "remark", "")
    try:
        # What a library sets up at its first calls cannot be captured.
        beside = torch.cuda.Stream()
        beside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(beside):
            for _ in range(3):
                call()
        torch.cuda.current_stream().wait_stream(beside)
        torch.cuda.synchronize()
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            for _ in range(CALLS):
                call()
        graph.replay()
        torch.cuda.synchronize()
        return Replay(graph, CALLS, call, remark)
    except Exception:
        torch.cuda.synchronize()
        return Plain(call, (remark + " without a graph").strip())


def measure(call):
    for _ in range(3):
        call()
    times = []
    for _ in range(21):
        start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        start.record()
        call()
        end.record()
        end.synchronize()
        times.append(start.elapsed_time(end) / 1e3)
    return statistics.median(times) / call.calls


OPERATIONS = {"gemm": gemm, "sparse24": sparse24, "csr": csr, "bsr": bsr, "stream": stream, "softmax": softmax, "layernorm": layernorm, "rmsnorm": rmsnorm, "chain": chain}
kept = collections.OrderedDict()
for line in sys.stdin:
    try:
        request = line.strip()
        if request not in kept:
            # Before the new operands take their memory.
            while len(kept) >= KEPT:
                kept.popitem(last=False)
            operation, format, *arguments = request.split()
            kept[request] = captured(OPERATIONS[operation](format, *[float(a) if "." in a else int(a) for a in arguments]))
        kept.move_to_end(request)
        print(measure(kept[request]), kept[request].remark, flush=True)
    except Exception as problem:
        print("none", str(problem).replace("\n", " "), flush=True)
